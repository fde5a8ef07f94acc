"""What lesson 06 draws: photographs as they come, and what classifiers make of them."""

import math

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.ticker import NullLocator

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    RED,
    figure,
    set_heading,
)
from course_utils.plots.images import draw_image, image_grid
from course_utils.plots.labels import caption, centred, name_curve, spread

__all__ = [
    "accuracy_by_photos",
    "answers",
    "augmented",
    "certainty_of_strangers",
    "confusion_matrix",
    "ladder",
    "photo_times",
    "photos_to_scale",
    "reliability",
    "shares_with_intervals",
    "worst_mistakes",
]

# How the words go on that hold what a training gave: it differs from machine to
# machine, and a comparison of notebooks forgives it (tests/nbval.cfg).
MEASURED = "In this run:"


def augmented(original, variants, alt=None):
    """One photograph, and what the lesson's augmentation made of it.

    Parameters
    ----------
    original, and each of `variants` : (height, width, 3), floats of 0–1.
    """
    count = {7: "seven"}.get(len(variants), len(variants))
    return image_grid(
        [original, *variants],
        titles=["original"] + ["in training"] * len(variants),
        columns=4,
        size=1.3,
        alt=alt
        or f"One photo, and {count} changed versions of it: mirrored or not, turned "
        "by up to 18 degrees, with more contrast. The corners that a turn leaves open "
        "are filled by reflection.",
    )


def photos_to_scale(images, titles=None, columns=5, heading=None, alt=None):
    """Photographs of different sizes, all to the same scale, so that their sizes can be
    compared.

    Parameters
    ----------
    images : a sequence of arrays (height, width, 3), uint8 or floats of 0-1.
    titles : one short title per image; its size is written beneath in any case.
    columns : images in a row.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no image, or as many titles as there are not images.
    """
    images = _checked(images, titles)
    rows, columns = math.ceil(len(images) / columns), min(columns, len(images))
    tallest, widest = (max(image.shape[axis] for image in images) for axis in (0, 1))
    drawing, axes = figure(
        rows,
        columns,
        size=(columns * 1.5, rows * (1.5 * tallest / widest + 0.38)),
        squeeze=False,
        frames=False,
    )
    sentences = {}  # the sizes of all pictures of one title, in their order
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        height, width = image.shape[:2]
        axis.imshow(image)
        axis.set(
            xlim=(width / 2 - widest / 2, width / 2 + widest / 2),
            ylim=(tallest, 0),
            aspect="equal",
        )
        size = f"{height}×{width}"
        title = f"{titles[index]}, {size}" if titles is not None else size
        caption(axis, title, fontsize=8.5)
        named = str(titles[index]) if titles is not None else ""
        sentences.setdefault(named, []).append(size)
    set_heading(drawing, heading)
    told = [", ".join([name] * bool(name) + it) for name, it in sentences.items()]
    drawing.alt = (
        alt
        or f"{len(images)} photographs to one scale in rows of {columns}, "
        f"height×width in pixels: {'; '.join(told)}."
    )
    return drawing


def confusion_matrix(counts, class_names, heading="Confusion matrix", alt=None):
    """How often photos of each class were called what.

    Parameters
    ----------
    counts : (classes, classes): row the true class, column the answer, as
        `sklearn.metrics.confusion_matrix` gives.
    class_names : in the order of rows and columns.

    Returns
    -------
    Figure.  A cell's shade is its share of the row, so that a rare class is as visible
    as a common one.

    Raises
    ------
    ValueError : a matrix that is not square, or not as large as there are names.
    """
    counts = np.asarray(counts)
    if counts.shape != (len(class_names), len(class_names)):
        raise ValueError(
            f"the confusion matrix has shape {counts.shape}; for {len(class_names)} "
            f"classes it must be {(len(class_names), len(class_names))}"
        )
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    side = 0.72 * len(class_names)
    drawing, axis = figure(size=(side + 1.7, side + 1.1))
    diagonal = np.eye(len(class_names), dtype=bool)
    white = np.ones(3)
    colours = np.where(diagonal[..., None], to_rgb(BLUE), to_rgb(RED))
    # a few mistakes show too
    strength = np.where(diagonal, 0.85 * shares, np.minimum(3 * shares, 0.85))
    axis.imshow(white + strength[..., None] * (colours - white), aspect="equal")
    for (row, column), count in np.ndenumerate(counts):
        colour = BLACK if count else GREY
        if strength[row, column] > 0.5:
            colour = "white"
        weight = "bold" if row == column else "normal"
        style = {"color": colour, "fontweight": weight, "gid": "count"}
        centred(axis, column, row, f"{count:,}", **style)
    places = range(len(class_names))
    axis.set_xticks(places, class_names, rotation=30, ha="right", color=BLACK)
    axis.set_yticks(places, class_names, color=BLACK)
    axis.set_xticks(np.arange(len(class_names) + 1) - 0.5, minor=True)
    axis.set_yticks(np.arange(len(class_names) + 1) - 0.5, minor=True)
    axis.grid(which="minor", color="white", linewidth=2)
    axis.tick_params(which="both", length=0)
    for spine in axis.spines.values():
        spine.set_visible(False)
    axis.set(xlabel="answer", ylabel="truth")
    axis.set_title(heading)
    drawing.alt = alt or _confusion_in_words(counts, class_names, diagonal)
    return drawing


