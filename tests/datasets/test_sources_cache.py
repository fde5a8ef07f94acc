"""A cache is written whole or not at all, and may be read-only."""

import codecs
import contextlib
import errno
import gzip
import importlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fakes import FEW, NAME, a_file, child, left_in, unix

from course_utils import sources
from course_utils.datasets import garments
from course_utils.datasets.fashion import load_fashion
from course_utils.sources import cache


@pytest.fixture
def open_home(monkeypatch):
    """A Keras home outside pytest's own folder, which other users may not enter."""
    base = Path(tempfile.mkdtemp())
    base.chmod(0o755)
    monkeypatch.setenv("KERAS_HOME", str(base / "home"))
    yield base / "home"
    shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def read_only(home):
    """No right to write anywhere below `home`; root, who may do anything, becomes
    nobody meanwhile.
    """
    folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
    for path in folders:
        path.chmod(0o555)
    root = os.geteuid() == 0
    # of zip files; what is not found while nobody looks is unknown for ever
    codecs.lookup("cp437")
    try:
        if root:
            try:
                os.seteuid(65534)
            except OSError:
                pytest.skip("this container knows no user without rights")
        with pytest.raises(OSError):
            (home / "allowed").touch()
        yield
    finally:
        if root:
            os.seteuid(0)
            # where nobody may not look, Python has noted that there are no modules
            importlib.invalidate_caches()
        for path in folders:
            path.chmod(0o755)


def fill(home, small):
    folder = home / "datasets" / "fashion-mnist"
    folder.mkdir(parents=True)
    for name, content in small.items():
        (folder / name).write_bytes(gzip.compress(content))
    return folder


@unix
def test_a_read_only_cache_serves_what_it_holds(open_home, small, capsys):
    folder = fill(open_home, small)
    with read_only(open_home):
        assert load_fashion().source == "cache"
    assert sorted(path.name for path in folder.iterdir()) == sorted(small)
    assert capsys.readouterr().err == ""


@unix
def test_what_a_read_only_cache_lacks_is_downloaded_for_this_process(
    open_home, small, server
):
    open_home.mkdir()
    with read_only(open_home):
        first, again = load_fashion(), load_fashion()
        shutil.rmtree(cache._scratch)
    assert (first.source, again.source) == ("download", "download")
    assert len(server.requests) == 4, "downloaded twice"
    assert list(open_home.iterdir()) == []


@unix
def test_a_bad_file_in_a_read_only_cache_is_named_and_not_used(
    open_home, small, offline, capsys
):
    folder = fill(open_home, small)
    (folder / NAME).write_bytes(b"bad")
    with read_only(open_home):
        assert load_fashion().source == "embedded"
        with pytest.raises(sources.NoSource, match="could not be renamed"):
            load_fashion("cached")
    said = " ".join(capsys.readouterr().err.split())
    assert (
        f"{NAME} is damaged" in said
        and "could not be renamed" in said
        and "Using garments" in said
    )


@unix
def test_garments_are_drawn_where_the_cache_is_read_only(open_home):
    open_home.mkdir()
    with read_only(open_home):
        assert load_fashion("embedded").train.images.shape == (FEW[0], 28, 28)
    assert list(open_home.iterdir()) == []


def test_a_keras_home_that_is_a_file_stops_nothing(
    tmp_path, monkeypatch, small, offline
):
    (tmp_path / "oops").write_text("a file where a folder should be")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "oops"))
    assert load_fashion().source == "embedded"
    assert (tmp_path / "oops").is_file()


