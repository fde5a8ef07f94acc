"""Reading a master notebook: questions, points, tests and hints, out of otter-grader's
assign format.

Every rule of the format that is broken is reported in words, with the question's name,
before anything is built: otter-grader itself drops the first of two tests of one name
without a word, and calls 0 points out of 0 a pass.
"""

import ast
import json
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
HOMEWORK = ROOT / "notebooks" / "homework"
MASTERS = HOMEWORK / "solutions"
CONFIG_BLOCK = re.compile(
    r'""" *# BEGIN TEST CONFIG\n(.*?)\n""" *# END TEST CONFIG\n', re.DOTALL
)


class FormatError(ValueError):
    """A master notebook breaks a rule of its format."""


@dataclass(frozen=True)
class Test:
    """One test: the text of a function.

    `tiers` are its docstring's hints, `see` where they send the reader.
    """

    name: str
    source: str
    points: float
    hidden: bool


@dataclass(frozen=True)
class Question:
    """One question.  `solution` holds the sources of the master's answer cells,
    `rubric` what a person who reads a written answer gives points for.
    """

    name: str
    points: float
    manual: bool
    tests: tuple[Test, ...]
    hints: tuple[str, ...]
    see: str
    solution: tuple[str, ...]
    rubric: tuple[str, ...] = ()

    @property
    def answers(self):
        """The names that a student defines: those the master's answer cells define at
        the top.
        """
        names = []
        for statement in ast.parse("\n".join(self.solution)).body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                names.append(statement.name)
            for target in getattr(statement, "targets", []):
                names += [
                    node.id for node in ast.walk(target) if isinstance(node, ast.Name)
                ]
        return list(dict.fromkeys(names))

    @property
    def parameters(self):
        """{function: its parameters, with their defaults}, of the answers."""
        found = {}
        for one in ast.parse("\n".join(self.solution)).body:
            if isinstance(one, ast.FunctionDef):
                names = [argument.arg for argument in one.args.args]
                values = [f"={ast.unparse(value)}" for value in one.args.defaults]
                values = [""] * (len(names) - len(values)) + values
                found[one.name] = [a + b for a, b in zip(names, values, strict=True)]
        return found

    @property
    def variables(self):
        """What its tests are given: answers, and what the notebook defines for them."""
        arguments = [ast.parse(test.source).body[0].args.args for test in self.tests]
        return list(
            dict.fromkeys(argument.arg for one in arguments for argument in one)
        )

    def as_dict(self, hidden=False):
        """What the grader is started with; hidden tests only for the
        instructor's side.
        """
        tests = [test for test in self.tests if hidden or not test.hidden]
        common = {
            "points": self.points,
            "manual": self.manual,
            "answers": self.answers,
            "parameters": self.parameters,
        }
        if hidden:
            return common | {"tests": [vars(test) for test in tests]}
        return common | {
            "hints": list(self.hints),
            "see": self.see,
            "rubric": list(self.rubric),
            "tests": [test.source for test in tests],
        }


@dataclass(frozen=True)
class Homework:
    name: str
    questions: tuple[Question, ...]
    # the master's code cells, in order, without tests: {source, tags}
    cells: tuple[dict, ...] = field(repr=False)

    @property
    def points(self):
        return sum(question.points for question in self.questions)


def masters():
    """The paths of all masters, in order."""
    return sorted(MASTERS.glob("hw[0-9][0-9]_*.ipynb"))


def find(name):
    """The master whose name begins so, such as "hw01"."""
    found = [path for path in masters() if name and path.stem.startswith(name)]
    if len(found) != 1:
        known = ", ".join(path.stem for path in masters())
        raise SystemExit(
            f"{'No' if not found else 'More than one'} homework begins with {name!r}; "
            f"there are {known}."
        )
    return found[0]


def read(path):
    """A master notebook as a Homework.

    Raises
    ------
    FormatError : what is wrong, in which question.
    """
    path = Path(path)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    questions, code, block, current = [], [], None, None
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        marker = re.match(
            r"# (BEGIN|END) (QUESTION|SOLUTION|TESTS|PROMPT)\s*$", source.split("\n")[0]
        )
        if cell["cell_type"] == "raw" and marker:
            block = marker[2] if marker[1] == "BEGIN" else None
            if marker.groups() == ("BEGIN", "QUESTION"):
                current = {
                    "config": yaml.safe_load(source),
                    "tests": [],
                    "solution": [],
                }
            elif marker.groups() == ("END", "QUESTION"):
                questions.append(_question(current))
                current = None
        elif cell["cell_type"] == "code" and block == "TESTS":
            current["tests"].append(source)
        elif cell["cell_type"] == "code":
            tags = cell["metadata"].get("tags", [])
            code.append(
                {
                    "source": source,
                    "tags": tags,
                    "question": current and current["config"]["name"],
                }
            )
            if block == "SOLUTION":
                current["solution"].append(source)
    names = [question.name for question in questions]
    if names != [f"q{number}" for number in range(1, len(names) + 1)]:
        raise FormatError(
            f"{path.name}: the questions are called {names}, and should be q1, q2, ..."
        )
    homework = Homework(path.stem, tuple(questions), tuple(code))
    prose = "\n".join(
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    )
    for said in [
        f"{homework.points:g} points.",
        *(f"({question.points:g} point" for question in questions),
    ]:
        if said not in prose:
            raise FormatError(
                f"{path.name}: the text should say {said!r}, as the questions' points "
                f"do"
            )
    return homework


