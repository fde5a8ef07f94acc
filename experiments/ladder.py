"""Lesson 06's ladder, from scratch to fine-tuned, with more seeds than a lesson has
time for.
"""

import json
import statistics
from dataclasses import asdict, dataclass

from course_utils.datasets import load_flowers
from course_utils.startup import keras  # noqa: I001  (first, so that Keras starts quietly)
from course_utils.transfer import classifier, unfreeze_from
from experiments import results
from experiments.measurement import Measurement


@dataclass(frozen=True)
class Plan:
    """The settings of lesson 06 in its quick form, for the same runs with more seeds.

    Parameters
    ----------
    size : height and width of the photos.
    photos : how many to train on.
    batch_size : photos a step.
    head_epochs, head_rate : training the head on the frozen backbone; rates fall along
        a cosine to zero.
    tuning_epochs, tuning_rate : fine-tuning, likewise.
    scratch_peak : the highest learning rate from scratch.
    start : the first layer of mini_xception that is freed for fine-tuning.
    """

    size: int = 128
    photos: int = 200
    batch_size: int = 32
    head_epochs: int = 4
    head_rate: float = 0.1
    tuning_epochs: int = 5
    tuning_rate: float = 0.001
    scratch_peak: float = 3e-3
    start: str = "block4_sepconv1_relu"


def train_rungs(flowers, plan, seed):
    """Train every rung of the ladder once; yields (rung, test accuracy, history), one
    after the other.

    Parameters
    ----------
    flowers : what `load_flowers(size=plan.size)` gives.
    plan : a `Plan`.
    seed : of weights, augmentation and the order of the photos.
    """
    import tensorflow as tf

    from course_utils.backbones import load_backbone
    from course_utils.training import fit, one_cycle

    train = (
        flowers.train.take(plan.photos)
        .cache()
        .shuffle(96, seed=seed)
        .batch(plan.batch_size)
    )
    train = train.prefetch(tf.data.AUTOTUNE)
    valid, test = flowers.valid.batch(75), flowers.test.batch(75)
    classes, epochs = len(flowers.class_names), plan.head_epochs + plan.tuning_epochs
    batches = -(-plan.photos // plan.batch_size)

    def backbone(trained):
        keras.utils.set_random_seed(seed)
        return load_backbone(
            "mini_xception", input_shape=(plan.size, plan.size, 3), trained=trained
        ).model

    def run(model, optimizer, epochs):
        model.compile(
            optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        history = fit(model, train, valid, epochs=epochs, verbose=0)
        return model.evaluate(test, verbose=0)[1], history

    def momentum(rate, epochs):
        return keras.optimizers.SGD(
            keras.optimizers.schedules.CosineDecay(rate, epochs * batches), momentum=0.9
        )

    head = lambda: momentum(plan.head_rate, plan.head_epochs)

    for rung, longer in (
        ("from scratch", 1),
        ("from scratch,\nthree times as long", 3),
    ):
        model = classifier(backbone(False), plan.size, classes)
        rate = one_cycle(plan.scratch_peak, longer * epochs * batches)
        yield rung, *run(model, keras.optimizers.Adam(rate), longer * epochs)

    features = backbone(False)
    for photos, _ in train:
        # batch norms see the photos once, so that the features have a sensible size
        features(photos, training=True)
    features.trainable = False
    model = classifier(features, plan.size, classes)
    yield "random, frozen", *run(model, head(), plan.head_epochs)

    for rung, batch_norm in (
        ("fine-tuned", False),
        ("fine-tuned,\nbatch norm too", True),
    ):
        features = backbone(True)
        features.trainable = False
        model = classifier(features, plan.size, classes)
        frozen = run(model, head(), plan.head_epochs)
        if not batch_norm:
            yield "frozen", *frozen
        unfreeze_from(features, plan.start, batch_norm)
        slowly = momentum(plan.tuning_rate, plan.tuning_epochs)
        yield rung, *run(model, slowly, plan.tuning_epochs)


def transfer_ladder(seeds=(1, 2, 3), flowers=None, plan=None):
    """Lesson 06's ladder, from scratch to fine-tuned, once a seed; seeds that are
    stored already are not run again.
    """
    plan = plan or Plan()
    flowers = flowers or load_flowers("embedded", size=plan.size)
    result = {
        "data": flowers.line,
        "settings": asdict(plan),
        "seeds": list(seeds),
        "rungs": [],
        "runs": [],
    }
    file = results.results_folder() / "transfer_ladder.json"
    if file.exists():
        stored = json.loads(file.read_text())
        if all(
            stored.get(key) == result[key] for key in ("data", "settings", "seeds")
        ) and not results.complete(file.stem):
            result["runs"] = stored["runs"]
    for seed in seeds:
        if seed in (done["seed"] for done in result["runs"]):
            continue
        run = {"seed": seed, "test_accuracy": {}, "val_accuracy": {}, "seconds": {}}
        for rung, accuracy, history in train_rungs(flowers, plan, seed):
            print(
                f"seed {seed}, {' '.join(rung.split())}: test accuracy {accuracy:.4f}",
                flush=True,
            )
            run["test_accuracy"][rung] = round(accuracy, 4)
            run["val_accuracy"][rung] = results.rounded(history.history)["val_accuracy"]
            run["seconds"][rung] = round(sum(history.seconds), 1)
        result["runs"].append(run)
        result["rungs"] = list(run["test_accuracy"])
        result["mean_test_accuracy"] = {
            rung: round(
                statistics.mean(done["test_accuracy"][rung] for done in result["runs"]),
                4,
            )
            for rung in result["rungs"]
        }
        results.store("transfer_ladder", result)


MEASUREMENTS = {"transfer_ladder": Measurement("transfer_ladder", transfer_ladder)}
