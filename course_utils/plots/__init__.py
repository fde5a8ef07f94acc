"""Everything the course draws.  Each function draws one thing, takes `alt=` and returns the `Figure`."""

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    PURPLE,
    RED,
    SKY,
    STYLE,
    YELLOW,
    Figure,
    figure,
    show,
)
from course_utils.plots.images import image_grid

__all__ = [
    "BLACK", "BLUE", "GREEN", "GREY", "ORANGE", "PALE", "PALETTE", "PURPLE", "RED", "SKY", "STYLE", "YELLOW",
    "Figure", "figure", "image_grid", "show",
]
