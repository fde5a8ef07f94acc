"""Read the text in build/text back into the notebooks; outputs and metadata stay.

python -m tools untext 01    build/text/01_*.py  ->  notebooks/01_*.ipynb

A cell is known by the id in its first line.  Where code was changed, the outputs are
those of before until `make notebooks` runs it.
"""

import nbformat

from tools import LESSON, ROOT, is_meant, notebooks, number, parser
from tools.text import FORMAT, KEPT, TEXT, as_text

EXTRAS = ("dev",)


def merge(notebook, text, prefix):
    """The notebook with the cells as the text has them, in the text's order.

    Parameters
    ----------
    notebook : as it is; changed in place.
    text : what `as_text` wrote, and somebody changed.
    prefix : what the ids of new cells begin with, "01".

    Returns
    -------
    The ids of the cells whose code is new, so that their outputs are not of it.

    Raises
    ------
    ValueError : the text names no cell of the notebook.
    """
    before = {cell.id: cell for cell in notebook.cells}
    untouched = {cell.metadata["id"]: cell for cell in _cells(as_text(notebook))}
    cells, changed = [], []
    for read in _cells(text):
        cell = before.pop(read.metadata.pop("id", None), None)
        if cell is None or cell.cell_type != read.cell_type:
            cell = read  # a new one, a copy, or prose that became code
            changed.append(cell)
        elif read.source != untouched[cell.id].source:
            cell.source = read.source
            if cell.cell_type == "code":
                changed.append(cell)
        for key in KEPT:
            kept = read.metadata.get(key)
            cell.metadata.pop(key, None)
            if kept is not None:
                cell.metadata[key] = kept
        cells.append(cell)
    if len(before) == len(notebook.cells):
        raise ValueError("no cell of the text has the id of a cell of the notebook")
    notebook.cells = cells
    notebooks.name_cells(cells, prefix)
    return [cell.id for cell in changed if cell.cell_type == "code"]


def _cells(text):
    import jupytext

    return jupytext.reads(text, fmt=FORMAT).cells


def main(arguments):
    """Read what `text` has written, and you have changed."""
    options = parser("untext", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    beginnings = tuple(options.parse_args(arguments).which) or ("",)
    texts = sorted(path for path in TEXT.glob("*.py") if LESSON.fullmatch(path.stem))
    texts = [text for text in texts if is_meant(text, beginnings)]
    if not texts:
        raise SystemExit(
            f"No text of that name in {TEXT.relative_to(ROOT)}; `make text` writes it."
        )
    for text in texts:
        path = ROOT / "notebooks" / f"{text.stem}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        try:
            changed = merge(notebook, text.read_text(encoding="utf-8"), number(path))
        except ValueError as error:
            raise SystemExit(
                f"{text.relative_to(ROOT)}: {error}. Write it anew: "
                f"make text NB={number(path)}"
            ) from None
        nbformat.write(notebook, path)
        then = f"; now: make notebooks NB={number(path)}" if changed else ""
        print(f"{text.relative_to(ROOT)} -> {path.relative_to(ROOT)}{then}")
