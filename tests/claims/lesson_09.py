"""The numbers of lesson 09 that do not come from training, and what was measured."""

import numpy as np

from claims import claims_of
from course_utils.layers import conv_transpose_numpy
from course_utils.measured import measured
from course_utils.segmentation import class_iou


def stamp_counts(kernel):
    """How many stamps of stride 2 reach the outputs well inside."""
    ones = np.ones((6, 6, 1))
    counts = conv_transpose_numpy(ones, np.ones((kernel, kernel, 1, 1)), strides=2)
    return sorted({int(count) for count in np.unique(counts[4:-4, 4:-4])})


def dice_without_the_class():
    predicted = np.full(1000, 0.001)
    return 1 - (0 + 1) / (0 + predicted.sum() + 1)


def parameters():
    return [arm["parameters"] for arm in measured("segmenters")["arms"].values()]


claim = claims_of("09_semantic_segmentation")

CLAIMS = [
    claim(
        "{20} hits, {10} missed, {10} false alarms: 20 / 40 = {0.5}.",
        lambda: [20, 10, 10, class_iou([[60, 10], [10, 20]])[1]],
    ),
    claim(
        "With kernel 3 and stride 2, inner outputs get {1, 2 or 4} stamps in turn",
        lambda: stamp_counts(3),
    ),
    claim(
        "With kernel 4 each gets {4}. The rule: the kernel's size",
        lambda: stamp_counts(4),
    ),
    claim(
        "1 − (0 + 1) / (0 + 1 + 1) = {0.5}, although the network is nearly perfect",
        dice_without_the_class,
    ),
    claim(
        "with as many parameters within {2 %}, each with the same processor seconds",
        lambda: max(parameters()) / min(parameters()) - 1,
        "<",
    ),
    claim(
        'three seeds. "No skips" is a U-Net with wider layers',
        lambda: all(
            len(arm["runs"]) == 3 for arm in measured("segmenters")["arms"].values()
        ),
    ),
]
