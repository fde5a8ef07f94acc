"""Lesson 07: two boxes on a photograph, what they share, and how each format writes
them.
"""

from itertools import pairwise

import numpy as np

from course_utils.plots.figure import BLACK, BLUE, GREEN, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Span
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import colour_photo
from course_utils.widgets.touch import Place

HEIGHT, WIDTH = 288, 384  # of the photograph, in pixels
# what a box is usually called from this IoU on
LEVELS = {0.5: "a hit", 0.75: "good"}
FORMATS = ("rel_yxyx", "xyxy", "xywh", "rel_center_xywh")
CONTROLS = {
    "true_y": Span("True box, y", 0.0, 1.0, (0.05, 0.99)),
    "true_x": Span("True box, x", 0.0, 1.0, (0.13, 0.85)),
    "predicted_y": Span("Predicted, y", 0.0, 1.0, (0.3, 0.94)),
    "predicted_x": Span("Predicted, x", 0.0, 1.0, (0.1, 0.66)),
}


def boxes(state):
    """The true and the predicted box, (y_min, x_min, y_max, x_max) in shares of the
    image.
    """
    return tuple(
        tuple(round(state[f"{name}_{axis}"][end], 4) for end in (0, 1) for axis in "yx")
        for name in ("true", "predicted")
    )


def intersection(true, predicted):
    """The box that lies in both, or one without area at the point between them."""
    low = np.maximum(true[:2], predicted[:2])
    high = np.maximum(np.minimum(true[2:], predicted[2:]), low)
    return (*low.tolist(), *high.tolist())


def areas(true, predicted):
    """The area that both cover, and the area that at least one covers, in shares of the
    image.
    """
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    shared = area(intersection(true, predicted))
    return shared, area(true) + area(predicted) - shared


def verdict(value):
    """What a box with this IoU is usually called."""
    return ["not a hit", *LEVELS.values()][sum(value >= level for level in LEVELS)]


def uncovered(true, predicted):
    """What neither box covers, as strips (y, x, y_end, x_end) in shares of the
    image.
    """
    strips = []
    rows = sorted({0.0, 1.0, true[0], true[2], predicted[0], predicted[2]})
    for top, bottom in pairwise(rows):
        x = 0.0
        for box in sorted((true, predicted), key=lambda box: box[1]):
            if box[0] <= top and bottom <= box[2]:
                strips.append((top, x, bottom, box[1]))
                x = max(x, box[3])
        strips.append((top, x, bottom, 1.0))
    return [strip for strip in strips if strip[3] > strip[1]]


def converted(box):
    """A box in each of the `FORMATS`, one tuple of four numbers for each.

    `course_utils.boxes.convert` gives the same; with Keras, which takes longer than all
    the rest of a picture.
    """
    y, x, y_end, x_end = box
    high, wide = y_end - y, x_end - x
    top, left, bottom, right = y * HEIGHT, x * WIDTH, y_end * HEIGHT, x_end * WIDTH
    return (
        box,
        (left, top, right, bottom),
        (left, top, wide * WIDTH, high * HEIGHT),
        (x + wide / 2, y + high / 2, wide, high),
    )


def written(*boxes):
    """The boxes in each of the formats, as text: one tuple of texts a format."""
    lines = []
    for name, *same in zip(FORMATS, *map(converted, boxes), strict=True):
        digits = 2 if name.startswith("rel_") else 0
        lines.append(
            tuple(", ".join(f"{number:.{digits}f}" for number in box) for box in same)
        )
    return lines


def measure(state):
    """IoU of the two boxes, and the mean squared error of their four numbers."""
    true, predicted = boxes(state)
    shared, covered = areas(true, predicted)
    error = float(np.mean((np.array(true) - np.array(predicted)) ** 2))
    return shared / covered if covered else 0.0, error


# The pointer --------------------------------------------------------------------------

# of the photograph in the picture, in CSS pixels
LEFT, TOP, WIDE = 8, 8, 432
HIGH = WIDE * HEIGHT / WIDTH
GRIP = 8  # how far from an edge or corner the pointer may be, in CSS pixels
# name of a side or corner: the ends that it moves, and the cursor
SIDES = {
    "inside": ({}, "move"),
    "top": ({"y": 0}, "ns-resize"),
    "bottom": ({"y": 1}, "ns-resize"),
    "left": ({"x": 0}, "ew-resize"),
    "right": ({"x": 1}, "ew-resize"),
    "upper left": ({"y": 0, "x": 0}, "nwse-resize"),
    "lower right": ({"y": 1, "x": 1}, "nwse-resize"),
    "upper right": ({"y": 0, "x": 1}, "nesw-resize"),
    "lower left": ({"y": 1, "x": 0}, "nesw-resize"),
}


