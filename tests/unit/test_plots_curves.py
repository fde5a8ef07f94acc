"""Curves hold what was recorded, and say it in words."""

import pytest

from course_utils.plots import plot_schedule
from course_utils.training import History, one_cycle, plot_history


def test_plot_history_says_in_words_where_the_curves_begin_and_end():
    one = History(
        {"accuracy": [0.5, 0.7], "val_accuracy": [0.6, 0.8]},
        seconds=[10, 10],
        name="slow",
    )
    two = History(
        {"accuracy": [0.6, 0.8], "val_accuracy": [0.7, 0.9]},
        seconds=[1, 1],
        name="fast",
    )
    figure = plot_history(one, two, against="seconds")
    assert figure.alt == (
        "Learning curves against seconds. slow: validation accuracy from 0.60 to 0.80 "
        "in 20 seconds, training from 0.50 to 0.70; fast: validation accuracy from "
        "0.70 to 0.90 in 2 seconds, training from 0.60 to 0.80."
    )
    solid = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert [list(line.get_xdata()) for line in solid] == [[10, 20], [1, 2]]


def test_plot_history_takes_keras_histories_and_dictionaries():
    class FromKeras:
        history = {"loss": [1.0, 0.5]}

    figure = plot_history(
        FromKeras(), {"loss": [0.9, 0.1]}, metric="loss", names=["a", "b"]
    )
    assert "a: training loss from 1.00 to 0.50 in 2 epochs" in figure.alt


@pytest.mark.parametrize(
    "arguments, options, words",
    [
        ([], {}, "no run"),
        ([{"loss": [1]}], {}, "has no 'accuracy'; it has loss"),
        ([{"accuracy": [1]}], {"against": "seconds"}, "does not know the seconds"),
        ([{"accuracy": [1]}], {"against": "steps"}, "'epochs' or 'seconds'"),
    ],
)
def test_plot_history_refuses_what_it_cannot_draw(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        plot_history(*arguments, **options)


def test_plot_schedule_names_the_peak_and_its_epoch():
    figure = plot_schedule(one_cycle(0.4, 100), steps=100, steps_per_epoch=10)
    assert figure.alt == (
        "The learning rate starts at 0.016, has its peak of 0.4 at epoch 2.4 of 10, "
        "and ends at 0."
    )
