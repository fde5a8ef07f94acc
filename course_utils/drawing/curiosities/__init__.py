"""Twenty kinds of things that are none of the garden's five flowers: what the small
backbone learns to see with.

Leaves, shells, insects, fruits and a few made things, drawn with the engine that draws
the garden, in any colour, in front of the same backgrounds or "indoors": on cloth,
paper, tiles and water, now and then in oil or ink.  To tell them apart a network has to
notice outlines, spirals, overlapping layers, fine rays and textures;
`experiments.pretraining` has it learn just that.
"""

import numpy as np

from course_utils.drawing.curiosities import interiors, styles
from course_utils.drawing.curiosities.animals import (
    butterfly,
    feather,
    ladybird,
    scallop,
    sea_urchin,
    snail,
    starfish,
)
from course_utils.drawing.curiosities.colours import TURN
from course_utils.drawing.curiosities.kitchen import (
    cabbage,
    gear,
    orange_slice,
    pinwheel,
    strawberry,
    umbrella,
)
from course_utils.drawing.curiosities.plants import (
    acorn,
    clover,
    fern,
    maple_leaf,
    mushroom,
    oak_leaf,
    pine_cone,
)
from course_utils.drawing.engine import backgrounds, camera
from course_utils.drawing.engine.chance import Chance
from course_utils.drawing.engine.rendering import Light, render
from course_utils.drawing.engine.surfaces import turn_x, turn_z

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


def draw(class_index, seed, size=96, *, indoors=False):
    """Draw one thing of a class.

    Parameters
    ----------
    class_index : 0 … 19, see CLASS_NAMES.
    seed : a whole number; the same one always gives the same picture.
    size : side of the square picture in pixels.
    indoors : True for what the small backbone has learned from, see `draw_with_mask`.

    Returns
    -------
    (size, size, 3) uint8

    Raises
    ------
    ValueError : a class that does not exist.
    """
    return draw_with_mask(class_index, seed, size, indoors=indoors)[0]


def draw_with_mask(class_index, seed, size=96, *, indoors=False):
    """The picture of `draw`, and where the thing is:

    (size, size, 3) uint8 and (size, size) bool.

    Parameters
    ----------
    indoors : True lays the thing on cloth, paper, tiles and the like, and paints some
        of the pictures in oil or ink; False puts it in front of the garden's meadows
        and walls.
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
    scenery = interiors if indoors else backgrounds
    background, kind = scenery.by_chance(look, size, size)
    near = indoors or kind in (backgrounds.wall, backgrounds.soil)
    picture = camera.compose(
        background, [layer], light, shadow=0.45 if near else 0.0, reach=0.08 * size
    )
    image = camera.develop(picture, look)
    if indoors:
        image = styles.by_chance(look, image)
    return image, layer.coverage(1, (size, size)) >= 2
