"""Handwritten digits and the two photographs, as scikit-learn has them."""

import numpy as np

from course_utils.datasets.digits import enlarge, load_digits_28
from course_utils.datasets.photos import load_photos


def test_digits_unpack_like_fashion():
    data = load_digits_28()
    (x, y), (x_test, y_test) = data
    assert (x.shape, x_test.shape, x.dtype, y.dtype) == (
        (1437, 28, 28),
        (360, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert data.source == "embedded" and data.class_names == tuple("0123456789")
    assert np.bincount(y_test).min() >= 33 and (x.min(), x.max()) == (0, 255)
    assert repr(data) == (
        "Handwritten digits (source: embedded): 1,437 training and 360 test images of "
        "28×28 pixels, 10 classes"
    )


def test_an_enlarged_digit_is_the_same_digit():
    from sklearn.datasets import load_digits

    small = load_digits().images
    large = enlarge(small).astype(float)
    border = np.ones((28, 28), bool)
    border[2:-2, 2:-2] = False
    assert (large[:, border] == 0).all()
    # the middle of each old pixel is one new pixel, unchanged
    middles = large[:, 3:-2:3, 3:-2:3]
    np.testing.assert_array_equal(middles, np.floor(small * 255 / 16 + 0.5))
    blocks = large[:, 2:-2, 2:-2].reshape(-1, 8, 3, 8, 3).mean((2, 4)) / 255 * 16
    assert np.abs(blocks - small).mean() < 1.2


def test_a_lone_bright_pixel_becomes_a_round_spot_at_its_place():
    image = np.zeros((1, 8, 8))
    image[0, 2, 5] = 16
    spot = enlarge(image)[0]
    assert np.unravel_index(spot.argmax(), spot.shape) == (2 + 3 * 2 + 1, 2 + 3 * 5 + 1)
    np.testing.assert_array_equal(spot[6:11, 15:20], spot[6:11, 15:20].T)
    assert spot[9, 18 + 1] == round(255 * 42 / 54) and spot[9, 18 + 2] == round(
        255 * 18 / 54
    )


def test_photos_are_the_two_of_scikit_learn_by_name():
    from sklearn.datasets import load_sample_image

    photos = load_photos()
    assert photos.images.shape == (2, 427, 640, 3) and photos.images.dtype == np.uint8
    assert (
        photos.names == ("china", "flower") and len(photos.credits) == len(photos) == 2
    )
    for name, image in zip(photos.names, photos.images, strict=True):
        np.testing.assert_array_equal(image, load_sample_image(f"{name}.jpg"))
    assert repr(photos) == "2 photographs (china, flower), 427×640 pixels, 3 channels"
