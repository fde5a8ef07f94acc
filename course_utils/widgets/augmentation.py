"""Lessons 03 and 06: what random flips, turns, shifts and contrasts make of one
photograph.
"""

import numpy as np

from course_utils.plots.figure import GREY, ORANGE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Dial, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import colour_photo

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
    "draw": Slider("Draw again", 1, 50, 1),
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
    from course_utils.startup import keras

    layers, seed = keras.layers, 10 * state["draw"]
    photo = colour_photo(state["photo"], shrink=3)[:, 16 : 16 + SIDE]
    batch = np.repeat(photo[None].astype("float32"), COUNT, axis=0)
    for name, values, place in changes(state):
        batch = getattr(layers, name)(*values, seed=seed + place)(batch, training=True)
    versions = (
        np.clip(keras.ops.convert_to_numpy(batch), 0, 255).round().astype(np.uint8)
    )
    return np.concatenate([photo[None], versions])


def draw(state):
    """The original and its versions in two rows, and the code that makes them."""
    lines = code(state)
    board = Board(352 + 18 * max(len(lines), 1))
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
    top = 22 + 2 * (side + gap) + 20
    board.text(
        5,
        top,
        "augment = keras.Sequential([" + ("" if lines else "])   # nothing is changed"),
        size=12.5,
    )
    for index, line in enumerate(lines):
        board.text(40, top + 18 * (index + 1), line + ",", size=12.5)
    if lines:
        board.text(5, top + 18 * (len(lines) + 1), "])", size=12.5)
        turn = (
            f"rotation by up to {360 * state['rotation']:.0f}°"
            if state["rotation"]
            else ""
        )
        board.text(715, top, turn, size=12, colour=GREY, anchor="rs")
    return board


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
        ("Draw again", "ArrowRight", {"draw": 2}),
        ("Photo", "ArrowDown", {"photo": "palace"}),
    )
    browser_flood = ("Draw again", "ArrowRight", {"draw": 50})
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
