"""Lesson 07's figures show the boxes and numbers they are given."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from course_utils import boxes, plots

PHOTO = np.full((40, 80, 3), 120, "uint8")


def rectangles(axis):
    return [
        patch
        for patch in axis.patches
        if isinstance(patch, Rectangle) and not patch.get_fill()
    ]


def test_boxes_stand_on_the_pixels_they_name():
    drawing = plots.boxes_on_photos([PHOTO], true=[[0.25, 0.5, 0.75, 1.0]])
    (box,) = rectangles(drawing.axes[0])
    assert (box.get_x(), box.get_y(), box.get_width(), box.get_height()) == (
        39.5,
        9.5,
        40,
        20,
    )
    left, right = drawing.axes[0].get_xlim()
    lower, upper = drawing.axes[0].get_ylim()
    assert left < right and lower > upper  # rows are counted from the top


def test_a_title_of_two_lines_gets_its_room():
    heights = [
        plots.boxes_on_photos(
            [PHOTO], true=[[0, 0, 1, 1]], titles=[title]
        ).get_figheight()
        for title in ("said daisy", "said daisy\nIoU 0.50")
    ]
    assert heights[1] > heights[0] + 0.15


def test_titles_give_the_iou_and_the_alt_text_its_range():
    true, predicted = [[0, 0, 0.5, 0.5]] * 2, [[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.25]]
    drawing = plots.boxes_on_photos([PHOTO, PHOTO], true, predicted)
    assert [axis.get_title() for axis in drawing.axes[:2]] == ["IoU 1.00", "IoU 0.50"]
    assert "IoU from 0.50 to 1.00, on average 0.75" in drawing.alt
    assert [len(rectangles(axis)) for axis in drawing.axes[:2]] == [2, 2]


def test_many_boxes_a_photo_have_names_and_scores_but_no_iou():
    drawing = plots.boxes_on_photos(
        [PHOTO],
        predicted=[[[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]],
        names=[["tulip", "rose"]],
        scores=[[0.9, 0.4]],
    )
    assert [text.get_text() for text in drawing.axes[0].texts] == [
        "tulip 0.90",
        "rose 0.40",
    ]
    assert drawing.axes[0].get_title() == "" and "2 predicted boxes" in drawing.alt


@pytest.mark.parametrize(
    "given", [{"true": [[0, 0, 1, 1]]}, {"titles": ["one"]}, {"names": [["a"]]}]
)
def test_one_entry_a_photo_or_an_error(given):
    with pytest.raises(ValueError, match="1 entries .* for 2 photos"):
        plots.boxes_on_photos([PHOTO, PHOTO], **given)
    with pytest.raises(ValueError, match="at least one"):
        plots.boxes_on_photos([])


def test_the_formats_in_the_figure_are_those_of_convert():
    box = [0.25, 0.1, 0.75, 0.3]
    drawing = plots.box_formats(PHOTO, box)
    written = [axis.texts[-1].get_text() for axis in drawing.axes]
    for text, name in zip(written, ("tfds", "pascal_voc", "coco", "yolo"), strict=True):
        numbers = boxes.convert(box, "tfds", name, PHOTO.shape)
        assert [
            float(number) for number in text.strip("()").split(",")
        ] == pytest.approx(numbers.round(2).tolist())
    assert written[1] in drawing.alt


def test_equal_errors_are_shown_with_their_different_ious():
    drawing = plots.same_error(
        [0.3, 0.3, 0.7, 0.7], [[0.4, 0.4, 0.8, 0.8], [0.4, 0.4, 0.6, 0.6]]
    )
    assert [axis.get_title(loc="center") for axis in drawing.axes] == [
        "MSE 0.0100\nIoU 0.39",
        "MSE 0.0100\nIoU 0.25",
    ]


def test_sliding_losses_are_drawn_as_given():
    drawing = plots.losses_of_a_sliding_box(
        [0, 0.5, 1.0], {"mse": [0, 1, 2], "iou": [0, 1, 1]}, apart=0.5
    )
    lines = drawing.axes[0].get_lines()
    assert [list(line.get_ydata()) for line in lines] == [[0, 1, 2], [0, 1, 1]]
    # told apart without colour, too
    assert len({line.get_linestyle() for line in lines}) == 2
    assert "iou is 1.00 there and 1.00 at the end" in drawing.alt


def test_shares_count_the_photos_that_reach_each_level():
    drawing = plots.iou_shares({"head": [0.2, 0.6, 0.8, 1.0]})
    curve = drawing.axes[0].get_lines()[0]
    share = dict(zip(curve.get_xdata().round(3), curve.get_ydata(), strict=True))
    assert (share[0.0], share[0.5], share[0.7], share[1.0]) == (1, 0.75, 0.5, 0.25)
    assert (
        "mean IoU 0.65, 75% of the photos reach 0.5 and 50% reach 0.75" in drawing.alt
    )
    with pytest.raises(ValueError, match="at least one"):
        plots.iou_shares({"head": []})


def test_pooled_place_shows_the_mean_of_each_map():
    maps = np.zeros((2, 4, 4))
    maps[0, 0, 0] = maps[1, 3, 3] = 8.0
    drawing = plots.pooled_place([PHOTO, PHOTO], maps)
    assert "photo 1: brightest at the left; photo 2: brightest at the r" in drawing.alt
    assert "The bars are nearly equally long." in drawing.alt
    drawing = plots.pooled_place([PHOTO, PHOTO], maps * [[[1]], [[0.3]]])
    assert "The shortest bar has 30 % of the longest." in drawing.alt
    drawing = plots.pooled_place([PHOTO, PHOTO], maps * [[[1]], [[0.8]]])
    assert "The shortest bar has 80 % of the longest." in drawing.alt
    wide = np.zeros((2, 8, 8))
    wide[0, 0, 3] = wide[1, 0, 5] = 8.0
    alt = plots.pooled_place([PHOTO, PHOTO], wide).alt
    assert "brightest at the centre; photo 2: brightest at the right" in alt
    with pytest.raises(ValueError, match="one map per photo"):
        plots.pooled_place([PHOTO], maps)


def test_generalised_iou_hatches_what_neither_box_covers():
    drawing = plots.generalised_iou([0, 0, 0.5, 0.5], [[0.5, 0.5, 1, 1], [0, 0, 1, 1]])
    assert [axis.get_title() for axis in drawing.axes] == [
        "IoU 0.00, GIoU −0.50",
        "IoU 0.25, GIoU 0.25",
    ]
    for axis in drawing.axes:
        [hatched] = [patch for patch in axis.patches if patch.get_hatch()]
        assert (hatched.get_x(), hatched.get_y()) == (-0.5, -0.5)
        assert (hatched.get_width(), hatched.get_height()) == (1, 1)
    assert "what neither covers is hatched" in drawing.alt


def test_two_heads_show_the_picture_its_maps_and_both_answers():
    rng, names = np.random.default_rng(0), ["daisy", "rose", "tulip"]
    photo = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    maps = rng.normal(size=(4, 4, 6)) * [1, 9, 1, 7, 1, 8]
    drawing = plots.two_heads(photo, maps, [0.25, 0.5, 0.75, 1.0], 1, names)
    (plan,) = drawing.axes
    pictures = plan.child_axes
    words = " ".join(text.get_text() for text in plan.texts)
    assert "32×32×3" in words and "4×4×6" in words
    assert all(name in words for name in (*names, "label", "bbox"))
    first, *grids, last = [picture.images[0].get_array() for picture in pictures]
    assert np.array_equal(first, photo) and np.array_equal(last, photo)
    # of the maps, those that vary most; the clearest lies on top
    for shown, channel in zip(grids, (3, 5, 1), strict=True):
        assert np.array_equal(shown, maps[..., channel])
    (box,) = rectangles(pictures[-1])
    assert (box.get_x(), box.get_y()) == (15.5, 7.5)
    assert (box.get_width(), box.get_height()) == (16, 16)
    bars = [patch for patch in plan.patches if type(patch) is Rectangle]
    assert len({bar.get_facecolor() for bar in bars}) == 2
    assert bars[1].get_facecolor() not in {bars[0].get_facecolor()}
    assert bars[0].get_facecolor() == bars[2].get_facecolor()
    assert "here rose" in drawing.alt


def test_paired_runs_shade_what_lies_between_two_means():
    runs = {
        "means": [[0.5, 0.6], [0.6, 0.6]],
        "maps": [[0.6, 0.8], [0.7, 0.9]],
        "giou": [[0.5, 0.9]],
    }
    panels = {
        "places: -0.1": {name: runs[name] for name in ("means", "maps")},
        "loss": {name: runs[name] for name in ("maps", "giou")},
    }
    drawing = plots.paired_runs(panels, baseline=0.4)
    titles = [axis.get_title(loc="left") for axis in drawing.axes]
    assert titles == ["places: −0.1", "loss"]
    for axis, lines in zip(drawing.axes, panels.values(), strict=True):
        means = [np.mean(runs[name], axis=0) for name in lines]
        thin = [line for line in axis.lines if line.get_gid() == "run"]
        thick = [line for line in axis.lines if line.get_marker() == "o"]
        assert len(thin) == sum(len(runs[name]) for name in lines)
        assert np.allclose([line.get_ydata() for line in thick], means)
        assert len({line.get_linestyle() for line in thick}) == 2
        (shade,) = axis.collections
        heights = shade.get_paths()[0].vertices[:, 1]
        assert np.isclose(heights.min(), np.min(means))
        assert np.isclose(heights.max(), np.max(means))
        (level,) = {line.get_ydata()[0] for line in axis.lines[:1]}
        assert level == 0.4
    left, right = ([line.get_color() for line in axis.lines] for axis in drawing.axes)
    assert left[-1] == right[3]  # "maps" has one colour in both panels
    assert "the mean box has 0.40" in drawing.alt
    assert "means ends at 0.60 (mean of 2 runs); maps ends at 0.85" in drawing.alt
