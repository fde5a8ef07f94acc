"""One training step of ResNet-34 at 224×224: the course's, the textbook's and
PyTorch's, in turn.
"""

import json
import statistics
import time

import numpy as np

from course_utils.architectures import build
from course_utils.startup import keras
from experiments.benchmarks.opponents import textbook_resnet34, torch_resnet34
from experiments.measurement import Measurement


def keras_step(model, x, y, **compile_options):
    """A function that makes one training step with momentum and waits for its end."""
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        "sparse_categorical_crossentropy",
        **compile_options,
    )
    return lambda: model.train_on_batch(x, y)


def torch_step(x, y):
    """The same step in PyTorch; None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    model = torch_resnet34().train()
    optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    images, labels = (
        torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))),
        torch.from_numpy(y),
    )

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()

    return step


def interleaved(steps, rounds, warm_up=2):
    """Time each step once a round, in turn, so that a machine that slows down slows
    all; lists of seconds.
    """
    times = {name: [] for name in steps}
    for number in range(warm_up + rounds):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if number >= warm_up:
                times[name].append(time.perf_counter() - started)
    return times


def measure(rounds=8, batch=8):
    """Median seconds a step and the ratios, round by round, of the course's time to
    each opponent's.
    """
    rng = np.random.default_rng(0)
    x, y = (
        rng.normal(size=(batch, 224, 224, 3)).astype("float32"),
        rng.integers(0, 10, batch),
    )
    keras.utils.set_random_seed(42)
    steps = {
        "course": keras_step(build("resnet34", classes=10), x, y),
        "course, compiled by XLA": keras_step(
            build("resnet34", classes=10), x, y, jit_compile=True
        ),
        "textbook": keras_step(textbook_resnet34(), x, y),
    }
    if (other := torch_step(x, y)) is not None:
        steps["PyTorch"] = other
    times = interleaved(steps, rounds)
    ours = times["course"]
    result = {
        "what": f"one training step of ResNet-34, batch {batch}, 224×224, SGD with "
        f"momentum",
        "rounds": rounds,
        "median_seconds": {
            name: round(statistics.median(values), 3) for name, values in times.items()
        },
        "ratio_course_to": {
            name: round(
                statistics.median(a / b for a, b in zip(ours, values, strict=True)), 3
            )
            for name, values in times.items()
            if name != "course"
        },
    }
    print(json.dumps(result, indent=1, ensure_ascii=False), flush=True)
    return result


MEASUREMENTS = {"resnet": Measurement("bench_resnet34", measure)}
