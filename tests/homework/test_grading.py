"""Grading a class: what honest submissions get, and the table and picture of all."""

import csv
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from grading import classroom, escaping, master, picture, sandbox, workfolder
from tests.homework import hw01
from tests.homework.submissions import (
    FULL,
    LIMITS,
    answered,
    as_bytes,
    graded,
    points,
    student,
    with_cell,
)


def test_the_masters_answers_get_full_marks():
    rows = graded(answered())
    assert points(rows) == FULL
    assert [row.status for row in rows] == ["graded"] * 6 + ["to read"]
    assert {row.question: row.max_points for row in rows} == hw01.POINTS
    assert "filter is used at every place" in rows[-1].text


def test_an_untouched_notebook_gets_no_points_and_no_person_has_to_read_it():
    rows = graded(student())
    assert [row.points for row in rows] == [0] * 7
    unanswered, function = "not answered", "graded"  # a function is there, and empty
    assert [row.status for row in rows] == [
        *[unanswered] * 3,
        *[function, unanswered, function, unanswered],
    ]
    assert "gives back nothing" in rows[3].comment


def test_part_of_the_answers_gets_part_of_the_points():
    notebook = with_cell("out_b = (63, 95, 48)\nconvolve_kept = convolve", place=-1)
    rows = graded(notebook)
    assert [row.points for row in rows] == [2, 3, 3, 5, 4, 3, None]
    assert '"same" padding' in rows[0].comment


def test_an_error_in_one_cell_costs_what_depends_on_it_only():
    rows = graded(with_cell("import not_there"))
    assert points(rows) == FULL
    notebook = answered()
    place = next(
        i
        for i, cell in enumerate(notebook["cells"])
        if "".join(cell["source"]).startswith("kernel_1")
    )
    notebook["cells"][place]["source"] = "kernel_1 = 1 / 0\npadding_1 = 'same'"
    rows = graded(notebook)
    assert [row.points for row in rows] == [3, 3, 0, 5, 4, 3, None]
    assert rows[2].status == "missing" and "ZeroDivisionError" in rows[2].comment


def test_deleted_questions_are_reported_and_cost_only_themselves():
    notebook = answered()
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if not "".join(cell["source"]).startswith(("out_a", "lower_"))
    ]
    rows = graded(notebook)
    assert [row.points for row in rows] == [0, 3, 3, 5, 0, 3, None]
    assert [rows[0].status, rows[4].status] == [
        "missing",
        "missing",
    ] and "deleted" in rows[0].comment


def test_a_changed_grader_in_the_notebook_changes_no_points():
    notebook = student()
    notebook["cells"][0]["source"] = (
        "class grader:\n    check = hint = check_all = staticmethod(lambda *_: 'right')"
    )
    assert [row.points for row in graded(notebook)] == [0] * 7


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
    assert [row["points"] for row in by_name["ada"]] == [
        "3",
        "3",
        "3",
        "5",
        "4",
        "3",
        "",
    ]
    assert (
        by_name["'=cmd"][0]["points"] == "2"
        and "valid" in by_name["'=cmd"][0]["comment"]
    )
    assert {row["status"] for row in by_name["broken hw01"]} == {"unreadable"} and len(
        by_name["broken hw01"]
    ) == 7
    assert [row["status"] for row in by_name["whose"]] == ["unknown homework"]
    assert sum(float(row["max_points"]) for row in by_name["late/bob"]) == 24
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
    assert picture.common_mistakes(rows)[0] == ("q1", "`x`: too small.", 2)


def test_an_empty_folder_and_an_unknown_homework_are_said_in_words(tmp_path):
    with pytest.raises(SystemExit, match="no notebook"):
        classroom.submissions(tmp_path)
    with pytest.raises(SystemExit, match="is not a folder"):
        classroom.submissions(tmp_path / "nowhere")
    with pytest.raises(SystemExit, match="No homework begins with 'hw99'"):
        classroom.grade_folder(tmp_path, "hw99")


