"""The full runs that lessons show beside their own short ones: `make measure`, or

python -m experiments                 # what is not measured yet
python -m experiments --list          # what there is
python -m experiments steps --again   # one of them, anew
python -m experiments --cluster tcp://10.0.0.1:8786 residual
"""

import sys

import experiments
from course_utils.distribution import cluster_backend
from experiments import measurement


def main(arguments):
    """Measure what is chosen and not there yet."""
    measurements = measurement.find(experiments)
    line = measurement.parser(experiments, __doc__)
    line.add_argument(
        "--again", action="store_true", help="measure even what is stored already"
    )
    line.add_argument(
        "--cluster",
        default="",
        metavar="tcp://...",
        help="spread the runs over a Dask cluster",
    )
    options = line.parse_args(arguments)
    chosen = measurement.chosen(options, line, measurements)
    if options.again and not options.names:
        line.error("--again needs a name: all of them take days")
    if options.list:
        measurement.show(chosen, cluster=True)
        return
    with cluster_backend(options.cluster):
        for name, one in chosen.items():
            if one.is_complete() and not options.again:
                print(f"{name} is measured already (--again measures it anew)")
            else:
                if options.cluster and one.only_here:
                    print(f"{name} runs on this machine: {one.only_here}", flush=True)
                one.measure()


if __name__ == "__main__":
    main(sys.argv[1:])
