"""What lies behind the curiosities when the small backbone learns: cloth, paper, tiles,
water, in any colour, and none of it a background of the garden.

Each background is a function (chance, height, width) → a Pillow image in RGB.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from course_utils.drawing.curiosities.colours import TURN, any_colour
from course_utils.drawing.engine.backgrounds import clouds


def _picture(values):
    return Image.fromarray((255 * np.clip(values, 0, 1)).astype(np.uint8))


def _blend(chance, amount):
    """Two colours by chance, mixed by `amount` (height, width) of 0–1."""
    first, second = any_colour(chance), any_colour(chance)
    return first + (second - first) * np.clip(amount, 0, 1)[:, :, None]


def _grid(chance, height, width):
    """Coordinates (height, width) along two axes at right angles, turned by chance; 1
    is the longer side.
    """
    y, x = np.mgrid[:height, :width] / max(height, width)
    angle = chance.uniform(0, TURN)
    return (
        x * np.cos(angle) + y * np.sin(angle),
        y * np.cos(angle) - x * np.sin(angle),
    )


def _fill(colour):
    return tuple(int(255 * value) for value in colour)


def cloth(chance, height, width):
    """Stripes one way, or both ways: gingham, tartan, corduroy."""
    x, y = _grid(chance, height, width)
    count, duty = chance.uniform(3, 22), chance.uniform(0.2, 0.8)
    along = ((x * count) % 1 < duty) * 1.0
    across = ((y * count * chance.uniform(0.5, 2)) % 1 < duty) * 1.0
    mixture = along if chance.happens(0.4) else (along + across) / 2
    weave = 0.06 * np.sin(TURN * 90 * x) * np.sin(TURN * 90 * y)
    return _picture(
        _blend(chance, mixture + weave + 0.2 * clouds(chance, height, width))
    )


def paper(chance, height, width):
    """A smooth sheet, brighter on one side."""
    x, _ = _grid(chance, height, width)
    return _picture(
        _blend(chance, 0.5 + chance.uniform(0, 0.8) * (x - x.mean()))
        + 0.08 * clouds(chance, height, width)[:, :, None]
    )


def wood(chance, height, width):
    """Grain: rings cut at a slant."""
    x, y = _grid(chance, height, width)
    bend = clouds(chance, height, width, (2, 4, 9), (1.0, 0.5, 0.2))
    rings = np.sin(TURN * (chance.uniform(4, 14) * (x + 0.25 * bend) + 0.3 * y))
    return _picture(_blend(chance, 0.5 + 0.35 * rings + 0.3 * bend))


def ripples(chance, height, width):
    """Water or sand: waves that cross."""
    total = np.zeros((height, width))
    for _ in range(chance.integer(1, 4)):
        x, _ = _grid(chance, height, width)
        waves = chance.uniform(3, 16) * (x + 0.1 * clouds(chance, height, width))
        total += np.sin(TURN * (waves + chance.uniform()))
    return _picture(_blend(chance, 0.5 + chance.uniform(0.15, 0.45) * total))


def marble(chance, height, width):
    """Veins and clouds of three colours."""
    noise = clouds(chance, height, width, (3, 8, 20), (0.8, 0.5, 0.3))
    veins = np.abs(np.sin(TURN * (chance.uniform(1, 4) * noise + chance.uniform())))
    other = clouds(chance, height, width, (2, 5, 11), (1.0, 0.6, 0.3))[:, :, None]
    base = _blend(chance, veins ** chance.uniform(0.3, 2))
    return _picture(base + (any_colour(chance) - base) * np.clip(other + 0.2, 0, 1))


def mosaic(chance, height, width):
    """Tiles of any shape: each pixel belongs to the nearest of some points."""
    count = chance.integer(8, 60)
    points = chance.uniform(0, 1, (count, 2)) * (height, width)
    y, x = np.mgrid[:height, :width]
    distance = (y[..., None] - points[:, 0]) ** 2 + (x[..., None] - points[:, 1]) ** 2
    tones = chance.uniform(0, 1, count)
    picture = _blend(chance, tones[distance.argmin(axis=2)])
    nearest = np.sqrt(np.partition(distance, 1, axis=2)[..., :2])
    joint = (nearest[..., 1] - nearest[..., 0] < 0.012 * max(height, width))[..., None]
    return _picture(picture * (1 - chance.uniform(0, 0.8) * joint))


def wallpaper(chance, height, width):
    """One small shape again and again."""
    picture = Image.new("RGB", (width, height), _fill(any_colour(chance)))
    draw = ImageDraw.Draw(picture)
    colour, other = _fill(any_colour(chance)), _fill(any_colour(chance))
    step = max(height, width) * chance.uniform(0.08, 0.3)
    sides, r = chance.integer(3, 9), step * chance.uniform(0.15, 0.48)
    turn = chance.uniform(0, TURN)
    for row in range(int(height / step) + 2):
        for column in range(-1, int(width / step) + 2):
            x, y = (column + 0.5 * (row % 2)) * step, row * step
            fill = other if (row + column) % 3 == 0 else colour
            if sides == 9:
                draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
            else:
                corners = turn + np.arange(sides) * TURN / sides
                draw.polygon(
                    [(x + r * np.cos(a), y + r * np.sin(a)) for a in corners], fill=fill
                )
    return picture


def scribbles(chance, height, width):
    """Ribbons, threads and confetti that somebody left lying about."""
    picture = paper(chance, height, width)
    draw = ImageDraw.Draw(picture)
    size = max(height, width)
    for _ in range(chance.integer(4, 30)):
        colour = _fill(any_colour(chance))
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        if chance.happens(0.6):
            path = np.cumsum(chance.uniform(-0.2, 0.2, (6, 2)) * size, axis=0) + (x, y)
            thick = max(1, int(size * chance.uniform(0.005, 0.05)))
            draw.line(path.ravel().tolist(), fill=colour, width=thick, joint="curve")
        else:
            r = size * chance.uniform(0.01, 0.06)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    return picture


KINDS = (cloth, paper, wood, ripples, marble, mosaic, wallpaper, scribbles)


def by_chance(chance, height, width):
    """One of the backgrounds above, more or less out of focus:

    (height, width, 3) uint8, and the function that drew it.
    """
    kind = chance.choose(KINDS)
    picture = kind(chance, height, width)
    blur = max(height, width) * chance.uniform(0, 0.02) * chance.happens(0.7)
    if blur > 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(picture), kind
