"""How large the gradient is in each layer of a network: what the first training step
will feel.
"""

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
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"gradient_norms needs the TensorFlow backend; this is "
            f"{keras.backend.backend()}"
        )
    import tensorflow as tf

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
