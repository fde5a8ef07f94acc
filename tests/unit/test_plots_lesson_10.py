"""Lesson 10's figures say what they show."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.distribution import amdahl, gustafson
from course_utils.measured import measured


def words_of(drawing):
    """What is written into a drawing, beside its axes."""
    return " ".join(text.get_text() for text in drawing.axes[0].texts)


def test_lines_by_step_name_their_ends_and_may_be_logarithmic():
    drawing = plots.lines_by_step(
        {"right": [1e-8, 0, 2e-8], "wrong": [0.1, 0.2, 0.4]}, "difference", log=True
    )
    [axis] = drawing.axes
    assert "right from 1e-08 to 2e-08" in drawing.alt
    assert "wrong from 1e-01 to 4e-01" in drawing.alt
    assert axis.get_yscale() == "log"
    drawn = axis.lines[0].get_ydata()
    assert min(drawn) == pytest.approx(1e-8)  # a zero has no place on this axis
    limited = plots.lines_by_step(
        {"right": [1e-8, 1e-7], "wrong": [0.1, 0.2], "ends wrong": [1e-9, 0.1]},
        "difference",
        log=True,
        limit=1e-6,
    )
    assert limited.alt == (
        "difference by step. right at most 1e-06 at all 2 steps; wrong above 1e-06 at "
        "all 2 steps; ends wrong above 1e-06 at step 2 of 2 only."
    )
    plain = plots.lines_by_step({"one": [2, 1]}, "loss")
    assert "one from 2.00 to 1.00" in plain.alt
    assert plain.axes[0].lines[0].get_xdata().tolist() == [1, 2]


def test_step_times_say_both_ends():
    drawing = plots.step_times([10, 20], [0.002, 0.003], 0.001, 0.0001)
    assert "2.0 milliseconds with 10 and 3.0 with 20" in drawing.alt
    assert "5000 and 6667 images per second" in drawing.alt
    np.testing.assert_allclose(drawing.axes[1].lines[0].get_ydata(), [5000, 20 / 0.003])
    assert drawing.axes[1].get_xscale() == "log"
    assert [words.get_text() for words in drawing.axes[1].get_xticklabels()] == [
        "10",
        "20",
    ]


def test_shards_show_every_line_that_is_read_and_who_waits():
    readings = {"FILE": [[[0, 0], [2]], [[1, 1], []]], "DATA": [[[0, 1]], [[0, 2]]]}
    drawing = plots.shards(readings, ["a", "b", "c"])
    assert "FILE, worker 0: reads a, c" in drawing.alt
    assert "FILE, worker 1: reads b; nothing in 1 of 2 steps" in drawing.alt
    assert len(drawing.axes[0].patches) == 5 and len(drawing.axes[1].patches) == 4


@pytest.mark.parametrize("workers", [2, 4])
def test_a_ring_ends_with_all_in_every_piece(workers):
    drawing = plots.ring_pieces(workers)
    panels = [
        [int(text.get_text()) for text in axis.texts if text.get_text()]
        for axis in drawing.axes
    ]
    assert len(panels) == 2 * workers - 1
    assert panels[0] == [1] * workers**2 and panels[-1] == [workers] * workers**2
    after_summing = np.reshape(panels[workers - 1], (workers, workers))
    assert (after_summing == workers).sum(axis=1).tolist() == [1] * workers
    assert f"{workers} workers by {workers} pieces" in drawing.alt


@pytest.mark.parametrize("workers", [2, 4])
def test_a_ring_outlines_what_has_come_from_the_row_above(workers):
    drawing = plots.ring_pieces(workers)
    numbers = [
        np.reshape(
            [int(t.get_text()) for t in axis.texts if t.get_text()], (workers,) * 2
        )
        for axis in drawing.axes
    ]
    assert not drawing.axes[0].patches
    for before, now, axis in zip(numbers, numbers[1:], drawing.axes[1:], strict=False):
        outlined = {
            (round(box.get_y() + 0.45), round(box.get_x() + 0.45))
            for box in axis.patches
        }
        assert outlined == set(map(tuple, np.argwhere(now != before).tolist()))
        arrows = [text for text in axis.texts if not text.get_text()]
        tips = {(round(arrow.xy[1]), round(arrow.xy[0])) for arrow in arrows}
        assert tips == outlined
        assert all(0.5 < arrow.xy[1] - arrow.xyann[1] < 1 for arrow in arrows)
        assert len(axis.lines) == 1  # what leaves the last row for the first


def test_sent_bytes_have_line_and_dots():
    drawing = plots.sent_bytes(1_000_000, {2: 4.1e6}, most=8)
    assert "each worker sends 4.0 with 2 workers and 7.0 with 8" in drawing.alt
    assert "2 workers 4.1" in drawing.alt
    centre, ring, dots = drawing.axes[0].lines
    assert ring.get_ydata()[-1] == pytest.approx(7) and dots.get_ydata()[0] == 4.1
    assert "each worker, counted" in words_of(drawing)
    assert "1,000,000 numbers" in drawing.axes[0].get_title(loc="left")
    nothing = plots.sent_bytes(1_000_000, {})
    assert "Measured" not in nothing.alt and "counted" not in words_of(nothing)


def test_speed_ups_follow_both_laws():
    drawing = plots.speed_ups(0.1, {2: 1.5}, most=16)
    _, more, same, dots = drawing.axes[0].lines
    assert same.get_ydata()[-1] == pytest.approx(amdahl(16, 0.1))
    assert more.get_ydata()[-1] == pytest.approx(gustafson(16, 0.1))
    assert "serial share of 10%" in drawing.alt and "2 workers 1.50" in drawing.alt
    assert dots.get_ydata() == [1.5]
    assert "measured, section 3" in words_of(drawing)
    assert "10%" in drawing.axes[0].get_title(loc="left")
    assert "measured" not in words_of(plots.speed_ups(0.1))


def test_speed_ups_have_ticks_at_equal_distances_also_below_one():
    drawing = plots.speed_ups(0.1, {1: 1, 3: 0.05}, most=16)
    [axis] = drawing.axes
    names = [words.get_text() for words in axis.get_yticklabels()]
    assert names == ["1/16", "1/4", "1", "4", "16"]
    np.testing.assert_allclose(np.diff(np.log(axis.get_yticks())), np.log(4))
    assert "1 worker 1.00; 3 workers 0.05" in drawing.alt


def test_batch_rates_have_a_dot_per_seed():
    result = measured("batch_rates")
    drawing = plots.batch_rates(result)
    sizes, seeds = len(result["plan"]["batch_sizes"]), len(result["seeds"])
    lines = drawing.axes[0].lines
    assert len(lines) == len(result["rules"]) * (seeds + 1)
    assert all(len(line.get_xdata()) == sizes for line in lines)
    assert "one rate: " in drawing.alt and f"mean of {seeds} seeds" in drawing.alt
    assert f"{result['plan']['epochs']} passes" in drawing.axes[0].get_title(loc="left")
