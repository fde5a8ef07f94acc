import numpy as np

from lesson_cells import LessonCell


def random_boxes(count, seed):
    corners = np.random.default_rng(seed).uniform(size=(count, 2, 2))
    return np.sort(corners, axis=1).reshape(count, 4)


def same_iou(lesson, library):
    """The lesson's takes two boxes, the library's any number."""
    a, b = random_boxes(20, seed=0), random_boxes(20, seed=1)
    expected = library(a, b)
    assert (expected == 0).any() and (
        expected > 0.3
    ).any()  # boxes that touch, and boxes that do not
    np.testing.assert_allclose(
        [[lesson(first, second) for second in b] for first in a], expected, atol=1e-9
    )


def same_giou(lesson, library):
    a, b = (
        random_boxes(50, seed=2).astype("float32"),
        random_boxes(50, seed=3).astype("float32"),
    )
    np.testing.assert_allclose(lesson(a, b), library(a, b), atol=1e-5)


CELLS = [
    LessonCell("07_localization", "defines-iou", "iou", same_iou, "course_utils.boxes"),
    LessonCell(
        "07_localization",
        "defines-paired_giou",
        "paired_giou",
        same_giou,
        "course_utils.boxes",
    ),
]
