"""Colab: the badge, the set-up cell, and an installation that leaves what is there
alone.
"""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import colab
from tools import publish

ROOT = Path(__file__).resolve().parents[2]


GITHUB = "https://github.com/someone/course"
PLACE = Path("01_convolution.ipynb")


def lesson():
    """A notebook that was run: its code cells count 1 and 2."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Convolution"),
            new_code_cell(
                "session = begin()", execution_count=1, metadata={"tags": ["setup"]}
            ),
            new_code_cell(
                "1 + 1",
                execution_count=2,
                outputs=[new_output("execute_result", execution_count=2)],
            ),
        ]
    )


def counts(notebook):
    """What stands in brackets beside each code cell, and beside its result."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return (
        [cell.execution_count for cell in cells],
        [output.execution_count for cell in cells for output in cell.outputs],
    )


def test_no_address_no_badge_and_no_set_up_cell():
    notebook = publish.align(lesson(), "", PLACE)
    assert notebook.cells[0].source == "# Convolution"
    assert notebook.cells[1].source == "session = begin()"
    assert publish.readme_lines("") == ""


def test_an_address_on_github_gives_badge_and_installation():
    notebook = publish.align(lesson(), GITHUB, PLACE)
    assert (
        "/github/someone/course/blob/main/notebooks/01_convolution.ipynb"
        in notebook.cells[0].source
    )
    assert f"git+{GITHUB}" in notebook.cells[1].source
    assert "--no-deps" in notebook.cells[1].source
    assert notebook.cells[1].metadata.jupyter.source_hidden
    assert f"{GITHUB}/issues/new" in notebook.cells[-1].source


def test_cells_that_were_run_stay_numbered_as_the_set_up_cell_comes_and_goes():
    notebook = publish.align(lesson(), GITHUB, PLACE)
    assert counts(notebook) == ([1, 2, 3], [3])
    notebook = publish.align(notebook, "", PLACE)
    assert counts(notebook) == ([1, 2], [2])


def test_a_wrong_order_and_a_cell_that_was_not_run_stay_to_be_seen():
    notebook = lesson()
    notebook.cells[1].execution_count = 7
    notebook.cells[2].execution_count = None
    with_cell = publish.align(notebook, GITHUB, PLACE)
    assert counts(with_cell)[0] == [7, 8, None]
    assert counts(publish.align(with_cell, "", PLACE))[0] == [7, None]


def test_aligning_twice_changes_nothing_and_a_new_address_replaces_the_old():
    once = publish.align(lesson(), GITHUB, PLACE)
    first = nbformat.writes(once)
    assert nbformat.writes(publish.align(once, GITHUB, PLACE)) == first
    moved = publish.align(once, "https://github.com/other/place", PLACE)
    assert "someone" not in nbformat.writes(moved)
    assert [cell.cell_type for cell in moved.cells] == [
        *("markdown", "code", "code", "code", "markdown")
    ]


def test_a_lesson_ends_with_its_homework_and_the_lesson_after_it(tmp_path):
    (tmp_path / "homework").mkdir()
    (tmp_path / "homework" / "hw01_convolution.ipynb").touch()
    for name in ("01_convolution", "02_pooling"):
        title = new_markdown_cell(f"# {name[:2]} · {name[3:].title()}, and more")
        nbformat.write(new_notebook(cells=[title]), tmp_path / f"{name}.ipynb")
    words = publish.what_is_next(tmp_path / "01_convolution.ipynb", "")
    assert "[homework 01](homework/hw01_convolution.ipynb)" in words
    assert "[lesson 02, Pooling](02_pooling.ipynb)." in words
    words = publish.what_is_next(tmp_path / "02_pooling.ipynb", "")
    assert "homework" not in words and "the last lesson so far" in words


