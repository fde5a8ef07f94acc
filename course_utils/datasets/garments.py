"""Garments drawn by the course: the stand-in for Fashion-MNIST where neither the cache
nor a network has it.

28×28 grey pictures of the same ten classes in the same order (`drawing.garments` says
how they are drawn).  A logistic regression gets about three quarters of them right and
a small convolutional network nine tenths, much as with the real ones; shirts,
pullovers, coats and T-shirts are the hard part in both.
"""

import hashlib

import numpy as np

from course_utils import sources
from course_utils.datasets.labelled import Split
from course_utils.drawing.garments import DRAWINGS, SIZE, picture

CLASS_NAMES = tuple(DRAWINGS)
TRAINING, TEST = 10_000, 2_000
SEED = 2017
# raise it when a drawing changes: the cache holds each version under its own name
VERSION = 1


def load(training=TRAINING, test=TEST):
    """The garments, from the cache if they were drawn before, else drawn (in seconds)
    and kept there.

    Returns
    -------
    (Split, Split) : training and test images (count, 28, 28) uint8 with labels (count,)
        uint8; every class equally often, in mixed order.
    """

    def drawn():
        return draw(training, SEED), draw(test, SEED + 1)

    try:
        return cache_file(training, test).create(
            lambda path: _write(path, *drawn()), wait=60
        )
    # nowhere to keep them; they fit into memory as well
    except (sources.BadFile, sources.Unavailable):
        return drawn()


def draw(count, seed=SEED):
    """Draw `count` garments.

    Returns
    -------
    Split : images (count, 28, 28) uint8, labels (count,) uint8; classes as equally
        often as `count` allows, in mixed order.  The same count and seed give the same
        bytes on every machine.

    Raises
    ------
    ValueError : a count under 1.
    """
    if count < 1:
        raise ValueError(f"{count} garments were asked for; at least 1 can be drawn")
    labels = (np.arange(count) % len(DRAWINGS)).astype(np.uint8)
    images = np.empty((count, SIZE, SIZE), np.uint8)
    for label, shape in enumerate(DRAWINGS.values()):
        of_class = labels == label
        if of_class.any():
            images[of_class] = picture(shape, int(of_class.sum()), seed=(seed, label))
    order = np.argsort(
        np.random.PCG64((seed, len(DRAWINGS))).random_raw(count), kind="stable"
    )
    return Split(images[order], labels[order])


def cache_file(training=TRAINING, test=TEST):
    """Where that many drawn garments are kept."""
    name = f"garments-v{VERSION}-{training}-{test}.npz"
    return sources.CachedFile(
        "datasets/course_garments", name, check=lambda path: _read(path, training, test)
    )


def digest(*arrays):
    """SHA-256 of the arrays' bytes, one after the other."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array))
    return total.hexdigest()


def _write(path, train, test):
    with open(path, "wb") as file:
        np.savez(
            file,
            x=train.images,
            y=train.labels,
            x_test=test.images,
            y_test=test.labels,
            sha256=np.array(digest(*train, *test)),
        )


def _read(path, training, test):
    """The two splits in a file that `_write` wrote; a check for `CachedFile`."""
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as held:
                splits = (
                    Split(held["x"], held["y"]),
                    Split(held["x_test"], held["y_test"]),
                )
                written = str(held["sha256"])
        # NumPy and zipfile have a dozen kinds of error for a dozen kinds of damage
        except Exception as error:
            raise sources.BadFile(f"is damaged or truncated ({error})") from None
    if [len(split.labels) for split in splits] != [training, test] or written != digest(
        *splits[0], *splits[1]
    ):
        raise sources.BadFile("holds other pictures than were written there")
    return splits
