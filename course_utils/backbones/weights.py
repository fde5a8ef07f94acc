"""Files of weights, read only after they have been checked.

A file counts when its hash is the one that Keras states for it.  Any other file (not
all have a stated one, and the same weights may have been written anew) counts when it
fits the network layer by layer: each layer by its name, each weight by its shape, and
every value a finite number.
"""

import hashlib
import re

import numpy as np

from course_utils.sources import BadFile


def load(path, build, stated_hash=""):
    """A network with the weights that a file holds, once they have been checked.

    Parameters
    ----------
    path : an HDF5 file of weights as `keras.applications` publishes them.
    build : a function of no arguments that returns the `keras.Model`; called only when
        there is a file, and it could be read.
    stated_hash : MD5 or SHA-256 of the file as published, or "".

    Raises
    ------
    FileNotFoundError : there is no such file.
    BadFile : it holds no weights, or those of another network.
    """
    published = _has_hash(path, stated_hash)
    saved = _read(path)
    model = build()
    layers = layers_with_weights(model)
    if len(saved) != len(layers):
        raise BadFile(
            f"holds weights of {len(saved)} layers where the network has {len(layers)}"
        )
    for layer, (name, arrays) in zip(layers, saved, strict=True):
        _check_layer(layer, name, arrays, published)
    for layer, (_, arrays) in zip(layers, saved, strict=True):
        for variable, array in zip(_variables(layer), arrays, strict=True):
            variable.assign(array)
        # `Normalization` computes its constants from what it has been given
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def _has_hash(path, stated):
    algorithm = "md5" if len(stated) == 32 else "sha256"
    with open(path, "rb") as file:
        return (
            bool(stated) and stated == hashlib.file_digest(file, algorithm).hexdigest()
        )


def layers_with_weights(model):
    """The layers that have weights, in the order in which files hold them."""
    return [layer for layer in model.layers if _variables(layer)]


def _variables(layer):
    return layer.trainable_weights + layer.non_trainable_weights


def _check_layer(layer, name, arrays, published):
    if not published and not _same_name(layer, name):
        raise BadFile(f"holds layer {name!r} where the network has {layer.name!r}")
    shapes = [tuple(variable.shape) for variable in _variables(layer)]
    found = [array.shape for array in arrays]
    if found != shapes:
        raise BadFile(
            f"holds weights of shapes {found} for layer {layer.name!r}, which has "
            f"{shapes}"
        )
    if not all(np.isfinite(array).all() for array in arrays):
        raise BadFile(
            f"holds values that are not finite numbers, in layer {layer.name!r}"
        )
    if arrays[0].ndim > 1 and not arrays[0].any():
        raise BadFile(f"holds nothing but zeros for layer {layer.name!r}")


def _same_name(layer, name):
    """Whether a file's layer is called as the network's; names that Keras makes up and
    counts on are let pass.
    """
    made_up = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
    made_up = re.sub("([a-z])([A-Z])", r"\1_\2", made_up).lower()
    return (
        name.replace("/", "_") == layer.name
        or re.fullmatch(rf"{made_up}(_\d+)?", layer.name) is not None
    )


def _read(path):
    """[(layer name, [arrays])] of an HDF5 file as Keras has written weights since its
    first version.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            root = (
                file["model_weights"]
                if "layer_names" not in file.attrs and "model_weights" in file
                else file
            )
            saved = []
            for name in _texts(root, "layer_names"):
                arrays = [
                    np.asarray(root[name][weight])
                    for weight in _texts(root[name], "weight_names")
                ]
                if arrays:
                    saved.append((name, arrays))
    except FileNotFoundError:
        raise
    # h5py raises OSError, KeyError, RuntimeError and more, as the damage will have it
    except Exception as error:
        reason = " ".join(str(error).split())[:80]
        raise BadFile(
            f"is damaged, truncated or no file of weights ({reason})"
        ) from None
    if not saved:
        raise BadFile(
            "holds no layer with weights, or not in the way of keras.applications"
        )
    return saved


def _texts(group, attribute):
    """A list of texts; HDF5 limits an attribute's length, so Keras cuts long lists into
    name0, name1, ...
    """
    if attribute in group.attrs:
        parts = [group.attrs[attribute]]
    else:
        parts = []
        while f"{attribute}{len(parts)}" in group.attrs:
            parts.append(group.attrs[f"{attribute}{len(parts)}"])
    return [
        text.decode() if isinstance(text, bytes) else str(text)
        for part in parts
        for text in part
    ]
