"""Intervals, against their definitions and against simulated experiments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.uncertainty import (
    Interval,
    accuracy_interval,
    mean_interval,
    paired_difference,
)


def wilson(correct, total, z=1.959964):
    """The formula as Wilson wrote it."""
    share = correct / total
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = (
        z
        * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
        / (1 + z**2 / total)
    )
    return middle - half, middle + half


@pytest.mark.parametrize("correct, total", [(324, 360), (0, 20), (20, 20), (1, 3)])
def test_the_interval_of_an_accuracy_is_wilsons(correct, total):
    interval = accuracy_interval(correct, total)
    assert interval.estimate == correct / total
    assert (interval.low, interval.high) == pytest.approx(wilson(correct, total))


@given(st.integers(1, 500), st.data())
def test_the_interval_holds_its_estimate_and_stays_within_0_and_1(total, data):
    correct = data.draw(st.integers(0, total))
    interval = accuracy_interval(correct, total)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


def test_four_times_the_images_halve_the_interval():
    few, many = accuracy_interval(900, 1000), accuracy_interval(3600, 4000)
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(2, abs=0.02)


def test_95_of_100_intervals_hold_the_true_accuracy():
    rng = np.random.default_rng(0)
    held = [
        0.9 in accuracy_interval(int(count), 360)
        for count in rng.binomial(360, 0.9, size=1000)
    ]
    assert 0.93 < np.mean(held) < 0.97


def test_95_of_100_intervals_hold_the_true_mean_of_three_runs():
    runs = np.random.default_rng(0).normal(5, 2, size=(2000, 3))
    assert 0.94 < np.mean([5 in mean_interval(three) for three in runs]) < 0.96


def test_the_mean_of_three_runs_by_hand():
    interval = mean_interval([90, 91, 92])
    assert interval.estimate == 91
    half = 4.302653 * 1 / np.sqrt(3)  # t for two degrees of freedom, deviation of 1
    assert (interval.low, interval.high) == pytest.approx((91 - half, 91 + half))
    assert mean_interval([7, 7]) == Interval(7, 7, 7)


def test_pairs_share_what_makes_a_seed_lucky():
    luck = np.array([0.0, 3, 6])
    ours, theirs = 80 + luck + [0.9, 1.0, 1.1], 80 + luck
    difference = paired_difference(ours, theirs)
    assert difference.estimate == pytest.approx(1)
    assert 0 not in difference and difference.high - difference.low < 1
    assert mean_interval(ours).high - mean_interval(ours).low > 10
    assert paired_difference(theirs, ours).estimate == pytest.approx(-1)


def test_more_confidence_is_a_longer_interval():
    for interval in (
        lambda sure: accuracy_interval(9, 10, sure),
        lambda sure: mean_interval([1, 2, 4], sure),
        lambda sure: paired_difference([1, 2, 4], [1, 1, 1], sure),
    ):
        narrow, wide = interval(0.5), interval(0.99)
        assert wide.low < narrow.low < narrow.high < wide.high


def test_an_interval_writes_all_three_numbers_alike():
    assert f"{accuracy_interval(324, 360):.1%}" == "90.0% (86.5% to 92.7%)"
    assert f"{Interval(1.24, 0, 3):+.1f} points" == "+1.2 (+0.0 to +3.0) points"
    assert str(Interval(0.5, 0.25, 0.75)) == "0.5 (0.25 to 0.75)"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: accuracy_interval(0.9, 360), "instead of the count"),
        (lambda: accuracy_interval(361, 360), "from 0 to 360"),
        (lambda: accuracy_interval(0, 0), "total is 0"),
        (lambda: accuracy_interval(9, 10, 95), "confidence is 95"),
        (lambda: mean_interval([1]), "One run says nothing"),
        (lambda: mean_interval([[1, 2], [3, 4]]), "shape"),
        (lambda: mean_interval([1, np.nan]), "finite"),
        (lambda: mean_interval([1, 2], 0), "confidence is 0"),
        (lambda: paired_difference([1, 2], [1, 2, 3]), "partner with the same seed"),
    ],
)
def test_what_makes_no_interval_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
