"""Lesson 03: what the networks are made of, what they cost, and how good they were."""

from functools import cache

import numpy as np

from claims import Claim
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


def first_layers():
    """Million multiplications of 7×7 with stride 2, and of three 3×3 that see
    as far.
    """
    three = [
        conv2d_cost((224, 224, 3), 64, 3, padding="same"),
        conv2d_cost((224, 224, 64), 64, 3, padding="same"),
        conv2d_cost((224, 224, 64), 64, 3, strides=2, padding="same"),
    ]
    seven = conv2d_cost((224, 224, 3), 64, 7, strides=2, padding="same")
    return [
        round(count / 1e6)
        for count in (seven.multiplications, total(three, "multiplications"))
    ]


# The networks -------------------------------------------------------------------------


def lenet_sizes():
    from course_utils.architectures import build

    lenet = build("lenet5")
    return [
        lenet.get_layer(name).output.shape[1:]
        for name in ("C1", "S2", "C3", "S4", "C5", "F6", "predictions")
    ]


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


def dense_shares():
    """Percent of AlexNet's parameters and of its work that are in the dense layers."""
    convolutions, dense = alexnet()
    return [
        round(100 * total(dense, key) / (total(dense, key) + total(convolutions, key)))
        for key in ("parameters", "multiplications")
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


def first_module():
    from course_utils.layers import Inception

    module = Inception(*inception_modules()["3a"])
    module.build((None, 28, 28, 192))
    return module.compute_output_shape((None, 28, 28, 192))[-1], module.count_params()


def five_by_five(bottleneck):
    """Million multiplications of 32 filters of 5×5 on 28×28×192, with or without 16
    maps in between.
    """
    if not bottleneck:
        return round(
            conv2d_cost((28, 28, 192), 32, 5, padding="same").multiplications / 1e6
        )
    parts = [
        conv2d_cost((28, 28, 192), 16, 1),
        conv2d_cost((28, 28, 16), 32, 5, padding="same"),
    ]
    return round(total(parts, "multiplications") / 1e6)


def one_by_one_is_dense():
    x = keras().random.normal((2, 5, 5, 12), seed=0)
    convolution, dense = keras().layers.Conv2D(8, 1), keras().layers.Dense(8)
    answer = convolution(x)
    dense.build(x.shape)
    dense.set_weights([convolution.kernel[0, 0], convolution.bias])
    return bool(np.allclose(answer, dense(x), atol=1e-5))


def vgg_dense_share(name):
    dense = [
        dense_cost((7, 7, 512), 4096),
        dense_cost(4096, 4096),
        dense_cost(4096, 1000),
    ]
    return round(100 * total(dense) / networks().parameters[name])


def separable_saves(maps):
    ordinary = conv2d_cost((14, 14, maps), maps, 3, padding="same").multiplications
    depthwise = conv2d_cost(
        (14, 14, maps), maps, 3, padding="same", groups=maps
    ).multiplications
    return round(
        ordinary / (depthwise + conv2d_cost((14, 14, maps), maps, 1).multiplications), 2
    )


def ratio(column, one, other):
    return round(float(networks()[column][one] / networks()[column][other]), 3)


def front(cost):
    """The networks that no cheaper one equals in top-1 accuracy."""
    rated = networks().dropna(subset=["top1"]).sort_values([cost, "top1"])
    return list(rated.index[rated.top1 > rated.top1.cummax().shift(fill_value=0)])


# The fast network's recipe, the challenge, augmentation -------------------------------


def recipe():
    """What the lesson's cell writes: peak of the cycle, momentum, weight decay, label
    smoothing, batch size.
    """
    from experiments.fashion import RECIPES

    model = RECIPES["fashion_fast"].model(100)
    optimizer, loss = model.optimizer, model.loss
    peak = max(float(optimizer._learning_rate(step)) for step in range(100))
    return (
        round(peak, 3),
        optimizer.momentum,
        optimizer.weight_decay,
        loss.get_config()["label_smoothing"],
        RECIPES["fashion_fast"].batch_size,
    )


@cache
def ilsvrc():
    import pandas

    from course_utils.data_files import data_file

    with data_file("ilsvrc.csv").open(encoding="utf-8") as file:
        return pandas.read_csv(file)


def error(year, place="winner"):
    rows = ilsvrc()
    return float(rows[(rows.year == year) & (rows.place == place)].top5_error.iloc[0])


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


CLAIMS = [
    Claim(
        "03",
        "half the size and twice the maps is the same work",
        True,
        lambda: (
            conv2d_cost((56, 56, 64), 64, 3, padding="same").multiplications
            == conv2d_cost((28, 28, 128), 128, 3, padding="same").multiplications
        ),
    ),
    Claim(
        "03",
        "two 3×3 see as far as one 5×5",
        (5, 5),
        lambda: (receptive_field([(3, 1), (3, 1)]), receptive_field([(5, 1)])),
    ),
    Claim(
        "03",
        "three 3×3 see as far as one 7×7",
        7,
        lambda: receptive_field([(3, 1)] * 3),
    ),
    Claim("03", "two 3×3 have 73,856 parameters", 73_856, lambda: total(stack(3, 3))),
    Claim("03", "one 5×5 has 102,464 parameters", 102_464, lambda: total(stack(5))),
    Claim(
        "03",
        "two 3×3 save 28 % of the multiplications",
        0.28,
        lambda: (
            1
            - (
                total(stack(3, 3), "multiplications")
                / total(stack(5), "multiplications")
            )
        ),
        tolerance=1e-9,
    ),
    Claim(
        "03",
        "7×7 with stride 2 is twenty times cheaper than three 3×3",
        [118, 2399],
        first_layers,
    ),
    Claim(
        "03",
        "stride 2 and three kernels of 3 see 11 pixels",
        11,
        lambda: receptive_field([(3, 2), (3, 1), (3, 1)]),
    ),
    Claim(
        "03",
        "the textbook network has 1,413,834 parameters",
        1_413_834,
        lambda: cost_of("fashion_cnn").parameters,
    ),
    Claim(
        "03",
        "and 89 million multiply-adds",
        89_466_496,
        lambda: cost_of("fashion_cnn").multiply_adds,
    ),
    Claim(
        "03",
        "its pairs at 14×14 and 7×7 do the same work",
        (28_901_376, 28_901_376),
        lambda: tuple(
            sorted(row.multiply_adds for row in cost_of("fashion_cnn").rows)[-2:]
        ),
    ),
    Claim(
        "03",
        "the fast network needs less than a tenth of the multiply-adds",
        True,
        lambda: (
            cost_of("fashion_fast").multiply_adds
            < 0.1 * cost_of("fashion_cnn").multiply_adds
        ),
    ),
    Claim(
        "03",
        "the lesson's recipe is the measured one",
        (0.2, 0.9, 5e-3, 0.1, 128),
        recipe,
    ),
    Claim(
        "03",
        "ILSVRC: 25.8 % in 2011, 2.25 % in 2017",
        (25.8, 2.25),
        lambda: (error(2011), error(2017)),
    ),
    Claim(
        "03",
        "under 2.3 % in 2017, 26.2 % for the second in 2012",
        True,
        lambda: error(2017) < 2.3 and error(2012, "second") > 26,
    ),
    Claim(
        "03",
        "AlexNet won by ten points",
        9.8,
        lambda: error(2012, "second") - error(2012),
        tolerance=1e-6,
    ),
    Claim(
        "03",
        "the winner passed the trained human in 2015",
        2015,
        lambda: min(
            year for year in range(2010, 2018) if error(year) < error(2014, "human")
        ),
    ),
    Claim(
        "03", "each error has its source", 0, lambda: int(ilsvrc().source.isna().sum())
    ),
    Claim(
        "03",
        "LeNet-5's sizes",
        [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120), (84,), (10,)],
        lenet_sizes,
    ),
    Claim(
        "03",
        "LeNet-5 has 61,706 parameters",
        61_706,
        lambda: cost_of("lenet5").parameters,
    ),
    Claim(
        "03",
        "AlexNet has 60,965,224 parameters",
        60_965_224,
        lambda: total(alexnet()[0] + alexnet()[1]),
    ),
    Claim(
        "03",
        "the catalogue agrees",
        60_965_224,
        lambda: int(networks().parameters["alexnet"]),
    ),
    Claim(
        "03",
        "96 % of AlexNet's parameters are dense, 8 % of its work",
        [96, 8],
        dense_shares,
    ),
    Claim(
        "03",
        "AlexNet's window of five reaches two maps to either side",
        [-2, -1, 1, 2],
        maps_that_quieten,
    ),
    Claim(
        "03",
        "ZFNet's first layer",
        ((110, 110, 96), 14_208),
        lambda: (
            conv2d_cost((226, 226, 3), 96, 7, strides=2).output_shape,
            conv2d_cost((226, 226, 3), 96, 7, strides=2).parameters,
        ),
    ),
    Claim(
        "03",
        "GoogLeNet has nine inception modules",
        9,
        lambda: len(inception_modules()),
    ),
    Claim(
        "03",
        "six numbers describe each",
        {6},
        lambda: {len(numbers) for numbers in inception_modules().values()},
    ),
    Claim(
        "03",
        "its auxiliary heads stand on the third and the sixth",
        [3, 6],
        auxiliary_heads,
    ),
    Claim(
        "03",
        "the first gives 256 maps with 163,696 parameters",
        (256, 163_696),
        first_module,
    ),
    Claim(
        "03",
        "5×5 directly: 120 million multiplications",
        120,
        lambda: five_by_five(False),
    ),
    Claim("03", "5×5 after a bottleneck: 12 million", 12, lambda: five_by_five(True)),
    Claim(
        "03",
        "a 1×1 convolution is a dense layer at every pixel",
        True,
        one_by_one_is_dense,
    ),
    Claim(
        "03",
        "GoogLeNet has 6,998,552 parameters",
        6_998_552,
        lambda: int(networks().parameters["googlenet"]),
    ),
    Claim(
        "03",
        "AlexNet has nine times as many",
        9,
        lambda: round(
            networks().parameters["alexnet"] / networks().parameters["googlenet"]
        ),
    ),
    Claim(
        "03",
        "VGG-16: 13 convolutions and 3 dense layers",
        (13, 3, 16),
        lambda: (
            count_of("vgg16", "Conv2D"),
            count_of("vgg16", "Dense"),
            layers_of("vgg16"),
        ),
    ),
    Claim(
        "03",
        "VGG-19: 16 convolutions and 3 dense layers",
        (16, 3, 19),
        lambda: (
            count_of("vgg19", "Conv2D"),
            count_of("vgg19", "Dense"),
            layers_of("vgg19"),
        ),
    ),
    Claim(
        "03",
        "VGG-16 has 138,357,544 parameters",
        138_357_544,
        lambda: int(networks().parameters["vgg16"]),
    ),
    Claim(
        "03", "89 % of them in the dense layers", 89, lambda: vgg_dense_share("vgg16")
    ),
    Claim(
        "03",
        "ResNet-152 has 60,419,944 parameters",
        60_419_944,
        lambda: int(networks().parameters["resnet152"]),
    ),
    Claim(
        "03",
        "a separable 3×3 saves 8 to 9 times",
        [7.89, 8.41, 8.69, 8.84, 8.92],
        lambda: [separable_saves(maps) for maps in (64, 128, 256, 512, 1024)],
    ),
    Claim(
        "03",
        "SENet: a tenth more parameters than ResNet-50",
        1.098,
        lambda: ratio("parameters", "senet", "resnet50"),
    ),
    Claim(
        "03",
        "SENet: almost no more work",
        1.001,
        lambda: ratio("multiply_adds", "senet", "resnet50"),
    ),
    Claim(
        "03",
        "one step of EfficientNet's ladder doubles the work",
        1.92,
        lambda: 1.2 * 1.1**2 * 1.15**2,
        tolerance=0.005,
    ),
    Claim(
        "03",
        "VGG-16 needs forty times the work of EfficientNet-B0",
        40,
        lambda: round(
            networks().multiply_adds["vgg16"]
            / networks().multiply_adds["efficientnet_b0"]
        ),
    ),
    Claim(
        "03",
        "what no network with less work equals",
        ["mobilenet_v2", "efficientnet_b0", "resnext50", "inception_v3", "xception"],
        lambda: front("multiply_adds"),
    ),
    Claim(
        "03",
        "what no smaller network equals",
        ["mobilenet_v2", "efficientnet_b0", "densenet201", "xception"],
        lambda: front("parameters"),
    ),
    Claim(
        "03",
        "RandomContrast with its default range loses every negative pixel",
        [73, 0],
        negative_after_contrast,
    ),
    Claim(
        "03",
        "with value_range=(-1, 1) it keeps them",
        [73, 73],
        lambda: negative_after_contrast(value_range=(-1, 1)),
    ),
]
