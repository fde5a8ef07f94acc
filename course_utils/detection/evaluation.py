"""Average precision: how good a detector is, in one number, as COCO counts it.

For one class and one IoU threshold: all detections of all pictures in one line, the
surest first.  Each is right if it overlaps a true box of its picture that no surer one
has taken.  Precision after each is how many were right so far; recall is how many of
the true boxes were found so far.  The average precision is the mean of the best
precision still to be had at 101 levels of recall, 0, 0.01, … 1.

"AP50" takes the threshold 0.5.  "AP" is the mean over ten thresholds, 0.50, 0.55, …
0.95, and over the classes.  No detection is too unsure to be counted: leaving unsure
ones out beforehand can only lower the number.

Source
------
M. Everingham et al. (2010), The PASCAL Visual Object Classes challenge; T.-Y.
Lin et al. (2014), Microsoft COCO, and the rules of its evaluation, to which results are
equal.
"""

import warnings

import numpy as np

from course_utils.boxes import iou, validate
from course_utils.checks import shortly, whole_number
from course_utils.detection.suppression import (
    checked_labels,
    checked_scores,
    checked_share,
)

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
# Areas in square pixels; as COCO has them
SIZES = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, 1e10)}
ANY_SIZE = (0, np.inf)


def average_precision(true, predicted, iou_threshold=0.5):
    """Average precision of one class.

    Parameters
    ----------
    true : one entry per picture: {"boxes": (N, 4)}.
    predicted : one entry per picture, in the same order: {"boxes": (M, 4), "scores":
        (M,)}.  Boxes are (y_min, x_min, y_max, x_max) in 0–1.
    iou_threshold : what a detection must reach to be right.

    Returns
    -------
    float, from 0 to 1; NaN where no picture has a true box.

    Raises
    ------
    ValueError : what `evaluate` refuses, or labels of more than one class.
    """
    threshold = checked_share(iou_threshold, "iou_threshold")
    pictures = checked_pictures(true, predicted, classes=None, labelled=False)
    seen = {int(label) for picture in pictures for label in picture.labels}
    if len(seen) > 1:
        raise ValueError(
            f"average_precision is for one class, and the labels are {sorted(seen)}; "
            "evaluate() takes all of them"
        )
    return float(_curves(pictures, None, [threshold]).precision.mean())


def evaluate(true, predicted, class_names=None, max_detections=100):
    """Average precision and recall of a detector, as COCO counts them.

    Parameters
    ----------
    true : one entry per picture: {"boxes": (N, 4), "labels": (N,)}, and where areas are
        wanted "image_shape": (height, width) in pixels.
    predicted : one entry per picture, in the same order: {"boxes": (M, 4), "labels":
        (M,), "scores": (M,)}.  Boxes are (y_min, x_min, y_max, x_max) in 0–1.
    class_names : the name of each label, in order; left out, the labels themselves.
    max_detections : of a picture and a class only the surest so many count.

    Returns
    -------
    dict with
        "AP" : mean over the thresholds 0.50, 0.55, … 0.95 and over the classes;
        "AP50", "AP75" : at one threshold;
        "AR100" : the share of true boxes found, mean over the same (the number is
            `max_detections`);
        "per_class" : {name: {"AP", "AP50", "AP75", "AR100", "boxes"}};
        "AP_small", "AP_medium", "AP_large" : by the area of the true boxes, with 32²
            and 96² pixels as borders, where every picture has an "image_shape".
    What no true box speaks for is NaN, and is left out of means.

    Raises
    ------
    ValueError : different numbers of pictures; a missing key; impossible boxes, boxes
        of no area (padding, mostly) or in pixels; labels that do not exist.

    Warns
    -----
    UserWarning : where hardly anything is right, and would be if x and y were swapped
        or if all labels were moved by one.
    """
    limit = whole_number(max_detections, "max_detections")
    classes = None if class_names is None else len(class_names)
    pictures = checked_pictures(true, predicted, classes)
    labels = sorted({int(label) for picture in pictures for label in picture.labels})
    by_class = {
        label: _curves(pictures, label, THRESHOLDS, limit=limit) for label in labels
    }
    result = {
        "AP": _mean([curves.precision.mean() for curves in by_class.values()]),
        "AP50": _mean([_at(curves, 0.50) for curves in by_class.values()]),
        "AP75": _mean([_at(curves, 0.75) for curves in by_class.values()]),
        f"AR{limit}": _mean([curves.recall.mean() for curves in by_class.values()]),
    }
    if pictures and all(picture.shape is not None for picture in pictures):
        for name, area in SIZES.items():
            curves = [
                _curves(pictures, label, THRESHOLDS, area, limit) for label in labels
            ]
            result[f"AP_{name}"] = _mean([each.precision.mean() for each in curves])
    result["per_class"] = {
        (class_names[label] if class_names is not None else label): {
            "AP": float(curves.precision.mean()),
            "AP50": _at(curves, 0.50),
            "AP75": _at(curves, 0.75),
            f"AR{limit}": float(curves.recall.mean()),
            "boxes": curves.count,
        }
        for label, curves in by_class.items()
    }
    _warn_of_likely_mistakes(pictures, result["AP50"])
    return result


