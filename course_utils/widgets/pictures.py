"""Photographs for the explorers of networks: what they start with, and what a student
brings along.
"""

import functools
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from course_utils.checks import file_content, printable, shortly
from course_utils.widgets.scenes import colour_photo

LARGEST_SIDE = 1024  # pixels; larger photographs are shrunk as they are read
LARGEST_FILE = 200_000_000  # bytes; a photograph of 64 million pixels has half of it
BYTES = (bytes, bytearray, memoryview)
# name: what is drawn, and its seed
DRAWN = {
    "snail": (8, 1_000_003),
    "butterfly": (6, 1_000_009),
    "strawberry": (10, 1_000_007),
}


class NotAPhoto(ValueError):
    """A file that cannot be read as an image; the message is for the student who chose
    it.
    """


@functools.cache
def example_pictures():
    """Three drawings of the course's own and the two photographs: a dict from name to
    (height, width, 3) uint8.
    """
    from course_utils.drawing import curiosities

    drawings = {
        name: curiosities.draw(index, seed=seed, size=128, indoors=True)
        for name, (index, seed) in DRAWN.items()
    }
    return {
        **drawings,
        "dahlia": colour_photo("dahlia", 1),
        "palace": colour_photo("palace", 1),
    }


def checked_pictures(pictures, wanted):
    """The pictures that an explorer was given: a dict from name to (height, width, 3)
    uint8; those of the course where `pictures` is None.

    Parameters
    ----------
    wanted : how the messages begin, such as "PhotoClassifier's pictures".

    Raises
    ------
    ValueError : no dict or an empty one, a name that is no text, or an array that is
        no photograph.
    """
    if pictures is None:
        return dict(example_pictures())
    if not isinstance(pictures, Mapping) or not pictures:
        raise ValueError(
            f"{wanted} are a dict from name to photograph, and got "
            f'{shortly(pictures)}. One photograph: {{"mine": photo}}.'
        )
    found = {}
    for name, picture in pictures.items():
        if not isinstance(name, str) or not name.strip():
            raise ValueError(
                f"{wanted} are called by their names, and one is called "
                f'{shortly(name)}; a name is a text, such as "my cat".'
            )
        found[name] = _as_photo(picture, f"{wanted}: {name!r}")
    return found


def _as_photo(picture, wanted):
    """A photograph of whole numbers, or of floats up to 255, as uint8."""
    try:
        array = np.asarray(picture)
    except Exception:  # noqa: BLE001 - lists of unequal rows, and whatever else
        array = np.array(None)
    if array.dtype.kind not in "uif" or array.ndim != 3 or array.shape[-1] != 3:
        hint = {
            2: " Is it grey? np.stack([photo] * 3, axis=-1) makes three channels.",
            4: " Is it a batch? Take one: photos[0].",
        }.get(array.ndim, "")
        if isinstance(picture, str | Path):
            hint = " That is a path: np.asarray(keras.utils.load_img(path)) reads it."
        raise ValueError(
            f"{wanted} must be a photograph, an array of (height, width, 3), and is "
            f"{shortly(picture)}.{hint}"
        )
    if array.size == 0:
        raise ValueError(f"{wanted} has no pixels: its shape is {array.shape}.")
    low, high = float(array.min()), float(array.max())
    if not 0 <= low <= high <= 255 or (array.dtype.kind == "f" and high <= 1):
        hint = " Multiply it by 255." if 0 <= low <= high <= 1 else ""
        raise ValueError(
            f"{wanted} has values from {low:g} to {high:g}; a photograph's go from 0 "
            f"to 255.{hint}"
        )
    return np.rint(array).astype(np.uint8)


def own_photo(source, name="this file"):
    """A photograph of a student's own, as `read_photo` reads it, and not too large.

    Parameters
    ----------
    source : a file's path, or its bytes.
    name : what the file is called in messages, where bytes came.

    Returns
    -------
    (height, width, 3) uint8 array, RGB, upright, at most 1,024 pixels a side.

    Raises
    ------
    NotAPhoto : there is no such file, or it is no image, or only a part of one, or far
        too large.
    ValueError : what came is neither a path nor bytes.
    """
    from course_utils.datasets.photos import MOST_PIXELS, TooLarge, read_photo

    if isinstance(source, str | Path):
        name = name_of(source)
        try:
            source = file_content(source, name, LARGEST_FILE)
        except ValueError as error:
            raise NotAPhoto(str(error)) from None
    elif not isinstance(source, BYTES):
        hint = ""
        if hasattr(source, "shape"):
            hint = ' An array goes in as PhotoClassifier(pictures={"mine": photo}).'
        raise ValueError(
            f"a photograph is opened by its path, a text, or by its file's bytes, and "
            f"this is {shortly(source)}.{hint}"
        )
    content = bytes(source)
    if not content:
        raise NotAPhoto(f"{name} is empty. Was it still being copied?")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a very large photograph is shrunk below
            image = Image.fromarray(read_photo(io.BytesIO(content), LARGEST_SIDE))
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        return np.asarray(image)
    except UnidentifiedImageError:
        raise NotAPhoto(
            f"{name} is no image that can be read here. JPEG, PNG, GIF, BMP and WebP "
            f"can."
        ) from None
    except TooLarge:
        raise NotAPhoto(
            f"{name} is far too large. Shrink it below {MOST_PIXELS / 1e6:.0f} million "
            "pixels."
        ) from None
    except Exception as error:  # noqa: BLE001 - broken files break decoders in every way there is
        raise NotAPhoto(
            f"{name} is damaged or cut off ({type(error).__name__}). Save it anew, or "
            f"take another."
        ) from None


def name_of(source):
    """What a path's file is called in messages and menus."""
    last = str(source).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    return printable(last) or "this file"


def uploaded(value):
    """(name, bytes) of the newest file in the value of a FileUpload, in ipywidgets 7 (a
    dict) or 8 (a tuple); None where nothing was uploaded.

    Raises
    ------
    NotAPhoto : it holds no name and bytes.
    """
    if value is None or (hasattr(value, "__len__") and not len(value)):
        return None
    try:
        if isinstance(value, Mapping):
            name, entry = list(value.items())[-1]
        else:
            entry = value[-1]
            name = entry["name"]
        content = entry["content"]
        if isinstance(name, str) and isinstance(content, BYTES):
            return name, bytes(content)
    except (LookupError, TypeError):
        pass
    raise NotAPhoto(
        f"What was uploaded has no name and bytes; it is {shortly(value)}. Upload the "
        'photo once more, or open it by its path: .open("cat.jpg").'
    )


def fitted(network, picture):
    """A picture as a network wants it: its largest middle square at the network's size,
    float32 0-255.
    """
    if hasattr(network, "resize"):
        return np.asarray(network.resize(picture))[0]
    height, width, channels = (side or 128 for side in network.input_shape[1:])
    image = ImageOps.fit(
        Image.fromarray(picture), (width, height), Image.Resampling.BILINEAR
    )
    image = image.convert("L" if channels == 1 else "RGB")
    return np.asarray(image, dtype="float32").reshape(height, width, channels)
