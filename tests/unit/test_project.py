"""The project's own files agree with one another."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from importlib.metadata import metadata, requires, version

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT, commands, is_further, lessons, setup

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def names(requirements):
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def test_conda_installs_the_course_and_repeats_no_dependency():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    [pip] = [
        item["pip"] for item in environment["dependencies"] if isinstance(item, dict)
    ]
    assert [item.partition("=")[0] for item in conda] == ["python", "pip"]
    assert pip == ["--editable .[dev]"]


def test_conda_has_a_python_the_course_supports():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    [python] = [
        item
        for item in environment["dependencies"]
        if isinstance(item, str) and item.startswith("python=")
    ]
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.14"
    assert python.removeprefix("python=") in {"3.11", "3.12", "3.13"}


def test_the_lock_holds_every_dependency_exactly_once_a_marker():
    lines = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    for requirement in map(Requirement, lines):
        [exactly] = requirement.specifier
        assert exactly.operator == "==" and requirement.url is None, requirement
    wanted = names(PROJECT["project"]["dependencies"]) | names(
        PROJECT["project"]["optional-dependencies"]["dev"]
    )
    assert wanted <= names(lines)


def test_the_lock_names_no_index():
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_the_environment_is_what_the_lock_says():
    """A dependency added to pyproject.toml and not to the lock would be missing on a
    fresh machine only.
    """
    locked = {}
    for line in LOCK.splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            locked.setdefault(name, []).append(requirement.specifier)
    for name in sorted(names(PROJECT["project"]["dependencies"])):
        is_locked = any(version(name) in versions for versions in locked[name])
        assert is_locked or os.environ.get("COURSE_NEWEST"), name


def test_no_file_names_a_package_index_or_a_folder_of_some_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    forbidden = re.compile(
        "pypi" + r"\.org|files\.pythonhosted|" + "/" + r"(?:root|home)/[a-z]"
    )
    for name in tracked:
        path = ROOT / name
        if (
            path.suffix
            in {".py", ".md", ".toml", ".yml", ".cfg", ".lock", ".cff", ".json", ".csv"}
            and path.exists()
        ):
            found = forbidden.search(path.read_text(encoding="utf-8"))
            allowed = name.startswith("tests/")  # a test may hold a made-up path
            assert found is None or allowed, f"{name}: {found[0]}"


def said_by(*command):
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_make_and_python_list_the_same_commands_and_all_that_the_pages_name():
    by_make = set(re.findall(r"(?m)^  make (\w+)", said_by("make", "help")))
    by_python = said_by(sys.executable, "-m", "tools")
    assert by_make == set(re.findall(r"(?m)^  python -m tools (\w+)", by_python))
    assert by_make == set(commands())
    pages = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "CONTRIBUTING.md", "docs/instructors.md")
    )
    named = set(re.findall(r"`(?:\w+=\S+ )*make (?:\w+=\S+ )*([a-z]+)", pages))
    named |= set(re.findall(r"(?m)^make (?:\w+=\S+ )*([a-z]+)", pages))
    named |= set(re.findall(r"python -m tools ([a-z]+)", pages))
    assert {"lab", "test", "grade"} <= named <= by_make


@pytest.mark.parametrize("name", commands())
def test_every_command_says_what_it_does_and_what_it_can_be_told(name, capsys):
    command = commands()[name]
    assert command.says and len(command.says) <= 80 and command.extras != ()
    with pytest.raises(SystemExit) as left:
        importlib.import_module(f"tools.{name}").main(["--help"])
    assert left.value.code == 0
    assert "usage: python -m " in capsys.readouterr().out


def test_make_passes_its_variables_on():
    """What `make -n` would run, with each variable that `make help` speaks of."""
    variables = "NB=01 FAST=1 GPU=1 SUBMISSIONS=in HW=hw01 REPO=a/b PYTHON=py".split()
    for name, ends in {
        "notebooks": "notebooks 01",
        "test": "test --fast",
        "grade": 'grade --homework "hw01" "in"',
        "publish": "publish a/b",
        "lab": "lab",
    }.items():
        said = said_by("make", "--no-print-directory", "-n", name, *variables).strip()
        assert said == f"py -m tools --venv .venv --gpu {ends}".strip()


def test_a_ready_environment_is_not_made_again_until_the_lock_changes(
    tmp_path, monkeypatch
):
    ran = []
    monkeypatch.setattr(setup, "_run", lambda *command: ran.append(command))
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("as it was")
    (tmp_path / "env").mkdir()
    make = lambda *extras: setup.python_with(extras, tmp_path / "env")
    installed = lambda: [command[-1] for command in ran if "-e" in command]
    assert make("dev").parts[-2:] in {("bin", "python"), ("Scripts", "python.exe")}
    make("dev")
    assert installed() == [".[dev]"]
    make("dev", "grading")
    make("dev")
    assert installed() == [".[dev]", ".[dev,grading]"]
    (tmp_path / "requirements.lock").write_text("as it is now")
    make("dev")
    assert installed()[2:] == [".[dev,grading]"]


def test_an_environment_without_what_a_command_needs_is_told_so(monkeypatch):
    installed = setup._installed
    monkeypatch.setattr(setup, "_installed", lambda name: name != "otter-grader")
    with pytest.raises(SystemExit, match=r"not otter-grader.*pip install"):
        setup._check(("dev", "grading"))
    monkeypatch.setattr(setup, "_installed", installed)
    setup._check(("dev",))


def test_a_python_that_is_too_old_is_told_which_will_do(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(SystemExit, match="3.11, 3.12 or 3.13, and this is 3.10"):
        setup.python_with(("dev",), tmp_path / "env")


def test_both_maps_of_the_course_have_a_row_for_every_lesson():
    """In the README each row begins as the notebook does: its number, a link, and its
    title as far as the first comma or colon.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    wanted = []
    for path in lessons():
        title = nbformat.read(path, as_version=4).cells[0].source.partition("\n")[0]
        number, name = re.fullmatch(r"# (\d\d[a-z]?) · ([^,:]+).*", title).groups()
        wanted.append(f"| {number} | [{name}](notebooks/{path.name}) |")
    assert re.findall(r"(?m)^\| \d\d[a-z]? \| \[.*?\) \|", readme) == wanted
    start = nbformat.read(lessons(["00"])[0], as_version=4)
    mapped = re.findall(
        r"(?m)^\| \[\d\d\]\((.*?)\)", "\n".join(c.source for c in start.cells)
    )
    assert mapped == [path.name for path in lessons()[1:] if not is_further(path)]


