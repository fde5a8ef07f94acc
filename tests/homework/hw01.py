"""Answers to homework 01: convolution."""

from tests.homework import Right, Wrong

POINTS = {"q1": 3, "q2": 3, "q3": 3, "q4": 5, "q5": 4, "q6": 3, "q7": 3}

LOOP = """
def convolve(image, kernel, stride=1, dilation=1):
    image, kernel = np.asarray(image, float), np.asarray(kernel, float)
    f_h, f_w, _ = kernel.shape
    rows = (image.shape[0] - (f_h - 1) * dilation - 1) // stride + 1
    columns = (image.shape[1] - (f_w - 1) * dilation - 1) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for u in range(f_h):
                for v in range(f_w):
                    result[i, j] += (image[i * stride + u * dilation, j * stride + v * dilation] * kernel[u, v]).sum()
    return result
"""


def changed(old, new):
    """The loop above with one mistake in it."""
    assert LOOP.count(old) == 1, old
    return LOOP.replace(old, new)


GRADIENT = """
def gradient(patches, kernel, wanted):
    error = (patches * kernel).sum(axis=(2, 3)) - wanted
    return 2 * np.einsum("ij,ijuv->uv", error, patches) / error.size
"""


def other_gradient(old, new):
    """The gradient above with one mistake in it."""
    assert GRADIENT.count(old) == 1, old
    return GRADIENT.replace(old, new)


