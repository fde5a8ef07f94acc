"""Lesson 02: what pooling leaves unchanged when the scene moves."""

import numpy as np

from course_utils.arithmetic import pool_output_size
from course_utils.invariance import HOW, crop_moved, share_unchanged
from course_utils.plots.figure import BLACK, BLUE, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import PHOTOS, grey_photo
from course_utils.widgets.touch import Place

# of the piece of the scene that is seen, in pixels; it leaves room to move
SIZE = (92, 156)
MOST = 16
TOLERANCE = 0.02  # outputs that differ by less count as unchanged: 5 of 255 grey levels
CONTROLS = {
    "photo": Choice("Photo", PHOTOS[::-1], "dahlia"),
    "shift": Slider("Shift (pixels)", 0, MOST, 3),
    "how": Choice("Pooling", (("max", "max"), ("mean", "mean")), "max"),
    "window": Slider("Window", 1, MOST, 8),
    "stride": Slider("Stride", 1, MOST, 8),
    "row": Slider("Output row", 0, SIZE[0] - 1, 5),
    "column": Slider("Output column", 0, SIZE[1] - 1, 9),
}


def settle(state, before):
    """The stride stays as long as the window where it was, as in a pooling layer that
    is given no stride.  The output that is singled out stays where it was.
    """
    state = dict(state)
    if (
        state["window"] != before["window"]
        and state["stride"] == before["stride"] == before["window"]
    ):
        state["stride"] = state["window"]
    centre = lambda at, name: at[name] * at["stride"] + (at["window"] - 1) / 2
    for name, outputs in zip(("row", "column"), _sizes(state), strict=True):
        if state[name] == before[name]:
            away = centre(before, name) - (state["window"] - 1) / 2
            state[name] = round(away / state["stride"])
        state[name] = min(max(state[name], 0), outputs - 1)
    return state


def _sizes(state):
    """Rows and columns after pooling."""
    return tuple(
        pool_output_size(size, state["window"], state["stride"]) for size in SIZE
    )


def limits(state):
    """The last row and column of the outputs."""
    rows, columns = _sizes(state)
    return {"row": (0, rows - 1), "column": (0, columns - 1)}


# The pointer --------------------------------------------------------------------------

# of each of the four pictures, in CSS pixels: (left, top), width and height
WIDE, GAP = 342, 20
HIGH = WIDE * SIZE[0] / SIZE[1]
LEFTS, TOPS = (8, 8 + WIDE + GAP), (26, 26 + HIGH + 28)


def places(state):
    """The scene that moves, and both pooled maps."""
    return [
        Place("moved", LEFTS[1], TOPS[0], WIDE, HIGH, "ew-resize"),
        Place("pooled", LEFTS[0], TOPS[1], WIDE, HIGH, "crosshair", hover=True),
        Place("pooled after", LEFTS[1], TOPS[1], WIDE, HIGH, "crosshair", hover=True),
    ]


def touched(state, touch):
    """The scene is pulled along; an output is singled out."""
    if touch.place.name == "moved":
        pixels = round((touch.at[0] - touch.start[0]) * SIZE[1] / WIDE)
        return {"shift": min(max(touch.before["shift"] + pixels, 0), MOST)}
    row, column = touch.cell_of(*_sizes(state))
    return {"row": row, "column": column}


def step(state):
    """The scene moves, pixel by pixel."""
    return {"shift": state["shift"] + 1} if state["shift"] < MOST else None


# The picture --------------------------------------------------------------------------


def pool(image, window, stride, how):
    """What `invariance.pool2d` gives, rows first and then columns: much less work for
    large windows.
    """
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(image, window, axis=axis)
        image = HOW[how](
            windows[::stride] if axis == 0 else windows[:, ::stride], axis=-1
        )
    return image


def measure(state):
    """The scene before and after the shift, both pooled, which outputs changed, and the
    share that did not.
    """
    photo = grey_photo(state["photo"], shrink=2)
    scenes = [
        crop_moved(photo, right=right, size=SIZE) for right in (0, state["shift"])
    ]
    before, after = (
        pool(scene, state["window"], state["stride"], state["how"]) for scene in scenes
    )
    changed = np.abs(after - before) > TOLERANCE
    return scenes, (before, after), changed, share_unchanged(before, after, TOLERANCE)


