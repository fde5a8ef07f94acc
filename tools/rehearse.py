"""Run every notebook with the full settings, cut short: what would fail on a GPU?

    python -m tools rehearse              every notebook
    python -m tools rehearse 03 06        those notebooks

Every `fit` is cut to two steps and one epoch, every `evaluate` and `predict` to two
batches; weights that are neither in the cache nor on the network are random ones.  So
shapes, names, options and memory show on a laptop.  Only cells tagged `band` may fail,
since nothing has been trained.  How long each whole run would take here is estimated.
"""

from tools import lessons, parser

EXTRAS = ("dev", "grading", "browser")
BEFORE = "from tools import _rehearsal; _rehearsal.begin()"
AFTER = "_rehearsal.end()"
ENVIRONMENT = {"COURSE_EFFORT": "full", "CUDA_VISIBLE_DEVICES": "-1"}


def rehearse(path, timeout=3600, notebook=None):
    """Run one notebook in full, cut short; a `Run` comes back."""
    import nbformat

    from tools import _worlds

    notebook = notebook or nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(AFTER))
    return _worlds.run(
        path, ENVIRONMENT, first=BEFORE, timeout=timeout, bands=False, notebook=notebook
    )


def hours(result):
    """Hours that the whole run would take on this machine, from what was measured."""
    for line in result.said:
        if line.endswith("hours left out"):
            return float(line.split()[1]) + result.seconds / 3600
    return None


def main(arguments):
    """0 if no notebook ended in an error that it may not."""
    from tools import _worlds

    options = parser("rehearse", __doc__)
    options.add_argument("which", nargs="*", help="the beginning of a name: 01, 04_res")
    options.add_argument(
        "--timeout", type=int, default=3600, help="seconds for a cell (default 3600)"
    )
    options = options.parse_args(arguments)
    failed = 0
    for path in lessons(options.which):
        result = rehearse(path, options.timeout)
        _worlds.tell(result)
        whole = hours(result)
        if whole is not None:
            print(f"    in full on this machine: about {whole:.1f} hours", flush=True)
        failed += bool(result.errors)
    return min(failed, 1)
