"""The backbone follows the data: photographs get one that has seen photographs."""

import os
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.backbones import backbone_for, choice, load_backbone, names
from course_utils.graph import shapes_only
from course_utils.sources import NoSource
from course_utils.startup import keras
from course_utils.transfer import (
    TUNED_FROM,
    classifier,
    data_and_backbone,
    feature_extractor,
    tuned_from,
    unfreeze_from,
)


class Weights:
    """What can be had, and what was asked for; takes the place of `load_backbone`."""

    def __init__(self):
        self.there = {"mobilenet_v2", "xception", "mini_xception"}
        self.asked = []

    def load(self, name, stand_in=True, **options):
        self.asked.append((name, options))
        if name not in self.there and not stand_in:
            raise NoSource(f"{name} is nowhere")
        return SimpleNamespace(name=name if name in self.there else "mini_xception")


@pytest.fixture
def weights(monkeypatch):
    fake = Weights()
    monkeypatch.setattr(choice, "load_backbone", fake.load)
    return fake


class Loader:
    """A loader of flowers that finds photographs, unless it is told to draw."""

    def __init__(self, found="cache"):
        self.found = found

    def __call__(self, source="auto"):
        return SimpleNamespace(source=source if source == "embedded" else self.found)


@pytest.mark.parametrize("effort", ["quick", "full"])
def test_what_the_course_draws_gets_the_courses_own_network(weights, effort):
    assert backbone_for("embedded", effort).name == "mini_xception"
    assert weights.asked == [("mini_xception", {})]  # no file of others is looked for


@pytest.mark.parametrize("source", ["cache", "download", "folder"])
def test_photographs_get_a_network_of_imagenet(weights, source):
    assert backbone_for(source).name == "mobilenet_v2"
    assert backbone_for(source, "full").name == "xception"


def test_without_xception_the_full_lesson_takes_the_other_network_for_photographs(
    weights,
):
    weights.there.remove("xception")
    assert backbone_for("cache", "full").name == "mobilenet_v2"


def test_options_reach_the_network(weights):
    backbone_for("cache", input_shape=(96, 96, 3), include_top=True)
    assert weights.asked[0][1] == {"input_shape": (96, 96, 3), "include_top": True}


def test_an_effort_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="effort is 'half'"):
        backbone_for("cache", "half")


@pytest.mark.parametrize("effort", ["quick", "full"])
def test_photographs_stay_where_there_is_a_network_for_them(weights, effort, capsys):
    data, backbone = data_and_backbone(Loader("download"), effort)
    assert data.source == "download" and backbone.name != "mini_xception"
    assert capsys.readouterr().out == ""


def test_without_weights_for_photographs_the_garden_is_used_and_one_line_says_so(
    weights, capsys
):
    weights.there = {"mini_xception"}
    data, backbone = data_and_backbone(Loader("cache"))
    assert (data.source, backbone.name) == ("embedded", "mini_xception")
    told = capsys.readouterr().out
    assert told.count("\n") == 1 and "on with the drawn flowers" in told


def test_the_garden_says_nothing(weights, capsys):
    data, backbone = data_and_backbone(Loader("embedded"))
    assert (data.source, backbone.name) == ("embedded", "mini_xception")
    assert capsys.readouterr().out == ""


def test_no_stand_in_means_none(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(NoSource, match="MobileNetV2's ImageNet weights"):
        load_backbone("mobilenet_v2", source="embedded", stand_in=False)
    # the course's own network stands in for nobody
    assert load_backbone("mini_xception", source="embedded", stand_in=False)


# One of each way to be built; COURSE_EVERY=1 in the environment tries all forty.
DIFFERENT = ("mini_xception", "mobilenet_v2", "xception", "vgg16", "nasnet_mobile")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", names() if os.environ.get("COURSE_EVERY") else DIFFERENT
)
def test_every_network_takes_a_head_and_can_be_freed_in_part(name):
    with shapes_only():
        backbone = load_backbone(name, trained=False).model
        side = backbone.input_shape[1] or 96
        model = classifier(backbone, side, 5)
        backbone.trainable = False
        head = len(model.trainable_weights)
        start = tuned_from(backbone)
        unfreeze_from(backbone, start)
    assert model.output_shape == (None, 5)
    assert head == 4  # γ and β of the batch norm, kernel and bias of the softmax
    freed = len(model.trainable_weights) - head
    all_of_it = len(backbone.weights)
    assert 0 < freed < 0.8 * all_of_it, (start, freed, all_of_it)
    assert start == TUNED_FROM.get(name, start)


def test_features_are_averages_of_maps_in_the_order_of_the_photos():
    image = keras.Input((None, None, 3))
    backbone = keras.Model(image, keras.layers.Rescaling(2.0)(image))
    photos = np.arange(5 * 2 * 2 * 3, dtype="float32").reshape(5, 2, 2, 3)
    seen = feature_extractor(backbone).predict(photos, batch_size=2, verbose=0)
    np.testing.assert_allclose(seen, 2 * photos.mean(axis=(1, 2)), rtol=1e-6)
