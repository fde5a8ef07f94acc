"""Networks, their blocks and what they see, as diagrams."""

import math
import re
from dataclasses import dataclass
from itertools import combinations, cycle, pairwise

from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon

from course_utils.arithmetic import conv_output_size, receptive_field
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    CYCLE,
    DPI,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    PURPLE,
    RED,
    SKY,
    Figure,
    figure,
)
from course_utils.plots.labels import centred

__all__ = ["Paths", "block_diagram", "receptive_field_stack", "stage_strip"]


# Pieces -------------------------------------------------------------------------------


def arrow(axis, start, end, colour=GREY, width=1.4, head=9, shrink=0.0, **style):
    """An arrow from one (x, y) to another.

    Parameters
    ----------
    width, head : of the line and of the arrowhead, in points.
    shrink : how far it keeps away from both points, in points.
    style : passed to `FancyArrowPatch` (`arrowstyle`, `zorder`, ...).
    """
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            **({"arrowstyle": "-|>", "zorder": 3} | style),
            mutation_scale=head,
            color=colour,
            linewidth=width,
            shrinkA=shrink,
            shrinkB=shrink,
        )
    )


def labelled_box(axis, corner, size, label, colour, face, rounding, **style):
    """A box with round corners and its label in the middle.

    Parameters
    ----------
    corner, size : (x, y) of the lower left corner, and (width, height).
    colour, face : of the outline and of the inside.
    rounding : radius of the corners, in the axis' units.
    style : `fontsize` and `linespacing` of the label; the rest is passed to
        `FancyBboxPatch` (`zorder`, `gid`, ...).
    """
    words = {"fontsize": style.pop("fontsize", 8.5), "color": BLACK}
    if "linespacing" in style:
        words["linespacing"] = style.pop("linespacing")
    if "zorder" in style:
        words["zorder"] = style["zorder"] + 1
    axis.add_patch(
        FancyBboxPatch(
            corner,
            *size,
            boxstyle=f"round,pad=0,rounding_size={rounding}",
            facecolor=face,
            edgecolor=colour,
            **({"linewidth": 1.4} | style),
        )
    )
    centred(axis, corner[0] + size[0] / 2, corner[1] + size[1] / 2, label, **words)


# Blocks -------------------------------------------------------------------------------
# The first pattern that a label contains says what kind of layer it is, and so its
# colour.
KINDS = [
    (r"depthwise|each map", "depthwise convolution", PURPLE),
    (r"(?<!\d)1×1(?!\d)", "1×1 convolution", SKY),
    (r"pool|mean|average", "pooling", ORANGE),
    (r"dense", "dense", RED),
    (r"\d×\d|conv", "convolution", BLUE),
    (r"ReLU|GELU|sigmoid|softmax|tanh|swish", "activation", GREEN),
    (r"", "other", GREY),
]


# height of a box, between boxes, where paths part and join, a path's height
BOX, GAP, FAN, ROW = (0.5, 0.26, 0.42, 0.66)
WIDEST = 8.9  # of a row; JupyterLab shows it unscaled in a window of 1,100 pixels


@dataclass(frozen=True)
class Paths:
    """A place where a block splits into several paths, and how they come together
    again.

    Parameters
    ----------
    join : "+", "×" or a word such as "concat"; None where the paths do not come
        together.
    paths : lists of steps; an empty list is a skip, a bare line.
    """

    join: str
    paths: tuple

    def __init__(self, join, *paths):
        object.__setattr__(self, "join", join)
        object.__setattr__(self, "paths", tuple(list(path) for path in paths))
        if len(paths) < 2:
            raise ValueError(
                f"Paths has {len(paths)} path; it needs at least two, one list of "
                f"steps each"
            )


