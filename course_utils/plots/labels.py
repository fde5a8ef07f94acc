"""Words and numbers beside what they name, placed so that they cover nothing."""

import itertools

from matplotlib.ticker import FuncFormatter, NullFormatter

from course_utils.plots.figure import BLACK, PALE

__all__ = []  # pieces of pictures, for the other files

# where a point's name is tried, nearest first: points away, then across and up
DISTANCES = (6, 10, 15, 21, 28)
DIRECTIONS = (
    (1, 0),
    (-1, 0),
    (1, 0.8),
    (-1, 0.8),
    (1, -0.8),
    (-1, -0.8),
    (0, 1),
    (0, -1),
)
# where a box's name is tried, in this order: "beyond" leaves a line between
CORNERS = tuple(
    (up, across, side)
    for side in ("outside", "inside", "beyond")
    for up, across in itertools.product(("upper", "lower"), ("left", "right"))
)
LOWER_RIGHT = ("lower", "right", "outside")


def spread(heights, gap):
    """The same heights, moved apart so that labels `gap` high do not overlap."""
    order = sorted(heights, key=heights.get)
    placed = [heights[name] for name in order]
    for _ in range(50):
        for index in range(1, len(placed)):
            lacking = gap - (placed[index] - placed[index - 1])
            if lacking > 1e-9:
                placed[index] += lacking / 2
                placed[index - 1] -= lacking / 2
    return dict(zip(order, placed, strict=True))


def centred(axis, x, y, words, **style):
    """Words around a point; returns Matplotlib's `Text`."""
    return axis.text(x, y, words, **({"ha": "center", "va": "center"} | style))


def caption(axis, words, fontsize=9, fontweight="normal", loc="center", **style):
    """The words over one small picture, quieter than the title of a diagram."""
    axis.set_title(words, loc=loc, fontsize=fontsize, fontweight=fontweight, **style)


def row_name(axis, words, x=-0.03, **style):
    """The name of a row of pictures, turned, at the left of its first one."""
    upright = {"rotation": 90, "ha": "right", "va": "center"}
    axis.text(x, 0.5, words, transform=axis.transAxes, **(upright | style))


def name_curve(axis, end, name, colour, offset=4, **style):
    """A curve's name in the curve's colour, to the right of its end, where the eye is
    already.
    """
    bold = {"va": "center", "fontsize": 9, "fontweight": "bold"}
    axis.annotate(
        name,
        end,
        xytext=(offset, 0),
        textcoords="offset points",
        color=colour,
        annotation_clip=False,
        **(bold | style),
    )


def short_number(value, decimals=2):
    """5, 2.75 or 3.5: as few digits as say it, `decimals` after the point at most."""
    text = f"{float(value):.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def log_axis(axis):
    """A logarithmic horizontal axis whose ticks read 0.1, 10, 1000."""
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def label_points(drawing, axis, xs, ys, names):
    """Put a name beside each point where it covers no other name or point."""
    drawing.draw_without_rendering()
    points = axis.transData.transform(list(zip(xs, ys, strict=True)))
    scale = drawing.dpi / 72
    taken = [
        (px - 4 * scale, py - 4 * scale, px + 4 * scale, py + 4 * scale)
        for px, py in points
    ]
    for (px, py), name in sorted(
        zip(points, names, strict=True), key=lambda pair: pair[0][1]
    ):
        width, height = 4.5 * len(name) * scale, 9 * scale
        best = None
        for distance, (across, up) in itertools.product(DISTANCES, DIRECTIONS):
            dx, dy = across * distance, up * (distance + 3)
            left = px + dx * scale - {1: 0, -1: width, 0: width / 2}[across]
            low = py + dy * scale - height / 2
            box = (left, low, left + width, low + height)
            covered = sum(_overlap(box, other) for other in taken)
            cost = covered + 3 * _outside(box, axis.bbox) + 0.4 * distance
            if best is None or cost < best[0]:
                side = {1: "left", -1: "right", 0: "center"}[across]
                best = (cost, dx, dy, side, box)
        _, dx, dy, side, box = best
        taken.append(box)
        line = {"arrowstyle": "-", "color": PALE, "lw": 0.8, "shrinkB": 3}
        axis.annotate(
            name,
            tuple(axis.transData.inverted().transform((px, py))),
            xytext=(dx, dy),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=7.5,
            color=BLACK,
            arrowprops=line if abs(dx) + abs(dy) > 14 else None,
        )


def name_boxes(drawing, names):
    """Write the name of each box at one of its corners, where it covers no other name.

    Parameters
    ----------
    names : (axis, words, box, colour) of each, the box as (top, left, bottom, right) on
        its axis; a fifth entry, one of `CORNERS`, is the corner that is tried first.
    """
    names = [name for name in names if name[1]]
    if not names:
        return
    texts = [
        axis.text(
            box[1],
            box[0],
            words,
            fontsize=7.5,
            color=BLACK,
            zorder=6,
            clip_on=True,
            bbox={
                "boxstyle": "square,pad=0.15",
                "facecolor": colour,
                "edgecolor": "none",
                "alpha": 0.9,
            },
        )
        for axis, words, box, colour, *_ in names
    ]
    drawing.draw_without_rendering()
    taken = [None] * len(names)
    for _ in range(3):  # the first ones look again, when all the others stand
        for number, (axis, _, box, _, *first) in enumerate(names):
            width, height = texts[number].get_bbox_patch().get_window_extent().size
            others = [
                taken[other]
                for other in range(len(names))
                if other != number and taken[other] and names[other][0] is axis
            ]
            corners = sorted(CORNERS, key=lambda it: it not in first)
            places = [_beside(axis, box, it, width, height) for it in corners]
            costs = [
                sum(_overlap(area, other) for other in others)
                + 3 * _outside(area, axis.bbox)
                + 0.005 * rank * width * height
                for rank, (_, area) in enumerate(places)
            ]
            best = costs.index(min(costs))
            corner, (at, taken[number]) = corners[best], places[best]
            side = "top" if _is_below(corner) else "bottom"
            texts[number].set(position=at, ha=corner[1], va=side)


def _beside(axis, box, corner, width, height):
    """Where a name stands at a box's corner: its point on the axis, and the area that
    it covers on the screen.
    """
    top, left, bottom, right = box
    up, across, side = corner
    x, y = axis.transData.transform(
        (left if across == "left" else right, top if up == "upper" else bottom)
    )
    if side == "beyond":
        y += height if up == "upper" else -height
    at = axis.transData.inverted().transform((x, y))
    x -= width if across == "right" else 0
    y -= height if _is_below(corner) else 0
    return at, (x, y, x + width, y + height)


def _is_below(corner):
    """Whether a name at this corner hangs below its point."""
    up, _, side = corner
    return (up == "upper") == (side == "inside")


def _overlap(box, other):
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    return max(wide, 0) * max(high, 0)


def _outside(box, area):
    sides = (area.x0 - box[0], box[2] - area.x1, area.y0 - box[1], box[3] - area.y1)
    return 100 * sum(max(side, 0) for side in sides)
