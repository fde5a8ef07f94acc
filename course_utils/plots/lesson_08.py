"""What lesson 08 draws: who answers for which flower, heat maps, curves of precision
and recall, and where errors come from.
"""

from itertools import cycle

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from course_utils.plots.figure import BLACK, CYCLE, GREEN, GREY, ORANGE, PALETTE, figure
from course_utils.plots.images import draw_image
from course_utils.plots.labels import caption

__all__ = [
    "answering_places",
    "contest_of_heads",
    "error_bars",
    "class_maps",
    "precision_recall",
]


def answering_places(image, targets, titles, shape, size=2.6, alt=None):
    """One scene, once per kind of head: the cells that answer for a flower, each in
    that flower's colour.

    Parameters
    ----------
    image : (height, width, 3).
    targets : one array (rows · columns · anchors, 5) per kind, as heads make them.
    titles : one per kind.
    shape : (rows, columns) of the grid.
    """
    image, (rows, columns) = np.asarray(image), shape
    height, width = image.shape[:2]
    drawing, axes = figure(
        1,
        len(targets),
        size=(len(targets) * size * width / height, size + 0.35),
        squeeze=False,
    )
    every = np.concatenate([target[target[:, 0] >= 0, 1:] for target in targets])
    flowers = np.unique(every.round(4), axis=0)
    words = []
    for axis, target, title in zip(axes.flat, targets, titles, strict=True):
        draw_image(axis, _paler(image))
        by_cell = target.reshape(rows * columns, -1, 5)
        answering = np.flatnonzero((by_cell[..., 0] >= 0).any(axis=1))
        colours = np.zeros((rows * columns, 4))  # clear where nothing answers
        for place in answering:
            box = by_cell[place][by_cell[place][:, 0] >= 0][0, 1:]
            number = np.abs(flowers - box).sum(axis=1).argmin()
            colours[place] = to_rgba(CYCLE[number % len(CYCLE)])
        low, right, below = -0.5, width - 0.5, height - 0.5
        axis.imshow(
            colours.reshape(rows, columns, 4),
            extent=(low, right, below, low),
            interpolation="nearest",
        )
        lines = {"color": "white", "alpha": 0.5, "linewidth": 0.5}
        axis.vlines(np.linspace(low, right, columns + 1), low, below, **lines)
        axis.hlines(np.linspace(low, below, rows + 1), low, right, **lines)
        for number, box in enumerate(flowers):
            top, left, bottom, right = box * [height, width, height, width] - 0.5
            axis.add_patch(
                Rectangle(
                    (left, top),
                    right - left,
                    bottom - top,
                    facecolor="none",
                    edgecolor=CYCLE[number % len(CYCLE)],
                    linewidth=1.8,
                )
            )
        caption(axis, title)
        places = int((target[:, 0] >= 0).sum())
        words.append(
            f"{title}: {places} places in {len(answering)} of {rows * columns} cells"
        )
    drawing.alt = alt or (
        "One scene several times, under a grid; coloured are the cells that answer for "
        f"a flower, in the colour of its box. {'; '.join(words)}."
    )
    return drawing


def _paler(image):
    """A picture as a background, for colours to stand out from."""
    return (0.55 * np.asarray(image, "float32") + 0.45 * 255).astype("uint8")


def class_maps(image, maps, titles, alt=None, size=2.3):
    """A photo, and beside it a map for each class: how sure a network is of the class
    in each cell, in colours that mean the same number in all maps.

    Parameters
    ----------
    maps : one (rows, columns) of 0–1 per class.
    """
    image = np.asarray(image)
    high, wide = image.shape[:2]
    drawing, axes = figure(
        1,
        1 + len(maps),
        size=((1 + len(maps)) * size * wide / high + 0.7, size + 0.3),
        frames=False,
    )
    draw_image(axes[0], image)
    caption(axes[0], "the scene")
    grey = np.repeat(_paler(image).mean(axis=-1, keepdims=True), 3, axis=-1)
    most = max(float(np.max(heat)) for heat in maps)
    words = []
    for axis, heat, title in zip(axes[1:], maps, titles, strict=True):
        heat = np.asarray(heat)
        draw_image(axis, grey.astype("uint8"))
        colours = axis.imshow(
            heat,
            cmap="inferno",
            vmin=0,
            vmax=most,
            alpha=0.65,
            extent=(-0.5, wide - 0.5, high - 0.5, -0.5),
        )
        caption(axis, title)
        row, column = np.unravel_index(heat.argmax(), heat.shape)
        words.append(
            f"{title}: at most {heat.max():.1f}, in row {row + 1}, column {column + 1}"
        )
    drawing.colorbar(colours, ax=axes, shrink=0.8, pad=0.01, label="how sure")
    drawing.alt = alt or (
        f"A scene, and for each class a map of {np.shape(maps[0])[0]}×"
        f"{np.shape(maps[0])[1]} cells, bright where the network sees the class; the "
        f"colours go from 0 to {most:.1f} in all maps. {'; '.join(words)}."
    )
    return drawing


