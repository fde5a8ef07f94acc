"""Where photographs and weights of ImageNet lie in the caches, a lesson uses them.

CI has neither.  So a `tf_flowers` of drawn discs is written as TFDS keeps its data, and
a MobileNetV2 of random weights as Keras keeps its own: names, shapes, dtypes and the
choice of the backbone can break; what is learned cannot be judged, so bands are off.
"""

import h5py
import nbformat
import numpy as np
import pytest

from course_utils.backbones import load_backbone, weights
from course_utils.backbones.networks import find_network
from course_utils.datasets import flowers
from course_utils.startup import keras
from tools import _worlds, lessons, rehearse

PHOTOS = 400
NAMES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")
FEW_PHOTOS = f"""
from course_utils.datasets import flowers
flowers.PHOTOS = {PHOTOS}
"""
WHO = """
print("rehearsal: data", data.name, data.source, len(train_labels))
print("rehearsal: backbone", backbone.name, backbone.source)
print("rehearsal: of own photos", my_backbone.name, my_backbone.source)
first = backbone.model.get_layer("Conv1").get_weights()[0]
print(f"rehearsal: weights {abs(first).sum():.3f}")
"""


def disc(number):
    """A disc on a plain ground; sizes and colours differ."""
    random = np.random.default_rng(number)
    height, width = random.integers(90, 160, 2)
    y, x = np.mgrid[:height, :width]
    inside = (y - height / 2) ** 2 + (x - width / 2) ** 2 < random.integers(20, 40) ** 2
    photo = np.empty((height, width, 3), np.uint8)
    photo[:] = random.integers(0, 256, 3)
    photo[inside] = random.integers(0, 256, 3)
    return photo


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A TFDS folder with a tf_flowers of discs."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    def examples():
        for number in range(PHOTOS):
            yield {"image": disc(number), "label": number % 5}

    folder = tmp_path_factory.mktemp("tfds")
    signature = {
        "image": tf.TensorSpec((None, None, 3), tf.uint8),
        "label": tf.TensorSpec((), tf.int64),
    }
    features = {
        "image": tfds.features.Image(),
        "label": tfds.features.ClassLabel(names=list(NAMES)),
    }
    tfds.dataset_builders.store_as_tfds_dataset(
        name="tf_flowers",
        version=flowers.VERSION,
        data_dir=folder,
        features=tfds.features.FeaturesDict(features),
        split_datasets={
            "train": tf.data.Dataset.from_generator(
                examples, output_signature=signature
            )
        },
    )
    return folder


@pytest.fixture(scope="module")
def keras_home(tmp_path_factory):
    """A Keras cache with MobileNetV2 of random weights, and the sum of its first."""
    keras.utils.set_random_seed(3)
    model = load_backbone("mobilenet_v2", trained=False).model
    home = tmp_path_factory.mktemp("keras")
    name, _, _ = find_network("mobilenet_v2").files[False]
    (home / "models").mkdir()
    with h5py.File(home / "models" / name, "w") as file:
        layers = weights.layers_with_weights(model)
        file.attrs["layer_names"] = [layer.name for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            arrays = layer.get_weights()
            names = [f"{layer.name}/{number}:0" for number in range(len(arrays))]
            group.attrs["weight_names"] = names
            for where, array in zip(names, arrays, strict=True):
                group[where] = array
    return home, abs(model.get_layer("Conv1").get_weights()[0]).sum()


@pytest.mark.slow
def test_lesson_06_uses_the_photographs_and_the_network_that_lie_in_the_caches(
    photographs, keras_home
):
    home, first = keras_home
    [path] = lessons(["06"])
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(WHO))
    run = _worlds.run(
        path,
        {
            "COURSE_DATA": "cached",
            "COURSE_EFFORT": "quick",
            "KERAS_HOME": str(home),
            "TFDS_DATA_DIR": str(photographs),
            "CUDA_VISIBLE_DEVICES": "-1",
        },
        first=rehearse.BEFORE + FEW_PHOTOS,
        bands=False,
        notebook=notebook,
    )
    assert run.errors == []
    assert run.said == [
        "rehearsal: data tf_flowers cache 200",
        "rehearsal: backbone mobilenet_v2 cache",
        "rehearsal: of own photos mobilenet_v2 cache",
        f"rehearsal: weights {first:.3f}",
    ]
