"""The explorers that run a network: every position gives a picture, and a file that is
no image gives a message.
"""

import dataclasses
import html
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from control_positions import is_picture, positions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from course_utils import backbones, sources
from course_utils.backbones import load_backbone
from course_utils.explain import feature_maps, grad_cam
from course_utils.startup import keras
from course_utils.widgets import (
    AugmentationExplorer,
    FeatureMapExplorer,
    PhotoClassifier,
    augmentation,
)
from course_utils.widgets.pictures import NotAPhoto, fitted, own_photo, uploaded

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def mini():
    return load_backbone("mini_xception", include_top=True, source="embedded")


@pytest.fixture(params=["augmentation", "feature maps", "classifier"])
def explorer(request, mini):
    return {
        "augmentation": lambda: AugmentationExplorer(),
        "feature maps": lambda: FeatureMapExplorer(mini),
        "classifier": lambda: PhotoClassifier(mini),
    }[request.param]()


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def test_every_position_gives_a_picture_and_words(explorer):
    panel = explorer.panel
    for name, control in explorer.controls.items():  # from edge to edge, one at a time
        for value in ends(explorer, name, control):
            panel.widgets[name].value = value
            assert "course-explorer-message" not in panel._picture.value, (
                panel._picture.value[-300:]
            )
            assert explorer.state[name] == value

    @FEW
    @given(st.data())
    def check(data):
        name = data.draw(st.sampled_from(sorted(explorer.controls)))
        value = data.draw(positions(explorer.controls[name]))
        explorer.set(**{name: value})
        assert "course-explorer-message" not in panel._picture.value, (
            panel._picture.value[-300:]
        )
        assert is_picture(explorer.picture()) and len(explorer.describe()) > 30

    check()


def ends(explorer, name, control):
    if hasattr(control, "values"):
        return control.values
    if hasattr(control, "low"):
        return explorer.limits(explorer.state).get(name, (control.low, control.high))
    return [True, False]


def test_the_bundle_of_a_network_explorer_has_picture_and_words(explorer):
    data, _ = explorer._repr_mimebundle_()
    assert data["text/plain"] == explorer.describe()
    assert f'<img alt="{html.escape(explorer.describe())}"' in data["text/html"]
    assert len(data["text/html"]) < 250_000


def test_augmentation_draws_what_its_code_says():
    state = AugmentationExplorer(
        flip="none", rotation=0.0, zoom=0.0, contrast=0.0, translation=0.0
    ).state
    versions = augmentation.augment(state)
    assert (
        versions.shape == (10, 96, 96, 3)
        and (versions == versions[0]).all()
        and augmentation.code(state) == []
    )
    state["flip"] = "vertical"
    versions = augmentation.augment(state)
    upside_down = [
        np.array_equal(version, versions[0][::-1]) for version in versions[1:]
    ]
    same = [np.array_equal(version, versions[0]) for version in versions[1:]]
    assert any(upside_down) and all(
        one != other for one, other in zip(upside_down, same, strict=True)
    )
    layers = keras.layers
    state = AugmentationExplorer().state
    made = keras.Sequential(
        [eval(line, {"layers": layers}) for line in augmentation.code(state)]
    )
    assert made(versions[:1].astype("float32"), training=True).shape == (1, 96, 96, 3)
    assert [type(layer).__name__ for layer in made.layers] == [
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomContrast",
    ]


def test_augmentation_is_the_same_for_the_same_state_and_another_for_another_draw():
    one, other = AugmentationExplorer(), AugmentationExplorer()
    assert one.picture() == other.picture()
    other.set(draw=2)
    assert one.picture() != other.picture()


def test_the_map_that_is_shown_is_explains(mini):
    made = FeatureMapExplorer(mini, layer="block3_sepconv2_relu", channel=5, heat=True)
    image = mini.resize(made._pictures["snail"])[0]
    maps = feature_maps(mini, image, "block3_sepconv2_relu")
    np.testing.assert_allclose(made._maps(made.state), maps, atol=1e-4)
    np.testing.assert_allclose(made._heat(made.state), grad_cam(mini, image), atol=1e-4)
    assert (
        "snail" in made.describe()
        and "24 by 24" in made.describe()
        and "Grad-CAM" in made.describe()
    )


def test_a_layer_that_is_asked_for_is_in_the_menu(mini):
    made = FeatureMapExplorer(mini, layer="block2_add")
    assert made.state["layer"] == "block2_add" and "layer block2_add" in made.describe()
    names = made.controls["layer"].values
    assert {"block1_conv1", "block7_relu"} <= set(names) and len(names) > 30
    with pytest.raises(
        ValueError, match="layer is 'block2_ad'; it must be one of 'block1_conv1'"
    ):
        FeatureMapExplorer(mini, layer="block2_ad")


