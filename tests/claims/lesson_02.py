"""Lesson 02: what pooling computes, what it ignores, and what it throws away."""

from functools import cache

import numpy as np

from claims import claims_of
from course_utils.arithmetic import dense_cost, pool_output_size
from course_utils.datasets import load_photos
from course_utils.invariance import (
    crop_moved,
    moved,
    pool2d,
    share_moved_along,
    share_unchanged,
)
from course_utils.uncertainty import accuracy_interval

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


def edges_kept(how, shift, window=2, photo=0):
    map_of_edges = edges(grey()[photo])
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


def explorer_share(**state):
    """The share of outputs that the explorer calls unchanged."""
    from course_utils.widgets import pooling

    return pooling.measure(pooling.PoolingExplorer(**state).state)[-1]


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


def strided_convolution_skips():
    """Whether a stride in the convolution gives every second output of the same
    convolution without one, at a quarter of the multiply-adds.
    """
    from course_utils.arithmetic import conv2d_cost

    slow, fast = (keras_layer("Conv2D", 4, 3, strides=strides) for strides in (1, 2))
    image = np.random.default_rng(0).normal(size=(1, 12, 12, 3)).astype("float32")
    every = np.asarray(slow(image))
    fast.build(image.shape)
    fast.set_weights(slow.get_weights())
    work = [
        conv2d_cost((28, 28, 8), 16, 3, strides, "same").multiplications
        for strides in (1, 2)
    ]
    same = np.allclose(np.asarray(fast(image)), every[:, ::2, ::2], atol=1e-5)
    return bool(same and work[0] == 4 * work[1])


def strided_place():
    """Whether a strided "same" convolution of 28 by 28 pixels gives the lower right
    pixel of each 2×2 of the one without a stride.
    """
    slow, fast = (
        keras_layer("Conv2D", 4, 3, strides=strides, padding="same")
        for strides in (1, 2)
    )
    image = np.random.default_rng(0).normal(size=(1, 28, 28, 3)).astype("float32")
    every = np.asarray(slow(image))
    fast.build(image.shape)
    fast.set_weights(slow.get_weights())
    return bool(np.allclose(np.asarray(fast(image)), every[:, 1::2, 1::2], atol=1e-5))


def poolings_of_the_road():
    """After how many poolings a road of 8 columns is one cell wide."""
    road, poolings = np.zeros((32, 32), int), 0
    road[:, 8:16] = 1
    while road[0].sum() > 1:
        road, poolings = pool2d(road), poolings + 1
    return poolings


