"""The ladder on both kinds of data: it goes on where it was stopped, and what is stored
was measured with the plan in the code.
"""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from course_utils.measured import measured
from course_utils.startup import keras  # noqa: F401  (first, so that Keras starts quietly)
from course_utils.uncertainty import paired_difference
from experiments import ladder, results
from experiments.ladder import SUBJECTS, Plan, calibration_error

TINY = Plan(
    size=32, photos=8, curve=(6, None), head_steps=4, tuning_steps=2, batch_size=4
)


def noise(plan):
    """Ten photos to train on and ten to test on, each class with a red of its own."""
    chance = np.random.default_rng(1)
    labels = np.arange(10) % 5
    images = chance.integers(0, 60, (10, plan.size, plan.size, 3)).astype("uint8")
    images[..., 0] += (labels * 40).astype("uint8")[:, None, None]
    return (images, labels), (images[::-1], labels[::-1]), "ten noisy squares"


@pytest.fixture
def subject():
    return replace(SUBJECTS["transfer_ladder"], data=noise)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "results_folder", lambda: tmp_path)
    return tmp_path


def test_an_interrupted_ladder_goes_on_with_what_is_missing(
    folder, subject, monkeypatch
):
    calls = []

    def interrupted(prepared, photos, seed):
        calls.append((photos, seed))
        if len(calls) == 4:
            raise KeyboardInterrupt
        accuracy = dict.fromkeys(subject.rungs, 0.1 * seed)
        return {"photos": photos, "seed": seed, "test_accuracy": accuracy}

    monkeypatch.setattr(ladder, "rungs", interrupted)
    monkeypatch.setattr(ladder, "Prepared", lambda *parts: "prepared")
    with pytest.raises(KeyboardInterrupt):
        ladder.measure("some_ladder", subject, TINY, seeds=(1, 2))
    assert not ladder.complete("some_ladder")
    stored = json.loads((folder / "some_ladder.json").read_text())
    # the size that the lesson shows first, then the others
    assert [run["seed"] for run in stored["runs"]] == [1, 2]
    assert stored["mean_test_accuracy"]["frozen"] == pytest.approx(0.15)
    assert stored["curve"]["photos"] == [8]
    ladder.measure("some_ladder", subject, TINY, seeds=(1, 2))
    assert ladder.complete("some_ladder")
    assert calls == [(8, 1), (8, 2), (6, 1), (6, 2), (6, 2), (10, 1), (10, 2)]
    stored = json.loads((folder / "some_ladder.json").read_text())
    assert stored["curve"]["photos"] == stored["photos"] == [6, 8, 10]
    assert stored["curve"]["test_accuracy"]["frozen"] == [[0.1, 0.2]] * 3


def test_a_ladder_is_the_same_in_whatever_order_a_cluster_brings_its_runs(
    folder, subject, monkeypatch
):
    run = lambda prepared, photos, seed: {
        "photos": photos,
        "seed": seed,
        "test_accuracy": dict.fromkeys(subject.rungs, photos / 100 + seed),
    }
    monkeypatch.setattr(ladder, "rungs", run)
    monkeypatch.setattr(ladder, "Prepared", lambda *parts: "prepared")
    ladder.measure("here", subject, TINY, seeds=(1, 2))
    backwards = lambda work, tasks: (work(*task) for task in reversed(tasks))
    monkeypatch.setattr(ladder, "spread", backwards)
    ladder.measure("there", subject, TINY, seeds=(1, 2))
    here, there = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("here", "there")
    )
    assert here == there and [run["seed"] for run in there["runs"]] == [1, 2]


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_worker_prepares_a_subject_once_however_often_it_is_sent(name):
    sent = [pickle.loads(pickle.dumps(SUBJECTS[name])) for _ in range(2)]
    assert len({*sent, SUBJECTS[name]}) == 1


def test_other_settings_are_measured_from_the_start(folder, subject, monkeypatch):
    calls = []
    monkeypatch.setattr(
        ladder,
        "rungs",
        lambda prepared, photos, seed: (
            calls.append(photos)
            or {
                "photos": photos,
                "seed": seed,
                "test_accuracy": dict.fromkeys(subject.rungs, 0.5),
            }
        ),
    )
    monkeypatch.setattr(ladder, "Prepared", lambda *parts: "prepared")
    for rate in (1e-3, 1e-3, 2e-3):
        ladder.measure("a_ladder", subject, replace(TINY, head_rate=rate), seeds=(1,))
    assert calls == [8, 6, 10] * 3


def test_each_rung_is_trained_and_tested_and_seeds_repeat(subject, eager):
    prepared = ladder.Prepared(subject, TINY, *noise(TINY)[:2])
    assert len(prepared.versions) == len(prepared.maps) == TINY.versions
    run, again = (ladder.rungs(prepared, 8, seed=1) for _ in range(2))
    assert list(run["test_accuracy"]) == list(SUBJECTS["transfer_ladder"].rungs)
    assert run["test_accuracy"] == again["test_accuracy"]
    errors = again["calibration_error"]
    assert run["calibration_error"] == pytest.approx(errors, abs=0.005)
    assert all(0 <= share <= 1 for share in run["calibration_error"].values())


