"""Lesson 08's four ways to begin: one number differs from arm to arm, and what is
stored is whole.
"""

import itertools
import json

import numpy as np
from test_detector_contest import few_scenes

from course_utils.measured import measured
from experiments import focal, results

PLAN = focal.Plan(size=64, steps=2, batch_size=2, channels=4, blocks=1)


def test_each_arm_is_trained_with_each_seed_and_stored(monkeypatch, tmp_path, eager):
    monkeypatch.setattr(results, "results_folder", lambda: tmp_path)
    made, train = [], focal.train

    def noted(arm, *arguments):
        model, head, seconds = train(arm, *arguments)
        made.append((head.prior, head.gamma, int(model.optimizer.iterations)))
        return model, head, seconds

    monkeypatch.setattr(focal, "train", noted)
    focal.compare((1,), PLAN, few_scenes())
    assert made == [(0.5, 0, 2), (0.5, 2, 2), (0.01, 0, 2), (0.01, 2, 2)]
    assert focal.complete("focal")
    stored = json.loads((tmp_path / "focal.json").read_text())
    assert stored["plan"]["steps"] == 2 and set(stored["arms"]) == set(focal.ARMS)
    focal.compare((1, 2), PLAN, few_scenes())  # other seeds: all anew
    assert len(made) == 12


def test_neighbouring_arms_differ_in_one_number():
    settings = [tuple(arm.values()) for arm in focal.ARMS.values()]
    differing = [
        sum(a != b for a, b in zip(one, other, strict=True))
        for one, other in itertools.combinations(settings, 2)
    ]
    assert sorted(differing) == [1, 1, 1, 1, 2, 2]


def test_the_stored_comparison_is_whole_and_every_run_found_flowers():
    result = measured("focal")
    assert focal.complete("focal") and len(result["seeds"]) == 3
    for name, arm in result["arms"].items():
        assert {"prior": arm["prior"], "gamma": arm["gamma"]} == focal.ARMS[name]
        assert [run["seed"] for run in arm["runs"]] == result["seeds"]
        assert np.min([run["test"]["AP50"] for run in arm["runs"]]) > 0.5
