"""What lesson 09 draws: masks on photographs, networks as ladders, stamps that overlap,
and what networks of equal cost make of edges.
"""

import math

import numpy as np
from matplotlib.colors import to_rgb

from course_utils.plots.diagrams import arrow, labelled_box
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    PURPLE,
    RED,
    SKY,
    YELLOW,
    figure,
    set_heading,
)
from course_utils.plots.grids import number_grid
from course_utils.plots.images import draw_image
from course_utils.plots.labels import caption, centred

__all__ = [
    "ladders",
    "masks_on_photos",
    "measures_of_networks",
    "shift_curves",
    "stamps",
]

COLOURS = np.array([to_rgb(c) for c in (BLUE, YELLOW, RED, PURPLE, SKY, GREEN)])
MARKERS = "osD^vP"
BRIGHTNESS = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)
JOINS = {"Add": "+", "Concatenate": "concat"}
BOX, RUNG = (1.05, 0.34), 0.6  # the size of a box, and from rung to rung, in inches
COLUMNS = (0.55, 1.55, 2.55)  # the middles of boxes: going down, turning, going up


def masks_on_photos(
    photos, masks, titles=None, class_names=None, columns=4, size=1.8, alt=None,
    heading=None,
):  # fmt: skip
    """Photographs whose masks lie on them as colours; the background stays as it is.

    Parameters
    ----------
    photos : (height, width, 3) each, 0–255; sizes may differ.
    masks : one per photo, (height, width) of whole numbers; None leaves the photo bare.
    titles : one per photo.
    class_names : of all classes, the background first: a row of names in their colours
        stands above the photos.
    columns, size : photos in a row, and the height of a row in inches.

    Raises
    ------
    ValueError : not one mask per photo, or a mask of another size.
    """
    if len(photos) != len(masks) or not len(photos):
        raise ValueError(f"{len(masks)} masks came for {len(photos)} photos")
    columns = min(columns, len(photos))
    rows = math.ceil(len(photos) / columns)
    names = class_names is not None
    shape = (columns * size, rows * (size + 0.25 * bool(titles)) + 0.35 * names)
    drawing, axes = figure(rows, columns, size=shape, squeeze=False, frames=False)
    for index, (axis, photo, mask) in enumerate(
        zip(axes.flat, photos, masks, strict=False)
    ):
        draw_image(axis, photo if mask is None else painted(photo, mask))
        axis.set(xticks=[], yticks=[])  # none is seen, and each would be measured
        if titles:
            caption(axis, titles[index])
    set_heading(drawing, heading)
    if names:
        handles = [
            axes.flat[0].plot([], [], "s", color=colour_of(number), label=name)[0]
            for number, name in enumerate(class_names)
            if number
        ]
        drawing.legend(handles=handles, loc="outside upper center", ncols=6, fontsize=9)
    shown = [f"photo {number}" for number in range(1, 1 + len(photos))]
    covered = (_covered(mask, class_names) for mask in masks)
    words = (
        f"{title} ({cover})"
        for title, cover in zip(titles or shown, covered, strict=True)
    )
    drawing.alt = alt or (
        f"{len(photos)} photos in rows of {columns}, and how much of each its mask "
        f"covers: {', '.join(words)}."
    )
    return drawing


def _covered(mask, class_names):
    """The classes of a mask in words, each with its share of the pixels."""
    if mask is None:
        return "no mask"
    labels, counts = np.unique(mask, return_counts=True)
    parts = []
    for label, share in zip(labels, 100 * counts / np.size(mask), strict=True):
        if label:
            name = f"no. {label}" if class_names is None else class_names[label]
            parts.append(f"{name} {share:.0f} %")
    return ", ".join(parts) or "nothing but background"


def colour_of(label):
    """The colour of class 1, 2, ... (or of instance 1, 2, ...)."""
    return COLOURS[(label - 1) % len(COLOURS)]


