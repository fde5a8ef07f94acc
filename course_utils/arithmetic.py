"""What a convolutional network costs, worked out before it is built: sizes, parameters,
multiplications, memory.

Pure Python.  Importing this module starts neither NumPy nor TensorFlow; `model_cost`
uses the Keras that its model brings along, and pandas only when its table is looked at.

Multiplications are counted the way papers count "multiply-adds": one multiplication
with the addition that follows is one, zeros that padding added are multiplied like any
other number, and adding the bias is free.
"""

import math
from dataclasses import dataclass, field

from course_utils.checks import (
    did_you_mean,
    readable_bytes,
    several,
    shortly,
    truth_value,
    whole_number,
)
from course_utils.tables import Table

FLOAT32_BYTES = 4
PADDINGS = ("valid", "same")


def conv_output_size(size, kernel, stride=1, padding="valid", dilation=1):
    """How many outputs a convolution (or a pooling window) has along one dimension.

    'valid' keeps the kernel inside the image: floor((size - span) / stride) + 1, where
    the span of a dilated kernel is (kernel - 1) * dilation + 1.  'same' pads with zeros
    until the output is ceil(size / stride).

    Parameters
    ----------
    size : pixels along this dimension.
    kernel : the kernel's (or window's) length in pixels.
    stride : pixels from one position of the kernel to the next.
    padding : "valid" or "same".
    dilation : distance between neighbouring weights of the kernel, in pixels.

    Raises
    ------
    ValueError : a number that is not a whole number of at least 1, a padding that does
        not exist, or a 'valid' convolution whose kernel does not fit into the image.

    Source
    ------
    Dumoulin and Visin (2016), A guide to convolution arithmetic for deep
    learning.
    """
    size, kernel, stride, padding, dilation = _checked(
        size, kernel, stride, padding, dilation
    )
    if padding == "same":
        return -(-size // stride)
    span = (kernel - 1) * dilation + 1
    if span > size:
        wide = (
            f"{kernel}"
            if dilation == 1
            else f"{kernel} (which spans {span} pixels with dilation {dilation})"
        )
        raise ValueError(
            f"'valid' padding leaves nothing: a kernel of {wide} does not fit into a "
            f"size of {size}. Use padding='same', a smaller kernel or a larger image."
        )
    return (size - span) // stride + 1


def pool_output_size(size, pool_size=2, stride=None, padding="valid"):
    """How many outputs a pooling layer has along one dimension; without a stride, the
    windows lie side by side.

    Raises
    ------
    ValueError : as `conv_output_size`.
    """
    return conv_output_size(
        size, pool_size, pool_size if stride is None else stride, padding
    )


def conv_transpose_output_size(
    size, kernel, stride=1, padding="valid", output_padding=None
):
    """How many outputs a transposed convolution has along one dimension.

    Each input puts a whole kernel into the output, `stride` further on than the one
    before, so that all of them span (size - 1) * stride + kernel.  'valid' keeps that,
    but never less than size * stride; 'same' cuts the edges until size * stride are
    left.  With an `output_padding` the rule is the one of the convolution that is
    transposed: (size - 1) * stride + kernel - 2 * cut + output_padding, where 'same'
    cuts kernel // 2 on either side and 'valid' nothing.

    Parameters
    ----------
    size : inputs along this dimension.
    kernel : the kernel's length.
    stride : outputs from one input's kernel to the next one's.
    padding : "valid" or "same".
    output_padding : None, or from 0 to stride - 1: which of the sizes that a
        convolution with this stride would have rounded to `size` is meant.

    Raises
    ------
    ValueError : a number that is not a whole number of at least 1, a padding that does
        not exist, an output_padding that is not below the stride, or nothing left.

    Source
    ------
    Dumoulin and Visin (2016), A guide to convolution arithmetic for deep
    learning.
    """
    size, kernel, stride, padding, _ = _checked(size, kernel, stride, padding, 1)
    if output_padding is None:
        if padding == "same":
            return size * stride
        return size * stride + max(kernel - stride, 0)
    hint = "It must be less than the stride."
    extra = whole_number(output_padding, "output_padding", 0, stride - 1, hint)
    cut = kernel // 2 if padding == "same" else 0
    outputs = (size - 1) * stride + kernel - 2 * cut + extra
    if outputs < 1:
        raise ValueError(
            f"'same' padding cuts {2 * cut} of {outputs + 2 * cut} outputs: nothing is "
            "left. Use a larger input, stride or output_padding."
        )
    return outputs


def same_padding(size, kernel, stride=1, dilation=1):
    """How many zeros 'same' padding puts (before, after) along one dimension.

    The total is shared out evenly; an odd one goes after, as in TensorFlow and Keras.

    Raises
    ------
    ValueError : a number that is not a whole number of at least 1.
    """
    size, kernel, stride, _, dilation = _checked(size, kernel, stride, "same", dilation)
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def receptive_field(layers):
    """How many input pixels, along one dimension, one output of a stack of layers can
    see.

    Each layer widens the field by (kernel - 1) * dilation steps, and a step is as long
    as the product of all strides before it.

    Parameters
    ----------
    layers : a list of (kernel, stride) or (kernel, stride, dilation), first layer
        first; pooling counts like convolution.  An empty stack sees one pixel.

    Raises
    ------
    ValueError : an entry that is no pair or triple of whole numbers of at least 1.
    """
    layers = several(
        layers, "receptive_field takes a list of layers, such as [(3, 1), (3, 2)]"
    )
    field_size = step = 1
    for index, layer in enumerate(layers):
        try:
            kernel, stride, *rest = layer
            (dilation,) = rest or (1,)
        except (TypeError, ValueError):
            raise ValueError(
                f"layer {index} of the stack is {shortly(layer)}; each must be "
                f"(kernel, stride) or (kernel, stride, dilation)"
            ) from None
        kernel = whole_number(kernel, f"the kernel of layer {index}")
        stride = whole_number(stride, f"the stride of layer {index}")
        field_size += (
            (kernel - 1)
            * whole_number(dilation, f"the dilation of layer {index}")
            * step
        )
        step *= stride
    return field_size


@dataclass(frozen=True)
class Cost:
    """What one layer costs for one instance (one image).

    Attributes
    ----------
    output_shape : the shape of the output, without the batch.
    parameters : weights and biases.
    multiplications : of one forward pass.
    output_bytes : memory of the output in float32.
    """

    output_shape: tuple[int, ...]
    parameters: int
    multiplications: int
    output_bytes: int


def conv2d_cost(
    input_shape,
    filters,
    kernel_size,
    strides=1,
    padding="valid",
    use_bias=True,
    dilation=1,
    groups=1,
):
    """The `Cost` of a `Conv2D` layer for one image.

    Parameters
    ----------
    input_shape : (height, width, channels), without the batch.
    filters : the number of feature maps that come out.
    kernel_size, strides, dilation : one number, or (vertical, horizontal).
    padding : "valid" or "same".
    use_bias : whether each filter has a bias.
    groups : into how many groups channels and filters are split; each filter sees its
        own group only.

    Raises
    ------
    ValueError : a shape that is not (height, width, channels), groups that do not
        divide channels and filters, or anything `conv_output_size` refuses.
    """
    shape = tuple(input_shape) if isinstance(input_shape, (tuple, list)) else None
    if shape is None or len(shape) != 3:
        hint = " Leave the batch out." if shape is not None and len(shape) == 4 else ""
        raise ValueError(
            f"input_shape is {shortly(input_shape)}; it must be (height, width, "
            f"channels).{hint}"
        )
    height, width, channels = (
        whole_number(number, name)
        for number, name in zip(
            shape, ("the height", "the width", "the channels"), strict=True
        )
    )
    if height <= 4 and width == channels > 8:
        raise ValueError(
            f"input_shape is {shape!r}; it must be (height, width, channels). Are the "
            "channels first? Put them last."
        )
    filters, groups = whole_number(filters, "filters"), whole_number(groups, "groups")
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups={groups} must divide both the {channels} channels and the "
            f"{filters} filters"
        )
    kernels, steps = _pair(kernel_size, "kernel_size"), _pair(strides, "strides")
    dilations = _pair(dilation, "dilation")
    rows, columns = (
        conv_output_size(size, kernel, step, padding, spread)
        for size, kernel, step, spread in zip(
            (height, width), kernels, steps, dilations, strict=True
        )
    )
    weights_per_filter = kernels[0] * kernels[1] * channels // groups
    outputs = rows * columns * filters
    return Cost(
        output_shape=(rows, columns, filters),
        parameters=filters * (weights_per_filter + truth_value(use_bias, "use_bias")),
        multiplications=outputs * weights_per_filter,
        output_bytes=outputs * FLOAT32_BYTES,
    )


