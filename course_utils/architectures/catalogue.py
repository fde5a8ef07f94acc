"""The catalogue of networks: what is known of each, and what it costs.

`data/architectures.csv` holds it.  Name, year, paper, idea, published accuracy and its
source are written there by hand; the other columns are counted on the networks
themselves by `python -m course_utils.architectures`, and a test counts them again.
"""

import csv
import io

from course_utils.architectures.registry import build, builder, networks
from course_utils.data_files import data_file

BY_HAND = ("name", "year", "paper", "idea", "top1", "top5", "source")
COLUMNS = (
    "name",
    "year",
    "paper",
    "idea",
    "input_size",
    "classes",
    "parameters",
    "trainable",
    "multiply_adds",
    "top1",
    "top5",
    "source",
    "file",
)


def catalog():
    """A table (pandas.DataFrame) of every published network that `build` knows, in the
    order of their years.

    Columns
    -------
    name : what `build` takes.
    year, paper, idea : where it comes from, and its news in a sentence.
    input_size, classes : its own, which `build(name)` uses.
    parameters, trainable : of `build(name)`; the rest are running statistics of batch
        normalization.
    multiply_adds : for one image of that size; convolutions and dense layers.
    top1, top5 : published accuracy on ImageNet's validation images in percent, of one
        network.  Empty where none is.
    source : where the accuracy was published.  Not every source crops its images alike,
        so read it before comparing.
    file : where its code stands.
    """
    import pandas

    return pandas.read_csv(
        io.StringIO(data_file("architectures.csv").read_text(encoding="utf-8"))
    )


def keras_networks():
    """A table (pandas.DataFrame) of all that `keras.applications` has, with what their
    published accuracy depends on.

    Columns
    -------
    name, year : what `keras.applications` calls it, and when its paper appeared.
    size : pixels a side.
    parameters, multiply_adds : as in `catalog`.
    top1, top5 : in percent.
    recipe : how those weights were trained, in short.
    more_images : "yes" where it was on more than ImageNet's 1.3 million photographs.
    """
    import pandas

    networks, recipes = (
        pandas.read_csv(io.StringIO(data_file(file).read_text(encoding="utf-8")))
        for file in ("applications.csv", "recipes.csv")
    )
    recipes = recipes.set_index("family")
    # "convnext_tiny" before "convnext": the longest family that a name begins with
    families = sorted(recipes.index, key=len, reverse=True)
    networks["family"] = [
        next(family for family in families if name.startswith(family))
        for name in networks.name
    ]
    columns = ["year", "recipe", "more_images"]
    return networks.join(recipes[columns], on="family").sort_values(
        ["year", "name"], ignore_index=True
    )[["name", "size", "parameters", "multiply_adds", "top1", "top5", *columns]]


def count(name) -> dict:
    """The counted columns of one network, by building it (its shapes only: no weight is
    drawn).
    """
    from course_utils.arithmetic import model_cost
    from course_utils.graph import shapes_only

    with shapes_only():
        model = build(name)
        cost = model_cost(model)
    height, width, channels = model.input_shape[1:]
    module = builder(name).__module__.rpartition(".")[2]
    return {
        "input_size": f"{height}×{width}×{channels}",
        "classes": model.output_shape[-1],
        "parameters": cost.parameters,
        "trainable": cost.trainable,
        "multiply_adds": cost.multiply_adds,
        "file": f"course_utils/architectures/{module}.py",
    }


def write() -> None:
    """Count every published network again and write the counted columns of
    `data/architectures.csv`.
    """
    path = data_file("architectures.csv")
    with path.open(encoding="utf-8", newline="") as file:
        by_hand = {
            row["name"]: {column: row[column] for column in BY_HAND}
            for row in csv.DictReader(file)
        }
    published = [name for name, network in networks().items() if network.published]
    missing = [name for name in published if name not in by_hand]
    if missing:
        raise ValueError(
            f"data/architectures.csv has no row for {', '.join(missing)}: write year, "
            f"paper, idea first."
        )
    rows = []
    for name in published:
        rows.append({**by_hand[name], **count(name)})
        print(
            f"{name:16} {rows[-1]['parameters']:>13,} parameters "
            f"{rows[-1]['multiply_adds']:>16,} multiply-adds"
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
