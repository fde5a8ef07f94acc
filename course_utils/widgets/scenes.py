"""The photographs that the explorers look at: grey or in colour, small enough to be
drawn anew for every key press.
"""

import functools

import numpy as np

PHOTOS = (("palace", "palace"), ("dahlia", "dahlia"))
# 288 × 384 pixels each
_PIECES = {"palace": (0, (60, 348), (150, 534)), "dahlia": (1, (70, 358), (120, 504))}


@functools.cache
def colour_photo(name, shrink=4):
    """A piece of one photograph, `shrink` times smaller:

    (288 / shrink, 384 / shrink, 3) uint8.
    """
    from course_utils.datasets import load_photos

    index, rows, columns = _PIECES[name]
    piece = load_photos().images[index][slice(*rows), slice(*columns)].astype(float)
    height, width = piece.shape[0] // shrink, piece.shape[1] // shrink
    small = piece.reshape(height, shrink, width, shrink, 3).mean(axis=(1, 3))
    photo = np.round(small).astype(np.uint8)
    photo.setflags(write=False)  # it is shared
    return photo


@functools.cache
def grey_photo(name, shrink=4):
    """The same as grey values, 0 to 1: (288 / shrink, 384 / shrink) float32."""
    grey = (colour_photo(name, shrink) @ np.array([0.299, 0.587, 0.114]) / 255).astype(
        np.float32
    )
    grey.setflags(write=False)
    return grey
