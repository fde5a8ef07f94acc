"""ZFNet (2013): AlexNet, corrected after looking inside.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013.

The authors drew what each layer of AlexNet responds to, and found the first one coarse:
fine detail missing, and stripes from its large stride.  So they made its kernels 7×7
with stride 2 instead of 11×11 with stride 4, and strided in the second layer too.  The
rest is AlexNet without the two halves, and the error fell by a tenth.

Variant: figure 3 of the paper, 62,357,608 parameters.  Its contrast normalization
across maps is written as AlexNet's local response normalization.
"""

from functools import partial

import keras
from keras import layers

from course_utils.architectures.network import network
from course_utils.layers.normalization import LocalResponseNormalization


@network(minimum=53, any_size=False)
def zfnet(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """ZFNet.  Without the top it ends with 256 maps of 6×6."""
    conv = partial(
        layers.Conv2D, padding="same", activation="relu", kernel_initializer="he_normal"
    )
    normalize = partial(
        LocalResponseNormalization, depth_radius=2, bias=2, alpha=1e-4, beta=0.75
    )

    inputs = keras.Input(input_shape)
    x = layers.ZeroPadding2D(1)(inputs)
    x = conv(96, 7, strides=2, padding="valid", name="conv1")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)
    x = normalize(name="norm1")(x)
    x = conv(256, 5, strides=2, padding="valid", name="conv2")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool2")(x)
    x = normalize(name="norm2")(x)
    x = conv(384, 3, name="conv3")(x)
    x = conv(384, 3, name="conv4")(x)
    x = conv(256, 3, name="conv5")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool5")(x)
    if include_top:
        x = layers.Flatten()(x)
        for name in ("dense6", "dense7"):
            x = layers.Dense(
                4096, activation="relu", kernel_initializer="he_uniform", name=name
            )(x)
            x = layers.Dropout(0.5)(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="zfnet")