def places(state):
    """Inside, edges and corners of both boxes; the predicted box lies on top, and edges
    on what is inside.
    """
    found = []
    for edges in (False, True):
        for name in ("true", "predicted"):
            ends = {
                "y": [TOP + HIGH * end for end in state[f"{name}_y"]],
                "x": [LEFT + WIDE * end for end in state[f"{name}_x"]],
            }
            for side, (moved, cursor) in SIDES.items():
                if edges == (side != "inside"):
                    y, x = (
                        _stretch(ends[axis], moved.get(axis), moved) for axis in "yx"
                    )
                    size = x[1] - x[0], y[1] - y[0]
                    found.append(Place(f"{name} {side}", x[0], y[0], *size, cursor))
    return found


def _stretch(ends, moved, sides):
    """From where to where a grip reaches along one axis."""
    low, high = ends
    if moved is not None:
        return ends[moved] - GRIP, ends[moved] + GRIP
    if not sides:
        return low, max(high, low + 1)
    # an edge ends where the corners begin; of a thin box a little of it is left
    middle, half = (low + high) / 2, max((high - low) / 2 - GRIP, 1)
    return middle - half, middle + half


def touched(state, touch):
    """The box under the pointer moves by as much as the pointer did, or its edge
    does.
    """
    name, _, side = touch.place.name.partition(" ")
    moved, _ = SIDES[side]
    values = {}
    for axis, length, at, start in (
        ("x", WIDE, touch.at[0], touch.start[0]),
        ("y", HIGH, touch.at[1], touch.start[1]),
    ):
        key = f"{name}_{axis}"
        low, high = touch.before[key]
        by = round((at - start) / length, 2)
        if not moved:
            by = min(max(by, -low), 1 - high)
            values[key] = round(low + by, 4), round(high + by, 4)
        elif axis in moved:
            end = round(min(max((low, high)[moved[axis]] + by, 0.0), 1.0), 4)
            # a side that is pulled over the other one becomes the other one
            other = (low, high)[1 - moved[axis]]
            values[key] = min(end, other), max(end, other)
    return values


# The picture --------------------------------------------------------------------------


def draw(state):
    """The boxes on the photograph, their common part in green, pale what neither
    covers; IoU; both boxes in four formats.
    """
    true, predicted = boxes(state)
    value, error = measure(state)
    board = Board(452)
    left, top, wide, high = LEFT, TOP, WIDE, HIGH
    board.image(colour_photo("dahlia", shrink=2), left, top, wide, high)
    place = lambda y, x: (left + x * wide, top + y * high)
    tinted = [(strip, "#ffffffb0") for strip in uncovered(true, predicted)]
    tinted.append((intersection(true, predicted), GREEN + "80"))
    for (y, x, y_end, x_end), colour in tinted:
        size = (x_end - x) * wide, (y_end - y) * high
        board.rectangle(*place(y, x), *size, fill=colour)
    for box, colour in ((true, BLUE), (predicted, ORANGE)):
        board.outline(
            *place(*box[:2]),
            (box[3] - box[1]) * wide,
            (box[2] - box[0]) * high,
            colour,
            line=3,
        )
        for corner_y in (box[0], box[2]):
            for corner_x in (box[1], box[3]):
                x, y = place(corner_y, corner_x)
                board.rectangle(
                    x - 4, y - 4, 8, 8, fill="white", outline=colour, line=2
                )
    _draw_numbers(board, 458, true, predicted, value, error)
    _draw_formats(board, true, predicted, top + high + 26)
    return board


