"""What the cluster's tests need: Dask, Ray and JAX, and a Dask cluster on this machine.

Nothing is installed here. Where a package is missing its tests are skipped and say how
to get it; with COURSE_CLUSTER=required, as in continuous integration, they fail.
"""

import importlib.util
import os
import subprocess
import sys
import time

import pytest

from course_utils.distribution.launcher import free_ports
from course_utils.distribution.processes import end_with_children
from tools import ROOT


@pytest.fixture(scope="session")
def needs():
    """A function that skips, or fails, where a package is missing."""

    def check(*packages):
        missing = [name for name in packages if not importlib.util.find_spec(name)]
        said = (
            f"{', '.join(missing)} not installed: make cluster, or pip install -e "
            f"'.[cluster]'"
        )
        if missing and os.environ.get("COURSE_CLUSTER") == "required":
            pytest.fail(said)
        if missing:
            pytest.skip(said)

    return check


class DaskCluster:
    """A scheduler and two workers, each a process of its own on the loopback."""

    def __init__(self, folder):
        [port] = free_ports(1)
        self.address, self.folder = f"tcp://127.0.0.1:{port}", folder
        self.scheduler = self.start("scheduler", f"--port={port}")
        settings = ("--nthreads=1", "--no-nanny", "--death-timeout=120")
        self.workers = [
            self.start("worker", self.address, f"--name={name}", *settings)
            for name in ("one", "two")
        ]

    def start(self, kind, *arguments):
        program = [sys.executable, "-m", f"distributed.cli.dask_{kind}"]
        with open(self.folder / f"{kind}-{time.monotonic_ns()}.log", "wb") as log:
            return subprocess.Popen(
                [*program, *arguments, "--host=127.0.0.1", "--no-dashboard"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for_workers(self, count=2):
        from distributed import Client

        with Client(self.address, timeout=120) as client:
            client.wait_for_workers(count, timeout=120)

    def end(self):
        for process in (*self.workers, self.scheduler):
            end_with_children(process.pid)
            process.wait()


@pytest.fixture
def dask_cluster(needs, tmp_path):
    needs("dask", "distributed")
    folder = tmp_path / "dask"
    folder.mkdir()
    cluster = DaskCluster(folder)
    try:
        cluster.wait_for_workers()
        yield cluster
    finally:
        cluster.end()
