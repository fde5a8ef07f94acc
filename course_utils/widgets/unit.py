"""One unit of a network on one picture: what it sees of it, and why it fired.

A unit of a convolution adds up products: of each map that comes in, a patch times a
kernel.  So its value can be taken apart, map by map; a separable convolution's, too,
whose kernel for a map is the depthwise one times a pointwise weight.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.arithmetic import same_padding


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

    @property
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
