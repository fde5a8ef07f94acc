"""Tops, coat, dress, trousers and bag."""

import numpy as np

from course_utils.drawing.garments.canvas import (
    any_tone,
    box,
    limb,
    oval,
    path,
    pick,
    ramp,
    wave,
)


def top_garment(
    canvas, tone, *, long_sleeves, bottom, shoulder, waist, hem, neck, pointed
):
    """Trunk, sleeves and neck in cloth.

    Parameters
    ----------
    shoulder, waist, hem : half widths.
    neck : its half width and depth.
    pointed : whether the neck is a V.

    Returns
    -------
    The shapes that the details need: top (a height), trunk, hole (of the neck), and
    cover (what is cloth).
    """
    x, y, ax = canvas.x, canvas.y, np.abs(canvas.x)
    top = canvas.random(-0.92, -0.8)
    neck_width, neck_depth = neck

    width = path(
        y,
        (top, shoulder),
        (top + 0.55, shoulder * 0.97),
        (top + 0.95, waist),
        (bottom, hem),
    )
    slanted = (top + canvas.random(0.2, 0.4) * (ax - neck_width) - y) * 0.94
    lower = y - bottom + canvas.random(-0.12, 0.12) * x * x
    trunk = np.maximum(np.maximum(ax - width, lower), slanted)
    v_neck = (y - top - neck_depth * (1 - ax / neck_width)) * 0.7
    hole = pick(pointed, v_neck, oval(x, y - top, neck_width, neck_depth))

    thick = canvas.random(0.17, 0.23)
    short_end = shoulder + canvas.sides(0.2, 0.36), top + canvas.sides(0.42, 0.62)
    long_end = shoulder + canvas.sides(0.0, 0.28), top + canvas.sides(1.3, 1.62)
    end = tuple(
        pick(long_sleeves, far, near)
        for far, near in zip(long_end, short_end, strict=True)
    )
    thin = pick(
        long_sleeves, canvas.random(0.09, 0.14), thick * canvas.random(0.8, 1.05)
    )
    sleeves = limb(
        ax, y, (shoulder - thick * 0.75, top + thick * 0.9), end, thick, thin
    )

    back = np.maximum(
        np.maximum(hole, trunk), -oval(x, y - top, neck_width, neck_depth * 0.35)
    )
    # the inner side of the back shows through the neck
    canvas.paint(back, tone * canvas.random(0.3, 0.6))
    cover = canvas.cloth(np.maximum(np.minimum(trunk, sleeves), -hole), tone)
    # armhole and side
    canvas.line(
        trunk, canvas.random(0.45, 0.8), width=0.06, within=cover * (y < bottom - 0.1)
    )
    return top, trunk, hole, cover


def collar(canvas, top, tone, strength):
    """A collar that stands a little above the shoulders: two flaps that open to a dark
    V at the throat.
    """
    ax, y = np.abs(canvas.x), canvas.y - top
    opening, length = canvas.random(0.06, 0.14), canvas.random(0.16, 0.28)
    inner = opening * (1 - y / (length * canvas.random(0.8, 1.3)))
    flaps = np.maximum(
        np.maximum(inner - ax, ax - inner - canvas.random(0.12, 0.17)),
        np.abs(y - 0.05) - length,
    )
    flaps = np.maximum(flaps, (ax + y - length - canvas.random(0.05, 0.15)) * 0.7)
    canvas.line(flaps - 0.03, 0.5, width=0.07, within=strength)  # its shadow
    canvas.paint(
        flaps,
        pick(
            tone > 0.62,
            tone * canvas.random(0.6, 0.85),
            tone * canvas.random(1.25, 1.6),
        ),
        strength,
    )
    canvas.paint(
        np.maximum(ax - inner, np.maximum(y - length, -y - 0.06)), tone * 0.35, strength
    )


