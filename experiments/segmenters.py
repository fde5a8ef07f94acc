"""Lesson 09's experiment: FCN-32, FCN-8 and U-Net without and with skips, at equal
parameters and equal processor seconds.

All stand on the same trained backbone, the course's mini_xception, and all of it
learns. Widths are chosen so that the networks have as many parameters, within 2 %. Each
trains on the drawn garden's flowers until it has used its processor seconds, of one
thread: a network whose steps are cheap takes more of them, and `steps` says how many.
The same seed means the same order of photographs. Whatever is measured is measured on
the test part, once, at the end; nothing was chosen there.

`data/measured/segmenters.json`:

    plan, seeds  the settings below
    arms         by name: parameters, and runs
    runs         one per finished seed: seed, steps, cpu_seconds, mean_iou and
                 foreground_iou (the mean without the background), class_iou (one per
                 class), boundary_iou (see `course_utils.segmentation`), pixel_accuracy
"""

import functools
import time
from dataclasses import dataclass

import numpy as np

from course_utils.backbones import load_backbone
from course_utils.datasets import load_flower_masks
from course_utils.datasets.garden import CLASS_NAMES
from course_utils.segmentation import (
    boundary_iou,
    class_iou,
    confusion_matrix,
    fcn,
    mean_iou,
    unet,
)
from course_utils.startup import keras
from experiments import results
from experiments.measurement import Measurement

CLASSES = 1 + len(CLASS_NAMES)
ARMS = {
    "FCN-32": functools.partial(fcn, stride=32, filters=85),
    "FCN-8": functools.partial(fcn, stride=8, filters=84),
    "U-Net, no skips": functools.partial(unet, filters=(76, 38, 19), skips=False),
    "U-Net, resized": functools.partial(
        unet, filters=(48, 24, 12), upsampling="resized"
    ),
    "U-Net": functools.partial(unet, filters=(48, 24, 12)),
}


@dataclass(frozen=True)
class Plan:
    """How every network is trained.

    Parameters
    ----------
    size : height and width of the photographs, in pixels.
    cpu_seconds : of training, of one thread; the first step, which also builds what is
        run, does not count.
    batch_size, peak : photographs a step, and Adam's highest rate; it rises for the
        first tenth of the seconds and falls from then on, linearly.
    boundary : the width of the border region, in pixels.
    """

    size: int = 64
    cpu_seconds: float = 80
    batch_size: int = 8
    peak: float = 3e-3
    boundary: int = 2


def build(arm, size):
    backbone = load_backbone("mini_xception", input_shape=(size, size, 3))
    return ARMS[arm](backbone.model, CLASSES)


def compare(stored_as, plan, seeds=(1, 2, 3), data=None):
    """Train every network once per seed, and store after each run; what is stored
    already is not run again.
    """
    data = data or load_flower_masks(plan.size)
    result = results.unfinished(stored_as, complete, results.planned(plan, seeds)) or {
        "data": "the drawn garden: squares around 1,500 flowers, with masks",
        **results.planned(plan, seeds),
        "arms": {
            name: {"parameters": build(name, plan.size).count_params(), "runs": []}
            for name in ARMS
        },
    }
    for seed in seeds:
        for name, arm in result["arms"].items():
            if seed in (run["seed"] for run in arm["runs"]):
                continue
            keras.utils.set_random_seed(seed)
            model = build(name, plan.size)
            trained = train(model, data["train"], seed, plan)
            run = {"seed": seed, **trained, **judge(model, data["test"], plan)}
            arm["runs"].append(run)
            results.store(stored_as, result)
            print(f"{name}: {run}", flush=True)


def train(model, part, seed, plan):
    """Train for so many processor seconds; how many steps and seconds it were."""
    photos, masks = part
    random = np.random.default_rng(seed)
    optimizer = keras.optimizers.Adam(0.0)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    first = slice(plan.batch_size)
    model.train_on_batch(photos[first], masks[first])  # at rate 0: it only builds
    steps, used, started = 0, 0.0, time.process_time()
    while used < plan.cpu_seconds:
        share = used / plan.cpu_seconds
        optimizer.learning_rate = plan.peak * min(10 * share, 1 - share) + 1e-5
        chosen = random.choice(len(photos), plan.batch_size, replace=False)
        mirror = slice(None, None, random.choice((-1, 1)))
        model.train_on_batch(photos[chosen, :, mirror], masks[chosen, :, mirror])
        steps, used = steps + 1, time.process_time() - started
    return {"steps": steps, "cpu_seconds": round(used, 1)}


def judge(model, part, plan):
    """All measures of a trained network on photographs with masks."""
    photos, masks = part
    found = model.predict(photos, batch_size=50, verbose=0).argmax(axis=-1)
    matrix = confusion_matrix(masks, found, CLASSES)
    measures = {
        "pixel_accuracy": np.trace(matrix) / matrix.sum(),
        "mean_iou": mean_iou(matrix),
        "foreground_iou": mean_iou(matrix, background=False),
        "boundary_iou": boundary_iou(masks, found, plan.boundary),
    }
    return {
        **{name: round(float(value), 4) for name, value in measures.items()},
        "class_iou": [round(float(value), 4) for value in class_iou(matrix)],
    }


def complete(name):
    """Whether a result is stored, with all seeds of all networks."""
    return results.all_seeds(name, "arms")


PLANS = {"segmenters": Plan(), "segmenters_long": Plan(size=96, cpu_seconds=300)}
MEASUREMENTS = {
    name: Measurement(
        name,
        functools.partial(compare, name, plan),
        complete,
        only_here="its networks get equal processor seconds, of one machine",
    )
    for name, plan in PLANS.items()
}
