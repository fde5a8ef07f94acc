"""Run notebooks top to bottom in a fresh kernel and save their outputs.

    python -m tools notebooks            all of them
    python -m tools notebooks 01 04      those whose names begin so

What is saved is reproducible: cells numbered from 1, no timings, no widget state, and
of the metadata just what JupyterLab would write when it opens the notebook.
"""

import os
import platform
import re
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

from course_utils.saving import drop_widget_views
from tools import ROOT, lab, lessons, parser, publish

EXTRAS = ("dev",)
CHECK = "check"  # the tag of a cell that only asserts: it is folded away
NUMBERED = re.compile(r"\d\d[a-z]?-\d{3}")  # the id of a cell
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
# What the kernel says of its language.  JupyterLab writes it into every notebook that
# it opens; where it stands there already, opening one changes nothing.
LANGUAGE = {
    "name": "python",
    "version": platform.python_version(),
    "mimetype": "text/x-python",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "pygments_lexer": "ipython3",
    "nbconvert_exporter": "python",
    "file_extension": ".py",
}


def tidy(notebook, stem):
    """Keep what a reader needs; drop what changes from run to run or from editor to
    editor.
    """
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": LANGUAGE}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    name_cells(notebook.cells, stem.partition("_")[0])
    for cell in notebook.cells:
        cell.metadata = {
            key: cell.metadata[key]
            for key in ("tags", "jupyter")
            if cell.metadata.get(key)
        }
        if CHECK in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type == "markdown":
            cell.pop("attachments", None)
        else:
            cell.outputs = merge_streams(cell.outputs)
    drop_widget_views({"type": "notebook", "content": notebook})
    return notebook


def name_cells(cells, prefix):
    """A cell keeps its id, so that a diff shows what was changed and no more; a new
    one, or a copy of another, gets the next free number.
    """
    number = max(
        (int(cell.id[-3:]) for cell in cells if NUMBERED.fullmatch(cell.id)), default=-1
    )
    known = set()
    for cell in cells:
        if not cell.id.startswith(f"{prefix}-") or cell.id in known:
            number += 1
            cell.id = f"{prefix}-{number:03d}"
        known.add(cell.id)


def merge_streams(outputs):
    """A cell prints in pieces; how many depends on timing.

    Join neighbours of one stream.
    """
    joined = []
    for output in outputs:
        if (
            output.output_type == "stream"
            and joined
            and joined[-1].get("name") == output.name
        ):
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def run(path, timeout):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        config=Config(KernelManager=lab.encryption()),
        resources={"metadata": {"path": str(path.parent)}},
    )
    started = time.perf_counter()
    client.execute()
    nbformat.write(tidy(notebook, path.stem), path)
    return time.perf_counter() - started


def main(arguments):
    """Bring the set-up cells in line, then run the chosen notebooks."""
    options = parser("notebooks", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    options.add_argument(
        "--timeout",
        type=int,
        default=1800,
        help="seconds a cell may take (default 1800)",
    )
    options = options.parse_args(arguments)
    os.environ["PYTHONPATH"] = str(ROOT)
    paths = lessons(options.which)
    publish.main([])
    for path in paths:
        print(f"{path.name} ... ", end="", flush=True)
        try:
            seconds = run(path, options.timeout)
        except CellExecutionError as error:
            sys.exit(f"failed; the file is unchanged.\n{error}")
        print(f"{seconds:.0f} s, {path.stat().st_size / 1000:.0f} kB")
