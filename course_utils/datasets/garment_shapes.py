"""How the course draws a garment of 28×28 grey pixels.

Every picture is built from a few shapes (a trunk, two sleeves, a sole, ...) whose
sizes, tones and places are random, then lit, blurred a little and given noise.
Siblings share their shapes: a shirt is told from a pullover by its collar and its
buttons, a boot from a sneaker by its shaft, so there is something to learn that no
single pixel gives away.

All pictures of a class are drawn at once.  A shape is a signed distance (negative
inside) in units in which a picture reaches from -1 to 1, x to the right and y down.
Arrays are (pictures, 28, 28), parameters (pictures, 1, 1).

The same seed gives the same bytes on any machine: random bits come straight from PCG64,
and on float32 only + - * /, square root, floor and comparisons are used.  IEEE 754
rounds each of these exactly; it says nothing about sin or exp, and sums along an axis
depend on the order in which a machine adds.
"""

import numpy as np

SIZE = 28
PIXEL = 2 / SIZE


class Canvas:
    """`count` pictures of one class while they are drawn.

    Attributes
    ----------
    x, y : where each pixel lies on the garment, after the random turn, shear, stretch
        and shift of its picture.
    ink : how bright each pixel is so far, 0 to 1.
    """

    def __init__(self, count, seed):
        self.count = count
        self.bits = np.random.PCG64(seed)
        grid = ((np.arange(SIZE) + 0.5) * PIXEL - 1).astype(np.float32)
        self.column, self.row = grid[None, None, :], grid[None, :, None]
        self.ink = np.zeros((count, SIZE, SIZE), np.float32)

    def random(self, low, high, shape=(1, 1)):
        """Evenly distributed numbers from `low` to `high`, (count, *shape)."""
        raw = self.bits.random_raw(self.count * shape[0] * shape[1])
        share = (raw >> 40).astype(np.float32) * np.float32(2.0**-24)
        return (low + (high - low) * share).reshape(self.count, *shape)

    def chance(self, probability):
        """True with this probability, (count, 1, 1)."""
        return self.random(0, 1) < probability

    def sides(self, low, high):
        """A random number for the left half of each picture and another for the right:
        no garment is a mirror.
        """
        return np.where(self.x < 0, self.random(low, high), self.random(low, high))

    def place(self, turn=0.08, shear=0.13, stretch=(0.72, 1.03), shift=0.12):
        """Choose how each garment lies in its picture; comes before anything is
        drawn.
        """
        half = self.random(
            -turn, turn
        )  # the tangent of half the angle gives its sine and cosine by division
        cosine, sine = (
            (1 - half * half) / (1 + half * half),
            2 * half / (1 + half * half),
        )
        x, y = (
            self.column - self.random(-shift, shift),
            self.row - self.random(-shift, shift),
        )
        x, y = x * cosine + y * sine, y * cosine - x * sine
        self.x = (x + y * self.random(-shear, shear)) / self.random(*stretch)
        self.y = y / self.random(*stretch)

    def paint(self, shape, tone, strength=1.0):
        """Cover the inside of `shape` with `tone`; return the cover, 0 to 1, soft over
        one pixel at the edge.
        """
        cover = np.clip(0.5 - shape / PIXEL, 0, 1) * strength
        self.ink += (tone - self.ink) * cover
        return cover

    def shade(self, shape, factor, within=1.0):
        """Make the inside of `shape` darker (factor under 1) or brighter."""
        self.tint(np.clip(0.5 - shape / PIXEL, 0, 1) * within, factor)

    def line(self, distance, factor, width=0.05, within=1.0):
        """A seam or crease along the places where `distance` is 0."""
        self.tint(np.clip(1.3 - np.abs(distance) / width, 0, 1) * within, factor)

    def tint(self, cover, factor):
        """Multiply the ink by `factor` as far as `cover` (0 to 1) says."""
        self.ink *= 1 + (factor - 1) * cover

    def clouds(self, cells):
        """A smooth random texture from -1 to 1 with `cells` hills across."""
        knots = self.random(-1, 1, (cells + 1, cells + 1))
        place = ((np.arange(SIZE) + 0.5) * cells / SIZE).astype(np.float32)
        before = np.floor(place).astype(np.int64)
        part = place - np.floor(place)
        part = part * part * (3 - 2 * part)
        rows = (
            knots[:, before] * (1 - part[:, None])
            + knots[:, before + 1] * part[:, None]
        )
        return rows[:, :, before] * (1 - part) + rows[:, :, before + 1] * part

    def cloth(self, shape, tone, pattern=1.0):
        """Paint `shape` with cloth: folds, darker towards the edge, now and then
        striped, checked or printed.
        """
        kind, period = self.random(0, 1), self.random(0.16, 0.42)
        across = wave(self.y / period + self.random(0, 1))
        along = wave(self.x / period + self.random(0, 1))
        stripes = pick(
            kind < 0.12,
            across,
            pick(kind < 0.18, along, pick(kind < 0.24, across * along, 0)),
        )
        printed = pick(kind > 0.85, self.clouds(9), 0)
        design = stripes * self.random(0.15, 0.5) + printed * self.random(0.15, 0.6)
        folds = self.clouds(4) * self.random(0.04, 0.16)
        edge = self.random(0.6, 0.95)
        rounded = edge + (1 - edge) * np.clip(-shape * self.random(2.5, 7), 0, 1)
        return self.paint(shape, tone * (1 + pattern * design + folds) * rounded)


