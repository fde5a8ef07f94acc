"""Every picture of an opened lesson has words on the page, is shown, fits into its
column, and has the round corners of a card on a dark page.

Nobody has run or signed these notebooks: it is what a newcomer sees who opens the
course with a JupyterLab of their own.
"""

import nbformat
import pytest

from tests.browser.lab import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NARROW = {"width": 1024, "height": 768}
PICTURES = ".jp-OutputArea-output img"
LOOK = """images => images.map(image => {
  const box = image.getBoundingClientRect();
  const area = image.closest('.jp-OutputArea-output').getBoundingClientRect();
  return {
    alt: image.alt,
    shown: image.naturalWidth > 0,
    overhang: box.right - area.right,
    corners: getComputedStyle(image).borderRadius,
    shape: box.width / box.height * image.naturalHeight / image.naturalWidth,
  };
})"""


def words_of_pictures(cell):
    """The alt text of each picture that a saved cell holds."""
    bundles = [output.get("data", {}) for output in cell.get("outputs", [])]
    return [data["text/plain"] for data in bundles if "<img" in str(data)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_picture_of_an_opened_lesson_has_words_and_fits(
    path, notebook, server, screenshots
):
    here = (server.folder / path.name).read_bytes()
    assert here == path.read_bytes(), "not the lesson as it is shipped"
    notebook.page.set_viewport_size(NARROW)
    notebook.open(path.name)
    seen = 0
    for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
        expected = words_of_pictures(cell)
        if not expected:
            continue
        found = notebook.look_in_cell(index, PICTURES, LOOK, count=len(expected))
        assert [picture["alt"] for picture in found] == expected
        for picture in found:
            assert picture["shown"], f"not shown: {picture['alt']}"
            assert picture["overhang"] < 1, f"wider than its column: {picture['alt']}"
            assert picture["corners"] == "8px", f"no card: {picture['alt']}"
            assert abs(picture["shape"] - 1) < 0.02, f"distorted: {picture['alt']}"
        seen += len(found)
        if seen == len(found):
            name = f"{path.stem[:2]}-first-picture.png"
            notebook.page.screenshot(path=screenshots / name)
    assert seen
