"""Grading a class: what honest submissions get, and that a hostile one costs only
itself.
"""

import csv
import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from grading import classroom, master, sandbox
from tests.homework import hw01

NAME = "hw01_convolution"
LIMITS = sandbox.Limits(
    seconds=30, cell_seconds=3, test_seconds=2, memory=600_000_000, output=300_000
)


@pytest.fixture(scope="module")
def questions():
    made = master.read(master.MASTERS / f"{NAME}.ipynb")
    return {question.name: question.as_dict(hidden=True) for question in made.questions}


def student():
    return json.loads((master.HOMEWORK / f"{NAME}.ipynb").read_text(encoding="utf-8"))


def answered():
    """The student's notebook with the master's answers filled in."""
    made = master.read(master.MASTERS / f"{NAME}.ipynb")
    notebook = student()
    openings = [
        source.split("\n")[0].split("=")[0].strip()
        for q in made.questions
        for source in q.solution
    ]
    solutions = [source for question in made.questions for source in question.solution]
    openings[-1] = "halving"
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        for opening, solution in zip(openings, solutions, strict=True):
            if cell["cell_type"] == "code" and text.startswith(opening):
                cell["source"] = solution.split('""" # BEGIN PROMPT')[0]
    return notebook


def with_cell(source, place=None, notebook=None):
    """A notebook with one more code cell, before the answers unless another place is
    given.
    """
    notebook = notebook or answered()
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
        "id": "x",
    }
    notebook["cells"].insert(3 if place is None else place, cell)
    return notebook


def as_bytes(notebook):
    return notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()


def graded(notebook, questions, **limits):
    rows = sandbox.grade(
        "somebody", as_bytes(notebook), questions, replace(LIMITS, **limits)
    )
    assert [row.question for row in rows] == list(questions)
    assert [row.max_points for row in rows] == [
        question["points"] for question in questions.values()
    ]
    return rows


def test_the_masters_answers_get_full_marks(questions):
    rows = graded(answered(), questions)
    assert [row.points for row in rows] == [3, 4, 3, 5, 4, None]
    assert [row.status for row in rows] == ["graded"] * 5 + ["to read"]
    assert {row.question: row.max_points for row in rows} == hw01.POINTS
    assert "filter is used at every place" in rows[-1].text


def test_an_untouched_notebook_gets_no_points_and_no_person_has_to_read_it(questions):
    rows = graded(student(), questions)
    assert [row.points for row in rows] == [0] * 6
    assert [row.status for row in rows] == ["not answered"] * 3 + [
        "graded",
        "not answered",
        "not answered",
    ]
    assert "gives back nothing" in rows[3].comment


def test_part_of_the_answers_gets_part_of_the_points(questions):
    notebook = with_cell("out_b = (63, 95, 48)\nconvolve_kept = convolve", place=-1)
    rows = graded(notebook, questions)
    assert [row.points for row in rows] == [2, 4, 3, 5, 4, None]
    assert '"same" padding' in rows[0].comment


def test_an_error_in_one_cell_costs_what_depends_on_it_only(questions):
    rows = graded(with_cell("import not_there"), questions)
    assert [row.points for row in rows] == [3, 4, 3, 5, 4, None]
    notebook = answered()
    place = next(
        i
        for i, cell in enumerate(notebook["cells"])
        if "".join(cell["source"]).startswith("kernel_1")
    )
    notebook["cells"][place]["source"] = "kernel_1 = 1 / 0\npadding_1 = 'same'"
    rows = graded(notebook, questions)
    assert [row.points for row in rows] == [3, 4, 0, 5, 4, None]
    assert rows[2].status == "missing" and "ZeroDivisionError" in rows[2].comment


