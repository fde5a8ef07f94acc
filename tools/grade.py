"""Grade a folder of homework notebooks: a table, a picture, the written answers.

    python -m tools grade submissions/                            each says what it is
    python -m tools grade --homework hw01 submissions/            all are this one
    python -m tools grade --cluster tcp://host:8786 submissions/  on a Dask cluster

Each submission runs in a process of its own, with limits of time, memory and output,
and without the network where the system allows that. For a class you do not trust, read
docs/instructors.md first.
"""

import sys
from collections import Counter

from grading import classroom, sandbox
from tools import parser

EXTRAS = ("dev", "grading", "browser")


def main(arguments):
    """Grade, write what came out beside the submissions, and say how it went."""
    command_line = parser("grade", __doc__)
    command_line.add_argument(
        "submissions", help="a folder with notebooks, in any folders below it"
    )
    command_line.add_argument(
        "--homework",
        default="",
        help="the beginning of a homework's name, such as hw01",
    )
    command_line.add_argument(
        "--out", help="where to write (default: into the folder of submissions)"
    )
    command_line.add_argument(
        "--workers", type=int, help="submissions at a time (default: one a processor)"
    )
    command_line.add_argument(
        "--seconds",
        type=float,
        default=240,
        help="time for one submission (default 240)",
    )
    command_line.add_argument(
        "--memory",
        type=float,
        default=4,
        help="memory for one submission, in GB (default 4)",
    )
    command_line.add_argument("--cluster", default="", help="address of a Dask cluster")
    options = command_line.parse_args(arguments)
    if not options.submissions:
        command_line.error(
            "which folder? make grade SUBMISSIONS=folder HW=hw01_convolution"
        )
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
    rows_of = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    print(f"{people} submissions; rows: {rows_of}")
