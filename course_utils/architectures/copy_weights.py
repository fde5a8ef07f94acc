"""Copy weights between two models that are the same network, written differently.

The two may have made their layers in another order, named them otherwise, or put some
of them inside layers of their own (a `BottleneckUnit`).  What they share is the graph:
which layer's output goes into which.  So both graphs are unfolded into plain layers,
walked from the image on, and compared.  Only what has weights, and what joins branches,
counts; activations, poolings and paddings are passed over.
"""

from dataclasses import dataclass

import keras

from course_utils.graph import layers_inside, network_in, unfold

# their branches may come in any order
COMMUTATIVE = {"Add", "Multiply", "Maximum", "Minimum", "Average"}


@dataclass
class Step:
    """One layer of the unfolded graph, and the numbers of the steps it takes its inputs
    from.

    Parameters
    ----------
    signature : one number for the layer and all that leads to it; equal in two models
        where they compute alike.
    """

    layer: object
    kind: tuple
    inputs: list
    signature: int


def copy_weights(source, target):
    """Copy all weights of `source` into `target`: from a `keras.applications` model
    into the course's, or back.

    What is compared are the weights, their shapes and the way the layers are joined
    (and the numbers in `Rescaling` layers, which are weights in all but name); strides,
    paddings and activations are not.

    Parameters
    ----------
    source : a `keras.Model` made of layers (functional or sequential); it stays as it
        is.
    target : a `keras.Model` of the same network: the same layers with weights, joined
        in the same way.

    Raises
    ------
    ValueError : the two do not fit, and nothing was copied; it names the first layer
        that does not, what it needs and what came.
    TypeError : one of them is not a model.
    """
    signatures = {}
    source, target = _network("source", source), _network("target", target)
    source_steps, source_ends = _unfold(source, "source", signatures)
    target_steps, target_ends = _unfold(target, "target", signatures)
    if [source_steps[i].signature for i in source_ends] != [
        target_steps[i].signature for i in target_ends
    ]:
        raise ValueError(_first_misfit(source, source_steps, target, target_steps))
    for source_layer, target_layer in _pairs(
        source_steps, source_ends, target_steps, target_ends
    ):
        store = {}
        source_layer.save_own_variables(store)
        # not set_weights: Normalization has to hear that it got new numbers
        target_layer.load_own_variables(store)
    # Functions traced before hold what Normalization held then as constants: have them
    # traced anew.
    target.train_function = target.test_function = target.predict_function = None


def _network(role, given):
    return network_in(
        given, f"copy_weights(source, target) takes two models; look at the {role}"
    )


def _unfold(model, role, signatures):
    """The steps of a model, inputs first, and the numbers of the steps it ends with."""
    inputs, outputs = getattr(model, "inputs", None), getattr(model, "outputs", None)
    if not inputs or not outputs:
        raise ValueError(
            f"copy_weights: {role} {model.name!r} has no graph of layers to follow. "
            "Build it from keras.Input, or call it once if it is a Sequential model."
        )
    # which of the steps here a tensor comes from
    steps, origin = [], {}

    def add(tensor, layer, kind, before=()):
        origin[id(tensor)] = _add(steps, layer, kind, list(before), signatures)

    symbols = [keras.KerasTensor(tensor.shape, tensor.dtype) for tensor in inputs]
    for i, symbol in enumerate(symbols):
        add(symbol, None, ("input", i))
    calls, ends = unfold(model, symbols)
    for call in calls:
        if call.kind == "end":
            continue
        before = [origin[id(tensor)] for tensor in call.inputs]
        kind = _kind(call)
        if kind is None:
            origin.update((id(tensor), before[0]) for tensor in call.outputs)
            continue
        for i, tensor in enumerate(call.outputs):
            add(tensor, call.operation, (*kind, i), before)
    _refuse_hidden_weights(model, role, steps)
    return steps, [origin[id(tensor)] for tensor in ends]


def _kind(call):
    """What must be equal in two steps that fit, or None for one that is passed over."""
    layer = call.operation
    weights = getattr(layer, "weights", [])
    if weights:
        shapes = tuple(
            (_weight_name(weight, weights), tuple(weight.shape)) for weight in weights
        )
        return "weights", shapes
    if isinstance(layer, keras.layers.Rescaling):
        numbers = tuple(
            tuple(
                f"{number:.5g}" for number in keras.ops.convert_to_numpy(part).ravel()
            )
            for part in (layer.scale, layer.offset)
        )
        return type(layer).__name__, numbers
    joins = len(call.inputs) > 1 or len(call.outputs) > 1
    return (type(layer).__name__,) if joins else None


def _weight_name(weight, weights):
    """Its name, but for a layer whose only weight is one number for each channel:
    `keras.applications` gives that of a layer scale no name, so Keras numbers it.
    """
    return "scale" if len(weights) == 1 == len(weight.shape) else weight.name


