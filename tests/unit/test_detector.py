"""Non-max suppression in a model against the plain one; a detector in one file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.backbones import load_backbone
from course_utils.detection import (
    AnchorHead,
    Answers,
    Detector,
    FCOSHead,
    GridHead,
    evaluate,
    feature_levels,
    neck,
    non_max_suppression,
    suppress,
    trainable,
    without_padding,
)
from course_utils.detection import detector as detector_file
from course_utils.startup import keras


def random_candidates(random, batch=2, places=30, classes=3):
    size = random.uniform(0.1, 0.5, (batch, places, 2))
    corner = random.uniform(0, 1, (batch, places, 2)) * (1 - size)
    scores = random.permuted(
        np.arange(batch * places * classes) / (batch * places * classes)
    ).reshape(batch, places, classes)
    boxes = np.concatenate([corner, corner + size], axis=-1)
    return boxes.astype("float32"), scores.astype("float32")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9), st.sampled_from([0.0, 0.6]))
def test_in_a_model_the_same_boxes_stay(seed, threshold, least):
    boxes, scores = random_candidates(np.random.default_rng(seed))
    found = without_padding(suppress(boxes, scores, threshold, least, max_boxes=30))
    for image, got in enumerate(found):
        label, score = scores[image].argmax(-1), scores[image].max(-1)
        kept = non_max_suppression(boxes[image], score, threshold, label)
        kept = kept[score[kept] > least]
        np.testing.assert_array_equal(got["boxes"], boxes[image][kept])
        np.testing.assert_array_equal(got["labels"], label[kept])
        np.testing.assert_array_equal(got["scores"], score[kept])


@pytest.mark.parametrize("limit", [4, 30, 50])
def test_what_comes_out_has_a_fixed_size_and_its_padding_is_marked(limit):
    boxes, scores = random_candidates(np.random.default_rng(0))
    found = {
        k: np.asarray(v) for k, v in suppress(boxes, scores, 0.3, 0.2, limit).items()
    }
    assert found["boxes"].shape == (2, limit, 4)
    assert found["labels"].shape == found["scores"].shape == (2, limit)
    padded = found["labels"] == -1
    assert not found["scores"][padded].any() and not found["boxes"][padded].any()
    assert (np.diff(found["scores"], axis=1) <= 0).all()


def test_padding_that_is_counted_is_refused_and_without_it_all_is_well():
    boxes, scores = random_candidates(np.random.default_rng(0))
    found = {k: np.asarray(v) for k, v in suppress(boxes, scores, 0.3, 0.2).items()}
    true = [{"boxes": boxes[i], "labels": scores[i].argmax(-1)} for i in range(2)]
    padded = [{name: values[i] for name, values in found.items()} for i in range(2)]
    with pytest.raises(ValueError, match="pad a batch"):
        evaluate(true, padded)
    assert 0 < evaluate(true, without_padding(found))["AP50"] < 1


def test_photos_without_a_candidate_give_nothing():
    boxes, scores = random_candidates(np.random.default_rng(0))
    for found in without_padding(suppress(boxes, 0 * scores)):
        assert [len(values) for values in found.values()] == [0, 0, 0]


def small_detector(kind):
    keras.utils.set_random_seed(0)
    image = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    fine = keras.layers.Conv2D(6, 3, strides=8, padding="same")(x)
    coarse = keras.layers.Conv2D(8, 3, strides=2, padding="same")(fine)
    levels = feature_levels(keras.Model(image, coarse))
    head = {
        "grid": lambda: GridHead(2),
        "anchors": lambda: AnchorHead(2, [(0.3, 0.3), (0.5, 0.2)]),
        "fcos": lambda: FCOSHead(2),
    }[kind]()
    model = trainable(head, [(4, 4, 6), (2, 2, 8)], channels=8)
    head.convolution.kernel.assign(  # as if it had learned to tell places apart
        np.random.default_rng(1).normal(0, 1, head.convolution.kernel.shape)
    )
    features = model.get_layer("features")
    return Detector.of(levels, features, head, ["a", "b"], max_boxes=9)


def photos():
    random = np.random.default_rng(4)
    return [
        random.integers(0, 256, (*shape, 3)).astype("uint8")
        for shape in ((40, 60), (32, 32), (91, 33))
    ]


@pytest.mark.parametrize("kind", ["grid", "anchors", "fcos"])
def test_a_detector_from_its_file_gives_equal_answers(kind, tmp_path):
    detector = small_detector(kind)
    detector.save(tmp_path / "detector.keras")
    loaded = Detector.load(tmp_path / "detector.keras")
    assert loaded.class_names == ("a", "b")
    for photo in photos():
        before, after = detector.model(photo[None]), loaded.model(photo[None])
        for name in before:
            np.testing.assert_array_equal(before[name], after[name])
    assert len(loaded(photos())) == 3
    one = loaded(photos()[0])[0]
    assert 0 < len(one["boxes"]) <= 9
    assert one["boxes"].min() >= 0 and one["boxes"].max() <= 1


def test_photos_asked_together_get_the_answers_that_each_gets_alone():
    detector = small_detector("grid")
    for alone, together in zip(
        [detector(photo)[0] for photo in photos()], detector(photos()), strict=True
    ):
        np.testing.assert_array_equal(alone["labels"], together["labels"])
        np.testing.assert_allclose(alone["boxes"], together["boxes"], atol=1e-5)
        np.testing.assert_allclose(alone["scores"], together["scores"], atol=1e-5)


def test_many_large_photos_are_floats_one_at_a_time(monkeypatch):
    small, steps = small_detector("grid"), []
    _, checked, resizing = (
        small.without_resizing,
        detector_file._checked,
        small._resizing,
    )

    def as_floats(photo, number):
        steps.append("floats")
        return checked(photo, number)

    def smaller(photo, training):
        steps.append("resized")
        return resizing(photo, training=training)

    monkeypatch.setattr(detector_file, "_checked", as_floats)
    monkeypatch.setattr(small, "_resizing", smaller)
    assert len(small(photos())) == 3
    assert steps == ["floats", "resized"] * 3


def test_as_a_saved_model_it_gives_equal_answers(tmp_path):
    import tensorflow as tf

    detector = small_detector("grid")
    detector.model.export(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))  # owns the variables
    photo = photos()[0][None].astype("float32")
    before, after = detector.model(photo), loaded.serve(photo)
    for name in before:
        np.testing.assert_allclose(before[name], after[name], atol=1e-6)


@pytest.mark.slow
def test_litert_takes_all_but_the_resizing_and_gives_equal_answers(tmp_path):
    """Lesson 08 says so of TensorFlow 2.21."""
    import tensorflow as tf

    backbone = load_backbone("mini_xception", input_shape=(128, 128, 3))
    levels, head = feature_levels(backbone.model), FCOSHead(2)
    keras.utils.set_random_seed(0)
    trained = trainable(head, [maps.shape[1:] for maps in levels.outputs], channels=8)
    head.convolution.kernel.assign(  # as if it had learned to tell places apart
        np.random.default_rng(1).normal(0, 1, head.convolution.kernel.shape)
    )
    detector = Detector.of(levels, trained.get_layer("features"), head, max_boxes=20)
    detector.model.export(tmp_path / "whole", verbose=False)
    whole = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "whole"))
    with pytest.raises(Exception, match="ScaleAndTranslate"):
        whole.convert()

    model = detector.without_resizing
    photo = np.random.default_rng(4).uniform(0, 255, (1, 128, 128, 3)).astype("float32")
    one = [keras.InputSpec(shape=photo.shape, dtype="float32")]
    model.export(tmp_path / "rest", verbose=False, input_signature=one)
    rest = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "rest")).convert()
    lite = tf.lite.Interpreter(model_content=rest)
    (name,) = lite.get_signature_list()["serving_default"]["inputs"]
    found = lite.get_signature_runner()(**{name: photo})
    expected = model(photo)
    assert (np.asarray(expected["labels"]) >= 0).any()
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5)


def test_a_model_that_only_gives_raw_numbers_is_no_detector():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="does not end with"):
        Detector(model)


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        (np.zeros((40, 60), "uint8"), "Is it grey"),
        (np.zeros((40, 60, 4), "uint8"), r"\(height, width, 3\)"),
        (np.full((40, 60, 3), 0.5), "divided by 255"),
    ],
)
def test_what_is_no_photo_is_told(photo, words):
    with pytest.raises(ValueError, match=words):
        small_detector("grid")(photo)


def test_class_names_must_fit_the_head():
    with pytest.raises(ValueError, match="3 class names"):
        Answers(GridHead(2), ["a", "b", "c"])


def test_levels_are_the_last_maps_of_their_size():
    image = keras.Input((32, 32, 3))
    first = keras.layers.Conv2D(4, 3, strides=8, padding="same")(image)
    last = keras.layers.ReLU(name="last")(first)
    levels = feature_levels(keras.Model(image, last), strides=(8,))
    assert "last" in levels.outputs[0].name or levels.layers[-1].name == "last"
    with pytest.raises(ValueError, match="16 pixels each"):
        feature_levels(keras.Model(image, last))
    with pytest.raises(ValueError, match="must have a size"):
        feature_levels(
            keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(4, 3)])
        )


def test_the_neck_is_as_fine_as_its_finer_maps():
    fine, coarse = keras.Input((8, 6, 5)), keras.Input((4, 3, 7))
    assert neck(fine, coarse, channels=12).shape == (None, 8, 6, 12)