def test_gpu_extra_is_the_same_tensorflow_with_cuda():
    """What `make GPU=1` installs, without asking a package index: the locked TensorFlow
    must have the extra, and the extra must bring NVIDIA's libraries.
    """
    [gpu] = map(Requirement, PROJECT["project"]["optional-dependencies"]["gpu"])
    [plain] = [
        requirement
        for requirement in map(Requirement, PROJECT["project"]["dependencies"])
        if requirement.name == "tensorflow"
    ]
    assert (gpu.name, gpu.specifier) == (plain.name, plain.specifier)
    assert gpu.extras == {"and-cuda"}
    assert "and-cuda" in metadata("tensorflow").get_all("Provides-Extra")
    brought = {
        requirement.name
        for requirement in map(Requirement, requires("tensorflow"))
        if requirement.marker and requirement.marker.evaluate({"extra": "and-cuda"})
    }
    assert "nvidia-cudnn-cu12" in brought


@pytest.fixture
def lab():
    """JupyterLab as `make lab` starts it, on a machine with no display."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "tools", "lab", "--port", "18888"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = None
    deadline = time.monotonic() + 90
    while address is None and time.monotonic() < deadline:
        line = server.stdout.readline()
        if not line and server.poll() is not None:
            break
        address = next(iter(re.findall(r"http://\S+", line)), None)
    yield address
    server.terminate()
    server.wait(timeout=20)


def fetch(address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=30) as answer:
        return answer.read()


def test_lab_prints_an_address_that_opens_lesson_00_with_the_token_and_not_without(lab):
    assert lab is not None and lab.startswith("http://127.0.0.1:")
    place, token = lab.split("?token=")
    assert place.endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert b"jupyter-config-data" in fetch(lab)
    contents = place.replace("/lab/tree/", "/api/contents/")
    assert json.loads(fetch(f"{contents}?token={token}"))["type"] == "notebook"
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(contents)
    assert refused.value.code == 403
