"""Lesson 08's figures say what they show."""

import numpy as np

from course_utils import plots
from course_utils.detection import grid_targets

SCENE = np.zeros((40, 60, 3), "uint8")


def test_answering_places_count_places_and_cells():
    target = grid_targets([[0.1, 0.1, 0.4, 0.5]], [2], 4, 4)
    two_anchors = np.repeat(target, 2, axis=0)
    drawing = plots.answering_places(
        SCENE, [target, two_anchors], ["grid", "anchors"], (4, 4)
    )
    assert "grid: 1 places in 1 of 16 cells" in drawing.alt
    assert "anchors: 2 places in 1 of 16 cells" in drawing.alt
    cells = drawing.axes[0].get_images()[-1]
    assert np.argwhere(cells.get_array()[..., 3]).tolist() == [[1, 1]]
    assert cells.get_extent() == [-0.5, 59.5, 39.5, -0.5]  # over the whole scene


def test_class_maps_name_the_brightest_place():
    heat = np.zeros((3, 4))
    heat[1, 2] = 0.8
    drawing = plots.class_maps(SCENE, [heat], ["rose"])
    assert "rose: at most 0.8, in row 2, column 3" in drawing.alt


def test_class_maps_share_their_colours():
    """The same colour means the same number in each map, and the bar says which."""
    dull, bright = np.full((2, 2), 0.1), np.full((2, 2), 0.4)
    drawing = plots.class_maps(SCENE, [dull, bright], ["rose", "daisy"])
    *_, first, second, bar = drawing.axes
    shown = [axis.get_images()[-1] for axis in (first, second)]
    assert [each.get_clim() for each in shown] == [(0, 0.4)] * 2
    np.testing.assert_allclose(bar.get_ylim(), (0, 0.4))
    assert "from 0 to 0.4 in all maps" in drawing.alt


def test_precision_recall_says_how_far_it_reaches():
    drawing = plots.precision_recall(
        {"rose": (np.array([0, 0.5]), np.array([1, 0.75]))}, [(0.4, 0.9, "chosen")]
    )
    assert "rose reaches recall 0.50 with precision 0.75" in drawing.alt
    assert "chosen: recall 0.40, precision 0.90" in drawing.alt


def test_error_bars_have_the_counts():
    drawing = plots.error_bars({"right": 7, "miss": 2})
    assert "right 7" in drawing.alt and "nobody found 2" in drawing.alt


def test_error_bars_use_the_names_that_error_kinds_gives():
    from course_utils.detection.errors import KINDS

    drawing = plots.error_bars(dict.fromkeys(KINDS, 1))
    written = [label.get_text() for label in drawing.axes[0].get_yticklabels()]
    for kind, words in zip(KINDS, written, strict=True):
        assert words.split(":")[0] == kind


def test_predicted_boxes_have_names_of_their_own():
    box = [[0.2, 0.1, 0.5, 0.5]]
    drawing = plots.boxes_on_photos(
        [SCENE], [box], [box], names=[["rose"]], predicted_names=[["daisy"]]
    )
    rose, daisy = drawing.axes[0].texts
    assert (rose.get_text(), daisy.get_text()) == ("rose", "daisy")
    assert rose.get_ha() == "left" and daisy.get_ha() == "right"
    np.testing.assert_allclose(rose.get_position(), (5.5, 7.5))
    np.testing.assert_allclose(daisy.get_position(), (29.5, 19.5))


def test_the_contest_shows_each_seed_and_the_mean():
    run = lambda ap50: {"test": {"AP50": ap50, "AP": ap50 / 2}}
    result = {
        "heads": {"grid": {"runs": [run(0.6), run(0.8)]}},
        "baselines": {"mean boxes": {"AP50": 0.1, "AP": 0.0}},
    }
    drawing = plots.contest_of_heads(result)
    assert "grid AP50 0.70 on average; grid AP 0.35 on average" in drawing.alt
    assert drawing.axes[0].lines[0].get_xdata().tolist() == [0.6, 0.8]


def test_the_names_of_a_crowd_of_boxes_cover_no_other_name():
    crowd = [
        [0.60, 0.55, 0.80, 0.75],
        [0.62, 0.60, 0.85, 0.78],
        [0.60, 0.80, 0.80, 0.97],
    ]
    edge = [[0.0, 0.0, 0.15, 0.2], [0.02, 0.02, 0.2, 0.25], [0.9, 0.0, 1.0, 0.2]]
    true = np.array([*crowd, *edge])
    found = np.clip(np.concatenate([true + 0.02, true[:3] - 0.02]), 0, 1)
    drawing = plots.boxes_on_photos(
        [np.zeros((160, 160, 3), "uint8")],
        true=[true],
        predicted=[found],
        names=[["dandelion"] * len(true)],
        predicted_names=[["sunflowers"] * len(found)],
        size=3.4,
    )
    drawing.draw_without_rendering()
    axis = drawing.axes[0]
    places = [text.get_bbox_patch().get_window_extent() for text in axis.texts]
    assert len(places) == len(true) + len(found)
    for number, place in enumerate(places):
        # the padding of a patch may touch the edge
        assert axis.bbox.padded(2).containsx(place.x0)
        assert axis.bbox.padded(2).containsx(place.x1)
        assert axis.bbox.padded(2).containsy(place.y0)
        assert axis.bbox.padded(2).containsy(place.y1)
        for other in places[:number]:
            shared = place.intersection(place, other)
            assert shared is None or min(shared.width, shared.height) < 1
