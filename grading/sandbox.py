"""One submission in a process of its own: started with limits, watched from outside,
believed in plain JSON only.

What it keeps out: endless loops, exits, memory and output without end, broken files,
and the network where the system can cut it off.  What it does not keep out is said in
docs/instructors.md: the submission runs as the user who grades, and can read what that
user can read.
"""

import functools
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

CHILD = Path(__file__).with_name("child.py")
GRADER = Path(__file__).with_name("grader.py")
LARGEST_NOTEBOOK, LARGEST_RESULT = 20_000_000, 1_000_000
TOO_LONG, TOO_MUCH = "timeout", "memory"
ENDED_CELL = {
    "TimeoutError": TOO_LONG,
    "MemoryError": TOO_MUCH,
    "SystemExit": "stopped",
}


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    `cell_seconds` and `test_seconds` let an honest loop cost one question only.
    """

    seconds: float = 240
    cell_seconds: float = 96
    test_seconds: float = 30
    memory: int = 4_000_000_000
    output: int = 5_000_000
    file_size: int = 200_000_000


@dataclass(frozen=True)
class Row:
    """One line of grades.csv.  `points` is None where a person has to read."""

    submission: str
    question: str
    points: float | None
    max_points: float
    status: str
    comment: str
    seconds: float = 0.0
    text: str = ""
    mistakes: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The file is no notebook; the text says why."""


@functools.cache
def isolation():
    """The command that cuts a process off from the network (and lets it leave no other
    process behind), or [].
    """
    unshare = shutil.which("unshare")
    if not unshare:
        return ()
    for options in (["--net", "--pid", "--fork", "--kill-child"], ["--net"]):
        command = [unshare, "--user", "--map-root-user", *options]
        try:
            if (
                subprocess.run(
                    [*command, "true"], capture_output=True, timeout=10
                ).returncode
                == 0
            ):
                return tuple(command)
        except (OSError, subprocess.TimeoutExpired):
            pass
    return ()


def cells_of(data):
    """The code cells of a notebook given as bytes, as they are run when it is
    graded.
    """
    if len(data) > LARGEST_NOTEBOOK:
        raise Unreadable(
            f"the file has {len(data) / 1e6:.0f} MB; the most is "
            f"{LARGEST_NOTEBOOK / 1e6:.0f} MB"
        )
    try:
        notebook = json.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(
            f"the file is not JSON, so no notebook ({type(error).__name__})"
        ) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Unreadable("the file is JSON, but no notebook: it has no list of cells")
    sources = []
    for cell in cells:
        source, metadata = cell.get("source", ""), cell.get("metadata")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise Unreadable("a cell's source is no text")
        tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
        ignored = isinstance(tags, list) and "otter_ignore" in tags
        if (
            cell.get("cell_type") == "code"
            and not ignored
            and not source.startswith("grader.")
        ):
            sources.append(source)
    return sources


def grade(submission, data, questions, limits=None):
    """Grade one notebook.

    Parameters
    ----------
    submission : its name in the table.
    data : the file's bytes.
    questions : {"q1": Question.as_dict(hidden=True), ...} from the master.

    Returns
    -------
    list of Row : one a question, whatever the submission does.
    """
    limits, started = limits or Limits(), time.perf_counter()
    try:
        cells = cells_of(data)
    except Unreadable as error:
        return _all(submission, questions, "unreadable", str(error))
    with tempfile.TemporaryDirectory(
        prefix="grading-", ignore_cleanup_errors=True
    ) as folder:
        answer = _Process(cells, questions, limits, folder).run()
    seconds = round(time.perf_counter() - started, 2)
    if isinstance(answer, tuple):
        return _all(submission, questions, *answer, seconds=seconds)
    return _rows(submission, questions, *_checked(answer, questions), seconds)


def _all(submission, questions, status, comment, seconds=0.0):
    return [
        Row(submission, name, 0, one["points"], status, comment, seconds)
        for name, one in questions.items()
    ]