def picture(draw, count, seed):
    """`count` finished pictures of one class, (count, 28, 28) uint8: drawn, lit,
    blurred a little, with noise.
    """
    canvas = Canvas(count, seed)
    draw(canvas)
    light = (
        1
        + canvas.random(-0.18, 0.18) * canvas.column
        + canvas.random(-0.18, 0.18) * canvas.row
    )
    ink = np.clip(canvas.ink * light, 0, 1)
    blur = canvas.random(0, 0.16)
    for axis in (1, 2):
        ink = (
            ink * (1 - 2 * blur)
            + (np.roll(ink, 1, axis) + np.roll(ink, -1, axis)) * blur
        )
    grain = canvas.random(-1, 1, (SIZE, SIZE)) + canvas.random(-1, 1, (SIZE, SIZE))
    ink = ink + grain * canvas.random(0.01, 0.06) * (
        0.25 + 0.75 * np.minimum(ink * 6, 1)
    )  # less in the dark
    return np.clip(ink * 255 + 0.5, 0, 255).astype(np.uint8)


# Curves and shapes.


def pick(condition, yes, no):
    """`np.where` that stays in float32, whatever NumPy's version makes of a Python
    number.
    """
    return np.where(condition, np.asarray(yes, np.float32), np.asarray(no, np.float32))


def wave(position):
    """A zigzag from -1 to 1 of period 1."""
    return np.abs(position - np.floor(position) - 0.5) * 4 - 1


def ramp(value, start, end):
    """0 before `start`, 1 after `end`, and a smooth way between."""
    share = np.clip((value - start) / (end - start), 0, 1)
    return share * share * (3 - 2 * share)


def path(value, *knots):
    """A curve of straight pieces through the knots (place, height), level
    outside them.
    """
    (place, height), *rest = knots
    total = height
    for next_place, next_height in rest:
        total = total + (next_height - height) * np.clip(
            (value - place) / (next_place - place), 0, 1
        )
        place, height = next_place, next_height
    return total


def box(x, y, width, height):
    """A rectangle around (0, 0); width and height are those of its right upper
    quarter.
    """
    return np.maximum(np.abs(x) - width, np.abs(y) - height)


def oval(x, y, width, height):
    """An ellipse around (0, 0) with these half axes; the distance is right near its
    edge.
    """
    u, v = x / width, y / height
    return (np.sqrt(u * u + v * v) - 1) * np.minimum(width, height)


def limb(x, y, start, end, thick, thin):
    """A sleeve from `start` to `end` (each x, y), half as wide as `thick` there and
    `thin` here, cut straight.
    """
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    length = np.sqrt(dx * dx + dy * dy)
    along = ((x - x0) * dx + (y - y0) * dy) / length
    aside = ((x - x0) * dy - (y - y0) * dx) / length
    width = thick + (thin - thick) * np.clip(along / length, 0, 1)
    return np.maximum(np.abs(aside) - width, np.maximum(along - length, -along - thick))


def any_tone(canvas):
    """How bright a garment is."""
    return canvas.random(0.3, 1.0)


# Upper-body garments: one cut for T-shirt, pullover, coat and shirt.


def top_garment(
    canvas, tone, *, long_sleeves, bottom, shoulder, waist, hem, neck, pointed
):
    """Trunk, sleeves and neck in cloth.

    shoulder, waist, hem : half widths.  neck : its half width and depth.  pointed :
        whether the neck is a V.
    Returns the shapes that the details need: top (a height), trunk, hole (of the neck),
    and cover (what is cloth).
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
    canvas.paint(
        back, tone * canvas.random(0.3, 0.6)
    )  # the inner side of the back shows through the neck
    cover = canvas.cloth(np.maximum(np.minimum(trunk, sleeves), -hole), tone)
    canvas.line(
        trunk, canvas.random(0.45, 0.8), width=0.06, within=cover * (y < bottom - 0.1)
    )  # armhole and side
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
    canvas.line(
        hole, canvas.random(0.6, 1.3), width=0.07, within=cover
    )  # the band around the neck
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
    buttons(
        canvas,
        cover,
        hole,
        bottom,
        canvas.chance(0.18) * canvas.random(0.3, 1.0),
        size=0.04,
    )  # a cardigan
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
    canvas.shade(
        box(ax - 0.27, y - 0.3, 0.1, 0.03), 0.55, within=cover * canvas.chance(0.5)
    )  # pockets


# Dress, trousers, bag.


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
    canvas.line(
        ax - (outer + gap) / 2,
        canvas.random(0.75, 1.2),
        width=0.06,
        within=cover * (y > crotch),
    )  # creases
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
    canvas.paint(
        np.maximum(box(x, flap, 0.07, 0.07), body),
        canvas.random(0.1, 1.0),
        canvas.chance(0.5),
    )  # clasp
    canvas.line(ax - width * 0.7, 0.65, within=cover * canvas.chance(0.3))


# Shoes, seen from the side.


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
    high = canvas.chance(0.25) * canvas.random(
        0.1, 0.45
    )  # high-tops come near to boots
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
    canvas.tint(
        np.clip((-0.62 - x) * 8, 0, 1) * cover, canvas.random(0.65, 1.3)
    )  # toe cap
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


# In the order of Fashion-MNIST's labels.
DRAWINGS = {
    "T-shirt/top": t_shirt,
    "Trouser": trouser,
    "Pullover": pullover,
    "Dress": dress,
    "Coat": coat,
    "Sandal": sandal,
    "Shirt": shirt,
    "Sneaker": sneaker,
    "Bag": bag,
    "Ankle boot": ankle_boot,
}
