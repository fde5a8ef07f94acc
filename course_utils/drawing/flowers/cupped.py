"""Flowers whose petals wrap each other: tulip and rose."""

import numpy as np

from course_utils.drawing.engine.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    dome,
    outline,
    paint,
    petals,
    spread,
    wrapped,
)
from course_utils.drawing.flowers.parts import (
    HEAD,
    Flower,
    lighter,
    mixed,
    pick_colour,
    sepals,
)


def tulip(chance):
    """Six broad petals that stand together as a cup, seen from the side or into it."""
    colour = pick_colour(
        chance,
        dict(
            red=3,
            crimson=1,
            yellow=3,
            gold=1,
            white=4,
            cream=2,
            pink=3,
            rose=1.5,
            magenta=1,
            orange=2,
            purple=1.5,
            lavender=1,
        ),
    )
    open_ = chance.uniform(0, 1) ** 1.3
    belly, waist = chance.uniform(0.4, 0.52), chance.uniform(0.34, 0.5)
    mouth = 0.12 + 0.65 * open_
    tall = chance.uniform(0.95, 1.25) * (1 - 0.25 * open_)
    rows = 8
    tips = lighter(colour, chance.uniform(0, 0.25))
    # a shade darker along the borders, else six petals of one colour are a lemon
    edge = mixed(colour, (0.3, 0.22, 0.12), 0.35)
    style = chance.choose(("plain", "flamed", "rimmed"), (5, 2, 2))
    if style != "plain":
        edge = pick_colour(
            chance, dict(white=2, yellow=2, pink=1, cream=1, red=1.5, purple=1)
        )
    foot_colour = chance.choose(
        (
            tuple(mixed(colour, (0.75, 0.85, 0.4), 0.6)),
            tuple(mixed(colour, (0.97, 0.9, 0.5), 0.5)),
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
            end = mouth * (0.92 if ring else 1.0) * (1 + chance.around(0, 0.2))
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
            veins={"plain": 0.22, "flamed": 0.65, "rimmed": 0.1}[style],
            lengthwise=2.0 if style == "flamed" else 5.0,
            rim={"plain": 0.6, "flamed": 0.2, "rimmed": 0.9}[style],
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
        (0.35 + 0.5 * (1 - open_), 1.45),
        foot=0.02,
        lean=0.75,
        stem=(0.46, 0.58, 0.32),
    )


def rose(chance):
    """Many broad petals in a spiral, tight in the middle, rolled outwards at
    the rim.
    """
    count = chance.integer(20, 30)
    colour = pick_colour(
        chance,
        dict(
            red=2.5,
            crimson=1.5,
            pink=4,
            rose=2,
            white=4,
            cream=3,
            yellow=2.5,
            gold=1,
            salmon=1.5,
            orange=1.5,
            lavender=1.5,
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
    deep = mixed(colour, colour**2.2, chance.uniform(0.35, 0.7))
    rim = lighter(colour, chance.uniform(0.05, 0.3))
    if chance.happens(0.25):
        rim = mixed(
            rim, pick_colour(chance, dict(pink=1, yellow=1, white=1, red=1)), 0.5
        )
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
        sepals(
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
