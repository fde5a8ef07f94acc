"""Notebook 02b: the law behind the curve, the sawtooth and its cure, turned filters."""

from functools import cache

import numpy as np

from claims import claims_of
from claims.lesson_02 import HOW, edges, edges_kept_after, grey
from course_utils.datasets import load_digits_28
from course_utils.invariance import (
    crop_moved,
    expected_share_unchanged,
    pool2d,
    rotated,
    share_unchanged,
)


def noise_kept(window):
    noise = np.random.default_rng(0).random((427, 640))
    before = pool2d(crop_moved(noise), window)
    return share_unchanged(before, pool2d(crop_moved(noise, right=1), window))


def patterns(images):
    centred = images - images.mean(axis=(1, 2), keepdims=True)
    return centred / np.linalg.norm(centred, axis=(1, 2), keepdims=True)


@cache
def digits_turned():
    """Answers of 10 × 12 turned filters to the test digits, for angles 0, 15, ...

    345: (angles, digits, 120).
    """
    (images, labels), (tested, tested_labels) = load_digits_28()
    means = [images[labels == digit].mean(axis=0) / 255 for digit in range(10)]
    turns = np.arange(0, 360, 30)
    banks = np.concatenate(
        [patterns(rotated(np.repeat(mean[None], 12, axis=0), turns)) for mean in means]
    )
    flat = banks.reshape(120, -1).T
    angles = range(0, 360, 15)
    answers = [
        patterns(rotated(tested / 255, angle)).reshape(len(tested), -1) @ flat
        for angle in angles
    ]
    return np.stack(answers).astype("float32"), tested_labels


def weakest_share_for_sevens(filters):
    """The weakest mean answer over a full turn as a share of the strongest."""
    from course_utils.layers import DepthPool

    answers, labels = digits_turned()
    sevens = answers[:, labels == 7, 84 : 84 + filters]
    by_angle = np.asarray(DepthPool(filters)(sevens)).mean(axis=(1, 2))
    return by_angle.min() / by_angle.max()


def digits_right(depth_pooled):
    """(worst, best) share of digits recognised over all angles."""
    from course_utils.layers import DepthPool

    answers, labels = digits_turned()
    classes = (
        np.asarray(DepthPool(12)(answers)) if depth_pooled else answers[:, :, ::12]
    )
    shares = (classes.argmax(axis=-1) == labels).mean(axis=1)
    return [shares.min(), shares.max()]


def confused(true, predicted):
    """The share of turned digits of one class that the banks take for another."""
    from course_utils.layers import DepthPool

    answers, labels = digits_turned()
    chosen = np.asarray(DepthPool(12)(answers)).argmax(axis=-1)
    return np.mean(chosen[:, labels == true] == predicted)


def confused_upright(true, predicted):
    """The same share for the ten upright filters and digits that are not turned."""
    answers, labels = digits_turned()
    chosen = answers[0, :, ::12].argmax(axis=-1)
    return np.mean(chosen[labels == true] == predicted)


def most_confused():
    return max(
        (confused(true, other), true, other)
        for true in range(10)
        for other in range(10)
        if true != other
    )


def kept(photo, window, shift):
    before, after = (
        pool2d(crop_moved(grey()[photo], right=right), window) for right in (0, shift)
    )
    return share_unchanged(before, after, 1e-9)


def blurred_max(image):
    from course_utils.layers import BlurPool

    maps = pool2d(image, 2, 1).astype("float32")[None, :, :, None]
    return np.asarray(BlurPool(2)(maps))[0, :, :, 0]


def error_of_moving_along(pool):
    """After one pixel: what differs from half a cell, per the map's own variation."""
    before, after = (pool(crop_moved(edges(grey()[0]), right=s)) for s in (0, 1))
    between = (before[:, :-1] + before[:, 1:]) / 2
    return np.abs(after[:, 1:] - between).mean() / np.abs(before - before.mean()).mean()


claim = claims_of("02b_pooling_as_research")

CLAIMS = [
    claim(
        "(4 − 1) / (4 + 1) = {0.6}. </details> First the test on pure noise",
        lambda: expected_share_unchanged(4, 1),
    ),
    claim(
        "The law for 2×2 and 1 px, on noise | one {third}",
        lambda: noise_kept(2),
        within=0.005,
    ),
    claim(
        "For 2×2 the law fits well at one pixel; at two pixels it says {0} and {9 %} "
        "are measured",
        lambda: [expected_share_unchanged(2, 2), kept(1, 2, 2)],
        within=0.01,
    ),
    claim(
        "For 2×2 the law fits well at one pixel",
        lambda: bool(abs(kept(1, 2, 1) - expected_share_unchanged(2, 1)) < 0.05),
    ),
    claim(
        "For larger windows the photograph falls short of the law.",
        lambda: all(
            kept(1, window, 1) < expected_share_unchanged(window, 1) - 0.05
            for window in (8, 16)
        ),
    ),
    claim(
        "two poolings of 2×2 in a row are one of 4×4",
        lambda: np.array_equal(pool2d(pool2d(grey()[0])), pool2d(grey()[0], 4)),
    ),
    claim(
        "(w − 1) / (w + 1) ≥ 0.9 gives w ≥ {19}: large windows",
        lambda: next(w for w in range(1, 99) if expected_share_unchanged(w, 1) >= 0.9),
    ),
    claim(
        "Edges still found after a turn by 1° | max {49 %}, average {41 %}, stride "
        "only {31 %}",
        lambda: [edges_kept_after(how, degrees=1) for how in HOW],
        within=0.02,
    ),
    claim(
        "after 4 degrees {three quarters} of the edges are gone",
        lambda: 1 - edges_kept_after("max", degrees=4),
        within=0.03,
    ),
    claim(
        "Pooling helps here too: both kinds stay above the dashed line.",
        lambda: bool(
            edges_kept_after("max", zoom=1.02)
            > edges_kept_after("mean", zoom=1.02)
            > edges_kept_after("first", zoom=1.02) + 0.05
        ),
    ),
    claim(
        "Error of moving along, 1 px | stride only {76 %}, average {42 %}, max {40 %}, "
        "max and blur {16 %}",
        lambda: [
            *(
                error_of_moving_along(lambda image, how=how: pool2d(image, how=how))
                for how in ("first", "mean", "max")
            ),
            error_of_moving_along(blurred_max),
        ],
        within=0.01,
    ),
    claim(
        "over 12 turned filters | weakest answer over the circle {93 %} of the "
        "strongest; one filter {31 %}",
        lambda: [weakest_share_for_sevens(filters) for filters in (12, 1)],
        within=0.02,
    ),
    claim(
        "turned digits | upright filters {14} to {85} %; with `DepthPool` {74} to {83} "
        "%",
        lambda: [
            100 * share
            for depth_pooled in (False, True)
            for share in digits_right(depth_pooled)
        ],
        within=2,
    ),
    claim(
        "Turned digits confused by the bank | 7 called 1: {28 %} (nothing turned: "
        "{0 %}); 6 called 9: {1 %}",
        lambda: [confused(7, 1), confused_upright(7, 1), confused(6, 9)],
        within=0.02,
    ),
    claim(
        "A one is taken for a nine as often with nothing turned",
        lambda: bool(abs(confused_upright(1, 9) - confused(1, 9)) < 0.05),
    ),
    claim(
        "and a three nearly a two: these confusions come with the turning.",
        lambda: all(
            confused_upright(*pair) < 0.05 < 0.1 < confused(*pair)
            for pair in ((7, 1), (3, 2))
        ),
    ),
    claim("A seven, turned, is nearly a one", lambda: most_confused()[1:] == (7, 1)),
]
