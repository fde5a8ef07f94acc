"""Every number of lesson 04, from the functions its notebook calls."""

import functools

import numpy as np

from claims import claims_of
from course_utils.architectures import build, catalog, weighted_layers
from course_utils.layers import ResidualUnit
from course_utils.measured import measured
from course_utils.startup import keras
from course_utils.training import gradient_norms
from course_utils.uncertainty import mean_interval

ops = keras.ops


@functools.cache
def network():
    return build("resnet34", classes=10)


def averages():
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


@functools.cache
def small_network(residual=True, zero_gamma=False):
    """The thin ResNet-34 of section 3, with its skips or without, untrained."""
    keras.utils.set_random_seed(42)
    return build(
        "resnet34",
        (64, 64, 3),
        classes=10,
        filters=16,
        residual=residual,
        zero_gamma=zero_gamma,
    )


def units(model):
    return [layer for layer in model.layers if isinstance(layer, ResidualUnit)]


def noise():
    return np.random.default_rng(0).normal(size=(16, 64, 64, 3)).astype("float32")


@functools.cache
def added_shares(zero_gamma=False):
    """For each unit, the length of f(x) by that of what the skip carries."""
    model, shares = small_network(zero_gamma=zero_gamma), []
    inputs = keras.Model(model.input, [unit.input for unit in units(model)])
    for unit, x in zip(units(model), inputs(noise(), training=True), strict=True):
        inside = ops.relu(unit.norm1(unit.conv1(x), training=True))
        added = unit.norm2(unit.conv2(inside), training=True)
        if unit.skip_conv is not None:
            x = unit.skip_norm(unit.skip_conv(x), training=True)
        shares.append(float(np.linalg.norm(added) / np.linalg.norm(x)))
    return shares


@functools.cache
def norms(residual, silent=(), relative=False):
    """The size of the gradient in each layer, perhaps with some units silenced."""
    model = small_network(residual)
    gammas = [units(model)[unit].norm2.gamma for unit in silent]
    before = [gamma.numpy() for gamma in gammas]
    for gamma in gammas:
        gamma.assign(ops.zeros_like(gamma))
    sizes = gradient_norms(model, noise(), np.arange(16) % 10, relative)
    for gamma, value in zip(gammas, before, strict=True):
        gamma.assign(value)
    return sizes


def growth(residual, relative=False):
    values = norms(residual, relative=relative)
    return np.mean(values[:8]) / np.mean(values[-9:-1])  # the dense layer is last


def skip_parameters():
    """Of the skip from 16 to 32 channels: all, the convolution's, the batch norm's."""
    unit = ResidualUnit(32)
    unit.build((None, 8, 8, 16))
    parts = [layer.count_params() for layer in (unit.skip_conv, unit.skip_norm)]
    return [sum(parts), *parts]


def first_plain_run():
    return measured("residual")["arms"]["plain"]["runs"][0]["history"]


def test_accuracies():
    """Of each arm, in percent, one number per seed."""
    arms = measured("residual")["arms"].values()
    return [
        np.array([100 * run["test_accuracy"] for run in arm["runs"]]) for arm in arms
    ]


def residual_intervals():
    plain, ordinary, zero_gamma = test_accuracies()
    return mean_interval(ordinary - plain), mean_interval(zero_gamma - ordinary)


def residual_gains():
    return [gain.estimate for gain in residual_intervals()]


def training_accuracies():
    """For each seed, the training accuracies of the three networks, epoch by epoch."""
    arms = measured("residual")["arms"].values()
    runs = zip(*(arm["runs"] for arm in arms), strict=True)
    return [[run["history"]["accuracy"] for run in seed] for seed in runs]


def parameters(name):
    return int(catalog().set_index("name").loc[name, "parameters"])


claim = claims_of("04_resnet34")

