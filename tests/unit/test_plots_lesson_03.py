"""The pictures of lesson 03 show what they are given, and say it in words."""

from types import SimpleNamespace

import numpy as np
import pandas
import pytest

from course_utils import plots
from course_utils.data_files import data_file
from course_utils.uncertainty import Interval


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


def rated(**more):
    """Three networks, of which the third is beaten by both others."""
    return pandas.DataFrame(
        {
            "name": ["cheap", "good", "beaten"],
            "year": [2014, 2019, 2022],
            "multiply_adds": [1e8, 5e9, 6e9],
            "top1": [70.0, 80.0, 79.0],
        }
        | more
    )


def test_the_front_is_a_line_through_its_own_networks_with_their_names():
    figure = plots.accuracy_front(rated(), ["cheap", "good"])
    (line,) = with_gid(figure, "front")
    assert list(line.get_xdata()) == [0.1, 5.0] and list(line.get_ydata()) == [70, 80]
    names = {text.get_text() for text in figure.axes[0].texts}
    assert names == {"cheap", "good"}
    assert "3 networks" in figure.alt and "good 80 % with 5.00 billion" in figure.alt
    drawn = [len(dots.get_offsets()) for dots in figure.axes[0].collections]
    assert sum(drawn) == 3
    with pytest.raises(ValueError, match="'other'"):
        plots.accuracy_front(rated(), ["other"])


def test_a_network_without_an_accuracy_is_not_drawn():
    figure = plots.accuracy_front(rated(top1=[70.0, 80.0, None]), ["good"])
    assert "2 networks" in figure.alt


def test_an_effect_is_a_dot_with_its_interval_and_grey_where_it_may_be_nothing():
    changes = {
        "helps": Interval(2, 1, 3),
        "unclear": Interval(0.5, -1, 2),
        "harms": Interval(-1, -2, -0.5),
    }
    figure = plots.effects(changes)
    bars = with_gid(figure, "interval")
    assert [tuple(bar.get_xdata()) for bar in bars] == [(1, 3), (-1, 2), (-2, -0.5)]
    dots = with_gid(figure, "effect")
    assert [float(dot.get_xdata()[0]) for dot in dots] == [2, 0.5, -1]
    assert len({dot.get_color() for dot in dots}) == 3
    assert "unclear +0.50 (-1.00 to +2.00)" in figure.alt


def test_without_effects_the_picture_says_so():
    assert "not measured yet" in plots.effects({}).alt


def test_each_normalisation_marks_the_maps_that_share_a_mean():
    figure = plots.shared_statistics(images=4, channels=6)
    marked = [
        {
            (round(box.get_y()), round(box.get_x()))
            for box in axis.patches
            if box.get_gid() == "shared"
        }
        for axis in figure.axes
    ]
    batch, layer, group = marked
    assert batch == {(image, 5) for image in range(4)}
    assert layer == {(0, channel) for channel in range(6)}
    assert group == {(0, channel) for channel in (3, 4, 5)}


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


def test_competing_maps_wants_one_number_for_each_map():
    alt = plots.competing_maps([1, 4], [0.5, 1.25]).alt
    assert "map 0 1.00 and 0.50, by 2.0; map 1 4.00 and 1.25, by 3.2" in alt
    with pytest.raises(ValueError, match="one number for each map"):
        plots.competing_maps([1, 2], [1])


def test_changed_samples_keep_their_labels_and_say_what_a_change_does():
    samples = {6: np.array([[1, 0], [0, 0]]), 8: np.ones((2, 2))}
    changes = {"as it is": lambda image: image, "mirrored": np.fliplr}
    drawing = plots.changed_samples(samples, changes)
    assert [axis.get_title() for axis in drawing.axes] == [
        "6, as it is",
        "8, as it is",
        "6, mirrored",
        "8, mirrored",
    ]
    shown = [axis.images[0].get_array() for axis in drawing.axes]
    assert np.array_equal(shown[2], [[0, 1], [0, 0]])
    assert drawing.alt.startswith("2 images in 2 columns, labelled 6, 8. In 2 rows: ")
    assert (
        "as it is (nothing changed); mirrored (changed pixels: 50% in the 6)"
        in drawing.alt
    )
    assert plots.changed_samples(samples, changes, alt="words").alt == "words"


def test_a_pattern_across_channels_says_which_colours_it_finds():
    photo = np.zeros((2, 2, 3), np.uint8)
    photo[0, 0] = 200, 10, 30
    drawing = plots.pattern_across_channels(photo, photo[..., 0] > 100, [1, -0.5, -1])
    assert "weights 1, −0.5, −1 for red, green and blue" in drawing.alt
    assert "bright in 25% of the places" in drawing.alt
    assert "mean colour 200/10/30 (of 255)" in drawing.alt
    assert drawing.alt.endswith("black elsewhere, where it has 0/0/0.")
    nothing = plots.pattern_across_channels(photo, np.zeros((2, 2)), [0, 0, -1])
    assert "bright in 0% of the places" in nothing.alt and "nan" not in nothing.alt
    assert plots.pattern_across_channels(photo, photo[..., 0], [1], "w").alt == "w"
