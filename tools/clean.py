"""Remove what the commands made (never your notebooks)."""

import shutil

from tools import ROOT, parser

EXTRAS = None
FOLDERS = (
    ".venv",
    "build",
    "dist",
    ".pytest_cache",
    ".hypothesis",
    ".ruff_cache",
    "__pycache__",
    "*/**/__pycache__",
)


def main(arguments):
    """Remove folders that git does not know."""
    parser("clean", __doc__).parse_args(arguments)
    for pattern in FOLDERS:
        for folder in list(ROOT.glob(pattern)):
            shutil.rmtree(folder, ignore_errors=True)
