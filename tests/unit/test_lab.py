"""`make lab`: JupyterLab for one person, on any machine, and a clean end."""

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import psutil
import pytest

from tools import ROOT, lab

PATIENCE = 240  # seconds until it has started, on a machine that is busy
ASKED = """#!/bin/sh
echo "$@" > "$0.asked"
cat "${1#file://}" > "$0.page"
stat -c %a "${1#file://}" > "$0.mode"
"""


class Started:
    """`python -m tools lab` with this environment; None leaves a variable out."""

    def __init__(self, port, **variables):
        self.environment = {**os.environ, "DISPLAY": None, "WAYLAND_DISPLAY": None}
        self.environment |= variables
        self.command = subprocess.Popen(
            [sys.executable, "-m", "tools", "lab", "--port", str(port)],
            cwd=ROOT,
            env={k: v for k, v in self.environment.items() if v is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said, self.address = "", None
        deadline = time.monotonic() + PATIENCE
        while self.address is None and time.monotonic() < deadline:
            line = self.command.stdout.readline()
            if not line:
                break
            self.said += line
            self.address = next(iter(re.findall(r"http://\S+", line)), None)
        assert self.address, self.said
        self.place, self.token = self.address.split("?token=")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        """Take what it says from now on, so that it never waits for a reader."""
        for line in self.command.stdout:
            self.said += line

    def fetch(self, request):
        """What the server answers; a server that is gone is told with its last words.

        Raises
        ------
        urllib.error.HTTPError : the server refuses.
        """
        try:
            with lab.DIRECT.open(request, timeout=60) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError as error:
            time.sleep(1)
            raise AssertionError(
                f"{error}; the command's exit code is {self.command.poll()}, it runs "
                f"{self.command_lines()} and said {self.said}"
            ) from error

    def family(self):
        """The command and all that it started and that still runs."""
        if self.command.poll() is not None:
            return []
        command = psutil.Process(self.command.pid)
        return [command, *command.children(recursive=True)]

    def command_lines(self):
        """The command line of each; a browser may end while one looks."""
        lines = []
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):  # ZombieProcess is one
                lines.append(" ".join(process.cmdline()))
        return lines

    def stop(self):
        self.command.terminate()
        self.command.wait(timeout=60)


@contextlib.contextmanager
def started(port, **variables):
    lab = Started(port, **variables)
    try:
        yield lab
    finally:
        if lab.command.poll() is None:
            lab.stop()


@pytest.fixture(scope="module")
def on_a_bare_machine(tmp_path_factory):
    """JupyterLab where there is a display and a browser, no home folder, and a
    configuration made for another server.
    """
    config = tmp_path_factory.mktemp("config")
    (config / "jupyter_server_config.py").write_text(
        "c.ServerApp.certfile = c.ServerApp.keyfile = '/no/such/certificate.pem'\n"
        "c.ServerApp.base_url = '/elsewhere/'\n"
    )
    browser = tmp_path_factory.mktemp("bin") / "browser"
    browser.write_text(ASKED)
    browser.chmod(0o755)
    variables = {
        "DISPLAY": ":0",
        "BROWSER": str(browser),
        "HOME": "/no/such/home",
        "USERPROFILE": "/no/such/home",
        # it is killed, and leaves the home that it made there
        "TMPDIR": str(tmp_path_factory.mktemp("temporary")),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_CONFIG_DIR": str(config),
    }
    for name in list(os.environ):
        if name.startswith(("JUPYTER_", "XDG_", "IPYTHON")):
            variables.setdefault(name, None)
    with started(18888, **variables) as lab:
        lab.browser = browser
        yield lab


def test_it_opens_lesson_00_with_the_token_and_nothing_without(on_a_bare_machine):
    lab = on_a_bare_machine
    assert lab.place.startswith("http://127.0.0.1:")
    assert lab.place.endswith("/lab/tree/notebooks/00_start_here.ipynb")
    assert "jupyter-config-data" in lab.fetch(lab.address)
    contents = lab.place.replace("/lab/tree/", "/api/contents/")
    assert json.loads(lab.fetch(f"{contents}?token={lab.token}"))["type"] == "notebook"
    with pytest.raises(urllib.error.HTTPError) as refused:
        lab.fetch(contents)
    assert refused.value.code == 403


def test_no_command_line_holds_the_token_and_its_file_is_for_one_reader(
    on_a_bare_machine,
):
    lab = on_a_bare_machine
    written = lambda ending: Path(f"{lab.browser}.{ending}")
    deadline = time.monotonic() + 30
    while not written("mode").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    asked = written("asked").read_text()
    assert asked.startswith("file://") and lab.token not in asked
    assert f"url={lab.address}" in written("page").read_text()
    assert written("mode").read_text().strip() == "600"
    lines = lab.command_lines()
    assert len(lines) >= 2 and not any(lab.token in line for line in lines)


def test_without_a_home_folder_it_works_and_says_what_is_kept(on_a_bare_machine):
    lab = on_a_bare_machine
    assert "no home folder that can be written to" in lab.said
    base = lab.place.partition("/lab/tree/")[0]
    assert json.loads(lab.fetch(f"{base}/api/kernelspecs?token={lab.token}"))[
        "kernelspecs"
    ]
    request = urllib.request.Request(
        f"{base}/api/kernels", b"{}", {"Authorization": f"token {lab.token}"}
    )
    assert json.loads(lab.fetch(request))["id"]


def test_what_a_configuration_says_of_another_server_does_not_count(on_a_bare_machine):
    assert re.match(r"http://127\.0\.0\.1:\d+/lab/tree/", on_a_bare_machine.address)
    assert "certificate" not in on_a_bare_machine.said


def test_a_configuration_that_empties_the_token_is_refused(tmp_path):
    (tmp_path / "jupyter_server_config.py").write_text(
        "c.IdentityProvider.token = ''\nc.ServerApp.password = ''\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "tools", "lab", "--port", "18930", "--no-browser"],
        cwd=ROOT,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 1 and "http://" not in ended.stdout
    assert "without a token. Your own Jupyter configuration" in ended.stderr


def test_nothing_asks_for_news_and_nothing_is_written_into_the_environment(
    on_a_bare_machine,
):
    page = on_a_bare_machine.fetch(on_a_bare_machine.address)
    [config] = re.findall(r"jupyter-config-data\"[^>]*>(.*?)</script>", page, re.DOTALL)
    assert "apputils-extension:announcements" in str(
        json.loads(config)["disabledExtensions"]
    )
    source = (ROOT / "tools" / "lab.py").read_text(encoding="utf-8")
    assert "sys.prefix" not in source


def test_a_killed_command_leaves_no_server_no_kernel_and_a_stopped_one_no_file(
    on_a_bare_machine,
):
    """The last test of this machine: it ends it."""
    lab = on_a_bare_machine
    family = lab.family()
    assert len(family) >= 3, "command, server, and the kernel of the test before"
    page = Path(
        urllib.parse.urlparse(Path(f"{lab.browser}.asked").read_text().strip()).path
    )
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    lab.command.kill()
    lab.command.wait()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive
    page.unlink()  # a killed command could not
    with started(18920) as other:
        family, before = other.family(), set((ROOT / "build").glob("open-the-course-*"))
        assert before
        other.stop()
        _, alive = psutil.wait_procs(family, timeout=60)
        assert not alive
        assert not before & set((ROOT / "build").glob("open-the-course-*"))


@pytest.mark.parametrize("port", ["0", "-1", "65536", "99999", "8888.0", "http", ""])
def test_a_port_that_is_none_gets_a_sentence(port, capsys):
    with pytest.raises(SystemExit) as left:
        lab.main([f"--port={port}"])
    assert left.value.code == 2
    assert "must be a whole number from 1 to 65535" in capsys.readouterr().err


def test_a_proxy_without_a_scheme_is_given_one(monkeypatch):
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "socks5://proxy.example:1080")
    monkeypatch.setenv("all_proxy", "")
    environment = lab.environment("secret")
    assert environment["https_proxy"] == "http://proxy.example:3128"
    assert environment["HTTP_PROXY"] == "socks5://proxy.example:1080"
    assert environment["all_proxy"] == ""


def test_the_highest_port_is_tried_and_no_higher_one():
    assert 1 <= lab.free_port(lab.HIGHEST_PORT) <= lab.HIGHEST_PORT


def test_a_home_that_cannot_be_written_to_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert not lab.homeless()
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "missing")
    assert lab.homeless()

    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    assert lab.homeless()


def test_where_the_course_cannot_be_written_to_the_page_lies_elsewhere(
    tmp_path, monkeypatch
):
    file = tmp_path / "build"
    file.write_text("no folder")
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    with lab.door("http://127.0.0.1/?token=x") as page:
        path = Path(urllib.parse.urlparse(page).path)
        assert path.parent != file and "token=x" in path.read_text()
    assert not path.exists()
