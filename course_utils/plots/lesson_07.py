"""What lesson 07 draws of boxes: on photographs, in four formats, and what IoU says of
them.
"""

import math
from itertools import cycle

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke

from course_utils.checks import several
from course_utils.plots.diagrams import arrow
from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    RED,
    SKY,
    figure,
    set_heading,
)
from course_utils.plots.images import draw_image
from course_utils.plots.labels import LOWER_RIGHT, caption, name_boxes, name_curve

__all__ = [
    "box_formats",
    "boxes_on_photos",
    "generalised_iou",
    "losses_of_a_sliding_box",
    "same_error",
]

# light enough for leaves and shadows; a dark line around them does for the sky
TRUE, PREDICTED = (SKY, ORANGE)


def boxes_on_photos(
    images,
    true=None,
    predicted=None,
    titles=None,
    names=None,
    scores=None,
    predicted_names=None,
    columns=4,
    size=2.1,
    alt=None,
    heading=None,
):
    """Photographs with their boxes: true ones solid and blue, predicted ones dashed and
    orange.

    Parameters
    ----------
    images : photos (height, width, 3); sizes may differ.
    true, predicted : one entry per photo, each a box (4,) or several (N, 4): (y_min,
        x_min, y_max, x_max) in 0–1.
    titles : one per photo.  Left out, the IoU where there is one box of each kind.
    names : one entry per photo, a list of one name per true box, written beside it; or,
        without true boxes, beside the predicted ones.
    scores : one entry per photo: one number per predicted box, written beside it.
    predicted_names : like `names`, for the predicted boxes where there are true ones
        too; written at the lower right corner, apart from the names of the true ones.
    columns : photos in a row.
    size : height of a row in inches.
    heading : a line above the photos.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no photo, or not one entry of everything per photo.
    """
    wanted = "boxes_on_photos takes a list of photos"
    images = [np.asarray(image) for image in several(images, wanted)]
    if any(image.ndim not in (2, 3) for image in images):
        raise ValueError(f"{wanted}, and one of these has no height and width")
    if not images:
        raise ValueError("boxes_on_photos got no photo; it needs at least one")
    for name, given in (
        ("true", true),
        ("predicted", predicted),
        ("titles", titles),
        ("names", names),
        ("scores", scores),
        ("predicted_names", predicted_names),
    ):
        if given is not None and len(given) != len(images):
            raise ValueError(
                f"{len(given)} entries of {name!r} came for {len(images)} photos; "
                f"there must be one each"
            )
    true, predicted = _lists(true), _lists(predicted)
    overlaps = _overlaps(true, predicted)
    if titles is None:
        titles = (
            None if overlaps is None else [f"IoU {value:.2f}" for value in overlaps]
        )
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    aspect = np.clip(
        np.median([image.shape[1] / image.shape[0] for image in images]), 0.6, 1.5
    )
    lines = max((str(title).count("\n") + 1 for title in titles or ()), default=0)
    shape = (
        columns * size * aspect + 0.2,
        rows * (size + 0.05 + 0.2 * lines) + (0.3 if heading else 0),
    )
    drawing, axes = figure(rows, columns, size=shape, squeeze=False, frames=False)
    written = []
    for index, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        draw_image(axis, image)
        where = image.shape[:2]
        labels = names[index] if names is not None else None
        for place, box in enumerate(true[index] if true else ()):
            _outline(axis, box, where, TRUE, "-")
            written.append((axis, _nth(labels, place), _in_pixels(box, where), TRUE))
        for place, box in enumerate(predicted[index] if predicted else ()):
            words = [] if true or labels is None else [_nth(labels, place)]
            words += [] if scores is None else [f"{scores[index][place]:.2f}"]
            _outline(axis, box, where, PREDICTED, (0, (4, 1.5)))
            here = _in_pixels(box, where)
            written.append((axis, " ".join(filter(None, words)), here, PREDICTED))
            if predicted_names is not None:
                below = _nth(predicted_names[index], place)
                written.append((axis, below, here, PREDICTED, LOWER_RIGHT))
        axis.set(xlim=(-0.5, where[1] - 0.5), ylim=(where[0] - 0.5, -0.5))
        if titles:
            caption(axis, str(titles[index]))
    set_heading(drawing, heading)
    name_boxes(drawing, written)
    drawing.alt = alt or _photos_alt(images, true, predicted, overlaps, titles)
    return drawing


