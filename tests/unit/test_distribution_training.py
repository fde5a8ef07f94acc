"""Two devices, two processes, one dead worker: the weights are those of one device that
nobody disturbed; and each usual mistake shows.
"""

import numpy as np
import pytest

from course_utils.distribution import (
    WorkerError,
    all_reduce_bytes,
    per_worker,
    run_in_turn,
    run_workers,
    task,
)
from course_utils.distribution import training as lesson

pytestmark = pytest.mark.slow
PARAMETERS = 500_000


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Everything that needs workers, by one launcher; outcomes by name."""
    folder = tmp_path_factory.mktemp("runs")
    kept = str(folder / "shared" / "checkpoint.npz")
    elsewhere = str(folder / "not shared" / "checkpoint.npz")
    train = lesson.train_worker
    tasks = {
        "two devices": task(lesson.two_devices, 1),
        "one": task(train, 1),
        "two": task(train, 2),
        "three": task(train, 3),
        "wrong divisor": task(train, 2, divisor=16),
        "read": task(lesson.read_shards, lines=[24, 24, 12]),
        "traffic": task(lesson.traffic, 2, parameters=PARAMETERS),
        "traffic of three": task(lesson.traffic, 3, parameters=PARAMETERS),
        "killed": task(train, 2, checkpoint=kept, die=[1, 6], restarts=1),
        "not shared": task(train, 2, checkpoint=per_worker(kept, elsewhere)),
    }
    return dict(zip(tasks, run_in_turn(tasks.values(), seconds=240), strict=True))


def weights(outcome, rank=0):
    return np.array(outcome.results[rank]["weights"])


def test_two_devices_equal_one_at_every_step(runs):
    [far] = runs["two devices"].results
    assert len(far["synchronised"]) == 8 and max(far["synchronised"]) <= 1e-6


def test_batch_norm_on_its_own_goes_another_way_from_the_first_step(runs):
    [far] = runs["two devices"].results
    assert min(far["own batch norm"]) > 1e-3


def test_an_uneven_last_batch_is_weighted_wrongly_by_fit(runs):
    [far] = runs["two devices"].results
    assert max(far["uneven last batch"][:-1]) <= 1e-6
    assert far["uneven last batch"][-1] > 1e-4


@pytest.mark.parametrize("workers", ["two", "three"])
def test_workers_equal_one_even_where_a_batch_is_not_divided_evenly(runs, workers):
    alone, together = runs["one"].results[0], runs[workers].results
    assert np.abs(weights(runs["one"]) - weights(runs[workers])).max() <= 1e-6
    for worker in together:
        np.testing.assert_allclose(worker["losses"], alone["losses"], atol=1e-5)
        assert worker["weights"] == together[0]["weights"]


def test_a_loss_divided_by_a_workers_own_examples_is_twice_as_large(runs):
    right, wrong = (
        runs[name].results[0]["losses"] for name in ("two", "wrong divisor")
    )
    assert wrong[0] == pytest.approx(2 * right[0], rel=1e-5)
    assert np.abs(weights(runs["two"]) - weights(runs["wrong divisor"])).max() > 0.01


def test_whole_files_leave_a_worker_without_work_and_shares_do_not(runs):
    whole, shared = (
        [own[policy] for own in runs["read"].results] for policy in ("FILE", "DATA")
    )
    assert [set(sum(worker, [])) for worker in whole] == [{0, 2}, {1}]
    assert [len(batch) for batch in whole[1][-3:]] == [0, 0, 0]
    assert [set(sum(worker, [])) for worker in shared] == [{0, 1, 2}] * 2
    for workers in (whole, shared):  # and nothing is read twice, nothing left out
        numbers = sorted(sum((sum(worker, []) for worker in workers), []))
        assert numbers == [0] * 24 + [1] * 24 + [2] * 12


@pytest.mark.parametrize(("name", "workers"), [("traffic", 2), ("traffic of three", 3)])
def test_what_is_sent_is_what_the_formula_says(runs, name, workers):
    assert runs[name].results, runs[name].said
    sent = np.median(runs[name].results)
    expected = workers * all_reduce_bytes(workers, PARAMETERS)
    # each begins to count a little before or after the others; the rest is protocol
    assert 0.9 * expected <= sent <= 1.25 * expected


def test_after_a_kill_all_go_on_and_end_where_nobody_died(runs):
    first, second = runs["killed"].attempts
    assert first[1] == "killed by SIGKILL" and second == ["finished", "finished"]
    assert first[0] != "finished"
    results = runs["killed"].results
    assert [worker["began"] for worker in results] == [4, 4]
    assert len(results[0]["losses"]) == 8
    assert np.abs(weights(runs["killed"]) - weights(runs["two"])).max() <= 1e-6


def test_workers_that_read_different_checkpoints_do_not_begin(runs):
    assert runs["not shared"].results is None
    assert "after steps [12, 0]" in runs["not shared"].said


def test_the_checkpoint_of_another_network_is_refused(tmp_path):
    np.savez(tmp_path / "checkpoint.npz", step=3, **{"0": np.zeros(4)})
    with pytest.raises(WorkerError, match="another training"):
        run_workers(lesson.train_worker, 1, checkpoint=str(tmp_path / "checkpoint.npz"))
