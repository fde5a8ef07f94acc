"""A Keras home for every test of the data sets, a server, and a small Fashion-MNIST."""

import errno
import functools
import gzip
import hashlib
import socket
import zipfile  # noqa: F401  (NumPy imports it late: rights may be gone then)

import pytest
from fakes import FEW, Server, idx_files

from course_utils.datasets import fashion, garments
from course_utils.sources import cache, network


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


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


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
