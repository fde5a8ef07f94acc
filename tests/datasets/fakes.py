"""A server on this machine, a Fashion-MNIST of 30 + 20 images, another Python."""

import contextlib
import gzip
import http.server
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from course_utils.datasets import fashion
from course_utils.sources import cache

ROOT = Path(__file__).resolve().parents[2]


FEW = (60, 20)  # garments drawn where the number does not matter


unix = pytest.mark.skipif(
    sys.platform == "win32", reason="signals and rights as Unix has them"
)


# answers without a file: behaviour -> status, reason, where it sends on to
ANSWERS = {
    "astray": (302, "Found", "http://[::1"),
    "bytes": (302, "Found", "\xff\xfe"),
    "scheme": (302, "Found", "file:///etc/hosts"),
    "refused": (302, "Found", "http://127.0.0.1:1/x"),
    "nowhere": (302, "Found", None),
    "nothing": (204, "No Content", None),
    "long": (404, "n" * 5000, None),
}


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
        if self.behaviour == "broken off":
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"40\r\nnot all of it")
            return
        if self.behaviour == "garbage":
            handler.wfile.write(b"this is not HTTP\r\n\r\n")
            return
        if self.behaviour == "wrong":
            content = gzip.compress(b"<html>Please log in to use this network</html>")
        if self.behaviour in ANSWERS:
            status, reason, location = ANSWERS[self.behaviour]
            handler.send_response(status, reason)
            if location is not None:
                handler.send_header("Location", location)
            handler.end_headers()
            return
        if self.behaviour == "escape":
            handler.send_response(418, "\x1b[2J\x1b[31mall is well")
            handler.end_headers()
            return
        handler.send_response(200)
        length = {"large": "9" * 12, "odd": "-7", "huge": "9" * 5000, "endless": None}
        length = length.get(self.behaviour, str(len(content)))
        if length is not None:
            handler.send_header("Content-Length", length)
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
            elif self.behaviour == "endless":
                while not self.closing.is_set():
                    handler.wfile.write(bytes(1 << 16))
            else:
                handler.wfile.write(content)

    def close(self):
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


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


def left_in(folder):
    """The files of a folder other than locks (which may stay)."""
    return sorted(
        path.name for path in folder.iterdir() if not path.name.endswith(".lock")
    )


def a_file(check=lambda path: path.read_bytes(), url=None, name="numbers.bin"):
    return cache.CachedFile("datasets/test", name, check=check, url=url)


NAME = "train-images-idx3-ubyte.gz"


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


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
