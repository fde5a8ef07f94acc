"""Lesson 08's cell with a detector from KerasHub, tried with a module that looks like
KerasHub's and has random weights: KerasHub 0.32 gives "boxes" in pixels of the photo
that it was given, "labels", "confidence" and "num_detections", padded with −1.
"""

import ast
import sys
from types import SimpleNamespace

import lesson_cells
import nbformat
import numpy as np
import pytest

from course_utils import plots
from course_utils.startup import keras

ops, utils = keras.ops, keras.utils.bounding_boxes
MOST = 100


class RandomDetector:
    """A network with random weights: a box in each of 5×5 places; the seven surest come
    out, in pixels.
    """

    def __init__(self, bounding_box_format, places=None):
        self.bounding_box_format, self.places = bounding_box_format, places
        keras.utils.set_random_seed(1)
        layers = [keras.layers.Rescaling(1 / 255), keras.layers.AveragePooling2D(160)]
        layers.append(keras.layers.Conv2D(4 + 3, 1, activation="sigmoid"))
        self.network = keras.Sequential([keras.Input((800, 800, 3)), *layers])

    def predict(self, photos, verbose="auto"):
        height, width = photos.shape[1:3]
        raw = np.asarray(self.network(photos)).reshape(len(photos), 25, 7)
        middle, side = raw[..., :2], 0.5 * raw[..., 2:4]
        boxes = np.concatenate([middle - side / 2, middle + side / 2], axis=-1)
        if self.places is not None:
            boxes[:, : len(self.places)] = self.places
        count = 7
        boxes = utils.convert_format(
            boxes[:, :count].astype("float32"),
            source="rel_yxyx",
            target=self.bounding_box_format,
            height=height,
            width=width,
        )
        full = lambda values: np.concatenate(
            [values, np.full((1, MOST - count, *values.shape[2:]), -1, values.dtype)], 1
        )
        return {
            "boxes": full(np.asarray(boxes)),
            "labels": full(raw[:, :count, 4:].argmax(-1)),
            "confidence": full(raw[:, :count, 4:].max(-1)),
            "num_detections": np.array([count]),
        }


def keras_hub(detector):
    """A module with the part of KerasHub that the cell uses; `detector` is what the
    preset gives, or an exception.
    """

    class ObjectDetector:
        @staticmethod
        def from_preset(preset):
            assert preset == "retinanet_resnet50_fpn_coco"
            if isinstance(detector, Exception):
                raise detector
            return detector

    return SimpleNamespace(models=SimpleNamespace(ObjectDetector=ObjectDetector))


def run_cells(*wanted, **names):
    """What the last of some cells of the lesson shows, and all names."""
    file = lesson_cells.NOTEBOOKS / "08_object_detection.ipynb"
    cells = {cell.id: cell.source for cell in nbformat.read(file, as_version=4).cells}
    names |= {"keras": keras, "layers": keras.layers, "np": np, "ops": ops}
    shown = None
    for one in wanted:
        tree = ast.parse(cells[one])
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, one, "exec"), names)
        if last:
            shown = eval(compile(ast.Expression(last.value), one, "eval"), names)
    return shown, names


def somebody_elses():
    return run_cells("08-101")[1]["somebody_elses"]


@pytest.fixture
def photo():
    """Wider than high, as most are."""
    return np.random.default_rng(0).integers(0, 256, (60, 90, 3)).astype("uint8")


@pytest.mark.parametrize("written", ["yxyx", "xyxy", "xywh", "rel_xyxy"])
def test_boxes_are_shares_of_the_photo_whatever_the_format(written, photo, monkeypatch):
    places = np.array([[0.1, 0.2, 0.4, 0.9], [0.5, 0.0, 1.2, 0.3]])
    detector = RandomDetector(written, places)
    monkeypatch.setitem(sys.modules, "keras_hub", keras_hub(detector))
    found = somebody_elses()(photo)
    np.testing.assert_allclose(
        found["boxes"][:2], [places[0], [0.5, 0.0, 1.0, 0.3]], atol=1e-5
    )


def test_padding_is_left_out(photo, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", keras_hub(RandomDetector("yxyx")))
    found = somebody_elses()(photo)
    assert found["boxes"].shape == (7, 4) and found["labels"].shape == (7,)
    assert found["scores"].shape == (7,) and (found["scores"] > 0).all()
    assert (found["labels"] >= 0).all()
    assert (found["boxes"] >= 0).all() and (found["boxes"] <= 1).all()
    assert (found["boxes"][:, 2:] > found["boxes"][:, :2]).all()


def test_the_boxes_are_shown_on_the_photo(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", keras_hub(RandomDetector("xywh")))
    full = SimpleNamespace(pick=lambda quick, full: full)
    drawing, _ = run_cells("08-101", "08-105", session=full, plots=plots)
    assert "7 predicted boxes" in drawing.alt
    assert drawing.axes[0].texts[0].get_text().startswith("class ")


def test_quick_asks_for_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    quick = SimpleNamespace(pick=lambda quick, full: quick)
    said, _ = run_cells("08-101", "08-105", session=quick, plots=plots)
    assert said == "In full only."


def test_without_kerashub_it_says_how_to_get_it(photo, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", None)
    assert somebody_elses()(photo) == (
        "KerasHub is not installed: pip install keras-hub"
    )


@pytest.mark.parametrize("problem", [OSError("no route"), ValueError("no preset")])
def test_without_a_network_it_asks_for_one(problem, photo, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_hub", keras_hub(problem))
    said = somebody_elses()(photo)
    assert said.startswith("retinanet_resnet50_fpn_coco cannot be had")
    assert type(problem).__name__ in said and "network" in said
