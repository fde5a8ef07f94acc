"""Leaves, ferns, a mushroom and what grows on trees: eight drawn curiosities."""

import numpy as np

from course_utils.drawing.curiosities.colours import (
    TURN,
    any_colour,
    leaf_colour,
    lighter,
)
from course_utils.drawing.engine.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    florets,
    outline,
    paint,
    petals,
    polar,
    spread,
    tube,
    turn_x,
    turned_shape,
)


def _leaf_stalk(chance, colour, start, reach=0.6):
    bend = chance.around(0, 0.3)
    path = bezier(
        [
            (start, 0, -0.02),
            (start - 0.5 * reach, 0.3 * bend, -0.03),
            (start - reach, bend, -0.05),
        ],
        4,
    )
    return Sheets(tube(path, 0.018, columns=2), paint(1, colour))


def maple_leaf(chance):
    columns = 60
    theta = np.linspace(-np.pi, np.pi, columns + 1)
    lobes = chance.choose((5, 5, 7))
    centres = np.linspace(-1, 1, lobes) * chance.uniform(1.9, 2.3)
    long = 1 - chance.uniform(0.12, 0.22) * np.abs(np.linspace(-1, 1, lobes)) * 2
    sharp = chance.uniform(0.16, 0.24)
    radius = np.max(
        long[:, None]
        * np.exp(-((np.abs(theta - centres[:, None]) / sharp) ** 1.1) * 0.5),
        axis=0,
    )
    radius = np.maximum(radius, 0.38 - 0.2 * (np.abs(theta) > 2.7)) * (
        1 + 0.1 * ((np.arange(columns + 1) % 3) - 1)
    )
    colour = leaf_colour(chance)
    table = paint(
        1,
        colour * 0.9,
        colour,
        lighter(colour, 0.3),
        veins=0.5,
        lengthwise=lobes * 0.68,
        mottle=0.3,
    )
    sheet = polar(radius, rows=4, height=chance.around(0, 0.25))
    return [Sheets(sheet, table), _leaf_stalk(chance, colour * 0.7, -0.2)]


def oak_leaf(chance):
    rows = 22
    u = spread(rows)
    lobes = chance.integer(3, 5)
    profile = outline(u, 0.8, 0.5) * (
        0.68 + 0.32 * np.cos(TURN * lobes * u + chance.uniform(0, 1))
    )
    colour = leaf_colour(chance)
    points = petals(
        0,
        2,
        0.6,
        rows=rows,
        columns=4,
        profile=profile,
        curl=chance.around(0, 0.5),
        cup=chance.around(0.1, 0.3),
    )
    table = paint(
        1,
        colour * 0.9,
        colour,
        lighter(colour, 0.35),
        veins=0.3,
        sideways=lobes,
        midrib=0.7,
        mottle=0.3,
    )
    return [Sheets(points, table), _leaf_stalk(chance, colour * 0.7, 0.05, 0.4)]


def clover(chance):
    count = chance.choose((3, 3, 4))
    azimuth = np.arange(count) * TURN / count + chance.around(0, 0.15, count)
    rows = 8
    profile = np.interp(spread(rows), (0, 0.3, 0.7, 0.9, 1), (0.06, 0.5, 1, 0.95, 0.7))
    colour = leaf_colour(chance)
    points = petals(
        azimuth,
        1,
        0.55 if count == 3 else 0.46,
        rows=rows,
        columns=6,
        profile=profile,
        notch=chance.uniform(0.1, 0.22),
        lift=chance.around(0.1, 0.3, count),
        curl=chance.around(0, 0.4, count),
        cup=chance.around(0.2, 0.3, count),
    )
    table = paint(
        count,
        colour * 0.85,
        colour,
        lighter(colour, 0.5),
        veins=chance.uniform(0.1, 0.6),
        sideways=chance.uniform(0.8, 1.6),
        midrib=0.5,
        mottle=0.25,
    )
    return [
        Sheets(points, table, layering=0.8),
        _leaf_stalk(chance, colour * 0.8, 0.0, 1.2),
    ]


def fern(chance):
    pairs = chance.integer(11, 17)
    path = bezier(
        [
            (-1, 0, 0),
            (-0.3, chance.around(0, 0.3), 0),
            (0.4, chance.around(0, 0.5), 0),
            (1, chance.around(0, 0.5), 0),
        ],
        24,
    )
    at = np.linspace(0.12, 0.98, pairs)
    place = np.stack([np.interp(at, spread(24), path[:, k]) for k in range(3)], -1)
    place = np.concatenate([place, place])
    side = np.concatenate([np.ones(pairs), -np.ones(pairs)])
    long = np.tile(0.55 * outline(at, 0.35, 0.8) + 0.03, 2)
    slant = chance.uniform(0.9, 1.3)
    colour = leaf_colour(chance)
    points = petals(
        side * slant,
        long,
        chance.uniform(0.045, 0.07),
        rows=6,
        columns=2,
        foot=0.3,
        tip=0.6,
        sway=-0.2 * side,
        curl=chance.around(0, 0.4, 2 * pairs),
    )
    table = paint(
        2 * pairs,
        colour * 0.85,
        colour,
        lighter(colour, 0.3),
        vary=0.15,
        chance=chance,
        midrib=0.4,
    )
    return [
        Sheets(points + place[:, None, None], table),
        Sheets(
            tube(path, np.linspace(0.03, 0.01, 25), columns=2), paint(1, colour * 0.6)
        ),
    ]


