"""What lesson 04 draws: residual units, and what they do to gradients."""

from itertools import cycle

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter, PercentFormatter

from course_utils.plots.diagrams import arrow, labelled_box
from course_utils.plots.figure import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    SKY,
    figure,
    set_heading,
)
from course_utils.plots.labels import centred

__all__ = ["added_by_unit", "gradient_by_depth", "residual_units", "three_accuracies"]

COLOURS = {"conv": BLUE, "norm": SKY, "relu": GREEN, "skip": ORANGE}


def residual_units(alt=None):
    """Three units side by side: a plain pair of convolutions, a residual unit, and one
    whose skip changes shape.
    """
    drawing, axes = figure(1, 3, size=(9.2, 4.3), sharey=True)
    main = [
        ("conv", "3×3 convolution"),
        ("norm", "batch norm"),
        ("relu", "ReLU"),
        ("conv", "3×3 convolution"),
        ("norm", "batch norm"),
    ]
    wide = [("conv", "3×3 convolution, stride 2"), *main[1:]]
    short = [("conv", "1×1 convolution,\nstride 2"), ("norm", "batch norm")]
    _unit(axes[0], "plain", main, None)
    _unit(axes[1], "residual", main, [])
    _unit(axes[2], "residual, new shape", wide, short)
    drawing.alt = alt or (
        "Three units, read from bottom to top. Plain: 3×3 convolution, batch norm, "
        "ReLU, 3×3 convolution, batch norm, ReLU. Residual: the same, and a line "
        "carries the input past them to a plus sign before the last ReLU. Residual "
        "with a new shape: the first convolution has stride 2, and the line past them "
        "passes through a 1×1 convolution with stride 2 and a batch norm."
    )
    return drawing


def _unit(axis, title, main, skip):
    axis.set_axis_off()
    axis.set(xlim=(-1.1, 2.65), ylim=(-0.9, 8.8))
    axis.text(0, 8.35, title, ha="center", fontweight="bold", fontsize=11)
    height, gap = 0.78, 0.32
    y, tops = 0.2, []
    for kind, label in main:
        _box(axis, 0, y, kind, label, height)
        tops.append(y)
        y += height + gap
    end = y + 0.25  # where the sum stands
    _arrow(axis, (0, -0.75), (0, tops[0]))
    for low, high in zip(tops, tops[1:], strict=False):
        _arrow(axis, (0, low + height), (0, high))
    if skip is None:
        _box(axis, 0, end - 0.1, "relu", "ReLU", height)
        _arrow(axis, (0, tops[-1] + height), (0, end - 0.1))
        _arrow(axis, (0, end - 0.1 + height), (0, 8.1))
        return
    _arrow(axis, (0, tops[-1] + height), (0, end - 0.2))
    centred(
        axis,
        0,
        end,
        "+",
        fontsize=13,
        fontweight="bold",
        bbox={
            "boxstyle": "circle,pad=0.12",
            "facecolor": "white",
            "edgecolor": COLOURS["skip"],
            "lw": 2,
        },
    )
    _box(axis, 0, end + 0.55, "relu", "ReLU", height)
    _arrow(axis, (0, end + 0.25), (0, end + 0.55))
    _arrow(axis, (0, end + 0.55 + height), (0, 8.15))
    across = 1.85
    line = {"color": COLOURS["skip"], "linewidth": 2.4, "solid_capstyle": "round"}
    axis.plot([0, across], [-0.4, -0.4], **line)
    axis.plot([across, across], [-0.4, end], **line)
    _arrow(axis, (across, end), (0.22, end), COLOURS["skip"], 2.4)
    y = 1.9
    for kind, label in skip:
        tall = height * 1.15 if "\n" in label else height
        _box(axis, across, y, kind, label, tall, width=1.5)
        y += height * 1.15 + gap
    if not skip:
        axis.text(
            across + 0.1,
            end / 2,
            "the input\nitself",
            color=COLOURS["skip"],
            fontsize=9,
            va="center",
            fontweight="bold",
        )


