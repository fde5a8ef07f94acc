"""A backbone takes raw pixels, with weights from where it says, or a stand-in that it
names.
"""

import functools
import hashlib
import http.server
import json
import subprocess
import sys
import threading
import time
import tracemalloc

import h5py
import numpy as np
import pytest

from course_utils import graph, sources
from course_utils.backbones import (
    Answer,
    applications,
    backbone,
    load_backbone,
    names,
    networks,
    weights,
)
from course_utils.backbones.preprocessing import preprocessing_layers
from course_utils.data_files import data_file
from course_utils.datasets import NoSource
from course_utils.drawing import curiosities
from course_utils.sources import cache, network
from course_utils.startup import keras

NO_TOP = "mobilenet_1_0_224_tf_no_top.h5"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty Keras home of the test's own, no network, and no memory of earlier
    failures.
    """
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURSE_MIRROR", "http://127.0.0.1:9")  # nothing answers there
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cache, "_scratch", None)
    network.forget_failures()
    yield tmp_path / "home"
    network.forget_failures()


def write_weights(path, model, change=None):
    """Write a file of weights as `keras.applications` publishes them; `change(name,
    arrays)` may spoil a layer.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        saved = []
        for layer in weights.layers_with_weights(model):
            name, arrays = layer.name, layer.get_weights()
            if change and (spoiled := change(name, arrays)) is not None:
                name, arrays = spoiled
            if arrays:
                saved.append((name, arrays))
        file.attrs["layer_names"] = [name for name, _ in saved]
        for name, arrays in saved:
            group = file.create_group(name)
            group.attrs["weight_names"] = [
                f"{name}/{number}:0" for number in range(len(arrays))
            ]
            for number, array in enumerate(arrays):
                group[f"{name}/{number}:0"] = array


@functools.cache
def mobilenet_file():
    """The bytes of a good file for MobileNet without its top, with random weights, and
    their sum.
    """
    import tempfile
    from pathlib import Path

    keras.utils.set_random_seed(1)
    model = keras.applications.MobileNet(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NO_TOP
        write_weights(path, model)
        content = path.read_bytes()
    return content, float(sum(np.abs(array).sum() for array in model.get_weights()))


@functools.cache
def mini_classifier():
    return load_backbone("mini_xception", include_top=True)


def held_out(each):
    """Drawings that the small backbone was not trained on, (20 · each, 96, 96, 3), and
    their classes.
    """
    images = [
        curiosities.draw(kind, 1_000_000 + n, 96, indoors=True)
        for kind in range(20)
        for n in range(each)
    ]
    return np.stack(images), np.repeat(np.arange(20), each)


# The course's own network


@pytest.mark.parametrize("mode", ["auto", "cached", "embedded"])
def test_the_small_backbone_is_there_in_every_mode_and_announces_nothing(mode, capsys):
    found = load_backbone("mini_xception", source=mode)
    assert (found.name, found.source) == (
        "mini_xception",
        "embedded",
    ) and "mini_xception" in found.weights_name
    assert found.model.input_shape == (
        None,
        None,
        None,
        3,
    ) and found.model.output_shape == (None, None, None, 320)
    assert capsys.readouterr().err == ""


def test_its_weights_are_the_ones_in_the_record_and_small():
    record = json.loads(data_file("mini_xception.json").read_text())
    content = data_file(record["weights"]).read_bytes()
    assert (
        hashlib.sha256(content).hexdigest() == record["sha256"]
        and len(content) <= 2_000_000
    )
    assert mini_classifier().model.count_params() == record["parameters"]
    assert (
        mini_classifier().class_names
        == tuple(record["classes"])
        == curiosities.CLASS_NAMES
    )


def test_it_names_held_out_drawings():
    images, kinds = held_out(3)
    found = mini_classifier()
    assert np.mean(found.predict(images).argmax(axis=1) == kinds) > 0.8


def test_with_and_without_top_are_one_network():
    images = held_out(1)[0][:4]
    top, maps = mini_classifier(), load_backbone("mini_xception")
    dense = top.model.layers[-1]
    scores = (
        np.asarray(maps.model(images)).mean(axis=(1, 2)) @ dense.get_weights()[0]
        + dense.get_weights()[1]
    )
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        top.model.predict(images, verbose=0), probabilities, atol=1e-5
    )


