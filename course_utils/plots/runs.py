"""Results of several training runs: each run, their mean, and what a difference is
worth.
"""

import numpy as np
from matplotlib.ticker import PercentFormatter

from course_utils.plots.figure import BLACK, BLUE, GREY, PALE, PALETTE, figure
from course_utils.plots.labels import name_curve, spread

__all__ = ["difference_intervals", "run_curves"]

DASHES = ("-", "--", "-.", ":")


def run_curves(x, panels, xlabel, ylabel="accuracy", floor=0.0, alt=None):
    """Shares (0 to 1) against one number, in one or more panels: a thin line for each
    run, a thick one for the mean of the runs, named where it ends.

    Parameters
    ----------
    x : the numbers along the axis.
    panels : a dict from a panel's title to a dict from a line's name to its shares,
        an array (runs, points).
    xlabel : what the horizontal axis shows: one text for all panels, or a list of one
        per panel.
    ylabel : what the vertical axis shows.
    floor : where the vertical axis begins.

    Raises
    ------
    ValueError : other than one x label for each panel.
    """
    x = np.asarray(x)
    xlabels = [xlabel] * len(panels) if isinstance(xlabel, str) else list(xlabel)
    if len(xlabels) != len(panels):
        raise ValueError(f"{len(xlabels)} x labels came for {len(panels)} panels")
    size = (min(max(4.6 * len(panels), 5.6), 10.8), 3.5)
    drawing, axes = figure(1, len(panels), size=size, squeeze=False, sharey=True)
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    words = [f"{ylabel} against {' and '.join(dict.fromkeys(xlabels))}."]
    for axis, (title, lines), label in zip(
        axes[0], panels.items(), xlabels, strict=True
    ):
        axis.grid(axis="y", color=PALE)
        ends, said = {}, []
        for name, runs in lines.items():
            runs = np.atleast_2d(runs)
            mean, place = runs.mean(axis=0), names.index(name)
            colour = PALETTE[place % len(PALETTE)]
            axis.plot(x, runs.T, color=colour, lw=0.9, alpha=0.45, gid="run")
            dashes = DASHES[place % len(DASHES)]
            axis.plot(x, mean, dashes, color=colour, marker="o", ms=4, label=name)
            ends[name] = float(mean[-1])
            means = ", ".join(f"{value:.0%}" for value in mean)
            said.append(f"{name} {means} (mean of {len(runs)} runs)")
        for name, height in spread(ends, gap=0.062 * (1.03 - floor)).items():
            colour = PALETTE[names.index(name) % len(PALETTE)]
            name_curve(axis, (x[-1], height), name, colour, offset=6)
        axis.set_title(title)
        axis.set_xlabel(label)
        axis.set_xticks(x)
        axis.set_ylim(floor, 1.03)
        axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        words.append(f"{title}: {'; '.join(said)}.")
    axes[0, 0].set_ylabel(ylabel)
    drawing.alt = alt or " ".join(words)
    return drawing


def difference_intervals(intervals, xlabel, alt=None):
    """A dot and a bar for each difference, beside a line at zero; grey where the bar
    holds zero and so decides nothing.

    Parameters
    ----------
    intervals : a dict from a name to a `course_utils.uncertainty.Interval`.
    xlabel : what a positive difference means, and its unit.
    """
    drawing, axis = figure(size=(7.2, 0.42 * len(intervals) + 0.9))
    axis.axvline(0, color=BLACK, lw=1)
    words = []
    for row, (name, interval) in enumerate(intervals.items()):
        open_question = 0 in interval
        colour = GREY if open_question else BLUE
        axis.plot([interval.low, interval.high], [row, row], color=colour, lw=3)
        axis.plot(interval.estimate, row, "o", color=colour, ms=8, gid="difference")
        above = {"ha": "center", "va": "bottom", "fontsize": 9, "color": colour}
        axis.annotate(
            f"{interval.estimate:+.1f}",
            (interval.estimate, row),
            (0, 5),
            textcoords="offset points",
            **above,
        )
        verdict = "holds 0" if open_question else "does not hold 0"
        words.append(f"{name}: {interval:+.1f}, {verdict}.")
    axis.set_yticks(range(len(intervals)), list(intervals))
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set_ylim(len(intervals) - 0.4, -0.7)
    axis.grid(axis="x", color=PALE)
    axis.set_xlabel(xlabel)
    drawing.alt = alt or (
        f"Mean differences with their 95% intervals, {xlabel}. " + " ".join(words)
    )
    return drawing