def _question(parts):
    config = parts["config"]
    name, manual, points = (
        config["name"],
        bool(config.get("manual")),
        config.get("points"),
    )
    if not isinstance(points, (int, float)) or points <= 0:
        raise FormatError(
            f"{name}: `points` should be a number over 0, and is {points!r}"
        )
    if not parts["solution"]:
        raise FormatError(
            f"{name}: there is no code cell between BEGIN SOLUTION and END SOLUTION"
        )
    tests, hints, see, rubric = [], [], "", []
    for cell in parts["tests"]:
        settings, source = _settings(cell)
        body = _function(name, source)
        docstring = ast.get_docstring(body)
        if docstring and settings["hidden"]:
            raise FormatError(
                f"{name}: {body.name} is hidden and has a docstring: hints belong to "
                f"public tests"
            )
        if docstring:
            told = _told(name, docstring)
            hints, rubric = hints + told["Hint"], rubric + told["Rubric"]
            see = (told["See"] or [see])[-1]
        tests.append((body.name, _without_docstring(source, body), settings))
    if not any(not settings["hidden"] for _, _, settings in tests):
        raise FormatError(
            f"{name}: it has no public test, so a student would be told nothing"
        )
    if not hints or not see:
        raise FormatError(
            f"{name}: the docstring of its first test needs `Hint: ...` and `See: 01 "
            f"· heading`"
        )
    if manual != bool(rubric):
        raise FormatError(
            f"{name}: a question that a person reads, and no other, needs "
            f"`Rubric: ...` in the docstring of its first test: what earns a point"
        )
    twice = {
        test for test, _, _ in tests if [other for other, _, _ in tests].count(test) > 1
    }
    if twice:
        raise FormatError(
            f"{name}: two tests are called {twice.pop()!r}; otter-grader would drop "
            f"the first"
        )
    shares = _shares(
        name, 0 if manual else points, [settings["points"] for _, _, settings in tests]
    )
    built = tuple(
        Test(test, source, share, settings["hidden"])
        for (test, source, settings), share in zip(tests, shares, strict=True)
    )
    return Question(
        name,
        points,
        manual,
        built,
        tuple(hints),
        resolve(see, name),
        tuple(parts["solution"]),
        tuple(rubric),
    )


def _settings(cell):
    """Points and hiding of a test cell, and its source without them: otter's config
    block, or a first line # hidden.
    """
    settings = {"hidden": False, "points": None}
    block = CONFIG_BLOCK.match(cell)
    if block:
        settings |= yaml.safe_load(block[1])
        cell = cell[block.end() :]
    elif cell.lstrip().startswith("#") and re.search(
        r"\bhidden\b", cell.split("\n")[0], re.IGNORECASE
    ):
        settings["hidden"] = True
        cell = cell.split("\n", 1)[1]
    if {"failure_message", "success_message"} & set(settings):
        raise FormatError(
            "failure_message breaks on quotes: say it in the test, with fail(...)"
        )
    return settings, cell.strip() + "\n"


def _function(name, source):
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise FormatError(f"{name}: a test is not valid Python ({error})") from error
    if (
        len(body) != 1
        or not isinstance(body[0], ast.FunctionDef)
        or not body[0].name.startswith("test_")
    ):
        raise FormatError(
            f"{name}: a test cell should hold one function test_..., and nothing else"
        )
    return body[0]


def _without_docstring(source, function):
    if ast.get_docstring(function) is None:
        return source
    lines, expression = source.splitlines(), function.body[0]
    return (
        "\n".join(lines[: expression.lineno - 1] + lines[expression.end_lineno :])
        + "\n"
    )


def _told(name, docstring):
    """What a docstring tells, by kind: paragraphs of `Hint:` (one after the other),
    `See:` (the place to read) and `Rubric:` (what earns a point, once each).
    """
    told = {"Hint": [], "See": [], "Rubric": []}
    for paragraph in re.split(r"\n(?=Hint:|See:|Rubric:)", docstring.strip()):
        kind, _, text = paragraph.partition(":")
        if kind not in told:
            raise FormatError(
                f"{name}: a docstring holds `Hint:`, `See:` and `Rubric:` only, and "
                f"begins with {paragraph[:30]!r}"
            )
        told[kind].append(" ".join(textwrap.dedent(text).split()))
    return told


def resolve(see, name="?"):
    """ "01 · Padding and stride" as a place that can be found; the heading must be in
    the lesson, if it is there.
    """
    number, _, heading = (part.strip() for part in see.partition("·"))
    lessons = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    if not re.fullmatch(r"\d\d", number) or not heading:
        raise FormatError(
            f"{name}: `See: {see}` should be of the form `See: 01 · heading of a "
            f"section`"
        )
    if not lessons:
        return f"lesson {number}, section “{heading}”"
    cells = json.loads(lessons[0].read_text(encoding="utf-8"))["cells"]
    prose = [
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).split("\n")
    ]
    found = [
        line.lstrip("# ") for line in prose if line.startswith("#") and heading in line
    ]
    if not found:
        raise FormatError(
            f"{name}: `See: {see}`: {lessons[0].name} has no such heading"
        )
    return f"lesson {number} ({lessons[0].name}), section “{found[0]}”"


def _shares(name, points, stated):
    """Points of each test, as otter-grader deals them: what is stated, and the rest in
    equal parts.
    """
    open_ones = stated.count(None)
    rest = points - sum(share for share in stated if share is not None)
    if rest < 0 or (rest > 0 and not open_ones):
        raise FormatError(
            f"{name}: the tests' points are {stated}, and the question's {points}"
        )
    return [rest / open_ones if share is None else share for share in stated]
