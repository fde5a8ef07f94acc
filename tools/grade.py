"""Grade a folder of homework notebooks: a table, a picture, the written answers.

    python -m tools grade submissions/                            each says what it is
    python -m tools grade --homework hw01 submissions/            all are this one
    python -m tools grade --cluster tcp://host:8786 submissions/  on a Dask cluster
    python -m tools grade --variants roster.csv submissions/      each its own numbers

Each submission runs in a process of its own, with limits of time, memory and output,
and behind walls where the system allows that: the first line says which stand. For a
class you do not trust, read docs/instructors.md first.
"""

import functools
import sys
import tempfile
from collections import Counter

from grading import classroom, escaping, sandbox, variants, walls
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
    command_line.add_argument(
        "--variants",
        default="",
        help="the roster from which `make homework` drew each student's numbers",
    )
    command_line.add_argument(
        "--walls",
        default="auto",
        choices=("auto", *walls.KINDS),
        help="what stands around a submission (default: the best that can)",
    )
    command_line.add_argument(
        "--require-isolation",
        action="store_true",
        help="grade nothing unless a submission can reach neither files nor network",
    )
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
    students = variants.roster(options.variants) if options.variants else ()
    _say_what_stands(options)
    out = options.out or options.submissions
    classroom.submissions(options.submissions)
    classroom.try_folder(out)
    rows = classroom.grade_folder(
        options.submissions,
        options.homework,
        limits,
        options.workers,
        options.cluster,
        progress=sys.stderr.isatty(),
        kind=options.walls,
        isolated=options.require_isolation,
        students=students,
        each=functools.partial(classroom.write_unfinished, folder=out),
    )
    try:
        paths = classroom.write(rows, out)
    except (OSError, SystemExit) as error:
        # hours of grading are not lost because a disk is full by now
        elsewhere = tempfile.mkdtemp(prefix="grades-")
        print(f"{error}. The results are in {elsewhere} instead.", file=sys.stderr)
        paths = classroom.write(rows, elsewhere)
    for path in paths:
        print(escaping.visible(path))
    counts = Counter(row.status for row in rows)
    people = len({row.submission for row in rows})
    rows_of = ", ".join(f"{count} {status}" for status, count in counts.most_common())
    print(f"{people} submissions; rows: {rows_of}")


def _say_what_stands(options):
    """The first line of output; the end, if walls are asked for and cannot stand."""
    if options.cluster:
        print("Walls: each worker of the cluster builds the best that can stand there.")
        return
    standing = walls.choose(options.walls)
    print(standing.sentence(), flush=True)
    if options.require_isolation and not standing.full:
        sys.exit(
            "Nothing was graded, because of --require-isolation: install bubblewrap, "
            "or grade on a Linux that allows user namespaces (docs/instructors.md)."
        )
