"""Lesson 06's ladder with more seeds and more sizes than a lesson has time for: from
scratch, a random backbone, a trained one, and that one fine-tuned.

Three results, stored in `data/measured` in one layout:

`transfer_ladder`              the drawn garden, the course's small backbone
`transfer_ladder_photographs`  photographs of the five flowers, MobileNetV2
`transfer_ladder_control`      the drawn garden, the small backbone of old, which had
                               learned where things are, too

    data, network, trained_on    what the numbers are of, in words
    settings                     the `Plan`
    seeds, photos, rungs         what is varied; `photos` are numbers of training photos
    runs                         one a seed, with settings["photos"] training photos:
                                 {"seed": 1, "test_accuracy": {rung: 0.87, …},
                                  "calibration_error": {rung: 0.05, …}}
    mean_test_accuracy           {rung: mean of the runs}
    curve                        {"photos": [100, …], "test_accuracy": {rung: [[one a
                                 seed], … one a number of photos]}}, sizes that are
                                 not measured yet left out

A long run stores what it has after each number of photos, and goes on from there.
"""

import functools
import hashlib
import json
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from course_utils import session
from course_utils.backbones import load_backbone
from course_utils.backbones.backbone import mini_record
from course_utils.backbones.networks import networks
from course_utils.datasets import load_flowers
from course_utils.datasets.photo_set import crop_and_resize
from course_utils.drawing import garden
from course_utils.startup import keras
from course_utils.training import one_cycle, reestimate_batch_norm
from course_utils.transfer import augmentation, unfreeze_from
from experiments import results
from experiments.measurement import Measurement
from experiments.spreading import spread

# the first of the drawn photos to test on; `load_flowers` has the first 1,500
FRESH = 10_000
RANDOM = "mini_xception"  # the network from scratch, and frozen without training
ROOT = Path(__file__).resolve().parents[1]
# the last commit whose small backbone had learned with a second head, on masks
CONTROL = "6f19b74:data/mini_xception.weights.h5"


