"""Answers to homework 03: architectures."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 6, "q3": 4, "q4": 2, "q5": 4, "q6": 4}

BLOCK = """
def inception(x, one, before_3, three, before_5, five, project):
    conv = partial(layers.Conv2D, padding="same", activation="relu")
    first = conv(one, 1)(x)
    second = conv(three, 3)(conv(before_3, 1)(x))
    third = conv(five, 5)(conv(before_5, 1)(x))
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.Concatenate()([first, second, third, conv(project, 1)(pooled)])
"""
COUNT = """
def vgg_parameters(blocks, dense, size, channels):
    count = 0
    for convolutions, filters in blocks:
        for _ in range(convolutions):
            count += 9 * channels * filters + filters
            channels = filters
        size = size // 2
    inputs = size * size * channels
    for units in dense:
        count += inputs * units + units
        inputs = units
    return count
"""
SEPARABLE = """
def separable(x, filters):
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
"""
INTERVAL = """
def interval(before, after):
    differences = np.subtract(after, before)
    half = 4.30 * differences.std(ddof=1) / np.sqrt(3)
    return differences.mean() - half, differences.mean() + half
"""
# accuracies that leave no doubt, in the place of those that were measured
PAIRS = """
plain_scores, separable_scores = [0.90, 0.91, 0.92], [0.95, 0.96, 0.98]
verdict = "{verdict}"
"""


def changed(source, old, new):
    """A right answer with one mistake in it."""
    assert source.count(old) == 1, old
    return source.replace(old, new)


WRONG = [
    # q1: memory
    Wrong("q1", "now = 26.2", "one photograph"),
    Wrong("q1", "now = 32 * 4 * 256 * 256 * 32 / 1e6", "largest layer alone"),
    Wrong("q1", "now = 6710.9", "in bits"),
    Wrong("q1", "now = 838860800", "in bytes"),
    Wrong("q1", "now = 738.2", "without the poolings"),
    Wrong("q1", "now = now / 1.048576", "1,048,576"),
    Wrong("q1", "batch_of_8 = now", "proportional to the batch"),
    Wrong("q1", "batch_of_8 = now / 2", "batch of 16"),
    Wrong("q1", "batch_of_8 = 26.2", "the batch has 8"),
    Wrong("q1", "batch_of_8 = '210 MB'", "one number"),
    Wrong("q1", "stem_stride_2 = now / 2", "a quarter, not a half"),
    Wrong("q1", "stem_stride_2 = 637.5", "only conv1 has shrunk"),
    # q2: inception
    Wrong("q2", changed(BLOCK, "    return", "    unused ="), "gives back nothing"),
    Wrong("q2", changed(BLOCK, ', strides=1, padding="same"', ""), "cannot be stacked"),
    Wrong(
        "q2",
        changed(BLOCK, 'padding="same", activation', 'padding="valid", activation'),
        "cannot be stacked",
    ),
    Wrong(
        "q2",
        changed(BLOCK, "return layers.Concatenate()(", "return ("),
        "should give the stacked tensor",
    ),
    Wrong("q2", changed(BLOCK, "conv(before_3, 1)(x)", "x"), "`before_3` filters"),
    Wrong("q2", changed(BLOCK, "conv(before_5, 1)(x)", "x"), "`before_5` filters"),
    Wrong(
        "q2",
        changed(BLOCK, "conv(five, 5)", "conv(five, 3)"),
        "where the 5 × 5 should be",
    ),
    Wrong(
        "q2", changed(BLOCK, "conv(project, 1)(pooled)", "pooled"), "stacked as it is"
    ),
    Wrong(
        "q2",
        changed(BLOCK, "conv(project, 1)(pooled)", "conv(project, 1)(x)"),
        "no pooling before",
    ),
    Wrong(
        "q2",
        changed(BLOCK, "layers.MaxPooling2D", "layers.AveragePooling2D"),
        "take an average",
    ),
    Wrong(
        "q2",
        changed(BLOCK, "[first, second, third,", "[first, third, second,"),
        "mind the order",
    ),
    Wrong("q2", changed(BLOCK, ', activation="relu"', ""), "no ReLU"),
    Wrong(
        "q2",
        changed(BLOCK, "conv(before_3, 1)(x)", "layers.Conv2D(before_3, 1)(x)"),
        "minus times minus",
    ),
    Wrong(
        "q2",
        changed(BLOCK, "conv(before_3, 1)(x)", "conv(before_3, 1)(first)"),
        "starts from the path before it",
    ),
    Wrong(
        "q2",
        changed(BLOCK, ', activation="relu"', ', activation="relu", use_bias=False'),
        "no biases",
    ),
    Wrong(
        "q2",
        changed(
            BLOCK,
            "first, second, third, conv(project, 1)(pooled)",
            "first, second, third",
        ),
        "fourth path missing",
    ),
    Wrong(
        "q2", changed(BLOCK, "conv(three, 3)", "conv(4, 3)"), "is a number fixed inside"
    ),
    # q3: counting
    Wrong("q3", changed(COUNT, "return count", "print(count)"), "gives back nothing"),
    Wrong(
        "q3", changed(COUNT, " + filters\n", "\n"), "convolutions' biases are missing"
    ),
    Wrong("q3", changed(COUNT, " + units\n", "\n"), "dense layers' biases are missing"),
    Wrong(
        "q3",
        changed(COUNT, "9 * channels * filters", "9 * filters * filters"),
        "the block before it, not its own",
    ),
    Wrong(
        "q3", changed(COUNT, "size = size // 2", "size = size"), "do not halve the size"
    ),
    Wrong(
        "q3", changed(COUNT, "size // 2", "-(-size // 2)"), "halved to 4 and not to 5"
    ),
    Wrong(
        "q3",
        changed(COUNT, "size * size * channels", "channels"),
        "flattening is missing",
    ),
    Wrong("q3", changed(COUNT, "return count", "return [count]"), "one number"),
    Wrong(
        "q3",
        changed(COUNT, "9 * channels", "9 * (channels if count else 3)"),
        "fixed inside",
    ),
    Wrong("q3", "total = 138344128", "biases are missing"),
    Wrong("q3", "total = 14714688", "three dense layers are missing"),
    Wrong("q3", "total = '138,357,544'", "without quotes"),
    Wrong("q3", "dense_share = 1 - dense_share", "share of the convolutions"),
    Wrong("q3", "dense_share = 100 * dense_share", "from 0 to 1"),
    Wrong("q3", "dense_share = 102764544 / total", "first dense layer alone"),
    # q4: reading
    Wrong("q4", "app = 'EfficientNet-B0'", "over 20 MB"),
    Wrong("q4", "app = 'Xception'", "92 MB"),
    Wrong("q4", "app = 'MobileNet'", "another one that fits"),
    Wrong("q4", "app = 3.54", "a name in quotes"),
    Wrong("q4", "front = ['Xception', 'MobileNet-v2']", "one between them"),
    Wrong(
        "q4",
        "front = ['Xception', 'MobileNet-v2', 'EfficientNet-B0', 'DenseNet-121']",
        "beaten by EfficientNet-B0",
    ),
    Wrong("q4", "front = 'Xception'", "a list of names"),
    Wrong(
        "q4",
        "front = ['MobileNet-v2', 'EfficientNet-B0']",
        "more accurate than all others",
    ),
    # q5: two blocks for the same price
    Wrong("q5", "def separable(x, filters):\n    ...", "gives back nothing"),
    Wrong("q5", changed(SEPARABLE, '3, padding="same"', "3"), "needs padding='same'"),
    Wrong("q5", "separable = plain", "a plain 3 × 3 convolution"),
    Wrong(
        "q5",
        changed(
            SEPARABLE, "    x = layers.Conv2D(filters, 1, use_bias=False)(x)\n", ""
        ),
        "`filters` filters, and comes last",
    ),
    Wrong(
        "q5",
        """
