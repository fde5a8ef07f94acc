"""Build the students' homework notebooks from their masters.

    python -m tools homework                 all of them
    python -m tools homework hw01            one
    python -m tools homework --fill hw01     write the hashes of the master's answers
                                             where its tests say "salt:?"
    python -m tools homework --check         change nothing; fail if one is out of date
    python -m tools homework --variants roster.csv
                                             numbers of their own for each student of a
                                             roster, where a homework has such numbers

Masters stand in notebooks/homework/solutions.  The students' notebooks are written to
notebooks/homework, and what the autograder needs to dist/homework; what belongs to one
student to dist/variants.
"""

import sys

from grading import homework, master, variants
from tools import ROOT, parser, publish

EXTRAS = ("dev", "grading", "browser")


def main(arguments):
    """Build, fill or check the chosen homework."""
    options = parser("homework", __doc__)
    options.add_argument(
        "which", nargs="*", help="the beginning of a name: hw01, hw02_pool ..."
    )
    options.add_argument(
        "--fill",
        action="store_true",
        help="write hashes into the master instead of building",
    )
    options.add_argument(
        "--check", action="store_true", help="build in memory and compare"
    )
    options.add_argument("--variants", default="", help="the roster, a CSV file")
    options = options.parse_args(arguments)
    paths = [master.find(name) for name in options.which] or master.masters()
    if options.variants:
        return _build_variants(paths, variants.roster(options.variants))
    stale = []
    for path in paths:
        try:
            if options.fill:
                print(f"{path.stem}: {homework.fill(path)} answers written as hashes")
                continue
            built, text, files = homework.build(path, publish.setup())
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


def _build_variants(paths, students):
    for path in paths:
        if path.stem not in variants.SHEETS:
            print(f"{path.stem}: the same for all students")
            continue
        folder = ROOT / "dist" / "variants" / path.stem
        folder.mkdir(parents=True, exist_ok=True)
        try:
            built, text, _ = homework.build(path, publish.setup())
            for student in students:
                own = variants.student_notebook(text, built, student)
                (folder / f"{student}.ipynb").write_text(own, encoding="utf-8")
        except master.FormatError as error:
            sys.exit(f"{path.name}: {error}")
        drawn = ", ".join(variants.sheet(path.stem, students[0]).answers)
        print(f"{path.stem}: {len(students)} sheets, {drawn} with numbers of their own")
