"""Notebooks as text, for those who prefer an editor: out to build/text/*.py, and back
in.

python tools/text.py --out 01     notebooks/01_*.ipynb  ->  build/text/01_*.py
python tools/text.py --in 01      and back; then `make notebooks NB=01` runs it
"""

import argparse
import sys
from pathlib import Path

import jupytext

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "build" / "text"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    direction = parser.add_mutually_exclusive_group(required=True)
    direction.add_argument("--out", action="store_true")
    direction.add_argument("--in", dest="back", action="store_true")
    parser.add_argument(
        "which", nargs="*", help="the beginning of a name: 01, 04_res ..."
    )
    options = parser.parse_args()
    starts = tuple(options.which) or ("",)
    paths = [
        path
        for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
        if path.name.startswith(starts)
    ]
    if options.back:
        new = TEXT.glob("[0-9][0-9]_*.py")
        paths = sorted(
            {
                ROOT / "notebooks" / f"{path.stem}.ipynb"
                for path in new
                if path.name.startswith(starts)
            }
        )
    if not paths:
        sys.exit("No notebook of that name.")
    TEXT.mkdir(parents=True, exist_ok=True)
    for path in paths:
        text = TEXT / f"{path.stem}.py"
        if options.out:
            jupytext.write(jupytext.read(path), text, fmt="py:percent")
            print(f"{path.relative_to(ROOT)} -> {text.relative_to(ROOT)}")
        else:
            jupytext.write(jupytext.read(text), path)
            print(
                f"{text.relative_to(ROOT)} -> {path.relative_to(ROOT)}; now: make "
                f"notebooks NB={path.name[:2]}"
            )


if __name__ == "__main__":
    main()
