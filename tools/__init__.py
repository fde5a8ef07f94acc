"""The course's commands: `python -m tools`, and `make`, which calls it.

A command is a module in this folder.  The first line of its docstring is what `help`
lists, `main(arguments)` runs it, and `EXTRAS` names the extras of pyproject.toml that
must be installed before it starts, or is None where any Python will do.
"""

import argparse
import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Command:
    """A command, as its file says; the file is read for that, and not run.

    Parameters
    ----------
    name : what is typed: that of the file, with - for _.
    says : one line for the list of commands.
    extras : what must be installed; None for nothing.
    """

    name: str
    says: str
    extras: "tuple[str, ...] | None"


def commands(folder=ROOT / "tools"):
    """Every command by its name; needs nothing that must be installed."""
    read = [_read(path) for path in sorted(folder.glob("[a-z]*.py"))]
    return {command.name: command for command in read}


def _read(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    if "EXTRAS" not in constants:
        raise SystemExit(f"{path} has no EXTRAS; tools/__init__.py says what they are.")
    says = ast.get_docstring(tree).partition("\n")[0].rstrip(".")
    return Command(
        path.stem.replace("_", "-"), says, ast.literal_eval(constants["EXTRAS"])
    )


def parser(name, says):
    """A parser for the arguments of a command; `says` is its module's docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m tools {name}",
        description=says,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


LESSON = re.compile(r"(\d\d)([a-z]?)_.+")


def number(path):
    """ "01" of 01_convolution.ipynb, "01b" of a further notebook to it."""
    return "".join(LESSON.fullmatch(path.stem).groups())


def is_further(path):
    """Whether a notebook is a further one, such as 01b, beside a lesson."""
    return bool(LESSON.fullmatch(path.stem)[2])


def lessons_in(folder):
    """The lessons and further notebooks of a folder, in order: 01, 01b, 02."""
    return sorted(
        path for path in folder.glob("*.ipynb") if LESSON.fullmatch(path.stem)
    )


def is_meant(path, beginnings):
    """Whether a name begins so; a whole number means that notebook only."""
    return any(
        number(path) == start
        if re.fullmatch(r"\d\d[a-z]?", start)
        else path.name.startswith(start)
        for start in beginnings
    )


def lessons(beginnings=()):
    """The notebooks of the lessons, further ones (01b) included.

    Parameters
    ----------
    beginnings : of names ("04_res", "0"); a whole number ("01", "01b") means that one
        notebook. All without.

    Raises
    ------
    SystemExit : none begins so.
    """
    found = lessons_in(ROOT / "notebooks")
    if beginnings:
        found = [path for path in found if is_meant(path, beginnings)]
    if not found:
        raise SystemExit(
            f"No notebook in notebooks/ begins with {' or '.join(beginnings)}."
        )
    return found
