"""Lesson 04's figures show the numbers they are given."""

import numpy as np
import pytest

from course_utils import plots


def test_each_network_is_one_line_with_one_point_a_layer():
    drawing = plots.gradient_by_depth(
        {"plain": [8.0, 4.0, 2.0], "residual": [3.0, 2.0, 1.0]}
    )
    lines = drawing.axes[0].get_lines()
    assert [list(line.get_ydata()) for line in lines] == [[8, 4, 2], [3, 2, 1]]
    assert [list(line.get_xdata()) for line in lines] == [[1, 2, 3]] * 2
    assert "plain: from 8 in the first layer to 2 in the last" in drawing.alt


def test_exact_zeros_are_drawn_apart_and_counted_in_words():
    drawing = plots.gradient_by_depth({"plain": [0.0, 0.0, 2.0]})
    curve, crosses = drawing.axes[0].get_lines()
    assert np.isnan(curve.get_ydata()[:2]).all() and list(crosses.get_xdata()) == [1, 2]
    assert "exactly zero in 2 of 3 layers" in drawing.alt


def test_residual_units_names_what_differs():
    drawing = plots.residual_units()
    words = [text.get_text() for axis in drawing.axes for text in axis.texts]
    assert words.count("+") == 2 and sum("1×1" in word for word in words) == 1


@pytest.mark.parametrize("norms", [{}, {"plain": []}])
def test_nothing_to_draw_is_an_error(norms):
    with pytest.raises(ValueError, match="at least one"):
        plots.gradient_by_depth(norms)