def buttons(canvas, cover, hole, bottom, strength, size):
    """A button strip down the middle, from the neck to `bottom`."""
    middle = canvas.x - canvas.random(-0.03, 0.03)
    below = (hole > 0.02) * cover * (canvas.y < bottom) * strength
    canvas.line(middle, 0.75, width=0.06, within=below)
    step = canvas.random(0.2, 0.3)
    beads = np.maximum(
        np.abs(middle) - size, np.abs(wave(canvas.y / step)) * step * 0.5 - size
    )
    canvas.shade(beads, pick(canvas.chance(0.5), 0.35, 1.6), within=below)


def chest_print(canvas, trunk, tone, strength):
    """A round or square patch in another tone on the chest."""
    x, y = canvas.x - canvas.random(-0.05, 0.05), canvas.y - canvas.random(-0.3, 0.1)
    width, height = canvas.random(0.14, 0.32), canvas.random(0.12, 0.32)
    patch = pick(
        canvas.chance(0.5), box(x, y, width, height), oval(x, y, width, height)
    )
    other = pick(
        tone > 0.55, tone * canvas.random(0.3, 0.75), tone + canvas.random(0.15, 0.5)
    )
    canvas.paint(
        np.maximum(patch, trunk + 0.05), other * (1 + 0.4 * canvas.clouds(9)), strength
    )


def t_shirt(canvas):
    canvas.place()
    tone, shoulder = any_tone(canvas), canvas.random(0.46, 0.58)
    top, trunk, hole, cover = top_garment(
        canvas,
        tone,
        long_sleeves=canvas.chance(0.14),
        bottom=canvas.random(0.75, 0.97),
        shoulder=pick(canvas.chance(0.12), 0.4, shoulder),
        waist=shoulder * canvas.random(0.82, 1.0),
        hem=shoulder * canvas.random(0.88, 1.08),
        neck=(canvas.random(0.18, 0.3), canvas.random(0.1, 0.34)),
        pointed=canvas.chance(0.25),
    )
    # the band around the neck
    canvas.line(hole, canvas.random(0.6, 1.3), width=0.07, within=cover)
    chest_print(canvas, trunk, tone, canvas.chance(0.4) * canvas.random(0.5, 1.0))
    collar(canvas, top, tone, canvas.chance(0.08) * canvas.random(0.4, 1.0))  # a polo


def pullover(canvas):
    canvas.place()
    tone, shoulder, bottom = (
        any_tone(canvas),
        canvas.random(0.46, 0.56),
        canvas.random(0.75, 0.93),
    )
    top, trunk, hole, cover = top_garment(
        canvas,
        tone,
        long_sleeves=canvas.chance(0.93),
        bottom=bottom,
        shoulder=shoulder,
        waist=shoulder * canvas.random(0.86, 1.02),
        hem=shoulder * canvas.random(0.84, 1.02),
        neck=(canvas.random(0.17, 0.27), canvas.random(0.06, 0.22)),
        pointed=canvas.chance(0.2),
    )
    ribs = (
        np.clip((canvas.y - bottom + canvas.random(0.1, 0.2)) * 9, 0, 1)
        * cover
        * (trunk < 0.03)
    )
    canvas.tint(ribs, canvas.random(0.65, 1.05))
    canvas.line(hole, canvas.random(0.55, 1.25), width=0.08, within=cover)
    roll_neck = box(canvas.x, canvas.y - top, canvas.random(0.17, 0.23), 0.12)
    canvas.paint(roll_neck, tone * canvas.random(0.75, 1.05), canvas.chance(0.2))
    # a cardigan
    buttons(
        canvas,
        cover,
        hole,
        bottom,
        canvas.chance(0.18) * canvas.random(0.3, 1.0),
        size=0.04,
    )
    chest_print(canvas, trunk, tone, canvas.chance(0.2) * canvas.random(0.5, 1.0))


