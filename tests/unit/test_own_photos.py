"""Lesson 08's own functions, word for word, train on a labelled folder; and what they
reached on real photographs is stored without the collection's name.
"""

import inspect
import json
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from lesson_cells import NOTEBOOKS

from course_utils.backbones import load_backbone
from course_utils.datasets import save_boxes_folder
from course_utils.measured import measured
from course_utils.startup import keras
from experiments import own_photos


def random_photos(count):
    random = np.random.default_rng(0)
    for _ in range(count):
        corner = random.uniform(0, 0.5, (3, 2))
        yield {
            "image": random.integers(0, 256, (70, 90, 3)).astype("uint8"),
            "boxes": np.concatenate([corner, corner + 0.3], axis=1),
            "labels": random.integers(0, 2, 3),
        }


def test_the_lessons_functions_train_on_a_folder(tmp_path, monkeypatch):
    save_boxes_folder(tmp_path / "mine", random_photos(10), ["a", "b"], "voc")
    monkeypatch.setenv("COURSE_BOXES", str(tmp_path / "mine"))
    monkeypatch.setattr(
        own_photos,
        "backbone_for",
        lambda *_, **options: load_backbone("mini_xception", **options),
    )
    result = own_photos.own_photos(sizes=(64,), steps=2, seeds=(1, 2))
    assert sum(result["photos"].values()) == 10
    assert sum(result["boxes"].values()) == 3 * result["photos"]["test"]
    at_64 = result["sizes"]["64"]
    assert at_64["cells"] == 8 and [run["seed"] for run in at_64["runs"]] == [1, 2]
    for run in at_64["runs"]:
        assert run["cpu_seconds"] > 0
        assert 0 <= run["test"]["AP"] <= run["test"]["AP50"] <= 1


def test_without_a_folder_it_asks_for_one(monkeypatch):
    monkeypatch.delenv("COURSE_BOXES", raising=False)
    with pytest.raises(SystemExit, match="COURSE_BOXES"):
        own_photos.own_photos()


def test_a_mirror_image_has_its_boxes_where_the_objects_are():
    """A bright square on black: where the maps are strongest lies in the true box."""
    image = np.zeros((64, 64, 3), "uint8")
    image[8:24, 40:56] = 255
    one = {"image": image, "boxes": np.array([[8, 40, 24, 56]]) / 64, "labels": [1]}
    pixels = keras.Input((64, 64, 3))
    levels = keras.Model(
        pixels, [keras.layers.AveragePooling2D(side)(pixels) for side in (8, 16)]
    )
    labelled = SimpleNamespace(as_numpy_iterator=lambda: iter([one, one]))
    x, truth = own_photos.maps_of(labelled, levels)
    assert [len(each) for each in (*x, truth)] == [4, 4, 4]
    for maps, (boxes, labels) in zip(x[0], truth, strict=True):
        top, left, bottom, right = (boxes[0] * 8).astype(int)
        assert labels == [1] and (maps[top:bottom, left:right] == 255).all()
        assert maps.sum() == maps[top:bottom, left:right].sum()
    assert not np.array_equal(truth[0][0], truth[1][0])


def test_batches_are_in_half_precision_and_keep_maps_and_answers_together():
    x = [[np.full((2, 2, 1), n, "float16") for n in range(9)] for _ in range(2)]
    drawn = own_photos.batches(x, np.arange(9), 4)
    seen = set()
    for _ in range(20):
        (fine, coarse), y = next(drawn)
        assert fine.dtype == coarse.dtype == "float16" and len(set(y)) == 4
        assert fine[:, 0, 0, 0].tolist() == coarse[:, 0, 0, 0].tolist() == y.tolist()
        seen |= set(y.tolist())
    assert seen == set(range(9))
    (few, _), _ = next(own_photos.batches(x, np.arange(9), 16))
    assert len(few) == 9  # a folder with fewer photos than a batch


@pytest.mark.parametrize("name", own_photos.LESSONS_OWN)
def test_the_functions_are_those_of_the_lesson(name):
    notebook = nbformat.read(NOTEBOOKS / "08_object_detection.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    ours = inspect.getsource(getattr(own_photos, name)).strip()
    assert sum(ours in cell for cell in cells) == 1


def test_the_stored_photographs_are_not_published_under_the_name_of_others():
    text = json.dumps(measured("own_photos")).lower()
    assert "public collection" in text and "bccd" not in text
