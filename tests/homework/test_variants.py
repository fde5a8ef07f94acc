"""A sheet for each student: the same questions, numbers that are drawn from a name."""

import json

import pytest

from grading import classroom, grader, homework, master, variants
from tests.homework.submissions import LIMITS, answered

STUDENTS = [f"student{number}" for number in range(40)]
NAMES = list(variants.SHEETS)
# the numbers of the master, in the order in which a sheet draws them
OF_THE_MASTER = {
    "hw01_convolution": (125, 190),
    "hw02_pooling": (53, 80, 32, 5),
    "hw03_architectures": (256, 32, 32),
    "hw04_resnet34": (12, 20, 48, 2, 3, 2),
}


class Given:
    """Draws what it is given."""

    def __init__(self, numbers):
        self.numbers = list(numbers)

    def choice(self, _):
        return self.numbers.pop(0)


def read(name):
    return master.read(master.MASTERS / f"{name}.ipynb")


def checks_of(made):
    """{name of an answer: the text of its test}."""
    return {
        test.name.removeprefix("test_"): test.source
        for question in made.questions
        for test in question.tests
    }


def answers(sheet):
    return [answer for several in sheet.answers.values() for answer in several]


@pytest.mark.parametrize("name", NAMES)
def test_with_the_masters_numbers_a_sheet_has_the_masters_answers(name):
    given = Given(OF_THE_MASTER[name])
    sheet, tests = variants.SHEETS[name](given), checks_of(read(name))
    assert not given.numbers
    assert all(old == new for old, new in sheet.text)
    for answer in answers(sheet):
        given = {answer.name: answer.right}
        if answer.name in ("batch_of_8", "stem_stride_2"):
            given["now"] = next(a.right for a in answers(sheet) if a.name == "now")
        assert grader.run_test(tests[answer.name], given) is None, answer.name


@pytest.mark.parametrize("name", NAMES)
def test_every_sheet_has_its_right_answers_and_a_message_for_each_wrong_one(name):
    for student in STUDENTS[:12]:
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
def test_a_sheet_is_always_the_same_and_hardly_ever_another_students(name):
    drawn = [variants.sheet(name, student) for student in STUDENTS]
    variants.sheet.cache_clear()
    assert [variants.sheet(name, student) for student in STUDENTS] == drawn
    assert len({sheet.text for sheet in drawn}) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_a_students_notebook_shows_its_numbers_and_checks_them(name):
    text = (master.HOMEWORK / f"{name}.ipynb").read_text(encoding="utf-8")
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
            wrong = [value for other in several for value, _ in other.wrong]
            assert answer.right not in wrong, "a right answer can be read"
    unchanged = homework.unpacked("".join(json.loads(text)["cells"][1]["source"]))
    for question, asked in unchanged["questions"].items():
        if question not in sheet.answers:
            assert questions[question] == asked


@pytest.mark.parametrize("name", NAMES)
def test_whoever_answers_for_another_student_is_told_so(name):
    graded = checks_of(variants.with_sheet(read(name), "student1", STUDENTS))
    of_others = [answers(variants.sheet(name, student)) for student in STUDENTS]
    told = checked = 0
    for own, *theirs in zip(
        answers(variants.sheet(name, "student1")), *of_others, strict=True
    ):
        for other in theirs:
            near = own.digits < 6 and abs(other.right - own.right) < 0.03 * own.right
            if not near and other.right != own.right:
                said = grader.run_test(graded[own.name], {own.name: other.right})
                assert said
                checked += 1
                told += "another student's sheet" in said
    assert told > 0.8 * checked  # the rest is a mistake of its own, which comes first


def handed_in(student, of=None):
    """Homework 01 of a student, with right answers for the sheet of another one."""
    notebook = answered()
    for answer in answers(variants.sheet("hw01_convolution", of or student)):
        cell = {"cell_type": "code", "metadata": {}, "outputs": [], "id": answer.name}
        cell |= {"source": f"{answer.name} = {answer.right}", "execution_count": None}
        notebook["cells"].append(cell)
    return json.dumps(notebook)


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
    text = (master.HOMEWORK / f"{name}.ipynb").read_text(encoding="utf-8")
    with pytest.raises(master.FormatError, match="stands 0 times"):
        variants.student_notebook(text.replace("53, 80", "54, 80"), read(name), "anna")