def _confusion_in_words(counts, class_names, diagonal):
    right = ", ".join(
        f"{name} {counts[index, index]} of {counts[index].sum()}"
        for index, name in enumerate(class_names)
    )
    wrong = np.where(diagonal, 0, counts)
    words = (
        f"Confusion matrix of {counts.sum()} photos in {len(class_names)} classes: "
        f"right answers on the diagonal, in blue, mistakes beside it, in orange. "
        f"{MEASURED} "
        f"{counts[diagonal].sum()} of {counts.sum()} right: {right}."
    )
    if wrong.max() > 0:
        truth, answer = np.unravel_index(wrong.argmax(), wrong.shape)
        words += (
            f" The most frequent mistake: {class_names[truth]} called "
            f"{class_names[answer]}, {wrong.max()} times."
        )
    return words


def worst_mistakes(
    images,
    labels,
    probabilities,
    class_names,
    count=8,
    columns=4,
    heading=None,
    alt=None,
):
    """The photos that a classifier got wrong and was surest of, worst first.

    Parameters
    ----------
    images : (photos, height, width, 3) uint8, or a sequence of such images.
    labels : (photos,) the true classes.
    probabilities : (photos, classes) the classifier's answers.
    count : how many to show at most.

    Returns
    -------
    Figure; where nothing is wrong, it shows the answers that were right by the smallest
    margin, and says so.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    if not len(images) == len(labels) == len(probabilities):
        raise ValueError(
            f"{len(images)} images came with {len(labels)} labels and "
            f"{len(probabilities)} answers"
        )
    answers, of_truth = (
        probabilities.argmax(axis=1),
        probabilities[np.arange(len(labels)), labels],
    )
    wrong = np.flatnonzero(answers != labels)
    chosen = wrong if len(wrong) else np.arange(len(labels))
    chosen = chosen[np.argsort(of_truth[chosen], kind="stable")][:count]
    titles = [
        f"{class_names[labels[n]]}: {of_truth[n]:.0%}\n"
        + (
            f"called {class_names[answers[n]]}: {probabilities[n].max():.0%}"
            if len(wrong)
            else "right, just"
        )
        for n in chosen
    ]
    rows, columns = math.ceil(len(chosen) / columns), min(columns, len(chosen))
    drawing, axes = figure(
        rows, columns, size=(columns * 1.6, rows * 2.05), squeeze=False, frames=False
    )
    for axis, number, title in zip(axes.flat, chosen, titles, strict=False):
        draw_image(axis, images[number])
        caption(axis, title, fontsize=8.5)
    set_heading(drawing, heading)
    drawing.alt = alt or (
        f"At most {count} photos, each with its true class, the probability of that, "
        f"and the answer. {MEASURED} {len(wrong)} of {len(labels)} photos are called "
        "wrong. "
        + ("The worst mistakes: " if len(wrong) else "The least sure answers: ")
        + "; ".join(title.replace("\n", ", ") for title in titles)
        + "."
    )
    return drawing


def ladder(rungs, chance=None, heading=None, alt=None):
    """Accuracies of several ways to train, one row each: a dot a run, a line at the
    mean.

    Parameters
    ----------
    rungs : a dictionary from a name to the test accuracies of its runs (one number or
        several).
    chance : the accuracy of guessing, drawn as a dashed line.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no rung, or one without a run.
    """
    runs = {
        name: np.atleast_1d(np.asarray(values, float)) for name, values in rungs.items()
    }
    if not runs or not all(len(values) for values in runs.values()):
        raise ValueError(
            "ladder needs at least one rung, each with at least one accuracy"
        )
    drawing, axis = figure(size=(6.6, 0.62 * len(runs) + 1.0))
    sentences = []
    for row, ((name, values), colour) in enumerate(
        zip(runs.items(), _colours(len(runs)), strict=True)
    ):
        mean = values.mean()
        axis.barh(row, mean, height=0.62, color=colour, alpha=0.22, linewidth=0)
        axis.plot(
            [mean, mean],
            [row - 0.31, row + 0.31],
            color=colour,
            linewidth=2.5,
            gid="mean",
        )
        if len(values) > 1:
            axis.plot(
                values,
                np.full(len(values), row),
                "o",
                color=colour,
                markersize=5,
                gid="run",
            )
        axis.annotate(
            f"{mean:.1%}",
            (max(mean, values.max()), row),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontweight="bold",
        )
        spread = (
            f" ({values.min():.1%} to {values.max():.1%} in {len(values)} runs)"
            if len(values) > 1
            else ""
        )
        sentences.append(f"{name.replace(chr(10), ' ')} {mean:.1%}{spread}")
    if chance is not None:
        axis.axvline(chance, color=GREY, linestyle="--", linewidth=1.2)
        axis.annotate(
            "guessing",
            (chance, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, 2),
            textcoords="offset points",
            color=GREY,
            fontsize=8.5,
            va="bottom",
        )
    axis.set_yticks(range(len(runs)), runs)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set(xlim=(0, 1.08), xlabel="test accuracy", ylim=(len(runs) - 0.45, -0.55))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_xticks(np.linspace(0, 1, 6))
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    if heading:
        axis.set_title(heading, pad=16 if chance is not None else None)
    drawing.alt = alt or "Test accuracy, from bottom rung to top: " + "; ".join(
        sentences
    ) + (f"; guessing {chance:.0%}." if chance is not None else ".")
    return drawing


def accuracy_by_photos(curves, chance=None, alt=None):
    """Test accuracy against the number of training photos, for several ways to train:
    a panel for each kind of photos, a dot for each run, a line through the means.

    Parameters
    ----------
    curves : a dictionary from the title of a panel to (photos, runs): `photos` numbers
        of training photos in rising order, and `runs` a dictionary from a name to the
        accuracies (numbers of photos, seeds).
    chance : the accuracy of guessing, drawn as a dashed line.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no panel, or accuracies for more or fewer numbers of photos.
    """
    if not curves:
        raise ValueError("accuracy_by_photos needs at least one kind of photos")
    drawing, axes = figure(
        1, len(curves), size=(4.3 * len(curves), 3.5), sharey=True, squeeze=False
    )
    sentences = []
    for axis, (title, (photos, runs)) in zip(axes[0], curves.items(), strict=True):
        means = {}
        for (name, values), colour in zip(
            runs.items(), _colours(len(runs)), strict=True
        ):
            values = np.asarray(values, float)
            if len(values) != len(photos):
                raise ValueError(
                    f"{title}, {name}: accuracies for {len(values)} numbers of photos "
                    f"came, and there are {len(photos)}: {list(photos)}"
                )
            means[name] = values.mean(axis=1)
            axis.plot(photos, means[name], color=colour, linewidth=2, gid="mean")
            for count, several in zip(photos, values, strict=True):
                axis.plot([count] * len(several), several, "o", color=colour, ms=4)
        heights = spread({name: mean[-1] for name, mean in means.items()}, gap=0.055)
        for (name, height), colour in zip(
            ((name, heights[name]) for name in runs), _colours(len(runs)), strict=True
        ):
            name_curve(axis, (photos[-1], height), name, colour, offset=7)
        says = "; ".join(
            f"{name} {', '.join(f'{value:.0%}' for value in mean)}"
            for name, mean in means.items()
        )
        sentences.append(f"{title}, {', '.join(f'{n:,}' for n in photos)}: {says}.")
        axis.set_xscale("log")
        axis.set_xticks(photos, [f"{count:,}" for count in photos])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel("training photos")
        axis.set_title(title, loc="left")
        axis.grid(axis="y")
        if chance is not None:
            axis.axhline(chance, color=GREY, linestyle="--", linewidth=1.2)
    axes[0, 0].set(ylim=(0, 1), ylabel="test accuracy")
    axes[0, 0].yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if chance is not None:
        axes[0, 0].annotate(
            "guessing",
            (0, chance),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3),
            textcoords="offset points",
            color=GREY,
            fontsize=8.5,
        )
    drawing.alt = alt or (
        "Mean test accuracy against the number of training photos. "
        + " ".join(sentences)
        + (f" Guessing: {chance:.0%}." if chance is not None else "")
    )
    return drawing


def answers(images, probabilities, class_names, labels=None, columns=3, alt=None):
    """Photos, each with a classifier's probabilities as bars beside it.

    Parameters
    ----------
    images : a sequence of images (height, width, 3).
    probabilities : (photos, classes).
    labels : the true classes; their names are written in bold.

    Returns
    -------
    Figure
    """
    images, probabilities = _checked(images, probabilities), np.asarray(probabilities)
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    drawing, axes = figure(
        rows,
        2 * columns,
        size=(columns * 2.9, rows * 1.5),
        squeeze=False,
        width_ratios=[1.15, 1] * columns,
    )
    sentences = []
    for axis in axes.flat:
        axis.set_axis_off()
    for index, (image, shares) in enumerate(zip(images, probabilities, strict=True)):
        picture, bars = axes[
            index // columns, 2 * (index % columns) : 2 * (index % columns) + 2
        ]
        draw_image(picture, image)
        best = int(shares.argmax())
        good = labels is None or best == labels[index]
        for place, (name, share) in enumerate(zip(class_names, shares, strict=True)):
            bars.barh(
                place,
                share,
                height=0.55,
                color=(BLUE if good else ORANGE) if place == best else PALE,
            )
            true = labels is not None and place == labels[index]
            bars.text(
                0.02,
                place - 0.3,
                name,
                fontsize=8,
                va="bottom",
                fontweight="bold" if true else "normal",
            )
        bars.text(
            1,
            best - 0.3,
            f"{shares[best]:.0%}",
            ha="right",
            va="bottom",
            fontsize=8,
            color=GREY,
        )
        bars.set(xlim=(0, 1.0), ylim=(len(class_names) - 0.4, -0.9))
        truth = f" (true: {class_names[labels[index]]})" if labels is not None else ""
        sentences.append(f"{class_names[best]} {shares[best]:.0%}{truth}")
    drawing.alt = (
        alt
        or f"{len(images)} photographs with a classifier's answers: "
        f"{'; '.join(sentences)}."
    )
    return drawing


def photo_times(milliseconds, alt=None):
    """How long a pipeline takes for one photo, a bar each, all from zero.

    Parameters
    ----------
    milliseconds : a dictionary from a name to the milliseconds for one photo.

    Returns
    -------
    Figure
    """
    drawing, axis = figure(size=(7.2, 0.5 * len(milliseconds) + 0.8))
    names, values = list(milliseconds), list(milliseconds.values())
    colours = [BLUE if name.startswith("ours") else GREY for name in names]
    axis.barh(names, values, color=colours, height=0.62, gid="time")
    for row, value in enumerate(values):
        axis.annotate(
            f"{value:.2f}",
            (value, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
        )
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.15 * max(values)), xlabel="milliseconds for one photo")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    drawing.alt = (
        alt
        or "Bars, milliseconds for one photo: "
        + "; ".join(f"{name} {value:.2f}" for name, value in milliseconds.items())
        + "."
    )
    return drawing


def shares_with_intervals(intervals, chance=None, xlabel="accuracy", alt=None):
    """Measured shares, each as a dot in the range in which the true one plausibly lies.

    Parameters
    ----------
    intervals : a dictionary from a name to a `course_utils.uncertainty.Interval`.
    chance : the share that guessing would give, drawn as a dashed line.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : nothing to draw.
    """
    if not intervals:
        raise ValueError("there is no interval to draw; give at least one")
    drawing, axis = figure(size=(6.6, 0.5 * len(intervals) + 0.9))
    for row, interval in enumerate(intervals.values()):
        axis.plot(
            [interval.low, interval.high],
            [row, row],
            color=BLUE,
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
            gid="range",
        )
        axis.plot(interval.estimate, row, "o", color=BLUE, gid="share", clip_on=False)
    if chance is not None:
        axis.axvline(chance, color=GREY, linestyle="--", linewidth=1.2)
        axis.annotate(
            "guessing",
            (chance, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, 2),
            textcoords="offset points",
            color=GREY,
            fontsize=8.5,
            va="bottom",
        )
    axis.set_yticks(range(len(intervals)), intervals)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set(xlim=(0, 1), ylim=(len(intervals) - 0.5, -0.5), xlabel=xlabel)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.grid(axis="x")
    axis.spines["left"].set_visible(False)
    drawing.alt = alt or f"{xlabel[0].upper()}{xlabel[1:]}, each with its range: " + (
        "; ".join(f"{name} {interval:.0%}" for name, interval in intervals.items())
        + (f"; guessing {chance:.0%}." if chance is not None else ".")
    )
    return drawing


def reliability(answers, labels, bins=10, alt=None):
    """How often a classifier is right, against how sure it says it is.

    Parameters
    ----------
    answers : a dictionary from a name to probabilities (photos, classes); a panel each.
    labels : (photos,) the true classes.
    bins : into how many parts of equal width the certainty is divided.

    Returns
    -------
    Figure.  A bar is the share of right answers among the photos of a part; where it
    ends below the dashed line, the classifier is too sure.
    """
    labels = np.asarray(labels)
    drawing, axes = figure(
        1, len(answers), size=(3.5 * len(answers), 3.2), squeeze=False, sharey=True
    )
    sentences = []
    for axis, (name, probabilities) in zip(axes.flat, answers.items(), strict=True):
        probabilities = np.asarray(probabilities)
        sure = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == labels
        part = np.clip(np.ceil(sure * bins) - 1, 0, bins - 1).astype(int)
        for number in np.unique(part):
            inside = part == number
            axis.bar(
                (number + 0.5) / bins,
                right[inside].mean(),
                width=0.92 / bins,
                color=BLUE,
                alpha=0.25 + 0.75 * inside.mean(),
                gid="part",
            )
            axis.text(
                (number + 0.5) / bins,
                right[inside].mean() + 0.015,
                f"{inside.sum()}",
                ha="center",
                fontsize=7.5,
                color=GREY,
            )
        axis.plot([0, 1], [0, 1], "--", color=BLACK, linewidth=1.2)
        axis.set(xlim=(0, 1), ylim=(0, 1.08), xlabel="how sure it says it is")
        axis.set_title(name)
        for direction in (axis.xaxis, axis.yaxis):
            direction.set_major_formatter(lambda value, _: f"{value:.0%}")
        sentences.append(
            f"{name}: {sure.mean():.0%} sure on average, {right.mean():.0%} right"
        )
    axes[0, 0].set_ylabel("how often it is right")
    drawing.alt = alt or (
        "Bars of the share of right answers against the certainty, beside a diagonal. "
        + "; ".join(sentences)
        + "."
    )
    return drawing


def certainty_of_strangers(certainty, threshold, alt=None):
    """How sure a classifier is of photos that it can know, and of photos that it
    cannot.

    Parameters
    ----------
    certainty : a dictionary from a name to the highest probability of each photo.
    threshold : below it, the answer is "none of these"; drawn as a line.

    Returns
    -------
    Figure
    """
    drawing, axes = figure(
        len(certainty), 1, size=(6.4, 1.25 * len(certainty) + 0.7), squeeze=False
    )
    sentences = []
    edges = np.linspace(0, 1, 26)
    for axis, (name, values), colour in zip(
        axes.flat, certainty.items(), (BLUE, ORANGE, GREEN, RED), strict=False
    ):
        values = np.asarray(values)
        shares = np.histogram(values, edges)[0] / len(values)
        axis.bar(edges[:-1], shares, width=0.037, align="edge", color=colour)
        axis.axvline(threshold, color=BLACK, linewidth=1.2)
        refused = np.mean(values < threshold)
        axis.set_title(f"{name}: {refused:.0%} below the line", fontsize=10)
        axis.set(xlim=(0, 1), yticks=[])
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.spines["left"].set_visible(False)
        if axis is not axes[-1, 0]:
            axis.set_xticklabels([])
        sentences.append(f"{name} {refused:.0%}")
    axes[-1, 0].set_xlabel("highest probability")
    photos = "; ".join(f"{name}, {len(of)} photos" for name, of in certainty.items())
    drawing.alt = alt or (
        f"Histograms of the highest probability, and a line at a threshold: {photos}. "
        f"{MEASURED} the line is at {threshold:.2f}, and below it lie: "
        f"{'; '.join(sentences)}."
    )
    return drawing


def _checked(images, titles):
    images = [np.asarray(image) for image in images]
    if not images:
        raise ValueError("there is no image to draw; give at least one")
    if titles is not None and len(titles) != len(images):
        raise ValueError(
            f"{len(titles)} titles or answers came for {len(images)} images"
        )
    return images


def _colours(count):
    usual = [GREY, ORANGE, BLUE, GREEN]
    return (
        usual[:count]
        if count <= len(usual)
        else [PALETTE[index % len(PALETTE)] for index in range(count)]
    )
