"""What lesson 02 draws: windows and what comes out of them, images that move, and what
stays the same.

Shapes that a test may want to count carry a Matplotlib gid: "window", "winner",
"pooled", "ignored", "changed".
"""

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from course_utils.invariance import pool2d
from course_utils.plots.diagrams import arrow
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    figure,
)
from course_utils.plots.images import draw_image
from course_utils.plots.labels import (
    caption,
    centred,
    name_curve,
    row_name,
    short_number,
    spread,
)

__all__ = [
    "depth_pool_diagram",
    "global_average_diagram",
    "image_matrix",
    "mask_overlays",
    "pooling_steps",
    "share_curves",
    "shift_comparison",
]

LARGEST_GRID = 1_000  # numbers that can still be read
TINTS = (BLUE, ORANGE, GREEN, PURPLE, SKY, GREY)
COLOURS = {"max": BLUE, "average": ORANGE, "stride only": GREY}
WORDS = {"max": "maximum", "mean": "average", "first": "upper left value"}


# Numbers in windows -------------------------------------------------------------------


def pooling_steps(image, window=2, stride=None, how="max", highlight=None, alt=None):
    """A grid of numbers, its windows tinted, and beside it what pooling makes of each
    window.

    Rows and columns that fill no whole window are hatched: they are left out.

    Parameters
    ----------
    image : (height, width) of numbers.
    window, stride, how : as for `course_utils.invariance.pool2d`.
    highlight : (row, column) of one output; its window is outlined, and the arrow
        between the grids shows its numbers.

    Raises
    ------
    ValueError : several channels, more numbers than can be read, or what `pool2d`
        refuses.
    """
    image = np.asarray(image)
    if image.ndim == 3:
        raise ValueError(
            f"pooling_steps draws one grid of numbers (height, width), and got an "
            f"image of shape {image.shape}: take one channel, image[..., 0]."
        )
    if image.size > LARGEST_GRID:
        raise ValueError(
            f"pooling_steps writes each number out, and got {image.shape[0]}×"
            f"{image.shape[1]} of them: take a corner, image[:8, :8]."
        )
    pooled, step = pool2d(image, window, stride, how), stride or window
    (height, width), (rows, columns) = image.shape, pooled.shape
    used_height, used_width = (rows - 1) * step + window, (columns - 1) * step + window
    gap = 3.6
    drawing, axis = figure(
        size=(0.46 * (width + gap + columns) + 0.3, 0.46 * (height + 1.1))
    )
    side_by_side = step >= window

    def tint(row, column):
        return TINTS[(row * columns + column) % len(TINTS)] if side_by_side else BLUE

    for row, column in np.ndindex(height, width):
        left_out = row >= used_height or column >= used_width
        style = {"hatch": "////", "gid": "ignored"} if left_out else {"gid": "value"}
        _square(axis, column, row, fc="white", ec=PALE, lw=1, **style)
    for row, column in np.ndindex(rows, columns):
        if side_by_side:
            corner = column * step, row * step
            _square(axis, *corner, window, **_tinted(tint(row, column)), gid="window")
    top = (height - rows) / 2
    winners = _winners(image, pooled, window, step) if how == "max" else set()
    for (row, column), value in np.ndenumerate(image):
        left_out = row >= used_height or column >= used_width
        style = {"fontsize": 11, "color": GREY if left_out else BLACK}
        _number(axis, column, row, value, (row, column) in winners, **style)
    for (row, column), value in np.ndenumerate(pooled):
        x, y = width + gap + column, top + row
        _square(axis, x, y, **_tinted(tint(row, column)), gid="pooled")
        centred(
            axis, x + 0.5, y + 0.5, short_number(value), fontsize=11, fontweight="bold"
        )
    middle, colour = height / 2, GREY
    if highlight is not None:
        row, column = highlight
        frame = {"fill": False, "ec": RED, "lw": 3, "gid": "highlight"}
        _square(axis, column * step, row * step, window, **frame)
        _square(axis, width + gap + column, top + row, **frame)
        middle, colour = top + row + 0.5, RED
        values = _window(image, row, column, window, step)
        style = {"ha": "center", "fontsize": 9.5, "color": RED}
        between = width + gap / 2
        axis.text(between, middle - 0.22, _numbers(values.flat), va="bottom", **style)
        axis.text(between, middle + 0.3, WORDS[how], va="top", **style)
    start, end = (width + 0.3, middle), (width + gap - 0.3, middle)
    arrow(axis, start, end, colour, width=1.6, head=14, shrink=2, zorder=1)
    for left, text in ((0, f"{height}×{width}"), (width + gap, f"{rows}×{columns}")):
        axis.text(
            left,
            -0.2 if left == 0 else top - 0.2,
            text,
            ha="left",
            va="bottom",
            fontsize=9.5,
            color=GREY,
        )
    _frame(axis, width + gap + columns, height)
    drawing.alt = alt or _steps_alt(
        image, pooled, window, step, how, highlight, used_height, used_width
    )
    return drawing