def _lists(boxes):
    """One array (N, 4) per photo."""
    if boxes is None:
        return None
    boxes = [np.asarray(each, dtype="float64").reshape(-1, 4) for each in boxes]
    for photo, each in enumerate(boxes):
        if np.abs(each).max(initial=0) > 2:
            numbers = ", ".join(f"{value:g}" for value in each[0])
            raise ValueError(
                f"photo {photo} has the box ({numbers}), where shares of the image "
                "from 0 to 1 are expected: are these pixels? boxes.convert() turns them"
            )
    return boxes


def _overlaps(true, predicted):
    """The IoU of each photo's two boxes, where each has one of each kind."""
    if (
        not true
        or not predicted
        or any(len(a) != 1 or len(b) != 1 for a, b in zip(true, predicted, strict=True))
    ):
        return None
    from course_utils.boxes import paired_iou  # here, because it starts Keras

    return np.asarray(paired_iou(np.concatenate(true), np.concatenate(predicted)))


def _photos_alt(images, true, predicted, overlaps, titles):
    alt = f"{len(images)} photo{'s' * (len(images) > 1)}"
    if true:
        alt += (
            f" with {sum(map(len, true))} true "
            f"box{'es' * (sum(map(len, true)) != 1)}, solid"
        )
    if predicted:
        count = sum(map(len, predicted))
        alt += (
            f"{',' if true else ' with'} {count} predicted box{'es' * (count != 1)}, "
            f"dashed"
        )
    if overlaps is not None:
        return (
            alt + f". IoU from {min(overlaps):.2f} to {max(overlaps):.2f}, on average "
            f"{np.mean(overlaps):.2f}."
        )
    return alt + (f": {', '.join(map(str, titles))}." if titles else ".")


def box_formats(image, box, alt=None):
    """One box on one photograph, written in four formats, with what each number
    measures.

    Parameters
    ----------
    image : (height, width, 3).
    box : (y_min, x_min, y_max, x_max) in 0–1.
    """
    image = np.asarray(image)
    height, width = image.shape[:2]
    y1, x1, y2, x2 = map(float, box)
    top, left, bottom, right = y1 * height, x1 * width, y2 * height, x2 * width
    formats = [
        ("yxyx in 0–1", "TFDS, this course", (y1, x1, y2, x2), "{:.2f}"),
        ("xyxy in pixels", "Pascal VOC", (left, top, right, bottom), "{:.0f}"),
        ("xywh in pixels", "COCO", (left, top, right - left, bottom - top), "{:.0f}"),
        (
            "centre xywh in 0–1",
            "YOLO",
            ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1),
            "{:.2f}",
        ),
    ]
    panel = 2.35
    drawing, axes = figure(1, 4, size=(4 * panel, panel * height / width + 0.95))
    middle = (top + bottom) / 2, (left + right) / 2
    sentences = []
    for axis, (name, user, values, style) in zip(axes, formats, strict=True):
        faded = 0.55 * image.astype("float32") / 255 + 0.45
        draw_image(axis, faded)
        axis.add_patch(
            Rectangle(
                (left, top),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=BLUE,
                linewidth=2,
            )
        )
        numbers = [style.format(value) for value in values]
        if name.startswith("centre"):
            _point(axis, middle[1], middle[0])
        else:
            _point(axis, left, top)
        if name[:4] in ("xyxy", "yxyx"):
            _point(axis, right, bottom)
        else:
            _measure(
                axis, (left, bottom + 0.05 * height), (right, bottom + 0.05 * height)
            )
            _measure(axis, (right + 0.05 * width, top), (right + 0.05 * width, bottom))
        axis.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        axis.set_title(f"{name}\n{user}", loc="center", fontsize=9)
        written = "(" + ", ".join(numbers) + ")"
        axis.text(
            0.5,
            -0.06,
            written,
            transform=axis.transAxes,
            ha="center",
            va="top",
            fontsize=9,
            color=BLUE,
            fontweight="bold",
        )
        sentences.append(f"{name} ({user}): {written}")
    drawing.alt = alt or (
        f"One photo of {height}×{width} pixels four times, with the same box around "
        f"the flower. "
        + "; ".join(sentences)
        + ". The first two mark two corners, the third a corner and two lengths, "
        "the fourth the centre and two lengths."
    )
    return drawing


