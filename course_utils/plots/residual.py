"""Residual units and what they do to gradients, for lesson 04."""

from itertools import cycle

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.ticker import NullFormatter

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALETTE,
    SKY,
    figure,
)

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
    axis.text(
        0,
        end,
        "+",
        ha="center",
        va="center",
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
    across, line = (
        1.85,
        {"color": COLOURS["skip"], "linewidth": 2.4, "solid_capstyle": "round"},
    )
    axis.plot([0, across], [-0.4, -0.4], **line)
    axis.plot([across, across], [-0.4, end], **line)
    _arrow(axis, (across, end), (0.22, end), COLOURS["skip"], 2.4)
    y = 1.9
    for kind, label in skip:
        _box(
            axis,
            across,
            y,
            kind,
            label,
            height * 1.15 if "\n" in label else height,
            width=1.5,
        )
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
    axis.add_patch(
        FancyBboxPatch(
            (x - width / 2, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor=COLOURS[kind] + "30",
            edgecolor=COLOURS[kind],
            linewidth=1.4,
            zorder=4,
        )
    )
    axis.add_patch(
        Rectangle(
            (x - width / 2, y), width, height, facecolor="white", linewidth=0, zorder=3
        )
    )
    axis.text(
        x,
        y + height / 2,
        label,
        ha="center",
        va="center",
        fontsize=7.5,
        color=BLACK,
        zorder=5,
    )


def _arrow(axis, start, end, colour=GREY, width=1.4):
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=10,
            color=colour,
            linewidth=width,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )


def gradient_by_depth(norms, heading=None, broken_at=None, alt=None):
    """The size of the gradient in each weighted layer, one line a network, on a
    logarithmic scale.

    Parameters
    ----------
    norms : a dictionary from a network's name to one number a layer, from the input to
        the output.
    broken_at : (first, last) layers to shade, counted from 1.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no network, or one with no layers.
    """
    if not norms or not all(len(values) for values in norms.values()):
        raise ValueError(
            "gradient_by_depth needs at least one network with at least one layer"
        )
    drawing, axis = figure(size=(6.6, 3.3))
    every = np.concatenate([np.asarray(values, float) for values in norms.values()])
    floor = every[every > 0].min() / 4 if (every > 0).any() else 1e-3
    sentences = []
    for (name, values), colour in zip(norms.items(), cycle(PALETTE)):
        values = np.asarray(values, float)
        depth = np.arange(1, len(values) + 1)
        alive = values > 0
        axis.plot(
            depth,
            np.where(alive, values, np.nan),
            color=colour,
            marker="o",
            markersize=3.5,
            label=name,
        )
        if not alive.all():
            axis.plot(
                depth[~alive],
                np.full((~alive).sum(), floor),
                linestyle="none",
                marker="x",
                color=colour,
                markersize=5,
            )
            sentences.append(
                f"{name}: exactly zero in {(~alive).sum()} of {len(values)} layers"
            )
        else:
            sentences.append(
                f"{name}: from {_round(values[0])} in the first layer to "
                f"{_round(values[-1])} in the last"
            )
    if broken_at:
        axis.axvspan(
            broken_at[0] - 0.5, broken_at[1] + 0.5, color=GREY, alpha=0.18, linewidth=0
        )
    axis.set_yscale("log")
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.set_ylim(
        10 ** np.floor(np.log10(floor)),
        10 ** np.ceil(np.log10(every.max())) if every.max() > 0 else 1,
    )
    if (every == 0).any():
        axis.annotate(
            "exactly\nzero",
            (1, floor),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            color=GREY,
            annotation_clip=False,
        )
    axis.set_xlabel("weighted layer, from the input to the output")
    axis.set_ylabel("gradient norm")
    axis.grid(axis="y")
    axis.legend(loc="best", fontsize=9)
    axis.set_title(heading or "Size of the gradient by depth")
    drawing.alt = (
        alt or "Gradient norm by depth, logarithmic. " + "; ".join(sentences) + "."
    )
    return drawing


def _round(value):
    return f"{value:.1g}"


def stage_strip(stages, alt=None):
    """A network as a row of blocks: height for the height of its feature maps, width
    for the number of its units.

    Parameters
    ----------
    stages : a list of (label, size, channels, units), from the input to the output;
        size in pixels a side.

    Returns
    -------
    Figure
    """
    if not stages:
        raise ValueError("stage_strip needs at least one stage")
    drawing, axis = figure(size=(8.4, 3.1))
    axis.set_axis_off()
    x, largest = 0.0, max(size for _, size, _, _ in stages)
    for (label, size, channels, units), colour in zip(stages, cycle(PALETTE)):
        height = 0.35 + 2.1 * (size / largest) ** 0.6
        for unit in range(units):
            axis.add_patch(
                Rectangle(
                    (x + unit * 0.5, -height / 2),
                    0.42,
                    height,
                    facecolor=colour,
                    edgecolor="white",
                    alpha=0.85,
                )
            )
        middle = x + (units * 0.5 - 0.08) / 2
        axis.text(
            middle,
            height / 2 + 0.1,
            f"{size}×{size}×{channels}",
            ha="center",
            va="bottom",
            fontsize=8.5,
        )
        axis.text(
            middle,
            -1.42,
            label,
            ha="center",
            va="top",
            fontsize=8.5,
            color=colour,
            fontweight="bold",
        )
        x += units * 0.5 + 0.55
    axis.set(xlim=(-0.3, x - 0.3), ylim=(-1.95, 1.7))
    drawing.alt = alt or (
        "A network as blocks, from input to output: "
        + "; ".join(
            f"{label.splitlines()[0]} with {units} block{'s' if units > 1 else ''} "
            f"and maps of {size}×{size}×{channels}"
            for label, size, channels, units in stages
        )
        + "."
    )
    return drawing