def dense_cost(inputs, units, use_bias=True):
    """The `Cost` of a `Dense` layer on a flattened input, for one instance.

    Parameters
    ----------
    inputs : how many numbers come in, or the shape to be flattened, such as (height,
        width, channels).
    units : how many numbers come out.
    use_bias : whether each unit has a bias.

    Raises
    ------
    ValueError : a number that is not a whole number of at least 1.
    """
    sizes = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    inputs = math.prod(whole_number(size, "each of the inputs") for size in sizes)
    units = whole_number(units, "units")
    return Cost(
        output_shape=(units,),
        parameters=units * (inputs + truth_value(use_bias, "use_bias")),
        multiplications=units * inputs,
        output_bytes=units * FLOAT32_BYTES,
    )


@dataclass(frozen=True)
class LayerCost:
    """One row of a `ModelCost`: one of the model's layers, with everything
    inside it.
    """

    layer: str
    type: str
    output_shape: tuple
    parameters: int
    multiply_adds: int
    activation_bytes: int


@dataclass(frozen=True)
class ModelCost:
    """What a whole model costs, made by `model_cost`; shows itself as a table.

    Attributes
    ----------
    parameters : all weights, those that training leaves alone included.
    trainable : the weights that training changes.
    multiply_adds : of one forward pass of one instance, whatever the batch size.
    activation_bytes : memory for the outputs of layers that must be held at once, for
        the whole batch.
    batch_size, training : as given to `model_cost`.
    rows : one `LayerCost` per layer, in the order of the model.
    uncounted : names of layers whose multiplications are unknown, and missing from the
        sum.
    """

    name: str
    parameters: int
    trainable: int
    multiply_adds: int
    activation_bytes: int
    batch_size: int
    training: bool
    rows: tuple[LayerCost, ...] = field(repr=False)
    uncounted: tuple[str, ...] = ()

    @property
    def table(self):
        """A pandas DataFrame, one row per layer, with the columns of `LayerCost`."""
        import pandas

        names = list(LayerCost.__dataclass_fields__)
        return pandas.DataFrame(
            [[getattr(row, name) for name in names] for row in self.rows], columns=names
        )

    def summary(self):
        """The totals in one sentence."""
        work = "training" if self.training else "inference"
        text = (
            f"{self.name}: {self.parameters:,} parameters ({self.trainable:,} "
            f"trainable), {self.multiply_adds:,} multiply-adds an instance, "
            f"{readable_bytes(self.activation_bytes)} of activations held at once "
            f"for {work} on {self._batch()}."
        )
        if self.uncounted:
            text += (
                f" Not counted, their multiply-adds are unknown: "
                f"{', '.join(self.uncounted)}."
            )
        return text

    def _batch(self):
        return (
            "one instance" if self.batch_size == 1 else f"a batch of {self.batch_size}"
        )

    def _shown(self):
        return Table(
            {
                "layer": [row.layer for row in self.rows],
                "type": [row.type for row in self.rows],
                "output shape": [
                    _readable_shape(row.output_shape) for row in self.rows
                ],
                "parameters": [row.parameters for row in self.rows],
                "multiply-adds": [
                    "unknown"
                    if row.layer in self.uncounted and not row.multiply_adds
                    else row.multiply_adds
                    for row in self.rows
                ],
                "activations": [
                    readable_bytes(row.activation_bytes) for row in self.rows
                ],
            },
            right=["activations"],
            note=self.summary(),
            most=len(self.rows),
        )

    def __repr__(self):
        return repr(self._shown()) if self.rows else f"(no layers)\n{self.summary()}"

    def _repr_html_(self):
        return self._shown()._repr_html_()


