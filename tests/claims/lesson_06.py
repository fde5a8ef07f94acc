"""Every number of lesson 06, from the functions its notebook calls."""

import functools

import numpy as np

from claims import Claim
from course_utils.datasets import flowers
from course_utils.measured import measured
from course_utils.startup import keras
from course_utils.transfer import augmentation, classifier

layers = keras.layers


@functools.cache
def xception():
    model = keras.applications.Xception(weights=None, include_top=False)
    return [layer.name for layer in model.layers]


def blocks():
    return len({name.split("_")[0] for name in xception() if name.startswith("block")})


def contrast(**settings):
    """The share of a ramp from −1 to 1 that contrast turns into exactly 0."""
    ramp = np.linspace(-1, 1, 2**16 * 3, dtype="float32").reshape(1, 256, 256, 3)
    changed = layers.RandomContrast(0.2, **settings)(ramp, training=True)
    return float(np.mean(keras.ops.convert_to_numpy(changed) == 0))


def changed_in_use():
    photo = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype("float32")
    return float(
        np.abs(
            keras.ops.convert_to_numpy(augmentation()(photo, training=False)) - photo
        ).max()
    )


def trained_in_a_head():
    """Parameters that learn on a frozen backbone of 320 maps, with five classes."""
    eyes = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(320, 3)])
    eyes.trainable = False
    return sum(
        int(np.prod(weight.shape))
        for weight in classifier(eyes, 32, 5).trainable_weights
    )


def norm(trainable, training):
    """(γ and β learn, the batch's own mean is used, the averages move) of a batch norm
    after one call.
    """
    layer = layers.BatchNormalization(momentum=0.9)
    layer.build((None, 1))
    layer.trainable = trainable
    out = keras.ops.convert_to_numpy(
        layer(keras.random.normal((64, 1), mean=5.0, seed=1), training=training)
    )
    return (
        bool(layer.trainable_weights),
        bool(abs(out.mean()) < 0.1),
        float(layer.moving_mean[0]) != 0,
    )


def part(total, split):
    """How many of `total` photos a TFDS split such as "train[10%:25%]" holds."""
    first, last = split[len("train[") : -1].replace("%", "").split(":")
    return round(total * int(last or 100) / 100) - round(total * int(first or 0) / 100)


def rung(name):
    return measured("transfer_ladder")["mean_test_accuracy"][name]


def bench(name):
    return measured("bench_pipeline")[name]


CLAIMS = [
    Claim("06", "tf_flowers has 3,670 photos", 3_670, lambda: flowers.PHOTOS),
    Claim(
        "06",
        "split into 10 % for testing, 15 % for validation, 75 % for training",
        (367, 551, 2_752),
        lambda: tuple(
            part(3_670, flowers.SPLITS[name]) for name in ("test", "valid", "train")
        ),
    ),
    Claim(
        "06",
        "a photo of 224×224 takes 602,112 bytes as floats",
        602_112,
        lambda: np.zeros((224, 224, 3), "float32").nbytes,
    ),
    Claim(
        "06",
        "and a quarter of it as bytes",
        150_528,
        lambda: np.zeros((224, 224, 3), "uint8").nbytes,
    ),
    Claim(
        "06",
        "Xception's layer 56 begins block 7",
        "block7_sepconv1_act",
        lambda: xception()[56],
    ),
    Claim(
        "06",
        "the layer before it adds the skip of block 6",
        ("block6_sepconv3_bn", True),
        lambda: (xception()[54], xception()[55].startswith("add")),
    ),
    Claim("06", "it has 14 blocks", 14, blocks),
    Claim(
        "06",
        "contrast with the wrong range makes half of −1…1 exactly 0",
        0.5,
        contrast,
        tolerance=0.01,
    ),
    Claim(
        "06",
        "with the right range nothing",
        0.0,
        lambda: contrast(value_range=(-1, 1)),
        tolerance=0.01,
    ),
    Claim("06", "augmentation changes nothing in use", 0.0, changed_in_use),
    Claim(
        "06",
        "a head of five classes on 320 maps learns 5 · 321 + 2 · 320 parameters",
        2_245,
        trained_in_a_head,
    ),
    Claim(
        "06",
        "batch norm, free and in training, follows the batch",
        (True, True, True),
        lambda: norm(True, True),
    ),
    Claim(
        "06",
        "called with training=False it learns γ and β only",
        (True, False, False),
        lambda: norm(True, False),
    ),
    Claim(
        "06",
        "frozen it follows nothing, even in training",
        (False, False, False),
        lambda: norm(False, True),
    ),
    Claim(
        "06",
        "frozen and in use neither",
        (False, False, False),
        lambda: norm(False, False),
    ),
    Claim(
        "06",
        "frozen beats scratch by more than ten points in three seeds",
        True,
        lambda: rung("frozen") > rung("from scratch") + 0.1,
    ),
    Claim(
        "06",
        "and random weights",
        True,
        lambda: rung("frozen") > rung("random, frozen") + 0.1,
    ),
    Claim(
        "06",
        "fine-tuned is not worse than frozen",
        True,
        lambda: rung("fine-tuned") >= rung("frozen") - 0.02,
    ),
    Claim(
        "06",
        "the pipeline is over ten times as fast from the second epoch",
        True,
        lambda: bench("second_epoch_course_to_textbook") > 10,
    ),
    Claim(
        "06",
        "and no slower in the first",
        True,
        lambda: bench("first_epoch_course_to_textbook") >= 1,
    ),
    Claim(
        "06",
        "where about half of its time is unpacking",
        0.5,
        lambda: bench("first_epoch_course_to_decoding"),
        tolerance=0.1,
    ),
    Claim(
        "06",
        "the first batch comes within 0.3 s",
        True,
        lambda: bench("first_batch_seconds")["course"] < 0.3,
    ),
]
