from lesson_cells import LessonCell, same_layer, same_model

SIX = (4, 6, 8, 2, 3, 5)  # in the order of the figure: 1×1, 3×3, 5×5, pooling
ALEXNET = {"depth_radius": 2, "bias": 2, "alpha": 1e-2, "beta": 0.75}

CELLS = [
    LessonCell(
        "03_architectures",
        "defines-fashion_cnn",
        "fashion_cnn",
        lambda lesson, library: same_model(
            lambda make: make(), lesson, library, input_shape=(2, 28, 28, 1)
        ),
        "course_utils.architectures.fashion",
    ),
    LessonCell(
        "03_architectures",
        "defines-LocalResponseNormalization",
        "LocalResponseNormalization",
        lambda lesson, library: same_layer(
            lesson, library, [{}, ALEXNET], input_shape=(2, 3, 4, 12)
        ),
        "course_utils.layers",
    ),
    LessonCell(
        "03_architectures",
        "defines-Inception",
        "Inception",
        lambda lesson, library: same_model(
            lambda make: make(*SIX), lesson, library, input_shape=(2, 6, 5, 7)
        ),
        "course_utils.layers",
    ),
    LessonCell(
        "03_architectures",
        "defines-SqueezeExcite",
        "SqueezeExcite",
        lambda lesson, library: same_layer(
            lesson, library, [{}, {"ratio": 4}], input_shape=(2, 5, 5, 16)
        ),
        "course_utils.layers",
    ),
]
