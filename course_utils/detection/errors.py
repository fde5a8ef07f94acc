"""What went wrong: each wrong detection, and each flower missed, by its reason."""

import numpy as np

from course_utils.boxes import iou
from course_utils.detection.evaluation import checked_pictures
from course_utils.detection.suppression import checked_share

KINDS = ("right", "class", "place", "both", "duplicate", "background", "miss")


def error_kinds(true, predicted, iou_threshold=0.5, least=0.1):
    """How many detections are right, and how many wrong for which reason.

    Detections choose their true boxes as in average precision: the surest first.  One
    that gets none is counted once, by the first of these that fits:

    "duplicate" : on a flower of its class (`iou_threshold`) that a surer one has taken;
    "class" : on a flower of another class;
    "place" : near a flower of its class (`least`), but not on it;
    "both" : near one of another class only;
    "background" : on nothing.
    "miss" : a true box that no detection is right about, and that no "class" or "place"
    error speaks of.

    Leave unsure detections out before: average precision forgives them, a count does
    not.

    Parameters
    ----------
    true, predicted : as for `evaluate`.

    Returns
    -------
    dict from each of `KINDS` to a count.

    Source
    ------
    after D. Bolya et al. (2020), TIDE: A General Toolbox for Identifying Object
    Detection Errors; counts in place of differences of AP.
    """
    threshold = checked_share(iou_threshold, "iou_threshold")
    least = checked_share(least, "least")
    counts = dict.fromkeys(KINDS, 0)
    for picture in checked_pictures(true, predicted):
        for kind in _kinds(picture, threshold, least):
            counts[kind] += 1
    return counts


def _kinds(picture, threshold, least):
    overlaps = iou(picture.found, picture.boxes)
    same = picture.found_labels[:, None] == picture.labels[None, :]
    free = np.ones(len(picture.boxes), bool)
    wrong = []
    for number, (overlap, mine) in enumerate(zip(overlaps, same, strict=True)):
        good = np.where(free & mine & (overlap >= threshold), overlap, -1)
        if good.size and good.max() >= 0:
            free[good.argmax()] = False
            yield "right"
        else:
            wrong.append(number)
    spoken_of = ~free
    for number in wrong:
        kind, box = _reason(overlaps[number], same[number], threshold, least)
        if kind in ("class", "place"):
            spoken_of[box] = True
        yield kind
    yield from ["miss"] * np.count_nonzero(~spoken_of)


def _reason(overlap, same, threshold, least):
    """Why a detection without a true box has none, and the box it is about."""
    for kind, fits in (
        ("duplicate", same & (overlap >= threshold)),
        ("class", ~same & (overlap >= threshold)),
        ("place", same & (overlap >= least)),
        ("both", overlap >= least),
    ):
        if fits.any():
            return kind, int(np.where(fits, overlap, -1).argmax())
    return "background", None
