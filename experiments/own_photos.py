"""Lesson 08's section on own labelled photos, tried on a folder of photographs: its own
functions, and what the detector that they train is worth.

The folder is yours to choose, in Pascal VOC, COCO or YOLO format::

    COURSE_BOXES=my-labelled-photos COURSE_BOXES_ABOUT="what they show" \\
        python -m experiments own_photos

The stored result was measured once, with one seed, on photographs of blood cells from a
public collection.  The test part is used for nothing else.

`data/measured/own_photos.json`:

    about    what the photographs show
    photos   how many, by part
    boxes    how many in the test part, by class
    runs     by size in pixels: cells (of a row), cpu_seconds (maps and training),
             and test: AP50 and AP, and per class AP50
"""

import math
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
LESSONS_OWN = ("mirrored", "optimizer", "maps_of", "detector_from")
SIZES, STEPS = (256, 160), 400


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


def maps_of(elements, levels):
    """Fine and coarse maps: of each photo, then of its mirror image."""
    size = levels.input_shape[1]
    resize = layers.Resizing(size, size, antialias=True)
    fine, coarse = [], []
    for element in elements:
        photo = ops.convert_to_numpy(resize(element["image"]))
        pair = levels.predict_on_batch(np.stack([photo, photo[:, ::-1]]))
        fine.append(pair[0].astype("float16"))
        coarse.append(pair[1].astype("float16"))
    return [np.concatenate(fine), np.concatenate(coarse)]


def detector_from(elements, names, backbone, steps, batch_size=16):
    """A `Detector`, trained on labelled photos of any sizes and their mirror images."""
    levels = detection.feature_levels(backbone.model, strides=(8, 16))
    x = maps_of(elements, levels)
    head = detection.FCOSHead(len(names))
    model = detection.trainable(head, [maps.shape[1:] for maps in x], channels=64)
    y = []
    for one in elements:
        y.append(head.targets(one["boxes"], one["labels"]))
        y.append(head.targets(mirrored(one["boxes"]), one["labels"]))
    model.compile(optimizer(steps), loss=head.loss)
    steps_per_epoch = math.ceil(len(y) / batch_size)
    epochs = math.ceil(steps / steps_per_epoch)
    model.fit(x, np.stack(y), batch_size, epochs, verbose=0)
    features = model.get_layer("features")
    return detection.Detector.of(levels, features, head, names, max_boxes=300)


def own_photos(sizes=SIZES, steps=STEPS):
    """Train on the folder's training part, once per size; judge on its test part."""
    folder = os.environ.get("COURSE_BOXES")
    if not folder:
        raise SystemExit("no photographs: COURSE_BOXES must be a labelled folder")
    photos = load_boxes_folder(folder)
    parts = {
        name: list(getattr(photos, name).as_numpy_iterator())
        for name in ("train", "valid", "test")
    }
    labels = np.concatenate([one["labels"] for one in parts["test"]])
    names, runs = photos.class_names, {}
    for size in sizes:
        backbone = backbone_for("folder", "quick", input_shape=(size, size, 3))
        keras.utils.set_random_seed(1)
        begun = time.process_time()
        detector = detector_from(parts["train"], names, backbone, steps)
        spent = time.process_time() - begun
        found = detector([one["image"] for one in parts["test"]])
        result = detection.evaluate(parts["test"], found, names)
        runs[str(size)] = {
            "backbone": backbone.name,
            "cells": size // 8,
            "steps": steps,
            "cpu_seconds": round(spent, 1),
            "test": {key: round(float(result[key]), 3) for key in ("AP50", "AP")},
            "AP50": {
                name: round(float(each["AP50"]), 3)
                for name, each in result["per_class"].items()
            },
        }
        print(size, runs[str(size)], flush=True)
    return {
        "about": os.environ.get("COURSE_BOXES_ABOUT", "a folder of labelled photos"),
        "photos": {name: len(part) for name, part in parts.items()},
        "boxes": {name: int((labels == k).sum()) for k, name in enumerate(names)},
        "runs": runs,
    }


def complete(name):
    return (results.results_folder() / f"{name}.json").exists()


ONLY_HERE = "it trains two detectors, of photographs that are here"
MEASUREMENTS = {"own_photos": Measurement(NAME, own_photos, complete, ONLY_HERE)}
