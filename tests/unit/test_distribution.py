"""Many workers: what they send, what they can give, what they must agree on, and that
none of them is left over.
"""

import errno
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from course_utils.distribution import (
    WorkerError,
    agree,
    all_reduce_bytes,
    amdahl,
    fingerprint,
    gustafson,
    per_worker,
    read_checkpoint,
    ring_all_reduce,
    run_in_turn,
    run_workers,
    scaled_rate,
    serial_share,
    task,
    write_checkpoint,
)
from course_utils.distribution.launcher import free_ports, in_short, without
from course_utils.distribution.sources import as_a_file, imported_by

# Arithmetic ---------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("parameters", [8, 120, 121])
def test_a_ring_sums_and_sends_what_the_formula_says(workers, parameters):
    gradients = np.random.default_rng(0).normal(size=(workers, parameters))
    sums, sent = ring_all_reduce(list(gradients))
    assert sums.shape == (workers, parameters) and sent.shape == (workers,)
    np.testing.assert_allclose(sums, np.tile(gradients.sum(axis=0), (workers, 1)))
    total = workers * all_reduce_bytes(workers, parameters, bytes_each=8)
    assert sent.sum() * 8 == pytest.approx(total, rel=1e-12)
    if parameters % workers == 0:
        assert set(sent) == {2 * (workers - 1) * parameters // workers}


def test_a_ring_leaves_what_it_was_given():
    gradients = [np.arange(6.0), np.ones(6)]
    ring_all_reduce(gradients)
    assert gradients[0].tolist() == [0, 1, 2, 3, 4, 5] and gradients[1].sum() == 6


def test_all_reduce_hardly_grows_with_the_workers():
    assert all_reduce_bytes(1, 1000) == 0
    assert all_reduce_bytes(2, 1000) == 4000
    assert all_reduce_bytes(4, 1000, bytes_each=2) == 3000
    assert 7900 < all_reduce_bytes(100, 1000) < 8000


@pytest.mark.parametrize("serial", [0, 0.1, 0.5, 1])
def test_one_worker_is_as_fast_as_one(serial):
    assert amdahl(1, serial) == gustafson(1, serial) == 1


def test_amdahl_has_a_ceiling_and_gustafson_has_none():
    assert amdahl([2, 4], 0).tolist() == [2, 4]
    assert amdahl(10**9, 0.05) == pytest.approx(20)
    assert amdahl(8, 0.1) == pytest.approx(8 / 1.7)
    assert gustafson(8, 0.1) == pytest.approx(7.3)
    assert amdahl(8, 1) == gustafson(8, 1) == 1


def test_a_share_is_no_percentage():
    with pytest.raises(ValueError, match=r"Did you mean 0\.05"):
        amdahl(8, 5)
    with pytest.raises(ValueError, match="from 0 to 1"):
        gustafson(8, -0.1)


def test_the_serial_share_is_read_from_a_line():
    sizes = [8, 16, 64]
    seconds = [3 + 0.5 * size for size in sizes]
    assert serial_share(sizes, seconds, 16) == pytest.approx(3 / 11)
    assert serial_share(sizes, seconds, 64) == pytest.approx(3 / 35)
    assert serial_share(sizes, [size * 0.5 for size in sizes], 64) == pytest.approx(0)
    with pytest.raises(ValueError, match="two different"):
        serial_share([8, 8], [1, 2], 8)


def test_the_rate_grows_with_the_batch_and_warms_up():
    assert scaled_rate(0.1, 32, 256) == pytest.approx(0.8)
    assert scaled_rate(0.1, 256, 32) == pytest.approx(0.0125)
    rates = [scaled_rate(0.1, 32, 256, step, warm_up_steps=7) for step in range(9)]
    np.testing.assert_allclose(np.diff(rates), [0.1] * 7 + [0], atol=1e-12)


# Checkpoints --------------------------------------------------------------------------


class Variable:
    """What a checkpoint needs of a variable."""

    def __init__(self, value):
        self.value = np.array(value, "float32")
        self.shape = self.value.shape

    def assign(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return self.value


def test_a_checkpoint_brings_step_and_variables_back(tmp_path):
    path = tmp_path / "deep" / "checkpoint.npz"
    here = [Variable([[1, 2], [3, 4]]), Variable(5)]
    assert read_checkpoint(path, here) == 0
    write_checkpoint(path, 7, here)
    there = [Variable(np.zeros((2, 2))), Variable(0)]
    assert read_checkpoint(path, there) == 7
    assert there[0].value.tolist() == [[1, 2], [3, 4]] and there[1].value == 5
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]


def test_a_checkpoint_may_have_any_name(tmp_path):
    here = [Variable([1, 2])]
    write_checkpoint(tmp_path / "after.lunch", 7, here)
    assert [file.name for file in tmp_path.iterdir()] == ["after.lunch"]
    assert read_checkpoint(tmp_path / "after.lunch", here) == 7


@pytest.mark.parametrize("damage", ["empty", "half", "flip", "no step", "pickle"])
def test_a_damaged_checkpoint_is_told_and_changes_nothing(damage, tmp_path):
    path = tmp_path / "checkpoint.npz"
    write_checkpoint(path, 3, [Variable([1, 2]), Variable([3, 4])])
    good = bytearray(path.read_bytes())
    if damage == "no step":
        np.savez(path, **{"0": [1, 2], "1": [3, 4]})
    elif damage == "pickle":
        np.savez(path, step=3, **{"0": [1, 2], "1": np.array([None, 1])})
    elif damage == "flip":  # in the last array, when the first has been read
        good[good.index(b"1.npy") + 150] ^= 255
        path.write_bytes(good)
    else:
        path.write_bytes(good[: len(good) // 2] if damage == "half" else b"")
    there = [Variable([0, 0]), Variable([0, 0])]
    with pytest.raises(ValueError, match=r"checkpoint.npz is damaged.*Delete it to"):
        read_checkpoint(path, there)
    assert not any(np.any(variable) for variable in there)


def test_a_checkpoint_is_whole_at_every_moment(tmp_path, monkeypatch):
    path, here = tmp_path / "checkpoint.npz", [Variable([1, 2])]
    write_checkpoint(path, 1, here)

    def full_disk(file, **arrays):
        file.write(b"half of it")
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="step 2 cannot be kept .*No space left.* go"):
        write_checkpoint(path, 2, here)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.npz"]
    assert read_checkpoint(path, here) == 1


def test_another_network_is_refused(tmp_path):
    path = tmp_path / "checkpoint.npz"
    write_checkpoint(path, 3, [Variable([1, 2])])
    with pytest.raises(ValueError, match="another training"):
        read_checkpoint(path, [Variable([1, 2, 3])])
    with pytest.raises(ValueError, match="another training"):
        read_checkpoint(path, [Variable([1, 2]), Variable(1)])


def test_workers_must_agree():
    agree([4, 4], [9, 9])
    with pytest.raises(ValueError, match=r"after steps \[4, 0\].*same folder"):
        agree([4, 0], [9, 9])
    with pytest.raises(ValueError, match="different weights"):
        agree([4, 4], [9, 8])


def test_a_fingerprint_sees_the_last_bit():
    one = np.float32([1, 2, 3])
    other = one.copy()
    other[2] = np.nextafter(other[2], np.float32(4))
    assert fingerprint([one]) == fingerprint([one.copy()]) != fingerprint([other])
    assert 0 <= fingerprint([one]) < 2**31


# Functions as files -------------------------------------------------------------------

FACTOR = 3


def doubled(number):
    return 2 * number


def sums(rank, start=0, attempt=0):
    import os

    return {
        "sum": FACTOR * doubled(rank) + start,
        "attempt": attempt,
        "config": json.loads(os.environ["TF_CONFIG"]),
        "array": np.arange(rank + 1),
    }


def test_a_function_takes_along_what_it_uses(tmp_path):
    text = as_a_file(sums)
    assert "import json as json" in text and "import numpy as np" in text
    assert "FACTOR = 3" in text and text.index("def doubled") < text.index("def sums")
    names = {}
    exec(compile(text, "work", "exec"), names)
    os.environ["TF_CONFIG"] = "{}"
    try:
        assert names["sums"](1, 4)["sum"] == 10
    finally:
        del os.environ["TF_CONFIG"]


MODEL = object()


def uses_memory(rank):
    return MODEL


def uses_nothing_there(rank):
    return not_there  # noqa: F821


def outer():
    inside = 1

    def inner(rank):
        return inside

    return inner


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (uses_memory, "'MODEL' .object., which lives in this process's memory"),
        (uses_nothing_there, "'not_there', which is defined nowhere"),
        (outer(), "define it by itself"),
        (lambda rank: 1, "write def"),
    ],
)
def test_what_no_text_can_stand_for_is_refused(function, said):
    with pytest.raises(ValueError, match=said):
        run_workers(function, 1)


