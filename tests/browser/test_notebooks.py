"""Every notebook runs from top to bottom in JupyterLab, and its explorers answer."""

import re

import pytest

from course_utils.widgets import EXPLORERS
from tests.browser.lab import BACK, ROOT, errors_in, source

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
SECONDS = 450  # for all cells of one notebook, two notebooks at once
BY_TITLE = {explorer.title: explorer for explorer in EXPLORERS}
MAKES_AN_EXPLORER = re.compile(
    rf"\b({'|'.join(explorer.__name__ for explorer in EXPLORERS)})\("
)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_its_explorers_answer(name, notebook, screenshots):
    notebook.open(f"{name}.ipynb")
    notebook.run_all(SECONDS)
    cells = notebook.cells()
    assert not errors_in(cells)
    for index, cell in enumerate(cells):
        if "explorer" not in cell["metadata"].get("tags", []):
            continue
        if not MAKES_AN_EXPLORER.search(source(cell)):
            continue
        for explorer in notebook.explorers_in(index):
            title = explorer.title.replace(" ", "-").lower()
            notebook.page.screenshot(
                path=screenshots / f"{name.partition('_')[0]}-{title}.png"
            )
            answers_a_key(explorer)
    notebook.show_cell(0)
    notebook.page.screenshot(path=screenshots / f"{name}.png")
    assert not notebook.console_errors


def answers_a_key(explorer):
    """One key, whatever state the explorer starts in, changes words and picture."""
    label, key, _ = BY_TITLE[explorer.title].browser_steps[0]
    words, picture = explorer.alt(), explorer.picture()
    explorer.focus(label)
    # a control that stands at its end moves the other way only
    for press in (key, BACK[key]):
        explorer.press(press)
        if explorer.alt_changes(words):
            break
    else:
        pytest.fail(f"{explorer.title}: {key} on {label!r} changes nothing")
    assert explorer.alt(), f"{explorer.title}: no alt text after {key} on {label!r}"
    assert explorer.picture() != picture, (
        f"{explorer.title}: {key} on {label!r} leaves the picture as it was"
    )
