"""Every number of lesson 01, from the functions its notebook calls."""

import functools
import itertools

import numpy as np

from claims import claims_of
from course_utils.arithmetic import (
    conv2d_cost,
    conv_output_size,
    dense_cost,
    model_cost,
    receptive_field,
    same_padding,
)
from course_utils.datasets import load_photos
from course_utils.layers import conv2d_numpy
from course_utils.startup import keras

layers, ops = keras.layers, keras.ops


@functools.cache
def crops():
    images = layers.CenterCrop(70, 120)(load_photos().images)
    return ops.convert_to_numpy(layers.Rescaling(1 / 255)(images))


@functools.cache
def rng_kernels(shape, seed=0, spread=0.1):
    return np.random.default_rng(seed).normal(0, spread, shape).astype("float32")


def convolved(x, kernels, **options):
    with keras.device("cpu:0"):  # a GPU may round what it multiplies to ten bits (TF32)
        return ops.convert_to_numpy(ops.conv(x, kernels, **options))


def shape_of(*arguments, **options):
    return tuple(layers.Conv2D(*arguments, **options)(crops()).shape)


def built(filters=32, kernel_size=7, channels=3):
    layer = layers.Conv2D(filters, kernel_size)
    layer.build((None, None, None, channels))
    return layer


def pixel_distance(change):
    flower = load_photos().images[1].astype(float)
    original = flower[:, 120:]
    changed = {
        "moved": flower[:, :-120],
        "dim": np.floor(original * 0.25),
        "card": np.floor(original.mean(axis=(0, 1))),
    }[change]
    return np.sqrt(np.mean((changed - original) ** 2))


def by_hand_difference():
    image, kernels = crops()[1], rng_kernels((7, 7, 3, 2))
    bias = np.array([0.5, -0.5], "float32")
    return np.abs(
        conv2d_numpy(image, kernels, bias) - (convolved(image[None], kernels)[0] + bias)
    ).max()


def is_not_turned():
    """Keras correlates: it does not turn the kernel, as `np.convolve` does."""
    signal, kernel = np.array([1, 2, 4, 8, 16.0]), np.array([1, 0, -1.0])
    ours = convolved(signal[None, :, None], kernel[:, None, None])[0, :, 0]
    turned = np.convolve(signal, kernel, "valid")
    return bool(
        np.allclose(ours, np.correlate(signal, kernel))
        and not np.allclose(ours, turned)
    )


def line_kernel():
    line = np.zeros((7, 7, 1, 1))
    line[:, 3] = 1
    return line


def on_a_wall():
    """The largest answers of a line of seven ones, over 7 and less its mean."""
    line, wall = line_kernel(), np.ones((9, 9, 1))
    return [abs(conv2d_numpy(wall, k)).max() for k in (line / 7, line - line.mean())]


def line_answer(columns, rows=slice(None)):
    """The largest answer of the line detector to white columns on black."""
    image = np.zeros((21, 21, 1))
    image[rows, columns] = 1
    return conv2d_numpy(image, line_kernel() - line_kernel().mean()).max()


def padded_mean():
    """A mean over 3 by 3 pixels of an even image, with zeros around it."""
    return conv2d_numpy(
        np.ones((4, 5, 1)), np.full((3, 3, 1, 1), 1 / 9), padding="same"
    )[:, :, 0]


def sizes_that_agree():
    """Real convolutions against the formula, for every size from 7 to 20."""
    grid = itertools.product(
        range(7, 21), (1, 2, 3, 5, 7), (1, 2, 3, 4), ("valid", "same")
    )
    return sum(
        conv_output_size(n, f, s, padding)
        == ops.conv(
            np.zeros((1, n, 1)), np.zeros((f, 1, 1)), strides=s, padding=padding
        ).shape[1]
        for n, f, s, padding in grid
    )


def shifted_difference():
    """Shifting the image and shifting the feature map, compared where both are
    known.
    """
    image, kernels = crops(), rng_kernels((7, 7, 3, 8))
    before, after = (
        convolved(image[:, :-10, :-20], kernels),
        convolved(image[:, 10:, 20:], kernels),
    )
    return np.abs(before[:, 10:, 20:] - after[:, :-10, :-20]).max()


