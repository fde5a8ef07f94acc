"""Five hundred wrong calls, made by a rule: a right call of a public function, with one
of its arguments put wrong.  Each works all the same, or is refused in words, at once,
by the course itself or in a sentence of Keras that quotes what came.
"""

import inspect
import random
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot

import course_utils
from course_utils import (
    architectures,
    arithmetic,
    backbones,
    boxes,
    checks,
    datasets,
    detection,
    explain,
    invariance,
    layers,
    plots,
    segmentation,
    session,
    training,
    transfer,
    uncertainty,
    widgets,
)
from course_utils.graph import shapes_only
from course_utils.startup import keras
from course_utils.your_turn import reply

COUNT = 500
SECONDS = 2
# Files that are not there, and memory that is not, have errors of their own.
REFUSALS = (ValueError, TypeError, FileNotFoundError, NotADirectoryError, MemoryError)
PACKAGE = Path(course_utils.__file__).parent
KERAS = Path(keras.__file__).parent
# What TensorFlow, Keras and NumPy say in the place of a reason.
INNARDS = (
    "Graph execution",
    "tensorflow",
    "tf.",
    "{{node",
    "KerasTensor",
    "ufunc",
    "setting an array element",
    "could not be broadcast",
    "object is not",
    "unhashable",
)


def small(classes=3, compiled=True):
    image = x = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 3, name="maps")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(image, x, name="small")
    if compiled:
        model.compile(loss="sparse_categorical_crossentropy")
    return model


def to_maps():
    image = keras.Input((8, 8, 3))
    return keras.Model(image, keras.layers.Conv2D(2, 3)(image), name="to_maps")


MODEL, MAPS = small(), to_maps()
BACKBONE = backbones.load_backbone(
    "mini_xception", include_top=True, trained=False, input_shape=(32, 32, 3)
)
PHOTO = np.full((8, 8, 3), 128, "uint8")
GREY = np.arange(36.0).reshape(6, 6)
BOXES = np.array([[0.1, 0.1, 0.5, 0.5], [0.2, 0.2, 0.7, 0.8]])
MASK = np.eye(6, dtype=int)
TRUE = [{"boxes": BOXES, "labels": [0, 1], "image_shape": (8, 8)}]
FOUND = [{"boxes": BOXES, "labels": [0, 1], "scores": [0.9, 0.8]}]
X, Y = np.zeros((4, 8, 8, 3), "float32"), np.array([0, 1, 2, 1])
MATRIX = np.array([[4, 1], [2, 3]])


def layer(kind, shape=(1, 8, 8, 4)):
    """A layer, made and called on symbols, as Keras does while a model is built."""

    def made(**arguments):
        with shapes_only():
            return kind(**arguments)(keras.KerasTensor(shape))

    made.__name__ = kind.__name__
    return made


def explorer(kind):
    def moved(**state):
        return kind().set(**state)

    moved.__name__ = f"{kind.__name__}.set"
    return moved


