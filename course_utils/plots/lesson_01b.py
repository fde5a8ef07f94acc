"""What lesson 01b draws: how strong the signal is, layer by layer."""

from course_utils.plots.figure import PALETTE, figure

__all__ = ["signal_by_layer"]


def signal_by_layer(signals, alt=None):
    """The strength of the signal after each layer, one line per initialisation, on a
    logarithmic scale.

    Parameters
    ----------
    signals : a dict from name to a sequence: the strength at the input, after layer 1,
        after layer 2, ...
    """
    drawing, axis = figure(size=(7.6, 3.6))
    for index, (name, values) in enumerate(signals.items()):
        colour = PALETTE[index % len(PALETTE)]
        axis.plot(range(len(values)), values, marker="o", ms=4, color=colour)
        end = (len(values) - 0.8, values[-1])
        axis.text(*end, name, color=colour, va="center", fontweight="bold")
    axis.set_yscale("log")
    axis.set_xlim(-0.2, max(map(len, signals.values())) + 2.4)
    axis.set_xticks(range(max(map(len, signals.values()))))
    axis.set(xlabel="layer (0 is the input)", ylabel="root mean square of the outputs")
    axis.grid(axis="y")
    drawing.alt = (
        alt
        or "Signal strength by layer: "
        + "; ".join(
            f"{name} goes from {values[0]:.1g} to {values[-1]:.1g}"
            for name, values in signals.items()
        )
        + "."
    )
    return drawing
