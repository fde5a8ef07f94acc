"""Unfold a Keras model into its steps: which layer or operation reads what, and makes
what.

A model, or a layer made of layers, is called on symbols (`keras.KerasTensor`: a shape
and a type, no numbers).  Keras writes down which call made which symbol, so the way
back from the outputs to the inputs is the graph.  Layers made of layers are opened in
the same way, until only plain layers and operations are left.  Nothing is computed, and
the calls are struck from Keras's records afterwards.

`model_cost`, `copy_weights` and `explain` stand on this.  What Keras keeps to itself
(names with an underscore) is read in this file only.
"""

import contextlib
import inspect
from dataclasses import dataclass

from course_utils.checks import shortly
from course_utils.startup import keras

# These have layers inside, and are looked at as one: an activation given as a layer
# makes no unit of a `Dense`, and a recurrent layer calls its cell in a loop.
PLAIN = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.RNN,
    keras.layers.Bidirectional,
)


def network_in(given, wanted="a keras.Model or a Backbone is wanted"):
    """The `keras.Model` that a caller gave: itself, or the one that a `Backbone` holds.

    Parameters
    ----------
    given : what came.
    wanted : how the message begins.

    Raises
    ------
    TypeError : it is neither.
    """
    inside = given if isinstance(given, keras.Model) else getattr(given, "model", None)
    if isinstance(inside, keras.Model):
        return inside
    hint = ""
    if isinstance(given, str):
        hint = " That is a name: load or build the network first."
    elif isinstance(given, type) and issubclass(given, keras.Model):
        hint = " That is a class: call it."
    raise TypeError(f"{wanted}, and this is {shortly(given)}.{hint}")


@contextlib.contextmanager
def shapes_only():
    """Within this block Keras builds layers and models as shapes: no weight is drawn or
    allocated, so even the largest network is built in a moment.

    Keras notes each variable made so and draws the values later, when the next scope of
    its own ends. What is built here is only looked at, so the notes are struck.
    """
    from keras.src.backend.common import global_state

    pending = global_state.get_global_attribute(
        "uninitialized_variables", [], set_to_default=True
    )
    before = len(pending)
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        del pending[before:]


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer or of an operation such as `keras.ops.add`.

    Attributes
    ----------
    operation : the `keras.layers.Layer` or `keras.Operation`.
    inputs, outputs : lists of `keras.KerasTensor`; the same object is the same tensor
        in all steps.
    within : the layers and models it is inside, outermost first; the one that was
        unfolded is left out.
    kind : "plain"; "end" for a layer made of layers, whose own steps all stand before;
        "closed" for one that cannot be called on symbols (it calls TensorFlow, say), so
        that nobody can see what is inside.
    arguments : the (args, kwargs) of the call.
    """

    operation: object
    inputs: list
    outputs: list
    arguments: tuple
    within: tuple = ()
    kind: str = "plain"

    @property
    def outermost(self):
        """The layer of the unfolded model that this step belongs to."""
        return self.within[0] if self.within else self.operation


def calls(model):
    """The calls that a functional or sequential model was built from, on its own
    tensors, so that a part of it can be made a model; layers made of layers stay whole.

    Returns
    -------
    list of Step, in the order in which Keras runs them, its inputs first.
    """
    return [
        Step(node.operation, node.input_tensors, node.outputs, _arguments(node))
        for node in _by_depth(_nodes([], model.outputs))
    ]


def unfold(model, inputs, training=False):
    """The steps of a model down to plain layers and operations.

    Parameters
    ----------
    model : a built `keras.Model` (functional, sequential, subclassed) or layer.
    inputs : a list of `keras.KerasTensor`, one for each input of the model.
    training : what layers are told that ask for it.

    Returns
    -------
    (steps, outputs) : a list of `Step` in an order in which each finds its inputs made,
        and the list of tensors that the model ends with.
    """
    given = inputs[0] if len(inputs) == 1 else inputs
    if hasattr(model, "operations"):  # a functional model: maybe a dictionary of inputs
        given = keras.tree.pack_sequence_as(model.input, inputs)
    steps, arguments = [], ((given,), {})
    with _calls_forgotten(model):
        if is_made_of_layers(model):
            outputs = _open(model, arguments, (), training, steps, {})
            if outputs is not None:
                return steps, outputs
        outputs = _outputs(model, arguments)
    kind = "closed" if is_made_of_layers(model) else "plain"
    return [Step(model, inputs, outputs, arguments, kind=kind)], outputs


def inside(step, training=False):
    """The operations in the `call` of a plain layer, as a list of `Step`; None if it
    cannot be called on symbols.
    """
    steps = []
    with _calls_forgotten(step.operation):
        outputs = _open(step.operation, step.arguments, (), training, steps, {})
    return None if outputs is None else steps


def is_made_of_layers(operation):
    """Whether it is a model, or a layer that hands its work on to layers of its own."""
    return (
        isinstance(operation, keras.layers.Layer)
        and not isinstance(operation, PLAIN)
        and not is_preprocessing(operation)
        and bool(operation._layers)
    )


def is_preprocessing(operation):
    """Whether it is one of Keras's layers for preprocessing or augmentation."""
    return ".preprocessing." in type(operation).__module__


