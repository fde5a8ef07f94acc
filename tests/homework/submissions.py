"""Homework 01 as it is handed in: untouched, answered, and with a cell more."""

import json
from dataclasses import replace
from functools import cache

from grading import master, sandbox

NAME = "hw01_convolution"
FULL = [3, 3, 3, 5, 4, 3, None]
LIMITS = sandbox.Limits(
    seconds=40, cell_seconds=3, test_seconds=2, memory=600_000_000, output=300_000
)


@cache
def questions():
    made = master.read(master.MASTERS / f"{NAME}.ipynb")
    return {question.name: question.as_dict(hidden=True) for question in made.questions}


def student():
    """The student's notebook as it is given out."""
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


def graded(notebook, kind="auto", **limits):
    """The rows of one submission behind walls of a kind."""
    rows = sandbox.grade(
        "somebody", as_bytes(notebook), questions(), replace(LIMITS, **limits), kind
    )
    assert [row.question for row in rows] == list(questions())
    assert [row.max_points for row in rows] == [
        question["points"] for question in questions().values()
    ]
    return rows


def points(rows):
    return [row.points for row in rows]
