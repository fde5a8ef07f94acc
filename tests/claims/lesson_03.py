"""Lesson 03: what the networks are made of, what they cost, and how good they were."""

from functools import cache

import numpy as np

from claims import claims_of
from course_utils.arithmetic import conv2d_cost, dense_cost, receptive_field


def keras():
    from course_utils.startup import keras

    return keras


@cache
def networks():
    from course_utils.architectures import catalog

    return catalog().set_index("name")


@cache
def cost_of(name, **options):
    from course_utils.architectures import build
    from course_utils.arithmetic import model_cost

    return model_cost(build(name, **options))


@cache
def shapes_only(name):
    """A network without its weights' values: VGG's would fill half a gigabyte."""
    from course_utils.architectures import build

    with keras().StatelessScope(initialize_variables=False):
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


# Small kernels ------------------------------------------------------------------------


def stack(*kernels, maps=64, size=56):
    return [
        conv2d_cost((size, size, maps), maps, kernel, padding="same")
        for kernel in kernels
    ]


def total(costs, key="parameters"):
    return sum(getattr(cost, key) for cost in costs)


def weights_of_a_pair(*kernels):
    """What each pair of one map in and one map out costs in such a stack."""
    return sum(conv2d_cost((8, 8, 1), 1, k, use_bias=False).parameters for k in kernels)


def multiplications(*kernels):
    return total(stack(*kernels), "multiplications")


def three_against_seven():
    """The multiplications of three 3×3 as a multiple of 7×7 with stride 2, which sees
    as far and ends at the same size.
    """
    three = [
        conv2d_cost((224, 224, 3), 64, 3, padding="same"),
        conv2d_cost((224, 224, 64), 64, 3, padding="same"),
        conv2d_cost((224, 224, 64), 64, 3, strides=2, padding="same"),
    ]
    seven = conv2d_cost((224, 224, 3), 64, 7, strides=2, padding="same")
    return total(three, "multiplications") / seven.multiplications


def work_of_pair(size):
    """Multiply-adds of the textbook network's two convolutions at one size."""
    return sum(
        row.multiply_adds
        for row in cost_of("fashion_cnn").rows
        if row.type == "Conv2D" and row.output_shape[0] == size
    )


# The networks -------------------------------------------------------------------------


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
    with keras().StatelessScope(initialize_variables=False):
        from course_utils.architectures import build

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


def front(cost):
    """The networks that no cheaper one equals in top-1 accuracy."""
    rated = networks().dropna(subset=["top1"]).sort_values([cost, "top1"])
    return set(rated.index[rated.top1 > rated.top1.cummax().shift(fill_value=0)])


def both_fronts():
    return front("multiply_adds") & front("parameters")


# The fast network's recipe, the challenge, augmentation -------------------------------


@cache
def recipe():
    """What the fast network is trained with, read from the model that is measured."""
    from experiments.fashion import RECIPES

    model = RECIPES["fashion_fast"].model(100)
    optimizer, loss = model.optimizer, model.loss
    peak = max(float(optimizer._learning_rate(step)) for step in range(100))
    return {
        "peak": round(peak, 3),
        "momentum": optimizer.momentum,
        "weight decay": optimizer.weight_decay,
        "label smoothing": loss.get_config()["label_smoothing"],
        "batch size": RECIPES["fashion_fast"].batch_size,
    }


@cache
def ilsvrc():
    import pandas

    from course_utils.data_files import data_file

    with data_file("ilsvrc.csv").open(encoding="utf-8") as file:
        return pandas.read_csv(file)


def error(year, place="winner"):
    rows = ilsvrc()
    row = rows[(rows.year == year) & (rows.place == place)].iloc[0]
    return float(row.top5_error) / 100


def negative_after_contrast(**options):
    """Percent of a dahlia's pixels that are negative before and after RandomContrast,
    on pixels from −1 to 1.
    """
    from course_utils.datasets import load_photos

    image = load_photos().images[1, 40:400, 130:490].astype("float32") / 127.5 - 1
    changed = keras().layers.RandomContrast(0.2, seed=5, **options)(
        image[None], training=True
    )
    return [
        round(100 * float((np.asarray(pixels) < 0).mean()))
        for pixels in (image, changed)
    ]


claim = claims_of("03_architectures")

