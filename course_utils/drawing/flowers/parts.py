"""What the five flowers share: colours, sepals, leaves and stalks."""

from dataclasses import dataclass, field

import numpy as np

from course_utils.drawing.engine.surfaces import (
    Sheets,
    outline,
    paint,
    petals,
    spread,
    tube,
)

COLOURS = {
    "white": (0.96, 0.95, 0.93),
    "cream": (0.97, 0.92, 0.78),
    "lemon": (0.97, 0.92, 0.45),
    "yellow": (0.98, 0.83, 0.12),
    "gold": (0.97, 0.69, 0.07),
    "orange": (0.95, 0.48, 0.09),
    "salmon": (0.95, 0.60, 0.49),
    "red": (0.84, 0.10, 0.11),
    "crimson": (0.66, 0.05, 0.15),
    "burgundy": (0.45, 0.08, 0.12),
    "rust": (0.68, 0.25, 0.10),
    "pink": (0.95, 0.66, 0.77),
    "rose": (0.90, 0.38, 0.54),
    "magenta": (0.80, 0.20, 0.54),
    "purple": (0.52, 0.24, 0.64),
    "lavender": (0.76, 0.66, 0.89),
}
LEAF_GREENS = (
    (0.30, 0.46, 0.16),
    (0.24, 0.40, 0.18),
    (0.38, 0.52, 0.22),
    (0.30, 0.44, 0.30),
    (0.44, 0.54, 0.20),
)
HEAD, GREEN = 1, 2  # parts of the mask


@dataclass(frozen=True)
class Flower:
    """`head`: sheets; `veil`: sheets that are see-through; `thick`: half of the stem;
    `leaf`: what leaves look like.

    `tilts`: how far the flower may look away from the viewer (radians: least, most);
    `lean`: how far it may lean to a side then; `foot`: where the stem begins below the
    head, along the axis; `stem`: colour of the stem.
    """

    head: list
    leaf: str
    thick: float
    tilts: tuple[float, float]
    foot: float = -0.05
    stem: tuple = (0.36, 0.50, 0.20)
    veil: list = field(default_factory=list)
    lean: float = 1.25


def pick_colour(chance, weights):
    """A colour from {name: weight}, moved a little."""
    colour = np.asarray(COLOURS[chance.choose(weights, list(weights.values()))])
    return np.clip(colour + chance.around(0, 0.07, 3) + chance.around(0, 0.05), 0.02, 1)


def lighter(colour, amount):
    colour = np.asarray(colour)
    return colour + (1 - colour) * amount


def mixed(a, b, amount):
    return np.asarray(a) + (np.asarray(b) - np.asarray(a)) * amount


def some_missing(chance, azimuth, probability=0.3):
    """Which petals are still there: now and then a few have fallen, or a whole
    sector.
    """
    count = azimuth.size
    keep = np.ones(count, dtype=bool)
    if chance.happens(probability):
        if chance.happens(0.4):
            middle, half = chance.uniform(0, 2 * np.pi), chance.uniform(0.15, 0.7)
            keep = np.abs((azimuth - middle + np.pi) % (2 * np.pi) - np.pi) > half
        else:
            keep = chance.uniform(0, 1, count) > chance.uniform(0.05, 0.3)
    return keep if keep.sum() > 0.5 * count else np.ones(count, dtype=bool)


def sepals(chance, count, length, width, *, height, start, droop=-0.5, colour=None):
    """Green scales under the head."""
    azimuth = np.arange(count) * 2 * np.pi / count + chance.uniform(0, 6)
    points = petals(
        azimuth,
        chance.around(length, 0.15 * length, count),
        width,
        rows=4,
        columns=2,
        foot=0.3,
        tip=0.7,
        lift=droop,
        curl=chance.around(-0.2, 0.5, count),
        cup=0.3,
        start=start,
        height=height,
    )
    green = chance.choose(LEAF_GREENS) if colour is None else colour
    return Sheets(
        points, paint(count, green, lighter(green, 0.15), vary=0.2, chance=chance), HEAD
    )


