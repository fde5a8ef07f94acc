"""What a notebook shows the next day, and that looking at one changes nothing."""

import shutil

import nbformat

from tests.browser.lab import ROOT

EXPLORER = "from course_utils.widgets import PaddingExplorer\nPaddingExplorer()"
GONE = "Error displaying widget"
LESSON = ROOT / "notebooks" / "02_pooling.ipynb"


def save(notebook):
    notebook.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    notebook.page.wait_for_function(
        "!jupyterapp.shell.currentWidget.context.model.dirty"
    )


def test_an_explorer_that_was_saved_is_a_picture_when_it_is_opened_again(
    notebook, server, screenshots
):
    name = "reopened.ipynb"
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(EXPLORER)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(made, server.folder / name)
    notebook.open(name)
    notebook.run_all(120)
    [explorer] = notebook.explorers_in(0)
    words = explorer.alt()
    save(notebook)
    assert notebook.explorers_in(0), "saving took the explorer from the page"
    notebook.close()  # and its kernel

    notebook.open(name)
    output = notebook.cell(0).locator(".jp-OutputArea-output")
    output.locator("img").wait_for()
    notebook.page.screenshot(path=screenshots / "reopened.png")
    assert output.locator("img").evaluate("image => image.naturalWidth") > 300
    assert GONE not in notebook.cell(0).inner_text()
    [cell] = nbformat.read(server.folder / name, as_version=4).cells
    assert cell.outputs[0].data["text/plain"] == words


def test_opening_and_saving_a_lesson_changes_nothing(notebook, server):
    """Also where another Python ran it: the file keeps the version that it names."""
    for name, version in {"looked.ipynb": None, "older.ipynb": "3.11.0"}.items():
        lesson = nbformat.read(LESSON, as_version=4)
        if version:
            lesson.metadata.language_info.version = version
        nbformat.write(lesson, server.folder / name)
        before = (server.folder / name).read_bytes()
        notebook.open(name)
        notebook.page.wait_for_timeout(500)
        if not version:
            dirty = "jupyterapp.shell.currentWidget.context.model.dirty"
            assert not notebook.page.evaluate(dirty), "opening marks it as edited"
        save(notebook)
        assert (server.folder / name).read_bytes() == before
        notebook.close()


def test_the_terminal_says_nothing_of_encryption(notebook, server):
    shutil.copy(LESSON, server.folder / "said.ipynb")
    notebook.open("said.ipynb")
    log = (server.folder / "jupyterlab.log").read_text(encoding="utf-8")
    assert "without encryption" not in log
