"""Photographs for the explorers of networks: what they start with, and what a student
brings along.
"""

import functools
import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from course_utils.widgets.scenes import colour_photo

LARGEST_SIDE = 1024  # pixels; larger photographs are shrunk as they are read
DRAWN = {"snail": 8, "butterfly": 6, "strawberry": 10}


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
        name: curiosities.draw(index, seed=1_000_003, size=128, indoors=True)
        for name, index in DRAWN.items()
    }
    return {
        **drawings,
        "dahlia": colour_photo("dahlia", 1),
        "palace": colour_photo("palace", 1),
    }


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
    """
    from course_utils.datasets.photos import MOST_PIXELS, TooLarge, read_photo

    if isinstance(source, str | Path):
        name = Path(source).name
        try:
            source = Path(source).expanduser().read_bytes()
        except OSError as error:
            reason = (
                "is not there"
                if isinstance(error, FileNotFoundError)
                else "cannot be opened"
            )
            raise NotAPhoto(
                f"{name} {reason}. Is the path right, seen from the notebook's folder?"
            ) from None
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


def uploaded(value):
    """(name, bytes) of the newest file in the value of a FileUpload, in ipywidgets 7 (a
    dict) or 8 (a tuple).
    """
    if not value:
        return None
    if isinstance(value, dict):
        name, entry = list(value.items())[-1]
        return name, bytes(entry["content"])
    return value[-1]["name"], bytes(value[-1]["content"])


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