def _refuse_hidden_weights(model, role, steps):
    """Only what a layer holds itself is copied, not what hides in a layer inside it."""
    reached = set()
    for step in steps:
        if step.kind[0] == "weights":
            inner = {
                id(weight)
                for layer in layers_inside(step.layer)
                for weight in layer.weights
            }
            reached |= {id(weight) for weight in step.layer.weights} - inner
    for layer in model.layers:
        if any(id(weight) not in reached for weight in layer.weights):
            raise ValueError(
                f"copy_weights: layer {layer.name!r} of {model.name!r} ({role}) keeps "
                "weights that its sub-layers do not show, so they cannot be matched. "
                "Nothing was copied."
            )


def _add(steps, layer, kind, inputs, signatures):
    before = [steps[i].signature for i in inputs]
    whole = (kind, tuple(sorted(before) if kind[0] in COMMUTATIVE else before))
    steps.append(
        Step(layer, kind, inputs, signatures.setdefault(whole, len(signatures)))
    )
    return len(steps) - 1


def _pairs(source_steps, source_ends, target_steps, target_ends):
    """(source layer, target layer) for every layer with weights, once it is sure that
    each has just one partner.
    """
    partner, back = {}, {}
    waiting, seen = list(zip(source_ends, target_ends, strict=True)), set()
    while waiting:
        pair = waiting.pop()
        if pair in seen:
            continue
        seen.add(pair)
        source_step, target_step = source_steps[pair[0]], target_steps[pair[1]]
        if source_step.kind[0] == "weights":
            giver = partner.setdefault(id(target_step.layer), source_step.layer)
            taker = back.setdefault(id(source_step.layer), target_step.layer)
            if giver is not source_step.layer or taker is not target_step.layer:
                raise ValueError(
                    f"copy_weights: layer {source_step.layer.name!r} would go into "
                    f"{target_step.layer.name!r} and into {taker.name!r}: one model "
                    "shares a layer that the other has twice. Nothing was copied."
                )
        branches = source_step.inputs, target_step.inputs
        if source_step.kind[0] in COMMUTATIVE:
            branches = (
                sorted(source_step.inputs, key=lambda i: source_steps[i].signature),
                sorted(target_step.inputs, key=lambda i: target_steps[i].signature),
            )
        waiting.extend(zip(*branches, strict=True))
    return [(partner[key], back[id(partner[key])]) for key in partner]


def _first_misfit(source, source_steps, target, target_steps):
    """What to tell the reader about two models that are not the same network."""
    in_source, in_target = (
        {step.signature for step in steps} for steps in (source_steps, target_steps)
    )
    missing = next(
        (step for step in target_steps if step.signature not in in_source), None
    )
    surplus = [step for step in source_steps if step.signature not in in_target]
    if missing:  # what the source has at the same place: after steps that do fit
        after = sorted(target_steps[i].signature for i in missing.inputs)
        surplus = [
            s
            for s in surplus
            if sorted(source_steps[i].signature for i in s.inputs) == after
        ]
    came = surplus[0] if surplus else None
    where = f"copy_weights from {source.name!r} into {target.name!r}"
    if not missing and not came:
        return (
            f"{where}: the layers fit, but the outputs are not in the same places. "
            f"Nothing was copied."
        )
    if not missing:
        text = f"the source goes on with {_describe(came)}, where the target ends"
    elif not came:
        text = (
            f"the target's {_describe(missing)} has nothing to match it: the source "
            f"ends there or joins otherwise"
        )
    else:
        text = (
            f"the target's {_describe(missing)} does not fit: the source has "
            f"{_describe(came)} there"
        )
    head = [step for step in target_steps if step.kind[0] == "weights"][-1:]
    return (
        f"{where}: {text}. Nothing was copied. "
        f"{_likely(missing, came, missing in head)}"
    )


def _describe(step):
    name = getattr(step.layer, "name", "input")
    if step.kind[0] == "weights":
        # says also which unit the layer is in
        name = step.layer.weights[0].path.rpartition("/")[0] or name
        what = ", ".join(f"{weight} {shape}" for weight, shape in step.kind[1])
    elif step.kind[0] == "Rescaling":
        scale, offset = (" ".join(part) for part in step.kind[1])
        what = f"Rescaling by {scale}, offset {offset}"
    else:
        what = f"{step.kind[0]} of {len(step.inputs)}"
    return f"layer {name!r} ({what})"


def _likely(missing, came, at_the_head):
    """The likely mistake."""
    if "Rescaling" in (missing and missing.kind[0], came and came.kind[0]):
        return (
            "EfficientNet with ImageNet weights needs build(…, "
            "imagenet_weights=True), and only with them."
        )
    if not missing or not came:
        return "Was one of them built with include_top=False?"
    shapes = [
        dict(step.kind[1]) if step.kind[0] == "weights" else {}
        for step in (missing, came)
    ]
    kernels = [weights.get("kernel", ()) for weights in shapes]
    if (
        at_the_head
        and len(kernels[0]) == len(kernels[1])
        and kernels[0][:-1] == kernels[1][:-1]
    ):
        return "Have the two the same number of classes?"
    if (
        len(kernels[0]) == len(kernels[1]) == 4
        and kernels[0][2] in (1, 3)
        and kernels[1][2] in (1, 3)
    ):
        return "Have their images the same number of channels?"
    return "Are they the same network, with the same options?"
