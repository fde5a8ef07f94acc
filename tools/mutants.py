"""Break the library on purpose, one line at a time, and see that a test notices.

tests/mutants.txt holds the mutations, one a line: file | text | what it becomes | the
test that must then fail.  Each is tried in a copy of the tree, so yours stays as it is.
First all the named tests must pass in the unchanged copy: a test that always fails
would notice nothing.

    python -m tools mutants                   all of them: each starts TensorFlow
    python -m tools mutants --only boxes      those of one file or test
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tools import ROOT, parser
from tools.test import ENVIRONMENT, NBVAL

EXTRAS = ("dev", "grading", "browser")
LIST = ROOT / "tests" / "mutants.txt"
PASSED, FAILED = 0, 1  # pytest's own exit codes; others mean that it could not run


@dataclass(frozen=True)
class Mutant:
    file: str
    text: str
    instead: str
    test: str


def read(path):
    """The mutations in a list.

    Raises
    ------
    ValueError : a line that has not four parts, with its number.
    """
    mutants = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            parts = line.split(" | ")
            if len(parts) != 4:
                raise ValueError(
                    f"{path.name}, line {number}: {len(parts)} parts, not 4"
                )
            mutants.append(Mutant(*(part.strip() for part in parts)))
    return mutants


def mutated(mutant, source):
    """The file's text with the mutation.

    Raises
    ------
    ValueError : the text to be changed does not stand in it exactly once.
    """
    if (count := source.count(mutant.text)) != 1:
        raise ValueError(f"{mutant.file} holds {mutant.text!r} {count} times, not once")
    return source.replace(mutant.text, mutant.instead)


def copied(root, folder):
    """A copy of the tree: what git tracks, and what is new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
    # tests that ask git which files there are need an answer
    git = ["git", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run([*git, *command], cwd=folder, check=True)


def run(tests, folder):
    """pytest's exit code and what it said last."""
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(folder)}
    # a file may change twice in a second, which Python would not notice
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        + [*NBVAL, *tests],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout[-2000:]


def main(arguments):
    """0 if a test noticed every mutation."""
    command_line = parser("mutants", __doc__)
    command_line.add_argument("--list", type=Path, default=LIST)
    command_line.add_argument(
        "--only", default="", help="files or tests that hold this text"
    )
    command_line.add_argument(
        "--root", type=Path, default=ROOT, help="the tree to break"
    )
    options = command_line.parse_args(arguments)
    chosen = [
        mutant
        for mutant in read(options.list)
        if options.only in mutant.file or options.only in mutant.test
    ]
    if not chosen:
        sys.exit(f"No mutation has {options.only!r} in its file or test.")
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        copied(options.root.resolve(), folder)
        code, said = run(list(dict.fromkeys(mutant.test for mutant in chosen)), folder)
        if code != PASSED:
            sys.exit(f"The tests must pass before anything is broken.\n{said}")
        bad = 0
        for number, mutant in enumerate(chosen, 1):
            started = time.monotonic()
            verdict = tried(mutant, folder)
            bad += verdict != "noticed"
            seconds = time.monotonic() - started
            print(
                f"{number:3d}/{len(chosen)} {verdict:9s} {seconds:4.0f} s  "
                f"{mutant.file}: {mutant.text[:60]}",
                flush=True,
            )
    print(f"{len(chosen) - bad} of {len(chosen)} noticed")
    return int(bad != 0)


def tried(mutant, folder):
    """ "noticed", "SURVIVED", "STALE" (the line has changed), or "BROKEN" (pytest could
    not run).
    """
    file = folder / mutant.file
    try:
        source = file.read_text(encoding="utf-8")
        file.write_text(mutated(mutant, source), encoding="utf-8")
    except (OSError, ValueError):
        return "STALE"
    code, _ = run([mutant.test], folder)
    file.write_text(source, encoding="utf-8")
    return {PASSED: "SURVIVED", FAILED: "noticed"}.get(code, "BROKEN")
