"""Submissions that harm: each costs itself alone, and ends within its limit with a row
that says so.

They run behind the best walls of this machine, and those that try the grader itself
without any.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from grading import classroom, marks, master, sandbox, walls, workfolder
from tests.homework.submissions import (
    FULL,
    LIMITS,
    NAME,
    answered,
    as_bytes,
    graded,
    points,
    questions,
    student,
    with_cell,
)

ALARM_OFF = "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
FORGED = """
import json, os, time
said = [{"ran": True}, {"token": "x", "question": "q1", "given": {}}]
for number in range(3, 64):
    try:
        text = "".join(json.dumps(one) + "\\n" for one in said)
        os.write(number, (FIRST + text).encode())
    except OSError:
        pass
time.sleep(60)
"""
HOSTILE = {
    "loops for ever": (
        with_cell("while True:\n    pass", place=-1),
        "graded",
        "TimeoutError: not done after 3 seconds",
    ),
    "loops in its first cell": (
        with_cell("while True: pass"),
        "graded",
        "cell 3 stopped with TimeoutError",
    ),
    "loops with the alarm off": (
        with_cell(ALARM_OFF + "while True: pass"),
        "timeout",
        "ended after",
    ),
    "exits": (
        with_cell("import os\nos._exit(0)"),
        "graded",
        "ended its own process (exit code 0)",
    ),
    "crashes": (with_cell("import ctypes\nctypes.string_at(0)"), "graded", "exit code"),
    "raises SystemExit": (
        with_cell("import sys\nsys.exit()"),
        "graded",
        "stopped with SystemExit",
    ),
    "eats memory": (
        with_cell("x = []\nwhile True:\n    x.append(bytearray(10_000_000))"),
        "graded",
        "stopped with MemoryError",
    ),
    "eats memory with the alarm off": (
        with_cell(
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nx = []\n"
            "while True:\n    try: x.append('x' * 10_000_000)\n    except "
            "MemoryError: pass"
        ),
        "timeout",
        "ended after",
    ),
    "eats shared memory": (
        with_cell(
            "import mmap\nkept = []\nwhile True:\n    one = mmap.mmap(-1, "
            "50_000_000)\n    kept.append(one)\n"
            "    for i in range(0, 50_000_000, 4096): one[i] = 1"
        ),
        "graded",
        "GB of memory",
    ),
    "prints a gigabyte": (
        with_cell("while True: print('x' * 1000)"),
        "graded",
        "printed more than",
    ),
    "is not JSON": (b"this is no notebook", "unreadable", "not JSON"),
    "is a picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", "unreadable", "not JSON"),
    "is JSON but no notebook": (b'{"cells": 3}', "unreadable", "no list of cells"),
    "is a list": (b"[[1]]", "unreadable", "no list of cells"),
    "is nested without end": (b"[" * 100_000, "unreadable", "not JSON"),
    "is empty": (b"", "unreadable", "not JSON"),
    "forges a result": (
        with_cell("FIRST = ''" + FORGED),
        "refused",
        "before the tests had arrived",
    ),
    "sends nonsense": (with_cell("FIRST = 'no'" + FORGED), "refused", "no result"),
    "sends without end": (
        with_cell(
            "import os\nwhile True:\n    for number in range(3, 64):\n        try: "
            "os.write(number, b'x' * 65536)\n"
            "        except OSError: pass"
        ),
        "refused",
        "no result",
    ),
    "leaves processes behind": (
        with_cell(
            "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import "
            "time; time.sleep(987)'], start_new_session=True)"
        ),
        "graded",
        "",
    ),
}


ANNOUNCES = """
import json, os, time
for number in range(3, 64):
    try:
        os.write(number, (json.dumps({said}) + "\\n").encode())
    except OSError:
        pass
time.sleep(600)
"""
NAMED = """
class Named(type):
    __name__ = property(lambda cls: ["a", "list"])
class Odd(Exception, metaclass=Named):
    def __str__(self):
        return {text}
