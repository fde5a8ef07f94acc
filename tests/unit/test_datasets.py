"""Data sets come whole from where they say, or not at all."""

import contextlib
import errno
import functools
import gzip
import hashlib
import http.server
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import zipfile  # noqa: F401  (NumPy imports it late, when a test may have given up the right to read it)
from pathlib import Path

import numpy as np
import pytest

from course_utils import session, sources
from course_utils.datasets import fashion, garments
from course_utils.datasets.digits import enlarge, load_digits_28
from course_utils.datasets.fashion import load_fashion
from course_utils.datasets.photos import load_photos
from course_utils.drawing.garments import canvas as garment_canvas
from course_utils.sources import cache, network

ROOT = Path(__file__).resolve().parents[2]
FEW = (60, 20)  # garments drawn where the number does not matter
unix = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and rights as Unix has them"
)


# Fakes: a Keras home, a server, and a Fashion-MNIST of 30 + 20 images.


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty Keras home of the test's own, data mode "auto", and no memory of earlier
    failures.
    """
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_DATA", "auto")
    for name in (
        "COURSE_MIRROR",
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cache, "_scratch", None)
    monkeypatch.setattr(garments, "load", functools.partial(garments.load, *FEW))
    network.forget_failures()
    yield tmp_path / "home"
    network.forget_failures()


class Server:
    """Serves `files` (path -> bytes) on loopback and counts requests; `behaviour` says
    how.
    """

    def __init__(self):
        self.files, self.requests, self.behaviour = {}, [], "good"
        self.closing = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests.append(self.path)
                server.answer(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def answer(self, handler):
        content = self.files.get(handler.path)
        if content is None or self.behaviour in ("404", "503"):
            handler.send_error(503 if self.behaviour == "503" else 404)
            return
        if self.behaviour == "garbage":
            handler.wfile.write(b"this is not HTTP\r\n\r\n")
            return
        if self.behaviour == "wrong":
            content = gzip.compress(b"<html>Please log in to use this network</html>")
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        half = len(content) // 2
        with contextlib.suppress(OSError):
            if self.behaviour == "half":
                handler.wfile.write(content[:half])
            elif self.behaviour == "stall":
                handler.wfile.write(content[:half])
                self.closing.wait(20)
            elif self.behaviour == "trickle":
                for at in range(len(content)):
                    handler.wfile.write(content[at : at + 1])
                    if self.closing.wait(0.05):
                        return
            else:
                handler.wfile.write(content)

    def close(self):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def idx_files():
    """What the four files of a small Fashion-MNIST hold, decompressed."""
    chance = np.random.RandomState(0)
    held = {}
    for part, count in (("train", 30), ("t10k", 20)):
        pixels = chance.randint(0, 256, (count, 28, 28)).astype(np.uint8)
        sizes = np.array([2051, count, 28, 28], ">i4").tobytes()
        held[f"{part}-images-idx3-ubyte.gz"] = sizes + pixels.tobytes()
        held[f"{part}-labels-idx1-ubyte.gz"] = (
            sizes[:8] + (np.arange(count) % 10).astype(np.uint8).tobytes()
        )
    return {name: held[name] for name in fashion.CONTENT}


@pytest.fixture
def small(server, monkeypatch):
    """The small Fashion-MNIST on the server, known to the loader; returns its
    decompressed contents.
    """
    held = idx_files()
    known = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in held.items()
    }
    monkeypatch.setattr(fashion, "CONTENT", known)
    monkeypatch.setattr(fashion, "URL", f"{server.address}/real/")
    server.files.update(
        {f"/real/{name}": gzip.compress(content) for name, content in held.items()}
    )
    return held


@pytest.fixture
def folder(home):
    return home / "datasets" / "fashion-mnist"


@pytest.fixture
def filled(small, folder):
    """The small Fashion-MNIST in the cache, where Keras keeps it."""
    folder.mkdir(parents=True)
    for name, content in small.items():
        (folder / name).write_bytes(gzip.compress(content))
    return folder


@pytest.fixture
def offline(monkeypatch):
    """A machine whose every connection is refused at once."""

    def refuse(*_, **__):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", refuse)


def left_in(folder):
    """The files of a folder other than locks (which may stay)."""
    return sorted(
        path.name for path in folder.iterdir() if not path.name.endswith(".lock")
    )


def a_file(check=lambda path: path.read_bytes(), url=None, name="numbers.bin"):
    return cache.CachedFile("datasets/test", name, check=check, url=url)


# Which source is taken.


def test_files_in_the_cache_are_used_without_asking_the_network(
    filled, small, server, capsys
):
    data = load_fashion()
    (x, y), (x_test, y_test) = data
    assert data.source == "cache"
    assert x.tobytes() == small["train-images-idx3-ubyte.gz"][16:]
    assert y.tolist() == [i % 10 for i in range(30)]
    assert (x.shape, x_test.shape, x.dtype, y_test.dtype) == (
        (30, 28, 28),
        (20, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert (
        data.train.images is x
        and data.test.labels is y_test
        and data[0] is data.train
        and len(data) == 2
    )
    assert server.requests == []
    assert capsys.readouterr() == ("", "")


def test_an_empty_cache_is_filled_by_a_download_and_serves_the_next_call(
    small, folder, server, capsys
):
    first = load_fashion()
    assert first.source == "download"
    assert left_in(folder) == sorted(small)
    assert len(server.requests) == 4
    assert capsys.readouterr().out.count("Downloading ") == 4
    again = load_fashion()
    assert again.source == "cache" and len(server.requests) == 4
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_only_what_is_missing_is_downloaded(filled, server):
    (filled / "t10k-labels-idx1-ubyte.gz").unlink()
    assert load_fashion().source == "download"
    assert server.requests == ["/real/t10k-labels-idx1-ubyte.gz"]


def test_with_neither_cache_nor_network_the_garments_stand_in_and_say_so(
    small, offline, capsys
):
    data = load_fashion()
    assert data.source == "embedded" and data.train.images.shape == (FEW[0], 28, 28)
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "Data warning: Fashion-MNIST: it is not in $KERAS_HOME/datasets/fashion-mnist"
        in said
    )
    assert "no connection to 127.0.0.1 (Network is unreachable)" in said
    assert "Using garments drawn by the course in place of Fashion-MNIST." in said
    assert (
        "not comparable with published" in said
        and "not comparable with published" in data.line
    )
    load_fashion()
    assert "Using garments" in capsys.readouterr().err, (
        "the second fall-back was silent"
    )


def test_embedded_uses_neither_the_cache_nor_the_network(filled, server, capsys):
    assert load_fashion("embedded").source == "embedded"
    assert server.requests == [] and capsys.readouterr().err == ""


def test_the_session_decides_where_the_call_says_auto(filled, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "embedded")
    assert load_fashion().source == load_fashion("auto").source == "embedded"
    assert load_fashion("cached").source == "cache"


def test_cached_without_a_cache_is_an_error_that_says_what_helps(small, server):
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert "it is not in $KERAS_HOME/datasets/fashion-mnist" in str(caught.value)
    assert "COURSE_DATA=auto" in str(caught.value) and "COURSE_DATA=embedded" in str(
        caught.value
    )
    assert server.requests == []


def test_cached_names_the_one_file_that_is_missing(filled):
    (filled / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(sources.NoSource, match="lacks t10k-labels-idx1-ubyte.gz"):
        load_fashion("cached")


@pytest.mark.parametrize("source", ["download", "Cached", "", None])
def test_an_unknown_source_is_refused_with_the_ones_there_are(source):
    with pytest.raises(ValueError, match="'auto', 'cached', 'embedded'"):
        load_fashion(source)


def test_an_unknown_mode_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "offline")
    with pytest.raises(ValueError, match="COURSE_DATA says 'offline'"):
        load_fashion()


def fails(reason):
    def serve():
        raise sources.Unavailable(reason)

    return serve


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("auto", ("the cached one", "cache")),
        ("cached", ("the cached one", "cache")),
        ("embedded", ("the drawn one", "embedded")),
    ],
)
def test_find_asks_the_sources_in_order(mode, expected):
    found = sources.find(
        "It",
        mode,
        cached=lambda: "the cached one",
        download=fails("asked in vain"),
        embedded=lambda: "the drawn one",
        stand_in="a drawing",
    )
    assert (found.value, found.source) == expected


def test_what_the_course_ships_itself_is_taken_in_every_mode_and_silently(capsys):
    for mode in ("auto", "cached", "embedded"):
        found = sources.find("The small network", mode, embedded=lambda: "weights")
        assert (found.value, found.source) == ("weights", "embedded")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("mode", "reasons"),
    [
        ("auto", ["not cached", "cannot be downloaded: no server"]),
        ("cached", ["not cached", "COURSE_DATA=auto"]),
        ("embedded", ["ships nothing", "COURSE_DATA=auto"]),
    ],
)
def test_when_no_source_can_serve_the_error_lists_what_was_tried(mode, reasons):
    with pytest.raises(sources.NoSource) as caught:
        sources.find(
            "Xception", mode, cached=fails("not cached"), download=fails("no server")
        )
    assert str(caught.value).startswith("Xception is not to be had")
    for reason in reasons:
        assert reason in str(caught.value)


# Broken files.

NAME = "train-images-idx3-ubyte.gz"
DAMAGE = {
    "truncated": (lambda raw: gzip.compress(raw)[:-200], "truncated"),
    "cut before its last byte": (lambda raw: gzip.compress(raw)[:-1], "truncated"),
    "empty": (lambda raw: b"", "holds 0 bytes"),
    "one byte of it altered": (
        lambda raw: flipped(gzip.compress(raw, 0), 5000),
        "damaged",
    ),
    "other data of the same length": (
        lambda raw: gzip.compress(flipped(raw, 5000)),
        "holds other data",
    ),
    "too long": (lambda raw: gzip.compress(raw + b"x"), "more than"),
    "a web page": (lambda raw: b"<html>log in</html>", "no gzip file"),
}


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.fixture(params=list(DAMAGE), ids=lambda name: name.replace(" ", "_"))
def damaged(request, filled, small):
    """The cache with one bad file; returns (its bytes, what the message must say)."""
    damage, says = DAMAGE[request.param]
    (filled / NAME).write_bytes(damage(small[NAME]))
    return (filled / NAME).read_bytes(), says


def test_a_bad_file_is_an_error_in_cached_mode_named_and_set_aside(damaged, filled):
    content, says = damaged
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert f"$KERAS_HOME/datasets/fashion-mnist/{NAME}" in str(caught.value)
    assert says in str(caught.value) and f"{NAME}.broken-1" in str(caught.value)
    assert not (filled / NAME).exists()
    assert (filled / f"{NAME}.broken-1").read_bytes() == content


def test_a_bad_file_without_a_network_is_a_loud_fall_back(
    damaged, filled, offline, capsys
):
    assert load_fashion().source == "embedded"
    said = " ".join(capsys.readouterr().err.split())
    assert f"{NAME} {damaged[1]}" in said or damaged[1] in said
    assert f"{NAME}.broken-1" in said and "Using garments drawn by the course" in said
    assert (filled / f"{NAME}.broken-1").exists() and not (filled / NAME).exists()


def test_a_bad_file_is_named_and_replaced_by_a_download(
    damaged, filled, small, server, capsys
):
    data = load_fashion()
    assert data.source == "download" and server.requests == [f"/real/{NAME}"]
    assert data.train.images.tobytes() == small[NAME][16:]
    assert f"{NAME}.broken-1" in capsys.readouterr().err
    assert load_fashion("cached").source == "cache"


def test_several_bad_files_are_named_together_and_numbered(filled, small):
    (filled / f"{NAME}.broken-1").write_bytes(b"from last week")
    for name in (NAME, "t10k-labels-idx1-ubyte.gz"):
        (filled / name).write_bytes(b"bad")
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert f"{NAME}.broken-2" in str(
        caught.value
    ) and "t10k-labels-idx1-ubyte.gz.broken-1" in str(caught.value)
    assert (filled / f"{NAME}.broken-1").read_bytes() == b"from last week"


def test_another_compression_of_the_same_data_is_as_good(filled, small):
    for level, (name, content) in enumerate(small.items()):
        (filled / name).write_bytes(gzip.compress(content, level, mtime=12345))
    assert load_fashion("cached").source == "cache"


def test_what_cannot_be_read_is_named_and_left_where_it_is(filled, offline, capsys):
    (filled / NAME).unlink()
    (filled / NAME).mkdir()
    with pytest.raises(sources.NoSource, match=f"{NAME} cannot be read"):
        load_fashion("cached")
    assert load_fashion().source == "embedded"
    assert (filled / NAME).is_dir()


def test_a_file_mended_by_another_notebook_meanwhile_is_used(monkeypatch):
    file = a_file()
    looks = []

    def check(path):
        looks.append(path)
        if len(looks) == 1:
            raise cache.BadFile("is half written")
        return "good"

    assert cache.CachedFile(file.folder, file.name, check=check).cached() == "good"


def test_one_of_several_known_sums_is_enough_and_the_path_comes_back(home):
    path = home / "models" / "small.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    good = hashlib.sha256(b"weights").hexdigest()
    file = cache.CachedFile(
        "models", "small.h5", check=cache.one_of_sha256("0" * 64, good)
    )
    assert file.cached() == path
    path.write_bytes(b"weight")
    with pytest.raises(cache.Broken, match="small.h5 holds other data than expected"):
        file.cached()


def test_messages_hold_no_folder_of_this_machine(filled, offline, home, capsys):
    (filled / NAME).write_bytes(b"bad")
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    load_fashion()
    assert str(home.parent) not in str(caught.value) + capsys.readouterr().err


# A cache that cannot be written.


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


# Writing: whole or not at all.


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


def child(code, *arguments):
    """A Python process with the package and this test's Keras home."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


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


