"""A grid head: the cell that holds a flower's centre answers for it."""

import numpy as np

from course_utils.boxes import paired_giou, paired_iou
from course_utils.detection.focal import focal_loss, prior_bias
from course_utils.detection.head import Head, centres, checked_truth, empty_targets
from course_utils.startup import keras

ops = keras.ops


def grid_targets(boxes, labels, rows, columns):
    """What each cell should answer: the box whose centre lies in it, if any.

    Where two centres lie in one cell the larger box stays, and the other is lost
    (`collisions` counts them).

    Parameters
    ----------
    boxes : (n, 4), (y_min, x_min, y_max, x_max) in 0–1.
    labels : (n,) whole numbers from 0.
    rows, columns : of the grid.

    Returns
    -------
    (rows · columns, 5) float32: label (−1 for background), then the box.
    """
    boxes, labels = checked_truth(boxes, labels)
    target = empty_targets(rows * columns)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    cells = centre_cells(boxes, rows, columns)
    for number in np.argsort(areas, kind="stable"):  # the larger one comes later
        target[cells[number]] = [labels[number], *boxes[number]]
    return target


def collisions(boxes, rows, columns):
    """How many of an image's boxes a grid head must lose: those whose centre lies in
    the cell of another's.
    """
    boxes, _ = checked_truth(boxes, np.zeros(len(boxes), int))
    return len(boxes) - len(set(centre_cells(boxes, rows, columns).tolist()))


def centre_cells(boxes, rows, columns):
    """The number of the cell, row by row, in which each box has its centre."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    row, column = (middle * [rows, columns]).astype(int).T
    return np.minimum(row, rows - 1) * columns + np.minimum(column, columns - 1)


@keras.saving.register_keras_serializable(package="course_utils")
class GridHead(Head):
    """Objectness, class and box per cell: 1 + classes + 4 numbers.

    Objectness learns how well the cell's box fits: its IoU with the true one, and 0 in
    cells that have none.  A score is objectness times the class's probability.  The box
    has its centre in the cell, and any height and width up to the whole image.

    Source
    ------
    J. Redmon et al. (2016), You Only Look Once; its squared errors are replaced
    by focal loss, cross-entropy and generalised IoU.
    """

    def first_biases(self):
        sizes = [prior_bias(side) for side in self.size]
        return [self.first_bias, *[0.0] * self.classes, 0.0, 0.0, *sizes]

    def targets(self, boxes, labels):
        return grid_targets(boxes, labels, self.rows, self.columns)

    def boxes(self, raw):
        """Boxes of raw numbers, (batch, places, 4)."""
        grid = np.array([self.rows, self.columns])
        corner = (centres(self.rows, self.columns) - 0.5 / grid).astype("float32")
        middle = corner + ops.sigmoid(raw[..., -4:-2]) / grid.astype("float32")
        half = ops.sigmoid(raw[..., -2:]) / 2
        return ops.concatenate([middle - half, middle + half], axis=-1)

    def decode(self, raw):
        classes = ops.softmax(raw[..., 1:-4], axis=-1)
        return self.boxes(raw), ops.sigmoid(raw[..., :1]) * classes

    def loss(self, true, raw):
        label, box = true[..., 0], true[..., 1:]
        here = ops.cast(label >= 0, raw.dtype)
        found = self.boxes(raw)
        fit = ops.stop_gradient(paired_iou(box, found)) * here
        objectness = focal_loss(fit, raw[..., 0], alpha=None, gamma=self.gamma)
        which = ops.sparse_categorical_crossentropy(
            ops.maximum(label, 0), raw[..., 1:-4], from_logits=True
        )
        where = 1 - paired_giou(box, found)
        total = ops.sum(objectness) + ops.sum(here * (which + 2 * where))
        return total / ops.maximum(ops.sum(here), 1)