WRONG = [
    # q1: sizes
    Wrong("q1", "out_a = (61, 93, 24)", '"valid" padding'),
    Wrong("q1", "out_a = (62, 95, 24)", "rounds up"),
    Wrong("q1", "out_a = (62.5, 95, 24)", "whole number"),
    Wrong("q1", "out_a = (125, 190, 24)", "stride of 2"),
    Wrong("q1", "out_a = (63, 95, 3)", "how many feature maps"),
    Wrong("q1", "out_a = (1, 63, 95, 24)", "batch size"),
    Wrong("q1", "out_a = (63, 95)", "2 entries"),
    Wrong("q1", "out_a = '63 x 95 x 24'", "should be a tuple"),
    Wrong("q1", "out_a = (95, 63, 24)", "changed places"),
    Wrong("q1", "out_a = (24, 63, 95)", "channels come last"),
    Wrong("q1", "out_a = (40, 40, 24)", "is not right"),
    Wrong("q1", "out_b = (63, 95, 48)", '"same" padding'),
    Wrong("q1", "out_b = (60, 92, 48)", "one place more"),
    Wrong("q1", "out_b = (123, 188, 48)", "not the photograph"),
    Wrong("q1", "out_b = (61, 93, 72)", "only B's own filters"),
    Wrong("q1", "out_c = (31, 47, 96)", '"same" padding'),
    Wrong("q1", "out_c = (29, 45, 96)", "first place"),
    Wrong("q1", "out_c = (59, 91, 96)", "stride 2"),
    Wrong("q1", "out_c = (30, 46, 48)", "how many come out"),
    Wrong("q1", "out_c = ...", "still open"),
    # q2: cost
    Wrong("q2", "parameters_b = 10368", "left out the biases"),
    Wrong("q2", "parameters_b = 480", "through all 24 maps"),
    Wrong("q2", "parameters_b = 9 * 24 * 48 + 24", "belong to the filters"),
    Wrong("q2", "parameters_b = 61 * 93 * 10416", "height and width do not count"),
    Wrong("q2", "parameters_b = '10,416'", "without quotes"),
    Wrong("q2", "parameters_b = (3, 3, 24, 48)", "one number"),
    Wrong("q2", "parameters_b = 10_000", "Weights of one filter"),
    Wrong("q2", "training_mb = 2.19", "the batch has 32"),
    Wrong("q2", "training_mb = 70.198272 / 4", "1 byte a number"),
    Wrong("q2", "training_mb = 70.198272 * 8", "in bits"),
    Wrong("q2", "training_mb = 70198272", "in bytes"),
    Wrong("q2", "training_mb = 79.3", "leaves them out"),
    Wrong("q2", "training_mb = 66.9", "1,048,576"),
    Wrong("q2", "inference_mb = 2.194", "forget A"),
    Wrong("q2", "inference_mb = 1.089", "largest output alone"),
    Wrong("q2", "inference_mb = 1.619", "a larger one"),
    Wrong("q2", "inference_mb = 53.24", "one photograph"),
    # q3: reading
    Wrong("q3", "kernel_1 = 9", "its side"),
    Wrong("q3", "kernel_1 = 27", "through three channels"),
    Wrong("q3", "kernel_1 = 5", "76 parameters"),
    Wrong("q3", "kernel_1 = (3, 3)", "one number"),
    Wrong("q3", "padding_1 = 'valid'", "would not be 49"),
    Wrong("q3", "padding_1 = 1", "is not right"),
    Wrong("q3", "conv_3_can = 'a'", "1,056 weights"),
    Wrong("q3", "conv_3_can = 'c'", "how large is its kernel"),
    Wrong("q3", "conv_3_can = 'd'", "needs no weights"),
    Wrong("q3", "conv_3_can = 'mixing'", "one of 'a', 'b', 'c', 'd'"),
    # q4: a convolution
    Wrong(
        "q4",
        "def convolve(image, kernel, stride=1, dilation=1):\n    ...",
        "gives back nothing",
    ),
    Wrong("q4", "convolve = 5", "should be a function"),
    Wrong(
        "q4",
        "def convolve(image, kernel):\n    return image @ kernel",
        "Your code stops with",
    ),
    Wrong(
        "q4",
        changed("kernel[u, v])", "kernel[f_h - 1 - u, f_w - 1 - v])"),
        "turned it round",
    ),
    Wrong("q4", changed(".sum()", "[0]"), "second channel changes nothing"),
    Wrong("q4", changed("return result", "return result / kernel.size"), "average"),
    Wrong("q4", changed("return result", "return np.maximum(result, 0)"), "ReLU"),
    Wrong("q4", changed("return result", "return result.T"), "changed places"),
    Wrong(
        "q4",
        changed("return result", "return np.repeat(result[:, :, None], 2, axis=2)"),
        "one map",
    ),
    Wrong(
        "q4",
        LOOP.replace("dilation - 1) // stride + 1", "dilation - 1) // stride"),
        "one row and one column short",
    ),
    Wrong(
        "q4",
        "inner = convolve\ndef convolve(image, kernel, stride=1, dilation=1):\n"
        "    padded = np.pad(image, ((1, 1), (0, 1), (0, 0)))\n    return "
        "inner(padded, kernel, stride, dilation)",
        '"same" padding',
    ),
    Wrong(
        "q4",
        "inner = convolve\ndef convolve(image, kernel, stride=1, dilation=1):\n"
        "    return inner(image, kernel, 1, dilation)",
        "the stride is not used",
    ),
    Wrong(
        "q4",
        "inner = convolve\ndef convolve(image, kernel, stride=1, dilation=1):\n"
        "    return inner(image, kernel, stride, 1)",
        "as large as with 1",
    ),
    Wrong(
        "q4",
        "inner = convolve\ndef convolve(image, kernel, stride=1, dilation=1):\n"
        "    return inner(image, kernel, stride * dilation)",
        "used it as a stride",
    ),
    Wrong(
        "q4",
        changed("i * stride + u", "i + u").replace("j * stride + v", "j + v"),
        "a corner of that with 1",
    ),
    Wrong(
        "q4",
        changed("u * dilation", "u").replace("v * dilation", "v"),
        "must skip pixels",
    ),
    Wrong(
        "q4",
        "inner = convolve\ndef convolve(image, kernel, stride=1, dilation=1):\n"
        "    image[:] = image - 1\n    return inner(image, kernel, stride, dilation)",
        "changes the image",
    ),
    Wrong(
        "q4",
        changed(
            "np.asarray(image, float), np.asarray(kernel, float)", "image, kernel"
        ).replace(
            "np.zeros((rows, columns))", "np.zeros((rows, columns), image.dtype)"
        ),
        "wraps round at 256",
    ),
    Wrong(
        "q4",
        changed("j * stride + v * dilation", "j * stride + v * stride"),
        "the numbers are not",
    ),
    # q5: a filter
    Wrong("q5", "lower_edge = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]", "upside down"),
    Wrong(
        "q5", "lower_edge = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]", "lying on its side"
    ),
    Wrong("q5", "lower_edge = np.ones((3, 3)) / 9", "on even ground"),
    Wrong("q5", "lower_edge = [[1, 1, 1], [0, 0, 0], [0, 0, 0]]", "sum of all weights"),
    Wrong("q5", "lower_edge = [[0, 1, 0], [1, -4, 1], [0, 1, 0]]", "opposite signs"),
    Wrong(
        "q5",
        "lower_edge = [[-1, -1, -1], [2, 2, 2], [-1, -1, -1]]",
        "both must be positive",
    ),
    Wrong("q5", "lower_edge = [[2, 1, 0], [1, 0, -1], [0, -1, -2]]", "slanted edges"),
    Wrong("q5", "lower_edge = np.zeros((3, 3))", "zero everywhere"),
    Wrong("q5", "lower_edge = [1, 0, -1]", "three rows of three"),
    Wrong("q5", "lower_edge = np.ones((5, 5))", "three rows of three"),
    # q6: a filter that learns
    Wrong("q6", other_gradient("2 * ", ""), "where does the 2"),
    Wrong("q6", other_gradient("2 * ", "-2 * "), "wrong sign"),
    Wrong("q6", other_gradient("2 * ", "-"), "half as large"),
    Wrong("q6", other_gradient(" / error.size", ""), "35 places"),
    Wrong("q6", other_gradient("->uv", "->vu"), "changed places"),
    Wrong("q6", other_gradient("ij,ijuv->uv", "ij,ijuv->"), "one number"),
    Wrong("q6", other_gradient("ij,ijuv->uv", "ij,ijuv->ij"), "for each place"),
    Wrong("q6", other_gradient("- wanted", "+ wanted"), "when the first weight"),
    Wrong(
        "q6", other_gradient("    error =", "    kernel += 1\n    error ="), "copies"
    ),
    Wrong("q6", "def gradient(patches, kernel, wanted):\n    pass", "nothing"),
    Wrong("q6", "elsewhere = 'a'", "nine numbers"),
    Wrong("q6", "elsewhere = 'c'", "a kernel slides"),
    Wrong("q6", "elsewhere = 'd'", "whatever stands there"),
    Wrong("q6", "elsewhere = True", "in quotes"),
    # q7: in words
    Wrong("q7", "halving = ''", "is empty"),
    Wrong("q7", "halving = 'He is right.'", "3 words"),
    Wrong("q7", "halving = 42", "should be text"),
    Wrong("q7", "halving = 'weights and memory ' * 30", "again and again"),
    Wrong(
        "q7", "import re\nhalving = re.sub(r'[0-9]', '', halving)", "names no result"
    ),
    Wrong(
        "q7",
        "halving = halving.replace('weights', 'things').replace('parameters', "
        "'things')",
        "nothing about the weights",
    ),
]

