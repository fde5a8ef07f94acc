"""Grade a folder of homework notebooks: one table, one picture, one file of answers for
a person to read.

    python tools/grade.py submissions/                                what homework each is says its notebook
    python tools/grade.py --homework hw01_convolution submissions/    all are this one
    python tools/grade.py --cluster tcp://host:8786 submissions/      on a Dask cluster (or ray://host:10001)

Each submission runs in a process of its own, with limits of time, memory and output,
and without the network where the system allows that. For a class you do not trust, read
docs/instructors.md first.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from grading import classroom, sandbox  # noqa: E402


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "submissions", help="a folder with notebooks, in any folders below it"
    )
    parser.add_argument(
        "--homework",
        default="",
        help="the beginning of a homework's name, such as hw01",
    )
    parser.add_argument(
        "--out", help="where to write (default: into the folder of submissions)"
    )
    parser.add_argument(
        "--workers", type=int, help="submissions at a time (default: one a processor)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=240,
        help="time for one submission (default 240)",
    )
    parser.add_argument(
        "--memory",
        type=float,
        default=4,
        help="memory for one submission, in GB (default 4)",
    )
    parser.add_argument(
        "--cluster", default="", help="address of a Dask or Ray cluster"
    )
    options = parser.parse_args(arguments)
    if not options.submissions:
        parser.error("which folder? make grade SUBMISSIONS=folder HW=hw01_convolution")
    limits = sandbox.Limits(
        seconds=options.seconds,
        cell_seconds=options.seconds * 0.4,
        test_seconds=min(30, options.seconds * 0.2),
        memory=int(options.memory * 1e9),
    )
    if not sandbox.isolation() and not options.cluster:
        print(
            "This system does not let the network be cut off: submissions can reach "
            "it (docs/instructors.md)."
        )
    rows = classroom.grade_folder(
        options.submissions,
        options.homework,
        limits,
        options.workers,
        options.cluster,
        progress=sys.stderr.isatty(),
    )
    for path in classroom.write(rows, options.out or options.submissions):
        print(path)
    counts = Counter(row.status for row in rows)
    people = len({row.submission for row in rows})
    print(
        f"{people} submissions; rows: "
        f"{', '.join(f'{count} {status}' for status, count in counts.most_common())}"
    )


if __name__ == "__main__":
    main()
