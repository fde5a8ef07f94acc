"""The instructor's page and the masters say the same."""

import re

import pytest

from grading import classroom, master, sandbox

PAGE = (master.ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", master.masters(), ids=lambda path: path.stem)
def test_points_and_written_questions_are_those_of_the_master(path):
    homework = master.read(path)
    by_hand = sum(question.points for question in homework.questions if question.manual)
    number = path.stem[2:4]
    row = re.search(rf"^\| {number} .*$", PAGE, re.MULTILINE)
    assert row, f"the page has no row for homework {number}"
    cells = [cell.strip() for cell in row[0].strip("|").split("|")]
    assert [cells[2], cells[3]] == [f"{homework.points:g}", f"{by_hand:g}"]
    for question in homework.questions:
        assert not question.manual or f"| {number}, {question.name} |" in PAGE, (
            f"no rubric for {question.name}"
        )


def test_every_status_and_every_limit_is_explained():
    known = {"graded", "to read", "not answered", "missing"} | classroom.LOST
    assert all(f"`{status}`" in PAGE for status in known)
    limits = sandbox.Limits()
    for said in (
        f"{limits.seconds:g} seconds and {limits.memory / 1e9:g} GB",
        f"{limits.cell_seconds:g} seconds a cell",
        f"{limits.test_seconds:g} seconds a test",
        f"{limits.output / 1e6:g} MB of printed text",
    ):
        assert said in PAGE, said


def test_its_table_of_contents_leads_somewhere():
    titles = [line[3:] for line in PAGE.splitlines() if line.startswith("## ")]
    headings = {
        re.sub(r"[^\w\s-]", "", title).lower().replace(" ", "-") for title in titles
    }
    assert set(re.findall(r"\(#([^)]*)\)", PAGE)) == headings
