"""Every number of lesson 06, from the functions its notebook calls."""

import itertools

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from claims import claims_of
from course_utils.datasets import flowers
from course_utils.measured import measured
from course_utils.startup import keras
from course_utils.transfer import augmentation

layers = keras.layers


def contrast(**settings):
    """The share of a ramp from −1 to 1 that contrast turns into exactly 0."""
    ramp = np.linspace(-1, 1, 2**16 * 3, dtype="float32").reshape(1, 256, 256, 3)
    changed = layers.RandomContrast(0.2, **settings)(ramp, training=True)
    return float(np.mean(keras.ops.convert_to_numpy(changed) == 0))


def changed_in_use(training=False):
    photo = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3)).astype("float32")
    return float(
        np.abs(
            keras.ops.convert_to_numpy(augmentation()(photo, training=training)) - photo
        ).max()
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


def bench(name):
    return measured("bench_pipeline")[name]


claim = claims_of("06_transfer_learning")

CLAIMS = [
    claim(
        "`tf_flowers`, {3,670} pictures in TensorFlow Datasets", lambda: flowers.PHOTOS
    ),
    claim(
        "the first {10 %} to test on, the next {15 %} to validate on, the last {75 %} "
        "to train on",
        lambda: [
            part(flowers.PHOTOS, flowers.SPLITS[name]) / flowers.PHOTOS
            for name in ("test", "valid", "train")
        ],
    ),
    claim(
        "contrast with the wrong range on −1…1 | {half} of a ramp becomes exactly 0",
        contrast,
        within=0.01,
    ),
    claim(
        "augment *before* you scale, in 0…255, as `augmentation` does",
        lambda: contrast(value_range=(-1, 1)) < 0.01,
    ),
    claim(
        "active in training, silent in use, left out of the saved model",
        lambda: changed_in_use() == 0 < changed_in_use(training=True),
    ),
    claim(
        "In {one}: only a layer that is trainable *and* called for training follows",
        lambda: sum(
            norm(*row)[2] for row in itertools.product((True, False), repeat=2)
        ),
    ),
    claim(
        "more than {ten} times the textbook's speed from the second epoch",
        lambda: bench("second_epoch_course_to_textbook"),
        ">",
    ),
    claim(
        "its bar cannot become shorter than that of unpacking",
        lambda: (
            bench("photos_a_second")["textbook"][1]
            < bench("photos_a_second")["decoding"][1]
        ),
    ),
    claim(
        "the mean is {0.5}, which is what guessing gives",
        lambda: balanced_accuracy_score(np.repeat([0, 1], [95, 5]), np.zeros(100, int)),
    ),
]
