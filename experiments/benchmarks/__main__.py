"""Run the benchmarks, print what they say, and store it with machine, versions and date
in `data/measured/`.

python -m experiments.benchmarks            all of them (`make bench` leaves out `networks`, which `make measure` runs)
python -m experiments.benchmarks resnet     one
"""

import sys

from experiments.benchmarks import explorers, grading, networks, pipeline, resnet
from experiments.fashion import steps
from experiments.results import store

BENCHMARKS = {
    "resnet": lambda: store("bench_resnet34", resnet.measure()),
    "fashion": steps,
    "pipeline": lambda: store("bench_pipeline", pipeline.measure()),
    "explorers": lambda: store("bench_explorers", explorers.measure()),
    "grading": lambda: store("bench_grading", grading.measure()),
    "networks": lambda: store("network_steps", networks.measure()),
}


def main(names):
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(
            f"No benchmark is called {unknown[0]!r}; there are {', '.join(BENCHMARKS)}."
        )
    for name in names or BENCHMARKS:
        print(f"{name} ...", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
