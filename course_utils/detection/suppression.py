"""Non-max suppression: of many boxes on one object, keep the best."""

import numpy as np

from course_utils.boxes import iou, validate
from course_utils.checks import finite_number, whole_number


def non_max_suppression(boxes, scores, iou_threshold=0.5, labels=None, max_boxes=None):
    """Which boxes stay when those that overlap a better one go.

    The box with the highest score stays; every other box whose IoU with it lies above
    the threshold goes; then the same with what is left.  Where scores are equal, the
    earlier box comes first.

    Parameters
    ----------
    boxes : (N, 4), (y_min, x_min, y_max, x_max) in 0–1.
    scores : (N,), higher is better.
    iou_threshold : from 0 to 1.  A box whose IoU is exactly the threshold stays.
    labels : (N,) whole numbers.  With them a box can be suppressed by one of its own
        class only; without them by any (class-agnostic).
    max_boxes : how many boxes may stay; None for no limit.

    Returns
    -------
    array (K,) of indices into `boxes`, best first; empty where no box came.

    Raises
    ------
    ValueError : lengths that differ, impossible boxes, a score that is no finite
        number, or a threshold outside 0–1.

    Source
    ------
    greedy non-max suppression as in Felzenszwalb et al. (2010), Object
    detection with discriminatively trained part-based models.
    """
    boxes = np.asarray(validate(boxes, allow_empty=True), "float64").reshape(-1, 4)
    scores = checked_scores(scores, len(boxes))
    threshold = checked_share(iou_threshold, "iou_threshold")
    if labels is not None:
        labels = checked_labels(labels, len(boxes))
    if max_boxes is not None:
        max_boxes = whole_number(max_boxes, "max_boxes")
    overlaps = iou(boxes, boxes) > threshold
    if labels is not None:
        overlaps &= labels[:, None] == labels[None, :]
    kept = []
    candidates = np.argsort(-scores, kind="stable")
    while len(candidates) and (max_boxes is None or len(kept) < max_boxes):
        best, rest = candidates[0], candidates[1:]
        kept.append(best)
        candidates = rest[~overlaps[best, rest]]
    return np.array(kept, "int64")


def checked_scores(scores, count, owner=""):
    """Scores as float64, one per box, all finite; ValueError otherwise."""
    scores = np.asarray(scores)
    scores = scores.astype("float64") if scores.size else np.empty(0)
    if scores.shape != (count,):
        raise ValueError(
            f"{count} boxes came with scores of shape {scores.shape}{owner}; there "
            f"must be one score per box, so ({count},). Are these the probabilities "
            "of all classes? Take the largest of each row"
        )
    if not np.isfinite(scores).all():
        place = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise ValueError(f"score {place}{owner} is {scores[place]}; it must be finite")
    return scores


def checked_labels(labels, count, classes=None, owner=""):
    """Labels as int64, one per box, from 0 on; ValueError otherwise."""
    labels = np.asarray(labels)
    labels = labels if labels.size else np.empty(0, "int64")
    if labels.shape != (count,):
        raise ValueError(
            f"{count} boxes came with labels of shape {labels.shape}{owner}; there "
            f"must be one whole number per box, so ({count},). Are they one-hot? "
            "Take argmax"
        )
    whole = labels.astype("int64")
    if not np.array_equal(whole, labels) or labels.dtype == bool:
        raise ValueError(
            f"labels{owner} are {labels.dtype}; they must be whole numbers"
        )
    if (whole < 0).any():
        raise ValueError(
            f"label {whole.min()}{owner} is below 0: is it padding? Leave padded boxes "
            "out before you count"
        )
    if classes is not None and (whole >= classes).any():
        raise ValueError(
            f"label {whole.max()}{owner} does not exist: {classes} classes have the "
            f"labels 0 to {classes - 1}. Do yours begin with 1?"
        )
    return whole


def checked_share(value, name):
    """A float from 0 to 1; ValueError otherwise."""
    number = finite_number(value, name)
    if not 0 <= number <= 1:
        hint = " Is it in per cent?" if 1 < number <= 100 else ""
        raise ValueError(f"{name} is {value!r}; it must lie between 0 and 1.{hint}")
    return number
