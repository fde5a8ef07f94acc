"""The transposed convolution explorer counts what Keras's own layer does."""

import itertools

import numpy as np
import pytest

from course_utils.layers import conv_transpose_numpy
from course_utils.widgets import TransposedExplorer, transposed

EVERY = list(itertools.product((1, 2, 5), (1, 2, 3, 4, 6), (1, 2, 3, 4)))


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_the_counts_are_what_ones_stamped_on_ones_give(padding):
    """`conv_transpose_numpy` is compared with Keras by a test of its own."""
    for size, kernel, stride in EVERY:
        explorer = TransposedExplorer(
            size=size, kernel=kernel, stride=stride, padding=padding
        )
        stamped = conv_transpose_numpy(
            np.ones((1, size, 1)),
            np.ones((1, kernel, 1, 1)),
            strides=(1, stride),
            padding=padding,
        )
        numbers = transposed.counts(explorer.state)
        assert numbers == stamped.ravel().astype(int).tolist()
        assert ", ".join(map(str, numbers)) in explorer.describe()


def test_a_checkerboard_is_said_where_the_kernel_is_no_multiple_of_the_stride():
    for kernel, stride in itertools.product(range(1, 7), range(1, 5)):
        explorer = TransposedExplorer(size=8, kernel=kernel, stride=stride)
        uneven = kernel % stride != 0
        assert ("checkerboard" in explorer.describe()) == uneven, (kernel, stride)


def test_one_stamp_is_followed_to_its_outputs_and_what_is_cut_is_said():
    words = TransposedExplorer(kernel=3, stride=2, input=2).describe()
    assert "Input 2 reaches outputs 3 to 5." in words
    words = TransposedExplorer(kernel=4, stride=2, padding="same", input=1).describe()
    assert "Input 1 reaches outputs 1 to 3; 1 of its stamp are cut off." in words


def test_the_input_that_is_shown_exists():
    explorer = TransposedExplorer(size=5, input=5)
    explorer.set(size=2)
    assert explorer.state["input"] == 2 and explorer.limits(explorer.state) == {
        "input": (0, 2)
    }
