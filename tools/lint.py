"""Check how the code is written: `ruff check`, and `ruff format --check`.

python -m tools lint          say what is wrong
python -m tools lint --fix    mend what can be mended
"""

import subprocess
import sys

from tools import ROOT, parser

EXTRAS = ("dev",)


def main(arguments):
    """0 if nothing is wrong."""
    options = parser("lint", __doc__)
    options.add_argument("--fix", action="store_true", help="mend what can be mended")
    fix = options.parse_args(arguments).fix
    rules = ruff("check", *["--fix"] * fix)
    form = ruff("format", *["--check"] * (not fix))
    return rules or form


def ruff(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "."], cwd=ROOT
    ).returncode
