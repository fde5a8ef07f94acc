"""Check what runs on a cluster, on this machine: Dask, JAX, Ray.

    python -m tools cluster
    python -m tools cluster grading      those tests whose names contain it

Scheduler and workers are processes of this machine, on its loopback.  Needs the extra
`cluster` and says so where it is missing; COURSE_CLUSTER=required makes that a failure.
"""

import os

from tools import parser, test

EXTRAS = ("dev", "grading", "browser", "cluster")


def main(arguments):
    """0 if all is in order, or cannot be run here."""
    options = parser("cluster", __doc__)
    options.add_argument("which", nargs="*", help="what a test's name contains")
    which = options.parse_args(arguments).which
    os.environ.update(test.ENVIRONMENT)
    chosen = ("-k", " or ".join(which)) if which else ()
    alone = ("-n", "0", "-p", "no:playwright", "-p", "no:hypothesispytest")
    return test.python("-m", "pytest", "tests/cluster", *alone, *chosen)
