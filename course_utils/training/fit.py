"""`model.fit` with a progress that reads well, errors that help, and a history that
survives an interruption.
"""

import numpy as np

from course_utils.checks import shortly, whole_number
from course_utils.graph import network_in
from course_utils.progress import style_here
from course_utils.training.history import History
from course_utils.training.progress import Clock, Progress
from course_utils.training.resume import Resume

STYLES = ("notebook", "terminal", "lines")


def fit(
    model,
    train,
    valid=None,
    epochs=1,
    batch_size=32,
    verbose="auto",
    resume=None,
    callbacks=(),
    **options,
):
    """Train a compiled model; as `model.fit`, and what it returns knows the seconds
    too.

    Parameters
    ----------
    model : a compiled Keras model.
    train : what to learn from: a pair (x, y) of arrays, a triple with sample weights,
        or a `tf.data` pipeline (or `PyDataset`) of batches.
    valid : what to measure on after each epoch, in one of the same forms; None for
        nothing.
    epochs : how often to go through the training data.
    batch_size : instances a step, where `train` is arrays; a pipeline brings its own
        batches.
    verbose : "auto" shows a bar in notebooks and terminals, and prints one line an
        epoch elsewhere; "lines" (or 2) prints one line an epoch everywhere; 0 or False
        shows nothing, which is what a compared notebook cell wants.
    resume : a folder for a backup after each epoch.  The same call after an
        interruption goes on where the last finished epoch ended, and the history covers
        all of them.  Deleted when the training is complete.
    callbacks : more Keras callbacks.
    options : anything else `model.fit` takes.

    Returns
    -------
    History : `.history` a dictionary of lists, `.seconds` of each epoch, `.table`,
        `.best("val_accuracy")`.

    Raises
    ------
    ValueError : data of the wrong form, such as a pipeline that nobody batched.
    TypeError : no model, or data that are none of these.
    FloatingPointError : the loss became NaN or infinite.
    """
    model = network_in(model, "fit takes a compiled keras.Model")
    if not getattr(model, "compiled", True):
        raise ValueError(
            f"{model.name} is not compiled: model.compile(loss=..., optimizer=...) "
            "says what it is to learn, and how."
        )
    epochs = whole_number(epochs, "epochs")
    batch_size = whole_number(batch_size, "batch_size")
    x, y, sample_weight = _parts(model, train, "train")
    if valid is not None:
        _parts(model, valid, "valid")
        valid = tuple(valid) if isinstance(valid, (tuple, list)) else valid
    # a pipeline shuffles and batches by itself, and Keras warns if told to
    if y is None:
        options.setdefault("shuffle", False)
        batch_size = None
    backup = (
        []
        if resume is None
        else [resume if isinstance(resume, Resume) else Resume(resume)]
    )
    style = _style(verbose)
    shown = [Progress(style)] if style else []
    recorded = model.fit(
        x,
        y,
        sample_weight=sample_weight,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=valid,
        verbose=0,
        callbacks=[Clock(), *callbacks, *backup, *shown],
        **options,
    )
    history = {
        name: [float(value) for value in values]
        for name, values in recorded.history.items()
    }
    return History(history, seconds=history.pop("seconds", []), name=model.name)


def _style(verbose):
    if verbose in (0, False, None):
        return None
    if verbose == 2:
        return "lines"
    if verbose in ("auto", 1):
        return style_here()
    if verbose in STYLES:
        return verbose
    raise ValueError(f"verbose is {verbose!r}; it must be 'auto', 'lines' or 0")


def _parts(model, data, argument):
    """x, y and sample weights of arrays; the pipeline itself, None and None of a
    pipeline.
    """
    if isinstance(data, (tuple, list)):
        if len(data) not in (2, 3):
            raise ValueError(
                f"{argument} has {len(data)} parts; it needs two, (x, y), or three, "
                f"with sample weights"
            )
        x, y, *rest = data
        if hasattr(x, "shape") and hasattr(y, "shape") and x.shape[0] != y.shape[0]:
            raise ValueError(
                f"{argument} has {x.shape[0]} instances and {y.shape[0]} labels: were "
                f"they cut at different places?"
            )
        _check_rank(
            model,
            getattr(x, "shape", None),
            argument,
            "Is the channel axis missing (images[..., None])?",
        )
        _check_labels(model, y, argument)
        return x, y, rest[0] if rest else None
    if hasattr(data, "shape"):
        raise ValueError(
            f"{argument} is one array; it must be a pair, {argument}=(x, y)"
        )
    if not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
        raise TypeError(
            f"{argument} must be a pair (x, y) of arrays, or a pipeline of batches, "
            f"and is {shortly(data)}."
        )
    spec = getattr(data, "element_spec", None)
    if (
        isinstance(spec, (tuple, list))
        and hasattr(spec[0], "shape")
        and spec[0].shape.rank is not None
    ):
        _check_rank(
            model,
            spec[0].shape,
            argument,
            "Is the pipeline not batched yet (.batch(32))?",
        )
    return data, None, None


def _check_labels(model, y, argument):
    """Whole-number labels of a classifier must be classes that it has: TensorFlow says
    so in a page of graph, or makes the loss NaN.
    """
    loss = getattr(model, "loss", None)
    loss = loss if isinstance(loss, str) else getattr(loss, "name", None)
    shape = getattr(model, "output_shape", None)
    if loss != "sparse_categorical_crossentropy" or not isinstance(shape, tuple):
        return
    classes, labels = shape[-1], np.asarray(y)
    if not labels.size or labels.dtype.kind not in "iuf" or classes is None:
        return
    low, high = labels.min(), labels.max()
    if low < 0 or high >= classes:
        hint = " Do yours begin with 1?" if low == 1 and high == classes else ""
        raise ValueError(
            f"{argument} has labels from {low:g} to {high:g}, and {model.name} tells "
            f"{classes} classes apart, numbered from 0 to {classes - 1}.{hint}"
        )


def _check_rank(model, shape, argument, hint):
    wanted = getattr(model, "input_shape", None)
    if shape is None or not isinstance(wanted, tuple) or len(shape) == len(wanted):
        return
    raise ValueError(
        f"{argument} has inputs of shape {tuple(shape)}, and {model.name} takes "
        f"{wanted}. {hint}"
    )
