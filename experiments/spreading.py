"""Runs that need nothing of each other: one after the other on this machine, or all
over a Dask cluster, where `python -m experiments --cluster tcp://...` names one.
"""

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
    yield from pool(delayed(work)(*task) for task in tasks)
