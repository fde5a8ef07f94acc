"""A sheet for each student: the same questions, numbers that are drawn from a name."""

import ast
import contextlib
import json
import random
import re
from functools import cache

import pytest

from grading import classroom, grader, homework, master, variants
from grading.sheets.sheet import mistakes
from tests.homework.submissions import LIMITS, answered

STUDENTS = [f"student{number}" for number in range(40)]
NAMES = list(variants.SHEETS)
# the numbers of the master, in the order in which a sheet draws them
OF_THE_MASTER = {
    "hw01_convolution": (125, 190),
    "hw02_pooling": (53, 80, 32, 5),
    "hw03_architectures": (256, 32, 32),
    "hw04_resnet34": (12, 20, 48, 2, 3, 2),
    "hw05_pretrained_models": ((3, 4), 240, (3, 4), 300, 7, 32),
    "hw06_transfer_learning": (108, 36, 18, 264, 5, 81, 6, 9, 14, 4, 12),
    "hw07_localization": (20, 30, 60, 80, 30, 40, 20, 20, 60),
    "hw08_object_detection": (
        *(10, (0, 0, 0), ("hit", "double", "half", "off")),
        *((0, 1, 2), (0.7, 0.6, 0.55), 0.5, 0.65),
        *((4, "10110", 3), (0.9, 0.7, 0.6), (0.4, 0.3)),
    ),
    "hw09_semantic_segmentation": (7, (4, 2), 8, 5),
    "hw10_scaling_out": (4, 5, 125, 9, 400),
}
# Answers that are numbers and on no sheet.
THE_SAME_FOR_ALL = {
    ("hw01_convolution", "parameters_b"): "no size of an image comes in",
    ("hw01_convolution", "kernel_1"): "read backwards out of a model's summary",
    ("hw01_convolution", "padding_1"): "read backwards out of a model's summary",
    ("hw02_pooling", "small"): "a map of numbers that the lesson pools too",
    ("hw02_pooling", "average"): "a map of numbers that the lesson pools too",
    ("hw02_pooling", "overlapping"): "a map of numbers that the lesson pools too",
    ("hw02_pooling", "measured"): "measured with the student's own function",
    ("hw02_pooling", "by_law"): "belongs to what is measured",
    ("hw02_pooling", "window_needed"): "belongs to what is measured",
    ("hw02_pooling", "poolings"): "read off a curve that was measured",
    ("hw02_pooling", "next_stop"): "read off a curve that was measured",
    ("hw03_architectures", "function"): "the student's own function",
    ("hw03_architectures", "total"): "VGG-16 has what it has",
    ("hw03_architectures", "dense_share"): "VGG-16 has what it has",
    ("hw03_architectures", "wide"): "belongs to a layer that is built there",
    ("hw06_transfer_learning", "judge"): "the name of a part",
    ("hw08_object_detection", "mistakes"): "letters of lines of code",
}


class Given:
    """Draws what it is given."""

    def __init__(self, numbers):
        self.numbers = list(numbers)

    def choice(self, _):
        return self.numbers.pop(0)


@cache
def read(name):
    return master.read(master.MASTERS / f"{name}.ipynb")


@cache
def shipped(name):
    """The notebook that all students get, as it is stored."""
    return (master.HOMEWORK / f"{name}.ipynb").read_text(encoding="utf-8")


def checks_of(made):
    """{name of an answer: the text of its test}."""
    return {
        test.name.removeprefix("test_"): test.source
        for question in made.questions
        for test in question.tests
    }


def answers(sheet):
    return [answer for several in sheet.answers.values() for answer in several]


def called_right(value, answer):
    """Would the grader take this value for the right answer?  Without its slow hash."""
    value, near = grader.plain(value), [grader.plain(value)]
    if grader.is_number(value) and answer.digits < 6 and value:
        unit = 10.0 ** (int(f"{abs(value):e}".split("e")[1]) - answer.digits + 1)
        near += [value - unit, value + unit]
    right = grader.rounded(grader.plain(answer.right), answer.digits)
    return any(grader.rounded(one, answer.digits) == right for one in near)


