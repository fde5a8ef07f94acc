"""MobileNet (2017): separable convolutions from end to end, and one number to make the
network thinner.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def norm_relu6(x):
    """Batch norm, then a ReLU that stops at 6: small numbers survive a phone's
    low-precision arithmetic.
    """
    x = layers.BatchNormalization()(x)
    return layers.ReLU(max_value=6)(x)


def separable_block(x, filters, strides=1):
    """A 3×3 filter for each channel, then a 1×1 convolution across them, each with
    batch norm and ReLU6.
    """
    padding = "same"
    if strides == 2:
        # 'same' would pad odd sizes on both sides; the reference pads below and on the
        # right, always
        x, padding = layers.ZeroPadding2D(((0, 1), (0, 1)))(x), "valid"
    x = norm_relu6(layers.DepthwiseConv2D(3, strides, padding, use_bias=False)(x))
    return norm_relu6(layers.Conv2D(filters, 1, use_bias=False)(x))


@network(minimum=32)
def mobilenet(
    input_shape=(224, 224, 3), classes=1000, include_top=True, alpha=1.0, dropout=0.001
):
    """Build MobileNet, equal to `keras.applications.MobileNet`.

    Howard, Zhu, Chen and others, "MobileNets: Efficient Convolutional Neural Networks
    for Mobile Vision Applications", 2017.  A separable 3×3 convolution costs eight to
    nine times less than an ordinary one, and loses about one point of accuracy on
    ImageNet.  So the whole network after the first layer is made of them, with no
    skips.  A width multiplier α thins every layer alike, which trades accuracy for size
    along one curve.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values in −1…1; at least 32×32, or
        None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 7, 7, 1024·alpha) for
        images of 224×224.
    alpha : the width multiplier: every layer has this share of its filters (the paper:
        0.25, 0.5, 0.75, 1).
    dropout : the share of the pooled features dropped in training, before the last
        layer.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = layers.Conv2D(int(32 * alpha), 3, strides=2, padding="same", use_bias=False)(
        image
    )
    x = norm_relu6(x)
    x = separable_block(x, int(64 * alpha))
    for filters, depth in ((128, 2), (256, 2), (512, 6), (1024, 2)):
        for i in range(depth):
            x = separable_block(x, int(filters * alpha), strides=2 if i == 0 else 1)
    if include_top:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout)(x)
        # a 1×1 convolution of a 1×1 map is a dense layer
        x = layers.Conv2D(classes, 1, name="predictions")(x)
        x = layers.Softmax()(layers.Flatten()(x))
    return keras.Model(image, x, name="mobilenet")
