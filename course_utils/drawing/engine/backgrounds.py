"""What lies behind: meadow, soil, sky, bokeh, wall, foliage.

Each background is a function (chance, height, width) → (height, width, 3) uint8, and is
drawn straight at the picture's own size: a background is blurred anyway.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

GREENS = (
    (52, 84, 38),
    (74, 112, 44),
    (96, 128, 58),
    (112, 140, 70),
    (60, 96, 62),
    (128, 146, 84),
)
BLOOMS = (
    (240, 236, 228),
    (244, 208, 60),
    (232, 120, 50),
    (205, 50, 60),
    (226, 130, 170),
    (140, 90, 180),
    (120, 160, 210),
)


def clouds(chance, height, width, cells=(3, 7, 15), strengths=(0.6, 0.3, 0.15)):
    """Soft noise (height, width) float32 around 0, about −0.5 … 0.5: coarse random
    grids, enlarged and added.
    """
    total = np.zeros((height, width), dtype=np.float32)
    for count, strength in zip(cells, strengths, strict=True):
        coarse = (chance.uniform(-0.5, 0.5, (count + 2, count + 2))).astype(np.float32)
        fine = Image.fromarray(coarse).resize((width, height), Image.BICUBIC)
        total += strength * np.asarray(fine)
    return total


def _between(dark, light, amount):
    """Colours (height, width, 3) float32 between two RGB colours by `amount` (height,
    width).
    """
    dark, light = (
        np.asarray(dark, dtype=np.float32),
        np.asarray(light, dtype=np.float32),
    )
    return dark + (light - dark) * np.clip(amount, 0, 1)[:, :, None]


def _soft(picture, radius):
    """Gaussian blur; a wide one is made on a smaller picture, which takes a fraction of
    the time.
    """
    cell = 4 if radius > 5 else 2 if radius > 2 else 1
    if cell == 1:
        return picture.filter(ImageFilter.GaussianBlur(radius))
    small = picture.reduce(cell).filter(ImageFilter.GaussianBlur(radius / cell))
    return small.resize(picture.size, Image.BICUBIC)


def _image(values):
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _down(height, width):
    """0 at the top of the picture, 1 at its bottom: (height, width)."""
    return np.broadcast_to(
        np.linspace(0, 1, height, dtype=np.float32)[:, None], (height, width)
    )


def _jitter(chance, colour, spread=18):
    return tuple(
        int(np.clip(c + d, 0, 255))
        for c, d in zip(colour, chance.uniform(-spread, spread, 3), strict=True)
    )


def _blades(chance, draw, height, width, count, scale, greens):
    """Blades of grass: thin curved triangles from below."""
    x = chance.uniform(-0.1, 1.1, count) * width
    foot = chance.uniform(0.5, 1.15, count) * height
    tall = chance.uniform(0.25, 0.8, count) * scale
    lean = chance.uniform(-0.35, 0.35, count) * scale
    half = chance.uniform(0.008, 0.022, count) * scale
    for i in np.argsort(foot, kind="stable").tolist():
        middle = x[i] + 0.3 * lean[i], foot[i] - 0.55 * tall[i]
        tip = x[i] + lean[i], foot[i] - tall[i]
        outline = [
            (x[i] - half[i], foot[i]),
            (middle[0] - 0.7 * half[i], middle[1]),
            tip,
            (middle[0] + 0.7 * half[i], middle[1]),
            (x[i] + half[i], foot[i]),
        ]
        draw.polygon(outline, fill=_jitter(chance, chance.choose(greens), 14))


def meadow(chance, height, width):
    """Grass, some of it near, with a few flowers far out of focus."""
    size = max(height, width)
    noise = clouds(chance, height, width)
    dark, light = chance.choose(GREENS), chance.choose(GREENS)
    far = _between(
        _jitter(chance, dark),
        _jitter(chance, light, 30),
        0.5 + noise + 0.35 * (0.5 - _down(height, width)),
    )
    picture = _image(far)
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.integer(0, 14)):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        r = size * chance.uniform(0.008, 0.035)
        draw.ellipse(
            (x - r, y - 0.8 * r, x + r, y + 0.8 * r),
            fill=_jitter(chance, chance.choose(BLOOMS), 10),
        )
    picture = _soft(picture, size * chance.uniform(0.012, 0.03))
    greens = [
        _jitter(chance, colour, 20) for colour in (dark, light, chance.choose(GREENS))
    ]
    _blades(
        chance,
        ImageDraw.Draw(picture),
        height,
        width,
        chance.integer(25, 60),
        size,
        greens,
    )
    return _soft(picture, size * chance.uniform(0.002, 0.012))


def soil(chance, height, width):
    """Earth with clods, pebbles and a few dry stalks."""
    size = max(height, width)
    noise = clouds(chance, height, width, (4, 12, 40), (0.5, 0.4, 0.5))
    dark = chance.choose(((58, 44, 34), (74, 56, 42), (50, 46, 44), (92, 70, 52)))
    light = chance.choose(((124, 98, 74), (150, 122, 92), (118, 108, 98)))
    picture = _image(_between(dark, light, 0.45 + noise))
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.integer(15, 45)):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        r = size * chance.uniform(0.006, 0.022)
        shade = chance.uniform(0.6, 1.25)
        colour = np.asarray(chance.choose((dark, light, (140, 134, 126)))) * shade
        draw.ellipse(
            (x - r + 1, y - 0.5 * r + 2, x + r + 1, y + 0.9 * r + 2),
            fill=tuple(int(0.5 * c) for c in dark),
        )
        draw.ellipse(
            (x - r, y - 0.7 * r, x + r, y + 0.7 * r),
            fill=tuple(int(min(255, c)) for c in colour),
        )
    for _ in range(chance.integer(0, 9)):
        x, y, turn = (
            chance.uniform(0, width),
            chance.uniform(0, height),
            chance.uniform(0, np.pi),
        )
        reach = size * chance.uniform(0.05, 0.18)
        end = (x + reach * np.cos(turn), y + reach * np.sin(turn))
        draw.line(
            (x, y, *end),
            fill=_jitter(chance, (168, 146, 98)),
            width=chance.integer(1, 2),
        )
    return _soft(picture, size * chance.uniform(0.002, 0.012))


def sky(chance, height, width):
    """From below: blue, white or evening sky."""
    top, bottom = chance.choose(
        (
            ((70, 124, 196), (186, 212, 234)),
            ((104, 150, 206), (222, 230, 236)),
            ((172, 184, 196), (224, 226, 226)),
            ((122, 110, 160), (244, 190, 140)),
            ((58, 92, 150), (238, 206, 176)),
        )
    )
    picture = _between(
        _jitter(chance, top, 12), _jitter(chance, bottom, 12), _down(height, width)
    )
    noise = clouds(chance, height, width, (2, 5, 11), (0.7, 0.5, 0.25))
    white = np.clip((noise - chance.uniform(-0.1, 0.3)) * 3, 0, 1)[:, :, None]
    picture = picture + (np.float32(250) - picture) * white * chance.uniform(0.2, 0.9)
    if chance.happens(0.4):  # far trees or hills along the lower border
        border = (
            chance.uniform(0.68, 0.95)
            + 0.1 * clouds(chance, 1, width, (4, 9), (0.7, 0.4))[0]
        )
        below = np.clip((_down(height, width) - border[None, :]) * 25, 0, 1)[:, :, None]
        picture = (
            picture
            + (
                np.asarray(_jitter(chance, (86, 108, 86), 25), dtype=np.float32)
                - picture
            )
            * below
        )
    return _image(picture)


def bokeh(chance, height, width):
    """Lights and leaves so far out of focus that they are discs."""
    size = max(height, width)
    dark, light = chance.choose(
        (
            ((24, 36, 26), (70, 98, 60)),
            ((40, 60, 40), (130, 150, 96)),
            ((36, 30, 44), (110, 84, 92)),
            ((90, 110, 70), (190, 196, 140)),
            ((60, 44, 34), (160, 120, 80)),
            ((30, 50, 66), (110, 140, 150)),
            ((150, 140, 130), (226, 216, 204)),
        )
    )
    picture = _image(
        _between(
            _jitter(chance, dark),
            _jitter(chance, light),
            0.5 + 1.4 * clouds(chance, height, width),
        )
    )
    picture = _soft(picture, size * 0.02)
    draw = ImageDraw.Draw(picture, "RGBA")
    spread = chance.uniform(0.02, 0.07) * size
    for _ in range(chance.integer(8, 34)):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        r = spread * chance.uniform(0.6, 1.4)
        colour = _jitter(
            chance, chance.choose((light, light, *BLOOMS, (255, 250, 225))), 20
        )
        alpha = chance.integer(28, 95)
        draw.ellipse(
            (x - r, y - r, x + r, y + r),
            fill=(*colour, alpha),
            outline=(*colour, min(255, 2 * alpha)),
        )
    return _soft(picture, size * chance.uniform(0.004, 0.012))


def wall(chance, height, width):
    """Plaster, bricks or boards, in slanting light."""
    size = max(height, width)
    base = chance.choose(
        (
            (206, 198, 184),
            (178, 170, 160),
            (150, 78, 60),
            (196, 152, 112),
            (120, 134, 144),
            (226, 220, 206),
            (108, 84, 64),
        )
    )
    base = np.asarray(_jitter(chance, base, 16), dtype=np.float32)
    noise = clouds(chance, height, width, (4, 16, 50), (0.25, 0.16, 0.2))
    kind = chance.choose(("plaster", "bricks", "boards"))
    picture = base * (1 + 0.5 * noise)[:, :, None]
    if kind != "plaster":
        picture = _image(picture)
        draw = ImageDraw.Draw(picture, "RGBA")
        joint = (
            (30, 24, 20, 110)
            if kind == "boards" or chance.happens(0.5)
            else (226, 220, 208, 130)
        )
        course = size * chance.uniform(0.1, 0.2)
        thick = max(1, int(course * 0.09))
        if kind == "boards":
            turned = chance.happens(0.5)
            for k in range(int(size / course) + 2):
                at = (k + chance.uniform(-0.08, 0.08)) * course
                tone = chance.integer(0, 40)
                box = (
                    (at, 0, at + course, height)
                    if turned
                    else (0, at, width, at + course)
                )
                draw.rectangle(box, fill=(20, 14, 8, tone))
                draw.line(
                    (at, 0, at, height) if turned else (0, at, width, at),
                    fill=joint,
                    width=thick,
                )
        else:
            for k in range(int(height / course) + 2):
                y = k * course
                for j in range(-1, int(width / (2.2 * course)) + 2):
                    x = (j + 0.5 * (k % 2)) * 2.2 * course
                    draw.rectangle(
                        (x, y, x + 2.2 * course, y + course),
                        fill=(20, 14, 8, chance.integer(0, 60)),
                    )
                    draw.line((x, y, x, y + course), fill=joint, width=thick)
                draw.line((0, y, width, y), fill=joint, width=thick)
        picture = np.asarray(
            picture.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32
        )
    slope = chance.uniform(-0.35, 0.35)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :]
    light = (
        1 + slope * across + chance.uniform(-0.3, 0.1) * (_down(height, width) - 0.5)
    )
    picture = _image(picture * light[:, :, None])
    return _soft(picture, size * chance.uniform(0.001, 0.008))


def foliage(chance, height, width):
    """Leaves of other plants behind, each with its midrib."""
    size = max(height, width)
    greens = [_jitter(chance, chance.choose(GREENS), 24) for _ in range(4)]
    dark = tuple(int(0.45 * c) for c in chance.choose(greens))
    picture = _image(_between(dark, greens[0], 0.4 + clouds(chance, height, width)))
    draw = ImageDraw.Draw(picture)
    reach = size * chance.uniform(0.12, 0.3)
    slim = chance.uniform(0.25, 0.55)
    shape = np.array(
        [
            (0, 0),
            (0.2, 0.7),
            (0.45, 1),
            (0.75, 0.7),
            (1, 0),
            (0.75, -0.7),
            (0.45, -1),
            (0.2, -0.7),
        ]
    )
    count = chance.integer(20, 45)
    for k in range(count):
        turn = chance.uniform(0, 2 * np.pi)
        long = reach * chance.uniform(0.6, 1.2)
        x, y = chance.uniform(0, 1) * width, chance.uniform(0, 1) * height
        cos, sin = np.cos(turn), np.sin(turn)
        local = shape * (long, 0.5 * slim * long)
        points = np.stack(
            [
                x + local[:, 0] * cos - local[:, 1] * sin,
                y + local[:, 0] * sin + local[:, 1] * cos,
            ],
            1,
        )
        shade = 0.55 + 0.5 * k / count + chance.uniform(-0.12, 0.12)
        colour = tuple(int(np.clip(shade * c, 0, 255)) for c in chance.choose(greens))
        draw.polygon(points.ravel().tolist(), fill=colour)
        rib = tuple(min(255, int(1.25 * c) + 6) for c in colour)
        draw.line((x, y, float(points[4, 0]), float(points[4, 1])), fill=rib, width=1)
    return _soft(picture, size * chance.uniform(0.004, 0.016))


KINDS = (meadow, soil, sky, bokeh, wall, foliage)
WEIGHTS = (5, 2, 2, 4, 2, 4)


def by_chance(chance, height, width):
    """One of the backgrounds above:

    (height, width, 3) uint8, and the function that drew it.
    """
    kind = chance.choose(KINDS, WEIGHTS)
    return np.asarray(kind(chance, height, width)), kind