def painted(photo, mask, share=0.6):
    """A photograph with a mask over it, (height, width, 3) uint8.

    Parameters
    ----------
    share : how much of each pixel becomes its class's colour; the rest becomes grey, so
        that a red flower does not change the colour of its class.
    """
    photo, mask = np.asarray(photo, dtype="float32"), np.asarray(mask)
    if photo.shape[:2] != mask.shape:
        raise ValueError(
            f"a mask of shape {mask.shape} does not fit a photo of {photo.shape[:2]}"
        )
    grey = (photo @ np.array(BRIGHTNESS, "float32"))[..., None]
    colours = 255 * colour_of(np.maximum(mask, 1))
    mixed = np.where(mask[..., None] > 0, (1 - share) * grey + share * colours, photo)
    return mixed.round().astype("uint8")


def ladders(backbone, networks, alt=None):
    """Networks as ladders: down along the backbone's maps, up again along their own;
    skips are the rungs between.

    Sizes and skips are read from the networks themselves.

    Parameters
    ----------
    backbone : a model that takes images of known size.
    networks : a dictionary from a title to a model that was built on this backbone, and
        holds its layers.

    Raises
    ------
    ValueError : a network that was built on another backbone.
    """
    taken = {title: _ladder(backbone, each) for title, each in networks.items()}
    lowest = max(math.log2(bottom) for _, bottom, _, _ in taken.values())
    size = (4.2 * len(taken), RUNG * (lowest + 1) + 0.5)
    drawing, axes = figure(1, len(taken), size=size, squeeze=False, frames=False)
    words = []
    for axis, (title, parts) in zip(axes[0], taken.items(), strict=True):
        caption(axis, title, fontsize=10, fontweight="bold")
        axis.set(xlim=(-0.9, 3.3), ylim=(-RUNG * (lowest + 0.5), RUNG * 0.5))
        words.append(f"{title}: {_draw_ladder(axis, *parts)}")
    drawing.alt = alt or f"{'. '.join(words)}."
    return drawing


def _ladder(backbone, network):
    """Maps on the way down and up, by stride; where they turn; how skips join."""
    from course_utils.segmentation import feature_pyramid  # here: it starts Keras

    shared = {id(layer) for layer in backbone.layers}
    if not shared <= {id(layer) for layer in network.layers}:
        raise ValueError(f"{network.name} was not built on {backbone.name}")
    down = {1: backbone.input} | feature_pyramid(backbone)
    up = {
        stride: maps
        for stride, maps in feature_pyramid(network).items()
        if maps is not down.get(stride)
    }
    skips = {
        network.input_shape[1] // layer.output.shape[1]: JOINS[type(layer).__name__]
        for layer in network.layers
        if id(layer) not in shared and type(layer).__name__ in JOINS
    }
    return down, max(*down, *up), up, skips


def _draw_ladder(axis, down, bottom, up, skips):
    """Draw one ladder; the words that say what it shows."""
    level = lambda stride: -RUNG * math.log2(stride)
    way = [(0, stride, down[stride]) for stride in sorted(down) if stride < bottom]
    way += [(1, bottom, up.get(bottom, down.get(bottom)))]
    way += [(2, stride, up[stride]) for stride in sorted(up)[::-1] if stride < bottom]
    words = {"down": [], "up": []}
    for column, stride, maps in way:
        label = "×".join(map(str, maps.shape[1:]))
        corner = COLUMNS[column] - BOX[0] / 2, level(stride) - BOX[1] / 2
        colour = GREEN if maps is up.get(stride) else BLUE
        labelled_box(axis, corner, BOX, label, colour, colour + "22", 0.06, fontsize=8)
        joined = f" ({skips[stride]})" if column == 2 and stride in skips else ""
        words["up" if column == 2 else "down"].append(label + joined)
        style = {"ha": "right", "fontsize": 7.5, "color": GREY}
        if column < 2:
            centred(axis, -0.1, level(stride), f"stride {stride}", **style)
        elif stride in skips and stride in down:
            start, end = (COLUMNS[c] + s * BOX[0] / 2 for c, s in ((0, 1), (2, -1)))
            y, bold = level(stride), {"fontsize": 8.5, "fontweight": "bold"}
            arrow(axis, (start, y), (end, y), ORANGE, width=2.2)
            centred(axis, COLUMNS[1], y + 0.12, skips[stride], color=ORANGE, **bold)
    for (x, stride, _), (to_x, to_stride, _) in zip(way, way[1:], strict=False):
        side = BOX[1] / 2 if to_stride < stride else -BOX[1] / 2
        start, end = level(stride) + side, level(to_stride) - side
        arrow(axis, (COLUMNS[x], start), (COLUMNS[to_x], end))
        if to_stride < stride and to_x == x:  # straight up
            middle = COLUMNS[x] + 0.1, (start + end) / 2
            times = f"×{stride // to_stride}"
            centred(axis, *middle, times, ha="left", fontsize=8, color=GREY)
    return f"down {', '.join(words['down'])}; up {', '.join(words['up'])}"


