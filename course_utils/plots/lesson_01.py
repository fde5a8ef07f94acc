"""What lesson 01 draws: receptive fields, kernels at work, padding, feature maps, and
what they cost.

Shapes that a test may want to count carry a Matplotlib gid: "field", "window", "zero",
"ignored", "output" and so on.
"""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon, Rectangle

from course_utils.arithmetic import conv_output_size, same_padding
from course_utils.plots.diagrams import CYCLE
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
)
from course_utils.plots.grids import mark_cells, number_grid, two_digits
from course_utils.plots.labels import centred

__all__ = [
    "accuracy_by_position",
    "connection_patterns",
    "convolution_steps",
    "feature_map_stack",
    "memory_bars",
    "padding_diagram",
    "padding_grid",
    "receptive_fields",
]

# Receptive fields and connections -----------------------------------------------------


def receptive_fields(columns=8, rows=6, radius=0.78, alt=None):
    """Cells beside a picture: each looks at one small field, the fields overlap, and
    together they tile the view.

    Each of the first layer's cells answers to one direction of line; the cell behind
    them joins two neighbours.

    Parameters
    ----------
    columns, rows : how many receptive fields lie side by side and above one another;
        their centres are 1 apart.
    radius : of each field; from 0.71 on (half the diagonal of the square between four
        centres) no gap is left.
    """
    drawing, axis = figure(size=(8.4, 4.6))
    # upright planes, seen from the side
    place = lambda x, y, shift=0.0: np.array(
        (0.78 * x + shift, y - 0.2 * x + 0.05 * shift)
    )
    middle, last = 7.2, 11.6
    angles = np.linspace(0, 2 * np.pi, 61)
    ring = lambda x, y: np.array(
        [
            place(x + radius * np.cos(angle), y + radius * np.sin(angle))
            for angle in angles
        ]
    )

    def plane(shift, colour, label, left, right, bottom, top):
        corners = [
            place(x, y, shift)
            for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))
        ]
        axis.add_patch(Polygon(corners, fc=to_rgba(colour, 0.07), ec=colour, lw=1))
        axis.text(
            place((left + right) / 2, 0, shift)[0],
            -1.95,
            label,
            ha="center",
            va="top",
            fontsize=9.5,
            linespacing=1.35,
        )

    seen = "the visual field, tiled by\noverlapping receptive fields"
    plane(0, GREY, seen, 0, columns, 0, rows)
    for row in range(rows):
        for column in range(columns):
            axis.add_patch(
                Polygon(
                    ring(column + 0.5, row + 0.5),
                    fill=False,
                    ec=GREY,
                    lw=0.7,
                    alpha=0.4,
                    gid="field",
                )
            )
    ridge, west, east = (4.0, 5.2), (1.6, 3.3), (6.4, 3.3)
    house = [(1.6, 0.7), west, ridge, east, (6.4, 0.7), (1.6, 0.7)]
    axis.plot(
        *zip(*(place(*corner) for corner in house), strict=True),
        color=BLACK,
        lw=2.8,
        solid_joinstyle="round",
    )

    first = "first layer: a cell answers\nto lines of one direction\nin its own field"
    plane(middle, BLUE, first, 0.8, 6.2, 0.9, 5.6)
    second = "next layer: neighbours\njoined into a corner,\nin a larger field"
    plane(last, RED, second, 1.6, 5.0, 2.4, 5.8)
    looks_at = {
        BLUE: ((2.7, 4.2), west, ridge),
        ORANGE: ((5.3, 4.2), ridge, east),
        GREEN: ((1.6, 1.9), (1.6, 0.7), west),
    }
    joined = place(3.4, 4.2, last)
    for colour, ((x, y), start, end) in looks_at.items():
        field, cell = ring(x, y), place(x, y, middle)
        axis.add_patch(
            Polygon(
                field,
                fc=to_rgba(colour, 0.25),
                ec=colour,
                lw=2,
                ls=(0, (3, 1.5)),
                gid="looked-at",
            )
        )
        for edge in (field[:, 1].argmin(), field[:, 1].argmax()):
            axis.plot(
                *zip(field[edge], cell, strict=True),
                color=colour,
                lw=1,
                alpha=0.8,
                zorder=3,
            )
        if colour is not GREEN:
            axis.plot(*zip(cell, joined, strict=True), color=RED, lw=1.6, zorder=4)
        _cell(axis, cell, colour, [place(*end) - place(*start)])
    _cell(
        axis, joined, RED, [place(*ridge) - place(*west), place(*east) - place(*ridge)]
    )
    axis.set(xlim=(-0.9, last + 5.6), ylim=(-3.6, 6.9), aspect="equal")
    axis.set_axis_off()
    drawing.alt = alt or (
        "Three upright planes, from left to right. The first is the visual field: a "
        f"drawn house, covered by {columns * rows} overlapping circles, the receptive "
        "fields. In the second, three cells, each joined to one circle and each "
        "answering to one direction of line: the left slope of the roof, its right "
        "slope, the wall. In the third, one cell joined to the two roof cells: it "
        "answers to the corner on top and sees both fields."
    )
    return drawing


