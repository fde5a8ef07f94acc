"""Results of several runs, drawn: each run, the mean, and what decides nothing."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.plots.figure import GREY
from course_utils.uncertainty import Interval


def with_gid(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


RUNS = np.array([[0.9, 0.8, 0.5], [0.8, 0.6, 0.3]])


def test_each_run_is_drawn_and_their_mean():
    figure = plots.run_curves([0, 1, 2], {"moved": {"max": RUNS}}, "shift")
    drawn = [run.get_ydata().tolist() for run in with_gid(figure, "run")]
    assert drawn == RUNS.tolist()
    (mean,) = [line for line in figure.axes[0].lines if line.get_label() == "max"]
    np.testing.assert_allclose(mean.get_ydata(), [0.85, 0.7, 0.4])
    assert "moved: max 85%, 70%, 40% (mean of 2 runs)." in figure.alt


def test_lines_differ_in_more_than_colour():
    lines = {name: RUNS for name in ("max", "average", "strided")}
    figure = plots.run_curves([0, 1, 2], {"": lines}, "shift")
    means = [line for line in figure.axes[0].lines if line.get_label() in lines]
    assert len({line.get_linestyle() for line in means}) == 3
    assert len({line.get_color() for line in means}) == 3


def test_as_many_x_labels_as_panels():
    with pytest.raises(ValueError, match="1 x labels came for 2 panels"):
        plots.run_curves([0, 1, 2], {"a": {"m": RUNS}, "b": {"m": RUNS}}, ["shift"])


def test_a_bar_that_holds_zero_is_grey_and_the_words_say_so():
    intervals = {"sure": Interval(2, 1, 3), "open": Interval(1, -4, 6)}
    figure = plots.difference_intervals(intervals, "points in favour")
    sure, undecided = with_gid(figure, "difference")
    assert undecided.get_color() == GREY != sure.get_color()
    bars = [line.get_xdata() for line in figure.axes[0].lines]
    assert [1, 3] in map(list, bars) and [-4, 6] in map(list, bars)
    assert "sure: +2.0 (+1.0 to +3.0), does not hold 0." in figure.alt
    assert "open: +1.0 (-4.0 to +6.0), holds 0." in figure.alt


def test_other_words_are_taken():
    intervals = {"a": Interval(2, 1, 3)}
    assert plots.difference_intervals(intervals, "points", alt="words").alt == "words"
    assert plots.run_curves([0], {"": {"a": [[1]]}}, "x", alt="words").alt == "words"
