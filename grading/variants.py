"""A sheet of one's own for each student: the same questions with other numbers.

`make homework VARIANTS=roster.csv` draws the numbers of the questions named in SHEETS
from the student's name in the roster, and `make grade VARIANTS=roster.csv` draws them
again: right answers, and the wrong ones that have a message, are computed from them, so
nothing has to be kept.  A student of the roster who hands in another one's answers is
told whose numbers they do not fit.  Off by default; what is not named in SHEETS is the
same for all.
"""

import csv
import hashlib
import json
import random
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from grading import grader, master
from grading.escaping import visible
from grading.homework import as_text, grader_cell

COLUMNS = ("id", "name")
COPIED = "this is another student's sheet: on yours the numbers are different."


@dataclass(frozen=True)
class Answer:
    """What one test looks for.

    Parameters
    ----------
    wrong : pairs (a wrong answer, what it means), as in a master's tests.
    kind : "number" or "sizes", the grader's tool.
    digits : significant digits that must agree.
    """

    name: str
    right: object
    wrong: tuple
    otherwise: str
    kind: str = "number"
    digits: int = 6


@dataclass(frozen=True)
class Sheet:
    """What the numbers of one student change.

    Parameters
    ----------
    text : pairs (what the master's Markdown says, what this student reads).
    answers : {question: [Answer, ...]}, in the order of the master's tests.
    """

    text: tuple
    answers: dict


