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
    changed = {
        "moved": np.roll(flower, 120, axis=1),
        "dim": np.floor(flower * 0.25),
        "card": np.floor(flower.mean(axis=(0, 1))),
    }[change]
    return np.sqrt(np.mean((changed - flower) ** 2))


def by_hand_difference():
    image, kernels = crops()[1], rng_kernels((7, 7, 3, 2))
    bias = np.array([0.5, -0.5], "float32")
    return np.abs(
        conv2d_numpy(image, kernels, bias) - (convolved(image[None], kernels)[0] + bias)
    ).max()


def on_a_wall():
    """The largest answers of a line of seven ones, as it is and less its mean."""
    line = np.zeros((7, 7, 1, 1))
    line[:, 3] = 1
    wall = np.ones((9, 9, 1))
    return [abs(conv2d_numpy(wall, k)).max() for k in (line, line - line.mean())]


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


def two_layers_against_one():
    first, second = rng_kernels((3, 3, 3, 16), 1), rng_kernels((3, 3, 16, 4), 2)
    both = np.zeros((5, 5, 3, 4), "float32")
    for u, v in itertools.product(range(3), repeat=2):
        both[u : u + 3, v : v + 3] += np.einsum("cm,uvmk->uvck", first[u, v], second)
    return np.abs(
        convolved(convolved(crops(), first), second) - convolved(crops(), both)
    ).max()


def weights_of_two_and_one():
    """How many weights the two layers have, and the one that does the same."""
    return [3 * 3 * 3 * 16 + 3 * 3 * 16 * 4, 5 * 5 * 3 * 4]


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


def he_spread():
    return float(np.std(keras.initializers.HeNormal(seed=0)((3, 3, 64, 64))))


def strength_after_ten_layers(spread):
    x = np.random.default_rng(0).normal(size=(2, 24, 24, 64)).astype("float32")
    for seed in range(10):
        x = np.maximum(
            convolved(x, rng_kernels((3, 3, 64, 64), seed, spread), padding="same"), 0
        )
    return np.sqrt(np.mean(x**2))


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


THOUSAND_UNITS = {"filters": 10, "kernel_size": 7, "strides": 10, "use_bias": False}
DENSE = dense_cost((100, 100, 1), 1000, use_bias=False)
LOCAL = conv2d_cost((100, 100, 1), **THOUSAND_UNITS)
COSTLY = conv2d_cost((150, 100, 3), filters=200, kernel_size=5, padding="same")
COSTLY_WEIGHTS = 5 * 5 * 3 * 200  # without the biases, which multiply nothing
SAME_OUTPUT = dense_cost((150, 100, 3), 150 * 100 * 200)

claim = claims_of("01_convolution")