def edge_answers(image, relu):
    edge = np.array([[-1.0, 0, 1]] * 3, "float32")[:, :, None, None]
    if not relu:
        return convolved(image, edge)
    return np.maximum(convolved(image, edge), 0) + np.maximum(
        convolved(image, -edge), 0
    )


def negative_difference(relu):
    grey = crops().mean(axis=-1, keepdims=True)
    return np.abs(edge_answers(grey, relu) - edge_answers(1 - grey, relu)).max()


def small_network():
    sizes = [(8, 1), (16, 1), (16, 2), (32, 1), (32, 2), (64, 1)]
    return keras.Sequential(
        [keras.Input((256, 256, 3))]
        + [
            layers.Conv2D(
                filters, 3, strides=strides, padding="same", activation="relu"
            )
            for filters, strides in sizes
        ]
        + [layers.GlobalAveragePooling2D(), layers.Dense(10)]
    )


def held(training):
    """Activation bytes by hand, for one image: the input, six feature maps, and the 64
    and 10 numbers at the end.
    """
    sizes = [
        (256, 3),
        (256, 8),
        (256, 16),
        (128, 16),
        (128, 32),
        (64, 32),
        (64, 64),
        (1, 64),
        (1, 10),
    ]
    maps = [side * side * channels for side, channels in sizes]
    return 4 * (sum(maps) if training else max(map(sum, itertools.pairwise(maps))))


THOUSAND_UNITS = {"filters": 10, "kernel_size": 10, "strides": 10, "use_bias": False}
DENSE = dense_cost((100, 100, 1), 1000, use_bias=False)
LOCAL = conv2d_cost((100, 100, 1), **THOUSAND_UNITS)
COLOUR = conv2d_cost((100, 100, 3), **THOUSAND_UNITS)
COSTLY = conv2d_cost((150, 100, 3), filters=200, kernel_size=5, padding="same")
COSTLY_WEIGHTS = 5 * 5 * 3 * 200  # without the biases, which multiply nothing
SAME_OUTPUT = dense_cost((150, 100, 3), 150 * 100 * 200)

claim = claims_of("01_convolution")

