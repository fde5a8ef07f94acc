"""Bounding boxes: check them, convert them, compare them, and learn them.

A box is four numbers.  Here they are (y_min, x_min, y_max, x_max), as shares of the
image's height and width, between 0 and 1, unless a name says otherwise.  That is TFDS's
way of writing boxes; Keras calls it "rel_yxyx".

`iou`, `convert` and `validate` are for boxes at hand (lists, arrays, results of a
model), and check what they get. `paired_iou` and `paired_giou` compare boxes row by row
with Keras operations, gradients and all, and check nothing; the metric `MeanIoU` and
the loss `IoULoss` are made of them.  `BoxOutput` ends a head that cannot draw an
impossible box.
"""

import numpy as np

from course_utils.checks import shortly
from course_utils.startup import keras

ops = keras.ops

# Keras's names; those with "rel_" are shares of the image, the others pixels
FORMATS = {
    "yxyx": ("y_min", "x_min", "y_max", "x_max"),
    "xyxy": ("x_min", "y_min", "x_max", "y_max"),
    "xywh": ("x_min", "y_min", "width", "height"),
    "center_xywh": ("x_center", "y_center", "width", "height"),
    "center_yxhw": ("y_center", "x_center", "height", "width"),
    "rel_yxyx": ("y_min", "x_min", "y_max", "x_max"),
    "rel_xyxy": ("x_min", "y_min", "x_max", "y_max"),
    "rel_xywh": ("x_min", "y_min", "width", "height"),
    "rel_center_xywh": ("x_center", "y_center", "width", "height"),
}
ALIASES = {
    "tfds": "rel_yxyx",
    "pascal_voc": "xyxy",
    "coco": "xywh",
    "yolo": "rel_center_xywh",
}
OURS = "rel_yxyx"
ROUNDING = 1e-5  # what a float32 may stray beyond 0 or 1 by being computed


def iou(a, b):
    """Intersection over union: the area that two boxes share, divided by the area that
    they cover together.

    Parameters
    ----------
    a, b : boxes (y_min, x_min, y_max, x_max): one of shape (4,), or several of shape
        (N, 4).  IoU does not depend on the unit, so pixels do as well as shares, as
        long as both have the same.  Boxes may reach beyond the image, as predicted ones
        do.

    Returns
    -------
    float for two single boxes; else an array with one entry a pair: (N, M), or (N,)
    where the other is a single box. A box without area has an IoU of 0 with every
    other.

    Raises
    ------
    ValueError : not four numbers a box, NaN, y_max < y_min, or one of them in shares
        and the other in pixels.

    Source
    ------
    P. Jaccard (1901), who compared the plants of alpine meadows this way.
    """
    a, b = _ordered(_array(a, "a"), what="a"), _ordered(_array(b, "b"), what="b")
    for small, large, names in ((a, b, "ab"), (b, a, "ba")):
        if (
            _looks_relative(small)
            and large.size
            and (np.abs(large).max(axis=-1) > 16).all()
        ):
            raise ValueError(
                f"{names[0]} lies within 0–1 and {names[1]} reaches "
                f"{np.abs(large).max():g}: are the first in shares of the image and "
                "the second in pixels? Bring both to one format with convert()"
            )
    shape = a.shape[:-1] + b.shape[:-1]
    a, b = a.reshape(-1, 1, 4), b.reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    areas = [np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1) for boxes in (a, b)]
    covered = areas[0] + areas[1] - shared
    result = np.divide(
        shared, covered, out=np.zeros_like(covered), where=covered > 0
    ).reshape(shape)
    return result if shape else float(result)


def convert(boxes, source, target, image_shape=None):
    """Write the same boxes in another format.

    Parameters
    ----------
    boxes : one box of shape (4,), or several of shape (..., 4).
    source, target : names of `FORMATS`, such as "rel_yxyx" (the course's own), "xyxy"
        or "center_xywh"; or of what uses them: "tfds", "pascal_voc", "coco", "yolo".
    image_shape : (height, width) or (height, width, channels) in pixels.  Needed only
        from shares to pixels or back.

    Returns
    -------
    Boxes of the same shape: a NumPy array, or a tensor where a tensor came (inside a
    `tf.data` pipeline, say).

    Raises
    ------
    ValueError : an unknown format, a missing image_shape, or boxes that `validate`
        refuses.  Nothing is clipped. Tensors whose values are not known yet cannot be
        checked, and are not.
    """
    source, target = _format(source, "source"), _format(target, "target")
    crossing = source.startswith("rel_") != target.startswith("rel_")
    if crossing and image_shape is None:
        raise ValueError(
            f"from {source!r} to {target!r} means from {_unit(source)} to "
            f"{_unit(target)}: give image_shape=(height, width) in pixels"
        )
    height, width = (
        _height_and_width(image_shape) if image_shape is not None else (1, 1)
    )
    given = boxes
    if _is_known(boxes):
        given = validate(boxes, source, image_shape, allow_empty=True)
    if ops.is_tensor(boxes):
        return keras.utils.bounding_boxes.convert_format(
            boxes, source, target, height, width
        )
    converted = keras.utils.bounding_boxes.convert_format(
        given, source, target, height, width, dtype="float64"
    )
    return ops.convert_to_numpy(converted).astype(given.dtype)