@dataclass(frozen=True)
class Plan:
    """The settings of the ladder.

    Parameters
    ----------
    size : height and width of the photos.
    photos : how many to train on, for the runs that lesson 06 shows.
    curve : the other numbers of photos; None is all there are.
    tests : how many freshly drawn flowers to test on.
    versions : how often each photo is looked at by the frozen layers: once as it is,
        the other times changed by `augmentation`.
    batch_size : photos a step.
    head_steps, head_rate : training the head on features, Adam; all rates fall along a
        cosine to zero.
    tuning_steps, tuning_rate : fine-tuning, Adam.
    scratch_peak : the highest learning rate from scratch, for `head_steps` and
        `tuning_steps` together.
    label_smoothing : in the loss, of every rung alike.
    """

    size: int = 128
    photos: int = 200
    curve: tuple[int | None, ...] = (100, 500, None)
    tests: int = 1000
    versions: int = 4
    batch_size: int = 32
    head_steps: int = 60
    head_rate: float = 5e-3
    tuning_steps: int = 60
    tuning_rate: float = 5e-4
    scratch_peak: float = 3e-3
    label_smoothing: float = 0.05


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Parameters
    ----------
    name : of the backbone, as `load_backbone` knows it.
    start : the first layer that fine-tuning frees; all before it stay as they are.
    data : function of a size that returns ((images, labels) to train on, (images,
        labels) to test on, what they are in words).
    trained_on : what the backbone has seen before, in words.
    weights : function that returns a file of weights for mini_xception; None takes
        those that `load_backbone` finds.
    rungs : which of the four are measured.
    plan : its settings.
    """

    name: str
    start: str
    data: Callable
    trained_on: Callable
    weights: Callable | None = None
    rungs: tuple[str, ...] = ("from scratch", "random, frozen", "frozen", "fine-tuned")
    plan: Plan = Plan()


def drawn(plan):
    """The garden's training photos, and flowers that no lesson and no choice of ours
    has seen.
    """
    train = _arrays(load_flowers("embedded", size=plan.size).train)
    drawn = [garden.photo(FRESH + number) for number in range(plan.tests)]
    images = [crop_and_resize(photo.image, plan.size).numpy() for photo in drawn]
    labels = np.array([photo.label for photo in drawn])
    return train, (np.array(images), labels), "the drawn garden"


def photographs(plan):
    """The photographs that TFDS has; SystemExit where it has none."""
    flowers = load_flowers("auto", size=plan.size)
    if flowers.source == "embedded":
        raise SystemExit("no photographs: this measurement needs tf_flowers, or files")
    train, test = _arrays(flowers.train), _arrays(flowers.test)
    count = sum(flowers.counts.values())
    words = (
        f"{count:,} photographs of the five flowers, {plan.size} pixels, from a public "
        "collection"
    )
    return train, test, words


def _arrays(split):
    images, labels = zip(*split.as_numpy_iterator(), strict=True)
    return np.array(images), np.array(labels)


def measure(name, subject, plan=None, seeds=(1, 2, 3)):
    """Measure one subject, and store it after every number of photos and every seed."""
    plan = plan or subject.plan
    train, test, words = _data(subject, plan)
    every = sorted({plan.photos, *(few or len(train[1]) for few in plan.curve)})
    result = {
        "data": words,
        "network": subject.name,
        "network_from_scratch": RANDOM,
        "trained_on": subject.trained_on(),
        "settings": json.loads(json.dumps(asdict(plan))),
        "seeds": list(seeds),
        "photos": every,
        "rungs": list(subject.rungs),
        "tests": len(test[1]),
    }
    done = _stored(name, result)
    left = [
        (subject, plan, photos, seed)
        # the number that lesson 06 shows comes first
        for photos in sorted(every, key=lambda count: (count != plan.photos, count))
        for seed in seeds
        if (photos, seed) not in done
    ]
    for run in spread(one_run, left):
        done[run["photos"], run["seed"]] = run
        accuracy = run["test_accuracy"]
        says = ", ".join(f"{rung} {share:.3f}" for rung, share in accuracy.items())
        print(f"{run['photos']} photos, seed {run['seed']}: {says}", flush=True)
        results.store(name, {**result, **_summary(result, done)})


def one_run(subject, plan, photos, seed):
    """Train and test each rung with one number of photos and one seed; as `rungs`."""
    return rungs(_prepared(subject, plan), photos, seed)


@functools.lru_cache(maxsize=1)
def _data(subject, plan):
    return subject.data(plan)


@functools.lru_cache(maxsize=1)
def _prepared(subject, plan):
    """Made once in each process, for all that it is asked for."""
    train, test, _ = _data(subject, plan)
    return Prepared(subject, plan, train, test)


def _stored(name, result):
    """{(photos, seed): run} of an unfinished result of the same settings."""
    stored = results.unfinished(name, complete, result) or {"all_runs": []}
    return {(run["photos"], run["seed"]): run for run in stored["all_runs"]}


def _summary(result, done):
    """What is computed from the runs that are there."""
    shown = result["settings"]["photos"]
    lesson = [done[shown, seed] for seed in result["seeds"] if (shown, seed) in done]
    whole = [
        photos
        for photos in result["photos"]
        if all((photos, seed) in done for seed in result["seeds"])
    ]
    return {
        "runs": lesson,
        "mean_test_accuracy": {
            rung: round(statistics.mean(r["test_accuracy"][rung] for r in lesson), 4)
            for rung in (result["rungs"] if lesson else ())  # others may come first
        },
        "curve": {
            "photos": whole,
            "test_accuracy": {
                rung: [
                    [
                        done[photos, seed]["test_accuracy"][rung]
                        for seed in result["seeds"]
                    ]
                    for photos in whole
                ]
                for rung in result["rungs"]
            },
        },
        "all_runs": [done[key] for key in sorted(done)],
    }


def complete(name):
    """Whether each number of photos has its seeds."""
    result = results.stored(name)
    return result is not None and result["curve"]["photos"] == result["photos"]


class Prepared:
    """All photos as they come, and the maps that the frozen lower half of a trained
    backbone makes of them: each is looked at once, for all seeds and sizes.

    Attributes
    ----------
    versions, maps : training photos, and their maps, in `plan.versions` versions, each
        an array.
    test, test_maps : the photos to test on, with their labels, and their maps.
    """

    def __init__(self, subject, plan, train, test):
        self.subject, self.plan, self.labels, self.test = subject, plan, train[1], test
        keras.utils.set_random_seed(0)
        change = augmentation()
        self.versions = [train[0]] + [
            _in_batches(lambda some: change(some, training=True), train[0], "uint8")
            for _ in range(plan.versions - 1)
        ]
        lower, _ = self.halves()
        see = lower.predict_on_batch
        self.maps = [_in_batches(see, photos) for photos in self.versions]
        self.test_maps = _in_batches(see, test[0])

    def halves(self):
        """The trained backbone in two: up to `start`, and from there to the pooled
        features; anew, because fine-tuning changes the second.
        """
        model = backbone(self.subject, self.plan, trained=True)
        cut = model.get_layer(self.subject.start).input
        pooled = keras.layers.GlobalAveragePooling2D()(model.output)
        model.trainable = False
        return keras.Model(model.input, cut), keras.Model(cut, pooled)


def rungs(prepared, photos, seed):
    """Train and test each rung of the ladder once.

    Parameters
    ----------
    prepared : `Prepared`.
    photos : how many of them to train on; which ones depends on the seed, as weights
        and order do.
    """
    plan, test_labels = prepared.plan, prepared.test[1]
    chosen = np.random.default_rng(seed).permutation(len(prepared.labels))[:photos]
    labels = prepared.labels[chosen]
    versions = [version[chosen] for version in prepared.versions]
    maps = [version[chosen] for version in prepared.maps]
    accuracy, error = {}, {}

    def judge(rung, model, inputs):
        inputs = inputs.astype("float32")
        probabilities = model.predict(inputs, batch_size=100, verbose=0)
        right = probabilities.argmax(axis=1) == test_labels
        accuracy[rung] = round(float(right.mean()), 4)
        error[rung] = round(calibration_error(probabilities, test_labels), 4)

    if "from scratch" in prepared.subject.rungs:
        keras.utils.set_random_seed(seed)
        network = backbone(prepared.subject, plan, trained=False)
        pool = keras.layers.GlobalAveragePooling2D()
        scratch = keras.Sequential([augmentation(), network, pool, *_head()])
        steps = plan.head_steps + plan.tuning_steps
        rate = one_cycle(plan.scratch_peak, steps)
        _fit(scratch, rate, steps, plan, versions[:1], labels)
        reestimate_batch_norm(scratch, versions[0].astype("float32"), 50)
        judge("from scratch", scratch, prepared.test[0])

    if "random, frozen" in prepared.subject.rungs:
        keras.utils.set_random_seed(seed)
        network = backbone(prepared.subject, plan, trained=False)
        reestimate_batch_norm(network, versions[0].astype("float32"), 50)
        pooled = keras.Sequential([network, keras.layers.GlobalAveragePooling2D()])
        see = pooled.predict_on_batch
        head = _trained_head(
            plan, [_in_batches(see, each) for each in versions], labels
        )
        judge("random, frozen", head, _in_batches(see, prepared.test[0]))

    keras.utils.set_random_seed(seed)
    _, upper = prepared.halves()
    see = upper.predict_on_batch
    head = _trained_head(plan, [_in_batches(see, each) for each in maps], labels)
    judge("frozen", head, _in_batches(see, prepared.test_maps))

    unfreeze_from(upper, upper.layers[1].name)
    head.layers[0].trainable = False  # its batch norm keeps what it has measured
    tuned = keras.Sequential([upper, *head.layers])
    rate = keras.optimizers.schedules.CosineDecay(plan.tuning_rate, plan.tuning_steps)
    _fit(tuned, rate, plan.tuning_steps, plan, maps, labels)
    judge("fine-tuned", tuned, prepared.test_maps)
    return {
        "seed": seed,
        "photos": photos,
        "test_accuracy": accuracy,
        "calibration_error": error,
    }


def _in_batches(function, photos, dtype="float16", count=50):
    """What a function makes of photos, or of maps, some at a time."""
    return np.concatenate(
        [
            np.asarray(function(photos[start : start + count].astype("float32")))
            for start in range(0, len(photos), count)
        ]
    ).astype(dtype)


def backbone(subject, plan, trained):
    """The network that looks, without its top; the random one is `RANDOM` throughout:
    MobileNetV2 would need hours from scratch.
    """
    shape = (plan.size, plan.size, 3)
    name = subject.name if trained else RANDOM
    model = load_backbone(name, input_shape=shape, trained=trained).model
    if not (trained and subject.weights):
        return model
    whole = load_backbone(name, include_top=True, input_shape=shape).model
    with tempfile.TemporaryDirectory() as folder:
        whole.load_weights(subject.weights(Path(folder)))
    return keras.Model(whole.input, whole.get_layer(model.layers[-1].name).output)


def _head():
    """Batch norm, so that one learning rate suits the features of any backbone, and a
    softmax over the five.
    """
    return [
        keras.layers.BatchNormalization(momentum=0.9),
        keras.layers.Dense(5, activation="softmax"),
    ]


def _trained_head(plan, features, labels):
    head = keras.Sequential([keras.Input(features[0].shape[1:]), *_head()])
    rate = keras.optimizers.schedules.CosineDecay(plan.head_rate, plan.head_steps)
    _fit(head, rate, plan.head_steps, plan, features, labels)
    reestimate_batch_norm(head, np.concatenate(features), 10**6)
    return head


def _fit(model, rate, steps, plan, versions, labels):
    """Train for a number of steps on batches that hold any version of any photo."""
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.CategoricalCrossentropy(label_smoothing=plan.label_smoothing),
    )
    everything, one_hot = np.concatenate(versions), np.eye(5, dtype="float32")
    wanted = np.tile(one_hot[labels], (len(versions), 1))
    # seeded by `set_random_seed`
    order = np.concatenate(
        [
            np.random.permutation(len(wanted))
            for _ in range(-(-steps * plan.batch_size // len(wanted)))
        ]
    )
    for step in range(steps):
        some = order[step * plan.batch_size : (step + 1) * plan.batch_size]
        model.train_on_batch(everything[some].astype("float32"), wanted[some])


def calibration_error(probabilities, labels, bins=15):
    """Expected calibration error: how far confidence and accuracy are apart, over bins
    of equal width.

    Parameters
    ----------
    probabilities : (photos, classes).
    labels : (photos,).

    Source
    ------
    C. Guo et al. (2017), On Calibration of Modern Neural Networks.
    """
    confidence, right = (
        probabilities.max(axis=1),
        probabilities.argmax(axis=1) == labels,
    )
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    apart = [
        abs(right[place == number].sum() - confidence[place == number].sum())
        for number in range(bins)
    ]
    return float(np.sum(apart) / len(labels))


def _old_weights(folder):
    """The control's weights, from the history of the repository."""
    show = subprocess.run(["git", "show", CONTROL], cwd=ROOT, capture_output=True)
    if show.returncode:
        raise SystemExit(f"the control's weights are not in this clone ({CONTROL})")
    file = folder / "mini_xception.weights.h5"
    file.write_bytes(show.stdout)
    return file


