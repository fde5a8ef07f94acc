"""Run lessons and homework as Colab would: its versions, one empty folder each.

    python -m tools colab-check --constraints colab.txt           everything
    python -m tools colab-check --constraints colab.txt 05 hw06   these

`colab.txt` holds what Colab has, a line such as `numpy==2.1.3` each.  An environment of
Python 3.13 with just these is made in build/colab (`--python` names an interpreter that
is not called python3.13), and a copy of the repository beside it, whose notebooks carry
a set-up cell that fetches the package from there.  Each notebook then runs twice, alone
in an empty folder: without a network, and with a mirror of this machine's Keras cache.
"""

import contextlib
import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from tools import ROOT, parser

EXTRAS = ("dev", "grading", "browser")
BUILD = ROOT / "build" / "colab"
RUNNERS = ("nbclient", "ipykernel", "pip")  # what runs a notebook there
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")
# Nothing answers at this address, so that no notebook finds the network.
NOWHERE = "http://127.0.0.1:9"
RUN = """
import sys, time, nbformat
from nbclient import NotebookClient
path, timeout = sys.argv[1], int(sys.argv[2])
notebook = nbformat.read(path, as_version=4)
client = NotebookClient(notebook, timeout=timeout, allow_errors=True,
                        store_widget_state=False, kernel_name="python3")
client.execute()
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
for number, cell in enumerate(cells, start=1):
    allowed = "raises-exception" in cell.metadata.get("tags", [])
    for output in cell.outputs:
        if output.output_type == "error" and not allowed:
            what = " ".join(f"{output.ename}: {output.evalue}".split())[:300]
            print(f"error cell [{number}]: {what}")
        if output.output_type == "stream" and output.name == "stderr":
            print(f"stderr cell [{number}]: {' '.join(output.text.split())[:200]}")
print(f"cells {len(cells)}")
"""


def packages(constraints):
    """The names of the packages that a file of constraints holds.

    Raises
    ------
    SystemExit : there is no such file, or no line of it names a version.
    """
    try:
        lines = Path(constraints).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SystemExit(f"The file of constraints cannot be read: {error}") from None
    found = [NAME.match(line)[0] for line in lines if NAME.match(line) and "=" in line]
    if not found:
        raise SystemExit(f"{constraints} has no line such as numpy==2.1.3")
    return found


def environment(constraints, python):
    """The Python of an environment that has what Colab has; made where it is not there,
    or was made from other constraints.
    """
    place, interpreter = BUILD / "venv", BUILD / "venv" / "bin" / "python"
    wanted = Path(constraints).read_text(encoding="utf-8")
    stamp = place / "made-from.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return interpreter
    shutil.rmtree(place, ignore_errors=True)
    named = packages(constraints)
    print(
        f"Making {place.relative_to(ROOT)} with {len(named)} packages ...", flush=True
    )
    _run(python, "-m", "venv", str(place))
    install = [sys.executable, *"-m uv pip install --quiet --python".split()]
    install += [str(interpreter), "-c", str(Path(constraints).resolve())]
    _run(*install, *named, *RUNNERS)
    stamp.write_text(wanted, encoding="utf-8")
    return interpreter


def published_copy():
    """A clone of this repository whose notebooks carry its own address.

    What is committed counts: commit first.
    """
    place = BUILD / "course"
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _run("git", "clone", "--quiet", str(ROOT), str(place))
    publish = [sys.executable, "-m", "tools", "publish", place.as_uri()]
    subprocess.run(
        publish,
        cwd=place,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(place)},
    )
    by = "user.name=colab-check", "user.email=colab-check@localhost"
    settings = [part for setting in by for part in ("-c", setting)]
    commit = ["git", *settings, "commit", "--quiet", "-am", "a local address"]
    subprocess.run(commit, cwd=place, check=True)
    return place


@contextlib.contextmanager
def mirror(folder):
    """The address of a server on this machine that hands out a Keras home."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def notebooks(course, beginnings):
    """Lessons and homework of the copy, as chosen: "05", "hw06"; all without.

    Raises
    ------
    SystemExit : none is called so.
    """
    lessons = sorted((course / "notebooks").glob("[0-9][0-9]*_*.ipynb"))
    homework = sorted((course / "notebooks" / "homework").glob("hw*.ipynb"))
    found = [
        path
        for path in [*lessons, *homework]
        if not beginnings or path.name.startswith(tuple(beginnings))
    ]
    if not found:
        raise SystemExit(f"No notebook begins with {' or '.join(beginnings)}.")
    return found


def play(python, path, network, garden, timeout):
    """Run one notebook alone in an empty folder; what its cells did wrong comes back.

    Parameters
    ----------
    network : address of the mirror, or of nothing.
    garden : a TFDS folder, so that the flowers are drawn once for all notebooks.
    """
    place = BUILD / "empty"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(path, place)
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    here = {name: os.environ[name] for name in kept if name in os.environ}
    here |= {
        "COLAB_RELEASE_TAG": "here",
        "COURSE_DATA": "auto",
        "COURSE_EFFORT": "quick",
        "COURSE_MIRROR": network,
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_HOME": str(place / "keras"),
        "TFDS_DATA_DIR": str(garden),
        "PATH": f"{python.parent}{os.pathsep}{here.get('PATH', '')}",
        # Colab has one Python, and this stands in for it
        "VIRTUAL_ENV": str(python.parent.parent),
    }
    command = [str(python), "-c", RUN, path.name, str(timeout)]
    done = subprocess.run(command, cwd=place, env=here, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if done.returncode or not any(line.startswith("cells ") for line in lines):
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        lines.append(f"error the kernel: {last[:300]}")
    return lines


def main(arguments):
    """0 if no cell of any notebook ended in an error."""
    options = parser("colab-check", __doc__)
    options.add_argument("which", nargs="*", help="beginnings of names: 05, hw06")
    options.add_argument("--constraints", required=True, help="what Colab has")
    options.add_argument("--python", default="python3.13", help="an interpreter")
    options.add_argument("--timeout", type=int, default=900, help="seconds for a cell")
    options.add_argument(
        "--only", choices=("no network", "mirror"), help="one of the two ways only"
    )
    options = options.parse_args(arguments)
    python = environment(options.constraints, options.python)
    course = published_copy()
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    failed = 0
    with mirror(home) as address:
        ways = {"no network": NOWHERE, "mirror": address}
        for path in notebooks(course, options.which):
            for way, network in ways.items():
                if options.only in (None, way):
                    failed += _tell(path, way, *_timed(python, path, network, options))
    return min(failed, 1)


def _timed(python, path, network, options):
    import time

    started = time.perf_counter()
    lines = play(python, path, network, BUILD / "tfds", options.timeout)
    return lines, time.perf_counter() - started


def _tell(path, way, lines, seconds):
    """Say how it went; 1 if there was an error."""
    errors = [line for line in lines if line.startswith("error ")]
    cells = next((line for line in lines if line.startswith("cells ")), "cells ?")
    count = f"{len(errors)} error{'s' * (len(errors) != 1)}"
    print(f"{path.name:34} {way:10} {cells:9} {count:9} {seconds:6.0f} s", flush=True)
    for line in errors:
        print(f"    {line.removeprefix('error ')}", flush=True)
    return int(bool(errors))


def _run(*command):
    subprocess.run(command, check=True)
