"""What the three heads share: a 1×1 convolution over the maps, and a way to say what it
should have answered.

A head looks at feature maps (batch, rows, columns, channels).  It answers at each of
its places, one or more per cell, row by row: with *scores* of the classes and one
*box*.  Training compares its raw numbers with targets of five numbers per place: the
label (−1 for background, −2 for "do not count this place"), then the true box.
"""

import numpy as np

from course_utils.boxes import validate
from course_utils.checks import finite_number, whole_number
from course_utils.detection.focal import prior_bias
from course_utils.detection.suppression import checked_labels
from course_utils.startup import keras

ops = keras.ops
BACKGROUND, IGNORED = -1, -2


class Head(keras.layers.Layer):
    """Base of the heads.

    Parameters
    ----------
    classes : how many.
    size : (height, width) of a usual box, as shares of the image: what it begins with.
    prior : the probability of an object with which each place begins.
    gamma : of its focal loss; 0 makes it the plain cross-entropy.

    Shapes
    ------
    (batch, rows, columns, channels) -> (batch, places, numbers), the raw numbers.
    """

    per_cell = 1  # places in a cell

    def __init__(self, classes, size=(0.3, 0.3), prior=0.01, gamma=2.0, **options):
        super().__init__(**options)
        self.classes = whole_number(classes, "classes")
        self.size = tuple(float(side) for side in size)
        self.prior, self.gamma = prior, finite_number(gamma, "gamma")
        self.first_bias = prior_bias(prior)

    def first_biases(self):
        """The biases of one place, to begin with."""
        raise NotImplementedError

    def build(self, input_shape):
        self.rows, self.columns = input_shape[1:3]
        biases = np.tile(self.first_biases(), self.per_cell)
        self.numbers = len(biases) // self.per_cell
        self.convolution = keras.layers.Conv2D(
            len(biases),
            1,
            kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
            bias_initializer=keras.initializers.Constant(biases.tolist()),
            name="numbers",
        )
        self.convolution.build(input_shape)
        super().build(input_shape)

    def call(self, maps):
        places = self.rows * self.columns * self.per_cell
        return ops.reshape(self.convolution(maps), (-1, places, self.numbers))

    def compute_output_shape(self, input_shape):
        places = input_shape[1] * input_shape[2] * self.per_cell
        return (input_shape[0], places, self.numbers)

    def decode(self, raw):
        """Boxes (batch, places, 4) and scores (batch, places, classes) of raw
        numbers.
        """
        raise NotImplementedError

    def targets(self, boxes, labels):
        """What each place should answer, (places, 5), for one image's true boxes."""
        raise NotImplementedError

    def loss(self, true, raw):
        """One number: the loss of a batch, divided by how many places have a box."""
        raise NotImplementedError

    def get_config(self):
        return {
            **super().get_config(),
            "classes": self.classes,
            "size": self.size,
            "prior": self.prior,
            "gamma": self.gamma,
        }


def centres(rows, columns):
    """The middle of each cell, (rows · columns, 2) of (y, x) in 0–1, row by row."""
    y, x = np.meshgrid(
        (np.arange(rows) + 0.5) / rows,
        (np.arange(columns) + 0.5) / columns,
        indexing="ij",
    )
    return np.stack([y, x], axis=-1).reshape(-1, 2)


def checked_truth(boxes, labels):
    """True boxes (n, 4) and labels (n,) of one image, as arrays; ValueError for
    impossible ones.
    """
    boxes = np.asarray(validate(boxes), "float64").reshape(-1, 4)
    return boxes, checked_labels(labels, len(boxes), None, " of the true boxes")


def give(target, places, box, label):
    """Write one true box into the targets of some places."""
    target[places, 0] = label
    target[places, 1:] = box


def empty_targets(places):
    target = np.zeros((places, 5), "float32")
    target[:, 0] = BACKGROUND
    target[:, 3:] = 1  # a possible box, so that no loss divides by zero
    return target
