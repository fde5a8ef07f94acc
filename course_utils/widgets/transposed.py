"""Lesson 09: a transposed convolution in one dimension, stamp by stamp."""

from collections import Counter

from course_utils.arithmetic import conv_transpose_output_size, same_padding
from course_utils.plots.figure import BLACK, CYCLE, GREY, PALE, words_on
from course_utils.widgets.board import WIDTH, Board
from course_utils.widgets.controls import Choice, Pick, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.touch import Place

# few stamps pale, many dark
SHADES = ("#ffffff", "#e3eef7", "#b9d6ea", "#86b8da", "#4f95c4", "#2171a8", "#0b4f86")
CONTROLS = {
    "size": Slider("Inputs", 1, 8, 5),
    "kernel": Slider("Kernel", 1, 6, 3),
    "stride": Slider("Stride", 1, 4, 2),
    "padding": Choice("Padding", (("valid", "valid"), ("same", "same")), "valid"),
    "input": Pick("Show input", 0, 8, 0),
}


def stamps(state):
    """For each input, the outputs that its stamp reaches, those cut off included: a
    list of ranges.  Output 0 is the first one that is kept.
    """
    cut = 0
    if state["padding"] == "same":
        cut, _ = same_padding(outputs(state), state["kernel"], state["stride"])
    starts = [index * state["stride"] - cut for index in range(state["size"])]
    return [range(start, start + state["kernel"]) for start in starts]


def outputs(state):
    """How many outputs there are."""
    return conv_transpose_output_size(
        state["size"], state["kernel"], state["stride"], state["padding"]
    )


def counts(state):
    """How many stamps reach each output: a list."""
    reached = Counter(place for stamp in stamps(state) for place in stamp)
    return [reached[place] for place in range(outputs(state))]


def inner(state):
    """The counts of the outputs that one stamp's width and more away from both ends;
    all of them where there are none.
    """
    numbers, margin = counts(state), state["kernel"]
    return numbers[margin:-margin] or numbers


def settle(state, before):
    """The input that is singled out exists."""
    return {**state, "input": min(state["input"], state["size"])}


def limits(state):
    """The last input; 0 singles out none."""
    return {"input": (0, state["size"])}


# The pointer --------------------------------------------------------------------------

TOP, BASE = 78, 210  # where inputs and outputs stand in the picture


def _extent(state):
    """The first output and the one after the last, those cut off included."""
    reached = stamps(state)
    return min(0, reached[0].start), max(outputs(state), reached[-1].stop)


def _scale(state):
    """The side of an output in the picture, and where output 0 begins."""
    first, last = _extent(state)
    cell = min(44, (WIDTH - 40) / (last - first))
    return cell, (WIDTH - (last - first) * cell) / 2 - first * cell


def places(state):
    """The inputs."""
    cell, left = _scale(state)
    wide = min(state["stride"] * cell, 40)
    return [
        Place(
            f"input {index + 1}",
            left + (stamp.start + stamp.stop) / 2 * cell - wide / 2,
            TOP - 18,
            wide,
            36,
            hover=True,
        )
        for index, stamp in enumerate(stamps(state))
    ]


def touched(state, touch):
    """The input under the pointer is singled out; pressed again, all are shown."""
    index = int(touch.place.name.split()[1])
    again = touch.before["input"] == index
    return {"input": 0 if again and touch.pressed else index}


def step(state):
    """One stamp after the other."""
    return {"input": state["input"] + 1} if state["input"] < state["size"] else None


# The picture --------------------------------------------------------------------------


