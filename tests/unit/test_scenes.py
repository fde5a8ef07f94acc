"""Scenes: boxes, labels and masks that agree, at any size; drawn once, or a few without
the rest.
"""

import joblib
import numpy as np
import pytest

from course_utils.datasets import draw_scenes, load_scenes
from course_utils.datasets.garden import CLASS_NAMES
from course_utils.startup import keras  # noqa: F401  (TensorFlow starts quietly)

FEW = 20  # scenes in the test's garden


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A TFDS folder with a garden of 20 scenes."""
    import tensorflow_datasets as tfds

    from course_utils.datasets.garden import prepare_garden

    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            tfds.builder_cls("garden"), "COUNTS", {"scenes": FEW, "few_scenes": 10}
        )
        patch.setenv("TFDS_DATA_DIR", str(folder))
        with joblib.parallel_config(backend="sequential"):
            for config in ("scenes", "few_scenes"):
                prepare_garden(config, data_dir=str(folder))
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", str(folder))


def elements(scenes):
    return [
        element
        for split in (scenes.train, scenes.valid, scenes.test)
        for element in split.as_numpy_iterator()
    ]


def test_scenes_come_as_the_folders_of_labelled_photos_do_and_with_a_mask():
    scenes = load_scenes()
    assert scenes.counts == {"train": 15, "valid": 3, "test": 2}
    assert scenes.class_names == tuple(CLASS_NAMES) and scenes.source == "embedded"
    assert "15 training, 3 validation and 2 test scenes" in repr(scenes)
    for element in elements(scenes):
        assert set(element) == {"image", "boxes", "labels", "mask"}
        kinds = {name: value.dtype.name for name, value in element.items()}
        assert kinds == {
            "image": "uint8",
            "boxes": "float32",
            "labels": "int64",
            "mask": "uint8",
        }
        assert element["image"].shape[:2] == element["mask"].shape[:2]
        assert element["image"].shape[2:] == (3,) and element["mask"].shape[2:] == (1,)
        assert element["boxes"].shape == (len(element["labels"]), 4)
        assert 1 <= len(element["labels"]) <= 6


def test_all_of_it_is_there_for_each_source():
    for source in ("cached", "embedded"):
        assert load_scenes(source).counts["train"] == 15
    with pytest.raises(ValueError, match="'auto', 'cached', 'embedded'"):
        load_scenes("real")


def test_the_first_scenes_alone_take_less_time():
    assert sum(load_scenes(few=True).counts.values()) == 10


def test_boxes_labels_and_masks_are_one_story():
    for element in elements(load_scenes(details=True)):
        height, width, _ = element["mask"].shape
        boxes = np.round(element["boxes"] * [height, width, height, width]).astype(int)
        seen = [0]
        for number, (box, label) in enumerate(
            zip(boxes, element["labels"], strict=True), start=1
        ):
            rows, columns, _ = np.nonzero(element["instances"] == number)
            bounds = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
            assert tuple(box) == bounds
            seen.append(label + 1)
        assert (element["mask"] == np.array(seen)[element["instances"]]).all()
        assert element["hidden"].shape == element["labels"].shape
        assert 0 <= element["hidden"].min() and element["hidden"].max() <= 0.5


def test_a_size_makes_squares_and_leaves_the_boxes_as_they_are():
    free, square = (
        elements(load_scenes(size=size, details=True)) for size in (None, 96)
    )
    for a, b in zip(free, square, strict=True):
        assert b["image"].shape == (96, 96, 3) and b["image"].dtype == np.uint8
        assert b["mask"].shape == b["instances"].shape == (96, 96, 1)
        assert (a["boxes"] == b["boxes"]).all() and (a["labels"] == b["labels"]).all()
        assert abs(a["image"].mean() - b["image"].mean()) < 2
        assert set(np.unique(b["mask"])) <= set(np.unique(a["mask"]))
        for name in ("mask", "instances"):
            shares = [(each[name] > 0).mean() for each in (a, b)]
            assert abs(shares[0] - shares[1]) < 0.02
        for number, box in enumerate(b["boxes"] * 96, start=1):
            rows, columns, _ = np.nonzero(b["instances"] == number)
            inside = rows.min() - box[0], columns.min() - box[1]
            beyond = box[2] - rows.max() - 1, box[3] - columns.max() - 1
            assert min(*inside, *beyond) > -1


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValueError, match="size"):
        load_scenes(size=3)


def test_a_few_scenes_can_be_drawn_without_the_rest_and_are_the_same():
    drawn = draw_scenes(2, first=3)
    kept = {
        tuple(element["boxes"].ravel().tolist()): element
        for element in elements(load_scenes(details=True))
    }
    assert len(drawn) == 2
    for scene in drawn:
        same = kept[tuple(scene["boxes"].ravel().tolist())]
        assert set(scene) == set(same)
        for name in ("labels", "mask", "instances", "hidden", "boxes"):
            assert scene[name].dtype == same[name].dtype
            assert (scene[name] == same[name]).all()
        difference = scene["image"].astype(int) - same["image"]
        assert np.abs(difference).mean() < 8  # JPEG