def layers_inside(layer, deep=True):
    """The layers that a layer or model is made of, those inside them too if `deep`."""
    return layer._flatten_layers(include_self=False, recursive=deep)


def _open(operation, arguments, within, training, steps, same):
    """Add the steps of one call of a layer.

    Parameters
    ----------
    same : for the id of a tensor, the one it stands for in the steps.

    Returns
    -------
    The tensors it ends with, or None if it cannot be called on symbols.
    """
    symbols = {}
    for tensor in _tensors(arguments):
        symbols[id(tensor)] = symbol = keras.KerasTensor(tensor.shape, tensor.dtype)
        same[id(symbol)] = tensor
    args, kwargs = _replaced(arguments, symbols)
    try:
        outputs = operation.call(
            *args, **_accepted(operation.call, {"training": training, **kwargs})
        )
    except Exception:  # whatever a function makes of a symbol that it does not know
        return None
    outputs = _tensors(outputs)
    nodes = _nodes(list(symbols.values()), outputs)
    if isinstance(operation, keras.Model):
        nodes = _by_depth(nodes)
    for node in nodes:
        layer, results, kind = node.operation, node.outputs, "plain"
        arguments = _replaced(_arguments(node), same)
        inputs = _tensors(arguments)
        if is_made_of_layers(layer):
            inner = _open(layer, arguments, (*within, layer), training, steps, same)
            kind = "closed" if inner is None else "end"
            results = results if inner is None else inner
        elif not _sizes_known(results) and _sizes_known(inputs):
            results = _outputs(layer, arguments)
        same.update((id(a), b) for a, b in zip(node.outputs, results, strict=True))
        steps.append(Step(layer, inputs, results, arguments, within, kind))
    return [same.get(id(tensor), tensor) for tensor in outputs]


def _outputs(layer, arguments):
    args, kwargs = arguments
    results = _tensors(layer.compute_output_spec(*args, **kwargs))
    if _sizes_known(_tensors(arguments)) and not _sizes_known(results):
        # a layer that says less than it knows: ask the backend
        results = _tensors(keras.Operation.compute_output_spec(layer, *args, **kwargs))
    return results


def _nodes(inputs, outputs):
    """Keras's records of the calls that lead from `inputs` to `outputs`.

    Each stands after those that it reads from, first input first; for a layer's `call`
    such as `relu(self.convolution(x) + self.skip(x))` that is the order of the calls.
    """
    known, nodes = {id(tensor) for tensor in inputs}, []
    waiting = list(reversed(outputs))
    while waiting:
        tensor = waiting[-1]
        if id(tensor) in known:
            waiting.pop()
            continue
        node = _node(tensor)
        missing = [given for given in node.input_tensors if id(given) not in known]
        if missing:
            waiting.extend(reversed(missing))
        else:
            nodes.append(node)
            known.update(map(id, node.outputs))
    return nodes


def _by_depth(nodes):
    """The same in the order in which a functional model runs them: those furthest from
    the end first.
    """
    depths, layer_depths = {}, {}
    made_by = {id(tensor): node for node in nodes for tensor in node.outputs}
    for node in reversed(nodes):
        depth = max(depths.setdefault(node, 0), layer_depths.get(node.operation, 0))
        depths[node] = layer_depths[node.operation] = depth
        for tensor in node.input_tensors:
            before = made_by.get(id(tensor))
            if before is not None:
                depths[before] = max(depth + 1, depths.get(before, 0))
    return sorted(depths, key=depths.get, reverse=True)


def _arguments(node):
    return node.arguments.args, node.arguments.kwargs


def _node(tensor):
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


@contextlib.contextmanager
def _calls_forgotten(model):
    """Strike the calls made in this block from what Keras keeps of the layers."""
    operations = {id(model): model}
    for layer in [model, *layers_inside(model)]:
        for operation in (layer, *getattr(layer, "operations", ())):
            operations[id(operation)] = operation
    lists = [
        records
        for operation in operations.values()
        for records in (operation._inbound_nodes, operation._outbound_nodes)
    ]
    lengths = [len(records) for records in lists]
    try:
        yield
    finally:
        for records, length in zip(lists, lengths, strict=True):
            del records[length:]


def _accepted(function, kwargs):
    """The keyword arguments a function takes: not every layer knows of `training`."""
    parameters = inspect.signature(function).parameters
    if any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    ):
        return kwargs
    return {name: value for name, value in kwargs.items() if name in parameters}


def _replaced(structure, tensors):
    return keras.tree.map_structure(lambda leaf: tensors.get(id(leaf), leaf), structure)


def _sizes_known(tensors):
    return all(None not in tensor.shape for tensor in tensors)


def _tensors(structure):
    return [
        leaf
        for leaf in keras.tree.flatten(structure)
        if isinstance(leaf, keras.KerasTensor)
    ]
