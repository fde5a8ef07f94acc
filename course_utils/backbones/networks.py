"""What there is: the networks of `keras.applications`, and the small one that the
course ships.

`data/applications.csv` holds a row for each network of `keras.applications`.  What was
published (accuracy and where), and where the weights lie, is written there by hand;
sizes and counts are counted on the networks themselves by `python -m
course_utils.backbones`, and a test counts some of them again.
"""

import csv
import functools
import io
import re
from dataclasses import dataclass

import keras

from course_utils.architectures.mini_xception import mini_xception
from course_utils.backbones.preprocessing import preprocessing_layers
from course_utils.checks import did_you_mean, shortly
from course_utils.data_files import data_file
from course_utils.graph import shapes_only

MINI = "mini_xception"


@dataclass(frozen=True)
class Network:
    """One network: how it is built, and where its weights lie.

    Parameters
    ----------
    name : "mobilenet_v2".
    function : what `keras.applications` calls it, "MobileNetV2"; None for the course's
        own.
    size : height and width, in pixels, of the images it was trained on.
    minimum : the smallest height and width it takes.
    pixels : what it wants done to pixels: "tf", "torch", "caffe" or "inside" (see
        `preprocessing`).
    any_size : whether height and width may be left open: "always", "without top" or
        "never".
    files : {include_top: (file name in the cache, address, MD5 or SHA-256 or "" where
        Keras states none)}.
    """

    name: str
    function: str | None
    size: int
    minimum: int
    pixels: str
    any_size: str = "without top"
    files: dict | None = None

    def model(self, include_top, input_shape=None):
        """Build it with random weights, flat, its preprocessing layers first.

        Raises
        ------
        ValueError : for a shape it cannot take.
        """
        shape = self.checked_shape(input_shape, include_top)
        before = preprocessing_layers(self.pixels)
        if self.function is None:
            return mini_xception(shape, include_top=include_top, preprocessing=before)
        image = x = keras.Input(shape, name="image")
        for layer in before:
            x = layer(x)
        function = getattr(keras.applications, self.function)
        built = function(
            include_top=include_top, weights=None, input_tensor=x, input_shape=shape
        )
        # Built on a tensor, it has a list of inputs; built anew on the image it has one
        # input, and the same layers.
        return keras.Model(image, built.outputs[0], name=self.name)

    def checked_shape(self, shape, include_top):
        """(height, width, 3), with None where any size will do; the network's own
        choice when `shape` is None.
        """
        open_size = self.any_size == "always" or (
            self.any_size == "without top" and not include_top
        )
        if shape is None:
            return (None, None, 3) if open_size else (self.size, self.size, 3)
        wanted = (
            f"{self.name} takes input_shape=(height, width, 3), such as "
            f"{(self.size, self.size, 3)}"
        )
        try:
            height, width, channels = shape = tuple(shape)
        except (TypeError, ValueError):
            raise ValueError(f"{wanted}, but got {shortly(shape)}.") from None
        if isinstance(channels, bool) or channels != 3:
            raise ValueError(
                f"{wanted}, but got {shape}: its weights were learned on three "
                f"channels, RGB."
            )
        for side in (height, width):
            if side is None and open_size:
                continue
            if side is None:
                raise ValueError(
                    f"{wanted}, but got {shape}: {self._why_closed(include_top)}"
                )
            if not isinstance(side, int) or side < self.minimum:
                raise ValueError(
                    f"{wanted}, at least {self.minimum}×{self.minimum}, but got "
                    f"{shape}."
                )
        return shape

    def _why_closed(self, include_top):
        if include_top and self.any_size == "without top":
            return (
                "with its top, the size must be known; with include_top=False it may "
                "stay open."
            )
        return "it is built for one size at a time."


@functools.cache
def networks():
    """{name: Network}, the course's own first."""
    rows = csv.DictReader(
        io.StringIO(data_file("applications.csv").read_text(encoding="utf-8"))
    )
    known = {
        MINI: Network(MINI, None, size=96, minimum=32, pixels="tf", any_size="always")
    }
    for row in rows:
        known[row["name"]] = Network(
            row["name"],
            row["function"],
            int(row["size"]),
            int(row["minimum"]),
            row["pixels"],
            "never" if row["name"].startswith("nasnet") else "without top",
            {
                True: (row["file"], row["url"], row["hash"]),
                False: (row["file_no_top"], row["url_no_top"], row["hash_no_top"]),
            },
        )
    return known


def names():
    """The names `load_backbone` knows."""
    return list(networks())


def find_network(name):
    """The `Network` called `name`, spelled as in the course ("mobilenet_v2") or as in
    Keras ("MobileNetV2").

    Raises
    ------
    ValueError : listing names near to it, when there is none.
    """
    plain = {_plain(known): known for known in networks()}
    if _plain(name) in plain:
        return networks()[plain[_plain(name)]]
    near = did_you_mean(str(name).lower(), names(), count=4, cutoff=0.5)
    hint = near or (
        f" Known: {', '.join(names()[:4])} and {len(names()) - 4} more, which "
        "course_utils.backbones.applications() lists."
    )
    raise ValueError(f"there is no backbone named {shortly(name)}.{hint}")


def _plain(name):
    return re.sub("[^a-z0-9]", "", str(name).lower())


def applications():
    """A table (pandas.DataFrame) of the networks in `keras.applications`, in the order
    of their sizes.

    Columns
    -------
    name, function : what `load_backbone` and `keras.applications` call it.
    size : height and width of the images it was trained on.
    pixels : the preprocessing it wants.
    parameters, megabytes : with the top for 1,000 classes; four bytes a parameter, a
        megabyte a million bytes.
    multiply_adds : for one image of its size; convolutions and dense layers.
    top1, top5 : published accuracy on ImageNet's validation images in percent.
    source : where they were published.
    """
    import pandas

    table = pandas.read_csv(
        io.StringIO(data_file("applications.csv").read_text(encoding="utf-8"))
    )
    table.insert(
        table.columns.get_loc("parameters") + 1,
        "megabytes",
        (4 * table.parameters / 1e6).round(1),
    )
    columns = "name function size pixels parameters megabytes multiply_adds top1 top5"
    return table[[*columns.split(), "source"]].sort_values(
        "parameters", ignore_index=True
    )


def count(name):
    """The counted columns of one network, by building it (its shapes only: no weight is
    drawn).
    """
    from course_utils.arithmetic import model_cost

    with shapes_only():
        cost = model_cost(find_network(name).model(include_top=True))
    return {"parameters": cost.parameters, "multiply_adds": cost.multiply_adds}
