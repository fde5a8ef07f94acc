"""Wings, shells and spines: seven drawn curiosities."""

import numpy as np

from course_utils.drawing.curiosities.colours import TURN, any_colour, lighter
from course_utils.drawing.engine.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    outline,
    paint,
    petals,
    polar,
    spread,
    tube,
    turn_y,
    turn_z,
)


def feather(chance):
    colour, other = any_colour(chance), any_colour(chance)
    bands = chance.choose((0, 0, 3, 5))
    barbs = chance.integer(28, 40)
    bend = chance.around(0, 0.35)
    at = np.tile(np.linspace(0.2, 0.99, barbs), 2)
    side = np.repeat([1.0, -1.0], barbs)
    place = np.stack([2 * at - 1, bend * (at - 0.2) ** 2, 0 * at], -1)
    long = (
        (0.42 * outline(at, 0.35, 0.35) + 0.05)
        * (1 + chance.around(0, 0.06, at.size))
        * np.where(side > 0, 1, chance.uniform(0.6, 1))
    )
    points = petals(
        side * (0.75 + 0.2 * (1 - at)),
        long,
        0.035,
        rows=3,
        columns=1,
        foot=0.1,
        tip=0.3,
        sway=-0.2 * side,
        lift=0.15,
    )
    table = paint(at.size, colour, colour, vary=0.12, chance=chance)
    if bands:
        banded = np.cos(TURN * bands * at) > 0.2
        table[banded] = paint(int(banded.sum()), other, other, vary=0.12, chance=chance)
    down = chance.around(0.2, 0.05, 14)
    fluff = petals(
        chance.uniform(-2, 2, 14),
        down,
        0.012,
        rows=4,
        columns=1,
        curl=chance.around(0, 2, 14),
    ) + np.array([-0.62, 0, 0])
    quill = bezier([(-1.15, 0, 0.01), (0, 0, 0.02), (0.98, bend * 0.64, 0.02)], 8)
    return [
        Sheets(points + place[:, None, None], table),
        Sheets(fluff, paint(14, lighter(colour, 0.5))),
        Sheets(
            tube(quill, np.linspace(0.03, 0.008, 9), columns=2),
            paint(1, lighter(colour, 0.7)),
        ),
    ]


def butterfly(chance):
    colour, rim = any_colour(chance), any_colour(chance) * chance.uniform(0.2, 1)
    sheets = []
    fold = chance.uniform(-0.1, 0.9)
    columns = 22
    t = np.linspace(0, 1, columns + 1)
    waves = chance.uniform(0, 0.06)
    for upper in (True, False):
        long = chance.uniform(0.9, 1.1) if upper else chance.uniform(0.6, 0.85)
        wide = np.sin(np.pi * t) ** chance.uniform(0.5, 0.9)
        radius = long * (0.15 + 0.85 * wide) * (1 + waves * np.cos(TURN * 5 * t))
        low, high = (0.05, 1.35) if upper else (-1.35, -0.05)
        wing = polar(radius, start=low, stop=high, rows=5, low=0.02 if upper else 0.0)
        spotted = chance.uniform(0.2, 0.9)
        for side in (1, -1):
            turned = wing * np.array([side, 1, 1])
            table = paint(
                1,
                colour,
                lighter(colour, 0.2),
                rim,
                rim=1.0,
                veins=spotted,
                lengthwise=3,
                mottle=0.3,
                fade=2,
            )
            sheets.append(Sheets(turned @ turn_y(-side * fold).T, table))
    body = tube(
        bezier([(0, -0.5, 0.05), (0.0, 0, 0.07), (0, 0.4, 0.05)], 6),
        (0.02, 0.05, 0.06, 0.08, 0.07, 0.08, 0.05),
    )
    sheets.append(Sheets(body, paint(1, rim * 0.5)))
    for side in (1, -1):
        feeler = tube(
            bezier(
                [(0, 0.38, 0.05), (side * 0.1, 0.6, 0.1), (side * 0.25, 0.75, 0.1)], 4
            ),
            (0.012, 0.012, 0.012, 0.02, 0.035),
            columns=2,
        )
        sheets.append(Sheets(feeler, paint(1, rim * 0.4)))
    return sheets