def _cell(axis, centre, colour, strokes):
    """A cell as a disc, with the line, or the corner of two lines, that it
    answers to.
    """
    axis.add_patch(
        Circle(centre, 0.46, fc="white", ec=colour, lw=2, zorder=5, gid="cell")
    )
    strokes = [stroke / np.hypot(*stroke) for stroke in strokes]
    if len(strokes) == 1:
        path = [centre - 0.28 * strokes[0], centre + 0.28 * strokes[0]]
    else:
        tip = centre + np.array([0, 0.12])
        path = [tip - 0.32 * strokes[0], tip, tip + 0.32 * strokes[1]]
    axis.plot(*np.array(path).T, color=BLACK, lw=2.6, zorder=6, solid_joinstyle="round")


def connection_patterns(inputs=9, kernel=3, alt=None):
    """Three ways to wire a row of inputs to a row of units: all to all, local, and
    local with shared weights.

    A line is a connection; lines of one colour share one weight.

    Parameters
    ----------
    inputs : the length of the row.
    kernel : how many neighbours a unit sees in the two local panels.
    """
    units = conv_output_size(inputs, kernel)
    drawing, axes = figure(1, 3, size=(8.4, 2.4))
    weights = (inputs * units, kernel * units, kernel)
    titles = ("dense", "local", "local and shared: convolution")
    for panel, (axis, title, count) in enumerate(
        zip(axes, titles, weights, strict=True)
    ):
        for unit in range(units):
            for source in range(inputs) if panel == 0 else range(unit, unit + kernel):
                colour = CYCLE[source - unit] if panel == 2 else GREY
                axis.plot(
                    [source, unit + (kernel - 1) / 2],
                    [0, 2],
                    color=colour,
                    lw=1.9 if panel == 2 else 0.8,
                    alpha=0.95 if panel == 2 else 0.7,
                    gid="connection",
                )
        for y, count_here, x in ((0, inputs, 0), (2, units, (kernel - 1) / 2)):
            for index in range(count_here):
                axis.add_patch(
                    Circle((index + x, y), 0.26, fc="white", ec=BLACK, lw=1.2, zorder=3)
                )
        if panel == 0:
            for y, row in ((0, "inputs"), (2, "units")):
                axis.text(-0.6, y, row, ha="right", va="center", fontsize=9, color=GREY)
        axis.set(xlim=(-0.6, inputs - 0.4), ylim=(-0.5, 2.5), aspect="equal")
        axis.set_title(f"{title}\n{count} weights", loc="center", fontsize=10)
        axis.set_axis_off()
    drawing.alt = alt or (
        f"A row of {inputs} inputs, below, wired to a row of {units} units, above, in "
        "three ways. "
        f"Dense: every unit to every input, {weights[0]} weights. Local: every unit "
        f"to {kernel} neighbours, {weights[1]} weights. Convolution: the same "
        f"connections, but the same {weights[2]} weights, shown as {kernel} colours, "
        "repeat at every place."
    )
    return drawing


# A kernel at work ---------------------------------------------------------------------


