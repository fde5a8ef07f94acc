"""What lesson 07 draws of its network: two heads on one backbone, what pooling forgets,
and how good the boxes become.
"""

from itertools import cycle

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.plots.diagrams import arrow, labelled_box
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    SKY,
    figure,
)
from course_utils.plots.images import draw_image
from course_utils.plots.labels import centred, name_curve, row_name, spread

__all__ = ["iou_shares", "paired_runs", "pooled_place", "two_heads"]


def two_heads(photo, maps, box, label, names, alt=None):
    """A network with one backbone and two heads: a picture on its way through it.

    Parameters
    ----------
    photo : (height, width, 3), as the backbone gets it.
    maps : (rows, columns, channels), what the backbone makes of it; three are shown.
    box : the true box, (y_min, x_min, y_max, x_max) in 0–1.
    label : the number of the true class.
    names : of all classes.
    """
    photo, maps = np.asarray(photo), np.asarray(maps, dtype="float64")
    sizes = ["×".join(map(str, each.shape)) for each in (photo, maps)]
    drawing, axis = figure(size=(8.6, 2.9))
    axis.set(xlim=(0, 17.2), ylim=(0, 5.8))
    axis.set_axis_off()
    for corner, size, words, colour in (
        ((3.7, 1.5), (2.8, 2.8), "backbone\n(pretrained,\nfrozen)", BLUE),
        ((11.0, 3.4), (2.4, 1.7), "head “label”\nwhat?", ORANGE),
        ((11.0, 0.7), (2.4, 1.7), "head “bbox”\nwhere?", GREEN),
    ):
        labelled_box(axis, corner, size, words, colour, colour + "22", 0.15)
    for start, end in (
        ((2.8, 2.9), (3.7, 2.9)),
        ((6.5, 2.9), (7.4, 2.9)),
        ((9.9, 3.2), (11.0, 4.2)),
        ((9.9, 2.6), (11.0, 1.6)),
        ((13.4, 4.25), (14.2, 4.25)),
        ((13.4, 1.55), (14.2, 1.55)),
    ):
        arrow(axis, start, end, head=11, shrink=2, zorder=1)
    _show(axis, (0.3, 1.65), 2.5, photo)
    centred(axis, 1.55, 1.0, f"photo\n{sizes[0]}", fontsize=8.5)
    clearest = np.argsort(maps.std(axis=(0, 1)), kind="stable")[-3:]
    for place, channel in enumerate(clearest):
        _show(axis, (7.5 + 0.2 * place, 2.05 - 0.2 * place), 2.0, maps[..., channel])
    centred(axis, 8.7, 1.0, f"feature maps\n{sizes[1]}", fontsize=8.5)
    words = {"fontsize": 8.5, "fontweight": "bold", "ha": "left"}
    centred(axis, 10.7, 2.9, "both read the same maps", **words)
    height = 2.3 / len(names)
    for row, name in enumerate(names):
        y, right = 5.4 - height * (row + 0.5), row == label
        centred(axis, 16.1, y, name, fontsize=7, ha="right", color=BLACK)
        share = {"facecolor": ORANGE if right else PALE, "linewidth": 0}
        corner, size = (16.2, y - 0.32 * height), (0.9, 0.64 * height)
        axis.add_patch(Rectangle(corner, *size, **share))
    seen = _show(axis, (14.55, 0.25), 2.35, photo)
    top, left, bottom, right = np.asarray(box) * (photo.shape[:2] * 2) - 0.5
    edge = {"fill": False, "edgecolor": SKY, "linewidth": 2}
    seen.add_patch(Rectangle((left, top), right - left, bottom - top, **edge))
    drawing.alt = alt or (
        f"A photo of {sizes[0]} goes through one pretrained, frozen backbone and "
        f"becomes feature maps of {sizes[1]}. Two heads read the same maps: “label” "
        f"answers what, one of {len(names)} classes, here {names[label]}; “bbox” "
        "answers where, with a box, here around the flower."
    )
    return drawing


def _show(axis, corner, side, image):
    """A picture in the diagram; returns its own axis."""
    inset = axis.inset_axes([*corner, side, side], transform=axis.transData)
    if image.ndim == 3:
        draw_image(inset, image)
    else:
        inset.imshow(image, cmap="cividis")
    inset.set(xticks=[], yticks=[], aspect="auto")
    return inset


def pooled_place(images, maps, titles=None, alt=None):
    """Photos, one feature map of each, and the single number that global average
    pooling leaves of it.

    Parameters
    ----------
    images : photos (height, width, 3) of one size.
    maps : one (height, width) array of activations per photo.
    titles : one per photo.
    """
    images = [np.asarray(image) for image in images]
    maps = [np.asarray(each) for each in maps]
    if not images or len(images) != len(maps):
        raise ValueError(
            f"{len(images)} photos and {len(maps)} feature maps came; there must be "
            f"one map per photo"
        )
    titles = (
        list(titles)
        if titles is not None
        else [f"photo {index + 1}" for index in range(len(images))]
    )
    top = max(each.max() for each in maps) or 1.0
    means = [float(each.mean()) for each in maps]
    drawing, axes = figure(
        3,
        len(images),
        size=(2.1 * len(images) + 0.3, 5.0),
        squeeze=False,
        height_ratios=(2, 2, 0.75),
        sharey="row",
    )
    peaks = []
    for index, (image, each) in enumerate(zip(images, maps, strict=True)):
        draw_image(axes[0, index], image)
        axes[0, index].set_title(titles[index], loc="center", fontsize=10)
        axes[1, index].imshow(each, cmap="cividis", vmin=0, vmax=top)
        axes[1, index].set(xticks=[], yticks=[])
        column = np.unravel_index(each.argmax(), each.shape)[1]
        third = ("left", "centre", "right")[int(3 * (column + 0.5) / each.shape[1])]
        peaks.append(f"{titles[index]}: brightest at the {third}")
        axes[2, index].barh([0], [means[index]], color=BLUE, height=0.6)
        axes[2, index].set(
            xlim=(0, 1.35 * max(means) or 1), ylim=(-0.6, 0.6), yticks=[], xticks=[]
        )
        axes[2, index].spines["bottom"].set_visible(False)
        axes[2, index].text(
            means[index],
            0,
            f" {means[index]:.2f}",
            va="center",
            fontsize=10,
            fontweight="bold",
        )
    for row, text in enumerate(("photo", "one feature map", "its mean")):
        row_name(axes[row, 0], text, x=-0.08, fontsize=9, color=GREY)
    drawing.alt = alt or (
        "Photos above, one feature map of each below, and its mean as a bar. "
        f"{'; '.join(peaks)}. {_bars_compared(means)}"
    )
    return drawing


