"""Batch normalization's running averages, estimated anew for the weights of now."""

from course_utils.graph import layers_inside
from course_utils.startup import keras


def reestimate_batch_norm(model, images, batch_size=128):
    """Set the running averages of every batch normalization to what `images` give.

    While a network learns, batch normalization uses the mean and variance of each
    batch, and keeps a running average of them for later.  That average belongs partly
    to weights that have changed since; in a short training, or where one layer's
    statistics depend on many layers before it, prediction can then fail although
    learning went well.  Here the weights stand still, the images pass once as in
    training, and each mean and variance becomes the plain average over the batches.

    Parameters
    ----------
    model : a Keras model with `BatchNormalization` in it, changed in place.  Frozen
        ones (`trainable=False`) stay as they are.  Other layers that act in training
        only, dropout or augmentation, act here too.
    images : (count, height, width, channels), as the model takes them: training images,
        never test images.
    batch_size : images at a time; a last batch of less than half is left out.

    Raises
    ------
    ValueError : the model has no batch normalization that could be set, or there are no
        images.

    Source
    ------
    Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
    Generalization", 2018, section 3.2; Wu and Johnson, "Rethinking 'Batch' in
    BatchNorm", 2021.
    """
    norms = [
        layer
        for layer in layers_inside(model)
        if isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
    ]
    if not norms:
        raise ValueError(
            f"{model.name} has no BatchNormalization that is trainable, so there are "
            "no running averages to estimate: is all of it frozen?"
        )
    if len(images) == 0:
        raise ValueError("there are no images to take the averages of")
    momenta = [norm.momentum for norm in norms]
    starts = range(0, len(images), batch_size)
    if len(starts) > 1 and len(images) - starts[-1] < batch_size / 2:
        starts = starts[:-1]
    try:
        for done, start in enumerate(starts):
            for norm in norms:
                norm.momentum = done / (done + 1)  # makes it the mean of all so far
            model(images[start : start + batch_size], training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
