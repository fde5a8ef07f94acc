"""Lesson 01: 'valid' and 'same' padding in one dimension."""

from course_utils.arithmetic import conv_output_size, same_padding
from course_utils.plots.figure import BLACK, CYCLE, GREY, PALE, words_on
from course_utils.widgets.board import WIDTH, Board
from course_utils.widgets.controls import Pick, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.touch import Place

CONTROLS = {
    "size": Slider("Input size", 1, 16, 11),
    "kernel": Slider("Kernel", 1, 7, 4),
    "stride": Slider("Stride", 1, 4, 2),
    "output": Pick("Show output", 0, 16, 0),
}


def outputs(state, padding):
    """How many outputs there are; 0 where 'valid' leaves nothing."""
    if padding == "valid" and state["kernel"] > state["size"]:
        return 0
    return conv_output_size(state["size"], state["kernel"], state["stride"], padding)


def zeros(state, padding):
    """How many zeros stand (before, after) the inputs."""
    return (
        same_padding(state["size"], state["kernel"], state["stride"])
        if padding == "same"
        else (0, 0)
    )


def settle(state, before):
    """The output that is singled out exists in one of the two rows."""
    return {**state, "output": min(state["output"], limits(state)["output"][1])}


def limits(state):
    """The last output; 0 singles out none."""
    return {"output": (0, outputs(state, "same"))}


# The pointer --------------------------------------------------------------------------

ROWS = {"valid": 18, "same": 193}  # where the two rows begin in the picture
ABOVE = 36  # so far below that lie the outputs


def _scale(state):
    """The side of an input in the picture, and where the first one begins."""
    widest = state["size"] + sum(zeros(state, "same"))
    cell = min(44, (WIDTH - 40) / max(widest, 9))
    return cell, (WIDTH - widest * cell) / 2 + zeros(state, "same")[0] * cell


def _middle(state, padding, output):
    """Where an output stands, across."""
    cell, left = _scale(state)
    start = output * state["stride"] - zeros(state, padding)[0]
    return left + (start + state["kernel"] / 2) * cell


def places(state):
    """The outputs of both rows."""
    wide = min(state["stride"] * _scale(state)[0], 44)
    return [
        Place(
            f"{padding} {index + 1}",
            _middle(state, padding, index) - wide / 2,
            top + ABOVE - 18,
            wide,
            36,
            hover=True,
        )
        for padding, top in ROWS.items()
        for index in range(outputs(state, padding))
    ]


def touched(state, touch):
    """The output under the pointer is singled out; pressed again, all are shown."""
    output = int(touch.place.name.split()[1])
    again = touch.before["output"] == output
    return {"output": 0 if again and touch.pressed else output}


def step(state):
    """One window after the other."""
    if state["output"] < limits(state)["output"][1]:
        return {"output": state["output"] + 1}
    return None


# The picture --------------------------------------------------------------------------


def draw(state):
    """Two rows: the inputs with their zeros, each window, and its output."""
    board = Board(350)
    for padding, top in ROWS.items():
        _draw_row(board, state, padding, top)
    return board


def _draw_row(board, state, padding, top):
    cell, left = _scale(state)
    count, (before, after) = outputs(state, padding), zeros(state, padding)
    size, kernel, stride = state["size"], state["kernel"], state["stride"]
    end = board.paragraph(
        8,
        top,
        [
            (f"padding = '{padding}'", {"bold": True}),
            f"   {size} → {count}   ({_sum(state, padding)})",
        ],
        size=14,
    )
    board.text(max(end + 14, 420), top, _extra(state, padding), size=13, colour=GREY)
    base = top + 104
    place = lambda index: left + index * cell
    # the chosen one on top
    for index in sorted(range(count), key=lambda index: index + 1 == state["output"]):
        start, colour = index * stride - before, CYCLE[index % len(CYCLE)]
        chosen = state["output"] in (0, index + 1)
        middle, shine = place(start + kernel / 2), "33" if chosen else "0d"
        inset = 0.06 * cell
        corners = [
            (place(start) + inset, base - 3),
            (place(start + kernel) - inset, base - 3),
            (middle, top + ABOVE + 2),
        ]
        board.polygon(corners, colour + shine)
        board.line([*corners, corners[0]], colour + ("cc" if chosen else "33"), 1.2)
    for index in range(count):
        middle = _middle(state, padding, index)
        chosen = state["output"] in (0, index + 1)
        radius = min(0.38 * cell, 15)
        disc = middle, top + ABOVE
        fill = CYCLE[index % len(CYCLE)] if chosen else "#d1d5db"
        board.circle(*disc, radius, fill=fill, outline="white")
        board.text(*disc, str(index + 1), 0.85 * radius, True, words_on(fill), "mm")
    covered = _covered(state, padding)
    for x in range(-before, size + after):
        is_zero = not 0 <= x < size
        ignored = not is_zero and x not in covered
        fill = PALE if is_zero else "white"
        edge = "#9ca3af" if is_zero else PALE if ignored else BLACK
        inset = 0.07 * cell
        board.rectangle(
            place(x) + inset,
            base,
            cell - 2 * inset,
            cell - 2 * inset,
            fill=fill,
            outline=edge,
            line=1.2,
        )
        ink = GREY if ignored else BLACK
        board.text(
            place(x + 0.5),
            base + 0.43 * cell,
            "0" if is_zero else str(x + 1),
            0.3 * cell,
            False,
            ink,
            "mm",
        )


