"""Every network by its name, found by its place, and checks before it is built.

To add a network: write a file beside this one with a function called as the network is,

    @network(minimum=32)
    def resnet34(input_shape=(224, 224, 3), classes=1000, include_top=True) ->
    keras.Model

and a row in `data/architectures.csv` (then `python -m course_utils.architectures` fills
in the counted columns).  The function's defaults are the network's own input shape and
classes; arguments beyond the three are its options (`alpha`, `auxiliary`, ...).
`include_top=True` ends in a softmax, `include_top=False` in the last feature maps.  The
function may trust its arguments: `build` checks them first.
"""

import csv
import functools
import importlib
import inspect
import io
import math
import pkgutil
from collections.abc import Callable
from pathlib import Path

import keras

from course_utils.architectures.network import FOUND, Network
from course_utils.checks import (
    did_you_mean,
    readable_bytes,
    shortly,
    truth_value,
    whole_number,
)
from course_utils.data_files import data_file
from course_utils.free_memory import free_memory
from course_utils.graph import shapes_only


@functools.cache
def networks() -> dict[str, Network]:
    """Import every file beside this one, and return the networks that they hold.

    They come in the order of `data/architectures.csv`, which is that of their years,
    and after them those that have no row there.
    """
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):  # `__main__` would start counting
            importlib.import_module(f"{__package__}.{module.name}")
    text = data_file("architectures.csv").read_text(encoding="utf-8")
    rows = [row["name"] for row in csv.DictReader(io.StringIO(text))]
    order = [name for name in rows if name in FOUND]
    order += sorted(set(FOUND) - set(order))
    return {name: FOUND[name] for name in order}


def names() -> list[str]:
    """The names `build` knows."""
    return list(networks())


def builder(name: str) -> Callable[..., keras.Model]:
    """The function that builds the network called `name`.

    Raises
    ------
    ValueError : listing names near to it, when there is none.
    """
    known = networks()
    if not isinstance(name, str) or name not in known:
        wanted = str(name).lower().replace("-", "_").replace(" ", "_")
        near = did_you_mean(wanted, known, count=4, cutoff=0.5)
        hint = near or f" Known: {', '.join(known)}."
        raise ValueError(f"there is no network named {shortly(name)}.{hint}")
    return known[name].build


def build(
    name: str, input_shape=None, classes: int | None = None, **options
) -> keras.Model:
    """Build a network with random weights.

    Parameters
    ----------
    name : one of `names()`, for example "resnet34".
    input_shape : (height, width, channels) of one image in pixels; the network's own
        when left out.
    classes : how many classes the softmax on top tells apart.  Left out: 1000, as in
        ImageNet (10 for the networks made for ten classes, LeNet-5 and the two for
        Fashion-MNIST; 20 for Mini-Xception).
    options : `include_top=False` gives the last feature maps instead of probabilities;
        a few networks have options of their own, such as MobileNet's `alpha` or
        GoogLeNet's `auxiliary`.

    Returns
    -------
    A `keras.Model` from (batch, height, width, channels) to (batch, classes).

    Raises
    ------
    ValueError : for an unknown name, a shape the network cannot take, a bad number
        of classes, and weights that do not fit into memory; each says what came and
        what is needed.
    TypeError : for an unknown option.
    """
    function = builder(name)
    parameters = inspect.signature(function).parameters
    unknown = [option for option in options if option not in parameters]
    if unknown:
        allowed = ", ".join(
            option for option in parameters if option not in ("input_shape", "classes")
        )
        raise TypeError(f"{name} has no option {unknown[0]!r}. Its options: {allowed}.")
    include_top = truth_value(options.get("include_top", True), "include_top")
    shape = _checked_shape(
        name, input_shape, parameters["input_shape"].default, include_top
    )
    classes = parameters["classes"].default if classes is None else classes
    classes = whole_number(classes, f"{name}'s number of classes")
    try:
        _check_memory(name, function, shape, classes, options)
        return function(input_shape=shape, classes=classes, **options)
    except ValueError as error:
        if str(error).startswith(name):
            raise
        given = ", ".join(
            f"{option}={value!r}"
            for option, value in {"input_shape": shape, **options}.items()
        )
        raise ValueError(f"{name} cannot be built with {given}: {error}") from error


MANY_CLASSES = 100_000


def _check_memory(name, function, shape, classes, options):
    """Raise ValueError where the weights alone would not fit into memory: dense layers
    on feature maps grow with the image, and the last layer with the classes.
    """
    own = inspect.signature(function).parameters["input_shape"].default
    grows = not networks()[name].any_size and None not in shape
    if classes < MANY_CLASSES and not (grows and math.prod(shape) > 9 * math.prod(own)):
        return
    with shapes_only():
        model = function(input_shape=shape, classes=classes, **options)
    needed, free = 4 * model.count_params(), free_memory()
    if needed > free:
        raise ValueError(
            f"{name} on images of {'×'.join(map(str, shape))} with {classes:,} classes "
            f"has {model.count_params():,} parameters: they need "
            f"{readable_bytes(needed)} of memory, and {readable_bytes(free)} are free. "
            f"Its own images are {'×'.join(map(str, own))}; include_top=False has no "
            "dense layers."
        )


def _checked_shape(name, shape, own_shape, include_top):
    """`shape` as a tuple of (height, width, channels) that the network can take;
    ValueError if it is none.
    """
    if shape is None:
        return own_shape
    needed = f"{name} takes (height, width, channels), such as {own_shape}"
    try:
        shape = tuple(shape)
    except TypeError:
        raise ValueError(f"{needed}, but got input_shape={shortly(shape)}.") from None
    if len(shape) != 3:
        likely = {
            2: " The channels are missing: 1 for grey images, 3 for colour.",
            4: " The batch size does not belong in it: leave the first number out.",
        }.get(len(shape), "")
        raise ValueError(
            f"{needed}, but got {len(shape)} numbers, "
            f"input_shape={shortly(shape)}.{likely}"
        )
    height, width, channels = shape
    height, width = (
        None if size is None else whole_number(size, f"{needed}, but the {side}")
        for side, size in (("height", height), ("width", width))
    )
    channels = whole_number(channels, f"{needed}, but the number of channels")
    if height in (1, 3) and width != height and channels > 4:
        raise ValueError(
            f"{needed}, but got input_shape={shape}: are its channels first? Put them "
            f"last."
        )
    network = networks()[name]
    if include_top and not network.any_size and None in (height, width):
        raise ValueError(
            f"{name} flattens its last feature maps into dense layers, so the image "
            f"size must be known, but got "
            f"input_shape={shape}. Give a height and a width, or include_top=False."
        )
    if any(size is not None and size < network.minimum for size in (height, width)):
        raise ValueError(
            f"{name} needs images of at least {network.minimum}×{network.minimum} "
            f"pixels, but got {height}×{width}: its strides and poolings would leave "
            "next to nothing. Enlarge the images, or take another network."
        )
    return height, width, channels
