"""Looking inside a trained network: its filters, its feature maps, and where in a
photograph it found its answer.

Each function takes a `Backbone` or any `keras.Model` of one input (functional, or
`Sequential` with its input known), and arrays of pixels as that model wants them.
"""

import numpy as np
from keras import layers, ops

from course_utils.checks import did_you_mean, several, shortly, whole_number
from course_utils.graph import calls, layers_inside, network_in

# isort: skip  (first, so that Keras starts quietly)
from course_utils.startup import keras

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


def filters(model, layer=None):
    """The kernels of a convolution.

    Parameters
    ----------
    model : a `Backbone` or a `keras.Model`.
    layer : the name of a convolution; left out, the first one.

    Returns
    -------
    (kernel height, kernel width, channels, filters) as Keras holds them; for a
    depthwise convolution the last number is 1 (one filter per channel).

    Raises
    ------
    ValueError : when there is no convolution, or none of that name.
    """
    network = _network(model)
    convolutions = _convolutions(network)
    if not convolutions:
        raise ValueError(
            f"{network.name} has no convolution, so it has no filters to look at."
        )
    if layer is None:
        return convolutions[0].get_weights()[0]
    by_name = {convolution.name: convolution for convolution in convolutions}
    if not isinstance(layer, str) or layer not in by_name:
        raise ValueError(
            f"{network.name} has no convolution named {shortly(layer)}. "
            f"{_near(layer, by_name)}"
        )
    return by_name[layer].get_weights()[0]


def feature_maps(model, image, layer):
    """What a layer makes of a photograph.

    Parameters
    ----------
    model : a `Backbone` or a `keras.Model`.
    image : (height, width, channels), pixel values as the model wants them; a batch of
        one will do too.
    layer : the name of a layer; or several names, which costs one pass.

    Returns
    -------
    (rows, columns, maps), or for several names a dictionary of them.

    Raises
    ------
    ValueError : for an unknown layer (near names are listed), one that gives no
        maps, and an image that the model cannot take.
    """
    network = _network(model)
    batch = _batch_of_one(model, network, image)
    wanted = "a layer is given by its name, or several by a list of theirs"
    names = [layer] if isinstance(layer, str) else several(layer, wanted)
    if not names:
        raise ValueError(f"{wanted}, and the list is empty")
    found = [_maps_output(network, name) for name in names]
    outputs = dict(zip(names, found, strict=True))
    values = keras.Model(_input(network), outputs)(batch, training=False)
    maps = {name: ops.convert_to_numpy(values[name])[0] for name in names}
    return maps[layer] if isinstance(layer, str) else maps


def grad_cam(model, image, class_index=None, layer=None):
    """Where in a photograph a classifier found what speaks for a class.

    How much would the class's score grow if a feature map were stronger?  The mean of
    that gradient over the map is the map's weight; the weighted sum of all maps,
    negative values set to zero, is the heat.  The score is the one before softmax, so
    that a network which is all but certain still has a gradient.

    Parameters
    ----------
    model : a `Backbone` with its top, or a `keras.Model` that ends in one score or
        probability per class.
    image : (height, width, channels), pixel values as the model wants them; a batch of
        one will do too.
    class_index : the class to explain; left out, the most probable one.
    layer : the layer whose maps are weighted; left out, the last that has maps.

    Returns
    -------
    (height, width) float32 of the image's own size, from 0 (nothing speaks for
    the class here) to 1 (the strongest place).  All zeros where nothing speaks for it
    anywhere.

    Raises
    ------
    ValueError : for a model without convolution or with several outputs, an unknown
        layer or class, and an image that the model cannot take.
    NotImplementedError : on another backend than TensorFlow, whose gradients it uses.

    Source
    ------
    R. Selvaraju et al. (2017), Grad-CAM: Visual Explanations from Deep Networks
    via Gradient-based Localization.
    """
    network = _network(model)
    batch = _batch_of_one(model, network, image)
    if len(network.outputs) != 1 or len(network.outputs[0].shape) != 2:
        shapes = ", ".join(str(tuple(output.shape)) for output in network.outputs)
        raise ValueError(
            f"grad_cam explains a model with one output, (batch, classes), but "
            f"{network.name} gives {shapes}. "
            "Is it a backbone without its top? include_top=True has one."
        )
    to_maps, to_scores = _split(network, layer)
    maps = to_maps(batch, training=False)
    count = network.outputs[0].shape[-1]
    if class_index is None:
        class_index = int(ops.argmax(to_scores(maps)[0]))
    elif isinstance(class_index, str):
        raise ValueError(
            f"class_index is {class_index!r}; it must be the number of a class, from 0 "
            f"to {count - 1}. Of names: names.index({class_index!r})."
        )
    elif not -count <= whole_number(class_index, "class_index", low=None) < count:
        raise ValueError(
            f"class_index is {class_index}; {network.name} has the classes 0 to "
            f"{count - 1}."
        )
    gradients = _gradient(lambda values: to_scores(values)[0, class_index], maps)
    weights = ops.mean(gradients, axis=(0, 1, 2))
    heat = ops.relu(ops.sum(maps[0] * weights, axis=-1, keepdims=True))
    heat = ops.convert_to_numpy(
        ops.image.resize(heat, batch.shape[1:3], interpolation="bilinear")
    )[..., 0]
    strongest = heat.max()
    return (heat / strongest if strongest > 0 else heat).astype("float32")


def _network(model):
    """The `keras.Model` in a `Backbone`, or the model itself, if it can be
    taken apart.
    """
    network = network_in(model)
    if not getattr(network, "inputs", None):
        raise ValueError(
            f"{network.name} is not built as a graph of layers, so it cannot be taken "
            "apart: build it with keras.Input, or call a Sequential model once."
        )
    if len(network.inputs) != 1:
        raise ValueError(
            f"{network.name} has {len(network.inputs)} inputs; one image is what "
            f"these functions show it."
        )
    return network


