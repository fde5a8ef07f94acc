"""DenseNet (2016): every layer sees the feature maps of all layers before it, side by
side.
"""

import keras
from keras import layers

from course_utils.architectures.network import network

GROWTH = 32  # how many feature maps each layer adds to what the layers after it see


def norm_relu(x):
    """Batch norm and ReLU, which come before the convolution here."""
    x = layers.BatchNormalization(epsilon=1.001e-5)(x)
    return layers.ReLU()(x)


def dense_layer(x):
    """Thirty-two new maps from all the maps so far: a 1×1 convolution down to 128, then
    a 3×3.  Both are kept.
    """
    new = layers.Conv2D(4 * GROWTH, 1, use_bias=False)(norm_relu(x))
    new = layers.Conv2D(GROWTH, 3, padding="same", use_bias=False)(norm_relu(new))
    return layers.Concatenate()([x, new])


def transition(x):
    """Between two dense blocks: half the maps (1×1 convolution), at half the height and
    width.
    """
    x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False)(norm_relu(x))
    return layers.AveragePooling2D(2)(x)


def densenet(name, blocks, input_shape, classes, include_top):
    """Build a DenseNet; `blocks` says how many dense layers each of its four blocks
    has.
    """
    image = keras.Input(input_shape, name="image")
    # 'same' with stride 2 would pad one side more than the other
    x = layers.ZeroPadding2D(3)(image)
    x = layers.Conv2D(64, 7, strides=2, use_bias=False)(x)
    x = layers.ZeroPadding2D(1)(norm_relu(x))
    x = layers.MaxPooling2D(3, strides=2)(x)
    for i, depth in enumerate(blocks):
        if i > 0:
            x = transition(x)
        for _ in range(depth):
            x = dense_layer(x)
    x = norm_relu(x)
    if include_top:
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name=name)


@network(minimum=32)
def densenet121(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """Build DenseNet-121, equal to `keras.applications.DenseNet121`.

    Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks",
    2016 (CVPR 2017).  A ResNet adds what a layer finds to what came before; a DenseNet
    puts it beside, so nothing is overwritten and every layer can use every earlier map.
    A layer then needs to add only few maps (32, the growth rate), so the network has
    few parameters.  The variant with bottlenecks and compression ½ (DenseNet-BC).

    Parameters
    ----------
    input_shape : (height, width, channels), pixels scaled to 0…1 and normalised by
        ImageNet's mean and standard deviation
        (`keras.applications.densenet.preprocess_input`); at least 32×32, or None for
        height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 7, 7, 1024) for images
        of 224×224.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    return densenet("densenet121", (6, 12, 24, 16), input_shape, classes, include_top)


@network(minimum=32)
def densenet169(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """Build DenseNet-169: as `densenet121`, with deeper third and fourth blocks; 1664
    last feature maps.
    """
    return densenet("densenet169", (6, 12, 32, 32), input_shape, classes, include_top)


@network(minimum=32)
def densenet201(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """Build DenseNet-201: as `densenet169`, with a still deeper third block; 1920 last
    feature maps.
    """
    return densenet("densenet201", (6, 12, 48, 32), input_shape, classes, include_top)
