"""Lesson 01: one kernel over one photograph, and everything that its size, stride,
padding and dilation change.
"""

import functools
import math

import numpy as np

from course_utils.arithmetic import conv2d_cost, conv_output_size, same_padding
from course_utils.plots.figure import GREY, ORANGE, PALE, words_on
from course_utils.widgets.board import Board, colours_of, hex_colour
from course_utils.widgets.controls import Choice, Slider, Switch, Table
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import PHOTOS, grey_photo
from course_utils.widgets.touch import Place

HEIGHT, WIDTH = 72, 96  # of the photograph that is convolved
LARGEST_KERNEL = 7
COLOURS = (
    "PuOr_r"  # negative violet, positive orange, zero white: as in the lesson's figures
)
OWN = "own"
BRUSHES = (-2.0, -1.0, 0.0, 1.0, 2.0)  # weights to paint the kernel with
# In the picture, in CSS pixels: photograph and feature map, and the kernel below.
LEFT, TOP, PIXEL = 34, 50, 3.05
WIDE, HIGH = WIDTH * PIXEL, HEIGHT * PIXEL
RIGHT = 720 - 12 - WIDE
BELOW, SIDE = 322, 112
KERNEL = LEFT + SIDE + 32


def _number(value):
    """At most two decimals, and a real minus."""
    words = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if words in ("-0", "0") else words.replace("-", "−")


# Kernels ------------------------------------------------------------------------------


def preset(name, size):
    """A kernel by name, as (size, size) floats: "vertical edges", "blur", ...

    Smoothing across an edge uses the binomial numbers, as Sobel's 3×3 kernel does.
    """
    middle = (size - 1) // 2
    impulse = np.zeros((size, size))
    impulse[middle, middle] = 1
    binomial = functools.reduce(np.convolve, [np.ones(2)] * (size - 1), np.ones(1))
    slope = np.arange(size) - (size - 1) / 2  # right less left, as in figure 5
    # whole numbers
    slope = slope / max(np.abs(slope).min(initial=1, where=slope != 0), 1e-9)
    line = np.full((size, size), -1.0)
    line[:, middle] = size - 1
    kernels = {
        "identity": impulse,
        "vertical edges": np.outer(binomial, slope),
        "horizontal edges": np.outer(slope, binomial),
        "vertical lines": line,
        "horizontal lines": line.T,
        "blur": np.full((size, size), 1 / size**2),
        "sharpen": 2 * impulse - 1 / size**2,
        "outline": impulse * size**2 - 1,
    }
    return tuple(
        tuple(round(float(weight), 4) + 0.0 for weight in row) for row in kernels[name]
    )


PRESETS = (
    "vertical edges",
    "horizontal edges",
    "vertical lines",
    "horizontal lines",
    "outline",
    "blur",
    "sharpen",
    "identity",
)
CONTROLS = {
    "photo": Choice("Photo", PHOTOS, "palace"),
    "kernel": Choice(
        "Kernel",
        (*((name, name) for name in PRESETS), ("your own", OWN)),
        "vertical edges",
    ),
    "size": Slider("Kernel size", 1, LARGEST_KERNEL, 3),
    "stride": Slider("Stride", 1, 4, 1),
    "padding": Choice("Padding", (("valid", "valid"), ("same", "same")), "valid"),
    "dilation": Slider("Dilation", 1, 3, 1),
    "row": Slider("Output row", 0, HEIGHT - 1, 21),
    "column": Slider("Output column", 0, WIDTH - 1, 35),
    "so_far": Switch("Only the outputs so far", False),
    "weights": Table(
        "Weights of the kernel", LARGEST_KERNEL, 99.0, preset("vertical edges", 3)
    ),
    "brush": Choice(
        "Paint with", tuple((_number(weight), weight) for weight in BRUSHES), 1.0
    ),
}


# The state in order -------------------------------------------------------------------


def settle(state, before):
    """What follows from a change: the weights of a preset, the size of a table, the
    output at the same place.
    """
    state = dict(state)
    changed = {name for name in state if state[name] != before[name]}
    if "weights" in changed:
        state["size"] = len(state["weights"])
        state["kernel"] = next(
            (
                name
                for name in PRESETS
                if preset(name, state["size"]) == state["weights"]
            ),
            OWN,
        )
    elif state["kernel"] != OWN:
        state["weights"] = preset(state["kernel"], state["size"])
    elif "size" in changed:
        state["weights"] = _resized(state["weights"], state["size"])
    heights, widths = _sizes(state)
    for name, size, outputs in (("row", HEIGHT, heights), ("column", WIDTH, widths)):
        if name not in changed:
            centre = _centre(before, before[name], size)
            state[name] = round((centre - _centre(state, 0, size)) / state["stride"])
        state[name] = min(max(state[name], 0), outputs - 1)
    return state


