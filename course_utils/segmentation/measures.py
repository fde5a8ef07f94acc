"""One class per pixel: how good a predicted mask is.

Masks are (height, width) of whole numbers, one class per pixel, or batches (images,
height, width) of them; the first class, 0, is the background.

All measures come from one confusion matrix over all pixels of all images.  The mean of
the measures of single images or batches is another number: a class that is missing from
a batch counts there as a failure, or as a success, and has been neither.
"""

import numpy as np

from course_utils.checks import truth_value, whole_number

MANY_CLASSES = 10_000  # a matrix of 800 MB


def confusion_matrix(true, predicted, classes, ignore=None):
    """How many pixels of each true class were taken for which class.

    Parameters
    ----------
    true, predicted : masks of equal shape, whole numbers from 0 to classes − 1.
    classes : how many classes there are, the background included.
    ignore : a value of `true` whose pixels do not count, such as 255 for borders that
        nobody could label.

    Returns
    -------
    (classes, classes) int64: rows are true, columns predicted.  Matrices of several
    batches may be added.

    Raises
    ------
    ValueError : shapes that differ, probabilities or one-hot masks in place of classes,
        or a class that does not exist.
    """
    classes = whole_number(classes, "classes", low=2, high=MANY_CLASSES)
    true, predicted = _mask(true, "true"), _mask(predicted, "predicted")
    if true.shape != predicted.shape:
        hint = ""
        if predicted.ndim == true.ndim + 1 and predicted.shape[-1] == classes:
            hint = " Are these probabilities or logits? Take argmax over the last axis."
        elif true.ndim == predicted.ndim + 1 and true.shape[-1] == classes:
            hint = " Is the true mask one-hot? Take argmax over the last axis."
        raise ValueError(
            f"the true mask has shape {true.shape} and the predicted one "
            f"{predicted.shape}; they must be equal.{hint}"
        )
    true, predicted = true.ravel(), predicted.ravel()
    if ignore is not None:
        counted = true != ignore
        true, predicted = true[counted], predicted[counted]
    true, predicted = _whole(true, "true"), _whole(predicted, "predicted")
    for name, values in (("true", true), ("predicted", predicted)):
        if values.size and not 0 <= values.min() <= values.max() < classes:
            value = values.min() if values.min() < 0 else values.max()
            raise ValueError(
                f"the {name} mask holds {value}; {classes} classes are 0 to "
                f"{classes - 1}. Is it a value that should be ignored (ignore="
                f"{value}), or is the background missing from `classes`?"
            )
    counts = np.bincount(true * classes + predicted, minlength=classes**2)
    return counts.reshape(classes, classes).astype("int64")


def mean_iou(matrix, background=True):
    """Mean over the classes of intersection over union.

    Parameters
    ----------
    matrix : a confusion matrix, rows are true.
    background : False leaves class 0 out of the mean.  It still counts as what others
        can be mistaken for.

    Returns
    -------
    float; a class that is neither true nor predicted anywhere is left out, and NaN is
    what is left if all are.

    Raises
    ------
    ValueError : no square matrix of counts.
    """
    return _mean_of_classes(class_iou(matrix), background)


def class_iou(matrix):
    """IoU of each class: pixels that are it and were taken for it, divided by those
    that are it or were taken for it.  NaN for a class that appears nowhere.

    Parameters
    ----------
    matrix : a confusion matrix, rows are true.

    Returns
    -------
    An array (classes,).
    """
    hit, true, predicted = _hits(matrix)
    return _divide(hit, true + predicted - hit)


def dice(matrix, background=True):
    """Mean over the classes of the Dice coefficient, twice the shared pixels divided by
    the pixels of both.  For one class it is 2·IoU / (1 + IoU), and so never smaller.

    Parameters
    ----------
    matrix, background : as for `mean_iou`, and so is what comes back.

    Source
    ------
    L. R. Dice (1945), Measures of the amount of ecologic association between
    species.
    """
    return _mean_of_classes(class_dice(matrix), background)


def class_dice(matrix):
    """The Dice coefficient of each class; NaN for a class that appears nowhere.

    Parameters
    ----------
    matrix : a confusion matrix, rows are true.

    Returns
    -------
    An array (classes,).
    """
    hit, true, predicted = _hits(matrix)
    return _divide(2 * hit, true + predicted)


def boundary_iou(true, predicted, width=2):
    """IoU of what lies near the borders of two masks.

    A mask's border region is all of its pixels that are at most `width` pixels away
    from one that does not belong to it; the edge of the image counts as not belonging.
    Of a large object the plain IoU sees mostly the inside, which is easy; this one sees
    the edge.

    Parameters
    ----------
    true, predicted : masks of equal shape (height, width) or (images, height, width),
        with one class (0 and 1, or bool) or several.
    width : in pixels.

    Returns
    -------
    float: the mean over the classes other than 0 that appear in either mask, each over
    all images; NaN where there are none.

    Raises
    ------
    ValueError : shapes that differ, no masks, or a width under 1.

    Source
    ------
    B. Cheng et al. (2021), Boundary IoU.
    """
    width = whole_number(width, "width")
    true, predicted = _mask(true, "true"), _mask(predicted, "predicted")
    if true.shape != predicted.shape or true.ndim not in (2, 3):
        raise ValueError(
            f"the masks have the shapes {true.shape} and {predicted.shape}; both must "
            "be (height, width) or (images, height, width)"
        )
    true, predicted = _whole(true, "true"), _whole(predicted, "predicted")
    shape = (-1, *true.shape[-2:])
    true, predicted = true.reshape(shape), predicted.reshape(shape)
    values = []
    for label in np.union1d(true, predicted):
        if label == 0:
            continue
        one = near_border(true == label, width)
        other = near_border(predicted == label, width)
        values.append(np.sum(one & other) / np.sum(one | other))
    return float(np.mean(values)) if values else float("nan")


def near_border(masks, width):
    """The pixels of each mask that lie at most `width` pixels from its border.

    Parameters
    ----------
    masks : (images, height, width) bool.

    Returns
    -------
    An array of the same shape.  Distance counts along rows, columns and diagonals
    alike.
    """
    from scipy.ndimage import minimum_filter

    square = (1, 2 * width + 1, 2 * width + 1)
    inside = minimum_filter(masks, size=square, mode="constant", cval=False)
    return masks & ~inside


def _mask(mask, name):
    mask = np.asarray(mask)
    if mask.dtype == object or mask.dtype.kind not in "biuf":
        raise ValueError(
            f"the {name} mask is {mask.dtype}; it must be an array of whole numbers"
        )
    return mask


def _whole(mask, name):
    with np.errstate(invalid="ignore"):  # NaN is told below
        whole = mask.astype("int64")
    if not np.array_equal(whole, mask):
        value = mask[whole != mask].ravel()[0]
        raise ValueError(
            f"the {name} mask holds {value:.4g}; it must hold classes, whole numbers. "
            "Are these probabilities, or was a mask resized with another method than "
            "'nearest'?"
        )
    return whole


def _hits(matrix):
    matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"the matrix has shape {matrix.shape}; a confusion matrix is (classes, "
            "classes). Masks become one with confusion_matrix()"
        )
    if not np.isfinite(matrix).all() or (matrix < 0).any():
        raise ValueError("a confusion matrix holds counts, and this one does not")
    return np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)


def _divide(numerator, denominator):
    return np.divide(
        numerator,
        denominator,
        out=np.full(len(numerator), np.nan),
        where=denominator > 0,
    )


def _mean_of_classes(values, background):
    values = values if truth_value(background, "background") else values[1:]
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")
