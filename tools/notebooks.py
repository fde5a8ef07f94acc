"""Run notebooks top to bottom in a fresh kernel and save their outputs.

    python -m tools notebooks            all of them
    python -m tools notebooks 01 04      those whose names begin so

What is saved is reproducible: cells numbered from 1, no timings, no widget state, no
editor's metadata.
"""

import os
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import ROOT, lessons, parser, publish

EXTRAS = ("dev",)
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def tidy(notebook, stem):
    """Keep what a reader needs; drop what changes from run to run or from editor to
    editor.
    """
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{stem[:2]}-{number:03d}"
        cell.metadata = {
            key: cell.metadata[key]
            for key in ("tags", "jupyter")
            if cell.metadata.get(key)
        }
        if cell.cell_type == "markdown":
            cell.pop("attachments", None)
        else:
            cell.outputs = merge_streams(cell.outputs)
            # a widget of a kernel that is gone; the picture beside it stays
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET_VIEW, None)
    return notebook


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
