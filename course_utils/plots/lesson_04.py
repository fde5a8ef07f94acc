"""What lesson 04 draws: residual units, and what they do to gradients."""

from itertools import cycle

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullFormatter

from course_utils.plots.diagrams import arrow, labelled_box
from course_utils.plots.figure import BLUE, GREEN, GREY, ORANGE, PALETTE, SKY, figure
from course_utils.plots.labels import centred

__all__ = ["gradient_by_depth", "residual_units"]

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


def gradient_by_depth(norms, heading=None, broken_at=None, alt=None):
    """The size of the gradient in each weighted layer, one line per network, on a
    logarithmic scale.

    Parameters
    ----------
    norms : a dictionary from a network's name to one number per layer, from the input
        to the output.
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
                f"{name}: from {values[0]:.1g} in the first layer to "
                f"{values[-1]:.1g} in the last"
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
