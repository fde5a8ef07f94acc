"""Examples of the garden as files and numbers, ready to be written: what one process
draws and another stores.

Importing this module starts neither TensorFlow nor TFDS, so a process that only draws
is there at once.
"""

import functools
import io
import os
import threading
import time

from PIL import Image

from course_utils.drawing import garden
from course_utils.drawing.engine import camera


def drawn(config, index, parent):
    """Example `index` of a config, drawn in a process that ends when `parent`, the
    process that wants it, has ended, even if that was killed.
    """
    _leave_with(parent)
    return globals()[config](index)


@functools.cache
def _leave_with(parent):
    if os.getpid() == parent:
        return

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def flowers(index):
    """Example `index` of config "flowers":

    JPEG and PNG files as bytes, the box in shares of height and width.
    """
    photo = garden.photo(index)
    return {
        "image": camera.jpeg(photo.image, photo.quality),
        "label": photo.label,
        "bbox": _relative(photo.box, photo.mask.shape),
        "mask": _png(photo.mask * (photo.label + 1)),
    }


def scenes(index):
    """Example `index` of the configs of scenes: likewise, with a list of objects."""
    scene = garden.scene(index)
    shape = scene.classes.shape
    return {
        "image": camera.jpeg(scene.image, scene.quality),
        "objects": [
            {"bbox": _relative(box, shape), "label": label, "hidden": hidden}
            for box, label, hidden in zip(
                scene.boxes, scene.labels, scene.hidden, strict=True
            )
        ],
        "mask": _png(scene.classes),
        "instances": _png(scene.flowers),
    }


def few_scenes(index):
    """Example `index` of config "few_scenes", which holds the first "scenes"."""
    return scenes(index)


def _relative(box, shape):
    """(y_min, x_min, y_max, x_max) in pixels → in shares of height and width."""
    height, width = shape
    y_min, x_min, y_max, x_max = box
    return y_min / height, x_min / width, y_max / height, x_max / width


def _png(values):
    file = io.BytesIO()
    Image.fromarray(values.astype("uint8")).save(file, "PNG", compress_level=1)
    return file.getvalue()
