"""Confusion matrix, IoU, Dice and boundary IoU against scikit-learn and a slow loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from course_utils.segmentation import (
    boundary_iou,
    class_dice,
    class_iou,
    confusion_matrix,
    dice,
    mean_iou,
)

CLASSES = 4


def masks(seed, classes=CLASSES, ignore=None, shape=(2, 9, 11)):
    """A true and a predicted mask; some classes may be missing, some pixels ignored."""
    random = np.random.default_rng(seed)
    there = random.choice(classes, random.integers(1, classes + 1), replace=False)
    true = random.choice(there, shape)
    predicted = np.where(random.random(shape) < 0.6, true, random.choice(there, shape))
    if ignore is not None:
        true = np.where(random.random(shape) < 0.2, ignore, true)
    return true, predicted


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([None, 255, -1, 0]))
def test_all_measures_are_those_of_scikit_learn(seed, ignore):
    true, predicted = masks(seed, ignore=ignore)
    matrix = confusion_matrix(true, predicted, CLASSES, ignore=ignore)
    kept = true != ignore if ignore is not None else np.ones_like(true, bool)
    true, predicted = true[kept], predicted[kept]
    if not true.size:
        assert matrix.sum() == 0 and np.isnan(mean_iou(matrix))
        return
    every = range(CLASSES)
    expected = metrics.confusion_matrix(true, predicted, labels=every)
    assert matrix.tolist() == expected.tolist()
    present = np.union1d(true, predicted)
    for background in (True, False):
        counted = present if background else present[present > 0]
        if not len(counted):
            assert np.isnan(mean_iou(matrix, background))
            continue
        options = {"labels": counted, "average": "macro", "zero_division": 0}
        assert mean_iou(matrix, background) == pytest.approx(
            metrics.jaccard_score(true, predicted, **options)
        )
        assert dice(matrix, background) == pytest.approx(
            metrics.f1_score(true, predicted, **options)
        )


def slow_boundary_iou(true, predicted, width):
    """As the definition says it: pixel by pixel."""

    def border(mask):
        height, length = mask.shape
        found = set()
        for y in range(height):
            for x in range(length):
                rows, columns = (
                    range(y - width, y + width + 1),
                    range(x - width, x + width + 1),
                )
                if mask[y, x] and any(
                    not (0 <= i < height and 0 <= j < length and mask[i, j])
                    for i in rows
                    for j in columns
                ):
                    found.add((y, x))
        return found

    values = []
    for label in sorted({*true.ravel(), *predicted.ravel()} - {0}):
        shared = total = 0
        for one, other in zip(true, predicted, strict=True):
            a, b = border(one == label), border(other == label)
            shared, total = shared + len(a & b), total + len(a | b)
        values.append(shared / total)
    return np.mean(values)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_boundary_iou_is_the_slow_loops(seed, width):
    random = np.random.default_rng(seed)
    true, predicted = np.zeros((2, 2, 12, 14), int)
    for mask in (*true, *predicted):
        for label in (1, 2):
            top, left = random.integers(0, 8, 2)
            mask[top : top + 6, left : left + 7] = label
    assert boundary_iou(true, predicted, width) == pytest.approx(
        slow_boundary_iou(true, predicted, width)
    )


def test_half_a_flower_by_hand():
    true = np.zeros((4, 4), int)
    true[:, :2] = 1
    predicted = np.zeros((4, 4), int)
    predicted[:, :1] = 1
    matrix = confusion_matrix(true, predicted, 2)
    assert matrix.tolist() == [[8, 0], [4, 4]]
    assert class_iou(matrix).tolist() == [8 / 12, 4 / 8]
    assert class_dice(matrix)[1] == 2 * 4 / 12
    assert mean_iou(matrix, background=False) == 0.5


def test_all_background_is_accurate_and_worth_nothing():
    true = np.zeros((10, 10), int)
    true[:3, :3] = 1
    matrix = confusion_matrix(true, np.zeros_like(true), 2)
    assert np.trace(matrix) / matrix.sum() == 0.91
    assert mean_iou(matrix, background=False) == 0


def test_matrices_of_batches_add_up_and_means_of_batches_do_not():
    true, predicted = masks(5, shape=(6, 8, 8))
    whole = confusion_matrix(true, predicted, CLASSES)
    parts = [
        confusion_matrix(true[i : i + 2], predicted[i : i + 2], CLASSES)
        for i in (0, 2, 4)
    ]
    assert np.array_equal(sum(parts), whole)
    assert np.mean([mean_iou(part) for part in parts]) != mean_iou(whole)


def test_equal_masks_have_one_everywhere_and_a_wrong_edge_costs_more_at_the_border():
    true = np.zeros((40, 40), int)
    true[5:35, 5:35] = 1
    assert boundary_iou(true, true) == 1
    wider = np.zeros_like(true)
    wider[4:36, 4:36] = 1
    plain = mean_iou(confusion_matrix(true, wider, 2), background=False)
    assert boundary_iou(true, wider) < 0.5 < 0.85 < plain


def test_nothing_but_background_has_no_border():
    nothing = np.zeros((5, 5), int)
    assert np.isnan(boundary_iou(nothing, nothing))


@pytest.mark.parametrize(
    ("true", "predicted", "words"),
    [
        (np.zeros((4, 4), int), np.zeros((4, 4, 3)), "argmax"),
        (np.zeros((4, 4, 3)), np.zeros((4, 4), int), "one-hot"),
        (np.zeros((4, 4), int), np.zeros((4, 5), int), "must be equal"),
        (np.zeros((4, 4), int), np.full((4, 4), 0.3), "probabilities"),
        (np.full((4, 4), 255), np.zeros((4, 4), int), "ignore=255"),
        (np.full((4, 4), 3), np.zeros((4, 4), int), "background"),
        (np.full((4, 4), float("nan")), np.zeros((4, 4), int), "whole numbers"),
        (np.full((4, 4), "daisy"), np.zeros((4, 4), int), "whole numbers"),
    ],
)
def test_what_is_no_mask_of_classes_is_told(true, predicted, words):
    with pytest.raises(ValueError, match=words):
        confusion_matrix(true, predicted, 3)


def test_a_mask_is_no_matrix():
    with pytest.raises(ValueError, match="confusion_matrix"):
        mean_iou(np.zeros((2, 4, 4)))
    with pytest.raises(ValueError, match="True or False"):
        mean_iou(np.eye(2), background="no")
    with pytest.raises(ValueError, match="width"):
        boundary_iou(np.eye(3, dtype=int), np.eye(3, dtype=int), width=0)