def test_every_answer_that_is_a_number_is_drawn_or_has_a_reason_not_to_be():
    asked = set()
    for path in master.masters():
        for question in master.read(path).questions:
            for test in question.tests:
                tools = {
                    call.func.id
                    for call in ast.walk(ast.parse(test.source))
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                if not test.hidden and tools & {"number", "sizes", "answer"}:
                    asked.add((path.stem, test.name.removeprefix("test_")))
    drawn = {
        (name, answer.name)
        for name in NAMES
        for answer in answers(variants.sheet(name, "anna"))
    }
    assert not drawn & set(THE_SAME_FOR_ALL)
    assert drawn | set(THE_SAME_FOR_ALL) == asked
    assert NAMES == [path.stem for path in master.masters()]


@pytest.mark.parametrize("name", NAMES)
def test_with_the_masters_numbers_a_sheet_has_the_masters_answers(name):
    given = Given(OF_THE_MASTER[name])
    sheet, tests = variants.SHEETS[name](given), checks_of(read(name))
    assert not given.numbers
    assert all(old == new for old, new in sheet.text + sheet.hints)
    right = {answer.name: answer.right for answer in answers(sheet)}
    for answer in answers(sheet):
        assert grader.run_test(tests[answer.name], right) is None, answer.name


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_has_its_right_answers_and_a_message_for_each_wrong_one(name):
    for student in STUDENTS[:4]:  # each try costs a slow hash
        sheet = variants.sheet(name, student)
        tests = checks_of(variants.with_sheet(read(name), student))
        for answer in answers(sheet):
            said = grader.run_test(tests[answer.name], {answer.name: answer.right})
            assert said is None, (student, answer.name)
            told = set()
            for value, _ in answer.wrong:
                said = grader.run_test(tests[answer.name], {answer.name: value})
                assert said, f"{student}: {answer.name} = {value} is called wrong"
                told |= {one for _, one in answer.wrong if one in said}
            assert len(told) >= 3, (student, answer.name, told)


@pytest.mark.parametrize("name", NAMES)
def test_no_draw_calls_a_right_answer_wrong_or_leaves_a_mistake_without_words(name):
    for number in range(400):
        drawn = variants.SHEETS[name](random.Random(f"{name}/{number}"))
        for answer in answers(drawn):
            assert answer.right == grader.plain(answer.right) or (
                type(answer.right) is tuple
            )
            assert len({meaning for _, meaning in answer.wrong}) >= 3, answer
            for value, meaning in answer.wrong:
                assert not called_right(value, answer), (number, answer.name, meaning)


def test_a_mistake_that_leads_to_the_right_answer_is_left_out():
    assert mistakes(4, (4, "two and two"), (5, "more")) == ((5, "more"),)
    near = (1.003, "nearly"), (1.1, "far"), (1, "just so")
    assert mistakes(1.0, *near, digits=3) == ((1.1, "far"),)
    assert mistakes(1.0, *near) == near[:2]


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_is_always_the_same_and_hardly_ever_another_students(name):
    drawn = [variants.sheet(name, student) for student in STUDENTS]
    variants.sheet.cache_clear()
    assert [variants.sheet(name, student) for student in STUDENTS] == drawn
    assert len({sheet.text for sheet in drawn}) >= 30
    rights = [tuple(answer.right for answer in answers(sheet)) for sheet in drawn]
    assert len(set(rights)) >= 25
    for of_one_question in zip(*rights, strict=True):
        assert len(set(of_one_question)) > 1
    for pairs in zip(*(sheet.text + sheet.hints for sheet in drawn), strict=True):
        assert len(set(pairs)) > 1, pairs[0]


def test_the_instructors_page_names_the_questions_that_are_drawn():
    page = (master.ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    said = " ".join(page.split("answered with a pencil: ")[1].split(". ")[0].split())
    drawn = []
    for name in NAMES:
        *first, last = variants.sheet(name, "anna").answers
        drawn.append(f"{name[2:4]}, {', '.join(first)}{' and ' * bool(first)}{last}")
    assert said == "; ".join(drawn)


def test_a_small_number_is_right_on_many_sheets():
    name, small, large = "hw09_semantic_segmentation", "stamps", "valid_side"
    drawn = [answers(variants.sheet(name, student)) for student in STUDENTS]
    rights = {
        which: [one.right for own in drawn for one in own if one.name == which]
        for which in (small, large)
    }
    assert len(set(rights[small])) <= 3 < len(set(rights[large]))


@pytest.mark.parametrize("name", NAMES)
def test_a_students_notebook_shows_its_numbers_and_checks_them(name):
    text = shipped(name)
    built = variants.student_notebook(text, read(name), "student7")
    assert built == variants.student_notebook(text, read(name), "student7")
    title, packed, *others = json.loads(built)["cells"]
    assert "student7" in "".join(title["source"])
    shown = "\n".join("".join(cell["source"]) for cell in others)
    sheet = variants.sheet(name, "student7")
    for old, new in sheet.text:
        assert new in shown and (old == new or old not in shown)
    questions = homework.unpacked("".join(packed["source"]))["questions"]
    for question, several in sheet.answers.items():
        tests = "\n".join(questions[question]["tests"])
        for answer in several:
            assert f"def test_{answer.name}({answer.name})" in tests
            assert answer.right not in list(read_in(tests)), answer.name
    unchanged = homework.unpacked("".join(json.loads(text)["cells"][1]["source"]))
    for question, asked in unchanged["questions"].items():
        if question not in sheet.answers:
            assert questions[question] == asked
        assert questions[question]["rubric"] == asked["rubric"]
    hints = "\n".join(one for asked in questions.values() for one in asked["hints"])
    for old, new in sheet.hints:
        assert new in hints and (old == new or old not in hints)


def read_in(tests):
    """Every wrong answer that can be read in the text of tests."""
    for call in ast.walk(ast.parse(tests)):
        for keyword in getattr(call, "keywords", ()):
            if keyword.arg == "wrong":
                with contextlib.suppress(ValueError):  # computed, in a master's test
                    yield from (pair[0] for pair in ast.literal_eval(keyword.value))


NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?![\w-]| bit)")  # no "32-bit"


@pytest.mark.parametrize("name", NAMES)
def test_no_number_of_the_master_is_left_in_a_students_questions_and_hints(name):
    gone = set()
    for student in STUDENTS[:12]:
        own = json.loads(variants.student_notebook(shipped(name), read(name), student))
        packed, *others = ["".join(cell["source"]) for cell in own["cells"][1:]]
        asked = homework.unpacked(packed)["questions"]
        sheet = variants.sheet(name, student)
        cells = {
            f"q{cell.split()[2]}": cell
            for cell in others
            if cell.startswith("### Question ")
        }
        for question in sheet.answers:
            text, old, new = cells[question], set(), set()
            for before, after in sheet.text:
                in_common = not any(after in cell for cell in cells.values())
                if after in text or in_common:
                    old, new = old | numbers_in(before), new | numbers_in(after)
            shown = numbers_in("\n".join([text, *asked[question]["hints"]]))
            assert not (old - new) & shown, (student, question)
            gone |= old - new
    assert gone


def numbers_in(text):
    return {number.replace(",", "") for number in NUMBER.findall(text)}


@pytest.mark.parametrize("name", NAMES)
def test_whoever_answers_for_another_student_is_told_so(name):
    graded = checks_of(variants.with_sheet(read(name), "student1", STUDENTS))
    of_others = [answers(variants.sheet(name, student)) for student in STUDENTS]
    told, failed, checked = 0, [0] * len(STUDENTS), 0
    own_answers = answers(variants.sheet(name, "student1"))
    for own, *theirs in zip(own_answers, *of_others, strict=True):
        known = [value for value, _ in own.wrong]
        for number, other in enumerate(theirs):
            if called_right(other.right, own):
                continue
            failed[number] += 1
            # hashes are slow: every answer of a few, and one of each of the rest
            if number < 8 or failed[number] == 1:
                said = grader.run_test(graded[own.name], {own.name: other.right})
                assert said
                if not any(grader.same(other.right, one, own.digits) for one in known):
                    checked += 1
                    told += "right on another student's sheet" in said
    assert told == checked > 10
    # a copied notebook as a whole: hardly ever right, and mostly wrong
    assert failed.pop(1) == 0
    assert sum(count > 0 for count in failed) >= 0.95 * len(failed)
    assert sum(failed) > 0.6 * len(failed) * len(own_answers)


def handed_in(student, of=None, name="hw01_convolution"):
    """A student's homework, with right answers for the sheet of another one."""
    own = variants.student_notebook(shipped(name), read(name), student)
    notebook = answered() if name == "hw01_convolution" else json.loads(own)
    for answer in answers(variants.sheet(name, of or student)):
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "id": answer.name}
        cell |= {"source": f"{answer.name} = {answer.right}", "execution_count": None}
        notebook["cells"].append(cell)
    return json.dumps(notebook)


