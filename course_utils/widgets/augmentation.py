"""Lessons 03 and 06: what random flips, turns, shifts and contrasts make of one photograph."""

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
        (("none", NONE), ("horizontal", "horizontal"), ("vertical", "vertical"), ("both", "horizontal_and_vertical")),
        "horizontal",
    ),
    "rotation": Dial("Rotation", 0.0, 0.5, 0.05),
    "translation": Dial("Translation", 0.0, 0.5, 0.1),
    "zoom": Dial("Zoom", 0.0, 0.5, 0.0),
    "contrast": Dial("Contrast", 0.0, 1.0, 0.3, step=0.05),
    "draw": Slider("Draw again", 1, 50, 1),
}


def code(state):
    """The layers of this state as lines of code; those that would do nothing are left out."""
    lines = []
    if state["flip"] != NONE:
        lines.append(f'layers.RandomFlip("{state["flip"]}")')
    if state["rotation"]:
        lines.append(f"layers.RandomRotation({state['rotation']:g})")
    if state["translation"]:
        lines.append(f"layers.RandomTranslation({state['translation']:g}, {state['translation']:g})")
    if state["zoom"]:
        lines.append(f"layers.RandomZoom({state['zoom']:g})")
    if state["contrast"]:
        lines.append(f"layers.RandomContrast(({state['contrast']:g}, {state['contrast']:g}))")
    return lines


def augment(state):
    """The photograph, and `COUNT` versions of it by Keras's own layers: (COUNT + 1, 96, 96, 3) uint8."""
    from course_utils.startup import keras

    layers, seed = keras.layers, 10 * state["draw"]
    photo = colour_photo(state["photo"], shrink=3)[:, 16 : 16 + SIDE]
    batch = np.repeat(photo[None].astype("float32"), COUNT, axis=0)
    made = []
    if state["flip"] != NONE:
        made.append(layers.RandomFlip(state["flip"], seed=seed))
    if state["rotation"]:
        made.append(layers.RandomRotation(state["rotation"], seed=seed + 1))
    if state["translation"]:
        made.append(layers.RandomTranslation(state["translation"], state["translation"], seed=seed + 2))
    if state["zoom"]:
        made.append(layers.RandomZoom(state["zoom"], seed=seed + 3))
    if state["contrast"]:
        # a pair: a single number only raises the contrast in Keras 3
        made.append(layers.RandomContrast((state["contrast"],) * 2, seed=seed + 4))
    for layer in made:
        batch = layer(batch, training=True)
    versions = np.clip(keras.ops.convert_to_numpy(batch), 0, 255).round().astype(np.uint8)
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
    board.text(5 + side + gap, 15, f"{COUNT} versions, as training would see them", bold=True)
    top = 22 + 2 * (side + gap) + 20
    board.text(5, top, "augment = keras.Sequential([" + ("" if lines else "])   # nothing is changed"), size=12.5)
    for index, line in enumerate(lines):
        board.text(40, top + 18 * (index + 1), line + ",", size=12.5)
    if lines:
        board.text(5, top + 18 * (len(lines) + 1), "])", size=12.5)
        turn = f"rotation by up to {360 * state['rotation']:.0f}°" if state["rotation"] else ""
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
            {"horizontal": "mirrored", "vertical": "upside down"}.get(state["flip"], "mirrored either way")
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
    return f"The {state['photo']} and {COUNT} augmented versions of it, draw {state['draw']}: {done}."


class AugmentationExplorer(Explorer):
    """One photograph and nine augmented versions of it, with the Keras layers that make them.

    State: photo, flip, rotation (share of a full turn), translation, zoom, contrast, draw (another number, other luck).
    """

    title = "Augmentation explorer"
    controls = CONTROLS
    needs_model = True
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
