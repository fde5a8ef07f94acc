"""Where results are stored, with the machine, the versions and the date."""

import datetime
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_utils.data_files import data_folder
from course_utils.session import keras_home
from course_utils.startup import keras


def machine():
    """What a result was measured on and with."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        keras.backend.backend(): version(keras.backend.backend()),
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def store(name, result):
    """Write a result, with the machine and the date, to `data/measured/<name>.json`."""
    folder = results_folder()
    folder.mkdir(parents=True, exist_ok=True)
    result = {**result, "machine": machine(), "date": datetime.date.today().isoformat()}
    new = folder / f"{name}.json.new"
    new.write_text(json.dumps(result, indent=1) + "\n")
    os.replace(new, folder / f"{name}.json")


def stored(name):
    """What `store` has written under a name; None if nothing."""
    file = results_folder() / f"{name}.json"
    return json.loads(file.read_text()) if file.exists() else None


def unfinished(name, complete, settings):
    """What an earlier measurement with the same settings has left, if it was
    interrupted; else None.

    Parameters
    ----------
    complete : a function that says whether the result of a name is whole.
    settings : what the result holds beside what is measured, by name.
    """
    result = stored(name)
    if result is None or complete(name):
        return None
    settings = json.loads(json.dumps(settings))  # tuples become lists
    same = all(result.get(key) == value for key, value in settings.items())
    return result if same else None


def planned(plan, seeds):
    """The settings of a comparison, for `unfinished`: a dataclass, and its seeds."""
    return {"plan": asdict(plan), "seeds": list(seeds)}


def all_seeds(name, arms):
    """Whether a comparison is stored, with all seeds of all its arms.

    Parameters
    ----------
    arms : under which key the result holds them.
    """
    result = stored(name)
    return result is not None and all(
        len(arm["runs"]) == len(result["seeds"]) for arm in result[arms].values()
    )


def left_over(result, arms):
    """The (arm, seed) that a comparison has no run of yet, seed by seed.

    Parameters
    ----------
    result : a dictionary with "seeds", and "arms" whose entries hold "runs".
    arms : the names of all arms, in their order.
    """
    return [
        (arm, seed)
        for seed in result["seeds"]
        for arm in arms
        if seed not in (run["seed"] for run in result["arms"][arm]["runs"])
    ]


def taken_in(stored_as, result, runs):
    """Put runs into a comparison as they come, in the order of its seeds, and store it
    each time; yields each when that is done.

    Parameters
    ----------
    result : as for `left_over`, changed in place.
    runs : an iterable of (arm, run).
    """
    for arm, run in runs:
        of_arm = result["arms"][arm]["runs"]
        of_arm.append(run)
        of_arm.sort(key=lambda run: result["seeds"].index(run["seed"]))
        store(stored_as, result)
        yield arm, run


def results_folder():
    return Path(str(data_folder())) / "measured"


def backup_folder(name, seed):
    return keras_home() / "course-measure" / f"{name}-seed{seed}"


def rounded(history):
    """Five digits are more than a training run repeats, and keep the file readable."""
    return {
        name: [float(f"{value:.5g}") for value in values]
        for name, values in history.items()
    }


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


def complete(name):
    """Whether a result is stored, with all its seeds."""
    result = stored(name)
    return result is not None and len(result.get("runs", [])) == len(
        result.get("seeds", [])
    )
