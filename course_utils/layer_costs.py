"""What each step of a model costs: who multiplies how often, and what is in memory
when.

`course_utils.arithmetic.model_cost` is the front door.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from course_utils.graph import PLAIN, inside, is_preprocessing, unfold
from course_utils.startup import keras

layers = keras.layers

# What makes no new tensor: it gives its input another shape, or (the last group) does
# its work in training only.
VIEWS = {
    "ActivityRegularization",
    "ExpandDims",
    "Flatten",
    "Identity",
    "Ravel",
    "Reshape",
    "Squeeze",
    "StopGradient",
}
VIEWS_OF_SAME_TYPE = {"Cast", "ConvertToTensor"}
VIEWS_AT_INFERENCE = {
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
}

TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)


@dataclass
class LayerShare:
    """What one of the model's own layers costs, with all that is inside it and all its
    calls.

    Parameters
    ----------
    outputs : the symbolic tensors of its last call.
    """

    outputs: list = field(default_factory=list)
    multiply_adds: int = 0
    bytes: int = 0


def layer_costs(model, inputs, training):
    """Walk through a model by shape alone.

    Parameters
    ----------
    model : a built `keras.Model` or layer.
    inputs : a list of `keras.KerasTensor`, every size known.
    training : whether the activations are held for a backward pass.

    Returns
    -------
    (rows, peak, uncounted) : a list of (layer or operation, LayerShare), the model's
        own ones in its order; the bytes that must be held at once; the names of layers
        with weights whose multiplications nobody has a rule for.
    """
    steps, ends = unfold(model, inputs, training)
    memory = Memory()
    shares, met, uncounted = defaultdict(LayerShare), {}, []
    for tensor in inputs:
        memory.add(tensor)
    for step in steps:
        met[id(step.outermost)] = step.outermost
        share = shares[id(step.outermost)]
        if not step.within:
            share.outputs = step.outputs
        if step.kind != "end":
            count = multiply_adds(step)
            share.multiply_adds += count or 0
            if count is None and step.operation.name not in uncounted:
                uncounted.append(step.operation.name)
        share.bytes += memory.run(step, training)
    memory.read(ends)

    # an `InputLayer` is never called
    for layer in getattr(model, "operations", ()):
        if isinstance(layer, layers.InputLayer):
            own = [
                tensor
                for tensor, known in zip(inputs, model.inputs, strict=True)
                if known is layer.output
            ]
            shares[id(layer)] = LayerShare(own, 0, sum(map(memory.bytes_of, own)))
    peak = memory.held_in_training() if training else memory.held_at_inference()
    return _rows(model, met.values(), shares), peak, uncounted


def _rows(model, met, shares):
    order = getattr(model, "operations", None) or getattr(model, "layers", None)
    order = order or [
        operation for operation in met if isinstance(operation, layers.Layer)
    ]
    rows = [(operation, shares[id(operation)]) for operation in order]
    # operations in a subclassed model's `call`: one row for all of them
    listed = {id(operation) for operation in order}
    between = [shares[id(step)] for step in met if id(step) not in listed]
    own = LayerShare(
        [],
        sum(share.multiply_adds for share in between),
        sum(share.bytes for share in between),
    )
    if own.multiply_adds or own.bytes:
        rows.append((model, own))
    return rows


class Memory:
    """Which tensor lives in which piece of memory, from when to when; time is counted
    in steps.
    """

    def __init__(self):
        self._places = {}  # id of a tensor -> number of its piece of memory
        self._sizes, self._born, self._last_read = [], [], []
        self._time = 0

    def add(self, tensor):
        """Give a new tensor a piece of memory; returns its bytes."""
        self._places[id(tensor)] = len(self._sizes)
        self._sizes.append(size(tensor) * _item_bytes(tensor))
        self._born.append(self._time)
        self._last_read.append(self._time)
        return self._sizes[-1]

    def bytes_of(self, tensor):
        return self._sizes[self._places[id(tensor)]]

    def read(self, tensors):
        for tensor in tensors:
            if id(tensor) in self._places:
                self._last_read[self._places[id(tensor)]] = self._time

    def run(self, step, training):
        """One step in time: it reads, it writes.  Returns the bytes of what is new."""
        self._time += 1
        self.read(step.inputs)
        new = 0
        for tensor in step.outputs:
            if id(tensor) in self._places:
                continue
            if is_view(step, tensor, training):
                self._places[id(tensor)] = self._places[id(step.inputs[0])]
            else:
                new += self.add(tensor)
        self.read(step.outputs)
        return new

    def held_in_training(self):
        """Every tensor at once."""
        return sum(self._sizes)

    def held_at_inference(self):
        """The most memory any step needs when a tensor goes after its last reader."""
        change = defaultdict(int)
        for bytes_, born, last_read in zip(
            self._sizes, self._born, self._last_read, strict=True
        ):
            change[born] += bytes_
            change[last_read + 1] -= bytes_
        most = held = 0
        for time in sorted(change):
            held += change[time]
            most = max(most, held)
        return most


def is_view(step, result, training):
    """Whether a step's result is its first input, seen otherwise."""
    kind = type(step.operation).__name__
    if not step.inputs or kind in VIEWS:
        return bool(step.inputs)
    first = step.inputs[0]
    if kind in VIEWS_OF_SAME_TYPE:
        return first.dtype == result.dtype
    if training:
        return False
    return kind in VIEWS_AT_INFERENCE or (
        kind.startswith("Random")
        and first.shape == result.shape
        and is_preprocessing(step.operation)
    )