def test_the_channel_stays_within_the_layer(mini):
    made = FeatureMapExplorer(mini)
    made.set(layer="block7_relu")
    made.set(channel=319)
    made.set(layer="block1_conv1")
    assert made.state["channel"] == 23 and made.panel.widgets["channel"].max == 23


def test_any_functional_model_will_do_and_one_without_top_has_no_heat():
    inputs = keras.Input((20, 30, 1))
    maps = keras.layers.Conv2D(4, 3, name="first")(inputs)
    made = FeatureMapExplorer(keras.Model(inputs, maps))
    assert (
        "heat" not in made.state
        and is_picture(made.picture())
        and "18 by 28" in made.describe()
    )
    answers = keras.layers.Dense(3, "softmax")(
        keras.layers.GlobalAveragePooling2D()(maps)
    )
    made = PhotoClassifier(keras.Model(inputs, answers), class_names=["a", "b_c", "d"])
    assert is_picture(made.picture()) and "b c" in made.describe()
    with pytest.raises(ValueError, match="2 class names came for the 3 classes"):
        PhotoClassifier(keras.Model(inputs, answers), class_names=["a", "b"])
    with pytest.raises(ValueError, match="no class probabilities"):
        PhotoClassifier(keras.Model(inputs, maps))
    with pytest.raises(ValueError, match="no layer that gives feature maps"):
        FeatureMapExplorer(keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]))


def test_the_classifier_says_what_the_backbone_decodes(mini):
    made = PhotoClassifier(mini, top=3)
    snail = made._pictures["snail"]
    expected = mini.decode(mini.predict(snail), top=3)[0]
    found = made.answers(made.state)
    assert [name for name, _ in found] == [answer.name for answer in expected]
    assert found[0] == ("snail", pytest.approx(expected[0].probability, abs=1e-4))


@pytest.mark.parametrize(
    "mode, there, name",
    [
        ("auto", True, "mobilenet_v2"),
        ("cached", True, "mobilenet_v2"),
        ("auto", False, "mini_xception"),
        ("embedded", True, "mini_xception"),
    ],
)
def test_imagenets_network_is_asked_where_it_is_and_named(
    mini, monkeypatch, mode, there, name
):
    asked = []

    def load(name, **options):
        asked.append((name, options["source"]))
        if name == "mini_xception":
            return mini
        if not there:
            raise sources.NoSource("not in the cache")
        return dataclasses.replace(mini, weights_name="mobilenet_v2, ImageNet")

    monkeypatch.setenv("COURSE_DATA", mode)
    monkeypatch.setattr(backbones, "load_backbone", load)
    made = PhotoClassifier()
    assert asked[-1][0] == name
    assert all(source in ("cached", "embedded") for _, source in asked)  # no download
    learned = "ImageNet" if name == "mobilenet_v2" else "twenty drawn things"
    assert f"what mini_xception ({learned}) says it shows" in made.describe()


# Networks that are none, or that say nothing ------------------------------------------


def small_network(activation="softmax"):
    image = x = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(x))
    x = keras.layers.Dense(3, activation, name="answers")(x)
    return keras.Model(image, x, name="small")


def test_weights_that_are_no_numbers_are_told_and_not_drawn_as_zero():
    network = small_network()
    network.get_layer("answers").bias.assign([1.0, float("nan"), 0.0])
    made = PhotoClassifier(network)
    assert made.answers(made.state) == []
    assert "are not numbers (NaN or infinite), so its weights are" in made.describe()
    assert is_picture(made.picture())
    made = FeatureMapExplorer(network)
    assert "The network's answer: not a number." in made.describe()
    assert is_picture(made.picture())


def test_scores_before_the_softmax_are_told():
    network = small_network(activation=None)
    network.get_layer("answers").bias.assign([7.0, -9.0, 0.0])
    for layer in network.layers[:-1]:
        layer.set_weights([np.zeros_like(array) for array in layer.get_weights()])
    words = PhotoClassifier(network).describe()
    assert "go from -9 to 7, and probabilities from 0 to 1" in words


