"""Follow tensors through a Keras model by shape alone: who multiplies how often, and
what is in memory when.

`course_utils.arithmetic.model_cost` is the front door.  The walk calls the model on
symbolic tensors while the calls of layers and operations are rerouted to a `Walk`,
which records each one and asks it for its output shape.  Nothing is computed, and no
node is added to the model's graph.
"""

import contextlib
import copy
import inspect
import math
import threading
from collections import defaultdict

from course_utils.startup import keras

_lock = threading.Lock()

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

SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
TRANSPOSED = (
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
RECURRENT = (keras.layers.RNN, keras.layers.Bidirectional)
COUNTED = (
    SEPARABLE
    + DEPTHWISE
    + TRANSPOSED
    + CONVOLUTIONS
    + (keras.layers.Dense, keras.layers.EinsumDense)
)


def trace(model, inputs, training):
    """A `Walk` through the model from the symbolic `inputs` (`keras.KerasTensor`, every
    size known).
    """
    walk = Walk(model, training)
    for tensor in inputs:
        walk.add_tensor(tensor)
    with _lock, walk.rerouted():
        # a functional model: inputs may be a dictionary
        if hasattr(model, "operations"):
            given = keras.tree.pack_sequence_as(model.input, inputs)
        else:
            given = inputs[0] if len(inputs) == 1 else inputs
        outputs = walk.start(model, given)
    walk.finish(inputs, outputs)
    return walk


class Walk:
    """What was met on the way.

    Attributes
    ----------
    rows : [(layer or operation, its output tensors)], the model's own ones, in its
        order.
    multiply_adds, bytes : for the id of each of those, sums of all that is inside it,
        over all its calls.
    uncounted : names of layers with weights whose multiplications nobody has a rule
        for.
    traced_by_backend : names of layers that do not run on Keras's symbols; slower, and
        their memory is an estimate.
    """

    def __init__(self, model, training):
        self.model, self.training = model, bool(training)
        self.multiply_adds, self.bytes = defaultdict(int), defaultdict(int)
        self.uncounted, self.traced_by_backend = [], []
        self.rows = []
        self._outputs = {}  # id of a row -> (layer, outputs)
        self._stack = []  # what is being called, outermost first
        self._row = None  # the model's own layer being called
        self._running = None  # the layer the backend is tracing
        self._hidden = 0  # > 0 inside a layer that counts as its output alone
        self._storage = {}  # id of a tensor -> number of the memory it lives in
        self._sizes, self._born, self._last_read = [], [], []
        self._keep = []  # tensors, kept so that no id is given twice
        self._time = 0

    # memory ---------------------------------------------------------------------------

    def add_tensor(self, tensor, same_as=None):
        """Give a new tensor its memory, or that of another one."""
        self._keep.append(tensor)
        if same_as is not None and id(same_as) in self._storage:
            self._storage[id(tensor)] = self._storage[id(same_as)]
            return
        size = _size(tensor) * _item_bytes(tensor)
        self._storage[id(tensor)] = len(self._sizes)
        self._sizes.append(size)
        self._born.append(self._time)
        self._last_read.append(self._time)
        if self._row is not None:
            self.bytes[id(self._row)] += size

    def _read(self, tensors):
        for tensor in tensors:
            if id(tensor) in self._storage:
                self._last_read[self._storage[id(tensor)]] = self._time

    def finish(self, inputs, outputs):
        """The model's outputs are read at the end; then the rows are put in the model's
        order.
        """
        model = self.model
        self._read(_tensors(outputs))
        # an `InputLayer` is never called
        for layer in getattr(model, "operations", ()):
            if isinstance(layer, keras.layers.InputLayer):
                mine = [
                    tensor
                    for tensor, own in zip(inputs, model.inputs, strict=True)
                    if own is layer.output
                ]
                self._outputs[id(layer)] = (layer, mine)
                self.bytes[id(layer)] = sum(
                    self._sizes[self._storage[id(tensor)]] for tensor in mine
                )
        met = [operation for operation, _ in self._outputs.values()]
        for (
            operation
        ) in met:  # one that calls its sub-layers in ways not seen from here
            if not self.multiply_adds[id(operation)] and _holds_counted(operation):
                self._cannot_count(operation)

        order = getattr(model, "operations", None) or getattr(model, "layers", None)
        order = order or [
            operation for operation in met if isinstance(operation, keras.layers.Layer)
        ]
        self.rows = [
            (operation, self._outputs.get(id(operation), (None, []))[1])
            for operation in order
        ]
        listed = {id(operation) for operation in order}
        for (
            operation
        ) in met:  # operations in a subclassed model's `call`: one row for all of them
            if id(operation) not in listed:
                self.multiply_adds[id(model)] += self.multiply_adds.pop(
                    id(operation), 0
                )
                self.bytes[id(model)] += self.bytes.pop(id(operation), 0)
        if id(model) not in listed and (
            self.multiply_adds[id(model)] or self.bytes[id(model)]
        ):
            self.rows.append((model, []))

    def all_bytes(self):
        """Every tensor at once, as training holds them."""
        return sum(self._sizes)

    def most_bytes_at_once(self):
        """The most memory any step needs when a tensor goes after its last reader."""
        change = defaultdict(int)
        for size, born, last_read in zip(
            self._sizes, self._born, self._last_read, strict=True
        ):
            change[born] += size
            change[last_read + 1] -= size
        most = held = 0
        for time in sorted(change):
            held += change[time]
            most = max(most, held)
        return most

    # calls ----------------------------------------------------------------------------

    @contextlib.contextmanager
    def rerouted(self):
        """Send this thread's calls of layers and operations to `call`, until the block
        ends.
        """
        walk, thread = self, threading.get_ident()
        places = [
            (keras.layers.Layer, "__call__"),
            (keras.Operation, "__call__"),
            (keras.Operation, "symbolic_call"),
        ]
        originals = [(owner, name, owner.__dict__[name]) for owner, name in places]

        def reroute(original):
            def called(operation, *args, **kwargs):
                if threading.get_ident() != thread:
                    return original(operation, *args, **kwargs)
                return walk.call(original, operation, args, kwargs)

            return called

        try:
            for owner, name, original in originals:
                setattr(owner, name, reroute(original))
            yield
        finally:
            for owner, name, original in originals:
                setattr(owner, name, original)

    def start(self, model, given):
        """The first call: of a model, or of a single layer, which then is its
        own row.
        """
        if _is_composite(model):
            return self.inside(model, (given,), {})
        self._row = model
        outputs = self._call_with_symbols(model, _tensors(given), (given,), {})
        self._outputs[id(model)] = (model, _tensors(outputs))
        return outputs

    def call(self, original, operation, args, kwargs):
        """Stand in for `operation(*args, **kwargs)`."""
        inputs = _tensors((args, kwargs))
        if not any(isinstance(tensor, keras.KerasTensor) for tensor in inputs):
            return self._call_with_backend(original, operation, inputs, args, kwargs)
        own_row = self._row is None and len(self._stack) == 1
        if own_row:
            self._row = operation
        try:
            outputs = self._call_with_symbols(operation, inputs, args, kwargs)
        finally:
            if own_row:
                self._row = None
        if own_row:
            self._outputs[id(operation)] = (operation, _tensors(outputs))
        return outputs

    def _call_with_symbols(self, operation, inputs, args, kwargs):
        whole = _is_composite(operation)
        look_inside = whole or _is_home_made(operation)
        if look_inside:
            self._hidden += not whole
            try:
                outputs = self.inside(operation, args, kwargs)
            finally:
                self._hidden -= not whole
        else:
            if isinstance(operation, keras.layers.Layer) and not operation.built:
                # no weights in it, or it would have been built with the model
                operation.build(inputs[0].shape)
            kwargs = _accepted(
                operation.compute_output_spec, _accepted(operation.call, kwargs)
            )
            outputs = operation.compute_output_spec(*args, **kwargs)
            # a layer that says less than it knows
            if any(None in tensor.shape for tensor in _tensors(outputs)):
                outputs = keras.Operation.compute_output_spec(
                    operation, *args, **kwargs
                )
        results = _tensors(outputs)
        if not look_inside:
            self._count(operation, inputs, results)
        self._remember(operation, inputs, results)
        return outputs

    def _call_with_backend(self, original, operation, inputs, args, kwargs):
        """A call on the backend's own symbols, inside something that could not run on
        Keras's.
        """
        if self._running is operation:  # Layer.__call__ calls Operation.__call__
            return original(operation, *args, **kwargs)
        own_row = self._row is None and len(self._stack) == 1
        before, self._running = self._running, operation
        if own_row:
            self._row = operation
        try:
            outputs = original(operation, *args, **kwargs)
            results = _tensors(outputs)
            if not _is_composite(operation):
                self._count(operation, inputs, results)
                for tensor in inputs:  # what an operation between two layers made
                    if not self._hidden and id(tensor) not in self._storage:
                        self.add_tensor(tensor)
                self._remember(operation, inputs, results)
        finally:
            self._running = before
            if own_row:
                self._row = None
        if own_row:
            self._outputs[id(operation)] = (operation, results)
        return outputs

    def inside(self, operation, args, kwargs):
        """Run `operation.call` on symbols; what it calls comes back to `call`."""
        kwargs = _accepted(operation.call, {"training": self.training, **kwargs})
        state = self._state()
        self._stack.append(operation)
        try:
            return operation.call(*args, **kwargs)
        except Exception:
            # A call that needs real tensors (a TensorFlow function, say): let the
            # backend trace it with its own symbols.  The layers inside are still seen;
            # operations between them are not, so a layer met here counts in memory as
            # its output alone.
            self._restore(state)
            self.traced_by_backend.append(operation.name)
            nested = operation is not self.model
            if not _is_composite(operation) and _has_matrix(operation):
                self._cannot_count(operation)
            self._hidden += nested
            try:
                return keras.Operation.compute_output_spec(operation, *args, **kwargs)
            finally:
                self._hidden -= nested
        finally:
            self._stack.pop()

    def _remember(self, operation, inputs, results):
        """One step in time: it reads, it writes."""
        if self._hidden:
            return
        self._time += 1
        self._read(inputs)
        for tensor in results:
            if id(tensor) not in self._storage:
                self.add_tensor(
                    tensor,
                    inputs[0] if self._is_view(operation, inputs, tensor) else None,
                )
        self._read(results)

    def _is_view(self, operation, inputs, result):
        kind = type(operation).__name__
        if not inputs or kind in VIEWS:
            return bool(inputs)
        if kind in VIEWS_OF_SAME_TYPE:
            return _dtype(inputs[0]) == _dtype(result)
        if self.training:
            return False
        return kind in VIEWS_AT_INFERENCE or (
            kind.startswith("Random")
            and inputs[0].shape == result.shape
            and _is_preprocessing(operation)
        )

    def _count(self, operation, inputs, results):
        count = multiply_adds(operation, inputs, results)
        if count is None:
            self._cannot_count(operation)
        else:
            self.multiply_adds[id(self.model if self._row is None else self._row)] += (
                count
            )

    def _cannot_count(self, layer):
        if layer.name not in self.uncounted:
            self.uncounted.append(layer.name)

    _STATE = (
        "multiply_adds",
        "bytes",
        "uncounted",
        "_outputs",
        "_storage",
        "_sizes",
        "_born",
        "_last_read",
        "_time",
    )

    def _state(self):
        return {name: copy.copy(getattr(self, name)) for name in self._STATE}

    def _restore(self, state):
        vars(self).update(state)


def multiply_adds(operation, inputs, outputs):
    """Multiplications of one call of one innermost layer or operation, or None if there
    is no rule for it.

    inputs, outputs : symbolic tensors with every size known; the batch counts.
    """
    layers = keras.layers
    kind = type(operation).__name__
    if isinstance(operation, SEPARABLE):
        return _separable(
            outputs[0], operation.depthwise_kernel, operation.pointwise_kernel
        )
    if isinstance(operation, DEPTHWISE):
        # each output sees one channel
        return _size(outputs[0]) * math.prod(operation.kernel.shape[:-2])
    if isinstance(operation, TRANSPOSED):
        # each input stamps its kernel once a filter
        return _size(inputs[0]) * math.prod(operation.kernel.shape[:-1])
    if isinstance(operation, CONVOLUTIONS):
        # its channels are those of one group
        return _size(outputs[0]) * math.prod(operation.kernel.shape[:-1])
    if isinstance(operation, layers.Dense):
        return _size(outputs[0]) * operation.kernel.shape[0]
    if isinstance(operation, layers.EinsumDense):
        return _einsum(operation.equation, inputs[0].shape, operation.kernel.shape)
    if isinstance(operation, (layers.LSTM, layers.GRU, layers.SimpleRNN)):
        cell, (batch, steps, *_) = operation.cell, inputs[0].shape
        return batch * steps * (_size(cell.kernel) + _size(cell.recurrent_kernel))
    if isinstance(operation, layers.Layer):
        if type(operation).__module__.startswith("keras.") and not isinstance(
            operation, RECURRENT
        ):
            # normalisation, activation, pooling, embedding, ...: nothing that papers
            # count
            return 0
        return None if _has_matrix(operation) else 0
    if kind == "Conv":
        return _size(outputs[0]) * math.prod(inputs[1].shape[:-1])
    if kind == "DepthwiseConv":
        return _size(outputs[0]) * math.prod(inputs[1].shape[:-2])
    if kind == "SeparableConv":
        return _separable(outputs[0], *inputs[1:3])
    if kind == "ConvTranspose":
        return _size(inputs[0]) * math.prod(inputs[1].shape[:-1])
    if kind in ("Matmul", "Dot"):
        return _size(outputs[0]) * inputs[0].shape[-1]
    if kind == "DotProductAttention":  # queries by keys, then weights by values
        return 2 * _size(outputs[0]) * inputs[1].shape[1]
    if kind == "Tensordot":
        return math.isqrt(_size(outputs[0]) * _size(inputs[0]) * _size(inputs[1]))
    if kind == "Einsum" and len(inputs) == 2:
        return _einsum(operation.subscripts, inputs[0].shape, inputs[1].shape)
    return 0


def _separable(output, depthwise, pointwise):
    return _size(output) // pointwise.shape[-1] * (_size(depthwise) + _size(pointwise))


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


def _is_composite(operation):
    """Whether it is made of other layers, and is to be looked into."""
    if isinstance(operation, COUNTED + RECURRENT) or _is_preprocessing(operation):
        return False  # an activation given as a layer makes no composite of a `Dense`
    return bool(getattr(operation, "_layers", ()))


def _is_home_made(operation):
    """A layer without sub-layers whose `call` may hold a convolution or a matrix
    product of its own.
    """
    return (
        isinstance(operation, keras.layers.Layer)
        and not isinstance(operation, COUNTED + RECURRENT)
        and not type(operation).__module__.startswith("keras.")
    )


def _holds_counted(layer):
    """Whether some layer inside it multiplies."""
    return any(
        isinstance(inner, COUNTED) or _holds_counted(inner)
        for inner in getattr(layer, "_layers", ())
    )


def _has_matrix(layer):
    return any(len(weight.shape) > 1 for weight in layer.weights)


def _is_preprocessing(operation):
    return ".preprocessing." in type(operation).__module__


def _accepted(function, kwargs):
    """The keyword arguments a function takes:

    Keras hands `training` to layers that know nothing of it.
    """
    parameters = inspect.signature(function).parameters
    if any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    ):
        return kwargs
    return {name: value for name, value in kwargs.items() if name in parameters}


def _tensors(structure):
    return [
        leaf
        for leaf in keras.tree.flatten(structure)
        if hasattr(leaf, "shape") and hasattr(leaf, "dtype")
    ]


def _dtype(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)


def _item_bytes(tensor):
    bits = "".join(filter(str.isdigit, _dtype(tensor)))
    return max(int(bits or 8) // 8, 1)


def _size(tensor):
    return math.prod(tensor.shape)