def multiply_adds(step):
    """Multiplications of one step, or None if there is no rule for it.

    The step's tensors have every size known; the batch counts.
    """
    operation = step.operation
    if step.kind == "closed":
        return None if _has_matrix(operation) else 0
    if not isinstance(operation, layers.Layer):
        # weights are given to it too, and are no `KerasTensor`
        given = [
            leaf
            for leaf in keras.tree.flatten(step.arguments)
            if hasattr(leaf, "shape") and hasattr(leaf, "dtype")
        ]
        return _of_operation(operation, given, step.outputs)
    if isinstance(operation, PLAIN):
        return _of_layer(operation, step.inputs[0], step.outputs[0])
    if type(operation).__module__.startswith("keras."):
        # normalisation, activation, pooling, embedding, ...: nothing that papers count
        return 0
    # made by hand: its `call` may hold a convolution or a matrix product of its own
    own = inside(step)
    if own is None:
        return None if _has_matrix(operation) else 0
    return sum(map(multiply_adds, own))


def _of_layer(layer, inputs, outputs):
    """Of one of Keras's layers with a kernel; the special kinds come before those they
    are made from.
    """
    if isinstance(layer, (layers.SeparableConv1D, layers.SeparableConv2D)):
        return _separable(outputs, layer.depthwise_kernel, layer.pointwise_kernel)
    if isinstance(layer, (layers.DepthwiseConv1D, layers.DepthwiseConv2D)):
        # each output sees one channel
        return size(outputs) * math.prod(layer.kernel.shape[:-2])
    if isinstance(layer, TRANSPOSED):
        # each input stamps its kernel once a filter
        return size(inputs) * math.prod(layer.kernel.shape[:-1])
    if isinstance(layer, (layers.Conv1D, layers.Conv2D, layers.Conv3D)):
        # its channels are those of one group
        return size(outputs) * math.prod(layer.kernel.shape[:-1])
    if isinstance(layer, layers.Dense):
        return size(outputs) * layer.kernel.shape[0]
    if isinstance(layer, layers.EinsumDense):
        return _einsum(layer.equation, inputs.shape, layer.kernel.shape)
    if isinstance(layer, (layers.LSTM, layers.GRU, layers.SimpleRNN)):
        batch, steps, *_ = inputs.shape
        cell = layer.cell
        return batch * steps * (size(cell.kernel) + size(cell.recurrent_kernel))
    return None  # recurrent, with a cell that is not Keras's


def _of_operation(operation, inputs, outputs):
    """Of a function of `keras.ops`."""
    kind = type(operation).__name__
    if kind == "Conv":
        return size(outputs[0]) * math.prod(inputs[1].shape[:-1])
    if kind == "DepthwiseConv":
        return size(outputs[0]) * math.prod(inputs[1].shape[:-2])
    if kind == "SeparableConv":
        return _separable(outputs[0], *inputs[1:3])
    if kind == "ConvTranspose":
        return size(inputs[0]) * math.prod(inputs[1].shape[:-1])
    if kind in ("Matmul", "Dot"):
        return size(outputs[0]) * inputs[0].shape[-1]
    if kind == "DotProductAttention":  # queries by keys, then weights by values
        return 2 * size(outputs[0]) * inputs[1].shape[1]
    if kind == "Tensordot":
        return math.isqrt(size(outputs[0]) * size(inputs[0]) * size(inputs[1]))
    if kind == "Einsum" and len(inputs) == 2:
        return _einsum(operation.subscripts, inputs[0].shape, inputs[1].shape)
    return 0


def _separable(outputs, depthwise, pointwise):
    return size(outputs) // pointwise.shape[-1] * (size(depthwise) + size(pointwise))


def _einsum(equation, first, second):
    """Multiplications of a two-operand einsum: the product of the sizes of all its
    letters.
    """
    operands = equation.replace(" ", "").split("->")[0].split(",")
    sizes, rest = {}, 1
    for letters, shape in zip(operands, (first, second), strict=True):
        before, dots, after = letters.partition("...")
        ends = len(shape) - len(after)
        sizes.update(zip(before, shape[: len(before)] if dots else shape, strict=True))
        sizes.update(zip(after, shape[ends:], strict=True))
        if dots:
            rest = max(rest, math.prod(shape[len(before) : ends]))
    return rest * math.prod(sizes.values())


def _has_matrix(layer):
    return any(len(weight.shape) > 1 for weight in layer.weights)


def _item_bytes(tensor):
    bits = "".join(filter(str.isdigit, tensor.dtype))
    return max(int(bits or 8) // 8, 1)


def size(tensor):
    """How many numbers it holds."""
    return math.prod(tensor.shape)
