"""What lesson 03 draws: how networks won, what they cost, and how fast they learn."""

from itertools import cycle

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    RED,
    SKY,
    figure,
)
from course_utils.plots.images import image_grid
from course_utils.plots.labels import centred, log_axis

__all__ = [
    "accuracy_against_seconds",
    "accuracy_front",
    "changed_samples",
    "competing_maps",
    "cost_by_layer",
    "effects",
    "error_timeline",
    "pattern_across_channels",
    "shared_statistics",
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
    drawing, axis = figure(size=(8.4, 4.2))
    style = {"marker": "o", "markersize": 7}
    axis.plot(winners.year, winners.top5_error, color=BLUE, gid="winners", **style)
    style |= {"markerfacecolor": "white", "linestyle": "none"}
    axis.plot(others.year, others.top5_error, color=GREY, gid="others", **style)
    bold = {"fontsize": 9, "fontweight": "bold", "color": BLUE, "linespacing": 1.1}
    for row in winners.itertuples():
        entry = row.entry.replace("-S", "-\nS")  # a long name takes two lines
        _beside(axis, row, f"{entry}\n{row.top5_error:g} %", (-7, -3), "right", bold)
    quiet = {"fontsize": 8.5, "color": GREY}
    for row in others.itertuples():
        _beside(axis, row, f"{row.entry}, {row.top5_error:g} %", (7, 5), "left", quiet)
    for row in results[results.place == "human"].itertuples():
        axis.axhline(row.top5_error, color=RED, linewidth=1.2, linestyle="--", zorder=0)
        words = f"{row.entry}, {row.top5_error:g} %"
        axis.text(2009.2, row.top5_error + 0.4, words, color=RED, fontsize=8.5)
    axis.set(
        ylim=(-2.5, 31),
        xlim=(winners.year.min() - 0.9, winners.year.max() + 0.4),
        ylabel="top-5 error in percent",
    )
    axis.set_xticks(sorted(set(winners.year)))
    axis.set_yticks(range(0, 31, 5))
    axis.grid(axis="y")
    drawing.alt = alt or (
        f"Top-5 error of the winners by year, falling: {_entries(winners)}. Beside "
        f"them: {_entries(others)}."
    )
    return drawing


def _beside(axis, row, words, offset, side, style):
    axis.annotate(
        words,
        (row.year, row.top5_error),
        xytext=offset,
        textcoords="offset points",
        ha=side,
        va="top" if side == "right" else "bottom",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
        **style,
    )


def _entries(rows):
    return ", ".join(
        f"{row.year} {row.entry} {row.top5_error:g} %" for row in rows.itertuples()
    )


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


ERAS = ((2015, SKY), (2019, BLUE), (2030, ORANGE))  # up to which year, and its colour
LANDMARKS = ("vgg16", "resnet50", "mobilenet", "xception", "nasnet_large")


def accuracy_front(table, front, alt=None):
    """Networks by their work and how often they are right; the front is a line with
    names.

    Parameters
    ----------
    table : rows with name, year, multiply_adds and top1 in percent, as a pandas
        DataFrame.
    front : the names of those that no cheaper one equals.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : a name of the front is not in the table.
    """
    rows = table.dropna(subset=["top1"]).sort_values("multiply_adds")
    missing = set(front) - set(rows.name)
    if missing:
        raise ValueError(f"the front has {sorted(missing)}, which the table has not")
    best = rows[rows.name.isin(front)]
    drawing, axis = figure(size=(8.4, 4.6))
    log_axis(axis)
    axis.grid()
    axis.plot(
        best.multiply_adds / 1e9,
        best.top1,
        color=GREY,
        linewidth=1,
        drawstyle="steps-post",
        zorder=1,
        gid="front",
    )
    since, legend = rows.year.min(), []
    for until, colour in ERAS:
        era = rows[rows.year.between(since, until)]
        if len(era):
            across, style = era.multiply_adds / 1e9, {"s": 46, "edgecolors": "white"}
            label = f"{era.year.min()} to {era.year.max()}"
            axis.scatter(across, era.top1, color=colour, label=label, zorder=3, **style)
            legend.append(f"{len(era)} of {label}")
        since = until + 1
    axis.set(
        xlim=(rows.multiply_adds.min() / 4e9, rows.multiply_adds.max() / 0.3e9),
        ylim=(rows.top1.min() - 2, rows.top1.max() + 2.5),
        xlabel="billion multiply-adds for one image (logarithmic scale)",
        ylabel="top-1 accuracy in percent",
    )
    above = {name: False for name in LANDMARKS} | _above(best)
    for row in rows[rows.name.isin(above)].itertuples(index=False):
        up = above[row.name]
        axis.annotate(
            row.name,
            (row.multiply_adds / 1e9, row.top1),
            xytext=(-5, 3) if up else (6, -3),
            textcoords="offset points",
            ha="right" if up else "left",
            va="bottom" if up else "top",
            fontsize=8,
            color=BLACK if row.name in front else GREY,
        )
    axis.legend(loc="lower right", fontsize=9)
    drawing.alt = alt or (
        f"{len(rows)} networks, top-1 accuracy against multiply-adds: "
        f"{', '.join(legend)}. On the front: "
        + "; ".join(
            f"{row.name} {row.top1:g} % with {row.multiply_adds / 1e9:.2f} billion"
            for row in best.itertuples(index=False)
        )
        + "."
    )
    return drawing


def _above(best):
    """Which names of the front stand above and left of their points: all but those that
    would touch the one before.
    """
    places, before = {}, None
    for row in best.itertuples(index=False):
        near = before is not None and row.multiply_adds / before.multiply_adds < 1.8
        places[row.name] = not (near and places[before.name])
        before = row
    return places


def effects(changes, unit="points of test accuracy", heading=None, alt=None):
    """What changes brought: a dot for each, with its interval as a bar, and a line at
    nothing.

    Parameters
    ----------
    changes : a dict from what was changed to an `Interval` of the difference, in
        percentage points.

    Returns
    -------
    Figure : where there is no change to draw, it says that nothing is measured yet.
    """
    drawing, axis = figure(size=(7.6, 0.42 * max(len(changes), 2) + 1.0))
    if not changes:
        style = {"color": GREY, "transform": axis.transAxes}
        words = "two seeds of each are not measured yet: make measure"
        centred(axis, 0.5, 0.5, words, **style)
        axis.set(xticks=[], yticks=[])
        drawing.alt = alt or f"An empty picture: {words}."
        return drawing
    axis.axvline(0, color=GREY, linewidth=1.2, linestyle="--", zorder=0)
    for place, change in enumerate(changes.values()):
        colour = GREY if 0 in change else (BLUE if change.estimate > 0 else RED)
        bar = {"color": colour, "linewidth": 2.6, "solid_capstyle": "round"}
        axis.plot([change.low, change.high], [place, place], gid="interval", **bar)
        axis.plot(change.estimate, place, "o", color=colour, markersize=8, gid="effect")
        words = f"{change.estimate:+.2f}".replace("-", "−")
        style = {"fontsize": 9, "color": colour, "zorder": 4}
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
        centred(axis, change.estimate, place - 0.36, words, bbox=behind, **style)
    axis.set_yticks(range(len(changes)), changes)
    axis.set(ylim=(len(changes) - 0.5, -0.7), xlabel=unit)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    if heading:
        axis.set_title(heading)
    drawing.alt = alt or (
        f"Changes in {unit}, with 95 % intervals: "
        + "; ".join(
            f"{name} {change.estimate:+.2f} ({change.low:+.2f} to {change.high:+.2f})"
            for name, change in changes.items()
        )
        + "."
    )
    return drawing


SHARED = {
    "batch norm": lambda image, channel: (slice(None), channel),
    "layer norm": lambda image, channel: (image, slice(None)),
    "group norm": lambda image, channel: (image, slice(channel // 3 * 3, None)),
}


def shared_statistics(images=4, channels=6, alt=None):
    """Which values share one mean and one variance: in batch, layer and group norm.

    Each small square is a whole feature map; rows are images, columns are channels.

    Parameters
    ----------
    images, channels : rows and columns.

    Returns
    -------
    Figure
    """
    drawing, axes = figure(1, 3, size=(8.4, 2.5), frames=False)
    for axis, (name, shared) in zip(axes, SHARED.items(), strict=True):
        marked = np.zeros((images, channels), bool)
        marked[shared(0, channels - 1)] = True
        for row, column in np.ndindex(images, channels):
            colour = ORANGE if marked[row, column] else PALE
            box = {"facecolor": colour, "edgecolor": "white", "linewidth": 2}
            gid = "shared" if marked[row, column] else "other"
            axis.add_patch(Rectangle((column, row), 1, 1, gid=gid, **box))
        axis.set(xlim=(-0.7, channels), ylim=(images + 0.7, 0), aspect="equal")
        axis.set_title(name, loc="center")
        centred(axis, channels / 2, images + 0.4, "channels", fontsize=9, color=GREY)
        upright = {"fontsize": 9, "color": GREY, "rotation": 90}
        centred(axis, -0.4, images / 2, "images", **upright)
    drawing.alt = alt or (
        f"Three grids of {images} images by {channels} channels; marked is what shares "
        f"one mean. Batch norm: one channel of all {images} images. Layer norm: all "
        f"{channels} channels of one image. Group norm: some channels of one image."
    )
    return drawing


def accuracy_against_seconds(
    runs, metric="val_accuracy", aim=None, heading=None, limits=None, alt=None
):
    """Accuracy against seconds of training, a colour per network, a line per run.

    Parameters
    ----------
    runs : a dict from a network's name to a list of runs with `.history` and `.seconds`
        (one number per epoch), as `fit` and `measured_histories` give them.  A network
        without runs is named as missing.
    aim : an accuracy to mark with a dashed line.

    Raises
    ------
    ValueError : a run that does not know its seconds.
    """
    drawing, axis = figure(size=(7.6, 3.8))
    sentences = []
    for (name, repeats), colour in zip(runs.items(), cycle(PALETTE)):
        ends, style = [], {"color": colour, "marker": "o", "markersize": 3.5}
        for run in repeats:
            values = list(run.history[metric])
            if len(run.seconds) != len(values):
                raise ValueError(
                    f"{name} has {len(values)} accuracies and {len(run.seconds)} "
                    f"times; it needs a time each"
                )
            across = np.cumsum(run.seconds)
            label = (
                None if ends else f"{name}, {len(repeats)} run{'s'[: len(repeats) - 1]}"
            )
            axis.plot(across, values, alpha=0.8, gid=name, label=label, **style)
            ends.append((across[-1], values[-1]))
        if not ends:
            sentences.append(f"{name} has no stored run yet")
            continue
        across, _ = max(ends)
        count = f"{len(ends)} runs, " if len(ends) > 1 else ""
        last = [f"{end[1]:.3f}" for end in ends]
        accuracies = " to ".join(sorted({min(last), max(last)}))
        sentences.append(f"{name}: {count}{accuracies} after {across:,.0f} seconds")
    if any(runs.values()):
        axis.legend(loc="lower right", fontsize=9)
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
    normalization, and by what each was divided.

    Parameters
    ----------
    before, after : one number for each feature map.
    """
    before, after = np.asarray(before, float), np.asarray(after, float)
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError(
            f"before has shape {before.shape} and after {after.shape}; each must be "
            f"one number for each map"
        )
    drawing, axes = figure(1, 2, size=(8.4, 2.8))
    places, wide = np.arange(len(before)), 0.4
    pale = {"color": PALE, "edgecolor": GREY, "linewidth": 0.8, "label": "before"}
    axes[0].bar(places - wide / 2, before, wide, **pale)
    axes[0].bar(places + wide / 2, after, wide, color=BLUE, label="after")
    axes[0].set(ylabel="activation")
    axes[0].legend(fontsize=9)
    axes[1].bar(places, before / after, 0.7, color=ORANGE)
    axes[1].set(ylabel="divided by")
    for axis in axes:
        axis.set_xticks(places)
        axis.set(xlabel="feature map")
    drawing.alt = alt or (
        "Activations of the maps at one pixel, before and after, and what each was "
        "divided by: "
        + "; ".join(
            f"map {place} {b:.2f} and {a:.2f}, by {b / a:.1f}"
            for place, b, a in zip(places, before, after, strict=True)
        )
        + "."
    )
    return drawing


def changed_samples(samples, changes, alt=None):
    """Grey images in a column each, and in a row each what a change makes of them.

    Parameters
    ----------
    samples : a dictionary from a label to an image (height, width).
    changes : a dictionary from a name to a function that takes such an image and
        returns the changed one.

    Returns
    -------
    Figure.  Its words say the label of each column, and of each row how many of the
    images it changes, and by how much.
    """
    rows = {
        name: [np.asarray(change(image)) for image in samples.values()]
        for name, change in changes.items()
    }
    sentences = []
    for name, images in rows.items():
        moved = [
            f"{np.mean(image != np.asarray(before)):.0%} in the {label}"
            for (label, before), image in zip(samples.items(), images, strict=True)
            if not np.array_equal(image, before)
        ]
        which = f"changed pixels: {', '.join(moved)}" if moved else "nothing changed"
        sentences.append(f"{name} ({which})")
    return image_grid(
        [image for images in rows.values() for image in images],
        columns=len(samples),
        size=1.1,
        titles=[f"{label}, {name}" for name in rows for label in samples],
        alt=alt
        or f"{len(samples)} images in {len(samples)} columns, labelled "
        f"{', '.join(map(str, samples))}. In {len(rows)} rows: {'; '.join(sentences)}. "
        f"A column keeps its label, whatever it then shows.",
    )


def pattern_across_channels(photo, answer, weights, alt=None):
    """A photograph, and beside it the answer of one 1×1 filter.

    Parameters
    ----------
    photo : (height, width, 3), uint8.
    answer : (height, width), zero where the filter finds nothing.
    weights : the filter's three weights, for red, green and blue.
    """
    photo, answer = np.asarray(photo), np.asarray(answer)
    found = answer > 0
    colours = [
        "/".join(f"{value:.0f}" for value in photo[where].mean(axis=0))
        if where.any()
        else "nowhere"
        for where in (found, ~found)
    ]
    written = [f"{value:g}".replace("-", "−") for value in np.ravel(weights)]
    return image_grid(
        [photo, answer],
        titles=["three channels", "one 1×1 filter"],
        size=1.6,
        alt=alt
        or f"A photograph, and the answer of one 1×1 filter with the weights "
        f"{', '.join(written)} for red, green and blue. It is bright in "
        f"{found.mean():.0%} of the places, where the photograph has the mean colour "
        f"{colours[0]} (of 255), and black elsewhere, where it has {colours[1]}.",
    )
