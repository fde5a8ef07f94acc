"""A convolution layer's arithmetic in NumPy, slowly enough to be read."""

import numpy as np

from course_utils.arithmetic import (
    conv_output_size,
    conv_transpose_output_size,
    same_padding,
)
from course_utils.checks import shortly


def conv2d_numpy(image, kernels, bias=None, strides=1, padding="valid"):
    """What `keras.layers.Conv2D` computes before its activation, as a loop over output
    pixels.

    Each output is the bias plus the sum, over the patch under the kernel, of pixel
    times weight: z[i, j, k] = b[k] + sum over u, v, c of x[i * stride + u, j * stride +
    v, c] * w[u, v, c, k]. The kernel is not flipped, so mathematicians call this a
    cross-correlation.

    Parameters
    ----------
    image : (height, width, channels).
    kernels : (kernel height, kernel width, channels, filters).
    bias : (filters,); left out, zeros.
    strides : one number, or (vertical, horizontal).
    padding : "valid", or "same" for zeros all around.

    Returns
    -------
    array (height, width, filters) of floats.

    Raises
    ------
    ValueError : shapes that do not fit each other, or a size, stride or padding
        `conv_output_size` refuses.
    """
    image, kernels, (stride_y, stride_x) = _checked(image, kernels, bias, strides)
    kernel_height, kernel_width, _, filters = kernels.shape

    height = conv_output_size(image.shape[0], kernel_height, stride_y, padding)
    width = conv_output_size(image.shape[1], kernel_width, stride_x, padding)
    if padding.lower() == "same":
        rows = same_padding(image.shape[0], kernel_height, stride_y)
        columns = same_padding(image.shape[1], kernel_width, stride_x)
        image = np.pad(image, (rows, columns, (0, 0)))

    output = np.zeros((height, width, filters), image.dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * stride_y, j * stride_x
            patch = image[top : top + kernel_height, left : left + kernel_width]
            # multiply, then sum over u, v and channels
            output[i, j] = np.tensordot(patch, kernels, axes=3)
    return output if bias is None else output + np.asarray(bias, image.dtype)


def conv_transpose_numpy(image, kernels, bias=None, strides=1, padding="valid"):
    """What `keras.layers.Conv2DTranspose` computes before its activation, as a loop
    over input pixels.

    Each input pixel stamps the kernel, multiplied by its value, onto the output; stamps
    of neighbours lie `strides` apart, and where they overlap they add up.  It is the
    transposed matrix of the convolution with the same kernel, stride and padding.

    Parameters
    ----------
    image : (height, width, channels).
    kernels : (kernel height, kernel width, filters, channels): as Keras has them, the
        two last axes the other way round than in a convolution.
    bias : (filters,); left out, zeros.
    strides : one number, or (vertical, horizontal).
    padding : "valid" keeps all stamps, "same" cuts the output to image times strides.

    Returns
    -------
    array (height, width, filters) of floats.

    Raises
    ------
    ValueError : shapes that do not fit each other, or a size, stride or padding
        `conv_transpose_output_size` refuses.
    """
    image, kernels, (stride_y, stride_x) = _checked(
        image, kernels, bias, strides, transposed=True
    )
    kernel_height, kernel_width, filters, _ = kernels.shape

    height = conv_transpose_output_size(
        image.shape[0], kernel_height, stride_y, padding
    )
    width = conv_transpose_output_size(image.shape[1], kernel_width, stride_x, padding)
    top = left = 0
    if padding.lower() == "same":  # what the convolution padded is cut off again
        top, _ = same_padding(height, kernel_height, stride_y)
        left, _ = same_padding(width, kernel_width, stride_x)

    # large enough for all stamps, and for what no stamp reaches
    output = np.zeros(
        (
            max((image.shape[0] - 1) * stride_y + kernel_height, top + height),
            max((image.shape[1] - 1) * stride_x + kernel_width, left + width),
            filters,
        ),
        image.dtype,
    )
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            y, x = i * stride_y, j * stride_x
            stamp = kernels @ image[i, j]  # (kernel height, kernel width, filters)
            output[y : y + kernel_height, x : x + kernel_width] += stamp
    output = output[top : top + height, left : left + width]
    return output if bias is None else output + np.asarray(bias, image.dtype)


def _checked(image, kernels, bias, strides, transposed=False):
    """Image and kernels as arrays of floats (bytes would overflow), and the strides as
    a pair; ValueError if they do not fit each other.
    """
    image, kernels = np.asarray(image), np.asarray(kernels)
    if image.ndim != 3:
        hint = {
            2: " A grey image needs a last axis: image[..., None].",
            4: " Is it a batch? Give one image.",
        }
        raise ValueError(
            f"the image has shape {image.shape}; it must be (height, width, channels)."
            + hint.get(image.ndim, "")
        )
    axes = "filters, channels" if transposed else "channels, filters"
    if kernels.ndim != 4:
        raise ValueError(
            f"the kernels have shape {kernels.shape}; they must be (kernel height, "
            f"kernel width, {axes})."
        )
    channels, filters = kernels.shape[:1:-1] if transposed else kernels.shape[2:]
    if image.shape[2] != channels:
        hint = " A transposed convolution has its channels last." if transposed else ""
        raise ValueError(
            f"the image has {image.shape[2]} channels, and the kernels of shape "
            f"{kernels.shape} are for "
            f"{channels}: a kernel goes through all channels of its input.{hint}"
        )
    if bias is not None and np.shape(bias) != (filters,):
        raise ValueError(
            f"the bias has shape {np.shape(bias)}; {filters} filters need ({filters},)"
        )
    if np.shape(strides) not in ((), (2,)):
        raise ValueError(
            f"strides is {shortly(strides)}; it must be one number or (vertical, "
            "horizontal)"
        )
    dtype = np.result_type(image, kernels)
    if dtype.kind not in "biuf":
        raise ValueError(
            f"image and kernels must be numbers; they are of type {image.dtype} and "
            f"{kernels.dtype}"
        )
    dtype = dtype if dtype.kind == "f" else np.float32
    strides = (strides, strides) if np.ndim(strides) == 0 else tuple(strides)
    return image.astype(dtype), kernels.astype(dtype), strides
