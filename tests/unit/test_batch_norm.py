"""`reestimate_batch_norm` gives batch normalization the averages of today's weights."""

import numpy as np
import pytest

from course_utils.layers import ResidualUnit
from course_utils.startup import keras
from course_utils.training import reestimate_batch_norm

layers = keras.layers


def images(count=12, channels=3, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(2.0, 3.0, (count, 4, 4, channels)).astype("float32")


def norms(model):
    return [
        layer
        for layer in model._flatten_layers()
        if isinstance(layer, layers.BatchNormalization)
    ]


def test_the_averages_are_those_of_all_images():
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.BatchNormalization()])
    x = images()
    reestimate_batch_norm(model, x, batch_size=4)
    norm = norms(model)[0]
    np.testing.assert_allclose(norm.moving_mean, x.mean((0, 1, 2)), rtol=1e-4)
    within = [x[start : start + 4].var((0, 1, 2)) for start in (0, 4, 8)]
    np.testing.assert_allclose(norm.moving_variance, np.mean(within, 0), rtol=1e-4)


def test_predictions_are_then_what_training_sees():
    """One batch of all images: inference and training mode must agree, in every norm of
    a network, those inside other layers too.
    """
    inputs = keras.Input((4, 4, 3))
    x = ResidualUnit(6, strides=2)(layers.BatchNormalization()(inputs))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(ResidualUnit(6)(x)))
    x = images()
    in_training = np.asarray(model(x, training=True))
    assert np.abs(np.asarray(model(x)) - in_training).max() > 0.1
    reestimate_batch_norm(model, x, batch_size=len(x))
    np.testing.assert_allclose(model(x), in_training, atol=1e-3)


def test_weights_and_momentum_stay_as_they_were():
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.BatchNormalization(momentum=0.7)]
    )
    before = [weight.numpy() for weight in model.trainable_weights]
    reestimate_batch_norm(model, images(), batch_size=4)
    for old, new in zip(before, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)
    assert norms(model)[0].momentum == 0.7
    with pytest.raises(Exception):  # noqa: B017  (whatever Keras raises)
        reestimate_batch_norm(model, images(channels=5))
    assert norms(model)[0].momentum == 0.7


def test_a_small_last_batch_does_not_count_as_much_as_a_full_one():
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.BatchNormalization()])
    x = np.concatenate([images(8), 1000 + images(1)])
    reestimate_batch_norm(model, x, batch_size=8)
    assert np.max(norms(model)[0].moving_mean) < 10


def test_frozen_averages_stay():
    frozen = layers.BatchNormalization(trainable=False)
    model = keras.Sequential(
        [keras.Input((4, 4, 3)), frozen, layers.BatchNormalization()]
    )
    reestimate_batch_norm(model, images())
    np.testing.assert_array_equal(frozen.moving_mean, np.zeros(3))
    assert np.abs(np.asarray(norms(model)[1].moving_mean)).max() > 0.1


def test_a_model_without_batch_norm_is_told_so():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match="no BatchNormalization"):
        reestimate_batch_norm(model, np.zeros((3, 4)))
    model = keras.Sequential([keras.Input((4, 4, 3)), layers.BatchNormalization()])
    with pytest.raises(ValueError, match="no images"):
        reestimate_batch_norm(model, images(0))