def separable(x, filters):
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
""",
        "comes first; the depthwise one should",
    ),
    Wrong("q5", changed(SEPARABLE, "1, use_bias=False", "1"), "have no biases"),
    Wrong(
        "q5",
        changed(SEPARABLE, "layers.BatchNormalization(momentum=0.9)(x)", "x"),
        "no batch norm",
    ),
    Wrong("q5", changed(SEPARABLE, "layers.ReLU()", ""), "the ReLU at the end"),
    Wrong(
        "q5",
        changed(
            SEPARABLE,
            "    return",
            "    x = layers.BatchNormalization()(x)\n    return",
        ),
        "there are 2 batch norms",
    ),
    Wrong("q5", changed(SEPARABLE, "momentum=0.9", ""), "that of `plain` is 0.9"),
    Wrong("q5", "wide = 16", "can afford more"),
    Wrong("q5", "wide = 48", "the depthwise one costs too"),
    Wrong("q5", "wide = 44", "by a little"),
    Wrong("q5", "wide = 9 * 16 * 16 / 9", "depthwise convolution alone"),
    Wrong("q5", "wide = 64 * 9 * 16 * 16", "how wide is what it buys"),
    Wrong(
        "q5", changed(INTERVAL, "after, before", "before, after"), "the wrong way round"
    ),
    Wrong("q5", changed(INTERVAL, "ddof=1", "ddof=0"), "ddof=1 in NumPy"),
    Wrong("q5", changed(INTERVAL, "4.30", "1.96"), "with three it is 4.30"),
    Wrong("q5", changed(INTERVAL, " / np.sqrt(3)", ""), "the √3 is missing"),
    Wrong("q5", changed(INTERVAL, "4.30 * ", ""), "the factor 4.30 is missing"),
    Wrong("q5", changed(INTERVAL, "return", "return half #"), "should give a pair"),
    Wrong(
        "q5",
        """
