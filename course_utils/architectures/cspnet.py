"""CSPNet (2019): half of the feature maps go through a stage's blocks, the other half
go around all of them.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


def conv(x, filters, kernel_size=1, strides=1, activate=True, gamma="ones"):
    """Convolution, batch norm, leaky ReLU (or none)."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma)(
        x
    )
    return layers.LeakyReLU(negative_slope=0.01)(x) if activate else x


def bottleneck(x):
    """A residual block:

    1×1 down to half the maps, 3×3, 1×1 back.  With γ = 0 it starts as the identity.
    """
    filters = x.shape[-1]
    new = conv(conv(x, filters // 2), filters // 2, 3)
    new = conv(new, filters, activate=False, gamma="zeros")
    return layers.LeakyReLU(negative_slope=0.01)(layers.Add()([x, new]))


def cross_stage(x, filters, depth):
    """Two parts: one goes through `depth` blocks and a 1×1, one goes around them; a 1×1
    joins the two.
    """
    around = conv(x, filters, activate=False)
    through = conv(x, filters, activate=False)
    for _ in range(depth):
        through = bottleneck(through)
    through = conv(through, filters)
    return conv(layers.Concatenate()([around, through]), filters)


@network(minimum=32)
def cspnet(input_shape=(256, 256, 3), classes=1000, include_top=True):
    """Build CSPResNet-50, the ResNet-50 among the cross-stage partial networks.

    Wang, Liao, Yeh, Wu, Chen, Hsieh, "CSPNet: A New Backbone that can Enhance Learning
    Capability of CNN", 2019 (CVPR workshops 2020).  In a ResNet or DenseNet the same
    gradients reach many layers again and again.  Here one part of the maps goes through
    a stage's blocks and the other part around them, until a 1×1 convolution joins the
    two.  That saves computation and memory traffic, and the accuracy stays or rises a
    little.

    Variant: CSPResNet-50 as in the library timm (`cspresnet50`), with 21,616,168
    trainable parameters.  The authors' own file differs in the first stage, where the
    part that goes through starts with 64 maps instead of 128; its 21.57 million are the
    weights of the convolutions alone.  Here 'same' padding stands for timm's one pixel
    a side.

    Parameters
    ----------
    input_shape : (height, width, channels), pixels scaled to 0…1 and normalised by
        ImageNet's mean and standard deviation; at least 32×32, or None for height and
        width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 8, 8, 1024) for images
        of 256×256.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = keras.Input(input_shape, name="image")
    x = conv(image, 64, 7, strides=2)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for filters, depth in ((128, 3), (256, 3), (512, 5), (1024, 2)):
        if filters > 128:
            x = conv(x, x.shape[-1], 3, strides=2)
        x = cross_stage(x, filters, depth)
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="cspnet")
