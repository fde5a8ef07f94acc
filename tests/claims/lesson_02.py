"""Lesson 02: what pooling computes, what it ignores, and what it throws away."""

from functools import cache

import numpy as np

from claims import Claim
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


def unnoticed_bars():
    """Of bars of width 1 to 4, begun in an even or an odd column: those that a shift by
    one pixel leaves the same.
    """
    found = []
    for width in (1, 2, 3, 4):
        for start in (2, 3):
            bar = np.zeros((2, 12), int)
            bar[:, start : start + width] = 1
            if np.array_equal(pool2d(bar), pool2d(moved(bar, 1))):
                found.append((width, start))
    return found


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
    results = []
    with tf.device("CPU:0"):
        for size in (2, 3, 4):
            window = (1, 1, 1, size)
            theirs = tf.nn.max_pool(
                channels, ksize=window, strides=window, padding="VALID"
            )
            results.append(np.array_equal(DepthPool(size)(channels), theirs))
    return results


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

CLAIMS = [
    # 1: numbers
    Claim(
        "02",
        "the window 1, 5, 3, 2 becomes 5",
        [[5]],
        lambda: pool2d(np.array([[1, 5], [3, 2]])).tolist(),
    ),
    Claim(
        "02",
        "6×4 numbers become 3×2",
        [[4, 7], [9, 3], [5, 6]],
        lambda: pool2d(NUMBERS).tolist(),
    ),
    Claim(
        "02",
        "Keras pools them alike",
        [[4, 7], [9, 3], [5, 6]],
        lambda: keras_pooled(NUMBERS).tolist(),
    ),
    Claim(
        "02",
        "stride 2 without padding halves and rounds down: 5 → 2",
        2,
        lambda: pool_output_size(5),
    ),
    Claim(
        "02",
        "427 pixels become 213, 106, 53",
        [213, 106, 53],
        lambda: [pool_output_size(427), pool_output_size(213), pool_output_size(106)],
    ),
    Claim(
        "02",
        "pooling has no weights",
        [0, 0],
        lambda: [
            keras_layer(name, 2).count_params()
            for name in ("MaxPooling2D", "AveragePooling2D")
        ],
    ),
    # 2: the layers
    Claim(
        "02",
        "the stride is the window unless said otherwise, and nothing is padded",
        ((3, 3), (3, 3), "valid"),
        lambda: (lambda layer: (layer.pool_size, layer.strides, layer.padding))(
            keras_layer("MaxPooling2D", 3)
        ),
    ),
    Claim(
        "02",
        "the window is 2×2 unless said otherwise",
        (2, 2),
        lambda: keras_layer("MaxPooling2D").pool_size,
    ),
    Claim(
        "02",
        "the photographs become (2, 213, 320, 3)",
        (2, 213, 320, 3),
        lambda: tuple(
            keras_layer("MaxPooling2D")(load_photos().images.astype("float32")).shape
        ),
    ),
    Claim(
        "02",
        "'same' averages divide by the real values only",
        9.0,
        lambda: float(
            keras_layer("AveragePooling2D", 2, padding="same")(
                np.full((1, 3, 3, 1), 9.0)
            )[0, -1, -1, 0]
        ),
    ),
    # 3: invariance
    Claim(
        "02",
        "B, A moved by one pixel, pools to the same",
        True,
        lambda: np.array_equal(pooled_letter(1), pooled_letter(0)),
    ),
    Claim(
        "02",
        "C, A moved by two, pools to the same moved by one",
        True,
        lambda: np.array_equal(pooled_letter(2), moved(pooled_letter(0), 1)),
    ),
    Claim(
        "02",
        "begun in an odd column, one pixel changes 8 of 20 outputs",
        8,
        lambda: int((pooled_letter(2) != pooled_letter(1)).sum()),
    ),
    Claim(
        "02",
        "begun in an odd column, the second pixel changes nothing",
        True,
        lambda: np.array_equal(pooled_letter(3), pooled_letter(2)),
    ),
    Claim(
        "02",
        "a bar moves unnoticed in 2 of 8 alignments: even start and odd width",
        [(1, 2), (3, 2)],
        unnoticed_bars,
    ),
    Claim(
        "02",
        "exactly unchanged after 1 px: max 44%, average 10%, no pooling 20%",
        [0.44, 0.10, 0.20],
        lambda: [unchanged(how, 1, 1e-9) for how in HOW],
        tolerance=0.01,
    ),
    Claim(
        "02",
        "within 5 grey levels after 1 px: 71%, 65%, 56%",
        [0.71, 0.65, 0.56],
        lambda: [unchanged(how, 1, 5.0001 / 255) for how in HOW],
        tolerance=0.01,
    ),
    Claim(
        "02",
        "within 5 grey levels after 2 px the average is ahead: 56%, 59%",
        [0.56, 0.59],
        lambda: [unchanged(how, 2, 5.0001 / 255) for how in HOW[:2]],
        tolerance=0.01,
    ),
    Claim(
        "02",
        "nothing moves at a shift of 0",
        [1, 1, 1],
        lambda: [unchanged(how, 0, 0) for how in HOW],
    ),
    Claim(
        "02",
        "the law (w - d) / (w + d) says one third for w = 2, d = 1",
        1 / 3,
        lambda: expected_share_unchanged(2, 1),
        tolerance=1e-12,
    ),
    Claim(
        "02",
        "the law holds on noise for windows of 2, 4, 8",
        [expected_share_unchanged(w, 1) for w in (2, 4, 8)],
        lambda: [noise_kept(window) for window in (2, 4, 8)],
        tolerance=0.015,
    ),
    Claim(
        "02",
        "max of max is max of the larger window",
        True,
        lambda: np.array_equal(pool2d(pool2d(grey()[0])), pool2d(grey()[0], 4)),
    ),
    Claim(
        "02",
        "edges still found after 1 px: max 51%, average 24%, no pooling 12%",
        [0.51, 0.24, 0.12],
        lambda: [edges_kept(how, 1) for how in HOW],
        tolerance=0.01,
    ),
    Claim(
        "02",
        "with windows of 4×4: 80%, 66%, 12%",
        [0.80, 0.66, 0.12],
        lambda: [edges_kept(how, 1, 4) for how in HOW],
        tolerance=0.01,
    ),
    Claim(
        "02",
        "edges still found after a turn by 1 degree: 49%, 41%, 31%",
        [0.49, 0.41, 0.31],
        lambda: [edges_kept_after(how, degrees=1) for how in HOW],
        tolerance=0.02,
    ),
    Claim(
        "02",
        "edges still found after growing by 2%: 46%, 39%, 26%",
        [0.46, 0.39, 0.26],
        lambda: [edges_kept_after(how, zoom=1.02) for how in HOW],
        tolerance=0.02,
    ),
    Claim(
        "02",
        "pooling is equivariant to even shifts",
        [1, 1, 1, 1],
        lambda: [moved_along(how, shift) for how in HOW[:2] for shift in (2, 8)],
    ),
    Claim(
        "02",
        "and not to odd ones: max 71%, average 65%",
        [0.71, 0.65],
        lambda: [moved_along(how, 3) for how in HOW[:2]],
        tolerance=0.01,
    ),
    # 4: maximum or average
    Claim(
        "02",
        "one strong answer in a 32×32 window: max 97%, average 53%",
        [0.97, 0.53],
        lambda: [right_choices(how, 32, True) for how in (np.max, np.mean)],
        tolerance=0.02,
    ),
    Claim(
        "02",
        "many weak answers in an 8×8 window: max 74%, average 99%",
        [0.74, 0.99],
        lambda: [right_choices(how, 8, False) for how in (np.max, np.mean)],
        tolerance=0.02,
    ),
    Claim(
        "02",
        "2×2 with stride 2 drops 75% of the values",
        0.75,
        lambda: (
            1
            - np.isin(
                np.arange(64),
                pool2d(np.random.default_rng(0).permutation(64).reshape(8, 8)),
            ).mean()
        ),
    ),
    Claim(
        "02",
        "a mask keeps 93% after a window of 8 and 75% after 32",
        [0.93, 0.75],
        lambda: [mask_overlap(window) for window in (8, 32)],
        tolerance=0.01,
    ),
    # 5: depth
    Claim(
        "02",
        "DepthPool equals tf.nn.max_pool along depth",
        [True, True, True],
        depth_pool_equals_tensorflow,
    ),
    Claim(
        "02",
        "a full turn weakens one filter's answer to a seven to 31%",
        0.31,
        lambda: weakest_share_for_sevens(1),
        tolerance=0.02,
    ),
    Claim(
        "02",
        "and that of 12 turned filters with DepthPool to 93% only",
        0.93,
        lambda: weakest_share_for_sevens(12),
        tolerance=0.02,
    ),
    Claim(
        "02",
        "upright filters recognise 14% to 85% of turned digits",
        [0.14, 0.85],
        lambda: digits_right(depth_pooled=False),
        tolerance=0.02,
    ),
    Claim(
        "02",
        "turned ones with DepthPool 74% to 83%",
        [0.74, 0.83],
        lambda: digits_right(depth_pooled=True),
        tolerance=0.02,
    ),
    # 6: whole maps
    Claim(
        "02",
        "global average pooling: (4, 7, 7, 512) → (4, 512)",
        (4, 512),
        lambda: global_average(features()).shape,
    ),
    Claim(
        "02",
        "each number is the mean of its map",
        0.0,
        lambda: np.abs(global_average(features()) - features().mean(axis=(1, 2))).max(),
        tolerance=1e-5,
    ),
    Claim(
        "02",
        "ten classes from 7×7×512: 250,890 parameters flattened, 5,130 averaged",
        [250_890, 5_130],
        lambda: [
            dense_cost((7, 7, 512), 10).parameters,
            dense_cost(512, 10).parameters,
        ],
    ),
    Claim(
        "02",
        "shuffling all places changes nothing",
        0.0,
        shuffled_places_change,
        tolerance=1e-5,
    ),
    Claim(
        "02",
        "shifts of up to 8 pixels change the average of the edges by 0.3%",
        0.003,
        edge_average_change,
        tolerance=0.001,
    ),
]
