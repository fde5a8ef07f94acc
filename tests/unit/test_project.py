"""The project's own files agree with one another."""

import ast
import importlib
import os
import re
import stat
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, requires, version

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import ROOT, commands, is_further, lessons, setup, test

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
# "absl-py==2.5.1 \\" begins at the margin, and its hashes stand below it
LOCKED = [
    Requirement(line.removesuffix("\\"))
    for line in LOCK.splitlines()
    if line and line[0] not in " #"
]


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
    for requirement in LOCKED:
        [exactly] = requirement.specifier
        assert exactly.operator == "==" and requirement.url is None, requirement
    wanted = names(PROJECT["project"]["dependencies"])
    for extra in (*setup.CHECKS, "cluster"):
        wanted |= names(PROJECT["project"]["optional-dependencies"][extra])
    assert wanted <= {canonicalize_name(requirement.name) for requirement in LOCKED}


def test_the_lock_holds_a_hash_of_every_file_and_says_what_asks_for_each():
    blocks = re.findall(r"(?m)^\S.*\n(?:[ \t].*\n)*", LOCK)
    assert len(blocks) == len(LOCKED) > 150
    for block in blocks:
        package, *hashes, via = block.splitlines()
        assert hashes and via.startswith("    # via "), package
        for line in hashes:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), package


def test_the_lock_names_no_index():
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_the_environment_is_what_the_lock_says():
    """A dependency added to pyproject.toml and not to the lock would be missing on a
    fresh machine only.
    """
    locked = {}
    for requirement in LOCKED:
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
    """What a command prints; `make` does not hear of the variables of a `make` that
    started these tests, such as FAST=1.
    """
    of_make = {"FAST", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS"}
    env = {name: value for name, value in os.environ.items() if name not in of_make}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout


def test_make_and_python_list_the_same_commands_and_all_that_the_pages_name():
    by_make = set(re.findall(r"(?m)^  make ([\w-]+)", said_by("make", "help")))
    by_python = said_by(sys.executable, "-m", "tools")
    assert by_make == set(re.findall(r"(?m)^  python -m tools ([\w-]+)", by_python))
    assert by_make == set(commands())
    pages = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("README.md", "CONTRIBUTING.md", "docs/instructors.md")
    )
    named = set(re.findall(r"`(?:\w+=\S+ )*make (?:\w+=\S+ )*([a-z-]+)", pages))
    named |= set(re.findall(r"(?m)^make (?:\w+=\S+ )*([a-z-]+)", pages))
    named |= set(re.findall(r"python -m tools ([a-z-]+)", pages))
    assert {"lab", "test", "grade"} <= named <= by_make


@pytest.mark.parametrize("name", commands())
def test_every_command_says_what_it_does_and_what_it_can_be_told(name, capsys):
    command = commands()[name]
    assert command.says and len(command.says) <= 80 and command.extras != ()
    with pytest.raises(SystemExit) as left:
        importlib.import_module(f"tools.{name.replace('-', '_')}").main(["--help"])
    assert left.value.code == 0
    assert "usage: python -m " in capsys.readouterr().out


def test_make_passes_its_variables_on():
    """What `make -n` would run, with each variable that `make help` speaks of."""
    variables = "NB=01 FAST=1 GPU=1 SUBMISSIONS=in HW=hw01 REPO=a/b PYTHON=py".split()
    variables += ["CONSTRAINTS=colab.txt"]
    for name, ends in {
        "notebooks": "notebooks 01",
        "test": "test --fast",
        "grade": 'grade --homework "hw01" "in"',
        "publish": "publish a/b",
        "rehearse": "rehearse 01",
        "colab-check": "colab-check --constraints colab.txt 01",
        "lab": "lab",
    }.items():
        said = said_by("make", "--no-print-directory", "-n", name, *variables).strip()
        assert said == f"py -m tools --venv .venv --gpu {ends}".strip()
    cluster = "CLUSTER=tcp://host:8786"
    for name in ("grade", "measure"):
        said = said_by(
            "make", "--no-print-directory", "-n", name, cluster, "PYTHON=py"
        ).split()
        assert said[-2:] == ["--cluster", "tcp://host:8786"]
    said = said_by(
        "make",
        "--no-print-directory",
        "-n",
        "test",
        "DATA=auto",
        "NB=05 06",
        "PYTHON=py",
    )
    assert "test --data auto 05 06" in " ".join(said.split())


