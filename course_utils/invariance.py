"""What pooling leaves unchanged: pool an image, move it, and count the outputs that
stayed the same.

NumPy and Pillow only.  Images are (height, width) or (height, width, channels); shifts
are pixels to the right.
"""

import numpy as np

from course_utils.checks import one_of, shortly, whole_number


def _first(windows, axis):
    """The window's upper left pixel."""
    return windows[..., 0, 0].copy()


HOW = {"max": np.max, "mean": np.mean, "first": _first}


def pool2d(image, window=2, stride=None, how="max"):
    """Pool one image: one number for each window, each channel by itself.

    Parameters
    ----------
    image : (height, width) or (height, width, channels).
    window : side of the square window in pixels.
    stride : pixels from one window to the next; left out, as long as the window, so
        that windows lie side by side.
    how : "max", "mean", or "first" (the window's upper left pixel: a stride without
        pooling, to compare with).

    Returns
    -------
    array : (height', width') or (height', width', channels), with height' =
        floor((height - window) / stride) + 1. Rows and columns that fill no whole
        window are left out ('valid').

    Raises
    ------
    ValueError : no image, a window that does not fit into it, or a `how` that does not
        exist.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(
            f"pool2d got an array of shape {image.shape}; an image is (height, width) "
            "or (height, width, channels). Is it a batch?"
        )
    window = whole_number(window, "window")
    stride = window if stride is None else whole_number(stride, "stride")
    if window > min(image.shape[:2]):
        raise ValueError(
            f"a window of {window} does not fit into an image of "
            f"{image.shape[0]}×{image.shape[1]}"
        )
    one_of(how, HOW, "how")
    windows = np.lib.stride_tricks.sliding_window_view(
        image, (window, window), axis=(0, 1)
    )[::stride, ::stride]
    return HOW[how](windows, axis=(-2, -1))


def moved(image, right):
    """The image with its content moved `right` pixels (left if negative); what comes in
    at the edge is 0.

    Raises
    ------
    ValueError : no image, or a shift that is not a whole number.
    """
    image, right = np.asarray(image), whole_number(right, "right", low=None)
    if image.ndim not in (2, 3):
        raise ValueError(
            f"moved takes an image, (height, width) or (height, width, channels), and "
            f"got {shortly(image)}"
        )
    result = np.zeros_like(image)
    width = image.shape[1]
    if abs(right) < width:
        result[:, max(right, 0) : width + min(right, 0)] = image[
            :, max(-right, 0) : width - max(right, 0)
        ]
    return result


def crop_moved(image, right=0, degrees=0.0, zoom=1.0, size=None, margin=16):
    """A piece from the middle of a photograph, after the scene has moved, turned or
    grown.

    The piece is smaller than the photograph, so what comes in at its edge is the scene
    itself and nothing made up. Whole shifts copy pixels exactly; turning and zooming
    interpolate (cubic).

    Parameters
    ----------
    image : (height, width) of floats.
    right : how many pixels the scene moves to the right.
    degrees : by how much it turns about its middle, counter-clockwise.
    zoom : by what factor it grows about its middle.
    size : (height, width) of the piece; left out, the image without `margin` pixels on
        each side.

    Raises
    ------
    ValueError : the piece reaches beyond the photograph.
    """
    image = np.asarray(image)
    if image.ndim != 2:
        raise ValueError(
            f"crop_moved takes one grey image (height, width) and got an array of "
            f"shape {image.shape}"
        )
    right = whole_number(right, "right", low=None)
    height, width = size or (image.shape[0] - 2 * margin, image.shape[1] - 2 * margin)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2 - right
    half_height, half_width = height / 2, width / 2
    turn = np.deg2rad(degrees)
    cos, sin = np.cos(turn) / zoom, np.sin(turn) / zoom
    corners = np.array(
        [(x, y) for x in (-half_width, half_width) for y in (-half_height, half_height)]
    )
    centre = np.array([left + half_width, top + half_height])
    source = corners @ np.array([[cos, sin], [-sin, cos]]) + centre
    if (
        source.min() < 0
        or source[:, 0].max() > image.shape[1]
        or source[:, 1].max() > image.shape[0]
    ):
        raise ValueError(
            f"a piece of {height}×{width} moved by {right}, turned by {degrees} "
            f"degrees and zoomed by {zoom} reaches beyond the image of "
            f"{image.shape[0]}×{image.shape[1]}; take a smaller size"
        )
    if degrees == 0 and zoom == 1:
        return image[top : top + height, left : left + width]
    from PIL import Image

    # Pillow asks the other way round: from where in the photograph does each pixel of
    # the piece come?
    x_from = (cos, -sin, centre[0] - cos * half_width + sin * half_height)
    y_from = (sin, cos, centre[1] - sin * half_width - cos * half_height)
    whole = Image.fromarray(np.ascontiguousarray(image, dtype=np.float32))
    piece = whole.transform(
        (width, height),
        Image.Transform.AFFINE,
        (*x_from, *y_from),
        Image.Resampling.BICUBIC,
    )
    return np.asarray(piece)


def rotated(images, degrees):
    """Each image turned about its middle, counter-clockwise; corners that come in are
    0.

    Parameters
    ----------
    images : (batch, height, width) of numbers.
    degrees : one angle for all, or one per image.

    Returns
    -------
    array : (batch, height, width) float32.

    Raises
    ------
    ValueError : not a batch of grey images, or as many angles as there are not images.
    """
    from PIL import Image

    images = np.asarray(images, dtype=np.float32)
    if images.ndim != 3:
        raise ValueError(
            f"rotated takes (batch, height, width) and got an array of shape "
            f"{images.shape}"
        )
    angles = np.asarray(degrees, dtype=float)
    if angles.ndim and angles.shape != (len(images),):
        raise ValueError(f"{angles.size} angles came for {len(images)} images")
    angles = np.broadcast_to(angles, (len(images),))
    turned = [
        np.asarray(
            Image.fromarray(image).rotate(angle, resample=Image.Resampling.BILINEAR)
        )
        for image, angle in zip(images, angles, strict=True)
    ]
    return np.stack(turned) if turned else images


def share_unchanged(before, after, tolerance=0.0):
    """The share of outputs, 0 to 1, that differ by no more than `tolerance` (one
    number, or one for each output).

    Raises
    ------
    ValueError : arrays of different shapes, or a tolerance that is no number.
    """
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if before.shape != after.shape:
        raise ValueError(
            f"shapes {before.shape} and {after.shape} cannot be compared value by value"
        )
    tolerance = np.asarray(tolerance)
    if tolerance.dtype.kind not in "biuf" or tolerance.shape not in ((), before.shape):
        raise ValueError(
            f"tolerance is {shortly(tolerance)}; it must be one number, or an array of "
            f"shape {before.shape}"
        )
    return float(np.mean(np.abs(after - before) <= tolerance))


def share_moved_along(before, after, cells, tolerance=0.0):
    """The share of outputs, 0 to 1, that are found again `cells` columns further right.

    Columns that came in at the left have nothing to be compared with and do not count.

    Raises
    ------
    ValueError : arrays of different shapes, or a shift as wide as they are.
    """
    before, after = np.asarray(before), np.asarray(after)
    cells = whole_number(cells, "cells", low=None)
    if not 0 <= cells < before.shape[1]:
        raise ValueError(
            f"cells is {cells}; an output {before.shape[1]} wide allows 0 to "
            f"{before.shape[1] - 1}"
        )
    return share_unchanged(
        before[:, : before.shape[1] - cells], after[:, cells:], tolerance
    )


def expected_share_unchanged(window, shift):
    """How often the maximum of a window survives a shift, if its values were
    independent: (w - d) / (w + d).

    The window before and after the shift share w·(w - d) pixels of the w·(w + d) they
    cover together.  The maximum stays exactly if the largest of all lies in the shared
    part, and each pixel is as likely as the next to be it.
    """
    window, shift = (
        whole_number(window, "window"),
        abs(whole_number(shift, "shift", low=None)),
    )
    return max(window - shift, 0) / (window + shift)
