"""The five flowers, modelled petal by petal.

Each flower is a function (chance) → `Flower`: sheets around the z axis, which is where
the flower looks, with the largest radius about 1.  What makes a daisy a daisy is
written here as shape: number, outline and arrangement of the petals, and the centre.
Colour is drawn from wide ranges that the five share, as garden varieties do.
"""

from course_utils.drawing.flowers.cupped import rose, tulip
from course_utils.drawing.flowers.parts import HEAD, Flower, leaf, stalk
from course_utils.drawing.flowers.rayed import daisy, dandelion, sunflower

__all__ = ["CLASS_NAMES", "DRAW", "HEAD", "Flower", "leaf", "stalk"]

# The names and the order of tf_flowers.
CLASS_NAMES = ("dandelion", "daisy", "tulips", "sunflowers", "roses")
DRAW = dict(zip(CLASS_NAMES, (dandelion, daisy, tulip, sunflower, rose), strict=True))