def half(n):
    """What a stride of 2 with "same" padding leaves of n."""
    return -(-n // 2)


def convolution(draw):
    """Homework 01, questions 1 and 2: another photograph."""
    h, w = draw.choice(range(101, 150, 2)), draw.choice(range(170, 231, 2))
    a, b = (half(h), half(w)), (half(h) - 2, half(w) - 2)
    c = tuple((n - 3) // 2 + 1 for n in b)
    mb = [4 * n / 1e6 for n in (a[0] * a[1] * 24, b[0] * b[1] * 48, c[0] * c[1] * 96)]
    photo, turned = 4 * h * w * 3 / 1e6, "width and height have changed places."
    sizes = (
        Answer(
            "out_a",
            (*a, 24),
            (
                ((*b, 24), 'that is "valid" padding; layer A says "same".'),
                (
                    (h // 2, w // 2, 24),
                    f'half of {h} is {h / 2}, and "same" rounds up.',
                ),
                ((h, w, 24), '"same" keeps the size only when the stride is 1.'),
                ((*a, 3), "three channels go in; how many feature maps come out?"),
                ((a[1], a[0], 24), turned),
            ),
            f"Take the height alone: {h} pixels, one window at every second pixel.",
            "sizes",
        ),
        Answer(
            "out_b",
            (*b, 48),
            (
                ((*a, 48), 'that is "same" padding; layer B says "valid".'),
                (
                    (b[0] - 1, b[1] - 1, 48),
                    "a window of 3 has one place more in a row of n than n − 3.",
                ),
                ((h - 2, w - 2, 48), "B sees what comes out of A, not the photograph."),
                ((*b, 24), "24 maps go in; how many come out?"),
                ((b[1], b[0], 48), turned),
            ),
            'A window of 3 with "valid" padding cannot be centred on the outermost '
            "pixels of what A gives.",
            "sizes",
        ),
        Answer(
            "out_c",
            (*c, 96),
            (
                ((half(b[0]), half(b[1]), 96), 'that is "same"; layer C says "valid".'),
                (
                    (c[0] - 1, c[1] - 1, 96),
                    "count the first place of the window too: (n − 3) / 2, rounded "
                    "down, plus one.",
                ),
                ((b[0] - 2, b[1] - 2, 96), "layer C has stride 2."),
                ((*c, 48), "48 maps go in; how many come out?"),
                ((c[1], c[0], 96), turned),
            ),
            "A window of 3 that stops at every second place, and does not leave what B "
            "gives.",
            "sizes",
        ),
    )
    costs = (
        Answer(
            "training_mb",
            32 * sum(mb),
            (
                (sum(mb), "that is one photograph; the batch has 32."),
                (8 * sum(mb), "that is with 1 byte a number; a 32-bit float has 4."),
                (64 * sum(mb), "that is with 8 bytes a number; 32 bits are 4 bytes."),
                (256 * sum(mb), "that is in bits; 8 bits are a byte."),
                (32 * (sum(mb) + photo), "you counted the photographs too."),
                (32 * (mb[0] + mb[1]), "that is A and B only; training keeps all."),
            ),
            "Outputs of all three layers, 4 bytes each, 32 photographs.",
            digits=3,
        ),
        Answer(
            "inference_mb",
            mb[0] + mb[1],
            (
                (sum(mb), "that is all three at once, as in training."),
                (sum(mb) + photo, "inference may forget what is no longer needed."),
                (mb[1], "the output's input must be there while it is computed."),
                (mb[1] + mb[2], "B and C are a pair, but there is a larger one."),
                (photo + mb[0], "photograph and A are a pair; there is a larger one."),
            ),
            "A layer's input and its output must be there together; find the largest "
            "such pair.",
            digits=3,
        ),
    )
    text = (("125 pixels high and 190 wide", f"{h} pixels high and {w} wide"),)
    return Sheet(text, {"q1": sizes, "q2": costs})


def pooling(draw):
    """Homework 02, question 2: other maps."""
    h, w = draw.choice(range(41, 80, 2)), draw.choice(range(82, 121, 2))
    c, units = draw.choice((32, 40, 48, 64)), draw.choice(range(5, 10))
    a, b = (h - 3) // 2 + 1, (w - 3) // 2 + 1
    inputs = a * b * c
    answers = (
        Answer(
            "after_max",
            (a, b, c),
            (
                (
                    (half(h), half(w), c),
                    'that is "same" padding; the default is "valid".',
                ),
                (
                    (a - 1, b - 1, c),
                    "count the first place of the window too: plus one.",
                ),
                ((h // 3, w // 3, c), "that is a stride of 3; the question says 2."),
                ((h - 2, w - 2, c), "that is a stride of 1; the question says 2."),
                ((b, a, c), "width and height have changed places."),
            ),
            f"How many windows of 3 fit on {h} pixels, if each begins two pixels after "
            "the last?",
            "sizes",
        ),
        Answer(
            "after_depth",
            (h, w, c // 4),
            (
                ((h // 4, w // 4, c), "depthwise pooling works across the maps."),
                ((h, w, 4), "4 is the number of maps in a group. How many groups?"),
                ((h, w, c - 3), "the groups do not overlap: each gives one map."),
                ((h, w, c), "each group of 4 maps leaves one, its largest values."),
                ((a, b, c // 4), "the question begins anew, before any pooling."),
            ),
            f"{c} maps in groups of 4; each group leaves one map.",
            "sizes",
        ),
        Answer(
            "flat_parameters",
            (inputs + 1) * units,
            (
                (inputs * units, f"you left out the biases, one for each of {units}."),
                (inputs * units + 1, "one bias for each unit, not one for all."),
                ((h * w * c + 1) * units, "that is flattened before the pooling."),
                ((a * b + 1) * units, f"all {c} maps are flattened, not one."),
                (
                    inputs,
                    "that is the number of inputs; each unit has a weight for each.",
                ),
            ),
            f"Numbers that go in, plus one for the bias, times {units} units.",
        ),
        Answer(
            "average_parameters",
            (c + 1) * units,
            (
                (c * units, "you left out the biases."),
                (c * units + 1, "one bias for each unit, not one for all."),
                ((a * b + 1) * units, "it leaves one number a map, not one a place."),
                (2 * units, f"it leaves one number for each of the {c} maps."),
                (0, "the pooling has no parameters; the dense layer behind it has."),
            ),
            "One number for each map goes in.",
        ),
    )
    text = (
        ("the shape (53, 80, 32), for one", f"the shape ({h}, {w}, {c}), for one"),
        ("goes into `Dense(5)`", f"goes into `Dense({units})`"),
    )
    return Sheet(text, {"q2": answers})


def architectures(draw):
    """Homework 03, question 1: another batch of other photographs."""
    side, f = draw.choice((160, 192, 224, 288, 320)), draw.choice((24, 40, 48, 56))
    batch = draw.choice((24, 40, 48, 56))
    half_, quarter = side // 2, side // 4
    layers = [side**2 * f, side**2 * f, half_**2 * f, half_**2 * 2 * f]
    layers += [quarter**2 * 2 * f, quarter**2 * 4 * f]
    one = 4 * sum(layers) / 1e6
    now, pools = batch * one, 4 * batch * (layers[2] + layers[4]) / 1e6
    photos = 4 * batch * 3 * side**2 / 1e6
    answers = (
        Answer(
            "now",
            now,
            (
                (one, f"that is one photograph; the batch has {batch}."),
                (8 * now, "that is in bits; 8 bits are a byte."),
                (2 * now, "that is with 8 bytes a number; 32 bits are 4."),
                (now - pools, "the outputs of the poolings are kept too."),
                (4 * batch * layers[0] / 1e6, "that is the largest layer alone."),
                (now / 1.048576, "here a MB has 1,000,000 bytes."),
                (now + photos, "you counted the photographs too."),
            ),
            f"Six layers, {batch} photographs, 4 bytes a number.",
            digits=3,
        ),
        Answer(
            "batch_of_8",
            8 * one,
            (
                (now / 2, "memory is proportional to the batch: what is 8 of it?"),
                (16 * one, "that is a batch of 16."),
                (4 * one, "that is a batch of 4."),
                (one, "that is one photograph; the batch has 8."),
            ),
            f"From {batch} to 8 photographs: by which factor does memory change?",
            digits=3,
        ),
        Answer(
            "stem_stride_2",
            now / 4,
            (
                (now / 2, "height and width are both halved: a quarter, not a half."),
                (now / 8, "the channels stay; only height and width are halved."),
                (
                    now - 3 * batch * layers[0] / 1e6,
                    "only conv1 has shrunk here; all after it shrinks too.",
                ),
            ),
            "Every layer from conv1 on has half the height and half the width.",
            digits=3,
        ),
    )
    text = (
        (
            "batches of 32 photographs of 256 × 256",
            f"batches of {batch} photographs of {side} × {side}",
        ),
        ("conv1 | (256, 256, 32)", f"conv1 | ({side}, {side}, {f})"),
        ("conv2 | (256, 256, 32)", f"conv2 | ({side}, {side}, {f})"),
        ("pool1 | (128, 128, 32)", f"pool1 | ({half_}, {half_}, {f})"),
        ("conv3 | (128, 128, 64)", f"conv3 | ({half_}, {half_}, {2 * f})"),
        ("pool2 | (64, 64, 64)", f"pool2 | ({quarter}, {quarter}, {2 * f})"),
        ("conv4 | (64, 64, 128)", f"conv4 | ({quarter}, {quarter}, {4 * f})"),
    )
    return Sheet(text, {"q1": answers})


def resnet34(draw):
    """Homework 04, question 1: another small residual network."""
    h, w = 8 * draw.choice(range(9, 15)), 8 * draw.choice(range(15, 24))
    f, counts = draw.choice((32, 40, 56, 64)), [draw.choice((2, 3, 4)) for _ in "abc"]
    units, a, b = sum(counts), f, 2 * f
    kernels, norm = 9 * a * b + 9 * b * b + a * b, 4 * b
    last = (h // 8, w // 8, 4 * f)
    answers = (
        Answer(
            "weighted_layers",
            2 * units + 2,
            (
                (2 * units, "the stem and the dense layer have weights too."),
                (2 * units + 1, "one is missing: stem and dense layer both count."),
                (2 * units + 4, "the name leaves out the convolutions on the skips."),
                (units + 2, "each unit has two convolutions, and you counted one."),
                (units, "that is the number of units; each has two convolutions."),
            ),
            "The stem, two a unit, and the dense layer.",
        ),
        Answer(
            "last_maps",
            last,
            (
                ((h // 16, w // 16, 4 * f), "this stem has no pooling after it."),
                ((h // 4, w // 4, 4 * f), "one halving is missing."),
                ((h, w, 4 * f), "the stem and two of the units have stride 2."),
                ((w // 8, h // 8, 4 * f), "width and height have changed places."),
                ((*last[:2], 2 * f), "how many filters has the last unit?"),
                ((*last[:2], 7), "seven is what the dense layer gives, later."),
            ),
            f"Start with {h} × {w} and halve it at every stride of 2.",
            "sizes",
        ),
        Answer(
            "widening_unit",
            kernels + 3 * norm,
            (
                (
                    kernels - a * b + 2 * norm,
                    "the skip's 1 × 1 convolution is missing.",
                ),
                (kernels + 2 * norm, "the skip has a batch norm too."),
                (kernels, "the batch norms are missing."),
                (kernels + 3 * norm // 2, "a batch norm keeps four numbers a channel."),
                (
                    18 * a * b + a * b + 3 * norm,
                    f"the second convolution sees {b} maps.",
                ),
                (kernels + 8 * a * b + 3 * norm, "the skip's convolution is 1 × 1."),
            ),
            f"Three convolutions ({a} → {b}, {b} → {b}, and {a} → {b} on the skip), "
            "each with a batch norm.",
        ),
        Answer(
            "only_measured",
            3 * 2 * b,
            (
                (3 * norm, "γ and β are learned."),
                (2 * 2 * b, "the unit has three batch norms: the skip's is one."),
                (3 * b, "a batch norm measures a mean and a variance."),
                (2 * b, "that is one batch norm; this unit has three."),
                (0, "a batch norm measures a mean and a variance."),
            ),
            "A mean and a variance, for every channel of every batch norm in the unit.",
        ),
    )
    plan = " + ".join(
        f"[{n * f}] * {count}" for n, count in zip((1, 2, 4), counts, strict=True)
    )
    text = (
        ("96 pixels high and 160 wide", f"{h} pixels high and {w} wide"),
        ("a stem: 48 filters", f"a stem: {f} filters"),
        ("[48] * 2 + [96] * 3 + [192] * 2", plan),
        ("goes from 48 to 96 channels", f"goes from {a} to {b} channels"),
    )
    return Sheet(text, {"q1": answers})


SHEETS = {
    "hw01_convolution": convolution,
    "hw02_pooling": pooling,
    "hw03_architectures": architectures,
    "hw04_resnet34": resnet34,
}


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
        questions.append(replace(question, tests=tuple(changed)))
    return replace(homework, questions=tuple(questions))


def _test(name, student, answer, copied):
    """The text of a test, made as a master's are."""
    salt = hashlib.sha256(f"{name}/{student}/{answer.name}".encode()).hexdigest()[:8]
    right = grader.digest(answer.right, salt, answer.digits)
    wrong = [*answer.wrong, *((value, COPIED) for value in dict.fromkeys(copied))]
    digits = "" if answer.kind == "sizes" else f", digits={answer.digits}"
    return (
        f"def test_{answer.name}({answer.name}):\n"
        f"    {answer.kind}({answer.name!r}, {answer.name}, right={right!r}{digits},\n"
        f"        otherwise={answer.otherwise!r},\n"
        f"        wrong={wrong!r})\n"
    )


def student_notebook(text, homework, student):
    """The notebook that one student gets, out of the one that all get, as text.

    Raises
    ------
    FormatError : the master no longer says what a sheet replaces.
    """
    notebook, own = json.loads(text), sheet(homework.name, student)
    title, packed, *others = notebook["cells"]
    for old, new in own.text:
        places = [cell for cell in others if old in "".join(cell["source"])]
        if len(places) != 1:
            raise master.FormatError(
                f"{homework.name}: {old!r} stands {len(places)} times in the text, and "
                "a student's own numbers belong there once"
            )
        source = "".join(places[0]["source"]).replace(old, new)
        places[0]["source"] = source.splitlines(keepends=True)
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