class Picture:
    """What is true of one picture, and what was detected in it, surest first."""

    def __init__(self, true, predicted, classes, labelled, number):
        where = f" of picture {number}"
        for about, name in ((true, "true"), (predicted, "predicted")):
            if not isinstance(about, dict):
                raise TypeError(
                    f"{name}{where} is {shortly(about)}; it must be a dictionary with "
                    '"boxes" and "labels", and detections with "scores" too'
                )
        self.shape = true.get("image_shape")
        scale = np.tile(np.asarray(self.shape or (1, 1), "float64")[:2], 2)
        self.boxes = _boxes(true, f"true{where}") * scale
        self.labels = _labels(true, self.boxes, classes, labelled, f"true{where}")
        found = _boxes(predicted, f"predicted{where}") * scale
        labels = _labels(predicted, found, classes, labelled, f"predicted{where}")
        scores = checked_scores(
            _key(predicted, "scores", f"predicted{where}"),
            len(found),
            f" of predicted{where}",
        )
        order = np.argsort(-scores, kind="stable")
        self.found, self.scores = found[order], scores[order]
        self.found_labels = labels[order]

    def of_class(self, label):
        """True boxes, detections and scores of one class (None: of all)."""
        if label is None:
            return self.boxes, self.found, self.scores
        found = self.found_labels == label
        return self.boxes[self.labels == label], self.found[found], self.scores[found]


class _Curves:
    """Precision at each level of recall, and the last recall, at each threshold.

    Attributes
    ----------
    precision : (thresholds, 101); recall : (thresholds,); both NaN without true boxes.
    count : how many true boxes there are.
    """

    def __init__(self, right, counted, scores, count, thresholds):
        self.count, self.thresholds = int(count), np.asarray(thresholds)
        self.precision = np.full((len(thresholds), len(RECALLS)), np.nan)
        self.recall = np.full(len(thresholds), np.nan)
        if not count:
            return
        order = np.argsort(-scores, kind="stable")
        for row in range(len(thresholds)):
            hits = right[row, order][counted[row, order]]
            found = np.cumsum(hits)
            recall = found / count
            precision = found / np.arange(1, len(hits) + 1)
            # the best precision still to be had at this recall or a higher one
            precision = np.maximum.accumulate(precision[::-1])[::-1]
            places = np.searchsorted(recall, RECALLS, side="left")
            self.precision[row] = np.append(precision, 0)[places]
            self.recall[row] = recall[-1] if len(recall) else 0


def _curves(pictures, label, thresholds, area=ANY_SIZE, limit=None):
    rights, counted, scores, count = [], [], [], 0
    for picture in pictures:
        true, found, score = picture.of_class(label)
        found, score = found[:limit], score[:limit]
        outside, found_outside = _outside(true, area), _outside(found, area)
        matched = _match(iou(true, found), outside, thresholds)
        ignored = np.append(outside, False)[matched]  # -1: no match
        rights.append((matched >= 0) & ~ignored)
        counted.append(~ignored & ~((matched < 0) & found_outside))
        scores.append(score)
        count += np.count_nonzero(~outside)
    empty = [np.empty((len(thresholds), 0), bool)]
    return _Curves(
        np.concatenate([*empty, *rights], axis=1),
        np.concatenate([*empty, *counted], axis=1),
        np.concatenate([np.empty(0), *scores]),
        count,
        thresholds,
    )