# Downloads.


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ("404", "the server answered 404 Not Found"),
        ("503", "the server answered 503"),
        ("half", "the connection closed after"),
        ("wrong", "127.0.0.1 sent as train-images-idx3-ubyte.gz holds 46 bytes where"),
        ("garbage", "this is not HTTP"),
        ("stall", "no data for"),
        ("trickle", "too slow"),
    ],
)
def test_a_download_that_goes_wrong_says_why_and_leaves_nothing(
    behaviour, says, small, folder, server, monkeypatch, capsys
):
    monkeypatch.setattr(network, "STALL_SECONDS", 0.3 if behaviour == "stall" else 10)
    monkeypatch.setattr(network, "SLOW_SECONDS", 0.5)
    server.behaviour = behaviour
    assert load_fashion().source == "embedded"
    said = " ".join(capsys.readouterr().err.split())
    assert "it cannot be downloaded: " in said and says in said
    assert left_in(folder) == []
    assert load_fashion().source == "embedded"
    assert len(server.requests) == 1, "the failure was not remembered"
    server.behaviour = "good"
    network.forget_failures()
    monkeypatch.setattr(network, "STALL_SECONDS", 10)
    assert load_fashion().source == "download"


def test_ctrl_c_during_a_download_is_passed_on_and_leaves_nothing(
    small, folder, monkeypatch
):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", pressed)
    with pytest.raises(KeyboardInterrupt):
        load_fashion()
    assert left_in(folder) == []


