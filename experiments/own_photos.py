"""Lesson 08's section on own labelled photos, tried on a folder of photographs: its own
functions, taken from the notebook, and what the detector that they train is worth.

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

import ast
import math
import os
import time
from pathlib import Path

import nbformat
import numpy as np

from course_utils import detection
from course_utils.backbones import backbone_for
from course_utils.datasets import load_boxes_folder
from course_utils.startup import keras
from experiments import results
from experiments.measurement import Measurement

NAME = "own_photos"
LESSON = Path(__file__).resolve().parents[1] / "notebooks" / "08_object_detection.ipynb"
FUNCTIONS = ("mirrored", "optimizer", "maps_of", "detector_from")
SIZES, STEPS = (256, 160), 400


def lesson_functions():
    """The functions of the lesson that this needs, by name, as its cells define them.

    Raises
    ------
    LookupError : the lesson has no longer one of them.
    """
    names = {
        "detection": detection,
        "keras": keras,
        "layers": keras.layers,
        "math": math,
        "np": np,
        "ops": keras.ops,
    }
    cells = nbformat.read(LESSON, as_version=4).cells
    for cell in cells:
        if cell.cell_type == "code":
            wanted = [
                node
                for node in ast.parse(cell.source).body
                if isinstance(node, ast.FunctionDef) and node.name in FUNCTIONS
            ]
            exec(compile(ast.Module(wanted, []), str(cell.id), "exec"), names)
    if missing := set(FUNCTIONS) - set(names):
        raise LookupError(f"{LESSON.name} no longer defines {', '.join(missing)}")
    return {name: names[name] for name in FUNCTIONS}


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
        detector = lesson_functions()["detector_from"](
            parts["train"], names, backbone, steps
        )
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


MEASUREMENTS = {"own_photos": Measurement(NAME, own_photos, complete)}
