"""Every number of lesson 05, from the functions its notebook calls."""

import functools

import numpy as np

from claims import Claim
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
def said_with(preparation):
    """Share of right answers to a hundred unseen drawings, and how sure of them the
    network is.
    """
    network = mini().model
    core = keras.Model(network.get_layer("preprocessing").output, network.output)
    drawings = np.stack(
        [
            curiosities.draw(kind, seed=1_000_000 + n)
            for kind in range(20)
            for n in range(5)
        ]
    )
    said = np.asarray(
        core(PREPARATIONS[preparation](drawings.astype("float32")), training=False)
    )
    return float(np.mean(said.argmax(axis=1) == np.repeat(np.arange(20), 5))), float(
        said.max(axis=1).mean()
    )


def heat_on_and_beside():
    on, beside = [], []
    for number in range(30):
        image, mask = curiosities.draw_with_mask(
            number % 20, seed=1_000_100 + number, size=128
        )
        heat = explain.grad_cam(mini(), image, class_index=number % 20)
        on.append(heat[mask].mean())
        beside.append(heat[~mask].mean())
    return np.mean(on) / np.mean(beside)


def cropped():
    crop = keras.layers.Resizing(224, 224, crop_to_aspect_ratio=True)
    return tuple(crop(load_photos().images).shape)


def prepared(family):
    return np.round(
        getattr(keras.applications, family).preprocess_input(ORANGE.copy())[0, 0], 2
    ).tolist()


def layer_56():
    with keras.StatelessScope(initialize_variables=False):
        return (
            keras.applications.Xception(include_top=False, weights=None).layers[56].name
        )


CLAIMS = [
    Claim(
        "05",
        "the photographs are (2, 427, 640, 3)",
        (2, 427, 640, 3),
        lambda: load_photos().images.shape,
    ),
    Claim(
        "05", "cropped and resized they are (2, 224, 224, 3)", (2, 224, 224, 3), cropped
    ),
    Claim(
        "05",
        "MobileNetV2's weights take 14 MB",
        14,
        lambda: round(shelf().megabytes["mobilenet_v2"]),
    ),
    Claim(
        "05",
        "ResNet-50's weights take 102 MB",
        102.5,
        lambda: shelf().megabytes["resnet50"],
    ),
    Claim(
        "05",
        "ResNet-50 has 25,636,712 parameters",
        25_636_712,
        lambda: count("resnet50")["parameters"],
    ),
    Claim(
        "05",
        "the table says the same",
        25_636_712,
        lambda: int(shelf().parameters["resnet50"]),
    ),
    Claim(
        "05",
        "EfficientNet-B0 is as accurate as DenseNet-201 to 0.2 points",
        0.2,
        lambda: abs(shelf().top1["efficientnet_b0"] - shelf().top1["densenet201"]),
        tolerance=0.01,
    ),
    Claim(
        "05",
        "with 11 times less work",
        11,
        lambda: round(
            shelf().multiply_adds["densenet201"]
            / shelf().multiply_adds["efficientnet_b0"]
        ),
    ),
    Claim(
        "05",
        "Xception's preprocessing: −1 to 1",
        [1, 0, -1],
        lambda: prepared("xception"),
        tolerance=0.01,
    ),
    Claim(
        "05",
        "DenseNet's: less the mean, by the deviation",
        [2.25, 0.2, -1.8],
        lambda: prepared("densenet"),
        tolerance=0.011,
    ),
    Claim(
        "05",
        "ResNet's: BGR, less the means",
        [-103.94, 11.22, 131.32],
        lambda: prepared("resnet50"),
        tolerance=0.01,
    ),
    Claim(
        "05",
        "an ImageNet network gives a row of 1,000 probabilities an image",
        (None, 1000),
        lambda: (
            load_backbone(
                "mobilenet_v2", include_top=True, trained=False
            ).model.output_shape
        ),
    ),
    Claim(
        "05",
        "with the right preprocessing over 85 % of unseen drawings are named",
        True,
        lambda: said_with("−1…1")[0] > 0.85,
    ),
    Claim(
        "05",
        "with 0…1 at least ten points fewer",
        True,
        lambda: said_with("0…1")[0] < said_with("−1…1")[0] - 0.1,
    ),
    Claim(
        "05",
        "with raw pixels, or BGR less means, under 40 %",
        True,
        lambda: max(said_with("none")[0], said_with("BGR, means")[0]) < 0.4,
    ),
    Claim(
        "05",
        "and it is surer of them",
        True,
        lambda: said_with("none")[1] > said_with("−1…1")[1],
    ),
    Claim(
        "05",
        "heat is four times as strong on the thing as beside it",
        4,
        lambda: round(heat_on_and_beside()),
    ),
    Claim(
        "05",
        "layer 56 of Xception without top begins block 7",
        "block7_sepconv1_act",
        layer_56,
    ),
]
