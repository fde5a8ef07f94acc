"""How much memory there is left, on the GPU or on the computer."""

import shutil
import subprocess
from pathlib import Path


def free_memory():
    """The bytes a program may still take: of the GPU where Keras would use one, else of
    the computer or container.
    """
    on_gpu = _free_gpu_memory()
    return _free_host_memory() if on_gpu is None else on_gpu


def _free_host_memory():
    import psutil

    free = psutil.virtual_memory().available
    # In a container the machine's memory is not ours: the control group says how much
    # of it is.
    group = Path("/sys/fs/cgroup")
    for limit, used in (
        (group / "memory.max", group / "memory.current"),
        (
            group / "memory" / "memory.limit_in_bytes",
            group / "memory" / "memory.usage_in_bytes",
        ),
    ):
        try:
            left = (
                int(limit.read_text())
                - int(used.read_text())
                + _file_cache(used.with_name("memory.stat"))
            )
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        free = min(free, max(left, 0))
    return free


def _file_cache(statistics):
    """Bytes a control group counts as used, and gives up when someone needs them."""
    for line in statistics.read_text().splitlines():
        name, count = line.split()
        if name in ("inactive_file", "total_inactive_file"):
            return int(count)
    return 0


def _free_gpu_memory():
    """Free bytes on the first GPU, or None where there is none that Keras uses."""
    import keras

    if keras.backend.backend() == "torch":
        import torch

        return torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else None
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            return None
    if not shutil.which("nvidia-smi"):
        return None
    asked = subprocess.run(
        ["nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits"],
        capture_output=True,
        text=True,
    )
    try:
        return int(asked.stdout.split()[0]) * 2**20
    except (IndexError, ValueError):
        return None
