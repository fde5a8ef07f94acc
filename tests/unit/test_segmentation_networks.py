"""FCN and U-Net on a small backbone: what comes out, begins equal, and is saved."""

import numpy as np
import pytest
from keras import layers

from course_utils.datasets.photo_set import stretched
from course_utils.segmentation import (
    ResizeLike,
    fcn,
    feature_pyramid,
    for_photos_of_any_size,
    unet,
)
from course_utils.startup import keras

CLASSES = 4


def backbone(size=64, halvings=4, batch_norm=False):
    """Convolutions with stride 2 on raw pixels, none of it trained."""
    keras.utils.set_random_seed(0)
    x = image = keras.Input((size, size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for level in range(halvings):
        x = layers.Conv2D(4 + level, 3, strides=2, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x) if batch_norm else x
    return keras.Model(image, x)


def photos(count=2, height=64, width=64, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, height, width, 3)).astype("float32")


def says(model, images):
    """Called directly: each new size of `predict` would cost a second."""
    return keras.ops.convert_to_numpy(model(images, training=False))


NETWORKS = {
    "fcn_32": lambda: fcn(backbone(), CLASSES, 32, filters=5),
    "fcn_16": lambda: fcn(backbone(), CLASSES, 16, filters=5),
    "fcn_8": lambda: fcn(backbone(), CLASSES, 8, filters=5),
    "unet": lambda: unet(backbone(), CLASSES, (8, 6, 4)),
    "unet, all the way": lambda: unet(backbone(), CLASSES, (8, 6, 4, 3)),
    "unet, no skips": lambda: unet(backbone(), CLASSES, (8, 6, 4), skips=False),
    "unet, resized": lambda: unet(backbone(), CLASSES, (8, 6), upsampling="resized"),
}


def test_the_pyramid_has_the_last_maps_of_each_resolution():
    maps = feature_pyramid(backbone(batch_norm=True))
    assert list(maps) == [1, 2, 4, 8, 16]
    assert [tuple(each.shape[1:]) for each in maps.values()] == [
        (64, 64, 3),
        (32, 32, 4),
        (16, 16, 5),
        (8, 8, 6),
        (4, 4, 7),
    ]
    # the last: what batch norm gives, not what it gets
    assert "batch_norm" in maps[2]._keras_history.operation.name


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_gives_probabilities_per_pixel_and_survives_its_file(
    name, tmp_path
):
    model = NETWORKS[name]()
    found = says(model, photos())
    assert found.shape == (2, 64, 64, CLASSES) == (2, *model.output_shape[1:])
    assert np.allclose(found.sum(axis=-1), 1, atol=1e-5) and found.std() > 0
    whole = for_photos_of_any_size(model)
    whole.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    for height, width in ((64, 64), (41, 90), (130, 77)):
        photo = photos(1, height, width)
        mask = says(whole, photo)
        assert mask.shape == (1, height, width) and mask.dtype == "int32"
        assert np.array_equal(mask, says(loaded, photo))


def test_a_photo_of_the_models_size_gets_the_models_own_classes():
    model = NETWORKS["unet"]()
    expected = says(model, photos()).argmax(axis=-1)
    found = says(for_photos_of_any_size(model), photos())
    assert np.array_equal(found, expected)


def test_a_photo_is_shrunk_as_the_pictures_were_that_the_model_learned_from():
    whole = for_photos_of_any_size(NETWORKS["unet"]())
    resizing = next(e for e in whole.layers if isinstance(e, layers.Resizing))
    photo = photos(1, 201, 333)[0]
    wanted, _ = stretched(photo.astype("uint8"), {}, 64)
    seen = says(keras.Model(whole.input, resizing.output), photo[None])[0]
    assert np.abs(seen - wanted.numpy()).max() <= 0.51  # whole numbers there
    assert seen.std() < 0.5 * photo.std()  # an average: no pixel is picked out of many


def test_called_as_it_is_it_answers_and_does_not_train(tmp_path):
    """Batch norm by its stored averages, whoever calls and however."""
    model = unet(backbone(batch_norm=True), CLASSES, (8, 6))
    whole = for_photos_of_any_size(model)
    photo = photos(1, 90, 70)
    expected = says(whole, photo)
    assert np.array_equal(keras.ops.convert_to_numpy(whole(photo)), expected)
    whole.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    assert np.array_equal(keras.ops.convert_to_numpy(loaded(photo)), expected)


@pytest.mark.parametrize("size", [(5, 7), (9, 14), (23, 3), (1, 1)])
def test_maps_are_resized_as_keras_does_it_where_the_size_is_known(size):
    maps = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
    found = ResizeLike()(maps, np.zeros((2, *size, 1)))
    expected = keras.ops.image.resize(maps, size, data_format="channels_last")
    assert np.allclose(found, expected, atol=1e-5)


def test_probabilities_and_not_classes_are_enlarged():
    """Between class 0 and class 2 no line of class 1 may appear."""
    image = keras.Input((4, 4, 3))
    left = layers.Conv2D(3, 1, kernel_initializer="zeros", use_bias=False)(image)
    model = keras.Model(image, layers.Softmax()(left))
    kernel = np.zeros((1, 1, 3, 3), "float32")
    kernel[0, 0, 0] = (1, 0, -1)  # red or not: class 0 or class 2
    model.layers[1].set_weights([kernel])
    photo = np.zeros((1, 64, 64, 3), "float32")
    photo[:, :, :32, 0], photo[:, :, 32:, 0] = 9, -9
    found = for_photos_of_any_size(model).predict(photo, verbose=0)  # compiled, too
    assert set(np.unique(found)) == {0, 2}


def test_fcn_8_and_fcn_16_begin_as_fcn_32():
    shared = backbone()
    coarse = fcn(shared, CLASSES, 32, filters=5)
    before = says(coarse, photos())
    for stride in (16, 8):
        finer = fcn(shared, CLASSES, stride, filters=5)
        for layer in coarse.layers:
            if layer.name in ("head", "scores_32"):
                finer.get_layer(layer.name).set_weights(layer.get_weights())
        added = finer.get_layer(f"scores_{stride}")
        assert not np.any(added.get_weights()[0])
        found = says(finer, photos())
        # enlarged in two steps or in one: the same but for rounding at the corners
        assert np.mean(found.argmax(-1) == before.argmax(-1)) > 0.85
        added.set_weights(
            [np.ones_like(weight) for weight in added.get_weights()[:1]]
            + [np.arange(CLASSES, dtype="float32") * 10]
        )
        assert np.all(says(finer, photos()).argmax(-1) == CLASSES - 1)


def test_a_backbone_that_ends_early_is_pooled_and_its_pooled_maps_are_scored_too():
    model = fcn(backbone(halvings=3), CLASSES, 8, filters=5)
    scored = [model.get_layer(f"scores_{at}").output.shape[1] for at in (32, 16, 8)]
    assert scored == [2, 4, 8]


def test_fcn_8_sees_detail_that_fcn_32_does_not():
    """Scores of the finer maps are there in the one, and not in the other."""
    shared = backbone()
    keras.utils.set_random_seed(1)
    finer = fcn(shared, CLASSES, 8, filters=5)
    assert {"scores_16", "scores_8"} <= {layer.name for layer in finer.layers}
    coarse = fcn(shared, CLASSES, 32, filters=5)
    assert not {"scores_16", "scores_8"} & {layer.name for layer in coarse.layers}


def test_both_ways_to_double_have_as_many_parameters():
    for filters in ((8, 6, 4), (5,)):
        counts = {
            unet(backbone(), 3, filters, upsampling=way).count_params()
            for way in ("transposed", "resized")
        }
        assert len(counts) == 1


def test_a_u_net_without_skips_sees_the_image_through_its_coarsest_maps_only():
    plain = unet(backbone(), 3, (8, 6), skips=False)
    assert not any(isinstance(each, layers.Concatenate) for each in plain.layers)
    with_skips = unet(backbone(), 3, (8, 6))
    joined = [e for e in with_skips.layers if isinstance(e, layers.Concatenate)]
    assert [each.output.shape[1:] for each in joined] == [(8, 8, 14), (16, 16, 11)]


def test_gradients_reach_the_backbone():
    model = unet(backbone(), 3, (8, 6))
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = [weight.copy() for weight in model.get_weights()]
    model.train_on_batch(photos(), np.ones((2, 64, 64)))
    changed = [
        not np.array_equal(old, new)
        for old, new in zip(before, model.get_weights(), strict=True)
    ]
    assert changed[0] and np.mean(changed) > 0.8


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: fcn(backbone(), 3, stride=2), "32, 16, 8, 4"),
        (lambda: fcn(backbone(80), 3), "80×80.*multiples of 32"),
        (lambda: fcn(backbone(), 1), "classes"),
        (lambda: unet(backbone(), 3, (8,) * 5), "5 steps.*at most 4 steps"),
        (lambda: unet(backbone(), 3, upsampling="bilinear"), "transposed.*resized"),
        (lambda: unet(backbone(), 1), "classes"),
        (lambda: unet(backbone(None), 3), "fixed"),
    ],
)
def test_what_cannot_be_built_is_told(make, words):
    with pytest.raises(ValueError, match=words):
        make()