def _box(axis, x, y, kind, label, height, width=1.9):
    corner, colour = (x - width / 2, y), COLOURS[kind]
    style = {"rounding": 0.12, "fontsize": 7.5, "zorder": 4}
    labelled_box(axis, corner, (width, height), label, colour, colour + "30", **style)
    # or the lines behind it would shine through
    behind = {"facecolor": "white", "linewidth": 0, "zorder": 3}
    axis.add_patch(Rectangle(corner, width, height, **behind))


def _arrow(axis, start, end, colour=GREY, width=1.4):
    arrow(axis, start, end, colour, width, head=10, zorder=2)


def gradient_by_depth(norms, relative=None, heading=None, broken_at=None, alt=None):
    """The size of the gradient in each weighted layer, one line per network, on a
    logarithmic scale; exact zeros stand in a strip of their own below it.

    Parameters
    ----------
    norms : a dictionary from a network's name to one number per layer, from the input
        to the output.
    relative : the same, divided by the size of each layer's weights; a second panel.
    broken_at : (first, last) layers to shade, counted from 1.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no network, or one with no layers.
    """
    panels = {"size of the gradient": norms}
    if relative is not None:
        panels["gradient ÷ weights"] = relative
    for lines in panels.values():
        if not lines or not all(len(values) for values in lines.values()):
            raise ValueError(
                "gradient_by_depth needs at least one network with at least one layer"
            )
    silent = any(0 in list(v) for lines in panels.values() for v in lines.values())
    drawing, axes = figure(
        1 + silent,
        len(panels),
        size=(4.6 * len(panels) + (2.0 if len(panels) == 1 else 0), 3.3),
        squeeze=False,
        sharex=True,
        height_ratios=[6, 1] if silent else None,
    )
    sentences = []
    for column, (name, lines) in enumerate(panels.items()):
        axis, strip = axes[0, column], axes[1, column] if silent else None
        said = "; ".join(_gradient_panel(axis, strip, lines))
        sentences.append(f"{name.capitalize()}: {said}" if len(panels) > 1 else said)
        axis.set_title(heading if len(panels) == 1 and heading else name.capitalize())
        axes[-1, column].set_xlabel("weighted layer, from the input to the output")
        for each in axes[:, column]:
            if broken_at:
                low, high = broken_at[0] - 0.5, broken_at[1] + 0.5
                each.axvspan(low, high, color=GREY, alpha=0.18, linewidth=0)
    axes[0, 0].set_ylabel("norm, logarithmic")
    axes[0, 0].legend(loc="best", fontsize=9)
    if len(panels) > 1:
        set_heading(drawing, heading)
    drawing.alt = alt or (
        "Gradient norm by depth, logarithmic. " + ". ".join(sentences) + "."
    )
    return drawing


def _gradient_panel(axis, strip, lines):
    """One line per network, its zeros as crosses in `strip`; says what is drawn."""
    sentences = []
    for row, ((name, values), colour) in enumerate(
        zip(lines.items(), cycle(PALETTE), strict=False)
    ):
        values = np.asarray(values, float)
        depth, alive = np.arange(1, len(values) + 1), values > 0
        style = {"color": colour, "marker": "o", "markersize": 3.5, "label": name}
        axis.plot(depth, np.where(alive, values, np.nan), **style)
        if alive.all():
            first, last = (_one_digit(values[end]) for end in (0, -1))
            sentences.append(
                f"{name}: from {first} in the first layer to {last} in the last"
            )
            continue
        dead = (~alive).sum()
        sentences.append(f"{name}: exactly zero in {dead} of {len(values)} layers")
        strip.plot(depth[~alive], np.full(dead, -row), "x", color=colour, markersize=5)
    axis.set_yscale("log")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.grid(axis="y")
    drawn = [value for values in lines.values() for value in values if value > 0]
    if drawn:  # whole decades, so that every panel has at least two numbers at its side
        low, high = np.floor(np.log10(min(drawn))), np.ceil(np.log10(max(drawn)))
        axis.set_ylim(10**low, 10 ** max(high, low + 1))
    if strip is not None:
        strip.set(ylim=(-len(lines) + 0.3, 0.7), yticks=[])
        strip.set_ylabel("zero", rotation=0, ha="right", va="center", color=GREY)
        axis.tick_params(bottom=False)
        axis.spines["bottom"].set_visible(False)
    return sentences