def _sum(state, padding):
    size, kernel, stride = state["size"], state["kernel"], state["stride"]
    if padding == "same":
        return f"⌈{size} / {stride}⌉"
    return f"⌊({size} − {kernel}) / {stride}⌋ + 1" if kernel <= size else "no room"


def _covered(state, padding):
    """The inputs that lie in some window."""
    before = zeros(state, padding)[0]
    starts = [
        index * state["stride"] - before for index in range(outputs(state, padding))
    ]
    return {start + tap for start in starts for tap in range(state["kernel"])} & set(
        range(state["size"])
    )


def _extra(state, padding):
    """What happens at the border, in words."""
    if not outputs(state, padding):
        return f"a kernel of {state['kernel']} does not fit into {state['size']}"
    before, after = zeros(state, padding)
    ignored = state["size"] - len(_covered(state, padding))
    words = []
    if padding == "same":
        words.append(
            f"{_count(before, 'zero')} before, {after} after"
            if before + after
            else "no zeros needed"
        )
    if ignored or padding == "valid":
        words.append(
            f"{_count(ignored, 'input')} ignored"
            if ignored
            else "no zeros, nothing ignored"
        )
    return ", ".join(words)


def _count(number, what):
    return f"{number} {what}{'s' * (number != 1)}"


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    words = [
        f"A row of {state['size']} inputs under windows {state['kernel']} wide that "
        f"move by {state['stride']}, drawn for both paddings."
    ]
    for padding in ("valid", "same"):
        count = outputs(state, padding)
        words.append(
            f"'{padding}' gives {_count(count, 'output')}: {_extra(state, padding)}."
        )
        if 0 < state["output"] <= count:
            start = (
                (state["output"] - 1) * state["stride"] - zeros(state, padding)[0] + 1
            )
            last = start + state["kernel"] - 1
            inputs = f"{max(start, 1)} to {min(last, state['size'])}"
            outside = max(1 - start, 0) + max(last - state["size"], 0)
            words.append(
                f"Its output {state['output']} sees inputs {inputs}"
                + (f" and {_count(outside, 'zero')}." if outside else ".")
            )
    return " ".join(words)


class PaddingExplorer(Explorer):
    """'valid' and 'same' padding of a row of inputs, drawn window by window.

    State: size, kernel, stride, output (the window that is singled out, from 1; 0 for
    all).
    """

    title = "Padding explorer"
    controls = CONTROLS
    browser_steps = (
        ("Stride", "ArrowRight", {"stride": 3}),
        ("Input size", "ArrowRight", {"size": 12}),
        ("Kernel", "ArrowLeft", {"kernel": 3}),
        ("Show output", "ArrowRight", {"output": 1}),
    )
    browser_flood = ("Input size", "ArrowRight", {"size": 16})
    browser_touches = (
        ("same 3", ((0.5, 0.5),), {"output": 3}),
        ("same 3", ((0.5, 0.5),), {"output": 0}),
        ("valid 2", ((0.5, 0.5),), {"output": 2}),
    )

    settle = staticmethod(settle)
    limits = staticmethod(limits)
    places = staticmethod(places)
    touched = staticmethod(touched)
    step = staticmethod(step)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