def student_factor(runs):
    """t for a 95% interval of the mean of so many runs."""
    from scipy import stats

    return stats.t.ppf(0.975, runs - 1)


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
        "the 9 in the corner among them. The result is {2×2}.",
        lambda: [pool_output_size(5)] * 2,
    ),
    claim(
        "So 427 pixels become {213}, then {106}, then {53}.",
        lambda: [
            pool_output_size(427),
            pool_output_size(pool_output_size(427)),
            pool_output_size(pool_output_size(pool_output_size(427))),
        ],
    ),
    claim(
        "(13 − 3) // 2 + 1 = 6, so {(6, 6, 64)}. Each channel is pooled by itself",
        lambda: keras_layer("MaxPooling2D", 3, strides=2).compute_output_shape(
            (1, 13, 13, 64)
        )[1:],
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
        "The layer divides by the number of real values in the window, here one. If it "
        "counted zeros, the corner would be {2.25}",
        lambda: padded_average(9.0) / 4,
    ),
    claim(
        "from 16 flattened maps of 28×28 take {125,450} parameters; after two "
        "poolings, from 7×7, they take {7,850}",
        lambda: [dense_cost((side, side, 16), 10).parameters for side in (28, 7)],
    ),
    # 3: invariance
    claim(
        "unnoticed in {2} of {8} cases ({4} widths × {2} starts)",
        lambda: [
            len(unnoticed_bars()),
            len(BARS),
            *(len({bar[part] for bar in BARS}) for part in (0, 1)),
        ],
    ),
    claim(
        "only where the bar begins with a window *and* its width is odd",
        lambda: unnoticed_bars() == [(1, 2), (3, 2)],
    ),
    claim(
        "| begun in an even column | same | differs | same | differs |",
        lambda: (
            [(width, 2) in unnoticed_bars() for width in (1, 2, 3, 4)]
            == [True, False, True, False]
        ),
    ),
    claim(
        "In B the whole stem stands in another column than in A, and yet the pooled "
        "images are equal",
        lambda: np.array_equal(pooled_letter(1), pooled_letter(0)),
    ),
    claim(
        "C moved by two pixels and its pooled image by one cell",
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
        "Palace moved by 1 px, within 5 grey levels | max {71 %}, average {65 %}, "
        "stride only {56 %}",
        lambda: [unchanged(how, 1, 5.0001 / 255) for how in HOW],
        within=0.01,
    ),
    claim(
        "Edges still found after 1 px | max {51 %}, average {24 %}, stride only {12 %}",
        lambda: [edges_kept(how, 1) for how in HOW],
        within=0.01,
    ),
    claim(
        "on this photograph, max pooling keeps {twice} as many edges as the average, "
        "and {four} times as many as a stride alone",
        lambda: [edges_kept("max", 1) / edges_kept(how, 1) for how in HOW[1:]],
    ),
    claim(
        "On the dahlia the order is the same, but a stride alone keeps more.",
        lambda: bool(
            edges_kept("max", 1, photo=1)
            > edges_kept("mean", 1, photo=1)
            > edges_kept("first", 1, photo=1)
            > edges_kept("first", 1)
        ),
    ),
    claim(
        "exactly one window, 8 pixels, {two thirds} of the outputs change",
        lambda: 1 - explorer_share(shift=8),
        within=0.01,
    ),
    claim(
        "after 3 pixels it is {63} instead of {64 %}",
        lambda: [100 * explorer_share(stride=1), explorer_share()],
    ),
    claim(
        "From two pixels on, which is the window's width, little is left for any of "
        "the three.",
        lambda: bool(max(edges_kept(how, 2) for how in HOW) < 0.25),
    ),
    claim(
        "after a turn by 1 degree it keeps {49 %} of the edges, against {31 %} for a "
        "stride alone; after 4 degrees {three quarters} are gone",
        lambda: [
            edges_kept_after("max", degrees=1),
            edges_kept_after("first", degrees=1),
            1 - edges_kept_after("max", degrees=4),
        ],
        within=0.02,
    ),
    claim(
        "For even shifts the output moves along exactly: {100 %}.",
        lambda: min(moved_along("max", shift) for shift in (2, 8)),
        within=0,
    ),
    claim(
        "Even shifts, odd shifts | found moved along: {100 %}; {71 %} at 3 px (max)",
        lambda: [moved_along("max", shift) for shift in (2, 3)],
        within=0.01,
    ),
    # 4: how sure
    claim(
        "324 of 360 right | {90 %}, and with 95 % confidence from {86.5} to {92.7 %}",
        lambda: [
            accuracy_interval(324, 360).estimate,
            100 * accuracy_interval(324, 360).low,
            accuracy_interval(324, 360).high,
        ],
    ),
    claim(
        "about 95 % of the results lie within two of them (here 90 ± {3.2} %)",
        lambda: 200 * np.sqrt(0.9 * 0.1 / 360),
    ),
    claim(
        "even 10,000 images leave more than a point from end to end",
        lambda: bool(
            0.01
            < accuracy_interval(9000, 10_000).high - accuracy_interval(9000, 10_000).low
        ),
    ),
    claim(
        "is large: {4.3} for three runs, {2.8} for five, {2.3} for ten",
        lambda: [student_factor(runs) for runs in (3, 5, 10)],
    ),
    claim(
        "In both examples A is ahead by {one} point on average.",
        lambda: np.mean(
            [
                np.subtract([91.0, 93.1, 90.2], theirs).mean()
                for theirs in ([90.1, 92.0, 89.2], [92.1, 90.3, 88.9])
            ]
        ),
    ),
    claim(
        "Each interval by itself is about ±{0.55} points, so the test set alone could "
        "explain 0.3.",
        lambda: (
            50
            * (
                accuracy_interval(9120, 10_000).high
                - accuracy_interval(9120, 10_000).low
            )
        ),
        within=0.01,
    ),
    claim(
        "chance would give it 0 ± 2·√830, which is ±{58}.",
        lambda: 2 * np.sqrt(400 + 430),
    ),
    claim(
        "which is {2.5} for three runs, {1.2} for five and {0.7} for ten",
        lambda: [student_factor(runs) / np.sqrt(runs) for runs in (3, 5, 10)],
    ),
    claim(
        "one of them would leave the line by chance in about a {quarter} of such",
        lambda: 1 - 0.95**6,
        within=0.02,
    ),
    # 5: maximum or average
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
        'It computes what a convolution followed by "stride only" computes, at a '
        "quarter of the work",
        strided_convolution_skips,
    ),
    claim("it takes the lower right pixel of each 2×2", strided_place),
    claim(
        "{Three}: 8 → 4 → 2 → 1 cell, and that only if the road begins where a cell "
        "begins.",
        poolings_of_the_road,
    ),
    claim(
        "A 2×2 window with stride 2 keeps one value of four: {75 %} are dropped.",
        dropped_of_64,
    ),
    claim(
        "A mask through windows of 8 and 32 | overlap {93 %}, {75 %}",
        lambda: [mask_overlap(window) for window in (8, 32)],
        within=0.01,
    ),
    # 6: depth
    claim(
        "TensorFlow can do the same with `tf.nn.max_pool` and a window that is 1×1 in "
        "the image and 2 along depth",
        depth_pool_equals_tensorflow,
    ),
    # 7: whole maps
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
        "Shuffle all places of the feature maps, and the averages stay the same",
        lambda: bool(shuffled_places_change() < 1e-5),
    ),
]
