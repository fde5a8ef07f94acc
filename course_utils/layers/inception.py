"""The inception module: four ways of looking at once, side by side.

Szegedy et al., "Going Deeper with Convolutions", 2014.
"""

import keras
from keras import layers, ops

from course_utils.checks import whole_number

SIX_NUMBERS = (
    "filters_1x1",
    "reduce_3x3",
    "filters_3x3",
    "reduce_5x5",
    "filters_5x5",
    "pool_projection",
)


@keras.saving.register_keras_serializable(package="course_utils")
class Inception(layers.Layer):
    """Four branches over one input, their feature maps stacked.

        1×1 (filters_1x1)
        1×1 (reduce_3x3)  →  3×3 (filters_3x3)
        1×1 (reduce_5x5)  →  5×5 (filters_5x5)
        3×3 max pooling   →  1×1 (pool_projection)

    Every convolution is 'same' with stride 1, so that the maps fit together, and is
    followed by ReLU.  The 1×1 ones before 3×3 and 5×5 are bottlenecks: they hand on
    fewer maps, which makes the large kernels affordable.

    The six arguments are the numbers of filters, in the order of the paper's table 1.

    Takes (batch, height, width, channels), gives (batch, height, width,
    filters_1x1 + filters_3x3 + filters_5x5 + pool_projection).

    Raises
    ------
    ValueError : when one of the six is not a whole number above 0.

    Source
    ------
    Szegedy et al. 2014, figure 2b.
    """

    def __init__(
        self,
        filters_1x1,
        reduce_3x3,
        filters_3x3,
        reduce_5x5,
        filters_5x5,
        pool_projection,
        activation="relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        numbers = (
            filters_1x1,
            reduce_3x3,
            filters_3x3,
            reduce_5x5,
            filters_5x5,
            pool_projection,
        )
        for name, number in zip(SIX_NUMBERS, numbers, strict=True):
            setattr(self, name, whole_number(number, f"Inception's {name}"))
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        def conv(filters, size, name, channels=input_shape[-1]):
            layer = layers.Conv2D(
                filters,
                size,
                padding="same",
                activation=self.activation,
                kernel_initializer="he_normal",
                name=name,
                dtype=self.dtype_policy,
            )
            layer.build((*input_shape[:-1], channels))
            return layer

        self.conv_1x1 = conv(self.filters_1x1, 1, "conv_1x1")
        self.before_3x3 = conv(self.reduce_3x3, 1, "before_3x3")
        self.conv_3x3 = conv(self.filters_3x3, 3, "conv_3x3", channels=self.reduce_3x3)
        self.before_5x5 = conv(self.reduce_5x5, 1, "before_5x5")
        self.conv_5x5 = conv(self.filters_5x5, 5, "conv_5x5", channels=self.reduce_5x5)
        self.pool = layers.MaxPooling2D(
            3, strides=1, padding="same", name="pool", dtype=self.dtype_policy
        )
        self.pool.build(input_shape)
        self.after_pool = conv(self.pool_projection, 1, "after_pool")

    def call(self, inputs):
        branches = [
            self.conv_1x1(inputs),
            self.conv_3x3(self.before_3x3(inputs)),
            self.conv_5x5(self.before_5x5(inputs)),
            self.after_pool(self.pool(inputs)),
        ]
        return ops.concatenate(branches, axis=-1)

    def compute_output_shape(self, input_shape):
        filters = (
            self.filters_1x1
            + self.filters_3x3
            + self.filters_5x5
            + self.pool_projection
        )
        return (*input_shape[:-1], filters)

    def get_config(self):
        numbers = {name: getattr(self, name) for name in SIX_NUMBERS}
        return {
            **super().get_config(),
            **numbers,
            "activation": keras.activations.serialize(self.activation),
        }
