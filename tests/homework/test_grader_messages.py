"""What the grader in a student's notebook says when an answer is not even of the right
kind.
"""

import contextlib
import html
import io
import re
import sys
import types

import numpy as np
import pytest

from grading import grader, homework, master
from tests.homework.hw01 import LOOP, changed
from tests.homework.submissions import NAME

ODD = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a list of NaN": [float("nan")] * 3,
    "nothing in a list": [],
    "no text": "",
    "text": "abc",
    "a number": 3.5,
    "true": True,
    "one row": np.arange(3.0),
    "two rows": np.ones((2, 2)),
    "four axes": np.ones((1, 2, 3, 4)),
    "an array of NaN": np.full((3, 3), np.nan),
    "an empty array": np.zeros((0,)),
    "a ragged list": [[1, 2], [3]],
    "a dictionary": {"a": 1},
    "a set": {1, 2},
    "complex": 1j,
    "a class": dict,
    "a huge number": 10**5000,
    "a function of nothing": lambda: 1,
    "gives NaN": lambda *_, **__: float("nan"),
    "gives text": lambda *_, **__: "abc",
    "gives one row": lambda *_, **__: np.arange(3.0),
    "gives an array of NaN": lambda *_, **__: np.full((7, 11), np.nan),
    "gives nothing in a list": lambda *_, **__: [],
    "gives a ragged list": lambda *_, **__: [[1, 2], [3]],
    "gives a dictionary": lambda *_, **__: {},
}


@pytest.fixture(scope="module")
def made():
    return master.read(master.MASTERS / f"{NAME}.ipynb")


@pytest.fixture(scope="module")
def solved(made):
    with contextlib.redirect_stdout(io.StringIO()):
        return homework.run_solutions(made)


def messages(made, environment, name):
    question = next(one for one in made.questions if one.name == name)
    found = [
        grader.run_test(test.source, environment, question.as_dict())
        for test in question.tests
    ]
    return list(dict.fromkeys(message for message in found if message))


def says(made, solved, name, source):
    environment = dict(solved)
    exec(compile(source, "<answer>", "exec"), environment)
    return messages(made, environment, name)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("kind", ODD)
def test_an_answer_of_another_kind_gets_a_sentence_and_no_error(kind, made, solved):
    for question in made.questions:
        for answer in question.answers:
            told = messages(made, solved | {answer: ODD[kind]}, question.name)
            assert told, f"{answer} = {kind} passes"
            for message in told:
                assert "Error" not in message, (answer, message)
                assert "could not be checked" not in message


def test_a_filter_turned_round_is_blamed_for_that_and_nothing_else(made, solved):
    flip = changed("kernel[u, v])", "kernel[f_h - 1 - u, f_w - 1 - v])")
    told = says(made, solved, "q4", flip)
    assert len(told) == 1 and "you turned it round" in told[0]


def test_a_missing_parameter_is_named(made, solved):
    short = LOOP.replace(", dilation=1)", ")").replace("dilation", "1")
    told = says(made, solved, "q4", short)
    assert told == [
        "`convolve` has no parameter `dilation`. The question asks for `def "
        "convolve(image, kernel, stride=1, dilation=1)`."
    ]
    told = says(made, solved, "q4", LOOP.replace("=1", ""))
    assert any("without `stride` and `dilation`" in one for one in told)
    other = LOOP.replace("stride", "step")
    told = says(made, solved, "q4", other)
    assert any("no parameter `stride`" in one for one in told)


@pytest.mark.parametrize("wrong", ["[1, 0, -1]", "np.ones((5, 5))", "3", "'abc'"])
def test_a_filter_of_another_shape_is_told_so_once_and_earns_nothing(
    wrong, made, solved
):
    told = says(made, solved, "q5", f"lower_edge = {wrong}")
    assert len(told) == 1 and "three rows of three numbers" in told[0]


def test_a_filter_of_nan_is_told_so_once(made, solved):
    told = says(made, solved, "q5", "lower_edge = [[float('nan')] * 3] * 3")
    assert len(told) == 1 and "`lower_edge` holds NaN" in told[0]


def test_running_the_graders_cell_says_that_it_is_ready(made):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(homework.grader_cell(made), "<cell>", "exec"), {})
    assert printed.getvalue().startswith('Grader ready: grader.check("q1")')
    assert printed.getvalue().count("\n") == 1


def test_in_a_notebook_no_line_of_a_message_ends_within_a_word(made, monkeypatch):
    import IPython.display

    shown = []
    kernel = types.SimpleNamespace(kernel=object())
    monkeypatch.setattr(IPython, "get_ipython", lambda: kernel)
    monkeypatch.setattr(IPython.display, "display", lambda one, raw: shown.append(one))
    environment = {"lower_edge": [["<b>"] * 3] * 3}
    exec(compile(homework.grader_cell(made), "<cell>", "exec"), environment)
    environment["grader"].check("q5")
    environment["grader"].hint("q5")
    environment["grader"].check_all()
    ready, checked, hint, everything = shown
    assert ready["text/plain"].startswith("Grader ready")
    assert checked["text/plain"].startswith("q5  ✗  not yet")
    assert everything["text/plain"].count("\n") == len(made.questions) - 1
    for one in shown:
        words = re.fullmatch(r'<pre style="([^"]*)">(.*)</pre>', one["text/html"], re.S)
        assert "word-break: normal" in words[1]
        assert html.unescape(words[2]) == one["text/plain"] and "<" not in words[2]


@pytest.mark.parametrize(
    "cell, error, line",
    [
        (
            "import numpy\nlower_edge = [1, 2][3]",
            "IndexError",
            "lower_edge = [1, 2][3]",
        ),
        ("lower_edge = [[1, 2,\n", "SyntaxError", "lower_edge = [[1, 2,"),
        (
            "def f():\n    return 1 / 0\nlower_edge = f()",
            "ZeroDivision",
            "return 1 / 0",
        ),
    ],
)
def test_a_cell_that_stopped_is_named_with_its_line(cell, error, line, made, solved):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(cell)
        environment = {key: one for key, one in solved.items() if key != "lower_edge"}
        told = messages(made, environment, "q5")
        assert len(told) == 1
        assert told[0].startswith("`lower_edge` does not exist: its cell stopped with")
        assert error in told[0] and told[0].endswith(f"in the line  {line}")
        # another answer, which that cell has nothing to do with
        environment = {key: one for key, one in solved.items() if key != "kernel_1"}
        assert "run the cell where" in messages(made, environment, "q3")[0]
    finally:
        for name in ("last_value", "last_type", "last_traceback"):
            if hasattr(sys, name):
                delattr(sys, name)
        InteractiveShell.clear_instance()


def test_an_error_whose_text_cannot_be_had_is_a_message_all_the_same(made, solved):
    source = (
        "class Named(type):\n    __name__ = property(lambda cls: 3)\n"
        "class Odd(Exception, metaclass=Named):\n    def __str__(self): return 3\n"
        "def convolve(*_, **__): raise Odd"
    )
    told = says(made, solved, "q4", source)
    assert told and all("Your code stops with Odd" in one for one in told)
