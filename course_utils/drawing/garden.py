"""Photographs of the garden: what photo number 17 shows, drawn on demand.

`photo(index)` and `scene(index)` are pure functions: the same index always gives the
same labels, boxes and masks, and pixels that differ between machines by no more than
JPEG decoders do.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.drawing.engine import backgrounds, camera
from course_utils.drawing.engine.chance import Chance
from course_utils.drawing.engine.rendering import SAMPLES, Layer, Light, render
from course_utils.drawing.engine.surfaces import bezier, turn_x, turn_y, turn_z
from course_utils.drawing.flowers import CLASS_NAMES, DRAW, HEAD, leaf, stalk

SEED = 1958  # the year Hubel and Wiesel showed a cat its first line
# two streams of chance: what decides boxes, and what only decides pixels
SHAPE, LOOK = (1, 2)
SCENE = 8  # sets the streams of scenes apart from those of photos
MOST_FLOWERS = 6  # in a scene
MOST_HIDDEN = 0.5  # of a flower's head; one that others would hide further is left out


@dataclass(frozen=True)
class Photo:
    """`image` (height, width, 3) uint8; `label`; `box` (y_min, x_min, y_max, x_max) in
    pixels, the last row and column not included; `mask` (height, width) bool; `quality`
    for the JPEG file.
    """

    image: np.ndarray
    label: int
    box: tuple[int, int, int, int]
    mask: np.ndarray
    quality: int


@dataclass(frozen=True)
class Plant:
    """A flower in its place: sheets in pixels, y up."""

    solid: list
    veil: list


def _pose(chance, flower):
    """A rotation (3, 3) that turns the flower's axis away from the viewer."""
    least, most = flower.tilts
    tilt = least + (most - least) * chance.uniform(0, 1) ** 1.1
    lean = chance.around(0, 2.6 if tilt < 0.5 else flower.lean)
    return turn_z(lean) @ turn_x(tilt) @ turn_z(chance.uniform(0, 2 * np.pi))


def _bounds(sheets):
    low = np.min([s.points.min(axis=(0, 1, 2)) for s in sheets], axis=0)
    high = np.max([s.points.max(axis=(0, 1, 2)) for s in sheets], axis=0)
    return low, high


def plant(chance, label, size, centre, height, *, leaves=True):
    """Grow a flower whose head fills about `size` × `size` pixels around `centre` (x, y
    up).
    """
    flower = DRAW[CLASS_NAMES[label]](chance)
    rotation = _pose(chance, flower)
    head = [sheets.turned(rotation) for sheets in flower.head]
    veil = [sheets.turned(rotation) for sheets in flower.veil]
    low, high = _bounds(head + veil)
    extent = high - low
    scale = size / np.sqrt(extent[0] * extent[1])
    origin = np.array([*centre, 0.0]) - scale * np.array([*(low + high)[:2] / 2, 0.0])
    head = [sheets.turned(np.eye(3), origin, scale) for sheets in head]
    veil = [sheets.turned(np.eye(3), origin, scale) for sheets in veil]

    # The stem leaves the head against the direction in which the flower looks, then
    # bends to the ground.
    axis = rotation[:, 2]
    foot = origin + scale * flower.foot * axis
    ground = -0.1 * height
    drop = max(foot[1] - ground, 0.3 * size)
    sway = chance.around(0, 0.35 * drop)
    back = np.array([0, 0, -0.4 * size])
    bend = foot - axis * 0.45 * min(drop, 1.5 * size) - np.array([0, 0.05 * drop, 0])
    end = (
        np.array(
            [
                foot[0] + sway - 0.3 * axis[0] * drop,
                min(ground, foot[1] - 0.2 * size),
                0.0,
            ]
        )
        + 2 * back
    )
    path = bezier(
        [
            foot,
            bend,
            (bend + end) / 2 + np.array([-0.3 * sway, 0, 0]) + 0.5 * back,
            end,
        ],
        12,
    )
    path[:, 2] = np.minimum(path[:, 2], foot[2])  # behind the head all the way
    solid = head + [
        stalk(path, flower.thick * scale * np.linspace(0.9, 1.25, 13), flower.stem)
    ]
    if leaves:
        solid += _leaves(chance, flower.leaf, path, scale)
    return Plant(solid, veil)


