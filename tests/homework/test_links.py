"""The links of the students' notebooks lead somewhere."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "homework"
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize(
    "path", sorted(FOLDER.glob("hw*.ipynb")), ids=lambda path: path.stem
)
def test_links_lead_to_files_of_the_course(path):
    notebook = nbformat.read(path, as_version=4)
    targets = [
        link
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for link in LINK.findall(cell.source)
    ]
    assert f"../{path.stem.removeprefix('hw')}.ipynb" in targets
    assert [target for target in targets if not (FOLDER / target).exists()] == []
