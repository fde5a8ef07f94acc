"""One stem, one budget, nine blocks: what each idea of 2014 to 2022 is worth by itself.

Every network here is the same but for one thing.  A 3×3 convolution of stride 2 makes
14×14 maps; two blocks follow, a 2×2 convolution of stride 2 to 7×7 maps, two blocks
more, the mean of each map, a softmax.  Only the block differs, and its width: a block
that needs less work per channel gets more channels, so that all networks cost the same
multiply-adds.

A block is a function of feature maps and their number, and keeps both height, width and
number:

    from course_utils.architectures import blocks

    model = blocks.network("residual")
    model = blocks.network(my_block, filters=(12, 24))

Each block changes one thing of an earlier one (`BLOCKS[name].changes`), so a comparison
with that one says what the idea did.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from course_utils.checks import did_you_mean
from course_utils.layers.attention import SqueezeExcite


def convolution(x, filters, kernel_size=3, activation="relu"):
    """Convolution, batch normalization, activation: what most blocks are made of.

    Parameters
    ----------
    x : (batch, height, width, channels) feature maps.
    activation : None leaves it out.
    """
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        use_bias=False,  # batch normalization brings its own
        kernel_initializer="he_normal",
    )(x)
    return _normalised(x, activation)


def _normalised(x, activation="relu"):
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.Activation(activation)(x) if activation else x


def plain(x, filters):
    """Two 3×3 convolutions with ReLU, as in VGG (2014)."""
    for _ in range(2):
        x = layers.Conv2D(
            filters,
            3,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
        )(x)
    return x


def batch_norm(x, filters):
    """The same with batch normalization before each ReLU (Ioffe and Szegedy 2015)."""
    x = convolution(x, filters)
    return convolution(x, filters)


def inception(x, filters):
    """Windows of several sizes side by side, as in GoogLeNet (Szegedy et al. 2014).

    A quarter of the maps comes from 1×1 windows, an eighth each from 5×5 and from
    pooling, the rest, half of them, from 3×3; the shares are those of the first module
    there, and the larger windows have their 1×1 convolution before them.
    """
    quarter, eighth = filters // 4, filters // 8
    one = convolution(x, quarter, 1)
    three = convolution(x, 3 * filters // 8, 1)
    three = convolution(three, filters - quarter - 2 * eighth, 3)
    five = convolution(convolution(x, eighth, 1), eighth, 5)
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    pooled = convolution(pooled, eighth, 1)
    return layers.Concatenate()([one, three, five, pooled])


def residual(x, filters):
    """`batch_norm` learns what to add to its input (ResNet, He et al. 2015)."""
    added = convolution(x, filters)
    added = convolution(added, filters, activation=None)
    return layers.Activation("relu")(layers.Add()([x, added]))


def bottleneck(x, filters):
    """`residual`, with the 3×3 convolution on a quarter of the maps (ResNet-50)."""
    added = convolution(x, filters // 4, 1)
    added = convolution(added, filters // 4, 3)
    added = convolution(added, filters, 1, activation=None)
    return layers.Activation("relu")(layers.Add()([x, added]))


def separable(x, filters):
    """`batch_norm`, each convolution in two: space first, then channels (Xception,
    Chollet 2016).
    """
    for _ in range(2):
        x = layers.SeparableConv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            depthwise_initializer="he_normal",
            pointwise_initializer="he_normal",
        )(x)
        x = _normalised(x)
    return x


def dense(x, filters):
    """Four small convolutions that each see all that came before (DenseNet, Huang et
    al. 2016); a 1×1 convolution brings the maps back to their number.
    """
    for _ in range(4):
        x = layers.Concatenate()([x, convolution(x, filters // 4)])
    return convolution(x, filters, 1)


def squeeze_excite(x, filters):
    """`residual`, with maps turned down by what the whole image shows (SENet, Hu et al.
    2017).
    """
    added = convolution(x, filters)
    added = convolution(added, filters, activation=None)
    added = SqueezeExcite(ratio=4)(added)
    return layers.Activation("relu")(layers.Add()([x, added]))


def convnext(x, filters):
    """`residual`, as ConvNeXt builds it (Liu et al. 2022): one wide depthwise
    convolution, layer normalization, GELU, wide in the middle.

    Without the layer scale of the paper, which matters in networks of many blocks.
    """
    added = layers.DepthwiseConv2D(7, padding="same")(x)
    added = layers.LayerNormalization(epsilon=1e-6)(added)
    added = layers.Conv2D(4 * filters, 1, activation="gelu")(added)
    added = layers.Conv2D(filters, 1)(added)
    return layers.Add()([x, added])


@dataclass(frozen=True)
class Block:
    """One arm of the experiment.

    Parameters
    ----------
    build : a function from feature maps and their number to as many feature maps.
    filters : their number at 14×14 and at 7×7, chosen for the common budget.
    changes : the block that it differs from in one idea; None for the first.
    """

    build: Callable
    filters: tuple[int, int]
    changes: str | None


BLOCKS = {
    "plain": Block(plain, (12, 24), None),
    "batch_norm": Block(batch_norm, (12, 24), "plain"),
    "inception": Block(inception, (28, 56), "batch_norm"),
    "residual": Block(residual, (12, 24), "batch_norm"),
    "bottleneck": Block(bottleneck, (40, 84), "residual"),
    "separable": Block(separable, (30, 60), "batch_norm"),
    "dense": Block(dense, (14, 28), "batch_norm"),
    "squeeze_excite": Block(squeeze_excite, (12, 24), "residual"),
    "convnext": Block(convnext, (16, 31), "residual"),
}


def network(block, filters=None, blocks=2, input_shape=(28, 28, 1), classes=10):
    """The network of the experiment, with one block or another.

    Parameters
    ----------
    block : a name in `BLOCKS`, or a function from (feature maps, filters) to as many
        feature maps.
    filters : feature maps before and after the second halving of the size; left out,
        those that belong to the name.
    blocks : how many at each of the two sizes.
    input_shape : (height, width, channels); pixels come in as 0-1.
    classes : how many the softmax tells apart.

    Returns
    -------
    keras.Model from (batch, height, width, channels) to (batch, classes).

    Raises
    ------
    ValueError : there is no block of that name, or a function came without `filters`.
    """
    name = getattr(block, "__name__", block)
    if not callable(block):
        if block not in BLOCKS:
            near = did_you_mean(str(block), BLOCKS) or f" Known: {', '.join(BLOCKS)}."
            raise ValueError(f"there is no block named {block!r}.{near}")
        block, filters = BLOCKS[block].build, filters or BLOCKS[block].filters
    if filters is None:
        raise ValueError(
            f"the block {name} is a function, and how wide it must be for its budget "
            f"is not known: give filters, such as filters=(12, 24)"
        )
    inputs = keras.Input(input_shape)
    x = inputs
    for size, count in zip((3, 2), filters, strict=True):
        x = layers.Conv2D(
            count,
            size,
            strides=2,
            padding="same",
            activation="relu",
            kernel_initializer="he_normal",
        )(x)
        for _ in range(blocks):
            x = block(x, count)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name=name)
