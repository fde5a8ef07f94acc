"""Files of weights, read only after they have been checked.

Where Keras states a hash, the file must have it.  For MobileNet and MobileNetV2 it
states none.  Such a file counts when it fits the network layer by layer (each layer by
its name, each weight by its shape, every value a number that a trained network could
hold), and a network with its top must give likely answers about two photographs; nobody
can say more of it, so it is announced as unverified.

Shapes are looked at before contents: a file of a few kB can announce arrays that fill
the memory.
"""

import contextlib
import hashlib
import re

import numpy as np

from course_utils.sources import BadFile

# What networks trained on ImageNet see in the two photographs among their first five:
# a palace, monastery, bell cote, boathouse, castle, lakeside or stupa; a vase, daisy,
# honeycomb, pot, bee, artichoke or cardoon.
LIKELY = ({698, 663, 442, 449, 483, 975, 832}, {883, 985, 599, 738, 309, 944, 946})


# No trained weight comes near; a flipped bit of an exponent makes 1e36 of 0.01.
LARGEST = 1e10


def load(path, build, stated_hash=""):
    """A network with the weights that a file holds, once they have been checked.

    Parameters
    ----------
    path : an HDF5 file of weights as `keras.applications` publishes them.
    build : a function of no arguments that returns the `keras.Model`; called only when
        there is a file, and it could be read.
    stated_hash : MD5 or SHA-256 of the file as published, or "" where none is.

    Raises
    ------
    FileNotFoundError : there is no such file.
    BadFile : it is not the published one, holds no weights, or those of another
        network.
    """
    if stated_hash:
        _check_hash(path, stated_hash)
    with _opened(path) as saved:
        model = build()
        layers = layers_with_weights(model)
        if len(saved) != len(layers):
            raise BadFile(
                f"holds weights of {len(saved)} layers where the network has "
                f"{len(layers)}"
            )
        for layer, (name, arrays) in zip(layers, saved, strict=True):
            _check_shapes(layer, name, arrays, published=bool(stated_hash))
        contents = [
            _contents(layer, arrays, published=bool(stated_hash))
            for layer, (_, arrays) in zip(layers, saved, strict=True)
        ]
    for layer, arrays in zip(layers, contents, strict=True):
        for variable, array in zip(_variables(layer), arrays, strict=True):
            variable.assign(array)
        # `Normalization` computes its constants from what it has been given
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    return model


def check_answers(model, size):
    """Raise BadFile unless a network with a top for ImageNet's 1,000 classes, raw
    pixels in, gives likely answers about the two photographs that come with
    scikit-learn.

    Parameters
    ----------
    size : height and width of the images it was trained on.
    """
    import keras

    from course_utils.datasets.photos import load_photos

    height, width = (side or size for side in model.input_shape[1:3])
    resizing = keras.layers.Resizing(height, width, crop_to_aspect_ratio=True)
    photos = load_photos()
    answers = keras.ops.convert_to_numpy(model(resizing(photos.images), training=False))
    for name, probabilities, likely in zip(photos.names, answers, LIKELY, strict=True):
        if not likely & set(_best_five(probabilities)):
            raise BadFile(
                "fits the network, but was not learned on ImageNet: what it sees in "
                f"the photograph {name!r} is none of what such networks see"
            )


def _best_five(probabilities):
    """Numbers of the five most likely classes; of equal ones the first, on every
    machine.
    """
    return np.argsort(-probabilities, kind="stable")[:5].tolist()


def _check_hash(path, stated):
    algorithm = "md5" if len(stated) == 32 else "sha256"
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != stated:
        raise BadFile(
            "is not the file that Keras publishes under this name, or is damaged "
            f"({algorithm.upper()} {found[:12]}… in place of {stated[:12]}…)"
        )


def layers_with_weights(model):
    """The layers that have weights, in the order in which files hold them."""
    return [layer for layer in model.layers if _variables(layer)]


def _variables(layer):
    return layer.trainable_weights + layer.non_trainable_weights


def _check_shapes(layer, name, arrays, published):
    if not published and not _same_name(layer, name):
        raise BadFile(f"holds layer {name!r} where the network has {layer.name!r}")
    shapes = [tuple(variable.shape) for variable in _variables(layer)]
    found = [array.shape for array in arrays]
    if found != shapes:
        raise BadFile(
            f"holds weights of shapes {found} for layer {layer.name!r}, which has "
            f"{shapes}"
        )


def _contents(layer, arrays, published):
    """The arrays of a layer, read from the file and looked at."""
    for array in arrays:
        if array.dtype.kind not in "fiu":
            raise BadFile(
                f"holds {array.dtype} in layer {layer.name!r}, where numbers were "
                "expected"
            )
    try:
        with np.errstate(over="ignore"):  # infinite is told below
            arrays = [np.asarray(array[()], "float32") for array in arrays]
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise _unreadable(error) from None
    if not all(np.isfinite(array).all() for array in arrays):
        raise BadFile(
            f"holds values that are not finite numbers, in layer {layer.name!r}"
        )
    if arrays[0].ndim > 1 and not arrays[0].any():
        raise BadFile(f"holds nothing but zeros for layer {layer.name!r}")
    if not published:
        _check_plausible(layer, arrays)
    return arrays


def _check_plausible(layer, arrays):
    """Find what would make every answer NaN, in a file that no hash vouches for."""
    for variable, array in zip(_variables(layer), arrays, strict=True):
        largest = np.abs(array).max(initial=0.0)
        if largest > LARGEST:
            raise BadFile(
                f"holds {largest:.2g} in layer {layer.name!r}: no trained weight is so "
                "large, so the file is damaged"
            )
        if variable.name.endswith("variance") and (array < 0).any():
            raise BadFile(
                f"holds a negative variance in layer {layer.name!r}: there is none, so "
                "the file is damaged"
            )


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


@contextlib.contextmanager
def _opened(path):
    """Yield [(layer name, [HDF5 data sets])] of a file as Keras has written weights
    since its first version; nothing is read yet.
    """
    import h5py

    with contextlib.ExitStack() as stack:
        try:
            # Without a lock: nothing is written, and network drives often have none.
            file = stack.enter_context(h5py.File(path, "r", locking=False))
            root = file
            if "layer_names" not in file.attrs and "model_weights" in file:
                root = _inside(file, "model_weights")
            saved = []
            for name in _texts(root, "layer_names"):
                group = _inside(root, name)
                arrays = [_array(group, each) for each in _texts(group, "weight_names")]
                if arrays:
                    saved.append((name, arrays))
        except (FileNotFoundError, BadFile):
            raise
        # h5py raises OSError, KeyError, RuntimeError and more, as the damage has it
        except Exception as error:
            raise _unreadable(error) from None
        if not saved:
            raise BadFile(
                "holds no layer with weights, or not in the way of keras.applications"
            )
        yield saved


def _inside(group, name):
    """A member of an HDF5 group that lies in the same file: a link may name another
    file of this machine.
    """
    import h5py

    for part in name.split("/"):
        if part and isinstance(group.get(part, getlink=True), h5py.ExternalLink):
            raise BadFile("holds a link to another file")
        group = group[part] if part else group
    return group


def _array(group, name):
    array = _inside(group, name)
    if array.external or array.is_virtual:
        raise BadFile("keeps its values in another file")
    return array


def _unreadable(error):
    reason = " ".join(str(error).split())[:80]
    return BadFile(f"is damaged, truncated or no file of weights ({reason})")


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
