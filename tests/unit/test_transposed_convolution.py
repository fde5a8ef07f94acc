"""Transposed convolution by hand: Keras's sizes and numbers, and the transposed matrix
of a convolution.
"""

import itertools

import numpy as np
import pytest

from course_utils.arithmetic import conv_output_size, conv_transpose_output_size
from course_utils.layers import conv2d_numpy, conv_transpose_numpy
from course_utils.startup import keras

GRID = list(
    itertools.product((1, 2, 5, 6), (1, 2, 3, 4, 5), (1, 2, 3), ("valid", "same"))
)


def keras_size(size, kernel, stride, padding, output_padding=None):
    layer = keras.layers.Conv2DTranspose(
        1, kernel, stride, padding, output_padding=output_padding
    )
    return layer.compute_output_shape((None, size, size, 1))[1]


@pytest.mark.parametrize(("size", "kernel", "stride", "padding"), GRID)
def test_sizes_are_keras_sizes(size, kernel, stride, padding):
    assert conv_transpose_output_size(size, kernel, stride, padding) == keras_size(
        size, kernel, stride, padding
    )
    for extra in range(stride):
        expected = keras_size(size, kernel, stride, padding, extra)
        if expected < 1:
            with pytest.raises(ValueError, match="nothing is left"):
                conv_transpose_output_size(size, kernel, stride, padding, extra)
        else:
            found = conv_transpose_output_size(size, kernel, stride, padding, extra)
            assert found == expected


def test_it_undoes_the_size_of_the_convolution():
    for size, kernel, stride, padding in GRID:
        outputs = conv_transpose_output_size(size, kernel, stride, padding)
        assert conv_output_size(outputs, kernel, stride, padding) == size


@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (4, 4), (2, 5), (3, 1)])
@pytest.mark.parametrize("strides", [1, 2, 3, (1, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_numbers_are_keras_numbers(kernel, strides, padding):
    random = np.random.default_rng(1)
    image = random.normal(size=(4, 5, 3)).astype("float32")
    kernels = random.normal(size=(*kernel, 2, 3)).astype("float32")
    bias = random.normal(size=2).astype("float32")
    stride = (strides, strides) if np.ndim(strides) == 0 else strides
    expected = keras.ops.conv_transpose(image[None], kernels, stride, padding)[0] + bias
    found = conv_transpose_numpy(image, kernels, bias, strides, padding)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (3, 2), (4, 2), (5, 3)])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_it_is_the_transposed_matrix_of_the_convolution(kernel, stride, padding):
    small = 3
    large = conv_transpose_output_size(small, kernel, stride, padding)
    kernels = np.random.default_rng(2).normal(size=(kernel, kernel, 1, 1))

    def matrix(function, size):
        basis = np.eye(size * size).reshape(-1, size, size, 1)
        columns = [
            function(one, kernels, strides=stride, padding=padding).ravel()
            for one in basis
        ]
        return np.array(columns).T

    convolution = matrix(conv2d_numpy, large)
    np.testing.assert_allclose(matrix(conv_transpose_numpy, small), convolution.T)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 3), "size is 0"),
        ((4, 3, 2, "full"), "padding"),
        ((4, 3, 2, "same", 2), "less than the stride"),
        ((4, 2.5), "kernel is 2.5"),
    ],
)
def test_impossible_sizes_are_told(arguments, words):
    with pytest.raises(ValueError, match=words):
        conv_transpose_output_size(*arguments)


def test_shapes_that_do_not_fit_are_told():
    image = np.zeros((4, 4, 3))
    with pytest.raises(ValueError, match="channels last"):
        conv_transpose_numpy(image, np.zeros((3, 3, 3, 2)))
    with pytest.raises(ValueError, match="kernel width, filters, channels"):
        conv_transpose_numpy(image, np.zeros((3, 3)))
    with pytest.raises(ValueError, match="2 filters need"):
        conv_transpose_numpy(image, np.zeros((3, 3, 2, 3)), bias=np.zeros(3))
