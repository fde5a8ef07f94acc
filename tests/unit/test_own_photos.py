"""Lesson 08's own functions, word for word, train on a labelled folder; and what they
reached on real photographs is stored without the collection's name.
"""

import inspect
import json

import nbformat
import numpy as np
import pytest
from lesson_cells import NOTEBOOKS

from course_utils.backbones import load_backbone
from course_utils.datasets import save_boxes_folder
from course_utils.measured import measured
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
    result = own_photos.own_photos(sizes=(64,), steps=2)
    assert sum(result["photos"].values()) == 10
    assert sum(result["boxes"].values()) == 3 * result["photos"]["test"]
    run = result["runs"]["64"]
    assert run["cells"] == 8 and run["cpu_seconds"] > 0
    assert 0 <= run["test"]["AP"] <= run["test"]["AP50"] <= 1


def test_without_a_folder_it_asks_for_one(monkeypatch):
    monkeypatch.delenv("COURSE_BOXES", raising=False)
    with pytest.raises(SystemExit, match="COURSE_BOXES"):
        own_photos.own_photos()


@pytest.mark.parametrize("name", own_photos.LESSONS_OWN)
def test_the_functions_are_those_of_the_lesson(name):
    notebook = nbformat.read(NOTEBOOKS / "08_object_detection.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    ours = inspect.getsource(getattr(own_photos, name)).strip()
    assert sum(ours in cell for cell in cells) == 1


def test_the_stored_photographs_are_not_published_under_the_name_of_others():
    text = json.dumps(measured("own_photos")).lower()
    assert "public collection" in text and "bccd" not in text
