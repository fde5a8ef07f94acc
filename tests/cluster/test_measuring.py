"""A long measurement spread over a Dask cluster of two workers, one of which is killed:
the result is that of this machine.
"""

import json
import os

import pytest

from course_utils.distribution import cluster_backend
from experiments import batch_rates, results

PLAN = batch_rates.Plan(batch_sizes=(16, 64), epochs=2, warm_up_epochs=1, images=640)
SEEDS = (1, 2, 3, 4)


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A function that reads what has been stored, in a folder of its own."""
    monkeypatch.setattr(results, "results_folder", lambda: tmp_path)
    return lambda name: json.loads((tmp_path / f"{name}.json").read_text())


def test_each_seed_is_a_task_and_a_killed_worker_changes_nothing(
    dask_cluster, stored, monkeypatch
):
    store, left = results.store, []

    def store_and_kill(name, result):
        store(name, result)
        left.append(len(result["rules"]["one rate"]["runs"]))
        if len(left) == 1:
            dask_cluster.workers[0].kill()

    monkeypatch.setattr(results, "store", store_and_kill)
    with cluster_backend(dask_cluster.address):
        batch_rates.compare("spread", PLAN, SEEDS)
    assert left == [1, 2, 3, 4] and dask_cluster.workers[0].wait(10) < 0
    monkeypatch.setattr(results, "store", store)
    batch_rates.compare("here", PLAN, SEEDS)
    assert stored("spread")["rules"] == stored("here")["rules"]
    assert stored("spread")["machine"]["cores"] == os.cpu_count()


def test_what_is_stored_is_not_run_again(stored, monkeypatch):
    calls = []

    def one_seed(plan, seed):
        calls.append(seed)
        if seed == 3 and len(calls) < 4:
            raise KeyboardInterrupt
        run = {"accuracy": [0.5, 0.5], "loss": [1, 1], "steps": [2, 1]}
        return {name: {"seed": seed, **run} for name in batch_rates.RULES}

    monkeypatch.setattr(batch_rates, "one_seed", one_seed)
    with pytest.raises(KeyboardInterrupt):
        batch_rates.compare("batch_rates", PLAN, SEEDS)
    assert not batch_rates.complete("batch_rates")
    batch_rates.compare("batch_rates", PLAN, SEEDS)
    assert calls == [1, 2, 3, 3, 4] and batch_rates.complete("batch_rates")
    runs = stored("batch_rates")["rules"]["one rate"]["runs"]
    assert [run["seed"] for run in runs] == [1, 2, 3, 4]
