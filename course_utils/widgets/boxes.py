"""Lesson 07: two boxes on a photograph, what they share, and how each format writes
them.
"""

import numpy as np

from course_utils.plots.figure import BLACK, BLUE, GREEN, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Span
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import colour_photo

HEIGHT, WIDTH = 288, 384  # of the photograph, in pixels
FORMATS = ("rel_yxyx", "xyxy", "xywh", "rel_center_xywh")
CONTROLS = {
    "true_y": Span("True box, y", 0.0, 1.0, (0.12, 0.88)),
    "true_x": Span("True box, x", 0.0, 1.0, (0.24, 0.82)),
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


def written(*boxes):
    """The boxes in each of the formats, as text: one tuple of texts a format."""
    from course_utils.boxes import convert

    lines = []
    for name in FORMATS:
        digits = 2 if name.startswith("rel_") else 0
        converted = convert(np.array(boxes), "rel_yxyx", name, (HEIGHT, WIDTH))
        lines.append(
            tuple(
                ", ".join(f"{number:.{digits}f}" for number in box) for box in converted
            )
        )
    return lines


def measure(state):
    """IoU of the two boxes, and the mean squared error of their four numbers."""
    from course_utils.boxes import iou

    true, predicted = boxes(state)
    return float(iou(true, predicted)), float(
        np.mean((np.array(true) - np.array(predicted)) ** 2)
    )


def draw(state):
    """The boxes on the photograph, their common part in green; IoU; both boxes in four
    formats.
    """
    true, predicted = boxes(state)
    value, error = measure(state)
    board = Board(452)
    left, top, wide = 8, 8, 432
    high = wide * HEIGHT / WIDTH
    board.image(colour_photo("dahlia", shrink=2), left, top, wide, high)
    place = lambda y, x: (left + x * wide, top + y * high)
    y, x, y_end, x_end = intersection(true, predicted)
    board.rectangle(
        *place(y, x), (x_end - x) * wide, (y_end - y) * high, fill=GREEN + "80"
    )
    for box, colour in ((true, BLUE), (predicted, ORANGE)):
        board.outline(
            *place(*box[:2]),
            (box[3] - box[1]) * wide,
            (box[2] - box[0]) * high,
            colour,
            line=3,
        )
    _draw_numbers(board, 458, true, predicted, value, error)
    _draw_formats(board, true, predicted, top + high + 26)
    return board


def _draw_numbers(board, left, true, predicted, value, error):
    shared, covered = areas(true, predicted)
    board.text(left, 60, f"{value:.2f}", size=44, bold=True)
    board.text(left + 116, 60, "IoU", size=20, colour=GREY)
    board.rectangle(left, 74, 250, 12, fill=PALE)
    board.rectangle(left, 74, 250 * value, 12, fill=GREEN)
    board.line([(left + 125, 70), (left + 125, 90)], BLACK, 1)
    board.text(
        left + 125,
        104,
        "0.5, often the least that counts as a hit",
        size=11,
        colour=GREY,
        anchor="ms",
    )
    for y, colour, name, number in (
        (136, GREEN + "c0", "both cover", shared),
        (158, "#9ca3af", "one or both cover", covered),
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
        f"intersection over union {value:.2f}. Their four numbers have a mean squared "
        f"error of {error:.4f}."
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
        ("True box, y, from", "ArrowRight", {"true_y": (0.13, 0.88)}),
        ("True box, x, to", "ArrowLeft", {"true_x": (0.24, 0.81)}),
        ("Predicted, y, from", "ArrowRight", {"predicted_y": (0.31, 0.94)}),
    )
    browser_flood = ("Predicted, y, from", "ArrowLeft", {"predicted_y": (0.0, 0.94)})
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
