"""The full runs that lessons show beside their own short ones: `make measure`, or

    python -m experiments                 # what is not measured yet
    python -m experiments steps --again   # one of them, anew
"""

import argparse

from experiments.fashion import RECIPES, run, steps
from experiments.ladder import transfer_ladder
from experiments.results import complete

MEASUREMENTS = {
    "fashion_fast": lambda: run("fashion_fast"),
    "fashion_fast_long": lambda: run("fashion_fast_long"),
    "fashion_cnn": lambda: run("fashion_cnn"),
    "steps": steps,
    "transfer_ladder": transfer_ladder,
}
FILES = {name: name for name in RECIPES} | {
    "steps": "fashion_steps",
    "transfer_ladder": "transfer_ladder",
}


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m experiments", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"any of {', '.join(MEASUREMENTS)}; all without one",
    )
    parser.add_argument(
        "--again", action="store_true", help="measure even what is stored already"
    )
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(
            f"{unknown[0]!r} cannot be measured; there are {', '.join(MEASUREMENTS)}"
        )
    for name in chosen.names or MEASUREMENTS:
        if complete(FILES[name]) and not chosen.again:
            print(f"{name} is measured already (--again measures it anew)")
        else:
            MEASUREMENTS[name]()


if __name__ == "__main__":
    main()