raise Odd
"""
HOSTILE |= {
    "sends a list for a name": (with_cell(NAMED.format(text="'x'")), "graded", ""),
    "raises what cannot be said": (with_cell(NAMED.format(text="3")), "graded", ""),
    "writes half a character": (
        with_cell("raise ValueError('\\udcfc \\x1b[31m \\u202e')"),
        "graded",
        "",
    ),
    "forks without end": (
        with_cell("import os\nwhile True:\n    os.fork()"),
        "graded",
        "it was ended: it",
    ),
    "keeps memory in a file": (
        with_cell(
            "import os, time\nkept = []\nfor _ in range(8):\n"
            "    kept.append(os.memfd_create('x'))\n"
            "    for _ in range(100): os.write(kept[-1], b'x' * 1_000_000)\n"
            "    time.sleep(0.3)"
        ),
        "graded",
        "GB of memory",
    ),
    "kills its family": (
        with_cell(
            "import os, signal, time\nos.killpg(0, signal.SIGKILL)\ntime.sleep(2)"
        ),
        "graded",
        "the system ended it",
    ),
}
# What has to be kept in the page's memory of the machine is tried with little of it;
# what takes long to fill it, on a busy machine, gets the time.
LITTLE = {
    "forks without end": {"processes": 40},
    "eats shared memory": {"cell_seconds": 20},
    "keeps memory in a file": {"cell_seconds": 20},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_ends_within_its_limit_with_a_row_that_says_so(name):
    notebook, status, says = HOSTILE[name]
    seconds = 5 if "alarm off" in name else 30
    started = time.perf_counter()
    rows = graded(notebook, seconds=seconds, **LITTLE.get(name, {}))
    assert time.perf_counter() - started < seconds + 5
    # its loop or its error costs the cell, and the other answers count
    if status == "graded":
        assert points(rows) == FULL
    else:
        assert [(row.status, row.points) for row in rows] == [(status, 0)] * len(FULL)
    assert all(says in row.comment for row in rows), rows[0].comment
    text = "".join(row.comment for row in rows)
    assert text.isprintable() and text.encode("utf-8")


def test_a_loop_that_heeds_no_alarm_costs_its_cell_and_the_rest_is_graded():
    """An honest `while True` with a bare `except`, and one that switched alarms off."""
    swallows = "import time\nwhile True:\n    try: time.sleep(1)\n    except: pass"
    for source in (swallows, ALARM_OFF + "while True: pass"):
        rows = graded(with_cell(source), cell_seconds=1)
        assert points(rows) == FULL
        assert "code cell 3 stopped with TimeoutError" in rows[0].comment


def test_a_loop_in_an_answer_costs_that_question_and_quotes_the_students_line():
    loop = "def convolve(image, kernel, stride=1, dilation=1):\n    while True:\n"
    swallows = "        try: import time; time.sleep(1)\n        except: pass"
    for body in ("        spinning = len('around')", swallows):
        rows = graded(with_cell(loop + body, place=-1), test_seconds=1)
        assert points(rows) == [3, 3, 3, 0, 4, 3, None]
        assert rows[3].status == "timeout" and "not done after" in rows[3].comment
        line = rows[3].comment.split("in the line")[1].split("|")[0].strip(" `")
        assert line in (loop + body), rows[3].comment


def test_a_crash_in_an_answer_costs_that_question_only():
    dies = "def convolve(*_, **__):\n    import os\n    os._exit(3)"
    rows = graded(with_cell(dies, place=-1))
    assert points(rows) == [3, 3, 3, 0, 4, 3, None]
    assert rows[3].status == "stopped" and "exit code 3" in rows[3].comment


ENDS = {
    "stopped": "import os; os._exit(3)",
    "memory": "import os, signal, time; os.killpg(0, signal.SIGKILL); time.sleep(2)",
    "output": "while True: print('x' * 1000)",
}


@pytest.mark.parametrize("status", ENDS)
def test_a_crash_in_a_cell_costs_what_depends_on_it_and_says_so(status):
    """The cell of question 4 defines its function, and then ends the process."""
    dies = f"def convolve(*_, **__): pass\n{ENDS[status]}"
    notebook = answered()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "def convolve(" in "".join(cell["source"]):
            cell["source"] = dies
    rows = graded(notebook)
    assert points(rows) == [3, 3, 3, 0, 4, 3, None]
    assert rows[3].status == status
    assert " stopped with " in rows[3].comment, rows[3].comment
    assert {row.status for row in rows[:3]} == {"graded"}


def test_cells_that_crash_one_after_the_other_are_all_left_out():
    """As many as there are attempts; an end is reached whatever they do."""
    dies = "import os\nos._exit(1)"
    notebook = with_cell(dies)
    for _ in range(2):
        notebook = with_cell(dies, notebook=notebook)
    assert points(graded(notebook)) == FULL


def test_what_arrived_before_the_time_was_up_counts():
    """The deadline for all comes in question 4; questions 1 to 3 had been sent."""
    slow = ALARM_OFF + "def convolve(*_, **__):\n    import time\n    time.sleep(600)"
    rows = graded(with_cell(slow, place=-1), seconds=4, test_seconds=30)
    assert points(rows)[:4] == [3, 3, 3, 0]
    assert [row.status for row in rows[3:]] == ["timeout"] * 4


SHRINKS = (
    ALARM_OFF
    + "import fcntl\nfor number in range(64):\n    try: fcntl.fcntl(number, 1031, 4096)"
    "\n    except OSError: pass\n"
)


@pytest.mark.parametrize("kind", walls.available())
@pytest.mark.parametrize("said", [{"ran": True}, {"ran": True, "events": []}])
def test_a_pipe_that_nobody_reads_holds_nobody_up(kind, said):
    notebook = with_cell(SHRINKS + ANNOUNCES.replace("{said}", repr(said)))
    started = time.perf_counter()
    rows = graded(notebook, kind, seconds=4, cell_seconds=60)
    assert time.perf_counter() - started < 8
    assert points(rows) == [0] * 7


@pytest.mark.parametrize("kind", walls.available())
def test_closing_every_line_and_sleeping_costs_that_cell(kind):
    """Where the walls are a process of their own, it holds the line open, and the cell
    is ended when its time is up; elsewhere the closed line is seen at once.
    """
    source = "import os, time\nos.closerange(0, 100)\ntime.sleep(600)"
    rows = graded(with_cell(source), kind)
    assert points(rows) == FULL
    assert "code cell 3 stopped with" in rows[0].comment
    assert {row.status for row in rows} == {"graded", "to read"}


def test_a_closed_line_is_said():
    source = "import os, time\nos.closerange(0, 100)\ntime.sleep(600)"
    rows = graded(with_cell(source), "none", cell_seconds=60, seconds=200)
    assert points(rows) == FULL
    assert "it closed the line that its answers come through" in rows[0].comment


NESTS = """
import os
for _ in range(1500):
    os.mkdir("d" * 20)
    os.chdir("d" * 20)
