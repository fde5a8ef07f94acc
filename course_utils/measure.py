"""The full runs that lessons show beside their own short ones: `make measure`, or

    python -m course_utils.measure                      # what is not measured yet
    python -m course_utils.measure steps --again        # one of them, anew

Each result is a file in `data/measured/` with the machine, the versions and the date.
A run that is cut off goes on after its last finished epoch when it is started again;
its backup stands under the Keras home, outside the repository.

Two networks are compared on Fashion-MNIST.  How long a run took says little on a
machine that had other work, so `steps` times single training steps of both in turn, a
few of one, a few of the other, and takes medians: a network's time is its median step
times its steps.
"""

import argparse
import datetime
import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_utils.data_files import data_file, data_folder
from course_utils.session import keras_home
from course_utils.startup import keras
from course_utils.training import History, Resume, fit, one_cycle

VALIDATION = 5_000  # the last of the 60,000 training images


@dataclass(frozen=True)
class Recipe:
    """A network and how it is trained.

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


class ProcessorTime(keras.callbacks.Callback):
    """Adds to each epoch the seconds of processor time it took, all cores together."""

    async_safe = True

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        logs["cpu_seconds"] = time.process_time() - self.started


def run(name, data=None):
    """Train one network with each seed of its recipe, test it, and store what came out
    after each.
    """
    recipe = RECIPES[name]
    train, valid, test = ((x, recipe.labels(y)) for x, y in data or fashion())
    results = {
        "network": name,
        "recipe": recipe.says,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "steps_per_epoch": recipe.steps_per_epoch(len(train[0])),
        "seeds": list(recipe.seeds),
        "runs": [],
    }
    for seed in recipe.seeds:
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
        results["parameters"] = model.count_params()
        results["runs"].append(
            {
                "seed": seed,
                "test_accuracy": round(accuracy, 4),
                "test_loss": round(loss, 4),
                "history": rounded(history.history),
                "seconds": [round(value, 1) for value in history.seconds],
            }
        )
        results["mean_test_accuracy"] = round(
            statistics.mean(r["test_accuracy"] for r in results["runs"]), 4
        )
        store(name, results)
    for seed in recipe.seeds:
        Resume(backup_folder(name, seed)).delete()


def steps(rounds=40, burst=6, data=None):
    """Time training steps of both networks in turn, and what both runs take at that
    pace.
    """
    train = (data or fashion())[0]
    timers, fits = {}, {}
    for name in ("fashion_cnn", "fashion_fast"):
        recipe = RECIPES[name]
        count = burst * recipe.batch_size
        model, labels = recipe.model(recipe.steps()), recipe.labels(train[1][:count])
        timers[name] = StepTimer()
        fits[name] = (
            lambda model=model, x=train[0][:count], y=labels, size=recipe.batch_size, timer=timers[name]: (
                model.fit(x, y, batch_size=size, verbose=0, callbacks=[timer])
            )
        )
        fits[name]()  # traces the model
        timers[name].clear()
    for _ in range(rounds):
        for train_a_little in fits.values():
            train_a_little()
    result = {"rounds": rounds, "steps_a_round": burst - 1, "networks": {}}
    for name, recipe in RECIPES.items():
        timer = timers[
            name.removesuffix("_long")
        ]  # the longer run is of the same network
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
    store("fashion_steps", result)
    print(json.dumps(result, indent=1), flush=True)


def transfer_ladder(seeds=(1, 2, 3), flowers=None, plan=None):
    """Lesson 06's ladder, from scratch to fine-tuned, once a seed; seeds that are
    stored already are not run again.
    """
    from course_utils.datasets import load_flowers
    from course_utils.transfer import Plan, climb

    plan = plan or Plan()
    flowers = flowers or load_flowers("embedded", size=plan.size)
    results = {
        "data": flowers.line,
        "settings": asdict(plan),
        "seeds": list(seeds),
        "rungs": [],
        "runs": [],
    }
    file = results_folder() / "transfer_ladder.json"
    if file.exists():
        stored = json.loads(file.read_text())
        if all(
            stored.get(key) == results[key] for key in ("data", "settings", "seeds")
        ) and not complete(file.stem):
            results["runs"] = stored["runs"]
    for seed in seeds:
        if seed in (one["seed"] for one in results["runs"]):
            continue
        run = {"seed": seed, "test_accuracy": {}, "val_accuracy": {}, "seconds": {}}
        for rung, accuracy, history in climb(flowers, plan, seed):
            print(
                f"seed {seed}, {' '.join(rung.split())}: test accuracy {accuracy:.4f}",
                flush=True,
            )
            run["test_accuracy"][rung] = round(accuracy, 4)
            run["val_accuracy"][rung] = rounded(history.history)["val_accuracy"]
            run["seconds"][rung] = round(sum(history.seconds), 1)
        results["runs"].append(run)
        results["rungs"] = list(run["test_accuracy"])
        results["mean_test_accuracy"] = {
            rung: round(
                statistics.mean(one["test_accuracy"][rung] for one in results["runs"]),
                4,
            )
            for rung in results["rungs"]
        }
        store("transfer_ladder", results)


class StepTimer(keras.callbacks.Callback):
    """Seconds from the beginning of a step to the beginning of the next; the first of
    each `fit` is left out.
    """

    async_safe = True

    def __init__(self):
        super().__init__()
        self.clear()

    def clear(self):
        self.seconds, self.cpu_seconds = [], []

    def on_train_begin(self, logs=None):
        self.last = None

    def on_train_batch_begin(self, batch, logs=None):
        now = time.perf_counter(), time.process_time()
        if self.last and batch > 1:
            self.seconds.append(now[0] - self.last[0])
            self.cpu_seconds.append(now[1] - self.last[1])
        self.last = now


def measured(name):
    """A stored result as a dictionary: "fashion_cnn", "fashion_fast",
    "fashion_fast_long" or "fashion_steps".
    """
    return json.loads(data_file(f"measured/{name}.json").read_text())


def measured_histories(name):
    """The stored runs of a network as `History` objects, one a seed.

    Their seconds are its median step times the steps of an epoch, measured in turn with
    the other network's.
    """
    result = measured(name)
    an_epoch = (
        measured("fashion_steps")["networks"][name]["step_seconds"]
        * result["steps_per_epoch"]
    )
    return [
        History(one["history"], seconds=[an_epoch] * result["epochs"], name=name)
        for one in result["runs"]
    ]


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


def machine():
    """What a result was measured on and with."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        keras.backend.backend(): version(keras.backend.backend()),
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def store(name, result):
    """Write a result, with the machine and the date, to `data/measured/<name>.json`."""
    folder = results_folder()
    folder.mkdir(parents=True, exist_ok=True)
    result = {**result, "machine": machine(), "date": datetime.date.today().isoformat()}
    new = folder / f"{name}.json.new"
    new.write_text(json.dumps(result, indent=1) + "\n")
    os.replace(new, folder / f"{name}.json")


