"""Anchors: guesses of a box at each cell, of which the network says how they must be
moved.
"""

import numpy as np

from course_utils.boxes import iou
from course_utils.checks import whole_number
from course_utils.detection.focal import focal_loss
from course_utils.detection.head import (
    BACKGROUND,
    IGNORED,
    Head,
    centres,
    checked_truth,
    empty_targets,
)
from course_utils.startup import keras

ops = keras.ops
# so that the four numbers to be learned are about 1 (as in SSD)
VARIANCE = (0.1, 0.1, 0.2, 0.2)


def anchor_sizes(boxes, count, seed=42, steps=100):
    """Usual heights and widths of boxes, by k-means with 1 − IoU as the distance.

    Parameters
    ----------
    boxes : (n, 4), (y_min, x_min, y_max, x_max) in 0–1; only their sizes matter.
    count : how many sizes.

    Returns
    -------
    (count, 2), (height, width) in 0–1, the smallest first.

    Raises
    ------
    ValueError : fewer boxes than sizes, or impossible boxes.

    Source
    ------
    J. Redmon and A. Farhadi (2017), YOLO9000.
    """
    boxes, _ = checked_truth(boxes, np.zeros(len(boxes), int))
    count = whole_number(count, "count")
    if count > len(boxes):
        raise ValueError(
            f"{count} anchor sizes cannot be learned of {len(boxes)} boxes"
        )
    sizes = boxes[:, 2:] - boxes[:, :2]
    chosen = sizes[np.random.default_rng(seed).permutation(len(sizes))[:count]]
    for _ in range(steps):
        nearest = size_iou(sizes, chosen).argmax(axis=1)
        moved = np.array(
            [
                sizes[nearest == k].mean(axis=0) if (nearest == k).any() else chosen[k]
                for k in range(count)
            ]
        )
        if np.allclose(moved, chosen):
            break
        chosen = moved
    return chosen[np.argsort(chosen.prod(axis=1), kind="stable")]


def size_iou(a, b):
    """IoU of boxes (height, width) that share one corner: (N, M)."""
    shared = np.minimum(a[:, None], b[None]).prod(axis=-1)
    return shared / (a.prod(axis=-1)[:, None] + b.prod(axis=-1)[None] - shared)


def make_anchors(sizes, rows, columns):
    """An anchor of each size in the middle of each cell.

    Parameters
    ----------
    sizes : (A, 2), (height, width) in 0–1.

    Returns
    -------
    (rows · columns · A, 4), (y_min, x_min, y_max, x_max); those at the edge
    reach beyond 0–1.
    """
    middle = centres(rows, columns)[:, None]
    half = np.asarray(sizes, "float64")[None] / 2
    return np.concatenate([middle - half, middle + half], axis=-1).reshape(-1, 4)


def match_anchors(anchors, boxes, positive=0.5, negative=0.4):
    """Which true box each anchor stands for.

    An anchor takes the box it overlaps most, if their IoU reaches `positive`; below
    `negative` it is background; in between it is not counted.  And each box gets the
    anchor that overlaps it most, however little that is.

    Returns
    -------
    (anchors,) : the box's number, −1 for background, −2 for not counted.

    Source
    ------
    as in S. Ren et al. (2015), Faster R-CNN.
    """
    if not len(boxes):
        return np.full(len(anchors), BACKGROUND)
    overlaps = iou(anchors, boxes)
    best = overlaps.max(axis=1)
    matched = np.where(
        best >= positive,
        overlaps.argmax(axis=1),
        np.where(best < negative, BACKGROUND, IGNORED),
    )
    matched[overlaps.argmax(axis=0)] = np.arange(len(boxes))
    return matched


def encode(anchors, boxes):
    """How anchors must be moved and stretched to become boxes: (..., 4) numbers."""
    return keras.utils.bounding_boxes.encode_box_to_deltas(
        anchors, boxes, "yxyx", "yxyx", "center_yxhw", variance=VARIANCE
    )


def decode(anchors, numbers):
    """The boxes that anchors become; `encode` backwards."""
    return keras.utils.bounding_boxes.decode_deltas_to_boxes(
        anchors, numbers, "yxyx", "yxyx", "center_yxhw", variance=VARIANCE
    )


@keras.saving.register_keras_serializable(package="course_utils")
class AnchorHead(Head):
    """Classes and four offsets per anchor: A · (classes + 4) numbers per cell.

    Parameters
    ----------
    sizes : (A, 2), (height, width) in 0–1, from `anchor_sizes`.

    Source
    ------
    W. Liu et al. (2016), SSD, with the focal loss of RetinaNet in place of its
    mining of hard examples.
    """

    def __init__(self, classes, sizes, **options):
        super().__init__(classes, **options)
        self.sizes = [[float(side) for side in size] for size in sizes]
        self.per_cell = len(self.sizes)

    def build(self, input_shape):
        super().build(input_shape)
        anchors = make_anchors(self.sizes, self.rows, self.columns)
        self.anchors = anchors.astype("float32")

    def first_biases(self):
        return [self.first_bias] * self.classes + [0.0] * 4

    def targets(self, boxes, labels):
        boxes, labels = checked_truth(boxes, labels)
        matched = match_anchors(self.anchors, boxes)
        target = empty_targets(len(self.anchors))
        target[:, 0] = np.where(matched >= 0, 0, matched)
        found = matched >= 0
        target[found, 0] = labels[matched[found]]
        target[found, 1:] = boxes[matched[found]]
        return target

    def decode(self, raw):
        return decode(self.anchors, raw[..., -4:]), ops.sigmoid(raw[..., :-4])

    def loss(self, true, raw):
        label, box = true[..., 0], true[..., 1:]
        here = ops.cast(label >= 0, raw.dtype)
        counted = ops.cast(label > IGNORED, raw.dtype)
        classes = ops.one_hot(ops.cast(label, "int32"), self.classes)
        which = ops.sum(focal_loss(classes, raw[..., :-4], gamma=self.gamma), axis=-1)
        error = ops.abs(encode(self.anchors, box) - raw[..., -4:])
        where = ops.sum(ops.where(error < 1, error**2 / 2, error - 0.5), axis=-1)
        total = ops.sum(counted * which) + ops.sum(here * where)
        return total / ops.maximum(ops.sum(here), 1)

    def get_config(self):
        return {**super().get_config(), "sizes": self.sizes}