class _Process:
    """The child, from start to end.

    `run` gives back its two messages, or (status, comment) of how it failed.
    """

    def __init__(self, cells, questions, limits, folder):
        self.cells, self.questions, self.limits, self.folder = (
            cells,
            questions,
            limits,
            folder,
        )
        self.token = secrets.token_hex(16)

    def start(self):
        read, write = os.pipe()
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
            if name in os.environ
        }
        own = {
            "HOME": self.folder,
            "TMPDIR": self.folder,
            "MPLBACKEND": "agg",
            "CUDA_VISIBLE_DEVICES": "-1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(
            [*isolation(), sys.executable, "-I", str(CHILD), str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
            cwd=self.folder,
            env=kept | own,
            start_new_session=True,
        )
        os.close(write)
        self.results = os.fdopen(read, "rb", buffering=0)

    def tell(self, message):
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended already; reading will show it

    def run(self):
        self.start()
        try:
            limits = self.limits
            self.tell(
                {
                    "cells": self.cells,
                    "cell_seconds": limits.cell_seconds,
                    "memory": limits.memory,
                    "file_size": limits.file_size,
                    "cpu_seconds": int(4 * limits.seconds) + 1,
                }
            )
            return self.listen()
        finally:
            self.end()

    def listen(self):
        deadline, printed, lines, pending, next_look = (
            time.monotonic() + self.limits.seconds,
            0,
            [],
            b"",
            0.0,
        )
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            selector.register(self.results, selectors.EVENT_READ)
            while True:
                if time.monotonic() > deadline:
                    return (
                        TOO_LONG,
                        f"it was ended after {self.limits.seconds:g} seconds",
                    )
                if time.monotonic() > next_look:
                    if self.memory() > self.limits.memory:
                        return (
                            TOO_MUCH,
                            f"it was ended: it used more than "
                            f"{self.limits.memory / 1e9:g} GB of memory",
                        )
                    next_look = time.monotonic() + 0.2
                for key, _ in selector.select(timeout=0.1):
                    chunk = os.read(key.fd, 65536)
                    if key.fileobj is self.process.stdout:
                        printed += len(chunk)
                        if printed > self.limits.output:
                            return (
                                "output",
                                f"it was ended: it printed more than "
                                f"{self.limits.output / 1e6:g} MB",
                            )
                        if not chunk:
                            selector.unregister(key.fileobj)
                        continue
                    pending += chunk
                    if len(pending) > LARGEST_RESULT:
                        return "refused", "its process sent something that is no result"
                    *whole, pending = pending.split(b"\n")
                    lines += whole
                    if whole and len(lines) == 1:
                        self.tell(
                            {
                                "token": self.token,
                                "grader": GRADER.read_text(encoding="utf-8"),
                                "questions": self.questions,
                                "test_seconds": self.limits.test_seconds,
                            }
                        )
                    if len(lines) >= 2:
                        return self.read(lines)
                    if not chunk:
                        return self.how_it_ended()

    def read(self, lines):
        try:
            first, second = (json.loads(line) for line in lines[:2])
        except (ValueError, RecursionError):
            return "refused", "its process sent something that is no result"
        if not isinstance(second, dict) or second.get("token") != self.token:
            return "refused", "its process sent a result before the tests had arrived"
        return {
            "events": first.get("events") if isinstance(first, dict) else None,
            "results": second.get("results"),
        }

    def how_it_ended(self):
        code = self.process.wait(timeout=5)
        if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return TOO_MUCH, "the system ended it, most likely for lack of memory"
        if code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            return TOO_LONG, "it used up its processor time"
        return (
            "stopped",
            f"it ended its own process (exit code {code}) before its answers could be "
            f"read",
        )

    def memory(self):
        total = 0
        try:
            mother = psutil.Process(self.process.pid)
            for one in [mother, *mother.children(recursive=True)]:
                total += one.memory_info().rss
        except psutil.Error:
            pass
        return total

    def end(self):
        """End the process, what it started, and what these started, even in sessions of
        their own.
        """
        try:
            family = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.Error:
            family = []
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        for one in family:
            try:
                one.kill()
            except psutil.Error:
                pass
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.results):
            try:
                pipe.close()
            except OSError:
                pass


def _checked(answer, questions):
    """The child's messages, if they are of the form that they must have; nothing else
    of them is used.

    The question set and each question's tests must be the master's.  Points are not
    read back at all: they are counted here, from the tests that passed.
    """
    results, events = answer["results"], answer["events"]
    if not isinstance(results, dict) or set(results) != set(questions):
        return None, []
    for name, question in questions.items():
        one = results[name]
        if not isinstance(one, dict) or not isinstance(one.get("tests"), dict):
            return None, []
        if set(one["tests"]) != {test["name"] for test in question["tests"]}:
            return None, []
        if not all(
            message is None or isinstance(message, str)
            for message in one["tests"].values()
        ):
            return None, []
    clean = (
        [event for event in events if isinstance(event, dict)]
        if isinstance(events, list)
        else []
    )
    return results, clean


def _rows(submission, questions, results, events, seconds):
    if results is None:
        return _all(
            submission,
            questions,
            "refused",
            "its process sent other questions than the homework has",
            seconds,
        )
    halted = next((event for event in events if event.get("kind") in ENDED_CELL), None)
    rows = []
    for name, question in questions.items():
        one, hidden = (
            results[name],
            {test["name"] for test in question["tests"] if test["hidden"]},
        )
        failed = [message for message in one["tests"].values() if message is not None]
        points = sum(
            test["points"]
            for test in question["tests"]
            if one["tests"][test["name"]] is None
        )
        comment = " | ".join(dict.fromkeys(failed))
        points, status = round(min(points, question["points"]), 4), "graded"
        timed_out = next(
            (message for message in failed if "TimeoutError" in message), None
        )
        if question["manual"] and not failed:
            points, status, comment = (
                None,
                "to read",
                f"{len(str(one.get('text', '')).split())} words",
            )
        elif not one.get("defined"):
            points, status = 0, "missing"
            comment = (
                "none of its answers exists: was the cell deleted, or does it stop "
                "with an error?"
            )
        elif not one.get("answered"):
            points, status, comment = 0, "not answered", ""
        elif timed_out:
            status = TOO_LONG
        elif (
            failed
            and all(one["tests"][test] is not None for test in hidden)
            and len(failed) == len(hidden)
        ):
            comment = f"only the hidden tests fail: {comment}"
        if halted and points is not None and points < question["points"]:
            status = ENDED_CELL[halted["kind"]]
        if halted or (status == "missing" and events):
            first = halted or events[0]
            told = (
                f"code cell {first.get('cell')} stopped with {first.get('kind')}: "
                f"{first.get('message')}"
            )
            comment = " | ".join(filter(None, [comment, told]))
        mistakes = tuple(dict.fromkeys(failed)) if status == "graded" else ()
        text = str(one.get("text", "")) if question["manual"] else ""
        rows.append(
            Row(
                submission,
                name,
                points,
                question["points"],
                status,
                _one_line(comment),
                seconds,
                text,
                mistakes,
            )
        )
    return rows


def _one_line(text):
    """Text for one cell of a table: one line, not too long, and no formula for a
    spreadsheet to run.
    """
    line = " ".join(str(text).split())[:600]
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def as_dicts(rows):
    return [asdict(row) for row in rows]