def test_no_network_costs_under_two_seconds_and_only_once(monkeypatch):
    """Name look-ups and connections that never answer, as behind many firewalls."""
    released = threading.Event()
    asked = []

    def silent(address, *_, **__):
        asked.append(address)
        released.wait(30)
        raise OSError("too late")

    monkeypatch.setattr(socket, "create_connection", silent)
    assert network.PATIENCE_SECONDS < 2
    started = time.monotonic()
    for host in ("data.example", "weights.example", "flowers.example"):
        with pytest.raises(cache.Unavailable, match=f"no connection to {host}"):
            sources.require_network(f"https://{host}/some/file")
    first = time.monotonic() - started
    for _ in range(50):
        with pytest.raises(cache.Unavailable, match="no connection to data.example"):
            network.fetch("https://data.example/another", None, "another")
    both = time.monotonic() - started
    released.set()
    # seven tenths for a machine that is busy with other things
    assert first < network.PATIENCE_SECONDS + 0.7
    assert both - first < 0.5
    assert [host for host, _ in asked].count("data.example") == 1


def test_one_host_that_refuses_does_not_stop_the_others(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(cache.Unavailable, match="no connection to 127.0.0.1"):
            sources.require_network(closed)
        sources.require_network(server.address)


def test_a_machine_behind_a_proxy_tries_the_proxy_first(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert network._first_address("https://data.example/file") == (
        "proxy.example",
        3128,
    )
    assert network._first_address("http://data.example/file") == ("data.example", 80)
    assert network._first_address("https://inside.example/file") == (
        "inside.example",
        443,
    )


def test_a_mirror_serves_a_class_without_internet(small, server, monkeypatch):
    monkeypatch.setattr(fashion, "URL", "https://unreachable.example/")
    monkeypatch.setenv("COURSE_MIRROR", f"{server.address}/home/")
    for name, content in small.items():
        server.files[f"/home/datasets/fashion-mnist/{name}"] = gzip.compress(content)
    assert load_fashion().source == "download"
    assert len(server.requests) == 4


def test_a_mirror_that_is_no_web_address_is_refused(small, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", "teacher:8000")
    with pytest.raises(ValueError, match="must begin with http"):
        load_fashion()


# The drawn garments.


def test_garments_are_the_same_bytes_on_every_machine():
    """If this fails because a drawing was changed on purpose, raise garments.VERSION
    and pin the new sum.
    """
    assert garments.VERSION == 1
    drawn = garments.draw(200)
    assert (
        garments.digest(*drawn)
        == "cdae49013b910e41085a1e3421fdb009737295636b4ffb9faa2afc73e9ed9fd3"
    )
    assert garments.digest(*garments.draw(200)) == garments.digest(*drawn)
    assert garments.digest(*garments.draw(200, seed=1)) != garments.digest(*drawn)


def test_every_garment_class_is_drawn_equally_often_in_mixed_order():
    images, labels = garments.draw(500)
    assert (images.shape, images.dtype, labels.dtype) == (
        (500, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert np.bincount(labels).tolist() == [50] * 10
    assert (np.bincount(labels[:100], minlength=10) > 2).all(), (
        "the classes come in blocks"
    )
    assert (
        np.bincount(garments.draw(13).labels, minlength=10).tolist()
        == [2, 2, 2] + [1] * 7
    )
    assert garments.draw(1).images.shape == (1, 28, 28)


def test_garments_have_the_names_of_fashion_mnist_in_its_order():
    assert garments.CLASS_NAMES == (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )


@pytest.mark.parametrize("count", [0, -3])
def test_no_garments_is_an_error(count):
    with pytest.raises(ValueError, match="at least 1"):
        garments.draw(count)


def test_garments_are_bright_things_on_black_and_no_two_alike():
    images, labels = garments.draw(1000)
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners < 40).mean() > 0.97
    lit = (images > 50).mean((1, 2))
    assert 0.04 < lit.min() and lit.max() < 0.8
    assert len(np.unique(images.reshape(1000, -1), axis=0)) == 1000
    wide, tall = (images > 50).any(1).sum(1), (images > 50).any(2).sum(1)
    names = np.array(garments.CLASS_NAMES)[labels]
    for name in ("Sandal", "Sneaker", "Ankle boot"):
        assert (wide > tall)[names == name].mean() > 0.9, name
    for name in ("Trouser", "Dress"):
        assert (tall > wide)[names == name].mean() > 0.9, name


def test_garments_are_too_hard_for_a_linear_classifier():
    """Least squares on the pixels: far above chance, far below what a convolutional
    network reaches (nine tenths).
    """
    train, test = garments.draw(2000, seed=1), garments.draw(500, seed=2)
    x, x_test = (
        np.c_[
            split.images.reshape(len(split.labels), -1) / 255,
            np.ones(len(split.labels)),
        ]
        for split in (train, test)
    )
    weights = np.linalg.solve(
        x.T @ x + 30 * np.eye(785), x.T @ np.eye(10)[train.labels]
    )
    accuracy = ((x_test @ weights).argmax(1) == test.labels).mean()
    assert 0.55 < accuracy < 0.78


def test_drawing_stays_in_float32(monkeypatch):
    """float64 would creep in differently with different versions of NumPy, and change
    bytes.
    """
    tint, paint = garment_canvas.Canvas.tint, garment_canvas.Canvas.paint

    def watched(method):
        def call(canvas, *arguments, **more):
            for value in (*arguments, *more.values()):
                assert not (isinstance(value, np.ndarray) and value.dtype == np.float64)
            return method(canvas, *arguments, **more)

        return call

    monkeypatch.setattr(garment_canvas.Canvas, "tint", watched(tint))
    monkeypatch.setattr(garment_canvas.Canvas, "paint", watched(paint))
    garments.draw(20)


def test_garments_are_drawn_once_and_then_read(monkeypatch):
    first = garments.load()
    monkeypatch.setattr(garments, "draw", None)
    again = garments.load()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
    assert len(first[0].labels) == FEW[0] and len(first[1].labels) == FEW[1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-5000],
        lambda raw: flipped(raw, 20000),
        lambda raw: b"",
        lambda raw: b"hello",
    ],
    ids=["truncated", "altered", "empty", "other"],
)
def test_bad_garments_in_the_cache_are_named_set_aside_and_drawn_again(damage, capsys):
    first = garments.load()
    path = garments.cache_file(*FEW).path
    path.write_bytes(damage(path.read_bytes()))
    again = garments.load()
    assert garments.digest(*again[0], *again[1]) == garments.digest(
        *first[0], *first[1]
    )
    assert f"{path.name}.broken-1" in capsys.readouterr().err
    assert left_in(path.parent) == [path.name, f"{path.name}.broken-1"]


def test_garments_of_another_number_are_not_taken_for_these(capsys):
    garments.load()
    other = garments.cache_file(40, 10)
    shutil.copy(garments.cache_file(*FEW).path, other.path)
    with pytest.raises(cache.Broken, match="other pictures"):
        other.cached()


def test_garments_that_somebody_changed_are_not_used():
    garments.load()
    file = garments.cache_file(*FEW)
    with np.load(file.path) as held:
        arrays = dict(held)
    arrays["y"] = arrays["y"][::-1]
    np.savez(file.path, **arrays)  # a perfect file, but for what it says
    with pytest.raises(cache.Broken, match="other pictures"):
        file.cached()


# Digits and photographs.


def test_digits_unpack_like_fashion():
    data = load_digits_28()
    (x, y), (x_test, y_test) = data
    assert (x.shape, x_test.shape, x.dtype, y.dtype) == (
        (1437, 28, 28),
        (360, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert data.source == "embedded" and data.class_names == tuple("0123456789")
    assert np.bincount(y_test).min() >= 33 and (x.min(), x.max()) == (0, 255)
    assert repr(data) == (
        "Handwritten digits (source: embedded): 1,437 training and 360 test images of "
        "28×28 pixels, 10 classes"
    )


def test_an_enlarged_digit_is_the_same_digit():
    from sklearn.datasets import load_digits

    small = load_digits().images
    large = enlarge(small).astype(float)
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    assert (large[:, border] == 0).all()
    # the middle of each old pixel is one new pixel, unchanged
    middles = large[:, 3:-2:3, 3:-2:3]
    np.testing.assert_array_equal(middles, np.floor(small * 255 / 16 + 0.5))
    blocks = large[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3).mean((2, 4)) / 255 * 16
    assert np.abs(blocks - small).mean() < 1.2


def test_a_lone_bright_pixel_becomes_a_round_spot_at_its_place():
    image = np.zeros((1, 8, 8))
    image[0, 2, 5] = 16
    spot = enlarge(image)[0]
    assert np.unravel_index(spot.argmax(), spot.shape) == (2 + 3 * 2 + 1, 2 + 3 * 5 + 1)
    np.testing.assert_array_equal(spot[6:11, 15:20], spot[6:11, 15:20].T)
    assert spot[9, 18 + 1] == round(255 * 42 / 54) and spot[9, 18 + 2] == round(
        255 * 18 / 54
    )


def test_photos_are_the_two_of_scikit_learn_by_name():
    from sklearn.datasets import load_sample_image

    photos = load_photos()
    assert photos.images.shape == (2, 427, 640, 3) and photos.images.dtype == np.uint8
    assert (
        photos.names == ("china", "flower") and len(photos.credits) == len(photos) == 2
    )
    for name, image in zip(photos.names, photos.images, strict=True):
        np.testing.assert_array_equal(image, load_sample_image(f"{name}.jpg"))
    assert repr(photos) == "2 photographs (china, flower), 427×640 pixels, 3 channels"


# The package.


def test_importing_the_data_sets_starts_nothing_heavy():
    process = child("""
        import sys
        import course_utils.datasets
        heavy = "tensorflow tensorflow_datasets keras sklearn matplotlib requests tqdm"
        print([name for name in heavy.split() if name in sys.modules])
    """)
    output, errors = process.communicate(timeout=120)
    assert output.strip() == "[]", errors


REAL = session.keras_home() / "datasets" / "fashion-mnist"


@pytest.mark.skipif(
    not all((REAL / name).is_file() for name in fashion.CONTENT),
    reason="needs the real data set",
)
def test_the_real_fashion_mnist_in_the_cache_is_known(monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(REAL.parent.parent))
    data = load_fashion("cached")
    assert data.source == "cache" and data.name == "Fashion-MNIST"
    assert (data.train.images.shape, data.test.images.shape) == (
        (60_000, 28, 28),
        (10_000, 28, 28),
    )
    assert round(data.train.images.mean() / 255, 4) == 0.2860
    assert np.bincount(data.train.labels).tolist() == [6000] * 10