def test_a_cell_that_stopped_is_named_with_its_line():
    notebook = answered()
    place = next(
        i
        for i, cell in enumerate(notebook["cells"])
        if "".join(cell["source"]).startswith("lower_edge")
    )
    notebook["cells"][place]["source"] = "import numpy\nlower_edge = [1, 2][3]"
    row = graded(notebook)[4]
    code = [c for c in notebook["cells"][: place + 1] if c["cell_type"] == "code"]
    assert row.status == "missing"
    assert f"code cell {len(code)} stopped with IndexError" in row.comment
    assert "in the line `lower_edge = [1, 2][3]`" in row.comment


def test_honest_oddities_cost_nothing():
    """A mark of bytes before the text, input replaced or read, a name of its own for
    what the grader uses.
    """
    oddities = (
        "try:\n    input('name? ')\nexcept EOFError:\n    pass",
        "import sys, io\nsys.stdin = io.StringIO('1\\n2')\nsys.stdout = io.StringIO()",
        "import os\nos.chdir('/')\nos.environ.clear()",
        "json = os = sys = signal = line = token = None",
        "import warnings\nwarnings.simplefilter('error')",
    )
    source = "\n".join(oddities)
    notebook = as_bytes(with_cell(source))
    rows = graded(b"\xef\xbb\xbf" + notebook)
    assert points(rows) == FULL and rows[0].comment == ""


def test_a_filter_of_nan_earns_nothing():
    source = "lower_edge = [[float('nan')] * 3] * 3"
    row = graded(with_cell(source, place=-1))[4]
    assert row.points == 0 and "holds NaN" in row.comment


def test_files_with_odd_names_keep_their_own_rows(tmp_path):
    names = [
        b"a.ipynb",
        b" a.ipynb",
        b"a.IPYNB",
        b"M\xfcller.ipynb",
        b"x\x1b[2Jy.ipynb",
    ]
    names += ["zoë.ipynb".encode(), b"=1+1.ipynb", b"'=1+1.ipynb", b" =2.ipynb"]
    names += ["tur\u202en.ipynb".encode(), b"two\nlines.ipynb"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"{}")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._a.ipynb").write_bytes(b"x")
    found = classroom.submissions(tmp_path)
    assert len(found) == len(names) == len(set(found.values()))
    assert {"a", " a", "a.ipynb", "zoë", "M\\udcfcller", "x\\x1b[2Jy"} <= set(found) | {
        "a.ipynb"
    }
    assert all(name.isprintable() for name in found)
    assert not any(name.lstrip().startswith("=") for name in found)
    rows = classroom.grade_folder(tmp_path, "hw01", progress=False)
    for path in classroom.write(rows, tmp_path):
        assert path.stat().st_size
    with (tmp_path / "grades.csv").open(newline="", encoding="utf-8") as file:
        assert {row["submission"] for row in csv.DictReader(file)} == set(found)


def test_folders_nested_without_end_are_searched(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    (tmp_path / "a.ipynb").write_bytes(b"{}")
    assert "a" in classroom.submissions(tmp_path)
    workfolder.remove(tmp_path / "d")


def test_a_file_that_cannot_be_read_is_a_row_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "a.ipynb").write_bytes(as_bytes(student()))
    (tmp_path / "b.ipynb").write_bytes(as_bytes(student()))
    true_open = Path.open

    def closed(path, *more, **options):
        if path.name == "a.ipynb":
            raise PermissionError(13, "Permission denied")
        return true_open(path, *more, **options)

    monkeypatch.setattr(Path, "open", closed)
    rows = classroom.grade_folder(tmp_path, "hw01", LIMITS, progress=False)
    own = [row for row in rows if row.submission == "a"]
    assert len(own) == 7 and {row.status for row in own} == {"unreadable"}
    assert "Permission denied" in own[0].comment
    assert {row.status for row in rows if row.submission == "b"} >= {"not answered"}


