"""What lies on a kitchen table or in a child's room: six drawn curiosities."""

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
    dome,
    paint,
    petals,
    polar,
    spread,
    tube,
    turn_x,
    turn_z,
    turned_shape,
    wrapped,
)


def strawberry(chance):
    colour = any_colour(chance) if chance.happens(0.5) else np.array([0.82, 0.12, 0.12])
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
    green = leaf_colour(chance)
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
            paint(1, lighter(colour, 0.2), colour, gloss=0.35, mottle=0.15, fade=0.4),
        ),
        Sheets(
            pip,
            paint(
                seeds,
                lighter(colour, 0.6) * np.array([1, 0.9, 0.5]),
                vary=0.2,
                chance=chance,
            ),
        ),
        Sheets(crown, paint(9, green, lighter(green, 0.1), vary=0.2, chance=chance)),
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


def gear(chance):
    teeth = chance.integer(8, 16)
    columns = teeth * 6
    phase = np.arange(columns + 1) % 6
    deep = chance.uniform(0.72, 0.85)
    radius = np.where(phase < 3, 1.0, deep)
    colour = any_colour(chance)
    hole = chance.uniform(0.15, 0.4)
    metal = dict(gloss=0.5, mottle=0.25)
    top = polar(radius, rows=3, hole=hole, low=0.0)
    under = top - np.array([0, 0, 0.14])
    rim = np.stack([under[0, -1], top[0, -1]])[None]
    inner = np.stack([under[0, 0], top[0, 0]])[None]
    sheets = [
        Sheets(top, paint(1, colour, lighter(colour, 0.1), **metal)),
        Sheets(rim, paint(1, colour * 0.55)),
        Sheets(inner, paint(1, colour * 0.4)),
    ]
    if chance.happens(0.6):
        ring = polar(np.full(25, deep * 0.85), rows=1, hole=deep * 0.72, low=0.04)
        sheets.append(Sheets(ring, paint(1, colour * 0.6)))
    return sheets


def pinwheel(chance):
    blades = chance.choose((4, 4, 5))
    colour, other = any_colour(chance), any_colour(chance)
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
        Sheets(pin, paint(1, any_colour(chance), gloss=0.5)),
        Sheets(stick, paint(1, (0.6, 0.48, 0.3))),
    ]


def orange_slice(chance):
    wedges = chance.integer(8, 12)
    colour = any_colour(chance)
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
                lighter(colour, 0.25),
                colour,
                lighter(colour, 0.4),
                vary=0.08,
                chance=chance,
                veins=0.3,
                lengthwise=2,
                mottle=0.4,
                gloss=0.3,
            ),
        ),
        Sheets(pith, paint(1, lighter(colour, 0.75))),
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
        lighter(colour, 0.7),
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
                lighter(colour, 0.15),
                edge=lighter(colour, 0.6),
                veins=0.4,
                lengthwise=3,
            ),
        ),
    ]


def umbrella(chance):
    sectors = chance.integer(6, 10)
    colour, other = any_colour(chance), any_colour(chance)
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