def results_folder():
    return Path(str(data_folder())) / "measured"


def backup_folder(name, seed):
    return keras_home() / "course-measure" / f"{name}-seed{seed}"


def rounded(history):
    """Five digits are more than a training run repeats, and keep the file readable."""
    return {
        name: [float(f"{value:.5g}") for value in values]
        for name, values in history.items()
    }


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


MEASUREMENTS = {
    "fashion_fast": lambda: run("fashion_fast"),
    "fashion_fast_long": lambda: run("fashion_fast_long"),
    "fashion_cnn": lambda: run("fashion_cnn"),
    "steps": steps,
    "transfer_ladder": transfer_ladder,
}
FILES = {name: name for name in RECIPES} | {
    "steps": "fashion_steps",
    "transfer_ladder": "transfer_ladder",
}


def complete(name):
    """Whether a measurement is stored, with all its seeds."""
    file = results_folder() / f"{FILES[name]}.json"
    if not file.exists():
        return False
    result = json.loads(file.read_text())
    return len(result.get("runs", [])) == len(result.get("seeds", []))


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m course_utils.measure", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"any of {', '.join(MEASUREMENTS)}; all without one",
    )
    parser.add_argument(
        "--again", action="store_true", help="measure even what is stored already"
    )
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(
            f"{unknown[0]!r} cannot be measured; there are {', '.join(MEASUREMENTS)}"
        )
    for name in chosen.names or MEASUREMENTS:
        if complete(name) and not chosen.again:
            print(f"{name} is measured already (--again measures it anew)")
        else:
            MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