def _leaves(chance, kind, path, scale):
    """Leaves along the stem, or from its foot, behind the flower."""
    count = {
        "lance": (1, 3),
        "spoon": (0, 3),
        "tooth": (1, 4),
        "heart": (1, 3),
        "serrate": (2, 5),
    }[kind]
    reach = {"lance": 1.9, "spoon": 0.7, "tooth": 1.1, "heart": 1.0, "serrate": 0.75}[
        kind
    ]
    low = {"lance": 0.75, "spoon": 0.5, "tooth": 0.75, "heart": 0.3, "serrate": 0.25}[
        kind
    ]
    leaves = []
    for number in range(chance.integer(*count)):
        at = chance.uniform(low, 1)
        place = path[int(round(at * (len(path) - 1)))]
        side = 1 if number % 2 else -1
        upward = (
            chance.uniform(0.7, 1.4)
            if kind in ("lance", "tooth")
            else chance.uniform(-0.3, 0.9)
        )
        blade = leaf(chance, kind, reach * chance.uniform(0.7, 1.2))
        rotation = (
            turn_z(np.pi / 2 - side * (np.pi / 2 - upward))
            @ turn_y(chance.around(0, 0.5))
            @ turn_x(chance.around(0, 0.9))
        )
        blade = blade.turned(rotation, place - np.array([0, 0, 0.3 * scale]), scale)
        depth = blade.points[..., 2]
        blade.points[..., 2] = depth - max(0.0, depth.max() + 0.35 * scale)
        leaves.append(blade)
    return leaves


def _render(plant_, shape, light, grain):
    """A Layer for the whole plant; what is see-through lies over the stem and under the
    solid head.
    """
    layer = render(plant_.solid, shape, light, grain)
    if not plant_.veil:
        return layer
    veil = render(plant_.veil, shape, light, grain)
    if veil is None or layer is None:
        return layer if veil is None else veil
    top, left = min(layer.top, veil.top), min(layer.left, veil.left)
    bottom = max(layer.top + layer.alpha.shape[0], veil.top + veil.alpha.shape[0])
    right = max(layer.left + layer.alpha.shape[1], veil.left + veil.alpha.shape[1])
    colour = np.zeros((bottom - top, right - left, 3), dtype=np.float32)
    alpha = np.zeros((bottom - top, right - left), dtype=np.float32)
    parts = np.zeros(
        ((bottom - top) * SAMPLES, (right - left) * SAMPLES), dtype=np.uint8
    )

    def window(array, of, step=1):
        y, x = (of.top - top) * step, (of.left - left) * step
        rows, columns = of.alpha.shape
        return array[y : y + rows * step, x : x + columns * step]

    haze = VEIL * veil.alpha
    window(colour, veil)[:] = VEIL * veil.colour
    window(alpha, veil)[:] = haze
    over = layer.alpha[:, :, None]
    window(colour, layer)[:] = layer.colour + window(colour, layer) * (1 - over)
    window(alpha, layer)[:] = layer.alpha + window(alpha, layer) * (1 - layer.alpha)
    window(parts, layer, SAMPLES)[:] = layer.parts
    covered = window(parts, veil, SAMPLES)
    covered[veil.parts > 0] = HEAD
    return Layer(colour, alpha, parts, top, left)


VEIL = 0.22  # how much a parachute's umbrella hides of what is behind it


