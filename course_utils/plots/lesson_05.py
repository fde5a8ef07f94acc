"""What lesson 05 draws: filters, feature maps and heat, what preprocessing does,
answers, and what a network costs.
"""

import re

import numpy as np
from matplotlib.ticker import LogLocator, MultipleLocator, PercentFormatter

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
from course_utils.plots.labels import caption, label_points, log_axis, short_number

__all__ = [
    "answer_bars",
    "application_scatter",
    "filter_grid",
    "fitted_into_squares",
    "heat_maps",
    "maps_by_depth",
    "preprocessing_comparison",
    "speed_size_accuracy",
]

CHANNELS = (("red", RED), ("green", GREEN), ("blue", BLUE))


# What goes in -------------------------------------------------------------------------

FITTED = {
    "as it came": "as it came, wide",
    "squeezed": "squeezed into a square, the palace too narrow",
    "cropped": "cropped to the middle square, right in shape",
    "padded": "padded with black",
}


def fitted_into_squares(ways, alt=None):
    """The palace's photograph as it came, and made square in three ways.

    Parameters
    ----------
    ways : a dictionary with the names of `FITTED`, to an image (height, width, 3) of
        0–255 each.

    Raises
    ------
    KeyError : another name.
    """
    words = "; ".join(FITTED[name] for name in ways)
    return image_grid(
        [np.uint8(picture) for picture in ways.values()],
        titles=list(ways),
        columns=4,
        size=1.5,
        alt=alt or f"A palace by a lake, four times: {words}.",
    )


# Inside a network ---------------------------------------------------------------------


