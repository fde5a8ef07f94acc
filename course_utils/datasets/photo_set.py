"""Photographs of any size with what is known of each, split for training, validation
and testing.
"""

import os
from dataclasses import dataclass
from typing import Any

from course_utils.checks import whole_number

# How the course divides what comes in one piece, in the words of TFDS.
SPLITS = {"test": "train[:10%]", "valid": "train[10%:25%]", "train": "train[25%:]"}


@dataclass(frozen=True, repr=False, eq=False)
class PhotoSet:
    """Photographs in three splits, as `load_flowers`, `load_image_folder` and
    `load_garden_boxes` give them.

    Attributes
    ----------
    name : what it is called.
    train, valid, test : each a `tf.data.Dataset` of pairs (image, label): image
        (height, width, 3) uint8, 0-255, label a scalar int64, or what the loader says.
        Not batched; the order is mixed, and the same each time.
    info : what else is known about the data, such as `info.features["label"].names`;
        from TFDS a `DatasetInfo`.
    class_names : the name of each label, in order.
    source : "cache", "download", "embedded", or "folder" for photos of your own; None
        for data that come from one place only.
    line : one line that says what it is and where it came from.
    photos : what is counted, in words.
    """

    name: str
    train: Any
    valid: Any
    test: Any
    info: Any
    class_names: tuple[str, ...]
    source: str | None
    line: str
    photos: str = "photos"

    @property
    def counts(self):
        """How many photos each split has: {"train": ..., "valid": ..., "test": ...}."""
        splits = {"train": self.train, "valid": self.valid, "test": self.test}
        return {name: int(split.cardinality()) for name, split in splits.items()}

    def __repr__(self):
        counts = self.counts
        source = f" (source: {self.source})" if self.source else ""
        return (
            f"{self.name}{source}: {counts['train']:,} training, "
            f"{counts['valid']:,} validation and {counts['test']:,} test "
            f"{self.photos}, {len(self.class_names)} classes: "
            f"{', '.join(self.class_names)}"
        )


def crop_and_resize(image, size):
    """The middle square of a photograph, made size × size pixels.

    Parameters
    ----------
    image : (height, width, 3), uint8 or float, 0-255, of any size.
    size : side of what comes out, in pixels.

    Returns
    -------
    (size, size, 3) uint8 tensor: what `keras.layers.Resizing(size, size,
    crop_to_aspect_ratio=True)` gives, rounded; but a photo twice as large or larger is
    averaged down, pixel for pixel, so that fine patterns do not turn into coarse ones.
    """
    import tensorflow as tf

    shape = tf.shape(image)
    side = tf.minimum(shape[0], shape[1])
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    # resizing floats is the faster way
    square = tf.cast(image[top : top + side, left : left + side], tf.float32)
    resized = tf.cond(
        side >= 2 * size,
        lambda: tf.image.resize(square, (size, size), method="area"),
        lambda: tf.image.resize(square, (size, size), method="bilinear"),
    )
    resized.set_shape((size, size, 3))
    return tf.cast(resized + 0.5, tf.uint8)


def ready_in_memory(dataset, size):
    """A split whose photos are made squares once, on all cores, and from then on kept
    in memory as bytes.

    Parameters
    ----------
    dataset : pairs (image, label) with images of any size, or (file, label) with what
        JPEG or PNG files hold; the second is the faster way, because each photo is
        unpacked and resized in one go.
    size : side in pixels; 1,000 photos of 224×224 take 150 MB.
    """
    import tensorflow as tf

    packed = dataset.element_spec[0].dtype == tf.string

    def square(photo, label):
        # it unpacks PNG as well
        image = tf.io.decode_jpeg(photo, channels=3) if packed else photo
        return crop_and_resize(image, size), label

    # A fixed number, because AUTOTUNE begins with few and needs seconds to find out
    # that more would be better; by then a few thousand photos are done.
    return dataset.map(square, num_parallel_calls=2 * (os.cpu_count() or 1)).cache()


def stretched(image, masks, size):
    """A photograph and its masks, made size × size pixels; the aspect ratio is not
    kept.

    Parameters
    ----------
    image : (height, width, 3) uint8.
    masks : {name: (height, width, 1)}.
    size : side of what comes out, in pixels.

    Returns
    -------
    The image, averaged where it shrinks, so that thin petals do not flicker, and the
    masks, whose classes are never averaged.
    """
    import tensorflow as tf

    small = tf.image.resize(image, (size, size), antialias=True)
    return tf.cast(tf.clip_by_value(small, 0, 255) + 0.5, tf.uint8), {
        name: tf.image.resize(mask, (size, size), method="nearest")
        for name, mask in masks.items()
    }


def checked_size(size):
    """`size` as an int, or None.

    Raises
    ------
    ValueError : it is no whole number of at least 8 pixels.
    """
    if size is None:
        return None
    hint = "It is the side of a square in pixels, such as 224."
    return whole_number(size, "size", low=8, hint=hint)
