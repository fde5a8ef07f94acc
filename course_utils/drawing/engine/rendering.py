"""From bent sheets to lit pixels.

Every sheet is cut into four-cornered facets.  Facets are painted from back to front
into a buffer that holds, for each pixel of a grid twice as fine as the picture, the
*number* of the facet seen there (the painter's algorithm). Only then is each visible
pixel coloured: its place on the sheet, veins, light and shadow come from its facet.  So
hidden petals cost nothing, and the buffer of numbers is an exact mask.

Whole numbers decide which pixel belongs to what: corners are rounded to the fine grid
before anything is filled.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from course_utils.drawing.engine.surfaces import PAINT, spread

SAMPLES = 2  # fine pixels along each side of a picture's pixel


@dataclass(frozen=True)
class Light:
    """`direction` points to the sun (x right, y up, z to the viewer); colours are
    linear light.
    """

    direction: tuple[float, float, float]
    sun: tuple[float, float, float]
    sky: tuple[float, float, float]
    shadow: float = 0.7

    @staticmethod
    def by_chance(chance):
        """Morning, noon, overcast, evening, or the sun behind the flower."""
        mood = chance.choose(
            ("noon", "morning", "overcast", "evening", "behind"), (4, 3, 3, 2, 2)
        )
        side = chance.uniform(-1, 1)
        if mood == "overcast":
            direction, sun, sky = (
                (0.5 * side, 0.6, 0.8),
                (0.40, 0.41, 0.42),
                (0.72, 0.76, 0.82),
            )
        elif mood == "noon":
            direction, sun, sky = (
                (0.7 * side, 0.7, 0.65),
                (0.98, 0.95, 0.88),
                (0.34, 0.38, 0.46),
            )
        elif mood == "morning":
            direction, sun, sky = (
                (1.2 * side, 0.5, 0.6),
                (1.02, 0.92, 0.74),
                (0.32, 0.36, 0.44),
            )
        elif mood == "evening":
            direction, sun, sky = (
                (1.5 * side, 0.35, 0.5),
                (1.10, 0.78, 0.50),
                (0.34, 0.33, 0.42),
            )
        else:
            direction, sun, sky = (
                (0.9 * side, 0.6, -0.35),
                (1.15, 1.05, 0.85),
                (0.46, 0.48, 0.50),
            )
        direction = np.asarray(direction) / np.linalg.norm(direction)
        gain = chance.uniform(0.88, 1.12)
        return Light(
            tuple(float(d) for d in direction),
            tuple(gain * s for s in sun),
            tuple(gain * s for s in sky),
            shadow=0.25 if mood == "overcast" else chance.uniform(0.5, 0.8),
        )


@dataclass(frozen=True)
class Layer:
    """A rendered group of sheets: `colour` (height, width, 3) linear light already
    times `alpha` (height, width).

    `top`, `left` say where it lies in the picture; `parts` (SAMPLES · height, SAMPLES ·
    width) holds the part number seen at each fine pixel, 0 for none.
    """

    colour: np.ndarray
    alpha: np.ndarray
    parts: np.ndarray
    top: int
    left: int

    def over(self, picture):
        """Lay the layer over `picture` (rows, columns, 3), linear light, in place."""
        height, width = self.alpha.shape
        window = picture[self.top : self.top + height, self.left : self.left + width]
        window *= 1 - self.alpha[:, :, None]
        window += self.colour

    def coverage(self, part, shape):
        """How many fine pixels (0 … SAMPLES²) of each pixel of a picture of `shape`
        show `part`.
        """
        seen = self.parts == part
        rows, columns = self.alpha.shape
        count = np.zeros(shape, dtype=np.uint8)
        fine = seen.reshape(rows, SAMPLES, columns, SAMPLES).sum(
            axis=(1, 3), dtype=np.uint8
        )
        count[self.top : self.top + rows, self.left : self.left + columns] = fine
        return count


def _facets(sheets):
    """Corner points (facets, 4, 3) around each facet, sheet number, (u, v) of its
    middle, and its size in u and v.
    """
    p = sheets.points
    count, rows, columns = p.shape[0], p.shape[1] - 1, p.shape[2] - 1
    corners = np.stack(
        [p[:, :-1, :-1], p[:, 1:, :-1], p[:, 1:, 1:], p[:, :-1, 1:]], axis=3
    )
    sheet, row, column = np.indices((count, rows, columns), dtype=np.int32).reshape(
        3, -1
    )
    u = spread(rows)
    middle, length = (u[1:] + u[:-1]) / 2, np.diff(u)
    across = (column + 0.5) / columns * 2 - 1
    return (
        corners.reshape(-1, 4, 3),
        sheet,
        middle[row],
        across,
        length[row],
        np.full(len(row), 2 / columns),
    )


def _order(sheets):
    """A number a facet; the larger is painted later."""
    p = sheets.points[..., 2]
    depth = (p[:, :-1, :-1] + p[:, 1:, :-1] + p[:, 1:, 1:] + p[:, :-1, 1:]) / 4
    whole = p.mean(axis=(1, 2), keepdims=True)
    return (depth + sheets.layering * (whole - depth)).ravel()


def _normals(p):
    """A normal (…, 3) at each grid point, turned towards the viewer."""
    along = np.gradient(p, axis=1)
    across = np.gradient(p, axis=2)
    normal = np.cross(across, along)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9
    return np.where(normal[..., 2:] < 0, -normal, normal)


def _corner_values(values):
    """(sheets, rows + 1, columns + 1) → middle, change along u, change along v of each
    facet.
    """
    a, b, c, d = (
        values[:, :-1, :-1],
        values[:, 1:, :-1],
        values[:, 1:, 1:],
        values[:, :-1, 1:],
    )
    return (
        ((a + b + c + d) / 4).ravel(),
        ((b + c - a - d) / 2).ravel(),
        ((c + d - a - b) / 2).ravel(),
    )


def _noise_tile():
    """A 128 × 128 tile of soft noise around 0, the same always."""
    generator = np.random.Generator(np.random.PCG64(7))
    tile = np.zeros((128, 128), dtype=np.float32)
    for cells, strength in ((16, 0.5), (32, 0.35), (64, 0.3)):
        coarse = generator.random((cells, cells)).astype(np.float32) - 0.5
        padded = np.pad(coarse, 2, mode="wrap")
        scale = 128 // cells
        fine = Image.fromarray(padded).resize(
            (padded.shape[1] * scale, padded.shape[0] * scale), Image.BICUBIC
        )
        tile += (
            strength
            * np.asarray(fine)[2 * scale : 2 * scale + 128, 2 * scale : 2 * scale + 128]
        )
    return tile


_NOISE = _noise_tile().ravel()


def render(groups, shape, light, grain=0):
    """Draw groups of `Sheets` whose points are pixels, x to the right and y *up* from
    the picture's lower left.

    Parameters
    ----------
    groups : list of Sheets.
    shape : (height, width) of the picture.
    light : Light.
    grain : which stretch of the mottling noise to use.

    Returns
    -------
    Layer, or None when nothing is inside the picture.
    """
    height, width = shape
    groups = [sheets for sheets in groups if len(sheets.points)]
    cut = [_facets(sheets) for sheets in groups]
    corners = np.concatenate([facets[0] for facets in cut])
    flat = np.empty((len(corners), 4, 2))
    flat[..., 0] = corners[..., 0]
    flat[..., 1] = height - corners[..., 1]
    grid = np.floor(flat * SAMPLES).astype(np.int64)

    low, high = grid.min(axis=(0, 1)) // SAMPLES, grid.max(axis=(0, 1)) // SAMPLES + 1
    left, top = np.maximum(low, 0)
    right, bottom = np.minimum(high, (width, height))
    if right <= left or bottom <= top:
        return None
    grid -= np.array([left, top]) * SAMPLES
    fine_width, fine_height = (right - left) * SAMPLES, (bottom - top) * SAMPLES

    buffer = Image.new("I", (int(fine_width), int(fine_height)))
    polygon = ImageDraw.Draw(buffer).polygon
    outlines = grid.reshape(-1, 8).tolist()
    for facet in np.argsort(
        np.concatenate([_order(sheets) for sheets in groups]), kind="stable"
    ).tolist():
        polygon(outlines[facet], fill=facet + 1)
    numbers = np.asarray(buffer)

    seen = np.flatnonzero(numbers)
    # what np.take would else convert to, every time
    facet = np.take(numbers.ravel(), seen).astype(np.intp) - 1
    part_of_facet = np.concatenate(
        [[0]] + [np.full(len(c[0]), s.part) for s, c in zip(groups, cut, strict=True)]
    )
    parts = part_of_facet.astype(np.uint8)[numbers]
    colour = _colours(
        groups,
        cut,
        flat * SAMPLES - np.array([left, top]) * SAMPLES,
        facet,
        seen,
        numbers,
        light,
        grain,
    )

    picture = np.zeros((fine_height * fine_width, 4), dtype=np.float32)
    picture[seen, :3] = colour
    picture[seen, 3] = 1
    picture = picture.reshape(fine_height, fine_width, 4)
    small = (
        picture[0::2, 0::2]
        + picture[1::2, 0::2]
        + picture[0::2, 1::2]
        + picture[1::2, 1::2]
    ) / 4
    return Layer(small[..., :3], small[..., 3], parts, int(top), int(left))


def _colours(groups, cut, flat, facet, seen, numbers, light, grain):
    """Linear colours (pixels, 3) of the pixels `seen` in the buffer of facet
    `numbers`.
    """
    sun = np.asarray(light.direction)
    half_way = sun + np.array([0, 0, 1.0])
    half_way /= np.linalg.norm(half_way)

    # What changes from facet to facet: its middle, how to get from pixels to (s, t) in
    # −½ … ½, light and depth.
    middle = flat.mean(axis=1)
    e1 = (flat[:, 1] + flat[:, 2] - flat[:, 0] - flat[:, 3]) / 2
    e2 = (flat[:, 2] + flat[:, 3] - flat[:, 0] - flat[:, 1]) / 2
    det = e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0]
    scale = np.where(np.abs(det) > 0.5, 1 / np.where(det == 0, 1, det), 0)
    values = []
    for sheets in groups:
        n = _normals(sheets.points)
        towards = n @ sun
        front = np.clip((towards + 0.25) / 1.25, 0, None)
        through = np.clip(-towards, 0, None)
        shine = np.clip(n @ half_way, 0, None) ** 24
        skylight = 0.72 + 0.28 * n[..., 1]
        depth = sheets.points[..., 2]
        facing = n[..., 2]
        values.append(
            [
                np.stack(_corner_values(a))
                for a in (front, through, shine, skylight, depth, facing)
            ]
        )
    values = [
        np.concatenate([group[k] for group in values], axis=1).astype(np.float32)
        for k in range(6)
    ]

    def each(column):
        return np.take(np.asarray(column, dtype=np.float32), facet)

    y = seen // numbers.shape[1]
    x = seen - y * numbers.shape[1]
    dx = x.astype(np.float32) - each(middle[:, 0] - 0.5)
    dy = y.astype(np.float32) - each(middle[:, 1] - 0.5)
    s = np.clip(dx * each(e2[:, 1] * scale) - dy * each(e2[:, 0] * scale), -0.5, 0.5)
    t = np.clip(dy * each(e1[:, 0] * scale) - dx * each(e1[:, 1] * scale), -0.5, 0.5)

    def smooth(k):
        return each(values[k][0]) + s * each(values[k][1]) + t * each(values[k][2])

    front, through, shine, skylight, depth, facing = (smooth(k) for k in range(6))
    u = each(np.concatenate([c[2] for c in cut])) + s * each(
        np.concatenate([c[4] for c in cut])
    )
    v = each(np.concatenate([c[3] for c in cut])) + t * each(
        np.concatenate([c[5] for c in cut])
    )

    first = np.cumsum([0] + [len(g.points) for g in groups])
    sheet = np.take(
        np.concatenate([c[1] + first[i] for i, c in enumerate(cut)]).astype(np.intp),
        facet,
    )
    table = np.concatenate([g.paint for g in groups])
    albedo = _paint(table, sheet, u, v, grain)

    size = float(np.sqrt(len(seen)))
    open_sky, sunlit = _shadows(
        depth, facing, seen, numbers.shape, sun, light.shadow, size
    )

    def strength(name):
        return np.take(table[:, PAINT[name]], sheet)

    glow = through * strength("glow")
    gloss = shine * strength("gloss") * sunlit
    front = front * sunlit
    skylight = skylight * open_sky
    out = np.empty((len(seen), 3), dtype=np.float32)
    for c in range(3):
        lit = light.sky[c] * skylight + light.sun[c] * (front + glow)
        out[:, c] = albedo[c] * lit + light.sun[c] * gloss
    return out


def _paint(table, sheet, u, v, grain):
    """Colour without light at (u, v): three arrays."""

    def column(k):
        values = table[:, k]
        if (values == values[0]).all():
            return values[0]
        return np.take(values, sheet)

    fade = column(PAINT["fade"])
    mix = np.clip(u, 0, 1)
    if not np.all(fade == 1):
        mix = mix**fade
    side = np.abs(v)
    edge = np.zeros_like(u)
    strength = column(PAINT["rim"])
    if np.any(strength):
        far = np.maximum(side**3, np.clip(u, 0, 1) ** 8)
        edge = edge + strength * far
    strength = column(PAINT["veins"])
    if np.any(strength):
        lines, branches = column(PAINT["lengthwise"]), column(PAINT["sideways"])
        wave = np.cos(np.pi * (lines * v + branches * (u * 2 - side)))
        wave *= wave
        edge = edge + strength * wave * wave
    strength = column(PAINT["midrib"])
    if np.any(strength):
        edge = edge + strength * np.clip(1 - side * 9, 0, 1)
    edge = np.clip(edge, 0, 1)
    bright = 1.0
    strength = column(PAINT["mottle"])
    if np.any(strength):
        shift = sheet * (37 * 128 + 11) + (grain * 128 + 64)
        place = ((u * 40).astype(np.intp) * 128 + (v * 24).astype(np.intp) + shift) & (
            128 * 128 - 1
        )
        bright = 1 + strength * np.take(_NOISE, place)
    colours = []
    for c in range(3):
        base, tip, rim = (
            column(PAINT[name].start + c) for name in ("base", "tip", "edge")
        )
        colour = base + (tip - base) * mix
        colour = colour + (rim - colour) * edge
        colours.append(colour * bright)
    return colours


def _blurred(image, reach):
    """A "F" image, each pixel the mean of about `reach` pixels around, as an array."""
    width, height = image.size
    cell = max(1, reach // 2)
    small = np.asarray(
        image.resize((max(2, width // cell), max(2, height // cell)), Image.BOX)
    )
    small = np.pad(small, 1, mode="edge")
    small = (small[:-2] + 2 * small[1:-1] + small[2:]) / 4
    small = (small[:, :-2] + 2 * small[:, 1:-1] + small[:, 2:]) / 4
    return np.asarray(Image.fromarray(small).resize((width, height), Image.BILINEAR))


def _shadows(depth, facing, seen, shape, sun, strength, size):
    """For each seen pixel: how much of the sky it sees, and how much of the sun (both 0
    … 1).

    Sky: a pixel that lies deeper than the blurred depth around it lies in a fold (Luft,
    Colditz and Deussen, 2006), unless the sheet itself turns away there (`facing` near
    0). Sun: a few steps from the pixel towards the sun; whatever is nearer to the
    viewer there throws a shadow.
    """
    floor = float(depth.min()) - 1
    field = np.full(shape, floor, dtype=np.float32)
    field.ravel()[seen] = depth
    image = Image.fromarray(field)
    height, width = shape
    turned = np.clip(1.6 * facing, 0, 1)
    open_sky = 1.0
    for reach, weight in ((0.035, 1.6), (0.12, 0.9)):
        blur = max(2, int(round(reach * size)))
        around = _blurred(image, blur).ravel()[seen]
        open_sky = open_sky - turned * np.clip(
            weight * (around - depth) / (reach * 4 * size), 0, 0.55
        )
    open_sky = np.clip(open_sky, 0.15, 1)

    flat = float(np.hypot(sun[0], sun[1]))
    step = max(1.0, 0.012 * size)
    coarse = np.asarray(image.reduce(2))
    pad = int(np.ceil(6 * step)) + 2
    rows, columns = coarse.shape
    padded = np.full((rows + 2 * pad, columns + 2 * pad), floor, dtype=np.float32)
    padded[pad : pad + rows, pad : pad + columns] = coarse
    shade = np.zeros_like(coarse)
    for k in (1.0, 2.2, 3.8, 6.0):
        reach = k * step
        dx, dy = int(round(sun[0] / flat * reach)), int(round(-sun[1] / flat * reach))
        moved = padded[pad + dy : pad + dy + rows, pad + dx : pad + dx + columns]
        rise = 2 * reach * max(float(sun[2]), 0.0) / flat
        np.maximum(
            shade,
            np.clip((moved - coarse - rise - 0.01 * size) / (0.05 * size), 0, 1),
            out=shade,
        )
    shade = np.asarray(
        Image.fromarray(shade).resize((width, height), Image.BILINEAR)
    ).ravel()[seen]
    return open_sky, 1 - strength * shade
