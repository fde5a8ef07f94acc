"""Sneaker, ankle boot and sandal."""

import numpy as np

from course_utils.drawing.garments.canvas import (
    PIXEL,
    any_tone,
    box,
    path,
    pick,
    ramp,
    wave,
)


def place_shoe(canvas):
    """Shoes stand with the toe to the left, some to the right, higher or lower in the
    picture.
    """
    canvas.place(turn=0.06, shear=0.1, stretch=(0.75, 1.05))
    canvas.y = canvas.y + canvas.random(-0.12, 0.25)
    canvas.x = pick(canvas.chance(0.25), -canvas.x, canvas.x)


def sole(canvas, ground, thickness, heel, tone):
    """Paint a sole with a heel; return how high its upper side lies along the shoe, toe
    at x = -0.93, heel at 0.92.
    """
    x, y = canvas.x, canvas.y
    under = ground - heel * ramp(x, -0.45, 0.5)
    plate = box(x, y - under + thickness / 2, 0.93, thickness / 2)
    block = np.maximum(
        np.maximum(y - ground, under - thickness - y),
        np.abs(x - 0.68) - canvas.random(0.12, 0.24),
    )
    canvas.paint(pick(heel > 0.08, np.minimum(plate, block), plate), tone)
    return under - thickness


def shoe(canvas, upper_side, *knots):
    """What lies between the upper side of the sole and a curve through the knots."""
    x, y = canvas.x, canvas.y
    slope = (path(x + PIXEL, *knots) - path(x - PIXEL, *knots)) / (2 * PIXEL)
    above = (path(x, *knots) - y) / np.sqrt(1 + slope * slope)
    return np.maximum(
        np.maximum(above, y - upper_side - 0.02), np.maximum(-0.93 - x, x - 0.92)
    )


def sneaker(canvas):
    place_shoe(canvas)
    x, y, tone = canvas.x, canvas.y, any_tone(canvas)
    ground, thickness = canvas.random(0.4, 0.6), canvas.random(0.08, 0.2)
    upper_side = sole(
        canvas,
        ground,
        thickness,
        canvas.random(0, 0.06),
        pick(canvas.chance(0.6), 0.9, tone * 0.5),
    )
    level = ground - thickness
    # high-tops come near to boots
    high = canvas.chance(0.25) * canvas.random(0.1, 0.45)
    collar_at, toe = (
        level - canvas.random(0.5, 0.68) - high,
        level - canvas.random(0.16, 0.26),
    )
    throat = canvas.random(0.0, 0.25)
    upper = shoe(
        canvas,
        upper_side,
        (-0.95, level),
        (-0.86, toe + 0.05),
        (-0.5, toe - 0.03),
        (throat, collar_at + canvas.random(0, 0.1)),
        (throat + 0.12, collar_at + 0.02),
        (0.62, collar_at + canvas.random(0.0, 0.14)),
        (0.84, collar_at + canvas.random(-0.1, 0.04)),
        (0.93, collar_at + 0.06),
    )
    cover = canvas.cloth(upper, tone, pattern=0.5)
    # toe cap
    canvas.tint(np.clip((-0.62 - x) * 8, 0, 1) * cover, canvas.random(0.65, 1.3))
    edge = path(x, (-0.5, toe + 0.06), (throat, collar_at + 0.16))
    laces = (
        (wave((x * 0.8 + y) / 0.17) > 0.1)
        * (np.abs(y - edge) < 0.13)
        * (x > -0.5)
        * (x < throat)
    )
    canvas.tint(laces * cover, pick(tone > 0.6, 0.55, 1.7))
    stripe = np.abs(
        x * canvas.random(0.6, 1.0) + y - canvas.random(-0.2, 0.35)
    ) - canvas.random(0.04, 0.1)
    canvas.shade(stripe, pick(tone > 0.6, 0.5, 1.6), within=cover * canvas.chance(0.6))