def block_diagram(blocks, alt=None):
    """Blocks of layers, drawn from left to right.

    Parameters
    ----------
    blocks : a list of steps, or a dict from a title to such a list (drawn below one
        another).  A step is the label of a layer ("3×3, 64"; its words decide its
        colour), `Paths("concat", [...], [...])`, or a label in angle brackets
        ("<28×28×192>") for what flows there, drawn without a box.  Steps too many for
        a notebook's width go on in the next row, like words.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no block, or a block without steps.

        block_diagram(["<x>", Paths("+", [], ["3×3", "ReLU", "3×3"]), "ReLU"])
    """
    blocks = blocks if isinstance(blocks, dict) else {"": blocks}
    if not blocks or not all(blocks.values()):
        raise ValueError(
            "block_diagram needs at least one block, and each block at least one step"
        )
    rows = [row for title, steps in blocks.items() for row in _rows(title, steps)]
    width = max(row.width for row in rows) + 0.5
    height = sum(row.above + row.height for row in rows) + 0.12 * (len(rows) - 1)
    drawing = Figure(figsize=(width, height), dpi=DPI)
    axis = drawing.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-0.25, width - 0.25), ylim=(0, height))
    axis.set_axis_off()
    top = height
    for row in rows:
        if row.title:
            axis.text(
                -0.15,
                top - 0.15,
                row.title,
                fontweight="bold",
                fontsize=10,
                va="center",
            )
        top -= row.above
        _draw_row(axis, row, top - row.height / 2)
        top -= row.height + 0.12
    sentences = [
        (f"{title}: " if title else "") + _words(steps)
        for title, steps in blocks.items()
    ]
    drawing.alt = alt or "Blocks, from left to right. " + ". ".join(sentences) + "."
    return drawing


def _colour(label):
    return next(colour for pattern, _, colour in KINDS if re.search(pattern, label))


def _is_flow(step):
    return isinstance(step, str) and step.startswith("<") and step.endswith(">")


def _width(step):
    if isinstance(step, Paths):
        inside = max(_size(path)[0] for path in step.paths)
        return inside + 2 * FAN + (_join_width(step) if step.join else 0)
    longest = max(len(line) for line in step.strip("<>").split("\n"))
    return 0.079 * longest + (0.1 if _is_flow(step) else 0.26)


def _join_width(step):
    return 0.3 if len(step.join) == 1 else 0.079 * len(step.join) + 0.26


def _size(steps):
    """Width and height of a row of steps, in inches."""
    if not steps:
        return 0.3, ROW
    width = sum(_width(step) for step in steps) + GAP * (len(steps) - 1)
    heights = [
        sum(_size(path)[1] for path in step.paths) if isinstance(step, Paths) else ROW
        for step in steps
    ]
    return width, max(heights)


@dataclass(frozen=True)
class _Row:
    """Steps that are drawn beside one another; sizes in inches."""

    title: str
    steps: list
    goes_on: bool  # into the next row
    continues: bool  # the row before

    @property
    def above(self):
        return 0.34 if self.title else 0.0

    @property
    def width(self):
        return _size(self.steps)[0] + GAP * (self.goes_on + self.continues)

    @property
    def height(self):
        return _size(self.steps)[1]


def _rows(title, steps):
    """The steps in as few rows as the width allows, and these as even as can be; each
    has a layer.
    """
    room = max(WIDEST, *(_width(step) + 2 * GAP for step in steps))
    layers = [place for place, step in enumerate(steps) if not _is_flow(step)]
    places = range(layers[0] + 1, layers[-1] + 1) if layers else []
    for count in range(1, len(places) + 2):
        breaks = min(
            combinations(places, count - 1),
            key=lambda breaks: max(_size(part)[0] for part in _parts(steps, breaks)),
        )
        parts = _parts(steps, breaks)
        rows = [
            _Row(
                title if number == 0 else "",
                part,
                goes_on=number < count - 1,
                continues=number > 0,
            )
            for number, part in enumerate(parts)
        ]
        if max(row.width for row in rows) <= room:
            break
    return rows


def _parts(steps, breaks):
    return [steps[start:end] for start, end in pairwise([0, *breaks, len(steps)])]


def _draw_row(axis, row, y):
    """Draw a row; an arrow leaves it, or comes in, where the steps are more."""
    x = 0.0
    if row.continues:
        arrow(axis, (x, y), (x + GAP, y))
        x += GAP
    x = _draw(axis, row.steps, x, y)
    if row.goes_on:
        arrow(axis, (x, y), (x + GAP, y))


def _draw(axis, steps, x, y):
    """Draw steps from x to the right at height y; return where the row ends."""
    for index, step in enumerate(steps):
        if index:
            arrow(axis, (x, y), (x + GAP, y))
            x += GAP
        x = (
            _draw_paths(axis, step, x, y)
            if isinstance(step, Paths)
            else _draw_box(axis, step, x, y)
        )
    return x


