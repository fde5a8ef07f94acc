"""Every number of lesson 04, from the functions its notebook calls."""

import functools

import numpy as np

from claims import Claim
from course_utils.architectures import build, catalog, weighted_layers
from course_utils.arithmetic import model_cost
from course_utils.layers import ResidualUnit
from course_utils.startup import keras
from course_utils.training import gradient_norms

ops = keras.ops


@functools.cache
def network():
    return build("resnet34", classes=10)


def statistics():
    return sum(int(np.prod(weight.shape)) for weight in network().non_trainable_weights)


def stage_shapes():
    shapes = [
        layer.output.shape[1:]
        for layer in network().layers
        if isinstance(layer, ResidualUnit)
    ]
    return [
        (shape, shapes.count(shape)) for shape in sorted(set(shapes), key=shapes.index)
    ]


def distance_from_identity(**settings):
    keras.utils.set_random_seed(42)
    x = ops.relu(keras.random.normal((16, 16, 16, 64), seed=7))
    change = ResidualUnit(64, **settings)(x, training=True) - x
    return float(ops.sqrt(ops.sum(change**2) / ops.sum(x**2)))


@functools.cache
def norms(residual, silent=False):
    keras.utils.set_random_seed(42)
    model = build("resnet34", (64, 64, 3), classes=10, residual=residual)
    if silent:
        unit = [layer for layer in model.layers if isinstance(layer, ResidualUnit)][8]
        unit.norm2.gamma.assign(ops.zeros_like(unit.norm2.gamma))
    noise = np.random.default_rng(0).normal(size=(8, 64, 64, 3)).astype("float32")
    return gradient_norms(model, noise, np.arange(8))


def growth(residual):
    values = norms(residual)
    return np.mean(values[:8]) / np.mean(values[-8:])


def parameters(name):
    return int(catalog().set_index("name").loc[name, "parameters"])


CLAIMS = [
    Claim(
        "04",
        "ResNet-34 with ten classes has 21,306,826 parameters",
        21_306_826,
        lambda: network().count_params(),
    ),
    Claim("04", "17,024 of them are batch-norm statistics", 17_024, statistics),
    Claim(
        "04",
        "it has 34 weighted layers, skips not counted",
        34,
        lambda: weighted_layers(network()),
    ),
    Claim(
        "04",
        "its stages: 3, 4, 6 and 3 units on maps of 56, 28, 14 and 7 pixels",
        [((56, 56, 64), 3), ((28, 28, 128), 4), ((14, 14, 256), 6), ((7, 7, 512), 3)],
        stage_shapes,
    ),
    Claim(
        "04",
        "one photograph costs 3.66 billion multiply-adds",
        3.66,
        lambda: model_cost(network()).multiply_adds / 1e9,
        tolerance=0.005,
    ),
    Claim(
        "04",
        "a new residual unit with γ = 0 is the identity",
        0.0,
        lambda: distance_from_identity(zero_gamma=True),
    ),
    Claim(
        "04",
        "a new residual unit with γ = 1 is far from it",
        1.1,
        distance_from_identity,
        tolerance=0.1,
    ),
    Claim(
        "04",
        "as far as a plain one",
        1.2,
        lambda: distance_from_identity(residual=False),
        tolerance=0.1,
    ),
    Claim(
        "04",
        "a plain network's gradient grows over ten times towards the input",
        True,
        lambda: growth(False) > 10,
    ),
    Claim(
        "04",
        "a residual network's less than six times",
        True,
        lambda: 1 < growth(True) < 6,
    ),
    Claim(
        "04",
        "one silent unit stops all 34 layers of a plain network",
        34,
        lambda: norms(False, True).count(0.0),
    ),
    Claim(
        "04", "and with skips only its own two", 2, lambda: norms(True, True).count(0.0)
    ),
    Claim(
        "04",
        "momentum 0.99 leaves over a third after 100 steps",
        True,
        lambda: 0.99**100 > 1 / 3,
    ),
    Claim(
        "04",
        "two 3×3 on 256 channels have 17 times the weights of a bottleneck",
        17,
        lambda: round(2 * 9 * 256 * 256 / (256 * 64 + 9 * 64 * 64 + 64 * 256)),
    ),
    Claim(
        "04",
        "ResNet-50 has 25,636,712 parameters",
        25_636_712,
        lambda: parameters("resnet50"),
    ),
    Claim(
        "04",
        "ResNet-101 has 44,707,176 parameters",
        44_707_176,
        lambda: parameters("resnet101"),
    ),
    Claim(
        "04",
        "ResNet-152 has 60,419,944 parameters",
        60_419_944,
        lambda: parameters("resnet152"),
    ),
    Claim(
        "04",
        "ResNet-152's 3, 8, 36 and 3 units make 152 layers",
        152,
        lambda: 3 * sum((3, 8, 36, 3)) + 2,
    ),
]
