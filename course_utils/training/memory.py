"""Will this model train on this machine?  Asked before the computer finds out the hard
way.
"""

from dataclasses import dataclass

from course_utils.arithmetic import model_cost
from course_utils.checks import finite_number, readable_bytes
from course_utils.free_memory import free_memory
from course_utils.graph import network_in

# The share of the free memory a plan may use: the library's scratch space and the data
# set need some too.
USABLE = 0.85


@dataclass(frozen=True)
class Preflight:
    """What training needs and what there is, in bytes; made by `memory_preflight`.

    Attributes
    ----------
    batch_size : as asked for.
    needed : weights, gradients, optimizer state and the activations of one batch.
    free : what can be had.
    largest_batch_size : the largest batch that fits.
    """

    batch_size: int
    needed: int
    free: int
    largest_batch_size: int

    def __repr__(self):
        return (
            f"A batch of {self.batch_size} needs about {readable_bytes(self.needed)} "
            f"of {readable_bytes(self.free)} free; up to {self.largest_batch_size:,} "
            "would fit."
        )


def memory_preflight(model, batch_size, free=None, input_shape=None):
    """Compare what a training step needs with the memory that is free, before it is
    taken.

    Needed are the weights, their gradients, the optimizer's state, and every layer's
    output for the whole batch, held until the backward pass comes by (`model_cost`).

    Parameters
    ----------
    model : a built Keras model, compiled or not (an uncompiled one is taken to be
        trained with Adam).
    batch_size : how many instances in a training step.
    free : the memory to fit into, in bytes; left out, what the GPU or else the computer
        has free now.
    input_shape : for models that take images of any size, the shape of one.

    Returns
    -------
    Preflight : what is needed, what is free, and the largest batch that fits.

    Raises
    ------
    MemoryError : it does not fit; the message names a batch size that does.
    """
    model = network_in(model)
    free = free_memory() if free is None else int(finite_number(free, "free"))
    cost = model_cost(model, batch_size, training=True, input_shape=input_shape)
    standing = _standing_bytes(model)
    an_instance = cost.activation_bytes / batch_size
    room = USABLE * free - standing
    largest = max(int(room // an_instance), 0)
    needed = int(standing + cost.activation_bytes)
    if largest >= batch_size:
        return Preflight(batch_size, needed, free, largest)
    message = (
        f"training {model.name} on batches of {batch_size} needs about "
        f"{readable_bytes(needed)} ({readable_bytes(standing)} for weights, gradients "
        f"and optimizer, {readable_bytes(cost.activation_bytes)} for activations), and "
        f"{readable_bytes(free)} of memory are free. "
    )
    if largest:
        fitting = 1 << (largest.bit_length() - 1)
        message += (
            f"A batch size of {fitting} fits. Smaller images or fewer filters help too."
        )
    else:
        message += (
            "Not even a batch of one image fits: take smaller images or a smaller "
            "network, or close other programs."
        )
    raise MemoryError(message)


def _standing_bytes(model):
    """Weights, gradients and optimizer state: what stands in memory whatever
    the batch.
    """
    weights = sum(_bytes(weight) for weight in model.weights)
    gradients = sum(_bytes(weight) for weight in model.trainable_weights)
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return weights + 3 * gradients
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return (
        weights + gradients + sum(_bytes(variable) for variable in optimizer.variables)
    )


def _bytes(variable):
    sizes = {
        "float64": 8,
        "int64": 8,
        "float16": 2,
        "bfloat16": 2,
        "int8": 1,
        "uint8": 1,
        "bool": 1,
    }
    size = sizes.get(str(variable.dtype), 4)
    for length in variable.shape:
        size *= length
    return size