def convolution_steps(image, kernel, positions, strides=1, alt=None):
    """A kernel on a small grey image, at a few positions: the window above, the output
    so far below.

    Parameters
    ----------
    image : (height, width), small enough to be read as numbers.
    kernel : (kernel_height, kernel_width).
    positions : the outputs to stop at, as (row, column).
    strides : pixels from one window to the next, both ways.
    """
    from course_utils.layers import conv2d_numpy  # here, because it starts Keras

    image, kernel = np.asarray(image), np.asarray(kernel)
    output = conv2d_numpy(image[..., None], kernel[..., None, None], strides=strides)
    output = output[..., 0]
    rows, columns = output.shape
    drawing, axes = figure(
        2,
        len(positions) + 1,
        size=(2.15 * len(positions) + 1.7, 4.3),
        height_ratios=[image.shape[0], rows],
        width_ratios=[0.7] + [1] * len(positions),
    )
    number_grid(axes[0, 0], kernel, diverging=True)
    axes[0, 0].set_title("kernel", loc="center", fontsize=10)
    axes[1, 0].set_axis_off()
    frame = {"fill": False, "ec": GREEN, "lw": 3, "zorder": 4}
    sentences = []
    for step, (i, j) in enumerate(positions, start=1):
        above, below = axes[0, step], axes[1, step]
        number_grid(above, image)
        mark_cells(
            above, i * strides, j * strides, *kernel.shape, gid="window", **frame
        )
        above.set_title(f"output ({i}, {j})", loc="center", fontsize=10)
        computed = np.arange(output.size).reshape(output.shape) <= i * columns + j
        shown = np.where(computed, output, np.nan)
        number_grid(below, shown, diverging=True, limit=np.abs(output).max())
        mark_cells(below, i, j, gid="output", **frame)
        value = two_digits(output[i, j])
        sentences.append(f"at row {i}, column {j} the output is {value}")
    drawing.alt = alt or (
        f"A {kernel.shape[0]} by {kernel.shape[1]} kernel slides over a "
        f"{image.shape[0]} by {image.shape[1]} image and "
        f"fills a {rows} by {columns} output: " + "; ".join(sentences) + "."
    )
    return drawing


# Padding and stride -------------------------------------------------------------------


def padding_diagram(size, kernel, stride=1, padding="valid", alt=None):
    """One dimension of a convolution: the inputs, the zeros around them, each window,
    and the output it fills.

    Parameters
    ----------
    size, kernel, stride : as for `conv_output_size`.
    padding : "valid" or "same", or a sequence of them, drawn one above another.
    """
    paddings = [padding] if isinstance(padding, str) else list(padding)
    outputs = {name: conv_output_size(size, kernel, stride, name) for name in paddings}
    margins = {
        name: same_padding(size, kernel, stride) if name == "same" else (0, 0)
        for name in paddings
    }
    before, after = (
        max(margin[side] for margin in margins.values()) for side in (0, 1)
    )
    drawing, axes = figure(
        len(paddings), 1, size=(8, 1.9 * len(paddings)), squeeze=False
    )
    sentences = []
    for axis, name in zip(axes[:, 0], paddings, strict=True):
        left, right = margins[name]
        # how far the last window reaches
        used = (outputs[name] - 1) * stride + kernel - left
        for x in range(-left, size + right):
            if not 0 <= x < size:
                _input_box(axis, x, "zero", "0")
            else:
                _input_box(axis, x, "input" if x < used else "ignored", str(x + 1))
        for index in range(outputs[name]):
            start = index * stride - left
            colour = CYCLE[index % len(CYCLE)]
            centre = start + (kernel - 1) / 2
            axis.add_patch(
                Polygon(
                    [(start - 0.42, 0.5), (start + kernel - 0.58, 0.5), (centre, 1.95)],
                    closed=True,
                    gid="window",
                    fc=to_rgba(colour, 0.16),
                    ec=to_rgba(colour, 0.75),
                    lw=1.1,
                )
            )
            disc = {"fc": colour, "ec": "white", "lw": 1.2, "zorder": 4}
            axis.add_patch(Circle((centre, 2.05), 0.36, **disc, gid="output"))
            bold = {"color": "white", "fontsize": 8.5, "fontweight": "bold"}
            centred(axis, centre, 2.03, str(index + 1), **bold, zorder=5)
        ignored = max(size - used, 0) if name == "valid" else 0
        extra = "no zeros, nothing ignored"
        if name == "same":
            extra = f"{left} zero{'s' * (left != 1)} before, {right} after"
        elif ignored:
            extra = f"{ignored} input{'s' * (ignored != 1)} ignored"
        axis.set_title(
            f"padding = '{name}', stride {stride}:  {size} inputs → {outputs[name]} "
            f"outputs   ({extra})",
            fontsize=10,
        )
        axis.set(
            xlim=(-before - 0.7, size + after - 0.3), ylim=(-0.65, 2.5), aspect="equal"
        )
        axis.set_axis_off()
        sentences.append(
            f"With '{name}' padding {size} inputs give {outputs[name]} outputs: "
            f"{extra}."
        )
    drawing.alt = (
        alt
        or f"A row of inputs under windows {kernel} wide that move by {stride}. "
        + " ".join(sentences)
    )
    return drawing