def shirt(canvas):
    canvas.place()
    tone, shoulder, bottom = (
        any_tone(canvas),
        canvas.random(0.45, 0.56),
        canvas.random(0.78, 0.95),
    )
    top, _, hole, cover = top_garment(
        canvas,
        tone,
        long_sleeves=canvas.chance(0.68),
        bottom=bottom,
        shoulder=shoulder,
        waist=shoulder * canvas.random(0.82, 1.0),
        hem=shoulder * canvas.random(0.86, 1.06),
        neck=(canvas.random(0.15, 0.24), canvas.random(0.06, 0.24)),
        pointed=canvas.chance(0.6),
    )
    collar(canvas, top, tone, pick(canvas.chance(0.3), 0.1, canvas.random(0.4, 1.0)))
    buttons(canvas, cover, hole, bottom, canvas.random(0.1, 1.0), size=0.045)
    pocket = box(canvas.x - 0.24, canvas.y + 0.3, 0.1, 0.12)
    canvas.line(pocket, 0.65, within=cover * canvas.chance(0.3))


def coat(canvas):
    canvas.place(stretch=(0.75, 1.05))
    tone, shoulder, bottom = (
        any_tone(canvas) * 0.92,
        canvas.random(0.45, 0.55),
        canvas.random(0.86, 1.0),
    )
    top, trunk, hole, cover = top_garment(
        canvas,
        tone,
        long_sleeves=True,
        bottom=bottom,
        shoulder=shoulder,
        waist=shoulder * canvas.random(0.82, 1.02),
        hem=shoulder * canvas.random(0.95, 1.18),
        neck=(canvas.random(0.17, 0.26), canvas.random(0.12, 0.42)),
        pointed=canvas.chance(0.8),
    )
    x, y, ax = canvas.x, canvas.y, np.abs(canvas.x)
    lapel_end = top + canvas.random(0.35, 0.8)
    lapels = np.maximum(
        np.abs(ax - 0.12 * (1 - ramp(y, top, lapel_end))) - 0.1, y - lapel_end
    )
    canvas.shade(lapels, canvas.random(0.65, 1.3), within=cover * canvas.chance(0.7))
    opening = x - canvas.random(-0.08, 0.08)
    canvas.line(
        opening,
        canvas.random(0.1, 0.95),
        width=canvas.random(0.03, 0.07),
        within=(hole > 0) * cover,
    )
    buttons(
        canvas,
        cover,
        hole,
        bottom - 0.3,
        canvas.chance(0.5) * canvas.random(0.7, 1.0),
        size=0.05,
    )
    belt = np.abs(y - canvas.random(0.0, 0.15)) - 0.05
    canvas.line(belt, 0.5, within=cover * (trunk < 0) * canvas.chance(0.25))
    # pockets
    canvas.shade(
        box(ax - 0.27, y - 0.3, 0.1, 0.03), 0.55, within=cover * canvas.chance(0.5)
    )


def dress(canvas):
    canvas.place()
    x, y, ax, tone = canvas.x, canvas.y, np.abs(canvas.x), any_tone(canvas)
    top, bottom = canvas.random(-0.95, -0.85), canvas.random(0.85, 0.98)
    bust, waist = canvas.random(0.24, 0.46), canvas.random(0.18, 0.42)
    waist_at, hem = top + canvas.random(0.55, 0.85), waist + canvas.random(0.02, 0.34)
    width = path(
        y, (top, bust * 0.85), (top + 0.3, bust), (waist_at, waist), (bottom, hem)
    )
    trunk = np.maximum(np.maximum(ax - width, y - bottom), top - y)
    hole = oval(x, y - top, bust * canvas.random(0.45, 0.75), canvas.random(0.12, 0.4))
    long_sleeves = canvas.chance(0.35)
    end = (
        bust + canvas.sides(0.1, 0.25),
        top + pick(long_sleeves, canvas.sides(0.9, 1.25), canvas.sides(0.25, 0.45)),
    )
    thick = canvas.random(0.1, 0.14)
    sleeves = limb(ax, y, (bust - thick * 0.75, top + thick * 0.9), end, thick, 0.08)
    whole = pick(canvas.chance(0.45), np.minimum(trunk, sleeves), trunk)
    cover = canvas.cloth(np.maximum(whole, -hole), tone)
    within = cover * (trunk < 0)
    canvas.line(
        y - waist_at,
        canvas.random(0.4, 1.0),
        width=0.06,
        within=within * canvas.chance(0.6),
    )
    pleats = wave(x / (width + 0.2) * canvas.random(2, 4)) * ramp(y, waist_at, bottom)
    canvas.tint(np.clip(pleats, 0, 1) * within, canvas.random(0.55, 1.0))