def ladybird(chance):
    colour, dark = (
        any_colour(chance),
        np.array([0.09, 0.08, 0.08]) + chance.uniform(0, 0.1, 3),
    )
    if chance.happens(0.25):
        colour, dark = dark, any_colour(chance)
    theta = np.linspace(-np.pi, np.pi, 25)
    shell = np.hypot(np.cos(theta), np.sin(theta)) * chance.uniform(0.85, 0.95)
    sheets = [
        Sheets(
            polar(shell, rows=6, height=0.6, power=2.4),
            paint(1, colour, colour * 0.9, gloss=0.7, rim=0.3),
        )
    ]
    count = chance.integer(3, 8)
    x, y = (
        chance.uniform(0.12, 0.62, count),
        np.linspace(-0.62, 0.5, count) + chance.around(0, 0.1, count),
    )
    for side in (1, -1):
        for cx, cy in zip(x, y, strict=True):
            size = chance.uniform(0.07, 0.15)
            disc = polar(np.full(11, size), rows=1)
            r = np.hypot(cx, cy) / 0.9
            slope = 2.4 * 0.6 * r**1.4 / 0.9
            disc[..., 2] += (
                0.06
                + 0.6 * (1 - r**2.4)
                - slope * (disc[..., 0] * cx + disc[..., 1] * cy) / np.hypot(cx, cy)
            )
            sheets.append(
                Sheets(disc + np.array([side * cx, cy, 0]), paint(1, dark, gloss=0.4))
            )
    seam = tube(
        [
            (0, -0.88, 0.02),
            (0, -0.5, 0.47),
            (0, 0, 0.62),
            (0, 0.55, 0.44),
            (0, 0.85, 0.04),
        ],
        0.012,
        columns=2,
    )
    head = polar(np.full(15, 0.42), rows=3, height=0.3) + np.array([0, 0.85, 0.0])
    sheets += [Sheets(seam, paint(1, dark)), Sheets(head, paint(1, dark, gloss=0.5))]
    legs = petals(
        np.array([0.6, 0.0, -0.6, np.pi - 0.6, np.pi, np.pi + 0.6]),
        1.25,
        0.03,
        rows=3,
        columns=1,
        tip=0.2,
        height=-0.05,
        sway=0.1,
    )
    return [*sheets, Sheets(legs, paint(6, dark * 0.8))]


def snail(chance):
    colour, band = any_colour(chance), any_colour(chance)
    turns = chance.uniform(2.2, 3.2)
    rows = 46
    angle = np.linspace(0, turns * TURN, rows + 1)
    growth = chance.uniform(0.13, 0.19)
    r = np.exp(growth * (angle - angle[-1]))
    path = np.stack([r * np.cos(angle), r * np.sin(angle), 0.25 * (1 - r)], -1)
    half = r * (1 - np.exp(-growth * TURN)) * 0.52
    shell = tube(path, half, columns=6)
    table = paint(
        1,
        colour * 0.8,
        colour,
        band,
        veins=chance.uniform(0.2, 0.8),
        lengthwise=chance.choose((1.0, 2.0, 0.0)),
        sideways=chance.choose((0, 0, 14)),
        gloss=0.25,
        mottle=0.2,
    )
    sheets = [Sheets(shell, table)]
    sheets = [s.turned(turn_z(-angle[-1] - 0.6)) for s in sheets]
    if chance.happens(0.6):
        skin = lighter(any_colour(chance) * 0.7, 0.2)
        body = bezier(
            [
                (-1.3, -1.05, -0.3),
                (-0.3, -0.95, -0.25),
                (0.9, -1.1, -0.2),
                (1.5, -0.55, -0.2),
            ],
            10,
        )
        sheets.append(
            Sheets(
                tube(
                    body,
                    np.array(
                        [0.03, 0.1, 0.15, 0.18, 0.2, 0.2, 0.19, 0.17, 0.16, 0.15, 0.12]
                    ),
                ),
                paint(1, skin, mottle=0.4, gloss=0.2),
            )
        )
        for lean in (0.1, 0.3):
            horn = tube(
                bezier(
                    [(1.45, -0.5, -0.2), (1.5, -0.3, -0.2), (1.45 + lean, -0.1, -0.2)],
                    3,
                ),
                (0.03, 0.025, 0.025, 0.05),
                columns=2,
            )
            sheets.append(Sheets(horn, paint(1, skin)))
    return sheets


