"""What a rehearsal changes in Keras before a notebook's first cell.

Every `fit` is cut to two steps and one epoch, every `evaluate`, `predict` and
`reestimate_batch_norm` to two batches, and weights that cannot be had are random ones.
Shapes, names, options, memory and everything else are as in full; what comes out of a
`predict` has its full length.

At the end, how long the full run would take is estimated: what a second step of each
`fit` takes, times the number of steps, and likewise for batches.
"""

import dataclasses
import functools
import math
import time

import numpy as np

STEPS = 2
BATCH = 32  # Keras's, for arrays
BATCH_OF_AVERAGES = 128  # that of `reestimate_batch_norm`
left_out = []  # seconds, one entry for each call that was cut


def begin():
    """Cut `fit`, `evaluate` and `predict`, and find random weights where none are."""
    from course_utils import training
    from course_utils.startup import keras

    keras.Model.fit = _fit(keras.Model.fit)
    keras.Model.evaluate = _evaluate(keras.Model.evaluate)
    keras.Model.predict = _predict(keras.Model.predict)
    training.reestimate_batch_norm = _reestimate(training.reestimate_batch_norm)
    _random_weights()


def end():
    """Say how many hours the whole run would take on this machine, beyond this one."""
    print(f"rehearsal: {sum(left_out) / 3600:.3f} hours left out")


class _Watch:
    """A Keras callback that times batches; the first one is not counted, since it waits
    for the model to be traced.
    """

    def __new__(cls):
        from course_utils.startup import keras

        class Watch(keras.callbacks.Callback):
            def __init__(self):
                super().__init__()
                self.starts, self.ends = [], []

            def on_train_batch_begin(self, batch, logs=None):
                self.starts.append(time.perf_counter())

            def on_train_batch_end(self, batch, logs=None):
                self.ends.append(time.perf_counter())

            on_test_batch_begin = on_predict_batch_begin = on_train_batch_begin
            on_test_batch_end = on_predict_batch_end = on_train_batch_end

            def a_batch(self):
                times = [
                    end - start
                    for start, end in zip(self.starts, self.ends, strict=False)
                ]
                return min(times, default=0.0)

        return Watch()


def batches_of(x, batch_size):
    """How many batches there are in arrays or in a pipeline; None if nobody knows."""
    if hasattr(x, "cardinality"):
        count = int(x.cardinality())
        return count if count >= 0 else None
    if hasattr(x, "num_batches"):
        return x.num_batches
    count = _images_in(x)
    return count and math.ceil(count / (batch_size or BATCH))


def _images_in(x):
    """How many there are in arrays; None for a pipeline."""
    if hasattr(x, "cardinality") or hasattr(x, "num_batches"):
        return None
    if isinstance(x, dict):
        x = next(iter(x.values()))
    elif isinstance(x, (list, tuple)) and hasattr(x[0], "shape"):
        x = x[0]
    return x.shape[0] if hasattr(x, "shape") else None


def batch_size_of(x, batch_size):
    """The batch size that Keras has without a rehearsal.

    Told to make two steps and no batch size, it would put half of all images into each.
    """
    return batch_size or (BATCH if _images_in(x) else None)


def _fit(original):
    @functools.wraps(original)
    def fit(self, x=None, y=None, batch_size=None, epochs=1, **options):
        batches = options.pop("steps_per_epoch", None) or batches_of(x, batch_size)
        first = options.get("initial_epoch", 0)
        watch = _Watch()
        options["callbacks"] = [*(options.get("callbacks") or []), watch]
        if options.get("validation_data") is not None:
            options["validation_steps"] = STEPS
        history = original(
            self,
            x,
            y,
            batch_size=batch_size_of(x, batch_size),
            epochs=min(first + 1, epochs),
            steps_per_epoch=min(STEPS, batches or STEPS),
            **options,
        )
        to_do = (epochs - first) * (batches or STEPS) - STEPS
        left_out.append(max(to_do, 0) * watch.a_batch())
        return history

    return fit


def _evaluate(original):
    @functools.wraps(original)
    def evaluate(self, x=None, y=None, batch_size=None, steps=None, **options):
        if options.get("_use_cached_eval_dataset"):  # called by `fit`, which was cut
            return original(self, x, y, batch_size=batch_size, steps=steps, **options)
        batches = steps or batches_of(x, batch_size)
        watch = _Watch()
        options["callbacks"] = [*(options.get("callbacks") or []), watch]
        found = original(
            self,
            x,
            y,
            batch_size=batch_size_of(x, batch_size),
            steps=min(STEPS, batches or 1),
            **options,
        )
        left_out.append(max((batches or STEPS) - STEPS, 0) * watch.a_batch())
        return found

    return evaluate


def _predict(original):
    @functools.wraps(original)
    def predict(self, x, batch_size=None, steps=None, **options):
        batches = steps or batches_of(x, batch_size)
        watch = _Watch()
        options["callbacks"] = [*(options.get("callbacks") or []), watch]
        found = original(
            self,
            x,
            batch_size=batch_size_of(x, batch_size),
            steps=min(STEPS, batches or 1),
            **options,
        )
        left_out.append(max((batches or STEPS) - STEPS, 0) * watch.a_batch())
        rows = _rows(x, batches)
        return found if rows is None else _repeated(found, rows)

    return predict


def _reestimate(original):
    @functools.wraps(original)
    def reestimate_batch_norm(model, images, batch_size=BATCH_OF_AVERAGES):
        begun = time.perf_counter()
        original(model, images[: STEPS * batch_size], batch_size)
        batches = math.ceil(len(images) / batch_size)
        a_batch = (time.perf_counter() - begun) / STEPS
        left_out.append(max(batches - STEPS, 0) * a_batch)

    return reestimate_batch_norm


def _rows(x, batches):
    """How many rows a whole `predict` gives; None where it was not cut."""
    if batches is None or batches <= STEPS:
        return None
    if hasattr(x, "cardinality"):
        return sum(len(_first(batch)) for batch in x)
    return len(_first(x))


def _first(x):
    if isinstance(x, dict):
        return next(iter(x.values()))
    return x[0] if isinstance(x, (list, tuple)) else x


def _repeated(found, rows):
    """Rows repeated until there are enough; the same for lists and dictionaries."""
    if isinstance(found, dict):
        return {name: _repeated(value, rows) for name, value in found.items()}
    if isinstance(found, (list, tuple)):
        return type(found)(_repeated(value, rows) for value in found)
    return found[np.arange(rows) % len(found)]


def _random_weights():
    """Weights that are neither in the cache nor on the network are random ones."""
    from course_utils import backbones, sources
    from course_utils.backbones import backbone, choice

    original = backbone.load_backbone

    @functools.wraps(original)
    def load_backbone(name, include_top=False, *args, **options):
        options.pop("stand_in", None)
        try:
            return original(name, include_top, *args, stand_in=False, **options)
        except sources.NoSource:
            options["trained"] = False
            options.pop("source", None)
            found = original(name, include_top, **options)
            return dataclasses.replace(
                found, source="cache", line=f"{name}, random weights for a rehearsal."
            )

    for module in (backbones, backbone, choice):
        module.load_backbone = load_backbone
