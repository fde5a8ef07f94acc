"""Every number of lesson 05, from the functions its notebook calls."""

import functools

import numpy as np

from claims import claims_of
from course_utils import explain
from course_utils.backbones import applications, load_backbone
from course_utils.backbones.networks import count
from course_utils.datasets import load_photos
from course_utils.drawing import curiosities
from course_utils.startup import keras

ORANGE = np.array([[[255, 128, 0]]], "float32")
PREPARATIONS = {
    "−1…1": lambda x: x / 127.5 - 1,
    "0…1": lambda x: x / 255,
    "none": lambda x: x,
    "BGR, means": lambda x: x[..., ::-1] - np.float32([103.939, 116.779, 123.68]),
}


@functools.cache
def shelf():
    return applications().set_index("name")


@functools.cache
def mini():
    return load_backbone("mini_xception", include_top=True)


@functools.cache
def large_drawings():
    """A hundred unseen ones, five of each kind."""
    return np.stack(
        [
            curiosities.draw(kind, seed=1_000_000 + n, size=192, indoors=True)
            for kind in range(20)
            for n in range(5)
        ]
    )


def right_at(side):
    """How many of the hundred are right when they are shrunk to this size."""
    resized = np.asarray(
        keras.layers.Resizing(side, side, antialias=True)(large_drawings())
    )
    said = [mini().model(part, training=False) for part in np.split(resized, 4)]
    kinds = np.repeat(np.arange(20), 5)
    return int((np.concatenate(said).argmax(axis=1) == kinds).sum())


@functools.cache
def named_with(preparation):
    """Which of a hundred unseen drawings the network names rightly, and how sure it is
    on average.
    """
    network = mini().model
    core = keras.Model(network.get_layer("preprocessing").output, network.output)
    shrink = keras.layers.Resizing(96, 96, antialias=True)
    drawings = np.array(shrink(large_drawings()), "float32")
    probabilities = np.asarray(
        core(PREPARATIONS[preparation](drawings), training=False)
    )
    right = probabilities.argmax(axis=1) == np.repeat(np.arange(20), 5)
    return right, float(probabilities.max(axis=1).mean())


def row_of_preparations(preparation):
    """What the table says of one: right, sure, lost and won."""
    as_wanted, _ = named_with("−1…1")
    right, sure = named_with(preparation)
    lost, won = (as_wanted & ~right).sum(), (right & ~as_wanted).sum()
    return [100 * right.mean(), 100 * sure, lost, won]


def heat_on_and_beside():
    on, beside = [], []
    for number in range(30):
        image, mask = curiosities.draw_with_mask(
            number % 20, seed=1_000_100 + number, size=128, indoors=True
        )
        heat = explain.grad_cam(mini(), image, class_index=number % 20)
        on.append(heat[mask].mean())
        beside.append(heat[~mask].mean())
    return np.mean(on) / np.mean(beside)


def prepared(family):
    return np.round(
        getattr(keras.applications, family).preprocess_input(ORANGE.copy())[0, 0], 2
    ).tolist()


claim = claims_of("05_pretrained_models")

CLAIMS = [
    claim(
        "The photographs have {427×640} pixels; most networks were trained at",
        lambda: load_photos().images.shape[1:3],
    ),
    claim(
        "ResNet-50 has {102} MB; the quick run takes MobileNetV2 with {14}.",
        lambda: [shelf().megabytes[name] for name in ("resnet50", "mobilenet_v2")],
        within=0.6,
    ),
    claim(
        "The counted columns, yes, because they can be counted again.",
        lambda: count("resnet50")["parameters"] == shelf().parameters["resnet50"],
    ),
    claim(
        "EfficientNet (2019) almost reaches with {0.4 billion} multiply-adds what "
        "DenseNet-201 (2016) reaches with {4.3}.",
        lambda: [
            shelf().multiply_adds["efficientnet_b0"],
            shelf().multiply_adds["densenet201"] / 1e9,
        ],
    ),
    claim(
        "Three formulas, from three schools",
        lambda: (
            np.allclose(prepared("xception"), [1, 0, -1], atol=0.01)
            and np.allclose(prepared("densenet"), [2.25, 0.2, -1.8], atol=0.011)
            and np.allclose(prepared("resnet50"), [-103.94, 11.22, 131.32], atol=0.01)
        ),
    ),
    claim(
        "among its {1,000} classes honeycomb is far ahead",
        lambda: load_backbone(
            "mobilenet_v2", include_top=True, trained=False
        ).model.output_shape[-1],
    ),
    claim(
        "right (%) sure of it (%) lost won −1…1 {90} {74} {0} {0} "
        "0…1 {85} {64} {7} {2} none {6} {99} {84} {0} BGR, means {11} {98} {79} {0}",
        lambda: [row_of_preparations(preparation) for preparation in PREPARATIONS],
        within=3,
    ),
    claim(
        "fewer than a tenth of the answers are right",
        lambda: named_with("none")[0].mean() < 0.1,
    ),
    claim("At 96 pixels it named about nine in ten.", lambda: 85 <= right_at(96) <= 95),
    claim(
        "About a third. Its filters look for parts of a certain size",
        lambda: 25 < right_at(192) < 45,
    ),
    claim(
        "hotter on the thing than beside it",
        lambda: bool(1.5 < heat_on_and_beside() < 6),
    ),
]