def filter_grid(kernels, columns=16, size=0.62, heading=None, alt=None):
    """The kernels of a first layer as small colour pictures: grey is zero.

    Each is scaled by its own strongest weight, but for those that are nearly zero:
    next to the strongest of all they stay grey.

    Parameters
    ----------
    kernels : (kernel height, kernel width, 3, filters), as `explain.filters` gives.
    columns : filters in a row.
    size : side of one picture in inches.

    Raises
    ------
    ValueError : kernels that do not have three channels: there is no honest colour for
        them.
    """
    kernels = np.asarray(kernels, dtype=float)
    if kernels.ndim != 4 or kernels.shape[2] != 3:
        raise ValueError(
            f"filter_grid got shape {kernels.shape}; it shows kernels on RGB, "
            f"(height, width, 3, filters). Those of "
            "deeper layers have no colours: look at their feature maps instead."
        )
    count = kernels.shape[-1]
    columns = min(columns, count)
    rows = -(-count // columns)
    drawing, axes = figure(
        rows,
        columns,
        size=(columns * size, rows * size + (0.3 if heading else 0)),
        squeeze=False,
        frames=False,
    )
    faint = 0.05 * np.abs(kernels).max()
    for index in range(count):
        kernel = kernels[..., index]
        strongest = max(np.abs(kernel).max(), faint) or 1.0
        axes.flat[index].imshow(0.5 + 0.5 * kernel / strongest)
    set_heading(drawing, heading)
    coloured = int((_colourfulness(kernels) > 0.35).sum())
    drawing.alt = alt or (
        f"{count} filters of {kernels.shape[0]} by {kernels.shape[1]} weights on red, "
        f"green and blue, as small colour pictures; grey is zero. {coloured} are "
        f"clearly coloured, {count - coloured} mostly grey."
    )
    return drawing


def _colourfulness(kernels):
    """For each filter, how far its three channels differ from their mean, as a share of
    the whole (0 to 1).
    """
    grey = kernels.mean(axis=2, keepdims=True)
    whole = (kernels**2).sum(axis=(0, 1, 2))
    return ((kernels - grey) ** 2).sum(axis=(0, 1, 2)) / np.where(whole > 0, whole, 1)


def maps_by_depth(photo, maps, count=6, heading=None, alt=None):
    """The maps of several layers that vary most, a row per layer, each beside the
    photograph at that resolution.

    Parameters
    ----------
    photo : (height, width, 3), 0-255.
    maps : {title: (rows, columns, maps)}, the layer nearest to the photograph first.
    count : maps in a row; those whose values vary most are taken, and each is shown
        from its lowest to its highest.

    Raises
    ------
    ValueError : no layer, or a layer whose maps are not (rows, columns, maps).
    """
    if not maps:
        raise ValueError("maps_by_depth got no layer; it needs at least one")
    for title, values in maps.items():
        if np.ndim(values) != 3:
            raise ValueError(
                f"{title}: maps are (rows, columns, maps), but got shape "
                f"{np.shape(values)}"
            )
    aspect = photo.shape[1] / photo.shape[0]
    drawing, axes = figure(
        len(maps),
        count + 1,
        size=((count + 1) * 1.2 * aspect, len(maps) * 1.36 + 0.1),
        squeeze=False,
        frames=False,
    )
    shapes = []
    for row, (title, values) in enumerate(maps.items()):
        values = np.asarray(values, dtype=float)
        height, width, number = values.shape
        draw_image(axes[row, 0], _smaller(photo, height, width))
        caption(axes[row, 0], f"photo at {height}×{width}", loc="left", fontsize=8.5)
        strongest = np.argsort(-values.std(axis=(0, 1)), kind="stable")[:count]
        for axis, index in zip(axes[row, 1:], strongest, strict=False):
            draw_image(axis, values[..., index], cmap="viridis")
        caption(axes[row, 1], f"{title}, {number} maps", loc="left", fontsize=8.5)
        empty = float((values.max(axis=(0, 1)) - values.min(axis=(0, 1)) < 1e-6).mean())
        shapes.append(
            f"{title}, {height} by {width}, {number} maps"
            + (f", {empty:.0%} flat" if empty > 0.01 else "")
        )
    set_heading(drawing, heading)
    drawing.alt = alt or (
        f"The {count} most varying maps of each layer, beside the photograph at "
        f"their resolution: {'; '.join(shapes)}."
    )
    return drawing


def _smaller(photo, rows, columns):
    """The photograph in `rows` by `columns` patches, each of one colour."""
    from PIL import Image

    picture = Image.fromarray(np.clip(photo, 0, 255).astype("uint8"))
    return np.asarray(picture.resize((columns, rows), Image.Resampling.BOX))


def heat_maps(
    photos, heats, titles=None, size=2.05, columns=None, heading=None, alt=None
):
    """Photographs, each beside itself with heat laid over it; a line surrounds what is
    at least half as hot as can be.

    Parameters
    ----------
    photos : a sequence of (height, width, 3), 0-255.
    heats : as many (height, width) arrays of 0-1, as `explain.grad_cam` gives.
    titles : what each heat is for.
    columns : pairs in a row; left out, at most three.

    Raises
    ------
    ValueError : no photograph, different numbers of photographs and heats, or a heat of
        another size than its photo.
    """
    photos = [np.asarray(photo) for photo in photos]
    heats = [np.asarray(heat, dtype=float) for heat in heats]
    if not photos or len(photos) != len(heats):
        raise ValueError(
            f"heat_maps got {len(photos)} photographs and {len(heats)} heats; each "
            f"photograph needs one"
        )
    for photo, heat in zip(photos, heats, strict=True):
        if photo.shape[:2] != heat.shape:
            raise ValueError(
                f"a heat of {heat.shape} came for a photograph of {photo.shape[:2]}; "
                f"sizes must be equal"
            )
    titles = titles or [f"photograph {number}" for number in range(1, len(photos) + 1)]
    columns = min(columns or 3, len(photos))
    rows = -(-len(photos) // columns)
    aspect = photos[0].shape[1] / photos[0].shape[0]
    drawing, axes = figure(
        rows,
        2 * columns,
        size=(
            2 * columns * size * aspect,
            rows * (size + 0.28) + (0.3 if heading else 0),
        ),
        squeeze=False,
        frames=False,
    )
    pairs = axes.reshape(-1, 2)
    sentences = []
    for (left, right), photo, heat, title in zip(
        pairs, photos, heats, titles, strict=False
    ):
        photo = np.clip(photo, 0, 255).astype("uint8")
        draw_image(left, photo)
        grey = np.repeat(photo.mean(axis=-1, keepdims=True) / 255, 3, axis=-1)
        right.imshow(0.75 * grey + 0.25)
        right.imshow(
            heat,
            cmap="inferno",
            vmin=0,
            vmax=1,
            alpha=0.1 + 0.5 * heat,
            interpolation="bilinear",
        )
        if heat.max() >= 0.5 > heat.min():
            right.contour(heat, levels=[0.5], colors=[BLACK], linewidths=1.2)
        caption(right, title, loc="left")
        sentences.append(f"{title}: {_where(heat)}")
    set_heading(drawing, heading)
    drawing.alt = alt or f"Photographs beside their heat. {'; '.join(sentences)}."
    return drawing


def _where(heat):
    """In words, where the heat is."""
    if heat.max() <= 0:
        return "no heat anywhere"
    rows, columns = np.nonzero(heat >= 0.5 * heat.max())
    down = ("top", "middle", "bottom")[min(int(3 * rows.mean() / heat.shape[0]), 2)]
    across = ("left", "centre", "right")[
        min(int(3 * columns.mean() / heat.shape[1]), 2)
    ]
    return (
        f"hottest at {down} {across}, {10 * round(10 * len(rows) / heat.size)} % of "
        f"the picture above half"
    )


# Pixels and answers -------------------------------------------------------------------


def preprocessing_comparison(ways, answers=None, seen=None, right=None, alt=None):
    """What different preprocessings make of one photograph: the values, and what a
    network answers.

    Parameters
    ----------
    ways : {name: (height, width, 3) array of preprocessed values}.
    answers : {name: [(class id, class name, probability), ...]}, the network's answers
        to each; left out, none.
    seen : (lowest, highest) value that the network was trained on; then each array is
        shown as a picture too, as if that range were black to white.
    right : the name of the preprocessing that the network was trained with.

    Raises
    ------
    ValueError : nothing to compare, or answers for other names.
    """
    if not ways:
        raise ValueError(
            "preprocessing_comparison got no preprocessing; it needs at least one"
        )
    if answers is not None and set(answers) != set(ways):
        raise ValueError(
            f"there are answers for {', '.join(answers)}, but values for "
            f"{', '.join(ways)}"
        )
    heights = ([1.5] if seen else []) + [0.9] + ([0.95] if answers else [])
    drawing, axes = figure(
        len(heights),
        len(ways),
        size=(2.55 * len(ways), 1.25 * sum(heights) + 0.5),
        squeeze=False,
        height_ratios=heights,
    )
    sentences = []
    for column, (name, values) in enumerate(ways.items()):
        values, row = np.asarray(values, dtype=float), 0
        title = f"{name} (right)" if name == right else name
        axes[0, column].set_title(title, color=GREEN if name == right else BLACK)
        if seen:
            picture = (values - seen[0]) / (seen[1] - seen[0])
            axes[0, column].imshow(np.clip(picture, 0, 1))
            axes[0, column].set(xticks=[], yticks=[])
            # or a picture that is all white would not be seen
            axes[0, column].spines[:].set(visible=True, color=PALE)
            row = 1
        _histogram(axes[row, column], values)
        sentence = (
            f"{name}: values from {_written(values.min())} to {_written(values.max())}"
        )
        if answers:
            colour = GREEN if name == right else ORANGE
            _bars(axes[row + 1, column], answers[name], colour, small=True)
            first = answers[name][0]
            sentence += f", answer {_plain(first[1])} with {_percent(first[2])}"
        sentences.append(sentence)
    first = axes[1 if seen else 0, 0]
    first.set_ylabel("pixels", fontsize=8.5)
    for place, (_, colour) in enumerate(CHANNELS):
        first.text(
            0.03,
            0.96 - 0.17 * place,
            ("1st", "2nd", "3rd")[place],
            color=colour,
            transform=first.transAxes,
            fontsize=7.5,
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )
    drawing.alt = (
        alt
        or f"One photograph after {len(ways)} preprocessings. {'; '.join(sentences)}."
    )
    return drawing


def _histogram(axis, values):
    low, high = values.min(), values.max()
    edges = np.linspace(low, high if high > low else low + 1, 49)
    for channel, (_, colour) in enumerate(CHANNELS):
        counts, _ = np.histogram(values[..., channel], edges)
        axis.stairs(counts, edges, color=colour, linewidth=1.3)
    axis.set_yticks([])
    axis.set_xticks([low, high], [_written(low), _written(high)], fontsize=8.5)
    axis.tick_params(length=0)


def _written(value):
    """Two decimals at most below 10, none above, and a true minus sign."""
    decimals = 2 if abs(value) < 10 else 0
    return short_number(value, decimals).replace("-", "−")


def answer_bars(photos, answers, truth=None, columns=2, heading=None, alt=None):
    """Photographs, each beside the most probable classes as bars.

    Parameters
    ----------
    photos : a sequence of (height, width, 3), 0-255.
    answers : for each, a list of (class id, class name, probability), as
        `Backbone.decode` gives.
    truth : the true class name of each, whose bar is then green; None where there is
        none.
    columns : photographs in a row.

    Raises
    ------
    ValueError : no photograph, or as many answers as there are not photographs.
    """
    photos = [np.asarray(photo) for photo in photos]
    if not photos or len(photos) != len(answers):
        raise ValueError(
            f"answer_bars got {len(photos)} photographs and {len(answers)} answers; "
            f"each needs one"
        )
    truth = truth or [None] * len(photos)
    columns = min(columns, len(photos))
    rows = -(-len(photos) // columns)
    drawing, axes = figure(
        rows,
        2 * columns,
        size=(columns * 5.2, rows * 1.95 + (0.3 if heading else 0)),
        squeeze=False,
        frames=False,
        width_ratios=[1, 1.25] * columns,
    )
    sentences = []
    for (left, right), photo, given, true in zip(
        axes.reshape(-1, 2), photos, answers, truth, strict=False
    ):
        draw_image(left, np.clip(photo, 0, 255).astype("uint8"))
        if true:
            caption(left, _plain(true))
        right.set_axis_on()
        found = [true and _plain(name) == _plain(true) for _, name, _ in given]
        _bars(right, given, [GREEN if good else BLUE for good in found])
        listed = ", ".join(
            f"{_plain(name)} {_percent(share)}" for _, name, share in given
        )
        sentences.append(f"{_plain(true)}: {listed}" if true else listed)
    set_heading(drawing, heading)
    drawing.alt = (
        alt
        or f"{len(photos)} photographs and the classes found most probable. "
        f"{'; '.join(sentences)}."
    )
    return drawing


def _bars(axis, answers, colours, small=False):
    """Horizontal bars, the most probable class at the top; each name stands above its
    bar.
    """
    places = np.arange(len(answers))[::-1]
    shares = [share for _, _, share in answers]
    axis.barh(places, shares, height=0.34, color=colours)
    axis.barh(places, [1] * len(shares), height=0.34, color=PALE, zorder=0)
    for place, (_, name, share) in zip(places, answers, strict=True):
        axis.text(
            0,
            place + 0.23,
            f"{_plain(name)}  {_percent(share)}",
            fontsize=8 if small else 9,
            va="bottom",
        )
    axis.set(xlim=(0, 1), ylim=(-0.4, len(answers) - 0.1), xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def _plain(name):
    return str(name).replace("_", " ")


def _percent(share):
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


# Cost ---------------------------------------------------------------------------------


FAMILIES = {
    "MobileNet": "mobilenet",
    "EfficientNet": "efficientnet_b",
    "EfficientNetV2": "efficientnet_v2",
    "ConvNeXt": "convnext",
    "ResNet": r"resnet\d+$",
    "ResNetV2": r"resnet\d+_v2",
    "DenseNet": "densenet",
    "VGG": "vgg",
    "NASNet": "nasnet",
    "Inception, Xception": "inception|xception",
}


def application_scatter(table, alt=None):
    """All networks of `keras.applications`: accuracy against work, a colour and a line
    per family, an area per size.

    Parameters
    ----------
    table : rows with name, top1 (percent), multiply_adds and parameters
        (`backbones.applications()`).
    """
    rows = table.dropna(subset=["top1"])
    drawing, axis = figure(size=(9.2, 4.9))
    colours = [*PALETTE[:5], BLACK, PALETTE[5], GREY, "#8c6d31", "#b5a900"]
    ends = {}
    for (family, pattern), colour in zip(FAMILIES.items(), colours, strict=True):
        belongs = [re.match(pattern, name) is not None for name in rows.name]
        members = rows[belongs].sort_values("multiply_adds")
        if not len(members):
            continue
        work = members.multiply_adds / 1e9
        linked = family not in ("MobileNet", "Inception, Xception")
        line = {"linewidth": 1.2, "alpha": 0.6 if linked else 0, "zorder": 1}
        axis.plot(work, members.top1, color=colour, **line)
        axis.scatter(
            work,
            members.top1,
            s=members.parameters / 1e6 * 2.2,
            color=colour,
            alpha=0.75,
            linewidths=0.6,
            label=family,
            edgecolors="white",
            zorder=2,
            gid="networks",
        )
        ends[family] = f"{family} {members.top1.min():g} to {members.top1.max():g} %"
    log_axis(axis)
    axis.set_xlabel(
        "billion multiply-adds for one image (logarithmic scale); areas show parameters"
    )
    axis.set_ylabel("top-1 accuracy on ImageNet")
    _accuracy_axis(axis, 5)
    legend = axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8.5)
    for handle in legend.legend_handles:
        handle.set_sizes([45])
    least = rows.loc[rows.multiply_adds.idxmin()]
    most = rows.loc[rows.multiply_adds.idxmax()]
    drawing.alt = alt or (
        f"{len(rows)} networks, published top-1 accuracy against multiply-adds, from "
        f"{least['name']} ({least.multiply_adds / 1e9:.2f} billion, {least.top1:g} %) "
        f"to {most['name']} ({most.multiply_adds / 1e9:.0f} billion, {most.top1:g} "
        f"%). By family: {'; '.join(ends.values())}."
    )
    return drawing


def speed_size_accuracy(table, alt=None):
    """Published accuracy against measured time for one image; the area shows the size
    of the weights.

    Parameters
    ----------
    table : rows with name, top1 (percent), milliseconds (measured here) and megabytes.

    Raises
    ------
    ValueError : no row, or a time that is not above zero.
    """
    if not len(table) or (table.milliseconds <= 0).any():
        raise ValueError(
            "speed_size_accuracy needs rows whose milliseconds are above zero"
        )
    drawing, axis = figure(size=(7.2, 3.9))
    axis.scatter(
        table.milliseconds,
        table.top1,
        s=table.megabytes * 2,
        color=BLUE,
        alpha=0.55,
        edgecolors=BLACK,
        linewidths=0.8,
        gid="networks",
    )
    log_axis(axis)
    axis.set(
        xlim=(table.milliseconds.min() / 1.8, table.milliseconds.max() * 2.2),
        ylim=(table.top1.min() - 2.2, table.top1.max() + 2.2),
    )
    axis.set_xlabel(
        "milliseconds an image, measured on this machine (logarithmic scale)"
    )
    axis.set_ylabel("published top-1 accuracy")
    _accuracy_axis(axis, 2)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    names = [
        f"  {row['name']}, {row.megabytes:.0f} MB  " for _, row in table.iterrows()
    ]
    label_points(drawing, axis, list(table.milliseconds), list(table.top1), names)
    drawing.alt = (
        alt
        or "Published top-1 accuracy against measured time for one image: "
        + "; ".join(
            f"{row['name']} {row.top1:g} % in {row.milliseconds:.0f} ms, "
            f"{row.megabytes:.0f} MB"
            for _, row in table.sort_values("milliseconds").iterrows()
        )
        + "."
    )
    return drawing


def _accuracy_axis(axis, step):
    axis.yaxis.set_major_locator(MultipleLocator(step))
    axis.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    axis.grid(axis="y")
