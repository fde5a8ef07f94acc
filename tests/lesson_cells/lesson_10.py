"""Lesson 10 shows functions that run in other processes: what they do there is tested
in `tests/unit/test_distribution_training.py`, and here that the lesson's are the same.
"""

import ast
import inspect
import textwrap

import nbformat
import numpy as np

from lesson_cells import NOTEBOOKS, LessonCell

LIBRARY = "course_utils.distribution.training"


def same_ring(lesson, library):
    for workers, parameters in ((1, 5), (2, 6), (4, 10), (5, 5)):
        gradients = list(
            np.random.default_rng(workers).normal(size=(workers, parameters))
        )
        for found, expected in zip(lesson(gradients), library(gradients), strict=True):
            np.testing.assert_array_equal(found, expected)


def same_checkpoint(lesson, library):
    import tempfile
    from pathlib import Path

    from course_utils.distribution import read_checkpoint

    class Kept:
        shape = (2,)

        def assign(self, value):
            self.value = value.tolist()

    with tempfile.TemporaryDirectory() as folder:
        for number, write in enumerate((lesson, library)):
            path = Path(folder, str(number), "checkpoint.npz")
            write(path, 7, [np.array([1.0, 2.0])])
            kept = Kept()
            assert read_checkpoint(path, [kept]) == 7 and kept.value == [1.0, 2.0]
            assert [file.name for file in path.parent.iterdir()] == [path.name]


def statements(function):
    """A function without its docstring, as a syntax tree, in words."""
    [node] = ast.parse(textwrap.dedent(function)).body
    if ast.get_docstring(node):
        node.body = node.body[1:]
    return ast.dump(node)


def same_statements(name, tag):
    """The functions of a cell do, line by line, what the library's of that name do."""

    def check(lesson, library):
        notebook = nbformat.read(NOTEBOOKS / "10_scaling_out.ipynb", as_version=4)
        [cell] = [
            cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])
        ]
        [node] = [
            node
            for node in ast.parse(cell.source).body
            if isinstance(node, ast.FunctionDef) and node.name == name
        ]
        shown = ast.get_source_segment(cell.source, node)
        assert statements(shown) == statements(inspect.getsource(library))

    return check


def shown(name, tag=None, needs=()):
    tag = tag or f"defines-{name}"
    check = same_statements(name, tag)
    return LessonCell("10_scaling_out", tag, name, check, LIBRARY, needs)


CELLS = [
    shown("small_network"),
    shown("as_one_list", "defines-small_network"),
    shown("weights_by_step"),
    shown("two_devices"),
    shown("make_step"),
    shown("train_worker"),
    LessonCell(
        "10_scaling_out",
        "defines-write_checkpoint",
        "write_checkpoint",
        same_checkpoint,
        "course_utils.distribution",
    ),
    LessonCell(
        "10_scaling_out",
        "defines-ring_all_reduce",
        "ring_all_reduce",
        same_ring,
        "course_utils.distribution",
    ),
]
