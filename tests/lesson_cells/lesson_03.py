from lesson_cells import LessonCell, same_layer, same_model

SIX = {
    "filters_1x1": 4,
    "reduce_3x3": 6,
    "filters_3x3": 8,
    "reduce_5x5": 2,
    "filters_5x5": 3,
    "pool_projection": 5,
}
ALEXNET = {"depth_radius": 2, "bias": 2, "alpha": 1e-2, "beta": 0.75}

CELLS = [
    LessonCell(
        "03_architectures",
        "defines-fashion_cnn",
        "fashion_cnn",
        lambda mine, library: same_model(
            lambda make: make(), mine, library, input_shape=(2, 28, 28, 1)
        ),
        "course_utils.architectures.fashion",
    ),
    LessonCell(
        "03_architectures",
        "defines-LocalResponseNormalization",
        "LocalResponseNormalization",
        lambda mine, library: same_layer(
            mine, library, [{}, ALEXNET], input_shape=(2, 3, 4, 12)
        ),
        "course_utils.layers",
    ),
    LessonCell(
        "03_architectures",
        "defines-Inception",
        "Inception",
        lambda mine, library: same_layer(
            mine, library, [SIX], input_shape=(2, 6, 5, 7)
        ),
        "course_utils.layers",
    ),
    LessonCell(
        "03_architectures",
        "defines-SqueezeExcite",
        "SqueezeExcite",
        lambda mine, library: same_layer(
            mine, library, [{}, {"ratio": 4}], input_shape=(2, 5, 5, 16)
        ),
        "course_utils.layers",
    ),
]