def _steps_alt(image, pooled, window, step, how, highlight, used_height, used_width):
    (height, width), (rows, columns) = image.shape, pooled.shape
    words = (
        f"A grid of {height} by {width} numbers in windows of {window} by {window}, "
        f"stride {step}, becomes a grid of "
        f"{rows} by {columns}; each of its numbers is the {WORDS[how]} of a window: "
        + "; ".join(map(_numbers, pooled))
        + "."
    )
    if highlight is not None:
        row, column = highlight
        values = _window(image, row, column, window, step)
        words += (
            f" Outlined: the window {_numbers(values.flat)} becomes "
            f"{short_number(pooled[row, column])}."
        )
    left_out = [
        f"{count} {what}{'s' if count > 1 else ''}"
        for count, what in (
            (height - used_height, "row"),
            (width - used_width, "column"),
        )
        if count > 0
    ]
    if left_out:
        words += f" Hatched: {' and '.join(left_out)} left out."
    return words


def _winners(image, pooled, window, step):
    """Where the maximum of each window stands (the first, where several are equal)."""
    found = set()
    for (row, column), _ in np.ndenumerate(pooled):
        piece = _window(image, row, column, window, step)
        inside = np.unravel_index(np.argmax(piece), piece.shape)
        found.add((row * step + int(inside[0]), column * step + int(inside[1])))
    return found


def depth_pool_diagram(values, pool_size=2, alt=None):
    """One pixel's channels as a column of numbers, in groups, and the largest of each
    group.

    Parameters
    ----------
    values : one number per channel.
    pool_size : channels in a group; divides their number.
    """
    values = np.asarray(values)
    if len(values) % pool_size:
        raise ValueError(
            f"{len(values)} channels do not divide into groups of {pool_size}"
        )
    groups = len(values) // pool_size
    drawing, axis = figure(size=(0.62 * len(values) + 2.4, 2.5))
    for channel, value in enumerate(values):
        group = channel // pool_size
        style = _tinted(TINTS[group % len(TINTS)])
        first = group * pool_size
        winner = channel == first + np.argmax(values[first : first + pool_size])
        _square(axis, channel, 0, **style, gid="value")
        _number(axis, channel, 0, value, winner, fontsize=12)
        below = {"ha": "center", "va": "bottom", "fontsize": 8.5, "color": GREY}
        axis.text(channel + 0.5, -0.12, f"{channel}", **below)
        if winner:
            start, end = (channel + 0.5, 1.05), ((group + 0.5) * pool_size, 2.15)
            arrow(axis, start, end, style["ec"], 1.8, head=12, shrink=2, zorder=1)
    pooled = values.reshape(groups, pool_size).max(axis=1)
    for group, value in enumerate(pooled):
        middle = (group + 0.5) * pool_size
        style = _tinted(TINTS[group % len(TINTS)])
        _square(axis, middle - 0.5, 2.2, **style, gid="pooled")
        centred(axis, middle, 2.7, short_number(value), fontsize=12, fontweight="bold")
    beside = {"ha": "right", "va": "center", "fontsize": 9.5, "color": GREY}
    axis.text(-0.2, 0.5, f"{len(values)} channels\nof one pixel", **beside)
    axis.text(-0.2, 2.7, f"{groups} channels", **beside)
    _frame(axis, len(values), 3.2, left=2.6, top=0.55)
    drawing.alt = alt or (
        f"One pixel's {len(values)} channels, {_numbers(values)}, in groups of "
        f"{pool_size}; the largest of each group goes on: {_numbers(pooled)}."
    )
    return drawing


