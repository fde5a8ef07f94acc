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
