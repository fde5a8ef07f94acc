"""The instructor's page says what the masters, the limits and the walls do."""

import importlib
import re

import pytest

from grading import master, picture, sandbox

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
        criteria = enumerate(question.rubric, start=1)
        rubric = " ".join(f"{place}. {text}" for place, text in criteria)
        row = f"| {number}, {question.name} | {rubric} |"
        assert not question.manual or row in PAGE, f"missing or another rubric: {row}"


def test_every_status_and_every_limit_is_explained():
    known = {"graded", "to read", "not answered", "missing"} | picture.LOST
    assert all(f"`{status}`" in PAGE for status in known)
    limits = sandbox.Limits()
    for said in (
        f"{limits.seconds:g} seconds and {limits.memory / 1e9:g} GB",
        f"{limits.cell_seconds:g} seconds a cell",
        f"{limits.test_seconds:g} seconds a test",
        f"{limits.output / 1e6:g} MB of printed text",
        f"{limits.processes} processes",
    ):
        assert said in PAGE, said


def test_its_table_of_contents_leads_somewhere():
    titles = [line[3:] for line in PAGE.splitlines() if line.startswith("## ")]
    headings = {
        re.sub(r"[^\w\s-]", "", title).lower().replace(" ", "-") for title in titles
    }
    assert set(re.findall(r"\(#([^)]*)\)", PAGE)) == headings


# Each sentence of the lists about a hostile submission: its beginning, and its test.
TRIED = {
    "It costs no other submission": "hostile: a_hostile_submission_ends_within",
    "It cannot stop grading": "hostile: an_exception_while_one_is_graded",
    "It cannot send you anything": "hostile: what_arrives_must_have_its_form",
    "It cannot change the grader": "hostile: a_submission_that_rewrites_the_grader",
    "It is not given your environment": "walls: without_walls_the_environment_can_be",
    "It cannot put a formula": "grading: text_of_a_student_acts_nowhere",
    "see your files": "walls: full_walls_hide_files",
    "write anywhere but in": "walls: full_walls_are_read_only_but_for_a_folder",
    "fill your disk": "walls: filling_the_folder_costs_nobody_else",
    "reach a network": "walls: full_walls_let_no_socket_out",
    "see or end a process": "walls: full_walls_hide_processes_and_their_environment",
    "leave a process behind;": "hostile: no_process_of_a_submission_outlives_it",
    "get rights back": "walls: full_walls_give_no_rights_back",
    "read and write every file": "walls: without_full_walls_files_can_be_read",
    "with `Walls (none)`, use the": "walls: only_without_walls_is_there_a_network",
    "with `Walls (none)`, read": "walls: without_walls_the_environment_can_be_read",
    "with `Walls (none)`, end": "hostile: a_grader_that_is_killed_leaves_the_rows",
    "with `Walls (none)`, leave": "walls: without_walls_a_process_that_hides",
    "give itself full marks": "walls: with_any_walls_it_can_give_itself_full_marks",
    "read the hidden tests": "walls: with_any_walls_it_can_give_itself_full_marks",
    "use all of its limits": "hostile: a_hostile_submission_ends_within_its_limit",
    "go over its memory": "hostile: a_hostile_submission_ends_within_its_limit",
}


# The same for the lists about a sheet for each student.
DRAWN = {
    "give the same student": "variants: a_sheet_is_always_the_same",
    "check them in the": "variants: a_students_notebook_shows_its_numbers",
    "fail a copied notebook": "variants: a_class_is_graded_by_each_ones_numbers",
    "tell you, before": "variants: a_notebook_of_nobody_is_named",
    "tell who wrote": "variants: a_class_is_graded_by_each_ones_numbers",
    "keep numbers secret": "variants: a_sheet_is_always_the_same",
    "notice a friend": "variants: every_sheet_has_its_right_answers",
    "know an answer as": "variants: whoever_answers_for_another_student",
    "prove a copy by": "variants: a_small_number_is_right_on_many_sheets",
}
LISTS = [
    ("What a hostile submission can still do", "\nSo look at notebooks", TRIED),
    ("A sheet for each student", "\n## ", DRAWN),
]


@pytest.mark.parametrize("title, end, tried", LISTS, ids=["hostile", "sheets"])
def test_each_sentence_that_promises_something_has_its_test(title, end, tried):
    part = PAGE.split(f"## {title}\n")[1]
    lists = part.split("\n## ")[0].split(end)[0]
    sentences = re.findall(r"^- (.*)$", lists, re.MULTILINE)
    assert len(sentences) == len(tried)
    for sentence, (beginning, test) in zip(sentences, tried.items(), strict=True):
        assert sentence.startswith(beginning), sentence
        module, name = test.split(": ")
        tests = vars(importlib.import_module(f"tests.homework.test_{module}"))
        assert any(one.startswith(f"test_{name}") for one in tests), test


def test_the_kinds_of_walls_are_those_on_the_page():
    from grading import walls

    assert all(f"`Walls ({kind})`" in PAGE for kind in walls.KINDS)
