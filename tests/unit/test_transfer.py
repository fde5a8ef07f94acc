"""course_utils.transfer: heads, freezing, and models that take raw photos."""

import numpy as np
import pytest
from keras import layers

from course_utils.backbones import load_backbone
from course_utils.datasets.photo_set import crop_and_resize
from course_utils.startup import keras
from course_utils.transfer import (
    augmentation,
    classifier,
    for_photos_of_any_size,
    unfreeze_from,
)
from experiments.ladder import MINI_START

PHOTOS = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("uint8")
LABELS = np.arange(8) % 5


def small_backbone():
    return load_backbone("mini_xception", input_shape=(32, 32, 3), trained=False).model


def compiled(model, rate=0.05):
    model.compile(
        keras.optimizers.SGD(rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def norms(model):
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]


def averages(model):
    return [norm.moving_mean.numpy() for norm in norms(model)]


def same(before, after):
    return [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]


def test_augmentation_changes_photos_in_training_only_and_stays_within_their_range():
    augment = augmentation()
    np.testing.assert_array_equal(augment(PHOTOS, training=False), PHOTOS)
    changed = keras.ops.convert_to_numpy(augment(PHOTOS, training=True))
    assert np.abs(changed - PHOTOS).mean() > 5
    assert (
        changed.min() >= 0
        and 200 < changed.max() <= 255
        and np.mean(changed == 0) < 0.1
    )
    assert abs(changed.mean() - PHOTOS.mean()) < 10


def test_a_frozen_backbone_does_not_change_and_the_head_does():
    backbone = small_backbone()
    backbone.trainable = False
    model = compiled(classifier(backbone, 32, 5))
    before, head = backbone.get_weights(), model.get_layer("head").get_weights()
    model.fit(PHOTOS, LABELS, verbose=0)
    assert all(same(before, backbone.get_weights()))
    assert not any(same(head, model.get_layer("head").get_weights()))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_batch_norms_keep_their_averages_in_fit_unless_they_are_freed_too(batch_norm):
    backbone = small_backbone()
    model = classifier(backbone, 32, 5)
    unfreeze_from(backbone, "block2_sepconv1", batch_norm)
    compiled(model)
    before, kernel = (
        averages(backbone),
        backbone.get_layer("block2_sepconv1").get_weights(),
    )
    model.fit(PHOTOS, LABELS, verbose=0)
    unchanged = same(before, averages(backbone))
    # the first stands before block 2
    assert unchanged[0] and set(unchanged[1:]) == {not batch_norm}
    assert not all(same(kernel, backbone.get_layer("block2_sepconv1").get_weights()))


def test_training_false_in_a_functional_model_is_overruled_by_fit_as_the_lesson_says():
    norm = keras.layers.BatchNormalization()
    inner_input, outer_input = keras.Input((3,)), keras.Input((3,))
    inner = keras.Model(inner_input, norm(inner_input))
    model = keras.Model(
        outer_input, keras.layers.Dense(1)(inner(outer_input, training=False))
    )
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    assert (norm.moving_mean.numpy() != 0).all()


def test_only_layers_from_the_named_one_on_are_freed():
    backbone = small_backbone()
    backbone.trainable = False
    unfreeze_from(backbone, MINI_START)
    names = [layer.name for layer in backbone.layers]
    border = names.index(MINI_START)
    for index, layer in enumerate(backbone.layers):
        assert layer.trainable == (index >= border and layer not in norms(backbone)), (
            layer.name
        )
    assert 0 < len(backbone.trainable_weights) < len(small_backbone().trainable_weights)


def test_an_unknown_layer_is_refused():
    with pytest.raises(ValueError, match="has no layer 'block99'"):
        unfreeze_from(small_backbone(), "block99")


def test_a_saved_model_takes_raw_photos_of_any_size_and_answers_the_same(tmp_path):
    model = for_photos_of_any_size(classifier(small_backbone(), 32, 5))
    model.save(tmp_path / "flowers.keras")
    loaded = keras.models.load_model(tmp_path / "flowers.keras", safe_mode=True)
    assert loaded.input.dtype == "uint8"
    for shape in ((50, 70, 3), (33, 32, 3), (20, 90, 3)):
        photo = np.random.default_rng(1).integers(0, 256, (1, *shape)).astype("uint8")
        before, after = (one.predict(photo, verbose=0) for one in (model, loaded))
        np.testing.assert_array_equal(before, after)
        assert before.shape == (1, 5) and before.sum() == pytest.approx(1, abs=1e-5)


def test_called_by_hand_it_answers_as_predict_does_and_learns_nothing(tmp_path):
    """Batch norm in training would say the same of each photo, and move its means."""
    model = for_photos_of_any_size(classifier(small_backbone(), 32, 5))
    kept = [weight.copy() for weight in model.get_weights()]
    model.save(tmp_path / "flowers.keras")
    loaded = keras.models.load_model(tmp_path / "flowers.keras", safe_mode=True)
    said = []
    for photo in (PHOTOS[:1], 255 - PHOTOS[1:2] // 4):
        expected = model.predict(photo, verbose=0)
        for each in (model, loaded):
            found = keras.ops.convert_to_numpy(each(photo))
            np.testing.assert_allclose(found, expected, atol=1e-6)
        said.append(expected)
    assert not np.allclose(*said, atol=1e-4)
    for before, after in zip(kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_large_photo_is_averaged_as_the_training_pictures_were():
    model = for_photos_of_any_size(classifier(small_backbone(), 32, 5))
    resizing = next(e for e in model.layers if isinstance(e, layers.Resizing))
    photo = np.random.default_rng(2).integers(0, 256, (200, 330, 3)).astype("uint8")
    seen = keras.Model(model.input, resizing.output).predict(photo[None], verbose=0)[0]
    wanted = crop_and_resize(photo, 32).numpy()
    assert np.abs(seen.astype(float) - wanted).mean() < 6  # 38 if pixels are picked