def test_the_readme_says_how_to_get_the_course_once_there_is_an_address():
    begin, end = publish.MARKS
    readme = f"# Course\n\n{begin}\n{end}\n\nmake lab\n"
    published = publish.align_readme(readme, GITHUB)
    assert f"git clone {GITHUB}\ncd course\n" in published
    assert "/someone/course/blob/main/notebooks/00_start_here.ipynb" in published
    assert "colab" not in publish.align_readme(readme, "file:///somewhere/course")
    assert publish.align_readme(published, "") == readme
    with pytest.raises(SystemExit, match="once each"):
        publish.align_readme("# Course", GITHUB)


def test_every_page_is_in_line_with_the_address():
    publish.main(["--check"])


@pytest.mark.parametrize("address", ["someone", "someone/course/more", "a b/c"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(SystemExit, match="neither owner/name nor an address"):
        publish.write_repository(address)


def test_only_what_is_not_there_at_all_counts_as_missing(monkeypatch):
    wanted = [
        "numpy>=99",
        "not-there-at-all>=1",
        "jupyterlab>=4",
        "otter; extra == 'dev'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda package: wanted)
    # numpy is there, if in another version
    assert colab.missing_requirements() == ["not-there-at-all>=1"]


BROKEN_BY_METADATA = (
    "  File tensorflow_metadata/proto/v0/anomalies_pb2.py\n"
    "VersionError: gencode 6.31.1 runtime 5.29.6"
)


@pytest.fixture
def fresh_pythons(monkeypatch):
    """No Python is started and nothing installed: each answer is one of a list, and
    what was asked of the interpreter is kept.
    """
    answers, asked = [], []

    def run(command, **options):
        assert command[0] == sys.executable and options["capture_output"]
        asked.append(" ".join(command[1:]))
        error = answers.pop(0)
        return subprocess.CompletedProcess(command, bool(error), "", error)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(colab, "missing_requirements", lambda package: [])
    return answers, asked


IMPORT = f"-c {colab.USE_TFDS}"
INSTALL = "-m pip install --quiet --no-deps tensorflow-metadata<1.18"


def test_a_tfds_that_can_be_imported_is_left_alone(fresh_pythons, capsys):
    answers, asked = fresh_pythons
    answers[:] = [""]
    colab.install_missing()
    assert asked == [IMPORT]
    assert capsys.readouterr().out == "Everything the course needs is here.\n"


def test_a_tensorflow_metadata_that_does_not_fit_is_replaced_and_said_so(
    fresh_pythons, capsys
):
    answers, asked = fresh_pythons
    answers[:] = [BROKEN_BY_METADATA, "", ""]
    colab.install_missing()
    assert asked == [IMPORT, INSTALL, IMPORT]
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Installed tensorflow-metadata<1.18, because")
    assert last == "Everything the course needs is here."


@pytest.mark.parametrize(
    ("answers", "asked", "reasons"),
    [
        (["ImportError: no etils"], [IMPORT], ["no etils"]),
        (
            [BROKEN_BY_METADATA, "", "a.py\nImportError: no promise"],
            [IMPORT, INSTALL, IMPORT],
            ["no promise"],
        ),
        (
            [BROKEN_BY_METADATA, "retry 5\nERROR: no network"],
            [IMPORT, INSTALL],
            ["gencode 6.31.1 runtime 5.29.6", "could not be installed", "no network"],
        ),
    ],
    ids=["another reason", "it does not help", "pip cannot"],
)
def test_a_tfds_that_stays_broken_is_reported_with_its_real_reason(
    fresh_pythons, capsys, answers, asked, reasons
):
    fresh_pythons[0][:] = answers
    colab.install_missing()
    [line] = capsys.readouterr().out.splitlines()
    assert fresh_pythons[1] == asked
    assert "cannot be imported here" in line and "is here." not in line
    assert all(reason in line for reason in reasons)


FAKES = {
    # as TFDS does it: what goes wrong is logged, and the import goes on
    "tensorflow_datasets/__init__.py": """
import traceback
try:
    import tensorflow_metadata
    load = print
except Exception:
    traceback.print_exc()
""",
    "tensorflow_metadata/__init__.py": """
raise RuntimeError("gencode 6 runtime 5")
""",
    "pip/__init__.py": "",
    "pip/__main__.py": """
import sys
from pathlib import Path
assert sys.argv[1:] == "install --quiet --no-deps tensorflow-metadata<1.18".split()
(Path(__file__).parents[1] / "tensorflow_metadata" / "__init__.py").write_text("")
""",
}


@pytest.fixture
def half_imported(tmp_path, monkeypatch):
    """A folder with a TFDS, a tensorflow-metadata that hinders it, and a pip that
    mends it, all before the real ones.
    """
    for name, source in FAKES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(source, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return tmp_path


def test_a_tfds_that_is_only_half_imported_is_found_out_and_mended(
    half_imported, capsys
):
    assert colab.mend_tfds() is None
    assert "Installed tensorflow-metadata<1.18" in capsys.readouterr().out
    assert colab.mend_tfds() is None and not capsys.readouterr().out


def test_of_a_tfds_that_is_half_imported_the_first_error_is_told(half_imported):
    (half_imported / "pip" / "__main__.py").write_text("", encoding="utf-8")
    assert colab.mend_tfds() == "RuntimeError: gencode 6 runtime 5"


def test_a_failure_of_python_that_says_nothing_is_still_a_failure(
    fresh_pythons, monkeypatch
):
    killed = subprocess.CompletedProcess([], -9, "", "")
    monkeypatch.setattr(subprocess, "run", lambda command, **options: killed)
    assert colab.mend_tfds() == "it ended with -9"


@pytest.mark.slow
def test_the_set_up_cell_installs_the_course_from_git_and_changes_nothing_else(
    tmp_path,
):
    """Colab in small: an interpreter with all but the course, an empty folder, a
    repository behind an address.
    """
    site = sysconfig.get_path("purelib")
    origin = tmp_path / "origin"
    shown = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "course_utils",
        "data",
        "etc",
        "*.toml",
        "*.md",
        "LICENSE",
    ]
    for name in subprocess.run(
        shown, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines():
        if (ROOT / name).is_file():  # the working tree as it stands, committed or not
            (origin / name).parent.mkdir(parents=True, exist_ok=True)
            (origin / name).write_bytes((ROOT / name).read_bytes())
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (
        ["init", "--quiet"],
        ["add", "-A"],
        ["commit", "--quiet", "-m", "as it stands"],
    ):
        subprocess.run([*git, *command], cwd=origin, check=True)

    venv.create(tmp_path / "colab", with_pip=True)
    python = tmp_path / "colab" / "bin" / "python"
    [own] = (tmp_path / "colab" / "lib").glob("python3.*/site-packages")
    # a .pth within `site` is not followed
    (own / "preinstalled.pth").write_text(site + "\n", encoding="utf-8")
    before = {
        dist.metadata["Name"]: dist.version
        for dist in importlib.metadata.distributions(path=[site])
    }

    cell = publish.setup_source(f"file://{origin}")
    script = tmp_path / "empty" / "run.py"
    script.parent.mkdir()
    script.write_text(
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"result = InteractiveShell.instance().run_cell({cell!r})\n"
        "assert result.success\n"
        "import importlib.metadata, course_utils, json\n"
        "from course_utils.data_files import data_file\n"
        "print(course_utils.__file__)\n"
        "print(data_file('architectures.csv'))\n",
        encoding="utf-8",
    )
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    environment |= {
        "COLAB_RELEASE_TAG": "test",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
    }
    done = subprocess.run(
        [str(python), str(script)],
        cwd=script.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything the course needs is here." in done.stdout
    assert (
        str(own) in done.stdout.splitlines()[-1]
        and str(own) in done.stdout.splitlines()[-2]
    )
    after = {
        dist.metadata["Name"]: dist.version
        for dist in importlib.metadata.distributions(path=[site])
    }
    assert after == before
    installed = {
        dist.metadata["Name"]
        for dist in importlib.metadata.distributions(path=[str(own)])
    }
    assert installed <= {"course-utils", "pip", "setuptools", "wheel"}
