"""Open the course in JupyterLab.

python -m tools lab [--no-browser] [--port 8888]

It listens on this machine only, behind a token, and has lesson 00 in front.  Its
notebooks are trusted, and what it saves needs no kernel to be seen again.  Nothing is
written into the environment, and the server ends with this command, however that ends.
"""

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools import ROOT, lessons, parser

EXTRAS = ("dev",)
FIRST = "notebooks/00_start_here.ipynb"
PATIENCE = 180  # seconds for the server to answer; a busy laptop needs over 60
HIGHEST_PORT = 65_535
# never through a proxy: it is this machine
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# The server, in a process that ends when the one that started it does: even when that
# is killed, the pipe to this one's standard input closes.
SERVER = """
import os, signal, sys, threading, time

def watch():
    while os.read(0, 1024):  # not sys.stdin, whose lock Python wants when it ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # it ends its kernels
    time.sleep(15)
    os._exit(1)

threading.Thread(target=watch, daemon=True).start()
from jupyterlab.labapp import main
sys.exit(main())
"""


def port_number(text):
    """A port as an int, from what was typed.

    Raises
    ------
    argparse.ArgumentTypeError : no whole number from 1 to 65535.
    """
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port; it must be a whole number from 1 to {HIGHEST_PORT}"
        )
    return int(text)


def free_port(wanted):
    """`wanted` if nobody uses it, else a free port near it, else any."""
    for port in [*range(wanted, min(wanted + 20, HIGHEST_PORT + 1)), 0]:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit("No free port on 127.0.0.1.")


def has_display():
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def settings():
    """The options of a server for the course, whatever folder it shows."""
    options = [
        "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    options += [
        f"--KernelManager.{name}={value}" for name, value in encryption().items()
    ]
    return options


def environment(token):
    """The environment of that server: a token; what switches `course_utils.saving`
    on, be the package installed or only lie here; and no question about news on the
    first start, because the course never calls out by itself.
    """
    config = [ROOT / "etc" / "jupyter", ROOT / "etc" / "lab"]
    config = [*map(str, config), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    # JupyterLab ends over a proxy without a scheme, as many places name theirs
    proxies = {
        name: f"http://{value}"
        for name, value in os.environ.items()
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
        and value
        and "://" not in value
    }
    return {
        **os.environ,
        **proxies,
        # in the environment: a command line is for all to see
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)),
    }


def encryption():
    """The settings of a kernel manager that encrypt what it says to its kernels.

    Without, each kernel warns in the terminal that others on this machine could read
    along.  Nothing where jupyter_client or ZeroMQ cannot do it yet.
    """
    import zmq
    from jupyter_client import KernelManager

    able = KernelManager.class_traits().get("transport_encryption") and zmq.has("curve")
    return {"transport_encryption": "auto"} if able else {}


def trust(paths):
    """Sign notebooks as this user's, so that JupyterLab shows their outputs as they are
    and the terminal says nothing of it.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in paths:
        try:
            notebook = nbformat.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue  # somebody's broken file: JupyterLab will say so if it is opened
        if not notary.check_signature(notebook):
            notary.sign(notebook)
    notary.store.close()


def shipped():
    """The notebooks of the course: lessons, homework and its solutions."""
    homework = ROOT / "notebooks" / "homework"
    return [*lessons(), *homework.glob("hw*.ipynb"), *homework.glob("*/hw*.ipynb")]


def wait_until_it_answers(server, port, token):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/status",
        headers={"Authorization": f"token {token}"},
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(
                f"JupyterLab stopped while starting (exit code {server.returncode}); "
                f"see above."
            )
        try:
            with DIRECT.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    server.terminate()
    raise SystemExit(
        f"JupyterLab did not answer on port {port} within {PATIENCE} seconds."
    )


def refuse_an_open_door(port):
    """End if the server lets in somebody without the token: a setting in the user's
    own Jupyter configuration, which counts for more than ours, may have emptied it.
    """
    try:
        with DIRECT.open(f"http://127.0.0.1:{port}/api/contents", timeout=30):
            pass
    except urllib.error.HTTPError:
        return  # 403, as it should be
    raise SystemExit(
        "JupyterLab was ended: it lets in everybody on this machine without a token. "
        "Your own Jupyter configuration (jupyter --paths lists its folders) has an "
        "empty IdentityProvider.token or ServerApp.token: take that line out."
    )


def homeless():
    """Whether there is no home folder that can be written to."""
    try:
        with tempfile.TemporaryDirectory(dir=Path.home()):
            return False
    except (OSError, RuntimeError):  # RuntimeError: no home is known at all
        return True


@contextlib.contextmanager
def a_home():
    """For those who have none: a folder that lasts until JupyterLab is stopped."""
    if not homeless():
        yield
        return
    with tempfile.TemporaryDirectory(
        prefix="course-home-", ignore_cleanup_errors=True
    ) as folder:
        print(
            "There is no home folder that can be written to. Settings and downloads "
            "are kept until JupyterLab is stopped; notebooks are saved as always.",
            flush=True,
        )
        os.environ.update(HOME=folder, USERPROFILE=folder)
        yield


@contextlib.contextmanager
def door(address):
    """A page that leads to the address, for as long as the server runs.

    A browser's command line is for all users of the machine to see, and the address
    holds the token; the page can be read by this user only.  It lies here, where a
    browser that may not look into hidden folders can read it, if that is possible.
    """
    folder = ROOT / "build"
    try:
        folder.mkdir(exist_ok=True)
        number, name = tempfile.mkstemp(".html", "open-the-course-", folder)
    except OSError:
        number, name = tempfile.mkstemp(".html", "open-the-course-")
    with open(number, "w", encoding="utf-8") as page:
        page.write(
            f'<!DOCTYPE html><meta charset="utf-8"><title>The course</title>'
            f'<meta http-equiv="refresh" content="0; url={address}">'
            f'<p><a href="{address}">Open the course</a></p>\n'
        )
    try:
        yield Path(name).as_uri()
    finally:
        with contextlib.suppress(OSError):
            os.remove(name)


def main(arguments):
    """Start JupyterLab, and stay until it is stopped."""
    options = parser("lab", __doc__)
    options.add_argument(
        "--no-browser", action="store_true", help="print the address only"
    )
    options.add_argument(
        "--port",
        type=port_number,
        default=8888,
        help="the first port to try (default 8888)",
    )
    options = options.parse_args(arguments)
    with a_home():
        run(options.port, has_display() and not options.no_browser)


def run(first_port, with_browser):
    """The server, from its start to its end."""
    trust(shipped())
    port, token = free_port(first_port), secrets.token_urlsafe(24)
    command = [
        sys.executable,
        "-c",
        SERVER,
        "--no-browser",
        "--log-level=WARN",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={ROOT}",
        # a user's own configuration may set these for another server
        "--ServerApp.base_url=/",
        "--ServerApp.certfile=",
        "--ServerApp.keyfile=",
        *settings(),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container, root is the only user there is
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment(token), stdin=subprocess.PIPE
    )
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        wait_until_it_answers(server, port, token)
        refuse_an_open_door(port)
        address = f"http://127.0.0.1:{port}/lab/tree/{FIRST}?token={token}"
        with door(address) as page:
            print(
                f"\nThe course is open at\n\n    {address}\n\nStop it with Ctrl-C.",
                flush=True,
            )
            if with_browser:
                import webbrowser

                webbrowser.open(page)
            server.wait()
    except KeyboardInterrupt:
        print("\nStopping JupyterLab; your notebooks are saved as you left them.")
    finally:
        if server.poll() is None:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
