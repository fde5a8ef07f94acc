"""Lesson 08's contest: three heads on one trunk, with equal processor time.

All learn from the same feature maps of the scenes, computed once by the frozen small
backbone: each training scene, and its mirror image.  What is trained, the neck and a
head, starts anew for each head and seed, and trains until its processor time is used
up, on one core, while the learning rate falls along a cosine.  The time counts
training only.  The test part is used once per run, at the end.

The trunk sees the scenes with 192 pixels a side.  A first contest, which is kept to be
compared with, saw 128, as the lesson's own detector does, and trained a little shorter.

Two baselines answer without a detector: the mean box of each class, at every scene the
same five; and a locator as in lesson 07, which gives one box per scene and has learned
the largest flower's.

`data/measured/detectors.json`, and `detectors_128.json`:

    plan, seeds  the settings below
    backbone     what made the maps of all parts, and the processor seconds that took
    scenes       how many, by part
    heads        by name: numbers (trained weights), and runs: seed, steps, epochs,
                 cpu_seconds, valid and test (AP, AP50, AP75, AR100, and AP by size)
    baselines    by name: test
"""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course_utils import detection
from course_utils.backbones import load_backbone
from course_utils.boxes import BoxOutput, IoULoss
from course_utils.datasets import load_scenes
from course_utils.startup import keras
from experiments import results
from experiments.measurement import Measurement

NAME, FIRST = "detectors", "detectors_128"
HEADS = ("grid", "anchors", "fcos")
KEPT = ("AP", "AP50", "AP75", "AR100", "AP_small", "AP_medium")
# What the areas of flowers are counted in, so that "small" means the same flowers at
# every size of the scenes.
AREAS = (128, 128)


@dataclass(frozen=True)
class Training:
    """How a head and its neck are trained, however long that takes.

    Parameters
    ----------
    size : height and width of the scenes, in pixels.
    warming : the share of the training in which the rate rises to its highest.
    rate, weight_decay, batch_size : of AdamW.
    channels, blocks : of the neck.
    """

    size: int = 128
    warming: float = 0.1
    rate: float = 3e-3
    weight_decay: float = 1e-4
    batch_size: int = 16
    channels: int = 64
    blocks: int = 2


@dataclass(frozen=True)
class Plan(Training):
    """How every head of the contest is trained.

    Parameters
    ----------
    seconds : of processor time, for the training of one head.
    anchors : how many sizes.
    """

    size: int = 192
    seconds: float = 120
    anchors: int = 6


FIRST_PLAN = Plan(size=128, seconds=100)


class Part(NamedTuple):
    """Maps of some scenes, (scenes, rows, columns, channels) as float16, and the
    truth.
    """

    fine: np.ndarray
    coarse: np.ndarray
    true: list


def scenes_as_maps(plan, scenes=None):
    """The parts "train", "valid" and "test", and what made them.

    The training part holds each scene twice, the second time mirrored.
    """
    scenes = scenes or load_scenes(size=plan.size)
    backbone = load_backbone("mini_xception", input_shape=(plan.size, plan.size, 3))
    levels = detection.feature_levels(backbone.model)
    begun, parts = time.process_time(), {}
    for name in ("train", "valid", "test"):
        elements = list(getattr(scenes, name).as_numpy_iterator())
        photos = np.stack([element["image"] for element in elements])
        true = [
            {
                "boxes": element["boxes"],
                "labels": element["labels"],
                "image_shape": AREAS,
            }
            for element in elements
        ]
        if name == "train":
            photos = np.concatenate([photos, photos[:, :, ::-1]])
            true = true + [{**one, "boxes": mirrored(one["boxes"])} for one in true]
        parts[name] = Part(*as_half(levels, photos), true)
    about = {
        "line": backbone.line,
        "cpu_seconds": round(time.process_time() - begun, 1),
    }
    return parts, about, scenes