def test_fine_tuning_bends_the_upper_half_and_leaves_the_norms(subject):
    """`rungs` frees the upper half; the lower one has been looked through already."""
    prepared = ladder.Prepared(subject, TINY, *noise(TINY)[:2])
    lower, upper = prepared.halves()
    assert not lower.trainable_weights and not upper.trainable_weights
    names = {layer.name for layer in upper.layers}
    assert subject.start in names and "block7_relu" in names
    assert not {layer.name for layer in lower.layers} & names - {upper.layers[0].name}


def test_the_calibration_error_of_what_is_sure_and_half_right():
    sure = np.array([[1.0, 0.0]] * 4)
    assert calibration_error(sure, np.array([0, 0, 1, 1])) == pytest.approx(0.5)
    assert calibration_error(sure, np.zeros(4, int)) == 0
    honest = np.array([[0.75, 0.25]] * 4)
    assert calibration_error(honest, np.array([0, 0, 0, 1])) == pytest.approx(0)


def test_bins_of_confidence_do_not_cancel_each_other():
    """Too sure at 0.9, not sure enough at 0.6: both count."""
    probabilities = np.array([[0.9, 0.1]] * 2 + [[0.6, 0.4]] * 2)
    labels = np.array([0, 1, 0, 0])
    assert calibration_error(probabilities, labels) == pytest.approx(0.4)


STORED = ("transfer_ladder", "transfer_ladder_photographs")


@pytest.mark.parametrize("name", STORED)
def test_the_stored_ladder_was_measured_with_the_plan_in_the_code(name):
    stored = measured(name)
    plan = SUBJECTS[name].plan
    assert stored["settings"] == json.loads(json.dumps(ladder.asdict(plan)))
    assert [run["seed"] for run in stored["runs"]] == stored["seeds"] == [1, 2, 3]
    assert plan.photos in stored["photos"] == stored["curve"]["photos"]
    assert all(
        len(runs) == len(stored["seeds"])
        for several in stored["curve"]["test_accuracy"].values()
        for runs in several
    )
    assert stored["rungs"] == list(SUBJECTS[name].rungs)
    assert all(list(run["test_accuracy"]) == stored["rungs"] for run in stored["runs"])


@pytest.mark.parametrize(("name", "margin"), zip(STORED, (0.1, 0.05), strict=True))
def test_in_every_stored_run_a_trained_backbone_wins_and_tuning_does_no_harm(
    name, margin
):
    for run in measured(name)["runs"]:
        accuracy = run["test_accuracy"]
        assert accuracy["frozen"] > accuracy["from scratch"] + margin
        assert accuracy["frozen"] > accuracy["random, frozen"] + 0.1
        assert accuracy["fine-tuned"] > accuracy["frozen"] - 0.01


def test_what_lesson_06_says_of_both_ladders():
    """Frozen leads by less on photographs, and fine-tuning gains on drawings alone."""
    lead, gain = {}, {}
    for name in STORED:
        rungs = {
            rung: [run["test_accuracy"][rung] for run in measured(name)["runs"]]
            for rung in measured(name)["rungs"]
        }
        lead[name] = paired_difference(rungs["frozen"], rungs["from scratch"])
        gain[name] = paired_difference(rungs["fine-tuned"], rungs["frozen"])
    drawn, photographs = STORED
    assert lead[drawn].estimate > lead[photographs].estimate
    assert gain[drawn].low > 0
    assert 0 in gain[photographs]


def test_what_lesson_06_says_of_more_photos():
    """On drawings the lead melts away; on photographs it does not, and fine-tuning
    begins to pay.
    """

    def ahead(name, rung, other, at):
        accuracy = measured(name)["curve"]["test_accuracy"]
        return paired_difference(accuracy[rung][at], accuracy[other][at])

    drawn, photographs = STORED
    lead = [ahead(drawn, "frozen", "from scratch", at) for at in range(4)]
    assert lead[2].high < lead[1].low < lead[1].high < lead[0].low
    assert lead[2].estimate < lead[0].estimate / 2 and 0 in lead[3]
    lead = [ahead(photographs, "frozen", "from scratch", at) for at in range(4)]
    assert 0 in lead[0] and all(0 < later.low for later in lead[1:])
    assert all(lead[0].low < later.estimate < lead[0].high for later in lead[1:])
    gain = [ahead(photographs, "fine-tuned", "frozen", at) for at in range(4)]
    assert 0 in gain[1] and round(100 * gain[3].estimate) == 5 and gain[3].low > 0.03


def test_photographs_are_not_published_under_the_name_of_others():
    text = json.dumps(measured("transfer_ladder_photographs"))
    assert "tf_flowers" not in text and "de-quantised from 8 bits" in text
