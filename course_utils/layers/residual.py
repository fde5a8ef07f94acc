"""Residual units: layers that learn what to add to their input.

He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015.
"""

import keras
from keras import layers

from course_utils.checks import whole_number
from course_utils.layers.attention import SqueezeExcite


@keras.saving.register_keras_serializable(package="course_utils")
class ResidualUnit(layers.Layer):
    """Two 3×3 convolutions, and a skip that carries the input past them: relu(input +
    convolutions(input)).

    Each convolution is followed by batch normalization.  Where input and output differ
    in shape, because of `strides` or because the input has another number of channels,
    the skip is a 1×1 convolution with batch normalization; elsewhere it is the input
    itself.

    Parameters
    ----------
    filters : channels of the output.
    strides : 1 keeps height and width, 2 halves them (rounding up).
    activation : used after the first convolution and after the addition.
    zero_gamma : start the scale of the last batch normalization at 0, so that a new
        unit only passes its input on.
    residual : False leaves the skip and the addition out, which makes the unit a plain
        pair of convolutions.
    momentum : of the batch normalization's running averages; 0.9 as in PyTorch's
        ResNets.  Keras's own default of 0.99 needs some hundred steps before they are
        any use for prediction.

    Takes (batch, height, width, channels), gives (batch, height/strides, width/strides,
    filters).

    Raises
    ------
    ValueError : when `filters` or `strides` is not a whole number above 0.

    Source
    ------
    He et al. 2015; the zero start is from Goyal et al., "Accurate, Large
    Minibatch SGD", 2017.
    """

    def __init__(
        self,
        filters,
        strides=1,
        activation="relu",
        *,
        zero_gamma=False,
        residual=True,
        momentum=0.9,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = whole_number(filters, "ResidualUnit's filters")
        self.strides = whole_number(strides, "ResidualUnit's strides")
        self.activation = keras.activations.get(activation)
        self.zero_gamma = zero_gamma
        self.residual = residual
        self.momentum = momentum

    def build(self, input_shape):
        # batch normalization brings its own offset, so the convolutions need no bias
        conv = {
            "padding": "same",
            "use_bias": False,
            "kernel_initializer": "he_normal",
            "dtype": self.dtype_policy,
        }
        norm = {"momentum": self.momentum, "dtype": self.dtype_policy}
        last_gamma = "zeros" if self.zero_gamma else "ones"
        self.conv1 = layers.Conv2D(
            self.filters, 3, strides=self.strides, name="conv1", **conv
        )
        self.norm1 = layers.BatchNormalization(name="norm1", **norm)
        self.conv2 = layers.Conv2D(self.filters, 3, name="conv2", **conv)
        self.norm2 = layers.BatchNormalization(
            gamma_initializer=last_gamma, name="norm2", **norm
        )
        output_shape = self.compute_output_shape(input_shape)
        self.conv1.build(input_shape)
        for layer in (self.norm1, self.conv2, self.norm2):
            layer.build(output_shape)

        self.skip_conv = self.skip_norm = None
        if self.residual and (self.strides != 1 or input_shape[-1] != self.filters):
            self.skip_conv = layers.Conv2D(
                self.filters, 1, strides=self.strides, name="skip_conv", **conv
            )
            self.skip_conv.build(input_shape)
            self.skip_norm = layers.BatchNormalization(name="skip_norm", **norm)
            self.skip_norm.build(output_shape)

    def call(self, inputs, training=None):
        x = self.activation(self.norm1(self.conv1(inputs), training=training))
        x = self.norm2(self.conv2(x), training=training)
        if self.residual:
            skip = inputs
            if self.skip_conv is not None:
                skip = self.skip_norm(self.skip_conv(inputs), training=training)
            x = x + skip
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        return _strided(input_shape, self.strides, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "zero_gamma": self.zero_gamma,
            "residual": self.residual,
            "momentum": self.momentum,
        }


@keras.saving.register_keras_serializable(package="course_utils")
class BottleneckUnit(layers.Layer):
    """A residual unit for very deep networks: 1×1 down to a few channels, 3×3 there,
    1×1 up again.

    The 3×3 convolution, which costs most, works on a quarter of the channels.

    Parameters
    ----------
    filters : channels inside, where it is narrow; the output has `expansion` times as
        many.
    strides : 1 keeps height and width, 2 halves them (rounding up).
    activation : used after the first two convolutions and after the addition.
    expansion : how many times wider than the inside the output is.
    groups : the 3×3 convolution works on so many separate groups of channels (ResNeXt:
        32).
    stride_at : "1x1" strides in the first convolution, as the paper and
        `keras.applications` do; "3x3" in the second, as most later versions do, so that
        no pixel is skipped unseen.
    squeeze_ratio : a number puts a `SqueezeExcite` of that ratio before the addition
        (SENet: 16).
    use_bias, epsilon : of the convolutions and of the batch normalization;
        `keras.applications` has True and 1.001e-5 in its ResNets.
    zero_gamma : as in `ResidualUnit`.
    momentum : of the running averages; 0.99 as in `keras.applications`.

    Takes (batch, height, width, channels), gives (batch, height/strides, width/strides,
    expansion · filters).

    Raises
    ------
    ValueError : for numbers that are not whole and above 0, for `groups` that do
        not divide `filters`, and for an unknown `stride_at`.

    Source
    ------
    He et al. 2015; groups from Xie et al., "Aggregated Residual
    Transformations", 2016; squeeze from Hu et al., "Squeeze-and-Excitation Networks",
    2017.
    """

    def __init__(
        self,
        filters,
        strides=1,
        activation="relu",
        *,
        expansion=4,
        groups=1,
        stride_at="1x1",
        squeeze_ratio=None,
        use_bias=False,
        epsilon=1e-3,
        zero_gamma=False,
        momentum=0.99,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = whole_number(filters, "BottleneckUnit's filters")
        self.strides = whole_number(strides, "BottleneckUnit's strides")
        self.expansion = whole_number(expansion, "BottleneckUnit's expansion")
        self.groups = whole_number(groups, "BottleneckUnit's groups")
        if filters % groups:
            raise ValueError(
                f"BottleneckUnit cannot share {filters} filters equally among "
                f"{groups} groups: filters must be a multiple of groups, for example "
                f"{groups * max(1, round(filters / groups))}."
            )
        if stride_at not in ("1x1", "3x3"):
            raise ValueError(
                f"BottleneckUnit can stride at '1x1' or '3x3', but got "
                f"stride_at={stride_at!r}."
            )
        self.activation = keras.activations.get(activation)
        self.stride_at = stride_at
        self.squeeze_ratio = squeeze_ratio
        self.use_bias = use_bias
        self.epsilon = epsilon
        self.zero_gamma = zero_gamma
        self.momentum = momentum

    def build(self, input_shape):
        wide = self.filters * self.expansion
        first, second = (
            (self.strides, 1) if self.stride_at == "1x1" else (1, self.strides)
        )

        def conv(filters, size, name, shape, **options):
            options |= {
                "padding": "same",
                "use_bias": self.use_bias,
                "dtype": self.dtype_policy,
            }
            layer = layers.Conv2D(
                filters, size, name=name, kernel_initializer="he_normal", **options
            )
            layer.build(shape)
            return layer, layer.compute_output_shape(shape)

        def norm(name, shape, gamma="ones"):
            layer = layers.BatchNormalization(
                momentum=self.momentum,
                epsilon=self.epsilon,
                gamma_initializer=gamma,
                name=name,
                dtype=self.dtype_policy,
            )
            layer.build(shape)
            return layer

        self.conv1, shape = conv(self.filters, 1, "conv1", input_shape, strides=first)
        self.norm1 = norm("norm1", shape)
        self.conv2, shape = conv(
            self.filters, 3, "conv2", shape, strides=second, groups=self.groups
        )
        self.norm2 = norm("norm2", shape)
        # The skip's layers are made where keras.applications has them, so that both
        # keep their weights in one order.
        needs_skip = self.strides != 1 or input_shape[-1] != wide
        self.skip_conv = self.skip_norm = None
        if needs_skip:
            self.skip_conv, _ = conv(
                wide, 1, "skip_conv", input_shape, strides=self.strides
            )
        self.conv3, shape = conv(wide, 1, "conv3", shape)
        if needs_skip:
            self.skip_norm = norm("skip_norm", shape)
        self.norm3 = norm("norm3", shape, gamma="zeros" if self.zero_gamma else "ones")
        self.squeeze = None
        if self.squeeze_ratio is not None:
            self.squeeze = SqueezeExcite(
                self.squeeze_ratio, name="squeeze", dtype=self.dtype_policy
            )
            self.squeeze.build(shape)

    def call(self, inputs, training=None):
        x = self.activation(self.norm1(self.conv1(inputs), training=training))
        x = self.activation(self.norm2(self.conv2(x), training=training))
        x = self.norm3(self.conv3(x), training=training)
        if self.squeeze is not None:
            x = self.squeeze(x)
        skip = inputs
        if self.skip_conv is not None:
            skip = self.skip_norm(self.skip_conv(inputs), training=training)
        return self.activation(x + skip)

    def compute_output_shape(self, input_shape):
        return _strided(input_shape, self.strides, self.filters * self.expansion)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "expansion": self.expansion,
            "groups": self.groups,
            "stride_at": self.stride_at,
            "squeeze_ratio": self.squeeze_ratio,
            "use_bias": self.use_bias,
            "epsilon": self.epsilon,
            "zero_gamma": self.zero_gamma,
            "momentum": self.momentum,
        }


def _strided(input_shape, strides, filters):
    """The shape after 'same' padding and a stride: height and width divided, rounding
    up; None stays None.
    """
    batch, *sizes, _ = input_shape
    return (
        batch,
        *(None if size is None else -(-size // strides) for size in sizes),
        filters,
    )
