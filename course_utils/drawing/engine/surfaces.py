"""Sheets bent in space: petals, leaves, stalks, domes of florets.

A `Sheets` object holds many similar sheets at once.  Each is a grid of points, `u`
along it (0 at its foot, 1 at its tip) and `v` across it (−1 … 1), in a space where x
points right, y up and z towards the viewer.  Which colour it has at (u, v) is decided
later, pixel by pixel, from its row of `paint`.
"""

from dataclasses import dataclass, replace

import numpy as np

# the angle between one seed of a sunflower and the next
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))

# The columns of `Sheets.paint`; colours take three each and are squares of display
# values (roughly linear light).
PAINT = {
    "base": slice(0, 3),
    "tip": slice(3, 6),
    "edge": slice(6, 9),
    "fade": 9,  # where along u base turns into tip: exponent of u
    "rim": 10,  # how strongly the border takes the edge colour
    "veins": 11,  # how strongly veins take the edge colour
    "lengthwise": 12,  # number of veins running from foot to tip
    "sideways": 13,  # number of veins branching from a midrib
    "mottle": 14,  # strength of irregular patches
    "glow": 15,  # how much light comes through from behind
    "gloss": 16,
    "midrib": 17,
}
PAINT_COLUMNS = 18


@dataclass(frozen=True)
class Sheets:
    """Sheets of one kind.

    Attributes
    ----------
    points : (sheets, rows + 1, columns + 1, 3).
    paint : (sheets, PAINT_COLUMNS).
    part : the number that stands for them in the mask.
    layering : what lies in front is decided facet by facet (0), sheet by sheet (1), or
        in between.
    """

    points: np.ndarray
    paint: np.ndarray
    part: int = 1
    layering: float = 0.0

    def turned(self, matrix, origin=(0.0, 0.0, 0.0), scale=1.0):
        """The same sheets after points → scale · matrix · points + origin."""
        return replace(
            self,
            points=scale * (self.points @ np.asarray(matrix).T) + np.asarray(origin),
        )

    def some(self, keep):
        """Only the sheets where `keep` is true."""
        return replace(self, points=self.points[keep], paint=self.paint[keep])


def paint(count, base, tip=None, edge=None, *, vary=0.0, chance=None, **strengths):
    """A `paint` table of `count` rows.

    Colours are display values 0–1; `vary` changes brightness sheet by sheet.
    """
    table = np.zeros((count, PAINT_COLUMNS), dtype=np.float32)
    base = np.asarray(base, dtype=float)
    tip = base if tip is None else np.asarray(tip, dtype=float)
    edge = tip if edge is None else np.asarray(edge, dtype=float)
    table[:, PAINT["fade"]] = 1.0
    table[:, PAINT["glow"]] = 0.35
    factor = (
        np.ones((count, 1))
        if chance is None
        else 1 + chance.around(0, vary, (count, 1))
    )
    for name, colour in (("base", base), ("tip", tip), ("edge", edge)):
        table[:, PAINT[name]] = np.clip(colour, 0, 1) ** 2 * factor
    for name, value in strengths.items():
        table[:, PAINT[name]] = value
    return table


def turn_x(angle):
    """Rotation about the x axis: a positive angle turns what faced the viewer (z)
    upwards (y).
    """
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])