def _sizes(state):
    return tuple(
        conv_output_size(
            size, state["size"], state["stride"], state["padding"], state["dilation"]
        )
        for size in (HEIGHT, WIDTH)
    )


def _zeros(state):
    """How many zeros stand (before, after) the rows, and (before, after) the
    columns.
    """
    if state["padding"] == "valid":
        return [(0, 0), (0, 0)]
    return [
        same_padding(size, state["size"], state["stride"], state["dilation"])
        for size in (HEIGHT, WIDTH)
    ]


def _start(state, output, size):
    """Where the field of an output begins along one dimension; below 0 if in the zeros
    before the image.
    """
    zeros = same_padding(size, state["size"], state["stride"], state["dilation"])[0]
    return output * state["stride"] - (zeros if state["padding"] == "same" else 0)


def _centre(state, output, size):
    return _start(state, output, size) + (state["size"] - 1) * state["dilation"] / 2


def _resized(weights, size):
    """The middle of a kernel that is too large; a ring of zeros around one that is too
    small.
    """
    old = len(weights)
    resized = np.zeros((size, size))
    offset = (size - 1) // 2 - (old - 1) // 2
    for row in range(old):
        for column in range(old):
            if 0 <= row + offset < size and 0 <= column + offset < size:
                resized[row + offset, column + offset] = weights[row][column]
    return tuple(tuple(float(weight) for weight in row) for row in resized)


def limits(state):
    """The last row and column of the feature map."""
    rows, columns = _sizes(state)
    return {"row": (0, rows - 1), "column": (0, columns - 1)}


# The pointer --------------------------------------------------------------------------


def places(state):
    """The photograph and the map, where the window is placed; the kernel and its
    brushes.
    """
    wide, brushes = SIDE / len(BRUSHES), BELOW + SIDE + 6
    return [
        Place("photo", LEFT, TOP, WIDE, HIGH, "crosshair"),
        Place("map", RIGHT, TOP, WIDE, HIGH, "crosshair", hover=True),
        Place("kernel", KERNEL, BELOW, SIDE, SIDE, "cell"),
        *(
            Place(f"brush {weight:g}", KERNEL + index * wide, brushes, wide, 18)
            for index, weight in enumerate(BRUSHES)
        ),
    ]


def touched(state, touch):
    """The window goes to the pointer; the kernel is painted where the pointer goes, or
    wiped, if it begins on a weight that is the brush's already.
    """
    name, _, brush = touch.place.name.partition(" ")
    if name == "brush":
        return {"brush": float(brush)}
    if name == "map":
        row, column = touch.cell_of(*_sizes(state))
        return {"row": row, "column": column}
    if name == "photo":
        pixels = touch.cell_of(HEIGHT, WIDTH)
        return {
            axis: _nearest(state, pixel, size)
            for axis, pixel, size in zip(
                ("row", "column"), pixels, (HEIGHT, WIDTH), strict=True
            )
        }
    size = state["size"]
    weights = [list(row) for row in state["weights"]]
    row, column = touch.place.cell(touch.start, size, size)
    wipes = touch.before["weights"][row][column] == state["brush"]
    row, column = touch.cell_of(size, size)
    weights[row][column] = 0.0 if wipes else state["brush"]
    return {"weights": tuple(map(tuple, weights))}


def _nearest(state, pixel, size):
    """The output whose window has its centre nearest to a pixel, along one side."""
    heights, widths = _sizes(state)
    last = (heights if size == HEIGHT else widths) - 1
    nearest = round((pixel - _centre(state, 0, size)) / state["stride"])
    return min(max(nearest, 0), last)


def step(state):
    """The next window to the right, then those below: a few hundred over the whole
    photograph, so that it takes under a minute.
    """
    rows, columns = _sizes(state)
    across, down = math.ceil(columns / 32), math.ceil(rows / 12)
    if state["column"] + across < columns:
        return {"column": state["column"] + across}
    if state["row"] + down < rows:
        return {"row": state["row"] + down, "column": 0}
    return None


# The picture --------------------------------------------------------------------------


def convolve(state):
    """The feature map, and the values that lie in the marked field (zeros outside of
    the photograph).
    """
    image, kernel = grey_photo(state["photo"]), np.array(state["weights"])
    stride, dilation = state["stride"], state["dilation"]
    span = (len(kernel) - 1) * dilation + 1
    # every window at once: a loop over output pixels is too slow for a picture per key
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(image, _zeros(state)), (span, span)
    )[::stride, ::stride, ::dilation, ::dilation]
    output = np.tensordot(windows, kernel, axes=2)
    return output, windows[state["row"], state["column"]]


