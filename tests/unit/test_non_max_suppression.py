"""Non-max suppression against TensorFlow's, and at its edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.boxes import iou
from course_utils.detection import non_max_suppression

A, NEAR_A, FAR = [0, 0, 0.5, 0.5], [0, 0, 0.5, 0.45], [0.6, 0.6, 0.9, 0.9]


def random_boxes(random, count):
    size = random.uniform(0.1, 0.5, (count, 2))
    corner = random.uniform(0, 1, (count, 2)) * (1 - size)
    return np.concatenate([corner, corner + size], axis=1)


def test_the_best_of_two_near_boxes_stays():
    kept = non_max_suppression([NEAR_A, A, FAR], [0.8, 0.9, 0.3])
    assert kept.tolist() == [1, 2]


def test_a_box_at_exactly_the_threshold_stays():
    half = [0, 0, 0.5, 0.25]
    assert iou(A, half) == 0.5
    assert non_max_suppression([A, half], [0.9, 0.8], 0.5).tolist() == [0, 1]
    assert non_max_suppression([A, half], [0.9, 0.8], 0.49).tolist() == [0]


def test_labels_keep_another_classs_box():
    boxes, scores = [A, NEAR_A], [0.9, 0.8]
    assert non_max_suppression(boxes, scores, labels=[0, 1]).tolist() == [0, 1]
    assert non_max_suppression(boxes, scores, labels=[1, 1]).tolist() == [0]


def test_of_equal_scores_the_earlier_comes_first():
    assert non_max_suppression([FAR, A, NEAR_A], [0.5] * 3).tolist() == [0, 1]


def test_empty_in_empty_out():
    for empty in ([], np.empty((0, 4))):
        kept = non_max_suppression(empty, [])
        assert kept.shape == (0,) and kept.dtype == "int64"


def test_max_boxes_keeps_the_best():
    assert non_max_suppression([FAR, A], [0.5, 0.9], max_boxes=1).tolist() == [1]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_it_keeps_what_tensorflow_keeps(seed, threshold):
    import course_utils.startup  # noqa: F401, I001
    import tensorflow as tf

    random = np.random.default_rng(seed)
    boxes, scores = random_boxes(random, 25), random.permutation(25) / 25
    expected = tf.image.non_max_suppression(
        boxes.astype("float32"), scores.astype("float32"), 25, threshold
    )
    kept = non_max_suppression(boxes, scores, threshold)
    assert kept.tolist() == expected.numpy().tolist()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_class_wise_is_each_class_by_itself(seed):
    random = np.random.default_rng(seed)
    boxes, scores = random_boxes(random, 30), random.permutation(30) / 30
    labels = random.integers(0, 3, 30)
    alone = []
    for label in range(3):
        mine = np.flatnonzero(labels == label)
        alone += mine[non_max_suppression(boxes[mine], scores[mine])].tolist()
    kept = non_max_suppression(boxes, scores, labels=labels).tolist()
    assert kept == sorted(alone, key=lambda index: -scores[index])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([A, FAR], [0.5]), "one score per box"),
        (([A], [[0.2, 0.8]]), "all classes"),
        (([A], [float("nan")]), "finite"),
        (([[10, 20, 50, 70]], [0.5]), "pixels"),
        (([A], [0.5], 50), "per cent"),
        (([A], [0.5], 0.5, [1, 2]), "one whole number per box"),
        (([A], [0.5], 0.5, None, 0), "max_boxes"),
    ],
)
def test_wrong_calls_are_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        non_max_suppression(*arguments)