def test_a_ready_environment_is_not_made_again_until_the_lock_changes(
    tmp_path, monkeypatch
):
    installed = []
    monkeypatch.setattr(setup, "_run", lambda *command: None)
    monkeypatch.setattr(setup, "_install", lambda python, got: installed.append(got))
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("as it was")
    (tmp_path / "env").mkdir()
    make = lambda *extras: setup.python_with(extras, tmp_path / "env")
    assert make("dev").parts[-2:] in {("bin", "python"), ("Scripts", "python.exe")}
    make("dev")
    assert installed == [["dev"]]
    make("dev", "grading")
    make("dev")
    assert installed == [["dev"], ["dev", "grading"]]
    (tmp_path / "requirements.lock").write_text("as it is now")
    make("dev")
    assert installed[2:] == [["dev", "grading"]]


def installing(extras, monkeypatch):
    """The commands that would make an environment, and the lists they would read."""
    ran, lists = [], []

    def run(*command):
        ran.append([str(part) for part in command[1:]])
        if "-r" in command:
            lists.append(command[command.index("-r") + 1].read_text(encoding="utf-8"))

    monkeypatch.setattr(setup, "_run", run)
    setup._install("python", extras)
    return ran, lists


def test_every_package_is_installed_by_its_hash_and_then_the_course_alone(monkeypatch):
    ran, (installer, packages) = installing(("dev",), monkeypatch)
    for command in ran[:-1]:
        assert "--require-hashes" in command
    assert ran[-1][-4:] == ["--no-deps", "--no-build-isolation", "-e", "."]
    # uv, which installs the rest, and what builds the course are in the lock, too
    assert installer.startswith("uv==") and installer.count("==") == 1
    assert re.search("(?m)^hatchling==.*(?:\\n .*)*\\n^", packages)
    assert "tensorflow==" in packages and "otter-grader==" not in packages
    everything = installing((*setup.CHECKS, "cluster"), monkeypatch)[1][1]
    assert everything == LOCK


def test_what_is_installed_is_all_that_the_lock_says_something_asks_for():
    lock = (
        "a==1 \\\n    --hash=x\n    # via course-utils (pyproject.toml)\n"
        "b-c==1 ; sys_platform == 'linux' \\\n    --hash=x\n    # via a, e\n"
        "d==2 \\\n    --hash=x\n    # via b-c\n"
        "e==2 \\\n    --hash=x\n    # via course-utils (pyproject.toml)\n"
        "ab==2 \\\n    --hash=x\n    # via e\n"
    )
    taken = lambda *names: re.findall(r"(?m)^[\w-]+", setup.only(names, lock))
    assert taken("a") == ["a", "b-c", "d"]
    assert taken("e") == ["b-c", "d", "e", "ab"]
    assert taken("d") == ["d"]
    assert setup.only({"a", "e"}, lock) == lock


def test_the_actions_of_github_are_named_by_commit():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        used = re.findall(r"(?m)uses: (.*)$", path.read_text(encoding="utf-8"))
        assert used
        for line in used:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} +# v\d+\.\d+\.\d+", line), line


def test_the_gpu_gets_its_libraries_beside_what_is_locked(monkeypatch):
    ran, (_, packages) = installing(("dev", "gpu"), monkeypatch)
    [cuda] = [command for command in ran if command[-1].startswith("tensorflow[")]
    assert cuda[-3:-1] == ["-c", "requirements.lock"]
    assert packages == installing(("dev",), monkeypatch)[1][1]


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


def test_every_picture_of_the_readme_is_here_small_and_in_words():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[([^\]]*)\]\((docs/[^)]+)\)", readme)
    assert {"docs/explorer.webp", "docs/homework_feedback.png"} <= {
        p for _, p in pictures
    }
    for words, path in pictures:
        assert len(words.split()) > 8
        assert 5_000 < (ROOT / path).stat().st_size < 400_000


def test_temporary_files_of_a_whole_run_go_with_it():
    made = "import tempfile; print(tempfile.mkdtemp())"
    before = dict(os.environ)
    with test.temporary_files() as folder:
        left = subprocess.check_output([sys.executable, "-c", made], text=True).strip()
        assert os.path.dirname(left) == folder and os.path.isdir(left)
        if os.name == "posix":  # a test that becomes nobody makes files there, too
            assert stat.S_IMODE(os.stat(folder).st_mode) == 0o1777
    assert not os.path.exists(folder) and dict(os.environ) == before


def test_what_is_equal_keeps_its_order_on_every_machine():
    """NumPy sorts with the processor's widest operations, and unless told otherwise
    these order equal values differently on different processors.
    """
    unsure = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for room in ("course_utils", "experiments", "grading")
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", None) in ("argsort", "argpartition")
        and "stable" not in [getattr(k.value, "value", None) for k in node.keywords]
    ]
    assert not unsure
