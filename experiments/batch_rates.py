"""Lesson 10's experiment: what a larger batch does to the learning rate.

A small network learns scikit-learn's digits, with the same number of passes over the
same images, in batches of 16 up to 320, by three rules: one rate for all batches; a
rate in proportion to the batch; and that rate, reached little by little (warm-up).
Momentum, images and starting weights are the same for all rules, seed by seed.

`data/measured/batch_rates.json`:

    plan, seeds  the settings below
    rules        by name: runs, one per seed, each with accuracy (validation part), loss
                 (training, mean of the last pass; null where it left the numbers) and
                 steps; one number per batch size
"""

import functools
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from course_utils.distribution import scaled_rate
from course_utils.distribution.training import digits, small_network
from course_utils.startup import keras
from experiments import results
from experiments.measurement import Measurement
from experiments.spreading import spread

RULES = {
    "one rate": lambda plan, size, step: plan.rate,
    "in proportion": lambda plan, size, step: scaled_rate(
        plan.rate, plan.batch_sizes[0], size
    ),
    "in proportion, warmed up": lambda plan, size, step: scaled_rate(
        plan.rate,
        plan.batch_sizes[0],
        size,
        step,
        warm_up_steps=plan.warm_up_epochs * plan.images // size,
    ),
}


@dataclass(frozen=True)
class Plan:
    """How every network is trained.

    Parameters
    ----------
    rate, momentum : of stochastic gradient descent; the rate is that of the first batch
        size.
    batch_sizes : how many images make a step.
    epochs : passes over the images, the same for all batch sizes.
    warm_up_epochs : passes in which the rate grows.
    images : of the training part; the other digits are the validation part.
    """

    rate: float = 0.02
    momentum: float = 0.9
    batch_sizes: tuple = (16, 64, 160, 320)
    epochs: int = 20
    warm_up_epochs: int = 4
    images: int = 1_280


def compare(stored_as, plan, seeds=(1, 2, 3)):
    """Train by each rule with each batch size, once per seed, and store after each
    seed; what is stored already is not run again.
    """
    result = results.unfinished(stored_as, complete, results.planned(plan, seeds)) or {
        "data": "scikit-learn's 8×8 digits",
        **results.planned(plan, seeds),
        "rules": {name: {"runs": []} for name in RULES},
    }
    rules = result["rules"]
    done = {run["seed"] for about in rules.values() for run in about["runs"]}
    left = [(plan, seed) for seed in seeds if seed not in done]
    for runs in spread(one_seed, left):
        for name, run in runs.items():
            rules[name]["runs"].append(run)
            rules[name]["runs"].sort(key=lambda run: list(seeds).index(run["seed"]))
            print(f"{name}, seed {run['seed']}: {run['accuracy']}", flush=True)
        results.store(stored_as, result)


def one_seed(plan, seed):
    """All that is trained with one seed; a run for each rule."""
    order = np.random.default_rng(seed).permutation(1_797)
    x, y = (part[order] for part in digits())
    runs = {}
    for name, rule in RULES.items():
        trained = [
            train(
                x,
                y,
                size,
                lambda step, size=size, rule=rule: rule(plan, size, step),
                plan,
            )
            for size in plan.batch_sizes
        ]
        runs[name] = {"seed": seed}
        runs[name] |= {key: [one[key] for one in trained] for key in trained[0]}
    return runs


def train(x, y, size, rate, plan):
    """Train one network.

    Parameters
    ----------
    x, y : all digits, shuffled; the first `plan.images` are trained on.
    size : images per step.
    rate : a function from a step's number to the learning rate.
    """
    model = small_network()
    optimizer = keras.optimizers.SGD(plan.rate, momentum=plan.momentum)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            scores = model(images, training=True)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(labels, scores, True)
            )
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss

    random, number = np.random.default_rng(0), 0
    for _ in range(plan.epochs):
        order, losses = random.permutation(plan.images), []
        for rows in np.split(order, plan.images // size):
            optimizer.learning_rate = rate(number)
            losses.append(float(step(tf.constant(x[rows]), tf.constant(y[rows]))))
            number += 1
    answers = keras.ops.convert_to_numpy(model(x[plan.images :])).argmax(axis=1)
    loss = float(np.mean(losses))
    return {
        "accuracy": round(float(np.mean(answers == y[plan.images :])), 4),
        "loss": float(f"{loss:.5g}") if np.isfinite(loss) else None,
        "steps": number,
    }


def complete(name):
    """Whether a result is stored, with all seeds of all rules."""
    return results.all_seeds(name, "rules")


MEASUREMENTS = {
    "batch_rates": Measurement(
        "batch_rates", functools.partial(compare, "batch_rates", Plan()), complete
    )
}
