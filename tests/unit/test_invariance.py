"""Pooling, moving and counting in NumPy, against Keras and against what must hold."""

import numpy as np
import pytest

from course_utils.invariance import (
    crop_moved,
    expected_share_unchanged,
    moved,
    pool2d,
    rotated,
    share_moved_along,
    share_unchanged,
)

RNG = np.random.default_rng(0)
PHOTO = RNG.random((60, 80))


@pytest.mark.parametrize(
    "how, layer", [("max", "MaxPooling2D"), ("mean", "AveragePooling2D")]
)
@pytest.mark.parametrize(
    "window, stride", [(1, 1), (2, None), (2, 1), (3, 2), (4, 3), (5, 7)]
)
def test_pool2d_equals_keras(how, layer, window, stride):
    from course_utils.startup import keras

    image = RNG.random((11, 16, 3)).astype("float32")
    theirs = getattr(keras.layers, layer)(window, strides=stride)(image[None])[0]
    ours = pool2d(image, window, stride, how)
    np.testing.assert_allclose(
        ours, keras.ops.convert_to_numpy(theirs), rtol=0, atol=1e-6
    )
    np.testing.assert_allclose(
        pool2d(image[..., 1], window, stride, how), ours[..., 1], rtol=0, atol=1e-6
    )


def test_pool2d_first_takes_the_upper_left_pixel():
    np.testing.assert_array_equal(pool2d(PHOTO, 3, how="first"), PHOTO[:-2:3, :-2:3])


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((np.zeros((2, 4, 4, 3)),), "Is it a batch"),
        ((np.zeros((4, 4)), 5), "does not fit into an image of 4×4"),
        ((np.zeros((4, 4)), 0), "window is 0"),
        ((np.zeros((4, 4)), 2.0), "window is 2.0; it must be a whole number"),
        ((np.zeros((4, 4)), 2, 0), "stride is 0"),
        ((np.zeros((4, 4)), 2, 2, "min"), "how is 'min'"),
    ],
)
def test_pool2d_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        pool2d(*arguments)


def test_moved_moves_and_fills_with_nothing():
    image = np.arange(1, 7).reshape(2, 3)
    assert moved(image, 1).tolist() == [[0, 1, 2], [0, 4, 5]]
    assert moved(image, -2).tolist() == [[3, 0, 0], [6, 0, 0]]
    assert moved(image, 0).tolist() == image.tolist()
    assert not moved(image, 3).any() and not moved(image, -9).any()


def test_crop_moved_copies_pixels_for_whole_shifts():
    piece = crop_moved(PHOTO, size=(20, 30))
    np.testing.assert_array_equal(piece, PHOTO[20:40, 25:55])
    right = crop_moved(PHOTO, right=4, size=(20, 30))
    np.testing.assert_array_equal(right[:, 4:], piece[:, :-4])
    np.testing.assert_array_equal(crop_moved(PHOTO, margin=10), PHOTO[10:50, 10:70])


def test_crop_moved_turns_counter_clockwise_about_the_middle():
    quarter = crop_moved(PHOTO, degrees=90, size=(20, 20))
    np.testing.assert_allclose(quarter, np.rot90(PHOTO[20:40, 30:50]), atol=1e-5)


def test_crop_moved_grows_about_the_middle():
    ramp = np.tile(np.arange(80.0), (60, 1))
    grown = crop_moved(ramp, zoom=2, size=(20, 20))
    np.testing.assert_allclose(
        grown[5], 40 + (np.arange(20) + 0.5 - 10) / 2 - 0.5, atol=0.1
    )


def test_crop_moved_makes_nothing_up():
    with pytest.raises(ValueError, match="reaches beyond the image of 60×80"):
        crop_moved(PHOTO, right=17, margin=16)
    with pytest.raises(ValueError, match="beyond"):
        crop_moved(PHOTO, degrees=10, size=(58, 78))
    with pytest.raises(ValueError, match="one grey image"):
        crop_moved(np.zeros((9, 9, 3)))


def test_rotated_turns_each_image_by_its_own_angle():
    images = RNG.random((3, 8, 8)).astype("float32")
    turned = rotated(images, [0, 90, 180])
    for index in range(3):
        np.testing.assert_allclose(
            turned[index], np.rot90(images[index], index), atol=1e-5
        )
    np.testing.assert_allclose(rotated(images, 90)[2], np.rot90(images[2]), atol=1e-5)
    with pytest.raises(ValueError, match="2 angles came for 3 images"):
        rotated(images, [0, 90])
    with pytest.raises(ValueError, match="batch, height, width"):
        rotated(images[0], 5)


def test_share_unchanged_counts_within_the_tolerance():
    before, after = np.array([1.0, 2, 3, 4]), np.array([1.0, 2.5, 3, 9])
    assert share_unchanged(before, after) == 0.5
    assert share_unchanged(before, after, 0.5) == 0.75
    assert share_unchanged(before, after, np.array([0, 0, 0, 5])) == 0.75
    with pytest.raises(ValueError, match="cannot be compared"):
        share_unchanged(before, after[:3])


def test_share_unchanged_of_bytes_does_not_wrap_around():
    assert share_unchanged(np.array([0], np.uint8), np.array([255], np.uint8), 10) == 0


def test_what_moved_along_is_found_further_right():
    before = RNG.random((5, 9))
    after = np.roll(before, 2, axis=1)
    assert share_moved_along(before, after, 2) == 1
    assert share_moved_along(before, after, 1) == 0
    with pytest.raises(ValueError, match="allows 0 to 8"):
        share_moved_along(before, after, 9)


@pytest.mark.parametrize("window", [2, 3, 5])
def test_the_law_of_the_surviving_maximum_holds_on_noise(window):
    noise = np.random.default_rng(1).random((400, 500))
    for shift in range(window + 2):
        measured = share_unchanged(
            *(pool2d(crop_moved(noise, right=right), window) for right in (0, shift))
        )
        assert measured == pytest.approx(
            expected_share_unchanged(window, shift), abs=0.02
        )