def box_of(mask):
    """(y_min, x_min, y_max, x_max) of what is true in a mask, in pixels, the last row
    and column not included.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _size(chance, small=180, large=320):
    """Height and width of a photo: upright, square or lying, as cameras are held."""
    area = chance.uniform(small * 1.15, large * 0.9)
    aspect = np.exp(chance.around(0, 0.5))
    return tuple(
        int(np.clip(round(side), small, large))
        for side in (area * aspect**0.5, area / aspect**0.5)
    )


def photo(index, seed=SEED):
    """Photo number `index`: one flower of class `label_of(index)`."""
    chance, look = Chance(seed, index, SHAPE), Chance(seed, index, LOOK)
    label = label_of(index, seed)
    height, width = _size(chance)
    side = min(height, width)
    size = side * chance.uniform(0.36, 0.86)
    room_x, room_y = (0.5 * (1 - 0.8 * size / length) for length in (width, height))
    if chance.happens(0.15):  # partly outside the picture
        room_x, room_y = 0.5 - 0.2 * size / width, 0.5 - 0.2 * size / height
    centre = (
        width * (0.5 + chance.around(0, room_x)),
        height * (0.5 + chance.around(0, room_y)),
    )
    flower = plant(chance, label, size, centre, height, leaves=chance.happens(0.8))
    light = Light.by_chance(look)
    layer = _render(flower, (height, width), light, look.integer(0, 127))
    mask = layer.coverage(HEAD, (height, width)) * 2 >= SAMPLES**2
    background, kind = backgrounds.by_chance(look, height, width)
    near = kind in (backgrounds.wall, backgrounds.soil)
    picture = camera.compose(
        background, [layer], light, shadow=0.45 if near else 0.0, reach=0.12 * size
    )
    image = camera.develop(picture, look)
    return Photo(image, label, box_of(mask), mask, look.integer(78, 95))


@dataclass(frozen=True)
class Scene:
    """One to six flowers in a picture.

    Parameters
    ----------
    image : (height, width, 3) uint8.
    labels : the class of each flower, the nearest flower first.
    boxes : what is seen of each, as in `Photo`.
    hidden : the share of each head within the picture that nearer plants cover, 0 to
        `MOST_HIDDEN`.
    classes : (height, width) uint8, 0, or 1 + label of the flower seen there.
    flowers : (height, width) uint8, 0, or 1 + its place in `labels`.
    quality : for the JPEG file.
    """

    image: np.ndarray
    labels: tuple[int, ...]
    boxes: tuple[tuple[int, int, int, int], ...]
    hidden: tuple[float, ...]
    classes: np.ndarray
    flowers: np.ndarray
    quality: int


def scene(index, seed=SEED):
    """Scene number `index`: one to six flowers, some hiding parts of others.

    The rule for flowers that are partly hidden: plants are placed one by one, each
    behind those that stand already.  One whose head would be hidden by more than half,
    by their heads, stems and leaves together, or of which too little is in the picture,
    is left out altogether.  So every flower that can be seen has its box, label and
    mask; the box holds what is seen of it, not what is behind.
    """
    chance, look = Chance(seed, index, SCENE, SHAPE), Chance(seed, index, SCENE, LOOK)
    height, width = shape = _size(chance, 200, 300)
    light, grain = Light.by_chance(look), look.integer(0, 127)
    kept, near = _plants_in_view(chance, shape, light, grain)
    owner = _owners(kept, shape)
    flowers = np.zeros(shape, dtype=np.uint8)
    cells = owner.reshape(height, SAMPLES, width, SAMPLES)
    for number in reversed(range(1, len(kept) + 1)):
        flowers[(cells == number).sum(axis=(1, 3)) * 2 >= SAMPLES**2] = number

    background, kind = backgrounds.by_chance(look, height, width)
    flat = kind in (backgrounds.wall, backgrounds.soil)
    layers = [layer for _, layer in reversed(kept)]
    picture = camera.compose(
        background, layers, light, shadow=0.45 if flat else 0.0, reach=0.1 * near
    )
    image = camera.develop(picture, look)
    labels = tuple(label for label, _ in kept)
    numbers = range(1, len(kept) + 1)
    heads = [int((layer.parts == HEAD).sum()) for layer in reversed(layers)]
    hidden = tuple(
        1 - int((owner == number).sum()) / head
        for number, head in zip(numbers, heads, strict=True)
    )
    classes = np.array([0, *(label + 1 for label in labels)], dtype=np.uint8)[flowers]
    boxes = tuple(box_of(flowers == number) for number in numbers)
    quality = look.integer(78, 95)
    return Scene(image, labels, boxes, hidden, classes, flowers, quality)


def _plants_in_view(chance, shape, light, grain):
    """[(label, Layer)] from the nearest plant to the furthest, and how large the
    nearest may be, in pixels.
    """
    height, width = shape
    wanted = chance.integer(1, MOST_FLOWERS)
    near = chance.uniform(0.34, 0.56) * min(shape) / max(1, wanted / 2.5) ** 0.4
    taken = np.zeros((height * SAMPLES, width * SAMPLES), dtype=bool)
    kept = []
    for attempt in range(wanted + 6):
        if len(kept) == wanted:
            break
        label = chance.integer(0, len(CLASS_NAMES) - 1)
        size = near * chance.uniform(0.7, 1.1) * 0.95**attempt
        centre = width * chance.uniform(0.1, 0.9), height * chance.uniform(0.15, 0.88)
        grown = plant(chance, label, size, centre, height, leaves=chance.happens(0.35))
        if kept and _covered(taken, centre, size, height) > MOST_HIDDEN:
            continue
        layer = _render(grown, shape, light, grain)
        if layer is None:
            continue
        window = _window(taken, layer)
        head = layer.parts == HEAD
        seen = int((head & ~window).sum())
        if seen < (1 - MOST_HIDDEN) * head.sum() or seen < 0.2 * (size * SAMPLES) ** 2:
            continue
        window |= layer.parts > 0
        kept.append((label, layer))
    return kept, near


def _window(fine, layer):
    """The part of an array of fine pixels that a layer covers."""
    rows, columns = layer.parts.shape
    return fine[layer.top * SAMPLES :, layer.left * SAMPLES :][:rows, :columns]


def _owners(kept, shape):
    """Which flower is seen at each fine pixel: 1 + its place in `kept`, or 0."""
    owner = np.zeros((shape[0] * SAMPLES, shape[1] * SAMPLES), dtype=np.uint8)
    for number, (_, layer) in reversed(list(enumerate(kept))):
        window = _window(owner, layer)
        window[layer.parts > 0] = 0
        window[layer.parts == HEAD] = number + 1
    return owner


def _covered(taken, centre, size, height):
    """About which share of a flower, not yet drawn, others in front of it would
    hide.
    """
    x, y = centre[0] * SAMPLES, (height - centre[1]) * SAMPLES
    half = 0.35 * size * SAMPLES
    window = taken[
        int(max(0, y - half)) : int(y + half) + 1,
        int(max(0, x - half)) : int(x + half) + 1,
    ]
    return float(window.mean()) if window.size else 1.0


def label_of(index, seed=SEED):
    """The class of photo `index`: every five photos in a row hold each class once, in
    random order.
    """
    return int(Chance(seed, index // 5, 0).order(5)[index % 5])
