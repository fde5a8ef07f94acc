"""Running notebooks to see whether they run: what `rehearse` and `test --data` share.

Nothing is saved and no output is compared.  What counts is which cells end in an error,
and how long all of them took.
"""

import os
import time
from dataclasses import dataclass, field

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

from tools import ROOT, lab

ALLOWED = "band"  # a cell that may fail where nothing was trained


@dataclass
class Run:
    """One notebook, run once.

    Parameters
    ----------
    name : of the notebook.
    cells : how many code cells it has.
    errors : (number of the cell, its first line, the error in one line), all of them.
    allowed : the same for cells tagged `band`, where those may fail.
    seconds : from the start of the kernel to its end.
    said : what cells printed that begins with "rehearsal: ".
    """

    name: str
    cells: int = 0
    errors: list = field(default_factory=list)
    allowed: list = field(default_factory=list)
    seconds: float = 0.0
    said: list = field(default_factory=list)


def run(path, environment, first="", timeout=3600, bands=True, notebook=None):
    """Run a notebook from top to bottom, whatever goes wrong on the way.

    Parameters
    ----------
    path : the notebook's file, which is read and not changed.
    environment : variables for its kernel, beside those of this process.
    first : code that runs before the first cell.
    timeout : seconds that a cell may take.
    bands : whether an error in a cell tagged `band` counts.
    notebook : what to run in place of what the file holds.
    """
    notebook = notebook or nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    numbers = {id(cell): number for number, cell in enumerate(cells, start=1)}
    if first:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        store_widget_state=False,
        config=Config(KernelManager=lab.encryption()),
        resources={"metadata": {"path": str(path.parent)}},
    )
    here = {"PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    result, begun = Run(path.name, len(cells)), []
    client.on_cell_execute = lambda cell, cell_index: begun.append(cell)
    started = time.perf_counter()
    try:
        client.execute(env={**os.environ, **here, **environment})
    except Exception as error:  # the kernel died, or a cell took too long
        last = begun[-1] if begun else None
        line = _first_line(last) if last else "the kernel"
        result.errors.append((numbers.get(id(last), 0), line, _one_line(str(error))))
    result.seconds = time.perf_counter() - started
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.output_type == "error":
                what = (
                    numbers.get(id(cell), 0),
                    _first_line(cell),
                    _one_line(f"{output.ename}: {output.evalue}"),
                )
                may = not bands and ALLOWED in tags
                (result.allowed if may else result.errors).append(what)
            elif output.output_type == "stream":
                marked = [
                    line
                    for line in output.text.splitlines()
                    if line.startswith("rehearsal: ")
                ]
                result.said += marked
    return result


def tell(result):
    """One line for a notebook, and one for each error."""
    counts = f"{len(result.errors)} error{'s' * (len(result.errors) != 1)}"
    if result.allowed:
        counts += f" (and {len(result.allowed)} in bands, which may)"
    print(
        f"{result.name:34} {result.cells:3} cells  {counts:12} {result.seconds:6.0f} s",
        flush=True,
    )
    for number, line, error in result.errors:
        print(f"    cell [{number}] {line!r}: {error}", flush=True)


def _first_line(cell):
    return cell.source.partition("\n")[0][:60]


def _one_line(text):
    return " ".join(text.split())[:300]
