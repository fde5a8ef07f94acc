"""Each kind of error, made on purpose, is counted as what it is."""

import numpy as np
import pytest

from course_utils.detection import error_kinds

FLOWER, OTHER = [0.1, 0.1, 0.4, 0.4], [0.6, 0.6, 0.9, 0.9]
FAR = [0.6, 0.1, 0.8, 0.3]
TRUE = [{"boxes": [FLOWER, OTHER], "labels": [0, 1]}]


def kinds(*detections):
    boxes, labels, scores = zip(*detections, strict=True)
    counts = error_kinds(TRUE, [{"boxes": boxes, "labels": labels, "scores": scores}])
    return {kind: count for kind, count in counts.items() if count}


def test_all_right():
    assert kinds((FLOWER, 0, 0.9), (OTHER, 1, 0.8)) == {"right": 2}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ((FLOWER, 1, 0.5), {"class": 1}),
        (([0.25, 0.1, 0.55, 0.4], 0, 0.5), {"place": 1}),
        (([0.25, 0.1, 0.55, 0.4], 1, 0.5), {"both": 1, "miss": 1}),
        ((FAR, 0, 0.5), {"background": 1, "miss": 1}),
    ],
)
def test_a_wrong_detection_is_counted_by_its_reason(wrong, expected):
    found = kinds((OTHER, 1, 0.9), wrong)
    assert found == {"right": 1, **expected}


def test_a_second_box_is_a_duplicate_even_if_it_fits_better():
    near = [0.1, 0.1, 0.4, 0.35]
    found = kinds((near, 0, 0.9), (FLOWER, 0, 0.8), (OTHER, 1, 0.7))
    assert found == {"right": 2, "duplicate": 1}


def test_without_detections_all_are_missed():
    none = [{"boxes": np.empty((0, 4)), "labels": [], "scores": []}]
    assert error_kinds(TRUE, none)["miss"] == 2
    with pytest.raises(ValueError, match="per cent"):
        error_kinds(TRUE, none, 50)
