from types import SimpleNamespace

import keras
import numpy as np
from keras import layers

from course_utils.backbones import choice
from course_utils.sources import NoSource
from lesson_cells import LessonCell

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype("uint8")


def small_backbone():
    """A backbone small enough to be built at once; the same each time."""
    keras.utils.set_random_seed(7)
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, name="first")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(name="start")(x)
    return keras.Model(image, layers.Conv2D(6, 3, name="last")(x), name="backbone")


def settings(model):
    """What a nested model is made of, without the names that Keras counts up."""
    return [
        (type(layer).__name__, {**layer.get_config(), "name": None, "seed": None})
        for layer in model.layers
    ]


def same_augmentation(lesson, library):
    assert settings(lesson()) == settings(library())


def same_classifier(lesson, library):
    models = [function(small_backbone(), 32, 5) for function in (lesson, library)]
    assert models[0].input.dtype == models[1].input.dtype == "uint8"
    for name in ("same_scale", "head"):
        models[0].get_layer(name).set_weights(models[1].get_layer(name).get_weights())
    outputs = []
    for model in models:  # with augmentation left out: it is random
        body = keras.Model(model.get_layer("augmentation").output, model.output)
        outputs.append(
            [
                keras.ops.convert_to_numpy(
                    body(PHOTOS.astype("float32"), training=training)
                )
                for training in (False, True)
            ]
        )
    np.testing.assert_allclose(*outputs, atol=1e-5)


def same_freezing(lesson, library):
    for options in ({}, {"batch_norm": True}):
        states = []
        for function in (lesson, library):
            model = small_backbone()
            model.trainable = False
            function(model, "first", **options)
            states.append([layer.trainable for layer in model.layers])
        assert states[0] == states[1] == [False, True, bool(options), True, True]


def same_front(lesson, library):
    """Of a photo that shrinks, in front of layers that training would change."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Rescaling(1 / 255),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(2, "softmax"),
        ]
    )
    photo = PHOTOS[:1, :, :25]
    first, second = (
        keras.ops.convert_to_numpy(function(model)(photo))
        for function in (lesson, library)
    )
    np.testing.assert_allclose(first, second, atol=1e-6)


def same_features(lesson, library):
    first, second = (
        np.array(function(small_backbone())(PHOTOS)) for function in (lesson, library)
    )
    np.testing.assert_allclose(first, second, atol=1e-5)
    assert first.shape == (3, 6)


def same_choice(lesson, library):
    """With photographs or drawings, and with each set of weights that can be had."""
    weights = ({"mobilenet_v2", "xception"}, {"mobilenet_v2"}, set())
    original = choice.load_backbone
    try:
        for found in ("cache", "download", "embedded"):
            for there in weights:
                for effort in ("quick", "full"):
                    chosen = [
                        chosen_by(function, found, there, effort)
                        for function in (lesson, library)
                    ]
                    assert chosen[0] == chosen[1], (found, there, effort, chosen)
    finally:
        choice.load_backbone = original


def chosen_by(function, found, there, effort):
    def load(source=found):
        return SimpleNamespace(source=source)

    def load_backbone(name, stand_in=True, **options):
        if name not in there | {"mini_xception"} and not stand_in:
            raise NoSource(name)
        known = name in there | {"mini_xception"}
        return name if known else "mini_xception", options

    choice.load_backbone = load_backbone
    if "load_backbone" in function.__globals__:
        function.__globals__["load_backbone"] = load_backbone
    data, backbone = function(load, effort, input_shape=(32, 32, 3))
    return data.source, backbone


def cell(name, check, needs=()):
    return LessonCell(
        "06_transfer_learning",
        f"defines-{name}",
        name,
        check,
        "course_utils.transfer",
        needs=needs,
    )


CELLS = [
    cell("data_and_backbone", same_choice),
    cell("feature_extractor", same_features),
    cell("augmentation", same_augmentation),
    cell("classifier", same_classifier, needs=("defines-augmentation",)),
    cell("unfreeze_from", same_freezing),
    cell("for_photos_of_any_size", same_front),
]
