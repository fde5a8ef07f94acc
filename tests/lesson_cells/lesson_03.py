import numpy as np

from lesson_cells import LessonCell, same_model

SIZE, FILTERS = 6, 8
CONVOLUTION = ("defines-batch_norm",)  # the cell that defines `convolution`, too


def same_block(lesson, library):
    """Both blocks have equal weights and answers, and move the running averages of
    batch norm alike when they are trained.
    """
    from course_utils.startup import keras

    made = []

    def model(block):
        inputs = keras.Input((SIZE, SIZE, FILTERS))
        made.append(keras.Model(inputs, block(inputs, FILTERS)))
        return made[-1]

    same_model(model, lesson, library, input_shape=(2, SIZE, SIZE, FILTERS))
    batch = np.random.default_rng(2).normal(3, 2, (4, SIZE, SIZE, FILTERS))
    for block in made:
        block(batch.astype("float32"), training=True)
    for first, second in zip(*(block.weights for block in made), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


def same_network(lesson, library):
    """Both networks are equal around a block that both have."""
    from course_utils.architectures import blocks

    same_model(
        lambda network: network(blocks.plain, (4, 6)),
        lesson,
        library,
        input_shape=(2, 28, 28, 1),
    )


def cell(name, check, library="course_utils.architectures.blocks", needs=()):
    return LessonCell(
        "03_architectures", f"defines-{name}", name, check, library, needs
    )


CELLS = [
    cell(
        "fashion_cnn",
        lambda lesson, library: same_model(
            lambda make: make(), lesson, library, input_shape=(2, 28, 28, 1)
        ),
        "course_utils.architectures.fashion",
    ),
    cell("network", same_network),
    cell("plain", same_block),
    cell("batch_norm", same_block),
    cell("separable", same_block),
    cell("convnext", same_block),
    *(
        cell(name, same_block, needs=CONVOLUTION)
        for name in ("inception", "residual", "bottleneck", "dense", "squeeze_excite")
    ),
]