def test_shipped_weights_that_are_not_the_trained_ones_are_never_used(monkeypatch):
    record = json.loads(data_file("mini_xception.json").read_text()) | {
        "sha256": "0" * 64
    }
    monkeypatch.setattr(backbone, "mini_record", lambda: record)
    with pytest.raises(
        NoSource, match=r"mini_xception.weights.h5 is not the file that was trained"
    ):
        load_backbone("mini_xception")


# Where weights come from


def test_embedded_mode_gives_the_stand_in_and_says_so():
    found = load_backbone("xception", source="embedded")
    assert (found.name, found.source) == ("mini_xception", "embedded")
    assert (
        "mini_xception" in found.line
        and "Xception" in found.line
        and "not comparable" in found.line
    )
    assert "mini_xception" in repr(found)


def test_a_network_that_never_answers_is_waited_for_under_two_seconds_in_all(
    monkeypatch, capsys
):
    monkeypatch.setenv("COURSE_DATA", "auto")
    monkeypatch.setattr(network, "_connect", lambda address, answer: time.sleep(20))
    for name in ("ResNet50", "ResNet50", "xception"):
        assert load_backbone(name).name == "mini_xception"
    assert 0 < network._waited < 2
    # said each time, waited for once
    assert capsys.readouterr().err.count("no answer") == 3


def test_auto_without_cache_and_network_says_what_it_could_not_get_and_what_it_took(
    capsys, monkeypatch
):
    monkeypatch.setenv("COURSE_DATA", "auto")
    found = load_backbone("ResNet50")
    said = " ".join(capsys.readouterr().err.split())
    assert found.name == "mini_xception" and said.count("Data warning:") == 1
    assert (
        "ResNet50's ImageNet weights" in said
        and "127.0.0.1" in said
        and "mini_xception" in said
    )
    assert "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5 is not there" in said


def test_cached_mode_without_the_file_is_an_error_that_says_what_helps():
    with pytest.raises(
        NoSource,
        match=r"MobileNetV2's ImageNet weights.*COURSE_DATA=auto.*COURSE_DATA=embedded",
    ):
        load_backbone("mobilenet_v2", source="cached")


def test_a_good_file_in_the_cache_is_used(home):
    (home / "models").mkdir(parents=True)
    (home / "models" / NO_TOP).write_bytes(mobilenet_file()[0])
    found = load_backbone("mobilenet", source="cached")
    assert (found.name, found.source, found.weights_name) == (
        "mobilenet",
        "cache",
        "mobilenet, ImageNet",
    )
    total = sum(np.abs(array).sum() for array in found.model.get_weights())
    assert total == pytest.approx(mobilenet_file()[1], rel=1e-6)
    assert found.model(np.zeros((1, 64, 96, 3), "uint8")).shape == (1, 2, 3, 1024)


