"""What a server keeps of a notebook, and how little reading and writing it changes."""

import asyncio
import copy
import json
import platform
import tomllib
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import saving
from course_utils.saving import WIDGET_VIEW, drop_widget_views, keep_python_version
from tools import ROOT, lab, lessons, notebooks, number, text, untext

VIEW = {WIDGET_VIEW: {"model_id": "4f", "version_major": 2, "version_minor": 0}}
STATE = {"application/vnd.jupyter.widget-state+json": {"state": {"4f": {}}}}


def saved(*bundles, **metadata):
    """A model of a notebook as a server's hook gets it: a cell with these outputs."""
    outputs = [new_output("display_data", data=data) for data in bundles]
    outputs.append(new_output("stream", text="done\n"))
    cell = new_code_cell("Explorer()", outputs=outputs)
    content = new_notebook(cells=[new_markdown_cell("Move it."), cell])
    content.metadata.update(metadata)
    return {"type": "notebook", "content": json.loads(nbformat.writes(content))}


def shown(model):
    """The kinds of each output that is no stream."""
    outputs = model["content"]["cells"][1]["outputs"]
    return [set(output["data"]) for output in outputs if "data" in output]


def test_pictures_and_words_are_kept_and_the_widgets_that_are_gone_are_not():
    explorer = {"text/html": "<img>", "text/plain": "A palace.", **VIEW}
    model = saved(explorer, {"text/plain": "IntSlider(value=3)", **VIEW}, widgets=STATE)
    drop_widget_views(model=model, path="01.ipynb", contents_manager=None)
    assert shown(model) == [{"text/html", "text/plain"}, {"text/plain"}]
    assert "widgets" not in model["content"]["metadata"]


def test_an_output_with_nothing_else_keeps_its_widget_and_the_state_it_needs():
    model = saved(VIEW, widgets=STATE)
    drop_widget_views(model)
    assert shown(model) == [{WIDGET_VIEW}]
    assert model["content"]["metadata"]["widgets"] == STATE


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_what_is_no_notebook_stays_as_it_is(kind):
    model = {"type": kind, "content": "cells", "format": "text"}
    before = copy.deepcopy(model)
    drop_widget_views(model)
    keep_python_version(model, "cells.txt", Files(Path()))
    assert model == before


class Files:
    """As much of a contents manager as the hook asks for."""

    def __init__(self, folder):
        self.folder = folder

    def _get_os_path(self, path):
        return str(self.folder / path)


def test_a_file_keeps_the_version_of_python_that_it_names(tmp_path):
    model = saved(language_info={"name": "python", "version": "3.11.1"})
    (tmp_path / "01.ipynb").write_text(json.dumps(model["content"]), encoding="utf-8")
    model["content"]["metadata"]["language_info"]["version"] = "3.13.9"
    keep_python_version(model, "new.ipynb", Files(tmp_path))
    assert model["content"]["metadata"]["language_info"]["version"] == "3.13.9"
    keep_python_version(model, "01.ipynb", Files(tmp_path))
    assert model["content"]["metadata"]["language_info"]["version"] == "3.11.1"


def test_a_server_finds_the_extension_and_saves_as_it_says(tmp_path, monkeypatch):
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    path = lab.environment("")["JUPYTER_CONFIG_PATH"]
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", path)
    found = ExtensionConfigManager(read_config_path=jupyter_config_path())
    assert found.get_jpserver_extensions()["course_utils.saving"] is True
    [point] = saving._jupyter_server_extension_points()
    assert point == {"module": saving.__name__}

    later = []
    loop = SimpleNamespace(add_callback=lambda *call: later.append(call))
    server = SimpleNamespace(io_loop=loop)
    saving._load_jupyter_server_extension(server)
    # another extension, jupytext's for one, may put its own in place
    server.contents_manager = AsyncLargeFileManager(root_dir=str(tmp_path))
    for function, *arguments in later:
        function(*arguments)
    model = saved({"text/html": "<img>", "text/plain": "A palace.", **VIEW})
    asyncio.run(server.contents_manager.save(model, "01.ipynb"))
    content = nbformat.read(tmp_path / "01.ipynb", as_version=4)
    assert shown({"content": content}) == [{"text/html", "text/plain"}]


