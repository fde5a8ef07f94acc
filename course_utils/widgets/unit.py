"""One unit of a network on one picture: what it sees of it, and why it fired.

A unit of a convolution adds up products: of each map that comes in, a patch times a
kernel.  So its value can be taken apart, map by map; a separable convolution's, too,
whose kernel for a map is the depthwise one times a pointwise weight.
"""

import functools
from dataclasses import dataclass

import numpy as np

from course_utils.arithmetic import conv_output_size, same_padding

FAR = 1 << 30  # beyond any image: the first pixel of a unit that sees none


@dataclass(frozen=True)
class Reason:
    """What one map that comes in adds to a unit.

    Parameters
    ----------
    channel : the map's number.
    patch, kernel : (rows, columns) floats: what the unit sees of it, and its weights.
    adds : the sum of their products.
    """

    channel: int
    patch: np.ndarray
    kernel: np.ndarray

    @functools.cached_property
    def adds(self):
        return float((self.patch * self.kernel).sum())


def is_explained(layer):
    """Whether `reasons` can take a layer's units apart."""
    import keras

    kinds = keras.layers.Conv2D, keras.layers.SeparableConv2D
    return (
        isinstance(layer, kinds)
        and type(layer) in kinds
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "depth_multiplier", 1) == 1
        and layer.data_format == "channels_last"
    )


def kernels(layer, channel):
    """(rows, columns, maps that come in) weights of one of a layer's channels, and its
    bias.
    """
    weights = [np.asarray(variable) for variable in layer.weights]
    bias = float(weights[-1][channel]) if layer.use_bias else 0.0
    if len(weights) - layer.use_bias == 2:  # separable
        depthwise, pointwise = weights[:2]
        return depthwise[..., 0] * pointwise[0, 0, :, channel], bias
    return weights[0][..., channel], bias


def reasons(layer, maps, row, column, channel):
    """Every map that comes in, with what it adds to a unit, the largest first, and
    the bias.

    Parameters
    ----------
    layer : a layer that `is_explained`.
    maps : (rows, columns, maps) floats, what comes in.
    row, column, channel : of the unit.

    Returns
    -------
    A list of `Reason`s, the bias.  Their sum is the unit's value, before an activation.
    """
    weights, bias = kernels(layer, channel)
    places = []
    for axis, unit in enumerate((row, column)):
        stride, gap = layer.strides[axis], layer.dilation_rate[axis]
        taps, size = weights.shape[axis], maps.shape[axis]
        before = (
            same_padding(size, taps, stride, gap)[0] if layer.padding == "same" else 0
        )
        places.append(unit * stride - before + gap * np.arange(taps))
    inside = [(at >= 0) & (at < n) for at, n in zip(places, maps.shape, strict=False)]
    at = [np.clip(p, 0, n - 1) for p, n in zip(places, maps.shape, strict=False)]
    patch = maps[np.ix_(*at)] * np.outer(*inside)[..., None]
    found = [
        Reason(index, patch[..., index], weights[..., index])
        for index in range(maps.shape[-1])
    ]
    return sorted(found, key=lambda reason: -abs(reason.adds)), bias


def fields(network, size):
    """What every unit of a network can see of an image, layer by layer: a walk from the
    image on, on which each layer widens what its inputs see.

    Parameters
    ----------
    network : a functional `keras.Model` of one image.
    size : (rows, columns) of the image, in pixels.

    Returns
    -------
    A dict from a layer's name to two (units, 2) arrays of whole numbers, for the rows
    and the columns of its maps: the first pixel that a unit sees, and the first one
    beyond.  A layer of an unknown kind is left out, and so is whatever comes after it.
    """
    from course_utils.graph import calls

    whole = [np.array([[0, side]]) for side in size]
    spans, found = {}, {}
    for step in calls(network):
        inputs = [spans.get(id(tensor)) for tensor in step.inputs]
        (output,) = step.outputs[:1]
        if not step.inputs:
            pixels = [np.arange(side)[:, None] + [0, 1] for side in size]
            spans[id(output)] = pixels
        elif len(output.shape) != 4 or tuple(output.shape[1:3]) == (1, 1):
            spans[id(output)] = whole  # a mean of the whole image, or what follows one
        elif all(each is not None for each in inputs):
            pair = [_widened(step.operation, axis, inputs) for axis in (0, 1)]
            spans[id(output)] = None if any(one is None for one in pair) else pair
        if len(output.shape) == 4 and spans.get(id(output)) is not None:
            found[step.operation.name] = tuple(spans[id(output)])
    return found