def _draw_box(axis, label, x, y):
    width, text = _width(label), label.strip("<>")
    if _is_flow(label):
        centred(axis, x + width / 2, y, text, fontsize=8.5, color=GREY, gid="flow")
        return x + width
    labelled_box(
        axis,
        (x, y - BOX / 2),
        (width, BOX),
        text,
        colour=_colour(label),
        face=_light(_colour(label)),
        rounding=0.08,
        linespacing=1.05,
        zorder=4,
        gid="layer",
    )
    return x + width


def _draw_paths(axis, step, x, y):
    heights = [_size(path)[1] for path in step.paths]
    inside = max(_size(path)[0] for path in step.paths)
    start, end = x + FAN, x + FAN + inside
    level = y + sum(heights) / 2
    axis.plot([x, x + 0.14], [y, y], color=GREY, linewidth=1.4, zorder=3)
    for path, height in zip(step.paths, heights, strict=True):
        middle = level - height / 2
        level -= height
        skip = not path
        line = {
            "color": ORANGE if skip else GREY,
            "linewidth": 2.2 if skip else 1.4,
            "zorder": 2,
            "solid_capstyle": "round",
            "solid_joinstyle": "round",
        }
        turn = x + 0.14
        axis.plot([turn, turn], [y, middle], **line)
        if skip:
            reached = turn
        else:
            arrow(axis, (turn, middle), (start, middle))
            reached = _draw(axis, path, start, middle)
        if step.join is None:
            arrow(axis, (reached, middle), (end + FAN, middle))
            continue
        back = end + FAN - 0.16
        axis.plot([reached, back, back], [middle, middle, y], **line)
    if step.join is None:
        return end + FAN
    arrow(axis, (end + FAN - 0.16, y), (end + FAN, y))
    width = _join_width(step)
    centre = end + FAN + width / 2
    if len(step.join) == 1:
        axis.add_patch(
            Circle(
                (centre, y),
                0.15,
                fc="white",
                ec=ORANGE,
                linewidth=2,
                zorder=4,
                gid="join",
            )
        )
    else:
        axis.add_patch(
            FancyBboxPatch(
                (centre - width / 2, y - 0.15),
                width,
                0.3,
                boxstyle="round,pad=0,rounding_size=0.14",
                facecolor="white",
                edgecolor=ORANGE,
                linewidth=2,
                zorder=4,
                gid="join",
            )
        )
    size = 12 if len(step.join) == 1 else 8.5
    axis.text(
        centre,
        y,
        step.join,
        ha="center",
        va="center_baseline",
        fontsize=size,
        fontweight="bold",
        zorder=5,
    )
    return end + FAN + width


def _light(colour, share=0.18):
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def _words(steps):
    words = []
    for step in steps:
        if isinstance(step, Paths):
            paths = "; ".join(_words(path) if path else "a skip" for path in step.paths)
            words.append(
                f"[{paths}]" + (f" joined by {step.join}" if step.join else "")
            )
        else:
            words.append(step.strip("<>").replace("\n", " "))
    return " → ".join(words)


# Whole networks -----------------------------------------------------------------------
SHADES = {"front": 0.35, "top": 0.15, "side": 0.55}  # how much colour a face has


def stage_strip(stages, alt=None):
    """A network as a row of its feature maps, drawn to scale: as high and as deep as
    the maps are, and as wide as they are many, so that a volume is a number of values.

    Parameters
    ----------
    stages : a list of (label, size, channels, layers), from the input to the output;
        size in pixels a side, layers how many blocks make such maps.

    Returns
    -------
    Figure
    """
    if not stages:
        raise ValueError("stage_strip needs at least one stage")
    drawing, axis = figure(size=(8.4, 3.1))
    axis.set_axis_off()
    across = 4.6 / sum(channels for _, _, channels, _ in stages)  # inches a channel
    up = 1.7 / max(size for _, size, _, _ in stages)  # inches a pixel
    gap, x = 2.9 / len(stages), 0.0
    for (label, size, channels, layers), colour in zip(stages, cycle(PALETTE)):
        width, height = max(across * channels, 0.02), max(up * size, 0.03)
        depth = 0.28 * height
        faces = {
            "front": [(0, 0), (width, 0), (width, height), (0, height)],
            "top": [(0, height), (width, height), (width + depth, height + depth)],
            "side": [(width, 0), (width, height), (width + depth, height + depth)],
        }
        faces["top"].append((depth, height + depth))
        faces["side"].append((width + depth, depth))
        for face, corners in faces.items():
            axis.add_patch(
                Polygon(
                    [(x + dx, dy - height / 2) for dx, dy in corners],
                    facecolor=_light(colour, SHADES[face]),
                    edgecolor=colour,
                    linewidth=0.9,
                    gid=face,
                )
            )
        middle = x + (width + depth) / 2
        shape = f"{size}×{size}×{channels}" if size > 1 else f"{channels:,}"
        centred(axis, middle, height / 2 + depth + 0.13, shape, fontsize=8.5)
        style = {"fontsize": 8.5, "color": BLACK, "va": "top"}
        centred(axis, middle, -1.0, label + _times(label, layers), **style)
        x += width + depth + gap
    axis.set(xlim=(-0.5, x - gap + 0.5), ylim=(-1.35, 1.55), aspect="equal")
    drawing.alt = alt or (
        "A network as blocks, from input to output: "
        + "; ".join(
            f"{label.splitlines()[0]} with {layers} block{'s' if layers > 1 else ''} "
            f"and maps of {size}×{size}×{channels}"
            for label, size, channels, layers in stages
        )
        + "."
    )
    return drawing


