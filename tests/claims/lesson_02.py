"""Lesson 02: what pooling computes, what it ignores, and what it throws away."""

from functools import cache

import numpy as np

from claims import claims_of
from course_utils.arithmetic import dense_cost, pool_output_size
from course_utils.datasets import load_digits_28, load_photos
from course_utils.invariance import (
    crop_moved,
    expected_share_unchanged,
    moved,
    pool2d,
    rotated,
    share_moved_along,
    share_unchanged,
)

HOW = ("max", "mean", "first")


def keras_layer(name, *arguments, **keywords):
    from course_utils.startup import keras

    return getattr(keras.layers, name)(*arguments, **keywords)


def keras_pooled(image, name="MaxPooling2D"):
    """The lesson's other way to pool: the Keras layer, on one grey image."""
    return np.asarray(
        keras_layer(name, 2)(np.asarray(image, "float32")[None, :, :, None])
    )[0, :, :, 0]


# The three images, one pixel apart ----------------------------------------------------


def letter():
    image = np.zeros((8, 10), int)
    image[1:7, 2] = 1
    image[1, 2:5] = image[4, 2:5] = 1
    return image


def pooled_letter(right):
    image = moved(letter(), right)
    result = pool2d(image)
    np.testing.assert_array_equal(result, keras_pooled(image))
    return result


BARS = [(width, start) for width in (1, 2, 3, 4) for start in (2, 3)]


def unnoticed_bars():
    """Of bars of width 1 to 4, begun in an even or an odd column: those that a shift by
    one pixel leaves the same.
    """
    found = []
    for width, start in BARS:
        bar = np.zeros((2, 12), int)
        bar[:, start : start + width] = 1
        if np.array_equal(pool2d(bar), pool2d(moved(bar, 1))):
            found.append((width, start))
    return found


def padded_average(value):
    """The lower right average of 3 by 3 equal numbers, with "same" padding."""
    layer = keras_layer("AveragePooling2D", 2, padding="same")
    return float(layer(np.full((1, 3, 3, 1), value))[0, -1, -1, 0])


def dropped_of_64():
    """The share of 64 different numbers that 2×2 pooling drops."""
    grid = np.random.default_rng(0).permutation(64).reshape(8, 8)
    return 1 - np.isin(np.arange(64), pool2d(grid)).mean()


# The photographs ----------------------------------------------------------------------


@cache
def grey():
    red, green, blue = np.moveaxis(load_photos().images / 255, -1, 0)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def unchanged(how, shift, tolerance, photo=0, window=2):
    before = pool2d(crop_moved(grey()[photo]), window, how=how)
    return share_unchanged(
        before,
        pool2d(crop_moved(grey()[photo], right=shift), window, how=how),
        tolerance,
    )


def edges(image):
    return np.maximum(image[:, 2:] - image[:, :-2], 0)


def still_found(before, after):
    found = before > before.std()
    return share_unchanged(before[found], after[found], before[found] / 4)


def edges_kept(how, shift, window=2):
    map_of_edges = edges(grey()[0])
    pooled = [
        pool2d(crop_moved(map_of_edges, right=right), window, how=how)
        for right in (0, shift)
    ]
    return still_found(*pooled)


def edges_kept_after(how, **change):
    scenes = [crop_moved(grey()[0], size=(240, 240), **moves) for moves in ({}, change)]
    return still_found(
        *(pool2d(edges(pool2d(scene, 2, how="mean")), how=how) for scene in scenes)
    )


