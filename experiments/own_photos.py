"""Lesson 08's section on own labelled photos, tried on a folder of photographs: its own
functions, and what the detector that they train is worth.

The folder is yours to choose, in Pascal VOC, COCO or YOLO format::

    COURSE_BOXES=my-labelled-photos COURSE_BOXES_ABOUT="what they show" \\
        python -m experiments own_photos

The stored result was measured on photographs of blood cells from a public collection,
three times with other starting weights.  The test part is used for nothing else.

`data/measured/own_photos.json`:

    about    what the photographs show
    photos   how many, by part
    boxes    how many in the test part, by class
    sizes    by size in pixels: backbone, cells (of a row), steps, and runs, one a seed:
             cpu_seconds (maps and training), test (AP50 and AP), AP50 (per class)
"""

import os
import time

import numpy as np

from course_utils import detection
from course_utils.backbones import backbone_for
from course_utils.datasets import load_boxes_folder
from course_utils.startup import keras
from experiments import results
from experiments.measurement import Measurement

layers, ops = keras.layers, keras.ops

NAME = "own_photos"
LESSONS_OWN = ("mirrored", "optimizer", "maps_of", "batches", "detector_from")
SIZES, STEPS, SEEDS = (256, 160), 400, (1, 2, 3)


# Word for word as the lesson's cells define them; a test compares.


def mirrored(corners):
    return np.stack(
        [corners[:, 0], 1 - corners[:, 3], corners[:, 2], 1 - corners[:, 1]], 1
    )


def optimizer(steps):
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=3e-3, warmup_steps=max(1, steps // 10)
    )
    return keras.optimizers.AdamW(rate, weight_decay=1e-4)


def maps_of(labelled, levels):
    """Of each photo and its mirror image: fine and coarse maps; boxes and labels."""
    size = levels.input_shape[1]
    resize = layers.Resizing(size, size, antialias=True)
    fine, coarse, truth = [], [], []
    for one in labelled.as_numpy_iterator():
        photo = ops.convert_to_numpy(resize(one["image"]))
        both = levels.predict_on_batch(np.stack([photo, photo[:, ::-1]]))
        fine.extend(both[0].astype("float16"))
        coarse.extend(both[1].astype("float16"))
        truth.append((one["boxes"], one["labels"]))
        truth.append((mirrored(one["boxes"]), one["labels"]))
    return [fine, coarse], truth


def batches(x, y, batch_size):
    random = np.random.default_rng(1)
    while True:
        part = random.permutation(len(y))[:batch_size]
        yield tuple(np.stack([maps[k] for k in part]) for maps in x), y[part]


def detector_from(labelled, names, backbone, steps, batch_size=16):
    """A `Detector`, trained on labelled photos of any sizes and their mirror images."""
    levels = detection.feature_levels(backbone.model, strides=(8, 16))
    x, truth = maps_of(labelled, levels)
    head = detection.FCOSHead(len(names))
    model = detection.trainable(head, [maps[0].shape for maps in x], channels=64)
    y = np.stack([head.targets(*one) for one in truth])
    model.compile(optimizer(steps), loss=head.loss)
    model.optimizer.build(model.trainable_variables)
    drawn = batches(x, y, batch_size)
    model.fit(drawn, steps_per_epoch=steps, shuffle=False, verbose=0)
    features = model.get_layer("features")
    return detection.Detector.of(levels, features, head, names, max_boxes=300)


def own_photos(sizes=SIZES, steps=STEPS, seeds=SEEDS):
    """Train on the folder's training part, once per size and seed; judge on its test
    part.
    """
    folder = os.environ.get("COURSE_BOXES")
    if not folder:
        raise SystemExit("no photographs: COURSE_BOXES must be a labelled folder")
    photos = load_boxes_folder(folder)
    test = list(photos.test.as_numpy_iterator())
    labels = np.concatenate([one["labels"] for one in test])
    names, found = photos.class_names, {}
    for size in sizes:
        backbone = backbone_for("folder", "quick", input_shape=(size, size, 3))
        runs = []
        for seed in seeds:
            keras.utils.set_random_seed(seed)
            begun = time.process_time()
            detector = detector_from(photos.train, names, backbone, steps)
            spent = time.process_time() - begun
            run = {"seed": seed, "cpu_seconds": round(spent, 1)}
            runs.append(run | judged(detector, test, names))
            print(size, runs[-1], flush=True)
        settings = {"backbone": backbone.name, "cells": size // 8, "steps": steps}
        found[str(size)] = {**settings, "runs": runs}
    return {
        "about": os.environ.get("COURSE_BOXES_ABOUT", "a folder of labelled photos"),
        "photos": {name: len(files) for name, files in photos.info.files.items()},
        "boxes": {name: int((labels == k).sum()) for k, name in enumerate(names)},
        "sizes": found,
    }


def judged(detector, test, names):
    """AP50 and AP on the test part, and AP50 of each class."""
    result = detection.evaluate(test, detector([one["image"] for one in test]), names)
    return {
        "test": {key: round(float(result[key]), 3) for key in ("AP50", "AP")},
        "AP50": {
            name: round(float(each["AP50"]), 3)
            for name, each in result["per_class"].items()
        },
    }


def complete(name):
    return results.stored(name) is not None


ONLY_HERE = "it trains two detectors, of photographs that are here"
MEASUREMENTS = {"own_photos": Measurement(NAME, own_photos, complete, ONLY_HERE)}
