import keras
import numpy as np

from lesson_cells import LessonCell, same_layer, same_model, same_outputs

SETTINGS = [
    {"filters": 4},
    {"filters": 8, "strides": 2},
    {"filters": 6},
    {"filters": 4, "residual": False},
    {"filters": 4, "zero_gamma": True},
]


def same_network(lesson, library):
    """Both are called with classes=10, as the lesson does; thin and on small images
    they are quick.
    """
    for settings in ({}, {"residual": False}):
        same_model(
            lambda make, settings=settings: make(
                (32, 32, 3), classes=10, filters=4, **settings
            ),
            lesson,
            library,
            (2, 32, 32, 3),
        )
        keras.backend.clear_session()


def same_gradients(lesson, library):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(5, 3)(keras.layers.Conv2D(4, 1)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 3)).astype("float32")
    y = np.arange(6) % 3
    calls = [((model, x, y), {}), ((model, x, y), {"relative": True})]
    same_outputs(lesson, library, calls)


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
    LessonCell(
        "04_resnet34",
        "defines-gradient_norms",
        "gradient_norms",
        same_gradients,
        "course_utils.training",
    ),
]
