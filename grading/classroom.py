"""A folder of submissions: graded in parallel, written to one table, one picture, and
one file of answers to read.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import re
import sys
import tempfile
import textwrap
from pathlib import Path

from course_utils.distribution import cluster_backend
from grading import master, picture, sandbox, submission, variants, walls
from grading.escaping import harmless, one_line, visible
from grading.marks import Row, all_rows

COLUMNS = ("submission", "question", "points", "max_points", "status", "comment")
TABLE, PICTURE, TO_READ = "grades.csv", "grades.png", "written_answers.md"
UNFINISHED = "grades.unfinished.csv"


def submissions(folder):
    """All notebooks in a folder and below it, with their names in the table: the path
    without its ending.

    Two different files never have the same name, and a name holds nothing that acts.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SystemExit(
            f"{visible(folder)} is not a folder. Usage: make grade SUBMISSIONS=folder "
            f"HW=hw01_convolution"
        )
    paths = _notebooks(folder)
    if not paths:
        raise SystemExit(f"There is no notebook (*.ipynb) in {visible(folder)}.")
    names = {}
    for path in paths:
        whole = path.relative_to(folder)
        wanted = [_name(whole.with_suffix("")), _name(whole)]
        wanted += [f"{wanted[1]} ({number})" for number in range(2, len(paths) + 2)]
        names[next(name for name in wanted if name not in names)] = path
    return dict(sorted(names.items()))


def _name(path):
    return harmless(visible(path.as_posix(), 300))


def _notebooks(folder):
    """The paths, found without going down by calls: folders may be nested without
    end.  A folder that cannot be opened stands for itself.
    """
    found, to_do = [], [folder]
    while to_do:
        here = to_do.pop()
        try:
            with os.scandir(here) as entries:
                entries = list(entries)
        except OSError:
            found.append(here)
            continue
        for entry in entries:
            path = here / entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in (".ipynb_checkpoints", "__MACOSX"):
                    to_do.append(path)
            elif entry.name.lower().endswith(".ipynb"):
                found.append(path)
    return sorted(path for path in found if path != folder)