NOT_PICTURES = {
    "an array": (np.zeros((4, 4, 3), "uint8"), r"got an array of shape \(4, 4, 3\)"),
    "none": ({}, "are a dict from name to photograph"),
    "a path": ("cat.jpg", "got 'cat.jpg'"),
    "a number as name": ({5: np.zeros((4, 4, 3), "uint8")}, "one is called 5"),
    "no name": ({" ": np.zeros((4, 4, 3), "uint8")}, "one is called ' '"),
    "a pair as name": ({(1, 2): np.zeros((4, 4, 3), "uint8")}, r"called \(1, 2\)"),
    "grey": ({"a": np.zeros((4, 4), "uint8")}, "'a' must be a photo.*Is it grey"),
    "a batch": ({"a": np.zeros((2, 4, 4, 3), "uint8")}, "Is it a batch"),
    "a path in it": ({"a": "cat.jpg"}, r"That is a path: .*load_img\(path\)"),
    "None in it": ({"a": None}, "'a' must be a photograph.*and is None"),
    "uneven rows": ({"a": [[1], [2, 3]]}, "'a' must be a photograph"),
    "from 0 to 1": ({"a": np.ones((4, 4, 3)) / 2}, "from 0.5 to 0.5.*by 255"),
    "NaN": ({"a": np.full((4, 4, 3), np.nan)}, "values from nan to nan"),
    "no pixels": ({"a": np.zeros((0, 4, 3))}, r"no pixels: its shape is \(0, 4, 3\)"),
}


@pytest.mark.parametrize("name", NOT_PICTURES)
def test_pictures_that_are_none_are_told(mini, name):
    pictures, words = NOT_PICTURES[name]
    for explorer in (PhotoClassifier, FeatureMapExplorer):
        with pytest.raises(
            ValueError, match=f"{explorer.__name__}'s pictures.*{words}"
        ):
            explorer(mini, pictures=pictures)


def test_whole_floats_up_to_255_are_a_photograph(mini):
    photo = np.full((50, 40, 3), 200.4, "float32")
    made = PhotoClassifier(mini, pictures={"a": photo})
    assert made._pictures["a"].dtype == np.uint8 and made._pictures["a"].max() == 200


@pytest.mark.parametrize("explorer", [PhotoClassifier, FeatureMapExplorer])
@pytest.mark.parametrize(
    "network, words",
    [
        (5, "and this is 5"),
        ("vgg16", "That is a name"),
        (keras.Model, "That is a class"),
        (np.zeros(3), r"an array of shape \(3,\)"),
    ],
    ids=["number", "name", "class", "array"],
)
def test_what_is_no_network_is_told(explorer, network, words):
    with pytest.raises(TypeError, match=f"{explorer.__name__} takes a Backb.*{words}"):
        explorer(network)


@pytest.mark.parametrize("names", [5, "abc", {"a": 1}])
def test_class_names_are_a_list(names):
    with pytest.raises(ValueError, match="class_names is a list of names"):
        PhotoClassifier(small_network(), class_names=names)


# Files of one's own -------------------------------------------------------------------


def bomb(side):
    """A PNG that claims to be side × side pixels."""
    chunk = lambda kind, body: (
        struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
    )
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


PHOTO = np.full((40, 60, 3), (200, 120, 30), np.uint8)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is empty"),
        (b"a letter, not a photograph", "is no image that can be read here"),
        (png(PHOTO)[:60], "damaged or cut off"),
        (bomb(30_000), "far too large"),
        (bomb(50), "damaged or cut off"),
    ],
    ids=["empty", "text", "cut", "bomb", "hollow"],
)
def test_a_file_that_is_no_image_gives_a_message_and_no_traceback(
    mini, content, message
):
    made = PhotoClassifier(mini)
    panel, before = made.panel, made.state
    made.open(content, "mine.jpg")
    assert message in made.describe() and made.describe().startswith("mine.jpg")
    assert (
        message in panel._picture.value
        and is_picture(made.picture())
        and made.state == before
    )
    made.set(top=3)
    assert "snail" in made.describe()


def test_a_missing_path_gives_a_message(mini):
    made = PhotoClassifier(mini)
    made.open("no/such/cat.jpg")
    assert made.describe().startswith("cat.jpg is not there")


@pytest.mark.parametrize(
    "path, message",
    [
        ("folder", "folder is a folder: give one of the files in it"),
        ("folder/", "folder is a folder"),
        ("/dev/zero", "zero is a pipe or a device, and no file"),
        ("pipe", "pipe is a pipe or a device, and no file"),
        ("a link", "a link cannot be opened"),
        ("cat\0.jpg", "has a NUL character in it"),
        ("", "the path is empty"),
        ("  ", "the path is empty"),
        ("~nobody-of-this-name/cat.jpg", "cat.jpg cannot be opened"),
        ("x" * 5000, "cannot be opened"),
        ("essay.jpg", "essay.jpg is no image that can be read here"),
        (Path("essay.jpg"), "essay.jpg is no image that can be read here"),
    ],
)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_path_that_leads_to_no_photo_is_told_at_once(
    mini, tmp_path, monkeypatch, path, message
):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("a link").symlink_to("a link")
    Path("essay.jpg").write_text("about cats")
    made = PhotoClassifier(mini)
    before = made.state
    made.open(path)
    assert message in made.describe() and len(made.describe()) < 6000
    assert is_picture(made.picture()) and made.state == before


