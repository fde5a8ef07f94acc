"""Flowers with rays around a disc, or all rays: daisy, sunflower, dandelion."""

import numpy as np

from course_utils.drawing.engine.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    dome,
    florets,
    paint,
    petals,
    wrapped,
)
from course_utils.drawing.flowers.parts import (
    HEAD,
    LEAF_GREENS,
    Flower,
    lighter,
    mixed,
    painted,
    pick_colour,
    sepals,
    some_missing,
)


def daisy(chance):
    """Many slim pale rays around a small yellow cushion: an ox-eye daisy with one ring
    of them, or a lawn daisy with two, its tips often pink.
    """
    lawn = chance.happens(0.4)
    rays = chance.integer(22, 34) if lawn else chance.integer(15, 26)
    colour = pick_colour(chance, dict(white=7, cream=3, pink=3, lavender=2, lemon=1))
    colour = lighter(colour, chance.uniform(0.1, 0.5))
    centre = chance.uniform(0.22, 0.34)
    width = chance.uniform(0.75, 1.1) * 2.7 / rays
    lift = chance.around(0.1, 0.35)
    curl = chance.around(-0.25, 0.45)
    foot, tip = chance.uniform(0.3, 0.5), chance.uniform(0.22, 0.4)
    head = []
    base = mixed(colour, (0.98, 0.96, 0.82), chance.uniform(0, 0.6))
    if lawn:
        colour = mixed(colour, (0.86, 0.35, 0.52), chance.uniform(0, 0.55))
    edge = mixed(colour, (0.4, 0.35, 0.4), chance.uniform(0.1, 0.3))
    for ring in range(2 if lawn else 1):
        azimuth = (np.arange(rays) + 0.5 * ring) * 2 * np.pi / rays + chance.around(
            0, 0.35 * 2 * np.pi / rays, rays
        )
        azimuth = azimuth[some_missing(chance, azimuth, 0.35)]
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
            fade=2.5 if lawn else 0.6,
        )
        head.append(Sheets(points, table, HEAD, layering=0.8))
    middle = chance.choose(
        ((0.95, 0.75, 0.12), (0.92, 0.66, 0.08), (0.90, 0.80, 0.2), (0.84, 0.72, 0.14))
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
    shade = mixed(
        mixed(middle, (0.35, 0.4, 0.05), 0.3),
        middle,
        np.clip(place * 1.6, 0, 1)[:, None],
    )
    head.append(Sheets(scales, painted(chance, shade, 0.35), HEAD))
    head.append(
        Sheets(
            dome(centre, high * 0.9, low=0.02),
            paint(1, np.asarray(middle) * 0.55),
            HEAD,
        )
    )
    head.append(sepals(chance, 12, 0.32, 0.06, height=-0.08, start=0.05, droop=0.25))
    return Flower(head, "spoon", 0.035, (0, 1.3), foot=-0.1)


def sunflower(chance):
    """A large patterned disc within a ring of short pointed rays."""
    rays = chance.integer(16, 26)
    colour = pick_colour(
        chance,
        dict(yellow=6, gold=4, lemon=3, cream=4, white=3, orange=3, rust=3, burgundy=2),
    )
    centre = chance.uniform(0.42, 0.58)
    tip = mixed(
        colour,
        chance.choose(((0.98, 0.85, 0.2), (0.95, 0.9, 0.6), tuple(colour))),
        chance.uniform(0, 0.7),
    )
    base = mixed(colour, (0.6, 0.12, 0.06), chance.choose((0, 0, 0.2, 0.5)))
    edge = mixed(colour, (0.45, 0.22, 0.05), 0.45)
    head = []
    width = chance.uniform(0.8, 1.15) * 1.9 / rays
    lift, curl = chance.around(0.15, 0.3), chance.around(-0.25, 0.45)
    pointed = chance.uniform(0.65, 1.0)
    for ring in range(2):
        azimuth = (np.arange(rays) + 0.5 * ring) * 2 * np.pi / rays + chance.around(
            0, 0.5 * 2 * np.pi / rays, rays
        )
        azimuth = azimuth[some_missing(chance, azimuth, 0.3)]
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
        mixed(core, ring_colour, np.clip(place / 0.4, 0, 1)[:, None] ** 3),
        mixed(ring_colour, rim, np.clip((place - 0.6) / 0.3, 0, 1)[:, None]),
    )
    head.append(Sheets(scales, painted(chance, shade, 0.35), HEAD))
    head.append(
        Sheets(
            dome(centre, high, low=0.03), paint(1, np.asarray(ring_colour) * 0.45), HEAD
        )
    )
    head.append(sepals(chance, 14, 0.55, 0.12, height=-0.08, start=0.25, droop=0.1))
    return Flower(head, "heart", 0.06, (0, 1.15), foot=-0.12)


def dandelion(chance):
    """Either a yellow cushion of very many narrow straps, or a globe of parachutes."""
    return (
        _dandelion_clock(chance) if chance.happens(0.5) else _dandelion_flower(chance)
    )


def _dandelion_flower(chance):
    count = chance.integer(150, 190)
    colour = pick_colour(
        chance, dict(yellow=7, gold=4, lemon=3, cream=2, white=2, orange=2, pink=1)
    )
    place = np.sqrt((np.arange(count) + 0.5) / count)
    azimuth = np.arange(count) * GOLDEN_ANGLE + chance.around(0, 0.25, count)
    # how far the outer straps stand up: from open to half closed
    flat = chance.uniform(-0.1, 0.55)
    lift = flat + (1.55 - flat) * (1 - place) ** 0.65 + chance.around(0, 0.18, count)
    deep = mixed(colour, (0.75, 0.3, 0.02), chance.uniform(0.15, 0.45))
    light = lighter(colour, 0.15)
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
        mixed(colour, (0.5, 0.25, 0.0), 0.4),
        vary=0.25,
        chance=chance,
        veins=0.35,
        lengthwise=1.5,
        fade=0.6,
    )
    head = [Sheets(points, table, HEAD)]
    head.append(
        sepals(
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
            body, paint(8, green, lighter(green, 0.1), vary=0.2, chance=chance), HEAD
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
    tone = mixed(
        (0.96, 0.95, 0.92),
        pick_colour(chance, dict(white=3, cream=2, gold=1, salmon=1, lavender=1)),
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
    head.append(sepals(chance, 10, 0.2, 0.04, height=-0.15, start=0.04, droop=-1.2))
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
