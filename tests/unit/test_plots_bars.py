"""Bars are as long as their numbers."""

from course_utils import plots


def test_count_bars_are_as_long_as_their_numbers():
    drawing = plots.count_bars({"dense": 10_000_000, "shared": 490}, "weights")
    assert [bar.get_width() for bar in drawing.axes[0].patches] == [10_000_000, 490]
    assert "dense 10,000,000; shared 490" in drawing.alt