def interval(before, after):
    middle = np.mean(after) - np.mean(before)
    half = 4.30 * np.sqrt((np.var(before, ddof=1) + np.var(after, ddof=1)) / 3)
    return middle - half, middle + half
""",
        "two lists that are not paired",
    ),
    Wrong("q5", "plain_scores = scores(plain, 16)[0]", "three accuracies"),
    Wrong("q5", "separable_scores = plain_scores", "both lists are the same"),
    Wrong("q5", "verdict = 'both'", "should be 'plain', 'separable' or"),
    Wrong("q5", PAIRS.format(verdict="plain"), "what does a difference above 0 mean"),
    Wrong("q5", PAIRS.format(verdict="neither"), "these pairs do decide it"),
    Wrong(
        "q5",
        PAIRS.format(verdict="separable").replace("0.95", "0.85"),
        "leave open which is better",
    ),
    # q6: in words
    Wrong("q6", "ways_out = ''", "is empty"),
    Wrong("q6", "ways_out = 'A smaller batch, because it is easy.'", "80 or more"),
    Wrong("q6", "ways_out = ways_out.replace('batch', 'bunch')", "size of the batch"),
    Wrong(
        "q6", "import re\nways_out = re.sub('[0-9]', '', ways_out)", "names no result"
    ),
    Wrong("q6", "ways_out = ways_out.split()", "should be text"),
]

RIGHT = [
    Right(
        "q1",
        "import numpy as np\nnow, batch_of_8, stem_stride_2 = "
        "np.float32(838.8608), 210, 209.7",
    ),
    Right("q2", BLOCK),
    Right(
        "q2",
        """
from keras import ops
def inception(x, one, before_3, three, before_5, five, project):
    def conv(filters, size):
        return keras.Sequential([layers.Conv2D(filters, size, padding="same"), layers.ReLU()])
    pool = layers.MaxPool2D(3, 1, "same")
    paths = [conv(project, 1)(pool(x)), keras.Sequential([conv(before_5, 1), conv(five, (5, 5))])(x)]
    paths += [keras.Sequential([conv(before_3, 1), conv(three, (3, 3))])(x), conv(one, 1)(x)]
    return ops.concatenate(paths[::-1], axis=-1)
""",
    ),
    Right(
        "q2",
        """
from course_utils.layers import Inception
def inception(x, one, before_3, three, before_5, five, project):
    return Inception(one, before_3, three, before_5, five, project)(x)
""",
    ),
    Right("q3", COUNT),
    Right(
        "q3",
        """
import numpy as np
def vgg_parameters(blocks, dense, size, channels):
    filters = [f for n, f in blocks for _ in range(n)]
    convolutions = sum((9 * a + 1) * b for a, b in zip([channels, *filters], filters))
    units = [(size >> len(blocks)) ** 2 * filters[-1], *dense]
    return np.int64(convolutions + sum((a + 1) * b for a, b in zip(units, units[1:])))
""",
    ),
    Right("q3", "total, dense_share = float(total), 0.894"),
    Right(
        "q4",
        "app, front = 'mobilenet v2', ('efficientnet-b0', 'XCEPTION', 'MobileNet_v2')",
    ),
    Right("q4", "front = {'Xception', 'MobileNet-v2', 'EfficientNet-B0'}"),
    Right("q5", SEPARABLE + INTERVAL + PAIRS.format(verdict="Separable")),
    Right(
        "q5",
        """
def separable(x, filters):
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    return keras.ops.relu(layers.BatchNormalization(momentum=0.9)(x))
def interval(before, after):
    d = [b - a for a, b in zip(before, after)]
    mean = sum(d) / 3
    s = (sum((x - mean) ** 2 for x in d) / 2) ** 0.5
    return [mean - 4.303 * s / 3**0.5, mean + 4.303 * s / 3**0.5]
""",
    ),
    Right("q5", "wide, plain_scores = 43.0, np.array(plain_scores)"),
]
