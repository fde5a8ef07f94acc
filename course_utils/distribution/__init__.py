"""Training on more devices and more machines: several processes on this one, what they
send each other, how they go on after one has died, and what more workers can give.
"""

from course_utils.distribution.arithmetic import (
    all_reduce_bytes,
    amdahl,
    gustafson,
    ring_all_reduce,
    scaled_rate,
    serial_share,
)
from course_utils.distribution.checkpoints import (
    agree,
    fingerprint,
    gathered,
    read_checkpoint,
    write_checkpoint,
)
from course_utils.distribution.cluster import cluster_backend
from course_utils.distribution.extras import is_installed
from course_utils.distribution.processes import (
    Outcome,
    WorkerError,
    per_worker,
    run_in_turn,
    run_workers,
    task,
)

__all__ = [
    "Outcome",
    "WorkerError",
    "agree",
    "all_reduce_bytes",
    "amdahl",
    "cluster_backend",
    "fingerprint",
    "gathered",
    "gustafson",
    "is_installed",
    "per_worker",
    "read_checkpoint",
    "ring_all_reduce",
    "run_in_turn",
    "run_workers",
    "scaled_rate",
    "serial_share",
    "task",
    "write_checkpoint",
]
