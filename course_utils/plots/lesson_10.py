"""What lesson 10 draws: how far devices part, who reads what, what goes round a ring,
and what more workers can give.
"""

from itertools import cycle
from math import ceil, floor

import numpy as np

from course_utils.plots.figure import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    PALE,
    PALETTE,
    SKY,
    figure,
)
from course_utils.plots.labels import caption, name_curve, spread

__all__ = [
    "batch_rates",
    "lines_by_step",
    "ring_pieces",
    "sent_bytes",
    "shards",
    "speed_ups",
    "step_times",
]


def lines_by_step(lines, ylabel, log=False, limit=None, heading=None, alt=None):
    """One number per training step, a line per run, named where it ends.

    Parameters
    ----------
    lines : a dict from a name to numbers; the steps count from 1.
    ylabel : what the numbers are.
    log : a logarithmic axis; zeros are drawn at its lower end.
    limit : a dashed line; where lines are above it is said for those who cannot see.
    """
    drawing, axis = figure(size=(7.2, 3.1))
    styles, ends, words = cycle(["-", "--", "-.", ":"]), {}, []
    lowest = min(min(value for value in one if value > 0) for one in lines.values())
    for (name, values), colour, style in zip(
        lines.items(), cycle(PALETTE), styles, strict=False
    ):
        shown = np.maximum(values, lowest) if log else np.asarray(values)
        axis.plot(
            range(1, len(shown) + 1), shown, style, color=colour, marker="o", ms=4
        )
        ends[name] = (len(shown), float(shown[-1]), colour)
        words.append(f"{name} {_course_of(values, limit, '.0e' if log else '.2f')}")
    if limit is not None:
        axis.axhline(limit, color=GREY, ls="--", lw=1, zorder=0)
    if log:
        axis.set_yscale("log")
    heights = {
        name: np.log10(height) if log else height
        for name, (_, height, _) in ends.items()
    }
    low, high = np.log10(axis.get_ylim()) if log else axis.get_ylim()
    for name, height in spread(heights, gap=0.08 * (high - low)).items():
        right, _, colour = ends[name]
        name_curve(axis, (right, 10**height if log else height), name, colour, offset=8)
    axis.set(xlabel="step", ylabel=ylabel)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(axis="y", color=PALE)
    if heading:
        axis.set_title(heading)
    drawing.alt = alt or f"{ylabel} by step. {'; '.join(words)}."
    return drawing


def _course_of(values, limit, form):
    """How a line goes, in words."""
    if limit is None:
        return f"from {values[0]:{form}} to {values[-1]:{form}}"
    above = [str(step) for step, value in enumerate(values, 1) if value > limit]
    if not above:
        return f"at most {limit:g} at all {len(values)} steps"
    if len(above) == len(values):
        return f"above {limit:g} at all {len(values)} steps"
    return f"above {limit:g} at step {', '.join(above)} of {len(values)} only"


def step_times(batch_sizes, seconds, fixed, each, alt=None):
    """The time of a step against the batch, with the line through it; images per second
    beside it.

    Parameters
    ----------
    batch_sizes, seconds : as measured.
    fixed, each : of the line seconds = fixed + each · batch.
    """
    sizes, seconds = np.asarray(batch_sizes), np.asarray(seconds)
    drawing, (left, right) = figure(1, 2, size=(8.4, 2.9))
    line = np.linspace(0, sizes.max(), 50)
    left.plot(line, 1000 * (fixed + each * line), color=GREY, lw=1.5)
    left.plot(sizes, 1000 * seconds, "o", color=BLUE)
    left.set(xlabel="images in the batch", ylabel="milliseconds per step", ylim=0)
    left.set_title("Time of a step")
    right.plot(sizes, sizes / seconds, "o-", color=ORANGE)
    right.set(xscale="log", ylabel="images per second", ylim=0)
    right.set_xlabel("images in the batch (logarithmic)")
    right.set_xticks(sizes, sizes)
    right.minorticks_off()
    right.set_title("Throughput")
    for axis in (left, right):
        axis.grid(axis="y", color=PALE)
    drawing.alt = alt or (
        f"Against the images in the batch: a step takes {1000 * seconds[0]:.1f} "
        f"milliseconds with {sizes[0]} and {1000 * seconds[-1]:.1f} with {sizes[-1]}, "
        f"{sizes[0] / seconds[0]:.0f} and {sizes[-1] / seconds[-1]:.0f} images per "
        f"second."
    )
    return drawing


