"""Lesson 03: stack layers, and see how much of the image one output comes to see."""

import math

from course_utils.arithmetic import (
    conv2d_cost,
    conv_output_size,
    receptive_field,
    same_padding,
)
from course_utils.plots.figure import BLACK, BLUE, CYCLE, GREY, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.scenes import colour_photo
from course_utils.widgets.touch import Place

MOST = 5
# the side of the image whose multiplications are counted, and of the piece of a
# photograph that is shown
IMAGE = 96
NONE = "none"
# name of the value: (what is written, kernel, stride, whether it has weights)
LAYERS = {
    "conv 1": ("1×1", 1, 1, True),
    "conv 3": ("3×3", 3, 1, True),
    "conv 3 /2": ("3×3, stride 2", 3, 2, True),
    "conv 5": ("5×5", 5, 1, True),
    "conv 5 /2": ("5×5, stride 2", 5, 2, True),
    "conv 7": ("7×7", 7, 1, True),
    "conv 7 /2": ("7×7, stride 2", 7, 2, True),
    "conv 11 /4": ("11×11, stride 4", 11, 4, True),
    "pool 2 /2": ("pool 2×2, stride 2", 2, 2, False),
    "pool 3 /2": ("pool 3×3, stride 2", 3, 2, False),
}
STACKS = {
    "two 3×3": ("conv 3", "conv 3"),
    "one 5×5": ("conv 5",),
    "three 3×3": ("conv 3", "conv 3", "conv 3"),
    "one 7×7": ("conv 7",),
    "stride first": ("conv 3 /2", "conv 3", "conv 3"),
    "stride last": ("conv 3", "conv 3", "conv 3 /2"),
    "start of VGG": ("conv 3", "conv 3", "pool 2 /2", "conv 3", "conv 3"),
    "start of ResNet": ("conv 7 /2", "pool 3 /2", "conv 3", "conv 3", "conv 3"),
    "start of AlexNet": ("conv 11 /4", "pool 3 /2", "conv 5", "pool 3 /2", "conv 3"),
}
OWN = "own"
_OPTIONS = (("none", NONE), *((words[0], name) for name, words in LAYERS.items()))


def _names(stack):
    return {
        f"layer_{index}": (*stack, *[NONE] * MOST)[index - 1]
        for index in range(1, MOST + 1)
    }


