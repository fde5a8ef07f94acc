"""Open the course in JupyterLab.

python -m tools lab [--no-browser] [--port 8888]

It listens on this machine only, behind a token, and has lesson 00 in front.  Its
notebooks are trusted, and what it saves needs no kernel to be seen again.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tools import ROOT, lessons, parser

EXTRAS = ("dev",)
FIRST = "notebooks/00_start_here.ipynb"
PATIENCE = 60  # seconds for the server to answer


def free_port(wanted):
    """`wanted` if nobody uses it, else a free port near it, else any."""
    for port in [*range(wanted, wanted + 20), 0]:
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


def switch_off_announcements():
    """No question about news on the first start: the course never calls out by
    itself.
    """
    folder = Path(sys.prefix) / "etc" / "jupyter" / "labconfig"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}
    }
    (folder / "page_config.json").write_text(
        json.dumps(settings, indent=2) + "\n", encoding="utf-8"
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
    """The environment of that server: a token, and what switches `course_utils.saving`
    on, be the package installed or only lie here.
    """
    config = [str(ROOT / "etc" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
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
    # never through a proxy: it is this machine
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(
                f"JupyterLab stopped while starting (exit code {server.returncode}); "
                f"see above."
            )
        try:
            with opener.open(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    server.terminate()
    raise SystemExit(
        f"JupyterLab did not answer on port {port} within {PATIENCE} seconds."
    )


def main(arguments):
    """Start JupyterLab, and stay until it is stopped."""
    options = parser("lab", __doc__)
    options.add_argument(
        "--no-browser", action="store_true", help="print the address only"
    )
    options.add_argument(
        "--port", type=int, default=8888, help="the first port to try (default 8888)"
    )
    options = options.parse_args(arguments)

    switch_off_announcements()
    trust(shipped())
    port, token = free_port(options.port), secrets.token_urlsafe(24)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--log-level=WARN",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={ROOT}",
        *settings(),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container, root is the only user there is
    server = subprocess.Popen(command, cwd=ROOT, env=environment(token))
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        wait_until_it_answers(server, port, token)
        address = f"http://127.0.0.1:{port}/lab/tree/{FIRST}?token={token}"
        print(
            f"\nThe course is open at\n\n    {address}\n\nStop it with Ctrl-C.",
            flush=True,
        )
        if has_display() and not options.no_browser:
            import webbrowser

            webbrowser.open(address)
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
