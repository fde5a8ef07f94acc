"""Pooling along the channels, and a blur before a stride."""

import keras
import numpy as np
from keras import layers, ops

from course_utils.checks import whole_number


@keras.saving.register_keras_serializable(package="course_utils")
class DepthPool(layers.Layer):
    """Max pooling along depth: the largest of each group of `pool_size` neighbouring
    channels.

    Where the filters of a group have learned the same pattern in several rotations, the
    output says that the pattern is there, whichever way it is turned.  No weights.

    Parameters
    ----------
    pool_size : channels in a group; it must divide the number of channels.

    Shapes
    ------
    (batch, ..., channels) -> (batch, ..., channels // pool_size), pixels unchanged.

    Raises
    ------
    ValueError : a pool size that is no whole number of at least 1; when built, channels
        it does not divide.

    Source of the idea: Goodfellow et al. (2013), Maxout Networks.
    """

    def __init__(self, pool_size=2, **options):
        super().__init__(**options)
        self.pool_size = whole_number(pool_size, "DepthPool's pool_size")
        self.supports_masking = True

    def build(self, input_shape):
        self._groups(input_shape)
        super().build(input_shape)

    def call(self, inputs):
        *outer, channels = ops.shape(inputs)
        grouped = ops.reshape(
            inputs, (*outer, channels // self.pool_size, self.pool_size)
        )
        return ops.max(grouped, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self._groups(input_shape))

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}

    def _groups(self, input_shape):
        channels = input_shape[-1] if len(input_shape) > 1 else None
        if channels is None:
            raise ValueError(
                f"DepthPool needs to know how many channels come in, and the input "
                f"shape is {tuple(input_shape)}"
            )
        if channels % self.pool_size:
            divisors = [size for size in range(1, channels + 1) if channels % size == 0]
            raise ValueError(
                f"DepthPool(pool_size={self.pool_size}) got {channels} channels, "
                f"which do not divide into groups of {self.pool_size}. Choose a pool "
                f"size from {divisors}, or other filters before it."
            )
        return channels // self.pool_size


@keras.saving.register_keras_serializable(package="course_utils")
class BlurPool(layers.Layer):
    """A blur of 3×3 with fixed weights, and then a stride, so that little aliases.

    Each map is blurred by (1, 2, 1) / 4 down and across, mirrored beyond its edges.  No
    weights to learn.  Max pooling with little aliasing is `MaxPooling2D(2, strides=1)`
    and then `BlurPool(2)`.

    Parameters
    ----------
    strides : from one output to the next, in pixels.

    Shapes
    ------
    (batch, height, width, channels) -> (batch, height', width', channels), with
    height' = (height - 1) // strides + 1.

    Raises
    ------
    ValueError : strides that are no whole number of at least 1.

    Source of the idea: Zhang (2019), Making convolutional networks shift-invariant
    again.
    """

    def __init__(self, strides=2, **options):
        super().__init__(**options)
        self.strides = whole_number(strides, "BlurPool's strides")

    def build(self, input_shape):
        row = np.array([1, 2, 1], "float32") / 4
        kernel = np.outer(row, row)[:, :, None, None]
        self.kernel = np.repeat(kernel, input_shape[-1], axis=2)
        super().build(input_shape)

    def call(self, inputs):
        around = [[0, 0], [1, 1], [1, 1], [0, 0]]
        padded = ops.pad(inputs, around, mode="reflect")
        kernel = ops.cast(self.kernel, padded.dtype)
        return ops.depthwise_conv(padded, kernel, strides=self.strides)

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        sides = [side and (side - 1) // self.strides + 1 for side in sides]
        return (batch, *sides, channels)

    def get_config(self):
        return {**super().get_config(), "strides": self.strides}