def validate(boxes, format=OURS, image_shape=None, allow_empty=False):
    """Return boxes as a float array if they can be boxes; say what is wrong with them
    if not.

    Parameters
    ----------
    boxes : one box of shape (4,), or several of shape (..., 4).
    format : a name of `FORMATS`; the course's own (y_min, x_min, y_max, x_max) in 0–1
        if left out.
    image_shape : (height, width) or (height, width, channels) in pixels: boxes in
        pixels must lie within.
    allow_empty : let boxes without height or width pass.

    Raises
    ------
    ValueError : not four numbers a box; NaN or infinite; y_max < y_min or x_max <
        x_min; no height or no width; outside the image; pixels where shares are
        expected.  Nothing is clipped or put in order silently.
    """
    format = _format(format, "format")
    boxes = _array(boxes)
    if not boxes.size:
        return boxes
    _in_the_image(boxes, format, image_shape)
    corners = _ordered(boxes, format)
    if not allow_empty:
        sizes = corners[..., 2:] - corners[..., :2]
        for side, name in ((0, "height"), (1, "width")):
            if (found := _first(sizes[..., side] <= 0)) is not None:
                raise ValueError(
                    f"{_name(boxes, found)} has no {name}: {_numbers(boxes[found])}. "
                    "Was it clicked where it should have been dragged?"
                )
    return boxes


def paired_iou(a, b):
    """IoU of each box of `a` with the box of `b` in the same place, with Keras
    operations.

    Parameters
    ----------
    a, b : tensors (..., 4) of (y_min, x_min, y_max, x_max), both in the same unit; the
        shapes broadcast.

    Returns
    -------
    A tensor (...).  Nothing is checked: a box turned inside out (y_max < y_min)
    has no area.
    """
    shared, covered, _ = _areas(a, b)
    return shared / ops.maximum(covered, keras.config.epsilon())


def paired_giou(a, b):
    """Generalised IoU of each box of `a` with the box of `b` in the same place, with
    Keras operations.

    IoU minus the share that the two boxes leave uncovered in the smallest box around
    both.  Equal boxes have 1, as with IoU; boxes that do not touch have less than 0,
    the less the further they are apart, down to −1.  So its gradient still says
    something where boxes share nothing yet (it stretches one towards the other); IoU's
    is zero there.

    Parameters
    ----------
    a, b : tensors (..., 4) of (y_min, x_min, y_max, x_max), both in the same unit; the
        shapes broadcast.

    Returns
    -------
    A tensor (...).

    Source
    ------
    H. Rezatofighi et al. (2019), Generalized Intersection over Union.
    """
    shared, covered, around = _areas(a, b)
    smallest = keras.config.epsilon()
    return shared / ops.maximum(covered, smallest) - (around - covered) / ops.maximum(
        around, smallest
    )


