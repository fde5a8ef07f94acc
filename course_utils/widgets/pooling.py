"""Lesson 02: what pooling leaves unchanged when the scene moves."""

import numpy as np

from course_utils.invariance import HOW, crop_moved, share_unchanged
from course_utils.plots.figure import BLACK, BLUE, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import PHOTOS, grey_photo

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
}


def settle(state, before):
    """The stride stays as long as the window where it was, as in a pooling layer that
    is given no stride.
    """
    if (
        state["window"] != before["window"]
        and state["stride"] == before["stride"] == before["window"]
    ):
        return {**state, "stride": state["window"]}
    return state


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
    wide, high, gap = 342, 342 * SIZE[0] / SIZE[1], 20
    rows, columns = changed.shape
    lefts = (8, 8 + wide + gap)
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
    # outlined: the window of the brightest output, which lies on a petal or in the sky
    row, column = np.unravel_index(pooled[0].argmax(), pooled[0].shape)
    pixel = wide / SIZE[1]
    board.rectangle(
        lefts[0] + column * state["stride"] * pixel,
        26 + row * state["stride"] * pixel,
        *_pixels(state["window"], wide),
        outline=ORANGE,
        line=2,
    )
    top = 26 + high + 28
    tinted = _tinted(pooled[1], changed)
    titles = (f"{state['how']} pooled {rows}×{columns}", "pooled after the move")
    for left, picture, title in zip(lefts, (pooled[0], tinted), titles, strict=True):
        board.text(left, top - 8, title, bold=True)
        board.image(picture, left, top, wide, high)
        board.rectangle(left, top, wide, high, outline=PALE)
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


def _pixels(window, wide):
    side = window * wide / SIZE[1]
    return side, side


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
    _, _, changed, share = measure(state)
    rows, columns = changed.shape
    return (
        f"The {state['photo']}, {SIZE[0]} by {SIZE[1]} pixels, and the same scene "
        f"{state['shift']} pixel{'s' * (state['shift'] != 1)} further right; below, "
        f"both after {state['how']} pooling with windows of {state['window']} by "
        f"{state['window']} and stride {state['stride']}. {share:.0%} of the {rows} "
        f"by {columns} outputs are unchanged (within {TOLERANCE:g}); the others are "
        "orange."
    )


class PoolingExplorer(Explorer):
    """Move a scene, pool it, and see which outputs notice.

    State: photo, shift (pixels to the right), how ("max" or "mean"), window, stride.
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
    settle = staticmethod(settle)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
