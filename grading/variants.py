"""A sheet of one's own for each student: the same questions with other numbers.

`make homework VARIANTS=roster.csv` draws the numbers on a sheet (grading/sheets) from
the student's name in the roster, and `make grade VARIANTS=roster.csv` draws them again:
right answers, and the wrong ones that have a message, are computed from them, so
nothing has to be kept.  A student of the roster who hands in another one's answers is
told so.  Off by default; what is on no sheet is the same for all.
"""

import csv
import hashlib
import json
import random
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from grading import grader, master
from grading.escaping import visible
from grading.homework import as_text, grader_cell
from grading.sheets import SHEETS

COLUMNS = ("id", "name")
COPIED = "that is right on another student's sheet; on yours the numbers are different."


def roster(path):
    """The students of a roster: the column "id", or else "name", of a CSV file.

    Raises
    ------
    SystemExit : what is wrong with it.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"The roster cannot be read: {visible(error)}") from None
    rows = list(csv.DictReader(text.splitlines()))
    names = {str(name).strip().lower(): name for name in (rows[0] if rows else {})}
    column = next((names[name] for name in COLUMNS if name in names), None)
    if column is None:
        raise SystemExit(
            f"{visible(path)} should be a CSV file with a line for each student, under "
            f"a line of names, and a column called {' or '.join(COLUMNS)}."
        )
    found = [(row[column] or "").strip() for row in rows]
    for line, student in enumerate(found, start=2):
        if not re.fullmatch(r"\w[\w .@+-]*", student):
            raise SystemExit(
                f"{visible(path)}, line {line}: {visible(student)!r} names no student. "
                "Letters, digits, blanks and . @ + - _ are possible."
            )
        if found.index(student) != line - 2:
            raise SystemExit(f"{visible(path)}, line {line}: {student} is there twice.")
    return found


def owner(submission, students):
    """Whose submission this is: the student whose name stands in its path; None if
    there is none, or more than one that is not part of another.
    """
    found = [
        student
        for student in students
        if re.search(rf"(?<!\w){re.escape(student)}(?![^\W_])", submission)
    ]
    longest = [one for one in found if not any(one != o and one in o for o in found)]
    return longest[0] if len(longest) == 1 else None


@cache
def sheet(name, student):
    """The numbers of one student in one homework; always the same ones."""
    return SHEETS[name](random.Random(f"{name}/{student}"))


def with_sheet(homework, student, others=()):
    """A homework with the tests of one student's sheet.

    Parameters
    ----------
    others : the other students, for grading: who answers for one of them is told so.
    """
    own, questions = sheet(homework.name, student), []
    rights = [answer.right for several in own.answers.values() for answer in several]
    hints = [hint for question in homework.questions for hint in question.hints]
    hints = iter(_exchanged(homework.name, hints, own.hints))
    for question in homework.questions:
        tests = {
            f"test_{answer.name}": _test(
                homework.name,
                student,
                answer,
                [
                    one.right
                    for other in others
                    if other != student
                    for one in sheet(homework.name, other).answers[question.name]
                    if one.name == answer.name and one.right != answer.right
                ],
                rights,
            )
            for answer in own.answers.get(question.name, ())
        }
        missing = tests.keys() - {test.name for test in question.tests}
        if missing:
            raise master.FormatError(
                f"{homework.name}, {question.name} has no {missing.pop()}, which a "
                "sheet needs"
            )
        changed = [
            replace(test, source=tests.get(test.name, test.source))
            for test in question.tests
        ]
        told = tuple(next(hints) for _ in question.hints)
        questions.append(replace(question, tests=tuple(changed), hints=told))
    return replace(homework, questions=tuple(questions))


def _test(name, student, answer, copied, rights):
    """The text of a test, made as a master's are.

    Parameters
    ----------
    copied : what is right on the sheets of others.
    rights : every right answer of this sheet.  A mistake that is the right answer to
        something else is not to be read, so it stands there as a hash.
    """
    salt = hashlib.sha256(f"{name}/{student}/{answer.name}".encode()).hexdigest()[:8]
    right = grader.digest(answer.right, salt, answer.digits)
    wrong = [pair for pair in answer.wrong if pair[0] not in rights]
    wrong += [(value, COPIED) for value in dict.fromkeys(copied)]
    hashed = [
        (grader.digest(value, salt, answer.digits), meaning)
        for value, meaning in answer.wrong
        if value in rights
    ]
    digits = "" if answer.kind == "sizes" else f", digits={answer.digits}"
    of = f", of={answer.of!r}" if answer.of else ""
    return (
        f"def test_{answer.name}({answer.name}):\n"
        f"    for known, meaning in {hashed!r}:\n"
        f"        if matches({answer.name}, known{digits}):\n"
        f"            fail(f'`{answer.name}` = {{written({answer.name})}}: "
        "{meaning}')\n"
        f"    {answer.kind}({answer.name!r}, {answer.name}, right={right!r}{digits}"
        f"{of},\n"
        f"        otherwise={answer.otherwise!r},\n"
        f"        wrong={wrong!r})\n"
    )


def _exchanged(name, texts, pairs):
    """The texts with a new piece in the place of each old one.

    Parameters
    ----------
    pairs : (old, new); each old piece stands in one of the texts, once.

    Raises
    ------
    FormatError : an old piece is not there, or more than once.
    """
    for old, _ in pairs:
        times = sum(text.count(old) for text in texts)
        if times != 1:
            raise master.FormatError(
                f"{name}: {old!r} stands {times} times in the text, and a student's "
                "own numbers belong there once"
            )
    new = dict(pairs)
    # in one go, so that no new piece is taken for an old one
    olds = re.compile("|".join(map(re.escape, new)) or "(?!)")
    return [olds.sub(lambda found: new[found[0]], text) for text in texts]


def student_notebook(text, homework, student):
    """The notebook that one student gets, out of the one that all get, as text.

    Raises
    ------
    FormatError : the master no longer says what a sheet replaces.
    """
    notebook, own = json.loads(text), sheet(homework.name, student)
    title, packed, *others = notebook["cells"]
    sources = ["".join(cell["source"]) for cell in others]
    changed = _exchanged(homework.name, sources, own.text)
    for cell, source in zip(others, changed, strict=True):
        cell["source"] = source.splitlines(keepends=True)
    title["source"] = [
        *title["source"],
        f"\n\n**The sheet of {student}.** Some numbers are yours alone.",
    ]
    source = grader_cell(with_sheet(homework, student)).strip("\n")
    packed["source"] = source.splitlines(keepends=True)
    return as_text(notebook)


class Sheets:
    """The questions of each student's sheet, for grading."""

    def __init__(self, students):
        self.students, self.read = students, cache(self._read)

    def _read(self, name):
        return master.read(master.MASTERS / f"{name}.ipynb")

    def questions(self, name, submission):
        """The questions as that submission's author got them; None for a homework that
        is the same for all.
        """
        if name not in SHEETS:
            return None
        student = owner(submission, self.students)
        homework = with_sheet(self.read(name), student, self.students)
        return {one.name: one.as_dict(hidden=True) for one in homework.questions}

    def check(self, submissions):
        """Raise SystemExit for submissions of which nobody can say whose they are."""
        unknown = [one for one in submissions if not owner(one, self.students)]
        if unknown:
            raise SystemExit(
                f"The roster has no student for {len(unknown)} of these notebooks, "
                f"such as {unknown[0]}: a file, or its folder, has to carry the "
                "student's name as the roster has it, and no other student's."
            )
