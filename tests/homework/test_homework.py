"""Every homework: the master gets full marks, the student's notebook helps, each
mistake gets its own message.
"""

import ast
import contextlib
import importlib
import io
import itertools
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from grading import grader, homework, master
from tools import publish

HERE = Path(__file__).parent
NAMES = [
    path.stem for path in master.masters() if (HERE / f"{path.stem[:4]}.py").exists()
]
ANSWERS = {
    name: importlib.import_module(f"tests.homework.{name[:4]}") for name in NAMES
}
WRONG = [
    pytest.param(name, wrong, id=f"{name[:4]}-{wrong.question}-{wrong.source[:40]!r}")
    for name in NAMES
    for wrong in ANSWERS[name].WRONG
]
RIGHT = [
    pytest.param(name, right, id=f"{name[:4]}-{right.question}-{right.source[:40]!r}")
    for name in NAMES
    for right in ANSWERS[name].RIGHT
]


@cache
def read(name):
    return master.read(master.MASTERS / f"{name}.ipynb")


@cache
def built(name):
    return homework.build(master.MASTERS / f"{name}.ipynb", publish.setup())


@cache
def solved(name):
    """The variables after the master's answers."""
    with contextlib.redirect_stdout(io.StringIO()):
        return homework.run_solutions(read(name))


@cache
def student_notebook(name):
    """The students' notebook as it is stored, with sources as text."""
    path = master.HOMEWORK / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


@cache
def student_cells(name):
    """The sources of its code cells."""
    return [
        cell["source"]
        for cell in student_notebook(name)["cells"]
        if cell["cell_type"] == "code"
    ]


@cache
def embedded(name):
    """The grader out of the student's notebook."""
    environment = {}
    exec(compile(student_cells(name)[0], "<grader's cell>", "exec"), environment)
    return environment["grader"]


def check(name, question, environment):
    """What `grader.check` says in the student's notebook: (Result, what it printed)."""
    tool, printed = embedded(name), io.StringIO()
    tool._ENVIRONMENT = environment
    with contextlib.redirect_stdout(printed):
        result = tool.check(question)
    return result, printed.getvalue()


def failures(name, question, environment):
    """Messages of all tests of a question, as they are run when it is graded, and those
    of its public tests.
    """
    asked = next(one for one in read(name).questions if one.name == question)
    ran = [
        (test, grader.run_test(test.source, environment, asked.as_dict()))
        for test in asked.tests
    ]
    return (
        [message for _, message in ran if message],
        [message for test, message in ran if message and not test.hidden],
    )


def answering(name, source):
    """The master's variables, with another answer in the place of one."""
    environment = dict(solved(name))
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<answer>", "exec"), environment)
    return environment


