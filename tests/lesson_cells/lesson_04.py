import keras

from lesson_cells import LessonCell, same_layer, same_model

SETTINGS = [
    {"filters": 4},
    {"filters": 8, "strides": 2},
    {"filters": 6},
    {"filters": 4, "residual": False},
]


def same_network(lesson, library):
    """Both are called with classes=10, as the lesson does; small images keep it
    quick.
    """
    same_model(
        lambda make: make((32, 32, 3), classes=10), lesson, library, (2, 32, 32, 3)
    )
    keras.backend.clear_session()


CELLS = [
    LessonCell(
        "04_resnet34",
        "defines-ResidualUnit",
        "ResidualUnit",
        lambda lesson, library: same_layer(lesson, library, SETTINGS, (2, 8, 8, 4)),
        "course_utils.layers",
    ),
    LessonCell(
        "04_resnet34",
        "defines-resnet34",
        "resnet34",
        same_network,
        "course_utils.architectures.resnet",
        needs=("defines-ResidualUnit",),
    ),
]
