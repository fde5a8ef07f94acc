"""How fast photographs come out of the input pipeline: the textbook's way, the course's
way, and decoding alone.

All three read the training photos of `load_flowers` from the same files and make
batches of 32.  The textbook's pipeline resizes and normalises one photo after the
other, and shuffles what comes out.  The course's resizes on all cores, keeps the bytes
in memory, shuffles a little, and leaves normalising to the model.  Decoding alone
unpacks the JPEGs on all cores and throws the pixels away: nothing that reads the files
can be faster.
"""

import json
import statistics
import time

from course_utils.datasets.flowers import SPLITS, find_builder, photos_and_labels
from course_utils.datasets.photo_set import ready_in_memory
from course_utils.startup import keras
from experiments.measurement import Measurement

SIZE, BATCH, MIXED = 224, 32, 96


def textbook(builder):
    """Map one by one, shuffle the floats, batch, prefetch one batch."""
    resize_and_scale = keras.Sequential(
        [
            keras.layers.Resizing(SIZE, SIZE, crop_to_aspect_ratio=True),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
        ]
    )
    # as `tfds.load` would
    photos = photos_and_labels(builder, SPLITS["train"], autocache=True)
    ready = photos.map(lambda photo, label: (resize_and_scale(photo), label))
    return ready.shuffle(1000, seed=42).batch(BATCH).prefetch(1)


def course(builder):
    """Map on all cores to bytes, keep them, shuffle over a few batches, batch,
    prefetch.
    """
    import tensorflow as tf

    photos = ready_in_memory(
        photos_and_labels(builder, SPLITS["train"], decode=False), SIZE
    )
    return photos.shuffle(MIXED, seed=42).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def decoding(builder):
    """Unpack the JPEGs on all cores, and keep one pixel of each."""
    import tensorflow as tf

    def unpack(file, label):
        return tf.io.decode_jpeg(file, channels=3)[:1, :1], label

    photos = photos_and_labels(builder, SPLITS["train"], decode=False)
    return photos.map(unpack, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def epoch(batches):
    """Go through all batches once: photos a second, and the seconds until the first
    batch.
    """
    started, first, count = time.perf_counter(), None, 0
    for photos, _ in batches:
        first = first or time.perf_counter() - started
        count += len(photos)
    return count / (time.perf_counter() - started), first


def measure(rounds=30, source="auto"):
    """Each pipeline made anew once a round, in turn, and read twice.

    An epoch takes a second here, too short for other programs to disturb all alike.  So
    the speeds that are compared are those of each pipeline's fastest epoch, the one
    least disturbed, and so is the wait for the first batch; medians stand beside them.
    """
    found = find_builder(source)
    pipelines = {"decoding": decoding, "textbook": textbook, "course": course}
    runs = {name: [] for name in pipelines}
    for number in range(1 + rounds):  # the first round warms up
        for name, make in pipelines.items():
            batches = make(found.value)
            both = epoch(batches), epoch(batches)
            if number:
                runs[name].append(both)
    over = lambda summary: {
        name: [round(summary(both[which][0] for both in of)) for which in (0, 1)]
        for name, of in runs.items()
    }
    fastest = over(max)
    ratio = lambda name, which: fastest["course"][which] / fastest[name][which]
    result = {
        "what": f"photos a second from files to batches of {BATCH}, {SIZE}×{SIZE}, "
        f"first and second epoch",
        "data": found.line,
        "rounds": rounds,
        "photos_a_second": fastest,
        "median_photos_a_second": over(statistics.median),
        "first_batch_seconds": {
            name: round(min(both[0][1] for both in of), 3) for name, of in runs.items()
        },
        "second_epoch_course_to_textbook": round(ratio("textbook", 1), 1),
        "first_epoch_course_to_textbook": round(ratio("textbook", 0), 2),
        "first_epoch_course_to_decoding": round(ratio("decoding", 0), 2),
    }
    print(json.dumps(result, indent=1, ensure_ascii=False), flush=True)
    return result


MEASUREMENTS = {"pipeline": Measurement("bench_pipeline", measure)}
