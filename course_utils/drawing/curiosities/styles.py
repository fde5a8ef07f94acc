"""Other brushes: a finished picture as a painter, a printer or a draughtsman would have
it.
"""

import numpy as np
from PIL import Image, ImageFilter, ImageOps


def photograph(chance, picture):
    """As the camera gave it."""
    return picture


def oil(chance, picture):
    """Strokes: each pixel takes the commonest colour around it."""
    few = picture.quantize(24).convert("RGB")
    return few.filter(ImageFilter.ModeFilter(chance.choose((3, 5))))


def poster(chance, picture):
    """A few flat tones."""
    return ImageOps.posterize(picture.filter(ImageFilter.MedianFilter(3)), 2)


def ink(chance, picture):
    """Lines where the picture changes, over faint colour."""
    grey = picture.convert("L").filter(ImageFilter.GaussianBlur(0.6))
    lines = ImageOps.autocontrast(ImageOps.invert(grey.filter(ImageFilter.FIND_EDGES)))
    paper = Image.blend(picture, Image.new("RGB", picture.size, "white"), 0.5)
    return Image.composite(
        paper, Image.new("RGB", picture.size, (30, 30, 40)), lines.convert("L")
    )


def relief(chance, picture):
    """As if pressed into paper, half of its colour left."""
    return Image.blend(picture, picture.filter(ImageFilter.EMBOSS), 0.6)


def negative(chance, picture):
    """What was light is dark."""
    return ImageOps.invert(picture)


KINDS = (photograph, oil, poster, ink, relief, negative)
WEIGHTS = (14, 2, 1, 1, 1, 1)


def by_chance(chance, image):
    """(height, width, 3) uint8 in one of the styles above."""
    kind = chance.choose(KINDS, WEIGHTS)
    return np.asarray(kind(chance, Image.fromarray(image)))
