"""Wrong calls, as students make them: each is answered with what came and what was
expected, at once, and never with a page of TensorFlow's graph.
"""

import time

import numpy as np
import pytest

from course_utils import arithmetic, boxes, plots
from course_utils.datasets import load_image_folder
from course_utils.explain import grad_cam
from course_utils.startup import keras
from course_utils.training import fit

PHOTO = np.zeros((40, 60, 3), "uint8")
MASK = np.full((4, 4), np.nan)


def classifier(classes=3):
    image = x = keras.Input((8, 8, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 3)(x))
    x = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(image, x, name="small")
    model.compile(loss="sparse_categorical_crossentropy")
    return model


def trained(labels=(0, 1, 2, 1), **options):
    x = np.zeros((4, 8, 8, 3), "float32")
    return fit(classifier(), (x, np.array(labels)), verbose=0, **options)


WRONG = {
    "channels first": (
        lambda: arithmetic.conv2d_cost((3, 224, 224), 8, 3),
        r"\(3, 224, 224\).*Are the channels first",
    ),
    "a text for False": (
        lambda: arithmetic.conv2d_cost((32, 32, 3), 8, 3, use_bias="False"),
        "use_bias is 'False'.*Leave the quotes out",
    ),
    "a number for True": (
        lambda: arithmetic.dense_cost(8, 3, use_bias=2),
        "use_bias is 2",
    ),
    "training as text": (
        lambda: arithmetic.model_cost(classifier(), training="no"),
        "training is 'no'",
    ),
    "no list of layers": (
        lambda: arithmetic.receptive_field(3),
        r"a list of layers.*and got 3",
    ),
    "a name for a stack": (
        lambda: arithmetic.receptive_field("vgg16"),
        "and got 'vgg16'",
    ),
    "one photo for several": (
        lambda: plots.image_grid(PHOTO),
        r"one image of shape \(40, 60, 3\).*list",
    ),
    "floats up to 255": (
        lambda: plots.image_grid([PHOTO.astype("float32") + 200]),
        "reaches 200.*Divide by 255",
    ),
    "boxes in pixels": (
        lambda: plots.boxes_on_photos([PHOTO], true=[[4, 5, 20, 30]]),
        r"\(4, 5, 20, 30\).*are these pixels",
    ),
    "a model for its history": (
        lambda: plots.plot_history(classifier()),
        "got Functional.*not the model",
    ),
    "a list for a history": (lambda: plots.plot_history([1, 2]), "got list"),
    "NaN in a mask": (lambda: boxes.box_of_mask(MASK), "holds NaN"),
    "an empty path": (lambda: load_image_folder(""), "path is empty"),
    "splits as text": (lambda: load_image_folder(".", splits="abc"), "splits is 'abc'"),
    "a class by its name": (
        lambda: grad_cam(classifier(), np.zeros((8, 8, 3)), "daisy"),
        r"names.index\('daisy'\)",
    ),
    "half a class": (
        lambda: grad_cam(classifier(), np.zeros((8, 8, 3)), 1.5),
        "class_index is 1.5",
    ),
    "labels from 1": (
        lambda: trained((1, 2, 3, 3)),
        "from 1 to 3.*0 to 2.*begin with 1",
    ),
    "a label of -1": (lambda: trained((0, -1, 1, 2)), "labels from -1 to 2"),
    "no batch": (lambda: trained(batch_size=0), "batch_size is 0"),
    "half an epoch": (lambda: trained(epochs=1.5), "epochs is 1.5"),
}


@pytest.fixture(scope="module", autouse=True)
def started():
    """What the first call of each kind imports is not counted."""
    grad_cam(classifier(), np.zeros((8, 8, 3), "float32"))


@pytest.mark.parametrize("call", WRONG)
def test_a_wrong_call_is_answered_with_what_was_wrong(call):
    function, words = WRONG[call]
    begun = time.process_time()
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        function()
    assert time.process_time() - begun < 2
    said = str(caught.value)
    assert len(said) < 500 and "Graph" not in said and "tensorflow" not in said.lower()


def test_right_calls_still_work():
    assert trained().history
    assert arithmetic.conv2d_cost((3, 3, 512), 8, 3).output_shape == (1, 1, 8)
    assert arithmetic.conv2d_cost((7, 7, 7), 8, 3).output_shape == (5, 5, 8)
    assert arithmetic.dense_cost(8, 3, use_bias=np.False_).parameters == 24
    assert plots.image_grid([PHOTO, PHOTO / 255.0]).axes
    assert plots.image_grid(np.zeros((2, 8, 8))).axes
    assert grad_cam(classifier(), np.zeros((8, 8, 3)), np.int64(1)).shape == (8, 8)
