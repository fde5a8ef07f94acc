"""Numbers, kernels and feature maps in grids."""

import math

import numpy as np
from matplotlib.patches import Rectangle

from course_utils.plots.figure import BLACK, GREY, figure
from course_utils.plots.images import draw_image
from course_utils.plots.labels import caption, centred

__all__ = ["feature_map_grid", "kernel_grid"]


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
            centred(
                axis, column, row, two_digits(value), fontsize=fontsize, color=colour
            )
    axis.set_xticks(np.arange(-0.5, values.shape[1]), [])
    axis.set_yticks(np.arange(-0.5, values.shape[0]), [])
    axis.grid(color=GREY, lw=0.6, alpha=0.6)
    axis.set_axisbelow(False)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set(visible=True, color=GREY)


def mark_cells(axis, row, column, height=1, width=1, **style):
    """A rectangle over cells of a picture, (row, column) the upper left one of them;
    `style` is passed to Matplotlib's `Rectangle`.
    """
    axis.add_patch(Rectangle((column - 0.5, row - 0.5), width, height, **style))


def two_digits(value):
    """Whole numbers in full, others with two digits that count."""
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"


def kernel_grid(kernels, titles=None, size=1.9, numbers=None, alt=None):
    """Kernels as pictures, zero in white, negative violet, positive orange, all on one
    scale.

    Parameters
    ----------
    kernels : a sequence of (height, width) arrays.
    titles : one short title per kernel.
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
        draw_kernel(
            axis, kernel, limit, kernel.shape[1] <= 5 if numbers is None else numbers
        )
        if titles:
            caption(axis, titles[index])
    drawing.alt = alt or (
        f"{len(kernels)} kernel{'s' * (len(kernels) > 1)} of {kernels[0].shape[0]} by "
        f"{kernels[0].shape[1]} weights"
        + (": " + ", ".join(titles) if titles else "")
        + ". White is zero, orange positive, violet negative."
    )
    return drawing


def draw_kernel(axis, kernel, limit, numbers):
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


def feature_map_grid(maps, titles=None, columns=8, size=1.25, cmap="viridis", alt=None):
    """The feature maps of one image in a grid, each scaled from its own lowest to its
    own highest value.

    Parameters
    ----------
    maps : (height, width, filters).
    titles : one short title per map.
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
        frames=False,
    )
    for index in range(count):
        draw_image(axes.flat[index], maps[..., index], cmap=cmap)
        if titles:
            caption(axes.flat[index], titles[index], fontsize=8.5)
    drawing.alt = (
        alt
        or f"{count} feature maps of {maps.shape[0]} by {maps.shape[1]} in a grid of "
        f"{rows} by {columns}."
    )
    return drawing
