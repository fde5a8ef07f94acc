"""Seconds a training step and seconds an answer for every network of the catalogue, at
its own input size.
"""

import statistics
import time
from functools import partial

import numpy as np

from course_utils.architectures import build, catalog
from course_utils.startup import keras
from experiments.measurement import Measurement

BATCH = 2
# seconds: a step that takes longer is timed once only (grouped convolutions on a CPU)
PATIENCE = 20


def median_seconds(call, rounds):
    """The median time of a call, after one that is not counted."""
    call()
    times = []
    while len(times) < rounds and sum(times) < PATIENCE:
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 4)


def measure(rounds=3):
    """One network after the other, so that no two are in memory at once."""
    seconds = {}
    rng = np.random.default_rng(0)
    for name in catalog()["name"]:
        keras.backend.clear_session()
        model = build(name)
        x = rng.normal(size=(BATCH, *model.input_shape[1:])).astype("float32")
        y = rng.integers(0, model.output_shape[-1], BATCH)
        model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
        seconds[name] = {
            "train_step": median_seconds(partial(model.train_on_batch, x, y), rounds),
            "predict_one": median_seconds(
                partial(model.predict_on_batch, x[:1]), rounds
            ),
        }
        print(f"{name:16} {seconds[name]}", flush=True)
    return {
        "what": f"seconds of one training step with a batch of {BATCH}, and of one "
        f"answer for one image; medians",
        "batch_size": BATCH,
        "rounds": rounds,
        "networks": seconds,
    }


MEASUREMENTS = {
    "networks": Measurement("network_steps", measure, only_here="it times this machine")
}
