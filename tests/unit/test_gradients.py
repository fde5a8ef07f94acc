"""`gradient_norms` measures what it says."""

import numpy as np
import pytest

from course_utils.startup import keras
from course_utils.training import gradient_norms


def test_gradient_norms_is_the_norm_of_the_gradient_computed_by_hand():
    x = np.array([[1.0, 2.0], [3.0, -1.0]], "float32")
    y = np.array([0, 1])
    inputs = keras.Input((2,))
    model = keras.Model(
        inputs, keras.layers.Dense(2, activation="softmax", use_bias=False)(inputs)
    )
    kernel = model.get_weights()[0]
    scores = np.exp(x @ kernel)
    error = scores / scores.sum(axis=1, keepdims=True) - np.eye(2)[y]
    expected = np.linalg.norm(x.T @ error / len(x))
    assert gradient_norms(model, x, y) == pytest.approx([expected], rel=1e-4)


def test_a_relative_gradient_is_divided_by_the_weights():
    """A kernel twice as large: half the gradient, and so a quarter of the ratio."""
    model = keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            keras.layers.Conv2D(5, 3, use_bias=False),
            keras.layers.BatchNormalization(epsilon=1e-9),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 3)).astype("float32")
    y = np.array([0, 1] * 3)
    kernel = model.layers[0].kernel
    norm, ratio = (
        gradient_norms(model, x, y, relative)[0] for relative in (False, True)
    )
    assert ratio == pytest.approx(norm / np.linalg.norm(kernel), rel=1e-4)
    kernel.assign(2 * kernel)
    assert gradient_norms(model, x, y)[0] == pytest.approx(norm / 2, rel=1e-3)
    assert gradient_norms(model, x, y, relative=True)[0] == pytest.approx(
        ratio / 4, rel=1e-3
    )
