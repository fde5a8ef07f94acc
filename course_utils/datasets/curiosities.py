"""Twenty kinds of things that are none of the garden's five flowers: what the small
backbone learns to see with.

Leaves, shells, insects, fruits and a few made things, drawn with the same brushes as
the garden, in any colour, in front of the same backgrounds.  To tell them apart a
network has to notice outlines, spirals, overlapping layers, fine rays and textures;
`course_utils.pretraining` has it learn just that.
"""

import numpy as np

from course_utils.datasets.drawing import backgrounds, camera
from course_utils.datasets.drawing.chance import Chance
from course_utils.datasets.drawing.rendering import Light, render
from course_utils.datasets.drawing.surfaces import (
    GOLDEN_ANGLE,
    Sheets,
    bezier,
    dome,
    florets,
    outline,
    paint,
    petals,
    polar,
    spread,
    tube,
    turn_x,
    turn_y,
    turn_z,
    turned_shape,
    wrapped,
)

TURN = 2 * np.pi


def _any_colour(chance):
    """Any hue, from pale to deep."""
    hue = chance.uniform(0, 3, 1) + np.array([0.0, 1.0, 2.0])
    wheel = np.clip(np.abs(hue % 3 - 1.5) - 0.25, 0, 1)
    strength, bright = chance.uniform(0.15, 1), chance.uniform(0.35, 1)
    return np.clip(bright * (1 - strength + strength * wheel), 0.03, 0.98)


def _lighter(colour, amount):
    return colour + (1 - colour) * amount


def _leaf_colour(chance):
    """Green, autumn, or anything."""
    kind = chance.choose(("green", "autumn", "any"), (4, 3, 3))
    if kind == "any":
        return _any_colour(chance)
    colour = chance.choose(((0.3, 0.46, 0.16), (0.2, 0.38, 0.16), (0.45, 0.55, 0.2)))
    if kind == "autumn":
        colour = chance.choose(
            ((0.8, 0.3, 0.1), (0.85, 0.6, 0.1), (0.6, 0.15, 0.1), (0.5, 0.32, 0.15))
        )
    return np.clip(np.asarray(colour) + chance.around(0, 0.12, 3), 0.03, 0.98)


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
    colour = _leaf_colour(chance)
    table = paint(
        1,
        colour * 0.9,
        colour,
        _lighter(colour, 0.3),
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
    colour = _leaf_colour(chance)
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
        _lighter(colour, 0.35),
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
    colour = _leaf_colour(chance)
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
        _lighter(colour, 0.5),
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
    colour = _leaf_colour(chance)
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
        _lighter(colour, 0.3),
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


def feather(chance):
    colour, other = _any_colour(chance), _any_colour(chance)
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
        Sheets(fluff, paint(14, _lighter(colour, 0.5))),
        Sheets(
            tube(quill, np.linspace(0.03, 0.008, 9), columns=2),
            paint(1, _lighter(colour, 0.7)),
        ),
    ]


def mushroom(chance):
    cap, stem = _any_colour(chance), _lighter(_any_colour(chance), 0.6)
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
            paint(1, cap, cap * 0.9, _lighter(cap, 0.3), mottle=0.3, gloss=0.15),
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
                spots, paint(len(spots), _lighter(stem, 0.6), vary=0.1, chance=chance)
            )
        )
    return [s.turned(turn_x(chance.uniform(-0.35, 0.7)).T) for s in sheets]


