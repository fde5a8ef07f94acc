"""From a classifier to a class per pixel: FCN and U-Net, on any backbone.

Both take a network that ends with feature maps, such as `load_backbone(name).model` or
`build(name, include_top=False)`, and share its layers and weights.
"""

from course_utils.startup import keras  # noqa: I001  (first, so that Keras starts quietly)

from keras import layers

from course_utils.checks import whole_number

STRIDES = (32, 16, 8, 4)
UPSAMPLING = ("transposed", "resized")


def feature_pyramid(backbone):
    """The last feature maps that a network has at each of its resolutions.

    Parameters
    ----------
    backbone : a functional model with one image as its input, of known height and
        width.

    Returns
    -------
    A dictionary, from the finest to the coarsest: stride (how many pixels of
    the image lie between neighbours of the map) → a tensor (batch, height / stride,
    width / stride, channels).

    Raises
    ------
    ValueError : if the size of the image is not fixed.
    """
    height, width = backbone.input_shape[1:3]
    if height is None or width is None:
        raise ValueError(
            f"{backbone.name} takes images of any size, {backbone.input_shape[1:]}; "
            "give it a fixed one, such as input_shape=(96, 96, 3)"
        )
    maps = {}
    for layer in backbone.layers[1:]:
        shape = layer.output.shape
        if len(shape) == 4 and height % shape[1] == 0 == width % shape[2]:
            if (stride := height // shape[1]) == width // shape[2]:
                maps[stride] = layer.output
    return dict(sorted(maps.items()))


def fcn(backbone, classes, stride=8, filters=256):
    """A fully convolutional network: FCN-32, FCN-16 or FCN-8.

    A 3×3 convolution and a 1×1 convolution take the place of the classifier's dense
    layers and give a score per class on a coarse map, 32 times smaller than the image.
    FCN-32 enlarges that map to the image's size, bilinearly.  FCN-16 doubles it, adds
    the scores of a 1×1 convolution on the maps with stride 16, and enlarges the sum;
    FCN-8 does so once more.  The added scores begin as zeros, so that each network
    begins as the one before.

    Parameters
    ----------
    backbone : see `feature_pyramid`.  Where its maps do not go down to stride 32, they
        are pooled.
    classes : how many, the background included.
    stride : 32, 16, 8 or 4: of the finest maps that are looked at.
    filters : of the 3×3 convolution.

    Returns
    -------
    keras.Model : (batch, height, width, channels) → (batch, height, width, classes),
        probabilities.

    Raises
    ------
    ValueError : a stride that there is not, or images whose sides are no multiples of
        32.

    Source
    ------
    J. Long, E. Shelhamer, T. Darrell (2015), Fully Convolutional Networks for
    Semantic Segmentation.
    """
    classes = whole_number(classes, "classes", low=2)
    if stride not in STRIDES:
        raise ValueError(f"stride is {stride!r}; an FCN has one of {STRIDES}")
    maps = feature_pyramid(backbone)
    _check_size(backbone, 32)
    at = max(maps)
    x = maps[at]
    while at < 32:
        x, at = layers.MaxPooling2D()(x), 2 * at
        maps[at] = x
    x = layers.Conv2D(filters, 3, padding="same", activation="relu", name="head")(x)
    scores = layers.Conv2D(classes, 1, name=f"scores_{at}")(x)
    while at > stride:
        at //= 2
        scores = layers.UpSampling2D(2, interpolation="bilinear")(scores)
        added = layers.Conv2D(
            classes, 1, kernel_initializer="zeros", name=f"scores_{at}"
        )(maps[at])
        scores = layers.Add()([scores, added])
    scores = layers.UpSampling2D(at, interpolation="bilinear")(scores)
    outputs = layers.Softmax(name="classes")(scores)
    return keras.Model(backbone.input, outputs, name=f"fcn_{stride}")


def unet(backbone, classes, filters=(48, 24, 12), skips=True, upsampling="transposed"):
    """A small U-Net: down as far as the backbone goes, and up again step by step.

    Each step doubles height and width, puts the backbone's maps of that size beside
    the result, and applies two 3×3 convolutions with batch norm.

    Parameters
    ----------
    backbone : see `feature_pyramid`.
    classes : how many, the background included.
    filters : of each step, from the coarsest; a last step that is missing is a
        bilinear enlargement of the scores.
    skips : False leaves the backbone's maps out.
    upsampling : "transposed" doubles by a transposed 2×2 convolution with stride 2,
        "resized" by repeating each pixel, and then a 2×2 convolution: as many
        parameters.

    Returns
    -------
    keras.Model : (batch, height, width, channels) → (batch, height, width, classes),
        probabilities.

    Raises
    ------
    ValueError : an upsampling that there is not, more steps than the backbone halves,
        or images whose sides are no multiples of its stride.

    Source
    ------
    O. Ronneberger, P. Fischer, T. Brox (2015), U-Net.
    """
    classes = whole_number(classes, "classes", low=2)
    if upsampling not in UPSAMPLING:
        raise ValueError(f"upsampling is {upsampling!r}; it must be in {UPSAMPLING}")
    maps = feature_pyramid(backbone)
    at = max(maps)
    _check_size(backbone, at)
    if not 1 <= 2 ** len(filters) <= at:
        raise ValueError(
            f"{len(filters)} steps came for a backbone that makes images {at} times "
            f"smaller; at most {at.bit_length() - 1} steps lead back"
        )
    x = maps[at]
    for count in filters:
        at //= 2
        x = _doubled(x, count, upsampling)
        if skips and at in maps:
            x = layers.Concatenate(name=f"skip_{at}")([x, maps[at]])
        for _ in range(2):
            x = layers.Conv2D(count, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    scores = layers.Conv2D(classes, 1, name="scores")(x)
    if at > 1:
        scores = layers.UpSampling2D(at, interpolation="bilinear")(scores)
    outputs = layers.Softmax(name="classes")(scores)
    return keras.Model(backbone.input, outputs, name="unet")


def _doubled(x, filters, upsampling):
    if upsampling == "transposed":
        return layers.Conv2DTranspose(filters, 2, strides=2)(x)
    return layers.Conv2D(filters, 2, padding="same")(layers.UpSampling2D()(x))


def _check_size(backbone, multiple):
    height, width = backbone.input_shape[1:3]
    if height % multiple or width % multiple:
        raise ValueError(
            f"the images are {height}×{width}; both sides must be multiples of "
            f"{multiple}, so that what was halved can be doubled to the same size"
        )
