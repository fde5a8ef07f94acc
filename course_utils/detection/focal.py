"""The focal loss: thousands of easy background cells must not drown a few flowers."""

import math

from course_utils.checks import finite_number
from course_utils.startup import keras

ops = keras.ops


def focal_loss(true, logits, alpha=0.25, gamma=2.0):
    """Binary cross-entropy, with what is answered well already counted less.

    With p the probability given to the right answer, it is −(1 − p)^gamma · log p,
    times alpha where the right answer is 1 and 1 − alpha where it is 0.

    Parameters
    ----------
    true : (...), from 0 to 1.
    logits : (...), before the sigmoid.
    alpha : the weight of ones against zeros; None for equal weights.
    gamma : 0 is the plain cross-entropy.

    Returns
    -------
    tensor (...), nothing summed.

    Source
    ------
    T.-Y. Lin et al. (2017), Focal Loss for Dense Object Detection.
    """
    logits = ops.convert_to_tensor(logits)
    true = ops.cast(true, logits.dtype)
    entropy = (
        ops.maximum(logits, 0) - logits * true + ops.log1p(ops.exp(-ops.abs(logits)))
    )
    miss = ops.abs(true - ops.sigmoid(logits))  # 1 − p where true is 0 or 1
    miss = ops.maximum(miss, keras.config.epsilon())  # 0**0 has no derivative
    loss = miss**gamma * entropy
    if alpha is None:
        return loss
    return loss * (alpha * true + (1 - alpha) * (1 - true))


def prior_bias(probability=0.01):
    """The bias with which a sigmoid begins at this probability.

    At 0.5 the background would give nearly all of the first steps' gradient.
    """
    probability = finite_number(probability, "probability")
    if not 0 < probability < 1:
        raise ValueError(
            f"probability is {probability!r}; it must lie between 0 and 1, both "
            "excluded: a sigmoid never reaches them"
        )
    return math.log(probability / (1 - probability))