open("leaf", "w").close()
os.chmod(".", 0)
"""


@pytest.mark.parametrize("kind", walls.available())
def test_folders_in_folders_without_end_are_removed(kind, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rows = graded(with_cell(NESTS, place=-1), kind)
    assert points(rows) == FULL
    assert not list(tmp_path.glob("grading-*"))


def test_removing_a_folder_follows_no_link(tmp_path):
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "this").write_text("x")
    (tmp_path / "go").mkdir()
    (tmp_path / "go" / "link").symlink_to(tmp_path / "keep")
    (tmp_path / "go" / "closed" / "inner").mkdir(parents=True)
    (tmp_path / "go" / "closed").chmod(0)
    workfolder.remove(tmp_path / "go")
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]
    assert (tmp_path / "keep" / "this").exists()


def test_no_process_of_a_submission_outlives_it():
    leaves = (
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import os, "
        "time; os.fork() and os._exit(0); time.sleep(9{number})'], "
        "start_new_session=True)\nimport time; time.sleep(0.5)"
    )
    for kind in walls.available():
        number = 100_000 + secrets.randbelow(800_000)
        graded(with_cell(leaves.replace("{number}", str(number))), kind)
        left = [
            one
            for one in psutil.process_iter(["cmdline"])
            if f"time.sleep(9{number})" in " ".join(one.info["cmdline"] or [])
        ]
        assert not left, kind


def test_an_exception_while_one_is_graded_becomes_its_row(monkeypatch):
    def breaks(*_, **__):
        raise RecursionError("\x1b[2J")

    monkeypatch.setattr(sandbox, "_attempts", breaks)
    rows = graded(answered())
    assert {row.status for row in rows} == {"refused"}
    assert "grading it failed: RecursionError: \\x1b[2J" in rows[0].comment
    monkeypatch.setattr(sandbox, "grade", breaks)
    rows = classroom.one_submission("a", as_bytes(answered()), questions(), LIMITS)
    assert {row.status for row in rows} == {"refused"} and len(rows) == 7


def test_what_arrives_must_have_its_form():
    """Each of these, in the place of an honest line, is refused."""

    def arrived():
        new = marks.Arrived(questions(), {1: "", 2: ""})
        new.begin("secret")
        return new

    for line in (
        b"",
        b"7",
        b"[]",
        b"[" * 100_000,
        b'{"cell": 3, "begins": true}',
        b'{"cell": true, "begins": true}',
        b'{"cell": [1], "begins": true}',
        b'{"cell": 1, "kind": ["a"], "message": "", "line": ""}',
        b'{"cell": 1, "kind": "a", "message": 3, "line": ""}',
        b'{"late": 3}',
        b'{"ran": 1, "more": 2}',
        b'{"token": "secret", "done": true}',
        b'{"token": "secret", "question": "q1", "given": {}}',
    ):
        with pytest.raises(marks.Refused):
            arrived().take(line)

    given = {"defined": True, "answered": True}
    test = questions()["q1"]["tests"][0]["name"]
    for message in (
        {"token": "other", "done": True},
        {"token": ["secret"], "done": True},
        {"token": "secret", "done": True},
        {"token": "secret", "question": "q9", "given": given},
        {"token": "secret", "question": ["q1"], "given": given},
        {"token": "secret", "question": "q2", "given": 3},
        {"token": "secret", "question": "q2", "given": given | {"defined": 1}},
        {"token": "secret", "question": "q2", "given": given | {"text": 1}},
        {"token": "secret", "question": "q1", "given": given},
        {"token": "secret", "question": "q2", "test": test, "message": None},
        {"token": "secret", "question": "q1", "test": "test_more", "message": None},
        {"token": "secret", "question": "q1", "test": [test], "message": None},
        {"token": "secret", "question": "q1", "test": test, "message": 7},
        {"token": "secret", "question": "q1", "test": test},
        {"ran": True},
    ):
        one = arrived()
        one.take(b'{"ran": true}')
        one.asked = questions()
        first = {"token": "secret", "question": "q1", "given": given}
        one.take(json.dumps(first).encode())
        with pytest.raises(marks.Refused):
            one.take(json.dumps(message).encode())
    twice = {"token": "secret", "question": "q1", "test": test, "message": None}
    one.take(json.dumps(twice).encode())
    with pytest.raises(marks.Refused):
        one.take(json.dumps(twice).encode())


def course_in(folder):
    """A copy of what grading needs, so that a submission may try to change it."""
    for name in ("grading", "tools"):
        shutil.copytree(master.ROOT / name, folder / name)
    for name in ("homework/solutions", ""):
        (folder / "notebooks" / name).mkdir(parents=True, exist_ok=True)
    for path in (*master.masters(), *(master.ROOT / "notebooks").glob("*.ipynb")):
        shutil.copy(path, folder / path.relative_to(master.ROOT))
    return folder


def grade(course, folder, *options):
    run = "import sys; from tools import grade; grade.main(sys.argv[1:])"
    command = [sys.executable, "-c", run, str(folder), "--workers", "1"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [*command, "--homework", NAME, "--seconds", "30", *options],
        capture_output=True,
        text=True,
        cwd=course,
        env=environment | {"A_SECRET_OF_MINE": "42"},
        timeout=120,
    )


@pytest.mark.parametrize("kind", walls.available())
def test_a_submission_that_rewrites_the_grader_changes_no_others_marks(kind, tmp_path):
    course = course_in(tmp_path / "course")
    source = (
        f"import pathlib\nfor path in pathlib.Path({str(course)!r}).rglob('*.py'):\n"
        "    path.write_text('def run_test(*_): return \"0 for you\"')"
    )
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "a.ipynb").write_bytes(as_bytes(with_cell(source)))
    (folder / "b.ipynb").write_bytes(as_bytes(answered()))
    done = grade(course, folder, "--walls", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Walls ({kind})")
    table = (folder / "grades.csv").read_text(encoding="utf-8").splitlines()
    honest = [line.split(",") for line in table if line.startswith("b,")]
    assert [line[2] for line in honest] == ["3", "3", "3", "5", "4", "3", ""]
    changed = "0 for you" in (course / "grading" / "child.py").read_text()
    assert changed == (kind in ("network", "none"))


def test_a_grader_that_is_killed_leaves_the_rows_so_far(tmp_path):
    """Without walls a submission can end the grader; what was done is not lost."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "a.ipynb").write_bytes(as_bytes(answered()))
    kills = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
    (folder / "b.ipynb").write_bytes(as_bytes(with_cell(kills)))
    done = grade(master.ROOT, folder, "--walls", "none")
    assert done.returncode == -9
    table = (folder / classroom.UNFINISHED).read_text(encoding="utf-8")
    assert table.count("\na,q") == 7 and not (folder / "grades.csv").exists()


def test_an_untouched_notebook_is_no_danger():
    assert points(graded(student(), "none")) == [0] * 7
