"""Lesson 03: what blocks are made of, what they cost, and what they brought."""

from functools import cache

import numpy as np

from claims import claims_of
from course_utils.arithmetic import conv2d_cost, receptive_field
from course_utils.measured import measured
from course_utils.uncertainty import mean_interval


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


def two_against_seven():
    """The multiplications of two 3×3, the stride in the first, in those of a 7×7 with
    stride 2, which sees as far and ends at the same size.
    """
    two = [
        conv2d_cost((224, 224, 3), 64, 3, strides=2, padding="same"),
        conv2d_cost((112, 112, 64), 64, 3, padding="same"),
    ]
    seven = conv2d_cost((224, 224, 3), 64, 7, strides=2, padding="same")
    return total(two, "multiplications") / seven.multiplications


def work_of_pair(size):
    """Multiply-adds of the textbook network's two convolutions at one size."""
    return sum(
        row.multiply_adds
        for row in cost_of("fashion_cnn").rows
        if row.type == "Conv2D" and row.output_shape[0] == size
    )


def share_of_first_dense():
    rows = cost_of("fashion_cnn").rows
    first = next(row for row in rows if row.type == "Dense")
    cost = cost_of("fashion_cnn")
    return [
        first.parameters / cost.parameters,
        first.multiply_adds / cost.multiply_adds,
    ]


def most_of_the_textbook():
    """The layer with most parameters, and the two that do the most work, from 1."""
    rows = [row for row in cost_of("fashion_cnn").rows if row.parameters]
    parameters = [row.parameters for row in rows]
    work = [row.multiply_adds for row in rows]
    return [
        1 + parameters.index(max(parameters)),
        *(1 + place for place, value in enumerate(work) if value == max(work)),
    ]


def one_whole_run_below_92():
    runs = measured("fashion_cnn")["runs"]
    return len(runs) == 1 and runs[0]["test_accuracy"] < 0.92


def cpu_seconds(name):
    runs = measured("blocks")["blocks"][name]["runs"]
    return np.mean([run["cpu_seconds"] for run in runs])


def highest_rates():
    """How many blocks chose the highest learning rate that was tried."""
    return sum(
        each["rate"] == max(map(float, each["rates"]))
        for each in measured("blocks")["blocks"].values()
    )


def width_of_bars(seeds):
    """Of a 95 % interval, in standard deviations."""
    from scipy.stats import t

    return t.ppf(0.975, seeds - 1) / np.sqrt(seeds)


def start_left(momentum, batches):
    """The share of the first running mean that is left, by the layer itself."""
    layer = keras().layers.BatchNormalization(momentum=momentum)
    zeros = np.zeros((4, 1), "float32")
    layer.build(zeros.shape)
    layer.moving_mean.assign([1.0])
    for _ in range(batches):
        layer(zeros, training=True)
    return float(layer.moving_mean[0])


# Blocks -------------------------------------------------------------------------------


def plan():
    from experiments.blocks import Plan

    return Plan()


@cache
def budgets():
    """The multiply-adds of each block's network."""
    from course_utils.architectures.blocks import BLOCKS, network
    from course_utils.arithmetic import model_cost

    return {name: model_cost(network(name)).multiply_adds for name in BLOCKS}


def equal_budgets():
    work = budgets().values()
    return len(work) == 9 and max(work) < 1.03 * min(work)


def bottleneck_weights(maps):
    """The weights of a bottleneck's kernels, in maps²."""
    from course_utils.architectures.blocks import bottleneck

    inputs = keras().Input((8, 8, maps))
    model = keras().Model(inputs, bottleneck(inputs, maps))
    kernels = [weight for weight in model.weights if weight.name == "kernel"]
    return sum(int(np.prod(kernel.shape)) for kernel in kernels) / maps**2


# Which one ----------------------------------------------------------------------------


@cache
def rated():
    from course_utils.architectures import keras_networks

    return keras_networks().sort_values(["multiply_adds", "top1"])


def front():
    """The networks that no cheaper one equals in top-1 accuracy."""
    rows = rated()
    return rows[rows.top1 > rows.top1.cummax().shift(fill_value=0)]


def seconds(name):
    return measured("network_steps")["networks"][name]["train_step"]


def work(name):
    return networks().multiply_adds[name]


def slowness(name):
    """Seconds per multiply-add; 0 for what was not measured."""
    try:
        return seconds(name) / work(name)
    except KeyError:
        return 0


def epochs(name):
    return measured(name)["epochs"]


def tested(name):
    """The test accuracies of a stored training, in percent, one per seed."""
    return [100 * run["test_accuracy"] for run in measured(name)["runs"]]


