"""Results that took long to measure, as `data/measured` holds them.

`python -m experiments` makes them."""

import json
from math import nan
from statistics import mean, median

from course_utils.data_files import data_file
from course_utils.training import History


def measured(name):
    """A stored result as a dictionary: "fashion_cnn", "fashion_fast",
    "fashion_fast_long" or "fashion_steps".
    """
    return json.loads(data_file(f"measured/{name}.json").read_text())


def measured_histories(name):
    """The stored runs of a network as `History` objects, one a seed.

    Their seconds are its median step times the steps of an epoch, measured in turn with
    the other network's.
    """
    result = measured(name)
    epoch_seconds = (
        measured("fashion_steps")["networks"][name]["step_seconds"]
        * result["steps_per_epoch"]
    )
    return [
        History(run["history"], seconds=[epoch_seconds] * result["epochs"], name=name)
        for run in result["runs"]
    ]


def measured_blocks(name="blocks"):
    """The blocks of lesson 03, compared at one price: a table with one row per block.

    Parameters
    ----------
    name : "blocks", or "blocks_long" where that has been measured.

    Returns
    -------
    A DataFrame, in the order of `course_utils.architectures.blocks.BLOCKS`:
    `changes` (the block it differs from), `filters`, `multiply_adds`, `parameters`,
    `rate` (the peak learning rate chosen for it), `cpu_seconds` (of one training, the
    median), `accuracies` (of the test part, one per seed), `accuracy` (their mean),
    `gains` (seed by seed, over the block it changes) and `gain` (their mean; NaN for
    the first block).  Seeds that not all blocks have yet are left out.  Where nothing
    is measured yet, a table without rows.
    """
    import pandas as pd

    try:
        blocks = measured(name)["blocks"]
    except FileNotFoundError:
        return pd.DataFrame(columns=(*KNOWN_OF_A_BLOCK, *FOUND_OF_A_BLOCK))
    shared = set.intersection(
        *({run["seed"] for run in about["runs"]} for about in blocks.values())
    )
    rows = {}
    for block, about in blocks.items():
        runs = [run for run in about["runs"] if run["seed"] in shared]
        accuracies = [run["test_accuracy"] for run in runs]
        before = rows.get(about["changes"], {}).get("accuracies", [])
        gains = [
            round(new - old, 4) for new, old in zip(accuracies, before, strict=False)
        ]
        rows[block] = {
            **{key: value for key, value in about.items() if key in KNOWN_OF_A_BLOCK},
            "cpu_seconds": median(run["cpu_seconds"] for run in runs) if runs else nan,
            "accuracies": accuracies,
            "accuracy": round(mean(accuracies), 4) if runs else nan,
            "gains": gains,
            "gain": round(mean(gains), 4) if gains else nan,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("block")


KNOWN_OF_A_BLOCK = ("changes", "filters", "multiply_adds", "parameters", "rate")
FOUND_OF_A_BLOCK = ("cpu_seconds", "accuracies", "accuracy", "gains", "gain")


def measured_detectors(part="test"):
    """Lesson 08's contest: a table with one row per head, then one per baseline.

    Parameters
    ----------
    part : "test" or "valid"; baselines have the test part only.

    Returns
    -------
    a DataFrame with `AP50` and `AP`, the means over the seeds, `lowest` and
    `highest` AP50 of a seed, `seconds` of processor time and `numbers`, how many were
    learned.  Where nothing is measured yet, a table without rows.
    """
    import pandas as pd

    columns = ("AP50", "lowest", "highest", "AP", "seconds", "numbers")
    try:
        result = measured("detectors")
    except FileNotFoundError:
        return pd.DataFrame(columns=columns)
    rows = {}
    for name, arm in result["heads"].items():
        if not arm["runs"]:
            continue
        ap50 = [run[part]["AP50"] for run in arm["runs"]]
        ap = [run[part]["AP"] for run in arm["runs"]]
        seconds = median(run["cpu_seconds"] for run in arm["runs"])
        numbers = arm["numbers"]
        rows[name] = (mean(ap50), min(ap50), max(ap50), mean(ap), seconds, numbers)
    for name, found in result["baselines"].items() if part == "test" else ():
        rows[name] = (found["AP50"],) * 3 + (found["AP"], nan, nan)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def block_report(block):
    """Print what a block of lesson 03 costs, and what it brought if that is measured.

    Parameters
    ----------
    block : a function from feature maps and their number to as many, called as one in
        `course_utils.architectures.blocks` is; its network gets the widths of that one.
    """
    from course_utils.architectures import blocks
    from course_utils.arithmetic import model_cost

    name, widths = block.__name__, blocks.BLOCKS[block.__name__].filters
    cost = model_cost(blocks.network(block, widths))
    print(
        f"{widths[0]} and {widths[1]} maps: {cost.parameters:,} parameters, "
        f"{cost.multiply_adds / 1e6:.2f} million multiply-adds"
    )
    found = measured_blocks()
    if name not in found.index or not found.accuracies[name]:
        print("not measured yet: make measure")
        return
    row = found.loc[name]
    print(f"test accuracy in percent: {_mean_of(row.accuracies)}")
    if len(row.gains):
        print(f"compared with {row.changes}, in points: {_mean_of(row.gains, '+')}")


def _mean_of(shares, sign=""):
    from course_utils.uncertainty import mean_interval

    percent = [100 * share for share in shares]
    if len(percent) == 1:
        return f"{percent[0]:{sign}.1f}, one seed, so no interval"
    return f"{mean_interval(percent):{sign}.1f}, {len(percent)} seeds"
