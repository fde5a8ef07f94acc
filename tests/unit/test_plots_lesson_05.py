"""The pictures of lesson 05 show what they are given, and say it in words."""

import numpy as np
import pytest

from course_utils import plots


def test_filters_are_drawn_grey_for_zero_and_coloured_where_channels_differ():
    kernels = np.zeros((3, 3, 3, 4))
    kernels[..., 0] = np.linspace(-1, 1, 9).reshape(3, 3, 1)  # an edge without colour
    kernels[:, :, 0, 1] = 1  # red
    drawing = plots.filter_grid(kernels)
    pictures = [axis.images[0].get_array() for axis in drawing.axes if axis.images]
    assert len(pictures) == 4 and np.allclose(pictures[3], 0.5)
    assert np.allclose(pictures[1][0, 0], (1, 0.5, 0.5)) and np.allclose(
        pictures[0][0, 0], 0
    )
    assert (
        "4 filters of 3 by 3" in drawing.alt
        and "1 are clearly coloured, 3 mostly grey" in drawing.alt
    )


def test_a_filter_of_next_to_nothing_is_not_blown_up_to_vivid_colours():
    kernels = np.zeros((3, 3, 3, 2))
    kernels[..., 0] = 1
    kernels[:, :, 0, 1] = 1e-4  # what rounding left
    strong, faint = [
        axis.images[0].get_array()
        for axis in plots.filter_grid(kernels).axes
        if axis.images
    ]
    assert np.allclose(strong, 1) and np.abs(faint - 0.5).max() < 0.01


def test_maps_by_depth_draws_the_liveliest_maps_beside_the_photo_at_their_resolution():
    photo = np.full((40, 60, 3), 200, "uint8")
    maps = np.zeros((4, 6, 5))
    maps[..., 3] = np.arange(24).reshape(4, 6)
    drawing = plots.maps_by_depth(photo, {"early": maps, "late": maps[:2, :3]}, count=2)
    grid = np.array(drawing.axes).reshape(2, 3)
    np.testing.assert_array_equal(grid[0, 1].images[0].get_array(), maps[..., 3])
    assert grid[0, 0].images[0].get_array().shape == (4, 6, 3) and grid[1, 0].images[
        0
    ].get_array().shape == (2, 3, 3)
    assert "early, 4 by 6, 5 maps, 80% flat" in drawing.alt


def test_heat_maps_say_where_it_is_hot():
    heat = np.zeros((30, 30))
    heat[20:, 20:] = 1
    drawing = plots.heat_maps(
        [np.zeros((30, 30, 3))] * 2,
        [heat, np.zeros((30, 30))],
        titles=["corner", "nothing"],
    )
    assert (
        "corner: hottest at bottom right, 10 % of the picture above half" in drawing.alt
    )
    assert "nothing: no heat anywhere" in drawing.alt


def test_preprocessings_are_compared_by_their_ranges_and_answers():
    photo = np.arange(0, 192, dtype=float).reshape(8, 8, 3)
    answers = {"right": [("c1", "bell_cote", 0.8)], "wrong": [("c2", "rug", 0.004)]}
    drawing = plots.preprocessing_comparison(
        {"right": photo / 127.5 - 1, "wrong": photo},
        answers,
        seen=(-1, 1),
        right="right",
    )
    assert "right: values from −1 to 0.5, answer bell cote with 80%" in drawing.alt
    assert "wrong: values from 0 to 191, answer rug with under 1%" in drawing.alt
    # as a network that takes −1...1 would see raw pixels
    shown = drawing.axes[1].images[0].get_array()
    assert shown.min() == 0.5 and shown.max() == 1


def test_answers_are_bars_and_the_true_one_is_green():
    given = [("a", "bell_cote", 0.7), ("b", "vase", 0.2)]
    drawing = plots.answer_bars([np.zeros((8, 8, 3))], [given], truth=["bell cote"])
    bars = drawing.axes[1].patches
    assert (
        bars[0].get_width() == 0.7
        and bars[0].get_facecolor() != bars[1].get_facecolor()
    )
    assert "bell cote: bell cote 70%, vase 20%" in drawing.alt


def test_every_network_of_the_table_is_one_dot():
    from course_utils.backbones import applications

    table = applications()
    drawing = plots.application_scatter(table)
    dots = sum(
        len(group.get_offsets())
        for group in drawing.axes[0].collections
        if group.get_gid() == "networks"
    )
    assert dots == len(table) == 40
    assert (
        "from mobilenet_v3_small" in drawing.alt and "VGG 71.3 to 71.3 %" in drawing.alt
    )


def test_measured_times_stand_in_the_alt_text():
    from course_utils.backbones import applications

    table = (
        applications().set_index("name").loc[["resnet50", "mobilenet_v2"]].reset_index()
    )
    table["milliseconds"] = [200.0, 40.0]
    drawing = plots.speed_size_accuracy(table)
    assert (
        "mobilenet_v2 71.3 % in 40 ms, 14 MB; resnet50 74.9 % in 200 ms, 102 MB"
        in drawing.alt
    )
    table["milliseconds"] = 0.0
    with pytest.raises(ValueError, match="above zero"):
        plots.speed_size_accuracy(table)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: plots.filter_grid(np.zeros((3, 3, 8, 4))), "have no colours"),
        (lambda: plots.maps_by_depth(np.zeros((4, 4, 3)), {}), "at least one"),
        (
            lambda: plots.maps_by_depth(np.zeros((4, 4, 3)), {"a": np.zeros((4, 4))}),
            r"shape \(4, 4\)",
        ),
        (
            lambda: plots.heat_maps([np.zeros((4, 4, 3))], []),
            "each photograph needs one",
        ),
        (
            lambda: plots.heat_maps([np.zeros((4, 4, 3))], [np.zeros((5, 4))]),
            "sizes must be equal",
        ),
        (lambda: plots.preprocessing_comparison({}), "at least one"),
        (
            lambda: plots.preprocessing_comparison(
                {"a": np.zeros((4, 4, 3))}, {"b": []}
            ),
            "answers for b",
        ),
        (lambda: plots.answer_bars([], []), "each needs one"),
    ],
)
def test_a_picture_that_cannot_be_drawn_says_why(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_ways_into_a_square_say_what_each_does_to_the_palace():
    wide, square = np.zeros((40, 60, 3)), np.zeros((40, 40, 3))
    drawing = plots.fitted_into_squares({"as it came": wide, "squeezed": square})
    assert "as it came, wide; squeezed into a square" in drawing.alt
    with pytest.raises(KeyError):
        plots.fitted_into_squares({"stretched": wide})
