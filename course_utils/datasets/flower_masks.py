"""The garden's flowers, close up, with the class of every pixel."""

import numpy as np

from course_utils.checks import whole_number
from course_utils.datasets.garden import CLASS_NAMES, prepare_garden
from course_utils.datasets.photo_set import SPLITS
from course_utils.datasets.tfds_folder import without_warnings

BACKGROUND_AND_FLOWERS = ("background", *CLASS_NAMES)
ROOM = 1.5  # the side of a square by the longer side of the flower in it


def load_flower_masks(size, first=None):
    """Drawn flowers with exact masks, as arrays: squares with the flower somewhere in
    them.

    Each square is one and a half times as long as its flower, as far as the picture
    allows, and lies around it at random, the same each time.

    Parameters
    ----------
    size : the side of the squares, in pixels.
    first : how many of each part; left out, all of them.

    Returns
    -------
    A dictionary "train", "valid", "test" (75 %, 15 % and 10 % of 1,500) of pairs
    (photos, masks): (count, size, size, 3) uint8 and (count, size, size) uint8, 0 for
    the background or 1 + label.

    Raises
    ------
    ValueError : a size that is no whole number from 8.
    """
    size = whole_number(size, "size", low=8)
    with without_warnings():
        builder = prepare_garden()
        parts = builder.as_dataset(split=list(SPLITS.values()))
    found = {}
    for name, part in zip(SPLITS, parts, strict=True):
        part = part if first is None else part.take(first)
        pairs = part.enumerate().map(
            lambda number, example: _square(number, example, size)
        )
        found[name] = tuple(map(np.stack, zip(*pairs.as_numpy_iterator(), strict=True)))
    return found


def _square(number, example, size):
    """A square with the flower in it, of the photo and of its mask."""
    import tensorflow as tf

    image, mask = example["image"], example["mask"]
    shape = tf.cast(tf.shape(image)[:2], tf.float32)
    box = tf.reshape(example["bbox"], (2, 2)) * shape
    side = tf.minimum(ROOM * tf.reduce_max(box[1] - box[0]), tf.reduce_min(shape))
    place = tf.random.stateless_uniform((2,), seed=tf.stack([number, 9]))
    lowest, highest = tf.maximum(box[1] - side, 0), tf.minimum(box[0], shape - side)
    corner = tf.cast(lowest + place * (highest - lowest), tf.int32)
    corner, side = tf.maximum(corner, 0), tf.cast(side, tf.int32)
    cut = lambda pixels: pixels[
        corner[0] : corner[0] + side, corner[1] : corner[1] + side
    ]
    small = tf.image.resize(cut(image), (size, size), antialias=True)
    mask = tf.image.resize(cut(mask), (size, size), method="nearest")
    return tf.cast(tf.clip_by_value(small, 0, 255) + 0.5, tf.uint8), mask[..., 0]
