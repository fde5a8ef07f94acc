"""Every number of lesson 10 that does not come from training or a clock, from the
functions its notebook calls.
"""

import numpy as np

from claims import claims_of
from course_utils.distribution import (
    all_reduce_bytes,
    amdahl,
    ring_all_reduce,
    scaled_rate,
    serial_share,
)
from course_utils.distribution.training import digits
from course_utils.measured import measured
from course_utils.startup import keras

MILLION = 1_000_000


def losing_a_machine(machines=100, weeks=1, years=3):
    """The chance that one of the machines fails, if each does once in so many years."""
    return 1 - np.exp(-machines * weeks / (52.18 * years))


def of_resnet34():
    """Its multiply-adds for one image, from the catalogue."""
    from course_utils.architectures import catalog

    return catalog().set_index("name").multiply_adds["resnet34"]


def steps_per_second(batch, fixed=0.002, each=0.00005):
    return 1 / (fixed + each * batch)


def serial_of(speed_up, workers):
    """What Amdahl's law says of one measured speed-up."""
    return (1 / speed_up - 1 / workers) / (1 - 1 / workers)


def steps_of(size):
    plan = measured("batch_rates")["plan"]
    return plan["epochs"] * (plan["images"] // size)


def of_the_smallest_batch():
    """For each rule, what its runs reached with the first of the batches."""
    return [
        tuple(run["accuracy"][0] for run in rule["runs"])
        for rule in measured("batch_rates")["rules"].values()
    ]


claim = claims_of("10_scaling_out")

CLAIMS = [
    claim("{1,797} handwritten digits of 8×8 pixels", lambda: len(digits()[0])),
    claim(
        "there are {250} steps, or {10,000} images, per second",
        lambda: [steps_per_second(40), 40 * steps_per_second(40)],
    ),
    claim(
        "With 400 images a step takes 22 milliseconds, and the machine trains about "
        "{18,000} per second.",
        lambda: 400 * steps_per_second(400),
        within=500,
    ),
    claim(
        "the default is `False`",
        lambda: keras.layers.BatchNormalization().synchronized is False,
    ),
    claim("The ratio is 7/6, about {1.17}.", lambda: 7 / 6),
    claim(
        "nearly {half} of all such runs lose a machine",
        lambda: losing_a_machine(),
        within=0.05,
    ),
    claim(
        "each worker sends N − 1 pieces of P / N to add, and as many to spread",
        lambda: all(
            set(ring_all_reduce(np.ones((n, 12 * n)))[1]) == {2 * (n - 1) * 12}
            for n in range(1, 7)
        ),
    ),
    claim(
        "With more workers this approaches 8 P bytes, and no more.",
        lambda: 7.99 < all_reduce_bytes(10_000, MILLION) / MILLION < 8,
    ),
    claim(
        "2 · 7/8 · 21.8 · 4 = {152.6} megabytes, in every step",
        lambda: all_reduce_bytes(8, 21_800_000) / 1e6,
    ),
    claim(
        "ResNet-34 has {21.8 million} parameters",
        lambda: (
            __import__("course_utils.architectures", fromlist=["build"])
            .build("resnet34")
            .count_params()
        ),
    ),
    claim("is about 3 · 32 · {3.66 billion} multiply-adds", of_resnet34),
    claim(
        "on a GPU that does 3.5 trillion of them per second, a {tenth} of a second.",
        lambda: 3 * 32 * of_resnet34() / 3.5e12,
        within=0.005,
    ),
    claim(
        "it goes on climbing, to {64} for 16 workers.", lambda: 16 * MILLION * 4 / 1e6
    ),
    claim(
        "there are 100 · 7 / 1,095 = {0.64} failures per run",
        lambda: -np.log(1 - losing_a_machine()),
    ),
    claim(
        "With 16 images the three rules are the same.",
        lambda: len(set(of_the_smallest_batch())) == 1,
    ),
    claim(
        "20 times: 1/s, with s = 1/20. With 20 workers it is {10.3} times",
        lambda: amdahl(20, 1 / 20),
    ),
    claim(
        "the largest batch has learned least: it has taken a twentieth of the steps",
        lambda: steps_of(16) == 20 * steps_of(320),
    ),
    claim(
        "20 times the batch, so 20 times the rate: {0.4}.",
        lambda: scaled_rate(0.02, 16, 320),
    ),
    claim(
        "2 · 999/1000 · 4 million: just under {8 million} bytes, hardly more than with "
        "ten",
        lambda: all_reduce_bytes(1000, MILLION),
    ),
    claim(
        "so s = (1/5 − 1/8) / (7/8) = {0.086}: nearly a tenth", lambda: serial_of(5, 8)
    ),
    claim(
        "Sixteen GPUs would be {7} times as fast.", lambda: amdahl(16, serial_of(5, 8))
    ),
    claim(
        "the fixed part of a step, divided by the whole",
        lambda: abs(serial_share([1, 2], [3, 4], 2) - 0.5) < 1e-9,
    ),
]