CLAIMS = [
    claim(
        "Two images, {427} pixels high and {640} wide, and {three} numbers a pixel",
        lambda: load_photos().images.shape[1:],
    ),
    claim(
        "Pixel by pixel, the blank card resembles the flower more than the flower "
        "itself does, moved or in dim light.",
        lambda: pixel_distance("card") < min(map(pixel_distance, ("moved", "dim"))),
    ),
    claim("one unit depends on {seven} inputs", lambda: receptive_field([(3, 1)] * 3)),
    claim(
        "Now build {1,000} units in Hubel and Wiesel's way: {ten} groups of {10 × 10} "
        "units",
        lambda: [np.prod(LOCAL.output_shape), LOCAL.output_shape[::-1]],
    ),
    claim(
        "{49} inputs a unit instead of {10,000}",
        lambda: [
            LOCAL.multiplications / np.prod(LOCAL.output_shape),
            DENSE.multiplications / 1000,
        ],
    ),
    claim(
        "Locality saves a factor of {204}, sharing another {100}.",
        lambda: [
            DENSE.multiplications / LOCAL.multiplications,
            LOCAL.multiplications / LOCAL.parameters,
        ],
    ),
    claim(
        "{10,000,000} weights dense, {49,000} local, {490} shared",
        lambda: [DENSE.parameters, LOCAL.multiplications, LOCAL.parameters],
    ),
    claim(
        "all three bars become three times as long: {30,000,000}, then {147,000}, then "
        "{1,470}.",
        lambda: [
            dense_cost((100, 100, 3), 1000, use_bias=False).parameters,
            conv2d_cost((100, 100, 3), **THOUSAND_UNITS).multiplications,
            conv2d_cost((100, 100, 3), **THOUSAND_UNITS).parameters,
        ],
    ),
    claim(
        "a double loop | equal to `keras.ops.conv` within {1e-5}",
        by_hand_difference,
        "<",
    ),
    claim("On an even wall the first pair answers {7}, the second {0}.", on_a_wall),
    claim(
        "{Three} rows of {four}. Count them in the drawing",
        lambda: conv2d_numpy(
            np.zeros((5, 7, 1)), np.zeros((3, 3, 1, 1)), strides=2, padding="same"
        ).shape[:2],
    ),
    claim(
        "twelve inputs and {eight} outputs: a window of 5 loses {4}.",
        lambda: [conv_output_size(12, 5), 12 - conv_output_size(12, 5)],
    ),
    claim(
        '`"valid"` ignores the last {two} inputs: no window reaches them.',
        lambda: 12 - (3 * (conv_output_size(12, 4, 3) - 1) + 4),
    ),
    claim("the size formula | right in all {560} cases tried", sizes_that_agree),
    claim(
        "At the border a {third} of the average is zeros, in a corner {five ninths}.",
        lambda: 1 - padded_mean()[[0, 0], [1, 0]],
    ),
    claim(
        '`"valid"`: ⌊(224 − 7) / 2⌋ + 1 = {109}. For {112} windows the padded image',
        lambda: [conv_output_size(224, 7, 2), conv_output_size(224, 7, 2, "same")],
    ),
    claim(
        "`Conv2D(32, 7)` on {(2, 70, 120, 3)} | {(2, 64, 114, 32)}, with a "
        "{(7, 7, 3, 32)} kernel and {32} biases; any image size",
        lambda: [
            crops().shape,
            shape_of(32, 7),
            *(tuple(weight.shape) for weight in built().weights),
        ],
    ),
    claim(
        "the two layers have more weights ({1,008} against {300})",
        weights_of_two_and_one,
    ),
    claim(
        "Two 3 × 3 convolutions in a row are one 5 × 5 convolution, and we can compute "
        "its kernel",
        lambda: bool(two_layers_against_one() < 1e-4),
    ),
    claim(
        "Shift the image, and the feature map shifts with it",
        lambda: bool(shifted_difference() < 1e-5),
    ),
    claim(
        "A linear layer's answer to the negative of an image is the negative of its "
        "answer. Two filters, ReLU, and a sum manage it",
        lambda: bool(
            negative_difference(relu=True) < 1e-5 < 1 < negative_difference(relu=False)
        ),
    ),
    claim(
        'for ReLU write `kernel_initializer="he_normal"`, and mind that Keras\'s '
        "default is the other one",
        lambda: (
            abs(he_spread() / (2 / 576) ** 0.5 - 1) < 0.02
            and type(built().kernel_initializer).__name__ == "GlorotUniform"
        ),
    ),
    claim(
        "the signal survives with He's, fades with Glorot's (Keras's default) under "
        "ReLU",
        lambda: bool(
            strength_after_ten_layers((2 / 1152) ** 0.5) < 0.1
            and 0.4 < strength_after_ten_layers((2 / 576) ** 0.5) < 2
        ),
    ),
    claim(
        "(3·3·32 + 1)·64 = {18,496}. The channels of a kernel are the maps of the "
        "layer",
        lambda: conv2d_cost((64, 114, 32), 64, 3).parameters,
    ),
    claim(
        "each is used {15,000} times, once at every place: {225 million} "
        "multiplications. And every one of the {3,000,000} outputs must be stored, {4} "
        "bytes each.",
        lambda: [
            COSTLY.multiplications / COSTLY_WEIGHTS,
            COSTLY.multiplications,
            np.prod(COSTLY.output_shape),
            COSTLY.output_bytes / np.prod(COSTLY.output_shape),
        ],
    ),
    claim(
        "{15,200} parameters, {225,000,000} multiplications, {12} MB of output an "
        "image",
        lambda: [COSTLY.parameters, COSTLY.multiplications, COSTLY.output_bytes / 1e6],
    ),
    claim(
        "{Half} a terabyte of weights.",
        lambda: 4 * SAME_OUTPUT.parameters / 1e12,
        within=0.05,
    ),
    claim(
        "inference needs the largest pair of layers, training needs all",
        lambda: (
            [held(training) for training in (False, True)]
            == [
                model_cost(small_network(), training=training).activation_bytes
                for training in (False, True)
            ]
        ),
    ),
]
