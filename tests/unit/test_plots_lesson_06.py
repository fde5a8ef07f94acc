"""What the pictures of lesson 06 show is what was computed."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.plots.lesson_06 import MEASURED
from course_utils.uncertainty import accuracy_interval

NAMES = ("daisy", "rose", "tulip")


COUNTS = np.array([[8, 1, 1], [0, 9, 0], [3, 0, 2]])


def photo(height, width, value=100):
    return np.full((height, width, 3), value, np.uint8)


def test_photos_keep_their_sizes_relative_to_one_another():
    figure = plots.photos_to_scale(
        [photo(40, 60), photo(30, 20)], titles=["daisy", "rose"]
    )
    spans = [(np.ptp(axis.get_xlim()), np.ptp(axis.get_ylim())) for axis in figure.axes]
    assert spans == [(60, 40), (60, 40)]  # both axes show the same number of pixels
    assert "daisy, 40×60; rose, 30×20" in figure.alt


def test_photos_of_one_name_are_told_together():
    photos = [photo(40, 60), photo(30, 20), photo(10, 10)]
    named = plots.photos_to_scale(photos, ["daisy", "daisy", "rose"], columns=2)
    assert named.alt.endswith(
        "3 photographs to one scale in rows of 2, height×width in pixels: "
        "daisy, 40×60, 30×20; rose, 10×10."
    )
    assert plots.photos_to_scale(photos).alt.endswith(": 40×60, 30×20, 10×10.")


def test_every_count_stands_in_its_cell():
    figure = plots.confusion_matrix(COUNTS, NAMES)
    written = {
        (int(text.get_position()[1]), int(text.get_position()[0])): int(text.get_text())
        for text in figure.findobj(lambda artist: artist.get_gid() == "count")
    }
    assert written == {place: count for place, count in np.ndenumerate(COUNTS)}
    axis = figure.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(
        NAMES
    ) and axis.get_ylabel() == "truth"


def test_the_alt_text_of_a_confusion_matrix_names_the_most_frequent_mistake():
    alt = plots.confusion_matrix(COUNTS, NAMES).alt
    assert (
        "19 of 24 right" in alt
        and "tulip 2 of 5" in alt
        and "tulip called daisy, 3 times" in alt
    )
    alt = plots.confusion_matrix(np.diag([3, 2, 1]), NAMES).alt
    assert "most frequent" not in alt and "6 of 6 right" in alt


def before_what_was_trained(figure):
    """What a comparison of notebooks holds on to."""
    return figure.alt.partition(MEASURED)[0]


def test_what_a_training_gave_stands_after_in_this_run():
    """A comparison compares the words before it, and forgives those after it."""
    images, labels = [photo(8, 8)] * 3, [0, 1, 2]
    unlike = (
        answers([0, 1, 0], [0, 1, 0], [0, 1, 0]),
        answers([1, 0, 0], [0, 0, 1], [0, 0, 1]),
    )
    pairs = [
        [plots.confusion_matrix(counts, NAMES) for counts in (COUNTS, COUNTS.T)],
        [plots.worst_mistakes(images, labels, said, NAMES) for said in unlike],
        [
            plots.certainty_of_strangers({"flowers": [0.9, sure]}, sure)
            for sure in (0.5, 0.95)
        ],
    ]
    for one, other in pairs:
        assert one.alt != other.alt and MEASURED in one.alt
        assert before_what_was_trained(one) == before_what_was_trained(other)


def test_a_class_without_photos_is_no_division_by_zero():
    plots.confusion_matrix([[2, 0, 0], [0, 0, 0], [0, 0, 2]], NAMES)


def test_a_confusion_matrix_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(3, 3\)"):
        plots.confusion_matrix(COUNTS[:2], NAMES)


def answers(*rows):
    return np.array(rows, float)


def test_the_worst_mistake_comes_first_and_right_answers_do_not_come():
    images = np.stack([photo(8, 8, value) for value in (10, 20, 30, 40)])
    labels = np.array([0, 0, 1, 2])
    probabilities = answers(
        [0.9, 0.1, 0], [0.3, 0.7, 0], [0.95, 0.05, 0], [0, 0.4, 0.6]
    )
    figure = plots.worst_mistakes(images, labels, probabilities, NAMES)
    shown = [
        int(axis.images[0].get_array()[0, 0, 0]) for axis in figure.axes if axis.images
    ]
    assert shown == [30, 20]
    assert "2 of 4 photos are called wrong" in figure.alt
    assert figure.alt.index("rose: 5%, called daisy: 95%") < figure.alt.index(
        "daisy: 30%, called rose: 70%"
    )


def test_where_nothing_is_wrong_the_closest_calls_are_shown():
    images, labels = np.stack([photo(8, 8, 1), photo(8, 8, 2)]), np.array([0, 1])
    figure = plots.worst_mistakes(
        images, labels, answers([0.9, 0.1, 0], [0.2, 0.6, 0.2]), NAMES, count=1
    )
    assert "0 of 2 photos" in figure.alt and "rose: 60%, right, just" in figure.alt


def test_a_rung_shows_each_run_and_their_mean():
    figure = plots.ladder({"scratch": [0.4, 0.5, 0.6], "frozen": [0.8]}, chance=0.2)
    means = [
        line.get_xdata()[0]
        for line in figure.findobj(lambda artist: artist.get_gid() == "mean")
    ]
    (runs,) = figure.findobj(lambda artist: artist.get_gid() == "run")
    assert means == pytest.approx([0.5, 0.8]) and list(runs.get_xdata()) == [
        0.4,
        0.5,
        0.6,
    ]
    assert (
        "scratch 50.0% (40.0% to 60.0% in 3 runs); frozen 80.0%; guessing 20%"
        in figure.alt
    )


def test_the_first_rung_stands_on_top():
    low, high = plots.ladder({"a": [0.1], "b": [0.2]}).axes[0].get_ylim()
    assert low > high


@pytest.mark.parametrize("rungs", [{}, {"frozen": []}])
def test_a_ladder_without_rungs_or_runs_is_refused(rungs):
    with pytest.raises(ValueError, match="at least one"):
        plots.ladder(rungs)


CURVES = {
    "drawn": ([100, 200], {"scratch": [[0.4, 0.6], [0.7, 0.9]], "frozen": [[0.8], [1]]})
}


def test_accuracy_by_photos_has_a_dot_for_each_run_and_a_line_through_the_means():
    figure = plots.accuracy_by_photos(CURVES, chance=0.2)
    (axis,) = figure.axes
    means = [line for line in axis.lines if line.get_gid() == "mean"]
    assert [list(line.get_ydata()) for line in means] == [
        pytest.approx([0.5, 0.8]),
        [0.8, 1],
    ]
    dots = [line for line in axis.lines if line.get_marker() == "o"]
    assert [list(line.get_ydata()) for line in dots] == [
        [0.4, 0.6],
        [0.7, 0.9],
        [0.8],
        [1],
    ]
    assert [list(line.get_xdata()) for line in dots[:2]] == [[100, 100], [200, 200]]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == ["100", "200"]
    assert "drawn, 100, 200: scratch 50%, 80%; frozen 80%, 100%." in figure.alt
    assert figure.alt.endswith("Guessing: 20%.")


def test_names_at_the_ends_of_curves_stand_apart():
    same = [[0.5], [0.5]]
    curves = {"drawn": ([1, 2], {"one": same, "two": same, "three": same})}
    figure = plots.accuracy_by_photos(curves)
    heights = sorted(text.xy[1] for text in figure.axes[0].texts)
    assert min(np.diff(heights)) > 0.05


@pytest.mark.parametrize(
    ("curves", "says"),
    [
        ({}, "at least one kind"),
        ({"drawn": ([100, 200], {"frozen": [[0.5]]})}, "drawn, frozen: .* 1 .* are 2"),
    ],
)
def test_accuracies_for_other_numbers_of_photos_are_refused(curves, says):
    with pytest.raises(ValueError, match=says):
        plots.accuracy_by_photos(curves)


def test_answers_are_bars_as_long_as_the_probabilities():
    figure = plots.answers(
        [photo(8, 8), photo(8, 8)],
        answers([0.7, 0.2, 0.1], [0, 0, 1]),
        NAMES,
        labels=[0, 1],
    )
    widths = [
        [bar.get_width() for bar in axis.patches]
        for axis in figure.axes
        if axis.patches
    ]
    assert widths == [[0.7, 0.2, 0.1], [0, 0, 1]]
    assert "daisy 70% (true: daisy); tulip 100% (true: rose)" in figure.alt


def test_images_and_titles_must_agree_in_number():
    with pytest.raises(ValueError, match="1 titles or answers came for 2 images"):
        plots.photos_to_scale([photo(3, 3), photo(3, 3)], titles=["one"])
    with pytest.raises(ValueError, match="no image"):
        plots.photos_to_scale([])
    with pytest.raises(ValueError, match="2 images came with 1 labels"):
        plots.worst_mistakes([photo(3, 3)] * 2, [0], answers([1, 0, 0]), NAMES)


def test_times_begin_at_zero_so_that_a_bar_twice_as_long_is_twice_the_time():
    figure = plots.photo_times({"textbook": 0.4, "ours, later": 0.1})
    axis = figure.axes[0]
    bars = [bar.get_width() for bar in axis.patches]
    assert bars == [0.4, 0.1] and axis.get_xlim()[0] == 0
    assert axis.get_xscale() == "linear" and "ours, later 0.10" in figure.alt


def test_a_share_stands_in_the_middle_of_its_range_and_the_alt_text_says_all_three():
    figure = plots.shares_with_intervals(
        {"daisy": accuracy_interval(45, 50), "rose": accuracy_interval(20, 50)},
        chance=0.2,
    )
    ranges = [tuple(line.get_xdata()) for line in lines(figure, "range")]
    assert ranges[0] == pytest.approx((0.786, 0.957), abs=1e-3)
    assert [line.get_xdata()[0] for line in lines(figure, "share")] == [0.9, 0.4]
    assert "daisy 90% (79% to 96%)" in figure.alt and "guessing 20%" in figure.alt


def lines(figure, gid):
    return figure.findobj(
        lambda artist: artist.get_gid() == gid and hasattr(artist, "get_xdata")
    )


def test_no_interval_is_refused():
    with pytest.raises(ValueError, match="no interval"):
        plots.shares_with_intervals({})


def test_a_bar_of_reliability_is_the_share_of_right_answers_among_equally_sure_ones():
    probabilities = answers([0.95, 0.05, 0], [0.92, 0, 0.08], [0.4, 0.55, 0.05])
    figure = plots.reliability({"before": probabilities}, [0, 1, 1], bins=10)
    bars = {
        round(bar.get_x() + bar.get_width() / 2, 2): bar.get_height()
        for bar in figure.axes[0].patches
    }
    assert bars == {0.95: 0.5, 0.55: 1.0}
    assert "before: 81% sure on average, 67% right" in figure.alt


def test_a_certainty_of_exactly_one_has_a_bar():
    figure = plots.reliability({"": answers([1, 0, 0])}, [0])
    assert len(figure.axes[0].patches) == 1


def test_strangers_below_the_line_are_counted():
    figure = plots.certainty_of_strangers(
        {"flowers": [0.9, 0.95, 0.5], "others": [0.3, 0.4]}, threshold=0.6
    )
    assert "flowers 33%; others 100%" in figure.alt
    assert "flowers, 3 photos; others, 2 photos" in figure.alt
    assert "the line is at 0.60" in figure.alt


def test_what_augmentation_makes_stands_beside_the_original():
    photo = np.zeros((20, 30, 3))
    drawing = plots.augmented(photo, [photo] * 7)
    assert drawing.alt.startswith("One photo, and seven changed versions of it")
    assert sum(bool(axis.get_images()) for axis in drawing.axes) == 8
