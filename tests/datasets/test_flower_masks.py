"""Squares around flowers: masks that fit, the same each time, the flower inside."""

import joblib
import numpy as np
import pytest

from course_utils.datasets import load_flower_masks
from course_utils.startup import keras  # noqa: F401  (TensorFlow starts quietly)

FEW = 20


@pytest.fixture(scope="module")
def garden(tmp_path_factory):
    """A TFDS folder with twenty drawn flowers, and what is made of them."""
    import tensorflow_datasets as tfds

    from course_utils.datasets.garden import prepare_garden

    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.builder_cls("garden"), "COUNTS", {"flowers": FEW})
        patch.setenv("TFDS_DATA_DIR", str(folder))
        with joblib.parallel_config(backend="sequential"):
            prepare_garden("flowers", data_dir=str(folder))
        yield load_flower_masks(48), load_flower_masks(48), load_flower_masks(96, 2)


def test_parts_are_arrays_of_squares_with_their_masks(garden):
    parts, *_ = garden
    assert {name: len(photos) for name, (photos, _) in parts.items()} == {
        "train": 15,
        "valid": 3,
        "test": 2,
    }
    for photos, masks in parts.values():
        assert photos.shape[1:] == (48, 48, 3) and photos.dtype == "uint8"
        assert masks.shape == photos.shape[:3] and masks.dtype == "uint8"


def test_each_square_holds_one_flower_of_some_size(garden):
    masks = np.concatenate([masks for _, masks in garden[0].values()])
    for mask in masks:
        assert len(np.unique(mask)) == 2 and mask.min() == 0 and mask.max() <= 5
        rows = np.flatnonzero(mask.any(axis=1))
        columns = np.flatnonzero(mask.any(axis=0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 48 / 1.5 - 3 <= longer <= 48
    # not all in the middle
    middles = [np.mean(np.nonzero(mask), axis=1) for mask in masks]
    assert np.std(middles, axis=0).min() > 1


def test_colours_change_where_the_mask_does(garden):
    """The mask lies on its own photo: shifted by some pixels it fits less well."""
    fits = {}
    for shift in (0, 8):
        gaps = []
        for photo, mask in zip(*garden[0]["train"], strict=True):
            inside = np.roll(mask, shift, axis=1) > 0
            colours = photo.astype(float)
            spread = sum(
                len(part) * part.var(axis=0).sum()
                for part in (colours[inside], colours[~inside])
            )
            gaps.append(spread)
        fits[shift] = np.sum(gaps)
    assert fits[0] < 0.97 * fits[8]


def test_it_is_the_same_each_time_and_for_each_size(garden):
    one, again, large = garden
    for name, pair in one.items():
        for array, other in zip(pair, again[name], strict=True):
            assert np.array_equal(array, other)
    photos, masks = large["train"]
    assert photos.shape == (2, 96, 96, 3)
    same = masks[:, 1::2, 1::2] == one["train"][1][:2]
    assert same.mean() > 0.95


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValueError, match="size"):
        load_flower_masks(4)