def shift_comparison(images, pooled, names, window=2, alt=None):
    """Small images in the upper row, what pooling makes of them in the lower; what
    differs from the first is outlined.

    Parameters
    ----------
    images : arrays (height, width), the same image after different shifts.
    pooled : what came out for each, (height', width').
    names : one per image.
    window : side of the windows, drawn over the images.
    """
    images = [np.asarray(image) for image in images]
    pooled = [np.asarray(result) for result in pooled]
    count = len(images)
    tall = 2.4 * images[0].shape[0] / images[0].shape[1]
    drawing, axes = figure(
        2,
        count,
        size=(2.5 * count, 1.6 * tall + 0.6),
        squeeze=False,
        height_ratios=[1, 0.6],
    )
    high = max(image.max() for image in images)
    strong = {"color": SKY, "lw": 1.8, "alpha": 1}  # between windows
    weak = {"color": GREY, "lw": 0.4, "alpha": 0.6}
    changes = [int((result != pooled[0]).sum()) for result in pooled]
    for index in range(count):
        above, below = axes[:, index]
        for axis, array in ((above, images[index]), (below, pooled[index])):
            extent = (0, array.shape[1], array.shape[0], 0)
            axis.imshow(array, cmap="gray", vmin=0, vmax=high, extent=extent)
            axis.set_xticks([])
            axis.set_yticks([])
            for spine in axis.spines.values():
                spine.set_visible(True)
        height, width = images[index].shape
        for line in range(0, width + 1):
            above.axvline(line, **(weak if line % window else strong))
        for line in range(0, height + 1):
            above.axhline(line, **(weak if line % window else strong))
        for line in range(1, pooled[index].shape[1]):
            below.axvline(line, color=GREY, lw=0.6)
        for line in range(1, pooled[index].shape[0]):
            below.axhline(line, color=GREY, lw=0.6)
        above.set_title(names[index], loc="center")
        label, colour = "pooled", BLACK
        if changes[index]:
            label, colour = f"pooled: {changes[index]} of {pooled[0].size} differ", RED
        elif index:
            label, colour = "pooled: the same", GREEN
        caption(below, label, fontsize=10, color=colour)
        for row, column in np.argwhere(pooled[index] != pooled[0]):
            inside = (column + 0.09, row + 0.09, 0.82)
            _square(below, *inside, fill=False, ec=RED, lw=2.4, gid="changed")
    compared = []
    for name, change in list(zip(names, changes, strict=True))[1:]:
        differ = f"{change} of {pooled[0].size} values differ"
        compared.append(f"{name}: {differ if change else 'equal to the first'}")
    shape = f"{pooled[0].shape[0]} by {pooled[0].shape[1]}"
    drawing.alt = (
        alt
        or f"{count} images, and below each its pooled version of {shape}. Compared "
        f"with the first, {', '.join(compared)}."
    )
    return drawing


# Photographs --------------------------------------------------------------------------


def image_matrix(rows, titles, size=1.55, tinted=(), alt=None):
    """Images in a table: one named row after another, one title per column.

    Parameters
    ----------
    rows : a dict from the row's name to its images.
    titles : one per column.
    size : height of a row in inches.
    tinted : names of rows that show an amount, from none (white) to the row's largest
        (dark orange).
    """
    rows = {
        name: [np.asarray(image) for image in images] for name, images in rows.items()
    }
    first = next(iter(rows.values()))[0]
    width = size * first.shape[1] / first.shape[0]
    drawing, axes = figure(
        len(rows),
        len(titles),
        squeeze=False,
        size=(len(titles) * width + 0.35, len(rows) * size + 0.35),
    )
    for line, (name, images) in enumerate(rows.items()):
        limit = max(np.abs(image).max() for image in images)
        for axis, image in zip(axes[line], images, strict=True):
            if name in tinted:
                axis.imshow(image, cmap="Oranges", vmin=0, vmax=limit)
                axis.set_axis_off()
            else:
                draw_image(axis, image, limits=(0, limit))
        row_name(axes[line, 0], name, fontweight="bold", fontsize=10.5)
    for axis, title in zip(axes[0], titles, strict=True):
        caption(axis, title, fontsize=10)
    means = [
        f"{name} {', '.join(f'{np.mean(image):.2f}' for image in images)}"
        for name, images in rows.items()
    ]
    drawing.alt = alt or (
        f"A table of images, columns {', '.join(titles)}. The mean value of each "
        f"image, from left to right: {'; '.join(means)}."
    )
    return drawing