def test_what_a_file_imports_is_known_without_running_it():
    text = "import os.path as p, sys\nfrom json import dumps\n"
    text += "def work(rank):\n    import ray\n"
    assert imported_by(text) == {"os.path", "sys", "json"}


def test_a_setting_must_be_plain():
    with pytest.raises(ValueError, match="plain numbers"):
        task(sums, start=np.arange(3))


# Processes ----------------------------------------------------------------------------


def fails_first(rank, attempt=0):
    if attempt == 0 and rank == 1:
        raise ValueError("not this time")
    import time

    time.sleep(0 if attempt else 30)
    return attempt


def stops(rank):
    import os

    os._exit(3)


def serves(rank):
    """Worker 0 has something to give, and is done; worker 1 fetches it later."""
    import socket
    import time

    address = json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"][0]
    host, port = address.split(":")
    if rank == 0:
        return socket.create_server((host, int(port))).detach()
    for pause in (0.1,) * 100:
        time.sleep(pause)
        with socket.socket() as one:
            if one.connect_ex((host, int(port))) == 0:
                break
    time.sleep(0.5)
    socket.create_connection((host, int(port))).close()
    return "fetched"


@pytest.fixture(scope="module")
def runs():
    """Several runs by one launcher."""
    return run_in_turn(
        [
            task(sums, 3, start=per_worker(10, 20, 30)),
            task(fails_first, 2, restarts=1),
            task(fails_first, 2),
            task(stops, 1),
            task(serves, 2),
        ],
        seconds=60,
    )


