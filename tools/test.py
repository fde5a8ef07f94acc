"""Run every check: form, unit tests, claims, homework, every notebook.

    python -m tools test                               everything
    python -m tools test --fast                        form, unit tests and claims only
    python -m tools test tests/unit/test_boxes.py -x   some tests, as pytest has them
    python -m tools test notebooks/01_convolution.ipynb
    python -m tools test --data auto                   every notebook, on real data
    python -m tools test --data auto 05 06             those notebooks
    python -m tools test --times                       each notebook alone, and its cost
    python -m tools test --times 05 06                 those notebooks

Checks run as on a machine without network, cache and GPU, whatever this one has.  With
`--data auto` every notebook runs on what this machine has, or can download: errors and
failed assertions count, and outputs are not compared, since the saved ones come from
other data.

`--times` says how many seconds of processor time each notebook's checks cost, beside
what they may; start it when nothing else runs.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

from tools import ROOT, lessons, lint, parser

EXTRAS = ("dev", "grading", "browser")
ENVIRONMENT = {
    "COURSE_DATA": "embedded",
    "COURSE_EFFORT": "quick",
    "CUDA_VISIBLE_DEVICES": "-1",
    "MPLBACKEND": "agg",
}
NBVAL = (
    "--nbval --nbval-current-env --nbval-sanitize-with tests/nbval.cfg "
    "--nbval-cell-timeout 300"
).split()
# A notebook's cells stay in one process; tests/conftest.py says which come first.
PARALLEL = ("--dist", "loadscope", "--no-loadscope-reorder")
EVERYTHING = (
    "--ignore tests/browser --ignore tests/cluster --ignore notebooks/homework "
    "tests notebooks"
).split()
FAST = ("-m", "not slow", "tests/unit", "tests/test_claims.py")
DRAW = "from course_utils.datasets.garden import prepare_garden as draw; draw()"
DRAW_SCENES = "; draw('few_scenes')"


def main(arguments):
    """0 if every check passed."""
    options = parser("test", __doc__)
    options.add_argument("--fast", action="store_true", help="form, unit tests, claims")
    options.add_argument("--workers", default="2", help="processes (default 2)")
    options.add_argument(
        "--data",
        choices=("auto", "cached", "embedded"),
        help="run notebooks only, on these data; outputs are not compared",
    )
    options.add_argument(
        "--times",
        action="store_true",
        help="check each notebook alone; a table of processor seconds",
    )
    chosen, of_pytest = options.parse_known_args(arguments)
    os.environ.update(ENVIRONMENT)
    # Dozens of processes import TensorFlow. Images for containers often set this, and
    # each would compile it anew, for twelve seconds: uv installs sources alone.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if chosen.data:
        return on_data(chosen.data, of_pytest)
    if chosen.times:
        from tools import _times

        python("-c", DRAW + DRAW_SCENES)  # drawn once, and counted for no notebook
        alone = ("-n", "0", "-p", "no:playwright", "-p", "no:hypothesispytest")
        return _times.main(lessons(of_pytest), (*NBVAL, *alone))
    if of_pytest and not chosen.fast:
        return python("-m", "pytest", *NBVAL, *of_pytest)
    badly_written = lint.main([])
    # once, before two processes want them
    python("-c", DRAW if chosen.fast else DRAW + DRAW_SCENES)
    workers = ("-n", chosen.workers, *PARALLEL)
    selected = FAST if chosen.fast else (*NBVAL, *EVERYTHING)
    with temporary_files():
        failed = python("-m", "pytest", *workers, *selected, *of_pytest)
    if badly_written:
        print("The form of the code is wrong too: make lint", flush=True)
    return failed or badly_written


@contextlib.contextmanager
def temporary_files():
    """A folder for all temporary files of the processes that begin meanwhile; it goes
    afterwards, with what kernels and servers left that were killed.
    """
    folder = tempfile.mkdtemp(prefix="course-checks-")
    os.chmod(folder, 0o1777)  # as /tmp: some tests become another user
    names = ("TMPDIR", "TEMP", "TMP")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, folder))
    try:
        yield folder
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        with contextlib.suppress(OSError, RecursionError):  # then it stays
            shutil.rmtree(folder)


def on_data(mode, beginnings):
    """Run notebooks in a data mode; 0 if none of their cells ended in an error."""
    from tools import _worlds

    failed = 0
    for path in lessons(beginnings):
        result = _worlds.run(path, {"COURSE_DATA": mode})
        _worlds.tell(result)
        failed += bool(result.errors)
    return min(failed, 1)


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT).returncode
