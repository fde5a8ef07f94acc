"""A lesson is 01_name, a further notebook 01b_name; each is found by its number."""

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from tools import is_further, is_meant, lessons_in, notebooks, number, publish

NAMES = ("00_start", "01_convolution", "01b_two_layers", "02_pooling")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "homework").mkdir()
    (tmp_path / "homework" / "hw01_convolution.ipynb").touch()
    for name in (*NAMES, "glossary", "my_01_notes"):
        start, _, words = name.partition("_")
        title = f"# {start} · {words.replace('_', ' ').title()}: and more"
        cells = [new_markdown_cell(title)]
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    return tmp_path


def test_lessons_and_further_notebooks_are_found_in_order(folder):
    found = lessons_in(folder)
    assert [path.stem for path in found] == list(NAMES)
    assert [number(path) for path in found] == ["00", "01", "01b", "02"]
    assert [is_further(path) for path in found] == [False, False, True, False]


@pytest.mark.parametrize(
    ("beginning", "meant"),
    [
        ("01", ["01_convolution"]),
        ("01b", ["01b_two_layers"]),
        ("01_", ["01_convolution"]),
        ("01b_two", ["01b_two_layers"]),
        ("0", list(NAMES)),
        ("03", []),
    ],
)
def test_a_number_means_one_notebook(folder, beginning, meant):
    found = [path.stem for path in lessons_in(folder) if is_meant(path, [beginning])]
    assert found == meant


def test_a_lesson_names_its_further_notebook_and_the_next_lesson(folder):
    words = publish.what_is_next(folder / "01_convolution.ipynb", "")
    assert "then [lesson 02, Pooling](02_pooling.ipynb)." in words
    assert "know more: [01b, Two Layers](01b_two_layers.ipynb)." in words
    words = publish.what_is_next(folder / "01b_two_layers.ipynb", "")
    assert "[lesson 02, Pooling]" in words and "homework" not in words
    assert "01b" not in words


def test_cells_of_a_further_notebook_carry_its_number():
    cells = [new_markdown_cell("one"), new_markdown_cell("two")]
    notebooks.name_cells(cells, "01b")
    assert [cell.id for cell in cells] == ["01b-000", "01b-001"]
    cells.insert(1, new_markdown_cell("between"))
    notebooks.name_cells(cells, "01b")
    assert [cell.id for cell in cells] == ["01b-000", "01b-002", "01b-001"]


def test_a_check_is_folded_away_when_it_is_saved():
    check = nbformat.v4.new_code_cell("assert 1", metadata={"tags": ["check"]})
    other = nbformat.v4.new_code_cell("2")
    notebooks.tidy(new_notebook(cells=[check, other]), "01b_two_layers")
    assert check.metadata == {"tags": ["check"], "jupyter": {"source_hidden": True}}
    assert other.metadata == {}
