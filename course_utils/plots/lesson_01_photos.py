"""What lesson 01 shows on photographs and patterns: distances, filters and their
feature maps.
"""

import numpy as np

from course_utils.plots.figure import figure
from course_utils.plots.grids import draw_kernel
from course_utils.plots.images import draw_image, image_grid
from course_utils.plots.labels import caption, row_name

__all__ = [
    "line_answers",
    "line_filters",
    "patterns_by_place",
    "pixel_distances",
    "random_feature_maps",
]


def pixel_distances(original, changed, distances, alt=None):
    """An image, and changed ones, each titled with its distance from the first.

    Parameters
    ----------
    original : (height, width, 3), uint8.
    changed : a dict from name to an image of the same shape.
    distances : a dict from the same names to how far each is from the original.
    """
    titles = [f"{name}: {distances[name]:.0f} away" for name in changed]
    nearest = min(changed, key=distances.get)
    return image_grid(
        [original, *changed.values()],
        titles=["the original", *titles],
        size=1.4,
        columns=len(titles) + 1,
        alt=alt
        or f"An image and {len(changed)} changed ones in a row, with the distance from "
        f"it, pixel by pixel: {'; '.join(titles)}. The nearest is {nearest!r}.",
    )


def line_filters(kernels, photos, maps, names, alt=None):
    """Kernels, and what each makes of each photograph: a row per photograph.

    Parameters
    ----------
    kernels : a dict from name to a (height, width) kernel.
    photos : grey images, (height, width), 0 to 1.
    maps : for each photograph a list of feature maps, one per kernel.
    names : of the photographs.
    """
    columns = len(kernels) + 1
    height, width = np.shape(photos[0])
    drawing, axes = figure(
        len(photos) + 1,
        columns,
        size=(8.4, 8.4 / columns * height / width * len(photos) + 1.9),
        height_ratios=[0.62, *[1] * len(photos)],
        frames=False,
    )
    largest = max(np.abs(kernel).max() for kernel in kernels.values())
    for axis, (name, kernel) in zip(axes[0, 1:], kernels.items(), strict=True):
        axis.set_axis_on()
        draw_kernel(axis, kernel, largest, numbers=False)
        caption(axis, f"{name} filter")
    for row, (photo, name) in enumerate(zip(photos, names, strict=True), start=1):
        for axis, picture in zip(axes[row], [photo, *maps[row - 1]], strict=True):
            draw_image(axis, picture, limits=(0, 1))
        row_name(axes[row, 0], name)
    caption(axes[1, 0], "photograph, in grey")
    rows, side = kernel.shape
    drawing.alt = alt or (
        f"Top: {len(kernels)} kernels of {rows} by {side} weights, white where they "
        f"are zero: {' and '.join(kernels)}. Below, in rows, {' and '.join(names)} in "
        "grey, each beside what the filters make of it: lines of the filter's own "
        "direction stay sharp, and everything else is smeared along that direction."
    )
    return drawing


def line_answers(maps, photos, filters, limit, alt=None):
    """Feature maps, zero in black and strong answers bright, on one scale.

    Parameters
    ----------
    maps : for each photograph a list of (height, width) maps, one per filter.
    photos, filters : their names.
    limit : the answer that is drawn brightest.
    """
    height, width = np.shape(maps[0][0])
    drawing, axes = figure(
        len(photos),
        len(filters),
        size=(8.4, 3.7 * height / width * len(photos) + 0.4),
        frames=False,
        squeeze=False,
    )
    shares = []
    for row, photo in enumerate(photos):
        for axis, name, picture in zip(axes[row], filters, maps[row], strict=True):
            image = axis.imshow(picture, cmap="magma", vmin=0, vmax=limit)
            caption(axis, f"{photo}, {name}")
            strong = np.mean(np.asarray(picture) > limit / 2)
            shares.append(f"{photo}, {name}: {strong:.0%}")
    drawing.colorbar(image, ax=axes, shrink=0.7, label="answer", extend="max")
    drawing.alt = alt or (
        f"{len(photos)} rows of {len(filters)} dark feature maps with bright lines. "
        "Each filter lights up the lines of its own direction. Share of pixels "
        f"brighter than half the scale: {'; '.join(shares)}."
    )
    return drawing


def random_feature_maps(photo, maps, columns=3, alt=None):
    """A photograph and some feature maps of it, each named, all on one scale; its ends
    leave out the strongest hundredth of the answers.

    Parameters
    ----------
    photo : (height, width, 3), 0 to 1.
    maps : (height, width, filters).
    columns : pictures in a row.
    """
    count = maps.shape[-1]
    rows = -(-(count + 1) // columns)
    height, width = np.shape(photo)[:2]
    drawing, axes = figure(
        rows,
        columns,
        size=(8.4, rows * (7.4 / columns * height / width + 0.3)),
        frames=False,
        squeeze=False,
    )
    limit = float(np.quantile(np.abs(maps), 0.99))
    draw_image(axes.flat[0], photo)
    caption(axes.flat[0], "the photograph")
    for index in range(count):
        axis = axes.flat[index + 1]
        image = axis.imshow(maps[..., index], cmap="PuOr_r", vmin=-limit, vmax=limit)
        caption(axis, f"filter {index}")
    drawing.colorbar(image, ax=axes, shrink=0.8, label="answer", extend="both")
    negative = int(np.sum(maps.mean(axis=(0, 1)) < 0))
    drawing.alt = alt or (
        f"A photograph and {count} feature maps of it on one scale, violet negative "
        f"and orange positive. {negative} of the maps are mostly negative and "
        f"{count - negative} mostly positive; no two are alike."
    )
    return drawing


def patterns_by_place(training, elsewhere, alt=None):
    """Images with a pattern where the training saw it, and with one elsewhere.

    Parameters
    ----------
    training, elsewhere : sequences of (height, width) or (height, width, 1) images.
    """
    return image_grid(
        [*training, *elsewhere],
        titles=["training"] * len(training) + ["later, elsewhere"] * len(elsewhere),
        columns=len(training) + len(elsewhere),
        size=1.25,
        alt=alt
        or f"{len(training)} noisy squares with a small plus or cross in the top left "
        f"corner, for training; {len(elsewhere)} with one in another place, for later.",
    )
