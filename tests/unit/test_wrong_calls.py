"""Wrong calls, as students make them: each is answered with what came and what was
expected, at once, and never with a page of TensorFlow's graph.
"""

import time

import numpy as np
import pytest

from course_utils import architectures, arithmetic, backbones, boxes, plots, transfer
from course_utils.datasets import load_image_folder
from course_utils.explain import filters, grad_cam
from course_utils.startup import keras
from course_utils.training import fit, memory_preflight
from course_utils.transfer import classifier as classifier_of

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
    "a name for a model": (
        lambda: fit("vgg16", ([], [])),
        "fit takes a compiled keras.Model, and this is 'vgg16'. That is a name",
    ),
    "not compiled": (
        lambda: fit(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), ()),
        "is not compiled",
    ),
    "channels in a grid of numbers": (
        lambda: plots.pooling_steps(PHOTO),
        r"\(40, 60, 3\): take one channel",
    ),
    "more numbers than can be read": (
        lambda: plots.pooling_steps(np.zeros((200, 300))),
        "200×300 of them: take a corner",
    ),
    "images too large for dense layers": (
        lambda: architectures.build("vgg16", input_shape=(11_200, 11_200, 3)),
        r"11200×11200×3 .* has 256,\d{3},\d{3},\d{3} parameters: they need 1.03 TB of "
        "memory.*Its own images are 224×224×3; include_top=False",
    ),
    "classes without end": (
        lambda: architectures.build("resnet34", classes=10**12),
        "with 1,000,000,000,000 classes",
    ),
    "a head on a head": (
        lambda: classifier_of(classifier(), 8, 3),
        r"small gives \(None, 3\)...*include_top=False",
    ),
    "photos of another size": (
        lambda: classifier_of(maps_of(8), 96, 3),
        "takes images of 8×8×3, and the photos are to be 96×96×3",
    ),
}


def maps_of(size):
    image = keras.Input((size, size, 3))
    return keras.Model(image, keras.layers.Conv2D(2, 3)(image), name="to_maps")


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


def test_a_backbone_is_as_good_as_its_model():
    backbone = backbones.load_backbone("mini_xception", trained=False)
    model = transfer.classifier(backbone, 32, 3)
    assert model.output_shape == (None, 3)
    assert transfer.feature_extractor(backbone).output_shape == (None, 320)
    assert transfer.tuned_from(backbone) == transfer.tuned_from(backbone.model)
    transfer.unfreeze_from(backbone, transfer.tuned_from(backbone))
    assert not backbone.model.layers[1].trainable
    assert filters(backbone).shape == filters(backbone.model).shape
    shape = (32, 32, 3)
    cost = arithmetic.model_cost(backbone, input_shape=shape)
    assert cost == arithmetic.model_cost(backbone.model, input_shape=shape)
    assert memory_preflight(backbone, 1, free=10**10, input_shape=shape).free == 10**10
    other = backbones.load_backbone("mini_xception", trained=False)
    architectures.copy_weights(backbone, other)
    pairs = zip(backbone.model.weights, other.model.weights, strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_right_calls_still_work():
    assert trained().history
    assert arithmetic.conv2d_cost((3, 3, 512), 8, 3).output_shape == (1, 1, 8)
    assert arithmetic.conv2d_cost((7, 7, 7), 8, 3).output_shape == (5, 5, 8)
    assert arithmetic.dense_cost(8, 3, use_bias=np.False_).parameters == 24
    assert plots.image_grid([PHOTO, PHOTO / 255.0]).axes
    assert plots.image_grid(np.zeros((2, 8, 8))).axes
    assert grad_cam(classifier(), np.zeros((8, 8, 3)), np.int64(1)).shape == (8, 8)