RIGHT = [
    Right(
        "q1",
        "out_a, out_b, out_c = [63, 95, 24], np.array([61, 93, 48]), (30.0, 46.0, "
        "96.0)",
    ),
    Right("q1", "out_a = (np.int64(63), np.int32(95), 24)"),
    Right("q2", "training_mb, inference_mb = 70.2, 1.66"),
    Right("q2", "training_mb, inference_mb = np.float32(70.198272), 1.663776"),
    Right("q3", "kernel_1, padding_1, conv_3_can = np.array(3), 'SAME', '(B)'"),
    Right("q4", LOOP),
    Right("q4", changed("float), np", "'float32'), np")),
    Right(
        "q4",
        """
def convolve(image, kernel, stride=1, dilation=1):
    from course_utils.startup import keras
    image = keras.ops.convert_to_tensor(np.asarray(image, "float32")[None])
    kernel = keras.ops.convert_to_tensor(np.asarray(kernel, "float32")[..., None])
    if dilation == 1:
        return keras.ops.conv(image, kernel, strides=stride, padding="valid")[0, :, :, 0]
    return keras.ops.conv(image, kernel, strides=1, padding="valid", dilation_rate=dilation)[0, ::stride, ::stride, 0]
""",
    ),
    Right(
        "q4",
        """
def convolve(image, kernel, stride=1, dilation=1):
    image = np.array(image, dtype="int64")
    f_h, f_w, _ = kernel.shape
    reach = (f_h - 1) * dilation + 1, (f_w - 1) * dilation + 1
    windows = np.lib.stride_tricks.sliding_window_view(image, reach, axis=(0, 1))
    windows = windows[::stride, ::stride, :, ::dilation, ::dilation]
    return np.einsum("ijcuv,uvc->ij", windows, kernel.astype(int)).tolist()
""",
    ),
    Right(
        "q5",
        "lower_edge = np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], 'float32')[:, :, "
        "None, None]",
    ),
    Right("q5", "lower_edge = [(0, 1, 0), (0, 0, 0), (0, -1, 0)]"),
    Right("q5", "lower_edge = np.outer([3, 0, -3], [0.3, 1, 0.3])[:, :, None]"),
    Right("q6", GRADIENT),
    Right(
        "q6",
        """
def gradient(patches, kernel, wanted):
    result = np.zeros((3, 3))
    rows, columns = wanted.shape
    for i in range(rows):
        for j in range(columns):
            error = (patches[i, j] * kernel).sum() - wanted[i, j]
            result += 2 * error * patches[i, j]
    return (result / rows / columns).tolist()
""",
    ),
    Right("q6", "elsewhere = '(B)'"),
    Right(
        "q7",
        "halving = 'The number of parameters stays 10416, since a filter is shared by "
        "all places. ' + halving.upper()",
    ),
]