def shards(readings, names, alt=None):
    """Which file each worker's examples come from, batch by batch.

    Parameters
    ----------
    readings : a dict from a title to a list, per worker, of batches: lists of the
        files' numbers.
    names : of the files.
    """
    drawing, axes = figure(
        len(readings), 1, size=(8, 1.75 * len(readings) + 0.4), squeeze=False
    )
    most = max(len(own) for workers in readings.values() for own in workers)
    widest = max(
        len(batch) for workers in readings.values() for own in workers for batch in own
    )
    words = []
    for axis, (title, workers) in zip(axes[:, 0], readings.items(), strict=True):
        for row, own in enumerate(workers):
            for column, batch in enumerate(own):
                for place, number in enumerate(batch):
                    left = column + 0.06 + 0.88 * place / widest
                    box = (left, row - 0.36), 0.88 / widest * 0.88, 0.72
                    colour = PALETTE[number % len(PALETTE)]
                    axis.add_patch(_rectangle(*box, colour))
                if not batch:
                    axis.text(column + 0.5, row, "–", ha="center", va="center")
            empty = sum(not batch for batch in own)
            files = ", ".join(names[number] for number in sorted(set(sum(own, []))))
            words.append(
                f"{title}, worker {row}: reads {files}"
                + (f"; nothing in {empty} of {len(own)} steps" if empty else "")
            )
        axis.set_xlim(0, most)
        axis.set_ylim(len(workers) - 0.5, -0.5)
        axis.set_yticks(
            range(len(workers)), [f"worker {row}" for row in range(len(workers))]
        )
        axis.set_xticks(np.arange(most) + 0.5, range(1, most + 1))
        axis.tick_params(length=0, labelcolor=BLACK)
        for side in ("left", "bottom"):
            axis.spines[side].set_visible(False)
        axis.set_title(title)
    axes[-1, 0].set_xlabel("step")
    handles = [_rectangle((0, 0), 1, 1, PALETTE[n]) for n in range(len(names))]
    drawing.legend(
        handles, names, loc="outside lower center", ncols=len(names), fontsize=9
    )
    drawing.alt = alt or f"{'. '.join(words)}."
    return drawing


def _rectangle(corner, width, height, colour):
    from matplotlib.patches import Rectangle

    return Rectangle(corner, width, height, facecolor=colour)


def ring_pieces(workers, alt=None):
    """How many workers' numbers each piece holds, after each step of a ring all-reduce;
    orange is what has just come, from the worker above.

    Parameters
    ----------
    workers : how many; 3 to 6 are readable.
    """
    held, moved = [np.ones((workers, workers), int)], [[]]
    for step in range(2 * (workers - 1)):
        now, places = held[-1].copy(), []
        for own in range(workers):
            piece, right = (own - step) % workers, (own + 1) % workers
            came = held[-1][own, piece]
            now[right, piece] = came + 1 if step < workers - 1 else came
            places.append((right, piece))
        held.append(now)
        moved.append(places)
    drawing, axes = figure(
        1, len(held), size=(1.25 * len(held), 2.1), squeeze=False, frames=True
    )
    for step, (axis, counts) in enumerate(zip(axes[0], held, strict=True)):
        axis.imshow(counts, cmap="Blues", vmin=0, vmax=workers * 1.4)
        for row, column in np.ndindex(counts.shape):
            full = counts[row, column] == workers
            axis.text(
                column,
                row,
                counts[row, column],
                ha="center",
                va="center",
                fontsize=9,
                fontweight="bold" if full else "normal",
                color="white" if full else BLACK,
            )
        axis.set_xticks([])
        axis.set_yticks([])
        for spine in axis.spines.values():
            spine.set_visible(False)
        for row, column in moved[step]:
            _arrival(axis, row, column, workers)
        axis.set_ylim(workers - 0.1, -0.9)  # room for what goes round
        caption(axis, "before" if step == 0 else f"step {step}")
    axes[0, 0].set_yticks(range(workers), [f"worker {row}" for row in range(workers)])
    axes[0, 0].tick_params(length=0, labelcolor=BLACK, labelsize=8)
    drawing.alt = alt or (
        f"{len(held)} squares of {workers} workers by {workers} pieces. Before, each "
        f"piece holds the numbers of 1 worker. In each step each worker gets one piece "
        f"from the worker above it, and worker 0 from worker {workers - 1}: it is "
        f"outlined. After step {workers - 1} each worker has one piece with the "
        f"numbers of all {workers}; after step {len(held) - 1} all pieces of all "
        f"workers hold {workers}."
    )
    return drawing


