"""What lesson 01's figures draw is what the arithmetic says: windows, zeros, sizes and
values are counted.
"""

import itertools
import math

import numpy as np
import pytest

from course_utils import plots
from course_utils.arithmetic import conv_output_size, same_padding
from course_utils.startup import keras

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (8, 9, 3)).astype("uint8")


def marked(axis, gid):
    return [patch for patch in axis.patches if patch.get_gid() == gid]


def starts(windows):
    """The first input under each window of a padding diagram."""
    return [round(window.get_xy()[:, 0].min() + 0.42) for window in windows]


@pytest.mark.parametrize(
    "size, kernel, stride",
    [(5, 1, 1), (5, 5, 3), (8, 2, 3), (8, 4, 2), (12, 4, 3), (12, 5, 6), (9, 2, 6)],
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_padding_diagram_has_as_many_windows_inputs_and_zeros_as_the_arithmetic_says(
    size, kernel, stride, padding
):
    (axis,) = plots.padding_diagram(size, kernel, stride, padding).axes
    outputs = conv_output_size(size, kernel, stride, padding)
    before, after = same_padding(size, kernel, stride) if padding == "same" else (0, 0)
    assert len(marked(axis, "window")) == len(marked(axis, "output")) == outputs
    assert len(marked(axis, "zero")) == before + after
    assert len(marked(axis, "input")) + len(marked(axis, "ignored")) == size
    assert starts(marked(axis, "window")) == [
        index * stride - before for index in range(outputs)
    ]


def test_a_padding_diagram_greys_out_what_valid_padding_never_reaches():
    (axis,) = plots.padding_diagram(12, 4, 3, "valid").axes
    assert [round(box.get_x() + 0.43) for box in marked(axis, "ignored")] == [10, 11]


def test_two_paddings_stand_one_above_the_other_and_are_both_described():
    drawing = plots.padding_diagram(12, 4, 3, ("valid", "same"))
    assert [len(marked(axis, "window")) for axis in drawing.axes] == [3, 4]
    assert "12 inputs give 3 outputs: 2 inputs ignored" in drawing.alt
    assert "12 inputs give 4 outputs: 0 zeros before, 1 after" in drawing.alt


def test_the_padding_grid_of_the_lesson_has_three_rows_of_four_windows():
    drawing = plots.padding_grid(5, 7, kernel=3, strides=2)
    source, target = drawing.axes
    assert len(marked(source, "centre")) == len(marked(target, "output")) == 3 * 4
    assert (
        len(marked(source, "input")) == 5 * 7
        and len(marked(source, "zero")) == 7 * 9 - 5 * 7
    )
    assert "3 by 4 output" in drawing.alt


def test_rows_and_columns_of_the_padding_grid_are_not_swapped():
    source, target = plots.padding_grid(
        5, 9, kernel=3, strides=2, padding="valid", marked=((1, 3),)
    ).axes
    (window,), chosen = (
        marked(source, "window"),
        max(marked(target, "output"), key=lambda cell: cell.get_linewidth()),
    )
    assert (window.get_x(), window.get_y()) == (3 * 2 - 0.5, 1 * 2 - 0.5)
    assert (chosen.get_x(), chosen.get_y()) == (3 - 0.5, 1 - 0.5)


def test_receptive_fields_overlap_and_leave_no_gap():
    (axis,) = plots.receptive_fields(columns=6, rows=4).axes
    fields = marked(axis, "field")
    assert len(fields) == 24
    # the visual field itself
    corners = [patch for patch in axis.patches if patch.get_gid() is None][0].get_xy()[
        :4
    ]
    for s, t in itertools.product(np.linspace(0.01, 0.99, 15), repeat=2):
        point = (
            corners[0] + s * (corners[1] - corners[0]) + t * (corners[3] - corners[0])
        )
        assert any(field.get_path().contains_point(point) for field in fields)
    shared = fields[0].get_path().vertices[:-1]
    assert any(fields[1].get_path().contains_point(point) for point in shared)


def test_wiring_has_as_many_lines_as_connections_and_as_many_colours_as_weights():
    drawing = plots.connection_patterns(inputs=9, kernel=3)
    connections = [
        [line for line in axis.lines if line.get_gid() == "connection"]
        for axis in drawing.axes
    ]
    assert [len(lines) for lines in connections] == [63, 21, 21]
    assert len({line.get_color() for line in connections[2]}) == 3
    assert all(
        number in drawing.alt for number in ("63 weights", "21 weights", "3 weights")
    )


@pytest.mark.parametrize(
    ("strides", "last", "corner"), [(1, (2, 4), (3.5, 1.5)), (2, (1, 2), (3.5, 1.5))]
)
def test_convolution_steps_show_the_outputs_that_keras_computes(strides, last, corner):
    image, kernel = RNG.integers(0, 5, (5, 6)), RNG.integers(-2, 3, (3, 2))
    drawing = plots.convolution_steps(image, kernel, [(0, 0), last], strides)
    expected = keras.ops.conv(
        image[None, :, :, None].astype("float32"),
        kernel[:, :, None, None].astype("float32"),
        strides=strides,
    )
    expected = keras.ops.convert_to_numpy(expected)[0, :, :, 0]
    shown = drawing.axes[-1].images[0].get_array()
    np.testing.assert_allclose(shown, expected)
    (window,) = marked(drawing.axes[2], "window")
    assert (window.get_x(), window.get_y()) == corner
    assert (window.get_width(), window.get_height()) == (2, 3)
    row, column = last
    said = f"at row {row}, column {column} the output is {expected[last]:.0f}"
    assert said in drawing.alt


def test_outputs_that_are_not_computed_yet_stay_empty():
    drawing = plots.convolution_steps(np.ones((4, 4)), np.ones((2, 2)), [(1, 1)])
    assert (
        np.isnan(drawing.axes[-1].images[0].get_array().filled(np.nan)).sum() == 9 - 5
    )


def test_the_drawn_stack_has_its_channels_maps_and_units():
    (axis,) = plots.feature_map_stack(channels=3, filters=6).axes
    assert [
        len(marked(axis, kind)) for kind in ("channel", "window", "map", "unit")
    ] == [3, 3, 6, 6]
    lines = [line for line in axis.lines if line.get_gid() == "line"]
    assert len(lines) == 3 * 6  # from every window to every unit
    assert len({tuple(line.get_xydata()[-1].round(6)) for line in lines}) == 6


def test_accuracy_maps_keep_rows_and_columns_and_name_the_home():
    accuracy = np.array([[0.5, 0.6, 0.7], [1.0, 0.4, 0.4]])
    drawing = plots.accuracy_by_position({"dense": accuracy}, home=(1, 0))
    axis = drawing.axes[0]
    np.testing.assert_allclose(axis.images[0].get_array(), accuracy)
    (home,) = marked(axis, "home")
    assert (home.get_x(), home.get_y()) == (-0.5, 0.5)
    assert "dense: 100 % at home, 52 % on average elsewhere" in drawing.alt


def test_signal_lines_hold_the_values_they_were_given():
    drawing = plots.signal_by_layer({"He": [1, 0.9, 0.8], "small": [1, 0.1, 0.01]})
    np.testing.assert_allclose(
        [line.get_ydata() for line in drawing.axes[0].lines],
        [[1, 0.9, 0.8], [1, 0.1, 0.01]],
    )
    assert (
        drawing.axes[0].get_yscale() == "log"
        and "small goes from 1 to 0.01" in drawing.alt
    )


def test_memory_bars_add_up():
    layers = {"input": 2e6, "first": 3e6, "second": 8e6, "dense": 1e6}
    drawing = plots.memory_bars(layers, inference=11e6)
    left, right = drawing.axes
    assert [bar.get_width() for bar in left.patches] == [2, 3, 8, 1]
    columns = {0: 0.0, 1: 0.0}
    for bar in right.patches:
        columns[round(bar.get_x() + bar.get_width() / 2)] += bar.get_height()
    assert columns == {0: 11, 1: 14}
    assert len({bar.get_facecolor() for bar in left.patches}) == 4
    named = [words.get_text() for words in right.texts]
    assert named[:2] == ["first", "second"] and "11 MB" in named
    assert "11 MB at inference, 14 MB in training" in drawing.alt


def test_every_figure_of_the_lesson_carries_the_alt_text_it_was_given():
    image = RNG.normal(size=(8, 9))
    calls = {
        plots.receptive_fields: (),
        plots.receptive_field_stack: ([(3, 1)],),
        plots.connection_patterns: (),
        plots.convolution_steps: (image, image[:2, :2], [(0, 0)]),
        plots.padding_diagram: (9, 3),
        plots.padding_grid: (5, 7),
        plots.feature_map_stack: (),
        plots.pencil_drawing: (PHOTO, image),
        plots.digit_samples: (image[None], [7]),
        plots.pixel_distances: (PHOTO, {"dim": PHOTO}, {"dim": 3.2}),
        plots.line_filters: ({"line": image}, [image], [[image]], ["palace"]),
        plots.line_answers: ([[image]], ["palace"], ["line"], 1.5),
        plots.random_feature_maps: (PHOTO / 255, RNG.normal(size=(6, 7, 3))),
        plots.patterns_by_place: ([image], [image]),
        plots.accuracy_by_position: ({"a": np.eye(3)},),
        plots.signal_by_layer: ({"a": [1, 2]},),
        plots.memory_bars: ({"a": 1e6}, 1e6),
    }
    for function, arguments in calls.items():
        assert function(*arguments, alt="in my words").alt == "in my words"
        assert (
            len(function(*arguments).alt) > 30
            and math.prod(function(*arguments).get_size_inches()) > 1
        )


# On photographs -----------------------------------------------------------------------


def test_distances_stand_over_the_changed_images_and_the_nearest_is_named():
    changed = {"moved": PHOTO, "dim": PHOTO // 4, "card": 0 * PHOTO}
    drawing = plots.pixel_distances(
        PHOTO, changed, {"moved": 85.1, "dim": 70.1, "card": 64.7}
    )
    titles = [axis.get_title() for axis in drawing.axes]
    assert titles == ["the original", "moved: 85 away", "dim: 70 away", "card: 65 away"]
    assert "card: 65 away" in drawing.alt and "nearest is 'card'" in drawing.alt


def test_line_filters_have_a_row_per_photograph_beside_the_kernels():
    photos = [RNG.random((6, 9)) for _ in range(2)]
    maps = [[photo / 2, photo / 4] for photo in photos]
    drawing = plots.line_filters(
        {"vertical": np.eye(3), "horizontal": np.eye(3)}, photos, maps, ["a", "b"]
    )
    shown = [axis.images[0].get_array() for axis in drawing.axes if axis.images]
    wanted = [np.eye(3), np.eye(3), photos[0], *maps[0], photos[1], *maps[1]]
    for picture, expected in zip(shown, wanted, strict=True):
        np.testing.assert_allclose(picture, expected)
    assert "3 by 3 weights" in drawing.alt


def test_answers_are_on_one_scale_and_their_shares_are_told():
    strong, weak = np.full((4, 5), 2.0), np.zeros((4, 5))
    drawing = plots.line_answers([[strong, weak]], ["palace"], ["up", "across"], 1.5)
    scales = [axis.images[0].get_clim() for axis in drawing.axes[:2]]
    assert scales == [(0, 1.5), (0, 1.5)]
    assert "palace, up: 100%; palace, across: 0%" in drawing.alt


def test_random_maps_are_named_on_one_scale_around_zero():
    maps = np.stack([np.full((4, 5), value) for value in (-3.0, 1.0, 2.0)], axis=-1)
    drawing = plots.random_feature_maps(PHOTO / 255, maps)
    shown = drawing.axes[1:4]
    assert [axis.get_title() for axis in shown] == ["filter 0", "filter 1", "filter 2"]
    assert {axis.images[0].get_clim() for axis in shown} == {(-3.0, 3.0)}
    assert "1 of the maps are mostly negative and 2 mostly positive" in drawing.alt


def test_the_words_beside_a_pencil_drawing_say_how_much_is_drawn():
    drawn = np.ones((8, 10))
    drawn[:2] = 0
    words = plots.pencil_drawing(PHOTO, drawn, "a palace").alt
    assert "a palace, 8 pixels high and 9 wide" in words
    assert "(25% of the pixels)" in words and "(75%)" in words


def test_digits_stand_under_their_labels():
    drawing = plots.digit_samples(RNG.random((4, 5, 5, 1)), np.array([3, 1, 4, 1]), 3)
    assert [axis.get_title() for axis in drawing.axes] == ["3", "1", "4"]
    assert "3 handwritten digits of 5 by 5 pixels" in drawing.alt