def test_garments_are_drawn_where_nothing_can_be_written_at_all(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    expected = garments.load()
    shutil.rmtree(garments.cache_file().path.parent)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    for here, there in zip(garments.load(), expected, strict=True):
        np.testing.assert_array_equal(here.images, there.images)


@unix
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_set_aside_and_never_opened(kind, folder):
    """Opening a pipe would wait for ever, and /dev/zero never ends."""
    file = a_file(check=lambda path: pytest.fail("it was opened"))
    file.path.parent.mkdir(parents=True, exist_ok=True)
    make = {
        "pipe": lambda: os.mkfifo(file.path),
        "device": lambda: file.path.symlink_to("/dev/zero"),
    }
    make[kind]()
    aside = file.path.with_name(f"{file.path.name}.broken-1")
    aside.symlink_to(aside.with_name("nowhere"))
    with pytest.raises(cache.Broken, match=r"no file but a pipe.*\.broken-2"):
        file.cached()
    assert not os.path.lexists(file.path) and aside.is_symlink()


def test_what_is_made_is_kept_and_made_once():
    file, calls = a_file(), []

    def make(path):
        calls.append(path)
        path.write_bytes(b"made")

    assert file.create(make) == file.create(make) == b"made"
    assert (
        len(calls) == 1
        and calls[0].parent == file.path.parent
        and left_in(file.path.parent) == [file.name]
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_leaves_no_file_and_no_rest(error):
    def make(path):
        path.write_bytes(b"ha")
        raise error

    file = a_file()
    with pytest.raises(error):
        file.create(make)
    assert left_in(file.path.parent) == []
    assert file.create(lambda path: path.write_bytes(b"good")) == b"good", (
        "the lock is still held"
    )


def test_what_fails_its_own_check_is_not_kept():
    def check(path):
        raise cache.BadFile("is wrong")

    file = a_file(check=check)
    with pytest.raises(cache.BadFile):
        file.create(lambda path: path.write_bytes(b"bad"))
    assert left_in(file.path.parent) == []


def test_a_full_disk_is_reported_by_the_name_of_the_file():
    def make(path):
        path.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    file = a_file()
    with pytest.raises(
        cache.Unavailable,
        match=r"numbers.bin cannot be written \(No space left on device\)",
    ):
        file.create(make)
    assert left_in(file.path.parent) == []


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), cache.replacing(path) as temporary:
        temporary.write_text("ne")
        assert path.read_text() == "old" and temporary.parent == path.parent
        raise RuntimeError
    assert path.read_text() == "old"
    with cache.replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new" and left_in(tmp_path) == ["table.csv"]


@unix
def test_others_may_read_what_was_written(tmp_path):
    before = os.umask(0o022)
    try:
        with cache.replacing(tmp_path / "shared.bin") as temporary:
            temporary.write_bytes(b"for all")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "shared.bin").stat().st_mode) == 0o644


def test_without_locks_files_are_still_written_whole(monkeypatch):
    def unsupported(*_, **__):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(cache.FileLock, "acquire", unsupported)
    file = a_file()
    stale = file.path.with_name(f".{file.name}.0badcafe.part")
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"another process may be writing this")
    assert file.create(lambda path: path.write_bytes(b"good")) == b"good"
    assert stale.exists(), "swept without holding the lock"


def test_a_wait_for_another_notebook_is_announced_and_ends(monkeypatch, capsys):
    monkeypatch.setattr(cache, "QUIET_WAIT", 0.05)
    file = a_file()
    entered, leave = threading.Event(), threading.Event()

    def slow(path):
        path.write_bytes(b"by the other")
        entered.set()
        leave.wait(10)

    other = threading.Thread(target=file.create, args=(slow,))
    other.start()
    entered.wait(10)
    with pytest.raises(cache.Unavailable, match="another process has been preparing"):
        file.create(lambda path: path.write_bytes(b"by this one"), wait=0.1)
    assert "Another notebook is preparing numbers.bin" in capsys.readouterr().err
    threading.Timer(0.2, leave.set).start()
    assert file.create(lambda path: path.write_bytes(b"by this one")) == b"by the other"
    other.join()


