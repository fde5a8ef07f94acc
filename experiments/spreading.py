"""Runs that need nothing of each other: one after the other on this machine, or all
over a Dask cluster, where `python -m experiments --cluster tcp://...` names one.
"""

import random
import sys

from joblib import Parallel, delayed


def spread(work, tasks):
    """What `work(*task)` returns for each task, as soon as it is there.

    Parameters
    ----------
    work : a function that other machines can import; plain values in and out.  Its
        results must not depend on where it runs.
    tasks : a tuple of arguments for each call.
    """
    pool = Parallel(return_as="generator_unordered")
    yield from pool(delayed(undisturbed)(work, task) for task in tasks)


def undisturbed(work, task):
    """Call `work(*task)`, while Dask's threads in this process draw their random
    numbers elsewhere.

    Keras takes the seeds of starting weights from Python's `random`, and so does Dask
    its pauses before it asks a lost worker again: between `set_random_seed` and the
    first layer that is enough for other weights.
    """
    theirs = random.Random()
    for name, module in list(sys.modules.items()):
        is_dasks = name.partition(".")[0] in ("dask", "distributed", "tornado")
        if is_dasks and vars(module).get("random") is random:
            module.random = theirs
    return work(*task)