# layers whose units see what the units at their own place see
_POINTWISE = {
    *("Activation", "BatchNormalization", "LayerNormalization", "Normalization"),
    *("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Rescaling", "ReverseChannels"),
    *("Dropout", "SpatialDropout2D", "GaussianNoise", "Identity", "Dense"),
    *("Add", "Subtract", "Multiply", "TrueDivide", "Average", "Maximum", "Minimum"),
    *("Concatenate", "LocalResponseNormalization"),
}
_WINDOWS = {
    *("Conv2D", "DepthwiseConv2D", "SeparableConv2D"),
    *("MaxPooling2D", "AveragePooling2D"),
}


def _widened(layer, axis, inputs):
    """What a layer's units see along one axis; None where that is not known."""
    kind, spans = type(layer).__name__, [each[axis] for each in inputs]
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return None
    if kind in _POINTWISE and getattr(layer, "axis", -1) in (-1, 3, [3], (3,), [-1]):
        spans = np.broadcast_arrays(*spans)
        return np.stack(
            [
                np.min([one[:, 0] for one in spans], axis=0),
                np.max([one[:, 1] for one in spans], axis=0),
            ],
            axis=-1,
        )
    (span,) = spans[:1]
    if kind == "ZeroPadding2D":
        zeros = [np.tile([FAR, 0], (count, 1)) for count in layer.padding[axis]]
        return np.concatenate([zeros[0], span, zeros[1]])
    if kind == "Cropping2D":
        before, after = layer.cropping[axis]
        return span[before : len(span) - after]
    if kind not in _WINDOWS:
        return None
    taps = getattr(layer, "kernel_size", None) or layer.pool_size
    gap = getattr(layer, "dilation_rate", (1, 1))[axis]
    setting = len(span), taps[axis], layer.strides[axis]
    before = same_padding(*setting, gap)[0] if layer.padding == "same" else 0
    units = np.arange(conv_output_size(*setting, layer.padding, gap))
    at = units[:, None] * layer.strides[axis] - before + gap * np.arange(taps[axis])
    inside = (at >= 0) & (at < len(span))
    at = np.clip(at, 0, len(span) - 1)
    first = np.where(inside, span[at, 0], FAR).min(axis=1)
    return np.stack([first, np.where(inside, span[at, 1], 0).max(axis=1)], axis=-1)


def seen(network, image, layer, row, column, channel):
    """The piece of the image that can change a unit: (top, left, bottom, right) in
    pixels, the last two beyond it.

    Found by its gradient; a unit that nothing changes, one behind a ReLU that is
    silent, say, is asked on noise instead.
    """
    import keras
    import tensorflow as tf

    inside = keras.Model(network.inputs[0], network.get_layer(layer).output)
    noise = np.random.default_rng(0).uniform(0, 255, image.shape)
    found = np.zeros(image.shape[:2], bool)
    for pixels in (image, noise):
        batch = tf.convert_to_tensor(pixels[None].astype("float32"))
        with tf.GradientTape() as tape:
            tape.watch(batch)
            value = inside(batch, training=False)[0, row, column, channel]
        change = tape.gradient(value, batch)
        if change is not None:
            found |= np.abs(np.asarray(change)[0]).max(-1) > 0
    if not found.any():
        return None
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
