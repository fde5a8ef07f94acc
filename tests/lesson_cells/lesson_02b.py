from lesson_cells import LessonCell, same_layer

CELLS = [
    LessonCell(
        "02b_pooling_as_research",
        "defines-BlurPool",
        "BlurPool",
        lambda lesson, library: same_layer(
            lesson,
            library,
            [{}, {"strides": 1}, {"strides": 3}],
            input_shape=(2, 9, 12, 5),
        ),
        "course_utils.layers",
    )
]
