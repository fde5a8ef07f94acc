"""What lesson 01 draws: receptive fields, kernels at work, padding, feature maps, and
what they cost.

Shapes that a test may want to count carry a Matplotlib gid: "field", "window", "zero",
"ignored", "output" and so on.
"""

import math

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Circle, Polygon, Rectangle

from course_utils.arithmetic import conv_output_size, receptive_field, same_padding
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
    figure,
)
from course_utils.plots.images import draw_image

_CYCLE = (BLUE, ORANGE, GREEN, PURPLE, RED)


# Receptive fields ---------------------------------------------------------------------


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

    plane(
        0,
        GREY,
        "the visual field, tiled by\noverlapping receptive fields",
        0,
        columns,
        0,
        rows,
    )
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

    plane(
        middle,
        BLUE,
        "first layer: a cell answers\nto lines of one direction\nin its own field",
        0.8,
        6.2,
        0.9,
        5.6,
    )
    plane(
        last,
        RED,
        "next layer: neighbours\njoined into a corner,\nin a larger field",
        1.6,
        5.0,
        2.4,
        5.8,
    )
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


def receptive_field_stack(layers, names=None, alt=None):
    """A stack of one-dimensional layers, and what one unit at the top sees at each
    level below.

    Parameters
    ----------
    layers : a list of (kernel, stride), first layer first.
    names : one name a level, the input's first; left out, "input", "layer 1", ...
    """
    # units seen at each level
    fields = [receptive_field(layers[level:]) for level in range(len(layers))] + [1]
    strides = [
        math.prod(stride for _, stride in layers[:level])
        for level in range(len(layers) + 1)
    ]
    margin = 2 * strides[-1]
    size = fields[0] + 2 * margin
    names = names or ["input"] + [
        f"layer {level}" for level in range(1, len(layers) + 1)
    ]
    drawing, axis = figure(size=(8, 0.95 * len(names) + 0.5))
    sizes, offsets = [size], [0.0]
    for kernel, stride in layers:
        offsets.append(offsets[-1] + (kernel - 1) / 2 * strides[len(sizes) - 1])
        sizes.append(conv_output_size(sizes[-1], kernel, stride))
    first = _first_seen(layers, sizes)
    for level, count in enumerate(sizes):
        colour = GREY if level == 0 else _CYCLE[(level - 1) % len(_CYCLE)]
        at = lambda unit, level=level: offsets[level] + unit * strides[level]
        for unit in range(count):
            seen = first[level] <= unit < first[level] + fields[level]
            axis.add_patch(
                Circle(
                    (at(unit), 1.6 * level),
                    0.33,
                    fc=colour if seen else "white",
                    ec=colour if seen else PALE,
                    lw=1.4,
                    zorder=3,
                    gid=f"seen-{level}" if seen else "unseen",
                )
            )
            if seen and level:
                kernel, stride = layers[level - 1]
                for tap in range(kernel):
                    below = (
                        offsets[level - 1] + (unit * stride + tap) * strides[level - 1]
                    )
                    axis.plot(
                        [at(unit), below],
                        [1.6 * level, 1.6 * (level - 1)],
                        color=colour,
                        lw=0.9,
                        alpha=0.7,
                    )
        axis.text(-1.2, 1.6 * level, names[level], ha="right", va="center", color=BLACK)
        axis.text(
            size + 0.2,
            1.6 * level,
            f"{fields[level]} seen" if level < len(layers) else "one unit",
            va="center",
            color=colour if level else BLACK,
            fontweight="bold",
        )
    axis.set(xlim=(-4, size + 3), ylim=(-0.6, 1.6 * len(layers) + 0.6), aspect="equal")
    axis.set_axis_off()
    kernels = ", ".join(f"{kernel} with stride {stride}" for kernel, stride in layers)
    drawing.alt = alt or (
        f"{len(layers)} one-dimensional layers, one above another, with kernels of "
        f"{kernels}. One unit at the top sees "
        + ", ".join(
            f"{fields[level]} units of the {names[level]}"
            for level in reversed(range(len(layers)))
        )
        + "."
    )
    return drawing