@pytest.mark.parametrize(
    "source", [None, 5, 1.5, True, [1, 2], {}, object(), np.zeros((4, 4, 3), "uint8")]
)
def test_what_is_neither_a_path_nor_bytes_is_told(mini, source):
    hint = "An array goes in as" if isinstance(source, np.ndarray) else "and this is"
    with pytest.raises(ValueError, match=f"opened by its path, a text.*{hint}"):
        PhotoClassifier(mini).open(source)


@pytest.mark.parametrize("name", ["", "  ", 5, b"cat", ["cat"]])
def test_a_photos_name_is_a_text(mini, name):
    with pytest.raises(ValueError, match="it must be what the photo is to be called"):
        PhotoClassifier(mini).open(png(PHOTO), name)


def test_a_name_with_odd_characters_is_written_out(mini):
    made = PhotoClassifier(mini)
    made.open(png(PHOTO), "cat\x1b[2J\udcff.png")
    assert made.state["picture"] == r"cat\x1b[2J\udcff.png"
    assert made.panel.widgets["picture"].value == made.state["picture"]


def test_a_file_that_is_too_large_is_not_read_whole(mini, tmp_path, monkeypatch):
    monkeypatch.setattr("course_utils.widgets.pictures.LARGEST_FILE", 1000)
    file = tmp_path / "large.jpg"
    file.write_bytes(bytes(1001))
    made = PhotoClassifier(mini)
    made.open(file)
    assert made.describe() == "large.jpg has more than 1 kB, which is too large here."


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM", b"II*\x00"]
    ),
)
def test_no_bytes_at_all_end_in_another_exception(rest, start):
    try:
        picture = own_photo(start + rest)
    except NotAPhoto as error:
        assert len(str(error)) > 20
    else:
        assert picture.ndim == 3 and picture.dtype == np.uint8


@pytest.mark.parametrize(
    "value",
    [
        {
            "old.png": {"content": b"", "metadata": {}},
            "mine.png": {"content": png(PHOTO), "metadata": {}},
        },
        (
            {
                "name": "mine.png",
                "content": memoryview(png(PHOTO)),
                "type": "image/png",
                "size": 1,
            },
        ),
    ],
    ids=["ipywidgets 7", "ipywidgets 8"],
)
def test_an_upload_is_read_in_both_versions_of_ipywidgets(mini, value):
    assert uploaded(value) == ("mine.png", png(PHOTO))
    made = PhotoClassifier(mini)
    made.open(uploaded(value)[1], uploaded(value)[0])
    assert (
        made.state["picture"] == "mine.png"
        and "The picture mine.png" in made.describe()
    )
    assert "mine.png" in [label for label, _ in made.panel.widgets["picture"].options]
    made.set(picture="snail")
    made.set(picture="mine.png")


def test_nothing_uploaded_is_nothing():
    assert uploaded({}) is None and uploaded(()) is None


@pytest.mark.parametrize(
    "value",
    [
        5,
        "cat.jpg",
        {"cat.jpg": {}},
        {"cat.jpg": None},
        {"cat.jpg": {"content": None}},
        {5: {"content": b"x"}},
        ({"name": "cat.jpg"},),
        ({"content": b"x"},),
        ({"name": "cat.jpg", "content": "x"},),
        (5,),
        object(),
    ],
)
def test_an_upload_that_brings_no_file_is_told_and_changes_nothing(mini, value):
    with pytest.raises(NotAPhoto, match="What was uploaded has no name and bytes"):
        uploaded(value)
    made = PhotoClassifier(mini)
    panel, before = made.panel, made.state
    made.came({"new": value})
    assert "What was uploaded" in panel._picture.value and made.state == before


def test_photos_are_turned_upright_and_made_opaque_and_not_too_large():
    grey = io.BytesIO()
    Image.new("L", (3000, 1000), 128).save(grey, "JPEG")
    assert own_photo(grey.getvalue()).shape == (341, 1024, 3)
    clear = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(clear, "PNG")
    assert (own_photo(clear.getvalue()) == 255).all()
    sideways = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    Image.new("RGB", (30, 20)).save(sideways, "JPEG", exif=exif)
    assert own_photo(sideways.getvalue()).shape == (30, 20, 3)


def test_a_picture_is_cut_to_what_the_network_takes(mini):
    assert fitted(mini, PHOTO).shape == (96, 96, 3) and fitted(mini, PHOTO).max() == 200
