"""What lesson 00 draws: a photograph as a pencil drawing, and a few digits."""

import numpy as np

from course_utils.plots.images import image_grid

__all__ = ["digit_samples", "pencil_drawing"]


def pencil_drawing(photo, drawing, name="a photograph", weights=18, alt=None):
    """A photograph, and beside it the lines that a convolution found in it.

    Parameters
    ----------
    photo : (height, width, 3), uint8.
    drawing : (height, width), 0 for a black line and 1 for white paper.
    name : what the photograph shows, for the alt text.
    weights : how many weights drew it.
    """
    photo, drawing = np.asarray(photo), np.asarray(drawing)
    white, dark = (drawing > 0.8).mean(), (drawing < 0.4).mean()
    height, width = photo.shape[:2]
    return image_grid(
        [photo, drawing],
        titles=["the photograph", f"the same, drawn by {weights} weights"],
        size=2.9,
        limits=(0, 1),
        alt=alt
        or f"On the left a photograph of {name}, {height} pixels high and {width} "
        f"wide. On the right the same, drawn by {weights} weights as if in pencil: "
        f"dark lines along the edges ({dark:.0%} of the pixels), white paper where "
        f"the photograph is even ({white:.0%}).",
    )


def digit_samples(images, labels, count=10, alt=None):
    """The first few digits in a row, each under its label.

    Parameters
    ----------
    images : (count, height, width) or (count, height, width, 1).
    labels : what each shows.
    """
    labels = [str(label) for label in labels[:count]]
    height, width = np.shape(images)[1:3]
    return image_grid(
        images[:count],
        titles=labels,
        columns=count,
        size=0.78,
        alt=alt
        or f"{len(labels)} handwritten digits of {height} by {width} pixels, white on "
        f"black, in a row: {', '.join(labels)}.",
    )