def turn_y(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def turn_z(angle):
    """Rotation in the picture plane, anticlockwise."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def spread(rows):
    """Where the rows of every sheet lie along u: closer together towards the tip, where
    outlines bend most.
    """
    return 1 - (1 - np.arange(rows + 1) / rows) ** 1.6


def _column(values, count):
    """A number or an array of `count` as an array (count, 1, 1)."""
    return np.broadcast_to(np.asarray(values, dtype=float), (count,)).reshape(
        count, 1, 1
    )


def outline(u, foot=0.6, tip=0.5, least=0.0):
    """Width along a petal, largest 1: u**foot · (1 − u)**tip, never under `least`
    except at the very tip.
    """
    foot, tip = np.asarray(foot, dtype=float), np.asarray(tip, dtype=float)
    widest = foot / (foot + tip)
    width = u**foot * (1 - u) ** tip / (widest**foot * (1 - widest) ** tip)
    return np.maximum(width, least * np.minimum(1, 8 * (1 - u)))


def petals(
    azimuth,
    length,
    width,
    *,
    rows=7,
    columns=4,
    foot=0.6,
    tip=0.5,
    least=0.12,
    lift=0.0,
    curl=0.0,
    hook=0.0,
    cup=0.0,
    twist=0.0,
    sway=0.0,
    ruffle=0.0,
    waves=3.0,
    phase=0.0,
    notch=0.0,
    start=0.0,
    height=0.0,
    profile=None,
):
    """Petals that stand around the z axis like the rays of a daisy.

    Parameters
    ----------
    azimuth : angles around the axis, one a petal; every other value may be one number
        or one a petal.
    length, width : along the petal, and half of it across.
    foot, tip, least : shape, see `outline`; or `profile`, an array (rows + 1,) or
        (petals, rows + 1), instead.
    lift : angle above the flower's plane at the foot; `curl` is added to it along the
        way, `hook` · u³ near the tip.
    cup : raises the borders above the midline (in half widths); `twist` turns the petal
        about its midline; `sway` bends it sideways.
    ruffle, waves, phase : waves along the borders.
    notch : the tip's middle is shorter by this share of the length.
    start, height : where the foot stands: distance from the axis, and height along it.

    Returns
    -------
    points (petals, rows + 1, columns + 1, 3)
    """
    azimuth = np.atleast_1d(np.asarray(azimuth, dtype=float))
    count = azimuth.size
    u = spread(rows).reshape(1, -1, 1)
    v = np.linspace(-1, 1, columns + 1).reshape(1, 1, -1)

    def c(values):
        return _column(values, count)

    angle = c(lift) + c(curl) * u + c(hook) * u**3
    step = c(length) * np.diff(u, axis=1)
    middle = (angle[:, 1:] + angle[:, :-1]) / 2
    zero = np.zeros((count, 1, 1))
    out = c(start) + np.concatenate(
        [zero, np.cumsum(np.cos(middle) * step, axis=1)], axis=1
    )
    up = c(height) + np.concatenate(
        [zero, np.cumsum(np.sin(middle) * step, axis=1)], axis=1
    )
    if profile is None:
        shape = outline(u, c(foot), c(tip), c(least))
    else:
        shape = np.broadcast_to(np.asarray(profile, dtype=float), (count, rows + 1))[
            :, :, None
        ]
    half = c(width) * shape
    edge = v * np.abs(v)
    raised = half * (
        c(cup) * (v**2 - 0.3)
        + c(ruffle) * np.sin(2 * np.pi * c(waves) * u + c(phase) + 2 * v) * edge
    )
    turned = c(twist) * u
    across = half * v * np.cos(turned) + c(sway) * c(length) * u**2
    raised = raised + half * v * np.sin(turned)
    out = out - c(notch) * c(length) * u**6 * (1 - np.abs(v))
    radius = out - raised * np.sin(angle)
    z = up + raised * np.cos(angle)
    cos, sin = np.cos(azimuth).reshape(-1, 1, 1), np.sin(azimuth).reshape(-1, 1, 1)
    return np.stack(
        [
            radius * cos - across * sin,
            radius * sin + across * cos,
            np.broadcast_to(z, radius.shape),
        ],
        -1,
    )


def wrapped(
    azimuth,
    radius,
    height,
    reach,
    *,
    columns=8,
    skew=0.0,
    flare=0.0,
    arch=0.0,
    ruffle=0.0,
    waves=2.0,
    phase=0.0,
):
    """Petals that wrap around the z axis like those of a tulip or a rose.

    `radius` and `height` (petals, rows + 1) give the midline, `reach` (petals, rows +
    1) the half-angle covered at each row; `skew` makes one border stand further out
    than the other, `flare` both; `arch` rounds the upper border off by this share of
    the height; `ruffle` waves it.
    """
    azimuth = np.atleast_1d(np.asarray(azimuth, dtype=float))
    count, rows = radius.shape[0], radius.shape[1] - 1
    u = spread(rows).reshape(1, -1, 1)
    v = np.linspace(-1, 1, columns + 1).reshape(1, 1, -1)
    theta = azimuth.reshape(-1, 1, 1) + v * reach[:, :, None]
    wave = (
        _column(ruffle, count)
        * np.sin(_column(waves, count) * np.pi * v + _column(phase, count))
        * u**2
    )
    r = radius[:, :, None] * (
        1 + _column(skew, count) * v + _column(flare, count) * v**2 * u + wave
    )
    z = (
        height[:, :, None]
        + (0.5 * wave - _column(arch, count) * np.abs(v) ** 2.5 * u**2)
        * height[:, -1:, None]
    )
    return np.stack(
        [r * np.cos(theta), r * np.sin(theta), np.broadcast_to(z, r.shape)], -1
    )


def florets(
    count, radius, dome, size, *, low=0.0, power=2.0, lean=0.0, jitter=0.0, chance=None
):
    """Little scales set in a golden-angle spiral on a dome: the centre of a sunflower
    or a daisy.

    Returns
    -------
    points (count, 2, 2, 3): one tilted square a floret, and the floret's place
    from 0 (middle) to 1 (rim).
    """
    place = np.sqrt((np.arange(count) + 0.5) / count)
    theta = np.arange(count) * GOLDEN_ANGLE
    if chance is not None and jitter:
        theta = theta + chance.uniform(-jitter, jitter, count) / np.maximum(place, 0.2)
        place = np.clip(place + chance.uniform(-jitter, jitter, count), 0, 1)
    cos, sin = np.cos(theta), np.sin(theta)
    height = low + dome * (1 - place**power)
    centre = np.stack([radius * place * cos, radius * place * sin, height], -1)
    slope = -dome * power * place ** (power - 1) / radius
    along = np.stack([cos, sin, slope + lean], -1)
    across = np.stack([-sin, cos, np.zeros(count)], -1)
    half = np.broadcast_to(np.asarray(size, dtype=float), (count,))[:, None]
    along = along * half
    across = across * half
    outward = np.stack([-slope * cos, -slope * sin, np.ones(count)], -1) * half * 0.8
    corners = np.stack(
        [centre - along, centre - across, centre + across, centre + along + outward], 1
    )
    return corners.reshape(count, 2, 2, 3), place


def dome(radius, height, *, low=0.0, rows=5, columns=18, power=2.0):
    """A dome around the z axis as one sheet (1, rows + 1, columns + 1, 3); u runs from
    the rim to the top.
    """
    u = 1 - spread(rows)[:, None]
    theta = np.linspace(-np.pi, np.pi, columns + 1)[None, :]
    r = radius * u
    z = low + height * (1 - u**power) + 0 * theta
    return np.stack([r * np.cos(theta), r * np.sin(theta), z], -1)[None]


def polar(
    radius,
    *,
    start=-np.pi,
    stop=np.pi,
    rows=4,
    hole=0.0,
    height=0.0,
    power=2.0,
    low=0.0,
):
    """A flat or domed sheet (1, rows + 1, columns + 1, 3) in polar coordinates: a star,
    a gear, a fan.

    `radius` (columns + 1,) is the outline at even angles from `start` to `stop`.  u
    runs from the middle (or from the rim of a `hole`) outwards; the sheet is `low` high
    at its rim and `height` higher in the middle.
    """
    radius = np.asarray(radius, dtype=float)
    u = spread(rows)[:, None]
    theta = np.linspace(start, stop, radius.size)[None, :]
    r = hole + (radius[None, :] - hole) * u
    z = low + height * (1 - u**power) + 0 * theta
    return np.stack([r * np.cos(theta), r * np.sin(theta), z], -1)[None]


def turned_shape(profile, *, columns=14):
    """A body of revolution around the y axis (1, rows + 1, columns + 1, 3) from
    `profile` (rows + 1, 2): radius, y.
    """
    profile = np.asarray(profile, dtype=float)
    theta = np.linspace(-np.pi, np.pi, columns + 1)[None, :]
    r, y = profile[:, :1], profile[:, 1:] + 0 * theta
    return np.stack([r * np.sin(theta), y, r * np.cos(theta)], -1)[None]


def tube(path, thickness, *, columns=4):
    """A stalk along `path` (rows + 1, 3), seen from the front; half of its thickness
    may change along the way.
    """
    path = np.asarray(path, dtype=float)
    direction = np.gradient(path, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
    side = np.stack([direction[:, 1], -direction[:, 0], np.zeros(len(path))], -1)
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    half = np.broadcast_to(np.asarray(thickness, dtype=float), (len(path),))[
        :, None, None
    ]
    v = np.linspace(-1, 1, columns + 1)[None, :, None]
    bulge = np.sqrt(np.maximum(0, 1 - v**2)) * np.array([0.0, 0.0, 1.0])
    return (path[:, None, :] + half * (v * side[:, None, :] + bulge))[None]


def bezier(points, rows=10):
    """A smooth curve (rows + 1, 2 or 3) drawn towards the control points `points`, at
    `spread(rows)`.
    """
    points = np.asarray(points, dtype=float)
    t = spread(rows)[:, None]
    while len(points) > 1:
        points = [
            (1 - t) * a + t * b for a, b in zip(points[:-1], points[1:], strict=True)
        ]
    return points[0]