def model_cost(model, batch_size=1, training=False, input_shape=None):
    """Parameters, multiply-adds and activation memory of a built Keras model.

    The model is walked with shapes only: nothing is computed, and the model is left as
    it was.  Nested models and layers made of layers are walked into; a row of the table
    holds all that is inside one of the model's own layers.

    Counted as multiply-adds: convolutions (grouped, depthwise, separable and transposed
    ones too), dense layers, `EinsumDense`, recurrent layers, and `keras.ops.conv`,
    `matmul` and `einsum` inside your own layers.  Counted as none: batch normalisation
    (at inference it folds into the convolution before it), activations, pooling,
    padding, additions.

    Counted as memory: one tensor per layer, its output, at its own dtype. Reshaping
    and, at inference, dropout and augmentation make no new tensor. Weights, gradients
    and a library's scratch space are not counted. In training every output is held
    until the backward pass, so they are summed, the input too. At inference an output
    may go once its last reader is done: what counts is the largest sum, over all steps,
    of what a step reads, what it writes, and what a skip connection still holds for
    later.

    Parameters
    ----------
    model : a built Keras model (functional, sequential, subclassed), or one built
        layer.
    batch_size : how many instances go through at once; scales `activation_bytes` only.
    training : whether the activations are held for a backward pass.
    input_shape : the shape of one input, without the batch, where the model does not
        say it: a model that takes images of any size, a subclassed model, a single
        layer.  A list of shapes for several inputs.

    Returns
    -------
    ModelCost

    Raises
    ------
    TypeError : not a Keras model or layer.
    ValueError : a model that is not built, or whose input size is not known.
    """
    from course_utils.graph import network_in
    from course_utils.startup import keras

    if not isinstance(model, keras.layers.Layer):
        model = network_in(model, "model_cost takes a Keras model or layer")
    if not model.built:
        raise ValueError(
            f"{model.name!r} is not built yet, so its shapes are not known: start it "
            "with keras.Input(...), or call it once on a batch."
        )
    batch_size = whole_number(batch_size, "batch_size")
    from course_utils.layer_costs import layer_costs

    inputs = _input_tensors(keras, model, batch_size, input_shape)
    training = truth_value(training, "training")
    shares, peak, uncounted = layer_costs(model, inputs, training)

    rows, parameters = [], _numbers_in(model.weights)
    for layer, share in shares:
        # what the model itself holds and does between its layers
        if layer is model and rows:
            weights = parameters - sum(row.parameters for row in rows)
        else:
            weights = _numbers_in(getattr(layer, "weights", ()))
        shapes = [tuple(tensor.shape[1:]) for tensor in share.outputs]
        rows.append(
            LayerCost(
                layer=layer.name,
                type=type(layer).__name__,
                output_shape=shapes[0] if len(shapes) == 1 else tuple(shapes),
                parameters=weights,
                multiply_adds=share.multiply_adds // batch_size,
                activation_bytes=share.bytes,
            )
        )
    return ModelCost(
        name=model.name,
        parameters=parameters,
        trainable=_numbers_in(model.trainable_weights),
        multiply_adds=sum(share.multiply_adds for _, share in shares) // batch_size,
        activation_bytes=peak,
        batch_size=batch_size,
        training=training,
        rows=tuple(rows),
        uncounted=tuple(uncounted),
    )


