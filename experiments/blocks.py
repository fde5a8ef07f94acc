"""Lesson 03's experiment: one stem, one budget, nine blocks, on Fashion-MNIST.

Every network of `course_utils.architectures.blocks` sees each of 12,800 training images
once (`blocks_long`: of 55,000), in the same order for the same seed, and is tested on
the 10,000 test images.
First each block gets its own learning rate: of three peaks the one that does best on
the validation part in a short run with a seed that is not used again.  Then all blocks
are trained with seed 1, then all with seed 2, so that what is stored is always fair.

`data/measured/blocks.json`:

    plan       the settings below
    seeds      the seeds asked for
    blocks     by name: changes (the block it differs from), filters, multiply_adds,
               parameters, rates (peak → validation accuracy of the short run), rate
               (the peak chosen), and runs
    runs       one per finished seed: seed, train_accuracy (of the last tenth of the
               steps), val_accuracy, test_accuracy, step_cpu_seconds (processor seconds
               of the median step, all cores together) and cpu_seconds (that times the
               steps)
"""

import functools
import statistics
from dataclasses import dataclass

import numpy as np

from course_utils.architectures import blocks
from course_utils.arithmetic import model_cost
from course_utils.startup import keras
from course_utils.training import one_cycle
from experiments import fashion, results
from experiments.measurement import Measurement
from experiments.restart import restart
from experiments.timing import StepTimer


@dataclass(frozen=True)
class Plan:
    """How every network is trained.

    Parameters
    ----------
    batch_size : images a step.
    images : training images, each seen once, with the optimizer that `optimizer` says.
    search_images : training images of the short runs.
    peaks : the learning rates that each block may choose from.
    search_seed : of the short runs.
    """

    batch_size: int = 64
    images: int = 12_800
    search_images: int = 4_000
    peaks: tuple[float, ...] = (0.002, 0.006, 0.018)
    search_seed: int = 0
    optimizer: str = "Adam, one cycle to the peak learning rate"


@functools.cache
def compiled(name):
    """The network with that block, compiled; made anew by `restart`."""
    model = blocks.network(name)
    model.compile(
        optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


class Rates(keras.callbacks.Callback):
    """Sets the learning rate of each step from a schedule."""

    def __init__(self, schedule):
        super().__init__()
        self.schedule, self.step = schedule, 0

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = float(self.schedule(self.step))
        self.step += 1


def train(name, data, seed, peak, images, batch_size):
    """Train one network on the first `images` of a seed's order, each once.

    Returns
    -------
    The model, its training accuracy in the last tenth of the steps, and a
    `StepTimer` of the run.
    """
    x, y = data
    order = np.random.default_rng(seed).permutation(len(x))[:images]
    steps = len(order) // batch_size
    order = order[: steps * batch_size]
    model = compiled(name)
    restart(model, lambda: blocks.network(name), seed)
    rates, timer = Rates(one_cycle(peak, steps)), StepTimer()
    last = len(order) - (steps // 10) * batch_size
    for part in (order[:last], order[last:]):
        # Two calls, so that the last tenth has a mean of its own.
        history = model.fit(
            x[part],
            y[part],
            batch_size=batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[rates, timer],
        )
    return model, history.history["accuracy"][-1], timer


def compare(stored_as, plan, seeds=(1, 2, 3), data=None, names=tuple(blocks.BLOCKS)):
    """Search each block's rate, then train all blocks once per seed, and store after
    each run; what is stored already is not run again.
    """
    training, valid, test = data or fashion.fashion()
    result = results.unfinished(stored_as, complete, results.planned(plan, seeds)) or {
        "data": "Fashion-MNIST: 55,000 images to train, 5,000 to validate, 10,000 to "
        "test",
        **results.planned(plan, seeds),
        "blocks": {},
    }
    accuracy = lambda model, part: round(
        model.evaluate(*part, batch_size=250, verbose=0)[1], 4
    )
    for name in names:
        result["blocks"].setdefault(name, _about(name))
    for name, about in result["blocks"].items():
        for peak in plan.peaks:
            if str(peak) in about["rates"]:
                continue
            model, *_ = train(
                name, training, plan.search_seed, peak, plan.search_images,
                plan.batch_size,
            )  # fmt: skip
            about["rates"][str(peak)] = accuracy(model, valid)
            about["rate"] = float(max(about["rates"], key=about["rates"].get))
            print(f"{name}, peak {peak}: {about['rates'][str(peak)]:.4f}", flush=True)
            results.store(stored_as, result)
    for seed in seeds:
        for name in names:
            about = result["blocks"][name]
            if seed in (run["seed"] for run in about["runs"]):
                continue
            model, train_accuracy, timer = train(
                name, training, seed, about["rate"], plan.images, plan.batch_size
            )
            step = statistics.median(timer.cpu_seconds)
            about["runs"].append(
                {
                    "seed": seed,
                    "train_accuracy": round(train_accuracy, 4),
                    "val_accuracy": accuracy(model, valid),
                    "test_accuracy": accuracy(model, test),
                    "cpu_seconds": round(step * (plan.images // plan.batch_size), 1),
                    "step_cpu_seconds": round(step, 5),
                }
            )
            done = about["runs"][-1]
            print(f"{name}, seed {seed}: {done['test_accuracy']:.4f}", flush=True)
            results.store(stored_as, result)


def _about(name):
    """What is known of a block before it is trained."""
    model, block = blocks.network(name), blocks.BLOCKS[name]
    return {
        "changes": block.changes,
        "filters": list(block.filters),
        "multiply_adds": model_cost(model).multiply_adds,
        "parameters": model.count_params(),
        "rates": {},
        "runs": [],
    }


def complete(name):
    """Whether a result is stored, with all seeds of all blocks."""
    return results.all_seeds(name, "blocks")


PLANS = {"blocks": Plan(), "blocks_long": Plan(images=55_000, search_images=8_000)}
MEASUREMENTS = {
    name: Measurement(
        name,
        functools.partial(compare, name, plan),
        complete,
        only_here="what a step costs is compared, so one machine takes all steps",
    )
    for name, plan in PLANS.items()
}