def _input_box(axis, x, kind, label):
    """One input of a padding diagram."""
    face, edge, style = {
        "input": ("white", BLACK, "-"),
        "zero": (PALE, GREY, "--"),
        "ignored": ("white", PALE, "-"),
    }[kind]
    axis.add_patch(
        Rectangle(
            (x - 0.43, -0.43), 0.86, 0.86, fc=face, ec=edge, ls=style, lw=1.2, gid=kind
        )
    )
    centred(
        axis,
        x,
        -0.02,
        label,
        fontsize=9,
        color=GREY if kind != "input" else BLACK,
        alpha=0.6 if kind == "ignored" else 1,
    )


def padding_grid(
    height,
    width,
    kernel=3,
    strides=1,
    padding="same",
    marked=((0, 0), (1, 2)),
    alt=None,
):
    """Two dimensions of a convolution: the padded input, the centre of every window,
    and the output.

    Parameters
    ----------
    height, width : of the input, in pixels.
    kernel, strides, padding : as for `conv_output_size`, the same both ways.
    marked : outputs (row, column) whose windows are outlined.
    """
    rows, columns = (
        conv_output_size(height, kernel, strides, padding),
        conv_output_size(width, kernel, strides, padding),
    )
    (top, bottom), (left, right) = (
        same_padding(size, kernel, strides) if padding == "same" else (0, 0)
        for size in (height, width)
    )
    padded_height, padded_width = height + top + bottom, width + left + right
    drawing, (source, target) = figure(
        1,
        2,
        size=(8, 0.42 * padded_height + 0.7),
        width_ratios=[padded_width, columns + 1.2],
    )
    for y in range(-top, height + bottom):
        for x in range(-left, width + right):
            zero = not (0 <= x < width and 0 <= y < height)
            style = (
                {"fc": PALE, "ls": "--", "gid": "zero"} if zero else {"gid": "input"}
            )
            mark_cells(source, y, x, **({"fc": "white"} | style), ec=GREY, lw=0.8)
            if zero:
                centred(source, x, y, "0", color=GREY, fontsize=8)
    for row in range(rows):
        for column in range(columns):
            chosen = marked.index((row, column)) if (row, column) in marked else None
            colour = GREY if chosen is None else CYCLE[chosen]
            x, y = column * strides - left, row * strides - top
            centre = x + (kernel - 1) / 2, y + (kernel - 1) / 2
            disc = {"fc": colour, "ec": "none", "zorder": 4, "gid": "centre"}
            source.add_patch(Circle(centre, 0.14, **disc))
            if chosen is None:
                style = {"fc": "white", "lw": 1.2, "zorder": 2}
            else:
                style = {"fc": to_rgba(colour, 0.35), "lw": 2.5, "zorder": 3}
                light = style | {"fc": to_rgba(colour, 0.15)}
                mark_cells(
                    source, y, x, kernel, kernel, ec=colour, gid="window", **light
                )
            mark_cells(target, row, column, ec=colour, gid="output", **style)
    source.set(
        xlim=(-left - 0.7, width + right - 0.3),
        ylim=(height + bottom - 0.3, -top - 0.7),
        aspect="equal",
    )
    target.set(xlim=(-0.8, columns - 0.2), ylim=(rows - 0.2, -0.8), aspect="equal")
    source.set_title(
        f"input {height}×{width}"
        + (", padded with zeros" if padding == "same" else ""),
        loc="center",
        fontsize=10,
    )
    target.set_title(f"output {rows}×{columns}", loc="center", fontsize=10)
    for axis in (source, target):
        axis.set_axis_off()
    drawing.alt = alt or (
        f"A {height} by {width} input"
        + (
            f", padded with zeros to {padded_height} by {padded_width}"
            if padding == "same"
            else ""
        )
        + f", under {kernel} by {kernel} windows that move by {strides}: "
        f"{rows} by {columns} windows fill a {rows} by {columns} output."
    )
    return drawing


