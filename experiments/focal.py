"""What focal loss and a cautious start are worth: lesson 08's four ways to begin, each
trained for as many steps.

One grid head on the contest's trunk, with the same scenes, neck, batches and steps;
from arm to arm change only the probability with which each cell begins ("prior") and
the focal loss's gamma, where 0 is the plain cross-entropy.  The same seeds in all arms,
so that they can be compared in pairs.  The test part is used once per run, at the end.

`data/measured/focal.json`:

    plan, seeds  the settings below
    scenes       how many, by part
    arms         by name: prior, gamma, and runs: seed, cpu_seconds, and test (AP,
                 AP50, AP75, AR100, and AP by size)
"""

import time
from dataclasses import dataclass

import numpy as np

from course_utils import detection
from experiments import detectors, results
from experiments.measurement import Measurement

NAME = "focal"
ARMS = {
    "begins with 0.5, plain": {"prior": 0.5, "gamma": 0.0},
    "begins with 0.5, focal": {"prior": 0.5, "gamma": 2.0},
    "begins with 0.01, plain": {"prior": 0.01, "gamma": 0.0},
    "begins with 0.01, focal": {"prior": 0.01, "gamma": 2.0},
}


@dataclass(frozen=True)
class Plan(detectors.Training):
    """How every arm is trained: as in the contest, but for a number of steps."""

    steps: int = 300


def train(arm, parts, classes, plan, seed):
    """A grid head and its neck, trained once; returns (model, head, seconds)."""
    boxes = np.concatenate([one["boxes"] for one in parts["train"].true])
    size = (boxes[:, 2:] - boxes[:, :2]).mean(axis=0)
    head = detection.GridHead(classes, size=size, **ARMS[arm])
    begun = time.process_time()
    model, batches = detectors.begun_anew(head, parts["train"], plan, seed)
    for step in range(plan.steps):
        share = detectors.height(step / plan.steps, plan.warming)
        model.optimizer.learning_rate = plan.rate * share
        loss = model.train_on_batch(*next(batches))
        if not np.isfinite(loss):
            raise FloatingPointError(f"{arm}, seed {seed}: loss {loss}, step {step}")
    return model, head, time.process_time() - begun


def compare(seeds=(1, 2, 3), plan=None, scenes=None):
    """All arms, once per seed; what is stored already is not run again."""
    plan = plan or Plan()
    stored = results.unfinished(NAME, complete, results.planned(plan, seeds))
    parts, _, scenes = detectors.scenes_as_maps(plan, scenes)
    names = scenes.class_names
    result = stored or {
        **results.planned(plan, seeds),
        "scenes": {
            "train": len(parts["train"].true) // 2,
            "test": len(parts["test"].true),
        },
        "arms": {arm: {**options, "runs": []} for arm, options in ARMS.items()},
    }
    for arm, seed in results.left_over(result, ARMS):
        model, head, seconds = train(arm, parts, len(names), plan, seed)
        found = detectors.score(model, head, parts["test"], names)
        run = {"seed": seed, "cpu_seconds": round(seconds, 1), "test": found}
        result["arms"][arm]["runs"].append(run)
        results.store(NAME, result)
        print(f"{arm}, seed {seed}: AP50 {found['AP50']:.3f}", flush=True)


def complete(name):
    return results.all_seeds(name, "arms")


MEASUREMENTS = {
    "focal": Measurement(
        NAME, compare, complete, only_here="its twelve short trainings share one trunk"
    )
}