def _input_tensors(keras, model, batch_size, input_shape):
    """Symbolic inputs for the model, every size known."""
    known = getattr(model, "inputs", None) if isinstance(model, keras.Model) else None
    if input_shape is None:
        if not known:
            raise ValueError(
                f"{model.name!r} does not say what size its input has: give "
                f"model_cost(..., input_shape=(224, 224, 3))"
            )
        shapes = [tuple(tensor.shape[1:]) for tensor in known]
    else:
        shapes = _given_shapes(input_shape)
        if known and len(known) != len(shapes):
            raise ValueError(
                f"{model.name!r} has {len(known)} inputs, and input_shape gives "
                f"{len(shapes)} shapes"
            )
    tensors = []
    for tensor, shape in zip(known or [None] * len(shapes), shapes, strict=True):
        if None in shape:
            raise ValueError(
                f"{model.name!r} takes inputs of shape {shape}, where None may be any "
                "size, and what it costs depends on the size: give "
                "model_cost(..., input_shape=(224, 224, 3))"
            )
        if tensor is not None:
            _check_fit(model, tensor.shape, shape, batch_size)
        dtype = "float32" if tensor is None else tensor.dtype
        tensors.append(keras.KerasTensor((batch_size, *shape), dtype=dtype))
    return tensors


