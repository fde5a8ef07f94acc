"""A head without anchors: each cell inside a flower says how far its four sides are."""

import numpy as np

from course_utils.boxes import paired_giou
from course_utils.detection.focal import focal_loss
from course_utils.detection.head import Head, centres, checked_truth, empty_targets
from course_utils.startup import keras

ops = keras.ops


def fcos_targets(boxes, labels, rows, columns, radius=1.5):
    """What each cell should answer: the box whose inner part holds the cell's middle.

    Only the inner part of a box counts, `radius` cells to each side of its centre.  A
    cell in two boxes answers for the smaller one.  A box so small that it holds no
    cell's middle gets the cell of its centre.

    Parameters and what comes back: as for `grid_targets`.

    Source
    ------
    Z. Tian et al. (2019), FCOS, with the sampling of centres that its authors
    added later.
    """
    boxes, labels = checked_truth(boxes, labels)
    target = empty_targets(rows * columns)
    grid = np.array([rows, columns])
    places = centres(rows, columns)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    for number in np.argsort(-areas, kind="stable"):  # the smaller one comes later
        box, middle = boxes[number], (boxes[number][:2] + boxes[number][2:]) / 2
        low = np.maximum(box[:2], middle - radius / grid)
        high = np.minimum(box[2:], middle + radius / grid)
        inside = ((places > low) & (places < high)).all(axis=1)
        if not inside.any():
            inside = np.square((places - middle) * grid).sum(axis=1).argmin()
        target[inside] = [labels[number], *box]
    return target


def sides(places, boxes):
    """How far a box's sides are from a point inside: (..., 4), up, left, down,
    right.
    """
    return ops.concatenate([places - boxes[..., :2], boxes[..., 2:] - places], axis=-1)


def centredness(distances):
    """1 in the middle of a box, 0 at its edge: √(shorter / longer), down times across.

    Parameters
    ----------
    distances : (..., 4), up, left, down, right.
    """
    near = ops.minimum(distances[..., :2], distances[..., 2:])
    far = ops.maximum(distances[..., :2], distances[..., 2:])
    shares = ops.maximum(near, 0) / ops.maximum(far, keras.config.epsilon())
    return ops.sqrt(ops.prod(shares, axis=-1))


@keras.saving.register_keras_serializable(package="course_utils")
class FCOSHead(Head):
    """Classes, four distances and centredness per cell: classes + 5 numbers.

    A score is the root of the class's probability times the centredness, which answers
    how much a box is to be trusted that was drawn from the flower's edge.

    Source
    ------
    Z. Tian et al. (2019), FCOS: Fully Convolutional One-Stage Object Detection.
    """

    def first_biases(self):
        up, left = (float(np.log(side / 2)) for side in self.size)
        return [self.first_bias] * self.classes + [0.0, up, left, up, left]

    def build(self, input_shape):
        super().build(input_shape)
        self.places = centres(self.rows, self.columns).astype("float32")

    def targets(self, boxes, labels):
        return fcos_targets(boxes, labels, self.rows, self.columns)

    def boxes(self, raw):
        """Boxes of raw numbers, (batch, places, 4)."""
        distances = ops.exp(ops.minimum(raw[..., -4:], 1.0))
        return ops.concatenate(
            [self.places - distances[..., :2], self.places + distances[..., 2:]],
            axis=-1,
        )

    def decode(self, raw):
        scores = ops.sigmoid(raw[..., :-5]) * ops.sigmoid(raw[..., -5:-4])
        return self.boxes(raw), ops.sqrt(scores)

    def loss(self, true, raw):
        label, box = true[..., 0], true[..., 1:]
        here = ops.cast(label >= 0, raw.dtype)
        classes = ops.one_hot(ops.cast(label, "int32"), self.classes)
        which = ops.sum(focal_loss(classes, raw[..., :-5], gamma=self.gamma), axis=-1)
        middle = centredness(sides(self.places, box))
        trust = focal_loss(middle, raw[..., -5], alpha=None, gamma=0.0)
        where = 1 - paired_giou(box, self.boxes(raw))
        total = ops.sum(which) + ops.sum(here * (trust + 2 * where))
        return total / ops.maximum(ops.sum(here), 1)