def right_calls():
    """Each public function with arguments that are right."""
    yield arithmetic.conv_output_size, dict(size=8, kernel=3, stride=1, padding="valid")
    yield arithmetic.pool_output_size, dict(size=8, pool_size=2, stride=2)
    yield (
        arithmetic.conv_transpose_output_size,
        dict(size=8, kernel=3, stride=2, padding="same", output_padding=1),
    )
    yield arithmetic.same_padding, dict(size=8, kernel=3, stride=1, dilation=1)
    yield (
        arithmetic.conv2d_cost,
        dict(input_shape=(8, 8, 3), filters=4, kernel_size=3, strides=1),
    )
    yield arithmetic.dense_cost, dict(inputs=8, units=3, use_bias=True)
    yield arithmetic.receptive_field, dict(layers=[(3, 1), (3, 2)])
    yield arithmetic.model_cost, dict(model=MODEL, batch_size=1, training=False)
    yield (arithmetic.model_cost, dict(model=MAPS, batch_size=2, input_shape=(8, 8, 3)))
    yield layer(layers.DepthPool), dict(pool_size=2)
    yield layer(layers.BlurPool), dict(strides=2)
    yield layer(layers.ResidualUnit), dict(filters=4, strides=1, activation="relu")
    yield layer(layers.BottleneckUnit), dict(filters=2, strides=1, groups=1)
    yield layer(layers.SqueezeExcite), dict(ratio=2)
    yield layer(layers.LocalResponseNormalization), dict(depth_radius=2, bias=1.0)
    kernels = np.ones((3, 3, 3, 2))
    yield (
        layers.conv2d_numpy,
        dict(image=PHOTO, kernels=kernels, bias=np.zeros(2), strides=1),
    )
    yield (
        layers.conv_transpose_numpy,
        dict(image=np.ones((3, 3, 2)), kernels=np.ones((2, 2, 3, 2)), strides=2),
    )
    yield (
        architectures.build,
        dict(name="lenet5", input_shape=(28, 28, 1), classes=10, include_top=True),
    )
    yield architectures.copy_weights, dict(source=MODEL, target=small())
    yield (
        backbones.load_backbone,
        dict(
            name="mini_xception",
            include_top=False,
            source="embedded",
            input_shape=(32, 32, 3),
            trained=False,
        ),
    )
    yield BACKBONE.resize, dict(images=PHOTO)
    yield BACKBONE.check, dict(images=PHOTO)
    yield BACKBONE.decode, dict(probabilities=np.full((1, 20), 0.05), top=3)
    yield datasets.load_image_folder, dict(path=".", splits=(0.7, 0.2, 0.1), seed=42)
    yield datasets.load_masks_folder, dict(path=".", splits=(0.7, 0.2, 0.1), seed=42)
    yield datasets.load_boxes_folder, dict(path=".", format="coco", seed=42)
    yield boxes.iou, dict(a=BOXES, b=BOXES)
    yield boxes.convert, dict(boxes=BOXES, source="yxyx", target="xywh")
    yield boxes.validate, dict(boxes=BOXES, format="yxyx", image_shape=(8, 8))
    yield boxes.box_of_mask, dict(mask=MASK)
    yield (
        detection.non_max_suppression,
        dict(
            boxes=BOXES,
            scores=[0.9, 0.8],
            iou_threshold=0.5,
            labels=[0, 1],
            max_boxes=5,
        ),
    )
    yield detection.average_precision, dict(true=TRUE, predicted=FOUND)
    yield detection.evaluate, dict(true=TRUE, predicted=FOUND, class_names=["a", "b"])
    yield segmentation.confusion_matrix, dict(true=MASK, predicted=MASK, classes=2)
    yield segmentation.mean_iou, dict(matrix=MATRIX, background=True)
    yield segmentation.dice, dict(matrix=MATRIX, background=False)
    yield segmentation.boundary_iou, dict(true=MASK, predicted=MASK, width=2)
    yield training.memory_preflight, dict(model=MODEL, batch_size=2, free=10**9)
    yield training.one_cycle, dict(peak=0.1, steps=100, warmup=0.25, start=0.0)
    yield training.gradient_norms, dict(model=MODEL, x=X, y=Y, relative=False)
    yield training.plot_history, dict(histories=training.History({"loss": [2.0, 1.0]}))
    yield explain.filters, dict(model=MODEL, layer="maps")
    yield explain.feature_maps, dict(model=MODEL, image=X[0], layer="maps")
    yield explain.grad_cam, dict(model=MODEL, image=X[0], class_index=1, layer="maps")
    yield invariance.pool2d, dict(image=GREY, window=2, stride=2, how="max")
    yield invariance.moved, dict(image=GREY, right=1)
    yield invariance.share_unchanged, dict(before=GREY, after=GREY, tolerance=0.1)
    yield uncertainty.accuracy_interval, dict(correct=8, total=10, confidence=0.95)
    yield uncertainty.mean_interval, dict(values=[0.8, 0.9, 0.7], confidence=0.95)
    yield uncertainty.paired_difference, dict(first=[0.8, 0.9], second=[0.7, 0.6])
    yield transfer.classifier, dict(backbone=MAPS, size=8, classes=3)
    yield transfer.feature_extractor, dict(backbone=MAPS)
    yield transfer.tuned_from, dict(model=MODEL)
    yield transfer.unfreeze_from, dict(model=small(), start="maps", batch_norm=False)
    yield plots.image_grid, dict(images=[PHOTO, PHOTO], titles=["a", "b"], columns=2)
    yield plots.pooling_steps, dict(image=GREY, window=2, stride=2, how="max")
    yield plots.boxes_on_photos, dict(images=[PHOTO], true=[BOXES[0]])
    yield session.begin, dict(name=None, effort="quick", data="embedded")
    yield checks.whole_number, dict(value=3, name="it")
    yield reply, dict(typed=3, answer=3, mistakes={4: "one too many"}, within=0.0)
    yield explorer(widgets.PoolingExplorer), dict(window=2, stride=2)
    yield explorer(widgets.PaddingExplorer), dict(size=8, kernel=3)


