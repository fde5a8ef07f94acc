import numpy as np

from lesson_cells import LessonCell, same_outputs

RNG = np.random.default_rng(0)
IMAGE, KERNELS, BIAS = (
    RNG.normal(size=(9, 12, 3)),
    RNG.normal(size=(3, 5, 3, 4)),
    RNG.normal(size=4),
)
CALLS = [
    ((IMAGE, KERNELS), {}),
    ((IMAGE, KERNELS, BIAS), {}),
    ((IMAGE, KERNELS, BIAS), {"strides": 2}),
    ((IMAGE, KERNELS, BIAS), {"padding": "same"}),
    ((IMAGE, KERNELS, BIAS), {"strides": (3, 2), "padding": "same"}),
]

CELLS = [
    LessonCell(
        "01_convolution",
        "defines-conv2d_numpy",
        "conv2d_numpy",
        lambda lesson, library: same_outputs(lesson, library, CALLS),
        "course_utils.layers",
    )
]
