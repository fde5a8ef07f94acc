"""Lesson 03b: the networks, their counts, and what the atlas says of them."""

from functools import cache

import numpy as np

from claims import claims_of
from course_utils.arithmetic import conv2d_cost, dense_cost


def keras():
    from course_utils.startup import keras

    return keras


@cache
def networks():
    from course_utils.architectures import catalog

    return catalog().set_index("name")


@cache
def shapes_only(name):
    """A network without its weights' values: VGG's would fill half a gigabyte."""
    from course_utils import graph
    from course_utils.architectures import build

    with graph.shapes_only():
        return build(name)


VGG = ("vgg16", "vgg19")


def layers_of(name):
    from course_utils.architectures import weighted_layers

    return weighted_layers(shapes_only(name))


def count_of(name, kind):
    return sum(
        isinstance(layer, getattr(keras().layers, kind))
        for layer in shapes_only(name).layers
    )


def alexnet():
    convolutions = [
        conv2d_cost((227, 227, 3), 96, 11, strides=4),
        conv2d_cost((27, 27, 96), 256, 5, padding="same", groups=2),
        conv2d_cost((13, 13, 256), 384, 3, padding="same"),
        conv2d_cost((13, 13, 384), 384, 3, padding="same", groups=2),
        conv2d_cost((13, 13, 384), 256, 3, padding="same", groups=2),
    ]
    return convolutions, [
        dense_cost((6, 6, 256), 4096),
        dense_cost(4096, 4096),
        dense_cost(4096, 1000),
    ]


def maps_that_quieten():
    """How far from a feature map others lie that change it, with AlexNet's
    normalization.
    """
    from course_utils.layers import LocalResponseNormalization

    layer = LocalResponseNormalization(depth_radius=2, bias=2, alpha=1e-4, beta=0.75)
    alone = np.zeros((1, 1, 1, 13), "float32")
    alone[..., 6] = 1
    changed = []
    for other in range(13):
        louder = alone.copy()
        louder[..., other] += 100 * (other != 6)
        if (
            abs(float(layer(louder)[0, 0, 0, 6]) - float(layer(alone)[0, 0, 0, 6]))
            > 1e-3
        ):
            changed.append(other - 6)
    return changed


def inception_modules():
    from course_utils.architectures.googlenet import MODULES

    return MODULES


def auxiliary_heads():
    """After which of the nine modules the two heads stand, counted from 1."""
    from course_utils import graph
    from course_utils.architectures import build

    with graph.shapes_only():
        outputs = build("googlenet", auxiliary=True).output_names
    names = list(inception_modules())
    return sorted(
        names.index(name.removeprefix("auxiliary_")) + 1
        for name in outputs
        if name != "predictions"
    )


def one_by_one_is_dense():
    x = keras().random.normal((2, 5, 5, 12), seed=0)
    convolution, dense = keras().layers.Conv2D(8, 1), keras().layers.Dense(8)
    answer = convolution(x)
    dense.build(x.shape)
    dense.set_weights([convolution.kernel[0, 0], convolution.bias])
    return bool(np.allclose(answer, dense(x), atol=1e-5))


def separable_saves(maps):
    ordinary = conv2d_cost((14, 14, maps), maps, 3, padding="same").multiplications
    depthwise = conv2d_cost(
        (14, 14, maps), maps, 3, padding="same", groups=maps
    ).multiplications
    pointwise = conv2d_cost((14, 14, maps), maps, 1).multiplications
    return ordinary / (depthwise + pointwise)


def ratio(column, name, against):
    return float(networks()[column][name] / networks()[column][against])


def total(costs, key="parameters"):
    return sum(getattr(cost, key) for cost in costs)


def lenet():
    costs = [conv2d_cost((32, 32, 1), 6, 5), conv2d_cost((14, 14, 6), 16, 5)]
    costs += [conv2d_cost((5, 5, 16), 120, 5), dense_cost(120, 84), dense_cost(84, 10)]
    return costs


def lenet_of_the_paper():
    """With the table of C3: six maps see three of S2, nine see four, one sees all; each
    map of an averaging layer has a weight and an offset; RBF units learn nothing.
    """
    first, _, last, f6, _ = (cost.parameters for cost in lenet())
    return first + 2 * 6 + lenet_c3_of_the_paper() + 2 * 16 + last + f6


def lenet_c3_of_the_paper():
    return 6 * (3 * 25 + 1) + 9 * (4 * 25 + 1) + (6 * 25 + 1)


def second_dense_block():
    """The maps that enter the second transition of DenseNet-121, which leaves 256."""
    return [
        layer.kernel.shape[2]
        for layer in ordinary_convolutions("densenet121")
        if layer.kernel_size == (1, 1) and layer.filters == 256
    ]


def one_gate():
    from course_utils.layers import SqueezeExcite

    gate = SqueezeExcite(ratio=16)
    gate.build((None, 7, 7, 256))
    return gate.count_params()


def step(name):
    """Seconds of one training step, as measured."""
    from course_utils.measured import measured

    return measured("network_steps")["networks"][name]["train_step"]


def loud_pixel():
    """By what each of twelve maps is divided, the sixth of them loud."""
    from course_utils.layers import LocalResponseNormalization

    pixel = np.ones((1, 1, 1, 12), "float32")
    pixel[..., 5] = 4
    layer = LocalResponseNormalization(2, bias=1, alpha=0.2, beta=0.75)
    return (pixel / np.asarray(layer(pixel))).ravel()


def ordinary_convolutions(name):
    """Convolutions that are neither separable nor depthwise."""
    kinds = keras().layers
    return [layer for layer in shapes_only(name).layers if type(layer) is kinds.Conv2D]


