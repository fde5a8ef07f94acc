"""How training is going, told once an epoch, and in between where someone is
watching.
"""

import math
import sys
import time

import keras

from course_utils.progress import bar, duration

REDRAW_EVERY = 0.3  # seconds
# a notebook shows the first epoch and the last ones; the rest are in the history
SHOWN_EPOCHS = 12


class Clock(keras.callbacks.Callback):
    """Adds the seconds of each epoch to its numbers, and stops a training whose loss is
    no number any more.

    Stands first among the callbacks, so that all others find the seconds.
    """

    async_safe = True

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        logs["seconds"] = time.perf_counter() - self.started
        if not math.isfinite(logs.get("loss", 0.0)):
            raise FloatingPointError(
                f"the loss became {logs['loss']} in epoch {epoch + 1}. The usual "
                "reasons: a learning rate that is too high (try a tenth), pixels not "
                "scaled to 0-1, or a NaN among the inputs or labels."
            )


class Progress(keras.callbacks.Callback):
    """One line an epoch: its seconds, its numbers, the time that is left; and a bar for
    the epoch that is running.

    Parameters
    ----------
    style : "notebook" (one output that is redrawn), "terminal" (the last line is
        redrawn) or "lines" (a line is printed when an epoch is done, and nothing else).
    stream : where lines go; left out, standard output.
    """

    # the bar moves when a batch begins: that needs no numbers, so Keras need not wait
    # for any
    async_safe = True

    def __init__(self, style, stream=None):
        super().__init__()
        self.style, self.stream = style, stream or sys.stdout
        self.lines, self.epoch_seconds = [], []
        self.handle = None

    def on_train_begin(self, logs=None):
        self.drawn, self.batches_this_run, self.first_batch_done = 0.0, 0, None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.batch = epoch, 0

    def on_train_batch_begin(self, batch, logs=None):
        now = time.perf_counter()
        self.batch = batch
        self.batches_this_run += 1
        if self.batches_this_run == 2:
            # the first batch waits for the model to be traced: no measure of speed
            self.first_batch_done = now
        if self.style != "lines" and now - self.drawn > REDRAW_EVERY:
            self.drawn = now
            self._draw(self._running_line(now))

    def on_epoch_end(self, epoch, logs=None):
        logs = dict(logs or {})
        seconds = logs.pop("seconds")
        self.epoch_seconds.append(seconds)
        to_do = self.params["epochs"] - epoch - 1
        line = f"{self._name(epoch)}  {duration(seconds):>9}  {numbers(logs)}"
        if to_do and not self.model.stop_training:
            line += f"  about {duration(to_do * self.epoch_seconds[-1])} left"
        self.lines.append(line)
        if self.style == "notebook":
            self._draw()
        else:
            self._print(line, end="\n")

    def _running_line(self, now):
        steps = self.params.get("steps")
        if not steps:
            return f"{self._name(self.epoch)}  {self.batch} batches"
        line = f"{self._name(self.epoch)}  {bar(self.batch, steps)}"
        if self.batch:
            line += f"  {numbers(self.model.get_metrics_result())}"
        left = self._seconds_left(now, steps)
        return line if left is None else f"{line}  about {duration(left)} left"

    def _seconds_left(self, now, steps):
        epochs_after = self.params["epochs"] - self.epoch - 1
        if self.epoch_seconds:
            return self.epoch_seconds[-1] * (epochs_after + 1 - self.batch / steps)
        if self.batches_this_run < 4:
            return None
        a_batch = (now - self.first_batch_done) / (self.batches_this_run - 2)
        return a_batch * (steps * (epochs_after + 1) - self.batch)

    def _name(self, epoch):
        epochs = self.params["epochs"]
        return f"epoch {epoch + 1:>{len(str(epochs))}} of {epochs}"

    def _draw(self, running=None):
        if self.style == "terminal":
            self._print(running, end="")
            return
        from IPython.display import display

        text = Text(shortened(self.lines) + ([running] if running else []))
        if self.handle is None:
            self.handle = display(text, display_id=True)
        else:
            self.handle.update(text)

    def _print(self, line, end):
        if self.style == "terminal":
            # over the line that stands there, and over all of it
            line = f"\r{line:<110}"
            line = line.rstrip() if end else line
        print(line, end=end, file=self.stream, flush=True)


class Text:
    """Lines that a notebook shows as they are."""

    def __init__(self, lines):
        self.lines = lines

    def __repr__(self):
        return "\n".join(self.lines)


def shortened(lines):
    """The first line and the last ones, with a word about those between."""
    if len(lines) <= SHOWN_EPOCHS:
        return list(lines)
    last = lines[-(SHOWN_EPOCHS - 2) :]
    return [lines[0], f"... {len(lines) - 1 - len(last)} epochs ...", *last]


def numbers(logs):
    """Metrics side by side, losses first and validation last, such as "loss 0.4123
    accuracy 0.8712".
    """
    order = sorted(
        logs, key=lambda name: (name.startswith("val_"), not name.endswith("loss"))
    )
    values = {name: float(logs[name]) for name in order}
    return "  ".join(
        f"{name} {value:.4g}" if abs(value) >= 10 else f"{name} {value:.4f}"
        for name, value in values.items()
    )
