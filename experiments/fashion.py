"""Two networks on Fashion-MNIST, measured in full.

How long a run took says little on a machine that had other work, so `time_steps` times
single training steps of both in turn, a few of one, a few of the other, and takes
medians: a network's time is its median step times its steps.
"""

import json
import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from course_utils.startup import keras
from course_utils.training import Resume, fit, one_cycle
from experiments import results
from experiments.measurement import Measurement
from experiments.results import backup_folder, complete, rounded
from experiments.timing import ProcessorTime, StepTimer

VALIDATION = 5_000  # the last of the 60,000 training images


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained.

    Parameters
    ----------
    model : a function from the number of steps in the whole run to a compiled model.
    epochs, batch_size : as in `fit`.
    seeds : one run each.
    says : the recipe in words.
    one_hot : whether the loss takes one-hot labels.
    """

    model: Callable[[int], keras.Model]
    epochs: int
    batch_size: int
    seeds: tuple[int, ...]
    says: str
    one_hot: bool = False

    def steps_per_epoch(self, images=60_000 - VALIDATION):
        return math.ceil(images / self.batch_size)

    def steps(self):
        return self.epochs * self.steps_per_epoch()

    def labels(self, y):
        return keras.utils.to_categorical(y, 10) if self.one_hot else y


def chapter_model(steps):
    """The textbook network, compiled as in the chapter."""
    from course_utils.architectures.fashion import fashion_cnn

    model = fashion_cnn()
    model.compile(
        optimizer="nadam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def fast_model(steps):
    """The small network with its recipe: flips, label smoothing, one cycle of the
    learning rate, weight decay.
    """
    from course_utils.architectures.fashion import fashion_fast

    flip = keras.layers.RandomFlip("horizontal")
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), flip, fashion_fast()], name="fashion_fast"
    )
    model.compile(
        optimizer=keras.optimizers.SGD(
            one_cycle(0.2, steps), momentum=0.9, nesterov=True, weight_decay=5e-3
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


FAST = (
    "SGD with Nesterov momentum 0.9, one cycle to 0.2, weight decay, label smoothing "
    "0.1, horizontal flips"
)
RECIPES = {
    "fashion_cnn": Recipe(
        chapter_model,
        epochs=10,
        batch_size=32,
        seeds=(42,),
        says="nadam at its default learning rate, cross-entropy, dropout ½ twice, no "
        "augmentation",
    ),
    "fashion_fast": Recipe(
        fast_model, epochs=6, batch_size=128, seeds=(1, 2, 3), one_hot=True, says=FAST
    ),
    "fashion_fast_long": Recipe(
        fast_model, epochs=14, batch_size=128, seeds=(1, 2, 3), one_hot=True, says=FAST
    ),
}


def run(name, data=None):
    """Train one network with each seed of its recipe, test it, and store what came out
    after each.  Seeds that an interrupted measurement has stored are not trained again.
    """
    recipe = RECIPES[name]
    train, valid, test = ((x, recipe.labels(y)) for x, y in data or fashion())
    settings = {
        "network": name,
        "recipe": recipe.says,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "steps_per_epoch": recipe.steps_per_epoch(len(train[0])),
        "seeds": list(recipe.seeds),
    }
    result = results.unfinished(name, complete, settings) or {**settings, "runs": []}
    stored = [run["seed"] for run in result["runs"]]
    for seed in (seed for seed in recipe.seeds if seed not in stored):
        backup = Resume(backup_folder(name, seed), keep=True)
        saved = backup.state()
        # After an interruption another seed, or the first epoch's shuffling would come
        # a second time.
        keras.utils.set_random_seed(seed + 1000 * saved["epoch"] if saved else seed)
        model = recipe.model(recipe.epochs * recipe.steps_per_epoch(len(train[0])))
        print(
            f"{name}, seed {seed}"
            + (f", going on after epoch {saved['epoch']}" if saved else ""),
            flush=True,
        )
        history = fit(
            model,
            train,
            valid,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            verbose="lines",
            resume=backup,
            callbacks=[ProcessorTime()],
        )
        loss, accuracy = model.evaluate(*test, batch_size=250, verbose=0)
        print(f"{name}, seed {seed}: test accuracy {accuracy:.4f}", flush=True)
        result["parameters"] = model.count_params()
        result["runs"].append(
            {
                "seed": seed,
                "test_accuracy": round(accuracy, 4),
                "test_loss": round(loss, 4),
                "history": rounded(history.history),
                "seconds": [round(value, 1) for value in history.seconds],
            }
        )
        result["mean_test_accuracy"] = round(
            statistics.mean(r["test_accuracy"] for r in result["runs"]), 4
        )
        results.store(name, result)
    for seed in recipe.seeds:
        Resume(backup_folder(name, seed)).delete()


def time_steps(rounds=40, burst=6, data=None):
    """Time training steps of both networks in turn, and say what both runs take at
    that pace.
    """
    train = (data or fashion())[0]
    timers, bursts = {}, []
    for name in ("fashion_cnn", "fashion_fast"):
        timers[name] = StepTimer()
        bursts.append(_burst(RECIPES[name], train, burst, timers[name]))
        bursts[-1]()  # traces the model
        timers[name].clear()
    for _ in range(rounds):
        for train_a_little in bursts:
            train_a_little()
    result = {"rounds": rounds, "steps_a_round": burst - 1, "networks": {}}
    for name, recipe in RECIPES.items():
        # the longer run is of the same network
        timer = timers[name.removesuffix("_long")]
        step = statistics.median(timer.seconds)
        result["networks"][name] = {
            "batch_size": recipe.batch_size,
            "steps": recipe.steps(),
            "step_seconds": round(step, 5),
            "step_cpu_seconds": round(statistics.median(timer.cpu_seconds), 5),
            "seconds": round(step * recipe.steps(), 1),
        }
    of = result["networks"]
    result["ratio"] = round(
        of["fashion_fast"]["seconds"] / of["fashion_cnn"]["seconds"], 4
    )
    result["cpu_ratio"] = round(
        math.prod(of["fashion_fast"][key] for key in ("step_cpu_seconds", "steps"))
        / math.prod(of["fashion_cnn"][key] for key in ("step_cpu_seconds", "steps")),
        4,
    )
    print(json.dumps(result, indent=1), flush=True)
    return result


def _burst(recipe, train, steps, timer):
    """A function that trains a fresh model for a few steps more, timed by `timer`."""
    images, labels = (values[: steps * recipe.batch_size] for values in train)
    return partial(
        recipe.model(recipe.steps()).fit,
        images,
        recipe.labels(labels),
        batch_size=recipe.batch_size,
        verbose=0,
        callbacks=[timer],
    )


def fashion():
    """Fashion-MNIST as the chapter splits it:

    55,000 to train, the last 5,000 to validate, 10,000 to test.
    """
    from course_utils.datasets import load_fashion

    (x, y), (x_test, y_test) = load_fashion(source="cached")
    scaled = lambda images: images[..., None].astype("float32") / 255
    return (
        (scaled(x[:-VALIDATION]), y[:-VALIDATION]),
        (scaled(x[-VALIDATION:]), y[-VALIDATION:]),
        (scaled(x_test), y_test),
    )


ONLY_HERE = "a run that was cut off goes on from its last epoch, on this machine's disk"
MEASUREMENTS = {
    name: Measurement(name, partial(run, name), only_here=ONLY_HERE) for name in RECIPES
} | {
    "steps": Measurement("fashion_steps", time_steps, only_here="it times this machine")
}
