"""The pictures of lesson 03 show what they are given, and say it in words."""

from types import SimpleNamespace

import numpy as np
import pandas
import pytest

from course_utils import plots
from course_utils.data_files import data_file


def with_gid(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def table(name):
    with data_file(name).open(encoding="utf-8") as file:
        return pandas.read_csv(file)


def run(accuracies, seconds):
    return SimpleNamespace(history={"val_accuracy": accuracies}, seconds=seconds)


def test_the_timeline_draws_each_winner_once_and_falling():
    results = table("ilsvrc.csv")
    (line,) = with_gid(plots.error_timeline(results), "winners")
    assert list(line.get_xdata()) == list(range(2010, 2018))
    assert np.all(np.diff(line.get_ydata()) < 0)


def test_the_scatter_draws_every_network_with_an_accuracy():
    networks = table("architectures.csv")
    figure = plots.accuracy_scatter(networks)
    rated = networks[networks.top1.notna()]
    for axis, column in zip(figure.axes, ("parameters", "multiply_adds"), strict=True):
        (points,) = [
            points for points in axis.collections if points.get_gid() == "networks"
        ]
        assert len(points.get_offsets()) == len(rated)
        assert sorted(text.get_text() for text in axis.texts) == sorted(rated.name)
        np.testing.assert_allclose(
            sorted(points.get_offsets()[:, 0]) / np.sort(rated[column]),
            np.full(len(rated), points.get_offsets()[:, 0].max() / rated[column].max()),
        )
    with pytest.raises(ValueError, match="no network"):
        plots.accuracy_scatter(networks, names=["lenet5"])


def test_seconds_add_up_and_a_missing_run_is_said():
    figure = plots.accuracy_against_seconds({"a": [run([0.5, 0.7], [10, 20])], "b": []})
    (line,) = with_gid(figure, "a")
    assert list(line.get_xdata()) == [10, 30] and list(line.get_ydata()) == [0.5, 0.7]
    assert (
        "a: 0.700 after 30 seconds" in figure.alt
        and "b has no stored run yet" in figure.alt
    )
    with pytest.raises(ValueError, match="2 accuracies and 1 times"):
        plots.accuracy_against_seconds({"a": [run([0.5, 0.7], [10])]})


def test_several_seeds_are_told_by_their_lowest_and_highest():
    runs = [run([0.5, value], [1, 1]) for value in (0.93, 0.91, 0.92)]
    assert (
        "a: 3 runs, 0.910 to 0.930 after 2 seconds"
        in plots.accuracy_against_seconds({"a": runs}).alt
    )


def test_shares_of_a_cost_add_up():
    row = lambda name, parameters, work: SimpleNamespace(
        type=name, output_shape=(4, 4, 8), parameters=parameters, multiply_adds=work
    )
    cost = SimpleNamespace(
        rows=[row("Conv2D", 75, 10), row("ReLU", 0, 0), row("Dense", 25, 30)],
        parameters=100,
        multiply_adds=40,
    )
    alt = plots.cost_by_layer(cost).alt
    assert (
        "Conv2D 4×4×8: 75.0 % of the parameters, 25.0 % of the multiply-adds" in alt
        and "ReLU" not in alt
    )


def test_competing_maps_wants_one_number_a_map():
    assert "map 1 4.00 and 1.20" in plots.competing_maps([1, 4], [0.3, 1.2]).alt
    with pytest.raises(ValueError, match="one number a map"):
        plots.competing_maps([1, 2], [1])