def homework_of(path, data):
    """Which homework a submission is: what its notebook says, or else its file's name;
    None if neither does.
    """
    names = [path.stem for path in master.masters()]
    try:
        stated = json.loads(data)["metadata"]["otter"]["assignment_name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        stated = None
    if isinstance(stated, str) and stated in names:
        return stated
    found = re.search(r"hw\d\d", path.name) or re.search(r"hw\d\d", path.parent.name)
    return next((name for name in names if found and name.startswith(found[0])), None)


def one_submission(name, data, questions, limits, kind="auto", isolated=False):
    """The unit of work; plain values in and out, so that it can run on another
    machine.

    Parameters
    ----------
    data : the file's bytes, or why it could not be read.
    kind : the walls, as in `sandbox.grade`.
    isolated : refuse to run anything unless the walls are full.
    """
    if questions is None:
        comment = (
            "neither the notebook nor its name says which homework it is: give "
            "HW=hw01_convolution"
        )
        comment = data if isinstance(data, str) else comment
        status = "unreadable" if isinstance(data, str) else "unknown homework"
        return [Row(name, "?", 0, 0, status, one_line(comment))]
    if isinstance(data, str):
        return all_rows(name, questions, "unreadable", data)
    try:
        if isolated and not walls.choose(kind).full:
            said = "not run: the machine that should have graded it has no full walls"
            return all_rows(name, questions, "refused", said)
        return sandbox.grade(name, data, questions, limits, kind)
    except Exception as error:  # one submission must never cost another its grade
        said = f"grading it failed: {type(error).__name__}: {visible(error, 200)}"
        return all_rows(name, questions, "refused", said)


def grade_folder(
    folder,
    homework="",
    limits=None,
    workers=None,
    cluster="",
    progress=True,
    kind="auto",
    isolated=False,
    each=None,
    students=(),
):
    """Grade every notebook of a folder; the rows, in order.

    Parameters
    ----------
    homework : the beginning of a homework's name, or "" to find it out for each
        notebook.
    workers : submissions at a time; None takes one a processor.
    cluster : the address of a Dask scheduler (tcp://...), or "" for this machine.
    kind, isolated : as in `one_submission`.
    each : called with all rows so far whenever a submission is done.
    students : those of a roster, if each got numbers of their own.

    Raises
    ------
    SystemExit : there is a roster, and a submission that carries no name of it.
    """
    from joblib import Parallel, delayed
    from tqdm.auto import tqdm

    fixed = master.find(homework).stem if homework else None
    found, known, rows = submissions(folder), _Questions(), []
    sheets = variants.Sheets(students) if students else None
    if sheets:
        sheets.check(found)
    with cluster_backend(cluster):
        # each thread only waits for its process
        backend = {} if cluster else {"backend": "threading"}
        jobs = -1 if cluster else min(workers or os.cpu_count() or 1, len(found))
        pool = Parallel(n_jobs=jobs, return_as="generator_unordered", **backend)
        results = pool(
            delayed(one_submission)(
                name, *_task(path, fixed, known, name, sheets), limits, kind, isolated
            )
            for name, path in found.items()
        )
        for result in tqdm(
            results, total=len(found), unit="notebook", disable=not progress
        ):
            rows = sorted(rows + result, key=lambda row: (row.submission, row.question))
            if each:
                each(rows)
    return rows


class _Questions(dict):
    """The questions of each homework, read when they are first asked for."""

    def __missing__(self, name):
        homework = master.read(master.MASTERS / f"{name}.ipynb")
        self[name] = {q.name: q.as_dict(hidden=True) for q in homework.questions}
        return self[name]


def _task(path, fixed, known, name, sheets):
    """(bytes of the file or why it cannot be read, the questions or None)."""
    try:
        data = submission.read(path)
    except submission.Unreadable as error:
        data = str(error)
    which = fixed or homework_of(path, data if isinstance(data, bytes) else b"")
    own = which and sheets and sheets.questions(which, name)
    return data, own or (which and known[which])


def try_folder(folder):
    """Make sure, before hours of grading, that results can be written here.

    Raises
    ------
    SystemExit : what is in the way.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (TABLE, PICTURE, TO_READ, UNFINISHED):
            if (folder / name).is_dir() and not (folder / name).is_symlink():
                raise IsADirectoryError(21, f"{name} is a folder")
        written(folder / ".grades-can-be-written", b"yes").unlink()
    except OSError as error:
        raise SystemExit(
            f"Nothing can be written to {visible(folder)} ({error.strerror}): name "
            f"another folder with --out."
        ) from None


def written(path, content):
    """Write a file whole or not at all; what is there is replaced at once."""
    number, name = tempfile.mkstemp(prefix=".grades-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    return path


def table(rows):
    """The rows as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        points = "" if row.points is None else f"{row.points:g}"
        most = f"{row.max_points:g}"
        writer.writerow(
            [row.submission, row.question, points, most, row.status, row.comment]
        )
    return text.getvalue().encode("utf-8", "backslashreplace")


def write_unfinished(rows, folder):
    """The rows so far: if grading is ended from outside, they are not lost."""
    with contextlib.suppress(OSError):  # the disk may be full for a while
        written(Path(folder) / UNFINISHED, table(rows))


def write(rows, folder):
    """grades.csv, grades.png and written_answers.md; their paths.

    The table comes first, and what fails after it does not cost it.
    """
    folder = Path(folder)
    try_folder(folder)
    paths = [written(folder / TABLE, table(rows))]
    (folder / UNFINISHED).unlink(missing_ok=True)
    drawn = io.BytesIO()
    try:
        picture.save(rows, drawn)
        paths.append(written(folder / PICTURE, drawn.getvalue()))
    except Exception as error:  # a table without a picture is worth more than neither
        print(f"{PICTURE} could not be drawn: {visible(error, 200)}", file=sys.stderr)
    to_read = [row for row in rows if row.status == "to read"]
    if to_read:
        text = "\n".join(_to_read(to_read)).encode("utf-8", "backslashreplace")
        paths.append(written(folder / TO_READ, text))
    return paths


def _to_read(rows):
    """Written answers, question by question, in an order that has nothing to do with
    names.
    """
    yield "# Written answers\n"
    for question in sorted({row.question for row in rows}):
        yield f"## {question}\n"
        own = [row for row in rows if row.question == question]
        for row in sorted(own, key=_shuffled):
            yield f"### {row.submission} (of {row.max_points:g} points)\n"
            yield textwrap.indent(row.text, "    ") + "\n"


def _shuffled(row):
    name = row.submission.encode("utf-8", "backslashreplace")
    return hashlib.sha256(name).hexdigest()
