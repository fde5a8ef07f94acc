"""The drawn garments are the same everywhere, and like the real ones."""

import shutil

import numpy as np
import pytest
from fakes import FEW, flipped, left_in

from course_utils.datasets import garments
from course_utils.drawing.garments import canvas as garment_canvas
from course_utils.sources import cache


def test_garments_are_the_same_bytes_on_every_machine():
    """If this fails because a drawing was changed on purpose, raise garments.VERSION
    and pin the new sum.
    """
    assert garments.VERSION == 1
    drawn = garments.draw(200)
    assert (
        garments.digest(*drawn)
        == "cdae49013b910e41085a1e3421fdb009737295636b4ffb9faa2afc73e9ed9fd3"
    )
    assert garments.digest(*garments.draw(200)) == garments.digest(*drawn)
    assert garments.digest(*garments.draw(200, seed=1)) != garments.digest(*drawn)


def test_every_garment_class_is_drawn_equally_often_in_mixed_order():
    images, labels = garments.draw(500)
    assert (images.shape, images.dtype, labels.dtype) == (
        (500, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert np.bincount(labels).tolist() == [50] * 10
    assert (np.bincount(labels[:100], minlength=10) > 2).all(), (
        "the classes come in blocks"
    )
    assert (
        np.bincount(garments.draw(13).labels, minlength=10).tolist()
        == [2, 2, 2] + [1] * 7
    )
    assert garments.draw(1).images.shape == (1, 28, 28)


def test_garments_have_the_names_of_fashion_mnist_in_its_order():
    assert garments.CLASS_NAMES == (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )


@pytest.mark.parametrize("count", [0, -3])
def test_no_garments_is_an_error(count):
    with pytest.raises(ValueError, match="at least 1"):
        garments.draw(count)


def test_garments_are_bright_things_on_black_and_no_two_alike():
    images, labels = garments.draw(1000)
    corners = images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners < 40).mean() > 0.97
    lit = (images > 50).mean((1, 2))
    assert 0.04 < lit.min() and lit.max() < 0.8
    assert len(np.unique(images.reshape(1000, -1), axis=0)) == 1000
    wide, tall = (images > 50).any(1).sum(1), (images > 50).any(2).sum(1)
    names = np.array(garments.CLASS_NAMES)[labels]
    for name in ("Sandal", "Sneaker", "Ankle boot"):
        assert (wide > tall)[names == name].mean() > 0.9, name
    for name in ("Trouser", "Dress"):
        assert (tall > wide)[names == name].mean() > 0.9, name


def test_garments_are_too_hard_for_a_linear_classifier():
    """Least squares on the pixels: far above chance, far below what a convolutional
    network reaches (nine tenths).
    """
    train, test = garments.draw(2000, seed=1), garments.draw(500, seed=2)
    x, x_test = (
        np.c_[
            split.images.reshape(len(split.labels), -1) / 255,
            np.ones(len(split.labels)),
        ]
        for split in (train, test)
    )
    weights = np.linalg.solve(
        x.T @ x + 30 * np.eye(785), x.T @ np.eye(10)[train.labels]
    )
    accuracy = ((x_test @ weights).argmax(1) == test.labels).mean()
    assert 0.55 < accuracy < 0.78


def test_drawing_stays_in_float32(monkeypatch):
    """float64 would creep in differently with different versions of NumPy, and change
    bytes.
    """
    tint, paint = garment_canvas.Canvas.tint, garment_canvas.Canvas.paint

    def watched(method):
        def call(canvas, *arguments, **more):
            for value in (*arguments, *more.values()):
                assert not (isinstance(value, np.ndarray) and value.dtype == np.float64)
            return method(canvas, *arguments, **more)

        return call

    monkeypatch.setattr(garment_canvas.Canvas, "tint", watched(tint))
    monkeypatch.setattr(garment_canvas.Canvas, "paint", watched(paint))
    garments.draw(20)


def test_garments_are_drawn_once_and_then_read(monkeypatch):
    first = garments.load()
    monkeypatch.setattr(garments, "draw", None)
    again = garments.load()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
    assert len(first[0].labels) == FEW[0] and len(first[1].labels) == FEW[1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-5000],
        lambda raw: flipped(raw, 20000),
        lambda raw: b"",
        lambda raw: b"hello",
    ],
    ids=["truncated", "altered", "empty", "other"],
)
def test_bad_garments_in_the_cache_are_named_set_aside_and_drawn_again(damage, capsys):
    first = garments.load()
    path = garments.cache_file(*FEW).path
    path.write_bytes(damage(path.read_bytes()))
    again = garments.load()
    assert garments.digest(*again[0], *again[1]) == garments.digest(
        *first[0], *first[1]
    )
    assert f"{path.name}.broken-1" in capsys.readouterr().err
    assert left_in(path.parent) == [path.name, f"{path.name}.broken-1"]


def test_garments_of_another_number_are_not_taken_for_these(capsys):
    garments.load()
    other = garments.cache_file(40, 10)
    shutil.copy(garments.cache_file(*FEW).path, other.path)
    with pytest.raises(cache.Broken, match="other pictures"):
        other.cached()


def test_garments_that_somebody_changed_are_not_used():
    garments.load()
    file = garments.cache_file(*FEW)
    with np.load(file.path) as held:
        arrays = dict(held)
    arrays["y"] = arrays["y"][::-1]
    np.savez(file.path, **arrays)  # a perfect file, but for what it says
    with pytest.raises(cache.Broken, match="other pictures"):
        file.cached()
