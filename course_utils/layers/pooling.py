"""Pooling along the channels."""

import keras
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
