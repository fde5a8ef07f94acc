"""AlexNet (2012): the network that ended the argument about learned features.

Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
Neural Networks", 2012.

It is LeNet's plan made larger and deeper, and the first to stack convolutions without
pooling between them.  ReLU made it trainable in days, dropout and augmented images kept
its 60 million parameters from learning by heart.  Strong answers quieten their
neighbours by local response normalization after the first two convolutions.

Variant: as in the paper, whose convolutions 2, 4 and 5 ran in two halves on two
graphics cards: `groups=2`, 60,965,224 parameters.  `groups=1` lets every map see every
other, as most later copies do: 62,378,344.  Images are 227×227: the paper says 224, but
its 55×55 maps need 227.
"""

from functools import partial

import keras
from keras import layers

from course_utils.architectures.network import network
from course_utils.layers.normalization import LocalResponseNormalization


@network(minimum=67, any_size=False)
def alexnet(input_shape=(227, 227, 3), classes=1000, include_top=True, groups=2):
    """AlexNet; `groups=1` connects the two halves.

    Without the top it ends with 256 maps of 6×6.
    """
    conv = partial(
        layers.Conv2D, padding="same", activation="relu", kernel_initializer="he_normal"
    )
    normalize = partial(
        LocalResponseNormalization, depth_radius=2, bias=2, alpha=1e-4, beta=0.75
    )

    inputs = keras.Input(input_shape)
    x = conv(96, 11, strides=4, padding="valid", name="conv1")(inputs)
    x = normalize(name="norm1")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    x = conv(256, 5, groups=groups, name="conv2")(x)
    x = normalize(name="norm2")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool2")(x)
    x = conv(384, 3, name="conv3")(x)
    x = conv(384, 3, groups=groups, name="conv4")(x)
    x = conv(256, 3, groups=groups, name="conv5")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool5")(x)
    if include_top:
        x = layers.Flatten()(x)
        for name in ("dense6", "dense7"):
            x = layers.Dense(
                4096, activation="relu", kernel_initializer="he_uniform", name=name
            )(x)
            x = layers.Dropout(0.5)(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="alexnet")
