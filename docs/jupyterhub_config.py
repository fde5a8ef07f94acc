"""A JupyterHub for a class that takes this course; docs/classroom.md explains it.

    COURSE_FOLDER=/srv/course COURSE_DATA_FOLDER=/srv/course-data \\
        jupyterhub -f docs/jupyterhub_config.py

It listens on the loopback: a web server with a certificate stands in front of it.  Who
may log in is for you to say; as it is, the machine's own users may (PAM).
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub runs this file)

COURSE = os.environ.get("COURSE_FOLDER", "/srv/course")  # a checkout; read-only
DATA = Path(os.environ.get("COURSE_DATA_FOLDER", "/srv/course-data"))  # read-only, too
REPOSITORY = os.environ.get("COURSE_REPOSITORY", COURSE)  # what students get copies of
HOUR = 3600

c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.concurrent_spawn_limit = 10  # a class starts at once; let it queue
c.JupyterHub.active_server_limit = 300  # what the memory is enough for, not more
c.Authenticator.allow_all = True  # whoever can log in on this machine

# Limits per student.  systemd, Docker and Kubernetes enforce them; the spawner that
# JupyterHub has by itself only tells the server about them.
if find_spec("systemdspawner"):
    c.JupyterHub.spawner_class = "systemdspawner.SystemdSpawner"
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.readonly_paths = [COURSE, str(DATA)]
c.Spawner.mem_limit = "3G"  # a server, and one kernel; docs/classroom.md has the table
c.Spawner.cpu_limit = 2.0
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120

c.Spawner.environment = {
    "KERAS_HOME": str(DATA / "keras"),  # weights and data sets, once for all
    "TFDS_DATA_DIR": str(DATA / "tfds"),
    "TF_NUM_INTRAOP_THREADS": "2",  # else each kernel starts a thread for every core
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "COURSE_FOLDER": COURSE,
}

# What students do not close is closed for them: kernels first, then servers.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=1800",
    "--MappingKernelManager.cull_interval=120",
    "--MappingKernelManager.cull_connected=True",
]
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers"]
        + ["delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler"]
        + [f"--timeout={HOUR}", f"--max-age={12 * HOUR}"],
    }
]

# The first page: nbgitpuller makes or updates the student's own copy, then opens it.
c.Spawner.default_url = (
    f"/git-pull?repo={REPOSITORY}&branch=main&targetpath=course"
    "&urlpath=lab/tree/course/notebooks/00_start_here.ipynb"
)
