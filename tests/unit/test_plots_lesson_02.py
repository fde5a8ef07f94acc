"""What the pictures of lesson 02 show is what was computed."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.invariance import moved, pool2d

IMAGE = np.array(
    [
        [3, 0, 2, 7, 1],
        [1, 4, 6, 2, 0],
        [8, 2, 0, 3, 5],
        [0, 9, 1, 1, 4],
        [1, 5, 2, 6, 9],
    ]
)


def with_gid(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def texts(figure, gid):
    return sorted(text.get_text() for text in with_gid(figure, gid))


def line(figure, panel, name):
    (found,) = [line for line in figure.axes[panel].lines if line.get_label() == name]
    return found


def test_each_window_is_drawn_once_and_its_maximum_is_bold():
    figure = plots.pooling_steps(IMAGE)
    assert len(with_gid(figure, "window")) == len(with_gid(figure, "pooled")) == 4
    assert texts(figure, "winner") == sorted(["4", "7", "9", "3"])


def test_every_number_of_the_image_is_written_where_it_stands():
    figure = plots.pooling_steps(IMAGE)
    written = {
        (int(text.get_position()[1]), int(text.get_position()[0])): int(text.get_text())
        for text in with_gid(figure, "winner") + with_gid(figure, "number")
    }
    assert written == {place: value for place, value in np.ndenumerate(IMAGE)}


def test_six_windows_have_six_colours():
    figure = plots.pooling_steps(np.vstack([IMAGE, IMAGE[:1]])[:, :4])
    colours = {patch.get_edgecolor() for patch in with_gid(figure, "window")}
    assert len(colours) == 6


def test_the_circles_of_the_law_have_a_legend():
    figure = plots.share_curves(
        [0, 1], {"a": {"x": [1, 0]}}, "shift", expected={"x": [1, 0.2]}
    )
    words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert words == ["measured", "by the law"]
    without = plots.share_curves([0, 1], {"a": {"x": [1, 0]}}, "shift")
    assert without.axes[0].get_legend() is None


def test_image_matrix_says_how_bright_each_image_is():
    rows = {"max": [np.full((2, 2), 0.5), np.full((2, 2), 0.75)]}
    assert "max 0.50, 0.75" in plots.image_matrix(rows, ["small", "large"]).alt


def test_what_fills_no_window_is_hatched():
    ignored = {
        (int(patch.get_y()), int(patch.get_x()))
        for patch in with_gid(plots.pooling_steps(IMAGE), "ignored")
    }
    assert ignored == {
        (row, column) for row in range(5) for column in range(5) if 4 in (row, column)
    }
    assert not with_gid(plots.pooling_steps(IMAGE[:4, :4]), "ignored")


def test_overlapping_windows_leave_nothing_out():
    figure = plots.pooling_steps(IMAGE, window=3, stride=1)
    assert len(with_gid(figure, "pooled")) == 9 and not with_gid(figure, "ignored")


def test_the_highlight_frames_the_window_and_its_result():
    figure = plots.pooling_steps(np.vstack([IMAGE, IMAGE[:1]]), highlight=(2, 0))
    window, result = with_gid(figure, "highlight")
    assert (
        window.get_xy() == (0, 4)
        and window.get_width() == 2
        and result.get_width() == 1
    )
    assert "1, 5, 3, 0 becomes 5" in figure.alt


def test_averages_are_written_with_the_digits_they_need():
    alt = plots.pooling_steps(IMAGE[:4, :4], how="mean").alt
    assert "2, 4.25; 4.75, 1.25" in alt and "average" in alt


def test_shift_comparison_outlines_exactly_what_differs():
    image = np.zeros((4, 8), int)
    image[:, 2] = 1
    images = [moved(image, right) for right in (0, 1, 2)]
    pooled = [pool2d(each) for each in images]
    figure = plots.shift_comparison(images, pooled, ["A", "B", "C"])
    outlined = [
        (int(patch.get_y()), int(patch.get_x()))
        for patch in with_gid(figure, "changed")
    ]
    assert outlined == [
        tuple(map(int, place)) for place in np.argwhere(pooled[2] != pooled[0])
    ]
    assert outlined == [(0, 1), (0, 2), (1, 1), (1, 2)]
    assert (
        "B: equal to the first" in figure.alt
        and "C: 4 of 8 values differ" in figure.alt
    )


def test_image_matrix_shows_the_images_it_was_given():
    rng = np.random.default_rng(0)
    rows = {
        "one": [rng.random((4, 6, 3)), rng.random((2, 3, 3))],
        "two": [rng.random((4, 6)), rng.random((2, 3))],
    }
    figure = plots.image_matrix(rows, ["large", "small"], tinted=["two"])
    shown = [axis.images[0].get_array() for axis in figure.axes]
    for array, image in zip(shown, rows["one"] + rows["two"], strict=True):
        np.testing.assert_allclose(array, image)
    assert figure.axes[2].images[0].get_clim() == figure.axes[3].images[0].get_clim()


def test_mask_overlays_keep_colours_inside_and_fade_them_outside():
    photo = np.full((10, 12, 3), 40, np.uint8)
    mask = np.zeros((10, 12), bool)
    mask[2:6, 3:9] = True
    figure = plots.mask_overlays(photo, {"half": mask})
    shown = figure.axes[0].images[0].get_array()
    assert (shown[mask] == 40).all() and (shown[~mask] > 150).all()
    assert "half (20% of the picture)" in figure.alt


def test_curves_hold_the_shares_given_and_the_alt_says_them():
    panels = {
        "left": {"max": [1, 0.5, 0.25], "average": [1, 0.4, 0.2]},
        "right": {"max": [1, 0.9, 0.8]},
    }
    figure = plots.share_curves(
        [0, 1, 2], panels, ["pixels", "degrees"], expected={"max": [1, 0.6, 0.3]}
    )
    np.testing.assert_allclose(line(figure, 0, "average").get_ydata(), [1, 0.4, 0.2])
    np.testing.assert_allclose(line(figure, 1, "max").get_ydata(), [1, 0.9, 0.8])
    assert [axis.get_xlabel() for axis in figure.axes] == ["pixels", "degrees"]
    np.testing.assert_allclose(
        with_gid(figure, "expected")[0].get_ydata(), [1, 0.6, 0.3]
    )
    assert "left: max 100%, 50%, 25%; average 100%, 40%, 20%." in figure.alt


def test_a_name_keeps_its_colour_from_panel_to_panel():
    figure = plots.share_curves(
        [0, 1], {"a": {"x": [1, 0], "y": [1, 1]}, "b": {"y": [0, 1]}}, "shift"
    )
    assert (
        line(figure, 0, "y").get_color()
        == line(figure, 1, "y").get_color()
        != line(figure, 0, "x").get_color()
    )


def test_the_alt_of_long_curves_gives_their_range():
    shares = np.linspace(0.2, 0.8, 24)
    assert (
        "from 20% to 80%"
        in plots.share_curves(range(24), {"": {"max": shares}}, "angle").alt
    )


def test_labels_at_the_ends_of_lines_do_not_overlap():
    figure = plots.share_curves(
        [0, 1], {"": {"a": [1, 0.5], "b": [1, 0.501], "c": [1, 0.502]}}, "shift"
    )
    heights = sorted(text.xy[1] for text in figure.axes[0].texts)
    assert np.diff(heights).min() > 0.05


def test_as_many_x_labels_as_panels():
    with pytest.raises(ValueError, match="1 x labels came for 2 panels"):
        plots.share_curves([0, 1], {"a": {"x": [1, 0]}, "b": {"x": [1, 0]}}, ["pixels"])


def test_depth_pool_diagram_marks_the_largest_of_each_group():
    figure = plots.depth_pool_diagram([2, 7, 1, 4, 4, 9], pool_size=3)
    assert (
        texts(figure, "winner") == ["7", "9"] and len(with_gid(figure, "pooled")) == 2
    )
    assert figure.alt.endswith("goes on: 7, 9.")
    with pytest.raises(ValueError, match="6 channels do not divide into groups of 4"):
        plots.depth_pool_diagram([2, 7, 1, 4, 4, 9], pool_size=4)


def test_global_average_bars_are_as_long_as_the_averages():
    maps = np.random.default_rng(0).random((2, 4, 6, 3))
    averages = maps.mean(axis=(1, 2))
    figure = plots.global_average_diagram(
        maps, averages, ["p", "q", "r"], ["one", "two"]
    )
    bars = [
        bar.get_width()
        for axis in figure.axes
        for container in axis.containers
        for bar in container
    ]
    np.testing.assert_allclose(bars, averages.ravel())
    np.testing.assert_allclose(figure.axes[5].images[0].get_array(), maps[1, :, :, 1])
    assert f"r {averages[1, 2]:.3f}" in figure.alt


DRAWN = {
    "steps": lambda alt: plots.pooling_steps(IMAGE, alt=alt),
    "shift": lambda alt: plots.shift_comparison(
        [IMAGE[:4, :4]] * 2, [pool2d(IMAGE[:4, :4])] * 2, "AB", alt=alt
    ),
    "matrix": lambda alt: plots.image_matrix(
        {"grey": [IMAGE]}, ["five by five"], alt=alt
    ),
    "masks": lambda alt: plots.mask_overlays(
        np.zeros((4, 4, 3), np.uint8), {"a": np.eye(4)}, alt=alt
    ),
    "curves": lambda alt: plots.share_curves(
        [1, 2], {"a": {"b": [0, 1]}}, "c", alt=alt
    ),
    "depth": lambda alt: plots.depth_pool_diagram([1, 2], 2, alt=alt),
    "global": lambda alt: plots.global_average_diagram(
        np.ones((1, 2, 2, 1)), np.ones((1, 1)), "a", "b", alt=alt
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_draws_has_words_and_takes_other_words(name):
    figure = DRAWN[name](None)
    assert len(figure.alt) > 40 and figure.png()[:4] == b"\x89PNG"
    assert DRAWN[name]("other words").alt == "other words"