CLAIMS = [
    # 1: small kernels
    claim(
        "twice the maps in and twice the maps out multiply the work by four. The two "
        "cancel exactly",
        lambda: (
            conv2d_cost((56, 56, 64), 64, 3, padding="same").multiplications
            == conv2d_cost((28, 28, 128), 128, 3, padding="same").multiplications
        ),
    ),
    claim(
        "these together see {five} pixels: as many as one kernel of {5}",
        lambda: [receptive_field([(3, 1), (3, 1)]), receptive_field([(5, 1)])],
    ),
    claim(
        "{18} weights a pair of channels instead of {25}: {28 %} saved",
        lambda: [
            *(weights_of_a_pair(*kernels) for kernels in ((3, 3), (5,))),
            1 - multiplications(3, 3) / multiplications(5),
        ],
    ),
    claim(
        "Three 3×3 against one 7×7 save even more: {27} instead of {49}.",
        lambda: [weights_of_a_pair(*kernels) for kernels in ((3, 3, 3), (7,))],
    ),
    claim(
        "{45 %} fewer, with the same receptive field",
        lambda: 1 - multiplications(3, 3, 3) / multiplications(7),
    ),
    claim(
        "Compare it with three 3×3 layers that see as far, and end at the same size",
        lambda: receptive_field([(3, 1), (3, 1), (3, 2)]) == 7,
    ),
    claim(
        "49·64·64 = {200,704} against 3·9·64·64 = {110,592}: 45 % fewer, with the same",
        lambda: [64**2 * weights_of_a_pair(7), 64**2 * weights_of_a_pair(3, 3, 3)],
    ),
    claim("{Twenty} times cheaper. Now stack layers yourself.", three_against_seven),
    claim(
        "each further step counts double: {11} pixels, with three kernels of 3. With "
        "the stride last it is {7}.",
        lambda: [
            receptive_field([(3, 2), (3, 1), (3, 1)]),
            receptive_field([(3, 1), (3, 1), (3, 2)]),
        ],
    ),
    # 2, 3: the networks for clothes
    claim(
        "textbook network | {1,413,834} parameters, {89 million} multiply-adds",
        lambda: [
            cost_of("fashion_cnn").parameters,
            cost_of("fashion_cnn").multiply_adds,
        ],
    ),
    claim(
        "the pair at 14×14 costs as much as the pair at 7×7",
        lambda: work_of_pair(14) == work_of_pair(7),
    ),
    claim(
        "less than a {tenth} of the multiply-adds, ahead after the same seconds",
        lambda: (
            cost_of("fashion_fast").multiply_adds / cost_of("fashion_cnn").multiply_adds
        ),
        "<",
    ),
    claim(
        "ask for {91 %} certainty instead of 100 %, so that weights",
        lambda: 1 - recipe()["label smoothing"] * 9 / 10,
    ),
    claim("{128} instead of 32 keep both cores busy", lambda: recipe()["batch size"]),
    claim(
        "The **recipe** matters as much as the network",
        lambda: (
            [recipe()[name] for name in ("peak", "momentum", "weight decay")]
            == [0.2, 0.9, 5e-3]
        ),
    ),
    # 4: the challenge
    claim(
        "top-5 error of the winners | {25.8 %} (2011) to {2.25 %} (2017)",
        lambda: [error(2011), error(2017)],
    ),
    claim(
        "The {26.2 %} belong to the runner-up of 2012", lambda: error(2012, "second")
    ),
    claim("In the challenge of 2012 it had {16.4 %}", lambda: error(2012)),
    claim(
        "the first large convolutional network won by {ten} points over the second",
        lambda: 100 * (error(2012, "second") - error(2012)),
    ),
    claim(
        "In {2015} the winner passed the {5.1 %} of a human who had trained",
        lambda: [
            min(
                year for year in range(2010, 2018) if error(year) < error(2014, "human")
            ),
            error(2014, "human"),
        ],
    ),
    claim(
        "Each number's source stands in the data file",
        lambda: not ilsvrc().source.isna().any(),
    ),
    # 5: the networks
    claim(
        "LeNet-5, AlexNet, VGG-16 by arithmetic | {61,706}; {60,965,224}; "
        "{138,357,544} parameters",
        lambda: [
            cost_of("lenet5").parameters,
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
        "{Two} neighbours on either side lose most of what they had",
        lambda: np.abs(maps_that_quieten()).max(),
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
        "A 1×1 convolution *is* a dense layer, applied at every pixel",
        one_by_one_is_dense,
    ),
    claim(
        "VGG-16 and VGG-19 are said to have 16 and 19 convolutional layers. They have "
        "{13} and {16}, and {three} dense ones.",
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
        "8 to 9 times fewer multiplications",
        lambda: all(
            7.5 < separable_saves(maps) < 9 for maps in (64, 128, 256, 512, 1024)
        ),
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
        "a tenth of the parameters and almost no work",
        lambda: bool(0 < ratio("multiply_adds", "senet", "resnet50") - 1 < 0.002),
    ),
    claim(
        "Width and side count twice. So one step up doubles the work",
        lambda: abs(1.2 * 1.1**2 * 1.15**2 - 2) < 0.1,
    ),
    # 6: augmentation
    claim(
        "All of them became zero: every dark and middle tone turned into the same grey",
        lambda: negative_after_contrast() == [73, 0],
    ),
    claim(
        "augment raw pixels of 0 to 255 first and scale afterwards, or pass the range",
        lambda: negative_after_contrast(value_range=(-1, 1)) == [73, 73],
    ),
    # 7: which one
    claim(
        "VGG and EfficientNet-B0 are the two extremes: {forty} times the work for less "
        "accuracy",
        lambda: ratio("multiply_adds", "vgg16", "efficientnet_b0"),
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
        "MobileNet-v2 or EfficientNet-B0 | on the front for work and for size",
        lambda: {"mobilenet_v2", "efficientnet_b0"} <= both_fronts(),
    ),
    claim(
        "most accurate of this table, and on both fronts",
        lambda: "xception" in both_fronts() and networks().top1.idxmax() == "xception",
    ),
]