@pytest.mark.parametrize("name", ["hw08_object_detection", "hw10_scaling_out"])
def test_what_is_right_on_ones_own_sheet_is_graded_so_and_a_copy_is_not(tmp_path, name):
    (tmp_path / "anna.ipynb").write_text(handed_in("anna", name=name))
    (tmp_path / "ben.ipynb").write_text(handed_in("ben", of="anna", name=name))
    rows = classroom.grade_folder(
        tmp_path, limits=LIMITS, progress=False, students=["anna", "ben"]
    )
    points = {(row.submission, row.question): row.points for row in rows}
    for question in read(name).questions:
        if question.name in variants.sheet(name, "anna").answers:
            assert points["anna", question.name] == pytest.approx(question.points)
            assert points["ben", question.name] < question.points
    said = [row.comment for row in rows if row.submission == "ben"]
    assert any("right on another student's sheet" in comment for comment in said)


@pytest.mark.parametrize("name", ["hw01_convolution", "hw10_scaling_out"])
def test_without_a_roster_all_have_the_same_numbers(tmp_path, name):
    (tmp_path / "anna.ipynb").write_text(handed_in("anna", name=name))
    rows = classroom.grade_folder(tmp_path, limits=LIMITS, progress=False)
    drawn = variants.sheet(name, "anna").answers
    points = {row.question: row.points for row in rows}
    worth = {question.name: question.points for question in read(name).questions}
    assert any(points[question] < worth[question] for question in drawn)
    assert not any("another student" in row.comment for row in rows)


