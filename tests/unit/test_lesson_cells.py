"""What a lesson's cell defines is what the library has; see `tests/lesson_cells`."""

import importlib
import pkgutil

import lesson_cells
import numpy as np
import pytest
from lesson_cells import LessonCell, run_imports, same_layer, same_outputs

from tools import lessons_in

CELLS = [
    cell
    for module in sorted(
        pkgutil.iter_modules(lesson_cells.__path__), key=lambda module: module.name
    )
    for cell in importlib.import_module(f"lesson_cells.{module.name}").CELLS
]


@pytest.mark.parametrize(
    "cell", CELLS, ids=lambda cell: f"{cell.notebook}: {cell.name}"
)
def test_the_notebook_defines_what_the_library_has(cell):
    cell.check(cell.from_notebook(), cell.from_library())


def test_every_defining_cell_of_a_notebook_is_compared():
    import nbformat

    listed = {(cell.notebook, cell.tag) for cell in CELLS}
    present = {
        (path.stem, tag)
        for path in lessons_in(lesson_cells.NOTEBOOKS)
        for cell in nbformat.read(path, as_version=4).cells
        for tag in cell.metadata.get("tags", [])
        if tag.startswith("defines-")
    }
    assert present == listed


def test_a_wrong_function_is_noticed():
    calls = [((np.arange(6.0),), {})]
    same_outputs(np.cumsum, lambda x: np.add.accumulate(x), calls)
    with pytest.raises(AssertionError):
        same_outputs(np.cumsum, lambda x: np.add.accumulate(x) + 1e-3, calls)
    with pytest.raises(AssertionError, match="shapes"):
        same_outputs(np.cumsum, lambda x: x[:3], calls)


def test_a_wrong_layer_is_noticed():
    from course_utils.startup import keras

    dense, more = keras.layers.Dense, lambda units: keras.layers.Dense(units + 1)
    same_layer(dense, dense, [{"units": 3}], input_shape=(2, 5))
    with pytest.raises(AssertionError, match="weights of shapes"):
        same_layer(dense, more, [{"units": 3}], input_shape=(2, 5))
    with pytest.raises(AssertionError):
        same_layer(
            dense,
            lambda units: keras.layers.Dense(units, activation="relu"),
            [{"units": 3}],
            (2, 5),
        )


def test_a_setting_that_only_training_uses_is_noticed():
    from course_utils.startup import keras

    norm = keras.layers.BatchNormalization
    settings, shape = [{"name": "norm"}], (4, 5)
    same_layer(norm, norm, settings, shape)
    for other in (
        lambda **options: norm(momentum=0.9, **options),
        lambda **options: norm(trainable=False, **options),
    ):
        with pytest.raises(AssertionError):
            same_layer(norm, other, settings, shape)


def test_imports_run_without_the_rest_of_their_cell():
    names = {}
    run_imports(
        "import math\nfrom os import path\nraise RuntimeError('not this')", names
    )
    assert names["math"].pi > 3 and names["path"]


def test_a_missing_tag_is_named(tmp_path, monkeypatch):
    import nbformat

    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]),
        tmp_path / "99_x.ipynb",
    )
    monkeypatch.setattr(lesson_cells, "NOTEBOOKS", tmp_path)
    with pytest.raises(
        AssertionError, match="0 cells of 99_x have the tag 'defines-x'"
    ):
        LessonCell("99_x", "defines-x", "x", None, "math").from_notebook()
