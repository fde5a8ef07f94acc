"""A network with its weights, its preprocessing and its class names, from wherever they
can be had.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import as_file
from typing import Any, NamedTuple

import keras
import numpy as np

from course_utils import sources
from course_utils.backbones import weights
from course_utils.backbones.networks import MINI, find_network
from course_utils.backbones.preprocessing import IN_WORDS
from course_utils.checks import truth_value, whole_number
from course_utils.data_files import data_file

CLASS_INDEX = "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
CLASS_INDEX_MD5 = (
    "c2c37ea517e94d9795004a39431a14cb"  # as `keras.applications` states it
)
LARGEST_WEIGHTS = 2_000_000_000  # bytes; ConvNeXt-XL, the largest, has 1.4 billion
UNVERIFIED = "Unverified: Keras states no hash for it; it fits layer by layer."
STAND_IN = "the course's own mini_xception, trained on twenty drawn things,"


class Answer(NamedTuple):
    """One class and how probable a network finds it; unpacks as
    `keras.applications.*.decode_predictions` gives it.
    """

    class_id: str
    name: str
    probability: float


@dataclass(frozen=True, repr=False, eq=False)
class Backbone:
    """A network that takes photographs as they are.

    Attributes
    ----------
    model : the `keras.Model`.  It takes raw pixels, (batch, height, width, 3), 0-255,
        uint8 or float, and gives class probabilities (batch, classes) or, without its
        top, the last feature maps (batch, rows, columns, maps).  It is flat: after the
        input come the preprocessing layers (`preprocessing` names them), then the
        network's own with their own names.  So parts are frozen by name::

            start = model.get_layer("block7_sepconv1_act")  # Xception's block 7
            for layer in model.layers[:model.layers.index(start)]:
                layer.trainable = False

        In `keras.applications.Xception(include_top=False)` that layer has the number
        56; here 57, because the preprocessing comes before it.  It can be saved, and
        loaded in safe mode; where the preprocessing reverses the channels (ResNet-50
        and VGG), `course_utils.backbones` must be imported before loading.
    name : the network that is in it: "mobilenet_v2", or "mini_xception" where that had
        to stand in.
    source : "cache", "download" or "embedded"; "random" for `trained=False`.
    weights_name : what the weights were learned on, as "mobilenet_v2, ImageNet".
    line : one line that says what it is and where it came from.
    size : height and width, in pixels, of the images it was trained on.
    preprocessing : the names of the preprocessing layers in `model`; none where the
        network has its own inside.
    pixels : what they do, in words.
    classes : (class id, name) of each class; None without the top.
    """

    model: keras.Model
    name: str
    source: str
    weights_name: str
    line: str
    size: int
    preprocessing: tuple[str, ...]
    pixels: str
    classes: tuple[tuple[str, str], ...] | None = None

    @property
    def class_names(self):
        """The name of each class, in order; None without the top."""
        return None if self.classes is None else tuple(name for _, name in self.classes)

    def resize(self, images):
        """Photographs at the size the network was trained on: the largest middle
        square, scaled.

        Parameters
        ----------
        images : (height, width, 3), or a batch of them, or a list of photographs of
            different sizes; 0-255.

        Returns
        -------
        (batch, size, size, 3) float32, 0-255 still.

        Raises
        ------
        ValueError : as `check` does.
        """
        resizing = keras.layers.Resizing(
            self.size, self.size, crop_to_aspect_ratio=True
        )
        resized = [resizing(batch) for batch in self._batches(images)]
        return keras.ops.convert_to_numpy(keras.ops.concatenate(resized))

    def predict(self, images, batch_size=32):
        """What the network says about photographs of any size: checked, resized with
        `resize`, and shown to it.

        Returns
        -------
        An array: probabilities (batch, classes), or feature maps (batch, rows,
        columns, maps).

        Raises
        ------
        ValueError : as `check` does.
        """
        return self.model.predict(self.resize(images), batch_size=batch_size, verbose=0)

    def check(self, images):
        """Return `images` as a NumPy array (batch, height, width, 3); raise if they
        cannot be raw photographs.

        Raises
        ------
        ValueError : a shape that is no colour image, values that are no numbers, or
            values in a range that has been preprocessed already (0...1, −1...1, channel
            means subtracted).
        """
        return _checked(images)

    def decode(self, probabilities, top=3):
        """The `top` most probable classes.

        Parameters
        ----------
        probabilities : (batch, classes), or (classes,) for one photograph.

        Returns
        -------
        A list, one entry per photograph, of lists of `Answer` (class_id, name,
        probability), most probable first.

        Raises
        ------
        ValueError : for anything that is not this network's probabilities.
        """
        if self.classes is None:
            raise ValueError(
                f"this {self.name} has no top, so it gives feature maps and no class "
                f"probabilities. "
                f'What decodes: load_backbone("{self.name}", include_top=True).'
            )
        count = len(self.classes)
        probabilities = np.atleast_2d(_numpy(probabilities)).astype(float)
        if probabilities.ndim != 2 or probabilities.shape[1] != count:
            raise ValueError(
                f"decode takes probabilities of shape (batch, {count}), but got "
                f"{probabilities.shape}: is it the output of another model? "
                f"{self.name} tells {count} classes apart."
            )
        top = whole_number(top, "top", high=count, hint="That is how many classes.")
        if (
            not np.isfinite(probabilities).all()
            or probabilities.min() < -1e-3
            or probabilities.max() > 1.001
        ):
            raise ValueError(
                "decode takes probabilities, 0 to 1, but got other values. Are they "
                "scores before softmax?"
            )
        order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top]
        return [
            [Answer(*self.classes[index], float(row[index])) for index in indices]
            for row, indices in zip(probabilities, order, strict=True)
        ]

    def __repr__(self):
        sides = "×".join(
            "any" if side is None else str(side) for side in self.model.input_shape[1:3]
        )
        gives = "class probabilities" if self.classes else "feature maps"
        return (
            f"{self.name} (source: {self.source}; weights: {self.weights_name}): raw "
            f"pixels, {sides}, to {self.model.output_shape[-1]:,} {gives}; "
            f"{self.model.count_params():,} parameters; preprocessing inside: "
            f"{self.pixels}"
        )

    def _batches(self, images):
        if isinstance(images, list | tuple) and len(images):
            return [self.check(image) for image in images]
        return [self.check(images)]


def load_backbone(
    name,
    include_top=False,
    source="auto",
    input_shape=None,
    trained=True,
    stand_in=True,
):
    """A network with trained weights that takes raw pixels: the preprocessing it was
    trained with is inside.

    Parameters
    ----------
    name : "mini_xception", which the course ships, or a network of
        `keras.applications`, as "mobilenet_v2" or "MobileNetV2" (`applications()` lists
        them).
    include_top : True gives class probabilities, False the last feature maps.
    source : where weights may come from: "auto" (what the session says), "cached" or
        "embedded".
    input_shape : (height, width, 3).  Left out, any size will do where the network
        permits it: without the top, and for mini_xception; else the size it was trained
        on.
    trained : False gives random weights, and needs no file.
    stand_in : False raises NoSource where mini_xception would have to stand in.

    Returns
    -------
    Backbone : `.model`, `.source`, `.weights_name`, `.decode(...)`, and more.

    Weights come from the Keras cache, else they are downloaded into it; a file is used
    only when it is the published one or fits the network layer by layer.  Where neither
    can serve, mini_xception stands in, and one line says so.

    Raises
    ------
    ValueError : an unknown name (the near ones are listed), a shape the network cannot
        take, or a switch that is neither True nor False.
    NoSource : `source` is "cached" and the cache has no good file; or the weights are
        nowhere to be had, and nothing may stand in.
    """
    network = find_network(name)
    include_top = truth_value(include_top, "include_top")
    trained = truth_value(trained, "trained")
    stand_in = truth_value(stand_in, "stand_in")
    network.checked_shape(input_shape, include_top)
    if not trained:
        sources.mode(source)  # so that a mistyped one is noticed here too
        return _backbone(
            network,
            network.model(include_top, input_shape),
            "random",
            "no weights learned yet",
        )

    def mini():
        return _mini_model(include_top, input_shape)

    def build():
        return network.model(include_top, input_shape)

    if network.name == MINI:
        found = sources.find("mini_xception", source, embedded=mini)
    else:
        name, url, stated_hash = network.files[include_top]

        def check(path):
            model = weights.load(path, build, stated_hash)
            if include_top and not stated_hash:
                weights.check_answers(model, network.size)
            return model

        file = sources.CachedFile("models", name, check, url, most=LARGEST_WEIGHTS)
        without = "" if include_top else " (without top)"
        found = sources.find(
            f"{network.function}'s ImageNet weights{without}",
            source,
            cached=file.cached,
            download=file.download,
            embedded=mini if stand_in else None,
            stand_in=STAND_IN,
        )
    if found.source == "embedded":
        network = find_network(MINI)
    learned = "ImageNet" if network.function else "twenty drawn things"
    line = found.line
    if network.function and not network.files[include_top][2]:
        line = f"{line} {UNVERIFIED}"
    classes = None
    if include_top:
        classes = _imagenet_classes(source) if network.function else _mini_classes()
    return _backbone(network, found.value, found.source, learned, line, classes)


def _backbone(network, model, source, learned, line=None, classes=None):
    own = [
        layer.name
        for layer in model.layers
        if layer.name in ("preprocessing", "rgb_to_bgr")
    ]
    has_top = len(model.output_shape) == 2
    return Backbone(
        model=model,
        name=network.name,
        source=source,
        weights_name=f"{network.name}, {learned}",
        line=line or f"{network.name} with random weights.",
        size=network.size,
        preprocessing=tuple(own),
        pixels=IN_WORDS[network.pixels],
        classes=classes
        or (_numbered_classes(model.output_shape[-1]) if has_top else None),
    )


def _mini_model(include_top, input_shape):
    """The course's own network with the weights it ships."""
    record = mini_record()
    shipped = data_file(record["weights"])
    if hashlib.sha256(shipped.read_bytes()).hexdigest() != record["sha256"]:
        raise sources.Unavailable(
            f"data/{record['weights']} is not the file that was trained (its SHA-256 "
            f"is another): "
            "get it again from the course's repository, or install the package anew"
        )
    model = find_network(MINI).model(include_top=True, input_shape=input_shape)
    with as_file(shipped) as path:
        model.load_weights(path)
    if include_top:
        return model
    return keras.Model(model.input, model.get_layer("block7_relu").output, name=MINI)


