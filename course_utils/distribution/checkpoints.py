"""What workers need to go on after one of them has died: one checkpoint, and proof that
all of them have read the same.
"""

import errno
import hashlib
import os
from pathlib import Path

import numpy as np

__all__ = ["agree", "fingerprint", "gathered", "read_checkpoint", "write_checkpoint"]


def write_checkpoint(path, step, variables):
    """Store a step's number and variables in a file that is whole at every moment.

    One worker alone writes, the chief: two that write one file leave neither's.

    Parameters
    ----------
    path : such as "run/checkpoint.npz"; its folder is made.
    step : how many steps have been done.
    variables : all that the next step depends on: the model's, and the optimizer's.

    Raises
    ------
    OSError : it cannot be written, as on a full disk; what stood there before stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name("unfinished-" + path.name)
    arrays = {str(i): np.array(v) for i, v in enumerate(variables)}
    try:
        with open(new, "wb") as file:  # a name alone would be given the ending .npz
            np.savez(file, step=step, **arrays)
        os.replace(new, path)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else error
        raise OSError(
            error.errno or errno.EIO,
            f"the checkpoint after step {step} cannot be kept in {path.parent} "
            f"({why}). What stood there before is whole: when there is room, start "
            "again, and the training goes on from there",
        ) from None
    finally:  # a full disk needs the room of what is unfinished
        new.unlink(missing_ok=True)


def read_checkpoint(path, variables):
    """Put what a checkpoint holds into the variables: all of it or, on an error,
    nothing.

    Returns
    -------
    How many steps had been done; 0 where there is no checkpoint, and nothing is read.

    Raises
    ------
    ValueError : it is damaged, or belongs to another model or another optimizer.
    """
    path = Path(path)
    if not path.is_file():
        return 0
    try:
        with np.load(path, allow_pickle=False) as stored:
            step = int(stored["step"])
            arrays = [stored[str(i)] for i in range(len(stored.files) - 1)]
    # NumPy, zipfile and zlib have each their own words for damage
    except Exception as error:
        raise ValueError(
            f"{path.name} is damaged or no checkpoint ({error}). Delete it to begin "
            "anew, or put a copy in its place."
        ) from None
    shapes = [array.shape for array in arrays]
    wanted = [tuple(variable.shape) for variable in variables]
    if shapes != wanted:
        raise ValueError(
            f"{path.name} belongs to another training: it holds "
            f"{len(shapes)} variables of shapes {shapes[:4]}..., and this one has "
            f"{len(wanted)}, of shapes {wanted[:4]}..."
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return step


def fingerprint(variables):
    """A number that two sets of variables share only if they are equal, bit by bit."""
    total = hashlib.sha256()
    for variable in variables:
        total.update(np.ascontiguousarray(variable).tobytes())
    return int.from_bytes(total.digest()[:4], "big") >> 1  # fits an int32


def gathered(strategy, number):
    """A whole number of each worker, in the order of their ranks, known to all.

    Parameters
    ----------
    strategy : a `tf.distribute` strategy.
    number : this worker's own.
    """
    import tensorflow as tf

    def own():  # zeros for all others: the sum over the workers is the list
        rank = tf.distribute.get_replica_context().replica_id_in_sync_group
        return number * tf.one_hot(rank, strategy.num_replicas_in_sync, dtype=tf.int32)

    # `strategy.gather` gives the same, and takes twenty times as long
    return [int(one) for one in strategy.reduce("SUM", strategy.run(own), axis=None)]


def agree(steps, fingerprints):
    """Make sure that all workers begin with the same step and the same weights.

    Parameters
    ----------
    steps, fingerprints : of each worker, in the order of their ranks.

    Raises
    ------
    ValueError : they do not; training would mix their weights without a word.
    """
    steps, fingerprints = (np.ravel(one).tolist() for one in (steps, fingerprints))
    if len(set(steps)) > 1:
        raise ValueError(
            f"the workers' checkpoints do not match: they are after steps {steps}. "
            f"Going on would mix their weights. Does every worker read the same folder?"
        )
    if len(set(fingerprints)) > 1:
        raise ValueError(
            f"the workers' checkpoints do not match: all are after step {steps[0]}, "
            f"with different weights. Are they from different runs?"
        )
