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


def fitting(network, stated_hash=""):
    """A check for `CachedFile`: the file holds weights for a network; it returns them,
    one list of arrays a layer.

    network : a function of no arguments that returns the `keras.Model`; called only if
        there is a file to check.
    stated_hash : MD5 or SHA-256 of the file as published, or "".
    """

    def check(path):
        with open(path, "rb") as file:
            published = (
                bool(stated_hash)
                and stated_hash
                == hashlib.file_digest(
                    file, "md5" if len(stated_hash) == 32 else "sha256"
                ).hexdigest()
            )
        saved = _read(path)
        layers = layers_with_weights(network())
        if len(saved) != len(layers):
            raise BadFile(
                f"holds weights of {len(saved)} layers where the network has "
                f"{len(layers)}"
            )
        for layer, (name, arrays) in zip(layers, saved, strict=True):
            _check_layer(layer, name, arrays, published)
        return [arrays for _, arrays in saved]

    return check


def assign(model, values):
    """Put what `fitting` returned into the model's layers."""
    for layer, arrays in zip(layers_with_weights(model), values, strict=True):
        for variable, array in zip(_variables(layer), arrays, strict=True):
            variable.assign(array)
        # `Normalization` computes its constants from what it has been given
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


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
