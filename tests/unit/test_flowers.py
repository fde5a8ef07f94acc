"""The flowers: real where they can be had, else the garden; whole or not at all; in the
splits of the chapter.
"""

import shutil
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from course_utils import sources
from course_utils.datasets import (
    NoSource,
    flowers,
    load_flowers,
    tfds_folder,
    tfds_source,
)
from course_utils.datasets.garden import CLASS_NAMES
from course_utils.datasets.photo_set import crop_and_resize
from course_utils.sources import cache, network
from course_utils.startup import keras

PHOTOS = 40  # in the made-up tf_flowers
FEW = 20  # in the test's garden


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """A TFDS folder with a tf_flowers of 40 photos: number n is 20 + n pixels wide, all
    its pixels n, class n mod 5.
    """
    import tensorflow as tf
    import tensorflow_datasets as tfds

    folder = tmp_path_factory.mktemp("made_up")

    def examples():
        for n in range(PHOTOS):
            yield {"image": np.full((24, 20 + n, 3), n, np.uint8), "label": n % 5}

    signature = {
        "image": tf.TensorSpec((24, None, 3), tf.uint8),
        "label": tf.TensorSpec((), tf.int64),
    }
    tfds.dataset_builders.store_as_tfds_dataset(
        name="tf_flowers",
        version=flowers.VERSION,
        data_dir=folder,
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(encoding_format="png"),
                "label": tfds.features.ClassLabel(names=list(CLASS_NAMES)),
            }
        ),
        split_datasets={
            "train": tf.data.Dataset.from_generator(
                examples, output_signature=signature
            )
        },
    )
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty TFDS folder and Keras home, data mode "auto", no network, and a garden
    of 20 photos.
    """
    import tensorflow_datasets as tfds

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("COURSE_DATA", "auto")
    monkeypatch.setattr(cache, "_scratch", None)
    monkeypatch.setattr(flowers, "PHOTOS", PHOTOS)
    monkeypatch.setattr(
        tfds.builder_cls("garden"), "COUNTS", {"flowers": FEW, "scenes": 3}
    )
    asked = []

    def no_network(url):
        asked.append(url)
        raise sources.Unavailable("no connection")

    monkeypatch.setattr(sources, "require_network", no_network)
    network.forget_failures()
    # 20 photos are drawn before the two processes of a whole garden have started
    with joblib.parallel_config(backend="sequential"):
        yield SimpleNamespace(folder=tmp_path / "tfds", asked=asked)


@pytest.fixture
def filled(home, made_up):
    """The made-up tf_flowers where TFDS keeps its data; the folder of its version."""
    shutil.copytree(made_up / "tf_flowers", home.folder / "tf_flowers")
    return home.folder / "tf_flowers" / flowers.VERSION


def stderr_of(capsys):
    """What was told, without the progress of the drawing, in one line."""
    lines = capsys.readouterr().err.splitlines()
    return " ".join(
        " ".join(line for line in lines if not line.startswith("Drawing")).split()
    )


def numbers(split):
    """Which photos of the made-up data a split holds, in their order."""
    return [int(image[0, 0, 0]) for image, _ in split.as_numpy_iterator()]


def test_the_real_photos_are_used_where_tfds_has_them(filled, home, capsys):
    data = load_flowers()
    assert (data.name, data.source) == ("tf_flowers", "cache") and not home.asked
    assert data.class_names == ("dandelion", "daisy", "tulips", "sunflowers", "roses")
    assert data.info.splits["train"].num_examples == PHOTOS
    for image, label in data.train.as_numpy_iterator():
        n = int(image[0, 0, 0])
        assert (
            image.shape == (24, 20 + n, 3)
            and image.dtype == np.uint8
            and label == n % 5
        )
    assert stderr_of(capsys) == ""


def test_the_splits_are_a_tenth_the_next_fifteen_percent_and_the_rest(filled):
    import tensorflow_datasets as tfds

    data = load_flowers()
    assert data.counts == {"train": 30, "valid": 6, "test": 4}
    stored = [
        int(example["image"][0, 0, 0])
        for example in tfds.builder_from_directory(filled).as_dataset(split="train")
    ]
    assert [numbers(data.test), numbers(data.valid), numbers(data.train)] == [
        stored[:4],
        stored[4:10],
        stored[10:],
    ]


def test_the_description_says_source_counts_and_classes(filled):
    words = repr(load_flowers())
    for part in ("source: cache", "30 training", "6 validation", "4 test", "dandelion"):
        assert part in words


def test_with_a_size_all_photos_are_squares_of_bytes(filled):
    images, labels = next(load_flowers(size=16).train.batch(30).as_numpy_iterator())
    assert images.shape == (30, 16, 16, 3) and images.dtype == np.uint8
    assert [int(image[5, 5, 0]) % 5 for image in images] == labels.tolist()


def test_without_cache_and_network_the_garden_grows_and_says_so(home, capsys):
    data = load_flowers()
    assert (data.name, data.source) == ("The drawn garden", "embedded")
    assert data.class_names == CLASS_NAMES and sum(data.counts.values()) == FEW
    image, label = next(data.test.as_numpy_iterator())
    assert image.shape[2] == 3 and 0 <= label < 5
    words = stderr_of(capsys)
    assert "a garden drawn by the course in place of tf_flowers" in words
    assert "not comparable with published ones" in words and home.asked == [flowers.URL]
    assert "not comparable" in data.line


def test_embedded_means_the_garden_even_where_the_real_photos_are(filled, home, capsys):
    assert load_flowers("embedded").source == "embedded"
    assert stderr_of(capsys) == "" and not home.asked


def test_cached_means_the_real_photos_or_an_error(home):
    with pytest.raises(NoSource, match="not in the folder of TensorFlow Datasets"):
        load_flowers("cached")
    assert not home.asked


def test_an_unknown_source_and_a_bad_size_are_refused():
    with pytest.raises(ValueError, match="'auto', 'cached', 'embedded'"):
        load_flowers("web")
    with pytest.raises(ValueError, match="side of a square in pixels"):
        load_flowers(size=(96, 96))


def shard(folder):
    return next(folder.glob("*.tfrecord*"))


def cut(folder):
    file = shard(folder)
    file.write_bytes(file.read_bytes()[:-100])


def wrong_json(folder):
    (folder / "dataset_info.json").write_text("{")


DAMAGE = {
    "cut": (cut, "bytes of photos where"),
    "a missing shard": (
        lambda folder: shard(folder).unlink(),
        "lacks tf_flowers-train.tfrecord",
    ),
    "half a description": (wrong_json, "cannot be read as a TFDS data set"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_broken_photos_are_named_set_aside_and_never_used(filled, capsys, name):
    damage, words = DAMAGE[name]
    damage(filled)
    assert load_flowers().source == "embedded"
    message = stderr_of(capsys)
    assert (
        words in message
        and "tf_flowers/3.0.1" in message
        and "3.0.1.broken-1" in message
        and "its copy in the cache is broken" in message
    )
    assert not filled.exists() and filled.with_name("3.0.1.broken-1").exists()
    with pytest.raises(NoSource, match="not in the folder"):
        load_flowers("cached")


def test_another_data_set_under_the_name_is_not_used(filled, capsys, monkeypatch):
    monkeypatch.setattr(flowers, "PHOTOS", 3670)
    with pytest.raises(NoSource, match="holds 40 photos where 3,670 were expected"):
        load_flowers("cached")


def test_a_broken_garden_is_drawn_again(home, capsys):
    load_flowers("embedded")
    cut(home.folder / "garden" / "flowers" / "2.0.0")
    data = load_flowers("embedded")
    assert len(list(data.train)) == data.counts["train"] == 15
    assert "flowers/2.0.0 holds" in stderr_of(capsys)
    load_flowers("embedded")
    assert stderr_of(capsys) == ""


def test_where_the_tfds_folder_cannot_be_written_the_garden_grows_elsewhere(
    tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file" / "below"))
    assert sum(load_flowers("embedded").counts.values()) == FEW


def pretend(monkeypatch, prepare):
    """A TFDS that has a network: its builder of tf_flowers prepares with `prepare`."""
    real = tfds_folder.tfds()
    monkeypatch.setattr(sources, "require_network", lambda url: None)

    def builder(name, version, data_dir):
        assert (name, version) == ("tf_flowers", "3.0.1")
        return SimpleNamespace(download_and_prepare=prepare)

    def tfds():
        return SimpleNamespace(
            builder=builder,
            builder_from_directory=real.builder_from_directory,
            decode=real.decode,
            ReadConfig=real.ReadConfig,
        )

    monkeypatch.setattr(flowers, "tfds", tfds)
    monkeypatch.setattr(tfds_source, "tfds", tfds)
    monkeypatch.setattr(tfds_folder, "tfds", tfds)


def test_the_photos_are_downloaded_once(home, made_up, monkeypatch, capsys):
    def prepare():
        print("Generating into", home.folder)
        shutil.copytree(
            made_up / "tf_flowers", home.folder / "tf_flowers", dirs_exist_ok=True
        )

    pretend(monkeypatch, prepare)
    data = load_flowers()
    assert data.source == "download" and data.counts["train"] == 30
    assert str(home.folder) not in capsys.readouterr().out
    assert load_flowers().source == "cache"


def test_a_download_that_fails_leads_to_the_garden_with_the_reason(
    home, monkeypatch, capsys
):
    def prepare():
        raise OSError("wrong checksum\nand a long story")

    pretend(monkeypatch, prepare)
    assert load_flowers().source == "embedded"
    words = stderr_of(capsys)
    assert "OSError: wrong checksum" in words and "long story" not in words


def test_a_download_that_brings_something_else_is_not_used(
    home, made_up, monkeypatch, capsys
):
    def prepare():
        shutil.copytree(
            made_up / "tf_flowers", home.folder / "tf_flowers", dirs_exist_ok=True
        )
        cut(home.folder / "tf_flowers" / "3.0.1")

    pretend(monkeypatch, prepare)
    assert load_flowers().source == "embedded"
    assert "3.0.1.broken-1" in stderr_of(capsys)


# Cropping and resizing ----------------------------------------------------------------


@pytest.mark.parametrize("shape", [(240, 300), (300, 180), (224, 224), (225, 226)])
def test_crop_and_resize_is_what_keras_does(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    layer = keras.layers.Resizing(224, 224, crop_to_aspect_ratio=True)
    ours, theirs = (
        crop_and_resize(image, 224).numpy().astype(int),
        layer(image[None].astype("float32"))[0].numpy(),
    )
    if (max(shape) - min(shape)) % 2 == 0:  # else the middle lies between two pixels
        assert np.abs(ours - theirs).max() <= 0.51


def test_a_much_larger_photo_is_averaged_and_not_sampled():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.abs(crop_and_resize(stripes, 100).numpy().astype(int) - 100).max() <= 1


def test_white_stays_white_and_black_black():
    for value in (0, 255):
        for side in (50, 96, 300):
            assert (
                crop_and_resize(
                    np.full((side, side + 9, 3), value, np.uint8), 96
                ).numpy()
                == value
            ).all()
