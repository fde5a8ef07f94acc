"""One-cycle learning rates: up, then down to almost nothing."""

import keras
from keras import ops

from course_utils.checks import finite_number


@keras.saving.register_keras_serializable(package="course_utils")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a straight line to its peak and falls in a straight
    line to its end.

    The rise gives batch normalisation and momentum time to settle before the steps
    become large; the large steps in the middle cover the ground and keep the network
    out of narrow valleys; the fall lets it settle.  With one number to choose, the
    peak, a network reaches in ten epochs what takes far longer at a constant rate.

    Parameters
    ----------
    peak : the highest learning rate.
    steps : training steps in the whole run: epochs times batches an epoch.
    warmup : the share of the steps that rise, between 0 and 1.
    start, end : the first and the last learning rate.  Beyond `steps` the rate stays at
        `end`.

    Source
    ------
    L. N. Smith and N. Topin (2018), Super-Convergence: Very Fast Training of
    Neural Networks Using Large Learning Rates.
    """

    def __init__(self, peak, steps, warmup=0.25, start=0.0, end=0.0):
        peak, steps = finite_number(peak, "peak"), finite_number(steps, "steps")
        warmup, start = finite_number(warmup, "warmup"), finite_number(start, "start")
        end = finite_number(end, "end")
        if not peak > 0:
            raise ValueError(f"peak is {peak:g}; a learning rate must be above 0")
        if steps < 1 or steps != int(steps):
            raise ValueError(
                f"steps is {steps:g}; it must be a whole number: epochs times batches "
                f"an epoch"
            )
        if not 0 < warmup < 1:
            raise ValueError(
                f"warmup is {warmup:g}; it is a share of the steps, between 0 and 1, "
                f"not a number of steps"
            )
        if not (0 <= start <= peak and 0 <= end <= peak):
            raise ValueError(
                f"start={start:g} and end={end:g} must lie between 0 and the peak, "
                f"{peak:g}"
            )
        self.peak, self.steps, self.warmup = peak, int(steps), warmup
        self.start, self.end = start, end

    def __call__(self, step):
        """The learning rate of one step, counted from 0; the peak comes after `warmup *
        steps` of them.
        """
        # The first step already moves: it has the rate at its end, not the zero at its
        # beginning.
        done = ops.cast(
            ops.minimum(ops.cast(step, "float32") + 1.0, float(self.steps))
            / self.steps,
            "float32",
        )
        rising = self.start + (self.peak - self.start) * done / self.warmup
        falling = self.end + (self.peak - self.end) * (1.0 - done) / (1.0 - self.warmup)
        return ops.where(done < self.warmup, rising, falling)

    def get_config(self):
        return {
            "peak": self.peak,
            "steps": self.steps,
            "warmup": self.warmup,
            "start": self.start,
            "end": self.end,
        }


def one_cycle(peak, steps, warmup=0.25, start=0.0, end=0.0):
    """A `OneCycle` schedule to give to an optimizer as its learning rate.

        batches = math.ceil(55_000 / 128)
        rate = one_cycle(peak=0.4, steps=10 * batches)
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)

    Parameters and errors are those of `OneCycle`.
    """
    return OneCycle(peak, steps, warmup, start, end)