MINI_START, MOBILE_START = "block4_sepconv1_relu", "block_13_expand"


def _shipped():
    record = mini_record()
    count = record["settings"]["each"] * len(record["classes"])
    return (
        f"{count:,} drawings of twenty things, {record['trained_on']}; shared with the "
        f"garden: {record['shared_with_the_garden']}"
    )


def _old():
    return (
        "12,000 drawings of twenty things before the garden's backgrounds, classes "
        "and where each thing is"
    )


def _imagenet():
    """What MobileNetV2 has learned from; weights that are not the published ones are
    those with 8 bits.
    """
    file, _, stated = networks()["mobilenet_v2"].files[False]
    content = (session.keras_home() / "models" / file).read_bytes()
    published = stated in (
        hashlib.md5(content).hexdigest(),
        hashlib.sha256(content).hexdigest(),
    )
    return "ImageNet" + ("" if published else "; weights de-quantised from 8 bits")


SUBJECTS = {
    "transfer_ladder": Subject("mini_xception", MINI_START, drawn, _shipped),
    "transfer_ladder_photographs": Subject(
        "mobilenet_v2",
        MOBILE_START,
        photographs,
        _imagenet,
        plan=Plan(tuning_rate=1e-4),  # lesson 06's own
    ),
    "transfer_ladder_control": Subject(
        "mini_xception",
        MINI_START,
        drawn,
        _old,
        _old_weights,
        rungs=("frozen", "fine-tuned"),
    ),
}
MEASUREMENTS = {
    name: Measurement(name, lambda name=name: measure(name, SUBJECTS[name]), complete)
    for name in SUBJECTS
}