def scallop(chance):
    ribs = chance.integer(7, 12)
    columns = 2 * ribs + 8
    open_ = chance.uniform(0.75, 1.1)
    t = np.linspace(-1, 1, columns + 1)
    radius = (1.5 - 0.3 * t**2) * (1 + 0.03 * np.cos(np.pi * ribs * t))
    colour = any_colour(chance)
    points = polar(radius, start=np.pi / 2 - open_, stop=np.pi / 2 + open_, rows=7)
    u = spread(7)[:, None]
    points[0, ..., 2] = 0.7 * np.sin(np.pi * u**0.8) * (
        1 - 0.6 * t**2
    ) + 0.05 * u * np.cos(np.pi * ribs * t)
    table = paint(
        1,
        lighter(colour, 0.4),
        colour,
        colour * 0.55,
        veins=chance.uniform(0.4, 0.8),
        lengthwise=ribs / 2,
        sideways=0,
        gloss=0.15,
        mottle=0.3,
    )
    ears = polar(
        np.array([0.45, 0.5, 0.45]), start=0.25, stop=np.pi - 0.25, rows=2, low=-0.05
    ) * np.array([1.0, 0.45, 1])
    return [
        Sheets(points, table),
        Sheets(
            ears, paint(1, colour * 0.85, veins=0.4, lengthwise=4, edge=colour * 0.5)
        ),
    ]


def starfish(chance):
    arms = chance.choose((5, 5, 5, 6))
    columns = arms * 10
    theta = np.linspace(-np.pi, np.pi, columns + 1)
    away = np.abs((theta * arms / TURN + 0.5) % 1 - 0.5) * 2
    slim = chance.uniform(0.22, 0.42)
    radius = slim + (1 - slim) * (1 - away) ** chance.uniform(1.4, 2.4)
    colour = any_colour(chance)
    points = polar(radius, rows=6, height=0.3, power=1.2)
    points[0, ..., 2] -= 0.1 * away * spread(6)[:, None]
    points = points @ turn_z(chance.uniform(0, 6)).T
    sheets = [
        Sheets(
            points,
            paint(
                1,
                colour,
                lighter(colour, 0.15),
                colour * 0.6,
                rim=0.25,
                mottle=0.6,
                gloss=0.1,
            ),
        )
    ]
    at = np.tile(np.linspace(0.05, 0.85, 8), arms)
    angle = np.repeat(np.arange(arms) * TURN / arms, 8)
    bumps = np.stack(
        [at * np.cos(angle), at * np.sin(angle), 0.33 - 0.3 * at**1.2 + 0.02], -1
    )
    disc = (
        np.array([[-1, -1, 0], [1, -1, 0], [-1, 1, 0], [1, 1, 0]]).reshape(1, 2, 2, 3)
        * 0.028
    )
    dots = bumps[:, None, None] + disc
    first = np.arctan2(points[0, -1, columns // 2, 1], points[0, -1, columns // 2, 0])
    dots = dots @ turn_z(first).T
    return [
        *sheets,
        Sheets(dots, paint(len(dots), lighter(colour, 0.5), vary=0.2, chance=chance)),
    ]


def sea_urchin(chance):
    count = chance.integer(160, 260)
    height = 1 - 2 * (np.arange(count) + 0.5) / count
    azimuth = np.arange(count) * GOLDEN_ANGLE
    flat = np.sqrt(1 - height**2)
    out = np.stack(
        [flat * np.cos(azimuth), flat * np.sin(azimuth), height], -1
    ) + chance.around(0, 0.12, (count, 3))
    side = np.cross(out, np.array([0.2, 0.3, 0.93]))
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    core, thick = chance.uniform(0.3, 0.55), chance.uniform(0.012, 0.035)
    tips = out * chance.around(0.95, 0.12, (count, 1))
    foot = out * core
    points = np.stack(
        [
            foot - thick * side,
            foot + thick * side,
            tips - 0.2 * thick * side,
            tips + 0.2 * thick * side,
        ],
        1,
    ).reshape(-1, 2, 2, 3)
    colour, tip = any_colour(chance), any_colour(chance)
    ball = polar(np.full(17, core), rows=4, height=core, power=2.2)
    return [
        Sheets(points, paint(count, colour * 0.7, tip, vary=0.2, chance=chance)),
        Sheets(ball, paint(1, colour * 0.5, mottle=0.5)),
    ]
