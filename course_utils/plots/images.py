"""Photographs and feature maps side by side."""

import math

import numpy as np

from course_utils.checks import several, whole_number
from course_utils.plots.figure import figure, set_heading
from course_utils.plots.labels import caption

__all__ = ["image_grid", "image_versions"]


MOST_COLUMNS = 100


def image_grid(
    images,
    titles=None,
    columns=None,
    size=2.2,
    cmap="gray",
    limits=None,
    alt=None,
    heading=None,
):
    """Images in a grid.

    Parameters
    ----------
    images : a sequence of arrays (height, width), (height, width, 1) or (height, width,
        3); sizes may differ. uint8 images are 0-255; float colour images are 0-1; float
        grey images are scaled from their own darkest to their own brightest value
        unless `limits` says otherwise.
    titles : one short title per image.
    columns : images in a row; left out, at most five.
    size : height of a row in inches.
    limits : (darkest, brightest) for grey images, shared by all of them.
    heading : a line above the grid.

    Raises
    ------
    ValueError : no image, a shape that is no image, or as many titles as there are not
        images.
    """
    if isinstance(images, np.ndarray) and images.ndim == 3 and images.shape[2] == 3:
        raise ValueError(
            f"image_grid got one image of shape {images.shape}; it takes several. Put "
            "a list around it: image_grid([image])"
        )
    images = [np.asarray(image) for image in several(images, "image_grid takes images")]
    if not images:
        raise ValueError("image_grid got no image; it needs at least one")
    for index, image in enumerate(images):
        if not (image.ndim == 2 or (image.ndim == 3 and image.shape[-1] in (1, 3))):
            raise ValueError(
                f"image {index} has shape {image.shape}; an image is (height, width), "
                "(height, width, 1) or (height, width, 3). Is it a batch, or one "
                "image that wants a list around it?"
            )
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"{len(titles)} titles came for {len(images)} images")
    if columns is None:
        columns = min(len(images), 5)
    columns = whole_number(columns, "columns", high=MOST_COLUMNS)
    rows = math.ceil(len(images) / columns)
    aspect = np.median([image.shape[1] / image.shape[0] for image in images])
    names = (
        ", ".join(map(str, titles)) if titles is not None else f"{len(images)} images"
    )
    drawing, axes = figure(
        rows,
        columns,
        size=(
            columns * size * aspect + 0.2,
            rows * (size + (0.3 if titles is not None else 0.05)),
        ),
        alt=alt or f"A grid of {rows} by {columns} images: {names}.",
        squeeze=False,
        frames=False,
    )
    # the last row may be short
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        draw_image(axis, image, cmap=cmap, limits=limits)
        if titles is not None:
            caption(axis, str(titles[index]))
    set_heading(drawing, heading)
    return drawing


def image_versions(versions, size=1.7, alt=None):
    """One image and what became of it, side by side.

    Parameters
    ----------
    versions : a dictionary from a name to an array (height, width, 3), all of one
        shape: uint8, or floats of 0-1. The first is the image as it was.
    size : height in inches.

    Returns
    -------
    Figure.  Its words say between which values each version lies, how far it is from
    the first, and how much of it has the lowest value where that is a tenth or more.

    Raises
    ------
    ValueError : no image, or images of different shapes.
    """
    images = [np.asarray(image) for image in versions.values()]
    if not images or len({image.shape for image in images}) > 1:
        shapes = ", ".join(str(image.shape) for image in images) or "nothing"
        raise ValueError(
            f"image_versions takes images, at least one and all of one shape; it got "
            f"{shapes}"
        )
    values = [  # as they are shown
        image.astype(float)
        if image.dtype == np.uint8
        else 255 * np.clip(image.astype(float), 0, 1)
        for image in images
    ]
    sentences = []
    for name, pixels in zip(versions, values, strict=True):
        words = f"{name}, values from {pixels.min():.0f} to {pixels.max():.0f}"
        lowest = np.mean(pixels.round() == pixels.min().round())
        if lowest >= 0.1:
            words += f", {lowest:.0%} of them at the lowest"
        if sentences:
            away = np.abs(pixels - values[0]).mean()
            words += f", on average {away:.0f} of 255 away from the first"
        sentences.append(words)
    height, width = images[0].shape[:2]
    return image_grid(
        images,
        titles=list(versions),
        columns=len(images),
        size=size,
        alt=alt
        or f"One image of {height} by {width} pixels in {len(images)} versions: "
        f"{'; '.join(sentences)}.",
    )


def draw_image(axis, image, cmap="gray", limits=None):
    """One image on one axis, values shown as `image_grid` says."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[-1] == 1:
        image = image[..., 0]
    if image.ndim == 3 and image.dtype != np.uint8 and image.max() > 2:
        raise ValueError(
            f"a colour image of {image.dtype} reaches {image.max():g}; floats are "
            "shown from 0 to 1. Are these pixels from 0 to 255? Divide by 255, or "
            '.astype("uint8")'
        )
    if image.ndim == 3:
        axis.imshow(image if image.dtype == np.uint8 else np.clip(image, 0, 1))
    else:
        low, high = limits or (image.min(), image.max())
        axis.imshow(image, cmap=cmap, vmin=low, vmax=high if high > low else low + 1)
    axis.set_axis_off()
