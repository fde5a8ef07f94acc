"""A detector in one file: a raw photo of any size in, boxes, classes and scores out."""

from functools import cached_property

import numpy as np

from course_utils.detection.inside import Answers
from course_utils.startup import keras

layers, ops = keras.layers, keras.ops


def feature_levels(backbone, strides=(8, 16)):
    """A backbone that gives the last of its maps at each of several strides.

    Parameters
    ----------
    backbone : a `keras.Model` with a fixed input size, (batch, height, width, 3).
    strides : how many pixels a cell is wide, from fine to coarse.

    Returns
    -------
    `keras.Model` with a list of outputs, one per stride.

    Raises
    ------
    ValueError : no size, or no maps with such a stride.
    """
    height, width = backbone.input_shape[1:3]
    if height is None or width is None:
        raise ValueError(
            "the backbone must have a size: load_backbone(name, input_shape=(128, 128, "
            "3))"
        )
    outputs = []
    for stride in strides:
        wanted = (-(-height // stride), -(-width // stride))
        found = [
            layer.output
            for layer in backbone.layers
            if len(layer.output.shape) == 4 and layer.output.shape[1:3] == wanted
        ]
        if not found:
            raise ValueError(
                f"{backbone.name} has no maps of {wanted[0]}×{wanted[1]} cells, "
                f"{stride} pixels each"
            )
        outputs.append(found[-1])
    return keras.Model(backbone.input, outputs, name=f"{backbone.name}_levels")


def neck(fine, coarse, channels=96, blocks=2):
    """One map out of two: what the coarse one knows, at the fine one's places.

    Both are brought to the same number of channels, the coarse one is enlarged, and
    their sum goes through 3×3 convolutions.

    Parameters
    ----------
    fine, coarse : Keras tensors (batch, rows, columns, channels), the coarse one with
        half as many rows and columns.
    channels : of the map that comes out.
    blocks : 3×3 convolutions, each with batch norm and ReLU.

    Returns
    -------
    Keras tensor (batch, rows, columns, channels), as fine as `fine`.

    Source
    ------
    T.-Y. Lin et al. (2017), Feature Pyramid Networks.
    """
    scale = fine.shape[1] // coarse.shape[1]
    below = layers.Conv2D(channels, 1, use_bias=False, name="below")(coarse)
    below = layers.UpSampling2D(scale, name="enlarged")(below)
    x = layers.Add(name="sum")(
        [layers.Conv2D(channels, 1, use_bias=False, name="beside")(fine), below]
    )
    x = layers.BatchNormalization(momentum=0.9, name="sum_bn")(x)
    x = layers.ReLU(name="sum_relu")(x)
    for block in range(1, blocks + 1):
        name = f"block{block}"
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False, name=name)(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
        x = layers.ReLU(name=f"{name}_relu")(x)
    return x


def trainable(head, shapes, **options):
    """Neck and head on cached maps, ready to be compiled with `loss=head.loss`.

    Parameters
    ----------
    head : a `GridHead`, an `AnchorHead` or an `FCOSHead`.
    shapes : (rows, columns, channels) of the fine and the coarse maps.

    Returns
    -------
    a `keras.Model` from both to the head's raw numbers; its layer "features" is
    the neck.
    """
    maps = [keras.Input(shape) for shape in shapes]
    features = keras.Model(maps, neck(*maps, **options), name="features")
    return keras.Model(maps, head(features(maps)), name=f"{head.name}_trainable")


class Detector:
    """Finds every object in a photo.

    Made from its parts with `Detector.of`, or loaded from its file.

    Attributes
    ----------
    model : `keras.Model`, photos (batch, height, width, 3) of any one size, 0–255, to
        what `suppress` returns.
    class_names : the name of each label.
    """

    def __init__(self, model):
        if not isinstance(model.layers[-1], Answers):
            raise ValueError(
                f"{model.name} does not end with `Answers`, so it gives no boxes: is "
                "it the model that was trained? Detector.of() puts the parts together"
            )
        self.model = model
        self.class_names = tuple(model.layers[-1].class_names)
        self._resizing = next(
            (each for each in model.layers if isinstance(each, layers.Resizing)), None
        )

    @classmethod
    def of(cls, levels, features, head, class_names=(), **options):
        """Resizing, backbone, neck, head and non-max suppression as one model.

        Parameters
        ----------
        levels : what `feature_levels` returns.
        features : the neck, a model from the maps to one map.
        head : the trained head.
        options : `iou_threshold`, `score_threshold`, `max_boxes`, as for `suppress`.
        """
        size = levels.input_shape[1:3]
        photo = keras.Input((None, None, 3), name="photo")
        # training=False: Resizing would count as a layer in training
        resized = layers.Resizing(*size, antialias=True)(
            ops.cast(photo, "float32"), training=False
        )
        answers = Answers(head, class_names, name="answers", **options)
        found = answers(features(levels(resized)))
        return cls(keras.Model(photo, found, name="detector"))

    def __call__(self, photos):
        """What is found, one dictionary per photo, without padding: "boxes" (n, 4),
        (y_min, x_min, y_max, x_max) in 0–1, "labels" (n,) and "scores" (n,).

        Parameters
        ----------
        photos : (height, width, 3) for one, or a list of photos of any sizes, 0–255.

        Raises
        ------
        ValueError : what is no colour photo, or has pixels from 0 to 1.
        """
        photos = [photos] if np.ndim(photos[0]) < 3 else photos
        as_floats = (_checked(photo, number) for number, photo in enumerate(photos))
        if len(photos) == 1 or self._resizing is None:
            found = [self.model(photo[None]) for photo in as_floats]
            return [without_padding(each)[0] for each in found]
        return without_padding(self._of_many(as_floats))

    def _of_many(self, photos):
        """Each photo is resized by itself, so that only one of them is large at a time;
        from there on they go together, in batches of one size.
        """
        resized = np.concatenate(
            [
                ops.convert_to_numpy(self._resizing(photo[None], training=False))
                for photo in photos
            ]
        )
        parts = [
            self.without_resizing(resized[first : first + 32])
            for first in range(0, len(resized), 32)
        ]
        return {
            name: np.concatenate([ops.convert_to_numpy(part[name]) for part in parts])
            for name in parts[0]
        }

    @cached_property
    def without_resizing(self):
        """The model behind the resizing: photos (batch, height, width, 3) of the
        backbone's size, 0–255.  LiteRT's converter takes it; it knows no resizing with
        smoothing.
        """
        if self._resizing is None:
            return self.model
        return keras.Model(
            self._resizing.output, self.model.output, name="without_resizing"
        )

    def save(self, path):
        """Write it as one `.keras` file."""
        self.model.save(path)

    @classmethod
    def load(cls, path):
        """A detector from its file, in Keras's safe mode."""
        return cls(keras.models.load_model(path, safe_mode=True))


def _checked(photo, number):
    """A photo as floats; ValueError if it cannot be one."""
    photo = np.asarray(photo)
    if photo.ndim != 3 or photo.shape[-1] != 3:
        hint = " Is it grey? Repeat it three times." if photo.ndim == 2 else ""
        raise ValueError(
            f"photo {number} has the shape {photo.shape}; it must be (height, width, "
            f"3).{hint}"
        )
    if photo.dtype.kind == "f" and 0 < photo.max() <= 1:
        raise ValueError(
            f"photo {number} has pixels from {photo.min():.2g} to {photo.max():.2g}; "
            "they must be from 0 to 255: was it divided by 255 already?"
        )
    return photo.astype("float32")


def without_padding(found):
    """The boxes of a batch, one dictionary of arrays per image, padding left out.

    Parameters
    ----------
    found : what `suppress` or a detector's model returns.
    """
    arrays = {name: ops.convert_to_numpy(values) for name, values in found.items()}
    real = arrays["labels"] >= 0
    return [
        {name: values[image][real[image]] for name, values in arrays.items()}
        for image in range(len(real))
    ]