def precision_recall(curves, points=(), alt=None, heading="Precision against recall"):
    """Precision at each recall, a line per class or detector.

    Parameters
    ----------
    curves : a dict from a name to (recall, precision), two arrays.  The last of several
        is drawn black and thick: what sums up the others.
    points : (recall, precision, words) to be marked.
    """
    drawing, axis = figure(size=(5.6, 3.6))
    words = []
    styles = cycle(["-", "--", "-.", ":"])
    for (name, (recall, precision)), colour, style in zip(
        curves.items(), cycle(PALETTE), styles, strict=False
    ):
        main = len(curves) > 1 and name == list(curves)[-1]
        look = (
            {"color": BLACK, "linewidth": 2.6}
            if main
            else {"color": colour, "linestyle": style, "linewidth": 1.6}
        )
        axis.plot(recall, precision, label=name, **look)
        words.append(
            f"{name} reaches recall {np.max(recall):.2f} with precision "
            f"{np.asarray(precision)[np.argmax(recall)]:.2f}"
        )
    for recall, precision, label in points:
        axis.plot([recall], [precision], "o", color=BLACK, markersize=7)
        axis.annotate(
            label,
            (recall, precision),
            (0.4, 0.36),  # below the curves, beside the legend
            textcoords="axes fraction",
            va="top",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": BLACK, "shrinkB": 4},
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
        words.append(f"{label}: recall {recall:.2f}, precision {precision:.2f}")
    axis.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.05))
    axis.grid()
    axis.legend(loc="lower left", fontsize=9)
    axis.set_title(heading)
    drawing.alt = alt or f"Precision against recall. {'; '.join(words)}."
    return drawing


ERROR_WORDS = {
    "right": "right",
    "class": "class: on a flower, wrong name",
    "place": "place: right name, fits badly",
    "both": "both: near a flower of another class",
    "duplicate": "duplicate: a second box on one flower",
    "background": "background: on nothing",
    "miss": "miss: a flower that nobody found",
}


def error_bars(counts, alt=None):
    """Detections and missed flowers by what became of them.

    Parameters
    ----------
    counts : what `error_kinds` returns.
    """
    drawing, axis = figure(size=(7.0, 2.9))
    names = [ERROR_WORDS[kind] for kind in counts]
    values = list(counts.values())
    colours = [
        GREEN if kind == "right" else GREY if kind == "miss" else ORANGE
        for kind in counts
    ]
    axis.barh(names, values, color=colours, height=0.65)
    axis.invert_yaxis()
    for row, value in enumerate(values):
        axis.text(value, row, f" {value}", va="center", fontweight="bold")
    axis.set_xlim(0, 1.12 * max(*values, 1))
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set_xlabel("how many")
    drawing.alt = alt or (
        "Bars: "
        + "; ".join(f"{n} {v}" for n, v in zip(names, values, strict=True))
        + "."
    )
    return drawing


def contest_of_heads(result, alt=None):
    """AP50 and AP of each head: a dot per seed, a line at their mean, and its number.

    The baselines are said in the words; they lie far off to the left.

    Parameters
    ----------
    result : what is stored as "detectors".
    """
    drawing, axes = figure(1, 2, size=(7.4, 2.6), sharey=True)
    words = []
    for axis, measure in zip(axes, ("AP50", "AP"), strict=True):
        everything = []
        for row, (name, arm) in enumerate(result["heads"].items()):
            values = [run["test"][measure] for run in arm["runs"]]
            colour = CYCLE[row % len(CYCLE)]
            spread = row + np.linspace(-0.13, 0.13, len(values))
            axis.plot(values, spread, "o", color=colour, markersize=7, alpha=0.8)
            middle = float(np.mean(values))
            axis.plot([middle] * 2, [row - 0.3, row + 0.3], color=BLACK, linewidth=1.6)
            axis.text(middle, row - 0.34, f"{middle:.3f}", ha="center", fontsize=9)
            words.append(f"{name} {measure} {middle:.2f} on average")
            everything += values
        room = 0.25 * (max(everything) - min(everything)) + 0.01
        axis.set(
            xlim=(min(everything) - room, max(everything) + room),
            xlabel=f"{measure} on the test scenes",
        )
        axis.grid(axis="x")
    axes[0].set_yticks(range(len(result["heads"])), list(result["heads"]))
    axes[0].set_ylim(len(result["heads"]) - 0.5, -0.7)
    baselines = "; ".join(
        f"{name}: AP50 {found['AP50']:.2f}, AP {found['AP']:.2f}"
        for name, found in result["baselines"].items()
    )
    drawing.alt = alt or (
        f"Average precision of the heads, a dot per seed: {'; '.join(words)}. "
        f"Baselines, not drawn: {baselines}."
    )
    return drawing