def ankle_boot(canvas):
    place_shoe(canvas)
    x, y, tone = canvas.x, canvas.y, any_tone(canvas)
    ground, thickness = canvas.random(0.68, 0.86), canvas.random(0.06, 0.14)
    heel = canvas.chance(0.6) * canvas.random(0.08, 0.34)
    upper_side = sole(
        canvas, ground, thickness, heel, pick(canvas.chance(0.35), 0.8, tone * 0.45)
    )
    level = ground - thickness
    collar_at, toe = (
        level - heel - canvas.random(0.68, 1.2),
        level - canvas.random(0.16, 0.28),
    )
    front = canvas.random(-0.02, 0.22)
    upper = shoe(
        canvas,
        upper_side,
        (-0.95, level),
        (-0.84, toe + 0.03),
        (-0.45, toe - 0.06 - heel * 0.3),
        (front - 0.12, level - heel - 0.5),
        (front, collar_at + canvas.random(-0.05, 0.08)),
        (0.88, collar_at + canvas.random(-0.08, 0.08)),
        (0.93, collar_at + 0.06),
    )
    cover = canvas.cloth(upper, tone, pattern=0.4)
    zip_at = x - canvas.random(0.3, 0.6)
    canvas.line(
        zip_at,
        canvas.random(0.4, 0.9),
        within=cover * canvas.chance(0.5) * (y < level - 0.3),
    )
    laces = (wave(y / 0.16) > 0.2) * (np.abs(x - front - 0.1) < 0.12) * (y < toe - 0.1)
    canvas.tint(laces * cover * canvas.chance(0.4), pick(tone > 0.6, 0.55, 1.7))
    canvas.line(
        y - collar_at - 0.12,
        canvas.random(0.5, 1.2),
        width=0.07,
        within=cover * (x > front),
    )


def sandal(canvas):
    place_shoe(canvas)
    x, y, tone = canvas.x, canvas.y, canvas.random(0.4, 1.0)
    ground, thickness = canvas.random(0.45, 0.75), canvas.random(0.06, 0.16)
    heel = canvas.chance(0.5) * canvas.random(0.1, 0.6)
    upper_side = sole(canvas, ground, thickness, heel, tone * canvas.random(0.6, 1.1))
    level, arch = ground - thickness, canvas.random(0.36, 0.54)
    foot = shoe(
        canvas,
        upper_side,
        (-0.95, level),
        (-0.8, level - arch * 0.6),
        (-0.3, level - heel * 0.3 - arch),
        (0.25, level - heel - arch * 1.15),
        (0.6, level - heel - arch * 1.2),
        (0.93, level - heel - arch),
    )
    # The straps are bands of the closed shoe that would fit this foot; what lies
    # between them stays open.
    rise = y - level
    toe = np.abs(
        x + canvas.random(0.3, 0.65) + canvas.random(-0.7, 0.7) * rise
    ) - canvas.random(0.1, 0.28)
    instep = np.abs(
        x + canvas.random(-0.15, 0.25) + canvas.random(-0.9, 0.9) * rise
    ) - canvas.random(0.05, 0.14)
    third = np.abs(x + 0.15 + canvas.random(0.3, 1.1) * rise) - canvas.random(
        0.04, 0.09
    )
    post = np.abs(x - canvas.random(0.76, 0.86)) - canvas.random(0.04, 0.1)
    band = rise + heel + arch - canvas.random(0.02, 0.12) + 0.1 * x
    ankle = np.maximum(np.abs(band) - canvas.random(0.04, 0.09), 0.1 - x)
    kind = canvas.random(0, 1)  # flip-flops have one strap, most sandals two to five
    straps = pick(kind < 0.85, np.minimum(toe, instep), toe)
    straps = pick(kind < 0.4, np.minimum(straps, third), straps)
    straps = pick(
        (kind < 0.3) | (kind > 0.6) & (kind < 0.8),
        np.minimum(straps, np.minimum(post, ankle)),
        straps,
    )
    canvas.cloth(np.maximum(foot, straps), tone, pattern=0.5)
