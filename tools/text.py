"""Write notebooks as text into build/text, to edit and read back with `untext`.

python -m tools text 01      notebooks/01_*.ipynb  ->  build/text/01_*.py
python -m tools untext 01    and back; then `make notebooks NB=01` runs it

Each cell begins with a line such as `# %% [markdown] id="01-004"`: leave the id where
it stands, and the cell keeps its outputs.  A new cell needs none.
"""

import copy

from tools import ROOT, lessons, parser

EXTRAS = ("dev",)
TEXT = ROOT / "build" / "text"
FORMAT = "py:percent"
KEPT = ("tags", "jupyter")  # what the text says of a cell's metadata


def as_text(notebook):
    """A notebook as Python with cells marked by `# %%`, each with its id."""
    import jupytext

    notebook = copy.deepcopy(notebook)
    notebook.metadata = {}
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in KEPT if key in cell.metadata}
        cell.metadata = {"id": cell.id, **kept}
    return jupytext.writes(notebook, fmt=FORMAT)


def main(arguments):
    """Write the chosen notebooks."""
    import nbformat

    options = parser("text", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    TEXT.mkdir(parents=True, exist_ok=True)
    for path in lessons(options.parse_args(arguments).which):
        text = TEXT / f"{path.stem}.py"
        text.write_text(as_text(nbformat.read(path, as_version=4)), encoding="utf-8")
        print(f"{path.relative_to(ROOT)} -> {text.relative_to(ROOT)}")
