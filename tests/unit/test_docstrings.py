"""Every docstring of the tree has one form: what it is in a sentence or more, then
sections under underlined headings, in one order, with lines such as "name : what".
"""

import ast
import re

import pytest

from tools import ROOT

HEADINGS = (
    "Parameters Attributes Columns Shapes Yields Returns Raises Warns Source".split()
)
NAMED = re.compile(r"(\*{0,2}[\w.]+(?:, \*{0,2}\w+)*) : \S")
OTHER_FORMS = re.compile(
    r"(?:Args|Arguments|Parameters|Returns?|Raises|Yields|Source):|"
    r"(?:Returns|Raises|Yields) |:(?:param|return|raises)"
)


def faults(node):
    """What is wrong with the docstring of a module, class or function."""
    lines, under, order = ast.get_docstring(node).split("\n"), None, []
    for line, after in zip(lines[1:], [*lines[2:], ""], strict=False):
        if re.fullmatch("-{3,}", after) and not line.startswith(" "):
            under = line
            order.append(line)
            if len(after) != len(line):
                yield f"the line under {line!r} is not as long as it"
        elif line.startswith(" ") or not line:
            continue
        elif OTHER_FORMS.match(line) and not isinstance(node, ast.Module):
            yield f"not a heading of its own: {line!r}"
        elif (named := NAMED.match(line)) and not isinstance(node, ast.Module):
            if under is None:
                yield f"no heading above {line!r}"
            elif under == "Parameters" and isinstance(node, ast.FunctionDef):
                names = re.findall(r"\w+", named[1])
                if unknown := set(names) - arguments(node):
                    yield f"takes no {', '.join(unknown)}: {line!r}"
    known = [HEADINGS.index(one) if one in HEADINGS else -1 for one in order]
    if known != sorted(set(known)) or -1 in known:
        yield f"headings {order}, not some of {HEADINGS} in this order"


def arguments(function):
    told = function.args
    more = [one for one in (told.vararg, told.kwarg) if one]
    every = [*told.posonlyargs, *told.args, *told.kwonlyargs, *more]
    return {one.arg for one in every}


def documented(tree):
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node):
            yield node


@pytest.mark.parametrize("folder", ["course_utils", "experiments", "grading", "tools"])
def test_every_docstring_has_the_one_form(folder):
    wrong, count = [], 0
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in documented(ast.parse(path.read_text(encoding="utf-8"))):
            name, count = getattr(node, "name", "(the file)"), count + 1
            wrong += [
                f"{path.relative_to(ROOT)}, {name}: {fault}" for fault in faults(node)
            ]
    assert not wrong, "\n".join(wrong)
    assert count > 25


GOOD = (
    "Say it.\n\nParameters\n----------\nx, y : what.\n\n"
    "Raises\n------\nValueError : no."
)


@pytest.mark.parametrize(
    "words",
    [
        "Say it.\n\nx : what.",
        "Say it.\n\nArgs:\n    x: what.",
        "Say it.\n\nReturns a number.",
        "Say it.\n\nReturns: a number.\n",
        "Say it.\n\n:param x: what",
        "Say it.\n\nParameters\n----------\nz : what.",
        "Say it.\n\nParameters\n---------\nx : what.",
        "Say it.\n\nArguments\n---------\nx : what.",
        "Say it.\n\nRaises\n------\nValueError : no.\n\nReturns\n-------\nA number.",
    ],
)
def test_another_form_is_seen(words):
    function = "def f(x, *, y=1):\n    {!r}"
    [node] = ast.parse(function.format(GOOD)).body
    assert not list(faults(node))
    [node] = ast.parse(function.format(words)).body
    assert list(faults(node))
