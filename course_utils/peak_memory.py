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

WATCH_EVERY = 0.001  # seconds


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
            "CUDA_VISIBLE_DEVICES": "-1",
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
    """Samples the resident memory of this process from a thread; `.peak` is the highest
    value so far, in bytes.
    """

    def __init__(self):
        import psutil

        gc.collect()
        self._process = psutil.Process()
        self._stop = threading.Event()
        self.start = self.peak = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._stop.wait(WATCH_EVERY):
            self.look()

    def look(self):
        """Sample now, and return the peak above the start."""
        self.peak = max(self.peak, self._process.memory_info().rss)
        return self.peak - self.start

    def stop(self):
        self._stop.set()
        self._thread.join()
        return self.look()


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