def same_error(true, predictions, alt=None, size=2.2):
    """One true box against several predicted ones, a panel each, with mean squared
    error and IoU.

    Parameters
    ----------
    true : (y_min, x_min, y_max, x_max) in 0–1.
    predictions : several boxes.
    """
    from course_utils.boxes import paired_iou  # here, because it starts Keras

    true = np.asarray(true, dtype="float64")
    predictions = np.asarray(predictions, dtype="float64").reshape(-1, 4)
    drawing, axes = figure(
        1, len(predictions), size=(len(predictions) * size, size + 0.6), squeeze=False
    )
    sentences = []
    overlaps = np.asarray(paired_iou(true, predictions))
    for axis, box, overlap in zip(axes.flat, predictions, overlaps, strict=True):
        shape = _empty_square(axis)
        _fill(axis, _intersection(true, box), shape, GREEN, 0.35)
        _outline(axis, true, shape, BLUE, "-", halo="white")
        _outline(axis, box, shape, RED, (0, (4, 1.5)), halo="white")
        error = np.mean((true - box) ** 2)
        axis.set_title(f"MSE {error:.4f}\nIoU {overlap:.2f}", loc="center", fontsize=10)
        sentences.append(f"{_written(box)} has MSE {error:.4f} and IoU {overlap:.2f}")
    drawing.alt = (
        alt
        or f"The true box {_written(true)} against {len(predictions)} others: "
        f"{'; '.join(sentences)}."
    )
    return drawing


def generalised_iou(true, predictions, alt=None, size=2.3):
    """What generalised IoU looks at, a panel for each predicted box: the smallest box
    around both, dotted, and the part of it that neither covers, hatched.

    Parameters
    ----------
    true : (y_min, x_min, y_max, x_max) in 0–1.
    predictions : several boxes.

    Source of the idea: Rezatofighi and others (2019), Generalized Intersection over
    Union.
    """
    from course_utils.boxes import paired_giou, paired_iou  # here: they start Keras

    true = np.asarray(true, dtype="float64")
    predictions = np.asarray(predictions, dtype="float64").reshape(-1, 4)
    drawing, axes = figure(
        1, len(predictions), size=(len(predictions) * size, size + 0.6), squeeze=False
    )
    overlaps = np.asarray(paired_iou(true, predictions))
    generalised = np.asarray(paired_giou(true, predictions))
    sentences = []
    for axis, box, overlap, value in zip(
        axes.flat, predictions, overlaps, generalised, strict=True
    ):
        shape = _empty_square(axis)
        around = np.concatenate(
            [np.minimum(true[:2], box[:2]), np.maximum(true[2:], box[2:])]
        )
        _hatch(axis, around)
        for inside in (true, box):
            _fill(axis, inside, shape, "white", 1.0)
        _fill(axis, _intersection(true, box), shape, GREEN, 0.35)
        _outline(axis, around, shape, GREY, (0, (1, 1.2)), halo="white")
        _outline(axis, true, shape, BLUE, "-", halo="white")
        _outline(axis, box, shape, RED, (0, (4, 1.5)), halo="white")
        words = f"IoU {overlap:.2f}, GIoU {value:.2f}".replace("-", "−")
        axis.set_title(words, loc="center", fontsize=10)
        sentences.append(f"{_written(box)} has {words}")
    drawing.alt = alt or (
        f"The true box {_written(true)} with {len(predictions)} others in turn, each "
        "pair inside the smallest box around both; what neither covers is hatched. "
        f"{'; '.join(sentences)}."
    )
    return drawing


