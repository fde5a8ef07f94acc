"""The five flowers, modelled petal by petal.

Each flower is a function (chance) → `Flower`: sheets around the z axis, which is where
the flower looks, with the largest radius about 1.  What makes a daisy a daisy is
written here as shape: number, outline and arrangement of the petals, and the centre.
Colour is drawn from wide ranges that the five share, as garden varieties do.
"""

from dataclasses import dataclass, field

import numpy as np

from course_utils.datasets.drawing.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    dome,
    florets,
    outline,
    paint,
    petals,
    spread,
    tube,
    wrapped,
)

CLASS_NAMES = (
    "dandelion",
    "daisy",
    "tulips",
    "sunflowers",
    "roses",
)  # the names and the order of tf_flowers

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
    `foot`: where the stem begins below the head, along the axis; `stem`: colour of the
    stem.
    """

    head: list
    leaf: str
    thick: float
    tilts: tuple[float, float]
    foot: float = -0.05
    stem: tuple = (0.36, 0.50, 0.20)
    veil: list = field(default_factory=list)


def _colour(chance, weights):
    """A colour from {name: weight}, moved a little."""
    colour = np.asarray(COLOURS[chance.choose(weights, list(weights.values()))])
    return np.clip(colour + chance.around(0, 0.07, 3) + chance.around(0, 0.05), 0.02, 1)


def _lighter(colour, amount):
    colour = np.asarray(colour)
    return colour + (1 - colour) * amount


def _mixed(a, b, amount):
    return np.asarray(a) + (np.asarray(b) - np.asarray(a)) * amount


def _some_missing(chance, azimuth, probability=0.3):
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


def _sepals(chance, count, length, width, *, height, start, droop=-0.5, colour=None):
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
        points,
        paint(count, green, _lighter(green, 0.15), vary=0.2, chance=chance),
        HEAD,
    )


def daisy(chance):
    """Few to many slim rays in one or two rings around a small round cushion."""
    rays = chance.integer(13, 27)
    colour = _colour(
        chance,
        dict(
            white=5,
            pink=2,
            rose=1,
            magenta=1,
            yellow=2,
            lemon=1,
            gold=1,
            orange=2,
            red=2,
            lavender=1,
            purple=1,
        ),
    )
    centre = chance.uniform(0.2, 0.3)
    width = chance.uniform(0.8, 1.25) * 2.9 / rays
    lift = chance.around(0.1, 0.35)
    curl = chance.around(-0.25, 0.45)
    foot, tip = chance.uniform(0.35, 0.6), chance.uniform(0.16, 0.34)
    rings = 2 if chance.happens(0.3) else 1
    head = []
    base = _mixed(
        colour,
        chance.choose(((0.98, 0.95, 0.8), (0.6, 0.1, 0.25), tuple(colour))),
        chance.uniform(0, 0.5),
    )
    edge = _mixed(colour, (0.35, 0.2, 0.3), chance.uniform(0.1, 0.35))
    for ring in range(rings):
        azimuth = (np.arange(rays) + 0.5 * ring) * 2 * np.pi / rays + chance.around(
            0, 0.35 * 2 * np.pi / rays, rays
        )
        azimuth = azimuth[_some_missing(chance, azimuth, 0.35)]
        n = azimuth.size
        points = petals(
            azimuth,
            chance.around(1 - centre * 0.8 - 0.12 * ring, 0.09, n),
            chance.around(width, 0.15 * width, n) / 2,
            rows=6,
            columns=4,
            foot=foot,
            tip=tip,
            lift=lift + chance.around(0.12 * ring, 0.16, n),
            curl=curl + chance.around(0, 0.3, n),
            cup=chance.around(0.25, 0.3, n),
            twist=chance.around(0, 0.35, n),
            sway=chance.around(0, 0.05, n),
            notch=chance.uniform(0, 0.08),
            start=centre * 0.8,
            height=chance.uniform(-0.02, 0.03, n) + 0.03 * ring,
        )
        table = paint(
            n,
            base,
            colour,
            edge,
            vary=0.1,
            chance=chance,
            veins=chance.uniform(0.08, 0.3),
            lengthwise=2,
            mottle=0.1,
            fade=0.6,
        )
        head.append(Sheets(points, table, HEAD, layering=0.8))
    middle = chance.choose(
        (
            (0.95, 0.75, 0.12),
            (0.90, 0.62, 0.08),
            (0.62, 0.66, 0.16),
            (0.30, 0.17, 0.10),
            (0.8, 0.5, 0.1),
        )
    )
    high = centre * chance.uniform(0.25, 0.6)
    count = chance.integer(90, 130)
    scales, place = florets(
        count,
        centre,
        high,
        centre * 0.11,
        low=0.03,
        lean=0.3,
        jitter=0.02,
        chance=chance,
    )
    shade = _mixed(
        _mixed(middle, (0.35, 0.4, 0.05), 0.3),
        middle,
        np.clip(place * 1.6, 0, 1)[:, None],
    )
    head.append(Sheets(scales, _painted(chance, shade, 0.35), HEAD))
    head.append(
        Sheets(
            dome(centre, high * 0.9, low=0.02),
            paint(1, np.asarray(middle) * 0.55),
            HEAD,
        )
    )
    head.append(_sepals(chance, 12, 0.32, 0.06, height=-0.08, start=0.05, droop=0.25))
    return Flower(head, "spoon", 0.035, (0, 1.3), foot=-0.1)


def _painted(chance, colours, vary):
    """A paint table with one colour a sheet, brighter at the tip."""
    count = len(colours)
    table = paint(count, (0, 0, 0))
    factor = 1 + chance.around(0, vary, (count, 1))
    table[:, 0:3] = np.clip(colours, 0, 1) ** 2 * factor * 0.6
    table[:, 3:6] = np.clip(_lighter(colours, 0.15), 0, 1) ** 2 * factor
    table[:, 6:9] = table[:, 3:6]
    return table


def sunflower(chance):
    """A large patterned disc within a ring of short pointed rays."""
    rays = chance.integer(16, 26)
    colour = _colour(
        chance,
        dict(
            yellow=6,
            gold=4,
            lemon=3,
            cream=2.5,
            white=1.5,
            orange=3,
            rust=3,
            burgundy=2,
        ),
    )
    centre = chance.uniform(0.42, 0.58)
    tip = _mixed(
        colour,
        chance.choose(((0.98, 0.85, 0.2), (0.95, 0.9, 0.6), tuple(colour))),
        chance.uniform(0, 0.7),
    )
    base = _mixed(colour, (0.6, 0.12, 0.06), chance.choose((0, 0, 0.2, 0.5)))
    edge = _mixed(colour, (0.45, 0.22, 0.05), 0.45)
    head = []
    width = chance.uniform(0.8, 1.15) * 1.9 / rays
    lift, curl = chance.around(0.15, 0.3), chance.around(-0.25, 0.45)
    pointed = chance.uniform(0.65, 1.0)
    for ring in range(2):
        azimuth = (np.arange(rays) + 0.5 * ring) * 2 * np.pi / rays + chance.around(
            0, 0.5 * 2 * np.pi / rays, rays
        )
        azimuth = azimuth[_some_missing(chance, azimuth, 0.3)]
        n = azimuth.size
        points = petals(
            azimuth,
            chance.around(1.02 - centre * 0.85 - 0.06 * ring, 0.12, n),
            chance.around(width, 0.2 * width, n),
            rows=6,
            columns=4,
            foot=0.5,
            tip=pointed,
            least=0.02,
            lift=lift + chance.around(0.1 - 0.15 * ring, 0.3, n),
            curl=curl + chance.around(0, 0.6, n),
            cup=chance.around(0.2, 0.35, n),
            twist=chance.around(0, 0.6, n),
            sway=chance.around(0, 0.1, n),
            start=centre * 0.85,
            height=0.02 - 0.04 * ring + chance.uniform(-0.02, 0.02, n),
        )
        table = paint(
            n,
            base,
            tip,
            edge,
            vary=0.14,
            chance=chance,
            veins=0.3,
            lengthwise=2.5,
            mottle=0.15,
            fade=0.7,
        )
        head.append(Sheets(points, table, HEAD, layering=0.8))
    rim, ring_colour, core = chance.choose(
        (
            ((0.42, 0.26, 0.10), (0.24, 0.13, 0.07), (0.34, 0.28, 0.10)),
            ((0.80, 0.55, 0.10), (0.35, 0.20, 0.08), (0.45, 0.46, 0.14)),
            ((0.86, 0.66, 0.16), (0.62, 0.52, 0.14), (0.50, 0.56, 0.20)),
            ((0.60, 0.36, 0.12), (0.44, 0.34, 0.12), (0.56, 0.60, 0.24)),
            ((0.30, 0.12, 0.10), (0.18, 0.10, 0.09), (0.22, 0.16, 0.12)),
        )
    )
    high = centre * chance.uniform(0.05, 0.3)
    count = chance.integer(230, 300)
    size = centre * 0.075 * np.linspace(0.7, 1.2, count)
    scales, place = florets(count, centre, high, size, low=0.05, power=3, lean=0.55)
    shade = np.where(
        (place < 0.4)[:, None],
        _mixed(core, ring_colour, np.clip(place / 0.4, 0, 1)[:, None] ** 3),
        _mixed(ring_colour, rim, np.clip((place - 0.6) / 0.3, 0, 1)[:, None]),
    )
    head.append(Sheets(scales, _painted(chance, shade, 0.35), HEAD))
    head.append(
        Sheets(
            dome(centre, high, low=0.03), paint(1, np.asarray(ring_colour) * 0.45), HEAD
        )
    )
    head.append(_sepals(chance, 14, 0.55, 0.12, height=-0.08, start=0.25, droop=0.1))
    return Flower(head, "heart", 0.06, (0, 1.15), foot=-0.12)


def dandelion(chance):
    """Either a yellow cushion of very many narrow straps, or a globe of parachutes."""
    return (
        _dandelion_clock(chance) if chance.happens(0.5) else _dandelion_flower(chance)
    )


def _dandelion_flower(chance):
    count = chance.integer(150, 190)
    colour = _colour(
        chance, dict(yellow=7, gold=4, lemon=3, cream=2, white=2, orange=2, pink=1)
    )
    place = np.sqrt((np.arange(count) + 0.5) / count)
    azimuth = np.arange(count) * GOLDEN_ANGLE + chance.around(0, 0.25, count)
    flat = chance.uniform(
        -0.1, 0.55
    )  # how far the outer straps stand up: from open to half closed
    lift = flat + (1.55 - flat) * (1 - place) ** 0.65 + chance.around(0, 0.18, count)
    deep = _mixed(colour, (0.75, 0.3, 0.02), chance.uniform(0.15, 0.45))
    light = _lighter(colour, 0.15)
    points = petals(
        azimuth,
        chance.around(0.86, 0.1, count) * (0.34 + 0.66 * place),
        chance.around(0.047, 0.012, count),
        rows=4,
        columns=2,
        profile=(0.5, 0.8, 1.0, 1.0, 0.8),
        lift=lift,
        curl=chance.around(-0.4, 0.4, count) * (1.2 - 0.4 * place),
        cup=0.5,
        twist=chance.around(0, 0.5, count),
        sway=chance.around(0, 0.08, count),
        notch=0.06,
        start=0.2 * place,
        height=0.24 * (1 - place**2),
    )
    table = paint(
        count,
        deep,
        light,
        _mixed(colour, (0.5, 0.25, 0.0), 0.4),
        vary=0.25,
        chance=chance,
        veins=0.35,
        lengthwise=1.5,
        fade=0.6,
    )
    head = [Sheets(points, table, HEAD)]
    head.append(
        _sepals(
            chance,
            12,
            0.4,
            0.07,
            height=-0.12,
            start=0.06,
            droop=chance.uniform(-0.9, 0.5),
        )
    )
    cup = bezier([(0.02, -0.26), (0.24, -0.26), (0.2, 0.05)], 4)
    azimuth = np.arange(8) * np.pi / 4
    body = wrapped(
        azimuth,
        np.tile(cup[:, 0], (8, 1)),
        np.tile(cup[:, 1], (8, 1)),
        np.full((8, 5), 0.5),
        columns=2,
    )
    green = chance.choose(LEAF_GREENS)
    head.append(
        Sheets(
            body, paint(8, green, _lighter(green, 0.1), vary=0.2, chance=chance), HEAD
        )
    )
    return Flower(head, "tooth", 0.05, (0, 1.35), foot=-0.22, stem=(0.46, 0.54, 0.30))


def _dandelion_clock(chance):
    count = chance.integer(80, 115)
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    azimuth = np.arange(count) * GOLDEN_ANGLE + chance.around(0, 0.2, count)
    flat = np.sqrt(1 - height**2)
    direction = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), height], -1)
    keep = height > -0.93
    if chance.happens(0.4):  # the wind has been here
        wind = chance.uniform(-1, 1, 3)
        keep &= direction @ (wind / np.linalg.norm(wind)) < chance.uniform(0.1, 0.75)
    direction = direction[keep]
    count = len(direction)
    side = np.cross(direction, np.array([0.3, 0.9, 0.31]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(direction, side)
    hairs = chance.integer(11, 14)
    turn = np.arange(hairs) * 2 * np.pi / hairs + chance.uniform(0, 6, (count, 1))
    opening = chance.uniform(0.85, 1.1)
    reach = chance.around(0.36, 0.05, (count, 1, 1))
    apex = direction * chance.around(0.68, 0.04, (count, 1))
    around = (
        np.cos(turn)[:, :, None] * side[:, None]
        + np.sin(turn)[:, :, None] * other[:, None]
    )
    tips = apex[:, None] + reach * (
        np.cos(opening) * direction[:, None] + np.sin(opening) * around
    )
    thin = 0.0035
    offset = thin * np.cross(around, direction[:, None])
    start = np.broadcast_to(apex[:, None], tips.shape)
    hair = np.stack(
        [start - offset, start + offset, tips - offset, tips + offset], 2
    ).reshape(-1, 2, 2, 3)
    tone = _mixed(
        (0.96, 0.95, 0.92),
        _colour(chance, dict(white=3, cream=2, gold=1, salmon=1, lavender=1)),
        0.3,
    )
    head = [Sheets(hair, paint(len(hair), tone * 0.9, tone, glow=0.9), HEAD)]
    beak = np.stack(
        [
            direction * 0.2 - side * 0.004,
            direction * 0.2 + side * 0.004,
            apex - side * 0.004,
            apex + side * 0.004,
        ],
        1,
    )
    head.append(
        Sheets(
            beak.reshape(-1, 2, 2, 3),
            paint(count, (0.62, 0.55, 0.42), tone, glow=0.6),
            HEAD,
        )
    )
    seed = chance.choose(((0.36, 0.24, 0.14), (0.48, 0.36, 0.20), (0.30, 0.22, 0.18)))
    wide = 0.018
    points = np.stack(
        [
            0.14 * direction,
            0.2 * direction + side * wide,
            0.2 * direction - side * wide,
            0.3 * direction,
        ],
        1,
    )
    head.append(
        Sheets(
            points.reshape(-1, 2, 2, 3),
            paint(count, seed, vary=0.3, chance=chance),
            HEAD,
        )
    )
    ball = dome(0.14, 0.28, low=-0.14, rows=4, columns=12, power=2.5)
    head.append(Sheets(ball, paint(1, (0.80, 0.76, 0.60), (0.90, 0.88, 0.76)), HEAD))
    head.append(_sepals(chance, 10, 0.2, 0.04, height=-0.15, start=0.04, droop=-1.2))
    # The umbrella of each parachute, as a see-through sheet: it makes the haze, and the
    # mask.
    rim = chance.integer(0, hairs - 1)
    order = (np.arange(hairs + 1) + rim) % hairs
    skin = np.stack(
        [np.broadcast_to(apex[:, None], (count, hairs + 1, 3)), tips[:, order]], 1
    )
    veil = [
        Sheets(skin, paint(count, tone, tone, glow=0.9, vary=0.1, chance=chance), HEAD)
    ]
    return Flower(
        head, "tooth", 0.05, (0.3, 1.5), foot=-0.12, stem=(0.50, 0.54, 0.34), veil=veil
    )


def tulip(chance):
    """Six broad petals that stand together as a cup, seen from the side or into it."""
    colour = _colour(
        chance,
        dict(
            red=3,
            crimson=1,
            yellow=3,
            gold=1,
            white=2.5,
            cream=1,
            pink=2,
            rose=1.5,
            magenta=1,
            orange=2,
            purple=1.5,
        ),
    )
    open_ = chance.uniform(0, 1) ** 1.3
    belly, waist = chance.uniform(0.4, 0.52), chance.uniform(0.34, 0.5)
    mouth = 0.12 + 0.65 * open_
    tall = chance.uniform(0.95, 1.25) * (1 - 0.25 * open_)
    rows = 8
    tips, edge = _lighter(colour, chance.uniform(0, 0.25)), colour
    style = chance.choose(("plain", "flamed", "rimmed"), (5, 2, 2))
    if style != "plain":
        edge = _colour(
            chance, dict(white=2, yellow=2, pink=1, cream=1, red=1.5, purple=1)
        )
    foot_colour = chance.choose(
        (
            tuple(_mixed(colour, (0.75, 0.85, 0.4), 0.6)),
            tuple(_mixed(colour, (0.97, 0.9, 0.5), 0.5)),
            tuple(colour),
        )
    )
    pointed, ruffle = (
        chance.uniform(0.3, 0.75),
        chance.choose((0.0, 0.02, 0.08), (3, 3, 1)),
    )
    head = []
    for ring in range(2):
        count = 3
        azimuth = (np.arange(count) + 0.5 * ring) * 2 * np.pi / count + chance.around(
            0, 0.12, count
        )
        radius, height, reach = [], [], []
        for _ in range(count):
            end = mouth * (0.92 if ring else 1.0) + chance.around(0, 0.1)
            top = tall * chance.uniform(0.93, 1.05)
            lip = chance.around(0.0, 0.12)
            middle = bezier(
                [
                    (0.05, 0),
                    (belly * 1.45, 0.12 * top),
                    (waist * 1.15, 0.6 * top),
                    (end + lip, top),
                ],
                rows,
            )
            middle[:, 0] *= 0.88 if ring else 1.03
            radius.append(middle[:, 0])
            height.append(middle[:, 1])
            shape = outline(spread(rows), 0.42, pointed, 0.02)
            reach.append(np.minimum(1.15, 0.5 * shape / np.maximum(middle[:, 0], 0.12)))
        points = wrapped(
            azimuth,
            np.array(radius),
            np.array(height),
            np.array(reach),
            columns=8,
            skew=chance.around(0, 0.05, count),
            flare=chance.around(-0.03, 0.1, count),
            ruffle=ruffle,
            waves=4,
            phase=chance.uniform(0, 6, count),
        )
        table = paint(
            count,
            foot_colour,
            tips,
            edge,
            vary=0.08,
            chance=chance,
            veins={"plain": 0.14, "flamed": 0.8, "rimmed": 0.08}[style],
            lengthwise=2.0 if style == "flamed" else 5.0,
            rim=0.9 if style == "rimmed" else 0.1,
            mottle=0.25,
            fade=0.3,
            glow=0.6,
            gloss=0.12,
        )
        head.append(Sheets(points, table, HEAD, layering=1.0))
    if open_ > 0.2:
        dark = chance.choose(
            ((0.16, 0.10, 0.16), (0.85, 0.70, 0.20), (0.30, 0.22, 0.10))
        )
        azimuth = np.arange(6) * np.pi / 3
        stamens = petals(
            azimuth,
            0.38,
            0.03,
            rows=4,
            columns=1,
            foot=0.2,
            tip=0.1,
            lift=1.3,
            start=0.05,
            height=0.05,
        )
        head.append(Sheets(stamens, paint(6, (0.7, 0.7, 0.4), dark, fade=3), HEAD))
        pistil = petals(
            np.arange(3) * 2.1,
            0.4,
            0.05,
            rows=3,
            columns=2,
            lift=1.5,
            height=0.02,
            tip=0.2,
        )
        head.append(
            Sheets(pistil, paint(3, (0.55, 0.65, 0.3), (0.75, 0.78, 0.4)), HEAD)
        )
    return Flower(
        head,
        "lance",
        0.055,
        (0.35 + 0.5 * (1 - open_), 1.62),
        foot=0.02,
        stem=(0.46, 0.58, 0.32),
    )


def rose(chance):
    """Many broad petals in a spiral, tight in the middle, rolled outwards at
    the rim.
    """
    count = chance.integer(20, 30)
    colour = _colour(
        chance,
        dict(
            red=2.5,
            crimson=1.5,
            pink=3,
            rose=2,
            white=2.5,
            cream=2,
            yellow=2.5,
            gold=1,
            salmon=1.5,
            orange=1.5,
            lavender=1,
            magenta=1,
        ),
    )
    t = np.linspace(0, 1, count)
    open_ = chance.uniform(0.25, 1)
    azimuth = np.arange(count) * GOLDEN_ANGLE + chance.around(0, 0.2, count)
    top_radius = 0.05 + (0.62 + 0.25 * open_) * t ** (1.15 - 0.25 * open_)
    inner = chance.uniform(0.7, 0.85)
    top = inner - (0.1 + 0.4 * open_) * t**1.6 + chance.around(0, 0.03, count)
    rows = 6
    radius, height, reach = [], [], []
    shape = np.interp(spread(rows), (0, 0.2, 0.6, 0.9, 1), (0.15, 0.55, 1, 0.97, 0.8))
    for i in range(count):
        roll = (0.04 + 0.16 * t[i] * (0.4 + 0.6 * open_)) * chance.uniform(0.6, 1.3)
        r = top_radius[i]
        middle = bezier(
            [
                (0.03, 0),
                (0.35 * r + 0.15 + 0.4 * r, 0.06),
                (r * 0.97, top[i] * 0.9),
                (r + roll, top[i] * 1.02 - 0.55 * roll),
            ],
            rows,
        )
        radius.append(middle[:, 0])
        height.append(middle[:, 1])
        width = 0.34 + 0.24 * t[i]
        reach.append(np.minimum(2.0, shape * width / np.maximum(middle[:, 0], 0.06)))
    points = wrapped(
        azimuth,
        np.array(radius),
        np.array(height),
        np.array(reach),
        columns=8,
        skew=0.1 - 0.06 * t + chance.around(0, 0.04, count),
        flare=chance.around(0.03, 0.08, count) * t,
        arch=chance.around(0.16, 0.06, count) * (1.1 - 0.3 * t),
        ruffle=chance.uniform(0.01, 0.05) * (0.3 + t),
        waves=chance.uniform(1, 2.5, count),
        phase=chance.uniform(0, 6, count),
    )
    deep = _mixed(colour, colour**2.2, chance.uniform(0.35, 0.7))
    rim = _lighter(colour, chance.uniform(0.05, 0.3))
    if chance.happens(0.25):
        rim = _mixed(rim, _colour(chance, dict(pink=1, yellow=1, white=1, red=1)), 0.5)
    table = paint(
        count,
        deep,
        colour,
        rim,
        vary=0.1,
        chance=chance,
        rim=0.5,
        veins=0.06,
        lengthwise=6,
        mottle=0.15,
        fade=1.6,
        glow=0.45,
        gloss=0.08,
    )
    head = [Sheets(points, table, HEAD)]
    head.append(Sheets(dome(0.6, 0.25, low=0.0), paint(1, deep * 0.8), HEAD))
    head.append(
        _sepals(
            chance,
            5,
            0.6,
            0.09,
            height=0.0,
            start=0.05,
            droop=chance.uniform(-0.5, 0.6),
        )
    )
    return Flower(head, "serrate", 0.045, (0, 1.1), foot=0.0, stem=(0.34, 0.42, 0.20))


DRAW = dict(zip(CLASS_NAMES, (dandelion, daisy, tulip, sunflower, rose), strict=True))


def leaf(chance, kind, length):
    """One leaf along the x axis, its face to the viewer, as `Sheets`; `kind` as in
    `Flower.leaf`.
    """
    green = _mixed(
        chance.choose(LEAF_GREENS), chance.choose(LEAF_GREENS), chance.uniform(0, 1)
    )
    rib = _lighter(green, 0.3)
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
            _lighter(green, 0.08),
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
