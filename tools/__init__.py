"""The course's commands: `python -m tools`, and `make`, which calls it.

A command is a module in this folder.  The first line of its docstring is what `help`
lists, `main(arguments)` runs it, and `EXTRAS` names the extras of pyproject.toml that
must be installed before it starts, or is None where any Python will do.
"""

import argparse
import ast
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Command:
    """A command, as its file says; the file is read for that, and not run.

    name : what is typed.
    says : one line for the list of commands.
    extras : what must be installed; None for nothing.
    """

    name: str
    says: str
    extras: "tuple[str, ...] | None"


def commands(folder=ROOT / "tools"):
    """Every command by its name; needs nothing that must be installed."""
    return {path.stem: _read(path) for path in sorted(folder.glob("[a-z]*.py"))}


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
    return Command(path.stem, says, ast.literal_eval(constants["EXTRAS"]))


def parser(name, says):
    """A parser for the arguments of a command; `says` is its module's docstring."""
    return argparse.ArgumentParser(
        prog=f"python -m tools {name}",
        description=says,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def lessons(beginnings=()):
    """The notebooks of the lessons whose names begin so ("01", "04_res"); all without.

    Raises
    ------
    SystemExit : none does.
    """
    found = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    if beginnings:
        found = [path for path in found if path.name.startswith(tuple(beginnings))]
    if not found:
        raise SystemExit(
            f"No notebook in notebooks/ begins with {' or '.join(beginnings)}."
        )
    return found