@pytest.mark.parametrize("name", ["grades.csv", "grades.png", "written_answers.md"])
def test_where_nothing_can_be_written_is_said_before_anything_runs(name, tmp_path):
    (tmp_path / "a.ipynb").write_bytes(as_bytes(student()))
    out = tmp_path / "out"
    (out / name).mkdir(parents=True)
    command = [sys.executable, "-m", "tools", "grade", str(tmp_path), "--out", str(out)]
    done = subprocess.run(command, cwd=master.ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "Nothing can be written to" in done.stderr
    assert "Traceback" not in done.stderr and sorted(os.listdir(out)) == [name]
    with pytest.raises(SystemExit, match="Nothing can be written"):
        classroom.try_folder(tmp_path / "a.ipynb" / "below-a-file")


def test_a_table_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    classroom.written(tmp_path / "grades.csv", b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(classroom.os, "fsync", full)
    with pytest.raises(OSError):
        classroom.written(tmp_path / "grades.csv", b"new")
    assert os.listdir(tmp_path) == ["grades.csv"]
    assert (tmp_path / "grades.csv").read_bytes() == b"old"


def test_text_of_a_student_acts_nowhere(tmp_path):
    row = sandbox.Row(
        "a", "q1", None, 3, "to read", "x", text="1\n\x1b[31m\udcfc\u202e"
    )
    text = "\udcfc\x00\u2028\x07"
    rows = [row, sandbox.Row("b", "q1", 0, 3, "graded", text, mistakes=(text,))]
    for path in classroom.write(rows, tmp_path):
        path.read_bytes()
    assert "\\udcfc" in (tmp_path / "grades.csv").read_text(encoding="utf-8")
    said = escaping.one_line(" =a\tb\r\n\x1b\udcfc\u202e")
    assert said == "'=a b \\x1b\\udcfc\\u202e"
    assert escaping.visible("a\n\tb\x1b", lines=True) == "a\n\tb\\x1b"


def test_crashes_are_mistakes_and_what_cost_all_is_counted_once():
    crash = "Your code stops with IndexError: 5 is too much\n    in the line  x[{}]"
    ended = "it ended its own process (exit code 3) before its answers could be read"
    rows = [
        sandbox.Row(name, "q1", 0, 1, "graded", "", mistakes=(crash.format(name),))
        for name in "abc"
    ]
    rows += [
        sandbox.Row("d", question, 0, 1, "stopped", "", mistakes=(ended,))
        for question in ("q1", "q2")
    ]
    assert picture.common_mistakes(rows) == [
        ("q1", "Your code stops with IndexError", 3),
        ("all", ended, 1),
    ]
    _, right = picture.summary(rows).axes
    assert any("IndexError" in text.get_text() for text in right.texts)


@pytest.mark.parametrize("people", [1, 2, 3, 30])
def test_the_axis_counts_whole_submissions(people):
    rows = [sandbox.Row(f"{n}", "q1", 0, 1, "graded", "") for n in range(people)]
    left, _ = picture.summary(rows).axes
    ticks = [tick for tick in left.get_xticks() if tick <= left.get_xlim()[1]]
    assert len(ticks) > 1 and all(tick == int(tick) for tick in ticks)


def test_a_crash_reaches_the_picture_from_a_submission():
    crash = "def convolve(*_, **__):\n    return [][1]"
    rows = graded(with_cell(crash, place=-1))
    assert ("q4", "Your code stops with IndexError", 1) in picture.common_mistakes(rows)
    rows = graded(with_cell("import os\nos._exit(0)"))
    assert [one[0] for one in picture.common_mistakes(rows)] == ["all"]


def test_a_cluster_that_is_not_there_is_a_message_and_no_traceback(monkeypatch):
    for module, address, says in (
        (None, "tcp://127.0.0.1:9", r"\.\[cluster\]"),
        (types.SimpleNamespace(Client=None), "tcp://127.0.0.1:9", "No Dask cluster"),
        (types.SimpleNamespace(Client=None), "scheduler", "looks like tcp://"),
    ):
        monkeypatch.setitem(sys.modules, "distributed", module)
        started = time.monotonic()
        with pytest.raises(SystemExit, match=says):
            with classroom.cluster_backend(address):
                pass
        assert time.monotonic() - started < 5
