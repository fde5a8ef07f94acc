"""Runs over a cluster: what else goes on in a worker changes no result."""

import random
import sys
import types

from experiments.spreading import spread


def draws(seed):
    """Two numbers, between which a thread of Dask draws some."""
    random.seed(seed)
    first = random.random()
    for name in ("distributed.retries", "tornado.waits"):
        sys.modules[name].random.uniform(0, 1)
    return first, random.random()


def test_what_dask_draws_meanwhile_changes_no_result(monkeypatch):
    for name in ("distributed.retries", "tornado.waits"):
        module = types.ModuleType(name)
        module.random = random
        monkeypatch.setitem(sys.modules, name, module)
    alone = random.Random(3)
    assert list(spread(draws, [(3,)])) == [(alone.random(), alone.random())]