def draw(state):
    """Above, the scene and the scene moved; below, both pooled, with the outputs that
    changed in orange.
    """
    scenes, pooled, changed, share = measure(state)
    other = "mean" if state["how"] == "max" else "max"
    other_share = measure({**state, "how": other})[-1]
    board = Board(520)
    wide, high, lefts = WIDE, HIGH, LEFTS
    rows, columns = changed.shape
    shift = (
        f"moved right by {state['shift']} pixel{'s' * (state['shift'] != 1)}"
        if state["shift"]
        else "not moved"
    )
    for left, scene, title in zip(
        lefts, scenes, (f"the scene {SIZE[0]}×{SIZE[1]}", shift), strict=True
    ):
        board.text(left, 18, title, bold=True)
        board.image(scene, left, 26, wide, high)
    row, column = state["row"], state["column"]
    pixel = wide / SIZE[1]
    for left in lefts:
        board.outline(
            left + column * state["stride"] * pixel,
            26 + row * state["stride"] * pixel,
            state["window"] * pixel,
            state["window"] * pixel,
            BLUE,
            line=2,
        )
    top = TOPS[1]
    tinted = _tinted(pooled[1], changed)
    titles = (f"{state['how']} pooled {rows}×{columns}", "pooled after the move")
    for left, picture, title in zip(lefts, (pooled[0], tinted), titles, strict=True):
        board.text(left, top - 8, title, bold=True)
        board.image(picture, left, top, wide, high)
        board.rectangle(left, top, wide, high, outline=PALE)
        cell = wide / columns, high / rows
        board.outline(left + column * cell[0], top + row * cell[1], *cell, BLUE, 2)
    board.text(
        lefts[1] + wide,
        top - 8,
        "orange: changed",
        size=12,
        colour="#9a6700",
        anchor="rs",
    )
    bottom = top + high + 22
    for index, (how, value) in enumerate(((state["how"], share), (other, other_share))):
        chosen = how == state["how"]
        y = bottom + 26 * index
        board.text(
            8,
            y + 10,
            f"{how}: {value:.0%} of {changed.size:,} outputs unchanged",
            14,
            chosen,
            BLACK if chosen else GREY,
        )
        x = lefts[1]
        board.rectangle(x, y - 2, wide, 14, fill=PALE)
        board.rectangle(x, y - 2, wide * value, 14, fill=BLUE if chosen else "#9ca3af")
    return board


def _tinted(pooled, changed):
    """Grey values as colours, with orange over the outputs that changed."""
    grey = np.repeat((np.clip(pooled, 0, 1) * 255)[..., None], 3, axis=-1)
    orange = np.array([int(ORANGE[place : place + 2], 16) for place in (1, 3, 5)])
    return np.where(changed[..., None], 0.3 * grey + 0.7 * orange, grey).astype(
        np.uint8
    )


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    _, (before, after), changed, share = measure(state)
    rows, columns = changed.shape
    at = state["row"], state["column"]
    return (
        f"The {state['photo']}, {SIZE[0]} by {SIZE[1]} pixels, and the same scene "
        f"{state['shift']} pixel{'s' * (state['shift'] != 1)} further right; below, "
        f"both after {state['how']} pooling with windows of {state['window']} by "
        f"{state['window']} and stride {state['stride']}. {share:.0%} of the {rows} "
        f"by {columns} outputs are unchanged (within {TOLERANCE:g}); the others are "
        f"orange. The one at row {at[0]}, column {at[1]} is outlined with its windows: "
        f"{before[at]:.2f} before the move, {after[at]:.2f} after it."
    )


class PoolingExplorer(Explorer):
    """Move a scene, pool it, and see which outputs notice.

    State: photo, shift (pixels to the right), how ("max" or "mean"), window, stride,
    row and column (of the output that is outlined).
    """

    title = "Pooling explorer"
    controls = CONTROLS
    browser_steps = (
        ("Shift (pixels)", "ArrowRight", {"shift": 4}),
        ("Pooling", "ArrowDown", {"how": "mean"}),
        ("Window", "ArrowLeft", {"window": 7}),
        ("Stride", "ArrowRight", {"stride": 8}),
        ("Photo", "ArrowDown", {"photo": "palace"}),
    )
    browser_flood = ("Shift (pixels)", "ArrowRight", {"shift": 16})
    browser_touches = (
        ("moved", ((0.5, 0.5), (0.53, 0.5)), {"shift": 8}),
        ("pooled", ((0.01, 0.99),), {"row": 10, "column": 0}),
        ("pooled after", ((0.99, 0.01),), {"row": 0, "column": 18}),
    )
    settle = staticmethod(settle)
    limits = staticmethod(limits)
    places = staticmethod(places)
    touched = staticmethod(touched)
    step = staticmethod(step)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