CONTROLS = {
    "stack": Choice(
        "Stack", (*((name, name) for name in STACKS), ("your own", OWN)), "two 3×3"
    ),
    **{
        name: Choice(f"Layer {name[-1]}", _OPTIONS, start)
        for name, start in _names(STACKS["two 3×3"]).items()
    },
    "row": Slider("Output row", 0, IMAGE - 1, IMAGE // 2 + 1),
    "column": Slider("Output column", 0, IMAGE - 1, IMAGE // 2 + 1),
}


def settle(state, before):
    """A named stack fills the layers; layers that were changed by hand give the stack
    its name, or "own".  The output stays where it was on the photograph.
    """
    changed = {name for name in state if state[name] != before[name]}
    state = _named(dict(state), changed)
    outputs = level_sizes(layers(state))[-1]
    for name in ("row", "column"):
        if name not in changed and layers(state) != layers(before):
            state[name] = nearest_output(state, _centre(layers(before), before[name]))
        state[name] = min(max(state[name], 0), outputs - 1)
    return state


def _named(state, changed):
    if "stack" in changed and not changed & set(_names(())) and state["stack"] != OWN:
        return {**state, **_names(STACKS[state["stack"]])}
    if changed & set(_names(())) or state["stack"] != OWN:
        chosen = {name: state[name] for name in _names(())}
        state["stack"] = next(
            (name for name, stack in STACKS.items() if _names(stack) == chosen), OWN
        )
    return state


def limits(state):
    """The last row and column of the outputs."""
    last = level_sizes(layers(state))[-1] - 1
    return {"row": (0, last), "column": (0, last)}


def layers(state):
    """The layers that are there, first one first:

    (what is written, kernel, stride, whether it has weights).
    """
    values = [state[f"layer_{index}"] for index in range(1, MOST + 1)]
    return [LAYERS[value] for value in values if value != NONE]


def fields(stack):
    """How many units one output sees at each level: the input first, the output itself
    last.
    """
    pairs = [(kernel, stride) for _, kernel, stride, _ in stack]
    return [receptive_field(pairs[level:]) for level in range(len(pairs) + 1)]


def level_sizes(stack):
    """How many units a side stand at each level, 'same' padding: the image first."""
    sizes = [IMAGE]
    for _, kernel, stride, _ in stack:
        sizes.append(conv_output_size(sizes[-1], kernel, stride, "same"))
    return sizes


def seen(stack, unit):
    """The pixels that a unit of the last level sees along one side: (first, how many);
    the first is below 0 where the field begins in the zeros before the image.
    """
    sizes, first, count = level_sizes(stack), unit, 1
    for size, (_, kernel, stride, _) in zip(
        sizes[-2::-1], reversed(stack), strict=True
    ):
        first = first * stride - same_padding(size, kernel, stride)[0]
        count = (count - 1) * stride + kernel
    return first, count


def _centre(stack, unit):
    first, count = seen(stack, unit)
    return first + (count - 1) / 2


def nearest_output(state, pixel):
    """The output whose field has its centre nearest to a pixel, along one side."""
    stack = layers(state)
    step = math.prod(stride for _, _, stride, _ in stack)
    nearest = round((pixel - _centre(stack, 0)) / step)
    return min(max(nearest, 0), level_sizes(stack)[-1] - 1)


def visible(state):
    """How many (rows, columns) of the output's field lie in the image."""
    stack = layers(state)
    found = []
    for name in ("row", "column"):
        first, count = seen(stack, state[name])
        found.append(min(first + count, IMAGE) - max(first, 0))
    return tuple(found)


# The pointer --------------------------------------------------------------------------

LEFT, TOP, SIDE = 488, 34, 226  # of the photograph in the picture, in CSS pixels


def places(state):
    """The photograph: the field lies where the pointer is."""
    return [Place("photo", LEFT, TOP, SIDE, SIDE, "crosshair", hover=True)]


def touched(state, touch):
    row, column = touch.cell_of(IMAGE, IMAGE)
    return {"row": nearest_output(state, row), "column": nearest_output(state, column)}


def price(stack):
    """Weights and multiplications, one channel in and out on a 96×96 image, of the
    stack and of one layer like it.
    """
    size, weights, multiplications = IMAGE, 0, 0
    for _, kernel, stride, has_weights in stack:
        cost = conv2d_cost((size, size, 1), 1, kernel, stride, "same", use_bias=False)
        size = cost.output_shape[0]
        weights += cost.parameters * has_weights
        multiplications += cost.multiplications * has_weights
    stride = math.prod(stride for _, _, stride, _ in stack)
    single = conv2d_cost(
        (IMAGE, IMAGE, 1), 1, fields(stack)[0], stride, "same", use_bias=False
    )
    return (weights, multiplications), (single.parameters, single.multiplications), size


# The picture --------------------------------------------------------------------------


def draw(state):
    """The stack in one dimension, the field on a photograph, and what the stack
    costs.
    """
    stack = layers(state)
    sizes = fields(stack)
    board = Board(420)
    _draw_cone(board, stack, sizes)
    _draw_photo(board, stack, state)
    (weights, work), (one_weights, one_work), size = price(stack)
    field = sizes[0]
    board.text(
        8, 352, f"one output sees {field:,} × {field:,} pixels", size=16, bold=True
    )
    step = math.prod(stride for _, _, stride, _ in stack)
    apart = f"{step:,} pixel{'s' * (step != 1)} apart"
    board.text(8, 374, f"neighbouring outputs are {apart}", size=12, colour=GREY)
    board.text(
        8,
        392,
        f"a {IMAGE}×{IMAGE} image gives {size}×{size} of them",
        size=12,
        colour=GREY,
    )
    _draw_bars(
        board,
        (
            ("this stack", weights, work),
            (f"one {field}×{field}", one_weights, one_work),
        ),
    )
    return board


def _draw_cone(board, stack, sizes):
    """One column of units a level, the input at the bottom, joined to what they see."""
    left, width, top, bottom = 96, 290, 52, 306
    count = len(stack)
    steps = [
        math.prod(layer[2] for layer in stack[:level]) for level in range(count + 1)
    ]
    gap = min((bottom - top) / max(count, 1), 92)
    bottom -= (bottom - top - count * gap) / 2
    unit = min(width / sizes[0], 32)
    middle = left + width / 2
    for level in range(count + 1):
        y = bottom - level * gap
        colour = GREY if level == 0 else CYCLE[(level - 1) % len(CYCLE)]
        span = (sizes[level] - 1) * steps[level]
        places = [
            middle + (index * steps[level] - span / 2) * unit
            for index in range(min(sizes[level], 100))
        ]
        radius = max(min(0.4 * unit * steps[level], 12), 1.2)
        if level:
            below = bottom - (level - 1) * gap
            under = (sizes[level - 1] - 1) * steps[level - 1]
            if sizes[0] <= 45:
                kernel, stride = stack[level - 1][1:3]
                for index, x in enumerate(places):
                    first = (
                        middle + (-under / 2 + index * stride * steps[level - 1]) * unit
                    )
                    for tap in range(kernel):
                        board.line(
                            [(x, y), (first + tap * steps[level - 1] * unit, below)],
                            colour + "b0",
                            1,
                        )
            else:
                half, half_under = span * unit / 2 + radius, under * unit / 2 + radius
                edge = [
                    (middle - half, y),
                    (middle + half, y),
                    (middle + half_under, below),
                    (middle - half_under, below),
                ]
                board.polygon(edge, colour + "40")
    for level in range(count + 1):
        y = bottom - level * gap
        colour = GREY if level == 0 else CYCLE[(level - 1) % len(CYCLE)]
        span = (sizes[level] - 1) * steps[level]
        radius = max(min(0.4 * unit * steps[level], 12), 1.2)
        if sizes[level] <= 100:
            for index in range(sizes[level]):
                board.circle(
                    middle + (index * steps[level] - span / 2) * unit,
                    y,
                    radius,
                    fill=colour,
                )
        else:
            board.rectangle(
                middle - span * unit / 2, y - 3, span * unit, 6, fill=colour
            )
        name = "input" if level == 0 else stack[level - 1][0].split(",")[0]
        board.text(
            8,
            y - (6 if level and stack[level - 1][2] > 1 else 0),
            name,
            size=12,
            anchor="lm",
        )
        if level and stack[level - 1][2] > 1:
            board.text(
                8,
                y + 8,
                f"stride {stack[level - 1][2]}",
                size=11,
                colour=GREY,
                anchor="lm",
            )
        words = f"{sizes[level]:,} seen" if level < count else "one output"
        board.text(
            left + width + 8,
            y,
            words,
            size=12,
            bold=True,
            colour=colour if level else BLACK,
            anchor="lm",
        )


def _draw_photo(board, stack, state):
    """The field of the output, and of the middle units on the way, as squares on a
    photograph.
    """
    side, left, top = SIDE, LEFT, TOP
    pixel = side / IMAGE
    photo = colour_photo("dahlia", shrink=3)[:, 16 : 16 + IMAGE]
    board.image(photo, left, top, side, side)
    sizes, units = level_sizes(stack), (state["row"], state["column"])
    for level in range(len(stack), -1, -1):
        below = stack[:level]
        (y, x), (height, width) = _in_the_image([seen(below, unit) for unit in units])
        colour = CYCLE[(level - 1) % len(CYCLE)] if level else GREY
        if level or not stack:
            board.outline(
                left + x * pixel,
                top + y * pixel,
                width * pixel,
                height * pixel,
                colour,
                line=1.6,
            )
        if level:  # the middle one of the units that this one sees
            _, kernel, stride, _ = stack[level - 1]
            before = same_padding(sizes[level - 1], kernel, stride)[0]
            units = [
                min(max(unit * stride - before + kernel // 2, 0), sizes[level - 1] - 1)
                for unit in units
            ]
    board.text(left, 22, f"in a {IMAGE}×{IMAGE} image", bold=True)
    board.text(8, 22, "in one dimension", bold=True)
    rows, columns = visible(state)
    share = f"{rows * columns / IMAGE**2:.1%} of its pixels"
    words = "all of the image" if rows == columns == IMAGE else share
    board.text(left, top + side + 18, words, size=12, colour=GREY)
    if _outside(state):
        board.text(
            left + side, top + side + 18, _outside(state), 12, colour=GREY, anchor="rs"
        )


def _in_the_image(fields):
    """(first, count) of the rows and of the columns, cut off at the image's edges, as
    (firsts, counts).
    """
    firsts = [max(first, 0) for first, _ in fields]
    ends = [min(first + count, IMAGE) for first, count in fields]
    return firsts, [end - first for end, first in zip(ends, firsts, strict=True)]


def _outside(state):
    """How much of the field lies in the zeros around the image, or ""."""
    field, (rows, columns) = fields(layers(state))[0], visible(state)
    share = 1 - rows * columns / field**2
    return f"{share:.0%} of the field are zeros" if share else ""


def _draw_bars(board, rows):
    """Multiplications of the stack beside those of one layer that sees as much."""
    left, wide, top = 372, 340, 352
    most = max(max(work for _, _, work in rows), 1)
    for index, (name, weights, work) in enumerate(rows):
        y = top + 36 * index
        board.text(left, y, name, size=12, bold=index == 0)
        words = f"{weights:,} weight{'s' * (weights != 1)}, {work:,} multiplications"
        board.text(
            left + wide,
            y,
            words,
            size=12,
            colour=BLACK if index == 0 else GREY,
            anchor="rs",
        )
        board.rectangle(left, y + 6, wide, 9, fill=PALE)
        board.rectangle(
            left, y + 6, wide * work / most, 9, fill=BLUE if index == 0 else "#9ca3af"
        )


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    stack = layers(state)
    sizes = fields(stack)
    (weights, work), (one_weights, one_work), _ = price(stack)
    if not stack:
        return (
            "No layer yet: one output is one pixel, and sees 1 by 1 pixels of the "
            "input."
        )
    names = " then ".join(name for name, *_ in stack)
    levels = ", ".join(f"{count:,}" for count in reversed(sizes))
    return (
        f"A stack of {len(stack)} layer{'s' * (len(stack) != 1)}: {names}. Going down "
        f"from one output, it sees {levels} units a side: {sizes[0]:,} by {sizes[0]:,} "
        f"pixels of the input.{_place_in_words(state)} With one channel on a {IMAGE} "
        f"by {IMAGE} image the stack has {weights:,} weight{'s' * (weights != 1)} and "
        f"needs {work:,} multiplications; one layer that sees as much has "
        f"{one_weights:,} and needs {one_work:,}."
    )


def _place_in_words(state):
    stack = layers(state)
    (top, height), (left, width) = (
        seen(stack, state["row"]),
        seen(stack, state["column"]),
    )
    outside = f"; {_outside(state)}" if _outside(state) else ""
    return (
        f" The output at row {state['row']}, column {state['column']} sees rows {top} "
        f"to {top + height - 1} and columns {left} to {left + width - 1} of the image"
        f"{outside}."
    )


class ReceptiveFieldExplorer(Explorer):
    """Stack up to five layers and see the receptive field grow: two 3×3 against one
    5×5.

    State: stack (a stack's name or "own"), layer_1 to layer_5 (such as "conv 3", "conv
    3 /2", "pool 2 /2", "none"), row and column (of the output whose field is shown).
    """

    title = "Receptive field explorer"
    controls = CONTROLS
    browser_steps = (
        ("Layer 1", "ArrowDown", {"layer_1": "conv 3 /2"}),
        ("Output row", "ArrowRight", {"row": 25}),
        ("Output column", "Home", {"column": 0}),
        ("Layer 3", "ArrowDown", {"layer_3": "conv 1"}),
        ("Stack", "Home", {"stack": "two 3×3"}),
        ("Stack", "ArrowDown", {"stack": "one 5×5"}),
    )
    browser_flood = ("Layer 1", "ArrowDown", {"layer_1": "pool 3 /2"})
    browser_touches = (
        ("photo", ((0.25, 0.5),), {"row": 48, "column": 24}),
        ("photo", ((0.25, 0.5), (0.5, 0.6), (0.99, 0.01)), {"row": 0, "column": 95}),
    )
    settle = staticmethod(settle)
    limits = staticmethod(limits)
    places = staticmethod(places)
    touched = staticmethod(touched)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
