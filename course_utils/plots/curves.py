"""Learning curves and learning rates."""

from itertools import cycle

from course_utils.plots.figure import PALETTE, figure
from course_utils.plots.labels import name_curve, spread

__all__ = ["plot_history", "plot_schedule"]


def plot_history(
    *histories,
    metric="accuracy",
    against="epochs",
    names=None,
    alt=None,
    heading=None,
    limits=None,
):
    """Learning curves of one training run or several, a colour per run: solid for
    validation, dashed for training.

    Parameters
    ----------
    histories : what `fit` of the course or of Keras returned, or dictionaries from a
        metric's name to its values.
    metric : "accuracy", "loss", or any other that was recorded.
    against : "epochs", or "seconds" (needs runs that know their seconds), which is how
        runs of different networks compare fairly.
    names : one name per run; left out, the run's own name.
    heading : a title.
    limits : (lowest, highest) of the vertical axis.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError : no run, a metric that a run does not have, or seconds that a run does
        not know.
    """
    if not histories:
        raise ValueError("plot_history got no run; give it what fit() returned")
    for run in histories:
        if not isinstance(getattr(run, "history", run), dict):
            hint = " Give it what fit() returned, not the model."
            hint = hint if hasattr(run, "fit") else ""
            raise ValueError(
                f"plot_history takes what fit() returned, or dictionaries, and got "
                f"{type(run).__name__}.{hint}"
            )
    if against not in ("epochs", "seconds"):
        raise ValueError(f"against is {against!r}; it must be 'epochs' or 'seconds'")
    names = (
        list(names)
        if names
        else [_name(run, index) for index, run in enumerate(histories)]
    )
    if len(names) != len(histories):
        raise ValueError(f"{len(names)} names came for {len(histories)} runs")
    drawing, axis = figure(size=(5.6, 3.4))
    sentences, ends = [], {}
    for run, name, colour in zip(histories, names, cycle(PALETTE), strict=False):
        curves = getattr(run, "history", run)
        found = [key for key in (f"val_{metric}", metric) if key in curves]
        if not found:
            raise ValueError(f"{name} has no {metric!r}; it has {', '.join(curves)}")
        for key in found:
            values = list(curves[key])
            across = _across(run, name, against, len(values))
            solid = key == found[0]
            axis.plot(
                across,
                values,
                color=colour,
                linestyle="-" if solid else "--",
                linewidth=2 if solid else 1.2,
                marker="o" if solid and len(values) <= 12 else None,
                markersize=4,
                alpha=1 if solid else 0.7,
            )
        values = list(curves[found[0]])
        what = "validation" if found[0].startswith("val_") else "training"
        ends[name] = (across[-1], values[-1], colour)
        sentences.append(
            f"{name}: {what} {metric} from {values[0]:.2f} to {values[-1]:.2f} in "
            + (
                f"{across[-1]:.0f} seconds"
                if against == "seconds"
                else f"{len(values)} epochs"
            )
            + "".join(
                f", training from {curves[key][0]:.2f} to {curves[key][-1]:.2f}"
                for key in found[1:]
            )
        )
    # names of curves that meet move apart
    low, high = limits or axis.get_ylim()
    heights = spread(
        {name: height for name, (_, height, _) in ends.items()}, gap=0.07 * (high - low)
    )
    for name, (right, _, colour) in ends.items():
        name_curve(axis, (right, heights[name]), f" {name}", colour)
    axis.set_xlabel("seconds of training" if against == "seconds" else "epoch")
    axis.set_ylabel(metric)
    axis.grid(axis="y")
    if limits:
        axis.set_ylim(*limits)
    if against == "epochs":
        axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_title(heading or f"{metric}: solid validation, dashed training")
    drawing.alt = (
        alt or f"Learning curves against {against}. " + "; ".join(sentences) + "."
    )
    return drawing


def plot_schedule(
    schedule, steps, steps_per_epoch=None, alt=None, heading="Learning rate"
):
    """The learning rate of each step of a schedule.

    Parameters
    ----------
    schedule : a function from a step's number to a learning rate, such as
        `one_cycle(...)`.
    steps : how many steps to draw.
    steps_per_epoch : counts epochs instead of steps along the axis.

    Returns
    -------
    Figure
    """
    count = min(steps, 200)
    places = [round(index * (steps - 1) / max(count - 1, 1)) for index in range(count)]
    rates = [float(schedule(place)) for place in places]
    top = max(range(count), key=rates.__getitem__)
    per = steps_per_epoch or 1
    unit = "epoch" if steps_per_epoch else "step"
    drawing, axis = figure(size=(4.6, 2.6))
    axis.plot([place / per for place in places], rates, color=PALETTE[0])
    axis.set_xlabel(unit)
    axis.set_ylim(bottom=0)
    axis.grid(axis="y")
    axis.set_title(heading)
    drawing.alt = alt or (
        f"The learning rate starts at {rates[0]:.3g}, has its peak of "
        f"{rates[top]:.3g} at {unit} "
        f"{places[top] / per:.3g} of {steps / per:.3g}, and ends at {rates[-1]:.3g}."
    )
    return drawing


def _name(run, index):
    name = getattr(run, "name", "") or getattr(getattr(run, "model", None), "name", "")
    return name or f"run {index + 1}"


def _across(run, name, against, epochs):
    if against == "epochs":
        return list(range(1, epochs + 1))
    curves = getattr(run, "history", run)
    seconds = getattr(run, "seconds", None) or curves.get("seconds")
    if not seconds or len(seconds) != epochs:
        raise ValueError(
            f"{name} does not know the seconds of its {epochs} epochs; train it with "
            f"course_utils' fit"
        )
    total, across = 0.0, []
    for second in seconds:
        total += second
        across.append(total)
    return across
