"""How the course draws a garment of 28×28 grey pixels.

Every picture is built from a few shapes (a trunk, two sleeves, a sole, ...) whose
sizes, tones and places are random, then lit, blurred a little and given noise.
Siblings share their shapes: a shirt is told from a pullover by its collar and its
buttons, a boot from a sneaker by its shaft, so there is something to learn that no
single pixel gives away.

All pictures of a class are drawn at once.  A shape is a signed distance (negative
inside) in units in which a picture reaches from -1 to 1, x to the right and y down.
Arrays are (pictures, 28, 28), parameters (pictures, 1, 1).

The same seed gives the same bytes on any machine: random bits come straight from PCG64,
and on float32 only + - * /, square root, floor and comparisons are used.  IEEE 754
rounds each of these exactly; it says nothing about sin or exp, and sums along an axis
depend on the order in which a machine adds.
"""

import numpy as np

from course_utils.drawing.garments.canvas import SIZE, Canvas
from course_utils.drawing.garments.clothes import (
    bag,
    coat,
    dress,
    pullover,
    shirt,
    t_shirt,
    trouser,
)
from course_utils.drawing.garments.shoes import ankle_boot, sandal, sneaker


def picture(draw, count, seed):
    """`count` finished pictures of one class, (count, 28, 28) uint8: drawn, lit,
    blurred a little, with noise.
    """
    canvas = Canvas(count, seed)
    draw(canvas)
    light = (
        1
        + canvas.random(-0.18, 0.18) * canvas.column
        + canvas.random(-0.18, 0.18) * canvas.row
    )
    ink = np.clip(canvas.ink * light, 0, 1)
    blur = canvas.random(0, 0.16)
    for axis in (1, 2):
        ink = (
            ink * (1 - 2 * blur)
            + (np.roll(ink, 1, axis) + np.roll(ink, -1, axis)) * blur
        )
    grain = canvas.random(-1, 1, (SIZE, SIZE)) + canvas.random(-1, 1, (SIZE, SIZE))
    # less in the dark
    ink = ink + grain * canvas.random(0.01, 0.06) * (
        0.25 + 0.75 * np.minimum(ink * 6, 1)
    )
    return np.clip(ink * 255 + 0.5, 0, 255).astype(np.uint8)


# In the order of Fashion-MNIST's labels.
DRAWINGS = {
    "T-shirt/top": t_shirt,
    "Trouser": trouser,
    "Pullover": pullover,
    "Dress": dress,
    "Coat": coat,
    "Sandal": sandal,
    "Shirt": shirt,
    "Sneaker": sneaker,
    "Bag": bag,
    "Ankle boot": ankle_boot,
}