def _draw_numbers(board, left, true, predicted, value, error):
    shared, covered = areas(true, predicted)
    board.text(left, 60, f"{value:.2f}", size=44, bold=True)
    board.text(left + 116, 60, "IoU", size=20, colour=GREY)
    board.text(left + 250, 60, verdict(value), size=14, bold=True, anchor="rs")
    board.rectangle(left, 74, 250, 12, fill=PALE)
    board.rectangle(left, 74, 250 * value, 12, fill=GREEN)
    for (level, word), side, anchor in zip(LEVELS.items(), (8, -8), "rl", strict=True):
        x = left + 250 * level
        board.line([(x, 70), (x, 90)], BLACK, 1)
        words = f"{level:g}: {word}"
        board.text(x + side, 104, words, size=11, colour=GREY, anchor=anchor + "s")
    for y, colour, name, number in (
        (136, GREEN + "c0", "both cover", shared),
        (158, "white", "one or both (not pale)", covered),
    ):
        board.rectangle(left, y - 11, 12, 12, fill=colour)
        board.text(left + 20, y, name, size=13)
        board.text(left + 250, y, f"{number:.4f}", size=13, anchor="rs")
    board.line([(left, 170), (left + 250, 170)], PALE, 1)
    words = (
        f"{shared:.4f} / {covered:.4f} = {value:.4f}"
        if covered
        else "neither has an area: IoU 0"
    )
    board.text(left + 250, 190, words, size=13, bold=True, anchor="rs")
    board.text(left, 222, "mean squared error", size=13, colour=GREY)
    board.text(left + 250, 222, f"{error:.4f}", size=13, colour=GREY, anchor="rs")
    for y, colour, words in ((262, BLUE, "true box"), (286, ORANGE, "predicted box")):
        board.line([(left, y - 5), (left + 26, y - 5)], colour, 4)
        board.text(left + 36, y, words, size=13)


def _draw_formats(board, true, predicted, top):
    columns = (8, 236, 470)
    for x, words, colour in zip(
        columns,
        ("format", "true box", "predicted box"),
        (GREY, BLUE, "#9a6700"),
        strict=True,
    ):
        board.text(x, top, words, size=12, bold=True, colour=colour)
    board.line([(8, top + 7), (712, top + 7)], PALE, 1)
    names = (
        "y min, x min, y max, x max",
        "x min, y min, x max, y max",
        "x min, y min, width, height",
        "x, y centre, width, height",
    )
    for row, (words, numbers) in enumerate(
        zip(names, written(true, predicted), strict=True)
    ):
        y = top + 25 + 19 * row
        unit = "shares" if FORMATS[row].startswith("rel_") else "pixels"
        board.text(columns[0], y, words, size=11.5)
        board.text(columns[1] - 12, y, unit, size=10, colour=GREY, anchor="rs")
        for column, text in zip(columns[1:], numbers, strict=True):
            board.text(column, y, text, size=13)


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    true, predicted = boxes(state)
    value, error = measure(state)
    shared, covered = areas(true, predicted)
    numbers = lambda box: ", ".join(f"{number:.2f}" for number in box)
    where = (
        "They do not overlap"
        if shared == 0
        else f"They share {shared:.4f} of the image's area"
    )
    return (
        "A dahlia with two boxes, each (y min, x min, y max, x max) in shares of the "
        f"image: the true one {numbers(true)} and a predicted one "
        f"{numbers(predicted)}. {where} and cover {covered:.4f} together: "
        f"intersection over union {value:.2f}, {verdict(value)}. Their four numbers "
        f"have a mean squared error of {error:.4f}."
    )


class BoxExplorer(Explorer):
    """Two boxes on a photograph: intersection over union, live, and both boxes in four
    formats.

    State: true_y, true_x, predicted_y, predicted_x, each (from, to) in shares of the
    image.
    """

    title = "Box explorer"
    controls = CONTROLS
    browser_steps = (
        ("Predicted, x, to", "ArrowRight", {"predicted_x": (0.1, 0.67)}),
        ("True box, y, from", "ArrowRight", {"true_y": (0.06, 0.99)}),
        ("True box, x, to", "ArrowLeft", {"true_x": (0.13, 0.84)}),
        ("Predicted, y, from", "ArrowRight", {"predicted_y": (0.31, 0.94)}),
    )
    browser_flood = ("Predicted, y, from", "ArrowLeft", {"predicted_y": (0.0, 0.94)})
    browser_touches = (
        ("predicted inside", ((0.5, 0.6), (0.6, 0.6)), {"predicted_x": (0.16, 0.72)}),
        (
            "predicted lower left",
            ((0.5, 0.5), (2.9, 0.5)),
            {"predicted_x": (0.25, 0.72)},
        ),
    )
    places = staticmethod(places)
    touched = staticmethod(touched)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
