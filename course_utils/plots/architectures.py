"""Networks and their blocks as pictures, and how they compare, for lesson 03."""

import re
from dataclasses import dataclass
from itertools import cycle

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import FuncFormatter, NullFormatter

from course_utils.plots.figure import (
    BLACK,
    BLUE,
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

# Blocks -------------------------------------------------------------------------------

# The first pattern that a label contains says what kind of layer it is, and so its
# colour.
KINDS = [
    (r"depthwise|each map", "depthwise convolution", PURPLE),
    (r"(?<!\d)1×1(?!\d)", "1×1 convolution", SKY),
    (r"pool|mean|average", "pooling", ORANGE),
    (r"dense", "dense", RED),
    (r"\d×\d|conv", "convolution", BLUE),
    (r"ReLU|sigmoid|softmax|tanh|swish", "activation", GREEN),
    (r"", "other", GREY),
]
# height of a box, between boxes, where paths part and join, a path's height
BOX, GAP, FAN, ROW = (0.5, 0.26, 0.42, 0.66)


@dataclass(frozen=True)
class Paths:
    """A place where a block splits into several paths, and how they come together
    again.

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
        ("<28×28×192>") for what flows there, drawn without a box.

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
    sizes = [_size(steps) for steps in blocks.values()]
    titles = [0.34 if title else 0.0 for title in blocks]
    width = max(size[0] for size in sizes) + 0.5
    height = sum(size[1] for size in sizes) + sum(titles) + 0.12 * (len(sizes) - 1)
    drawing = Figure(figsize=(width, height), dpi=DPI)
    axis = drawing.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-0.25, width - 0.25), ylim=(0, height))
    axis.set_axis_off()
    top, sentences = height, []
    for (title, steps), size, above in zip(blocks.items(), sizes, titles, strict=True):
        if title:
            axis.text(
                -0.15, top - 0.15, title, fontweight="bold", fontsize=10, va="center"
            )
        top -= above
        _draw(axis, steps, 0.0, top - size[1] / 2)
        top -= size[1] + 0.12
        sentences.append((f"{title}: " if title else "") + _words(steps))
    drawing.alt = alt or "Blocks, from left to right. " + ". ".join(sentences) + "."
    return drawing


def kind_of(label):
    """What kind of layer a label names: "convolution", "1×1 convolution", "pooling",
    ...
    """
    return next(kind for pattern, kind, _ in KINDS if re.search(pattern, label))


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


def _draw(axis, steps, x, y):
    """Draw steps from x to the right at height y; return where the row ends."""
    for index, step in enumerate(steps):
        if index:
            _arrow(axis, (x, y), (x + GAP, y))
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
        axis.text(
            x + width / 2,
            y,
            text,
            ha="center",
            va="center",
            fontsize=8.5,
            color=GREY,
            gid="flow",
        )
        return x + width
    colour = _colour(label)
    axis.add_patch(
        FancyBboxPatch(
            (x, y - BOX / 2),
            width,
            BOX,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=_light(colour),
            edgecolor=colour,
            linewidth=1.4,
            zorder=4,
            gid="layer",
        )
    )
    axis.text(
        x + width / 2,
        y,
        text,
        ha="center",
        va="center",
        fontsize=8.5,
        color=BLACK,
        zorder=5,
        linespacing=1.05,
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
            _arrow(axis, (turn, middle), (start, middle))
            reached = _draw(axis, path, start, middle)
        if step.join is None:
            _arrow(axis, (reached, middle), (end + FAN, middle))
            continue
        back = end + FAN - 0.16
        axis.plot([reached, back, back], [middle, middle, y], **line)
    if step.join is None:
        return end + FAN
    _arrow(axis, (end + FAN - 0.16, y), (end + FAN, y))
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


def _arrow(axis, start, end):
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=9,
            color=GREY,
            linewidth=1.4,
            shrinkA=0,
            shrinkB=0,
            zorder=3,
        )
    )


def _light(colour, share=0.18):
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def _words(steps):
    said = []
    for step in steps:
        if isinstance(step, Paths):
            paths = "; ".join(_words(path) if path else "a skip" for path in step.paths)
            said.append(f"[{paths}]" + (f" joined by {step.join}" if step.join else ""))
        else:
            said.append(step.strip("<>").replace("\n", " "))
    return " → ".join(said)


# A competition, year by year ----------------------------------------------------------


def error_timeline(results, alt=None):
    """Top-5 error by year: winners as a line, other entries as open circles.

    Parameters
    ----------
    results : rows with year, entry, place ("winner" or anything else) and top5_error in
        percent, as a pandas DataFrame (`data/ilsvrc.csv`).

    Returns
    -------
    Figure
    """
    winners = results[results.place == "winner"].sort_values("year")
    others = results[(results.place != "winner") & (results.place != "human")]
    drawing, axis = figure(size=(8.4, 4.0))
    axis.plot(
        winners.year,
        winners.top5_error,
        color=BLUE,
        marker="o",
        markersize=7,
        gid="winners",
    )
    axis.plot(
        others.year,
        others.top5_error,
        color=GREY,
        marker="o",
        markersize=6,
        markerfacecolor="white",
        linestyle="none",
        gid="others",
    )
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
    for row in winners.itertuples():
        entry = row.entry.replace("-S", "-\nS")  # a long name takes two lines
        axis.annotate(
            f"{entry}\n{row.top5_error:g} %",
            (row.year, row.top5_error),
            xytext=(7, 6),
            bbox=behind,
            textcoords="offset points",
            fontsize=9,
            fontweight="bold",
            color=BLUE,
            linespacing=1.1,
        )
    for row in others.itertuples():
        beside = winners[winners.year == row.year].top5_error
        crowded = len(beside) and abs(beside.iloc[0] - row.top5_error) < 2
        axis.annotate(
            f"{row.entry}, {row.top5_error:g} %",
            (row.year, row.top5_error),
            fontsize=8,
            color=GREY,
            xytext=(-7, -5) if crowded else (8, 2),
            textcoords="offset points",
            ha="right" if crowded else "left",
            va="center",
        )
    for row in results[results.place == "human"].itertuples():
        axis.axhline(
            row.top5_error, color=ORANGE, linewidth=1.2, linestyle="--", zorder=0
        )
        axis.text(
            winners.year.min() - 0.25,
            row.top5_error + 0.35,
            f"{row.entry}, {row.top5_error:g} %",
            color=RED,
            fontsize=8.5,
        )
    axis.set(
        ylim=(0, 32),
        xlim=(winners.year.min() - 0.3, winners.year.max() + 0.9),
        ylabel="top-5 error in percent",
    )
    axis.set_xticks(sorted(set(winners.year)))
    axis.grid(axis="y")
    drawing.alt = alt or (
        "Top-5 error of the winners by year, falling: "
        + ", ".join(
            f"{row.year} {row.entry} {row.top5_error:g} %"
            for row in winners.itertuples()
        )
        + ". Beside them: "
        + ", ".join(
            f"{row.year} {row.entry} {row.top5_error:g} %"
            for row in others.itertuples()
        )
        + "."
    )
    return drawing


# Costs and accuracies -----------------------------------------------------------------


def cost_by_layer(cost, alt=None):
    """Where a network's parameters and multiply-adds are: one bar a layer in two
    panels, in percent of the whole.

    Parameters
    ----------
    cost : what `model_cost` returned; layers that cost nothing are left out.
    """
    rows = [row for row in cost.rows if row.parameters or row.multiply_adds]
    names = [f"{row.type}\n{'×'.join(map(str, row.output_shape))}" for row in rows]
    drawing, axes = figure(1, 2, size=(8.4, 0.42 * len(rows) + 0.7), sharey=True)
    shares = {}
    for axis, key, total, colour in zip(
        axes,
        ("parameters", "multiply_adds"),
        (cost.parameters, cost.multiply_adds),
        (BLUE, ORANGE),
        strict=True,
    ):
        shares[key] = [100 * getattr(row, key) / total for row in rows]
        axis.barh(range(len(rows)), shares[key], color=colour, height=0.64)
        for place, value in enumerate(shares[key]):
            axis.text(value + 1, place, f"{value:.1f} %", va="center", fontsize=8.5)
        axis.set(
            xlim=(0, max(shares[key]) * 1.25),
            title=f"{total:,} {key.replace('_', '-')}",
        )
        axis.set_xticks([])
        axis.spines[["left", "bottom"]].set_visible(False)
        axis.tick_params(axis="y", length=0, labelcolor=BLACK, labelsize=8)
    axes[0].set_yticks(range(len(rows)), names)
    axes[0].invert_yaxis()
    drawing.alt = (
        alt
        or "Share of each layer in the whole. "
        + "; ".join(
            f"{name.replace(chr(10), ' ')}: {a:.1f} % of the parameters, {b:.1f} % of "
            f"the multiply-adds"
            for name, a, b in zip(
                names, shares["parameters"], shares["multiply_adds"], strict=True
            )
        )
        + "."
    )
    return drawing


def accuracy_scatter(table, accuracy="top1", names=None, alt=None):
    """Networks by what they cost and how often they are right: parameters left,
    multiply-adds right.

    Parameters
    ----------
    table : rows with name, year, parameters, multiply_adds and the accuracy in percent
        (`catalog()`); rows without an accuracy are left out.
    accuracy : "top1" or "top5".
    names : which rows to draw; left out, all.

    Raises
    ------
    ValueError : nothing to draw.
    """
    rows = table[table[accuracy].notna()]
    if names is not None:
        rows = rows[rows.name.isin(names)]
    if not len(rows):
        raise ValueError(f"no network in the table has a {accuracy} accuracy")
    drawing, axes = figure(1, 2, size=(10.4, 4.3), sharey=True)
    old = rows.year.min()
    span = max(rows.year.max() - old, 1)
    for axis, column, unit, divide in zip(
        axes,
        ("parameters", "multiply_adds"),
        ("million parameters", "billion multiply-adds"),
        (1e6, 1e9),
        strict=True,
    ):
        x = rows[column] / divide
        axis.set_xscale("log")
        axis.set(
            xlim=(x.min() / 1.6, x.max() * 1.9),
            ylim=(rows[accuracy].min() - 2, rows[accuracy].max() + 2.2),
        )
        axis.scatter(
            x,
            rows[accuracy],
            s=52,
            c=[(year - old) / span for year in rows.year],
            cmap="viridis_r",
            edgecolors="white",
            zorder=3,
            gid="networks",
        )
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.grid()
        axis.set_xlabel(f"{unit} (logarithmic scale)")
        _label_points(drawing, axis, list(x), list(rows[accuracy]), list(rows.name))
    axes[0].set_ylabel(f"{accuracy.replace('p', 'p-')} accuracy in percent")
    axes[0].set_title("Size"), axes[1].set_title("Work for one image")
    first, best = (
        rows.sort_values("year", kind="stable").iloc[0],
        rows.sort_values(accuracy).iloc[-1],
    )
    lightest = rows.sort_values("multiply_adds").iloc[0]
    drawing.alt = alt or (
        f"{len(rows)} networks, {accuracy} accuracy against parameters and against "
        f"multiply-adds. "
        + "; ".join(
            f"{row['name']} ({row.year}) {row[accuracy]:g} % with "
            f"{row.parameters / 1e6:.1f} million parameters and "
            f"{row.multiply_adds / 1e9:.2f} billion multiply-adds"
            for row in (first, best, lightest)
        )
        + "."
    )
    return drawing


def _label_points(drawing, axis, xs, ys, names):
    """Put a name beside each point where it covers no other name or point."""
    drawing.draw_without_rendering()
    points = axis.transData.transform(list(zip(xs, ys, strict=True)))
    scale = drawing.dpi / 72
    taken = [
        (px - 4 * scale, py - 4 * scale, px + 4 * scale, py + 4 * scale)
        for px, py in points
    ]
    for (px, py), name in sorted(
        zip(points, names, strict=True), key=lambda pair: pair[0][1]
    ):
        width, height = 4.5 * len(name) * scale, 9 * scale
        best = None
        for distance in (6, 10, 15, 21, 28):
            for across, up in (
                (1, 0),
                (-1, 0),
                (1, 0.8),
                (-1, 0.8),
                (1, -0.8),
                (-1, -0.8),
                (0, 1),
                (0, -1),
            ):
                dx, dy = across * distance, up * (distance + 3)
                left = (
                    px
                    + dx * scale
                    - (0 if across > 0 else width if across < 0 else width / 2)
                )
                low = py + dy * scale - height / 2
                box = (left, low, left + width, low + height)
                overlap = sum(_overlap(box, other) for other in taken) + 3 * _outside(
                    box, axis.bbox
                )
                cost = overlap + 0.4 * distance
                if best is None or cost < best[0]:
                    best = (cost, dx, dy, across, box)
        _, dx, dy, across, box = best
        taken.append(box)
        side = "left" if across > 0 else "right" if across < 0 else "center"
        axis.annotate(
            name,
            tuple(axis.transData.inverted().transform((px, py))),
            xytext=(dx, dy),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=7.5,
            color=BLACK,
            arrowprops={"arrowstyle": "-", "color": PALE, "lw": 0.8, "shrinkB": 3}
            if abs(dx) + abs(dy) > 14
            else None,
        )


def _overlap(one, other):
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(high, 0)


def _outside(box, area):
    sides = (area.x0 - box[0], box[2] - area.x1, area.y0 - box[1], box[3] - area.y1)
    return 100 * sum(max(side, 0) for side in sides)


def accuracy_against_seconds(
    runs, metric="val_accuracy", aim=None, heading=None, limits=None, alt=None
):
    """Accuracy against seconds of training, a colour a network, a line a run.

    Parameters
    ----------
    runs : a dict from a network's name to a list of runs with `.history` and `.seconds`
        (one number an epoch), as `fit` and `experiments.measured_histories`
        give them.  A network without runs is named as missing.
    aim : an accuracy to mark with a dashed line.

    Raises
    ------
    ValueError : a run that does not know its seconds.
    """
    drawing, axis = figure(size=(7.2, 3.6))
    sentences = []
    for (name, those), colour in zip(runs.items(), cycle(PALETTE)):
        ends = []
        for run in those:
            values = list(run.history[metric])
            if len(run.seconds) != len(values):
                raise ValueError(
                    f"{name} has {len(values)} accuracies and {len(run.seconds)} "
                    f"times; it needs a time each"
                )
            across = np.cumsum(run.seconds)
            axis.plot(
                across,
                values,
                color=colour,
                marker="o",
                markersize=3.5,
                alpha=0.85,
                gid=name,
            )
            ends.append((across[-1], values[-1]))
        if not ends:
            sentences.append(f"{name} has no stored run yet")
            continue
        across, value = max(ends)
        axis.annotate(
            f" {name}",
            (across, value),
            xytext=(4, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontsize=9,
            fontweight="bold",
            annotation_clip=False,
        )
        count = f"{len(ends)} runs, " if len(ends) > 1 else ""
        last = [f"{end[1]:.3f}" for end in ends]
        accuracies = " to ".join(sorted({min(last), max(last)}))
        sentences.append(f"{name}: {count}{accuracies} after {across:,.0f} seconds")
    if not any(runs.values()):
        axis.text(
            0.5,
            0.5,
            "not measured yet: make measure",
            ha="center",
            va="center",
            color=GREY,
            transform=axis.transAxes,
        )
        axis.set_xticks([]), axis.set_yticks([])
    else:
        axis.set_xlim(left=0)
    if aim is not None:
        axis.axhline(aim, color=GREY, linestyle="--", linewidth=1, zorder=0)
    if limits:
        axis.set_ylim(*limits)
    axis.set(xlabel="seconds of training", ylabel=metric.replace("val_", "validation "))
    axis.grid(axis="y")
    axis.set_title(heading or "Accuracy against seconds")
    drawing.alt = (
        alt or "Accuracy against seconds of training. " + "; ".join(sentences) + "."
    )
    return drawing


def competing_maps(before, after, alt=None):
    """The values of all feature maps at one pixel, before and after local response
    normalization.

    Parameters
    ----------
    before, after : one number a feature map.
    """
    before, after = np.asarray(before, float), np.asarray(after, float)
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError(
            f"before has shape {before.shape} and after {after.shape}; each must be "
            f"one number a map"
        )
    drawing, axis = figure(size=(7.2, 2.7))
    places = np.arange(len(before))
    axis.bar(
        places - 0.2,
        before,
        0.38,
        color=PALE,
        edgecolor=GREY,
        linewidth=0.8,
        label="before",
    )
    axis.bar(places + 0.2, after, 0.38, color=BLUE, label="after")
    axis.set_xticks(places)
    axis.set(xlabel="feature map", ylabel="activation")
    axis.legend(fontsize=9)
    drawing.alt = alt or (
        "Activations of the maps at one pixel, before and after: "
        + "; ".join(
            f"map {place} {b:.2f} and {a:.2f}"
            for place, b, a in zip(places, before, after, strict=True)
        )
        + "."
    )
    return drawing