def test_there_is_homework():
    lessons = sorted(
        path.stem
        for path in master.HOMEWORK.parent.glob("[0-9][0-9]_*.ipynb")
        if not path.name.startswith("00")
    )
    assert NAMES == [path.stem for path in master.masters()], (
        "a master has no answers in tests/homework"
    )
    assert NAMES == [f"hw{lesson}" for lesson in lessons], (
        "every lesson from 01 on has one homework"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_students_notebook_is_up_to_date(name):
    _, text, _ = built(name)
    stored = (master.HOMEWORK / f"{name}.ipynb").read_text(encoding="utf-8")
    assert stored == text, "run `make homework`"


@pytest.mark.parametrize("name", NAMES)
def test_the_masters_answers_get_full_marks_from_otter(name):
    from otter.test_files import ExceptionTestFile

    made, _, files = built(name)
    assert {question.name: question.points for question in made.questions} == ANSWERS[
        name
    ].POINTS
    for question in made.questions:
        assert question.manual == (f"tests/{question.name}.py" not in files)
        if question.manual:
            continue
        test_file = ExceptionTestFile.from_string(
            files[f"tests/{question.name}.py"].decode()
        )
        test_file.run(solved(name))
        assert (
            len(test_file.test_cases)
            == len(question.tests)
            == len({test.name for test in question.tests})
        )
        assert [case.passed for case in test_file.test_case_results] == [True] * len(
            question.tests
        )
        expected = ANSWERS[name].POINTS[question.name]
        assert test_file.score == test_file.possible == pytest.approx(expected)
        assert [case.points for case in test_file.test_cases] == [
            test.points for test in question.tests
        ]
        assert [case.hidden for case in test_file.test_cases] == [
            test.hidden for test in question.tests
        ]


def test_otter_run_grades_the_students_notebook_with_the_zip_for_gradescope(tmp_path):
    """The container way of docs/instructors.md: otter-grader by itself, on one right
    and one wrong answer.
    """
    _, text, files = built("hw01_convolution")
    notebook, out = json.loads(text), tmp_path / "out"
    for cell in notebook["cells"]:
        if "".join(cell["source"]).startswith("out_a = "):
            cell["source"] = (
                "out_a, out_b, out_c = (63, 95, 24), (63, 95, 48), (30, 46, 96)"
            )
    (tmp_path / "one.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / "autograder.zip").write_bytes(files["autograder.zip"])
    out.mkdir()
    command = [
        sys.executable,
        "-m",
        "otter",
        "run",
        "--no-logo",
        "-a",
        "autograder.zip",
        "-o",
        "out",
        "one.ipynb",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tests = json.loads((out / "results.json").read_text(encoding="utf-8"))["tests"]
    scores = {
        test["name"]: (test["score"], test["max_score"])
        for test in tests
        if test["name"].startswith("q")
    }
    assert scores == {
        "q1": (2, 3),
        "q2": (0, 3),
        "q3": (0, 3),
        "q4": (0, 5),
        "q5": (0, 4),
        "q6": (0, 3),
    }
    assert '"same" padding' in next(
        test["output"] for test in tests if test["name"] == "q1"
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_masters_answers_pass_in_the_students_notebook(name):
    for question in ANSWERS[name].POINTS:
        result, printed = check(name, question, solved(name))
        assert result.passed and result.messages == [] and "✓" in printed


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_has_a_place_to_be_written_above_its_check(name):
    for question in read(name).questions:
        cells = student_cells(name)
        above = "\n".join(cells[1 : cells.index(f'grader.check("{question.name}")')])
        for answer in question.answers:
            place = rf"(?m)^(?:(?:def|class) {answer}\b|(?:\w+, )*{answer}\b.*=)"
            assert re.search(place, above), f"{question.name} asks for {answer!r}"


@pytest.mark.parametrize("name", NAMES)
def test_an_untouched_notebook_runs_to_its_end_and_says_what_to_do(name):
    environment, printed = {"__name__": "__main__"}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        for source in student_cells(name):
            exec(compile(source, "<cell>", "exec"), environment)
        results = {
            question: environment["grader"].check(question)
            for question in ANSWERS[name].POINTS
        }
    assert "Traceback" not in printed.getvalue()
    for question, result in results.items():
        assert not result.passed and result.messages, question
        names = next(
            one for one in built(name)[0].questions if one.name == question
        ).variables
        assert any(
            f"`{variable}" in message
            for variable in names
            for message in result.messages
        ), result.messages
        assert not any(
            "Error" in message or "could not be checked" in message
            for message in result.messages
        )
    assert len({tuple(result.messages) for result in results.values()}) == len(results)


@pytest.mark.parametrize("name, wrong", WRONG)
def test_a_wrong_answer_is_told_its_mistake_and_costs_only_its_question(name, wrong):
    environment = answering(name, wrong.source)
    messages, of_public_tests = failures(name, wrong.question, environment)
    assert any(wrong.says in message for message in messages), messages or "it passes"
    assert not any("Traceback" in message for message in messages)
    public, _ = check(name, wrong.question, environment)
    assert public.messages == of_public_tests
    for other in read(name).questions:
        # a test that is given the very same objects as before needs no second run
        touched = any(
            environment.get(one) is not solved(name).get(one)
            for one in ["env", *other.variables]
        )
        if other.name != wrong.question and (touched or "env" in other.variables):
            assert failures(name, other.name, environment) == ([], [])


@pytest.mark.parametrize("name, right", RIGHT)
def test_a_right_answer_of_another_kind_gets_every_point(name, right):
    assert failures(name, right.question, answering(name, right.source)) == ([], [])


def test_there_are_enough_answers():
    assert sum(len(answers.WRONG) for answers in ANSWERS.values()) >= min(
        150, 40 * len(NAMES)
    )
    for name, answers in ANSWERS.items():
        for question in read(name).questions:
            wrong = [one for one in answers.WRONG if one.question == question.name]
            right = [one for one in answers.RIGHT if one.question == question.name]
            assert len({one.source for one in wrong}) >= 4, (
                f"{name} {question.name}: {len(wrong)} wrong answers"
            )
            is_code = any(
                callable(solved(name).get(variable)) for variable in question.variables
            )
            assert len(right) >= (2 if is_code else 0), (
                f"{name} {question.name}: {len(right)} right answers"
            )


def text_of(name):
    """All that a student can read: the notebook's cells, and what one of them packs."""
    sources = [cell["source"] for cell in student_notebook(name)["cells"]]
    title, packed, *others = sources
    content = homework.unpacked(packed)
    texts = [title, *others, content["program"]]
    for question in content["questions"].values():
        texts += [*question["hints"], *question["rubric"], question["see"]]
        texts += question["tests"]
    return "\n".join(texts)


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_a_solution_and_no_hidden_test_is_in_the_students_notebook(name):
    text = text_of(name)
    assert "SOLUTION" not in text and "BEGIN" not in text
    assert "hidden" not in text.lower().split("def check(")[-1]
    lines = set(text.splitlines())
    for question in read(name).questions:
        for source in question.solution:
            own = re.findall(
                r"# BEGIN SOLUTION.*?\n(.*?)# END SOLUTION", source, re.DOTALL
            )
            own += [line for line in source.splitlines() if line.endswith("# SOLUTION")]
            for line in "\n".join(own).splitlines():
                line = line.removesuffix("# SOLUTION").rstrip()
                assert len(line.strip()) < 15 or line not in lines, (
                    f"{question.name}: {line!r} is for all to see"
                )
        for test in question.tests:
            assert test.hidden == (test.name not in text), test.name
    assert not any(cell.get("outputs") for cell in student_notebook(name)["cells"])


def constants(source):
    """Every number and tuple of numbers that can be computed from a test's text
    alone.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(
            node, (ast.BinOp, ast.Constant, ast.Tuple, ast.List, ast.UnaryOp)
        ):
            with contextlib.suppress(Exception):
                yield eval(
                    compile(ast.Expression(node), "<constant>", "eval"),
                    {"__builtins__": {}},
                )


@pytest.mark.parametrize("name", NAMES)
def test_no_right_answer_stands_in_plain_text(name):
    made = read(name)
    prose = text_of(name)
    public = [
        test.source
        for question in made.questions
        for test in question.tests
        if not test.hidden
    ]
    stated = [value for source in public for value in constants(source)]
    for question in made.questions:
        for variable in question.variables:
            value = grader.plain(solved(name)[variable])
            whole = grader.is_number(value) and abs(value) >= 100
            several = (
                isinstance(value, list)
                and len(value) > 1
                and all(map(grader.is_number, value))
            )
            if whole or several:
                shown = grader.written(tuple(value) if several else value).strip("()")
                found = re.search(rf"(?<![\w.,]){re.escape(shown)}(?!\w|[.,]\d)", prose)
                assert not found, (
                    f"{question.name}: {variable} = {shown} stands in the student's "
                    f"notebook"
                )
                # half a digit of room: a wrong answer may be rounded, the right one
                # must not be there at all
                assert not any(
                    grader.same(value, one)
                    for one in stated
                    if not isinstance(one, str)
                ), variable
        for test in question.tests:
            for value, right, digits in wrong_values(test.source):
                assert not grader.matches(value, right, digits), (
                    f"{test.name} calls {value} wrong, and it is right"
                )


def wrong_values(source):
    """(wrong answer, hash of the right one, digits) of each call in a test such as
    number(..., right=, wrong=[...]).
    """
    for call in ast.walk(ast.parse(source)):
        given = (
            {one.arg: one.value for one in call.keywords}
            if isinstance(call, ast.Call)
            else {}
        )
        if (
            "right" in given
            and "wrong" in given
            and isinstance(given["right"], ast.Constant)
        ):
            digits = ast.literal_eval(given["digits"]) if "digits" in given else 6
            for pair in getattr(given["wrong"], "elts", []):
                with contextlib.suppress(Exception):
                    value = eval(
                        compile(ast.Expression(pair.elts[0]), "<wrong>", "eval"),
                        {"__builtins__": {}},
                    )
                    yield value, given["right"].value, digits


@pytest.mark.parametrize("name", NAMES)
def test_hints_come_one_by_one_and_end_with_the_place_to_read(name):
    tool = embedded(name)
    for question in built(name)[0].questions:
        tool._HINTS_GIVEN.clear()
        printed = []
        for _ in range(len(question.hints) + 2):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                tool.hint(question.name)
            printed.append(out.getvalue())
        assert [text.split("\n")[0] for text in printed[: len(question.hints)]] == list(
            question.hints
        )
        assert printed[-1] == printed[-2] and question.see in printed[-1]


@pytest.mark.parametrize("name", NAMES)
def test_the_grader_needs_only_the_standard_library_and_no_file(name):
    cell = student_cells(name)[0]
    program = homework.unpacked(cell)["program"]
    assert program == homework.GRADER.read_text(encoding="utf-8")
    imported = set()
    for node in itertools.chain(*map(ast.walk, map(ast.parse, (program, cell)))):
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module)
        elif isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
    # its words are shown by IPython, where a notebook has started that already
    outside = {name.split(".")[0] for name in imported - {"IPython.display"}}
    assert outside <= set(sys.stdlib_module_names)
    assert "open(" not in cell + program


@pytest.mark.parametrize("name", NAMES)
def test_the_title_says_if_the_courses_package_is_needed(name):
    title = student_notebook(name)["cells"][0]["source"]
    needed = "course_utils" in "".join(student_cells(name)[1:])
    assert needed == ("need the course's package" in title.replace("needs", "need"))


def test_in_colab_homework_that_needs_the_package_fetches_it_below_the_grader():
    needs, does_not = (
        json.loads((master.HOMEWORK / f"{name}.ipynb").read_text(encoding="utf-8"))
        for name in ("hw05_pretrained_models", "hw01_convolution")
    )
    setup = publish.setup_source("https://host/course")
    with_cell = homework.with_setup(needs, setup)
    assert "".join(with_cell["cells"][2]["source"]) == setup
    assert with_cell["cells"][1] == needs["cells"][1]
    assert homework.with_setup(with_cell, setup) == with_cell
    assert homework.with_setup(with_cell, "") == homework.with_setup(needs, "")
    assert homework.with_setup(does_not, setup) == homework.with_setup(does_not, "")


@pytest.mark.parametrize("name", NAMES)
def test_the_title_stands_first_and_the_packed_grader_under_it(name):
    title, packed, *others = student_notebook(name)["cells"]
    assert title["source"].startswith(f"# Homework {name[2:4]}")
    assert packed["metadata"]["jupyter"] == {"source_hidden": True}
    assert len(packed["source"]) < 30_000  # 45,000 and more when open
    shown = "".join(cell["source"] for cell in (title, packed, *others))
    asked = built(name)[0].questions
    for test in (test for question in asked for test in question.tests):
        assert test.name not in shown, "a test stands in plain text"


@pytest.mark.parametrize("name", NAMES)
def test_a_written_answer_that_passes_is_shown_what_earns_its_points(name):
    read_by_a_person = [one for one in read(name).questions if one.manual]
    assert read_by_a_person
    for question in read_by_a_person:
        _, printed = check(name, question.name, solved(name))
        assert len(question.rubric) >= 3
        assert printed.splitlines()[1:] == [f"  • {one}" for one in question.rubric]
        untouched = dict.fromkeys(question.variables, "\n...\n")
        _, printed = check(name, question.name, untouched)
        assert not any(one in printed for one in question.rubric)
