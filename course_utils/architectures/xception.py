"""Xception (2016): inception taken to its end, a spatial filter for each channel and
then only 1×1 convolutions.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def conv(x, filters, kernel_size, strides=1, padding="valid"):
    """An ordinary convolution and its batch norm."""
    x = layers.Conv2D(filters, kernel_size, strides, padding, use_bias=False)(x)
    return layers.BatchNormalization()(x)


def separable(x, filters):
    """A separable 3×3 convolution and its batch norm: one 3×3 filter a channel, then
    1×1 across the channels.
    """
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def halving_block(x, *widths):
    """ReLU and separable convolution for each width, pooling with stride 2; the skip is
    a 1×1 with stride 2.
    """
    skip = conv(x, widths[-1], 1, strides=2, padding="same")
    for filters in widths:
        x = separable(layers.ReLU()(x), filters)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    return layers.Add()([x, skip])


def middle_block(x):
    """Three times ReLU and separable convolution, around an identity skip."""
    skip = x
    for _ in range(3):
        x = separable(layers.ReLU()(x), 728)
    return layers.Add()([x, skip])


@network(minimum=71)
def xception(input_shape=(299, 299, 3), classes=1000, include_top=True):
    """Build Xception, equal to `keras.applications.Xception`.

    Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2016 (CVPR
    2017).  An ordinary convolution looks for patterns in space and across channels at
    once; an inception module already does part of the two apart.  A separable
    convolution does them wholly apart: one 3×3 filter for each channel, then a 1×1
    convolution across the channels; 14 blocks of them, with skips as in a ResNet, do
    better than Inception-v3.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values in −1…1; at least 71×71, or
        None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 10, 10, 2048) for
        images of 299×299.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = layers.ReLU()(conv(image, 32, 3, strides=2))
    x = layers.ReLU()(conv(x, 64, 3))
    for filters in (128, 256, 728):
        x = halving_block(x, filters, filters)
    for _ in range(8):
        x = middle_block(x)
    x = halving_block(x, 728, 1024)
    for filters in (1536, 2048):
        x = layers.ReLU()(separable(x, filters))
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="xception")
