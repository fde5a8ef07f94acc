"""A compiled model as good as new: compiling takes longer than many a short run."""

from course_utils.startup import keras


def restart(model, build, seed):
    """Give a compiled model the weights that a new one with this seed would have, and
    an optimizer that has forgotten everything but its learning rate.

    Parameters
    ----------
    build : makes such a model anew, uncompiled.
    """
    keras.utils.set_random_seed(seed)
    model.set_weights(build().get_weights())
    rate = float(model.optimizer.learning_rate)
    for variable in model.optimizer.variables:
        variable.assign(keras.ops.zeros_like(variable))
    model.optimizer.learning_rate = rate