def _input(network):
    return network.inputs[0]


def _convolutions(layer):
    return [
        inner
        for inner in (layer, *layers_inside(layer))
        if isinstance(inner, CONVOLUTIONS)
    ]


def _steps(network):
    """(layer or operation, its input tensors, its output tensor) of each call from
    image to answer.

    Not `layer.output`: for a model inside the model that is its own inner tensor, and a
    shared layer has several.
    """
    return [
        (step.operation, step.inputs, step.outputs[0])
        for step in calls(network)
        if len(step.outputs) == 1
    ]


def _batch_of_one(model, network, image):
    """The image as a float batch of one, if the network can take it."""
    if hasattr(model, "check"):
        image = model.check(image)
    image = (
        image
        if isinstance(image, np.ndarray)
        else np.asarray(ops.convert_to_numpy(image))
    )
    batch = image[None] if image.ndim == 3 else image
    wanted = tuple(_input(network).shape[1:])
    shown = "×".join("any" if side is None else str(side) for side in wanted)
    if batch.ndim != 4:
        raise ValueError(
            f"an image is (height, width, channels), but got shape {image.shape}."
        )
    if len(batch) != 1:
        raise ValueError(
            f"one image at a time: got a batch of {len(batch)}. Take images[0]."
        )
    if len(wanted) != 3 or any(
        side not in (None, got)
        for side, got in zip(wanted, batch.shape[1:], strict=True)
    ):
        got = "×".join(map(str, batch.shape[1:]))
        hint = ""
        if wanted[-1:] != batch.shape[-1:]:
            hint = "The number of channels differs."
        elif None not in wanted:
            hint = (
                f"First: keras.layers.Resizing({wanted[0]}, {wanted[1]}, "
                f"crop_to_aspect_ratio=True)(image)."
            )
            if hasattr(model, "resize"):
                hint = "Resize it first: backbone.resize(image)."
        raise ValueError(
            f"{network.name} takes images of {shown}, but got {got}. {hint}".rstrip()
        )
    return batch.astype("float32")


def _maps_output(network, name):
    """The output of a layer, if it is made of feature maps."""
    outputs = {operation.name: output for operation, _, output in _steps(network)}
    if not isinstance(name, str):
        raise TypeError(f"a layer is given by its name, and this is {shortly(name)}.")
    if name not in outputs:
        for nested in network.layers:
            if isinstance(nested, keras.Model) and name in {
                inner.name for inner in nested.layers
            }:
                raise ValueError(
                    f"layer {name!r} is inside {nested.name!r}, a model in the model "
                    f"{network.name!r}. "
                    f'Look into that one: model.get_layer("{nested.name}").'
                )
        raise ValueError(
            f"{network.name} has no layer named {name!r}. {_near(name, outputs)}"
        )
    if len(outputs[name].shape) != 4:
        raise ValueError(
            f"layer {name!r} gives {tuple(outputs[name].shape)}; feature maps are "
            f"(batch, height, width, maps). "
            "Take a layer before the maps are pooled or flattened."
        )
    return outputs[name]


def _near(name, known):
    hint = did_you_mean(name, known, count=4, cutoff=0.4)
    return hint.strip() or f"It has: {', '.join(known)}."


def _split(network, layer):
    """Two functions: from images to the maps of a layer, and from these to the scores
    before softmax.
    """
    candidates = (
        _candidates(network) if layer is None else [_maps_output(network, layer)]
    )
    for maps in candidates:
        try:
            return keras.Model(_input(network), maps), _scores(network, maps)
        # another path leads around these maps, or none from them to the scores: try
        # those before
        except ValueError:
            continue
    where = "any one layer" if layer is None else f"layer {layer!r} alone"
    raise ValueError(
        f"the scores of {network.name} do not come from the maps of {where}, so they "
        f"show no places."
    )


def _candidates(network):
    """Outputs that are feature maps after at least one convolution, the last first."""
    found, seen = [], False
    for operation, _, output in _steps(network):
        if isinstance(operation, keras.Layer) and _convolutions(operation):
            seen = True
        if seen and len(output.shape) == 4 and tuple(output.shape[1:3]) != (1, 1):
            found.insert(0, output)
    if not found:
        nested = [
            layer.name for layer in network.layers if isinstance(layer, keras.Model)
        ]
        hint = (
            f' Its model {nested[0]!r} may have some: model.get_layer("{nested[0]}").'
            if nested
            else ""
        )
        raise ValueError(
            f"{network.name} has no convolutional layer whose maps could show "
            f"where.{hint}"
        )
    return found


def _scores(network, maps):
    """The function from `maps` to the scores before the last activation, (batch,
    classes).
    """
    last, inputs, output = next(
        step for step in _steps(network)[::-1] if step[2] is network.outputs[0]
    )
    if isinstance(last, layers.Dense):
        features = keras.Model(maps, inputs[0])

        def scores(values):
            products = ops.matmul(features(values, training=False), last.kernel)
            return products if last.bias is None else products + last.bias

        return scores
    activation = (
        isinstance(last, layers.Softmax)
        or getattr(last, "activation", None) is keras.activations.softmax
    )
    before = keras.Model(maps, inputs[0] if activation else output)
    return lambda values: before(values, training=False)


def _gradient(function, at):
    """The gradient of a function of one tensor, a single number, at `at`."""
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError(
            f"grad_cam takes gradients with TensorFlow, but Keras runs on "
            f"{keras.backend.backend()}: "
            "set KERAS_BACKEND=tensorflow before Keras is imported."
        )
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    return tape.gradient(value, at)
