"""The project's own files agree with one another."""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def names(requirements):
    return {
        re.split(r"[\[<>=!~ ;]", line, maxsplit=1)[0].lower().replace("_", "-")
        for line in requirements
    }


def test_conda_installs_the_course_and_repeats_no_dependency():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    [pip] = [
        item["pip"] for item in environment["dependencies"] if isinstance(item, dict)
    ]
    assert names(conda) == {"python", "pip"}
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
    assert all(
        re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ;.*)?$", line) for line in lines
    )
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
    from importlib.metadata import version

    for name in sorted(names(PROJECT["project"]["dependencies"])):
        spelled = "[-_.]".join(map(re.escape, name.split("-")))
        locked = re.findall(rf"(?mi)^{spelled}==([\w.]+)", LOCK)
        assert locked and (
            version(name) in locked or os.environ.get("COURSE_NEWEST")
        ), name


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


def test_make_help_lists_every_command_that_the_readme_names():
    done = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = set(re.findall(r"make (\w+)", done.stdout))
    readme = (ROOT / "README.md").read_text(encoding="utf-8") + (
        ROOT / "CONTRIBUTING.md"
    ).read_text(encoding="utf-8")
    named = set(re.findall(r"`make (?:\w+=\S+ )*([a-z]+)", readme))
    assert {"lab", "test"} <= named <= listed


def test_gpu_extra_resolves_to_tensorflow_with_cuda():
    """What `make GPU=1` installs; resolving is all that can be shown on a machine with
    no GPU.
    """
    uv = Path(sys.executable).with_name("uv")
    command = [
        str(uv),
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--extra",
        "gpu",
        "--no-annotate",
        "--constraint",
        "requirements.lock",
        "pyproject.toml",
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    if done.returncode and re.search(
        r"error sending request|Could not connect|dns error", done.stderr, re.IGNORECASE
    ):
        pytest.skip("no package index within reach")
    assert done.returncode == 0, done.stderr
    assert "nvidia-cudnn-cu12" in done.stdout
    assert set(re.findall(r"(?m)^tensorflow==(\S+)", done.stdout)) == set(
        re.findall(r"(?m)^tensorflow==(\S+)", LOCK)
    )


@pytest.fixture
def lab():
    """JupyterLab as `make lab` starts it, on a machine with no display."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tools" / "lab.py"), "--port", "18888"],
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