def trouser(canvas):
    canvas.place(stretch=(0.74, 1.05))
    x, y, ax, tone = canvas.x, canvas.y, np.abs(canvas.x), any_tone(canvas)
    top, bottom = canvas.random(-0.97, -0.88), canvas.random(0.88, 0.98)
    waist, hip = canvas.random(0.24, 0.32), canvas.random(0.3, 0.4)
    crotch = top + canvas.random(0.42, 0.66)
    ankle = hip + canvas.random(-0.08, 0.14)
    outer = path(y, (top, waist), (crotch, hip), (bottom, ankle))
    gap = path(
        y,
        (crotch - 0.05, -0.05),
        (crotch + 0.08, canvas.random(0.015, 0.05)),
        (bottom, ankle - canvas.random(0.14, 0.3)),
    )
    legs = np.maximum(np.maximum(ax - outer, gap - ax), np.maximum(y - bottom, top - y))
    cover = canvas.cloth(legs, tone, pattern=0.6)
    # creases
    canvas.line(
        ax - (outer + gap) / 2,
        canvas.random(0.75, 1.2),
        width=0.06,
        within=cover * (y > crotch),
    )
    canvas.line(y - top - 0.14, canvas.random(0.4, 0.9), within=cover)  # waistband
    canvas.line(x, 0.6, width=0.04, within=cover * (y < crotch))  # fly


def bag(canvas):
    canvas.place(stretch=(0.72, 1.08))
    x, y, ax, tone = canvas.x, canvas.y, np.abs(canvas.x), any_tone(canvas)
    width, top, bottom = (
        canvas.random(0.5, 0.9),
        canvas.random(-0.45, 0.05),
        canvas.random(0.6, 0.88),
    )
    width = width + canvas.random(-0.18, 0.14) * (bottom - y) / (bottom - top)
    corner = canvas.random(0.04, 0.22)
    dx, dy = (
        ax - width + corner,
        np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + corner,
    )
    right, down = np.maximum(dx, 0), np.maximum(dy, 0)
    body = (
        np.sqrt(right * right + down * down)
        + np.minimum(np.maximum(dx, dy), 0)
        - corner
    )
    arc = oval(x, y - top, width * canvas.random(0.4, 0.85), canvas.random(0.3, 0.75))
    handle = np.maximum(np.abs(arc) - canvas.random(0.03, 0.07), y - top)
    canvas.paint(handle, tone * canvas.random(0.5, 1.1), canvas.chance(0.85))
    cover = canvas.cloth(body, tone, pattern=0.7)
    flap = (
        y
        - top
        - (bottom - top) * canvas.random(0.25, 0.6)
        + canvas.random(0, 0.3) * x * x
    )
    canvas.line(
        flap, canvas.random(0.3, 0.8), width=0.06, within=cover * canvas.chance(0.65)
    )
    # clasp
    canvas.paint(
        np.maximum(box(x, flap, 0.07, 0.07), body),
        canvas.random(0.1, 1.0),
        canvas.chance(0.5),
    )
    canvas.line(ax - width * 0.7, 0.65, within=cover * canvas.chance(0.3))
