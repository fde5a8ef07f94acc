"""Tiles: everything covered, no seams, and a large photograph in little memory."""

import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from course_utils.segmentation.tiles import hill, predict_tiles, starts


def seer(see, size=32, classes=3):
    """Something with a model's face: see(tiles) → classes, made one-hot."""
    return types.SimpleNamespace(
        input_shape=(None, size, size, 3),
        output_shape=(None, size, size, classes),
        predict_on_batch=lambda tiles: np.eye(classes, dtype="float32")[see(tiles)],
    )


def red(tiles):
    return tiles[..., 0]


def photo(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 3, (height, width, 3), "uint8")


@pytest.mark.parametrize("size", [(32, 32), (33, 95), (100, 71), (200, 40), (20, 50)])
@pytest.mark.parametrize("overlap", [0, 7, 31])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_what_each_pixel_says_by_itself_is_the_same_with_all_tiles(
    size, overlap, batch_size
):
    picture = photo(*size)
    found = predict_tiles(seer(red), picture, overlap, batch_size)
    assert found.dtype == "uint8" and np.array_equal(found, picture[..., 0])


def test_what_tiles_get_wrong_near_their_edges_is_outvoted_by_their_neighbours():
    def blind_at_edges(tiles):
        answer = np.full(tiles.shape[:3], 2)
        answer[:, 3:-3, 3:-3] = tiles[:, 3:-3, 3:-3, 0]
        return answer

    picture = np.zeros((100, 120, 3), "uint8")
    seams = predict_tiles(seer(blind_at_edges), picture, overlap=0)
    cured = predict_tiles(seer(blind_at_edges), picture, overlap=20)
    inside = (slice(3, -3), slice(3, -3))
    assert np.mean(seams[inside] == 2) > 0.2
    assert not np.any(cured[inside])
    assert np.all(cured[:3] == 2)  # beyond the photograph there is no neighbour


def test_tiles_cover_everything_share_enough_and_end_with_the_photo():
    for size in range(32, 140):
        for overlap in (0, 5, 31):
            begin = starts(size, 32, overlap)
            assert begin[0] == 0 and begin[-1] == size - 32
            steps = np.diff(begin)
            assert np.all(steps > 0) and np.all(steps <= 32 - overlap)


def test_weights_fall_towards_every_edge_and_never_to_nothing():
    weights = hill(5, 4)
    assert np.all(np.diff(weights[:3], axis=0) > 0)
    assert weights.min() == 1 and weights[2, 1] == 3 * 2
    assert np.array_equal(weights, weights[::-1, ::-1])


@pytest.mark.parametrize(
    "given, words",
    [
        ({"overlap": 32}, "smaller than a tile"),
        ({"overlap": -1}, "overlap"),
        ({"photo": np.zeros((1, 40, 40, 3))}, r"\(1, 40, 40, 3\)"),
        ({"photo": np.zeros((40, 40))}, r"\(40, 40\)"),
    ],
)
def test_what_is_no_photo_or_no_overlap_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        predict_tiles(seer(red), **{"photo": photo(40, 40), **given})


LARGE = """
import re
from pathlib import Path
import numpy as np
from course_utils.startup import keras
from keras import layers
from course_utils.segmentation import predict_tiles

image = keras.Input((224, 224, 3))
x = layers.Conv2D(21, 8, strides=8)(image)
model = keras.Model(image, layers.Softmax()(layers.UpSampling2D(8)(x)))
photo = np.zeros((3000, 4000, 3), "uint8")
mask = predict_tiles(model, photo)
assert mask.shape == (3000, 4000)
# the peak of this process alone; getrusage would count the parent's, too
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) * 1024)
"""


def test_twelve_million_pixels_and_21_classes_take_less_than_two_gigabytes():
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux keeps the peak of a process")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run(
        [sys.executable, "-c", LARGE], capture_output=True, text=True, env=environment
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.split()[-1]) < 2e9
