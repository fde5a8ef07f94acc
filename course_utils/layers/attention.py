"""Squeeze and excite: each feature map may be turned down by what the whole image
shows.

Hu, Shen and Sun, "Squeeze-and-Excitation Networks", 2017.
"""

import keras
from keras import layers

from course_utils.checks import whole_number


@keras.saving.register_keras_serializable(package="course_utils")
class SqueezeExcite(layers.Layer):
    """Multiply each feature map by a number between 0 and 1 that depends on the means
    of all feature maps.

    The means (one a channel) go through a narrow dense layer with ReLU and back through
    one with sigmoid.

    Parameters
    ----------
    ratio : the narrow layer has channels // ratio units.

    Shapes
    ------
    (batch, height, width, channels) -> the same.

    Raises
    ------
    ValueError : when there are fewer channels than `ratio`, so that nothing would
        be left.

    Source
    ------
    Hu et al. 2017, where the ratio is 16.
    """

    def __init__(self, ratio=16, **kwargs):
        super().__init__(**kwargs)
        self.ratio = whole_number(ratio, "SqueezeExcite's ratio")

    def build(self, input_shape):
        channels = input_shape[-1]
        if channels < self.ratio:
            raise ValueError(
                f"SqueezeExcite(ratio={self.ratio}) would squeeze {channels} channels "
                f"into none: choose a ratio of at most {channels}."
            )
        self.mean = layers.GlobalAveragePooling2D(name="mean", dtype=self.dtype_policy)
        self.mean.build(input_shape)
        self.squeeze = layers.Dense(
            channels // self.ratio,
            activation="relu",
            kernel_initializer="he_normal",
            name="squeeze",
            dtype=self.dtype_policy,
        )
        self.squeeze.build((input_shape[0], channels))
        self.excite = layers.Dense(
            channels, activation="sigmoid", name="excite", dtype=self.dtype_policy
        )
        self.excite.build((input_shape[0], channels // self.ratio))

    def call(self, inputs):
        gates = self.excite(self.squeeze(self.mean(inputs)))
        return inputs * gates[:, None, None, :]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "ratio": self.ratio}