def mini_record():
    """What is known of the shipped weights: classes, sum, settings, curves
    (`data/mini_xception.json`).
    """
    try:
        return json.loads(data_file("mini_xception.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise sources.Unavailable(str(error)) from None


def _mini_classes():
    return tuple(
        (f"drawn{index:02d}", name)
        for index, name in enumerate(mini_record()["classes"])
    )


def _imagenet_classes(source):
    """The names of ImageNet's classes; numbers where they cannot be had, which is no
    reason to do without weights.
    """
    file = sources.CachedFile(
        "models", "imagenet_class_index.json", check=_class_index, url=CLASS_INDEX
    )
    try:
        return sources.find(
            "The list of ImageNet's class names",
            source,
            cached=file.cached,
            download=file.download,
        ).value
    except sources.NoSource as problem:
        sources.tell(f"{problem} Until then classes are called by their numbers.")
        return _numbered_classes(1000)


def _class_index(path):
    """The classes in Keras's file; a check for `CachedFile`."""
    with open(path, "rb") as file:
        content = file.read()
    if hashlib.md5(content).hexdigest() != CLASS_INDEX_MD5:
        raise sources.BadFile(
            "is not the list of ImageNet's 1,000 classes, or only a part of it"
        )
    index = json.loads(content)
    return tuple(tuple(index[str(number)]) for number in range(len(index)))


def _numbered_classes(count):
    return tuple((f"class{number}", f"class {number}") for number in range(count))


def _numpy(array):
    return array if isinstance(array, np.ndarray) else keras.ops.convert_to_numpy(array)


def _checked(images: Any):
    images = _numpy(images)
    batch = images[None] if images.ndim == 3 else images
    wanted = (
        "a photograph is (height, width, 3) or, as a batch, (batch, height, width, 3)"
    )
    if batch.ndim != 4 or batch.shape[-1] != 3:
        hint = {
            2: "Is it grey? Repeat it: np.stack([image] * 3, axis=-1).",
            5: "Is it a list of batches? Join them.",
        }.get(images.ndim, "")
        if batch.ndim == 4:
            if batch.shape[-1] == 1:
                hint = (
                    "It has one channel: np.repeat(image, 3, axis=-1) makes it three."
                )
            elif batch.shape[-1] == 4:
                hint = (
                    "It has four channels; the fourth is probably transparency: "
                    "image[..., :3] leaves it out."
                )
            elif batch.shape[1] == 3:
                hint = (
                    "Its channels come first: np.moveaxis(image, -3, -1) puts them "
                    "last."
                )
        raise ValueError(f"{wanted}, but got shape {images.shape}. {hint}".rstrip())
    if 0 in batch.shape:
        raise ValueError(
            f"{wanted}, but got shape {images.shape}: there is nothing in it."
        )
    if batch.dtype.kind not in "uif":
        raise ValueError(
            f"pixels are numbers from 0 to 255, but these are of type {batch.dtype}."
        )
    low, high = float(batch.min()), float(batch.max())
    if not np.isfinite([low, high]).all():
        raise ValueError(
            "some pixels are not finite numbers (NaN or infinite): is something "
            "divided by zero before?"
        )
    problem = None
    if low < 0:
        problem = (
            "Were they preprocessed already? Leave that out: it is inside the backbone."
        )
    elif high > 255:
        problem = "Are they 16-bit pixels? Divide them by 257."
    elif batch.dtype.kind == "f" and 0 < high <= 1:
        problem = (
            "Were they divided by 255 already? Leave that out: it is done inside the "
            "backbone."
        )
    if problem:
        raise ValueError(
            f"a backbone takes raw pixels, 0 to 255, but these go from {low:.4g} to "
            f"{high:.4g}. {problem}"
        )
    return batch
