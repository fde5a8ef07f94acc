"""Random numbers that are the same on every machine and with every NumPy.

NumPy promises that the bits of `PCG64` and `SeedSequence` never change, but not the
methods of `Generator` built on them.  So everything here is made from one of them,
`random()`: 53 bits of a `PCG64` draw, read as a fraction.
"""

import numpy as np


class Chance:
    """A stream of random choices, named by a key of whole numbers:

    `Chance(seed, index, purpose)`.
    """

    def __init__(self, *key):
        self._generator = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(key))
        )

    def uniform(self, low=0.0, high=1.0, size=None):
        """A number, or an array of `size`, evenly spread between `low` and `high`."""
        return low + (high - low) * self._generator.random(size)

    def around(self, mean, spread, size=None):
        """A bell-shaped number: the mean of three even ones, never further than
        `spread` from `mean`.
        """
        shape = (3,) if size is None else (3, *np.atleast_1d(size))
        return mean + spread * (2 * self._generator.random(shape).mean(axis=0) - 1)

    def integer(self, low, high):
        """A whole number from `low` to `high`, both included."""
        return int(low + np.floor((high - low + 1) * self._generator.random()))

    def happens(self, probability):
        """True with this probability."""
        return bool(self._generator.random() < probability)

    def choose(self, options, weights=None):
        """One of the options; `weights` need not sum to one."""
        options = list(options)
        if weights is None:
            return options[self.integer(0, len(options) - 1)]
        edges = np.cumsum(np.asarray(weights, dtype=float))
        place = int(
            np.searchsorted(edges, self._generator.random() * edges[-1], side="right")
        )
        return options[min(place, len(options) - 1)]

    def order(self, count):
        """The numbers 0 … count − 1 in random order."""
        return np.argsort(self._generator.random(count), kind="stable")