# Feature maps -------------------------------------------------------------------------


def feature_map_stack(channels=3, filters=6, kernel=3, alt=None):
    """A stack of input channels and a stack of feature maps: a unit sees a small window
    of every channel.

    Parameters
    ----------
    channels : planes of the input; three are drawn red, green and blue.
    filters : feature maps drawn on the right.
    kernel : the side of the window.
    """
    drawing, axis = figure(size=(8, 3.5))
    side, shift = 5.0, np.array([0.62, 0.42])
    tints = (RED, GREEN, BLUE) if channels == 3 else (GREY,) * channels

    def square(corner, edge, **style):
        axis.add_patch(Rectangle(corner, edge, edge, **style))

    for channel in reversed(range(channels)):
        corner = channel * shift
        square(
            corner,
            side,
            fc=to_rgba(tints[channel], 0.13),
            ec=tints[channel],
            lw=1.2,
            zorder=2 * (channels - channel),
            gid="channel",
        )
        square(
            corner + 1.3,
            kernel * 0.62,
            fc=to_rgba(tints[channel], 0.3),
            ec=BLACK,
            lw=1.5,
            zorder=2 * (channels - channel) + 1,
            gid="window",
        )
    start, edge, step = np.array([10.0, 0.6]), 3.4, np.array([1.05, 0.3])
    # in the strip that the map in front leaves free
    place = np.array([edge - 0.5, 1.5])
    window = 1.3 + np.array([kernel * 0.62, kernel * 0.31])  # the middle of its edge
    for index in reversed(range(filters)):
        colour = PALETTE[index % len(PALETTE)]
        corner, order = start + index * step, 20 + 2 * (filters - index)
        square(corner, edge, fc="white", ec=colour, lw=1.6, zorder=order, gid="map")
        unit = {"fc": colour, "ec": "white", "zorder": order + 1, "gid": "unit"}
        axis.add_patch(Circle(corner + place, 0.2, **unit))
        for channel in range(channels):
            axis.plot(
                *zip(channel * shift + window, corner + place, strict=True),
                color=colour,
                lw=1.2 if index == 0 else 0.7,
                alpha=0.9 if index == 0 else 0.45,
                zorder=order,
                gid="line",
            )
    axis.text(side / 2 + 0.6, -0.55, f"{channels} channels in", ha="center", va="top")
    middle = start + (filters - 1) * step / 2 + edge / 2
    out = f"{filters} feature maps out, one per filter"
    axis.text(middle[0], -0.55, out, ha="center", va="top")
    axis.text(
        middle[0] - 0.6,
        start[1] + edge + filters * step[1] + 0.25,
        "units at one place: same window, different weights",
        ha="center",
        va="bottom",
        fontsize=9,
        color=GREY,
    )
    axis.set(
        xlim=(-0.3, start[0] + edge + filters * step[0]),
        ylim=(-1.4, side + channels * shift[1] + 0.9),
        aspect="equal",
    )
    axis.set_axis_off()
    drawing.alt = alt or (
        f"On the left a stack of {channels} input channels, each with the same "
        f"{kernel} by {kernel} window marked. On the right a stack of {filters} "
        "feature maps with one unit marked in each, all at the same place. From the "
        f"window in each channel a line goes to each unit, {channels * filters} in "
        "all: a unit sees every channel, and the units at one place of different "
        "maps see the same window."
    )
    return drawing


# What was measured --------------------------------------------------------------------


