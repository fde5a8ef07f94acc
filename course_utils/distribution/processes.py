"""Run functions in several processes that train together, on this machine.

`run_workers` starts a launcher (`course_utils.distribution.launcher`), which imports
Keras once and forks the workers.  All of them end with the call, however it ends: by a
result, an error, the time limit or an interrupt.
"""

import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from course_utils.checks import finite_number, whole_number
from course_utils.distribution.sources import as_a_file

__all__ = [
    "Outcome",
    "WorkerError",
    "end_with_children",
    "per_worker",
    "run_in_turn",
    "run_workers",
    "task",
]


class WorkerError(RuntimeError):
    """The workers did not all finish; the message says how each of them ended."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes
    ----------
    results : what the function returned, one per worker, in the order of their ranks;
        None if not all of them finished.
    attempts : for each start, how each worker ended: "finished", "killed by SIGKILL",
        "stopped, since another had failed", or the error it raised.
    seconds : from the start of the first attempt to the end of the last; imports are
        not counted.
    """

    results: list | None
    attempts: list
    seconds: float

    @property
    def said(self):
        """How the last attempt ended, in one line."""
        return "; ".join(
            f"worker {rank}: {how}" for rank, how in enumerate(self.attempts[-1])
        )


@dataclass(frozen=True)
class Task:
    """One run of some workers; `task` makes it."""

    work: object
    workers: int
    restarts: int
    settings: dict = field(default_factory=dict)


def task(work, workers=2, *, restarts=0, **settings):
    """One run for `run_in_turn`; the arguments are those of `run_workers`."""
    workers = whole_number(workers, "workers")
    restarts = whole_number(restarts, "restarts", low=0)
    try:
        json.dumps(settings)
    except TypeError as error:
        raise ValueError(
            f"settings go to another process as text, so they must be plain numbers, "
            f"words, lists or dicts ({error})"
        ) from None
    return Task(work, workers, restarts, settings)


def run_workers(work, workers=2, *, restarts=0, seconds=60, env=None, **settings):
    """Call `work(rank=0, ...)`, `work(rank=1, ...)` and so on, each in a process of its
    own, at the same time.

    Every process finds in the environment what `tf.distribute` asks for: TF_CONFIG with
    free ports of this machine.  A GPU is not used.

    Parameters
    ----------
    work : a function of a notebook or a module.  What it returns must be plain:
        numbers, words, lists, dicts, NumPy arrays (they come back as lists).
    workers : how many.
    restarts : how often all are started anew after one has failed.  An argument
        `attempt`, if the function takes one, tells it which start it is, from 0.
    seconds : after so many all are ended, and a `WorkerError` is raised.
    env : a dict of further environment variables, such as KERAS_BACKEND.
    settings : further arguments of the function, plain ones; `per_worker(a, b)` gives
        each worker its own.

    Returns
    -------
    Outcome

    Raises
    ------
    WorkerError : a worker failed, and no restart was left; or time was up.
    ValueError : the function uses something that lives in this notebook's memory only.
    """
    one = task(work, workers, restarts=restarts, **settings)
    [outcome] = run_in_turn([one], seconds=seconds, env=env)
    if outcome.results is None:
        raise WorkerError(outcome.said)
    return outcome


def run_in_turn(tasks, *, seconds=60, env=None):
    """Several runs, one after the other, for which Keras is imported once.

    Parameters
    ----------
    tasks : what `task` makes.
    seconds, env : for all of them together, as in `run_workers`.

    Returns
    -------
    A list of `Outcome`.  A run whose workers failed has no results, and the next one
    starts all the same.

    Raises
    ------
    WorkerError : time was up, or nothing could be started.
    """
    seconds = finite_number(seconds, "seconds")
    with tempfile.TemporaryDirectory(
        prefix="workers-", ignore_cleanup_errors=True
    ) as folder:
        folder = Path(folder)
        for number, one in enumerate(tasks):
            _write_job(folder / f"run-{number}", one)
        with launched(folder, env or {}) as launcher:
            if not _wait(launcher, seconds):
                raise WorkerError(
                    f"after {seconds:g} seconds not all workers had finished; all were "
                    f"ended.{_last_lines(folder)}"
                )
        return [
            _outcome(folder / f"run-{number}", one.workers)
            for number, one in enumerate(tasks)
        ]


def per_worker(*values):
    """A setting of `run_workers` that differs from worker to worker, by rank."""
    return {"per worker": list(values)}


@contextlib.contextmanager
def launched(folder, env):
    """The launcher's process; when the block is left, it and all below it are gone."""
    own_group = {"start_new_session": True} if os.name == "posix" else {}
    here = [path or os.getcwd() for path in sys.path]
    with open(folder / "launcher.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "course_utils.distribution.launcher", str(folder)],
            stdin=subprocess.PIPE,  # it ends when this is closed: should we be killed
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(here), **env},
            **own_group,
        )
    try:
        yield process
    finally:
        end_with_children(process.pid)
        process.stdin.close()
        process.wait()


def end_with_children(pid):
    """Kill a process, all that it has started, and its group, if it leads one."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        family = []
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()


def _write_job(folder, one):
    folder.mkdir()
    (folder / "work.py").write_text(as_a_file(one.work), encoding="utf-8")
    job = {
        "function": one.work.__name__,
        "workers": one.workers,
        "restarts": one.restarts,
        "settings": one.settings,
        "takes_attempt": "attempt" in inspect.signature(one.work).parameters,
    }
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")


def _wait(launcher, seconds):
    """Whether the launcher ended in time; short waits, so that an interrupt is seen."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with contextlib.suppress(subprocess.TimeoutExpired):
            launcher.wait(min(0.2, left))
            return True
    return False


def _outcome(folder, workers):
    said = folder / "attempts.json"
    if not said.exists():
        raise WorkerError(f"no worker could be started.{_last_lines(folder.parent)}")
    report = json.loads(said.read_text(encoding="utf-8"))
    results = None
    if all(how == "finished" for how in report["attempts"][-1]):
        files = [folder / f"result-{rank}.json" for rank in range(workers)]
        results = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return Outcome(results, report["attempts"], report["seconds"])


def _last_lines(folder):
    """The end of what was written, from the log that was written to last."""
    logs = [log for log in folder.rglob("*.log") if log.stat().st_size]
    if not logs:
        return ""
    newest = max(logs, key=lambda log: log.stat().st_mtime)
    lines = newest.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f" The last lines of {newest.stem}: " + " / ".join(lines[-3:])
