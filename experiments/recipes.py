"""Which part of a gain is the network's, and which the recipe's?

Lesson 03's two networks for Fashion-MNIST differ in architecture *and* in how they are
trained.  Here each is trained both ways, with as many images and epochs:

    old   nadam at its own learning rate, batches of 32, no augmentation
    new   SGD with Nesterov momentum, one cycle, weight decay (not on scales, offsets
          and biases), label smoothing, flips, batches of 128

and the fast network's new recipe gets one thing more in turn: MixUp, CutMix, or an
average of the weights over the last steps (EMA).

`data/measured/recipes.json` (a tenth of the images) and `recipes_full.json` (all):

    plan, seeds  the settings below
    arms         by name: network, recipe, and runs: seed, train_loss and val_accuracy
                 per epoch, test_accuracy, cpu_seconds
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.architectures.fashion import fashion_cnn, fashion_fast
from course_utils.startup import keras
from course_utils.training import one_cycle, reestimate_batch_norm
from experiments import fashion, results
from experiments.measurement import Measurement
from experiments.spreading import spread

NETWORKS = {"textbook": fashion_cnn, "fast": fashion_fast}
# The highest rate that the textbook network, which has no batch norm, stands.
PEAKS = {"textbook": 0.02, "fast": 0.2}
NOT_DECAYED = ("gamma", "beta", "bias")


@dataclass(frozen=True)
class Plan:
    """How much every network sees.

    Parameters
    ----------
    images : of the 55,000 training images; a seed chooses which.
    epochs : for all alike.
    """

    images: int = 5_500
    epochs: int = 6


@dataclass(frozen=True)
class Arm:
    """A network and a way to train it.

    Parameters
    ----------
    network : a name in `NETWORKS`.
    new : the new recipe; False for the old one.
    mix : makes a layer that mixes pairs of images and labels, or None.
    ema : whether the weights are averaged.
    """

    network: str
    new: bool = True
    mix: Callable[[], keras.layers.Layer] | None = None
    ema: bool = False

    @property
    def batch_size(self):
        return 128 if self.new else 32

    @property
    def says(self):
        parts = ["new" if self.new else "old"]
        parts += [self.mix.__name__] if self.mix else []
        parts += ["EMA"] if self.ema else []
        return " + ".join(parts)


ARMS = {
    "textbook, old": Arm("textbook", new=False),
    "textbook, new": Arm("textbook"),
    "fast, old": Arm("fast", new=False),
    "fast, new": Arm("fast"),
    "fast, new + MixUp": Arm("fast", mix=keras.layers.MixUp),
    "fast, new + CutMix": Arm("fast", mix=keras.layers.CutMix),
    "fast, new + EMA": Arm("fast", ema=True),
}


def compiled(arm, steps):
    """A new network of an arm, ready for a run of so many steps."""
    model = NETWORKS[arm.network]()
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1 if arm.new else 0.0)
    optimizer = "nadam"
    if arm.new:
        optimizer = keras.optimizers.SGD(
            one_cycle(PEAKS[arm.network], steps),
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-3,
            use_ema=arm.ema,
            ema_momentum=0.98,
        )
        optimizer.exclude_from_weight_decay(var_names=NOT_DECAYED)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def batches(arm, x, y, seed):
    """The training images in batches, shuffled anew each epoch, augmented as the arm
    says.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((x, y))
    data = data.shuffle(len(x), seed=seed).batch(arm.batch_size)
    if arm.new:
        flip = keras.layers.RandomFlip("horizontal", seed=seed)
        data = data.map(lambda images, labels: (flip(images, training=True), labels))
    if arm.mix:
        mix = arm.mix(seed=seed)
        both = lambda images, labels: mix(
            {"images": images, "labels": labels}, training=True
        )
        data = data.map(both).map(lambda mixed: (mixed["images"], mixed["labels"]))
    return data.prefetch(tf.data.AUTOTUNE)


def train(arm, training, valid, test, seed, plan):
    """Train one arm once; what its run is stored as, without the seed."""
    x, y = training
    chosen = np.random.default_rng(seed).permutation(len(x))[: plan.images]
    x, y = x[chosen], y[chosen]
    keras.utils.set_random_seed(seed)
    model = compiled(arm, plan.epochs * -(-len(x) // arm.batch_size))
    started = time.process_time()
    history = model.fit(
        batches(arm, x, y, seed),
        epochs=plan.epochs,
        validation_data=valid,
        validation_batch_size=250,
        verbose=0,
    ).history
    if arm.ema:  # the averaged weights have not met any batch
        reestimate_batch_norm(model, x, arm.batch_size)
    return {
        "train_loss": results.rounded(history)["loss"],
        "val_accuracy": results.rounded(history)["val_accuracy"],
        "test_accuracy": round(model.evaluate(*test, batch_size=250, verbose=0)[1], 4),
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def compare(stored_as, plan, seeds=(1, 2, 3), data=None):
    """Train all arms once per seed, and store after each run; what is stored already is
    not run again.
    """
    result = results.unfinished(stored_as, complete, results.planned(plan, seeds)) or {
        "data": "Fashion-MNIST",
        **results.planned(plan, seeds),
        "arms": {
            name: {"network": arm.network, "recipe": arm.says, "runs": []}
            for name, arm in ARMS.items()
        },
    }
    left = [(*one, plan, data) for one in results.left_over(result, ARMS)]
    runs = spread(one_run, left)
    for name, run in results.taken_in(stored_as, result, runs):
        print(
            f"{name}, seed {run['seed']}: test accuracy {run['test_accuracy']:.4f}",
            flush=True,
        )


def one_run(name, seed, plan, data=None):
    """Train one arm with one seed; its name, and what is stored of the run.

    Parameters
    ----------
    data : as `fashion.fashion` gives them, which is asked where none come.
    """
    one_hot = lambda part: (part[0], keras.utils.to_categorical(part[1], 10))
    parts = [one_hot(part) for part in data or fashion.fashion()]
    return name, {"seed": seed, **train(ARMS[name], *parts, seed, plan)}


def complete(name):
    """Whether a result is stored, with all seeds of all arms."""
    return results.all_seeds(name, "arms")


PLANS = {"recipes": Plan(), "recipes_full": Plan(images=55_000, epochs=10)}
MEASUREMENTS = {
    name: Measurement(name, functools.partial(compare, name, plan), complete)
    for name, plan in PLANS.items()
}