def accuracy_by_position(maps, home=(0, 0), alt=None):
    """How often each network is right, by where in the image the pattern lies: one heat
    map per network.

    Parameters
    ----------
    maps : a dict from name to a (rows, columns) array of accuracies in 0-1.
    home : the (row, column) where the training patterns lay; outlined.
    """
    drawing, axes = figure(
        1, len(maps), size=(2.6 * len(maps) + 0.7, 2.9), squeeze=False
    )
    for axis, (name, accuracy) in zip(axes[0], maps.items(), strict=True):
        picture = axis.imshow(accuracy, cmap="cividis", vmin=0.4, vmax=1)
        for (row, column), value in np.ndenumerate(accuracy):
            centred(
                axis,
                column,
                row,
                f"{100 * value:.0f}",
                fontsize=8,
                color=BLACK if value > 0.75 else "white",
            )
        mark_cells(axis, *home, fill=False, ec=RED, lw=3, gid="home")
        axis.set_title(name, loc="center", fontsize=10)
        axis.set(xticks=[], yticks=[])
    drawing.colorbar(
        picture,
        ax=axes[0].tolist(),
        shrink=0.8,
        format=lambda value, _: f"{100 * value:.0f} %",
    )
    sentences = []
    for name, accuracy in maps.items():
        elsewhere = np.delete(
            np.ravel(accuracy), np.ravel_multi_index(home, np.shape(accuracy))
        ).mean()
        sentences.append(
            f"{name}: {100 * accuracy[home]:.0f} % at home, {100 * elsewhere:.0f} % "
            f"on average elsewhere."
        )
    drawing.alt = alt or "Accuracy by the place of the pattern. " + " ".join(sentences)
    return drawing


def memory_bars(layers, inference, alt=None):
    """The memory of each layer's output; what inference must hold at once beside what
    training must hold.

    Parameters
    ----------
    layers : a dict from layer name to bytes, in the order of the network.
    inference : the bytes that must be held at once at inference.
    """
    names, megabytes = list(layers), np.array(list(layers.values())) / 1e6
    training = megabytes.sum()
    drawing, (left, right) = figure(
        1, 2, size=(8.4, 0.32 * len(names) + 1.1), width_ratios=[3, 1.5]
    )
    shades = np.linspace(0.12, 0.92, len(names))  # light to dark, front to back
    colours = [colormaps["cividis_r"](shade) for shade in shades]
    left.barh(names, megabytes, color=colours, height=0.7)
    left.invert_yaxis()
    gap = 0.01 * megabytes.max()
    for row, value in enumerate(megabytes):
        left.text(value + gap, row, f"{value:,.1f}", va="center", fontsize=8.5)
    left.set(xlabel="MB of output", title="layer by layer")
    left.tick_params(axis="y", length=0, labelcolor=BLACK)
    sums = megabytes + np.append(megabytes[1:], 0)  # of each layer and the next
    right.set_ylim(0, 1.12 * training)
    pairs = np.flatnonzero(np.isclose(sums, inference / 1e6, rtol=1e-9, atol=0))
    if not len(pairs):  # not two neighbours: a skip connection holds more
        right.bar(["inference"], [inference / 1e6], color=GREY, width=0.6)
    else:
        pair = slice(pairs[0], pairs[0] + 2)
        _stack(right, "inference", megabytes[pair], colours[pair], names[pair])
    _stack(right, "training", megabytes, colours, names, lw=0.5)
    for x, value in enumerate((inference / 1e6, training)):
        words = f"{value:,.0f} MB"
        right.text(x, value + 0.015 * training, words, ha="center", fontweight="bold")
    right.set(title="held at once", yticks=[])
    right.spines["left"].set_visible(False)
    drawing.alt = alt or (
        "Output memory by layer: "
        + ", ".join(
            f"{name} {value:,.1f} MB"
            for name, value in zip(names, megabytes, strict=True)
        )
        + f". Held at once: {inference / 1e6:,.0f} MB at inference, {training:,.0f} "
        f"MB in training."
    )
    return drawing


def _stack(axis, name, values, colours, parts, **style):
    """One bar of several values, the first at the bottom, with the name of each part
    that is high enough for it.
    """
    bottom, room = 0.0, 0.05 * axis.get_ylim()[1]
    for value, colour, part in zip(values, colours, parts, strict=True):
        axis.bar([name], [value], 0.6, bottom=bottom, color=colour, ec="white", **style)
        if value > room:
            dark = sum(colour[:3]) < 1.5
            words = {"fontsize": 8, "color": "white" if dark else BLACK}
            x = axis.patches[-1].get_x() + axis.patches[-1].get_width() / 2
            centred(axis, x, bottom + value / 2, part, **words)
        bottom += value
