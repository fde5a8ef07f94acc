"""Average precision: the numbers of COCO's own code, and mistakes that are told."""

import contextlib
import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from course_utils.detection import average_precision, evaluate

NAMES = ("daisy", "dandelion", "rose")
SHAPE = (200, 320)


def coco_numbers(true, predicted, classes):
    """AP, AP50, AP75, AR100, and AP small, medium and large, by pycocotools."""
    scale = np.tile(SHAPE, 2)

    def xywh(box):
        y_min, x_min, y_max, x_max = np.asarray(box, "float64") * scale
        return [x_min, y_min, x_max - x_min, y_max - y_min]

    annotations, results = [], []
    for picture, (one, other) in enumerate(zip(true, predicted, strict=True), start=1):
        for box, label in zip(one["boxes"], one["labels"], strict=True):
            box = xywh(box)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": picture,
                    "category_id": int(label),
                    "bbox": box,
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                }
            )
        for box, label, score in zip(
            other["boxes"], other["labels"], other["scores"], strict=True
        ):
            results.append(
                {
                    "image_id": picture,
                    "category_id": int(label),
                    "bbox": xywh(box),
                    "score": float(score),
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": n + 1} for n in range(len(true))],
            "categories": [{"id": n} for n in range(classes)],
            "annotations": annotations,
        }
        coco.createIndex()
        if not results:
            return None
        judge = COCOeval(coco, coco.loadRes(results), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[[0, 1, 2, 8, 3, 4, 5]]


def random_scenes(seed, pictures=6, objects=6, levels=20, classes=3):
    """True boxes, and detections that are partly near them; scores with many ties."""
    random = np.random.default_rng(seed)

    def boxes(count):
        size = random.uniform(0.03, 0.6, (count, 2))
        corner = random.uniform(0, 1, (count, 2)) * (1 - size)
        return np.concatenate([corner, corner + size], axis=1)

    true, predicted = [], []
    for _ in range(pictures):
        count = random.integers(0, objects + 1)
        mine, labels = boxes(count), random.integers(0, classes, count)
        near = mine[random.random(count) < 0.8]
        near = np.repeat(near, random.integers(1, 4), axis=0)
        near = near + random.normal(0, 0.03, near.shape)
        near = np.sort(near.clip(0.0, 1).reshape(-1, 2, 2), axis=1).reshape(-1, 4)
        near = near[(near[:, 2:] - near[:, :2] > 1e-3).all(axis=1)]
        found = np.concatenate([near, boxes(random.integers(0, 5))])
        true.append({"boxes": mine, "labels": labels, "image_shape": SHAPE})
        predicted.append(
            {
                "boxes": found,
                "labels": random.integers(0, classes, len(found)),
                "scores": random.integers(0, levels, len(found)) / levels,
            }
        )
    return true, predicted


def same(ours, theirs):
    """COCO writes -1 where there is nothing to count."""
    return np.allclose(np.nan_to_num(ours, nan=-1), theirs, atol=1e-6)


def our_numbers(result):
    names = ("AP", "AP50", "AP75", "AR100", "AP_small", "AP_medium", "AP_large")
    return [result[name] for name in names]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 1000]))