def test_a_class_is_graded_by_each_ones_numbers_and_a_copy_is_found(tmp_path):
    (tmp_path / "late").mkdir()
    (tmp_path / "anna.ipynb").write_text(handed_in("anna"))
    (tmp_path / "late" / "ben_hw01.ipynb").write_text(handed_in("ben", of="anna"))
    rows = classroom.grade_folder(
        tmp_path, limits=LIMITS, progress=False, students=["anna", "ben", "carl"]
    )
    points = {(row.submission, row.question): row.points for row in rows}
    assert [points["anna", f"q{n}"] for n in range(1, 7)] == [3, 3, 3, 5, 4, 3]
    copied = [row for row in rows if row.submission == "late/ben_hw01"]
    assert [row.points for row in copied][:6] == [0, 1, 3, 5, 4, 3]
    assert all("another student's sheet" in row.comment for row in copied[:2])


def test_a_notebook_of_nobody_is_named_before_grading_begins(tmp_path):
    (tmp_path / "anna.ipynb").write_text("{}")
    (tmp_path / "hanna.ipynb").write_text("{}")
    with pytest.raises(SystemExit, match="1 of these notebooks, such as hanna"):
        classroom.grade_folder(tmp_path, progress=False, students=["anna"])


def test_a_submission_belongs_to_the_longest_name_in_its_path():
    students = ["anna", "anna b", "s12", "s123"]
    assert variants.owner("hw01/anna", students) == "anna"
    assert variants.owner("anna b", students) == "anna b"
    assert variants.owner("s123_hw01", students) == "s123"
    assert variants.owner("hanna", students) is None
    assert variants.owner("s12/anna", students) is None


def test_a_roster_is_a_column_of_names(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("group,Name\n1,anna\n2, ben k. \n", encoding="utf-8-sig")
    assert variants.roster(path) == ["anna", "ben k."]
    path.write_text("name,id\nAnna,s1\nBen,s2\n")
    assert variants.roster(path) == ["s1", "s2"]
    for text, said in (
        ("student\nanna\n", "called id or name"),
        ("", "called id or name"),
        ("id\ns1\ns1\n", "line 3: s1 is there twice"),
        ("id\n../s1\n", "names no student"),
        ("id,x\n,1\n", "names no student"),
    ):
        path.write_text(text)
        with pytest.raises(SystemExit, match=said):
            variants.roster(path)
    with pytest.raises(SystemExit, match="cannot be read"):
        variants.roster(tmp_path / "none.csv")


def test_a_text_that_has_lost_its_numbers_is_reported():
    name = "hw02_pooling"
    text = shipped(name).replace("53, 80", "54, 80")
    with pytest.raises(master.FormatError, match="stands 0 times"):
        variants.student_notebook(text, read(name), "anna")
    twice = shipped(name).replace("`Dense(5)`", "`Dense(5)`, goes into `Dense(5)`")
    with pytest.raises(master.FormatError, match="stands 2 times"):
        variants.student_notebook(twice, read(name), "anna")