def as_half(levels, photos, at_once=320):
    """Maps of all photos in half precision; only those of a few are ever whole."""
    halves = []
    for first in range(0, len(photos), at_once):
        few = photos[first : first + at_once]
        maps = levels.predict(few, batch_size=32, verbose=0)
        halves.append([each.astype("float16") for each in maps])
    return [np.concatenate(level) for level in zip(*halves, strict=True)]


def mirrored(boxes):
    """Boxes (n, 4) of a scene, in the scene that is mirrored left to right."""
    return np.stack(
        [boxes[:, 0], 1 - boxes[:, 3], boxes[:, 2], 1 - boxes[:, 1]], axis=1
    )


def new_head(name, classes, boxes, plan):
    """A head that begins with the sizes of the training boxes."""
    size = (boxes[:, 2:] - boxes[:, :2]).mean(axis=0)
    if name == "grid":
        return detection.GridHead(classes, size=size)
    if name == "fcos":
        return detection.FCOSHead(classes, size=size)
    sizes = detection.anchor_sizes(boxes, plan.anchors)
    return detection.AnchorHead(classes, sizes, size=size)


def train(name, parts, classes, plan, seed):
    """A head and its neck, trained once; returns (model, head, steps, seconds)."""
    boxes = np.concatenate([one["boxes"] for one in parts["train"].true])
    head = new_head(name, classes, boxes, plan)
    model, batches = begun_anew(head, parts["train"], plan, seed)
    model.train_on_batch(*next(batches))  # compiled here, outside the time
    steps, begun = 0, time.process_time()
    while (spent := (time.process_time() - begun) / plan.seconds) < 1:
        model.optimizer.learning_rate = plan.rate * height(spent, plan.warming)
        loss = model.train_on_batch(*next(batches))
        steps += 1
        if not np.isfinite(loss):
            raise FloatingPointError(f"{name}, seed {seed}: loss {loss}, step {steps}")
    return model, head, steps, time.process_time() - begun


def begun_anew(head, part, plan, seed):
    """A head and its neck, ready to be trained, and batches without end."""
    keras.utils.set_random_seed(seed)
    model = detection.trainable(
        head,
        [part.fine.shape[1:], part.coarse.shape[1:]],
        channels=plan.channels,
        blocks=plan.blocks,
    )
    model.compile(
        keras.optimizers.AdamW(plan.rate, weight_decay=plan.weight_decay),
        loss=head.loss,
    )
    y = np.stack([head.targets(one["boxes"], one["labels"]) for one in part.true])
    return model, in_any_order(part, y, plan.batch_size, seed)


def height(spent, warming):
    """The rate as a share of its highest: up a line, then down a cosine."""
    if spent < warming:
        return spent / warming
    return 0.5 * (1 + np.cos(np.pi * (spent - warming) / (1 - warming)))


def in_any_order(part, y, batch_size, seed):
    """Batches without end, the scenes in a new order each time around."""
    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(len(y))
        for start in range(0, len(order) - batch_size + 1, batch_size):
            chosen = order[start : start + batch_size]
            maps = [each[chosen].astype("float32") for each in part[:2]]
            yield maps, y[chosen]


def score(model, head, part, class_names):
    """What `evaluate` says of a trained head on a part."""
    maps = [keras.Input(each.shape[1:]) for each in part[:2]]
    answers = detection.Answers(head)(model.get_layer("features")(maps))
    found = keras.Model(maps, answers).predict(
        [each.astype("float32") for each in part[:2]], batch_size=50, verbose=0
    )
    return kept(part.true, detection.without_padding(found), class_names)


def kept(true, found, class_names):
    result = detection.evaluate(true, found, class_names)
    return {key: round(float(result[key]), 4) for key in KEPT}