def test_each_worker_has_its_rank_its_settings_and_one_cluster(runs):
    results = runs[0].results
    assert [one["sum"] for one in results] == [10, 26, 42]
    assert [one["array"] for one in results] == [[0], [0, 1], [0, 1, 2]]
    addresses = {tuple(one["config"]["cluster"]["worker"]) for one in results}
    assert len(addresses) == 1 and len(set(*addresses)) == 3
    assert [one["config"]["task"]["index"] for one in results] == [0, 1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
def test_what_workers_import_is_imported_once_for_all(tmp_path, monkeypatch):
    (tmp_path / "noted.py").write_text("import os\n\nmade_by = os.getpid()\n")
    work = "def made_by(rank):\n    return [noted.made_by, os.getpid()]\n"
    (tmp_path / "some_work.py").write_text(f"import os\n\nimport noted\n\n\n{work}")
    monkeypatch.syspath_prepend(str(tmp_path))
    outcome = run_workers(importlib.import_module("some_work").made_by, 2)
    (once, first), (again, second) = outcome.results
    assert once == again and len({once, first, second, os.getpid()}) == 4


def test_an_import_goes_on_without_what_nobody_uses_which_can_be_had_later():
    with without(["antigravity", "json"]):
        with pytest.raises(ImportError):
            importlib.import_module("antigravity")
        assert importlib.import_module("json") is json  # it was here before
    assert importlib.util.find_spec("antigravity")


def test_all_are_started_again_when_one_has_failed(runs):
    outcome = runs[1]
    assert outcome.results == [1, 1] and outcome.attempts[1] == ["finished"] * 2
    assert "stopped, since another" in outcome.attempts[0][0]
    assert outcome.attempts[0][1] == "ValueError: not this time"
    assert outcome.seconds < 20


def test_without_restarts_a_failure_is_a_failure(runs):
    assert runs[2].results is None and len(runs[2].attempts) == 1
    assert "worker 1: ValueError: not this time" in runs[2].said
    assert runs[3].said == "worker 0: ended with exit code 3"
    with pytest.raises(WorkerError, match="exit code 3"):
        run_workers(stops, 1)


def test_who_is_done_stays_until_the_others_have_fetched_from_it(runs):
    assert runs[4].results, runs[4].said
    assert runs[4].results[1] == "fetched"


def test_free_ports_are_different_and_none_that_the_system_gives_to_others():
    ports = free_ports(20)
    assert len(set(ports)) == 20 and 1023 < min(ports) and max(ports) < 32_768


def test_an_error_is_told_without_tensorflows_stack():
    error = RuntimeError(
        'Graph execution error:\n\nDetected at node x\n  File "a.py", line 3, in f\n\n'
        "Collective ops is aborted by: Connection reset by peer"
    )
    said = "RuntimeError: Collective ops is aborted by: Connection reset by peer"
    assert in_short(error) == said


def waits_with_a_child(rank, folder):
    import os
    import pathlib
    import subprocess
    import time

    child = subprocess.Popen(["sleep", "300"])
    pathlib.Path(folder, f"{rank}.pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(300)


def pids(folder, count=2):
    """Of the workers and their children, once all have told them."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        files = list(folder.glob("*.pids"))
        numbers = [int(word) for file in files for word in file.read_text().split()]
        if len(numbers) == 2 * count:
            return numbers
        time.sleep(0.05)
    raise AssertionError("the workers did not start")


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def are_gone(numbers):
    end = time.monotonic() + 10
    while time.monotonic() < end and any(alive(pid) for pid in numbers):
        time.sleep(0.05)
    return not any(alive(pid) for pid in numbers)


@pytest.mark.skipif(os.name != "posix", reason="signals and sleep")
def test_when_time_is_up_nobody_is_left(tmp_path):
    with pytest.raises(WorkerError, match="after 3 seconds"):
        run_workers(waits_with_a_child, 2, seconds=3, folder=str(tmp_path))
    assert are_gone(pids(tmp_path))


def test_nothing_is_left_where_somebody_writes_while_it_is_removed(tmp_path):
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from course_utils.distribution import launcher\n"
        "remove, folder = launcher.shutil.rmtree, Path(sys.argv[1])\n"
        "def slowly(folder, **options):\n"
        "    launcher.shutil.rmtree = remove\n"
        "    time.sleep(0.5)  # the runs have ended before\n"
        "    remove(folder)\n"
        "    folder.mkdir()\n"
        "    (folder / 'late.json').touch()\n"
        "launcher.shutil.rmtree = slowly\n"
        "launcher._import_for_all = lambda files: time.sleep(0.2)\n"
        "launcher.main(folder)\n"
    )
    (folder := tmp_path / "runs").mkdir()
    subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.DEVNULL,  # closed from the beginning
        start_new_session=True,
        timeout=60,
    )
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="signals and sleep")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_an_interrupt_or_the_end_of_the_kernel_leaves_nobody(tmp_path, how):
    program = (  # Ctrl-C is switched off in what a shell runs in the background
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from course_utils.distribution import run_workers\n"
        "from unit_test import waits_with_a_child\n"
        f"run_workers(waits_with_a_child, 2, folder={str(tmp_path)!r})\n"
    )
    (tmp_path / "unit_test.py").write_text(as_a_file(waits_with_a_child))
    here = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    (own := tmp_path / "own").mkdir()
    caller = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": here, "TMPDIR": str(own)},
        stderr=subprocess.PIPE,
    )
    started = pids(tmp_path)
    caller.send_signal(how)
    caller.communicate(timeout=20)
    assert caller.returncode != 0 and are_gone(started)
    end = time.monotonic() + 10
    while any(own.iterdir()) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(own.iterdir())  # nor any file