def test_a_download_is_checked_kept_and_found_by_the_next_notebook(
    home, monkeypatch, tmp_path, capsys
):
    folder = tmp_path / "served" / "models"
    folder.mkdir(parents=True)
    (folder / NO_TOP).write_bytes(mobilenet_file()[0])
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served")
    )
    monkeypatch.setattr(
        http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("COURSE_MIRROR", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("COURSE_DATA", "auto")
        assert load_backbone("mobilenet").source == "download"
        server.shutdown()
    assert load_backbone("mobilenet").source == "cache"
    capsys.readouterr()


def test_a_truncated_file_is_named_set_aside_and_never_used(home, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA", "auto")
    place = home / "models" / NO_TOP
    place.parent.mkdir(parents=True)
    place.write_bytes(mobilenet_file()[0][:100_000])
    found = load_backbone("mobilenet")
    said = " ".join(capsys.readouterr().err.split())
    assert found.name == "mini_xception"
    assert (
        f"{NO_TOP} is damaged, truncated or no file of weights" in said
        and f"{NO_TOP}.broken-1" in said
    )
    assert not place.exists() and place.with_name(f"{NO_TOP}.broken-1").exists()


# The check of a file, on a network small enough to spoil in many ways


def tiny():
    image = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="first")(image)
    x = keras.layers.BatchNormalization()(x)  # Keras makes up this name, and counts on
    x = keras.layers.Flatten()(x)
    return keras.Model(image, keras.layers.Dense(5, name="last")(x))


SPOILED = {
    "a value that is no number": (
        lambda name, arrays: (
            (name, [a * np.nan for a in arrays]) if name == "last" else None
        ),
        "not finite numbers, in layer 'last'",
    ),
    "another shape": (
        lambda name, arrays: (
            (name, [arrays[0][:, :4], arrays[1]]) if name == "last" else None
        ),
        r"shapes \[\(144, 4\), \(5,\)\] for layer 'last'",
    ),
    "another name": (
        lambda name, arrays: ("second", arrays) if name == "first" else None,
        "layer 'second' where the network has 'first'",
    ),
    "a layer less": (
        lambda name, arrays: (name, []) if name == "last" else None,
        "2 layers where the network has 3",
    ),
    "only zeros": (
        lambda name, arrays: (
            (name, [a * 0 for a in arrays]) if name == "first" else None
        ),
        "nothing but zeros for layer 'first'",
    ),
    "a flipped exponent": (
        lambda name, arrays: (
            (name, [arrays[0] + 1e36, arrays[1]]) if name == "last" else None
        ),
        r"holds 1e\+36 in layer 'last': no trained weight is so large",
    ),
    "a negative variance": (
        lambda name, arrays: (name, [*arrays[:3], -arrays[3]]) if arrays[3:] else None,
        "holds a negative variance in layer 'batch_norm",
    ),
    "texts": (
        lambda name, arrays: (
            (name, [a.astype("S5") for a in arrays]) if name == "last" else None
        ),
        r"holds \|S5 in layer 'last', where numbers were expected",
    ),
    "complex numbers": (
        lambda name, arrays: (
            (name, [a + 1j for a in arrays]) if name == "last" else None
        ),
        "holds complex64 in layer 'last', where numbers were expected",
    ),
    "too large for float32": (
        lambda name, arrays: (
            (name, [np.full(a.shape, 1e300) for a in arrays])
            if name == "last"
            else None
        ),
        "not finite numbers, in layer 'last'",
    ),
    "a weight less": (
        lambda name, arrays: (name, arrays[:1]) if name == "last" else None,
        "for layer 'last'",
    ),
}


@pytest.mark.parametrize("damage", SPOILED)
def test_a_file_with_one_thing_wrong_is_refused_and_the_thing_named(damage, tmp_path):
    change, message = SPOILED[damage]
    model = tiny()
    write_weights(tmp_path / "good.h5", model)
    write_weights(tmp_path / "bad.h5", model, change)
    filled = weights.load(tmp_path / "good.h5", tiny)
    for found, saved in zip(filled.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, saved)
    with pytest.raises(sources.BadFile, match=message):
        weights.load(tmp_path / "bad.h5", tiny)


@pytest.mark.parametrize(
    "content", [b"", b"<html>Please log in</html>", b"\x89HDF\r\n\x1a\n" + bytes(500)]
)
def test_what_is_no_file_of_weights_is_refused(content, tmp_path):
    (tmp_path / "x.h5").write_bytes(content)
    with pytest.raises(
        sources.BadFile, match="damaged, truncated or no file of weights"
    ):
        weights.load(tmp_path / "x.h5", tiny)


def test_shapes_are_looked_at_before_contents(tmp_path):
    """A file of some kB that announces a thousand million weights."""
    path = tmp_path / "bomb.h5"
    write_weights(path, tiny())
    with h5py.File(path, "r+") as file:
        name = file.attrs["layer_names"][0]
        del file[name][f"{name}/0:0"]
        file[name].create_dataset(
            f"{name}/0:0", (1 << 20, 1 << 10), "float32", chunks=True, fillvalue=1
        )
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(sources.BadFile, match="shapes"):
        weights.load(path, tiny)
    assert tracemalloc.get_traced_memory()[1] < 100e6
    tracemalloc.stop()


@pytest.mark.parametrize("kind", ["link", "group", "external"])
def test_a_file_of_weights_that_points_to_another_file_is_refused(kind, tmp_path):
    path, other = tmp_path / "x.h5", tmp_path / "other.h5"
    write_weights(path, tiny())
    write_weights(other, tiny())
    with h5py.File(path, "r+") as file:
        name = file.attrs["layer_names"][0]
        weight = f"{name}/0:0"
        shape = file[name][weight].shape
        if kind == "group":
            del file[name]
            file[name] = h5py.ExternalLink("other.h5", name)
        else:
            del file[name][weight]
            if kind == "link":
                file[name][weight] = h5py.ExternalLink("other.h5", f"{name}/{weight}")
            else:
                content = [(str(tmp_path / "raw"), 0, h5py.h5f.UNLIMITED)]
                file[name].create_dataset(weight, shape, "float32", external=content)
    with pytest.raises(sources.BadFile, match="another file"):
        weights.load(path, tiny)


def test_a_file_is_read_where_the_drive_has_no_locks(tmp_path):
    """As on many network drives, or while another notebook holds the file open."""
    path = tmp_path / "x.h5"
    write_weights(path, tiny())
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import h5py, sys; file = h5py.File(sys.argv[1], 'r+'); print(flush=True); "
            "input()",
            path,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        holder.stdout.readline()
        assert weights.load(path, tiny).count_params() == tiny().count_params()
    finally:
        holder.communicate(b"\n", timeout=60)


@pytest.mark.parametrize("switch", ["include_top", "trained", "stand_in"])
def test_a_switch_in_quotes_is_no_switch(switch):
    with pytest.raises(ValueError, match=f"{switch} is 'no'; it must be True or False"):
        load_backbone("mini_xception", **{switch: "no"})


def test_a_network_that_saw_no_imagenet_does_not_pass_for_one():
    keras.utils.set_random_seed(1)
    image = x = keras.Input((64, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(8, 3)(x))
    model = keras.Model(image, keras.layers.Dense(1000, activation="softmax")(x))
    with pytest.raises(sources.BadFile, match="not learned on ImageNet.*'china'"):
        weights.check_answers(model, 64)
    # the first answer is a palace for every picture: likely for one of the two only
    model.layers[-1].set_weights([np.zeros((8, 1000)), np.eye(1000)[698] * 20])
    with pytest.raises(sources.BadFile, match="'flower'"):
        weights.check_answers(model, 64)
    model.layers[-1].set_weights([np.zeros((8, 1000)), np.eye(1000)[[698, 883]].sum(0)])
    weights.check_answers(model, 64)


def test_a_missing_file_is_no_broken_file_and_builds_no_network(tmp_path):
    def never():
        raise AssertionError("the network was built for nothing")

    with pytest.raises(FileNotFoundError):
        weights.load(tmp_path / "none.h5", never)


def test_a_published_file_counts_whatever_its_layers_are_called(tmp_path):
    model, path = tiny(), tmp_path / "renamed.h5"
    write_weights(path, model, lambda name, arrays: (f"old_{name}", arrays))
    for stated in (
        hashlib.md5(path.read_bytes()).hexdigest(),
        hashlib.sha256(path.read_bytes()).hexdigest(),
    ):
        assert weights.load(path, lambda: model, stated) is model
    with pytest.raises(sources.BadFile):
        weights.load(path, lambda: model, "0" * 32)


# Preprocessing is inside


def preprocess_input(function):
    """The function that `keras.applications` gives with a network."""
    module = getattr(keras.applications, function).__module__.rsplit(".", 1)[-1]
    return getattr(keras.applications, module).preprocess_input


@pytest.mark.parametrize("name", [name for name in names() if name != "mini_xception"])
def test_the_layers_of_every_network_do_what_its_preprocess_input_does(name):
    pixels = np.random.default_rng(3).integers(0, 256, (2, 5, 7, 3)).astype("float32")
    one = networks.find_network(name)
    ours = pixels
    for layer in preprocessing_layers(one.pixels):
        ours = layer(ours)
    np.testing.assert_allclose(
        np.asarray(ours),
        preprocess_input(one.function)(pixels.copy()),
        rtol=0,
        atol=2e-5,
    )


# one of each way
@pytest.mark.parametrize(
    "name", ["mobilenet_v2", "resnet50", "densenet121", "efficientnet_b0"]
)
def test_raw_pixels_give_what_keras_applications_gives_after_its_own_preprocessing(
    name,
):
    keras.utils.set_random_seed(5)
    ours = load_backbone(name, trained=False, input_shape=(64, 64, 3))
    function = networks.find_network(name).function
    theirs = getattr(keras.applications, function)(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    theirs.set_weights(ours.model.get_weights())
    pixels = np.random.default_rng(3).integers(0, 256, (2, 64, 64, 3)).astype("uint8")
    expected = np.asarray(theirs(preprocess_input(function)(pixels.astype("float32"))))
    largest = np.abs(expected).max()
    assert largest > 0 and expected.std() > 0.01 * largest
    for given in (pixels, pixels.astype("float32")):
        np.testing.assert_allclose(
            np.asarray(ours.model(given)), expected, rtol=0, atol=1e-4 * largest
        )


@pytest.mark.parametrize("way", ["tf", "torch", "caffe"])
def test_saved_and_loaded_in_safe_mode_it_says_the_same(way, tmp_path):
    image = x = keras.Input((None, None, 3), dtype="uint8")
    for layer in preprocessing_layers(way):
        x = layer(x)
    model = keras.Model(image, keras.layers.Conv2D(2, 3)(x))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 9, 8, 3)).astype("uint8")
    np.testing.assert_array_equal(np.asarray(loaded(pixels)), np.asarray(model(pixels)))


def test_the_small_backbone_saved_and_loaded_in_safe_mode_says_the_same(tmp_path):
    images = held_out(1)[0]
    mini_classifier().model.save(tmp_path / "mini.keras")
    loaded = keras.models.load_model(tmp_path / "mini.keras", safe_mode=True)
    np.testing.assert_array_equal(
        np.asarray(loaded(images)), np.asarray(mini_classifier().model(images))
    )


def test_layer_56_of_xception_starts_block_7_and_here_it_is_one_further():
    with graph.shapes_only():
        theirs = keras.applications.Xception(include_top=False, weights=None)
        ours = load_backbone("xception", trained=False)
    assert theirs.layers[56].name == "block7_sepconv1_act"
    assert not any(layer.name.startswith("block7") for layer in theirs.layers[:56])
    assert [layer.name for layer in ours.model.layers[:2]] == ["image", "preprocessing"]
    assert ours.model.layers[57].name == "block7_sepconv1_act"
    ends = [
        layer.name for layer in ours.model.layers[2:] if layer.name.startswith("block")
    ]
    assert ends == [
        layer.name for layer in theirs.layers[1:] if layer.name.startswith("block")
    ]


def test_parts_are_frozen_by_name():
    model = load_backbone("mini_xception", trained=False).model
    start = model.layers.index(model.get_layer("block6_sepconv1_relu"))
    for layer in model.layers[:start]:
        layer.trainable = False
    trainable = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert trainable and all(
        name.startswith(("block6", "block7")) for name in trainable
    )


# Names, shapes


@pytest.mark.parametrize("name", ["mini_xception", "Mini-Xception"])
def test_names_are_found_as_the_course_and_as_keras_spell_them(name):
    assert load_backbone(name, trained=False).name == "mini_xception"
    assert networks.find_network("EfficientNetV2B0").name == "efficientnet_v2_b0"
    assert networks.find_network("ResNet50V2").name == "resnet50_v2"


@pytest.mark.parametrize(
    "wrong, near",
    [("resnet51", "resnet50"), ("mobilenett", "mobilenet"), ("Xceptoin", "xception")],
)
def test_an_unknown_name_lists_the_near_ones(wrong, near):
    with pytest.raises(ValueError, match=f"no backbone named '{wrong}'.*'{near}'"):
        load_backbone(wrong)
    with pytest.raises(ValueError, match="Known: mini_xception"):
        load_backbone("flower")


@pytest.mark.parametrize(
    "name, shape, top, message",
    [
        (
            "mobilenet_v2",
            (224, 224),
            False,
            r"takes input_shape=\(height, width, 3\).*got \(224, 224\)",
        ),
        ("mobilenet_v2", (64, 64, 1), False, "three channels, RGB"),
        ("xception", (48, 48, 3), False, "at least 71×71"),
        ("resnet50", (None, None, 3), True, "with include_top=False it may stay open"),
        ("nasnet_mobile", (None, None, 3), False, "one size at a time"),
        ("mini_xception", 96, True, "got 96"),
    ],
)
def test_a_shape_that_a_network_cannot_take_is_explained(name, shape, top, message):
    with pytest.raises(ValueError, match=message):
        load_backbone(name, include_top=top, input_shape=shape)


def test_a_mistyped_source_is_noticed_even_where_no_file_is_needed():
    for trained in (True, False):
        with pytest.raises(ValueError, match="'cache'.*must be one of"):
            load_backbone("mini_xception", source="cache", trained=trained)


# What goes in, and what comes out


@pytest.mark.parametrize(
    "image, message",
    [
        (np.full((8, 8, 3), 0.5), "go from 0.5 to 0.5. Were they divided by 255"),
        (
            np.linspace(-1, 1, 192).reshape(8, 8, 3),
            "go from -1 to 1. Were they preprocessed already",
        ),
        (np.full((8, 8, 3), 60_000, "uint16"), "16-bit"),
        (np.full((8, 8, 3), np.nan), "not finite"),
        (np.zeros((8, 8)), "Is it grey"),
        (np.zeros((8, 8, 1)), "one channel"),
        (np.zeros((8, 8, 4)), "transparency"),
        (np.zeros((3, 8, 8)), "channels come first"),
        (np.zeros((0, 8, 8, 3)), "nothing in it"),
        (np.zeros((8, 8, 3), bool), "of type bool"),
    ],
)
def test_pixels_that_cannot_be_a_raw_photograph_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        mini_classifier().predict(image)


def test_black_and_dark_photographs_are_photographs():
    check = mini_classifier().check
    assert check(np.zeros((8, 8, 3))).shape == (1, 8, 8, 3)
    assert check(np.full((2, 8, 8, 3), 1, "uint8")).shape == (2, 8, 8, 3)
    assert check(keras.ops.ones((8, 8, 3)) * 200).max() == 200


def test_photographs_of_different_sizes_are_cropped_to_the_middle_square():
    found = mini_classifier()
    wide = np.zeros((50, 150, 3), "uint8")
    wide[:, 50:100] = 255
    assert found.resize(wide).shape == (1, 96, 96, 3) and found.resize(wide).min() > 250
    probabilities = found.predict([wide, held_out(1)[0][0]])
    assert probabilities.shape == (2, 20)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_decode_sorts_and_names():
    probabilities = np.zeros((2, 20))
    probabilities[0, [3, 7, 1]] = 0.6, 0.3, 0.1
    probabilities[1, 19] = 1
    first, second = mini_classifier().decode(probabilities, top=2)
    assert [answer.name for answer in first] == ["fern", "ladybird"] and second[
        0
    ].name == "umbrella"
    assert first[0] == Answer("drawn03", "fern", 0.6) and isinstance(first[0], tuple)
    # one photograph, three answers
    assert mini_classifier().decode(probabilities[0])[0][2].name == "oak leaf"


@pytest.mark.parametrize(
    "probabilities, top, message",
    [
        (np.zeros((2, 1000)), 3, r"shape \(batch, 20\), but got \(2, 1000\)"),
        (np.zeros((2, 6, 6, 20)), 3, "shape"),
        (np.full((1, 20), 3.0), 3, "scores before softmax"),
        (np.zeros((1, 20)), 0, "from 1 to 20"),
        (np.zeros((1, 20)), 21, "from 1 to 20"),
    ],
)
def test_decode_refuses_what_is_not_its_probabilities(probabilities, top, message):
    with pytest.raises(ValueError, match=message):
        mini_classifier().decode(probabilities, top)


def test_decode_without_a_top_says_how_to_get_one():
    with pytest.raises(
        ValueError, match='load_backbone."mini_xception", include_top=True'
    ):
        load_backbone("mini_xception", trained=False).decode(np.zeros((1, 20)))


def test_imagenet_classes_come_from_kerass_file_and_a_wrong_file_is_set_aside(
    home, monkeypatch, capsys
):
    content = json.dumps(
        {str(number): [f"n{number:08d}", f"thing_{number}"] for number in range(1000)}
    ).encode()
    place = home / "models" / "imagenet_class_index.json"
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    monkeypatch.setattr(backbone, "CLASS_INDEX_MD5", hashlib.md5(content).hexdigest())
    assert backbone._imagenet_classes("cached")[483] == ("n00000483", "thing_483")
    place.write_bytes(content[:-10])
    assert backbone._imagenet_classes("cached")[483] == ("class483", "class 483")
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "imagenet_class_index.json is not the list" in said
        and "called by their numbers" in said
    )
    assert place.with_name(f"{place.name}.broken-1").exists()


# What there is


def test_the_table_lists_every_network_of_keras_applications():
    table = applications()
    package = {name for name in dir(keras.applications) if name[0].isupper()}
    assert set(table.function) == package and len(table) == len(set(table.name))
    assert set(table.name) | {"mini_xception"} == set(names())
    assert table.parameters.is_monotonic_increasing and table.source.notna().all()
    assert (
        table.top1.between(68, 87).all()
        and (table.top5.dropna() > table.top1[table.top5.notna()]).all()
    )


@pytest.mark.parametrize("name", ["mobilenet_v2", "vgg16", "efficientnet_b0"])
def test_the_tables_counts_are_those_of_the_network(name):
    row = applications().set_index("name").loc[name]
    assert networks.count(name) == {
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
    }
    assert row.megabytes == pytest.approx(4 * row.parameters / 1e6, abs=0.06)


def test_counting_leaves_keras_no_variable_to_draw_later(monkeypatch):
    """Else the next scope of Keras's own draws the weights of all that was counted."""
    drawn = []
    monkeypatch.setattr(
        keras.initializers.GlorotUniform,
        "__call__",
        lambda self, shape, dtype=None: drawn.append(shape) or keras.ops.zeros(shape),
    )
    with keras.StatelessScope():
        pass  # what other tests of this process left is drawn here
    drawn.clear()
    networks.count("mobilenet_v2")
    with keras.StatelessScope():
        keras.layers.Dense(3).build((None, 2))  # this one is drawn as it ends
    assert drawn == [(2, 3)]


def test_sizes_and_files_are_those_that_keras_states(monkeypatch):
    """Keras is asked for ImageNet weights of some networks, and stopped where it would
    download them.
    """
    from keras.src.utils import file_utils

    class Stop(Exception):
        pass

    asked = {}

    def get_file(fname, origin, *args, file_hash=None, **options):
        asked["file"] = fname, origin, file_hash or ""
        raise Stop

    monkeypatch.setattr(file_utils, "get_file", get_file)
    for name in ("mobilenet_v2", "xception", "resnet50", "vgg16"):
        one = networks.find_network(name)
        for top in (True, False):
            with graph.shapes_only(), pytest.raises(Stop):
                getattr(keras.applications, one.function)(
                    include_top=top, weights="imagenet"
                )
            assert one.files[top] == asked["file"]
