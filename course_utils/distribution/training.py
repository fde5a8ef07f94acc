"""Lesson 10's training: one network on two devices of one process, and a loop for
several processes that write a checkpoint and go on from it.
"""

import os
import signal
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import psutil
import tensorflow as tf
from sklearn.datasets import load_digits

from course_utils.distribution.checkpoints import (
    agree,
    fingerprint,
    gathered,
    read_checkpoint,
    write_checkpoint,
)

__all__ = [
    "as_one_list",
    "digits",
    "make_step",
    "read_shards",
    "small_network",
    "traffic",
    "train_worker",
    "two_devices",
    "weights_by_step",
]


def digits():
    """scikit-learn's digits: images (1797, 8, 8, 1) from 0 to 1, and labels (1797,)."""
    found = load_digits()
    return found.images[..., None].astype("float32") / 16, found.target


def small_network(batch_norm=()):
    """A network for 8×8 digits that starts with the same weights everywhere.

    Parameters
    ----------
    batch_norm : a list with one batch normalization, or an empty one.
    """
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(8, 3, strides=2, padding="same"),
            *batch_norm,
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )


def as_one_list(model):
    """All trainable weights of a model, (parameters,)."""
    return np.concatenate([np.ravel(weight) for weight in model.trainable_weights])


def weights_by_step(strategy, counts, synchronized=True):
    """Train with Keras's `fit`, once per number of examples, always from the same
    start; the weights after each step, (steps, parameters), of each.

    Parameters
    ----------
    strategy : on which devices.
    counts : how many of the digits, in batches of 32.
    synchronized : whether batch normalization looks at the whole batch, or at what is
        on its own device.
    """
    x, y = digits()
    with strategy.scope():
        model = small_network(
            [keras.layers.BatchNormalization(synchronized=synchronized)]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss)
    start, runs = model.get_weights(), []
    for count in counts:
        model.set_weights(start)
        rows = []
        keep = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs, rows=rows: rows.append(
                as_one_list(model)
            )
        )
        settings = {"batch_size": 32, "shuffle": False, "verbose": 0}
        model.fit(x[:count], y[:count], callbacks=[keep], **settings)
        runs.append(np.array(rows))
    return runs


def two_devices(rank):
    """How far the weights on two devices are from those on one, after each step.

    Returns
    -------
    A dict of lists: "synchronised", "own batch norm", "uneven last batch".
    """
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(
        cpu, [tf.config.LogicalDeviceConfiguration()] * 2
    )
    one = tf.distribute.get_strategy()
    copying = tf.distribute.HierarchicalCopyAllReduce()  # without NVIDIA's library
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"], copying)
    even, uneven = 256, 237  # 8 batches of 32; the last of 32, or of 13: 7 and 6
    alone, alone_uneven = weights_by_step(one, [even, uneven])
    both, both_uneven = weights_by_step(two, [even, uneven])
    [own] = weights_by_step(two, [even], synchronized=False)
    far = lambda these, those: np.abs(these - those).max(axis=1)
    return {
        "synchronised": far(both, alone),
        "own batch norm": far(own, alone),
        "uneven last batch": far(both_uneven, alone_uneven),
    }


def make_step(strategy, model, optimizer, divisor):
    """One step of training that all workers take together.

    Parameters
    ----------
    divisor : of the sum of a worker's errors: the examples of *all* workers together.

    Returns
    -------
    A function of this worker's images and labels; its result is the loss of all.
    """

    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            errors = keras.losses.sparse_categorical_crossentropy(
                y, logits, from_logits=True
            )
            loss = tf.reduce_sum(errors) / divisor
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)  # sums them over workers
        return loss

    @tf.function(autograph=False)  # no branch and no loop is in it to be translated
    def together(x, y):
        return strategy.reduce("SUM", strategy.run(step, (x, y)), axis=None)

    return together


