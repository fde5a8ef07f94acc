"""Real handwritten digits, small enough to come with scikit-learn, in the format of
MNIST.
"""

import numpy as np

from course_utils.datasets.labelled import LabelledImages, Split

TRAINING = 1437  # of 1,797; four fifths
BORDER = 2
# Cubic interpolation (Catmull-Rom) at thirds of a pixel, in 54ths: whole numbers give
# the same bytes on any machine.
THIRDS = np.array([[0, 54, 0, 0], [-4, 42, 18, -2], [-2, 18, 42, -4]])


def load_digits_28():
    """Handwritten digits as 28×28 images, from scikit-learn's 8×8 ones.

    Each is enlarged three times and given a border of two pixels, as MNIST's digits
    have one.  The first 1,437 digits are for training and the last 360 for testing, in
    their published order: it keeps each writer's digits together, so the test digits
    come almost all from other hands.

    Returns
    -------
    LabelledImages : unpacks into (x, y), (x_test, y_test), uint8, 0-255; `.source` is
        "embedded".

    Source
    ------
    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits,
    UCI Machine Learning Repository (its test set), CC BY 4.0.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images, labels = enlarge(bunch.images), bunch.target.astype(np.uint8)
    return LabelledImages(
        name="Handwritten digits",
        train=Split(images[:TRAINING], labels[:TRAINING]),
        test=Split(images[TRAINING:], labels[TRAINING:]),
        class_names=tuple(str(digit) for digit in range(10)),
        source="embedded",
        line="Handwritten digits, real ones that come with scikit-learn.",
    )


def enlarge(images):
    """(count, 8, 8) images with values 0-16 as (count, 28, 28) uint8 with
    values 0-255.
    """
    size = images.shape[1]
    weights = np.zeros((3 * size, size + 4), np.int64)
    for row in range(3 * size):
        # the middle of new pixel `row` lies (row - 1) / 3 old pixels down
        first, third = divmod(row - 1, 3)
        weights[row, first + 1 : first + 5] = THIRDS[third]
    padded = np.pad(np.asarray(images).astype(np.int64), ((0, 0), (2, 2), (2, 2)))
    scale = 16 * 54 * 54
    # rounded
    larger = (2 * 255 * (weights @ padded @ weights.T) + scale) // (2 * scale)
    return np.pad(
        np.clip(larger, 0, 255).astype(np.uint8),
        ((0, 0), (BORDER, BORDER), (BORDER, BORDER)),
    )
