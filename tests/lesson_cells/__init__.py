"""A notebook shows its own lesson's code, and the library holds the same thing for the
other lessons.

Each lesson lists here what its notebook defines: the cell's tag, the name it defines,
and how to compare it with the library's.  `tests/unit/test_lesson_cells.py` finds the
cell, runs it, and compares, so neither can drift.

An entry for a layer, in `lesson_02.py`::

    CELLS = [
        LessonCell("02_pooling", "defines-DepthPool", "DepthPool",
                   lambda lesson, library: same_layer(
                       lesson, library, [{"pool_size": 2}], input_shape=(2, 8, 8, 6)
                   ),
                   "course_utils.layers"),
    ]
"""

import ast
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


@dataclass(frozen=True)
class LessonCell:
    """One thing that a notebook defines and the library has too.

    notebook : the file's name without its ending.
    tag : the cell's tag, "defines-" and the name.
    name : what the cell defines.
    check : called with the notebook's object and the library's; asserts that they are
        the same.
    library : the module that has it.
    needs : tags of cells of the same notebook that must run first.
    """

    notebook: str
    tag: str
    name: str
    check: Callable[[Any, Any], None]
    library: str
    needs: tuple[str, ...] = ()

    def from_notebook(self):
        """Run the cell, and return what it defines."""
        return self.namespace()[self.name]

    def from_library(self):
        return getattr(importlib.import_module(self.library), self.name)

    def namespace(self):
        """Run the imports of all cells above, then the needed cells and the cell
        itself; return their names.
        """
        import nbformat

        cells = nbformat.read(NOTEBOOKS / f"{self.notebook}.ipynb", as_version=4).cells
        wanted = [_find(cells, tag, self.notebook) for tag in (*self.needs, self.tag)]
        names = {"__name__": self.notebook}
        for cell in cells[: max(wanted)]:
            if cell.cell_type == "code":
                run_imports(cell.source, names)
        for index in wanted:
            exec(
                compile(cells[index].source, f"{self.notebook}, cell {index}", "exec"),
                names,
            )
        return names


def _find(cells, tag, notebook):
    found = [
        index
        for index, cell in enumerate(cells)
        if tag in cell.metadata.get("tags", [])
    ]
    assert len(found) == 1, (
        f"{len(found)} cells of {notebook} have the tag {tag!r}; exactly one must"
    )
    return found[0]


def run_imports(source, names):
    """Run a cell's import statements, and nothing else of it."""
    imports = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    exec(compile(ast.Module(imports, type_ignores=[]), "imports", "exec"), names)


def same_outputs(lesson, library, calls, tolerance=1e-5):
    """Both functions return equal arrays for each (arguments, keywords) in `calls`."""
    for arguments, keywords in calls:
        from_lesson, from_library = (
            np.asarray(lesson(*arguments, **keywords)),
            np.asarray(library(*arguments, **keywords)),
        )
        assert from_lesson.shape == from_library.shape, (
            f"shapes {from_lesson.shape} and {from_library.shape} for {keywords}"
        )
        np.testing.assert_allclose(
            from_lesson, from_library, rtol=0, atol=tolerance, err_msg=str(keywords)
        )


def same_layer(lesson, library, settings, input_shape, tolerance=1e-5):
    """Both layers, made with each of `settings` (keyword dicts), have the same weights'
    shapes and the same output, and are the same after a step of training.
    """
    for keywords in settings:
        same_model(
            lambda make, keywords=keywords: make(**keywords),
            lesson,
            library,
            input_shape,
            tolerance,
        )


def same_model(build, lesson, library, input_shape, tolerance=1e-5):
    """`build(lesson)` and `build(library)` have the same weights' shapes and, given the
    same weights, the same output, before and after one step of training: that step
    tells settings apart which prediction does not use, such as a momentum, a dropout
    or what is trainable.

    input_shape : with the batch, such as (2, 32, 32, 3).
    """
    from course_utils.startup import keras

    inputs = np.random.default_rng(0).normal(size=input_shape).astype("float32")
    made = []
    for make in (lesson, library):
        keras.utils.set_random_seed(0)  # dropout draws from seeds that are drawn here
        made.append(build(make))
        made[-1](inputs)  # builds whatever is not built
    from_lesson, from_library = made
    shapes = [
        [tuple(weight.shape) for weight in model.weights]
        for model in (from_lesson, from_library)
    ]
    assert shapes[0] == shapes[1], f"weights of shapes {shapes[0]} and {shapes[1]}"
    values = [
        np.random.default_rng(1).normal(0, 0.2, weight.shape)
        for weight in from_library.weights
    ]
    for index, weight in enumerate(from_library.weights):
        if "variance" in weight.path:  # of a batch normalisation: never negative
            values[index] = np.abs(values[index]) + 0.5
    from_lesson.set_weights(values)
    from_library.set_weights(values)
    first, second = (
        keras.ops.convert_to_numpy(model(inputs))
        for model in (from_lesson, from_library)
    )
    assert first.shape == second.shape
    np.testing.assert_allclose(first, second, rtol=1e-4, atol=tolerance)
    for model in (from_lesson, from_library):
        train_one_step(model, inputs)
    for one, other in zip(from_lesson.weights, from_library.weights, strict=True):
        np.testing.assert_allclose(
            one,
            other,
            rtol=1e-3,
            atol=10 * tolerance,
            err_msg=f"{other.path} after one step of training",
        )


def train_one_step(model, inputs):
    """One step of plain gradient descent towards zero, in training mode."""
    from course_utils.startup import keras

    if not isinstance(model, keras.Model):
        model = keras.Sequential([keras.Input(inputs.shape[1:]), model])
    keras.utils.set_random_seed(0)
    model.compile(keras.optimizers.SGD(1e-2), "mse", run_eagerly=True)
    outputs = keras.tree.map_structure(
        lambda output: np.zeros((len(inputs), *output.shape[1:]), "float32"),
        model.outputs if len(model.outputs) > 1 else model.outputs[0],
    )
    model.train_on_batch(inputs, outputs)
