"""The canvas that garments are drawn on, and the shapes they are made of."""

import numpy as np

SIZE = 28
PIXEL = 2 / SIZE


class Canvas:
    """`count` pictures of one class while they are drawn.

    Attributes
    ----------
    x, y : where each pixel lies on the garment, after the random turn, shear, stretch
        and shift of its picture.
    ink : how bright each pixel is so far, 0 to 1.
    """

    def __init__(self, count, seed):
        self.count = count
        self.bits = np.random.PCG64(seed)
        grid = ((np.arange(SIZE) + 0.5) * PIXEL - 1).astype(np.float32)
        self.column, self.row = grid[None, None, :], grid[None, :, None]
        self.ink = np.zeros((count, SIZE, SIZE), np.float32)

    def random(self, low, high, shape=(1, 1)):
        """Evenly distributed numbers from `low` to `high`, (count, *shape)."""
        raw = self.bits.random_raw(self.count * shape[0] * shape[1])
        share = (raw >> 40).astype(np.float32) * np.float32(2.0**-24)
        return (low + (high - low) * share).reshape(self.count, *shape)

    def chance(self, probability):
        """True with this probability, (count, 1, 1)."""
        return self.random(0, 1) < probability

    def sides(self, low, high):
        """A random number for the left half of each picture and another for the right:
        no garment is a mirror.
        """
        return np.where(self.x < 0, self.random(low, high), self.random(low, high))

    def place(self, turn=0.08, shear=0.13, stretch=(0.72, 1.03), shift=0.12):
        """Choose how each garment lies in its picture; comes before anything is
        drawn.
        """
        # the tangent of half the angle gives its sine and cosine by division
        half = self.random(-turn, turn)
        cosine, sine = (
            (1 - half * half) / (1 + half * half),
            2 * half / (1 + half * half),
        )
        x, y = (
            self.column - self.random(-shift, shift),
            self.row - self.random(-shift, shift),
        )
        x, y = x * cosine + y * sine, y * cosine - x * sine
        self.x = (x + y * self.random(-shear, shear)) / self.random(*stretch)
        self.y = y / self.random(*stretch)

    def paint(self, shape, tone, strength=1.0):
        """Cover the inside of `shape` with `tone`; return the cover, 0 to 1, soft over
        one pixel at the edge.
        """
        cover = np.clip(0.5 - shape / PIXEL, 0, 1) * strength
        self.ink += (tone - self.ink) * cover
        return cover

    def shade(self, shape, factor, within=1.0):
        """Make the inside of `shape` darker (factor under 1) or brighter."""
        self.tint(np.clip(0.5 - shape / PIXEL, 0, 1) * within, factor)

    def line(self, distance, factor, width=0.05, within=1.0):
        """A seam or crease along the places where `distance` is 0."""
        self.tint(np.clip(1.3 - np.abs(distance) / width, 0, 1) * within, factor)

    def tint(self, cover, factor):
        """Multiply the ink by `factor` as far as `cover` (0 to 1) says."""
        self.ink *= 1 + (factor - 1) * cover

    def clouds(self, cells):
        """A smooth random texture from -1 to 1 with `cells` hills across."""
        knots = self.random(-1, 1, (cells + 1, cells + 1))
        place = ((np.arange(SIZE) + 0.5) * cells / SIZE).astype(np.float32)
        before = np.floor(place).astype(np.int64)
        part = place - np.floor(place)
        part = part * part * (3 - 2 * part)
        rows = (
            knots[:, before] * (1 - part[:, None])
            + knots[:, before + 1] * part[:, None]
        )
        return rows[:, :, before] * (1 - part) + rows[:, :, before + 1] * part

    def cloth(self, shape, tone, pattern=1.0):
        """Paint `shape` with cloth: folds, darker towards the edge, now and then
        striped, checked or printed.
        """
        kind, period = self.random(0, 1), self.random(0.16, 0.42)
        across = wave(self.y / period + self.random(0, 1))
        along = wave(self.x / period + self.random(0, 1))
        stripes = pick(
            kind < 0.12,
            across,
            pick(kind < 0.18, along, pick(kind < 0.24, across * along, 0)),
        )
        printed = pick(kind > 0.85, self.clouds(9), 0)
        design = stripes * self.random(0.15, 0.5) + printed * self.random(0.15, 0.6)
        folds = self.clouds(4) * self.random(0.04, 0.16)
        edge = self.random(0.6, 0.95)
        rounded = edge + (1 - edge) * np.clip(-shape * self.random(2.5, 7), 0, 1)
        return self.paint(shape, tone * (1 + pattern * design + folds) * rounded)


def pick(condition, yes, no):
    """`np.where` that stays in float32, whatever NumPy's version makes of a Python
    number.
    """
    return np.where(condition, np.asarray(yes, np.float32), np.asarray(no, np.float32))


def wave(position):
    """A zigzag from -1 to 1 of period 1."""
    return np.abs(position - np.floor(position) - 0.5) * 4 - 1


def ramp(value, start, end):
    """0 before `start`, 1 after `end`, and a smooth way between."""
    share = np.clip((value - start) / (end - start), 0, 1)
    return share * share * (3 - 2 * share)


def path(value, *knots):
    """A curve of straight pieces through the knots (place, height), level
    outside them.
    """
    (place, height), *rest = knots
    total = height
    for next_place, next_height in rest:
        total = total + (next_height - height) * np.clip(
            (value - place) / (next_place - place), 0, 1
        )
        place, height = next_place, next_height
    return total


def box(x, y, width, height):
    """A rectangle around (0, 0); width and height are those of its right upper
    quarter.
    """
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def oval(x, y, width, height):
    """An ellipse around (0, 0) with these half axes; the distance is right near its
    edge.
    """
    u, v = x / width, y / height
    return (np.sqrt(u * u + v * v) - 1) * np.minimum(width, height)


def limb(x, y, start, end, thick, thin):
    """A sleeve from `start` to `end` (each x, y), half as wide as `thick` there and
    `thin` here, cut straight.
    """
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    length = np.sqrt(dx * dx + dy * dy)
    along = ((x - x0) * dx + (y - y0) * dy) / length
    aside = ((x - x0) * dy - (y - y0) * dx) / length
    width = thick + (thin - thick) * np.clip(along / length, 0, 1)
    return np.maximum(np.abs(aside) - width, np.maximum(along - length, -along - thick))


def any_tone(canvas):
    """How bright a garment is."""
    return canvas.random(0.3, 1.0)
