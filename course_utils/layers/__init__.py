"""The layers the course builds by hand.

Each runs on any Keras backend, saves, loads and shows in `summary()`.
"""

from course_utils.startup import keras  # noqa: F401  (first, so that Keras starts quietly)

# isort: split
# one import line a file; add yours below
from course_utils.layers.attention import SqueezeExcite
from course_utils.layers.convolution import conv2d_numpy, conv_transpose_numpy
from course_utils.layers.inception import Inception
from course_utils.layers.normalization import LocalResponseNormalization
from course_utils.layers.pooling import BlurPool, DepthPool
from course_utils.layers.residual import BottleneckUnit, ResidualUnit
from course_utils.layers.scaling import LayerScale

__all__ = [
    "BlurPool",
    "BottleneckUnit",
    "DepthPool",
    "Inception",
    "LayerScale",
    "LocalResponseNormalization",
    "ResidualUnit",
    "SqueezeExcite",
    "conv2d_numpy",
    "conv_transpose_numpy",
]