def _arrival(axis, row, column, rows):
    """Outline the cell in which something has come, with an arrow from the row above;
    above the first row is the last one.
    """
    from matplotlib.patches import Rectangle

    corner, x = (column - 0.45, row - 0.45), column + 0.33
    axis.add_patch(Rectangle(corner, 0.9, 0.9, fill=False, edgecolor=ORANGE, lw=1.8))
    style = {"arrowstyle": "-|>", "color": ORANGE, "lw": 1.5, "mutation_scale": 6}
    ends = {"xy": (x, row - 0.15), "xytext": (x, row - 0.8)}
    axis.annotate("", **ends, arrowprops={**style, "shrinkA": 0, "shrinkB": 0})
    if row == 0:  # it has left the last row downwards
        axis.plot([x, x], [rows - 0.8, rows - 0.15], color=ORANGE, lw=1.5)


def sent_bytes(parameters, measured, most=16, alt=None):
    """Megabytes that a worker sends per step over a ring, and that a single centre
    would have to send, against the number of workers.

    Parameters
    ----------
    parameters : numbers in the gradient, of 4 bytes.
    measured : a dict from a number of workers to the bytes that each of them sent.
    most : the largest number of workers on the axis.
    """
    workers = np.arange(1, most + 1)
    ring = 2 * (workers - 1) / workers * parameters * 4 / 1e6
    centre = workers * parameters * 4 / 1e6
    drawing, axis = figure(size=(6.6, 3.1))
    axis.plot(workers, centre, "--", color=GREY)
    axis.plot(workers, ring, color=BLUE)
    axis.plot(
        list(measured), [value / 1e6 for value in measured.values()], "o", color=ORANGE
    )
    top = 2.6 * ring[-1]
    axis.set_ylim(0, top)
    last = int(np.searchsorted(centre, top)) - 1
    name_curve(
        axis,
        (workers[-1], ring[-1]),
        "each worker, in a ring\n(the formula)",
        BLUE,
        offset=8,
    )
    name_curve(
        axis,
        (workers[last], centre[last]),
        "a single centre\n(the formula)",
        GREY,
        offset=8,
    )
    if measured:
        lowest = measured[max(measured)] / 1e6 - 0.09 * top
        name_curve(axis, (max(measured), lowest), "each worker, counted", ORANGE)
    axis.set(xlabel="workers", ylabel="megabytes sent per step")
    axis.set_xticks([1, *range(2, most + 1, 2)])
    axis.yaxis.get_major_locator().set_params(integer=True, nbins=6)
    axis.grid(axis="y", color=PALE)
    axis.set_title(f"What is sent for a gradient of {parameters:,} numbers")
    dots = "; ".join(f"{n} workers {value / 1e6:.1f}" for n, value in measured.items())
    drawing.alt = alt or (
        f"Megabytes sent per step. In a ring, each worker sends {ring[1]:.1f} with 2 "
        f"workers and {ring[-1]:.1f} with {most}; a single centre would send "
        f"{centre[1]:.0f} and {centre[-1]:.0f}."
        + (f" Measured dots: {dots}." if measured else "")
    )
    return drawing


