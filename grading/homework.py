"""Building: from a master to the student's notebook (committed) and to the autograder's
files (in dist/homework).

otter-grader's `assign` takes solutions and hidden tests out.  What it makes is then
made reproducible (cell ids counted, no dates, no editor's metadata) and self-contained:
the grader, with the public tests, becomes the cell after the title.  There it is
packed: nobody has to scroll past it, and wrong answers with what they mean are not read
by accident.
"""

import base64
import bz2
import contextlib
import io
import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from grading import master

GRADER = Path(__file__).with_name("grader.py")
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
KEPT_TAGS = {"otter_ignore"}
GRADER_CELL = """\
# @title Run this cell first: it brings the grader. Nothing to install or to change.
# Packed, and open to read: grader.unpacked holds the text of the program and the tests.
import base64
import bz2
import json
import types

grader = types.ModuleType("grader")
grader.packed = '''
{packed}
'''
grader.unpacked = json.loads(bz2.decompress(base64.b64decode(grader.packed)))
exec(compile(grader.unpacked["program"], "grader", "exec"), grader.__dict__)

grader.start(globals(), grader.unpacked["questions"])
"""
WIDTH = 88  # of a line of what is packed
SETUP_TAG = "colab-setup"
HIDDEN = {"jupyter": {"source_hidden": True}, "cellView": "form", "deletable": False}


def assign(path, folder):
    """Run otter-grader's assign on a master, without its own check of the tests; its
    student and autograder folders.
    """
    from otter.assign import main  # slow to import, and nobody but the builder needs it

    folder = Path(folder).resolve()
    source = folder / path.name
    shutil.copy(path, source)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        main(str(source), str(folder / "built"), no_pdfs=True, no_run_tests=True)
    return folder / "built" / "student", folder / "built" / "autograder"


def grader_cell(homework):
    """The source of the cell that holds the grader and the public tests, packed."""
    content = {
        "program": GRADER.read_text(encoding="utf-8"),
        "questions": {
            question.name: question.as_dict() for question in homework.questions
        },
    }
    # bz2 gives the same bytes wherever it runs; zlib does not
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    packed = base64.b64encode(bz2.compress(text.encode())).decode()
    lines = [packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH)]
    return GRADER_CELL.format(packed="\n".join(lines))


def unpacked(cell):
    """What `grader_cell` packed, {"program": text, "questions": {name: dict}}."""
    packed = cell.partition("grader.packed = '''")[2].partition("'''")[0]
    return json.loads(bz2.decompress(base64.b64decode(packed)))


