"""Colab: the badge, the set-up cell, and an installation that leaves what is there
alone.
"""

import importlib.metadata
import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_utils import colab
from tools import publish

ROOT = Path(__file__).resolve().parents[2]


def lesson():
    begin = new_code_cell("session = begin()", metadata={"tags": ["setup"]})
    return new_notebook(cells=[new_markdown_cell("# Convolution"), begin])


def test_no_address_no_badge():
    notebook = publish.align(lesson(), "", "01_convolution.ipynb")
    assert notebook.cells[0].source == "# Convolution"
    assert "names no repository" in notebook.cells[1].source


def test_an_address_on_github_gives_badge_and_installation():
    notebook = publish.align(
        lesson(), "https://github.com/someone/course", "01_convolution.ipynb"
    )
    assert (
        "/github/someone/course/blob/main/notebooks/01_convolution.ipynb"
        in notebook.cells[0].source
    )
    assert "git+https://github.com/someone/course" in notebook.cells[1].source
    assert "--no-deps" in notebook.cells[1].source


def test_aligning_twice_changes_nothing_and_a_new_address_replaces_the_old():
    once = publish.align(lesson(), "https://github.com/someone/course", "01.ipynb")
    first = [cell.source for cell in once.cells]
    assert [
        cell.source
        for cell in publish.align(
            once, "https://github.com/someone/course", "01.ipynb"
        ).cells
    ] == first
    moved = publish.align(once, "https://github.com/other/place", "01.ipynb")
    assert "someone" not in nbformat.writes(moved) and len(moved.cells) == 3


def test_every_notebook_is_in_line_with_the_address():
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
