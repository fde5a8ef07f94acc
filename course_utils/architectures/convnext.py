"""ConvNeXt (2022): a ResNet, changed step by step into what a vision transformer had
shown to work.
"""

import keras
from keras import layers

from course_utils.architectures.network import network
from course_utils.layers.scaling import LayerScale

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels


def norm(x):
    """Layer norm: each pixel's channels are brought to mean 0 and variance 1."""
    return layers.LayerNormalization(epsilon=1e-6)(x)


def block(x):
    """A 7×7 filter for each map, layer norm, four times as many maps, GELU, and back;
    the result is added.
    """
    filters = x.shape[-1]
    new = layers.Conv2D(filters, 7, padding="same", groups=filters)(x)
    new = layers.Dense(4 * filters, activation="gelu")(norm(new))
    new = LayerScale()(layers.Dense(filters)(new))
    return layers.Add()([x, new])


@network(minimum=32)
def convnext_tiny(input_shape=(224, 224, 3), classes=1000, include_top=True):
    """Build ConvNeXt-Tiny, equal to `keras.applications.ConvNeXtTiny`.

    Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet for the 2020s", 2022.  Vision
    transformers had become better than ResNets: because of attention, or because of all
    that had changed with it?  The authors changed a ResNet-50 one step at a time: the
    training recipe, blocks per stage, a stem of 4×4 patches, depthwise 7×7, a wide
    inside, fewer activations and norms.  It ended as accurate as a transformer of its
    size, with convolutions only.

    Parameters
    ----------
    input_shape : (height, width, channels), pixel values 0–255: for three channels the
        scaling is inside the model; at least 32×32, or None for height and width.
    classes : the number of classes of the softmax.
    include_top : False ends with the last feature maps, (batch, 7, 7, 768) for images
        of 224×224.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).
    """
    image = x = keras.Input(input_shape, name="image")
    if input_shape[-1] == 3:
        x = layers.Normalization(
            mean=[255 * mean for mean in MEAN],
            variance=[(255 * deviation) ** 2 for deviation in DEVIATION],
        )(x)
    x = norm(layers.Conv2D(96, 4, strides=4)(x))
    for filters, depth in ((96, 3), (192, 3), (384, 9), (768, 3)):
        if filters > 96:
            x = layers.Conv2D(filters, 2, strides=2)(norm(x))
        for _ in range(depth):
            x = block(x)
    if include_top:
        x = norm(layers.GlobalAveragePooling2D()(x))
        x = layers.Dense(classes, activation="softmax", name="predictions")(x)
    else:
        x = norm(x)
    return keras.Model(image, x, name="convnext_tiny")
