"""A Ray cluster of this machine alone, for lesson 10: started, used, and gone."""

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import psutil

from course_utils.distribution.launcher import HERE, free_ports
from course_utils.distribution.processes import WorkerError, end_with_children

__all__ = ["ray_cluster"]

# Ray gives the parts of a cluster 15 to 60 seconds to start.  A busy laptop needs more.
PATIENCE = {
    "RAY_raylet_start_wait_time_s": "180",
    "RAY_agent_register_timeout_ms": "180000",
    "RAY_worker_register_timeout_seconds": "180",
    "RAY_gcs_server_request_timeout_seconds": "180",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "180",
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "180",
}
SMALL = {
    "RAY_prestart_worker_first_driver": "0",  # workers that nobody asked for
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # on Linux, too: the loopback only
    "CUDA_VISIBLE_DEVICES": "-1",
}
AGENT_PORT = "dashboard-agent-listen-port"
PORTS = (
    "port",
    AGENT_PORT,
    "dashboard-agent-grpc-port",
    "metrics-export-port",
    "runtime-env-agent-port",
    "ray-client-server-port",  # else 10001, which may be taken
)
MEGABYTES = 80  # of memory for what workers hand over; Ray's least is 75


@contextlib.contextmanager
def ray_cluster(cpus, seconds=180):
    """A context with a Ray cluster of one machine, this one, to which this process is
    connected.  Its processes and files are gone when the context is left.

    Parameters
    ----------
    cpus : how many workers of one core each it may run at once.
    seconds : how long it may take to start.

    Returns
    -------
    The path of a folder for what is trained; it is gone, too.

    Raises
    ------
    WorkerError : it has not started in time; with the last lines of what it said.
    """
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    # before Ray is imported, which reads them once
    settings = patch.dict(os.environ, {**PATIENCE, **SMALL, **token})
    place = tempfile.TemporaryDirectory(
        prefix="ray-", dir=_place(), ignore_cleanup_errors=True
    )
    ports = free_ports(len(PORTS))
    with settings, place as folder:
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head"),
            *("--block", "--no-monitor", "--disable-usage-stats"),
            *("--include-dashboard=false", f"--node-ip-address={HERE}"),
            *(f"--{name}={port}" for name, port in zip(PORTS, ports, strict=True)),
            *(f"--num-cpus={cpus}", f"--object-store-memory={MEGABYTES * 2**20}"),
            f"--temp-dir={folder}",
        ]
        said = Path(folder) / "start.log"
        with open(said, "wb") as log:
            head = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            _wait_for(head, said, seconds, ports[PORTS.index(AGENT_PORT)])
            import ray

            ray.init(f"{HERE}:{ports[0]}", log_to_driver=False)
            yield folder
        finally:
            if "ray" in sys.modules:
                sys.modules["ray"].shutdown()
            end_with_children(head.pid)
            head.wait()


def _place():
    """Where the cluster's files go: to those of a worker, which are removed even if it
    is killed, unless the path is too long for the sockets that Ray puts below it.
    """
    own = os.environ.get("COURSE_WORKER_FOLDER", "")
    if 0 < len(own) <= 30:
        return own
    return "/tmp" if os.name == "posix" else None


def _wait_for(head, said, seconds, agent_port):
    """Wait until `ray start` has said that all parts of the cluster are there."""
    end, raylet = time.monotonic() + seconds, None
    while "Ray runtime started" not in (text := said.read_text(errors="replace")):
        raylet = raylet or _raylet(head, agent_port)
        how = None
        if head.poll() is not None:
            how = "has ended"
        elif raylet and raylet.status() == psutil.STATUS_ZOMBIE:
            how = "has lost its raylet"
        elif time.monotonic() > end:
            how = f"was not ready after {seconds:g} seconds"
        if how:
            last = " / ".join(text.strip().splitlines()[-3:])
            raise WorkerError(f"`ray start` {how}. Its last lines: {last}")
        time.sleep(0.2)


def _raylet(head, agent_port):
    """The process that starts workers, if it is there; its agent's port is written down
    for it.

    It waits 15 seconds for the agent itself to do that, which on a busy machine is not
    enough, and gives up (ray issue 65983).
    """
    for process in psutil.Process(head.pid).children():
        with contextlib.suppress(psutil.Error):
            words = [word.partition("=") for word in process.cmdline()]
            told = {name: value for name, _, value in words}
            if "--raylet_socket_name" in told:
                name = f"dashboard_agent_listen_port_{told['--node_id']}"
                new = Path(told["--session_dir"], f"{name}.new")
                new.write_text(str(agent_port))
                new.rename(new.with_suffix(""))
                return process
    return None
