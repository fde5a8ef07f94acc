"""Run the benchmarks, print what they say, and store it in `data/measured/`.

python -m experiments.benchmarks            all of them
python -m experiments.benchmarks resnet     one
python -m experiments.benchmarks --list     what there is

Machine, versions and date are stored with each.
"""

import sys

from experiments import benchmarks, measurement


def main(arguments):
    """Measure what is chosen, whether it is there or not."""
    measurements = measurement.find(benchmarks)
    line = measurement.parser(benchmarks, __doc__)
    options = line.parse_args(arguments)
    chosen = measurement.chosen(options, line, measurements)
    if options.list:
        measurement.show(chosen)
        return
    for name, one in chosen.items():
        print(f"{name} ...", flush=True)
        one.measure()


if __name__ == "__main__":
    main(sys.argv[1:])