def _given_shapes(input_shape):
    """A list of shapes, from one shape or a list of them."""
    listed = isinstance(input_shape, list) and all(
        isinstance(shape, (tuple, list)) for shape in input_shape
    )
    wanted = "input_shape is (height, width, channels), such as (224, 224, 3)"
    return [
        tuple(
            whole_number(size, "each size of input_shape")
            for size in several(shape, wanted)
        )
        for shape in (input_shape if listed else [input_shape])
    ]


def _check_fit(model, wanted, shape, batch_size):
    """Whether the model's input, (batch, ...), may have this shape."""
    batch, *wanted = wanted
    fits = len(wanted) == len(shape) and all(
        allowed in (None, size) for allowed, size in zip(wanted, shape, strict=True)
    )
    if not fits:
        hint = ": leave the batch out" if len(shape) == len(wanted) + 1 else ""
        raise ValueError(
            f"{model.name!r} takes inputs of shape {tuple(wanted)}, and input_shape is "
            f"{shape}{hint}"
        )
    if batch not in (None, batch_size):
        raise ValueError(
            f"{model.name!r} was built for batches of {batch}, and batch_size is "
            f"{batch_size}"
        )


def _numbers_in(weights):
    return sum(math.prod(weight.shape) for weight in weights)


def _checked(size, kernel, stride, padding, dilation):
    return (
        whole_number(size, "size"),
        whole_number(kernel, "kernel"),
        whole_number(stride, "stride"),
        _padding(padding),
        whole_number(dilation, "dilation"),
    )


def _pair(value, name):
    """(vertical, horizontal) from one number or two."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ValueError(
                f"{name} is {value!r}; it must be one number or (vertical, horizontal)"
            )
        return whole_number(value[0], f"the vertical {name}"), whole_number(
            value[1], f"the horizontal {name}"
        )
    return (whole_number(value, name),) * 2


def _padding(padding):
    word = padding.lower() if isinstance(padding, str) else padding
    if word in PADDINGS:
        return word
    raise ValueError(
        f"padding is {padding!r}; it must be 'valid' (no padding) or 'same' (zeros "
        f"around).{did_you_mean(word, PADDINGS, cutoff=0.5)}"
    )


def _readable_shape(shape):
    if shape and isinstance(shape[0], tuple):
        return ", ".join(map(_readable_shape, shape))
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
