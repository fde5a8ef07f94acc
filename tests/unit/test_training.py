"""course_utils.training: fit, histories, schedules, resuming and the look at memory."""

import errno
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils.startup import keras
from course_utils.training import (
    History,
    OneCycle,
    Preflight,
    Resume,
    build_training,
    fit,
    free_memory,
    memory_preflight,
    one_cycle,
    resume,
)
from course_utils.training.progress import Progress, duration, shortened

EPOCHS = 6


def blobs(count=256, seed=0):
    """Two clouds of points that a small network tells apart."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    points = random.normal(size=(count, 4)).astype("float32") + labels[:, None]
    return points.astype("float32"), labels


def small_model(seed=1, learning_rate=0.01):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(2, activation="softmax"),
        ],
        name="small",
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


# Fit.


@pytest.fixture(scope="module")
def run():
    return fit(small_model(), blobs(), blobs(64, seed=1), epochs=3, verbose=0)


def test_fit_records_every_metric_and_the_seconds_of_every_epoch(run):
    assert set(run) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in run.history.values())
    assert len(run.seconds) == 3 and all(seconds > 0 for seconds in run.seconds)
    assert run["loss"][-1] < run["loss"][0]
    assert run.name == "small" and run.epochs == 3


def test_fit_with_verbose_zero_says_nothing(capfd):
    fit(small_model(), blobs(64), epochs=1, verbose=0)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_fit_prints_one_line_an_epoch_where_nobody_watches(capsys):
    fit(small_model(), blobs(64), blobs(32), epochs=3, verbose="lines")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for number, line in enumerate(lines, start=1):
        assert re.search(
            rf"^epoch {number} of 3 +\S+ s  loss \d\.\d{{4}}  accuracy \d\.\d{{4}}  "
            rf"val_loss",
            line,
        ), line
    assert "left" in lines[0] and "left" not in lines[2]


def test_fit_takes_a_pipeline_without_a_warning(recwarn):
    import tensorflow as tf

    pipeline = tf.data.Dataset.from_tensor_slices(blobs(64)).batch(16)
    history = fit(small_model(), pipeline, pipeline, epochs=1, verbose=0)
    assert "val_accuracy" in history
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize(
    "data, words",
    [
        (lambda x, y: x, "must be a pair"),
        (lambda x, y: (x, y[:-1]), "63 labels"),
        (lambda x, y: (x[:, 0], y), "takes (None, 4)"),
        (lambda x, y: (x, y, y, y), "4 parts"),
    ],
)
def test_fit_says_what_is_wrong_with_the_data(data, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        fit(small_model(), data(*blobs(64)), verbose=0)


def test_fit_says_that_a_pipeline_is_not_batched():
    import tensorflow as tf

    with pytest.raises(ValueError, match=r"not batched yet"):
        fit(small_model(), tf.data.Dataset.from_tensor_slices(blobs(64)), verbose=0)


def test_fit_stops_with_advice_when_the_loss_is_no_number():
    x, y = blobs(64)
    labels = y.astype("float32")[:, None]
    labels[5] = np.nan
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(FloatingPointError, match=r"nan in epoch 1.*learning rate"):
        fit(model, (x, labels), verbose=0)


def test_fit_refuses_a_style_that_does_not_exist():
    with pytest.raises(ValueError, match="'auto', 'lines' or 0"):
        fit(small_model(), blobs(64), verbose="loud")


# Progress.


def feed(progress, epochs, steps, clock, seconds_a_step=1.0):
    """Drive a Progress as Keras would, with a clock of our own."""
    progress.set_params({"epochs": epochs, "steps": steps})
    progress.on_train_begin()
    for epoch in range(epochs):
        progress.on_epoch_begin(epoch)
        for batch in range(steps):
            progress.on_train_batch_begin(batch)
            clock.now += seconds_a_step
        progress.on_epoch_end(epoch, {"loss": 0.5, "seconds": steps * seconds_a_step})


class FakeModel:
    stop_training = False

    def get_metrics_result(self):
        return {"loss": 0.25}


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

        def perf_counter(self):
            return self.now

    fake = Clock()
    monkeypatch.setattr("course_utils.training.progress.time", fake)
    return fake


def test_terminal_progress_shows_share_numbers_and_an_honest_time_left(clock):
    stream = io.StringIO()
    progress = Progress("terminal", stream)
    progress.set_model(FakeModel())
    feed(progress, epochs=2, steps=10, clock=clock)
    drawn = [
        line.strip() for line in re.split(r"[\r\n]+", stream.getvalue()) if line.strip()
    ]
    half = next(line for line in drawn if "50%" in line)
    assert (
        half.startswith("epoch 1 of 2")
        and "█" * 10 + "░" * 10 in half
        and "loss 0.2500" in half
    )
    # 5 steps of this epoch and 10 of the next, at a second each
    assert half.endswith("about 15 s left")
    assert "about 10 s left" in next(
        line for line in drawn if "10 s  loss 0.5000" in line
    )


def test_notebook_progress_is_one_output_that_ends_with_a_line_an_epoch(
    clock, monkeypatch
):
    shown = []

    class Handle:
        def update(self, text):
            shown.append(repr(text))

    def display(text, display_id):
        shown.append(repr(text))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    progress = Progress("notebook")
    progress.set_model(FakeModel())
    feed(progress, epochs=2, steps=10, clock=clock)
    assert "░" in shown[0]
    assert [line[:12] for line in shown[-1].splitlines()] == [
        "epoch 1 of 2",
        "epoch 2 of 2",
    ]
    assert "░" not in shown[-1]


def test_long_trainings_show_the_first_epoch_and_the_last_ones():
    lines = [f"epoch {number}" for number in range(1, 31)]
    kept = shortened(lines)
    assert (
        kept[0] == "epoch 1"
        and kept[-1] == "epoch 30"
        and kept[1] == "... 19 epochs ..."
        and len(kept) == 12
    )
    assert shortened(lines[:12]) == lines[:12]


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.04, "0.0 s"),
        (8.32, "8.3 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (1501, "25 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_read_well(seconds, words):
    assert duration(seconds) == words


# History.


def test_history_finds_the_best_epoch_in_the_metrics_own_direction():
    history = History({"val_accuracy": [0.5, 0.9, 0.8], "val_loss": [1.0, 0.4, 0.3]})
    assert history.best() == (2, 0.9)
    assert history.best("val_loss") == (3, 0.3)
    with pytest.raises(KeyError, match="val_accuracy, val_loss"):
        history.best("f1")


def test_history_table_has_a_row_an_epoch_counted_from_one():
    table = History({"loss": [1.0, 0.5]}, seconds=[3.0, 2.0]).table
    assert list(table.index) == [1, 2] and list(table.columns) == ["loss", "seconds"]


def test_history_survives_a_file(tmp_path):
    history = History({"loss": [1.0, 0.5]}, seconds=[3.0, 2.0], name="run")
    history.save(tmp_path / "run.json")
    assert History.load(tmp_path / "run.json") == history
    assert repr(history) == "History of run, 2 epochs: loss 0.5"


# Schedule.


def test_one_cycle_rises_to_its_peak_and_falls_to_its_end():
    schedule = one_cycle(peak=0.4, steps=100, warmup=0.25, start=0.1, end=0.02)
    rates = [float(schedule(step)) for step in range(100)]
    assert max(rates) == pytest.approx(0.4) and rates.index(max(rates)) == 24
    assert all(a < b for a, b in zip(rates[:24], rates[1:25], strict=True))
    assert all(a > b for a, b in zip(rates[24:], rates[25:], strict=False))
    assert rates[0] == pytest.approx(0.1 + 0.3 / 25)
    assert rates[-1] == pytest.approx(0.02) == float(schedule(500))
    # straight lines: the rise takes a quarter of the steps, the fall the rest
    assert rates[62] == pytest.approx(0.4 - 0.38 * 38 / 75, abs=1e-6)


def test_one_cycle_never_begins_with_a_step_of_nothing():
    assert float(one_cycle(peak=1.0, steps=1000)(0)) == pytest.approx(1 / 250)


def test_one_cycle_is_saved_and_loaded_with_its_model(tmp_path):
    model = small_model(learning_rate=one_cycle(0.1, 50, warmup=0.3))
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").optimizer
    schedule = loaded._learning_rate
    assert isinstance(schedule, OneCycle)
    assert schedule.get_config() == one_cycle(0.1, 50, warmup=0.3).get_config()


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"peak": 0}, "above 0"),
        ({"steps": 2.5}, "whole number"),
        ({"warmup": 30}, "share of the steps"),
        ({"start": 2}, "between 0 and the peak"),
    ],
)
def test_one_cycle_refuses_nonsense(wrong, words):
    with pytest.raises(ValueError, match=words):
        one_cycle(**{"peak": 0.1, "steps": 10, **wrong})


# Resume.

KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}]
from test_training import EPOCHS, blobs, fit, keras, small_model

class Kill(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
    def on_train_batch_begin(self, batch, logs=None):
        if self.epoch == 3 and batch == 2:
            os.kill(os.getpid(), signal.SIGKILL)

options = dict(verbose="lines", resume={folder!r}, callbacks=[Kill()])
fit(small_model(), blobs(), blobs(64, seed=1), epochs=EPOCHS, **options)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_training_resumes_without_losing_an_epoch(tmp_path):
    folder = tmp_path / "backup"
    code = KILLED.format(tests=str(Path(__file__).parent), folder=str(folder))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    killed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [line[:12] for line in killed.stdout.splitlines()] == [
        f"epoch {n} of 6" for n in (1, 2, 3)
    ]
    before = json.loads((folder / "state.json").read_text())
    assert before["epoch"] == 3

    # other weights: what is right afterwards came from the backup
    model = small_model(seed=99)
    data, valid = blobs(), blobs(64, seed=1)
    count = Counter()
    resumed = fit(
        model, data, valid, epochs=EPOCHS, verbose=0, resume=folder, callbacks=[count]
    )
    assert count.epochs == [3, 4, 5]
    assert resumed.epochs == EPOCHS and len(resumed.seconds) == EPOCHS
    for metric in resumed:
        assert resumed[metric][:3] == before["history"][metric]
    assert int(model.optimizer.iterations) == EPOCHS * 8
    assert not folder.exists()

    undisturbed = fit(small_model(), data, valid, epochs=EPOCHS, verbose=0)
    assert resumed["loss"][:3] == pytest.approx(undisturbed["loss"][:3], rel=1e-4)
    assert resumed["val_loss"][-1] == pytest.approx(
        undisturbed["val_loss"][-1], abs=0.03
    )
    # and that is not because nothing happened since
    assert resumed["loss"][3] < resumed["loss"][2]


class Counter(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)


class Interrupt(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt


def interrupted(folder):
    with pytest.raises(KeyboardInterrupt):
        fit(
            small_model(),
            blobs(64),
            epochs=4,
            verbose=0,
            resume=folder,
            callbacks=[Interrupt()],
        )


def test_a_kill_while_the_backup_is_written_leaves_the_epoch_before(tmp_path):
    interrupted(tmp_path)
    # what a kill leaves: half a file under its provisional name, a whole one that the
    # state does not name yet
    (tmp_path / "unfinished-epoch-003.weights.h5").write_bytes(b"half")
    (tmp_path / "epoch-003.weights.h5").write_bytes(b"not named by the state")
    (tmp_path / "state.json.new").write_text('{"epoch": 3, "wei')
    count = Counter()
    history = fit(
        small_model(),
        blobs(64),
        epochs=4,
        verbose=0,
        resume=tmp_path,
        callbacks=[count],
    )
    assert count.epochs == [2, 3] and history.epochs == 4


@pytest.mark.parametrize("name", ["state.json", "epoch-002.weights.h5"])
@pytest.mark.parametrize("damage", ["empty", "half", "flip", "folder", "other"])
def test_a_damaged_backup_is_told_and_left_as_it_is(name, damage, tmp_path):
    interrupted(tmp_path)
    path = tmp_path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 255
    new = {"empty": b"", "half": content[:99], "flip": content, "other": b"[1]"}
    path.unlink()
    path.mkdir() if damage == "folder" else path.write_bytes(new[damage])
    model = small_model()
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"the backup in .* is damaged .*delete this"):
        fit(model, blobs(64), epochs=4, verbose=0, resume=tmp_path)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)
    assert path.exists() and len(list(tmp_path.iterdir())) == 2


def test_a_place_that_can_be_no_folder_is_told_before_an_epoch_is_lost(tmp_path):
    (tmp_path / "notes").write_text("mine")
    count = Counter()
    for place in (tmp_path / "notes", tmp_path / "notes" / "deeper"):
        with pytest.raises(ValueError, match="no backup can be kept in .*notes"):
            fit(small_model(), blobs(64), resume=place, verbose=0, callbacks=[count])
    assert count.epochs == [] and (tmp_path / "notes").read_text() == "mine"
    for wrong in (True, 5, ""):
        with pytest.raises(TypeError, match="must be a path, such as"):
            fit(small_model(), blobs(64), resume=wrong, verbose=0)


def test_a_full_disk_says_what_is_kept_and_the_same_call_goes_on(tmp_path, monkeypatch):
    interrupted(tmp_path)
    real = keras.Model.save_weights

    def full(model, path):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "as h5py says it, in many words")

    monkeypatch.setattr(keras.Model, "save_weights", full)
    with pytest.raises(
        OSError, match=r"epoch 3 cannot be kept .*No space left.* of 2 "
    ):
        fit(small_model(), blobs(64), epochs=4, verbose=0, resume=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    monkeypatch.setattr(keras.Model, "save_weights", real)
    history = fit(small_model(), blobs(64), epochs=4, verbose=0, resume=tmp_path)
    assert history.epochs == 4


def test_resume_works_with_plain_keras_and_keeps_the_whole_history(tmp_path):
    interrupted(tmp_path)
    x, y = blobs(64)
    model = small_model()
    recorded = model.fit(x, y, epochs=4, verbose=0, callbacks=[resume(tmp_path)])
    assert len(recorded.history["loss"]) == 4 and recorded.epoch == [0, 1, 2, 3]
    # a second training of the same model object begins at its beginning
    assert len(model.fit(x, y, epochs=2, verbose=0).history["loss"]) == 2


def test_a_kept_backup_of_a_complete_training_gives_it_back_at_once(tmp_path):
    first = fit(
        small_model(),
        blobs(64),
        epochs=2,
        verbose=0,
        resume=resume(tmp_path, keep=True),
    )
    model, count = small_model(seed=5), Counter()
    again = fit(
        model,
        blobs(64),
        epochs=2,
        verbose=0,
        resume=resume(tmp_path, keep=True),
        callbacks=[count],
    )
    assert count.epochs == [] and again == first
    assert (
        model.evaluate(*blobs(64), verbose=0, return_dict=True)["loss"]
        < first["loss"][0]
    )


def test_resume_refuses_the_backup_of_another_model(tmp_path):
    interrupted(tmp_path)
    other = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(2, activation="softmax")], name="other"
    )
    other.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(
        ValueError, match="belongs to another training.*Name another folder"
    ):
        fit(other, blobs(64), verbose=0, resume=tmp_path)


def test_resume_deletes_its_own_files_only(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    fit(small_model(), blobs(64), epochs=1, verbose=0, resume=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_resume_is_a_backup_and_restore():
    assert issubclass(Resume, keras.callbacks.BackupAndRestore)


# Memory.


@pytest.fixture(scope="module")
def image_model():
    inputs = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(10)(x), name="images")
    model.compile("adam", "mse")
    return model


def test_preflight_names_a_batch_size_that_fits(image_model):
    with pytest.raises(
        MemoryError, match=r"batches of 512 needs about .* A batch size of (\d+) fits"
    ) as failure:
        memory_preflight(image_model, 512, free=200_000_000)
    fitting = int(re.search(r"batch size of (\d+) fits", str(failure.value))[1])
    assert 1 <= fitting < 512 and math.log2(fitting).is_integer()
    plan = memory_preflight(image_model, fitting, free=200_000_000)
    assert plan.needed <= plan.free == 200_000_000
    with pytest.raises(MemoryError):
        memory_preflight(image_model, 2 * plan.largest_batch_size, free=200_000_000)


def test_preflight_counts_weights_gradients_and_both_moments_of_adam(image_model):
    few, many = (
        memory_preflight(image_model, 1, free=10**10),
        memory_preflight(image_model, 11, free=10**10),
    )
    an_image = (many.needed - few.needed) / 10
    assert an_image >= 64 * 64 * 64 * 4  # the output of the convolution alone
    standing = few.needed - an_image
    assert standing == pytest.approx(4 * 4 * image_model.count_params(), rel=0.01)


def test_preflight_says_when_not_even_one_image_fits(image_model):
    with pytest.raises(MemoryError, match="Not even a batch of one image fits"):
        memory_preflight(image_model, 8, free=1_000_000)


def test_preflight_looks_at_the_memory_that_is_free_now(image_model):
    assert free_memory() > 10_000_000
    plan = memory_preflight(image_model, 1)
    assert isinstance(plan, Preflight) and "A batch of 1 needs about" in repr(plan)


class Counted(keras.Model):
    """Counts how often its training step is turned into a graph."""

    def train_step(self, data):
        self.traced = getattr(self, "traced", 0) + 1
        return super().train_step(data)


def two_answers(seed=0):
    keras.utils.set_random_seed(seed)
    points = keras.Input((4,))
    answers = {
        "label": keras.layers.Dense(2, activation="softmax", name="label")(points),
        "size": keras.layers.Dense(1, name="size")(points),
    }
    model = Counted(points, answers)
    model.compile(
        keras.optimizers.Adam(0.01),
        {"label": "sparse_categorical_crossentropy", "size": "mse"},
        metrics={"label": ["accuracy"], "size": ["mae"]},
    )
    return model


def test_what_is_built_beforehand_saves_a_graph_and_changes_no_result():
    points, labels = blobs(64)
    targets = {"label": labels, "size": points.sum(axis=1, keepdims=True)}
    ways = {"as it is": lambda *_: None, "built": build_training}
    histories, traced = {}, {}
    for name, build in ways.items():
        model = two_answers()
        build(model, points, targets)
        run = model.fit(points, targets, epochs=2, batch_size=32, verbose=0)
        histories[name], traced[name] = run.history, model.traced
    assert traced["built"] == 1 < traced["as it is"]
    assert histories["built"] == histories["as it is"]
    with pytest.raises(ValueError, match="compile it before"):
        build_training(keras.Sequential([keras.Input((4,))]), points, labels)
