"""Lesson 04's experiment: 34 layers, plain and residual, and what batch norm's running
averages have to do with it.

A thin ResNet-34 (8 filters in its first stage instead of 64) learns from Fashion-MNIST
enlarged to 64×64 pixels, three times per seed: without skips, with skips (γ = 1), and
with skips and γ = 0 in each unit's last batch norm.  Nothing else differs: the same
images in the same order, Adam at one rate.

After each epoch the validation part is measured twice: as the network stands, and after
`reestimate_batch_norm` on training images.  If the first is low and the second is not,
then the network has learned, and only its running averages were of no use.  The test
part is used once, at the end.

`data/measured/residual.json`, and `residual_32.json` for images of 32×32, where maps of
the last stage are 1×1, so that batch norm has one number per image and channel:

    plan, seeds  the settings below
    arms         by name: what the network was built with, and runs
    runs         one per finished seed: seed, history (accuracy and loss in training,
                 val_accuracy, val_loss, and val_accuracy_reestimated,
                 val_loss_reestimated; one number per epoch), test_accuracy,
                 test_accuracy_reestimated, cpu_seconds
"""

import functools
import time
from dataclasses import dataclass

import numpy as np

from course_utils.architectures import build
from course_utils.startup import keras
from course_utils.training import reestimate_batch_norm
from experiments import fashion, results
from experiments.measurement import Measurement
from experiments.spreading import spread

ARMS = {
    "plain": {"residual": False},
    "residual, γ = 1": {},
    "residual, γ = 0": {"zero_gamma": True},
}


@dataclass(frozen=True)
class Plan:
    """How every network is trained.

    Parameters
    ----------
    size : height and width of the images, enlarged from 28.
    filters : of the first stage; 64 in the paper.
    images, valid, test : how many of each part are used.
    for_averages : training images that the running averages are estimated from.
    epochs, batch_size, rate : of Adam; the rate stays the same throughout.
    """

    size: int = 64
    filters: int = 8
    images: int = 1_500
    valid: int = 1_000
    test: int = 2_000
    for_averages: int = 1_000
    epochs: int = 4
    batch_size: int = 32
    rate: float = 1e-3


def compare(stored_as, plan, seeds=(1, 2, 3), data=None):
    """Train the three networks once per seed, and store after each run; what is stored
    already is not run again.
    """
    result = results.unfinished(stored_as, complete, results.planned(plan, seeds)) or {
        "data": "Fashion-MNIST, enlarged",
        **results.planned(plan, seeds),
        "arms": {name: {"settings": arm, "runs": []} for name, arm in ARMS.items()},
    }
    left = [(*one, plan, data) for one in results.left_over(result, ARMS)]
    runs = spread(one_run, left)
    for name, run in results.taken_in(stored_as, result, runs):
        print(
            f"{name}, seed {run['seed']}: test accuracy {run['test_accuracy']:.3f}, "
            f"{run['test_accuracy_reestimated']:.3f} with averages of its own",
            flush=True,
        )


def one_run(name, seed, plan, data=None):
    """Train one network with one seed; its name, and what is stored of the run.

    Parameters
    ----------
    data : as `fashion.fashion` gives them, which is asked where none come.
    """
    (images, labels), valid, test = data or fashion.fashion()
    valid, test = (
        (enlarged(x[:count], plan.size), y[:count])
        for (x, y), count in ((valid, plan.valid), (test, plan.test))
    )
    chosen = np.random.default_rng(seed).permutation(len(images))[: plan.images]
    part = enlarged(images[chosen], plan.size), labels[chosen]
    return name, {"seed": seed, **train(ARMS[name], part, valid, test, seed, plan)}


def train(settings, train, valid, test, seed, plan):
    """Train one network; what its run is stored as, without the seed."""
    x, y = train
    keras.utils.set_random_seed(seed)
    model = build("resnet34", x.shape[1:], classes=10, filters=plan.filters, **settings)
    model.compile(
        keras.optimizers.Adam(plan.rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    measure = lambda part: model.evaluate(*part, batch_size=250, verbose=0)
    history, random = {}, np.random.default_rng(seed)
    started = time.process_time()
    for _ in range(plan.epochs):
        order = random.permutation(len(x))
        epoch = model.fit(
            x[order], y[order], batch_size=plan.batch_size, shuffle=False, verbose=0
        ).history
        row = {name: values[-1] for name, values in epoch.items()}
        row["val_loss"], row["val_accuracy"] = measure(valid)
        weights = model.get_weights()
        reestimate_batch_norm(model, x[: plan.for_averages], plan.batch_size)
        again = measure(valid)
        row["val_loss_reestimated"], row["val_accuracy_reestimated"] = again
        model.set_weights(weights)  # training goes on as if nobody had looked
        for name, value in row.items():
            history.setdefault(name, []).append(value)
    seconds = time.process_time() - started
    test_accuracy = measure(test)[1]
    reestimate_batch_norm(model, x[: plan.for_averages], plan.batch_size)
    return {
        "test_accuracy": round(test_accuracy, 4),
        "test_accuracy_reestimated": round(measure(test)[1], 4),
        "history": results.rounded(history),
        "cpu_seconds": round(seconds, 1),
    }


def enlarged(images, size):
    """(count, 28, 28, 1) images as (count, size, size, 1), interpolated."""
    return keras.ops.convert_to_numpy(
        keras.ops.image.resize(images, (size, size), data_format="channels_last")
    )


def complete(name):
    """Whether a result is stored, with all seeds of all networks."""
    return results.all_seeds(name, "arms")


PLANS = {
    "residual": Plan(),
    "residual_32": Plan(size=32, filters=16),
    "residual_full": Plan(
        filters=64, images=55_000, valid=5_000, test=10_000, epochs=10, batch_size=128
    ),
}
MEASUREMENTS = {
    name: Measurement(name, functools.partial(compare, name, plan), complete)
    for name, plan in PLANS.items()
}
