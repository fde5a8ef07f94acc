"""What lesson 03 draws: how networks won, what they cost, and how fast they learn."""

from itertools import cycle

import numpy as np

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    RED,
    figure,
)
from course_utils.plots.labels import centred, label_points, log_axis, name_curve

__all__ = [
    "accuracy_against_seconds",
    "accuracy_scatter",
    "competing_maps",
    "cost_by_layer",
    "error_timeline",
]


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


def cost_by_layer(cost, alt=None):
    """Where a network's parameters and multiply-adds are: one bar per layer in two
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
        log_axis(axis)
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
        axis.grid()
        axis.set_xlabel(f"{unit} (logarithmic scale)")
        label_points(drawing, axis, list(x), list(rows[accuracy]), list(rows.name))
    axes[0].set_ylabel(f"{accuracy.replace('p', 'p-')} accuracy in percent")
    axes[0].set_title("Size")
    axes[1].set_title("Work for one image")
    first = rows.sort_values("year", kind="stable").iloc[0]
    best = rows.sort_values(accuracy).iloc[-1]
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


def accuracy_against_seconds(
    runs, metric="val_accuracy", aim=None, heading=None, limits=None, alt=None
):
    """Accuracy against seconds of training, a colour per network, a line per run.

    Parameters
    ----------
    runs : a dict from a network's name to a list of runs with `.history` and `.seconds`
        (one number per epoch), as `fit` and `experiments.measured_histories`
        give them.  A network without runs is named as missing.
    aim : an accuracy to mark with a dashed line.

    Raises
    ------
    ValueError : a run that does not know its seconds.
    """
    drawing, axis = figure(size=(7.2, 3.6))
    sentences = []
    for (name, repeats), colour in zip(runs.items(), cycle(PALETTE)):
        ends = []
        for run in repeats:
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
        name_curve(axis, (across, value), f" {name}", colour)
        count = f"{len(ends)} runs, " if len(ends) > 1 else ""
        last = [f"{end[1]:.3f}" for end in ends]
        accuracies = " to ".join(sorted({min(last), max(last)}))
        sentences.append(f"{name}: {count}{accuracies} after {across:,.0f} seconds")
    if not any(runs.values()):
        style = {"color": GREY, "transform": axis.transAxes}
        centred(axis, 0.5, 0.5, "not measured yet: make measure", **style)
        axis.set(xticks=[], yticks=[])
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
    before, after : one number per feature map.
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
