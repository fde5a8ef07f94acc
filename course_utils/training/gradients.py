"""How large the gradient is in each layer of a network: what the first training step
will feel.
"""

import numpy as np

from course_utils.checks import shortly
from course_utils.graph import network_in
from course_utils.startup import keras


def gradient_norms(model, x, y, relative=False):
    """The norm of the loss's gradient in each weighted layer of the main path, from the
    input to the output.

    Weighted layers are dense layers and convolutions with a kernel larger than 1×1, so
    the 1×1 convolutions of skip connections do not count: a ResNet-34 gives 34 numbers.

    Parameters
    ----------
    model : a classifier that ends in a softmax; it need not be compiled.
    x : one batch of inputs.
    y : (batch,) integer labels.
    relative : divide each by the norm of the kernel itself.  Under batch normalization
        a kernel twice as large does the same with half the gradient, so only the ratio
        says how much a step would change what the layer does.

    Returns
    -------
    list of floats, one per layer: the Euclidean norm of the gradient of the mean
    cross-entropy with respect to the layer's kernel, in training mode (batch
    normalization uses the batch's own statistics).

    Raises
    ------
    RuntimeError : the Keras backend is not TensorFlow.
    TypeError, ValueError : no model, or inputs and labels that do not suit it.
    """
    model = network_in(model)
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"gradient_norms needs the TensorFlow backend; this is "
            f"{keras.backend.backend()}"
        )
    import tensorflow as tf

    x, y = _batch(model, x, y)
    kernels = [
        weight
        for weight in model.trainable_weights
        if len(weight.shape) >= 2 and weight.shape[0] > 1
    ]
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(
            y, model(x, training=True)
        )
        loss = keras.ops.mean(losses)
    gradients = tape.gradient(loss, [kernel.value for kernel in kernels])
    return [
        0.0
        if gradient is None
        else float(tf.norm(gradient) / (tf.norm(kernel.value) if relative else 1.0))
        for kernel, gradient in zip(kernels, gradients, strict=True)
    ]


def _batch(model, x, y):
    """Inputs and labels as arrays, if they suit the model and each other."""
    x, y = (
        keras.ops.convert_to_numpy(a) if keras.ops.is_tensor(a) else a for a in (x, y)
    )
    images, labels = (a if isinstance(a, np.ndarray) else _array(a) for a in (x, y))
    wanted = model.input_shape
    if (
        images.dtype.kind not in "biuf"
        or len(images.shape) != len(wanted)
        or any(
            side not in (None, got)
            for side, got in zip(wanted, images.shape, strict=True)
        )
    ):
        raise ValueError(
            f"{model.name} takes inputs of shape {wanted}, and x is {shortly(x)}."
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise ValueError(
            f"y is {shortly(y)}; it must be a whole number for each of the "
            f"{len(images)} inputs, the number of its class."
        )
    classes = model.output_shape[-1]
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"y holds labels from {labels.min()} to {labels.max()}, and {model.name} "
            f"tells {classes} classes apart, numbered from 0 to {classes - 1}."
        )
    return images, labels


def _array(value):
    try:
        return np.asarray(value)
    except ValueError:  # lists of different lengths
        return np.empty((), object)