def mean_boxes(parts, class_names):
    """The mean box of each class, for every test scene: the baseline of who does not
    look.
    """
    true = parts["train"].true
    boxes = np.concatenate([one["boxes"] for one in true])
    labels = np.concatenate([one["labels"] for one in true])
    classes = np.unique(labels)
    answer = {
        "boxes": np.stack([boxes[labels == label].mean(axis=0) for label in classes]),
        "labels": classes,
        "scores": np.array([np.mean(labels == label) for label in classes]),
    }
    test = parts["test"].true
    return kept(test, [answer] * len(test), class_names)


def one_box(parts, class_names, epochs=8, seed=1):
    """A locator as in lesson 07, one box and one class per scene, on the test part."""
    layers, part = keras.layers, parts["train"]
    largest = [
        int(np.prod(one["boxes"][:, 2:] - one["boxes"][:, :2], axis=1).argmax())
        for one in part.true
    ]
    pairs = list(zip(part.true, largest, strict=True))
    y = {
        "label": np.array([one["labels"][index] for one, index in pairs]),
        "bbox": np.array([one["boxes"][index] for one, index in pairs]),
    }
    keras.utils.set_random_seed(seed)
    maps = x = keras.Input(part.coarse.shape[1:])
    x = layers.Conv2D(64, 1, activation="relu")(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    model = keras.Model(
        maps,
        {
            "label": layers.Dense(len(class_names), "softmax", name="label")(x),
            "bbox": BoxOutput(y["bbox"].mean(axis=0), name="bbox")(x),
        },
    )
    model.compile(
        "adam",
        loss={"label": "sparse_categorical_crossentropy", "bbox": IoULoss("giou")},
    )
    model.fit(part.coarse.astype("float32"), y, epochs=epochs, verbose=0)
    test = parts["test"]
    answers = model.predict(test.coarse.astype("float32"), verbose=0)
    found = [
        {
            "boxes": box[None],
            "labels": [probabilities.argmax()],
            "scores": [probabilities.max()],
        }
        for box, probabilities in zip(answers["bbox"], answers["label"], strict=True)
    ]
    return kept(test.true, found, class_names)


def contest(seeds=(1, 2, 3), plan=None, scenes=None, stored_as=NAME):
    """All heads, once per seed; what is stored already is not run again."""
    plan = plan or Plan()
    stored = results.unfinished(stored_as, complete, results.planned(plan, seeds))
    parts, backbone, scenes = scenes_as_maps(plan, scenes)
    names = scenes.class_names
    result = stored or {
        **results.planned(plan, seeds),
        "backbone": backbone,
        "scenes": {
            "train": len(parts["train"].true) // 2,
            "valid": len(parts["valid"].true),
            "test": len(parts["test"].true),
        },
        "heads": {name: {"numbers": 0, "runs": []} for name in HEADS},
        "baselines": {
            "mean boxes": mean_boxes(parts, names),
            "lesson 07's locator": one_box(parts, names),
        },
    }
    for seed in seeds:
        for name in HEADS:
            arm = result["heads"][name]
            if seed in (run["seed"] for run in arm["runs"]):
                continue
            model, head, steps, seconds = train(name, parts, len(names), plan, seed)
            arm["numbers"] = int(model.count_params())
            run = {
                "seed": seed,
                "steps": steps,
                "epochs": round(steps * plan.batch_size / len(parts["train"].true), 2),
                "cpu_seconds": round(seconds, 1),
                "valid": score(model, head, parts["valid"], names),
                "test": score(model, head, parts["test"], names),
            }
            arm["runs"].append(run)
            results.store(stored_as, result)
            print(f"{name}, seed {seed}: AP50 {run['test']['AP50']:.3f}", flush=True)


def first_contest():
    """All heads, on scenes of 128 pixels."""
    contest(plan=FIRST_PLAN, stored_as=FIRST)


def complete(name):
    return results.all_seeds(name, "heads")


ONLY_HERE = "its heads get equal processor seconds, of one machine"
MEASUREMENTS = {
    NAME: Measurement(NAME, contest, complete, ONLY_HERE),
    FIRST: Measurement(FIRST, first_contest, complete, ONLY_HERE),
}
