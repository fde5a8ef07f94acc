"""A classifier that looks everywhere at once: its dense layer as a 1×1 convolution."""

from course_utils.startup import keras


def as_convolution(dense):
    """A dense layer as a 1×1 convolution with the same weights and activation.

    On a map of one cell both give the same numbers; on a larger map the convolution
    answers in every cell.

    Parameters
    ----------
    dense : a built `keras.layers.Dense`, (batch, channels) -> (batch, units).

    Returns
    -------
    `keras.layers.Conv2D`, (batch, rows, columns, channels) -> (batch, rows, columns,
    units), built.

    Raises
    ------
    ValueError : no dense layer, or one that has no weights yet.

    Source
    ------
    P. Sermanet et al. (2014), OverFeat.
    """
    if not isinstance(dense, keras.layers.Dense):
        raise ValueError(
            f"{type(dense).__name__} came; only a Dense layer can become a 1×1 "
            "convolution this way"
        )
    if not dense.built:
        raise ValueError(
            "the dense layer has no weights yet: call its model once before"
        )
    weights = dense.get_weights()
    convolution = keras.layers.Conv2D(
        dense.units,
        1,
        activation=dense.activation,
        use_bias=dense.use_bias,
        name=f"{dense.name}_everywhere",
    )
    convolution.build((None, None, None, len(weights[0])))
    convolution.set_weights([weights[0][None, None], *weights[1:]])
    return convolution