def train_worker(
    rank, steps=12, batch_size=32, divisor=None, checkpoint=None, die=(), attempt=0
):
    """One of the workers that train a network together; all of them run this.

    Parameters
    ----------
    rank : this worker's number; 0 is the chief, which alone writes the checkpoint.
    steps, batch_size : how many steps, and of how many examples of all workers
        together.
    divisor : as in `make_step`; None means `batch_size`.
    checkpoint : its file, written after every fourth step; None for none.
    die : (rank, step): that worker is killed after that step, in the first attempt.

    Returns
    -------
    A dict: began (steps that a checkpoint had done), losses, seconds (one per step),
    weights (all in one list).
    """
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    workers = strategy.num_replicas_in_sync
    with strategy.scope():
        model = small_network()
        optimizer = keras.optimizers.SGD(0.2, momentum=0.9)
        optimizer.build(model.trainable_variables)
    state = model.variables + optimizer.variables
    began = read_checkpoint(checkpoint, state) if checkpoint else 0
    agree(gathered(strategy, began), gathered(strategy, fingerprint(state)))
    step = make_step(strategy, model, optimizer, divisor or batch_size)
    (x, y), losses, seconds = digits(), [], []
    for number in range(began, steps):
        started = time.perf_counter()
        rows = np.random.default_rng(number).permutation(len(x))[:batch_size]
        mine = rows[rank::workers]  # another part of the batch for each worker
        losses.append(float(step(tf.constant(x[mine]), tf.constant(y[mine]))))
        seconds.append(time.perf_counter() - started)
        if rank == 0 and checkpoint and (number + 1) % 4 == 0:
            write_checkpoint(checkpoint, number + 1, state)
        if attempt == 0 and list(die) == [rank, number + 1]:
            os.kill(os.getpid(), signal.SIGKILL)
    weights = as_one_list(model)
    return dict(began=began, losses=losses, seconds=seconds, weights=weights)


def read_shards(rank, lines, policies=("FILE", "DATA")):
    """Which of some text files a worker reads, batch by batch, by each policy.

    Parameters
    ----------
    lines : how many lines each file has; each line is the file's number.  Every worker
        writes the files for itself, as if they had been copied to its machine.
    policies : some of "FILE" and "DATA", of `tf.data.experimental.AutoShardPolicy`.

    Returns
    -------
    A dict from a policy to a list of batches, each a list of files' numbers.
    """
    strategy, read = tf.distribute.MultiWorkerMirroredStrategy(), {}
    own_folder = os.environ.get("COURSE_WORKER_FOLDER")  # removed with the run
    with tempfile.TemporaryDirectory(dir=own_folder) as folder:
        files = [Path(folder, f"file{number}.txt") for number in range(len(lines))]
        for number, (file, count) in enumerate(zip(files, lines, strict=True)):
            file.write_text(f"{number}\n" * count)
        for policy in policies:
            data = tf.data.TextLineDataset([str(file) for file in files])
            options, known = tf.data.Options(), tf.data.experimental.AutoShardPolicy
            options.experimental_distribute.auto_shard_policy = known[policy]
            data = data.batch(8).with_options(options)  # 8 lines of all workers
            mine = strategy.experimental_distribute_dataset(data)
            batches = (strategy.experimental_local_results(each)[0] for each in mine)
            read[policy] = [[int(one) for one in batch.numpy()] for batch in batches]
    return read


def traffic(rank, parameters, repeats=5):
    """Bytes that leave this machine's loopback while the workers sum a gradient.

    Parameters
    ----------
    parameters : numbers in the gradient.
    repeats : how often it is summed; the bytes are those of one time.

    Returns
    -------
    Bytes of all workers together; None where the system does not count them.
    """
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    gradient = tf.ones((parameters,))

    @tf.function(autograph=False)  # which looks for branches and loops; here are none
    def summed():
        in_worker = lambda: tf.distribute.get_replica_context().all_reduce(
            "SUM", [gradient]
        )
        return strategy.run(in_worker)[0]

    def sent():
        counted = psutil.net_io_counters(pernic=True)
        return [counted[name].bytes_sent for name in ("lo", "lo0") if name in counted]

    summed()
    before = sent()
    for _ in range(repeats):
        summed()
    summed_up = [after - start for after, start in zip(sent(), before, strict=True)]
    return summed_up[0] / repeats if summed_up else None