def test_the_extension_is_installed_with_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"] == {"etc/jupyter": "etc/jupyter"}


def test_what_is_said_of_the_language_is_what_the_kernel_says():
    from ipykernel.ipkernel import IPythonKernel

    assert notebooks.LANGUAGE == IPythonKernel.language_info
    assert notebooks.LANGUAGE["version"] == platform.python_version()


def test_the_notebooks_that_are_shipped_become_trusted(tmp_path, monkeypatch):
    from nbformat.sign import NotebookNotary

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    broken = tmp_path / "02_broken.ipynb"
    broken.write_text("{", encoding="utf-8")
    first, second = lessons()[:2]
    lab.trust([broken, first])
    read = {path: nbformat.read(path, as_version=4) for path in (first, second)}
    notary = NotebookNotary()
    assert notary.check_signature(read[first])
    assert not notary.check_signature(read[second])
    notary.store.close()
    assert set(lessons()) < set(lab.shipped())


# To text and back ---------------------------------------------------------------------


@pytest.mark.parametrize("path", lessons(), ids=lambda path: path.stem)
def test_text_and_back_changes_nothing(path):
    saved = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(saved, as_version=4)
    assert not untext.merge(notebook, text.as_text(notebook), number(path))
    assert nbformat.writes(notebook) + "\n" == saved


@pytest.fixture
def lesson():
    (path,) = lessons(["02"])
    return nbformat.read(path, as_version=4)


def changed_lines(lesson, changed):
    """The lines of the file that differ once the changed text was read back."""
    before = nbformat.writes(lesson).splitlines()
    code = untext.merge(lesson, changed, "02")
    after = nbformat.writes(lesson).splitlines()
    assert len(before) == len(after)
    return [new for old, new in zip(before, after, strict=True) if old != new], code


def test_one_changed_word_of_prose_changes_one_line(lesson):
    written = text.as_text(lesson)
    words = (word for word in written.split() if word.isalpha() and len(word) > 12)
    word = next(word for word in words if written.count(word) == 1)
    [line], code = changed_lines(lesson, written.replace(word, "palaeontologist"))
    assert "palaeontologist" in line and not code


def test_changed_code_keeps_its_outputs_and_is_named(lesson):
    cell = next(
        cell for cell in lesson.cells if cell.get("outputs") and "\n" in cell.source
    )
    first = cell.source.splitlines()[0]
    changed = text.as_text(lesson).replace(first, f"{first}  # again", 1)
    [line], code = changed_lines(lesson, changed)
    assert "# again" in line and code == [cell.id] and cell.outputs


def test_cells_can_come_go_and_be_copied():
    cells = [new_markdown_cell(word, id=f"01-00{i}") for i, word in enumerate("abc")]
    cells.append(new_code_cell("1 + 1", id="01-003", execution_count=1))
    notebook = new_notebook(cells=cells)
    written = text.as_text(notebook)
    start, a, b, c, code = written.split("# %%")
    changed = "# %%".join([start, c, a, " [markdown]\n# new\n\n", a, code])
    assert untext.merge(notebook, changed, "01") == []
    assert [(cell.id, cell.source) for cell in notebook.cells] == [
        ("01-002", "c"),
        ("01-000", "a"),
        ("01-004", "new"),
        ("01-005", "a"),
        ("01-003", "1 + 1"),
    ]
    assert notebook.cells[-1].execution_count == 1
    with pytest.raises(ValueError, match="no cell of the text"):
        untext.merge(notebook, "# %% [markdown]\n# from elsewhere\n", "01")


def test_a_new_cell_keeps_the_tags_that_the_text_gives_it():
    notebook = new_notebook(cells=[new_markdown_cell("a", id="01-000")])
    written = text.as_text(notebook) + '\n# %% tags=["your-turn"]\nguess = ...\n'
    untext.merge(notebook, written, "01")
    assert notebook.cells[1].metadata.tags == ["your-turn"]
