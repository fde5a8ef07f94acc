"""What more workers cost and can give: bytes, speed-ups, learning rates.  Nothing here
needs Keras.
"""

import numpy as np

from course_utils.checks import finite_number, whole_number

__all__ = [
    "all_reduce_bytes",
    "amdahl",
    "gustafson",
    "ring_all_reduce",
    "scaled_rate",
    "serial_share",
]


def all_reduce_bytes(workers, parameters, bytes_each=4):
    """Bytes that each worker sends in one all-reduce over a ring, and as many that it
    receives.

    The gradients are cut into one piece per worker.  A piece makes `workers` − 1 steps
    around the ring to be summed and as many to be spread, and each worker sends one
    piece in each step.

    Parameters
    ----------
    workers : how many take part; one sends nothing.
    parameters : numbers in all gradients together.
    bytes_each : 4 for float32, 2 for float16 and bfloat16.

    Source
    ------
    Patarasuk and Yuan (2009), Bandwidth Optimal All-reduce Algorithms for Clusters of
    Workstations.
    """
    workers = whole_number(workers, "workers")
    parameters = whole_number(parameters, "parameters")
    bytes_each = whole_number(bytes_each, "bytes_each")
    return 2 * (workers - 1) / workers * parameters * bytes_each


def ring_all_reduce(gradients):
    """Sum arrays as workers in a ring do, piece by piece.

    Parameters
    ----------
    gradients : one array (parameters,) per worker.

    Returns
    -------
    The sum as each worker holds it in the end, (workers, parameters), and the numbers
    that each worker has sent, (workers,).

    Raises
    ------
    ValueError : arrays of different lengths, or none.
    """
    if len({np.shape(one) for one in gradients}) != 1 or np.ndim(gradients[0]) != 1:
        raise ValueError(
            f"one row of numbers per worker, all of one length, is asked for; the "
            f"shapes are {[np.shape(one) for one in gradients]}"
        )
    workers = len(gradients)
    pieces = [np.array_split(np.array(own), workers) for own in gradients]
    sent = np.zeros(workers, int)
    for step in range(2 * (workers - 1)):
        moving = [(own, (own - step) % workers) for own in range(workers)]
        copies = [
            pieces[own][piece].copy() for own, piece in moving
        ]  # all send at once
        for (own, piece), copy in zip(moving, copies, strict=True):
            right = pieces[(own + 1) % workers]  # its neighbour in the ring
            right[piece] = right[piece] + copy if step < workers - 1 else copy
            sent[own] += copy.size
    return np.stack([np.concatenate(own) for own in pieces]), sent


def amdahl(workers, serial):
    """How many times faster *the same work* is done.

    Parameters
    ----------
    workers : a number or an array.
    serial : the share of one worker's time that more workers do not shorten, 0 to 1.

    Source
    ------
    Amdahl (1967), Validity of the Single Processor Approach to Achieving Large Scale
    Computing Capabilities.
    """
    serial = _share(serial)
    return 1 / (serial + (1 - serial) / np.asarray(workers, float))


def gustafson(workers, serial):
    """How much *more work* is done in the same time, if the work grows with the
    workers.

    Parameters
    ----------
    workers : a number or an array.
    serial : the share of the time, of all workers together, that more workers do not
        shorten, 0 to 1.

    Source
    ------
    Gustafson (1988), Reevaluating Amdahl's Law.
    """
    serial = _share(serial)
    workers = np.asarray(workers, float)
    return workers - serial * (workers - 1)


def serial_share(batch_sizes, seconds, batch_size):
    """The share of a step's time at one batch size that does not shrink with the batch.

    A line through the measured times, seconds = fixed + each · batch, tells the fixed
    part (start of the step, optimiser, all-reduce) from what each example costs.

    Parameters
    ----------
    batch_sizes, seconds : of the steps that were measured; two sizes at least.
    batch_size : the one whose share is asked for.

    Returns
    -------
    A share from 0 to 1; a line that starts below zero counts as no fixed part.

    Raises
    ------
    ValueError : fewer than two different batch sizes.
    """
    if len(set(batch_sizes)) < 2:
        raise ValueError(f"two different batch sizes are needed; came {batch_sizes}")
    weights = 1 / np.asarray(seconds)  # a share of the time, not a millisecond, counts
    each, fixed = np.polyfit(batch_sizes, seconds, 1, w=weights)
    return float(np.clip(fixed / (fixed + each * batch_size), 0, 1))


def scaled_rate(rate, batch_size, new_batch_size, step=None, warm_up_steps=0):
    """The learning rate for another batch size: in proportion to it, and reached in
    equal steps from the old rate.

    Parameters
    ----------
    rate, batch_size : a pair that works.
    new_batch_size : with all workers together.
    step : counted from 0; None means after the warm-up.
    warm_up_steps : how many steps the rate takes to grow; 0 means none.

    Source
    ------
    Goyal and others (2017), Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour.
    """
    times = whole_number(new_batch_size, "new_batch_size") / whole_number(
        batch_size, "batch_size"
    )
    target = finite_number(rate, "rate") * times
    if step is None or step >= warm_up_steps:
        return target
    return rate + (target - rate) * step / warm_up_steps


def _share(serial):
    serial = finite_number(serial, "serial")
    if not 0 <= serial <= 1:
        hint = f" Did you mean {serial / 100:g}?" if 1 < serial <= 100 else ""
        raise ValueError(f"serial is {serial:g}; it is a share from 0 to 1.{hint}")
    return serial