def painted(chance, colours, vary):
    """A paint table with one colour a sheet, brighter at the tip."""
    count = len(colours)
    table = paint(count, (0, 0, 0))
    factor = 1 + chance.around(0, vary, (count, 1))
    table[:, 0:3] = np.clip(colours, 0, 1) ** 2 * factor * 0.6
    table[:, 3:6] = np.clip(lighter(colours, 0.15), 0, 1) ** 2 * factor
    table[:, 6:9] = table[:, 3:6]
    return table


def leaf(chance, kind, length):
    """One leaf along the x axis, its face to the viewer, as `Sheets`; `kind` as in
    `Flower.leaf`.
    """
    green = mixed(
        chance.choose(LEAF_GREENS), chance.choose(LEAF_GREENS), chance.uniform(0, 1)
    )
    rib = lighter(green, 0.3)
    rows, profile = 10, None
    u = spread(rows)
    if kind == "lance":
        points = petals(
            0,
            length,
            0.10 * length,
            rows=rows,
            columns=4,
            foot=0.35,
            tip=0.7,
            least=0.01,
            cup=0.5,
            curl=chance.around(-0.3, 0.7),
            twist=chance.around(0, 0.8),
            sway=chance.around(0, 0.25),
        )
        table = paint(
            1,
            green,
            lighter(green, 0.08),
            rib,
            veins=0.2,
            lengthwise=5,
            mottle=0.3,
            gloss=0.12,
        )
    elif kind == "spoon":
        points = petals(
            0,
            length,
            0.13 * length,
            rows=rows,
            columns=4,
            foot=1.3,
            tip=0.35,
            least=0.06,
            cup=0.3,
            curl=chance.around(-0.4, 0.5),
            sway=chance.around(0, 0.2),
        )
        table = paint(
            1,
            green,
            green,
            rib,
            veins=0.15,
            sideways=4,
            midrib=0.6,
            mottle=0.3,
            gloss=0.06,
        )
    elif kind == "tooth":
        rows = 18
        u = spread(rows)
        saw = 0.35 + 0.65 * ((u * 7.3) % 1.0)
        profile = outline(u, 0.9, 0.5) * saw
        points = petals(
            0,
            length,
            0.2 * length,
            rows=rows,
            columns=4,
            profile=profile,
            cup=0.15,
            curl=chance.around(-0.4, 0.6),
            sway=chance.around(0, 0.2),
        )
        table = paint(
            1,
            green,
            green,
            rib,
            veins=0.1,
            sideways=6,
            midrib=0.8,
            mottle=0.3,
            gloss=0.05,
        )
    elif kind == "heart":
        points = petals(
            0,
            length,
            0.4 * length,
            rows=rows,
            columns=6,
            foot=0.22,
            tip=0.8,
            least=0.02,
            cup=chance.around(0.05, 0.3),
            curl=chance.around(-0.5, 0.6),
            ruffle=0.06,
            waves=3,
        )
        table = paint(
            1,
            green,
            green,
            rib,
            veins=0.22,
            sideways=4,
            midrib=0.7,
            mottle=0.35,
            gloss=0.05,
        )
    else:
        rows = 16
        u = spread(rows)
        profile = outline(u, 0.5, 0.55) * (0.86 + 0.14 * (np.arange(rows + 1) % 2))
        points = petals(
            0,
            length,
            0.3 * length,
            rows=rows,
            columns=4,
            profile=profile,
            cup=0.25,
            curl=chance.around(-0.3, 0.4),
        )
        table = paint(
            1,
            green * 0.9,
            green,
            rib,
            veins=0.2,
            sideways=4,
            midrib=0.6,
            mottle=0.25,
            gloss=0.12,
        )
    return Sheets(points, table, GREEN)


def stalk(path, half, colour):
    """A stem along `path` (rows + 1, 3)."""
    colour = np.asarray(colour)
    return Sheets(
        tube(path, half),
        paint(1, colour, colour * 0.85, mottle=0.25, gloss=0.08),
        GREEN,
    )