def _bars_compared(means):
    """In words, how far the shortest bar is behind the longest."""
    behind = 1 - min(means) / max(means) if max(means) > 0 else 0
    if behind < 0.1:
        return "The bars are nearly equally long."
    return f"The shortest bar has {10 * round(10 - 10 * behind)} % of the longest."


def iou_shares(overlaps, alt=None, heading="How many boxes are at least this good?"):
    """The share of photos whose IoU is at least t, for each t from 0 to 1; a line a
    model.

    Parameters
    ----------
    overlaps : a dictionary from a name to the IoU of each photo.
    """
    if not overlaps or not all(np.size(values) for values in overlaps.values()):
        raise ValueError(
            "iou_shares needs at least one model, and at least one IoU for each"
        )
    levels = np.linspace(0, 1, 201)
    drawing, axis = figure(size=(6.2, 3.4))
    sentences = []
    styles = cycle(["-", "--", "-.", ":"])
    for (name, values), colour, style in zip(
        overlaps.items(), cycle(PALETTE), styles, strict=False
    ):
        values = np.asarray(values)
        share = (values[None] >= levels[:, None]).mean(axis=1)
        axis.plot(
            levels,
            share,
            color=colour,
            linestyle=style,
            label=f"{name}: mean {values.mean():.2f}",
        )
        sentences.append(
            f"{name}: mean IoU {values.mean():.2f}, {np.mean(values >= 0.5):.0%} of "
            f"the photos reach 0.5 and {np.mean(values >= 0.75):.0%} reach 0.75"
        )
    for level in (0.5, 0.75):
        axis.axvline(level, color=GREY, linewidth=0.8, linestyle=(0, (2, 2)))
    axis.legend(loc="lower left", fontsize=9)
    axis.set(
        xlabel="IoU at least", ylabel="share of the photos", xlim=(0, 1), ylim=(0, 1.02)
    )
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.grid(axis="y")
    axis.set_title(heading)
    drawing.alt = (
        alt
        or "The share of photos with at least a given IoU. "
        + "; ".join(sentences)
        + "."
    )
    return drawing


def paired_runs(panels, baseline, alt=None):
    """How runs compare two by two: a thin line for each run, a thick one for the mean
    of its kind, and between the two means of a panel the difference, shaded.

    Parameters
    ----------
    panels : a dict from a panel's title to a dict from the names of two kinds of run to
        their mean IoU on validation photos, an array (runs, epochs).
    baseline : the mean IoU of an answer without looking.
    """
    drawing, axes = figure(1, len(panels), (9.6, 3.5), squeeze=False, sharey=True)
    kinds = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    words = [f"Mean IoU against epoch; the mean box has {baseline:.2f}."]
    for axis, (title, lines) in zip(axes[0], panels.items(), strict=True):
        title = title.replace("-", "−")
        axis.grid(axis="y", color=PALE)
        axis.axhline(baseline, color=GREY, linestyle=(0, (2, 2)), linewidth=1)
        ends, means, said = {}, [], []
        for name, runs in lines.items():
            runs = np.atleast_2d(runs)
            epochs = np.arange(1, runs.shape[1] + 1)
            means.append(runs.mean(axis=0))
            place = kinds.index(name)
            colour, dash = PALETTE[place], ("-", "--", "-.", ":")[place]
            axis.plot(epochs, runs.T, color=colour, lw=0.9, alpha=0.45, gid="run")
            axis.plot(epochs, means[-1], dash, color=colour, marker="o", ms=4)
            ends[name] = float(means[-1][-1])
            said.append(f"{name} ends at {ends[name]:.2f} (mean of {len(runs)} runs)")
        axis.fill_between(epochs, *means, color=SKY, alpha=0.25, linewidth=0)
        for name, height in spread(ends, gap=0.03).items():
            end, colour = (epochs[-1], height), PALETTE[kinds.index(name)]
            name_curve(axis, end, name, colour, offset=6)
        axis.set_title(title, fontsize=11)
        axis.set(xlabel="epoch", xticks=epochs)
        words.append(f"{title}: {'; '.join(said)}.")
    where = {"fontsize": 8.5, "color": GREY, "va": "bottom", "ha": "right"}
    axes[0, 0].text(epochs[-1], baseline, "the mean box, without looking", **where)
    axes[0, 0].set_ylabel("mean IoU")
    drawing.alt = alt or " ".join(words)
    return drawing
