"""A convolution layer's arithmetic in NumPy, slowly enough to be read."""

import numpy as np

from course_utils.arithmetic import conv_output_size, same_padding


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
    image, kernels = np.asarray(image), np.asarray(kernels)
    _check_shapes(image, kernels, bias, strides)
    dtype = np.result_type(image, kernels)
    # bytes would overflow
    dtype = dtype if np.issubdtype(dtype, np.floating) else np.float32
    image, kernels = image.astype(dtype), kernels.astype(dtype)
    kernel_height, kernel_width, _, filters = kernels.shape
    stride_y, stride_x = (strides, strides) if np.ndim(strides) == 0 else strides

    height = conv_output_size(image.shape[0], kernel_height, stride_y, padding)
    width = conv_output_size(image.shape[1], kernel_width, stride_x, padding)
    if padding.lower() == "same":
        rows = same_padding(image.shape[0], kernel_height, stride_y)
        columns = same_padding(image.shape[1], kernel_width, stride_x)
        image = np.pad(image, (rows, columns, (0, 0)))

    output = np.zeros((height, width, filters), dtype)
    for i in range(height):
        for j in range(width):
            top, left = i * stride_y, j * stride_x
            patch = image[top : top + kernel_height, left : left + kernel_width]
            # multiply, then sum over u, v and channels
            output[i, j] = np.tensordot(patch, kernels, axes=3)
    return output if bias is None else output + np.asarray(bias, dtype)


def _check_shapes(image, kernels, bias, strides):
    if image.ndim != 3:
        hint = {
            2: " A grey image needs a last axis: image[..., None].",
            4: " Is it a batch? Give one image.",
        }
        raise ValueError(
            f"the image has shape {image.shape}; it must be (height, width, channels)."
            + hint.get(image.ndim, "")
        )
    if kernels.ndim != 4:
        raise ValueError(
            f"the kernels have shape {kernels.shape}; they must be (kernel height, "
            f"kernel width, channels, filters)."
        )
    if image.shape[2] != kernels.shape[2]:
        raise ValueError(
            f"the image has {image.shape[2]} channels, and the kernels of shape "
            f"{kernels.shape} are for "
            f"{kernels.shape[2]}: a kernel goes through all channels of its input."
        )
    if bias is not None and np.shape(bias) != (kernels.shape[3],):
        raise ValueError(
            f"the bias has shape {np.shape(bias)}; {kernels.shape[3]} filters need "
            f"({kernels.shape[3]},)"
        )
    if np.shape(strides) not in ((), (2,)):
        raise ValueError(
            f"strides is {strides!r}; it must be one number or (vertical, horizontal)"
        )
