"""Images with one label each, split for training and testing."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """images (count, height, width) uint8, 0-255, and labels (count,) uint8."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, repr=False, eq=False)
class LabelledImages:
    """A data set that unpacks like those of `keras.datasets`::

        (x_train, y_train), (x_test, y_test) = data

    Attributes
    ----------
    name : what it is called.
    train, test : each a `Split` (images, labels).
    class_names : the name of each label, in order.
    source : "cache", "download" or "embedded".
    line : one line that says what it is and where it came from.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    line: str

    def __iter__(self):
        return iter((self.train, self.test))

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return (self.train, self.test)[index]

    def __repr__(self):
        height, width = self.train.images.shape[1:3]
        return (
            f"{self.name} (source: {self.source}): {len(self.train.labels):,} "
            f"training and {len(self.test.labels):,} test images of {height}×{width} "
            f"pixels, {len(self.class_names)} classes"
        )