def draw(state):
    """Above the inputs, below the outputs with the number of stamps in each, and the
    stamps between.
    """
    board, reached, count = Board(330), stamps(state), outputs(state)
    first, last = _extent(state)
    cell, left = _scale(state)
    place = lambda index: left + index * cell
    board.paragraph(
        8,
        24,
        [
            (f"{state['size']} inputs → {count} outputs", {"bold": True}),
            f"   ({_sum(state)})",
        ],
        size=14,
    )
    top, base = TOP, BASE
    for index in sorted(
        range(state["size"]), key=lambda index: index + 1 == state["input"]
    ):
        stamp, colour = reached[index], CYCLE[index % len(CYCLE)]
        chosen = state["input"] in (0, index + 1)
        middle, inset = place((stamp.start + stamp.stop) / 2), 0.06 * cell
        corners = [
            (middle, top + 14),
            (place(stamp.stop) - inset, base - 3),
            (place(stamp.start) + inset, base - 3),
        ]
        board.polygon(corners, colour + ("33" if chosen else "0d"))
        board.line([*corners, corners[0]], colour + ("cc" if chosen else "33"), 1.2)
        radius = min(0.38 * cell * max(1, state["stride"] / 2), 15)
        fill, words = colour if chosen else "#d1d5db", str(index + 1)
        board.circle(middle, top, radius, fill=fill, outline="white")
        board.text(middle, top, words, 0.85 * radius, True, words_on(fill), "mm")
    numbers = counts(state)
    for index in range(first, last):
        kept = 0 <= index < count
        number = numbers[index] if kept else 0
        fill, inset = SHADES[min(number, 6)] if kept else PALE, 0.07 * cell
        board.rectangle(
            place(index) + inset,
            base,
            cell - 2 * inset,
            cell - 2 * inset,
            fill=fill,
            outline=BLACK if kept else "#9ca3af",
            line=1.2,
        )
        board.text(
            place(index + 0.5),
            base + 0.43 * cell,
            str(number) if kept else "cut",
            (0.34 if kept else 0.26) * cell,
            False,
            words_on(fill),
            "mm",
        )
    board.text(8, 300, f"Stamps per output, inside: {_inside(state)}", 14, True)
    board.text(8, 322, _why(state), 13, colour=GREY)
    return board


def _sum(state):
    size, kernel, stride = state["size"], state["kernel"], state["stride"]
    if state["padding"] == "same":
        return f"{size} · {stride}"
    if kernel < stride:
        return f"{size} · {stride}, gaps included"
    return f"({size} − 1) · {stride} + {kernel}"


def _inside(state):
    low, high = min(inner(state)), max(inner(state))
    return (
        f"{low} everywhere"
        if low == high
        else f"{low} to {high}, in two dimensions a checkerboard"
    )


def _why(state):
    kernel, stride = state["kernel"], state["stride"]
    if kernel < stride:
        return f"a kernel of {kernel} leaves gaps at stride {stride}"
    if kernel % stride:
        return f"{kernel} is no multiple of {stride}"
    return f"{kernel} is a multiple of {stride}"


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    numbers = counts(state)
    words = [
        f"A row of {state['size']} inputs; each stamps a kernel {state['kernel']} wide "
        f"onto the outputs, {state['stride']} apart. With '{state['padding']}' padding "
        f"there are {len(numbers)} outputs. "
        f"Stamps per output: {', '.join(map(str, numbers))}. "
        f"Inside: {_inside(state)}; {_why(state)}."
    ]
    if state["input"]:
        stamp = stamps(state)[state["input"] - 1]
        kept = [place + 1 for place in stamp if 0 <= place < len(numbers)]
        cut = state["kernel"] - len(kept)
        reaches = f"outputs {kept[0]} to {kept[-1]}" if kept else "no output"
        words.append(
            f"Input {state['input']} reaches {reaches}"
            + (f"; {cut} of its stamp are cut off." if cut else ".")
        )
    return " ".join(words)


class TransposedExplorer(Explorer):
    """A transposed convolution of a row of inputs: how many stamps reach each output.

    State: size, kernel, stride, padding ("valid" or "same"), input (the stamp that is
    singled out, from 1; 0 for all).
    """

    title = "Transposed convolution explorer"
    controls = CONTROLS
    browser_steps = (
        ("Kernel", "ArrowRight", {"kernel": 4}),
        ("Stride", "ArrowLeft", {"stride": 1}),
        ("Padding", "ArrowDown", {"padding": "same"}),
        ("Show input", "ArrowRight", {"input": 1}),
        ("Inputs", "ArrowRight", {"size": 6}),
    )
    browser_flood = ("Inputs", "ArrowRight", {"size": 8})
    browser_touches = (
        ("input 3", ((0.5, 0.5),), {"input": 3}),
        ("input 3", ((0.5, 0.5),), {"input": 0}),
        ("input 5", ((0.5, 0.5),), {"input": 5}),
    )

    settle = staticmethod(settle)
    limits = staticmethod(limits)
    places = staticmethod(places)
    touched = staticmethod(touched)
    step = staticmethod(step)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
