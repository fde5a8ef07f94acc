"""Every number of lesson 01, from the functions its notebook calls."""

import functools
import itertools

import numpy as np

from claims import Claim
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


def padded_mean():
    """A mean over 3 by 3 pixels of an even image, with zeros around it."""
    return conv2d_numpy(
        np.ones((4, 5, 1)), np.full((3, 3, 1, 1), 1 / 9), padding="same"
    )[:, :, 0]


def sizes_that_disagree():
    """Real convolutions against the formula, for every size from 7 to 20."""
    grid = itertools.product(
        range(7, 21), (1, 2, 3, 5, 7), (1, 2, 3, 4), ("valid", "same")
    )
    return [
        (n, f, s, padding)
        for n, f, s, padding in grid
        if conv_output_size(n, f, s, padding)
        != ops.conv(
            np.zeros((1, n, 1)), np.zeros((f, 1, 1)), strides=s, padding=padding
        ).shape[1]
    ]


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
COSTLY = conv2d_cost((150, 100, 3), filters=200, kernel_size=5, padding="same")
SAME_OUTPUT = dense_cost((150, 100, 3), 150 * 100 * 200)

CLAIMS = [
    Claim(
        "01",
        "two photographs of 427 by 640 pixels in three colours",
        (2, 427, 640, 3),
        lambda: load_photos().images.shape,
    ),
    Claim(
        "01",
        "the moved flower is 78 away, pixel by pixel",
        78,
        lambda: round(pixel_distance("moved")),
    ),
    Claim(
        "01",
        "the flower in dim light is 66 away",
        66,
        lambda: round(pixel_distance("dim")),
    ),
    Claim(
        "01",
        "the blank card is 61 away, nearest of the three",
        61,
        lambda: round(pixel_distance("card")),
    ),
    Claim(
        "01",
        "stacked 3-wide layers see 3, 5, 7 inputs",
        [3, 5, 7],
        lambda: [receptive_field([(3, 1)] * n) for n in (1, 2, 3)],
    ),
    Claim(
        "01",
        "100 by 100 pixels and 1,000 dense units: 10,000,000 connections",
        10_000_000,
        lambda: dense_cost((100, 100, 1), 1000, use_bias=False).multiplications,
    ),
    Claim(
        "01",
        "the convolutional layer beside it has 1,000 units too",
        (10, 10, 10),
        lambda: conv2d_cost((100, 100, 1), **THOUSAND_UNITS).output_shape,
    ),
    Claim(
        "01",
        "and 49,000 connections",
        49_000,
        lambda: conv2d_cost((100, 100, 1), **THOUSAND_UNITS).multiplications,
    ),
    Claim(
        "01",
        "with 490 weights",
        490,
        lambda: conv2d_cost((100, 100, 1), **THOUSAND_UNITS).parameters,
    ),
    Claim(
        "01",
        "a colour image triples all three: 30,000,000",
        30_000_000,
        lambda: dense_cost((100, 100, 3), 1000, use_bias=False).parameters,
    ),
    Claim(
        "01",
        "a colour image triples all three: 147,000 and 1,470",
        (147_000, 1_470),
        lambda: (
            conv2d_cost((100, 100, 3), **THOUSAND_UNITS).multiplications,
            conv2d_cost((100, 100, 3), **THOUSAND_UNITS).parameters,
        ),
    ),
    Claim(
        "01",
        "convolution by hand equals keras.ops.conv to 1e-5",
        0,
        by_hand_difference,
        tolerance=1e-5,
    ),
    Claim(
        "01",
        "an even wall answers 7 to a line of seven ones",
        7.0,
        lambda: conv2d_numpy(np.ones((9, 9, 1)), np.eye(7)[:, :, None, None]).max(),
    ),
    Claim(
        "01",
        "5 by 7, zeros around it, 3 by 3 windows, stride 2: 3 by 4",
        (3, 4),
        lambda: conv2d_numpy(
            np.zeros((5, 7, 1)), np.zeros((3, 3, 1, 1)), strides=2, padding="same"
        ).shape[:2],
    ),
    Claim(
        "01",
        "12 inputs: windows of 5 give 8 and 12, windows of 4 with stride 3 give 3 and "
        "4",
        [8, 12, 3, 4],
        lambda: [
            conv_output_size(12, f, s, p)
            for f, s in ((5, 1), (4, 3))
            for p in ("valid", "same")
        ],
    ),
    Claim(
        "01", "the size formula is Keras's in all 560 cases", [], sizes_that_disagree
    ),
    Claim(
        "01",
        "a 3 by 3 mean loses a third at the border and five ninths in a corner with "
        "zeros",
        [4 / 9, 6 / 9, 1],
        lambda: padded_mean()[[0, 0, 1], [0, 1, 1]],
        tolerance=1e-12,
    ),
    Claim(
        "01",
        "224 pixels, 7 wide, stride 2: 112 'same', 109 'valid'",
        (112, 109),
        lambda: (conv_output_size(224, 7, 2, "same"), conv_output_size(224, 7, 2)),
    ),
    Claim(
        "01",
        "the cropped batch is (2, 70, 120, 3)",
        (2, 70, 120, 3),
        lambda: crops().shape,
    ),
    Claim(
        "01",
        "32 filters of 7 by 7, 'valid': (2, 64, 114, 32)",
        (2, 64, 114, 32),
        lambda: shape_of(32, 7),
    ),
    Claim(
        "01",
        "'same': (2, 70, 120, 32)",
        (2, 70, 120, 32),
        lambda: shape_of(32, 7, padding="same"),
    ),
    Claim(
        "01",
        "'same' with stride 2: (2, 35, 60, 32)",
        (2, 35, 60, 32),
        lambda: shape_of(32, 7, padding="same", strides=2),
    ),
    Claim(
        "01",
        "the kernel is (7, 7, 3, 32), the bias (32,)",
        [(7, 7, 3, 32), (32,)],
        lambda: [tuple(weight.shape) for weight in built().weights],
    ),
    Claim(
        "01",
        "4,736 parameters",
        4_736,
        lambda: conv2d_cost((70, 120, 3), 32, 7).parameters,
    ),
    Claim(
        "01",
        "the same layer takes the whole photograph: (1, 421, 634, 32)",
        (1, 421, 634, 32),
        lambda: tuple(built()(load_photos().images[:1] / 255.0).shape),
    ),
    Claim(
        "01",
        "on grey images 1,600 parameters, on 13 bands 20,416",
        (1_600, 20_416),
        lambda: (built(channels=1).count_params(), built(channels=13).count_params()),
    ),
    Claim(
        "01",
        "64 filters of 3 by 3 on 32 maps: 18,496",
        18_496,
        lambda: conv2d_cost((64, 114, 32), 64, 3).parameters,
    ),
    Claim(
        "01",
        "shift the image and the feature map shifts with it",
        0,
        shifted_difference,
        tolerance=1e-5,
    ),
    Claim(
        "01",
        "two convolutions without an activation are one",
        0,
        two_layers_against_one,
        tolerance=1e-4,
    ),
    Claim(
        "01",
        "a linear layer answers to a negative with the negative",
        True,
        lambda: bool(negative_difference(relu=False) > 1),
    ),
    Claim(
        "01",
        "with ReLU, edges of both directions get one answer",
        0,
        lambda: negative_difference(relu=True),
        tolerance=1e-5,
    ),
    Claim(
        "01",
        "He's spread for 3 by 3 on 64 maps is 0.0589, Glorot's 0.0417",
        (0.0589, 0.0417),
        lambda: (round((2 / 576) ** 0.5, 4), round((2 / 1152) ** 0.5, 4)),
    ),
    Claim(
        "01",
        "Keras's he_normal has that spread",
        0.0589,
        lambda: float(np.std(keras.initializers.HeNormal(seed=0)((3, 3, 64, 64)))),
        tolerance=0.001,
    ),
    Claim(
        "01",
        "ten layers keep the signal with He's spread",
        True,
        lambda: bool(0.4 < strength_after_ten_layers((2 / 576) ** 0.5) < 2),
    ),
    Claim(
        "01",
        "and lose it with Glorot's",
        True,
        lambda: bool(strength_after_ten_layers((2 / 1152) ** 0.5) < 0.1),
    ),
    Claim(
        "01",
        "Keras's default is Glorot's",
        "GlorotUniform",
        lambda: type(built().kernel_initializer).__name__,
    ),
    Claim(
        "01",
        "200 filters of 5 by 5 on 150 by 100 RGB: 15,200 parameters",
        15_200,
        lambda: COSTLY.parameters,
    ),
    Claim(
        "01", "225,000,000 multiplications", 225_000_000, lambda: COSTLY.multiplications
    ),
    Claim(
        "01", "96,000,000 bits of output", 96_000_000, lambda: 8 * COSTLY.output_bytes
    ),
    Claim("01", "that is 12 MB", 12.0, lambda: COSTLY.output_bytes / 1e6),
    Claim(
        "01", "1.2 GB for a batch of 100", 1.2, lambda: 100 * COSTLY.output_bytes / 1e9
    ),
    Claim(
        "01",
        "a dense layer of the same output: 135,003,000,000 parameters, 540 GB",
        (135_003_000_000, 540),
        lambda: (SAME_OUTPUT.parameters, round(4 * SAME_OUTPUT.parameters / 1e9)),
    ),
    Claim(
        "01",
        "and 600 times the multiplications",
        600.0,
        lambda: SAME_OUTPUT.multiplications / COSTLY.multiplications,
    ),
    Claim(
        "01",
        "inference holds the largest two neighbours",
        held(training=False),
        lambda: model_cost(small_network()).activation_bytes,
    ),
    Claim(
        "01",
        "training holds all",
        held(training=True),
        lambda: model_cost(small_network(), training=True).activation_bytes,
    ),
]