FORGED = """
import json, os
for number in range(3, 64):
    try:
        os.write(number, (json.dumps({"ran": True, "events": []}) + "\\n" + json.dumps(
            {"token": "x", "results": {f"q{i}": {"tests": {}} for i in range(1, 7)}}) + "\\n").encode())
    except OSError:
        pass
import time; time.sleep(60)
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
        with_cell(
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile "
            "True: pass"
        ),
        "timeout",
        "ended after",
    ),
    "exits": (
        with_cell("import os\nos._exit(0)"),
        "stopped",
        "ended its own process (exit code 0)",
    ),
    "crashes": (
        with_cell("import ctypes\nctypes.string_at(0)"),
        "stopped",
        "exit code",
    ),
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
        "memory",
        "GB of memory",
    ),
    "prints a gigabyte": (
        with_cell("while True: print('x' * 1000)"),
        "output",
        "printed more than",
    ),
    "is not JSON": (b"this is no notebook", "unreadable", "not JSON"),
    "is a picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", "unreadable", "not JSON"),
    "is JSON but no notebook": (b'{"cells": 3}', "unreadable", "no list of cells"),
    "is a list": (b"[[1]]", "unreadable", "no list of cells"),
    "is nested without end": (b"[" * 100_000, "unreadable", "not JSON"),
    "is empty": (b"", "unreadable", "not JSON"),
    "forges a result": (with_cell(FORGED), "refused", "before the tests had arrived"),
    "sends nonsense": (
        with_cell(FORGED.replace('json.dumps({"ran": True, "events": []})', "'no'")),
        "refused",
        "no result",
    ),
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


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_submission_ends_within_its_limit_with_a_row_that_says_so(
    name, questions
):
    notebook, status, says = HOSTILE[name]
    alarm_off = "alarm off" in name
    started = time.perf_counter()
    rows = graded(notebook, questions, seconds=5 if alarm_off else 30)
    assert time.perf_counter() - started < (5 if alarm_off else 30) + 5
    # its loop or its error costs the cell, and the other answers count
    if status == "graded":
        assert [row.points for row in rows] == [3, 4, 3, 5, 4, None]
    else:
        assert [(row.status, row.points) for row in rows] == [(status, 0)] * 6
    assert all(says in row.comment for row in rows), rows[0].comment


def test_no_process_of_a_submission_outlives_it(questions):
    import psutil

    notebook, _, _ = HOSTILE["leaves processes behind"]
    graded(notebook, questions)
    left = [
        one
        for one in psutil.process_iter(["cmdline"])
        if "time.sleep(987)" in " ".join(one.info["cmdline"] or [])
    ]
    assert not left


def test_a_loop_in_an_answer_costs_that_question_and_says_so(questions):
    rows = graded(
        with_cell(
            "def convolve(image, kernel, stride=1, dilation=1):\n    while True: pass",
            place=-1,
        ),
        questions,
    )
    assert [row.points for row in rows] == [3, 4, 3, 0, 4, None]
    assert rows[3].status == "timeout" and "not done after" in rows[3].comment


def test_deleted_questions_are_reported_and_cost_only_themselves(questions):
    notebook = answered()
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if not "".join(cell["source"]).startswith(("out_a", "lower_"))
    ]
    rows = graded(notebook, questions)
    assert [row.points for row in rows] == [0, 4, 3, 5, 0, None]
    assert [rows[0].status, rows[4].status] == [
        "missing",
        "missing",
    ] and "deleted" in rows[0].comment


def test_a_changed_grader_in_the_notebook_changes_no_points(questions):
    notebook = student()
    notebook["cells"][0]["source"] = (
        "class grader:\n    check = hint = check_all = staticmethod(lambda *_: 'right')"
    )
    assert [row.points for row in graded(notebook, questions)] == [0] * 6


def test_results_with_other_questions_or_tests_are_refused(questions):
    good = {
        name: {"tests": dict.fromkeys((test["name"] for test in one["tests"]), None)}
        for name, one in questions.items()
    }
    assert sandbox._checked({"results": good, "events": []}, questions)[0] is good
    for bad in (
        {name: one for name, one in good.items() if name != "q1"},
        good | {"q7": good["q1"]},
        good | {"q1": {"tests": {}}},
        good | {"q1": {"tests": good["q1"]["tests"] | {"test_more": None}}},
        good | {"q1": {"tests": dict.fromkeys(good["q1"]["tests"], 7)}},
        good | {"q1": 3},
        [],
        None,
    ):
        assert sandbox._checked({"results": bad, "events": []}, questions)[0] is None


@pytest.mark.skipif(
    not sandbox.isolation(),
    reason="this system does not let a process be cut off from the network",
)
def test_a_submission_reaches_no_network_not_even_this_machine(questions):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        notebook = with_cell(
            f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\ndel "
            f"out_a",
            place=-1,
        )
        # it stopped before it could delete the answer
        assert graded(notebook, questions)[0].points == 3


def test_the_environment_of_the_grader_is_not_the_submissions(questions, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_GRADER", "yes")
    notebook = with_cell(
        "import os\nif 'SECRET_OF_THE_GRADER' in os.environ: out_a = 0", place=-1
    )
    assert graded(notebook, questions)[0].points == 3


def test_make_grade_writes_one_table_one_picture_and_what_is_to_be_read(tmp_path):
    folder = tmp_path / "class"
    (folder / "late").mkdir(parents=True)
    (folder / "ada.ipynb").write_bytes(as_bytes(answered()))
    (folder / "=cmd.ipynb").write_bytes(
        as_bytes(with_cell("out_a = (61, 93, 24)", place=-1))
    )
    (folder / "late" / "bob.ipynb").write_bytes(as_bytes(student()))
    (folder / "broken hw01.ipynb").write_bytes(b"{")
    (folder / "whose.ipynb").write_bytes(b"{}")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "notes.txt").write_text("not a submission")
    command = [sys.executable, "-m", "tools", "grade", str(folder), "--seconds", "60"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=master.ROOT)
    assert done.returncode == 0, done.stderr
    with (folder / "grades.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert list(table[0]) == [
        "submission",
        "question",
        "points",
        "max_points",
        "status",
        "comment",
    ]
    by_name = {
        name: [row for row in table if row["submission"] == name]
        for name in {row["submission"] for row in table}
    }
    assert set(by_name) == {"ada", "'=cmd", "late/bob", "broken hw01", "whose", "link"}
    assert [row["points"] for row in by_name["ada"]] == ["3", "4", "3", "5", "4", ""]
    assert (
        by_name["'=cmd"][0]["points"] == "2"
        and "valid" in by_name["'=cmd"][0]["comment"]
    )
    assert {row["status"] for row in by_name["broken hw01"]} == {"unreadable"} and len(
        by_name["broken hw01"]
    ) == 6
    assert [row["status"] for row in by_name["whose"]] == ["unknown homework"]
    assert sum(float(row["max_points"]) for row in by_name["late/bob"]) == 22
    assert (folder / "grades.png").read_bytes().startswith(b"\x89PNG")
    assert "filter is used at every place" in (folder / "written_answers.md").read_text(
        encoding="utf-8"
    )


def test_common_mistakes_are_counted_without_the_numbers_of_each_answer():
    rows = [
        sandbox.Row(
            "a",
            "q1",
            0,
            1,
            "graded",
            "",
            mistakes=("`x` = 3: too small.", "`y` = 1: no."),
        ),
        sandbox.Row("b", "q1", 0, 1, "graded", "", mistakes=("`x` = 4: too small.",)),
    ]
    assert classroom.common_mistakes(rows)[0] == ("q1", "`x`: too small.", 2)


def test_an_empty_folder_and_an_unknown_homework_are_said_in_words(tmp_path):
    with pytest.raises(SystemExit, match="no notebook"):
        classroom.submissions(tmp_path)
    with pytest.raises(SystemExit, match="is not a folder"):
        classroom.submissions(tmp_path / "nowhere")
    with pytest.raises(SystemExit, match="No homework begins with 'hw99'"):
        classroom.grade_folder(tmp_path, "hw99")


@pytest.mark.parametrize(
    "address, library",
    [("tcp://nowhere:8786", "distributed"), ("ray://nowhere:10001", "ray")],
)
def test_a_cluster_without_its_library_is_a_message_and_no_traceback(
    address, library, monkeypatch
):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(SystemExit, match=f"pip install {library}"):
        classroom.cluster_backend(address)