def draw(state):
    """Photograph and feature map, the marked field in both, and below them its numbers
    and what the layer costs.
    """
    output, field = convolve(state)
    rows, columns = output.shape
    kernel, size = state["weights"], state["size"]
    board = Board(464)
    left, top, pixel, wide, high = LEFT, TOP, PIXEL, WIDE, HIGH
    image = grey_photo(state["photo"])
    (above, under), (west, east) = (
        (before * pixel, after * pixel) for before, after in _zeros(state)
    )
    title = top - above - 10
    board.text(left, title, f"input {HEIGHT}×{WIDTH}", bold=True)
    if above or under or west or east:
        board.rectangle(
            left - west,
            top - above,
            wide + west + east,
            high + above + under,
            fill=PALE,
            outline="#cbd5e1",
        )
    board.image(image, left, top, wide, high)
    y, x = _start(state, state["row"], HEIGHT), _start(state, state["column"], WIDTH)
    span = (size - 1) * state["dilation"] + 1
    if state["dilation"] > 1:
        for u in range(size):
            for v in range(size):
                spot = (
                    left + (x + v * state["dilation"]) * pixel,
                    top + (y + u * state["dilation"]) * pixel,
                )
                board.rectangle(*spot, pixel, pixel, fill=ORANGE)
    board.outline(left + x * pixel, top + y * pixel, span * pixel, span * pixel, line=2)

    right = RIGHT
    limit = np.abs(output).max()
    board.text(right, title, f"feature map {rows}×{columns}", bold=True)
    board.text(
        right + wide, title, "violet < 0 < orange", size=11, colour=GREY, anchor="rs"
    )
    colours = colours_of(output, COLOURS, -limit, limit)
    if state["so_far"]:
        last = state["row"] * columns + state["column"]
        colours[np.arange(rows * columns).reshape(rows, columns) > last] = 255
    board.image(colours, right, top, wide, high)
    board.rectangle(right, top, wide, high, outline=PALE)
    step_x, step_y = wide / columns, high / rows
    # around the output, so that its own colour can be seen
    board.outline(
        right + state["column"] * step_x - 3,
        top + state["row"] * step_y - 3,
        step_x + 6,
        step_y + 6,
        line=2,
    )
    board.line([(left + wide + 8, top + high / 2), (right - 8, top + high / 2)], GREY)
    board.polygon(
        [
            (right - 4, top + high / 2),
            (right - 13, top + high / 2 - 5),
            (right - 13, top + high / 2 + 5),
        ],
        GREY,
    )

    below, side = BELOW, SIDE
    value = output[state["row"], state["column"]]
    board.text(left, below - 8, "the window", size=12, colour=GREY)
    board.grid(
        field,
        left,
        below,
        side,
        lambda number: hex_colour(number, "gray", 0, 1),
        _words(field),
    )
    board.text(
        left + side + 16, below + side / 2, "·", size=22, colour=GREY, anchor="mm"
    )
    strongest = max(max(abs(weight) for weight in row) for row in kernel)
    board.text(KERNEL, below - 8, "the kernel", size=12, colour=GREY)
    board.grid(
        kernel,
        KERNEL,
        below,
        side,
        lambda number: hex_colour(number, COLOURS, -1.6 * strongest, 1.6 * strongest),
        _words(kernel),
    )
    _draw_brushes(board, state)
    board.text(
        left + 2 * side + 42,
        below + side / 2,
        f"= {_number(value)}",
        size=15,
        bold=True,
        anchor="lm",
    )
    board.text(
        left + 2 * side + 42,
        below + side / 2 + 20,
        f"sum of {size * size} products" if size > 1 else "one product",
        size=11.5,
        colour=GREY,
        anchor="lm",
    )

    cost = _cost(state)
    lines = (
        (
            f"output {rows} × {columns}",
            f"{_size_sum(state, HEIGHT)} = {rows} high",
            f"{_size_sum(state, WIDTH)} = {columns} wide",
        ),
        (_count(cost.parameters, "parameter"), f"{size}·{size} weights and one bias"),
        (
            _count(cost.multiplications, "multiplication"),
            f"{rows}·{columns} outputs, {size * size} each",
        ),
    )
    y = below + 4
    for headline, *details in lines:
        board.text(420, y, headline, size=14, bold=True)
        for detail in details:
            y += 16
            board.text(420, y, detail, size=11.5, colour=GREY)
        y += 25
    return board