def speed_ups(serial, measured=None, most=64, alt=None):
    """Amdahl's and Gustafson's curves for one serial share, and what was measured.

    Parameters
    ----------
    serial : the share that more workers do not shorten.
    measured : a dict from a number of workers to how many times faster they were than
        one.
    most : the largest number of workers on the axis.
    """
    workers = np.geomspace(1, most, 80)
    curves = {
        "no serial share": (workers, GREY, ":"),
        "more work (Gustafson)": (workers - serial * (workers - 1), SKY, "--"),
        "the same work (Amdahl)": (1 / (serial + (1 - serial) / workers), BLUE, "-"),
    }
    drawing, axis = figure(size=(7.2, 3.5))
    ends = {}
    for name, (values, colour, style) in curves.items():
        axis.plot(workers, values, style, color=colour)
        ends[name] = np.log10(values[-1])
    axis.set(xscale="log", yscale="log", xlabel="workers")
    axis.set_ylabel("times as fast as one worker")
    if measured:
        axis.plot(list(measured), list(measured.values()), "o", color=ORANGE)
        last = max(measured)
        name_curve(
            axis, (last, measured[last]), "measured, section 3", ORANGE, offset=8
        )
    low, high = np.log10(axis.get_ylim())
    for name, height in spread(ends, gap=0.09 * (high - low)).items():
        name_curve(axis, (workers[-1], 10**height), name, curves[name][1], offset=8)
    ticks = [2**power for power in range(int(np.log2(most)) + 1)]
    axis.set_xticks(ticks, ticks)
    powers = range(ceil(low / np.log10(4)), floor(high / np.log10(4)) + 1)
    names = [f"{4**power}" if power >= 0 else f"1/{4**-power}" for power in powers]
    axis.set_yticks([4.0**power for power in powers], names)
    axis.set_ylim(10**low, 10**high)  # as it was before the ticks
    axis.minorticks_off()
    axis.grid(color=PALE)
    axis.set_title(f"Speed-up, if {serial:.0%} of a step is serial")
    dots = "; ".join(
        f"{n} worker{'s' if n > 1 else ''} {value:.2f}"
        for n, value in (measured or {}).items()
    )
    drawing.alt = alt or (
        f"Speed-up against workers, for a serial share of {serial:.0%}. With {most} "
        f"workers Amdahl's curve reaches {1 / (serial + (1 - serial) / most):.1f}, "
        f"Gustafson's {most - serial * (most - 1):.0f}."
        + (f" Measured: {dots}." if measured else "")
    )
    return drawing


def batch_rates(result, alt=None):
    """Validation accuracy against the batch, a line per rule for the learning rate, a
    dot per seed.

    Parameters
    ----------
    result : what is stored as "batch_rates".
    """
    sizes = result["plan"]["batch_sizes"]
    drawing, axis = figure(size=(7.4, 3.3))
    ends, words = {}, []
    styles = cycle(["-", "--", "-."])
    for (name, rule), colour, style in zip(
        result["rules"].items(), cycle(PALETTE), styles, strict=False
    ):
        runs = np.array([run["accuracy"] for run in rule["runs"]])
        mean = runs.mean(axis=0)
        axis.plot(sizes, runs.T, "o", color=colour, ms=4, alpha=0.6)
        axis.plot(sizes, mean, style, color=colour)
        ends[name] = (float(mean[-1]), colour)
        said = ", ".join(f"{value:.0%}" for value in mean)
        words.append(f"{name}: {said} (mean of {len(runs)} seeds)")
    low, high = axis.get_ylim()
    heights = {name: height for name, (height, _) in ends.items()}
    for name, height in spread(heights, gap=0.08 * (high - low)).items():
        name_curve(axis, (sizes[-1], height), name, ends[name][1], offset=8)
    axis.set(xscale="log", xlabel="images in the batch", ylabel="validation accuracy")
    axis.set_xticks(sizes, sizes)
    axis.minorticks_off()
    axis.grid(axis="y", color=PALE)
    axis.set_title(f"After {result['plan']['epochs']} passes over the data")
    drawing.alt = alt or (
        f"Validation accuracy for batches of {', '.join(map(str, sizes))} images. "
        f"{'; '.join(words)}."
    )
    return drawing
