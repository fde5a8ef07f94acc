"""One submission in a process of its own: started with limits behind walls, watched
from outside, believed in plain JSON only.

What it keeps out is said in docs/instructors.md, with and without walls; each sentence
there has its test.
"""

import json
import os
import secrets
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from grading import submission as submitted
from grading import walls as around
from grading.escaping import visible
from grading.marks import (
    NO_RESULT,
    TOO_LONG,
    TOO_MUCH,
    Arrived,
    Ended,
    Refused,
    Row,
    all_rows,
    rows,
)
from grading.workfolder import work_folder

__all__ = ["Limits", "Row", "grade"]
# Read once, when grading starts: a submission that changes the files changes nothing.
CHILD = Path(__file__).with_name("child.py").read_text(encoding="utf-8")
GRADER = Path(__file__).with_name("grader.py").read_text(encoding="utf-8")
MOST_SENT = 2_000_000
ATTEMPTS = 4


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    `cell_seconds` and `test_seconds` let an honest loop cost one question only.

    Parameters
    ----------
    seconds : for all of it, however often it is started.
    memory : bytes, of all its processes together.
    processes : at a time.
    output : bytes of printed text.
    file_size : bytes of its largest file.
    disk, files : bytes and number of files in its folder, behind walls.
    """

    seconds: float = 240
    cell_seconds: float = 96
    test_seconds: float = 30
    memory: int = 4_000_000_000
    processes: int = 200
    output: int = 5_000_000
    file_size: int = 200_000_000
    disk: int = 500_000_000
    files: int = 20_000


def grade(submission, data, questions, limits=None, walls="auto"):
    """Grade one notebook.

    Parameters
    ----------
    submission : its name in the table.
    data : the file's bytes.
    questions : {"q1": Question.as_dict(hidden=True), ...} from the master.
    walls : one of walls.KINDS, or "auto" for the best that stand here.

    Returns
    -------
    list of Row : one a question, whatever the submission does.
    """
    limits, started = limits or Limits(), time.perf_counter()
    try:
        arrived = Arrived(questions, submitted.cells_of(data))
        ended = _attempts(arrived, limits, around.choose(walls))
        seconds = round(time.perf_counter() - started, 2)
        return rows(submission, arrived, ended, seconds)
    except submitted.Unreadable as error:
        return all_rows(submission, questions, "unreadable", str(error))
    except Refused as error:
        status, comment = "refused", str(error)
    except Exception as error:  # one submission must never cost another its grade
        status, comment = "refused", f"grading it failed: {type(error).__name__}"
        comment += f": {visible(error, 200)}"
    seconds = round(time.perf_counter() - started, 2)
    return all_rows(submission, questions, status, comment, seconds)


def _attempts(arrived, limits, walls):
    """Run the submission; what ends it is left out the next time, if there is time
    left.  Gives {question: Ended} for the questions that were not finished.
    """
    deadline = time.monotonic() + limits.seconds
    without, ended = set(), {}
    for attempt in range(ATTEMPTS):
        now = time.monotonic()
        how = _Process(arrived, limits, walls, deadline, without).run()
        for name in arrived.questions:
            if not arrived.whole(name) and how.status:
                ended.setdefault(name, how)
        spent, left = time.monotonic() - now, deadline - time.monotonic()
        again = how.blame and left > max(1, min(spent, limits.seconds / 4))
        if not again or attempt == ATTEMPTS - 1:
            break
        without.add(how.blame)
        arrived.leave_out(how)
        # what has not begun is tried again, and has its own end
        ended = {n: e for n, e in ended.items() if ("question", n) in without}
    return ended


class _Process:
    """The child, from start to end."""

    def __init__(self, arrived, limits, walls, deadline, without):
        self.arrived, self.limits, self.walls = arrived, limits, walls
        self.deadline, self.without = deadline, without
        self.token, self.mark = secrets.token_hex(16), secrets.token_hex(8)
        self.unsent, self.tail, self.printed, self.sent = b"", b"", 0, 0

    def run(self):
        """From start to end; an Ended, and what came is in `arrived`."""
        self.arrived.begin(self.token)
        with work_folder() as folder:
            self.start(folder)
            try:
                self.tell(self.job())
                return self.listen()
            finally:
                self.end()

    def start(self, folder):
        read, write = os.pipe()
        self.results = os.fdopen(read, "rb", buffering=0)
        own = self.walls.folder(folder)
        names = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        settings = {
            "HOME": own,
            "TMPDIR": own,
            "GRADING_PROCESS": self.mark,
            "MPLBACKEND": "agg",
            "CUDA_VISIBLE_DEVICES": "-1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        limits = self.limits
        try:
            self.process = subprocess.Popen(
                self.walls.start(CHILD, [str(write)], limits.disk, limits.files),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[write],
                cwd=folder,
                env=kept | settings,
                start_new_session=True,
            )
        except BaseException:
            self.results.close()
            raise
        finally:
            os.close(write)
        os.set_blocking(self.process.stdin.fileno(), False)

    def job(self):
        limits, left = self.limits, max(1.0, self.deadline - time.monotonic())
        cells = self.arrived.cells.items()
        return {
            "cells": [cell for cell in cells if ("cell", cell[0]) not in self.without],
            "cell_seconds": limits.cell_seconds,
            "cells_seconds": 0.85 * left,
            # its own MemoryError comes first; the watch from outside is for the rest
            "memory": int(0.75 * limits.memory),
            "reserve": int(0.1 * limits.memory),
            "file_size": limits.file_size,
            "cpu_seconds": int(4 * limits.seconds) + 1,
            "path": [str(around.ROOT)],
        }

    def task(self):
        self.arrived.asked = {
            name: question
            for name, question in self.arrived.questions.items()
            if name not in self.arrived.results
            and ("question", name) not in self.without
        }
        return {
            "token": self.token,
            "grader": GRADER,
            "questions": self.arrived.asked,
            "test_seconds": self.limits.test_seconds,
        }

    def tell(self, message):
        """Put a message on its way; it leaves when the process reads."""
        self.unsent += json.dumps(message).encode() + b"\n"

    def listen(self):
        """Read and write as the process is ready for it, with one deadline for all."""
        next_look, pending, began, begun = 0.0, b"", time.monotonic(), 0
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            selector.register(self.results, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                if begun != self.arrived.begun:
                    begun, began = self.arrived.begun, now
                if ended := self.too_long(now, now - began):
                    return ended
                if now > next_look:
                    if ended := self.too_much():
                        return ended
                    next_look = now + 0.2
                self.offer(selector)
                for key, _ in selector.select(timeout=0.1):
                    if key.fileobj is self.process.stdin:
                        self.send(selector)
                        continue
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    if key.fileobj is self.process.stdout:
                        self.printed += len(chunk)
                        self.tail = (self.tail + chunk)[-2000:]
                        continue
                    self.sent += len(chunk)
                    if self.sent > MOST_SENT:
                        raise Refused(NO_RESULT)
                    *whole, pending = (pending + chunk).split(b"\n")
                    for line in whole:
                        self.take(line)
                    if self.arrived.done:
                        return Ended()
                    if not chunk:
                        return self.how_it_ended()

    def take(self, line):
        ran = self.arrived.ran
        self.arrived.take(line)
        if self.arrived.ran and not ran:
            self.tell(self.task())

    def offer(self, selector):
        """Watch for room to write, while there is something to be written."""
        if self.unsent and self.process.stdin not in selector.get_map():
            selector.register(self.process.stdin, selectors.EVENT_WRITE)

    def send(self, selector):
        try:
            self.unsent = self.unsent[
                os.write(self.process.stdin.fileno(), self.unsent) :
            ]
        except BlockingIOError:
            pass
        except OSError:
            self.unsent = b""  # it has ended already; reading will show it
        if not self.unsent:
            selector.unregister(self.process.stdin)

    def too_long(self, now, since):
        """An Ended if the time is up: for all, or for what runs now."""
        limits, running = self.limits, self.arrived.running
        spent = limits.seconds - (self.deadline - now)
        if now > self.deadline:
            return Ended(TOO_LONG, f"it was ended after {limits.seconds:g} seconds")
        if not running:
            return None
        seconds = limits.cell_seconds if running[0] == "cell" else limits.test_seconds
        # its own alarm comes first; this is for what does not heed it
        if since <= seconds + max(1, seconds / 10):
            return None
        what = f"code cell {running[1]}" if running[0] == "cell" else "a test"
        where = f", in the line `{self.arrived.late}`" if self.arrived.late else ""
        return Ended(
            TOO_LONG,
            f"it was ended after {spent:.0f} seconds: {what} was not done after "
            f"{seconds:g} seconds and did not stop{where}",
            running,
        )

    def too_much(self):
        """An Ended if it uses more memory, processes or paper than it may."""
        limits = self.limits
        memory, processes = self.usage()
        if processes > limits.processes:
            return self.over(
                TOO_MUCH, f"started more than {limits.processes} processes"
            )
        if memory > limits.memory:
            return self.over(
                TOO_MUCH, f"used more than {limits.memory / 1e9:g} GB of memory"
            )
        if self.printed > limits.output:
            return self.over("output", f"printed more than {limits.output / 1e6:g} MB")
        return None

    def over(self, status, what):
        return Ended(status, f"it was ended: it {what}", self.blamed())

    def blamed(self):
        """The cell that runs, or the question whose test does: the rest can be tried
        without it.
        """
        return self.arrived.running

    def how_it_ended(self):
        if not self.sent:
            last = self.tail.decode(errors="replace").strip().split("\n")[-1]
            raise Refused(f"its process could not be started: {visible(last, 200)}")
        try:
            code = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            said = "it closed the line that its answers come through"
            return Ended("stopped", said, self.blamed())
        if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
            said = "the system ended it, most likely for lack of memory"
            return Ended(TOO_MUCH, said, self.blamed())
        if code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            return Ended(TOO_LONG, "it used up its processor time")
        return Ended(
            "stopped",
            f"it ended its own process (exit code {code}) before its answers could be "
            f"read",
            self.blamed(),
        )

    def family(self):
        """The process and all that descend from it."""
        try:
            mother = psutil.Process(self.process.pid)
            return [mother, *mother.children(recursive=True)]
        except psutil.Error:
            return []

    def usage(self):
        """Bytes of memory, files in memory included, and number of its processes."""
        total, family, files = 0, self.family(), {}
        for process in family:
            try:
                total += process.memory_info().rss
                for entry in os.scandir(f"/proc/{process.pid}/fd"):
                    if os.readlink(entry.path).startswith("/memfd:"):
                        about = os.stat(entry.path)
                        files[about.st_ino] = 512 * about.st_blocks
            except (psutil.Error, OSError):
                pass  # it has ended, or the system has no such folder
        return total + sum(files.values()), len(family)

    def end(self):
        """End the process, what it started, and what these started, even in sessions of
        their own.
        """
        family = self.family()[1:]
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        if not self.walls.end_their_processes:
            family += self.marked()
        for one in family:
            try:
                one.kill()
            except psutil.Error:
                pass
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            pass  # the system does not let go of it; the others are graded
        for pipe in (self.process.stdin, self.process.stdout, self.results):
            try:
                pipe.close()
            except OSError:
                pass

    def marked(self):
        """Processes that left the family and still carry its mark: without walls
        nothing else holds them.
        """
        found = []
        for one in psutil.process_iter():
            try:
                if one.environ().get("GRADING_PROCESS") == self.mark:
                    found.append(one)
            except (psutil.Error, OSError):
                pass
        return found
