"""Every number of notebook 01b, from the functions it calls."""

import itertools

import numpy as np

from claims import claims_of
from claims.lesson_01 import built, convolved, crops, rng_kernels
from course_utils.arithmetic import receptive_field
from course_utils.startup import keras


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


def he_spread():
    return float(np.std(keras.initializers.HeNormal(seed=0)((3, 3, 64, 64))))


def strength_after_ten_layers(spread):
    x = np.random.default_rng(0).normal(size=(2, 24, 24, 64)).astype("float32")
    for seed in range(10):
        x = np.maximum(
            convolved(x, rng_kernels((3, 3, 64, 64), seed, spread), padding="same"), 0
        )
    return np.sqrt(np.mean(x**2))


claim = claims_of("01b_layer_on_layer")

CLAIMS = [
    claim(
        "the two layers have more weights ({1,008} against {300})",
        weights_of_two_and_one,
    ),
    claim(
        "two convolutions in a row, {1,008} weights | equal to one with {300}",
        weights_of_two_and_one,
    ),
    claim(
        "So there must be *one* kernel that does both steps at once.",
        lambda: bool(two_layers_against_one() < 1e-4),
    ),
    claim(
        "One of {21 × 21}: each layer after",
        lambda: [receptive_field([(3, 1)] * 10)] * 2,
    ),
    claim("After ten layers 0.71¹⁰ = {0.03} is left.", lambda: 0.5**5),
    claim(
        'with ReLU write `kernel_initializer="he_normal"`, and mind that Keras\'s '
        "default is the other one",
        lambda: (
            abs(he_spread() / (2 / 576) ** 0.5 - 1) < 0.02
            and type(built().kernel_initializer).__name__ == "GlorotUniform"
        ),
    ),
    claim(
        "near 1 with He's, 0.03 or less with Glorot's, nothing with σ = 0.01",
        lambda: bool(
            strength_after_ten_layers((2 / 1152) ** 0.5) < 0.035
            and 0.4 < strength_after_ten_layers((2 / 576) ** 0.5) < 2
            and strength_after_ten_layers(0.01) < 1e-6
        ),
    ),
    claim(
        "after ten layers less than {1e-11} of it is left",
        lambda: np.sqrt(0.5 * 9 * 0.01**2) * np.sqrt(0.5 * 144 * 0.01**2) ** 9,
        "<",
    ),
    claim(
        "a factor of √2 in each of the {nine} layers after the first, {23} in all",
        lambda: [9, np.sqrt(2) ** 9],
    ),
]
