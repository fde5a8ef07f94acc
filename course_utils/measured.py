"""Results that took long to measure, as `data/measured` holds them.

`python -m experiments` makes them."""

import json

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
