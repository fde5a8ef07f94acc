"""How far a measured number can be trusted: intervals instead of verdicts.

A test accuracy is a count on a sample of images, and one training run is a sample of
one.  Lesson 02 explains these functions; every later comparison uses them.
"""

from dataclasses import dataclass

import numpy as np

from course_utils.checks import finite_number, whole_number


@dataclass(frozen=True)
class Interval:
    """A measured number, and the range in which the true one plausibly lies.

    `f"{interval:.1%}"` writes "90.0% (86.5% to 92.7%)": the format is used for each of
    the three numbers. `0 in interval` asks whether a value lies in the range.

    Attributes
    ----------
    estimate, low, high : the number itself, and both ends of the range.
    """

    estimate: float
    low: float
    high: float

    def __contains__(self, value):
        return self.low <= value <= self.high

    def __format__(self, spec):
        estimate, low, high = (
            format(value, spec) for value in (self.estimate, self.low, self.high)
        )
        return f"{estimate} ({low} to {high})"

    def __str__(self):
        return format(self, ".3g")


def accuracy_interval(correct, total, confidence=0.95):
    """The interval of an accuracy: `correct` answers of `total`.

    It holds the uncertainty of the test set: other test images of the same kind would
    give another count.  It does not hold that of the training, whose next run gives
    another network: for that, see `mean_interval`.

    Parameters
    ----------
    correct, total : whole numbers of images.
    confidence : how often such an interval holds the true value, between 0 and 1.

    Returns
    -------
    Interval : of shares, 0 to 1.

    Raises
    ------
    ValueError : counts that cannot be, or a confidence outside of 0 to 1.

    Source of the idea: Wilson (1927), Probable inference.
    """
    from scipy import stats

    total = whole_number(total, "total")
    hint = "Did you give the accuracy instead of the count?"
    correct = whole_number(correct, "correct", low=0, high=total, hint=hint)
    found = stats.binomtest(correct, total).proportion_ci(
        _confidence(confidence), method="wilson"
    )
    return Interval(correct / total, float(found.low), float(found.high))


def mean_interval(values, confidence=0.95):
    """The mean of a few independent runs, and its interval (Student's t).

    Parameters
    ----------
    values : one number for each run, at least two; runs differ by their seed.
    confidence : how often such an interval holds the true mean, between 0 and 1.

    Returns
    -------
    Interval : in the unit of the values.

    Raises
    ------
    ValueError : fewer than two values, values that are not finite, or a confidence
        outside of 0 to 1.

    Source of the idea: Student (1908), The probable error of a mean.
    """
    from scipy import stats

    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"mean_interval got values of shape {values.shape}; it takes a list of at "
            "least two numbers, one for each run. One run says nothing about its "
            "spread."
        )
    if not np.isfinite(values).all():
        raise ValueError(f"not all values are finite numbers: {values.tolist()}")
    mean = float(values.mean())
    quantile = stats.t.ppf((1 + _confidence(confidence)) / 2, len(values) - 1)
    half = float(quantile * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)


def paired_difference(first, second, confidence=0.95):
    """By how much `first` is ahead of `second`, and the interval of that.

    Run i of both shares its seed (the same start, the same order of batches), so what
    the two have in common cancels and the interval is shorter than those of the two
    means.

    Parameters
    ----------
    first, second : one number for each seed, in the same order.
    confidence : how often such an interval holds the true difference.

    Returns
    -------
    Interval : of the mean of first - second.  `0 in interval` means that the runs do
        not tell which of the two is better.

    Raises
    ------
    ValueError : as many numbers of one as there are not of the other, and what
        `mean_interval` refuses.
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if first.shape != second.shape:
        raise ValueError(
            f"paired_difference got shapes {first.shape} and {second.shape}; each run "
            "of one needs its partner with the same seed."
        )
    return mean_interval(first - second, confidence)


def _confidence(value):
    if not 0 < finite_number(value, "confidence") < 1:
        raise ValueError(
            f"confidence is {value}; it must lie between 0 and 1, such as 0.95"
        )
    return value