CLAIMS = [
    claim(
        "ResNet-34, ten classes | {34} weighted layers, {21,306,826} parameters, "
        "{17,024} of them averages",
        lambda: [weighted_layers(network()), network().count_params(), averages()],
    ),
    claim(
        "{3} units with {64} filters, {4} with {128}, {6} with {256} and {3} with "
        "{512}.",
        lambda: [(count, shape[-1]) for shape, count in stage_shapes()],
    ),
    claim(
        "{640}: the 1×1 convolution has 16 · 32 = {512} weights and no bias, and the "
        "batch norm has 4 · 32 = {128} numbers.",
        skip_parameters,
    ),
    claim(
        "a new unit with γ = 0, inside the network | adds nothing to what its skip "
        "carries",
        lambda: max(added_shares(zero_gamma=True)) == 0,
    ),
    claim(
        "the first unit of stages 2 to 4 adds as much as it passes on",
        lambda: all(0.9 < added_shares()[unit] < 1.1 for unit in (3, 7, 13)),
    ),
    claim(
        "so the second unit still adds as much as it carries",
        lambda: all(0.9 < added_shares()[unit] < 1.1 for unit in (4, 8, 14)),
    ),
    claim(
        "From the third unit of a stage on the share falls: each adds a signal of the "
        "same size to a sum that has grown",
        lambda: all(
            np.all(np.diff(added_shares()[start + 1 : end]) < 0)
            for start, end in ((0, 3), (3, 7), (7, 13), (13, 16))
        ),
    ),
    claim(
        "even the nearest adds about {half} of what it carries",
        lambda: min(added_shares()),
        within=0.1,
    ),
    claim(
        "gradient, first eight convolutions against last eight | plain: more than {20} "
        "times",
        lambda: growth(False),
        ">",
    ),
    claim(
        "plain: more than 20 times; residual: less than {6} times",
        lambda: growth(True),
        "<",
    ),
    claim(
        "the same, divided by the weights | plain: more than {40} times",
        lambda: growth(False, relative=True),
        ">",
    ),
    claim(
        "plain: more than 40 times; residual: less than {12} times",
        lambda: growth(True, relative=True),
        "<",
    ),
    claim(
        "one silent unit | stops all {34} layers of the plain network, and only its "
        "own {two} with skips",
        lambda: [norms(residual, (8,)).count(0.0) for residual in (False, True)],
    ),
    claim(
        "{Four}: the two convolutions of each silent unit.",
        lambda: norms(True, (8, 12)).count(0.0),
    ),
    claim(
        "epoch by epoch: {10 %}, {18 %}, {34 %}, {45 %}.",
        lambda: first_plain_run()["accuracy"],
        within=0.005,
    ),
    claim(
        "About {0.52}: it follows.",
        lambda: first_plain_run()["val_accuracy"][-1],
        within=0.005,
    ),
    claim(
        "its averages are good enough: orange and green end close together",
        lambda: all(
            abs(
                run["history"]["val_accuracy"][-1]
                - run["history"]["val_accuracy_reestimated"][-1]
            )
            < 0.1
            for run in measured("residual")["arms"]["plain"]["runs"]
        ),
    ),
    claim(
        "In so short a training, very much: about {26} points, and γ = 0 adds another "
        "{9}",
        residual_gains,
    ),
    claim(
        "Both intervals lie far from 0",
        lambda: all(gain.low > 5 for gain in residual_intervals()),
    ),
    claim(
        "after four epochs it knows its training images about as well as the others "
        "did after one",
        lambda: all(
            abs(plain[-1] - other[0]) < 0.08
            for plain, *others in training_accuracies()
            for other in others
        ),
    ),
    claim(
        "After four epochs the plain network was still rising",
        lambda: all(plain[-1] > plain[-2] for plain, *_ in training_accuracies()),
    ),
    claim(
        "on 256 channels have 2 · 9 · 256 · 256 = {1,179,648} weights.",
        lambda: 2 * 9 * 256 * 256,
    ),
    claim(
        "has 256 · 64 + 9 · 64 · 64 + 64 · 256 = {69,632}: {17} times fewer.",
        lambda: [
            256 * 64 + 9 * 64 * 64 + 64 * 256,
            2 * 9 * 256**2 / (2 * 256 * 64 + 9 * 64**2),
        ],
    ),
    claim(
        "ResNet-50, 101, 152 | {50}, {101} and {152} layers; parameters as in "
        "`keras.applications`",
        lambda: [
            3 * units + 2 for units in (3 + 4 + 6 + 3, 3 + 4 + 23 + 3, 3 + 8 + 36 + 3)
        ],
    ),
    claim(
        "parameters as in `keras.applications`",
        lambda: (
            [parameters(name) for name in ("resnet50", "resnet101", "resnet152")]
            == [25_636_712, 44_707_176, 60_419_944]
        ),
    ),
]
