"""GoogLeNet (2014): nine inception modules, and a ninth of AlexNet's parameters.

Szegedy et al., "Going Deeper with Convolutions", 2014.

An inception module looks at its input through 1×1, 3×3 and 5×5 kernels and a pooling at
once, and stacks what they find.  1×1 convolutions thin the maps out first, so that the
large kernels stay cheap.  Averaging each last map to one number does away with the
great dense layers, where AlexNet kept most of its parameters.

Variant: table 1 of the paper, with a bias in every convolution, local response
normalization as in AlexNet, and no batch normalization (which came a year later):
6,998,552 parameters without the auxiliary heads, 13,378,280 with them.
"""

from functools import partial

import keras
from keras import layers

from course_utils.architectures.network import network
from course_utils.layers.inception import Inception
from course_utils.layers.normalization import LocalResponseNormalization

MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


@network(minimum=32)
def googlenet(
    input_shape=(224, 224, 3), classes=1000, include_top=True, auxiliary=False
):
    """GoogLeNet.  Without the top it ends with 1,024 maps of 7×7.

    `auxiliary=True` adds the paper's two heads, which pull gradients into the middle
    while training (give their losses the weight 0.3).  The model then has three outputs
    by name: "predictions", "auxiliary_4a", "auxiliary_4d".
    """
    conv = partial(
        layers.Conv2D, padding="same", activation="relu", kernel_initializer="he_normal"
    )
    pool = partial(layers.MaxPooling2D, 3, strides=2, padding="same")
    normalize = partial(
        LocalResponseNormalization, depth_radius=2, bias=2, alpha=1e-4, beta=0.75
    )

    inputs = keras.Input(input_shape)
    x = conv(64, 7, strides=2, name="conv1")(inputs)
    x = normalize()(pool()(x))
    x = conv(64, 1, name="conv2_reduce")(x)
    x = conv(192, 3, name="conv2")(x)
    x = pool()(normalize()(x))
    outputs = {}
    for name, numbers in MODULES.items():
        if name in ("4a", "5a"):
            x = pool()(x)
        x = Inception(*numbers, name=f"inception_{name}")(x)
        if auxiliary and name in ("4a", "4d"):
            outputs[f"auxiliary_{name}"] = _auxiliary_head(
                x, classes, f"auxiliary_{name}"
            )
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dropout(0.4)(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(
        inputs, {"predictions": x, **outputs} if auxiliary else x, name="googlenet"
    )


def _auxiliary_head(x, classes, name):
    if None in x.shape[1:3] or min(x.shape[1:3]) < 5:
        raise ValueError(
            f"googlenet's auxiliary heads average 5×5 windows, but the maps they sit "
            f"on are {x.shape[1:3]}: give images"
            " of at least 65×65 pixels (the paper's are 224×224), or auxiliary=False."
        )
    x = layers.AveragePooling2D(5, strides=3)(x)
    x = layers.Conv2D(128, 1, activation="relu", kernel_initializer="he_normal")(x)
    x = layers.Dense(1024, activation="relu", kernel_initializer="he_normal")(
        layers.Flatten()(x)
    )
    x = layers.Dropout(0.7)(x)
    return layers.Dense(classes, activation="softmax", name=name)(x)
