"""VGG-16 and VGG-19 (2014): nothing but 3×3 convolutions, many of them.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition", 2014.

Two 3×3 convolutions see as far as one 5×5, with fewer parameters and one more ReLU, and
three as far as one 7×7.  So VGG uses no other kernel: two to four convolutions, a
pooling that halves the maps, twice as many filters, five times over.  It is easily
remembered and easily reused, and heavy: nine tenths of its parameters sit in the dense
layers.

Variant: configurations D and E of the paper; exact to `keras.applications.VGG16`
(138,357,544 parameters) and `VGG19` (143,667,240), with the paper's dropout, which they
leave out and which changes nothing when predicting.
"""

import keras
from keras import layers

from course_utils.architectures.network import network


@network(minimum=32, any_size=False)
def vgg16(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """VGG-16: thirteen convolutions and three dense layers.

    Without the top it ends with 512 maps of 7×7.
    """
    return _vgg("vgg16", (2, 2, 3, 3, 3), input_shape, classes, include_top)


@network(minimum=32, any_size=False)
def vgg19(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """VGG-19: sixteen convolutions and three dense layers.

    Without the top it ends with 512 maps of 7×7.
    """
    return _vgg("vgg19", (2, 2, 4, 4, 4), input_shape, classes, include_top)


def _vgg(name, convolutions, input_shape, classes, include_top):
    inputs = keras.Input(input_shape)
    x = inputs
    for block, (filters, count) in enumerate(
        zip((64, 128, 256, 512, 512), convolutions, strict=True), start=1
    ):
        for index in range(1, count + 1):
            x = layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="he_normal",
                name=f"block{block}_conv{index}",
            )(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    if include_top:
        x = layers.Flatten()(x)
        for dense in ("dense1", "dense2"):
            x = layers.Dense(
                4096, activation="relu", kernel_initializer="he_uniform", name=dense
            )(x)
            x = layers.Dropout(0.5)(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name=name)