def _match(overlaps, outside, thresholds):
    """Which true box each detection takes, at each threshold; −1 for none.

    The surest detection chooses first, and takes the box it overlaps most among those
    that are free.  A box outside the area that is asked for (`outside`) is taken only
    where no other will do.

    Parameters
    ----------
    overlaps : IoU, (true boxes, detections), detections surest first.
    """
    matched = np.full((len(thresholds), overlaps.shape[1]), -1)
    if not overlaps.size:
        return matched
    enough = np.minimum(thresholds, 1 - 1e-10)[:, None]
    free = np.ones((len(thresholds), len(overlaps)), bool)
    for detection, overlap in enumerate(overlaps.T):
        good = free & (overlap >= enough)
        inside = good & ~outside
        good = np.where(inside.any(axis=1, keepdims=True), inside, good)
        # of equally good boxes COCO's rules take the last
        backwards = np.where(good, overlap, -1)[:, ::-1]
        best = len(overlaps) - 1 - backwards.argmax(axis=1)
        hit = good.any(axis=1)
        matched[hit, detection] = best[hit]
        free[hit, best[hit]] = False
    return matched


def _outside(boxes, area):
    sizes = np.prod(boxes[:, 2:] - boxes[:, :2], axis=-1)
    return (sizes < area[0]) | (sizes > area[1])


def _at(curves, threshold):
    row = int(np.argmin(np.abs(curves.thresholds - threshold)))
    return float(curves.precision[row].mean())


def _mean(values):
    values = [value for value in values if not np.isnan(value)]
    return float(np.mean(values)) if values else float("nan")


def checked_pictures(true, predicted, classes=None, labelled=True):
    """A `Picture` for each entry of both lists; ValueError for what cannot be."""
    for name, value in (("true", true), ("predicted", predicted)):
        if isinstance(value, dict) or not hasattr(value, "__len__"):
            raise ValueError(
                f"{name} is {type(value).__name__}; it must be a list with one "
                "dictionary per picture. Put a list around a single one"
            )
    if len(true) != len(predicted):
        raise ValueError(
            f"there are {len(true)} pictures with true boxes and {len(predicted)} with "
            "predicted ones; a picture without any has empty arrays"
        )
    return [
        Picture(one, other, classes, labelled, number)
        for number, (one, other) in enumerate(zip(true, predicted, strict=True))
    ]


def _key(entry, key, owner):
    if not isinstance(entry, dict) or key not in entry:
        has = ", ".join(map(repr, entry)) if isinstance(entry, dict) else repr(entry)
        raise ValueError(f"{owner} has no {key!r}; it has {has}")
    return entry[key]


def _boxes(entry, owner):
    boxes = _key(entry, "boxes", owner)
    try:
        return np.asarray(validate(boxes), "float64").reshape(-1, 4)
    except ValueError as problem:
        hint = ""
        if "has no height" in str(problem) or "has no width" in str(problem):
            hint = " Are these boxes of zeros that pad a batch? Leave them out."
        said = str(problem).rstrip(".")
        end = "" if said.endswith("?") else "."
        raise ValueError(f"{owner}: {said}{end}{hint}") from None


def _labels(entry, boxes, classes, labelled, owner):
    if not labelled and "labels" not in entry:
        return np.zeros(len(boxes), "int64")
    labels = _key(entry, "labels", owner)
    return checked_labels(labels, len(boxes), classes, f" of {owner}")


def _warn_of_likely_mistakes(pictures, ap50):
    """Where nearly nothing is right, look whether one common mistake explains it."""
    if not ap50 < 0.1:  # NaN too: nothing to be found
        return
    labels = {int(label) for picture in pictures for label in picture.labels}
    best, words = ap50, None
    for name, boxes, step in (
        ("x and y were swapped in the predicted boxes", [1, 0, 3, 2], 0),
        ("1 were added to all predicted labels", [0, 1, 2, 3], 1),
        ("1 were taken from all predicted labels", [0, 1, 2, 3], -1),
    ):
        changed = [_changed(picture, boxes, step) for picture in pictures]
        value = _mean([_at(_curves(changed, k, [0.5]), 0.5) for k in labels])
        if value > max(2 * best, ap50 + 0.2):
            best, words = value, name
    if words:
        warnings.warn(
            f"AP50 is {ap50:.2f}, and would be {best:.2f} if {words}. Boxes are "
            "(y_min, x_min, y_max, x_max) in 0–1, and labels count from 0.",
            stacklevel=3,
        )


def _changed(picture, places, step):
    other = object.__new__(Picture)
    height, width = picture.shape[:2] if picture.shape else (1, 1)
    other.__dict__ = dict(picture.__dict__)
    scale = np.array([height, width, height, width])
    other.found = (picture.found / scale)[:, places] * scale
    other.found_labels = picture.found_labels + step
    return other
