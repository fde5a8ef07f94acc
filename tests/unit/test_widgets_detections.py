"""The detection explorer: its boxes and numbers are those of `detection`."""

import numpy as np
import pytest

from course_utils.boxes import iou
from course_utils.datasets import draw_scenes
from course_utils.detection import average_precision, evaluate, non_max_suppression
from course_utils.measured import measured
from course_utils.widgets import DetectionExplorer, detections

STORED = measured("detected")["scenes"]


@pytest.mark.parametrize("number", range(len(STORED)))
def test_the_stored_boxes_are_those_of_the_scene_that_is_drawn(number):
    """Otherwise the drawing has changed: `python -m experiments detected --again`."""
    element = draw_scenes(1, first=STORED[number]["number"])[0]
    np.testing.assert_allclose(STORED[number]["boxes"], element["boxes"], atol=1e-4)


@pytest.mark.parametrize("number", range(len(STORED)))
def test_the_boxes_and_the_ap_are_those_of_the_library(number):
    _, true, found = detections.scene(number)
    for score, overlap in ((0, 50), (20, 30), (40, 100), (5, 0)):
        state = {"scene": number, "score": score, "overlap": overlap}
        sure = found["scores"] >= score / 100
        part = {name: values[sure] for name, values in found.items()}
        kept = non_max_suppression(
            part["boxes"], part["scores"], overlap / 100, part["labels"]
        )
        assert detections.answer(state)[0] == np.flatnonzero(sure)[kept].tolist()
        shown = {name: values[kept] for name, values in part.items()}
        precision, recall, ap = detections.measure(state)
        assert ap == pytest.approx(evaluate([true], [shown])["AP50"])
        right, taken = detections.right_ones(state)
        assert sum(right) == taken.sum()
        assert recall == taken.mean()
        assert precision == (sum(right) / len(right) if right else None)


def test_the_right_ones_are_those_that_average_precision_counts():
    """One class at a time, the surest right ones first, give the same AP."""
    state = {"scene": 0, "score": 0, "overlap": 50}
    _, true, found = detections.scene(0)
    kept, right = detections.answer(state)[0], detections.right_ones(state)[0]
    for label in set(true["labels"].tolist()):
        mine = [n for n in kept if found["labels"][n] == label]
        good = np.array([g for n, g in zip(kept, right, strict=True) if n in mine])
        count = (true["labels"] == label).sum()
        precision = np.cumsum(good) / np.arange(1, len(good) + 1)
        recall = np.cumsum(good) / count
        expected = np.mean(
            [
                max(precision[recall >= level - 1e-9], default=0)
                for level in np.linspace(0, 1, 101)
            ]
        )
        ap = average_precision(
            [{"boxes": true["boxes"][true["labels"] == label]}],
            [{"boxes": found["boxes"][mine], "scores": found["scores"][mine]}],
        )
        assert ap == pytest.approx(expected)


def test_a_threshold_for_the_score_never_raises_ap():
    for number in range(len(STORED)):
        values = [
            detections.measure({"scene": number, "score": score, "overlap": 50})[2]
            for score in range(0, 101, 10)
        ]
        assert (np.diff(values) <= 1e-9).all() and values[-1] == 0


def test_a_low_threshold_of_suppression_loses_one_of_two_that_overlap():
    """What the lesson says of the scene with two alike."""
    measure = lambda overlap: detections.measure(
        {"scene": 1, "score": 20, "overlap": overlap}
    )
    assert measure(50)[:2] == (1, 1)
    assert measure(5)[:2] == (1, 0.5)
    assert measure(100)[:2] == (pytest.approx(2 / 3), 1)


def test_without_a_box_there_is_no_precision():
    words = DetectionExplorer(score=100).describe()
    assert "0 boxes stay" in words and "no box, recall 0.00, AP50 0.00" in words


def test_what_is_struck_out_is_struck_by_a_surer_one_that_overlaps_it():
    state = DetectionExplorer().state | {"score": 5}
    kept, struck, _ = detections.answer(state)
    found = detections.scene(0)[2]
    by = detections.strikers(state)
    assert list(by) == struck and set(by.values()) <= set(kept)
    for number, surer in by.items():
        assert found["scores"][surer] >= found["scores"][number]
        assert found["labels"][surer] == found["labels"][number]
        assert iou(found["boxes"][surer], found["boxes"][number]) > 0.5


def test_of_a_chosen_candidate_its_fate_is_told():
    made = DetectionExplorer(candidate=1)
    words = "Candidate 1: roses, score 0.70. It stays, is right, and strikes 1 out."
    assert words in made.describe()
    made.set(candidate=7)
    assert "Candidate 7: roses, score 0.23. Struck out by 1: they have IoU 0.76." in (
        made.describe()
    )
    made.set(candidate=60)
    assert "Too unsure for this threshold." in made.describe()
    made.set(scene=1)  # which has 49 others
    assert made.state["candidate"] == 0 and "Candidate" not in made.describe()
    assert made.panel.widgets["candidate"].options[0] == ("none", 0)
    assert made.panel.widgets["candidate"].options[-1] == ("49", 49)
    with pytest.raises(ValueError, match="candidate is 61"):
        made.set(candidate=61)


def test_no_scene_has_more_candidates_than_can_be_chosen():
    counts = [len(detections.scene(number)[2]["scores"]) for number in range(3)]
    assert max(counts) == detections.MOST


def test_a_press_chooses_the_smallest_of_the_boxes_that_lie_there():
    made = DetectionExplorer(score=0, overlap=100)  # all of them
    boxes = detections.scene(0)[2]["boxes"]
    photo = made.places(made.state)[0]
    for across, down in ((0.54, 0.13), (0.1, 0.4), (0.6, 0.7)):
        made.drag(photo.name, (across, down))
        inside = [
            number
            for number, (top, left, bottom, right) in enumerate(boxes)
            if top <= down <= bottom and left <= across <= right
        ]
        areas = [np.prod(boxes[n][2:] - boxes[n][:2]) for n in inside]
        assert made.state["candidate"] == 1 + inside[int(np.argmin(areas))]
