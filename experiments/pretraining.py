"""Train the small backbone that the course ships: `python -m experiments.pretraining`.

Mini-Xception learns to name the twenty drawn curiosities, none of which is one of the
garden's flowers, and, with a second, throwaway head, to say where in the picture the
thing is.  What it has learned about outlines, textures and layers stays in its weights,
`data/mini_xception.weights.h5`; settings, curves and the hash of the file stand beside
it in `data/mini_xception.json`.

The run can be stopped and started again at any time: drawings and the last finished
epoch are kept in the folder `course-pretraining` of the Keras cache.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_utils.drawing import curiosities
from course_utils.session import keras_home
from experiments.measurement import Measurement

SEED = 42
DATA = Path(__file__).resolve().parents[1] / "data"
WEIGHTS, RECORD = "mini_xception.weights.h5", "mini_xception.json"
DRAWN, SIZE = 112, 96  # side of a drawing, side of what the network sees
TRAIN, HELD_OUT = 600, 50  # drawings of each class
# first seed of the held-out drawings; training has seeds 0 … TRAIN − 1
HELD_OUT_FROM = 1_000_000
STRIDE = 16  # of the last feature maps


def drawings(folder, first_seed, each):
    """Images (classes · each, DRAWN, DRAWN, 3) uint8, masks (…) bool and labels, drawn
    once and kept in `folder`.
    """
    classes = len(curiosities.CLASS_NAMES)
    images, masks = [], []
    for class_index, name in enumerate(curiosities.CLASS_NAMES):
        file = folder / f"{first_seed}-{each}-{class_index:02d}.npz"
        if not file.exists():
            started = time.perf_counter()
            drawn = [
                curiosities.draw_with_mask(class_index, seed, DRAWN)
                for seed in range(first_seed, first_seed + each)
            ]
            unfinished = folder / f"unfinished-{os.getpid()}.npz"
            np.savez(
                unfinished,
                images=np.array([d[0] for d in drawn]),
                masks=np.array([d[1] for d in drawn]),
            )
            os.replace(unfinished, file)
            print(
                f"drew {each} × {name} in {time.perf_counter() - started:.0f} s",
                flush=True,
            )
        with np.load(file, allow_pickle=False) as kept:
            images.append(kept["images"])
            masks.append(kept["masks"])
    return (
        np.concatenate(images),
        np.concatenate(masks),
        np.repeat(np.arange(classes), each),
    )


def where(masks):
    """The share of each cell of the last feature maps that the thing covers, (n, 6, 6,
    1) from (n, 96, 96).
    """
    import tensorflow as tf

    cells = tf.nn.avg_pool2d(
        tf.cast(masks, tf.float32)[..., None], STRIDE, STRIDE, "VALID"
    )
    return tf.clip_by_value(cells, 0.0, 1.0)


def augment(images, masks, labels):
    """A batch in new light: another crop, mirrored or not, other colours.

    Values in −1…1 come out.
    """
    import tensorflow as tf

    count = tf.shape(images)[0]

    def random(*shape, low=0.0, high=1.0):
        return tf.random.uniform((count, *shape), low, high)

    # Windows as (y1, x1, y2, x2): a share of the side between ¾ and 5/4, mirrored where
    # x1 > x2 or y1 > y2.
    side = random(2, low=0.72, high=1.2)
    corner = random(2) * (1.0 - side)
    first, last = corner, corner + side
    mirrored = random(2) < tf.constant([0.2, 0.5])
    windows = tf.concat(
        [tf.where(mirrored, last, first), tf.where(mirrored, first, last)], axis=1
    )
    rows = tf.range(count)
    x = tf.image.crop_and_resize(
        tf.cast(images, tf.float32),
        windows,
        rows,
        (SIZE, SIZE),
        extrapolation_value=110.0,
    )
    m = tf.image.crop_and_resize(
        tf.cast(masks, tf.float32)[..., None], windows, rows, (SIZE, SIZE)
    )[..., 0]

    x = x / 255.0
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = grey + (x - grey) * random(1, 1, 1, high=1.4)
    turned = tf.stack(
        [x, tf.roll(x, 1, axis=3), tf.roll(x, 2, axis=3), tf.reverse(x, [3])], axis=1
    )
    choice = tf.where(random() < 0.75, 0, tf.cast(random(high=4.0), tf.int32))
    x = tf.gather(turned, choice, axis=1, batch_dims=1)
    x = x * random(1, 1, 3, low=0.85, high=1.15) * random(1, 1, 1, low=0.7, high=1.3)
    x = (x - 0.45) * random(1, 1, 1, low=0.7, high=1.3) + 0.45
    x = x + tf.random.normal(tf.shape(x)) * random(1, 1, 1, high=0.03)
    x = tf.clip_by_value(x, 0.0, 1.0) * 2.0 - 1.0
    return x, {"predictions": labels, "where": where(m)}


def network(classes):
    """Mini-Xception with both heads, and without the second one: two models that share
    their weights.
    """
    from course_utils.architectures.mini_xception import mini_xception
    from course_utils.startup import keras

    named = mini_xception((None, None, 3), classes)
    maps = named.get_layer("block7_relu").output
    place = keras.layers.Conv2D(1, 1, activation="sigmoid", name="where")(maps)
    both = keras.Model(
        named.input, {"predictions": named.output, "where": place}, name="pretraining"
    )
    return both, named


def pretrain(epochs=12, batch_size=64, peak=3e-3, folder=None, out=DATA):
    """Draw, train, evaluate on held-out drawings, and write weights and record into
    `out`.
    """
    import tensorflow as tf

    from course_utils.startup import keras
    from course_utils.training import one_cycle, resume

    folder = Path(folder or keras_home() / "course-pretraining")
    folder.mkdir(parents=True, exist_ok=True)
    images, masks, labels = drawings(folder, 0, TRAIN)
    held_images, held_masks, held_labels = drawings(folder, HELD_OUT_FROM, HELD_OUT)
    margin = (DRAWN - SIZE) // 2
    window = slice(margin, margin + SIZE)
    seen = held_images[:, window, window].astype("float32") / 127.5 - 1
    valid = (
        seen,
        {"predictions": held_labels, "where": where(held_masks[:, window, window])},
    )

    backup = resume(folder / "backup", keep=True)
    done = (backup.state() or {"epoch": 0})["epoch"]
    keras.utils.set_random_seed(SEED)
    both, named = network(len(curiosities.CLASS_NAMES))
    steps = len(images) // batch_size
    both.compile(
        optimizer=keras.optimizers.AdamW(
            one_cycle(peak, epochs * steps, warmup=0.15), weight_decay=5e-3
        ),
        loss={
            "predictions": "sparse_categorical_crossentropy",
            "where": "binary_crossentropy",
        },
        loss_weights={"predictions": 1.0, "where": 1.0},
        metrics={"predictions": ["accuracy"]},
    )
    if done:
        # else the order of the first epoch would come again
        keras.utils.set_random_seed(SEED + 1000 * done)
    order = np.random.default_rng(SEED + done)
    generator = lambda: (
        batch
        for _ in range(epochs)
        for batch in _batches(order, images, masks, labels, batch_size)
    )
    spec = (
        tf.TensorSpec((batch_size, DRAWN, DRAWN, 3), tf.uint8),
        tf.TensorSpec((batch_size, DRAWN, DRAWN), tf.bool),
        tf.TensorSpec((batch_size,), tf.int64),
    )
    train = (
        tf.data.Dataset.from_generator(generator, output_signature=spec)
        .map(augment, 2)
        .prefetch(2)
        .repeat()
    )
    started = time.perf_counter()
    history = both.fit(
        train,
        epochs=epochs,
        steps_per_epoch=steps,
        validation_data=valid,
        verbose=2,
        shuffle=False,
        callbacks=[backup],
    )
    seconds = time.perf_counter() - started

    loss, accuracy = _evaluate(keras, named, seen, held_labels)
    out = Path(out)
    unfinished = out / f"unfinished.{WEIGHTS}"
    named.save_weights(unfinished)
    os.replace(unfinished, out / WEIGHTS)
    content = (out / WEIGHTS).read_bytes()
    record = {
        "network": "mini_xception",
        "parameters": named.count_params(),
        "classes": list(curiosities.CLASS_NAMES),
        "weights": WEIGHTS,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "held_out_accuracy": round(accuracy, 4),
        "held_out_loss": round(loss, 4),
        "seed": SEED,
        "settings": {
            "epochs": epochs,
            "batch_size": batch_size,
            "peak_learning_rate": peak,
            "optimizer": "AdamW",
            "weight_decay": 5e-3,
            "schedule": "one cycle",
            "size": SIZE,
            "drawings": TRAIN * len(curiosities.CLASS_NAMES),
            "held_out_drawings": HELD_OUT * len(curiosities.CLASS_NAMES),
        },
        "history": {
            key: [round(float(v), 5) for v in values]
            for key, values in history.history.items()
        },
        "seconds_of_the_last_start": round(seconds),
        "date": datetime.date.today().isoformat(),
        "versions": {
            name: version(name) for name in ("tensorflow", "keras", "numpy", "pillow")
        },
        "python": platform.python_version(),
    }
    (out / RECORD).write_text(json.dumps(record, indent=1) + "\n")
    print(
        f"held-out accuracy {accuracy:.3f}; {len(content) / 1e6:.2f} MB in {WEIGHTS}",
        flush=True,
    )
    return record


def _batches(order, images, masks, labels, batch_size):
    """One epoch in random order, whole batches only."""
    numbers = order.permutation(len(images))
    for start in range(0, len(numbers) - batch_size + 1, batch_size):
        some = np.sort(numbers[start : start + batch_size])
        yield images[some], masks[some], labels[some]


def _evaluate(keras, model, images, labels):
    """Loss and accuracy of a classifier, without compiling it."""
    probabilities = model.predict(images, batch_size=100, verbose=0)
    loss = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    return float(np.mean(loss)), float((probabilities.argmax(axis=1) == labels).mean())


def measure():
    """Pretrain once more; weights and record are written beside each other."""
    pretrain()


MEASUREMENTS = {
    "pretraining": Measurement(
        "mini_xception", measure, complete=lambda name: (DATA / RECORD).exists()
    )
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description="Pre-train the small backbone on the drawn curiosities."
    )
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--folder", help="where to keep drawings and the backup")
    parser.add_argument("--out", default=DATA, help="where to write weights and record")
    arguments = parser.parse_args()
    pretrain(epochs=arguments.epochs, folder=arguments.folder, out=arguments.out)
