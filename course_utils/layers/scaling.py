"""Layer scale: one learned number for each feature map, small at first.

Touvron and others, "Going Deeper with Image Transformers", 2021.
"""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="course_utils")
class LayerScale(layers.Layer):
    """Multiply each feature map by a number of its own, which is learned.

    Before a residual addition it lets a unit start almost silent, as γ = 0 in the last
    batch norm does in a ResNet.

    Parameters
    ----------
    start : what all these numbers are at first.

    Shapes
    ------
    (batch, height, width, channels) -> the same.

    Source
    ------
    Touvron et al. 2021, section 2; ConvNeXt (Liu et al. 2022) starts at 1e-6.
    """

    def __init__(self, start=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.gamma = self.add_weight(
            shape=(input_shape[-1],),
            initializer=keras.initializers.Constant(self.start),
            name="gamma",
        )

    def call(self, inputs):
        return inputs * self.gamma

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "start": self.start}
