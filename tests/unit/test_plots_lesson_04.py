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


def test_exact_zeros_have_a_strip_of_their_own_and_are_counted_in_words():
    drawing = plots.gradient_by_depth({"plain": [0.0, 0.0, 2.0]}, broken_at=(1, 2))
    above, strip = drawing.axes
    (curve,), (crosses,) = above.get_lines(), strip.get_lines()
    assert np.isnan(curve.get_ydata()[:2]).all() and list(crosses.get_xdata()) == [1, 2]
    assert strip.get_yscale() == "linear" and above.get_yscale() == "log"
    assert "exactly zero in 2 of 3 layers" in drawing.alt


def test_gradients_relative_to_the_weights_have_a_panel_of_their_own():
    drawing = plots.gradient_by_depth(
        {"plain": [800.0, 4.0]}, {"plain": [0.08, 0.04]}, heading="Before"
    )
    raw, relative = drawing.axes
    assert list(raw.get_lines()[0].get_ydata()) == [800, 4]
    assert list(relative.get_lines()[0].get_ydata()) == [0.08, 0.04]
    assert raw.get_title("left") != relative.get_title("left")
    assert "from 800 in the first" in drawing.alt and "e+" not in drawing.alt


def test_what_units_add_is_joined_within_a_stage_only():
    drawing = plots.added_by_unit({"γ = 1": [1.0, 0.5, 1.0, 0.7, 0.6]}, stages=(2, 3))
    lines = [list(line.get_ydata()) for line in drawing.axes[0].get_lines()]
    assert lines[:2] == [[1, 0.5], [1, 0.7, 0.6]]
    assert "from 0.50 to 1.00" in drawing.alt
    silent = plots.added_by_unit({"γ = 0": [0.0] * 5}, stages=(2, 3))
    assert "γ = 0: nothing anywhere" in silent.alt
    with pytest.raises(ValueError, match="needs 5 numbers"):
        plots.added_by_unit({"γ = 1": [1.0]}, stages=(2, 3))


def test_three_accuracies_are_means_of_the_seeds_and_bands_of_them_all():
    history = lambda shift: {
        "accuracy": [0.5, 0.7 + shift],
        "val_accuracy": [0.1, 0.2],
        "val_accuracy_reestimated": [0.4, 0.6],
    }
    drawing = plots.three_accuracies({"plain": [history(0.1), history(-0.1)]})
    training, *_ = drawing.axes[0].get_lines()
    assert list(training.get_ydata()) == [0.5, pytest.approx(0.7)]
    low_and_high = drawing.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert low_and_high.min() == 0.5 and low_and_high.max() == pytest.approx(0.8)
    assert "mean of 2 seeds" in drawing.alt and "training 70%" in drawing.alt


def test_residual_units_names_what_differs():
    drawing = plots.residual_units()
    words = [text.get_text() for axis in drawing.axes for text in axis.texts]
    assert words.count("+") == 2 and sum("1×1" in word for word in words) == 1


@pytest.mark.parametrize("norms", [{}, {"plain": []}])
def test_nothing_to_draw_is_an_error(norms):
    with pytest.raises(ValueError, match="at least one"):
        plots.gradient_by_depth(norms)
