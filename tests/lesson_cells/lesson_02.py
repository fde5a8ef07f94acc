from lesson_cells import LessonCell, same_layer

SETTINGS = [{}, {"pool_size": 1}, {"pool_size": 3}, {"pool_size": 6}]

CELLS = [
    LessonCell(
        "02_pooling",
        "defines-DepthPool",
        "DepthPool",
        lambda lesson, library: same_layer(
            lesson, library, SETTINGS, input_shape=(2, 5, 7, 6)
        ),
        "course_utils.layers",
    )
]
