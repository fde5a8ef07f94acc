"""What can be measured: found in the modules of a package, not listed.

A module says so itself, with a dictionary from the names one types:

    MEASUREMENTS = {"steps": Measurement("fashion_steps", time_steps)}
"""

import argparse
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from experiments import results


@dataclass(frozen=True)
class Measurement:
    """Something to measure, and the name its result is stored under.

    Parameters
    ----------
    stored_as : the result's file, without its ending; in `data/measured` unless the run
        stores it itself.
    run : measures, without arguments.  What it returns is stored; a long run stores
        what it has so far by itself, and returns None.
    complete : whether the whole result is there already.
    only_here : why its runs are not spread over a cluster; empty where they are.
    """

    stored_as: str
    run: Callable[[], dict | None]
    complete: Callable[[str], bool] | None = None
    only_here: str = ""

    def is_complete(self):
        return (self.complete or results.complete)(self.stored_as)

    def measure(self):
        result = self.run()
        if result is not None:
            results.store(self.stored_as, result)


def find(package):
    """The measurements of all modules of a package (by name), in their order."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg and not module.name.startswith("_"):
            full_name = f"{package.__name__}.{module.name}"
            found |= getattr(importlib.import_module(full_name), "MEASUREMENTS", {})
    return found


def parser(package, says):
    """A parser for the command that measures what is in a package."""
    line = argparse.ArgumentParser(
        prog=f"python -m {package.__name__}",
        description=says,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    line.add_argument("names", nargs="*", metavar="name", help="all without one")
    line.add_argument("--list", action="store_true", help="say what there is")
    return line


def chosen(options, line, measurements):
    """The measurements named on the command line; all of them if none is.

    Raises
    ------
    SystemExit : there is none of that name; it lists those that there are.
    """
    for name in options.names:
        if name not in measurements:
            known = ", ".join(measurements)
            line.error(f"{name!r} cannot be measured; there are {known}")
    return {name: measurements[name] for name in options.names or measurements}


def show(measurements, cluster=False):
    """Print every measurement, its result, and whether that is there; and, if asked,
    whether a cluster can share the work.
    """
    for name, measurement in measurements.items():
        state = "measured" if measurement.is_complete() else "not measured yet"
        where = "  (CLUSTER=)" if cluster and not measurement.only_here else ""
        file = f"{measurement.stored_as}.json"
        print(f"{name:28} {file:34} {state}{where}")