def mushroom(chance):
    cap, stem = any_colour(chance), lighter(any_colour(chance), 0.6)
    wide, tall = chance.uniform(0.6, 1.0), chance.uniform(0.35, 0.8)
    rim = chance.uniform(-0.12, 0.02)
    profile = bezier(
        [
            (wide * 0.85, rim),
            (wide * 1.15, tall * 0.5),
            (wide * 0.7, tall),
            (0.0, tall),
        ],
        7,
    )
    sheets = [
        Sheets(
            turned_shape(profile),
            paint(1, cap, cap * 0.9, lighter(cap, 0.3), mottle=0.3, gloss=0.15),
        )
    ]
    gills = np.array([(0.12, 0.02), (wide * 0.86, rim)])
    sheets.append(
        Sheets(
            turned_shape(gills, columns=24),
            paint(1, stem * 0.8, stem * 0.6, stem * 0.3, veins=0.7, lengthwise=24),
        )
    )
    half = chance.uniform(0.12, 0.24)
    foot = bezier(
        [
            (half * 0.8, 0.1),
            (half, -0.4),
            (half * chance.uniform(0.9, 1.8), -1.0),
            (0.02, -1.05),
        ],
        6,
    )
    sheets.append(
        Sheets(turned_shape(foot, columns=10), paint(1, stem, stem * 0.85, mottle=0.3))
    )
    if chance.happens(0.55):
        spots, _ = florets(
            chance.integer(9, 18),
            0.62 * wide,
            0.35 * tall,
            0.08 * wide,
            low=0.62 * tall,
            jitter=0.1,
            chance=chance,
        )
        spots = spots[..., [0, 2, 1]] * np.array([1, 1, -1]) + np.array([0, 0.03, 0])
        sheets.append(
            Sheets(
                spots, paint(len(spots), lighter(stem, 0.6), vary=0.1, chance=chance)
            )
        )
    return [s.turned(turn_x(chance.uniform(-0.35, 0.7)).T) for s in sheets]


def acorn(chance):
    nut, cap = any_colour(chance), any_colour(chance) * 0.8
    wide, tall = chance.uniform(0.42, 0.6), chance.uniform(0.9, 1.2)
    profile = bezier(
        [
            (wide, 0.2),
            (wide * 1.15, -0.5 * tall),
            (wide * 0.6, -tall),
            (0.01, -tall - 0.08),
        ],
        8,
    )
    lid = bezier(
        [(wide * 1.2, 0.12), (wide * 1.25, 0.5), (wide * 0.5, 0.62), (0.02, 0.62)], 6
    )
    scales = chance.integer(90, 130)
    at = (np.arange(scales) + 0.5) / scales
    r, y = np.interp(at, spread(6), lid[:, 0]), np.interp(at, spread(6), lid[:, 1])
    theta = np.arange(scales) * GOLDEN_ANGLE
    out = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], -1)
    side = np.stack([np.cos(theta), 0 * theta, -np.sin(theta)], -1)
    centre = out * (r[:, None] + 0.02) + np.stack([0 * y, y, 0 * y], -1)
    down = np.array([0, -1, 0]) + 0.5 * out
    bump = np.stack(
        [
            centre - 0.07 * down,
            centre - 0.06 * side,
            centre + 0.06 * side,
            centre + 0.09 * down,
        ],
        1,
    ).reshape(-1, 2, 2, 3)
    stalk = tube(
        bezier([(0, 0.6, 0), (0, 0.8, 0), (chance.around(0, 0.3), 1, 0)], 4),
        0.05,
        columns=3,
    )
    sheets = [
        Sheets(
            turned_shape(profile),
            paint(
                1,
                nut,
                nut * 0.85,
                lighter(nut, 0.2),
                veins=0.3,
                lengthwise=9,
                gloss=0.5,
            ),
        ),
        Sheets(turned_shape(lid), paint(1, cap * 0.6)),
        Sheets(bump, paint(scales, cap * 0.8, cap, vary=0.25, chance=chance)),
        Sheets(stalk, paint(1, cap * 0.7)),
    ]
    return [s.turned(turn_x(chance.around(0.0, 0.7))) for s in sheets]


def pine_cone(chance):
    scales = chance.integer(60, 90)
    colour, tip = any_colour(chance), any_colour(chance)
    if chance.happens(0.5):
        colour, tip = np.array([0.42, 0.28, 0.17]), np.array([0.66, 0.5, 0.34])
    at = (np.arange(scales) + 0.5) / scales
    theta = np.arange(scales) * GOLDEN_ANGLE
    ring = 0.52 * np.sin(np.pi * np.clip(at * 0.93 + 0.04, 0, 1)) ** 0.7
    open_ = chance.uniform(0.1, 0.9)
    rows = 4
    points = petals(
        theta,
        0.25 + 0.4 * ring,
        0.1 + 0.16 * ring,
        rows=rows,
        columns=3,
        profile=(0.5, 0.8, 1, 0.9, 0.55),
        lift=0.9 - open_ + 0.7 * at,
        curl=-0.4,
        hook=0.5,
        start=0.5 * ring,
        height=-0.9 + 1.6 * at,
        cup=-0.3,
    )
    points = points[..., [0, 2, 1]]
    core = bezier([(0.02, -0.8), (0.3, -0.8), (0.35, 0.3), (0.05, 0.8)], 6)
    sheets = [
        Sheets(
            points,
            paint(
                scales,
                colour * 0.6,
                tip,
                colour,
                vary=0.2,
                chance=chance,
                rim=0.4,
                fade=2,
                mottle=0.3,
            ),
            layering=0.3,
        ),
        Sheets(turned_shape(core), paint(1, colour * 0.3)),
    ]
    return [s.turned(turn_x(chance.uniform(0.0, 1.0))) for s in sheets]
