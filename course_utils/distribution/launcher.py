"""What `run_workers` starts: one process that imports once what the workers need, forks
them, watches them, and starts all of them anew when one has failed.

It ends, with all that it has started and its files, when its standard input is closed;
so nothing is left where the process that called it was killed.
"""

import contextlib
import gc
import importlib
import importlib.util
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from multiprocessing.connection import wait
from pathlib import Path

import psutil

from course_utils.distribution.processes import end_with_children
from course_utils.distribution.sources import imported_by

PATIENCE = 1.0  # seconds between a worker's end by failure and that of the others
HERE = "127.0.0.1"
UNUSED = ("matplotlib", "pandas")  # which Keras imports only because they are there
_END = threading.Lock()  # whoever has it ends this process


def main(folder):
    """Do one run after the other, each in a folder of its own."""
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    try:
        _run_all(folder)
    finally:
        _END.acquire()


def _run_all(folder):
    os.environ |= {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    can_fork = sys.platform == "linux"  # elsewhere it is not safe with threads about
    if can_fork:
        _import_for_all(folder.glob("run-*/work.py"))
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    for number in range(len(list(folder.glob("run-*")))):
        _run(context, folder / f"run-{number}")


def _import_for_all(files):
    """Import what the workers' files import, before the workers are forked."""
    texts = [path.read_text(encoding="utf-8") for path in files]
    if any("keras" in text or "tensorflow" in text for text in texts):
        with without(name for name in UNUSED if not any(name in it for it in texts)):
            import course_utils.startup  # noqa: F401  (first, since it is quiet)
    for module in sorted(set().union(*map(imported_by, texts))):
        with contextlib.suppress(Exception):  # its own worker will tell
            importlib.import_module(module)
    gc.collect()
    gc.freeze()  # no worker looks through all this for what it could throw away


@contextlib.contextmanager
def without(packages):
    """Let imports go on as where these are not installed; those that are imported
    already stay, and afterwards all can be.
    """
    absent = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _run(context, folder):
    """Start the workers as often as need be, and write down how each ended."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    attempts, started = [], time.monotonic()
    for attempt in range(job["restarts"] + 1):
        attempts.append(_attempt(context, folder, job, attempt))
        if all(how == "finished" for how in attempts[-1]):
            break
    report = {"attempts": attempts, "seconds": time.monotonic() - started}
    (folder / "attempts.json").write_text(json.dumps(report), encoding="utf-8")


def _attempt(context, folder, job, attempt):
    """Start all workers once; how each of them ended."""
    workers = job["workers"]
    addresses = [f"{HERE}:{port}" for port in free_ports(workers)]
    all_done = context.Barrier(workers)
    processes = [
        context.Process(
            target=_worker, args=(str(folder), rank, attempt, addresses, all_done)
        )
        for rank in range(workers)
    ]
    for process in processes:
        process.start()
    running, failed_at = set(processes), None
    while running:
        wait([process.sentinel for process in running], timeout=0.1)
        running = {process for process in running if process.is_alive()}
        if failed_at is None and any(
            process.exitcode for process in processes if process not in running
        ):
            failed_at = time.monotonic()
        if failed_at is not None and time.monotonic() > failed_at + PATIENCE:
            break
    for process in running:
        process.kill()
    for process in processes:
        process.join()
    return [
        "stopped, since another had failed"
        if process in running
        else _ending(folder, rank, attempt, process.exitcode)
        for rank, process in enumerate(processes)
    ]


def _ending(folder, rank, attempt, exit_code):
    error = folder / f"error-{rank}-{attempt}.txt"
    if exit_code == 0:
        return "finished"
    if error.exists():
        return error.read_text(encoding="utf-8")
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    return f"ended with exit code {exit_code}"


def free_ports(count):
    """Ports of this machine that nobody listens on.

    The system gives those from 32,768 on to whoever asks for any: one of them could be
    taken again before the worker listens on it.
    """
    ports = []
    for port in random.SystemRandom().sample(range(20_000, 32_000), 12_000):
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind((HERE, port))
            ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError(f"{count} free ports were asked for; there are {len(ports)}.")


def _worker(folder, rank, attempt, addresses, all_done):
    """One worker's process: call the function, write down what it returns.

    A worker that is done stays until all are: the others may still be fetching from it
    what it computed last.
    """
    folder = Path(folder)
    log = os.open(folder / f"worker-{rank}.log", os.O_CREAT | os.O_APPEND | os.O_RDWR)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ["COURSE_WORKER_FOLDER"] = str(folder)  # removed, however the run ends
    task = {"type": "worker", "index": rank}
    os.environ["TF_CONFIG"] = json.dumps(
        {"cluster": {"worker": addresses}, "task": task}
    )
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    try:
        work = _function(folder / "work.py", job["function"])
        own = {name: _own(value, rank) for name, value in job["settings"].items()}
        if job["takes_attempt"]:
            own["attempt"] = attempt
        result = json.dumps(work(rank=rank, **own), default=_plain)
    except BaseException as error:
        traceback.print_exc()
        error_file = folder / f"error-{rank}-{attempt}.txt"
        error_file.write_text(in_short(error), encoding="utf-8")
        _leave(1)
    (folder / f"result-{rank}.json").write_text(result, encoding="utf-8")
    all_done.wait()  # where another has failed, the launcher ends the wait
    _leave(0)


def in_short(error, most=400):
    """An error in one line, without the stack that TensorFlow writes into its words."""
    lines = [line.strip() for line in str(error).splitlines()]
    where = ("File ", "Detected at node", "Graph execution error", "Additional GRPC")
    said = " ".join(line for line in lines if line and not line.startswith(where))
    return f"{type(error).__name__}: {said[:most]}"


def _leave(code):
    """End at once: TensorFlow's servers would keep a process waiting for the others."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _function(path, name):
    spec = importlib.util.spec_from_file_location("work", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["work"] = module
    spec.loader.exec_module(module)
    return getattr(module, name)


def _own(value, rank):
    """A worker's own, where a setting differs from worker to worker."""
    if isinstance(value, dict) and set(value) == {"per worker"}:
        return value["per worker"][rank]
    return value


def _plain(value):
    """NumPy's and TensorFlow's numbers and arrays as plain ones."""
    return value.numpy().tolist() if hasattr(value, "numpy") else value.tolist()


def _end_with_parent(folder):
    while os.read(0, 1):
        pass
    _END.acquire()
    for _ in range(100):  # somebody may still be writing into it
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(0.05)
    end_with_children(os.getpid())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
