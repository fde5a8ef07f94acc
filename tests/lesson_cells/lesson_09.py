import keras

from lesson_cells import LessonCell, same_model


def backbone(strides=(2, 2, 2, 2)):
    keras.utils.set_random_seed(0)
    x = image = keras.Input((32, 32, 3))
    for filters, stride in zip((4, 5, 6, 7), strides, strict=False):
        x = keras.layers.Conv2D(filters, 3, strides=stride, padding="same")(x)
    return keras.Model(image, x)


def same_network(lesson, library):
    """On small backbones, with skips and without."""
    for settings in ({"filters": (6, 4, 3)}, {"filters": (6, 4), "skips": False}):
        same_model(
            lambda make, settings=settings: make(backbone(), 3, **settings),
            lesson,
            library,
            (2, 32, 32, 3),
        )
    # no maps of stride 2, or none that fit, as in Xception: no skip there
    same_model(
        lambda make: make(backbone((4, 2, 2)), 3, filters=(6, 4, 3)),
        lesson,
        library,
        (2, 32, 32, 3),
    )


def same_fcn(lesson, library):
    """As coarse as can be, and with all its finer scores."""
    for settings in ({"stride": 32, "filters": 6}, {"stride": 4, "filters": 6}, {}):
        same_model(
            lambda make, settings=settings: make(backbone(), 3, **settings),
            lesson,
            library,
            (2, 32, 32, 3),
        )


CELLS = [
    LessonCell(
        "09_semantic_segmentation",
        "defines-fcn",
        "fcn",
        same_fcn,
        "course_utils.segmentation",
    ),
    LessonCell(
        "09_semantic_segmentation",
        "defines-unet",
        "unet",
        same_network,
        "course_utils.segmentation",
    ),
]
