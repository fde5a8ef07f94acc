"""Build the students' homework notebooks from their masters in
notebooks/homework/solutions.

python tools/homework.py                 all: notebooks/homework/*.ipynb, and dist/homework/ for the autograder
python tools/homework.py hw01            one
python tools/homework.py --fill hw01     write the hashes of the master's answers where its tests say "salt:?"
python tools/homework.py --check         change nothing; fail if a student's notebook is out of date
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from grading import homework, master  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "which", nargs="*", help="the beginning of a name: hw01, hw02_pool ..."
    )
    parser.add_argument(
        "--fill",
        action="store_true",
        help="write hashes into the master instead of building",
    )
    parser.add_argument(
        "--check", action="store_true", help="build in memory and compare"
    )
    options = parser.parse_args()
    paths = [master.find(name) for name in options.which] or master.masters()
    stale = []
    for path in paths:
        try:
            if options.fill:
                print(f"{path.stem}: {homework.fill(path)} answers written as hashes")
                continue
            built, text, files = homework.build(path)
        except master.FormatError as error:
            sys.exit(f"{path.name}: {error}")
        target = master.HOMEWORK / path.name
        if options.check:
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                stale.append(path.stem)
            continue
        target.write_text(text, encoding="utf-8")
        for name, content in files.items():
            place = ROOT / "dist" / "homework" / path.stem / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        print(
            f"{path.stem}: {len(built.questions)} questions, {built.points:g} points, "
            f"{len(text) / 1000:.0f} kB"
        )
    if stale:
        sys.exit(f"Out of date: {', '.join(stale)}. Run: make homework")


if __name__ == "__main__":
    main()
