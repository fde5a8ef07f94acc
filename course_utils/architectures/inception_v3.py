"""Inception-v3 (2015): the inception module again, with every large kernel split into
smaller ones.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def conv(x, filters, kernel_size, strides=1, padding="same"):
    """Convolution, batch norm, ReLU.

    The norm has no γ: the next convolution can scale as well as it could.
    """
    x = layers.Conv2D(filters, kernel_size, strides, padding, use_bias=False)(x)
    x = layers.BatchNormalization(scale=False)(x)
    return layers.ReLU()(x)


def chain(x, *steps):
    """One branch of a module: convolutions one after the other, each given as (filters,
    kernel size).
    """
    for filters, kernel_size in steps:
        x = conv(x, filters, kernel_size)
    return x


def pooled(x, filters):
    """The pooling branch: the average of 3×3 neighbours, then a 1×1 convolution."""
    return conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1)


def square_module(x, pool_filters):
    """For 35×35 maps: one branch of 5×5, one of two 3×3 in its place."""
    branches = [
        conv(x, 64, 1),
        chain(x, (48, 1), (64, 5)),
        chain(x, (64, 1), (96, 3), (96, 3)),
    ]
    return layers.Concatenate()([*branches, pooled(x, pool_filters)])


def striped_module(x, filters):
    """For 17×17 maps: 7×7 becomes 1×7 and 7×1, 14 weights for 49."""
    row, column = (1, 7), (7, 1)
    once = chain(x, (filters, 1), (filters, row), (192, column))
    twice = chain(
        x,
        (filters, 1),
        (filters, column),
        (filters, row),
        (filters, column),
        (192, row),
    )
    return layers.Concatenate()([conv(x, 192, 1), once, twice, pooled(x, 192)])


def wide_module(x):
    """For 8×8 maps:

    1×3 and 3×1 side by side, for many features rather than deep ones.
    """

    def fork(x):
        return layers.Concatenate()([conv(x, 384, (1, 3)), conv(x, 384, (3, 1))])

    branches = [
        conv(x, 320, 1),
        fork(conv(x, 384, 1)),
        fork(chain(x, (448, 1), (384, 3))),
    ]
    return layers.Concatenate()([*branches, pooled(x, 192)])


def halve(x, *branches):
    """Halve height and width: the last convolution of each branch takes stride 2,
    beside a max pooling.
    """
    halved = [
        conv(branch, filters, 3, strides=2, padding="valid")
        for branch, filters in branches
    ]
    return layers.Concatenate()([*halved, layers.MaxPooling2D(3, strides=2)(x)])


@network(minimum=75)
def inception_v3(input_shape=(299, 299, 3), classes=1000, include_top=True):
    """Build Inception-v3, equal to `keras.applications.InceptionV3`.

    Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception Architecture for
    Computer Vision", 2015 (CVPR 2016).  A large kernel can be factorised: two 3×3 see
    what one 5×5 sees, a 1×7 and a 7×1 together see what one 7×7 sees, with fewer
    weights and one more ReLU.  Where the maps are halved, convolutions with stride 2
    and a pooling stand side by side, so that nothing is thrown away first and nothing
    large is computed in vain.

    Variant: without the paper's auxiliary head, as in `keras.applications`.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values in −1…1; at least 75×75, or
        None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 8, 8, 2048) for images
        of 299×299.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = conv(image, 32, 3, strides=2, padding="valid")
    x = conv(conv(x, 32, 3, padding="valid"), 64, 3)
    x = layers.MaxPooling2D(3, strides=2)(x)
    x = conv(conv(x, 80, 1, padding="valid"), 192, 3, padding="valid")
    x = layers.MaxPooling2D(3, strides=2)(x)
    for pool_filters in (32, 64, 64):
        x = square_module(x, pool_filters)
    x = halve(x, (x, 384), (chain(x, (64, 1), (96, 3)), 96))
    for filters in (128, 160, 160, 192):
        x = striped_module(x, filters)
    x = halve(
        x,
        (conv(x, 192, 1), 320),
        (chain(x, (192, 1), (192, (1, 7)), (192, (7, 1))), 192),
    )
    x = wide_module(wide_module(x))
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="inception_v3")
