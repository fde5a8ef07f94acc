"""ResNet-34, 50, 101 and 152 (2015): layers that learn what to add.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015.

Every unit adds its convolutions' result to its own input, so a unit with nothing to say
can pass its input on. Signals and gradients so have a short way past every layer, and
networks of over a hundred layers can be trained. The deep ones use bottleneck units,
which do their 3×3 work on a quarter of the channels.

Variant: ResNet-34 with the paper's 1×1 skips where shapes change (option B) and no bias
beside batch normalization: 21,306,826 parameters with ten classes.  50, 101 and 152 are
exact to `keras.applications`: biases, stride in the first 1×1, padding on both sides;
25,636,712, 44,707,176 and 60,419,944 parameters.
"""

import keras
from keras import layers

from course_utils.architectures.network import network
from course_utils.layers.residual import BottleneckUnit, ResidualUnit

LIKE_KERAS = {"use_bias": True, "epsilon": 1.001e-5}


@network(minimum=32)
def resnet34(
    input_shape=(224, 224, 3),
    classes=1000,
    include_top=True,
    residual=True,
    zero_gamma=False,
    momentum=0.9,
    filters=64,
):
    """ResNet-34.  Without the top it ends with 512 maps of 7×7.

    `residual=False` gives the paper's plain network of 34 layers; `zero_gamma` and
    `momentum` as in `ResidualUnit`; `filters` is the width of the stem and of the first
    stage, 64 in the paper, and each stage has twice as many as the one before.
    """
    options = {"residual": residual, "zero_gamma": zero_gamma, "momentum": momentum}
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(
        filters,
        7,
        strides=2,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(inputs)
    x = layers.ReLU()(layers.BatchNormalization(momentum=momentum)(x))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    previous = 1
    for width in [1] * 3 + [2] * 4 + [4] * 6 + [8] * 3:
        strides = 1 if width == previous else 2
        x = ResidualUnit(width * filters, strides, **options)(x)
        previous = width
    return _finish("resnet34", inputs, x, classes, include_top)


@network(minimum=32)
def resnet50(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """ResNet-50.  Without the top it ends with 2,048 maps of 7×7."""
    return bottleneck_resnet(
        "resnet50", (3, 4, 6, 3), input_shape, classes, include_top, **LIKE_KERAS
    )


@network(minimum=32)
def resnet101(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """ResNet-101.  Without the top it ends with 2,048 maps of 7×7."""
    return bottleneck_resnet(
        "resnet101", (3, 4, 23, 3), input_shape, classes, include_top, **LIKE_KERAS
    )


@network(minimum=32)
def resnet152(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """ResNet-152, two of the six networks that together won ILSVRC 2015.

    Without the top it ends with 2,048 maps of 7×7.
    """
    return bottleneck_resnet(
        "resnet152", (3, 8, 36, 3), input_shape, classes, include_top, **LIKE_KERAS
    )


def bottleneck_resnet(
    name, units, input_shape, classes, include_top, filters=64, **options
):
    """Four stages of bottleneck units; `filters` is the inside width of the first,
    `options` go to the units.
    """
    inputs = keras.Input(input_shape)
    x = layers.ZeroPadding2D(3)(inputs)
    x = layers.Conv2D(
        64,
        7,
        strides=2,
        use_bias=options.get("use_bias", False),
        kernel_initializer="he_normal",
        name="conv1",
    )(x)
    x = layers.ReLU()(
        layers.BatchNormalization(epsilon=options.get("epsilon", 1e-3), name="norm1")(x)
    )
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for stage, count in enumerate(units, start=2):
        for unit in range(1, count + 1):
            strides = 2 if unit == 1 and stage > 2 else 1
            x = BottleneckUnit(
                filters, strides, name=f"conv{stage}_unit{unit}", **options
            )(x)
        filters *= 2
    return _finish(name, inputs, x, classes, include_top)


def _finish(name, inputs, x, classes, include_top):
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, x, name=name)