claim = claims_of("03b_atlas")

CLAIMS = [
    claim(
        "Today's version has {61,706} parameters, the paper's {60,000}.",
        lambda: [total(lenet()), lenet_of_the_paper()],
    ),
    claim(
        "so C3 has {900} fewer. The last 84 numbers are compared with drawn pictures",
        lambda: lenet()[1].parameters - lenet_c3_of_the_paper(),
    ),
    claim(
        "where we take a softmax, which has {850}. And its averages have a weight and "
        "an offset that are learned, {44} in all.",
        lambda: [lenet()[-1].parameters, 2 * 6 + 2 * 16],
    ),
    claim(
        "5 · 5 · 48 · 256 weights and 256 biases: {307,456}.",
        lambda: alexnet()[0][1].parameters,
    ),
    claim(
        "128 + 12 · 32 = {512}. Between the blocks, a 1×1 convolution halves them.",
        second_dense_block,
    ),
    claim("and 16 · 256 + 256 for the second: {8,464}.", one_gate),
    claim(
        "almost no work, {14 %} more time", lambda: step("senet") / step("resnet50") - 1
    ),
    claim(
        "yet about a seventh more time on the course's machine",
        lambda: bool(abs(step("senet") / step("resnet50") - 8 / 7) < 0.01),
    ),
    claim(
        "LeNet-5, AlexNet, VGG-16 by arithmetic | {61,706}; {60,965,224}; "
        "{138,357,544} parameters",
        lambda: [
            total(lenet()),
            total(alexnet()[0] + alexnet()[1]),
            networks().parameters["vgg16"],
        ],
    ),
    claim(
        "kept its {60 million} parameters from learning the pictures by heart",
        lambda: networks().parameters["alexnet"],
        within=1e6,
    ),
    claim(
        "and a window of {five} maps. Mind the names",
        lambda: 1 + len(maps_that_quieten()),
    ),
    claim(
        "with 5 the window would hold eleven maps",
        lambda: 2 * 5 + 1 == 11 and np.abs(maps_that_quieten()).max() == 2,
    ),
    claim(
        "It and the {two} maps on either side are divided by the same number, {3.3}",
        lambda: [2, *set(loud_pixel()[3:8].round(1))],
    ),
    claim(
        "The maps outside are divided by half as much",
        lambda: bool((abs(loud_pixel()[3] / loud_pixel()[8:10] - 2) < 0.05).all()),
    ),
    claim(
        "ZFNet's maps have {four} times as many places",
        lambda: (
            conv2d_cost((226, 226, 3), 96, 7, strides=2).output_shape[0] ** 2
            / conv2d_cost((227, 227, 3), 96, 11, strides=4).output_shape[0] ** 2
        ),
    ),
    claim(
        "GoogLeNet, {nine} modules | {6,998,552} parameters, a ninth of AlexNet's",
        lambda: [len(inception_modules()), networks().parameters["googlenet"]],
    ),
    claim(
        "its own table, counted here with biases, gives {nine}",
        lambda: networks().parameters["alexnet"] / networks().parameters["googlenet"],
    ),
    claim(
        "{Six} numbers describe it: {64, 96, 128, 16, 32, 32}",
        lambda: [len(inception_modules()["3a"]), list(inception_modules()["3a"])],
    ),
    claim("on top of the third and sixth module", lambda: auxiliary_heads() == [3, 6]),
    claim(
        "1×1 convolution *is* a dense layer, applied at every pixel",
        one_by_one_is_dense,
    ),
    claim(
        "VGG-16 and VGG-19 have {13} and {16} convolutions, and {three} dense layers",
        lambda: [
            *(count_of(name, "Conv2D") for name in VGG),
            *{count_of(name, "Dense") for name in VGG},
        ],
    ),
    claim(
        "VGG-{16}, VGG-{19} | 13 and 16 convolutions, three dense layers each",
        lambda: [layers_of(name) for name in VGG],
    ),
    claim(
        "{Six} ordinary ones are left: {two} at the start, and {four} of 1×1 on skips",
        lambda: [
            len(ordinary_convolutions("xception")),
            sum(c.kernel_size == (3, 3) for c in ordinary_convolutions("xception")),
            sum(c.kernel_size == (1, 1) for c in ordinary_convolutions("xception")),
        ],
    ),
    claim(
        "separable against ordinary 3×3 | {8} to {9} times fewer",
        lambda: [separable_saves(maps) for maps in (64, 1024)],
    ),
    claim(
        "squeeze-and-excite in ResNet-50 | a {tenth} more parameters, almost no work",
        lambda: ratio("parameters", "senet", "resnet50") - 1,
        within=0.005,
    ),
    claim(
        "a tenth more parameters, almost no work",
        lambda: bool(0 < ratio("multiply_adds", "senet", "resnet50") - 1 < 0.002),
    ),
    claim(
        "Width and side count twice, so one step up about doubles the work",
        lambda: abs(1.2 * 1.1**2 * 1.15**2 - 2) < 0.1,
    ),
    claim(
        "AlexNet {61}, VGG {138}, GoogLeNet {7}, ResNet-152 {60}, MobileNet {4} "
        "million",
        lambda: [
            networks().parameters[name] / 1e6
            for name in ("alexnet", "vgg16", "googlenet", "resnet152", "mobilenet")
        ],
    ),
    claim(
        "{128} + {192} + {96} + {64} = {480}. The numbers before the 3×3 and the 5×5",
        lambda: (
            [inception_modules()["3b"][index] for index in (0, 2, 4, 5)]
            + [sum(inception_modules()["3b"][index] for index in (0, 2, 4, 5))]
        ),
    ),
]