def _times(label, count):
    """How many blocks, where the label's second line does not say it."""
    return f" (×{count})" if count > 1 and "\n" not in label else ""


def receptive_field_stack(layers, names=None, alt=None):
    """A stack of one-dimensional layers, and what one unit at the top sees at each
    level below.

    Parameters
    ----------
    layers : a list of (kernel, stride), first layer first.
    names : one name a level, the input's first; left out, "input", "layer 1", ...
    """
    # units seen at each level
    fields = [receptive_field(layers[level:]) for level in range(len(layers))] + [1]
    strides = [
        math.prod(stride for _, stride in layers[:level])
        for level in range(len(layers) + 1)
    ]
    margin = 2 * strides[-1]
    size = fields[0] + 2 * margin
    names = names or ["input"] + [
        f"layer {level}" for level in range(1, len(layers) + 1)
    ]
    drawing, axis = figure(size=(8, 0.95 * len(names) + 0.5))
    sizes, offsets = [size], [0.0]
    for kernel, stride in layers:
        offsets.append(offsets[-1] + (kernel - 1) / 2 * strides[len(sizes) - 1])
        sizes.append(conv_output_size(sizes[-1], kernel, stride))
    first = _first_seen(layers, sizes)
    for level, count in enumerate(sizes):
        colour = GREY if level == 0 else CYCLE[(level - 1) % len(CYCLE)]
        at = lambda unit, level=level: offsets[level] + unit * strides[level]
        for unit in range(count):
            seen = first[level] <= unit < first[level] + fields[level]
            axis.add_patch(
                Circle(
                    (at(unit), 1.6 * level),
                    0.33,
                    fc=colour if seen else "white",
                    ec=colour if seen else PALE,
                    lw=1.4,
                    zorder=3,
                    gid=f"seen-{level}" if seen else "unseen",
                )
            )
            if seen and level:
                kernel, stride = layers[level - 1]
                for tap in range(kernel):
                    below = (
                        offsets[level - 1] + (unit * stride + tap) * strides[level - 1]
                    )
                    axis.plot(
                        [at(unit), below],
                        [1.6 * level, 1.6 * (level - 1)],
                        color=colour,
                        lw=0.9,
                        alpha=0.7,
                    )
        axis.text(-1.2, 1.6 * level, names[level], ha="right", va="center", color=BLACK)
        axis.text(
            size + 0.2,
            1.6 * level,
            f"{fields[level]} seen" if level < len(layers) else "one unit",
            va="center",
            color=colour if level else BLACK,
            fontweight="bold",
        )
    axis.set(xlim=(-4, size + 3), ylim=(-0.6, 1.6 * len(layers) + 0.6), aspect="equal")
    axis.set_axis_off()
    kernels = ", ".join(f"{kernel} with stride {stride}" for kernel, stride in layers)
    drawing.alt = alt or (
        f"{len(layers)} one-dimensional layers, one above another, with kernels of "
        f"{kernels}. One unit at the top sees "
        + ", ".join(
            f"{fields[level]} units of the {names[level]}"
            for level in reversed(range(len(layers)))
        )
        + "."
    )
    return drawing


def _first_seen(layers, sizes):
    """The first unit seen at each level by the middle unit of the top level."""
    first = [sizes[-1] // 2]
    for _, stride in reversed(layers):
        first.insert(0, first[0] * stride)
    return first