def seconds_of(name):
    return measured("fashion_steps")["networks"][name]["seconds"]


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
def recipes():
    """Of the 2×2: mean processor seconds, the arms' settings, the highest rates."""
    from experiments import recipes

    arms = measured("recipes")["arms"]
    seconds = {
        name: np.mean([run["cpu_seconds"] for run in arm["runs"]])
        for name, arm in arms.items()
    }
    return seconds, recipes.ARMS, recipes.PEAKS


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
        "A quarter of the places is left, and twice the maps in and twice the maps out "
        "make four times the work at each place. The two cancel exactly",
        lambda: (
            conv2d_cost((56, 56, 64), 64, 3, padding="same").multiplications
            == conv2d_cost((28, 28, 128), 128, 3, padding="same").multiplications
        ),
    ),
    claim(
        "kernels of 3 see {five} pixels together, as many as one kernel of {5}",
        lambda: [receptive_field([(3, 1), (3, 1)]), receptive_field([(5, 1)])],
    ),
    claim(
        "Two 3×3 kernels have {18} weights per pair of channels instead of {25}: "
        "{28 %} are saved",
        lambda: [
            *(weights_of_a_pair(*kernels) for kernels in ((3, 3), (5,))),
            1 - multiplications(3, 3) / multiplications(5),
        ],
    ),
    claim(
        "Three 3×3 kernels against one 7×7 save {45 %}",
        lambda: 1 - multiplications(3, 3, 3) / multiplications(7),
    ),
    claim(
        "the stride in the first, see the same {7} pixels",
        lambda: receptive_field([(3, 2), (3, 1)]),
    ),
    claim("{Four} times cheaper. (Many networks since 2016", two_against_seven),
    claim(
        "each further step counts double: {11} pixels, with three kernels of 3. With "
        "the stride last it is {7}.",
        lambda: [
            receptive_field([(3, 2), (3, 1), (3, 1)]),
            receptive_field([(3, 1), (3, 1), (3, 2)]),
        ],
    ),
    claim(
        "Your network sees {23} pixels with {eleven} 3×3 layers",
        lambda: [receptive_field([(3, 1)] * 11), 11],
    ),
    # 2: the textbook network
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
        "the first dense layer has a {fifth} of all, with {0.3 %} of the work",
        lambda: share_of_first_dense(),
        within=0.01,
    ),
    claim(
        "layer {5} has the most parameters, 3·3·256·256 weights. Layers {3} and {5} do "
        "equally much work",
        most_of_the_textbook,
    ),
    claim(
        "So one training can neither confirm the sentence nor reject it",
        one_whole_run_below_92,
    ),
    # 3: batch norm
    claim("0.99¹⁰⁰ = {0.37}. More than a third of", lambda: 0.99**100),
    claim(
        "batch norm, momentum 0.99 | {37 %} of the start left after {100} batches",
        lambda: [start_left(0.99, 100), 100],
    ),
    # 4: the challenge
    claim(
        "top-5 error of the winners | {25.8 %} (2011) to {2.25 %} (2017)",
        lambda: [error(2011), error(2017)],
    ),
    claim(
        "in 2011 to 2.25 % in 2017, the errors became {eleven} times fewer",
        lambda: error(2011) / error(2017),
    ),
    claim("in the challenge it had {16.4 %}", lambda: error(2012)),
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
        "Each number's source stands in `data/ilsvrc.csv`",
        lambda: not ilsvrc().source.isna().any(),
    ),
    # 5: blocks
    claim("all networks need about the same number of multiply-adds", equal_budgets),
    claim(
        "nine blocks, {2.1 million} multiply-adds each | batch norm and inception help",
        lambda: budgets()["plain"],
    ),
    claim(
        "the two 3×3 convolutions of `residual` have 2·9·c² = {18}·c² weights",
        lambda: 2 * conv2d_cost((8, 8, 1), 1, 3, use_bias=False).parameters,
    ),
    claim(
        "¼ + 9/16 + ¼ = {1.06}: the first 1×1 has c·c/4 weights",
        lambda: bottleneck_weights(64),
    ),
    claim("That is {17} times fewer than 18, so", lambda: 18 / bottleneck_weights(64)),
    claim(
        "{Three} learning rates were tried for each block in short runs",
        lambda: len(plan().peaks),
    ),
    claim(
        "it takes more than {twice} the processor seconds of a block of two",
        lambda: cpu_seconds("inception") / cpu_seconds("batch_norm"),
        ">",
    ),
    claim(
        "And {six} of the {nine} blocks chose the highest of the three learning rates",
        lambda: [highest_rates(), len(measured("blocks")["blocks"])],
    ),
    claim(
        "Dots are means over {three} seeds, bars their 95 % intervals",
        lambda: min(
            len(each["runs"]) for each in measured("blocks")["blocks"].values()
        ),
    ),
    claim(
        "{Ten} would make them about {three} times as narrow",
        lambda: [10, width_of_bars(3) / width_of_bars(10)],
        within=0.6,
    ),
    # 6: the fast network
    claim(
        "fast network | less than a {tenth} of the textbook network's multiply-adds",
        lambda: (
            cost_of("fashion_fast").multiply_adds / cost_of("fashion_cnn").multiply_adds
        ),
        "<",
    ),
    claim(
        "ask for {91 %} certainty instead of 100 %, so that weights",
        lambda: 1 - recipe()["label smoothing"] * 9 / 10,
    ),
    claim(
        "{128} instead of 32, which keep both cores busy",
        lambda: recipe()["batch size"],
    ),
    claim(
        "And this is a recipe of today",
        lambda: (
            [recipe()[name] for name in ("peak", "momentum", "weight decay")]
            == [0.2, 0.9, 5e-3]
        ),
    ),
    claim(
        "textbook network in its {ten} epochs, `fashion_fast` has {six}, "
        "`fashion_fast_long` fourteen",
        lambda: [epochs("fashion_cnn"), epochs("fashion_fast")],
    ),
    claim("`fashion_fast_long` fourteen", lambda: epochs("fashion_fast_long") == 14),
    claim(
        "bring {93.05 %} as the mean of three seeds, almost a point more, in {0.199} "
        "of the textbook network's time",
        lambda: [
            mean_interval(tested("fashion_fast_long")).estimate / 100,
            seconds_of("fashion_fast_long") / seconds_of("fashion_cnn"),
        ],
        within=0.0005,
    ),
    claim(
        "as the mean of three seeds, almost a point more",
        lambda: bool(
            0.8
            < np.mean(tested("fashion_fast_long")) - np.mean(tested("fashion_fast"))
            < 1
        ),
    ),
    claim(
        "{Two} of the three seeds lie above 93 %, {one} below",
        lambda: [
            sum(percent > 93 for percent in tested("fashion_fast_long")),
            sum(percent < 93 for percent in tested("fashion_fast_long")),
        ],
    ),
    claim(
        "the interval reaches from {92.4} to {93.7} %",
        lambda: [
            getattr(mean_interval(tested("fashion_fast_long")), end)
            for end in ("low", "high")
        ],
        within=0.05,
    ),
    claim(
        "The textbook network was trained once only",
        lambda: len(measured("fashion_cnn")["runs"]) == 1,
    ),
    claim(
        "in less than a tenth of the time",
        lambda: seconds_of("fashion_fast") < seconds_of("fashion_cnn") / 10,
    ),
    claim(
        "needs less than a sixth of the processor time",
        lambda: (seconds := recipes()[0])["fast, old"] < seconds["textbook, old"] / 6,
    ),
    claim(
        "with batches of {128} it makes {four} times fewer steps",
        lambda: [
            (arms := recipes()[1])["textbook, new"].batch_size,
            arms["textbook, new"].batch_size / arms["textbook, old"].batch_size,
        ],
    ),
    claim(
        "the highest that it stood was a {tenth} of the other's",
        lambda: (peaks := recipes()[2])["textbook"] / peaks["fast"],
    ),
    # 7: augmentation
    claim(
        "{73 %} of the dahlia's pixels are negative after scaling",
        lambda: negative_after_contrast()[0] / 100,
    ),
    claim(
        "None. All negative pixels became zero: every dark and middle tone turned into",
        lambda: negative_after_contrast() == [73, 0],
    ),
    claim(
        "scale afterwards, or pass `value_range=(-1, 1)`",
        lambda: negative_after_contrast(value_range=(-1, 1)) == [73, 73],
    ),
    # 8: which one
    claim("for all {40} networks that `keras.applications` has", lambda: len(rated())),
    claim(
        "MobileNet-v3 or EfficientNet-B0 | on the front at the cheap end",
        lambda: (
            {"mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0"}
            == set(front().name[:3])
        ),
    ),
    claim(
        "EfficientNet-B3 or -B4, or ConvNeXt-Tiny | on the front or near it",
        lambda: {"efficientnet_b3", "efficientnet_b4"} <= set(front().name),
    ),
    claim(
        "AlexNet with its two takes longer than the heavier ZFNet",
        lambda: (
            seconds("alexnet") > seconds("zfnet") and work("alexnet") < work("zfnet")
        ),
    ),
    claim(
        "is here about as fast per multiply-add as ResNet-50",
        lambda: 0.8 < slowness("xception") / slowness("resnet50") < 1.25,
    ),
    claim(
        "ResNeXt with its 32 groups most of all",
        lambda: max(set(networks().index) - {"lenet5"}, key=slowness) == "resnext50",
    ),
]
