"""Numbers as bars."""

from course_utils.plots.figure import BLACK, PALETTE, figure

__all__ = ["count_bars"]


def count_bars(counts, unit="", alt=None):
    """Numbers of very different size as bars on a logarithmic scale, each with its
    exact value.

    Parameters
    ----------
    counts : a dict from name to a number of at least 1.
    unit : what is counted; stands under the axis.
    """
    drawing, axis = figure(size=(7.6, 0.55 * len(counts) + 0.8))
    names, values = list(counts), [float(value) for value in counts.values()]
    colours = [PALETTE[index % len(PALETTE)] for index in range(len(names))]
    axis.barh(names, values, color=colours, height=0.62, gid="count")
    axis.set_xscale("log")
    axis.set_xlim(1, max(values) * 15)
    axis.minorticks_off()
    axis.invert_yaxis()
    for row, value in enumerate(values):
        axis.text(value * 1.3, row, f"{value:,.0f}", va="center", fontweight="bold")
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0, labelcolor=BLACK)
    axis.set_xlabel(f"{unit} (logarithmic scale)".strip())
    drawing.alt = alt or (
        f"Bars on a logarithmic scale, {unit}: "
        + "; ".join(
            f"{name.replace(chr(10), ' ')} {value:,.0f}"
            for name, value in zip(names, values, strict=True)
        )
        + "."
    )
    return drawing