def moved_along(how, shift):
    before = pool2d(crop_moved(grey()[0]), how=how)
    after = pool2d(crop_moved(grey()[0], right=shift), how=how)
    return share_moved_along(before, after, shift // 2, 5.0001 / 255)


def noise_kept(window):
    noise = np.random.default_rng(0).random((427, 640))
    before = pool2d(crop_moved(noise), window)
    return share_unchanged(before, pool2d(crop_moved(noise, right=1), window))


def mask_overlap(window):
    red, _, blue = np.moveaxis(load_photos().images[1][:416].astype(int), -1, 0)
    mask = (red > blue + 25) & (red > 90)
    back = pool2d(mask, window).repeat(window, axis=0).repeat(window, axis=1)
    return (mask & back).sum() / (mask | back).sum()


def right_choices(how, side, strong):
    empty, signal = (
        np.random.default_rng(0).normal(size=(2, 2000, side * side)).astype("float32")
    )
    if strong:
        signal[:, 0] += 5
    else:
        signal += 0.4
    return np.mean(how(signal, axis=1) > how(empty, axis=1))


# Depth --------------------------------------------------------------------------------


def depth_pool_equals_tensorflow():
    import tensorflow as tf

    from course_utils.layers import DepthPool

    channels = np.random.default_rng(0).normal(size=(2, 5, 7, 12)).astype("float32")
    equal = True
    with tf.device("CPU:0"):
        for size in (2, 3, 4):
            window = (1, 1, 1, size)
            theirs = tf.nn.max_pool(
                channels, ksize=window, strides=window, padding="VALID"
            )
            equal &= np.array_equal(DepthPool(size)(channels), theirs)
    return equal


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


# Whole maps ---------------------------------------------------------------------------


def features():
    return np.random.default_rng(0).random((4, 7, 7, 512)).astype("float32")


def global_average(maps):
    return np.asarray(keras_layer("GlobalAveragePooling2D")(maps))


def shuffled_places_change():
    mixed = (
        np.random.default_rng(1)
        .permutation(features().reshape(4, 49, 512), axis=1)
        .reshape(4, 7, 7, 512)
    )
    return np.abs(global_average(mixed) - global_average(features())).max()


def edge_average_change():
    sums = [edges(crop_moved(grey()[0], right=shift)).mean() for shift in range(9)]
    return max(abs(value / sums[0] - 1) for value in sums)


NUMBERS = np.array(
    [[3, 0, 2, 7], [1, 4, 6, 2], [8, 2, 0, 3], [0, 9, 1, 1], [1, 5, 2, 6], [3, 2, 4, 0]]
)

claim = claims_of("02_pooling")

CLAIMS = [
    # 1, 2: numbers and layers
    claim(
        "of 1, 5, 3 and 2 only the {5} goes on.",
        lambda: pool2d(np.array([[1, 5], [3, 2]])),
    ),
    claim(
        "{Six} rows of {four} numbers become {three} rows of {two}",
        lambda: [NUMBERS.shape, pool2d(NUMBERS).shape],
    ),
    claim(
        "lost, the 9 in the corner among them. The result is {2×2}.",
        lambda: [pool_output_size(5)] * 2,
    ),
    claim(
        "2×2, stride 2 | 1, 5, 3, 2 → {5}; no weights; 427 × 640 → {213 × 320}; {75 %} "
        "of the values dropped",
        lambda: [
            keras_pooled(np.array([[1, 5], [3, 2]])),
            keras_layer("MaxPooling2D")(load_photos().images.astype("float32")).shape[
                1:3
            ],
            dropped_of_64(),
        ],
    ),
    claim(
        "The lower right window holds one real number, {9}, and three places outside. "
        "Its average is {9}. Had zeros been counted, it would be {2.25}",
        lambda: [9, padded_average(9.0), 9 / 4],
    ),
    # 3: invariance
    claim(
        "pooled A = pooled B, pooled C moved by one; true in {2} of {8} alignments",
        lambda: [len(unnoticed_bars()), len(BARS)],
    ),
    claim(
        "The shift vanishes only where the bar begins with a window *and* its width is "
        "odd",
        lambda: unnoticed_bars() == [(1, 2), (3, 2)],
    ),
    claim(
        "In B the whole stem stands in another column than in A, and yet the pooled "
        "images are equal",
        lambda: np.array_equal(pooled_letter(1), pooled_letter(0)),
    ),
    claim(
        "C moved by two pixels and its pooled image by one",
        lambda: np.array_equal(pooled_letter(2), moved(pooled_letter(0), 1)),
    ),
    claim(
        "the very first pixel of movement changes {eight} of the {twenty} outputs",
        lambda: [(pooled_letter(2) != pooled_letter(1)).sum(), pooled_letter(1).size],
    ),
    claim(
        "the second changes nothing more: B′ and C′ give the same.",
        lambda: np.array_equal(pooled_letter(3), pooled_letter(2)),
    ),
    claim(
        "Temple moved by 1 px, outputs exactly unchanged | max {44 %}, average {10 %}, "
        "no pooling {20 %}",
        lambda: [unchanged(how, 1, 1e-9) for how in HOW],
        within=0.01,
    ),
    claim(
        "The same, within 5 grey levels | max {71 %}, average {65 %}, no pooling "
        "{56 %}",
        lambda: [unchanged(how, 1, 5.0001 / 255) for how in HOW],
        within=0.01,
    ),
    claim(
        "from two pixels on the *average* is slightly ahead",
        lambda: bool(
            0
            < unchanged("mean", 2, 5.0001 / 255) - unchanged("max", 2, 5.0001 / 255)
            < 0.05
        ),
    ),
    claim(
        "(w − d) / (w + d): one {third} for 2×2 and 1 px",
        lambda: expected_share_unchanged(2, 1),
    ),
    claim(
        "Two poolings of 2×2 in a row are one of 4×4",
        lambda: np.array_equal(pool2d(pool2d(grey()[0])), pool2d(grey()[0], 4)),
    ),
    claim(
        "Edges still found after 1 px | max {51 %}, average {24 %}, no pooling {12 %}",
        lambda: [edges_kept(how, 1) for how in HOW],
        within=0.01,
    ),
    claim(
        "2×2 max pooling keeps {twice} as many edges as the average, and {four} times "
        "as many as no pooling",
        lambda: [edges_kept("max", 1) / edges_kept(how, 1) for how in HOW[1:]],
    ),
    claim(
        "With a larger window both forgive more, and the maximum stays ahead.",
        lambda: bool(
            edges_kept("max", 1, 4) > edges_kept("mean", 1, 4) > edges_kept("mean", 1)
            and edges_kept("max", 1, 4) > edges_kept("max", 1)
        ),
    ),
    claim(
        "Edges still found after a turn by 1° | max {49 %}, average {41 %}, no pooling "
        "{31 %}",
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
        "For even shifts the output moves along exactly: {100 %}.",
        lambda: min(moved_along(how, shift) for how in HOW[:2] for shift in (2, 8)),
        within=0,
    ),
    claim(
        "Even shifts, odd shifts | found moved along: {100 %}; {71 %} (max)",
        lambda: [moved_along("max", shift) for shift in (2, 3)],
        within=0.01,
    ),
    # 4: maximum or average
    claim(
        "One strong answer, 32×32 window | right choices: max {97 %}, average {53 %}",
        lambda: [right_choices(how, 32, True) for how in (np.max, np.mean)],
        within=0.02,
    ),
    claim(
        "Many weak answers, 8×8 window | right choices: max {74 %}, average {99 %}",
        lambda: [right_choices(how, 8, False) for how in (np.max, np.mean)],
        within=0.02,
    ),
    claim(
        "A mask through windows of 8 and 32 | overlap {93 %}, {75 %}",
        lambda: [mask_overlap(window) for window in (8, 32)],
        within=0.01,
    ),
    # 5: depth
    claim(
        "TensorFlow can do the same with `tf.nn.max_pool` and a window that is 1×1 in "
        "the image and 2 along depth.",
        depth_pool_equals_tensorflow,
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
    # 6: whole maps
    claim(
        "Global average pooling | {(4, 7, 7, 512)} → {(4, 512)}; {5,130} instead of "
        "{250,890} parameters",
        lambda: [
            features().shape,
            global_average(features()).shape,
            dense_cost(512, 10).parameters,
            dense_cost((7, 7, 512), 10).parameters,
        ],
    ),
    claim(
        "Shuffle all places of the feature maps, and nothing changes",
        lambda: bool(shuffled_places_change() < 1e-5),
    ),
    claim(
        "**It hardly notices a shift.** The average of the temple's edges",
        lambda: bool(edge_average_change() < 0.004),
    ),
]