def losses_of_a_sliding_box(shifts, losses, apart, alt=None):
    """What several losses say while a box of the right size slides away from the true
    one.

    Parameters
    ----------
    shifts : how far to the right, as shares of the image.
    losses : a dictionary from a loss's name to its value at each shift.
    apart : the shift from which on the boxes share nothing.
    """
    shifts = np.asarray(shifts)
    drawing, axis = figure(size=(6.0, 3.1))
    highest = max(float(np.max(values)) for values in losses.values())
    axis.axvspan(apart, shifts.max(), color=PALE, alpha=0.6, linewidth=0)
    axis.text(
        apart,
        1.15 * highest,
        " the boxes no longer touch",
        color=GREY,
        fontsize=9,
        va="top",
    )
    sentences = []
    for (name, values), colour, style in zip(
        losses.items(),
        cycle((ORANGE, BLUE, GREEN)),
        cycle((":", "--", "-")),
        strict=False,
    ):
        values = np.asarray(values)
        axis.plot(shifts, values, color=colour, linestyle=style)
        name_curve(axis, (shifts[-1], values[-1]), f" {name}", colour, offset=0)
        middle = float(np.interp(apart, shifts, values))
        sentences.append(
            f"{name} is {middle:.2f} there and {values[-1]:.2f} at the end"
        )
    axis.set(
        xlabel="shift to the right, as a share of the image",
        ylabel="loss",
        xlim=(0, shifts.max()),
        ylim=(0, 1.2 * highest),
    )
    axis.grid(axis="y")
    axis.set_title("A box of the right size slides away")
    drawing.alt = alt or (
        f"{len(losses)} losses against a box's shift from 0 to {shifts.max():.2f}; "
        f"from {apart:.2f} on the boxes no longer touch. {'; '.join(sentences)}."
    )
    return drawing


def _outline(axis, box, shape, colour, style, halo=BLACK):
    top, left, bottom, right = _in_pixels(box, shape)
    axis.add_patch(
        Rectangle(
            (left, top),
            right - left,
            bottom - top,
            fill=False,
            edgecolor=colour,
            linewidth=2,
            linestyle=style,
            zorder=5,
            path_effects=[Stroke(linewidth=3.4, foreground=halo, alpha=0.75), Normal()],
        )
    )


def _in_pixels(box, shape):
    """A box in shares of the image, as (top, left, bottom, right) on its axis."""
    return np.asarray(box) * np.array([shape[0], shape[1]] * 2) - 0.5


def _nth(labels, place):
    return str(labels[place]) if labels is not None else ""


def _empty_square(axis):
    """A square in the image's place, and its height and width."""
    style = {"facecolor": "#f6f7f9", "edgecolor": GREY, "linewidth": 0.8, "zorder": 0}
    axis.add_patch(Rectangle((-0.5, -0.5), 1, 1, **style))
    axis.set(xlim=(-0.52, 0.52), ylim=(0.52, -0.52), aspect="equal")
    axis.set_axis_off()
    return 1, 1


def _intersection(a, b):
    """The box that two boxes share; without area where they share nothing."""
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    return np.concatenate([low, np.maximum(low, high)])


def _fill(axis, box, shape, colour, alpha=0.6):
    top, left, bottom, right = box * np.array([shape[0], shape[1]] * 2) - 0.5
    axis.add_patch(
        Rectangle(
            (left, top),
            right - left,
            bottom - top,
            facecolor=colour,
            alpha=alpha,
            linewidth=0,
            zorder=2,
        )
    )


def _hatch(axis, box):
    top, left, bottom, right = box - 0.5
    style = {"facecolor": "none", "edgecolor": GREY, "hatch": "////", "linewidth": 0}
    axis.add_patch(Rectangle((left, top), right - left, bottom - top, **style))


def _point(axis, x, y):
    axis.plot(
        [x], [y], marker="o", color=RED, markersize=7, markeredgecolor="white", zorder=7
    )


def _measure(axis, start, end):
    arrow(axis, start, end, RED, 1.6, arrowstyle="<->", zorder=7)


def _written(box):
    return "(" + ", ".join(f"{value:.2f}" for value in box) + ")"