CLAIMS = [
    claim(
        "A photograph is {427} pixels high and {640} wide, with {three} numbers per",
        lambda: load_photos().images.shape[1:],
    ),
    claim(
        "Pixel by pixel, the blank card resembles the flower more than the flower "
        "itself does, moved or in dim light.",
        lambda: pixel_distance("card") < min(map(pixel_distance, ("moved", "dim"))),
    ),
    claim("the top unit sees {seven} inputs", lambda: receptive_field([(3, 1)] * 3)),
    claim(
        "{ten} groups of {10 × 10} units. A unit looks at a window of {10 × 10} pixels",
        lambda: [LOCAL.output_shape[::-1], [10, 10]],
    ),
    claim(
        "{1,000} units with {100} inputs each: {100,000} connections, {100} times "
        "fewer than {10,000,000}.",
        lambda: [
            np.prod(LOCAL.output_shape),
            LOCAL.multiplications / np.prod(LOCAL.output_shape),
            LOCAL.multiplications,
            DENSE.multiplications / LOCAL.multiplications,
            DENSE.multiplications,
        ],
    ),
    claim(
        "{Ten} groups with {100} weights each: {1,000} different weights, another "
        "{100} times fewer.",
        lambda: [
            LOCAL.output_shape[-1],
            LOCAL.parameters / LOCAL.output_shape[-1],
            LOCAL.parameters,
            LOCAL.multiplications / LOCAL.parameters,
        ],
    ),
    claim(
        "all three become three times as large: {30,000,000}, {300,000} and {3,000}.",
        lambda: [
            dense_cost((100, 100, 3), 1000, use_bias=False).parameters,
            COLOUR.multiplications,
            COLOUR.parameters,
        ],
    ),
    claim(
        "{10,000,000} weights dense, {100,000} local, {1,000} local and shared",
        lambda: [DENSE.parameters, LOCAL.multiplications, LOCAL.parameters],
    ),
    claim(
        "a double loop | equal to `keras.ops.conv` within {1e-5}",
        by_hand_difference,
        "<",
    ),
    claim("Neural networks compute the second and say the first.", is_not_turned),
    claim(
        "On an even wall of ones the first pair answers {1}, and the second {0}.",
        on_a_wall,
    ),
    claim(
        "a line one pixel wide gets the answer {6}, a line of three pixels {4}, an "
        "edge {3}, and a single pixel less than 1.",
        lambda: [line_answer(slice(10, end)) for end in (11, 13, None)],
    ),
    claim(
        "and a single pixel less than 1.",
        lambda: bool(0 < line_answer(slice(10, 11), slice(10, 11)) < 1),
    ),
    claim(
        "With 11 inputs, a kernel of 4 and a stride of 2, {three} zeros are needed",
        lambda: sum(same_padding(11, 4, 2)),
    ),
    claim(
        "Set 12 inputs: now two, {one} on each side.",
        lambda: [*{*same_padding(12, 4, 2)}],
    ),
    claim(
        "each window fills one cell on the right: {three} rows of {four}.",
        lambda: conv2d_numpy(
            np.zeros((5, 7, 1)), np.zeros((3, 3, 1, 1)), strides=2, padding="same"
        ).shape[:2],
    ),
    claim(
        '`"valid"` ignores the last {two} inputs, because no window reaches them.',
        lambda: 12 - (3 * (conv_output_size(12, 4, 3) - 1) + 4),
    ),
    claim("the size formula | right in all {560} cases tried", sizes_that_agree),
    claim(
        "At the border a {third} of the nine pixels are zeros",
        lambda: 1 - padded_mean()[0, 1],
    ),
    claim("in a corner {five ninths} are", lambda: 1 - padded_mean()[0, 0]),
    claim(
        '`"valid"`: ⌊(224 − 7) / 2⌋ + 1 = {109}. For {112} windows the padded image',
        lambda: [conv_output_size(224, 7, 2), conv_output_size(224, 7, 2, "same")],
    ),
    claim(
        "so {5} zeros are missing: {2} before and {3} after.",
        lambda: [sum(same_padding(224, 7, 2)), *same_padding(224, 7, 2)],
    ),
    claim(
        "`Conv2D(32, 7)` on {(2, 70, 120, 3)} | {(2, 64, 114, 32)}, with a "
        "{(7, 7, 3, 32)} kernel and {32} biases",
        lambda: [
            crops().shape,
            shape_of(32, 7),
            *(tuple(weight.shape) for weight in built().weights),
        ],
    ),
    claim(
        '({2, 35, 60, 32}): with `"same"`, a stride of 2 halves height and width',
        lambda: shape_of(32, 7, padding="same", strides=2),
    ),
    claim(
        "In the negative of a photograph every edge is turned round, and such a layer "
        "then gives the opposite answer. Two filters, ReLU, and a sum can do it",
        lambda: bool(
            negative_difference(relu=True) < 1e-5 < 1 < negative_difference(relu=False)
        ),
    ),
    claim(
        "(3·3·32 + 1)·64 = {18,496}. The channels of a kernel are the maps of the "
        "layer",
        lambda: conv2d_cost((64, 114, 32), 64, 3).parameters,
    ),
    claim(
        "Shift the image, and the feature map shifts with it",
        lambda: bool(shifted_difference() < 1e-5),
    ),
    claim(
        "each is used {15,000} times, once at every place: {225 million} "
        "multiply-adds. And every one of the {3,000,000} outputs must be stored, {4} "
        "bytes each.",
        lambda: [
            COSTLY.multiplications / COSTLY_WEIGHTS,
            COSTLY.multiplications,
            np.prod(COSTLY.output_shape),
            COSTLY.output_bytes / np.prod(COSTLY.output_shape),
        ],
    ),
    claim(
        "{15,200} parameters, {225,000,000} multiply-adds, {12} MB of output per image",
        lambda: [COSTLY.parameters, COSTLY.multiplications, COSTLY.output_bytes / 1e6],
    ),
    claim(
        "weights: {540} GB, or half a terabyte, and {600} times the work",
        lambda: [
            4 * (SAME_OUTPUT.parameters - 3_000_000) / 1e9,  # without the biases
            SAME_OUTPUT.multiplications / COSTLY.multiplications,
        ],
    ),
    claim(
        "conv6 holds {16.8} of the {189} MB",
        lambda: [16 * 4 * 64**3 / 1e6, 16 * held(training=True) / 1e6],
    ),
    claim(
        "Training holds the whole stack, inference only its largest pair of neighbours",
        lambda: (
            [held(training) for training in (False, True)]
            == [
                model_cost(small_network(), training=training).activation_bytes
                for training in (False, True)
            ]
        ),
    ),
]
