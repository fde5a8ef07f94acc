"""What notebook 02b draws alone: answers to turned patterns, and filters that learned
to turn.
"""

import numpy as np

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    figure,
    set_heading,
)

__all__ = ["filter_groups", "rotation_response"]


def rotation_response(angles, responses, alt=None):
    """How strongly a detector answers to a pattern turned by each angle, as distance
    from the middle.

    Parameters
    ----------
    angles : degrees, counter-clockwise.
    responses : a dict from a name to one number per angle.
    """
    drawing, axis = figure(size=(6.0, 4.4), subplot_kw={"projection": "polar"})
    turn = np.deg2rad(np.append(angles, angles[0]))
    high = max(np.max(values) for values in responses.values())
    spare = iter((GREY, BLUE, ORANGE, GREEN))
    for name, values in responses.items():
        colour = next(spare)
        closed = np.append(values, values[0])
        axis.plot(turn, np.maximum(closed, 0), color=colour, label=name)
        axis.fill(turn, np.maximum(closed, 0), color=colour, alpha=0.08)
    axis.set_theta_zero_location("N")
    axis.set_ylim(0, 1.08 * high)
    rings = np.arange(0.2, high, 0.2)
    axis.set_yticks(rings, [f"{ring:.1f}" for ring in rings], fontsize=8)
    axis.set_rlabel_position(67)
    axis.tick_params(axis="y", labelcolor=BLACK)  # they stand on colour
    axis.set_thetagrids(range(0, 360, 45), [f"{angle}°" for angle in range(0, 360, 45)])
    axis.grid(color=PALE)
    axis.spines["polar"].set_visible(False)
    axis.legend(loc="center left", bbox_to_anchor=(1.12, 0.5))
    drawing.alt = (
        alt
        or "Response against angle: "
        + "; ".join(
            f"{name} stays between {np.min(values) / np.max(values):.0%} and 100% of "
            f"its largest, {np.max(values):.2f}"
            for name, values in responses.items()
        )
        + "."
    )
    return drawing


def filter_groups(kernels, wins, names, alt=None):
    """Learned filters, one group of `DepthPool` a row, under each the share of its
    class's images for which it won.

    Parameters
    ----------
    kernels : (height, width, groups, pool_size).
    wins : (groups, pool_size) shares, 0 to 1.
    names : one per group.
    """
    kernels, wins = np.asarray(kernels), np.asarray(wins)
    _, _, groups, size = kernels.shape
    drawing, axes = figure(
        groups, size, size=(0.95 * size + 0.5, 1.12 * groups), squeeze=False
    )
    for group in range(groups):
        limit = np.quantile(np.abs(kernels[:, :, group]), 0.995)
        order = np.argsort(-wins[group], kind="stable")
        for axis, index in zip(axes[group], order, strict=True):
            axis.imshow(
                kernels[:, :, group, index], cmap="PuOr_r", vmin=-limit, vmax=limit
            )
            axis.set_xticks([])
            axis.set_yticks([])
            share = wins[group, index]
            won, words = share >= 0.01, f"{share:.0%}"
            if not won:
                words = "< 1%" if share else "never"
            colour = BLACK if won else GREY
            axis.set_xlabel(words, fontsize=8.5, labelpad=2, color=colour)
            for spine in axis.spines.values():
                spine.set_visible(won)
        beside = {"rotation": 0, "ha": "right", "va": "center", "fontweight": "bold"}
        axes[group, 0].set_ylabel(names[group], **beside, color=BLACK)
    key = "orange: positive weights · violet: negative · below: how often it won"
    set_heading(drawing, key)
    used = [int((row >= 0.05).sum()) for row in wins]
    drawing.alt = alt or (
        f"{groups} rows of {size} learned filters, the most used first. Filters that "
        "win for at least 5% of their class: "
        + ", ".join(f"{name} {count}" for name, count in zip(names, used, strict=True))
        + "."
    )
    return drawing
