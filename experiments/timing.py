"""Seconds of wall clock and processor, step by step and epoch by epoch."""

import time

from course_utils.startup import keras


class ProcessorTime(keras.callbacks.Callback):
    """Adds to each epoch the seconds of processor time it took, all cores together."""

    async_safe = True

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        logs["cpu_seconds"] = time.process_time() - self.started


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
