"""Every number of lesson 00, from the functions its notebook calls."""

import functools

from claims import claims_of
from course_utils.datasets import load_digits_28
from course_utils.startup import keras

layers = keras.layers
SEEDS = (1, 2)


def network(convolutions):
    """Lesson 00's network, with or without the lines that the student types."""
    typed = [
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
    ]
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *(typed if convolutions else []),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )


@functools.cache
def accuracy(convolutions, seed):
    keras.utils.set_random_seed(seed)
    (x, y), (x_test, y_test) = load_digits_28()
    model = network(convolutions)
    adam = keras.optimizers.Adam(learning_rate=0.003)
    model.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[..., None] / 255, y, batch_size=32, epochs=10, verbose=0)
    return model.evaluate(x_test[..., None] / 255, y_test, verbose=0)[1]


def mean_accuracy(convolutions):
    return sum(accuracy(convolutions, seed) for seed in SEEDS) / len(SEEDS)


claim = claims_of("00_start_here")

CLAIMS = [
    claim(
        "here, {1,437} handwritten digits to learn from, and {360} others",
        lambda: [
            len(split.images)
            for split in (load_digits_28().train, load_digits_28().test)
        ],
    ),
    claim(
        "45/45 means that all {45} batches, of 32 digits at most, have been through",
        lambda: -(-len(load_digits_28().train.images) // 32),
    ),
    claim(
        "Without your four lines the network has {7,850} weights and biases",
        lambda: network(convolutions=False).count_params(),
    ),
    claim(
        "With them it has {12,810} and gets",
        lambda: network(convolutions=True).count_params(),
    ),
    claim(
        "and gets about {90} of 100 test digits right.",
        lambda: 100 * mean_accuracy(convolutions=False),
        within=2.5,
    ),
    claim(
        "and gets about {93} of 100 right, most of them from hands",
        lambda: 100 * mean_accuracy(convolutions=True),
        within=2.5,
    ),
]
