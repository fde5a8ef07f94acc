"""Open every notebook in JupyterLab in a real browser and drive its explorers.

    python -m tools browser              every notebook, and all explorers
    python -m tools browser 01 07        those notebooks only
    python -m tools browser explorers    the explorers only

Needs Chromium, and says so where there is none; COURSE_BROWSER=required makes that a
failure.  What was seen is kept in build/browser/ as pictures.
"""

import os

from tools import parser, test

EXTRAS = ("dev", "grading", "browser")
KEPT = ("--output", "build/browser", "--screenshot", "only-on-failure")
PARALLEL = ("-n", "2", "--dist", "loadscope")  # two pages, each with its own server


def main(arguments):
    """0 if notebooks and explorers are in order, or cannot be looked at here."""
    options = parser("browser", __doc__)
    options.add_argument(
        "which", nargs="*", help="what a test's name contains: 01, 04_res, explorers"
    )
    which = options.parse_args(arguments).which
    os.environ.update(test.ENVIRONMENT)
    chosen = ("-k", " or ".join(which)) if which else ()
    return test.python("-m", "pytest", "tests/browser", *PARALLEL, *KEPT, *chosen)
