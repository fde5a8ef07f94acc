"""What `fit` would make in its first step, made beforehand."""

from course_utils.startup import keras


def build_training(model, x, y):
    """Give a compiled model all that training remembers: the optimizer's memory, and
    the counters of losses and metrics.

    Keras makes them while it turns the training step into a graph, and a step that
    makes variables is turned into a graph twice. For a small model that takes longer
    than an epoch. Weights and results stay the same.

    Parameters
    ----------
    model : a compiled `keras.Model` that knows its input shape.
    x, y : inputs and targets in the form that `fit` gets; the first of each is looked
        at.

    Raises
    ------
    ValueError : a model without an optimizer, as one that was not compiled.
    """
    if not getattr(model, "compiled", False) or model.optimizer is None:
        raise ValueError(
            f"{model.name} has no optimizer: compile it before build_training"
        )
    model.optimizer.build(model.trainable_variables)
    x, y = keras.tree.map_structure(lambda values: values[:1], (x, y))
    answers = model(x, training=False)
    model.compute_loss(x, y, answers, training=False)
    model.compute_metrics(x, y, answers)
    model.reset_metrics()
