"""What a submission can see, reach and fill: behind each kind of walls that this
machine lets stand, and without any.

docs/instructors.md says the same in words; test_instructors_page.py ties its sentences
to these tests.
"""

import getpass
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from grading import classroom, inside, master, sandbox, walls
from tests.homework.submissions import (
    LIMITS,
    answered,
    as_bytes,
    graded,
    questions,
    with_cell,
)

FULL_WALLS = [kind for kind, one in walls.available().items() if one.full]
OPEN = [kind for kind, one in walls.available().items() if not one.full]
NO_NETWORK = [kind for kind in walls.available() if kind != "none"]
full_walls = pytest.mark.parametrize(
    "kind",
    FULL_WALLS
    or [
        pytest.param(
            "",
            marks=pytest.mark.skip(
                reason="no full walls here: neither bubblewrap nor user namespaces"
            ),
        )
    ],
)


def did(source, kind, disk=50_000_000, files=1000):
    """Whether the code, which sets `worked`, got what it wanted behind these walls."""
    lines = ["worked = False", "try:", *(f"    {line}" for line in source.split("\n"))]
    lines += ["except (OSError, ValueError): pass", "print(worked)"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            walls.choose(kind).start("\n".join(lines), [], disk, files),
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stdout in ("True\n", "False\n"), done.stdout + done.stderr
    return done.stdout == "True\n"


def reads(path):
    return f"worked = bool(open({str(path)!r}, 'rb').read(1))"


def writes(path):
    return f"open({str(path)!r}, 'w').write('x')\nworked = True"


@full_walls
def test_full_walls_hide_files(kind, tmp_path):
    other = tmp_path / "other.ipynb"
    other.write_text("the work of another student")
    home = Path.home() / f".seen-by-no-submission-{os.getpid()}"
    home.write_text("x")
    try:
        for path in (other, home, master.masters()[0], Path(sandbox.__file__)):
            assert not did(reads(path), kind), path
    finally:
        home.unlink()
    assert did(reads(master.ROOT / "course_utils" / "__init__.py"), kind)


@full_walls
def test_full_walls_are_read_only_but_for_a_folder_with_limits(kind, tmp_path):
    for place in (tmp_path, "/", "/usr", "/dev", "/etc", sys.prefix, sys.base_prefix):
        assert not did(writes(f"{place}/written-{os.getpid()}"), kind), place
        assert not Path(f"{place}/written-{os.getpid()}").exists()
    assert not did(writes("/proc/sys/kernel/core_pattern"), kind)
    assert did(writes("mine"), kind)
    fill = (
        "for number in range(100):\n    open(str(number), 'wb').write(b'x' * 100_000)"
    )
    assert did(fill + "\nworked = True", kind, disk=20_000_000)
    assert not did(fill + "\nworked = True", kind, disk=5_000_000)
    assert not did(fill + "\nworked = True", kind, files=50)


@full_walls
def test_full_walls_let_no_socket_out(kind, tmp_path):
    place = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        knock = (
            "import socket\nsocket.socket(socket.AF_UNIX).connect({!r})\nworked = True"
        )
        assert not did(knock.format(str(place)), kind)
        assert did(knock.format(str(place)), "none")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0course-{os.getpid()}")
        server.listen()
        assert not did(knock.format(f"\0course-{os.getpid()}"), kind)


@full_walls
def test_full_walls_hide_processes_and_their_environment(kind):
    looks = (
        "import os\npids = [one for one in os.listdir('/proc') if one.isdigit()]\n"
        "found = [open(f'/proc/{one}/environ', 'rb').read() for one in pids]\n"
    )
    own = repr(os.environ["PATH"].encode())
    assert did(looks + f"worked = any({own} in one for one in found)", kind)
    secret = repr(b"PYTEST_CURRENT_TEST")
    assert not did(looks + f"worked = any({secret} in one for one in found)", kind)
    assert not did(looks + "worked = len(pids) > 4", kind)
    assert not did(f"import os\nos.kill({os.getpid()}, 0)\nworked = True", kind)


@full_walls
def test_full_walls_give_no_rights_back(kind):
    asks = (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "worked = {call} == 0 or 'CapEff:\\t0000000000000000' not in "
        "open('/proc/self/status').read()"
    )
    assert not did(asks.format(call="libc.unshare(0x10000000)"), kind)  # a user's
    assert not did(asks.format(call="libc.unshare(0x00020000)"), kind)  # of mounts
    mounts = "libc.mount(b'x', b'/box', b'tmpfs', 0, None)"
    assert not did(asks.format(call=mounts), kind)


@full_walls
def test_filling_the_folder_costs_nobody_else(kind, tmp_path, monkeypatch):
    """The disk of this machine holds as many files as before."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fills = "for number in range(10**6): open(str(number), 'w').close()"
    rows = graded(with_cell(fills, place=-1), kind, files=5000)
    assert rows[0].points == 3 and not list(tmp_path.rglob("*"))


def local_server():
    return socket.create_server(("127.0.0.1", 0))


def connects(server):
    port = server.getsockname()[1]
    return (
        f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)\n"
        f"worked = True"
    )


@pytest.mark.parametrize("kind", walls.available())
def test_only_without_walls_is_there_a_network(kind):
    with local_server() as server:
        assert did(connects(server), kind) == (kind == "none")


@pytest.mark.parametrize("kind", OPEN)
def test_without_full_walls_files_can_be_read_and_written(kind, tmp_path):
    assert did(reads(master.masters()[0]), kind)
    assert did(writes(tmp_path / "left"), kind)
    assert (tmp_path / "left").read_text() == "x"


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc on this system")
def test_without_walls_the_environment_can_be_read_but_is_not_given(monkeypatch):
    monkeypatch.setenv("HOME_OF_SECRETS", "42")
    given = "import os\nif 'HOME_OF_SECRETS' in os.environ: out_a = 0"
    assert graded(with_cell(given, place=-1), "none")[0].points == 3
    secret = repr(b"PATH=")
    looks = "import os\nfound = open(f'/proc/{os.getppid()}/environ', 'rb').read()\n"
    assert did(looks + f"worked = {secret} in found", "none")


def test_without_walls_a_process_that_hides_may_live_on():
    """It wipes its environment and leaves its family; the mark is gone with them."""
    number = f"8{os.getpid():06d}"
    hides = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        f"    os.execve(sys.executable, ['python', '-c', 'import time; "
        f"time.sleep({number})'], {{}})\n"
        "time.sleep(1)"
    )
    graded(with_cell(hides), "none")
    left = [
        one
        for one in psutil.process_iter(["cmdline"])
        if f"time.sleep({number})" in " ".join(one.info["cmdline"] or [])
    ]
    for one in left:
        one.kill()
    assert left


@pytest.mark.parametrize("kind", walls.available())
def test_with_any_walls_it_can_give_itself_full_marks_and_see_the_hidden_tests(kind):
    """The page says so; if this fails one day, it must say something else."""
    cheats = (
        "import builtins\n"
        "true_compile, halving, out_a = builtins.compile, '', (1, 2, 3)\n"
        "def compile(source, name, *more, **options):\n"
        "    global halving\n"
        "    if name == '<test>' and 'both_at_once' in source: halving = source\n"
        "    if name == 'grader':\n"
        "        source = source.replace('raise AssertionError(message)', 'pass')\n"
        "    return true_compile(source, name, *more, **options)\n"
        "builtins.compile = compile"
    )
    rows = graded(with_cell(cheats, place=-1), kind)
    assert rows[0].points == 3
    assert "def test_both_at_once" in rows[-1].text


def test_the_best_walls_are_taken_and_named():
    found = walls.available()
    assert list(found) == [kind for kind in walls.KINDS if kind in found]
    assert "none" in found and walls.choose().kind == next(iter(found))
    for kind, one in found.items():
        assert one.sentence().startswith(f"Walls ({kind}): ") and "\n" not in (
            one.sentence()
        )
    with pytest.raises(SystemExit, match="cannot stand on this system; there are"):
        walls.choose("moat")


def test_isolation_that_is_required_and_cannot_stand_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr(walls, "available", lambda: {"none": walls.Walls("none")})
    rows = classroom.one_submission(
        "a", as_bytes(answered()), questions(), LIMITS, isolated=True
    )
    assert {row.status for row in rows} == {"refused"}
    assert "no full walls" in rows[0].comment
    (tmp_path / "a.ipynb").write_bytes(as_bytes(answered()))
    command = [
        sys.executable,
        "-m",
        "tools",
        "grade",
        str(tmp_path),
        "--require-isolation",
    ]
    done = subprocess.run(
        [*command, "--walls", "none"], cwd=master.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1 and "Nothing was graded" in done.stderr
    assert done.stdout.startswith("Walls (none): limits of time")
    assert not (tmp_path / "grades.csv").exists()


def test_walls_that_fall_at_the_last_moment_are_no_fault_of_the_student(monkeypatch):
    broken = walls.Walls("unshare", (sys.executable, "-c", "raise SystemExit(3)"))
    monkeypatch.setattr(walls, "available", lambda: {"unshare": broken})
    rows = graded(answered())
    assert {row.status for row in rows} == {"refused"}
    assert "could not be started" in rows[0].comment


def test_without_bubblewrap_and_unshare_grading_goes_on(monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda _: None)
    assert not list(walls.candidates())
    walls.available.cache_clear()
    try:
        assert list(walls.available()) == ["none"]
    finally:
        walls.available.cache_clear()


def test_what_may_be_seen_holds_no_master_and_no_grader():
    hidden = (master.MASTERS, Path(sandbox.__file__).parent, master.ROOT / "tests")
    for path in walls.seen():
        for place in hidden:
            assert not place.is_relative_to(path), (place, path)
    assert inside.BOX not in walls.seen()


def test_a_first_look_is_quick():
    """Trying the walls, once a run, must not be what grading waits for."""
    walls.available.cache_clear()
    started = time.perf_counter()
    assert walls.available()
    assert time.perf_counter() - started < 30, getpass.getuser()