def student_notebook(homework, built):
    """The student's notebook, a dict, out of what assign made."""
    notebook = json.loads(built.read_text(encoding="utf-8"))
    cells = []
    for cell in notebook["cells"]:
        metadata = {
            key: cell["metadata"][key]
            for key in ("deletable", "editable")
            if key in cell["metadata"]
        }
        if tags := sorted(set(cell["metadata"].get("tags", [])) & KEPT_TAGS):
            metadata["tags"] = tags
        # for otter's PDFs only
        source = re.sub(
            r"<!-- (BEGIN|END) QUESTION -->\s*", "", "".join(cell["source"])
        )
        if source.strip():
            cells.append(
                {"cell_type": cell["cell_type"], "metadata": metadata, "source": source}
            )
    # under the title, which says what to do with it
    packed = {"cell_type": "code", "metadata": HIDDEN, "source": grader_cell(homework)}
    cells.insert(1, packed)
    for number, cell in enumerate(cells):
        cell["id"] = f"{homework.name[:4]}-{number:03d}"
        cell["source"] = cell["source"].strip("\n").splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": []}
    # `otter run` refuses a notebook without its name
    otter = {"assignment_name": homework.name}
    return {
        "cells": cells,
        "metadata": {
            "otter": otter,
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def with_setup(notebook, setup):
    """A student's notebook with Colab's set-up cell under the grader, where its cells
    import the course's package; without that cell if `setup` is "".

    Parameters
    ----------
    setup : the source of the cell, as `tools.publish.setup` gives it.
    """
    cells = [
        cell
        for cell in notebook["cells"]
        if SETUP_TAG not in cell["metadata"].get("tags", [])
    ]
    wanted = any(
        cell["cell_type"] == "code" and "course_utils" in "".join(cell["source"])
        for cell in cells
    )
    if setup and wanted:
        cell = {"cell_type": "code", "metadata": HIDDEN | {"tags": [SETUP_TAG]}}
        cell |= {"id": f"{cells[1]['id'][:4]}-colab", "outputs": []}
        cell |= {"execution_count": None, "source": setup.splitlines(keepends=True)}
        cells.insert(2, cell)
    return notebook | {"cells": cells}


def as_text(notebook):
    """A notebook as its file holds it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def build(path, setup=""):
    """Build one master in memory:

    (Homework, the student's notebook as text, {name: bytes} for the autograder).

    Parameters
    ----------
    setup : Colab's set-up cell for homework that needs the course's package; "" for
        none.
    """
    homework = master.read(path)
    with tempfile.TemporaryDirectory() as folder:
        student, autograder = assign(path, folder)
        notebook = student_notebook(homework, student / path.name)
        text = as_text(with_setup(notebook, setup))
        files = {"solutions.ipynb": (autograder / path.name).read_bytes()}
        manual = {question.name for question in homework.questions if question.manual}
        for test in sorted((autograder / "tests").glob("*.py")):
            if test.stem in manual:
                # otter-grader would give all its points for having written something
                continue
            files[f"tests/{test.name}"] = with_grader(
                test.read_text(encoding="utf-8")
            ).encode()
        for archive in autograder.glob("*.zip"):
            files["autograder.zip"] = repacked(archive, manual)
    files["questions.json"] = json.dumps(
        {
            question.name: question.as_dict(hidden=True)
            for question in homework.questions
        },
        indent=1,
        ensure_ascii=False,
    ).encode()
    return homework, text, files


def with_grader(test):
    """A test file that otter made, with the tools its tests are written with."""
    line = "from otter.test_files import test_case\n"
    if line not in test:
        raise master.FormatError(
            "otter-grader writes its test files in another way now: see with_grader"
        )
    return test.replace(
        line, line + "\n" + GRADER.read_text(encoding="utf-8") + "\n", 1
    )


def repacked(archive, manual):
    """otter's zip for `otter run` and `otter grade`: test files with their tools, none
    for what a person reads.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(archive) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for item in sorted(old.namelist()):
            content = old.read(item)
            if item in {f"tests/{name}.py" for name in manual}:
                continue
            if re.fullmatch(r"tests/.*\.py", item):
                content = with_grader(content.decode()).encode()
            new.writestr(zipfile.ZipInfo(item), content)
    return packed.getvalue()


def fill(path):
    """Replace each right="salt:?" in a master's tests by the hash of the master's own
    answer.  Returns how many.
    """
    from grading import grader

    homework, text = master.read(path), path.read_text(encoding="utf-8")
    environment = run_solutions(homework)
    found, matches = {}, grader.matches

    def record(value, right, digits=6):
        if not right.endswith(":?"):
            return matches(value, right, digits)
        if right in found:
            raise master.FormatError(
                f"{right!r} occurs twice: give each answer a salt of its own"
            )
        found[right] = grader.digest(value, right[:-2], digits)
        return True

    grader.matches = record
    try:
        for question in homework.questions:
            for test in question.tests:
                message = grader.run_test(test.source, environment)
                if message:
                    raise master.FormatError(
                        f"{question.name}, {test.name} says of the master's answer: "
                        f"{message}"
                    )
    finally:
        grader.matches = matches
    for placeholder, value in found.items():
        text = text.replace(placeholder, value)
    path.write_text(text, encoding="utf-8")
    return len(found)


def run_solutions(homework):
    """Execute the master's code cells in one namespace, without pictures and checks,
    and give it back.
    """
    environment = {"__name__": "__main__"}
    for cell in homework.cells:
        if "otter_ignore" not in cell["tags"] and not cell["source"].startswith(
            "grader."
        ):
            exec(compile(cell["source"], "<master>", "exec"), environment)
    return environment
