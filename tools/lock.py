"""Resolve requirements.lock anew from pyproject.toml.

Each package stands there with the hash of every file that may be installed, and with a
line that says what asks for it: setup reads both.
"""

import subprocess
import sys

from tools import ROOT, parser

EXTRAS = ("dev",)
# For every Python and system at once, and without the address of any package index.
COMPILE = (
    "-m uv pip compile --quiet --universal --python-version 3.11 "
    "--extra dev --extra grading --extra browser --extra cluster "
    "--no-header --no-emit-index-url --generate-hashes --annotation-style line "
    "--upgrade -o requirements.lock pyproject.toml"
).split()


def main(arguments):
    """0 if all could be resolved."""
    parser("lock", __doc__).parse_args(arguments)
    return subprocess.run([sys.executable, *COMPILE], cwd=ROOT).returncode
