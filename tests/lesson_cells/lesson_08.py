import numpy as np

from lesson_cells import LessonCell, same_outputs

NOTEBOOK, LIBRARY = "08_object_detection", "course_utils.detection"


def random_boxes(count, seed):
    random = np.random.default_rng(seed)
    size = random.uniform(0.05, 0.5, (count, 2))
    corner = random.uniform(0, 1, (count, 2)) * (1 - size)
    return np.concatenate([corner, corner + size], axis=1)


def same_convolution(lesson, library):
    from course_utils.startup import keras

    dense = keras.layers.Dense(4, activation="softmax")
    maps = np.random.default_rng(0).normal(size=(2, 3, 5, 6)).astype("float32")
    dense(maps)
    np.testing.assert_allclose(lesson(dense)(maps), library(dense)(maps), atol=1e-6)


def same_targets(lesson, library):
    labels = np.random.default_rng(1).integers(0, 5, 12)
    calls = [
        ((random_boxes(12, seed), labels, rows, columns), {})
        for seed, rows, columns in ((0, 4, 4), (1, 3, 7), (2, 16, 16))
    ]
    edge = [[0.999, 0.999, 1.0, 1.0]]
    same_outputs(lesson, library, [*calls, ((edge, [3], 5, 5), {})])


def same_focal(lesson, library):
    random = np.random.default_rng(2)
    logits = random.normal(0, 3, 50).astype("float32")
    settings = [{}, {"alpha": None}, {"gamma": 0.0}, {"alpha": 0.6, "gamma": 1.5}]
    # labels, and an IoU that objectness shall learn
    for true in (random.integers(0, 2, 50), random.uniform(0, 1, 50)):
        true = true.astype("float32")
        calls = [((true, logits), each) for each in settings]
        same_outputs(lesson, library, calls, 1e-4)


def same_sizes(lesson, library):
    calls = [((random_boxes(60, 3), count), {}) for count in (1, 3, 6)]
    same_outputs(lesson, library, calls)


def same_suppression(lesson, library):
    scores = np.round(np.random.default_rng(4).uniform(size=25), 1)  # some are equal
    calls = [
        ((random_boxes(25, 5), scores), {"iou_threshold": threshold})
        for threshold in (0.1, 0.5, 0.9)
    ]
    same_outputs(lesson, library, calls)


CELLS = [
    LessonCell(NOTEBOOK, f"defines-{name}", name, check, LIBRARY)
    for name, check in (
        ("as_convolution", same_convolution),
        ("grid_targets", same_targets),
        ("focal_loss", same_focal),
        ("anchor_sizes", same_sizes),
        ("non_max_suppression", same_suppression),
    )
]
