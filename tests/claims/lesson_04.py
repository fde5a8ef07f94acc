"""Every number of lesson 04, from the functions its notebook calls."""

import functools

import numpy as np

from claims import claims_of
from course_utils.architectures import build, catalog, weighted_layers
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
def small_network(residual):
    """ResNet-34 for 64 by 64 pixels, with its skips or without, untrained."""
    keras.utils.set_random_seed(42)
    return build("resnet34", (64, 64, 3), classes=10, residual=residual)


@functools.cache
def norms(residual, silent=False):
    """The length of the gradient in each layer, perhaps with unit 8 silenced."""
    model = small_network(residual)
    norm = [layer for layer in model.layers if isinstance(layer, ResidualUnit)][8].norm2
    gamma = keras.ops.copy(norm.gamma)
    norm.gamma.assign(gamma * (not silent))
    noise = np.random.default_rng(0).normal(size=(8, 64, 64, 3)).astype("float32")
    lengths = gradient_norms(model, noise, np.arange(8))
    norm.gamma.assign(gamma)
    return lengths


def growth(residual):
    values = norms(residual)
    return np.mean(values[:8]) / np.mean(values[-8:])


def parameters(name):
    return int(catalog().set_index("name").loc[name, "parameters"])


claim = claims_of("04_resnet34")

CLAIMS = [
    claim(
        "ResNet-34, ten classes | {34} weighted layers, {21,306,826} parameters, "
        "{17,024} of them statistics",
        lambda: [weighted_layers(network()), network().count_params(), statistics()],
    ),
    claim(
        "{3} units with {64} filters, {4} with {128}, {6} with {256} and {3} with "
        "{512}.",
        lambda: [(count, shape[-1]) for shape, count in stage_shapes()],
    ),
    claim(
        "a new residual unit with γ = 0 | the identity, exactly",
        lambda: distance_from_identity(zero_gamma=True) == 0,
    ),
    claim(
        "a new plain unit, a new residual unit with γ = 1 | both far from the identity",
        lambda: (
            abs(distance_from_identity() - 1.1) < 0.1
            and abs(distance_from_identity(residual=False) - 1.2) < 0.1
        ),
    ),
    claim(
        "gradient, first layers against last | plain: more than {10} times",
        lambda: growth(False),
        ">",
    ),
    claim(
        "plain: more than 10 times; residual: less than {6} times",
        lambda: growth(True),
        "<",
    ),
    claim(
        "one silent unit | stops all {34} layers of the plain network, and only its "
        "own {two} with skips",
        lambda: [norms(residual, True).count(0.0) for residual in (False, True)],
    ),
    claim(
        "after 100 steps more than a {third} of it is still there",
        lambda: 0.99**100,
        ">",
    ),
    claim(
        "ResNet-50, 101, 152 | counted by arithmetic, equal to `keras.applications`",
        lambda: (
            [parameters(name) for name in ("resnet50", "resnet101", "resnet152")]
            == [25_636_712, 44_707_176, 60_419_944]
        ),
    ),
]
