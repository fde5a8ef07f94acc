"""Counting layers as the papers do."""

import re

from keras import layers

from course_utils.graph import layers_inside
from course_utils.layers.attention import SqueezeExcite

# 1×1 convolutions on a skip: "skip_conv" in this course's units, "conv3_block1_0_conv"
# in keras.applications'
ON_A_SKIP = re.compile(r"^skip|_0_conv$")

CONVOLUTIONS = (
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv3D,
    layers.DepthwiseConv2D,
    layers.SeparableConv2D,
)


def weighted_layers(model) -> int:
    """How many layers with a kernel a model has: the 34 of "ResNet-34", the 16 of
    "VGG-16".

    Counts convolutions and dense layers, also inside nested models and layers.  Not
    counted, as in the papers: normalization, the 1×1 convolutions on skips, and the two
    dense layers inside a squeeze-and-excite.  Branches count one by one, so GoogLeNet
    has 58, though its longest way from image to answer passes only the paper's 22.
    """
    seen = set()

    def count(layer):
        if (
            id(layer) in seen
            or isinstance(layer, SqueezeExcite)
            or ON_A_SKIP.search(layer.name)
        ):
            return 0
        seen.add(id(layer))
        if isinstance(layer, (layers.Dense, *CONVOLUTIONS)):
            return 1
        return sum(map(count, layers_inside(layer, deep=False)))

    return count(model)