@keras.saving.register_keras_serializable(package="course_utils")
class MeanIoU(keras.metrics.Mean):
    """The mean IoU of true and predicted boxes, one box an image.

    Boxes are (batch, 4), both in the same format with corners: (y_min, x_min, y_max,
    x_max) or (x_min, y_min, ...). Not to be mixed up with `keras.metrics.MeanIoU`,
    which compares masks pixel by pixel.
    """

    def __init__(self, name="mean_iou", dtype=None):
        super().__init__(name=name, dtype=dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
        super().update_state(paired_iou(y_true, y_pred), sample_weight)


PAIRED = {"iou": paired_iou, "giou": paired_giou}


@keras.saving.register_keras_serializable(package="course_utils")
class IoULoss(keras.losses.Loss):
    """1 − IoU of true and predicted boxes, or 1 − one of its relatives.

    Parameters
    ----------
    kind : "giou" (generalised: says something about boxes that do not touch, too) or
        "iou".

    Boxes are (batch, 4), (y_min, x_min, y_max, x_max), both in the same unit.  0 means
    equal boxes.
    """

    def __init__(
        self, kind="giou", reduction="sum_over_batch_size", name="iou_loss", dtype=None
    ):
        if kind not in PAIRED:
            raise ValueError(
                f"kind is {kind!r}; it must be one of {', '.join(map(repr, PAIRED))}"
            )
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.kind = kind

    def call(self, y_true, y_pred):
        y_pred = ops.convert_to_tensor(y_pred)
        return 1 - PAIRED[self.kind](ops.cast(y_true, y_pred.dtype), y_pred)

    def get_config(self):
        return {**super().get_config(), "kind": self.kind}


@keras.saving.register_keras_serializable(package="course_utils")
class BoxOutput(keras.layers.Layer):
    """The last layer of a head that answers where: whatever comes in, a possible box
    comes out.

    Four numbers in 0–1 are computed, each by a sigmoid: the box's height and width, and
    which share of the room that they leave lies above the box and to its left.  So
    y_min ≤ y_max and x_min ≤ x_max, and the box is in the image.

    Parameters
    ----------
    start : the box to begin with, (y_min, x_min, y_max, x_max) in 0–1: the mean box of
        the training set is a good one.  It sets the first biases.

    Shapes
    ------
    (batch, features) -> (batch, 4), (y_min, x_min, y_max, x_max) in 0–1.
    """

    def __init__(self, start=(0.25, 0.25, 0.75, 0.75), **options):
        super().__init__(**options)
        self.start = [float(value) for value in validate(start)]

    def build(self, input_shape):
        y_min, x_min, y_max, x_max = np.clip(self.start, 0.01, 0.99)
        size = np.array([y_max - y_min, x_max - x_min])
        wanted = np.concatenate([size, np.array([y_min, x_min]) / (1 - size)])
        bias = keras.initializers.Constant(np.log(wanted / (1 - wanted)).tolist())
        self.numbers = keras.layers.Dense(
            4, activation="sigmoid", bias_initializer=bias, name="numbers"
        )
        self.numbers.build(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        numbers = self.numbers(inputs)
        size, share = numbers[..., :2], numbers[..., 2:]
        corner = share * (1 - size)
        return ops.concatenate([corner, corner + size], axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 4)

    def get_config(self):
        return {**super().get_config(), "start": self.start}


def box_of_mask(mask):
    """The smallest box around everything that is marked in a mask.

    Parameters
    ----------
    mask : (height, width) or (height, width, 1); what is not 0 is marked.

    Returns
    -------
    (y_min, x_min, y_max, x_max) in 0–1, an array.

    Raises
    ------
    ValueError : for a mask with nothing marked.
    """
    mask = np.asarray(mask)
    mask = mask[..., 0] if mask.ndim == 3 and mask.shape[-1] == 1 else mask
    if mask.dtype.kind == "f" and np.isnan(mask).any():
        raise ValueError("the mask holds NaN: is a pixel marked, or is it not?")
    if mask.ndim != 2 or not mask.any():
        raise ValueError(
            f"a mask of shape {mask.shape} is empty or no mask: there is nothing to "
            f"put a box around"
        )
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array(
        [
            rows[0] / height,
            columns[0] / width,
            (rows[-1] + 1) / height,
            (columns[-1] + 1) / width,
        ]
    )


def _areas(a, b):
    """Areas of the intersection, of the union, and of the smallest box around both."""
    a, b = ops.convert_to_tensor(a), ops.convert_to_tensor(b)
    dtype = keras.backend.result_type(a.dtype, b.dtype, float)
    a, b = ops.cast(a, dtype), ops.cast(b, dtype)
    shared = _area(
        ops.maximum(a[..., :2], b[..., :2]), ops.minimum(a[..., 2:], b[..., 2:])
    )
    covered = _area(a[..., :2], a[..., 2:]) + _area(b[..., :2], b[..., 2:]) - shared
    around = _area(
        ops.minimum(a[..., :2], b[..., :2]), ops.maximum(a[..., 2:], b[..., 2:])
    )
    return shared, covered, around


def _area(low, high):
    return ops.prod(ops.maximum(high - low, 0), axis=-1)


def _is_known(boxes):
    """Whether the numbers are at hand: anything but a tensor inside a traced
    function.
    """
    return not ops.is_tensor(boxes) or hasattr(boxes, "numpy")


def _format(name, argument):
    found = ALIASES.get(str(name).lower(), str(name).lower())
    if found not in FORMATS:
        known = ", ".join(map(repr, [*FORMATS, *ALIASES]))
        raise ValueError(
            f"{argument} is {shortly(name)}, which is no format of boxes; there are "
            f"{known}"
        )
    return found


def _unit(format):
    return "shares of the image" if format.startswith("rel_") else "pixels"


def _height_and_width(image_shape):
    shape = tuple(image_shape) if np.ndim(image_shape) == 1 else ()
    if len(shape) not in (2, 3) or not all(
        isinstance(side, (int, np.integer)) and side > 0 for side in shape
    ):
        raise ValueError(
            f"image_shape is {shortly(image_shape)}; it must be (height, width) or "
            f"(height, width, channels), in pixels"
        )
    return shape[:2]


def _array(boxes, name="boxes"):
    """Boxes as an array of floats with four numbers in the last axis, all of them
    finite.
    """
    if not isinstance(boxes, (np.ndarray, list, tuple)):
        boxes = ops.convert_to_numpy(boxes)
    try:
        array = np.asarray(boxes)
        if not np.issubdtype(array.dtype, np.floating):
            array = array.astype("float64")
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} cannot be read as numbers: {boxes!r}") from problem
    if array.ndim and array.size == 0 and array.shape[-1] in (0, 4):
        return (
            array.reshape(*array.shape[:-1], 4) if array.shape[-1] else np.empty((0, 4))
        )
    if array.ndim == 0 or array.shape[-1] != 4:
        raise ValueError(
            f"{name} has shape {array.shape}; a box is four numbers, so the last axis "
            "must be 4: (4,) for one box, (N, 4) for several"
        )
    if (found := _first(~np.isfinite(array).all(axis=-1))) is not None:
        raise ValueError(
            f"{_name(array, found)} has a number that is none: {_numbers(array[found])}"
        )
    return array


def _ordered(boxes, format=OURS, what="boxes"):
    """Corners (y_min, x_min, y_max, x_max) of boxes in any format, which must be in
    that order.
    """
    names = FORMATS[format]
    if "width" in names:
        for side in ("height", "width"):
            size = boxes[..., names.index(side)]
            if (found := _first(size < 0)) is not None:
                raise ValueError(
                    f"{_name(boxes, found, what)} has a negative {side} "
                    f"({size[found]:.4g}): are these two corners, "
                    f"and not {names[0]}, {names[1]}, {names[2]} and {names[3]}?"
                )
        first_of = {name[0]: boxes[..., at] for at, name in enumerate(names[:2])}
        y, x = first_of["y"], first_of["x"]
        height, width = (boxes[..., names.index(side)] for side in ("height", "width"))
        if "center" in format:
            y, x = y - height / 2, x - width / 2
        return np.stack([y, x, y + height, x + width], axis=-1)
    corners = boxes[..., [names.index(name) for name in FORMATS[OURS]]]
    for axis, place in (("y", 0), ("x", 1)):
        low, high = corners[..., place], corners[..., place + 2]
        if (found := _first(high < low)) is not None:
            order = "(y, x)" if names[0] == "y_min" else "(x, y)"
            other = "(x, y)" if names[0] == "y_min" else "(y, x)"
            raise ValueError(
                f"{_name(boxes, found, what)} has {axis}2 < {axis}1 "
                f"({high[found]:.4g} < {low[found]:.4g}): is it {order} instead of "
                f"{other}? Or are its last two numbers a size instead of a corner? It "
                f"must be ({', '.join(names)}), and is {_numbers(boxes[found])}"
            )
    return corners


def _in_the_image(boxes, format, image_shape):
    """Boxes must lie between 0 and the image's far edges, as far as these are known."""
    relative = format.startswith("rel_")
    names = FORMATS[format]
    if relative and (found := _first((np.abs(boxes) > 2).any(axis=-1))) is not None:
        raise ValueError(
            f"{_name(boxes, found)} is {_numbers(boxes[found])}, where shares of the "
            "image between 0 and 1 are expected: are these pixels? Divide y by the "
            "image's height and x by its width, or use convert()"
        )
    if relative:
        height = width = 1.0
    else:
        height, width = (
            _height_and_width(image_shape)
            if image_shape is not None
            else (np.inf, np.inf)
        )
    corners = _ordered(boxes, format)
    limits = np.array([height, width])
    slack = ROUNDING * (
        1 if relative else max(1, *np.where(np.isfinite(limits), limits, 1))
    )
    outside = (corners[..., :2] < -slack).any(axis=-1) | (
        corners[..., 2:] > limits + slack
    ).any(axis=-1)
    if (found := _first(outside)) is not None:
        frame = "0 to 1" if relative else f"{height} × {width} pixels"
        frame = frame if np.isfinite(limits).all() else "no coordinate below 0"
        raise ValueError(
            f"{_name(boxes, found)} reaches outside the image ({frame}): "
            f"({', '.join(names)}) = {_numbers(boxes[found])}. Cut it off on purpose "
            "if it should end at the edge"
        )


def _looks_relative(boxes):
    return (
        bool(boxes.size)
        and boxes.max() <= 1
        and boxes.min() >= 0
        and bool((boxes % 1).any())
    )


def _first(wrong):
    """The place of the first True, as an index; None where there is none."""
    places = np.argwhere(wrong)
    return tuple(int(index) for index in places[0]) if len(places) else None


def _name(boxes, found, what="boxes"):
    """ "box" if there is only one, else "box 3"."""
    owner = "" if what == "boxes" else f" of {what}"
    return (
        f"box{owner}" if boxes.ndim == 1 else f"box {', '.join(map(str, found))}{owner}"
    )


def _numbers(box):
    return "(" + ", ".join(f"{value:.4g}" for value in box) + ")"
