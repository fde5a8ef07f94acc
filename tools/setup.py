"""Make the virtual environment (every other command does this by itself).

    python -m tools setup             what the notebooks and their checks need
    python -m tools setup --checks    and what `test`, `grade` and others do

What is installed is what requirements.lock says, file by file: one with another hash
is refused, be it uv, which installs the others, or what builds the course itself.  Only
the CUDA libraries of `--gpu` are not in the lock.  `.venv/.ready` remembers what was
done, so a second start costs nothing until requirements.lock or pyproject.toml changes.
"""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import ROOT, parser

EXTRAS = ("dev",)
CHECKS = ("dev", "grading", "browser")
OLDEST, NEWEST = (3, 11), (3, 13)


def extras_from(arguments):
    """What the arguments of this command ask for."""
    options = parser("setup", __doc__)
    options.add_argument("--checks", action="store_true", help="what checks need, too")
    return CHECKS if options.parse_args(arguments).checks else EXTRAS


def main(arguments):
    """All is done when a command starts; say so."""
    extras_from(arguments)
    print(f"Ready: {sys.prefix}")


def python_with(extras, folder=None):
    """The path of a Python that has the course and these extras; made where need be.

    Parameters
    ----------
    folder : the environment to use; None means this Python's, if it has the course, or
        else `.venv`.
    """
    default = ROOT / ".venv"
    if folder is None and Path(sys.prefix) != default and _installed("course-utils"):
        _check(extras)
        return Path(sys.executable)
    return _ready(Path(folder or default).absolute(), extras)


def _ready(folder, extras):
    scripts = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    python, stamp = folder / scripts, folder / ".ready"
    files = [ROOT / name for name in ("requirements.lock", "pyproject.toml")]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    try:
        done = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        done = {"files": None, "extras": []}
    if done["files"] == digest and set(extras) <= set(done["extras"]):
        return python
    _refuse_another_python(python)
    print(f"Setting up {folder.name} (once; about a minute) ...", flush=True)
    extras = sorted({*extras, *done["extras"]})
    if not python.exists():
        _run(sys.executable, "-m", "venv", folder)
    _install(python, extras)
    stamp.write_text(json.dumps({"files": digest, "extras": extras}), encoding="utf-8")
    print("Ready.", flush=True)
    return python


def _install(python, extras):
    """Everything of the lock that these extras need, and the course."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pip = [python, *"-m pip install --quiet --disable-pip-version-check".split()]
    install = [python, *"-m uv pip install --quiet --python".split(), python]
    with tempfile.TemporaryDirectory() as folder:
        needed = Path(folder) / "requirements.txt"
        needed.write_text(only({"uv"}, lock), encoding="utf-8")
        _run(*pip, "--require-hashes", "-r", needed)
        needed.write_text(only(_required(extras), lock), encoding="utf-8")
        _run(*install, "--require-hashes", "-r", needed)
    if "gpu" in extras:
        [tensorflow] = _project()[1]["gpu"]
        _run(*install, "-c", "requirements.lock", tensorflow)
    _run(*install, "--no-deps", "--no-build-isolation", "-e", ".")


def only(names, lock):
    """The part of the lock that these packages need, they themselves among it.

    A package begins at the margin; its hashes follow, and a comment says what asks for
    it: `# via keras, tensorflow`.
    """
    blocks = re.findall(r"(?m)^[^\s#].*\n(?:[ \t].*\n)*", lock)
    taken, names = [], set(names)
    while more := [
        block
        for block in blocks
        if block not in taken
        and (_name(block) in names or names & set(re.findall(r"[\w.-]+", _via(block))))
    ]:
        taken += more
        names |= {_name(block) for block in more}
    return "".join(block for block in blocks if block in taken)


def _name(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def _via(block):
    return "".join(re.findall(r"# via (.*)", block))


def _required(extras):
    """The names of what the course with these extras asks for itself."""
    dependencies, optional = _project()
    lists = [dependencies, *(optional[extra] for extra in extras)]
    return {_name(requirement) for each in lists for requirement in each}


def _project():
    """The two lists of pyproject.toml: dependencies, and those of each extra."""
    import tomllib  # not before 3.11

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    return project["dependencies"], project["optional-dependencies"]


def _refuse_another_python(python):
    """Say which Pythons will do, where this one cannot make the environment."""
    version = sys.version_info[:2]
    if not python.exists() and not OLDEST <= version <= NEWEST:
        raise SystemExit(
            "The course needs Python 3.11, 3.12 or 3.13, and this is "
            f"{version[0]}.{version[1]}. Name another one: make PYTHON=python3.12 lab, "
            "or py -3.12 -m tools lab"
        )


def _run(*command):
    done = subprocess.run([str(part) for part in command], cwd=ROOT)
    if done.returncode:
        raise SystemExit(done.returncode)  # the command has said why


def _check(extras):
    """In an environment that others made nothing is installed; say what is missing."""
    for extra in extras:
        names = [re.match(r"[\w.-]+", line)[0] for line in _project()[1][extra]]
        missing = [name for name in names if not _installed(name)]
        if missing:
            raise SystemExit(
                f"{sys.prefix} has the course, but not {', '.join(missing)}. Add what "
                f'this command needs: pip install -e ".[{",".join(extras)}]"'
            )


def _installed(name):
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
