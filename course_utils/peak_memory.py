"""How much memory a model really takes, measured from outside: a fresh Python process
runs it and watches itself.

A fresh process, because an old one keeps freed memory for later and so hides what a
model needs.

    python -m course_utils.peak_memory < request.json
"""

import gc
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

WATCH_EVERY = 0.001  # seconds
# What is freed goes back to the system at once, so that the peak does not depend on
# which thread freed what, and when (a setting of the GNU C library; others heed it not)
SETTINGS = {"CUDA_VISIBLE_DEVICES": "-1", "MALLOC_MMAP_THRESHOLD_": "1000000"}


@dataclass(frozen=True)
class PeakMemory:
    """The most memory a process took beyond what it had before, in bytes.

    Attributes
    ----------
    inference : while predicting one batch.
    training : while taking one training step on one batch.
    """

    inference: int
    training: int


def peak_memory(model, batch_size):
    """Run one prediction and one training step of a model in a fresh process on the
    CPU, and measure both peaks.

    The weights are new ones: memory does not depend on them.  Costs a start of the
    backend, about five seconds.

    Parameters
    ----------
    model : a built functional or sequential Keras model with one input, one output, and
        no layers of your own.
    batch_size : how many instances go through at once.

    Returns
    -------
    PeakMemory

    Raises
    ------
    RuntimeError : the process failed; its last words are in the message.
    """
    request = json.dumps({"model": model.to_json(), "batch_size": batch_size})
    finished = subprocess.run(
        [sys.executable, "-m", "course_utils.peak_memory"],
        input=request,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            **SETTINGS,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
    )
    if finished.returncode:
        last = finished.stderr.strip().splitlines()[-1:] or ["(it said nothing)"]
        raise RuntimeError(
            f"the measuring process ended with code {finished.returncode}: {last[0]}"
        )
    return PeakMemory(**json.loads(finished.stdout.splitlines()[-1]))


class Watch:
    """The most resident memory of this process from now on; `.peak` is that so far, in
    bytes.

    The kernel of Linux keeps the peak itself, and misses none; elsewhere a thread looks
    once in a millisecond.
    """

    def __init__(self):
        import psutil

        gc.collect()
        self._process = psutil.Process()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._kept = _forget_peak()
        self.start = self.peak = self._process.memory_info().rss
        self._thread.start()

    def _watch(self):
        while not self._kept and not self._stop.wait(WATCH_EVERY):
            self.look()

    def look(self):
        """Look now, and return the peak above the start."""
        seen = _peak_kept() if self._kept else self._process.memory_info().rss
        self.peak = max(self.peak, seen)
        return self.peak - self.start

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.look()


def _forget_peak():
    """Let the kernel begin anew with the peak that it keeps; False if it cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return _peak_kept() > 0
    except OSError:
        return False


def _peak_kept():
    """The most resident memory of this process that the kernel knows of, in bytes; 0 if
    it says nothing.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main():
    import numpy as np

    from course_utils.startup import keras

    request = json.load(sys.stdin)
    model = keras.models.model_from_json(request["model"])
    model.compile(optimizer="sgd", loss="mse", jit_compile=False)
    inputs = np.zeros((request["batch_size"], *model.input_shape[1:]), "float32")
    targets = np.zeros((request["batch_size"], *model.output_shape[1:]), "float32")
    # what is set up once, on the first call, is not counted
    model.predict_on_batch(inputs[:1])
    model.train_on_batch(inputs[:1], targets[:1])
    watch = Watch()
    model.predict_on_batch(inputs)
    inference = watch.look()
    # may use again what the prediction freed, so it counts from the same start
    model.train_on_batch(inputs, targets)
    print(json.dumps({"inference": inference, "training": watch.stop()}))


if __name__ == "__main__":
    main()