def _draw_brushes(board, state):
    """What the kernel can be painted with, below it; the one in use is outlined."""
    board.text(
        KERNEL - 8, BELOW + SIDE + 19, "paint with", 11, colour=GREY, anchor="rs"
    )
    for place in places(state):
        name, _, weight = place.name.partition(" ")
        if name != "brush":
            continue
        weight = float(weight)
        fill = hex_colour(weight, COLOURS, -3.2, 3.2)
        board.rectangle(
            place.x + 1, place.y, place.width - 2, place.height, fill=fill, outline=PALE
        )
        words, ink = _number(weight), words_on(fill)
        board.text(*place.middle, words, size=10, colour=ink, anchor="mm")
        if weight == state["brush"]:
            board.outline(place.x + 1, place.y, place.width - 2, place.height, line=2)


def _size_sum(state, size):
    """The formula behind an output size, with its numbers."""
    span, stride = (state["size"] - 1) * state["dilation"] + 1, state["stride"]
    if state["padding"] == "same":
        return f"⌈{size} / {stride}⌉"
    return f"⌊({size} − {span}) / {stride}⌋ + 1"


def _cost(state):
    return conv2d_cost(
        (HEIGHT, WIDTH, 1),
        1,
        state["size"],
        state["stride"],
        state["padding"],
        dilation=state["dilation"],
    )


def _words(table):
    return (
        [[_number(number) for number in row] for row in table]
        if len(table) <= 5
        else None
    )


def _count(number, what):
    return f"{number:,} {what}{'s' * (number != 1)}"


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    output, _ = convolve(state)
    rows, columns = output.shape
    cost = _cost(state)
    name = "your own" if state["kernel"] == OWN else f"for {state['kernel']}"
    if state["kernel"] in ("blur", "sharpen", "outline", "identity"):
        name = f"({state['kernel']})"
    return (
        f"The {state['photo']} in grey, {HEIGHT} by {WIDTH} pixels, under a kernel "
        f"{name} of {state['size']} by {state['size']} with stride {state['stride']}, "
        f"padding '{state['padding']}' and dilation {state['dilation']}. The feature "
        f"map is {rows} by {columns}: {_count(cost.parameters, 'parameter')}, "
        f"{_count(cost.multiplications, 'multiplication')}. The output at row "
        f"{state['row']}, column {state['column']} is "
        f"{_number(output[state['row'], state['column']])}; its receptive field is "
        f"outlined in the photo, from row {_start(state, state['row'], HEIGHT)}, "
        f"column {_start(state, state['column'], WIDTH)} on."
        f"{' The map shows the outputs up to this one.' * state['so_far']}"
        f"{_brush_in_words(state)}"
    )


def _brush_in_words(state):
    start = CONTROLS["brush"].start
    if state["brush"] == start:
        return ""
    return f" Weights that are painted become {_number(state['brush'])}."


class ConvolutionExplorer(Explorer):
    """Slide a kernel over a photograph: choose or type its weights, and see the field,
    the map and the cost.

    State: photo, kernel (a preset's name or "own"), size, stride, padding, dilation,
    row and column (of the output whose field is outlined), so_far (whether the map ends
    there), weights (a tuple of rows), brush (the weight that is painted).
    """

    title = "Convolution explorer"
    controls = CONTROLS
    browser_steps = (
        ("Output column", "ArrowRight", {"column": 36}),
        ("Kernel", "ArrowDown", {"kernel": "horizontal edges"}),
        ("Kernel size", "ArrowRight", {"size": 4}),
        ("Stride", "ArrowRight", {"stride": 2}),
        ("Padding", "ArrowDown", {"padding": "same"}),
        ("Dilation", "ArrowRight", {"dilation": 2}),
        ("Output row", "ArrowLeft", {"row": 9}),
        (
            "Weights of the kernel, row 1, column 2",
            "ArrowUp",
            {
                "weights": (
                    (-3, -8, -9, -3),
                    (-1, -3, -3, -1),
                    (1, 3, 3, 1),
                    (3, 9, 9, 3),
                )
            },
        ),
        ("Only the outputs so far", "Space", {"so_far": True}),
        ("Photo", "ArrowDown", {"photo": "dahlia"}),
    )
    browser_flood = ("Output column", "ArrowLeft", {"column": 0})
    browser_touches = (
        ("photo", ((0.5, 0.5), (0.25, 0.75)), {"row": 53, "column": 23}),
        ("map", ((0.999, 0.001),), {"row": 0, "column": 93}),
        ("brush -2", ((0.5, 0.5),), {"brush": -2.0}),
        (
            "kernel",
            ((0.5, 0.1), (0.5, 0.5)),
            {"weights": ((-1, -2, 1), (-2, -2, 2), (-1, 0, 1)), "kernel": "own"},
        ),
    )

    settle = staticmethod(settle)
    limits = staticmethod(limits)
    places = staticmethod(places)
    touched = staticmethod(touched)
    step = staticmethod(step)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