def mask_overlays(photo, masks, columns=None, alt=None):
    """A photograph once for each mask; inside the mask it keeps its colours, outside it
    fades, the border is drawn.

    Parameters
    ----------
    photo : (height, width, 3) uint8.
    masks : a dict from a title to a boolean array (height, width).
    """
    photo = np.asarray(photo)
    columns = columns or len(masks)
    lines = -(-len(masks) // columns)
    drawing, axes = figure(
        lines,
        columns,
        squeeze=False,
        frames=False,
        size=(2.35 * columns, lines * (2.3 * photo.shape[0] / photo.shape[1] + 0.35)),
    )
    for axis, (title, mask) in zip(axes.flat, masks.items(), strict=False):
        mask = np.asarray(mask, dtype=bool)
        faded = (0.3 * photo + 0.7 * 255).astype(np.uint8)
        axis.imshow(np.where(mask[..., None], photo, faded))
        for colour, width in (("white", 3.2), (BLACK, 1.3)):  # seen on any photograph
            axis.contour(mask, levels=[0.5], colors=[colour], linewidths=[width])
        axis.set_title(title, loc="center", fontsize=10)
    shares = ", ".join(
        f"{title.replace(chr(10), ', ')} ({np.mean(mask):.0%} of the picture)"
        for title, mask in masks.items()
    )
    drawing.alt = alt or f"The photograph with masks outlined: {shares}."
    return drawing


# Curves -------------------------------------------------------------------------------


def share_curves(
    x,
    panels,
    xlabel,
    ylabel="outputs unchanged",
    expected=None,
    log2=False,
    floor=0.0,
    alt=None,
):
    """Shares (0 to 1) against one number, in one or more panels, each line named where
    it ends.

    Parameters
    ----------
    x : the numbers along the axis.
    panels : a dict from a panel's title to a dict from a line's name to its shares.
    xlabel : what the horizontal axis shows: one text for all panels, or a list of one a
        panel.
    ylabel : what the vertical axis shows.
    expected : a dict from a line's name to what theory expects, drawn as open circles.
    log2 : whether the axis doubles from tick to tick.
    floor : where the vertical axis begins.
    """
    x = np.asarray(x)
    xlabels = [xlabel] * len(panels) if isinstance(xlabel, str) else list(xlabel)
    if len(xlabels) != len(panels):
        raise ValueError(f"{len(xlabels)} x labels came for {len(panels)} panels")
    drawing, axes = figure(
        1,
        len(panels),
        size=(max(4.1 * len(panels), 5.4), 3.3),
        squeeze=False,
        sharey=True,
    )
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    spare = iter([GREEN, PURPLE, RED, SKY, BLACK] * len(names))
    colours = {name: COLOURS.get(name) or next(spare) for name in names}
    for axis, (title, lines), label in zip(
        axes[0], panels.items(), xlabels, strict=True
    ):
        axis.grid(axis="y", color=PALE)
        for name, shares in lines.items():
            style = "--" if name == "stride only" else "-"
            axis.plot(
                x, shares, style, color=colours[name], marker="o", ms=3.6, label=name
            )
            if expected and name in expected:
                axis.plot(
                    x,
                    expected[name],
                    "o",
                    ms=8,
                    mfc="none",
                    mec=colours[name],
                    mew=1.1,
                    gid="expected",
                )
        ends = spread(
            {name: float(shares[-1]) for name, shares in lines.items()},
            gap=0.058 * (1.05 - floor),
        )
        for name, height in ends.items():
            style = {"offset": 6, "fontsize": 9.5, "fontweight": "normal"}
            name_curve(axis, (x[-1], height), name, colours[name], **style)
        axis.set_title(title)
        axis.set_xlabel(label)
        axis.set_ylim(floor, 1.05)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        if log2:
            axis.set_xscale("log", base=2)
            axis.minorticks_off()
        if log2 or len(x) <= 10:
            ticks = x if log2 else x[x == np.round(x)]
            axis.set_xticks(ticks, [f"{value:g}" for value in ticks])
        elif np.ptp(x) > 300:
            axis.set_xticks(
                range(0, 361, 90), [f"{angle}°" for angle in range(0, 361, 90)]
            )
    if expected:
        key = {"marker": "o", "color": GREY}
        axes[0, -1].plot([], [], "-", ms=3.6, label="measured", **key)
        axes[0, -1].plot([], [], ls="", ms=8, mfc="none", label="by the law", **key)
        handles = axes[0, -1].lines[-2:]
        axes[0, -1].legend(handles=handles, loc="upper right")
    axes[0, 0].set_ylabel(ylabel)
    drawing.alt = alt or _curves_alt(x, panels, xlabels, ylabel, expected)
    return drawing


def _curves_alt(x, panels, xlabels, ylabel, expected):
    """Every number where there are few, the range where there are many."""

    def in_words(shares):
        if len(x) <= 10:
            return ", ".join(f"{share:.0%}" for share in shares)
        return f"from {min(shares):.0%} to {max(shares):.0%}"

    words = [
        f"Lines: {ylabel} against {', '.join(dict.fromkeys(xlabels))}, from {x[0]:g} "
        f"to {x[-1]:g}."
    ]
    for title, lines in panels.items():
        shown = "; ".join(
            f"{name} {in_words(shares)}" for name, shares in lines.items()
        )
        words.append(f"{title}: {shown}." if title else f"{shown}.")
    if expected:
        words.append(
            "Expected: "
            + "; ".join(
                f"{name} {in_words(shares)}" for name, shares in expected.items()
            )
            + "."
        )
    return " ".join(words)


# Whole maps ---------------------------------------------------------------------------


def global_average_diagram(maps, averages, map_names, image_names, size=0.95, alt=None):
    """Feature maps of several images, and beside them the one number that global
    average pooling leaves of each.

    Parameters
    ----------
    maps : (batch, height, width, channels), each at least 0.
    averages : (batch, channels).
    map_names : one per channel.
    image_names : one per image.
    size : height of a row in inches.
    """
    maps, averages = np.asarray(maps), np.asarray(averages)
    count, height, width, channels = maps.shape
    drawing, axes = figure(
        count,
        channels + 1,
        squeeze=False,
        width_ratios=[1] * channels + [1.3],
        size=((channels + 1.5) * size * width / height, count * size + 0.5),
    )
    highest = averages.max()
    for row in range(count):
        for channel in range(channels):
            axis = axes[row, channel]
            draw_image(
                axis, maps[row, :, :, channel], limits=(0, maps[..., channel].max())
            )
            if row == 0:
                caption(axis, map_names[channel], fontsize=10)
        row_name(axes[row, 0], image_names[row], x=-0.04, fontweight="bold")
        bars = axes[row, channels]
        colours = [TINTS[channel % len(TINTS)] for channel in range(channels)]
        bars.barh(
            range(channels), averages[row], color=colours, height=0.72, gid="average"
        )
        for channel, value in enumerate(averages[row]):
            end = value + 0.03 * highest, channel
            bars.text(*end, f"{value:.3f}", va="center", fontsize=9, fontweight="bold")
        bars.set_xlim(0, 1.35 * highest)
        bars.set_yticks(range(channels), map_names, fontsize=8.5)
        bars.tick_params(axis="y", length=0, labelcolor=BLACK)
        bars.invert_yaxis()
        bars.set_xticks([])
        bars.spines["bottom"].set_visible(False)
    caption(axes[0, channels], "one number per map", fontsize=10)
    drawing.alt = alt or (
        f"{channels} feature maps of {count} images, and beside them a bar for the "
        f"average of each map. "
        + " ".join(
            f"{image}: "
            + ", ".join(
                f"{name} {value:.3f}"
                for name, value in zip(map_names, row, strict=True)
            )
            + "."
            for image, row in zip(image_names, averages, strict=True)
        )
    )
    return drawing


# Pieces -------------------------------------------------------------------------------


def _window(image, row, column, window, step):
    """The numbers under the window of one output."""
    top, left = row * step, column * step
    return image[top : top + window, left : left + window]


def _numbers(values):
    return ", ".join(map(short_number, values))


def _square(axis, x, y, side=1, **style):
    axis.add_patch(Rectangle((x, y), side, side, **style))


def _tinted(colour):
    return {"fc": to_rgba(colour, 0.16), "ec": colour, "lw": 1.2}


def _number(axis, x, y, value, winner, **style):
    """The number of the cell whose upper left corner is (x, y), bold if it won."""
    weight, gid = ("bold", "winner") if winner else ("normal", "number")
    style |= {"fontweight": weight, "gid": gid}
    centred(axis, x + 0.5, y + 0.5, short_number(value), **style)


def _frame(axis, width, height, left=0.1, top=0.75):
    axis.set_xlim(-left, width + 0.1)
    axis.set_ylim(height + 0.15, -top)
    axis.set_aspect("equal")
    axis.set_axis_off()
