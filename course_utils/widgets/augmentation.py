"""Lessons 03 and 06: what random flips, turns, shifts and contrasts make of one
photograph.
"""

import functools
import html

import numpy as np

from course_utils.plots.figure import GREY, ORANGE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Again, Choice, Dial
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import colour_photo
from course_utils.widgets.touch import Place

COUNT = 9  # augmented versions beside the original
SIDE = 96
NONE = "none"
CONTROLS = {
    "photo": Choice("Photo", (("dahlia", "dahlia"), ("palace", "palace")), "dahlia"),
    "flip": Choice(
        "Flip",
        (
            ("none", NONE),
            ("horizontal", "horizontal"),
            ("vertical", "vertical"),
            ("both", "horizontal_and_vertical"),
        ),
        "horizontal",
    ),
    "rotation": Dial("Rotation", 0.0, 0.5, 0.05),
    "translation": Dial("Translation", 0.0, 0.5, 0.1),
    "zoom": Dial("Zoom", 0.0, 0.5, 0.0),
    "contrast": Dial("Contrast", 0.0, 1.0, 0.3, step=0.05),
    "draw": Again("Draw again", 1, 50, 1),
}


def code(state):
    """The layers of this state as lines of code; those that would do nothing are left
    out.
    """
    return [
        f"layers.{name}({', '.join(map(_argument, values))})"
        for name, values, _ in changes(state)
    ]


def _argument(value):
    """An argument as one would type it."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_argument, value))})"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def changes(state):
    """The layers of this state: (name, arguments, place of its seed); those that would
    do nothing are left out.

    Contrast gets a pair: a single number only raises it in Keras 3.
    """
    flip, rotation, translation, zoom, contrast = (
        state[name] for name in ("flip", "rotation", "translation", "zoom", "contrast")
    )
    every = [
        (flip != NONE, "RandomFlip", (flip,)),
        (rotation, "RandomRotation", (rotation,)),
        (translation, "RandomTranslation", (translation, translation)),
        (zoom, "RandomZoom", (zoom,)),
        (contrast, "RandomContrast", ((contrast, contrast),)),
    ]
    return [
        (name, values, place)
        for place, (wanted, name, values) in enumerate(every)
        if wanted
    ]


def augment(state):
    """The photograph, and `COUNT` versions of it by Keras's own layers:

    (COUNT + 1, 96, 96, 3) uint8.
    """
    batch = _versions(state["photo"], 10 * state["draw"], tuple(changes(state)))
    versions = np.clip(batch, 0, 255).round().astype(np.uint8)
    return np.concatenate([_photo(state["photo"])[None], versions])


def _photo(name):
    return colour_photo(name, shrink=3)[:, 16 : 16 + SIDE]


@functools.lru_cache(maxsize=16)
def _versions(photo, seed, layers_so_far):
    """What these layers make of the photograph.  Kept: whoever changes the contrast
    needs none of the layers before it again.
    """
    if not layers_so_far:
        return np.repeat(_photo(photo)[None].astype("float32"), COUNT, axis=0)
    from course_utils.startup import keras

    *before, (name, values, place) = layers_so_far
    layer = getattr(keras.layers, name)(*values, seed=seed + place)
    batch = layer(_versions(photo, seed, tuple(before)), training=True)
    return keras.ops.convert_to_numpy(batch)


def program(state):
    """The layers of this state as a program to copy."""
    lines = [f"        {line}," for line in code(state)]
    if not lines:
        return "augment = keras.Sequential([])  # nothing is changed"
    head = ["augment = keras.Sequential(", "    ["]
    return "\n".join([*head, *lines, "    ]", ")"])


def below(state):
    """The program as text below the picture."""
    return f'<pre class="course-explorer-code">{html.escape(program(state))}</pre>'


def draw(state):
    """The original and its versions in two rows."""
    board = Board(326)
    side, gap = 137, 6
    for index, picture in enumerate(augment(state)):
        row, column = divmod(index, 5)
        x, y = 5 + column * (side + gap), 22 + row * (side + gap)
        board.image(picture, x, y, side, side)
        if index == 0:
            board.outline(x + 1.5, y + 1.5, side - 3, side - 3, ORANGE, line=3)
    board.text(5, 15, "original", bold=True)
    board.text(
        5 + side + gap, 15, f"{COUNT} versions, as training would see them", bold=True
    )
    if state["rotation"]:
        turn = f"rotation by up to {360 * state['rotation']:.0f}°"
        board.text(715, 322, turn, size=12, colour=GREY, anchor="rs")
    return board


# The pointer --------------------------------------------------------------------------


def places(state):
    """The versions: pressed, they are drawn anew."""
    return [Place("versions", 148, 22, 567, 280)]


def touched(state, touch):
    return {"draw": touch.before["draw"] % CONTROLS["draw"].high + 1}


def step(state):
    """Another draw, ten of them."""
    return {"draw": state["draw"] + 1} if state["draw"] % 10 else None


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    words = []
    if state["flip"] != NONE:
        words.append(
            {"horizontal": "mirrored", "vertical": "upside down"}.get(
                state["flip"], "mirrored either way"
            )
            + " or not"
        )
    if state["rotation"]:
        words.append(f"turned by up to {360 * state['rotation']:.0f} degrees")
    if state["translation"]:
        words.append(f"moved by up to {state['translation']:.0%} of the side")
    if state["zoom"]:
        words.append(f"zoomed by up to {state['zoom']:.0%}")
    if state["contrast"]:
        words.append(f"with contrast changed by up to {state['contrast']:.0%}")
    done = "; ".join(words) or "all unchanged"
    return (
        f"The {state['photo']} and {COUNT} augmented versions of it, draw "
        f"{state['draw']}: {done}."
    )


class AugmentationExplorer(Explorer):
    """One photograph and nine augmented versions of it, with the Keras layers that make
    them.

    State: photo, flip, rotation (share of a full turn), translation, zoom, contrast,
    draw (another number, other luck).
    """

    title = "Augmentation explorer"
    controls = CONTROLS
    needs_model = True
    browser_steps = (
        ("Rotation", "ArrowRight", {"rotation": 0.06}),
        ("Flip", "ArrowDown", {"flip": "vertical"}),
        ("Contrast", "ArrowLeft", {"contrast": 0.25}),
        ("Draw again", "Enter", {"draw": 2}),
        ("Photo", "ArrowDown", {"photo": "palace"}),
    )
    browser_flood = ("Contrast", "ArrowRight", {"contrast": 1.0})
    browser_touches = (("versions", ((0.5, 0.5),), {"draw": 2}),)
    places = staticmethod(places)
    touched = staticmethod(touched)
    step = staticmethod(step)
    below = staticmethod(below)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
