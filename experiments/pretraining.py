"""Train the small backbone that the course ships: `python -m experiments.pretraining`.

Mini-Xception learns to name the twenty drawn curiosities, and nothing else: it is told
the class of each drawing, not where the thing is.  None of the twenty is one of the
garden's flowers.  They lie on cloth, paper, tiles or water, some of them painted in oil
or ink; the garden's backgrounds do not occur.  What the two share is the engine that
bends and lights sheets, and the camera.

The weights stand in `data/mini_xception.weights.h5`; settings, curves and the hash of
the file beside them in `data/mini_xception.json`.  The run can be stopped and started
again at any time: drawings and the last finished epoch are kept in the folder
`course-pretraining` of the Keras cache.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_utils.drawing import curiosities
from course_utils.session import keras_home
from experiments.measurement import Measurement

SEED = 42
DATA = Path(__file__).resolve().parents[1] / "data"
WEIGHTS, RECORD = "mini_xception.weights.h5", "mini_xception.json"
DRAWN = 112  # side of a drawing
# first seed of the held-out drawings; training has seeds from 0 on
HELD_OUT_FROM = 1_000_000
# what is shared with the garden, for the record and for whoever shows its results
SHARED = "sheets, light and camera of the drawing engine; no class and no background"


@dataclass(frozen=True)
class Plan:
    """How the backbone is trained.

    Parameters
    ----------
    each, held_out : drawings of each class to train on, and to judge by.
    sizes : side of what the network sees, epoch by epoch: small at first, which is
        quick, then as large as in use.
    batch_size, peak, weight_decay : of AdamW; the rate rises to its peak within the
        first tenth and falls along a cosine to zero.
    label_smoothing : how much of each label is spread over the classes.
    ema : how much of the averaged weights stays, step by step; the average is what is
        saved.
    """

    each: int = 600
    held_out: int = 50
    sizes: tuple[int, ...] = (48,) * 6 + (80,) * 4 + (104,) * 2
    batch_size: int = 64
    peak: float = 4e-3
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    ema: float = 0.995


def drawings(folder, first_seed, each):
    """Images (classes · each, DRAWN, DRAWN, 3) uint8 and labels, drawn once and kept in
    `folder`.
    """
    images = []
    for class_index, name in enumerate(curiosities.CLASS_NAMES):
        file = folder / f"indoors-{first_seed}-{each}-{class_index:02d}.npy"
        if not file.exists():
            started = time.perf_counter()
            drawn = [
                curiosities.draw_with_mask(class_index, seed, DRAWN, indoors=True)[0]
                for seed in range(first_seed, first_seed + each)
            ]
            unfinished = folder / f"unfinished-{os.getpid()}.npy"
            np.save(unfinished, np.array(drawn))
            os.replace(unfinished, file)
            seconds = time.perf_counter() - started
            print(f"drew {each} × {name} in {seconds:.0f} s", flush=True)
        images.append(np.load(file, allow_pickle=False))
    return np.concatenate(images), np.repeat(np.arange(len(images)), each)


def augment(images, labels, size):
    """A batch in new light: another crop, mirrored or not, other colours, a piece gone.

    (batch, DRAWN, DRAWN, 3) uint8 in; (batch, size, size, 3) with values in −1…1 out.
    """
    import tensorflow as tf

    count = tf.shape(images)[0]

    def random(*shape, low=0.0, high=1.0):
        return tf.random.uniform((count, *shape), low, high)

    # Windows as (y1, x1, y2, x2), mirrored where x1 > x2 or y1 > y2.
    side = random(2, low=0.6, high=1.2)
    corner = random(2) * (1.0 - side)
    first, last = corner, corner + side
    mirrored = random(2) < tf.constant([0.2, 0.5])
    windows = tf.concat(
        [tf.where(mirrored, last, first), tf.where(mirrored, first, last)], axis=1
    )
    x = tf.image.crop_and_resize(
        tf.cast(images, tf.float32),
        windows,
        tf.range(count),
        (size, size),
        extrapolation_value=110.0,
    )

    x = x / 255.0
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = grey + (x - grey) * random(1, 1, 1, high=1.4)
    turned = tf.stack(
        [x, tf.roll(x, 1, axis=3), tf.roll(x, 2, axis=3), tf.reverse(x, [3])], axis=1
    )
    choice = tf.where(random() < 0.75, 0, tf.cast(random(high=4.0), tf.int32))
    x = tf.gather(turned, choice, axis=1, batch_dims=1)
    x = x * random(1, 1, 3, low=0.85, high=1.15) * random(1, 1, 1, low=0.7, high=1.3)
    x = (x - 0.45) * random(1, 1, 1, low=0.6, high=1.4) + 0.45
    x = x + tf.random.normal(tf.shape(x)) * random(1, 1, 1, high=0.04)

    # a rectangle of one tone hides a part of every third picture (random erasing)
    along = tf.range(size, dtype=tf.float32) / tf.cast(size, tf.float32)
    middle, half = random(2), random(2, low=0.05, high=0.2)
    half *= tf.cast(random(1) < 0.33, tf.float32)
    rows = tf.abs(along - middle[:, :1]) < half[:, :1]
    columns = tf.abs(along - middle[:, 1:]) < half[:, 1:]
    hole = (rows[:, :, None] & columns[:, None, :])[..., None]
    x = tf.where(hole, random(1, 1, 3), x)
    return tf.clip_by_value(x, 0.0, 1.0) * 2.0 - 1.0, labels


def pretrain(plan=None, folder=None, out=DATA, as_it_stands=False):
    """Draw, train, evaluate on held-out drawings, and write weights and record into
    `out`.

    Parameters
    ----------
    as_it_stands : train no more, and write what the epochs kept in `folder` have made
        of it.
    """
    import tensorflow as tf

    from course_utils.architectures.mini_xception import mini_xception
    from course_utils.startup import keras
    from course_utils.training import one_cycle, reestimate_batch_norm, resume

    plan = plan or Plan()
    folder = Path(folder or keras_home() / "course-pretraining")
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = drawings(folder, 0, plan.each)
    held_images, held_labels = drawings(folder, HELD_OUT_FROM, plan.held_out)
    classes, epochs, last = (
        len(curiosities.CLASS_NAMES),
        len(plan.sizes),
        plan.sizes[-1],
    )
    one_hot = np.eye(classes, dtype="float32")
    margin = (DRAWN - last) // 2
    window = slice(margin, margin + last)
    seen = held_images[:, window, window].astype("float32") / 127.5 - 1

    backup = resume(folder / "backup", keep=True)
    done = (backup.state() or {"epoch": 0})["epoch"]
    # else the order of the first epoch would come again
    keras.utils.set_random_seed(SEED + 1000 * done)
    model = mini_xception((None, None, 3), classes)
    steps = len(images) // plan.batch_size
    model.compile(
        keras.optimizers.AdamW(
            one_cycle(plan.peak, epochs * steps, warmup=0.1),
            weight_decay=plan.weight_decay,
            use_ema=True,
            ema_momentum=plan.ema,
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=plan.label_smoothing),
        metrics=["accuracy"],
    )

    def batches():
        order = np.random.default_rng(SEED + done)
        for size in plan.sizes[done:]:
            numbers = order.permutation(len(images))
            for some in np.split(numbers[: steps * plan.batch_size], steps):
                yield images[some], one_hot[labels[some]], size

    spec = (
        tf.TensorSpec((plan.batch_size, DRAWN, DRAWN, 3), tf.uint8),
        tf.TensorSpec((plan.batch_size, classes), tf.float32),
        tf.TensorSpec((), tf.int32),
    )
    train = tf.data.Dataset.from_generator(batches, output_signature=spec)
    started = time.perf_counter()
    if as_it_stands:
        backup.set_model(model)
        backup.on_train_begin()
        model.optimizer.finalize_variable_values(model.trainable_variables)
        history = backup.past
    else:
        history = model.fit(
            train.map(augment, 1).prefetch(1),
            epochs=epochs,
            steps_per_epoch=steps,
            validation_data=(seen, one_hot[held_labels]),
            verbose=2,
            shuffle=False,
            callbacks=[backup],
        ).history
    seconds = time.perf_counter() - started
    # those kept so far belong to the weights of each step, not to their mean, which
    # `fit` has put in their place
    some = np.random.default_rng(SEED).permutation(len(images))[: 40 * plan.batch_size]
    seen_in_training = [
        augment(tf.constant(images[part]), 0, last)[0].numpy()
        for part in np.split(some, len(some) // plan.batch_size)
    ]
    reestimate_batch_norm(model, np.concatenate(seen_in_training), plan.batch_size)

    unfinished = Path(out) / f"unfinished.{WEIGHTS}"
    bare = mini_xception((None, None, 3), classes)  # without the optimizer's numbers
    bare.set_weights(model.get_weights())
    bare.save_weights(unfinished)
    os.replace(unfinished, Path(out) / WEIGHTS)
    record = _record(model, plan, history, seconds, seen, held_labels, Path(out))
    (Path(out) / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    print(f"held-out accuracy {record['held_out_accuracy']:.3f}", flush=True)
    return record


def _record(model, plan, history, seconds, seen, labels, out):
    """What is kept beside the weights: settings, curves, the file's hash, versions."""
    content = (out / WEIGHTS).read_bytes()
    probabilities = model.predict(seen, batch_size=100, verbose=0)
    right = probabilities.argmax(axis=1) == labels
    loss = -np.log(probabilities[np.arange(len(labels)), labels])
    packages = ("tensorflow", "keras", "numpy", "pillow")
    return {
        "network": "mini_xception",
        "parameters": model.count_params(),
        "classes": list(curiosities.CLASS_NAMES),
        "trained_on": "classes alone",
        "shared_with_the_garden": SHARED,
        "weights": WEIGHTS,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "held_out_accuracy": round(float(right.mean()), 4),
        "held_out_loss": round(float(loss.mean()), 4),
        "seed": SEED,
        "epochs_done": len(history["loss"]),
        "settings": asdict(plan),
        "history": {
            key: [round(float(v), 5) for v in values] for key, values in history.items()
        },
        "seconds_of_the_last_start": round(seconds),
        "date": datetime.date.today().isoformat(),
        "versions": {name: version(name) for name in packages},
        "python": platform.python_version(),
    }


def measure():
    """Pretrain once more; weights and record are written beside each other."""
    pretrain()


MEASUREMENTS = {
    "pretraining": Measurement(
        "mini_xception",
        measure,
        complete=lambda name: (DATA / RECORD).exists(),
        only_here="it is one long training",
    )
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Pre-train the small backbone on the drawn curiosities."
    )
    parser.add_argument("--folder", help="where to keep drawings and the backup")
    parser.add_argument("--out", default=DATA, help="where to write weights and record")
    parser.add_argument(
        "--as-it-stands", action="store_true", help="train no more; write what there is"
    )
    arguments = parser.parse_args()
    pretrain(
        folder=arguments.folder, out=arguments.out, as_it_stands=arguments.as_it_stands
    )