def test_every_number_is_the_one_of_cocos_own_code(seed, levels):
    true, predicted = random_scenes(seed, levels=levels)
    theirs = coco_numbers(true, predicted, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = our_numbers(evaluate(true, predicted, NAMES))
    if theirs is not None:
        assert same(ours, theirs)


def test_a_crowded_class_counts_a_hundred_detections_a_picture():
    random = np.random.default_rng(1)
    corner = random.uniform(0, 0.9, (400, 2))
    boxes = np.concatenate([corner, corner + 0.1], axis=1)
    true = [{"boxes": boxes[:150], "labels": np.zeros(150, int), "image_shape": SHAPE}]
    predicted = [
        {"boxes": boxes, "labels": np.zeros(400, int), "scores": random.random(400)}
    ]
    ours = our_numbers(evaluate(true, predicted))
    assert same(ours, coco_numbers(true, predicted, 1))
    assert ours[3] < 100 / 150  # AR100 cannot see the others


def test_a_perfect_detector_has_an_average_precision_of_one():
    true, _ = random_scenes(3)
    predicted = [{**one, "scores": np.ones(len(one["boxes"]))} for one in true]
    result = evaluate(true, predicted, NAMES)
    assert result["AP"] == result["AP50"] == result["AR100"] == 1
    assert set(result["per_class"]) == set(NAMES)
    assert sum(each["boxes"] for each in result["per_class"].values()) == sum(
        len(one["boxes"]) for one in true
    )


def test_five_detections_by_hand():
    """Two true boxes; detections right, wrong, right again, double, wrong: precision 1
    up to a recall of a half, 2/3 up to 1.
    """
    true = [{"boxes": [[0, 0, 0.4, 0.4], [0.5, 0.5, 1, 1]]}]
    predicted = [
        {
            "boxes": [
                [0, 0, 0.4, 0.4],
                [0, 0.5, 0.4, 1],
                [0.5, 0.5, 1, 1],
                [0, 0, 0.4, 0.38],
                [0.6, 0, 1, 0.3],
            ],
            "scores": [0.9, 0.8, 0.7, 0.6, 0.5],
        }
    ]
    expected = (51 * 1 + 50 * 2 / 3) / 101
    assert average_precision(true, predicted) == pytest.approx(expected, abs=1e-12)


def test_without_detections_it_is_zero_and_without_true_boxes_it_is_nan():
    true = [{"boxes": [[0, 0, 1, 1]]}]
    nothing = {"boxes": [], "scores": []}
    assert average_precision(true, [nothing]) == 0
    assert np.isnan(average_precision([{"boxes": []}], [nothing]))
    result = evaluate(
        [{"boxes": [], "labels": []}],
        [{"boxes": [[0, 0, 1, 1]], "labels": [0], "scores": [0.5]}],
    )
    assert np.isnan(result["AP"]) and result["per_class"] == {}


def test_a_class_without_true_boxes_is_left_out_of_the_mean():
    true = [{"boxes": [[0, 0, 1, 1]], "labels": [0]}]
    predicted = [
        {"boxes": [[0, 0, 1, 1], [0, 0, 0.5, 1]], "labels": [0, 2], "scores": [1, 0.9]}
    ]
    assert evaluate(true, predicted, NAMES)["AP"] == 1


def test_leaving_unsure_detections_out_never_helps():
    for seed in range(20):
        true, predicted = random_scenes(seed)
        some = [
            {key: value[one["scores"] >= 0.5] for key, value in one.items()}
            for one in predicted
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            all_of_them = evaluate(true, predicted)["AP"]
            less = evaluate(true, some)["AP"]
        assert np.isnan(less) or less <= all_of_them + 1e-12


def scene():
    true = [
        {"boxes": [[0.1, 0.2, 0.3, 0.7]], "labels": [1]},
        {"boxes": [[0.5, 0.1, 0.9, 0.3]], "labels": [2]},
    ]
    return true, [{**one, "scores": [0.9]} for one in true]


def change(entries, key, value):
    return [{**entries[0], key: value}, *entries[1:]]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("boxes", [[20, 40, 60, 140]], "pixels"),
        ("boxes", [[0, 0, 0, 0]], "pad a batch"),
        ("boxes", [[0.3, 0.2, 0.1, 0.7]], r"y2 < y1"),
        ("labels", [3], "begin with 1"),
        ("labels", [-1], "padding"),
        ("labels", [0.5], "whole numbers"),
        ("labels", [[0, 1, 0]], "one-hot"),
        ("scores", [[0.1, 0.9]], "one score per box"),
        ("scores", [float("nan")], "finite"),
        ("scores", [], "one score per box"),
    ],
)
def test_what_cannot_be_is_refused_with_its_picture(key, value, words):
    true, predicted = scene()
    with pytest.raises(ValueError, match=words) as caught:
        evaluate(true, change(predicted, key, value), NAMES)
    assert "predicted" in str(caught.value) and "picture 0" in str(caught.value)


def test_different_numbers_of_pictures_and_missing_keys_are_told():
    true, predicted = scene()
    with pytest.raises(ValueError, match="2 pictures with true boxes and 1"):
        evaluate(true, predicted[:1])
    with pytest.raises(ValueError, match="has no 'scores'; it has 'boxes', 'labels'"):
        evaluate(true, true)
    with pytest.raises(ValueError, match="list around"):
        evaluate(true[0], predicted[0])
    with pytest.raises(ValueError, match="evaluate"):
        average_precision(true, predicted)
    with pytest.raises(ValueError, match="per cent"):
        average_precision(true[:1], predicted[:1], iou_threshold=50)


def test_swapped_axes_are_guessed():
    true, predicted = scene()
    wrong = [
        {**one, "boxes": np.array(one["boxes"])[:, [1, 0, 3, 2]]} for one in predicted
    ]
    with pytest.warns(UserWarning, match="x and y were swapped"):
        evaluate(true, wrong, NAMES)


def test_labels_moved_by_one_are_guessed():
    true, predicted = scene()
    wrong = [{**one, "labels": np.array(one["labels"]) - 1} for one in predicted]
    with pytest.warns(UserWarning, match="1 were added to all predicted labels"):
        evaluate(true, wrong, NAMES)


def test_a_good_detector_is_told_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate(*scene(), NAMES)
