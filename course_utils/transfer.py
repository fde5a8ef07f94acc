"""Transfer learning as lesson 06 does it: a new head on a trained network, frozen at
first, then partly freed.
"""

from course_utils.startup import keras  # noqa: I001  (first, so that Keras starts quietly)
from keras import layers

from course_utils.backbones import backbone_for
from course_utils.checks import did_you_mean, truth_value, whole_number
from course_utils.graph import network_in
from course_utils.sources import NoSource

MANY_CLASSES = 100_000  # more would be a mistake, and take all memory
# From where on a network is freed, where the lessons have tried it.
TUNED_FROM = {
    "mini_xception": "block4_sepconv1_relu",
    "mobilenet_v2": "block_13_expand",
    "xception": "block7_sepconv1_act",
}


def data_and_backbone(load, effort="quick", **options):
    """Data, and a trained network that suits them.

    Parameters
    ----------
    load : a loader such as `load_flowers`, called without arguments, and with
        `source="embedded"` for what the course draws.
    effort : "quick" or "full"; see `backbone_for`.
    options : anything else `load_backbone` takes, such as `input_shape`.

    Returns
    -------
    (data, backbone).  Where the data are photographs and no weights for photographs can
    be had, both are the course's own instead, and one line says so.
    """
    data = load()
    try:
        return data, backbone_for(data.source, effort, stand_in=False, **options)
    except NoSource:
        print("No network for photographs can be had here: on with the drawn flowers.")
    return load(source="embedded"), backbone_for("embedded", **options)


def tuned_from(model):
    """The name of the layer from which on a backbone is freed for fine-tuning: where
    the lessons have tried it, and else the middle one of its layers with weights.

    Parameters
    ----------
    model : a `Backbone`, or its `.model`, of any of the networks.
    """
    model = network_in(model)
    with_weights = [layer.name for layer in model.layers if layer.weights]
    start = TUNED_FROM.get(model.name)
    if start in [layer.name for layer in model.layers]:
        return start
    return with_weights[len(with_weights) // 2]


def feature_extractor(backbone):
    """What a backbone sees in a photo: its feature maps, each averaged to one number.

    A head that learns from what a frozen backbone saw needs no look at the photos.

    Parameters
    ----------
    backbone : a `Backbone` without its top, or any model from pixels of 0-255 to
        feature maps.

    Returns
    -------
    A `keras.Model` from (batch, height, width, 3) to (batch, maps).

    Raises
    ------
    TypeError : it is no model.
    ValueError : it does not end in feature maps.
    """
    return keras.Sequential([_to_maps(backbone), layers.GlobalAveragePooling2D()])


def _to_maps(backbone):
    """The model in a backbone, if it ends in feature maps."""
    model = network_in(backbone)
    shape = getattr(model, "output_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(
            f"a head stands on feature maps, (batch, rows, columns, maps), and "
            f"{model.name} gives {shape}. Build or load it with include_top=False."
        )
    return model


def augmentation():
    """Random changes that leave a flower a flower; active in training only.

    Mirrored or not, turned by up to 0.05 of a full turn (18°), contrast raised by up to
    20 %.  It takes and gives pixels of 0-255: contrast clips to its `value_range`.
    """
    return keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.05),
            layers.RandomContrast(0.2, value_range=(0, 255)),
        ],
        name="augmentation",
    )


def classifier(backbone, size, classes):
    """A photo classifier: augmentation, a backbone, global average pooling, batch norm
    and a softmax.

    The batch norm in the head puts the features of any backbone on one scale, so one
    learning rate suits them all.

    Parameters
    ----------
    backbone : a `Backbone` without its top, or any model from pixels of 0-255 to
        feature maps.
    size : height and width of the photos.
    classes : how many classes the softmax tells apart.

    Returns
    -------
    A `keras.Model` from (batch, size, size, 3) uint8 to (batch, classes).

    Raises
    ------
    TypeError : the backbone is no model.
    ValueError : it does not end in feature maps, or takes images of another size; a
        size or a number of classes that is none.
    """
    backbone = _to_maps(backbone)
    size = whole_number(size, "size")
    classes = whole_number(classes, "classes", low=2, high=MANY_CLASSES)
    takes = backbone.input_shape[1:]
    if any(side not in (None, size) for side in takes[:2]) or takes[2] != 3:
        shown = "×".join("any" if side is None else str(side) for side in takes)
        raise ValueError(
            f"{backbone.name} takes images of {shown}, and the photos are to be "
            f"{size}×{size}×3: load it with input_shape=({size}, {size}, 3)."
        )
    photo = keras.Input((size, size, 3), dtype="uint8", name="photo")
    x = augmentation()(photo)
    x = backbone(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization(momentum=0.9, name="same_scale")(x)
    outputs = layers.Dense(classes, activation="softmax", name="head")(x)
    return keras.Model(photo, outputs)


def unfreeze_from(model, start, batch_norm=False):
    """Free the layer called `start` and all after it, and freeze those before.

    Parameters
    ----------
    model : a `keras.Model` or a `Backbone`, changed in place.
    start : the layer's name.
    batch_norm : False keeps all batch norms frozen.  A frozen one uses the averages it
        came with and leaves them alone, in `fit` too; writing `training=False` where
        the model is called would not do: `fit` overrules it in Keras 3.

    Raises
    ------
    ValueError : `model` has no such layer.
    """
    model, batch_norm = network_in(model), truth_value(batch_norm, "batch_norm")
    names = [layer.name for layer in model.layers]
    if start not in names:
        raise ValueError(
            f"{model.name} has no layer {start!r}; its last ones are "
            f"{', '.join(names[-3:])}.{did_you_mean(start, names)}"
        )
    model.trainable = True
    for number, layer in enumerate(model.layers):
        norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = number >= names.index(start) and (batch_norm or not norm)


def for_photos_of_any_size(model):
    """The same classifier as others will use it: cropping and resizing in front, and
    without the augmentation, which only training needs.

    Parameters
    ----------
    model : a classifier of squares, such as `classifier` makes, one layer after the
        other.

    Returns
    -------
    A `keras.Model` from (batch, height, width, 3) uint8, any height and width,
    to (batch, classes); it shares its weights with `model`.  A photo is averaged where
    it shrinks; called by hand the model answers as `predict` does.

    Raises
    ------
    TypeError : it is no model.
    ValueError : it does not take squares of three channels.
    """
    model = network_in(model)
    takes = getattr(model, "input_shape", None)
    if not isinstance(takes, tuple) or len(takes) != 4 or takes[1] != takes[2]:
        raise ValueError(f"{model.name} takes {takes}, and no squares.")
    if None in takes[1:]:
        raise ValueError(f"{model.name} takes photos of any size already: {takes}.")
    size = takes[1]
    photo = keras.Input((None, None, 3), dtype="uint8", name="photo")
    resize = layers.Resizing(size, size, crop_to_aspect_ratio=True, antialias=True)
    # training=False: Resizing would count as a layer in training, and all after it
    x = resize(photo, training=False)
    for layer in model.layers:
        if layer.name != "augmentation" and not isinstance(layer, layers.InputLayer):
            x = layer(x)
    return keras.Model(photo, x)
