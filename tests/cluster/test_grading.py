"""A class is graded on a Dask cluster of two workers, one of which is killed."""

import sys
import threading
import time

from grading import classroom
from tests.homework.submissions import (
    FULL,
    LIMITS,
    NAME,
    answered,
    as_bytes,
    student,
    with_cell,
)
from tools import grade

ENDLESS = "while True:\n    pass"
MEMORY = "hoard = []\nwhile True:\n    hoard.append(bytearray(10_000_000))"
HOSTILE = {
    "endless": ENDLESS,
    "memory": MEMORY,
    "gone": "import os\nos._exit(0)",
    "parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
}


def hand_in(folder, count=40):
    """A folder of homework: honest, empty, and hostile."""
    folder.mkdir()
    honest, empty = as_bytes(answered()), as_bytes(student())
    for number in range(count - len(HOSTILE)):
        data = empty if number % 4 == 3 else honest
        (folder / f"student{number:02d}.ipynb").write_bytes(data)
    for name, code in HOSTILE.items():
        (folder / f"{name}.ipynb").write_bytes(as_bytes(with_cell(code)))
    return folder


def essentials(rows):
    """What must not depend on where it was graded; which cell was running when memory
    ran out may.
    """
    return [
        (row.submission, row.question, row.points, row.status)
        for row in rows
        if row.submission not in HOSTILE
    ]


def test_forty_submissions_and_a_killed_worker_give_the_table_of_this_machine(
    dask_cluster, tmp_path
):
    folder = hand_in(tmp_path / "class")
    done, killed = [], threading.Event()

    def each(rows):
        done.append(len({row.submission for row in rows}))
        if done[-1] >= 8 and not killed.is_set():
            killed.set()
            dask_cluster.workers[0].kill()

    on_cluster = classroom.grade_folder(
        folder, NAME, LIMITS, cluster=dask_cluster.address, progress=False, each=each
    )
    assert killed.is_set() and done[-1] == 40
    assert dask_cluster.workers[0].wait(10) < 0
    here = classroom.grade_folder(folder, NAME, LIMITS, progress=False)
    assert essentials(on_cluster) == essentials(here)
    for name in HOSTILE:  # each costs itself at most, and has all its rows
        assert sum(row.submission == name for row in on_cluster) == len(FULL), name
    assert dask_cluster.workers[1].poll() is None  # no submission has ended it


def test_the_command_grades_on_the_cluster(dask_cluster, tmp_path, capsys):
    folder = hand_in(tmp_path / "class", count=len(HOSTILE) + 2)
    for name in HOSTILE:
        (folder / f"{name}.ipynb").unlink()
    grade.main(["--cluster", dask_cluster.address, "--homework", "hw01", str(folder)])
    assert "2 submissions" in capsys.readouterr().out
    table = (folder / classroom.TABLE).read_text(encoding="utf-8")
    assert "student00,q1,3,3,graded," in table


def test_a_dead_address_is_an_error_at_once(needs, tmp_path):
    import subprocess

    needs("distributed")
    folder = hand_in(tmp_path / "class", count=len(HOSTILE) + 1)
    started = time.monotonic()
    command = "-m tools grade --cluster tcp://127.0.0.1:9 --homework hw01".split()
    done = subprocess.run(
        [sys.executable, *command, str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "No Dask cluster answers at tcp://127.0.0.1:9" in done.stderr
    assert time.monotonic() - started < 240 and not (folder / "grades.csv").exists()