def _first_seen(layers, sizes):
    """The first unit seen at each level by the middle unit of the top level."""
    first = [sizes[-1] // 2]
    for _, stride in reversed(layers):
        first.insert(0, first[0] * stride)
    return first


# Connections --------------------------------------------------------------------------


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
                colour = _CYCLE[source - unit] if panel == 2 else GREY
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
        axis.set(xlim=(-0.6, inputs - 0.4), ylim=(-0.5, 2.5), aspect="equal")
        axis.set_title(f"{title}\n{count} weights", loc="center", fontsize=10)
        axis.set_axis_off()
    drawing.alt = alt or (
        f"A row of {inputs} inputs wired to a row of {units} units in three ways. "
        f"Dense: every unit to every input, {weights[0]} weights. Local: every unit "
        f"to {kernel} neighbours, {weights[1]} weights. Convolution: the same "
        f"connections, but the same {weights[2]} weights, shown as {kernel} colours, "
        "repeat at every place."
    )
    return drawing


def count_bars(counts, unit="", alt=None):
    """Numbers of very different size as bars on a logarithmic scale, each with its
    exact value.

    Parameters
    ----------
    counts : a dict from name to a number of at least 1.
    unit : what is counted; stands under the axis.
    """
    drawing, axis = figure(size=(7.6, 0.55 * len(counts) + 0.8))
    names, values = list(counts), [float(value) for value in counts.values()]
    colours = [PALETTE[index % len(PALETTE)] for index in range(len(names))]
    axis.barh(names, values, color=colours, height=0.62, gid="count")
    axis.set_xscale("log")
    axis.set_xlim(1, max(values) * 15)
    axis.minorticks_off()
    axis.invert_yaxis()
    for row, value in enumerate(values):
        axis.text(value * 1.3, row, f"{value:,.0f}", va="center", fontweight="bold")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set_xlabel(f"{unit} (logarithmic scale)".strip())
    drawing.alt = alt or (
        f"Bars on a logarithmic scale, {unit}: "
        + "; ".join(
            f"{name.replace(chr(10), ' ')} {value:,.0f}"
            for name, value in zip(names, values, strict=True)
        )
        + "."
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
    image, kernel = np.asarray(image), np.asarray(kernel)
    rows, columns = (
        conv_output_size(n, k, strides)
        for n, k in zip(image.shape, kernel.shape, strict=True)
    )
    window = lambda i, j: image[
        i * strides : i * strides + kernel.shape[0],
        j * strides : j * strides + kernel.shape[1],
    ]
    output = np.array(
        [[np.sum(window(i, j) * kernel) for j in range(columns)] for i in range(rows)]
    )
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
    said = []
    for step, (i, j) in enumerate(positions, start=1):
        above, below = axes[0, step], axes[1, step]
        number_grid(above, image)
        above.add_patch(
            Rectangle(
                (j * strides - 0.5, i * strides - 0.5),
                kernel.shape[1],
                kernel.shape[0],
                fill=False,
                ec=GREEN,
                lw=3,
                zorder=4,
                gid="window",
            )
        )
        above.set_title(f"output ({i}, {j})", loc="center", fontsize=10)
        shown = np.where(
            np.arange(rows * columns).reshape(rows, columns) <= i * columns + j,
            output,
            np.nan,
        )
        number_grid(below, shown, diverging=True, limit=np.abs(output).max())
        below.add_patch(
            Rectangle(
                (j - 0.5, i - 0.5),
                1,
                1,
                fill=False,
                ec=GREEN,
                lw=3,
                zorder=4,
                gid="output",
            )
        )
        said.append(f"at row {i}, column {j} the output is {_short(output[i, j])}")
    drawing.alt = alt or (
        f"A {kernel.shape[0]} by {kernel.shape[1]} kernel slides over a "
        f"{image.shape[0]} by {image.shape[1]} image and "
        f"fills a {rows} by {columns} output: " + "; ".join(said) + "."
    )
    return drawing


def number_grid(axis, values, diverging=False, limit=None, fontsize=9):
    """A matrix as coloured cells with its numbers in them; NaN cells stay empty.

    Draws on the given axis.
    """
    values = np.asarray(values, dtype=float)
    limit = limit or np.nanmax(np.abs(values)) or 1.0
    # stretched, so that black numbers can be read on the strongest colours
    if diverging:
        axis.imshow(values, cmap="PuOr_r", vmin=-1.6 * limit, vmax=1.6 * limit)
    else:
        axis.imshow(values, cmap="gray", vmin=0, vmax=limit)
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            colour = "white" if not diverging and value < 0.45 * limit else BLACK
            axis.text(
                column,
                row,
                _short(value),
                ha="center",
                va="center",
                fontsize=fontsize,
                color=colour,
            )
    axis.set_xticks(np.arange(-0.5, values.shape[1]), [])
    axis.set_yticks(np.arange(-0.5, values.shape[0]), [])
    axis.grid(color=GREY, lw=0.6, alpha=0.6)
    axis.set_axisbelow(False)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set(visible=True, color=GREY)


def _short(value):
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"


def kernel_grid(kernels, titles=None, size=1.9, numbers=None, alt=None):
    """Kernels as pictures, zero in white, negative violet, positive orange, all on one
    scale.

    Parameters
    ----------
    kernels : a sequence of (height, width) arrays.
    titles : one short title a kernel.
    size : the side of one picture in inches.
    numbers : whether the weights are written into the cells; left out, where a kernel
        is at most 5 wide.
    """
    kernels = [np.asarray(kernel, dtype=float) for kernel in kernels]
    limit = max(np.abs(kernel).max() for kernel in kernels)
    columns = min(len(kernels), 8)
    rows = math.ceil(len(kernels) / columns)
    drawing, axes = figure(
        rows,
        columns,
        size=(columns * size, rows * (size + (0.25 if titles else 0))),
        squeeze=False,
    )
    for axis in axes.flat[len(kernels) :]:
        axis.set_axis_off()
    for index, (axis, kernel) in enumerate(zip(axes.flat, kernels, strict=False)):
        _kernel(
            axis, kernel, limit, kernel.shape[1] <= 5 if numbers is None else numbers
        )
        if titles:
            axis.set_title(titles[index], loc="center", fontsize=9, fontweight="normal")
    drawing.alt = alt or (
        f"{len(kernels)} kernel{'s' * (len(kernels) > 1)} of {kernels[0].shape[0]} by "
        f"{kernels[0].shape[1]} weights"
        + (": " + ", ".join(titles) if titles else "")
        + ". White is zero, orange positive, violet negative."
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
    said = []
    for axis, name in zip(axes[:, 0], paddings, strict=True):
        left, right = margins[name]
        # how far the last window reaches
        used = (outputs[name] - 1) * stride + kernel - left
        for x in range(-left, size + right):
            kind = "zero" if x < 0 or x >= size else "input" if x < used else "ignored"
            _box(axis, x, kind, "0" if kind == "zero" else str(x + 1))
        for index in range(outputs[name]):
            start = index * stride - left
            colour = _CYCLE[index % len(_CYCLE)]
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
            axis.add_patch(
                Circle(
                    (centre, 2.05),
                    0.36,
                    fc=colour,
                    ec="white",
                    lw=1.2,
                    zorder=4,
                    gid="output",
                )
            )
            axis.text(
                centre,
                2.03,
                str(index + 1),
                color="white",
                ha="center",
                va="center",
                fontsize=8.5,
                fontweight="bold",
                zorder=5,
            )
        ignored = max(size - used, 0) if name == "valid" else 0
        extra = (
            f"{left} zero{'s' * (left != 1)} before, {right} after"
            if name == "same"
            else f"{ignored} input{'s' * (ignored != 1)} ignored"
            if ignored
            else "no zeros, nothing ignored"
        )
        axis.set_title(
            f"padding = '{name}', stride {stride}:  {size} inputs → {outputs[name]} "
            f"outputs   ({extra})",
            fontsize=10,
        )
        axis.set(
            xlim=(-before - 0.7, size + after - 0.3), ylim=(-0.65, 2.5), aspect="equal"
        )
        axis.set_axis_off()
        said.append(
            f"With '{name}' padding {size} inputs give {outputs[name]} outputs: "
            f"{extra}."
        )
    drawing.alt = (
        alt
        or f"A row of inputs under windows {kernel} wide that move by {stride}. "
        + " ".join(said)
    )
    return drawing


def _box(axis, x, kind, label):
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
    axis.text(
        x,
        -0.02,
        label,
        ha="center",
        va="center",
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
            source.add_patch(
                Rectangle(
                    (x - 0.5, y - 0.5),
                    1,
                    1,
                    fc=PALE if zero else "white",
                    ec=GREY,
                    gid="zero" if zero else "input",
                    ls="--" if zero else "-",
                    lw=0.8,
                )
            )
            if zero:
                source.text(x, y, "0", ha="center", va="center", color=GREY, fontsize=8)
    for row in range(rows):
        for column in range(columns):
            chosen = marked.index((row, column)) if (row, column) in marked else None
            colour = GREY if chosen is None else _CYCLE[chosen]
            x, y = column * strides - left, row * strides - top
            source.add_patch(
                Circle(
                    (x + (kernel - 1) / 2, y + (kernel - 1) / 2),
                    0.14,
                    fc=colour,
                    ec="none",
                    zorder=4,
                    gid="centre",
                )
            )
            target.add_patch(
                Rectangle(
                    (column - 0.5, row - 0.5),
                    1,
                    1,
                    fc=to_rgba(colour, 0.35) if chosen is not None else "white",
                    ec=colour,
                    lw=1.2 if chosen is None else 2.5,
                    zorder=2 if chosen is None else 3,
                    gid="output",
                )
            )
            if chosen is not None:
                source.add_patch(
                    Rectangle(
                        (x - 0.5, y - 0.5),
                        kernel,
                        kernel,
                        fc=to_rgba(colour, 0.15),
                        ec=colour,
                        lw=2.5,
                        zorder=3,
                        gid="window",
                    )
                )
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
    for index in reversed(range(filters)):
        colour, corner, order = (
            PALETTE[index % len(PALETTE)],
            start + index * step,
            20 + 2 * (filters - index),
        )
        square(corner, edge, fc="white", ec=colour, lw=1.6, zorder=order, gid="map")
        axis.add_patch(
            Circle(
                corner + place, 0.2, fc=colour, ec="white", zorder=order + 1, gid="unit"
            )
        )
    for channel in range(channels):
        for height in (0, kernel * 0.62):
            corner = channel * shift + 1.3 + np.array([kernel * 0.62, height])
            axis.plot(
                *zip(corner, start + place, strict=True),
                color=GREY,
                lw=0.8,
                zorder=60,
                alpha=0.8,
            )
    axis.text(side / 2 + 0.6, -0.55, f"{channels} channels in", ha="center", va="top")
    middle = start + (filters - 1) * step / 2 + edge / 2
    axis.text(
        middle[0],
        -0.55,
        f"{filters} feature maps out, one a filter",
        ha="center",
        va="top",
    )
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
        "feature maps with one unit marked in each, all at the same place. Lines "
        "join the windows of all channels to that place: a unit sees every channel, "
        "and the units at one place of different maps see the same window."
    )
    return drawing


def feature_map_grid(maps, titles=None, columns=8, size=1.25, cmap="viridis", alt=None):
    """The feature maps of one image in a grid, each scaled from its own lowest to its
    own highest value.

    Parameters
    ----------
    maps : (height, width, filters).
    titles : one short title a map.
    """
    maps = np.asarray(maps)
    if maps.ndim != 3:
        raise ValueError(
            f"feature_map_grid got shape {maps.shape}; it wants (height, width, "
            "filters). Is it still a batch? Use maps[0]."
        )
    count = maps.shape[-1]
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    drawing, axes = figure(
        rows,
        columns,
        size=(
            columns * size * maps.shape[1] / maps.shape[0],
            rows * (size + (0.22 if titles else 0.03)),
        ),
        squeeze=False,
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for index in range(count):
        draw_image(axes.flat[index], maps[..., index], cmap=cmap)
        if titles:
            axes.flat[index].set_title(
                titles[index], loc="center", fontsize=8.5, fontweight="normal"
            )
    drawing.alt = (
        alt
        or f"{count} feature maps of {maps.shape[0]} by {maps.shape[1]} in a grid of {rows} by {columns}."
    )
    return drawing


def convolution_overview(
    image,
    kernel,
    strides=1,
    padding="valid",
    dilation=1,
    position=None,
    title=None,
    alt=None,
):
    """An image with one receptive field outlined, the kernel, and the feature map with
    the output of that field.

    Parameters
    ----------
    image : (height, width), grey.
    kernel : (kernel_height, kernel_width).
    strides, padding, dilation : as for `conv_output_size`.
    position : the output (row, column) to mark; left out, the strongest one.
    """
    image, kernel = (
        np.asarray(image, dtype="float32"),
        np.asarray(kernel, dtype="float32"),
    )
    sizes = [
        conv_output_size(n, k, strides, padding, dilation)
        for n, k in zip(image.shape, kernel.shape, strict=True)
    ]
    pads = [
        same_padding(n, k, strides, dilation) if padding == "same" else (0, 0)
        for n, k in zip(image.shape, kernel.shape, strict=True)
    ]
    padded = np.pad(image, pads)
    output = np.zeros(sizes, dtype="float32")
    # one shifted copy of the image a weight
    for (u, v), weight in np.ndenumerate(kernel):
        rows = slice(u * dilation, u * dilation + (sizes[0] - 1) * strides + 1, strides)
        columns = slice(
            v * dilation, v * dilation + (sizes[1] - 1) * strides + 1, strides
        )
        output += weight * padded[rows, columns]
    row, column = position or np.unravel_index(np.abs(output).argmax(), output.shape)
    multiplications = output.size * kernel.size
    drawing, (left, middle, right) = figure(
        1, 3, size=(8.2, 2.6), width_ratios=[4, 1.3, 4]
    )
    draw_image(left, image)
    span = [(k - 1) * dilation + 1 for k in kernel.shape]
    corner = (column * strides - pads[1][0] - 0.5, row * strides - pads[0][0] - 0.5)
    left.add_patch(
        Rectangle(corner, span[1], span[0], fill=False, ec=ORANGE, lw=2.5, gid="window")
    )
    left.set_title(
        f"input {image.shape[0]}×{image.shape[1]}", loc="center", fontsize=10
    )
    _kernel(middle, kernel, np.abs(kernel).max(), numbers=kernel.shape[1] <= 5)
    middle.set_title(
        f"kernel {kernel.shape[0]}×{kernel.shape[1]}", loc="center", fontsize=10
    )
    limit = np.abs(output).max()
    right.imshow(output, cmap="PuOr_r", vmin=-limit, vmax=limit)
    right.add_patch(
        Circle(
            (column, row),
            max(output.shape) / 60,
            fill=False,
            ec=BLACK,
            lw=1.6,
            gid="output",
        )
    )
    right.set_axis_off()
    right.set_title(f"feature map {sizes[0]}×{sizes[1]}", loc="center", fontsize=10)
    settings = f"stride {strides}, padding '{padding}', dilation {dilation}"
    drawing.suptitle(
        title or f"{settings}: {multiplications:,} multiplications",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
    )
    drawing.alt = alt or (
        f"A {image.shape[0]} by {image.shape[1]} image, a {kernel.shape[0]} by "
        f"{kernel.shape[1]} kernel, and the {sizes[0]} by {sizes[1]} feature map "
        f"({settings}, {multiplications:,} multiplications). One receptive field is "
        f"outlined in the image; its output, {output[row, column]:.2g}, is circled in "
        f"the feature map at row {row}, column {column}."
    )
    return drawing


def _kernel(axis, kernel, limit, numbers):
    """One kernel, with its weights written in or as colours alone.

    Draws on the given axis.
    """
    if numbers:
        number_grid(axis, kernel, diverging=True, limit=limit)
        return
    axis.imshow(kernel, cmap="PuOr_r", vmin=-limit, vmax=limit)
    axis.set(xticks=[], yticks=[])
    for spine in axis.spines.values():
        spine.set(visible=True, color=GREY)


# What was measured --------------------------------------------------------------------


def accuracy_by_position(maps, home=(0, 0), alt=None):
    """How often each network is right, by where in the image the pattern lies: one heat
    map a network.

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
            axis.text(
                column,
                row,
                f"{100 * value:.0f}",
                ha="center",
                va="center",
                fontsize=8,
                color=BLACK if value > 0.75 else "white",
            )
        axis.add_patch(
            Rectangle(
                (home[1] - 0.5, home[0] - 0.5),
                1,
                1,
                fill=False,
                ec=RED,
                lw=3,
                gid="home",
            )
        )
        axis.set_title(name, loc="center", fontsize=10)
        axis.set(xticks=[], yticks=[])
    drawing.colorbar(
        picture,
        ax=axes[0].tolist(),
        shrink=0.8,
        format=lambda value, _: f"{100 * value:.0f} %",
    )
    said = []
    for name, accuracy in maps.items():
        elsewhere = np.delete(
            np.ravel(accuracy), np.ravel_multi_index(home, np.shape(accuracy))
        ).mean()
        said.append(
            f"{name}: {100 * accuracy[home]:.0f} % at home, {100 * elsewhere:.0f} % "
            f"on average elsewhere."
        )
    drawing.alt = alt or "Accuracy by the place of the pattern. " + " ".join(said)
    return drawing


def signal_by_layer(signals, alt=None):
    """The strength of the signal after each layer, one line an initialisation, on a
    logarithmic scale.

    Parameters
    ----------
    signals : a dict from name to a sequence: the strength at the input, after layer 1,
        after layer 2, ...
    """
    drawing, axis = figure(size=(7.6, 3.6))
    for index, (name, values) in enumerate(signals.items()):
        colour = PALETTE[index % len(PALETTE)]
        axis.plot(range(len(values)), values, marker="o", ms=4, color=colour)
        axis.text(
            len(values) - 0.8,
            values[-1],
            name,
            color=colour,
            va="center",
            fontweight="bold",
        )
    axis.set_yscale("log")
    axis.set_xlim(-0.2, max(map(len, signals.values())) + 2.4)
    axis.set_xticks(range(max(map(len, signals.values()))))
    axis.set(xlabel="layer (0 is the input)", ylabel="root mean square of the outputs")
    axis.grid(axis="y")
    drawing.alt = (
        alt
        or "Signal strength by layer: "
        + "; ".join(
            f"{name} goes from {values[0]:.1g} to {values[-1]:.1g}"
            for name, values in signals.items()
        )
        + "."
    )
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
    colours = [_CYCLE[index % len(_CYCLE)] for index in range(len(names))]
    left.barh(names, megabytes, color=colours, height=0.7)
    left.invert_yaxis()
    for row, value in enumerate(megabytes):
        left.text(
            value + 0.01 * megabytes.max(),
            row,
            f"{value:,.1f}",
            va="center",
            fontsize=8.5,
        )
    left.set(xlabel="MB of output", title="layer by layer")
    left.tick_params(axis="y", length=0, labelcolor=BLACK)
    pair = next(
        (
            at
            for at in range(len(names))
            if math.isclose(megabytes[at : at + 2].sum(), inference / 1e6)
        ),
        None,
    )
    if pair is None:  # not two neighbours: a skip connection holds more
        right.bar(["inference"], [inference / 1e6], color=GREY, width=0.6)
    else:
        for at, under in ((pair, 0.0), (pair + 1, megabytes[pair])):
            right.bar(
                ["inference"],
                megabytes[at : at + 1],
                bottom=under,
                color=colours[at : at + 1],
                width=0.6,
                ec="white",
            )
    bottom = 0.0
    for value, colour in zip(megabytes, colours, strict=True):
        right.bar(
            ["training"],
            [value],
            bottom=bottom,
            color=colour,
            width=0.6,
            ec="white",
            lw=0.5,
        )
        bottom += value
    for x, value in enumerate((inference / 1e6, training)):
        right.text(
            x,
            value + 0.015 * training,
            f"{value:,.0f} MB",
            ha="center",
            fontweight="bold",
        )
    right.set(title="held at once", yticks=[], ylim=(0, 1.12 * training))
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
