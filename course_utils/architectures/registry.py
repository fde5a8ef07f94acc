"""Every network by its name: where its function stands, how small an image may be, and
checks before it is built.

To add a network: write a file beside this one with a function called as the network is,

    def resnet34(input_shape=(224, 224, 3), classes=1000, include_top=True) ->
    keras.Model

add a line to `NETWORKS` below, and a row to `data/architectures.csv` (then `python -m
course_utils.architectures` fills in the counted columns).  The function's defaults are
the network's own input shape and classes; arguments beyond the three are its options
(`alpha`, `auxiliary`, ...).  `include_top=True` ends in a softmax, `include_top=False`
in the last feature maps.  The function may trust its arguments: `build` checks them
first.
"""

import importlib
import inspect
import numbers
from collections.abc import Callable
from dataclasses import dataclass

import keras

from course_utils.checks import did_you_mean


@dataclass(frozen=True)
class Network:
    """Where a network stands and what it can take.

    file : the module in this package that holds the function.
    minimum : the smallest height and width, in pixels; that of `keras.applications`
        where it has the network.
    any_size : whether height and width may be left open (None), as networks that end in
        global pooling allow.
    published : whether there is a paper about it, so that it stands in the catalogue.
    """

    file: str
    minimum: int
    any_size: bool = True
    published: bool = True


# In the order of their years; the names are what `build` takes and what the functions
# are called.
NETWORKS = {
    "lenet5": Network("lenet5", minimum=28, any_size=False),
    "alexnet": Network("alexnet", minimum=67, any_size=False),
    "zfnet": Network("zfnet", minimum=53, any_size=False),
    "googlenet": Network("googlenet", minimum=32),
    "vgg16": Network("vgg", minimum=32, any_size=False),
    "vgg19": Network("vgg", minimum=32, any_size=False),
    "resnet34": Network("resnet", minimum=32),
    "resnet50": Network("resnet", minimum=32),
    "resnet101": Network("resnet", minimum=32),
    "resnet152": Network("resnet", minimum=32),
    "inception_v3": Network("inception_v3", minimum=75),
    "xception": Network("xception", minimum=71),
    "resnext50": Network("resnext", minimum=32),
    "densenet121": Network("densenet", minimum=32),
    "densenet169": Network("densenet", minimum=32),
    "densenet201": Network("densenet", minimum=32),
    "mobilenet": Network("mobilenet", minimum=32),
    "senet": Network("senet", minimum=32),
    "mobilenet_v2": Network("mobilenet_v2", minimum=32),
    "efficientnet_b0": Network("efficientnet", minimum=32),
    "cspnet": Network("cspnet", minimum=32),
    "fashion_cnn": Network("fashion", minimum=8, any_size=False, published=False),
    "fashion_fast": Network("fashion", minimum=8, published=False),
    "mini_xception": Network("mini_xception", minimum=32, published=False),
}


def names() -> list[str]:
    """The names `build` knows."""
    return list(NETWORKS)


def builder(name: str) -> Callable[..., keras.Model]:
    """The function that builds the network called `name`.

    Raises ValueError, listing names near to it, when there is none.
    """
    if name not in NETWORKS:
        wanted = str(name).lower().replace("-", "_").replace(" ", "_")
        near = did_you_mean(wanted, NETWORKS, count=4, cutoff=0.5)
        hint = near or f" Known: {', '.join(NETWORKS)}."
        raise ValueError(f"there is no network named {name!r}.{hint}")
    module = importlib.import_module(
        f"course_utils.architectures.{NETWORKS[name].file}"
    )
    return getattr(module, name)


def build(
    name: str, input_shape=None, classes: int | None = None, **options
) -> keras.Model:
    """Build a network with random weights.

    name : one of `names()`, for example "resnet34".
    input_shape : (height, width, channels) of one image in pixels; the network's own
        when left out.
    classes : how many classes the softmax on top tells apart.  Left out: 1000, as in
        ImageNet (10 for the networks made for ten classes, LeNet-5 and the two for
        Fashion-MNIST; 20 for Mini-Xception).
    options : `include_top=False` gives the last feature maps instead of probabilities;
        a few networks have options of their own, such as MobileNet's `alpha` or
        GoogLeNet's `auxiliary`.

    Returns a `keras.Model` from (batch, height, width, channels) to (batch, classes).

    Raises ValueError for an unknown name, a shape the network cannot take, a bad number
    of classes, and TypeError for an unknown option; each says what came and what is
    needed.
    """
    function = builder(name)
    parameters = inspect.signature(function).parameters
    unknown = [option for option in options if option not in parameters]
    if unknown:
        allowed = ", ".join(
            option for option in parameters if option not in ("input_shape", "classes")
        )
        raise TypeError(f"{name} has no option {unknown[0]!r}. Its options: {allowed}.")
    include_top = options.get("include_top", True)
    shape = _checked_shape(
        name, input_shape, parameters["input_shape"].default, include_top
    )
    classes = parameters["classes"].default if classes is None else classes
    if not _is_count(classes):
        raise ValueError(
            f"{name} needs a whole number of classes, at least 1, but got "
            f"classes={classes!r}."
        )
    try:
        return function(input_shape=shape, classes=int(classes), **options)
    except ValueError as error:
        if str(error).startswith(name):
            raise
        given = ", ".join(
            f"{option}={value!r}"
            for option, value in {"input_shape": shape, **options}.items()
        )
        raise ValueError(f"{name} cannot be built with {given}: {error}") from error


def _is_count(value):
    return (
        isinstance(value, numbers.Integral)
        and not isinstance(value, bool)
        and value > 0
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
        raise ValueError(f"{needed}, but got input_shape={shape!r}.") from None
    if len(shape) != 3:
        likely = {
            2: " The channels are missing: 1 for grey images, 3 for colour.",
            4: " The batch size does not belong in it: leave the first number out.",
        }.get(len(shape), "")
        raise ValueError(
            f"{needed}, but got {len(shape)} numbers, input_shape={shape}.{likely}"
        )
    height, width, channels = shape
    for what, size in (("height", height), ("width", width), ("channels", channels)):
        if not _is_count(size) and (size is not None or what == "channels"):
            raise ValueError(
                f"{needed}, each a whole number above 0, but got {what}={size!r} in "
                f"{shape}."
            )
    if height in (1, 3) and width != height and channels > 4:
        raise ValueError(
            f"{needed}, but got input_shape={shape}: are its channels first? Put them "
            f"last."
        )
    network = NETWORKS[name]
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
    return tuple(None if size is None else int(size) for size in shape)