WRONG = (
    None,
    -1,
    0,
    1.5,
    True,
    10**9,
    float("nan"),
    float("inf"),
    "",
    "no such thing",
    "3",
    b"bytes",
    [],
    {},
    (3,),
    (1, 2, 3, 4, 5),
    [None],
    ["a", "b"],
    np.array(np.nan),
    np.zeros((0, 4)),
    np.zeros((2, 3, 4, 5, 6)),
    np.full((8, 8, 3), np.nan),
    np.array(["a", "b"]),
    object(),
    len,
    MODEL,
    BACKBONE,
)


def calls():
    """(function, its arguments, which of them is wrong): all that the rule gives."""
    for function, arguments in right_calls():
        for name in arguments:
            for wrong in WRONG:
                yield function, arguments | {name: wrong}, name


def fault(function, arguments, name=None):
    """What is wrong with what a call does; None if nothing is.

    name : of the argument that is wrong.
    """
    begun = time.process_time()
    try:
        positional = "histories" in arguments
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if positional:
                function(*arguments.values())
            else:
                function(**arguments)
    except REFUSALS as error:
        said = str(error)
        last = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        quotes = KERAS in last.parents and str(arguments[name])[:40] in said
        if PACKAGE not in last.parents and not quotes:
            return f"refused by {last.name}, and not by us: {said[:200]}"
        if len(said) > 600 or any(words in said for words in INNARDS):
            return f"not in words for a learner: {said[:200]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        pyplot.close("all")
    spent = time.process_time() - begun
    return f"it took {spent:.1f} seconds" if spent > SECONDS else None


def shown(function, arguments, name):
    value = arguments[name]
    value = checks.shortly(value)
    return f"{function.__name__}({name}={value})"


def test_every_right_call_works():
    for function, arguments in right_calls():
        if "path" not in arguments:
            assert fault(function, arguments) is None, function.__name__
            parameters = inspect.signature(function).parameters
            assert (
                set(arguments) <= set(parameters)
                or "arguments" in parameters
                or ("state" in parameters or "options" in parameters)
            )


@pytest.fixture
def little_memory():
    """A call that would fill the machine fails instead."""
    try:
        import resource
    except ImportError:  # Windows knows no such limits
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (8 * 10**9, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)


def test_500_wrong_calls_work_or_are_refused_in_words_and_at_once(
    tmp_path, monkeypatch, capsys, little_memory
):
    monkeypatch.chdir(tmp_path)  # an empty folder, for what reads folders
    chosen = random.Random(17).sample(list(calls()), COUNT)
    found = [
        f"{shown(*call)}: {problem}" for call in chosen if (problem := fault(*call))
    ]
    assert not found, "\n".join(found)


def test_the_rule_sees_what_is_no_answer():
    def slow():
        while time.process_time() < begun + SECONDS + 0.1:
            pass

    begun = time.process_time()
    assert fault(slow, {}) == f"it took {SECONDS + 0.1:.1f} seconds"
    assert fault(lambda: 1 / 0, {}).startswith("ZeroDivisionError")
    assert "not by us" in fault(lambda: int("x"), {})
    assert fault(boxes.validate, {"boxes": [[2, 2, 1, 1]]}) is None