def butterfly(chance):
    colour, rim = _any_colour(chance), _any_colour(chance) * chance.uniform(0.2, 1)
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
                _lighter(colour, 0.2),
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
        _any_colour(chance),
        np.array([0.09, 0.08, 0.08]) + chance.uniform(0, 0.1, 3),
    )
    if chance.happens(0.25):
        colour, dark = dark, _any_colour(chance)
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
    colour, band = _any_colour(chance), _any_colour(chance)
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
        skin = _lighter(_any_colour(chance) * 0.7, 0.2)
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
    colour = _any_colour(chance)
    points = polar(radius, start=np.pi / 2 - open_, stop=np.pi / 2 + open_, rows=7)
    u = spread(7)[:, None]
    points[0, ..., 2] = 0.7 * np.sin(np.pi * u**0.8) * (
        1 - 0.6 * t**2
    ) + 0.05 * u * np.cos(np.pi * ribs * t)
    table = paint(
        1,
        _lighter(colour, 0.4),
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


def strawberry(chance):
    colour = (
        _any_colour(chance) if chance.happens(0.5) else np.array([0.82, 0.12, 0.12])
    )
    wide = chance.uniform(0.6, 0.85)
    profile = bezier(
        [
            (0.05, 0.75),
            (wide * 1.3, 0.85),
            (wide * chance.uniform(0.7, 1.2), -0.3),
            (0.02, -1),
        ],
        9,
    )
    seeds = 90
    at = (np.arange(seeds) + 0.5) / seeds
    r, y = (
        np.interp(at, spread(9), profile[:, 0]),
        np.interp(at, spread(9), profile[:, 1]),
    )
    theta = np.arange(seeds) * GOLDEN_ANGLE
    out = np.stack([np.sin(theta), 0 * theta, np.cos(theta)], -1)
    side = np.stack([np.cos(theta), 0 * theta, -np.sin(theta)], -1)
    centre = out * (r[:, None] + 0.012) + np.stack([0 * y, y, 0 * y], -1)
    down = np.array([0, 1, 0]) - 0.3 * out
    pip = np.stack(
        [
            centre - 0.045 * down,
            centre - 0.022 * side,
            centre + 0.022 * side,
            centre + 0.045 * down,
        ],
        1,
    ).reshape(-1, 2, 2, 3)
    green = _leaf_colour(chance)
    crown = petals(
        np.arange(9) * TURN / 9,
        0.5,
        0.12,
        rows=5,
        columns=2,
        foot=0.3,
        tip=0.7,
        lift=chance.uniform(0, 0.5),
        curl=chance.around(-0.8, 0.5, 9),
    )
    crown = crown[..., [0, 2, 1]] + np.array([0, 0.76, 0])
    sheets = [
        Sheets(
            turned_shape(profile),
            paint(1, _lighter(colour, 0.2), colour, gloss=0.35, mottle=0.15, fade=0.4),
        ),
        Sheets(
            pip,
            paint(
                seeds,
                _lighter(colour, 0.6) * np.array([1, 0.9, 0.5]),
                vary=0.2,
                chance=chance,
            ),
        ),
        Sheets(crown, paint(9, green, _lighter(green, 0.1), vary=0.2, chance=chance)),
        Sheets(
            tube(
                bezier([(0, 0.75, 0), (0, 1, 0), (chance.around(0, 0.3), 1.2, 0)], 4),
                0.03,
                columns=2,
            ),
            paint(1, green),
        ),
    ]
    return [s.turned(turn_x(chance.around(0.1, 0.6))) for s in sheets]


def acorn(chance):
    nut, cap = _any_colour(chance), _any_colour(chance) * 0.8
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
                _lighter(nut, 0.2),
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
    colour, tip = _any_colour(chance), _any_colour(chance)
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


def starfish(chance):
    arms = chance.choose((5, 5, 5, 6))
    columns = arms * 10
    theta = np.linspace(-np.pi, np.pi, columns + 1)
    away = np.abs((theta * arms / TURN + 0.5) % 1 - 0.5) * 2
    slim = chance.uniform(0.22, 0.42)
    radius = slim + (1 - slim) * (1 - away) ** chance.uniform(1.4, 2.4)
    colour = _any_colour(chance)
    points = polar(radius, rows=6, height=0.3, power=1.2)
    points[0, ..., 2] -= 0.1 * away * spread(6)[:, None]
    points = points @ turn_z(chance.uniform(0, 6)).T
    sheets = [
        Sheets(
            points,
            paint(
                1,
                colour,
                _lighter(colour, 0.15),
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
        Sheets(dots, paint(len(dots), _lighter(colour, 0.5), vary=0.2, chance=chance)),
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
    colour, tip = _any_colour(chance), _any_colour(chance)
    ball = polar(np.full(17, core), rows=4, height=core, power=2.2)
    return [
        Sheets(points, paint(count, colour * 0.7, tip, vary=0.2, chance=chance)),
        Sheets(ball, paint(1, colour * 0.5, mottle=0.5)),
    ]


def gear(chance):
    teeth = chance.integer(8, 16)
    columns = teeth * 6
    phase = np.arange(columns + 1) % 6
    deep = chance.uniform(0.72, 0.85)
    radius = np.where(phase < 3, 1.0, deep)
    colour = _any_colour(chance)
    hole = chance.uniform(0.15, 0.4)
    metal = dict(gloss=0.5, mottle=0.25)
    top = polar(radius, rows=3, hole=hole, low=0.0)
    under = top - np.array([0, 0, 0.14])
    rim = np.stack([under[0, -1], top[0, -1]])[None]
    inner = np.stack([under[0, 0], top[0, 0]])[None]
    sheets = [
        Sheets(top, paint(1, colour, _lighter(colour, 0.1), **metal)),
        Sheets(rim, paint(1, colour * 0.55)),
        Sheets(inner, paint(1, colour * 0.4)),
    ]
    if chance.happens(0.6):
        ring = polar(np.full(25, deep * 0.85), rows=1, hole=deep * 0.72, low=0.04)
        sheets.append(Sheets(ring, paint(1, colour * 0.6)))
    return sheets


def pinwheel(chance):
    blades = chance.choose((4, 4, 5))
    colour, other = _any_colour(chance), _any_colour(chance)
    azimuth = np.arange(blades) * TURN / blades
    points = petals(
        azimuth,
        1,
        chance.uniform(1.0, 1.5) / blades,
        rows=7,
        columns=5,
        profile=np.interp(spread(7), (0, 0.6, 1), (0.1, 1, 0.15)),
        sway=0.35,
        twist=chance.uniform(0.9, 1.5),
        lift=0.1,
    )
    sheets = [
        Sheets(
            points,
            paint(
                blades,
                colour,
                other,
                other,
                rim=0.5,
                gloss=0.3,
                fade=chance.uniform(0.4, 2),
            ),
            layering=0.8,
        )
    ]
    pin = polar(np.full(11, 0.09), rows=2, height=0.05, low=0.15)
    stick = (
        tube([(0, 0, -0.3), (0, -1, -0.3), (0, -2, -0.3)], 0.04, columns=3)
        @ turn_z(chance.around(0, 0.6)).T
    )
    return [
        *sheets,
        Sheets(pin, paint(1, _any_colour(chance), gloss=0.5)),
        Sheets(stick, paint(1, (0.6, 0.48, 0.3))),
    ]


def orange_slice(chance):
    wedges = chance.integer(8, 12)
    colour = _any_colour(chance)
    flesh = petals(
        np.arange(wedges) * TURN / wedges,
        0.78,
        2.1 / wedges,
        rows=6,
        columns=3,
        profile=np.interp(spread(6), (0, 0.85, 1), (0.02, 1, 0.75)),
        start=0.07,
        height=0.02,
    )
    half = chance.happens(0.35)
    if half:
        flesh = flesh[: wedges // 2 + 1]
    span = np.pi * (2 * (len(flesh)) / wedges)
    start = -np.pi / wedges
    columns = 4 * wedges
    peel = polar(
        np.full(columns + 1, 1.0),
        rows=1,
        hole=0.9,
        start=start,
        stop=start + span,
        low=0.01,
    )
    pith = polar(np.full(columns + 1, 0.92), rows=2, start=start, stop=start + span)
    rind = np.stack([peel[0, -1] - np.array([0, 0, 0.15]), peel[0, -1]])[None]
    return [
        Sheets(
            flesh,
            paint(
                len(flesh),
                _lighter(colour, 0.25),
                colour,
                _lighter(colour, 0.4),
                vary=0.08,
                chance=chance,
                veins=0.3,
                lengthwise=2,
                mottle=0.4,
                gloss=0.3,
            ),
        ),
        Sheets(pith, paint(1, _lighter(colour, 0.75))),
        Sheets(peel, paint(1, colour * 0.9)),
        Sheets(rind, paint(1, colour * 0.7, mottle=0.3)),
    ]


def cabbage(chance):
    count = chance.integer(9, 14)
    colour = np.asarray(
        chance.choose(
            (
                (0.45, 0.62, 0.25),
                (0.62, 0.74, 0.4),
                (0.36, 0.5, 0.38),
                (0.52, 0.62, 0.3),
                (0.3, 0.5, 0.45),
            )
        )
    )
    colour = np.clip(colour + chance.around(0, 0.06, 3), 0.03, 0.98)
    t = np.linspace(0, 1, count)
    rows = 6
    shape = np.interp(spread(rows), (0, 0.3, 0.7, 1), (0.2, 0.7, 1, 0.85))
    radius, height, reach = [], [], []
    for i in range(count):
        r = 0.3 + 0.75 * t[i]
        path = bezier(
            [
                (0.05, 0),
                (r, 0.0),
                (r * 1.0, 0.5),
                (r * (0.35 + 0.75 * t[i]), 0.75 - 0.4 * t[i]),
            ],
            rows,
        )
        radius.append(path[:, 0])
        height.append(path[:, 1])
        reach.append(
            np.minimum(1.5, shape * (0.7 + 0.3 * t[i]) / np.maximum(path[:, 0], 0.2))
        )
    points = wrapped(
        np.arange(count) * GOLDEN_ANGLE,
        np.array(radius),
        np.array(height),
        np.array(reach),
        columns=9,
        arch=0.25,
        ruffle=chance.uniform(0.03, 0.12),
        waves=chance.uniform(4, 7),
        phase=chance.uniform(0, 6, count),
    )
    table = paint(
        count,
        colour,
        colour * 0.95,
        _lighter(colour, 0.7),
        vary=0.12,
        chance=chance,
        veins=0.35,
        sideways=1.6,
        midrib=0.9,
        gloss=0.12,
    )
    ball = dome(0.4, 0.6, low=0.1, rows=5, columns=14, power=3)
    return [
        Sheets(points, table),
        Sheets(
            ball,
            paint(
                1,
                _lighter(colour, 0.15),
                edge=_lighter(colour, 0.6),
                veins=0.4,
                lengthwise=3,
            ),
        ),
    ]


def umbrella(chance):
    sectors = chance.integer(6, 10)
    colour, other = _any_colour(chance), _any_colour(chance)
    if chance.happens(0.4):
        other = colour
    sheets = []
    width = TURN / sectors
    tall, dip = chance.uniform(0.3, 0.6), chance.uniform(0.04, 0.12)
    t = np.linspace(-1, 1, 6)
    for k in range(sectors):
        radius = 1 - dip * (1 - t**2)
        sector = polar(
            radius, start=k * width, stop=(k + 1) * width, rows=5, height=tall
        )
        sheets.append(
            Sheets(
                sector,
                paint(
                    1,
                    other if k % 2 else colour,
                    edge=colour * 0.5,
                    rim=0.25,
                    gloss=0.25,
                ),
            )
        )
    tip = tube([(0, 0, tall - 0.05), (0, 0.001, tall + 0.15)], 0.025, columns=2)
    rod = np.array([[0, 0, tall], [0, 0, -1.0]])
    ring = polar(np.full(7, 0.03), rows=1)[0, -1]
    pole = np.stack([ring + rod[0], ring + rod[-1]])[None]
    return [
        *sheets,
        Sheets(tip, paint(1, (0.3, 0.3, 0.3))),
        Sheets(pole, paint(1, (0.35, 0.3, 0.25), gloss=0.3)),
    ]


DRAW = (
    maple_leaf,
    oak_leaf,
    clover,
    fern,
    feather,
    mushroom,
    butterfly,
    ladybird,
    snail,
    scallop,
    strawberry,
    acorn,
    pine_cone,
    starfish,
    sea_urchin,
    gear,
    pinwheel,
    orange_slice,
    cabbage,
    umbrella,
)
CLASS_NAMES = tuple(function.__name__.replace("_", " ") for function in DRAW)
MOST_TILT = {
    umbrella: 1.7,
    cabbage: 1.0,
    snail: 0.7,
    mushroom: 0.2,
    strawberry: 0.2,
    acorn: 0.2,
    pine_cone: 0.2,
}


def draw(class_index, seed, size=96):
    """Draw one thing of a class.

    Parameters
    ----------
    class_index : 0 … 19, see CLASS_NAMES.
    seed : a whole number; the same one always gives the same picture.
    size : side of the square picture in pixels.

    Returns
    -------
    (size, size, 3) uint8

    Raises
    ------
    ValueError : a class that does not exist.
    """
    return draw_with_mask(class_index, seed, size)[0]


def draw_with_mask(class_index, seed, size=96):
    """The picture of `draw`, and where the thing is:

    (size, size, 3) uint8 and (size, size) bool.
    """
    if not 0 <= class_index < len(DRAW):
        raise ValueError(
            f"class_index is {class_index}; there are {len(DRAW)} classes, 0 to "
            f"{len(DRAW) - 1}."
        )
    chance, look = Chance(20, class_index, seed, 1), Chance(20, class_index, seed, 2)
    function = DRAW[class_index]
    sheets = function(chance)
    tilt = MOST_TILT.get(function, 1.1) * chance.uniform(0, 1)
    upright = function in (mushroom, strawberry, acorn, pine_cone, snail)
    lean = chance.around(0, 0.9) if upright else chance.uniform(0, TURN)
    spin = 0.0 if upright else chance.uniform(0, TURN)
    rotation = turn_z(lean) @ turn_x(tilt) @ turn_z(spin)
    sheets = [s.turned(rotation) for s in sheets]
    low = np.min([s.points.min(axis=(0, 1, 2)) for s in sheets], axis=0)
    high = np.max([s.points.max(axis=(0, 1, 2)) for s in sheets], axis=0)
    extent = high - low
    side = size * chance.uniform(0.45, 0.9)
    scale = side / np.sqrt(extent[0] * extent[1])
    scale = min(scale, 1.15 * size / max(extent[0], extent[1]))
    room = np.maximum(0.5 - 0.4 * scale * extent[:2] / size, 0.05)
    centre = size * (
        0.5 + np.array([chance.around(0, room[0]), chance.around(0, room[1])])
    )
    origin = np.array([*centre, 0.0]) - scale * np.array([*(low + high)[:2] / 2, 0.0])
    sheets = [s.turned(np.eye(3), origin, scale) for s in sheets]
    light = Light.by_chance(look)
    layer = render(sheets, (size, size), light, look.integer(0, 127))
    background, kind = backgrounds.by_chance(look, size, size)
    near = kind in (backgrounds.wall, backgrounds.soil)
    picture = camera.compose(
        background, [layer], light, shadow=0.45 if near else 0.0, reach=0.08 * size
    )
    return camera.develop(picture, look), layer.coverage(1, (size, size)) >= 2
