"""EfficientNet-B0 (2019):

MobileNet-v2's block with squeeze-and-excitation, in sizes found by a search.
"""

import keras
from keras import layers

from course_utils.architectures.network import network

# He initialisation for the way back (fan out).  A dictionary, not an object: each layer
# draws its own numbers from it.
FAN_OUT = {"class_name": "VarianceScaling", "config": {"scale": 2.0, "mode": "fan_out"}}
# For each stage: kernel size, blocks, filters, how much a block widens, stride of its
# first block
STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)


def norm(x, activation="swish"):
    """Batch norm, and swish: x · sigmoid(x), a smooth relative of ReLU."""
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def conv(x, filters, kernel_size=1, strides=1, activation="swish"):
    """Convolution, batch norm, and swish (or none)."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides,
        padding="same",
        use_bias=False,
        kernel_initializer=FAN_OUT,
    )(x)
    return norm(x, activation)


def depthwise(x, kernel_size, strides):
    """A filter for each channel, batch norm, and swish."""
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides,
        padding="same",
        use_bias=False,
        depthwise_initializer=FAN_OUT,
    )(x)
    return norm(x)


def squeeze_excite(x, squeezed):
    """Look at the mean of every map, and from these decide how much (0–1) of each map
    to let through.
    """
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(squeezed, 1, activation="swish", kernel_initializer=FAN_OUT)(
        gate
    )
    gate = layers.Conv2D(
        x.shape[-1], 1, activation="sigmoid", kernel_initializer=FAN_OUT
    )(gate)
    return layers.Multiply()([x, gate])


def block(x, kernel_size, filters, expansion, strides, drop):
    """Widen, filter each channel, gate, narrow; the skip joins the thin ends where the
    shapes are equal.
    """
    skip = x
    if expansion > 1:
        x = conv(x, expansion * x.shape[-1])
    x = depthwise(x, kernel_size, strides)
    x = squeeze_excite(x, skip.shape[-1] // 4)
    x = conv(x, filters, activation=None)
    if strides == 1 and filters == skip.shape[-1]:
        # drops the whole block, for some of the images
        x = layers.Dropout(drop, noise_shape=(None, 1, 1, 1))(x)
        x = layers.Add()([x, skip])
    return x


@network(minimum=32)
def efficientnet_b0(
    input_shape=(224, 224, 3), classes=1000, include_top=True, imagenet_weights=False
):
    """Build EfficientNet-B0, equal to `keras.applications.EfficientNetB0`.

    Tan, Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    2019.  A network can grow in depth, in width and in the size of its images; the
    paper grows all three together, in a fixed ratio.  B0 is the small network to start
    from: its sizes were found by an automatic search for accuracy at a given cost.  Its
    block is MobileNet-v2's inverted residual with a gate on the channels
    (squeeze-and-excitation) and swish.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values 0–255: the scaling is inside
        the model; at least 32×32, or None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 7, 7, 1280) for images
        of 224×224.
    imagenet_weights : True divides the channels once more, by the roots of ImageNet's
        standard deviations, as `keras.applications` does when it loads ImageNet
        weights.  Needed to copy those, and only those.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = layers.Normalization()(layers.Rescaling(1 / 255)(image))
    if imagenet_weights:
        x = layers.Rescaling([deviation**-0.5 for deviation in (0.229, 0.224, 0.225)])(
            x
        )
    x = conv(x, 32, 3, strides=2)
    done, blocks = 0, sum(stage[1] for stage in STAGES)
    for kernel_size, depth, filters, expansion, strides in STAGES:
        for i in range(depth):
            x = block(
                x,
                kernel_size,
                filters,
                expansion,
                strides if i == 0 else 1,
                drop=0.2 * done / blocks,
            )
            done += 1
    x = conv(x, 1280)
    if include_top:
        x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="efficientnet_b0")