def test_processes_preparing_the_same_data_at_once_draw_it_once(home, tmp_path):
    log = tmp_path / "log"
    code = """
        import sys, time
        from course_utils.datasets import garments
        write = garments._write
        def slow_write(*arguments):
            print("drawn", file=open(sys.argv[1], "a"))
            time.sleep(0.5)
            write(*arguments)
        garments._write = slow_write
        time.sleep(max(0, float(sys.argv[2]) - time.time()))
        train, test = garments.load(60, 20)
        print(garments.digest(*train, *test))
    """
    # all of them are up by then, as a rule, and begin together
    start = time.time() + 1.5
    running = [child(code, log, start) for _ in range(3)]
    answers = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], answers
    expected = garments.digest(
        *garments.draw(60, garments.SEED), *garments.draw(20, garments.SEED + 1)
    )
    assert [output.split()[-1] for output, _ in answers] == [expected] * 3
    assert log.read_text() == "drawn\n"
    assert left_in(home / "datasets" / "course_garments") == ["garments-v1-60-20.npz"]


HALF_WAY = """
    import signal, sys, time
    # background jobs of a shell ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from course_utils.datasets import garments
    def half(path, *splits):
        path.write_bytes(b"PK and then half of it")
        print("half", flush=True)
        time.sleep(30)
    garments._write = half
    garments.load(60, 20)
"""


@unix
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGINT], ids=["kill", "ctrl-c"]
)
def test_a_process_stopped_in_the_middle_leaves_a_good_cache_or_none(home, number):
    process = child(HALF_WAY)
    assert process.stdout.readline() == "half\n", process.communicate()
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode != 0
    place = home / "datasets" / "course_garments"
    # nobody could clean up: the rest lies under another name
    if number == signal.SIGKILL:
        (rest,) = left_in(place)
        assert rest.endswith(".part")
    else:
        assert left_in(place) == []
    train, test = garments.load()
    assert garments.digest(*train, *test) == garments.digest(
        *garments.draw(60, 2017), *garments.draw(20, 2018)
    )
    assert left_in(place) == ["garments-v1-60-20.npz"], "the rest was not cleared away"


@unix
def test_a_kill_in_the_middle_of_a_download_leaves_no_file(
    home, small, server, tmp_path
):
    server.behaviour = "stall"
    code = """
        import sys
        from course_utils import sources
        check = lambda path: path.read_bytes()
        file = sources.CachedFile("datasets/test", "big.bin", check, url=sys.argv[1])
        file.download()
    """
    server.files["/big.bin"] = bytes(range(256)) * 4000
    process = child(code, f"{server.address}/big.bin")
    place = home / "datasets" / "test"
    deadline = time.time() + 120
    while not (
        place.is_dir() and any(path.stat().st_size for path in place.glob(".*.part"))
    ):
        assert time.time() < deadline and process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.kill()
    process.communicate(timeout=120)
    assert not (place / "big.bin").exists()
    server.behaviour = "good"
    url = f"{server.address}/big.bin"
    assert a_file(url=url, name="big.bin").download() == server.files["/big.bin"]
    assert left_in(place) == ["big.bin"]


HOLDS = """
import pathlib, sys, time
from course_utils.sources import cache
with cache.locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


@unix
def test_a_suspended_process_that_holds_a_lock_is_named_and_can_be_ended(
    tmp_path, capsys
):
    """The way out that the message gives is taken, and the wait ends."""
    path = tmp_path / "garden"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(cache.Unavailable, match=f"It is process {holder.pid};"):
            with cache.locked(path, wait=0.1, quiet=0.1):
                pass
        os.kill(holder.pid, signal.SIGSTOP)
        os.waitpid(holder.pid, os.WUNTRACED)
        frees = threading.Timer(0.5, os.kill, (holder.pid, signal.SIGKILL))
        with pytest.raises(cache.Unavailable, match=f"kill -9 {holder.pid}\\)"):
            with cache.locked(path, wait=0.1, quiet=0.1):
                pass
        frees.start()
        with cache.locked(path, wait=60, quiet=0.1) as alone:
            assert alone
        assert f"Process {holder.pid} holds the lock" in capsys.readouterr().err
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