def stamps(counts, titles, alt=None):
    """How many stamps of a transposed convolution reach each output, a grid per kernel.

    Parameters
    ----------
    counts : (height, width) arrays of whole numbers.
    titles : one per grid.
    """
    drawing, axes = figure(1, len(counts), size=(2.6 * len(counts), 2.8), squeeze=False)
    words = []
    for axis, count, title in zip(axes[0], counts, titles, strict=True):
        number_grid(axis, count, diverging=True, limit=float(np.max(counts[0])) * 1.5)
        caption(axis, title, fontsize=9)
        inner = count[2:-2, 2:-2]
        words.append(
            f"{title}: inside, {int(inner.min())} to {int(inner.max())} stamps"
        )
    drawing.alt = alt or f"Stamps per output. {'; '.join(words)}."
    return drawing


def measures_of_networks(values, xlabels, limits=(0, 1), alt=None):
    """A row per network and a panel per measure: a dot for each seed, a line for the
    mean.

    Parameters
    ----------
    values : a dictionary from a network's name to a dictionary from a measure's name to
        its values, one per seed.
    xlabels : the measures' names, in order.
    """
    drawing, axes = figure(
        1,
        len(xlabels),
        size=(4.0 * len(xlabels) + 1, 0.42 * len(values) + 0.9),
        sharey=True,
        squeeze=False,
    )
    words = []
    for axis, measure in zip(axes[0], xlabels, strict=True):
        said = []
        for row, (name, measures) in enumerate(values.items()):
            each, mean = measures[measure], float(np.mean(measures[measure]))
            axis.plot([mean, mean], [row - 0.3, row + 0.3], color=BLACK, lw=2)
            axis.plot(each, [row] * len(each), "o", color=BLUE, ms=6, alpha=0.7)
            said.append(f"{name} {mean:.2f}")
        axis.set(xlabel=measure, xlim=limits)
        axis.grid(axis="x", color=PALE)
        words.append(f"{measure}, mean over the seeds: {', '.join(said)}.")
    axes[0, 0].set_yticks(range(len(values)), list(values))
    axes[0, 0].set_ylim(len(values) - 0.5, -0.5)
    for axis in axes[0]:
        axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    drawing.alt = alt or " ".join(words)
    return drawing


def shift_curves(shifts, curves, ylabel, alt=None):
    """One curve per network against how far the photograph was moved.

    Parameters
    ----------
    shifts : in pixels.
    curves : a dictionary from a name to a value per shift.
    """
    drawing, axis = figure(size=(6.4, 3.0))
    colours = (PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[4])
    words = []
    for (name, values), colour, marker in zip(
        curves.items(), colours, MARKERS, strict=False
    ):
        axis.plot(shifts, values, marker=marker, ms=5, color=colour, label=name)
        words.append(
            f"{name} lies between {min(values):.2f} and {max(values):.2f}, lowest at a "
            f"shift of {shifts[int(np.argmin(values))]}"
        )
    axis.set(xlabel="shift in pixels", ylabel=ylabel, xticks=list(shifts))
    axis.grid(axis="y", color=PALE)
    axis.legend(fontsize=9, labelcolor=GREY)
    drawing.alt = alt or f"{ylabel}: {'; '.join(words)}."
    return drawing
