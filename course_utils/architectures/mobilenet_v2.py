"""MobileNet-v2 (2018): a residual block turned inside out, thin at its ends and wide in
the middle.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def divisible(filters, by=8):
    """The multiple of 8 nearest to `filters`, unless that takes away more than a tenth:
    then the next one.
    """
    rounded = max(by, int(filters + by / 2) // by * by)
    return rounded if rounded >= 0.9 * filters else rounded + by


def norm(x):
    return layers.BatchNormalization(momentum=0.999)(x)


def norm_relu6(x):
    return layers.ReLU(max_value=6)(norm(x))


def inverted_residual(x, filters, strides=1, expansion=6):
    """Widen with 1×1, filter each channel with 3×3, narrow with 1×1 and no ReLU; a skip
    joins the thin ends.
    """
    skip = x
    if expansion > 1:
        x = norm_relu6(layers.Conv2D(expansion * x.shape[-1], 1, use_bias=False)(x))
    x = norm_relu6(
        layers.DepthwiseConv2D(3, strides, padding="same", use_bias=False)(x)
    )
    x = norm(layers.Conv2D(filters, 1, use_bias=False)(x))
    return (
        layers.Add()([skip, x]) if x.shape[-1] == skip.shape[-1] and strides == 1 else x
    )


@network(minimum=32)
def mobilenet_v2(input_shape=(224, 224, 3), classes=1000, include_top=True, alpha=1.0):
    """Build MobileNet-v2, equal to `keras.applications.MobileNetV2`.

    Sandler, Howard, Zhu, Zhmoginov, Chen, "MobileNetV2: Inverted Residuals and Linear
    Bottlenecks", 2018.  A ReLU in a thin layer destroys what it sets to zero, so the
    thin layers have none; in a wide one enough is left.  Each block therefore widens
    six times, filters each channel by itself, and narrows again without a ReLU.  The
    skips join the thin ends, so little has to be kept in memory.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values in −1…1; at least 32×32, or
        None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 7, 7, 1280) for images
        of 224×224.
    alpha : the width multiplier: every layer has about this share of its filters, in
        multiples of 8.  The last 1×1 convolution follows it only above 1.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = layers.Conv2D(
        divisible(32 * alpha), 3, strides=2, padding="same", use_bias=False
    )(image)
    x = inverted_residual(norm_relu6(x), divisible(int(16 * alpha)), expansion=1)
    for filters, depth, strides in (
        (24, 2, 2),
        (32, 3, 2),
        (64, 4, 2),
        (96, 3, 1),
        (160, 3, 2),
        (320, 1, 1),
    ):
        for i in range(depth):
            x = inverted_residual(
                x, divisible(int(filters * alpha)), strides if i == 0 else 1
            )
    x = norm_relu6(layers.Conv2D(divisible(1280 * max(1, alpha)), 1, use_bias=False)(x))
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="mobilenet_v2")