def _one_digit(value):
    """0.03, 4 or 200: one digit that counts, and no power of ten to decode."""
    return f"{float(f'{value:.1g}'):,.10g}"


def added_by_unit(shares, stages=(3, 4, 6, 3), alt=None):
    """How much each residual unit adds to what its skip carries: a dot per unit, the
    units of a stage joined.

    Parameters
    ----------
    shares : a dictionary from a network's name to one number per unit: the length of
        f(x) divided by the length of the skip.
    stages : how many units each stage has.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : other than one number per unit.
    """
    if any(len(values) != sum(stages) for values in shares.values()):
        raise ValueError(f"added_by_unit needs {sum(stages)} numbers for each network")
    drawing, axis = figure(size=(6.6, 3.1))
    sentences = []
    for (name, values), colour in zip(shares.items(), cycle(PALETTE), strict=False):
        start, colour_of = 0, {"color": colour, "marker": "o", "markersize": 5}
        for count in stages:
            units = np.arange(start + 1, start + count + 1)
            part = values[start : start + count]
            label = name if start == 0 else None
            axis.plot(units, part, label=label, **colour_of)
            start += count
        sentences.append(
            f"{name}: from {min(values):.2f} to {max(values):.2f}, "
            f"{values[0]:.2f} in the first unit"
            if max(values) >= 0.005
            else f"{name}: nothing anywhere"
        )
    for edge in np.cumsum(stages)[:-1]:
        axis.axvline(edge + 0.5, color=PALE, linewidth=1.5, zorder=0)
    middles = np.cumsum(stages) - np.asarray(stages) / 2 + 0.5
    for number, middle in enumerate(middles, start=1):
        axis.text(
            middle,
            1.02,
            f"stage {number}",
            transform=axis.get_xaxis_transform(),
            ha="center",
            fontsize=8.5,
            color=GREY,
        )
    axis.set(xticks=range(1, sum(stages) + 1), xlabel="unit", ylim=(-0.05, None))
    axis.set_ylabel("length of f(x) ÷ skip")
    drawing.legend(loc="outside lower center", ncols=len(shares), fontsize=9)
    drawing.alt = alt or (
        "What each residual unit adds, as a share of its skip, by unit. "
        + "; ".join(sentences)
        + "."
    )
    return drawing


WAYS = {
    "accuracy": ("training", BLUE, "o"),
    "val_accuracy": ("validation", ORANGE, "s"),
    "val_accuracy_reestimated": ("validation, averages estimated anew", GREEN, "^"),
}


def three_accuracies(runs, alt=None):
    """Accuracy epoch by epoch, a panel per network: in training, in validation, and in
    validation with batch norm's averages estimated anew.

    Parameters
    ----------
    runs : a dictionary from a network's name to a list of histories, one per seed, each
        with `accuracy`, `val_accuracy` and `val_accuracy_reestimated`.

    Returns
    -------
    Figure : lines are means over the seeds, bands reach from the lowest to the highest.
    """
    drawing, axes = figure(
        1, len(runs), size=(3.1 * len(runs), 3.2), sharey=True, squeeze=False
    )
    sentences = []
    for axis, (name, histories) in zip(axes[0], runs.items(), strict=True):
        ends = []
        for key, (words, colour, marker) in WAYS.items():
            values = np.array([history[key] for history in histories])
            epochs = np.arange(1, values.shape[1] + 1)
            mean = values.mean(axis=0)
            style = {"color": colour, "marker": marker, "markersize": 4}
            axis.plot(epochs, mean, label=words, **style)
            axis.fill_between(
                epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.2
            )
            ends.append(f"{words} {mean[-1]:.0%}")
        sentences.append(f"{name}: {', '.join(ends)}")
        axis.set(title=name, xlabel="epoch", ylim=(0, 1), xticks=epochs)
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.grid(axis="y")
    axes[0, 0].set_ylabel("accuracy")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    drawing.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    seeds = len(next(iter(runs.values())))
    drawing.alt = alt or (
        f"Accuracy by epoch, mean of {seeds} seed{'s' * (seeds > 1)}, a panel per "
        f"network. After the last epoch: {'; '.join(sentences)}."
    )
    return drawing
