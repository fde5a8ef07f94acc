"""Mini-Xception: the ideas of Xception in a quarter of a million weights, small enough
to travel with the course.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def batch_norm(x, name):
    """Batch norm whose averages follow quickly: training sets here are small, so there
    are few steps.
    """
    return layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)


def separable(x, filters, name):
    """ReLU, a separable 3×3 convolution (one 3×3 filter a channel, then 1×1 across the
    channels), batch norm.
    """
    x = layers.ReLU(name=f"{name}_relu")(x)
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return batch_norm(x, name)


def halving_block(x, first, second, name):
    """Two separable convolutions and pooling with stride 2; the skip is a 1×1
    convolution with stride 2.
    """
    skip = layers.Conv2D(second, 1, strides=2, use_bias=False, name=f"{name}_skip")(x)
    skip = batch_norm(skip, f"{name}_skip")
    x = separable(x, first, f"{name}_sepconv1")
    x = separable(x, second, f"{name}_sepconv2")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return layers.Add(name=f"{name}_add")([x, skip])


def middle_block(x, filters, name):
    """Two separable convolutions around an identity skip."""
    skip = x
    for number in (1, 2):
        x = separable(x, filters, f"{name}_sepconv{number}")
    return layers.Add(name=f"{name}_add")([x, skip])


@network(minimum=32, published=False)
def mini_xception(
    input_shape=(128, 128, 3), classes=20, include_top=True, preprocessing=()
):
    """Build Mini-Xception.

    The plan of Chollet's "Xception: Deep Learning with Depthwise Separable
    Convolutions" (2016) with seven blocks in place of fourteen and an eighth of the
    channels.  The last feature maps have a sixteenth of the image's height and width
    (Xception's have a thirty-second), so that a small photograph still leaves something
    to locate things in.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values in −1…1; at least 32×32, or
        None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 8, 8, 320) for images
        of 128×128.
    preprocessing : layers put between the image and the first convolution; with
        `Rescaling(1 / 127.5, offset=-1)` the network takes raw pixels of 0-255.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = x = keras.Input(input_shape, name="image")
    for layer in preprocessing:
        x = layer(x)
    x = layers.Conv2D(
        24, 3, strides=2, padding="same", use_bias=False, name="block1_conv1"
    )(x)
    x = batch_norm(x, "block1_conv1")
    x = halving_block(x, 32, 48, "block2")
    x = halving_block(x, 96, 96, "block3")
    x = middle_block(x, 96, "block4")
    x = middle_block(x, 96, "block5")
    x = halving_block(x, 160, 224, "block6")
    x = separable(x, 320, "block7_sepconv1")
    x = layers.ReLU(name="block7_relu")(x)
    if include_top:
        x = layers.GlobalAveragePooling2D(name="average_pool")(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="mini_xception")
