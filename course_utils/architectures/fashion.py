"""Two networks for Fashion-MNIST: the textbook stack of lesson 03, and a small residual
one that learns as much sooner.

`fashion_cnn` is the typical stack: convolutions, pooling, twice as many filters after
each pooling, dense layers. 7×7×64 → pool → 2 × 128 → pool → 2 × 256 → pool → dense 128
→ dropout ½ → dense 64 → dropout ½ → softmax, all 'same', He initialisation and ReLU:
1,413,834 parameters with ten classes, and 89 million multiply-adds per image.
"""

from functools import partial

import keras
from keras import layers

from course_utils.architectures.network import network


@network(minimum=8, any_size=False, published=False)
def fashion_cnn(input_shape=(28, 28, 1), classes=10, include_top=True):
    """The textbook stack; pixels come in as 0-1.

    Without the top it ends with the last pooling: 3×3×256.
    """
    conv = partial(
        layers.Conv2D,
        kernel_size=3,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
    )
    dense = partial(layers.Dense, activation="relu", kernel_initializer="he_normal")

    inputs = keras.Input(input_shape)
    x = conv(64, kernel_size=7)(inputs)
    x = layers.MaxPooling2D()(x)
    for filters in (128, 256):
        x = conv(filters)(x)
        x = conv(filters)(x)
        x = layers.MaxPooling2D()(x)
    if include_top:
        x = layers.Flatten()(x)
        for units in (128, 64):
            x = dense(units)(x)
            x = layers.Dropout(0.5)(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="fashion_cnn")


@network(minimum=8, published=False)
def fashion_fast(input_shape=(28, 28, 1), classes=10, include_top=True):
    """A small residual network; pixels come in as 0-1."""
    conv = partial(
        layers.Conv2D, padding="same", use_bias=False, kernel_initializer="he_normal"
    )

    def normalised(x, activation="relu", **options):
        x = layers.BatchNormalization(momentum=0.9, **options)(x)
        return layers.Activation(activation)(x) if activation else x

    inputs = keras.Input(input_shape)
    x = normalised(conv(32, 3, strides=2)(inputs))
    x = normalised(conv(32, 3)(x))
    for filters in (64, 128):
        skip = normalised(conv(filters, 1, strides=2)(x), activation=None)
        x = normalised(conv(filters, 3, strides=2)(x))
        x = normalised(conv(filters, 3)(x), activation=None, gamma_initializer="zeros")
        x = layers.Activation("relu")(layers.Add()([x, skip]))
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name="fashion_fast")
