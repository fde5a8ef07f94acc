"""What the detection explorer of lesson 08 shows: a detector's candidates on three
scenes, before non-max suppression.

The detector is a grid head, trained as in the contest but on the first 600 scenes, of
128 pixels, and for 20 processor seconds: as good as the lesson's own, with mistakes to
look at.  The scenes are none of the 2,000 that are drawn for training and testing.

`data/measured/detected.json`:

    plan         of the training
    scenes       number (for `draw_scenes`), boxes (the true ones) and candidates:
                 boxes, labels and scores, the surest first
"""

from dataclasses import asdict

import numpy as np

from course_utils import detection
from course_utils.backbones import load_backbone
from course_utils.datasets import draw_scenes, load_scenes
from course_utils.startup import keras
from experiments import detectors
from experiments.measurement import Measurement

NAME = "detected"
NUMBERS = (2028, 2032, 2046)  # of the scenes: crowded; two alike; dry ground
MOST, LEAST = 60, 0.02  # candidates of a scene, and their score


def detected(numbers=NUMBERS, seed=1):
    """Train, and keep the surest candidates of each scene."""
    plan = detectors.Plan(size=128, seconds=20)
    scenes = load_scenes(size=plan.size, few=True)
    parts, _, _ = detectors.scenes_as_maps(plan, scenes)
    model, head, _, _ = detectors.train(
        "grid", parts, len(scenes.class_names), plan, seed
    )
    elements = [draw_scenes(1, first=number)[0] for number in numbers]
    resize = keras.layers.Resizing(plan.size, plan.size, antialias=True)
    photos = np.stack([resize(element["image"]) for element in elements])
    backbone = load_backbone("mini_xception", input_shape=(plan.size, plan.size, 3))
    raw = model(detection.feature_levels(backbone.model)(photos))
    boxes, scores = (keras.ops.convert_to_numpy(part) for part in head.decode(raw))
    return {
        "plan": asdict(plan),
        "scenes": [
            {
                "number": number,
                "boxes": element["boxes"].round(4).tolist(),
                "candidates": candidates(boxes[image].clip(0, 1), scores[image]),
            }
            for image, (number, element) in enumerate(
                zip(numbers, elements, strict=True)
            )
        ],
    }


def candidates(boxes, scores):
    """The surest places of one image, each with its best class."""
    best = scores.max(axis=-1)
    order = np.argsort(-best, kind="stable")[:MOST]
    order = order[best[order] >= LEAST]
    return {
        "boxes": boxes[order].astype(float).round(4).tolist(),
        "labels": scores[order].argmax(axis=-1).tolist(),
        "scores": best[order].astype(float).round(4).tolist(),
    }


MEASUREMENTS = {
    "detected": Measurement(NAME, detected, only_here="it trains one detector")
}
