"""A folder of submissions: graded in parallel, written to one table, one picture, and
one file of answers to read.
"""

import csv
import hashlib
import json
import os
import re
import textwrap
from collections import Counter
from pathlib import Path

from grading import master, sandbox

COLUMNS = ("submission", "question", "points", "max_points", "status", "comment")
OUTCOMES = {
    "full": "all points",
    "part": "some",
    "none": "none",
    "read": "to be read",
    "lost": "could not be graded",
}
LOST = {
    "timeout",
    "memory",
    "output",
    "stopped",
    "refused",
    "unreadable",
    "unknown homework",
}


def submissions(folder):
    """All notebooks in a folder and below it, with their names in the table: the path
    without its ending.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise SystemExit(
            f"{folder} is not a folder. Usage: make grade SUBMISSIONS=folder "
            f"HW=hw01_convolution"
        )
    paths = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    if not paths:
        raise SystemExit(f"There is no notebook (*.ipynb) in {folder}.")
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in paths}


def homework_of(path, data):
    """Which homework a submission is: what its notebook says, or else its file's name;
    None if neither does.
    """
    names = [one.stem for one in master.masters()]
    try:
        told = json.loads(data)["metadata"]["otter"]["assignment_name"]
    except (ValueError, TypeError, KeyError, RecursionError):
        told = None
    if told in names:
        return told
    found = re.search(r"hw\d\d", str(path.name)) or re.search(
        r"hw\d\d", str(path.parent.name)
    )
    return next((name for name in names if found and name.startswith(found[0])), None)


def one_submission(name, data, questions, limits):
    """The unit of work; plain values in and out, so that it can run on another
    machine.
    """
    if questions is None:
        comment = (
            "neither the notebook nor its name says which homework it is: give "
            "HW=hw01_convolution"
        )
        return [sandbox.Row(name, "?", 0, 0, "unknown homework", comment)]
    return sandbox.grade(name, data, questions, limits)


def grade_folder(
    folder, homework="", limits=None, workers=None, cluster="", progress=True
):
    """Grade every notebook of a folder; the rows, in order.

    Parameters
    ----------
    homework : the beginning of a homework's name, or "" to find it out for each
        notebook.
    workers : submissions at a time; None takes one a processor.
    cluster : the address of a Dask scheduler (tcp://...) or Ray cluster (ray://...), or
        "" for this machine.
    """
    from joblib import Parallel, delayed
    from tqdm.auto import tqdm

    fixed = master.find(homework).stem if homework else None
    tasks, known = [], {}
    for name, path in submissions(folder).items():
        data = _bytes(path)
        which = fixed or homework_of(path, data)
        if which and which not in known:
            made = master.read(master.MASTERS / f"{which}.ipynb")
            known[which] = {
                question.name: question.as_dict(hidden=True)
                for question in made.questions
            }
        tasks.append((name, data, known.get(which)))
    rows = []
    with cluster_backend(cluster):
        # each thread only waits for its process
        backend = {} if cluster else {"backend": "threading"}
        jobs = -1 if cluster else min(workers or os.cpu_count() or 1, len(tasks))
        pool = Parallel(n_jobs=jobs, return_as="generator_unordered", **backend)
        results = pool(delayed(one_submission)(*task, limits) for task in tasks)
        for result in tqdm(
            results, total=len(tasks), unit="notebook", disable=not progress
        ):
            rows += result
    return sorted(rows, key=lambda row: (row.submission, row.question))


def _bytes(path):
    """A file's content; a link may lead anywhere, so links are not followed."""
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(sandbox.LARGEST_NOTEBOOK + 1)


def cluster_backend(address):
    """joblib's own connection to a Dask or Ray cluster; nothing for an empty
    address.
    """
    from contextlib import nullcontext

    if not address:
        return nullcontext()
    from joblib import parallel_config

    if address.startswith("ray:"):
        try:
            import ray
            from ray.util.joblib import register_ray
        except ImportError:
            raise SystemExit(
                f"{address} is a Ray cluster, and Ray is not here: pip install ray"
            ) from None
        ray.init(address=address)
        register_ray()
        return parallel_config(backend="ray")
    try:
        from distributed import Client
    except ImportError:
        raise SystemExit(
            f"{address} is a Dask cluster, and Dask is not here: pip install "
            f"distributed"
        ) from None
    client = Client(address)
    return parallel_config(backend="dask", client=client)


def write(rows, folder):
    """grades.csv, grades.png and written_answers.md; their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "grades.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows:
            points = "" if row.points is None else f"{row.points:g}"
            writer.writerow(
                [
                    sandbox._one_line(row.submission),
                    row.question,
                    points,
                    f"{row.max_points:g}",
                    row.status,
                    row.comment,
                ]
            )
    picture = folder / "grades.png"
    summary(rows).savefig(picture, dpi=110)
    paths = [table, picture]
    written = [row for row in rows if row.status == "to read"]
    if written:
        paths.append(folder / "written_answers.md")
        paths[-1].write_text("\n".join(_to_read(written)), encoding="utf-8")
    return paths


def _to_read(rows):
    """Written answers, question by question, in an order that has nothing to do with
    names.
    """
    yield "# Written answers\n"
    for question in sorted({row.question for row in rows}):
        yield f"## {question}\n"
        own = [row for row in rows if row.question == question]
        for row in sorted(
            own, key=lambda row: hashlib.sha256(row.submission.encode()).hexdigest()
        ):
            yield f"### {row.submission} (of {row.max_points:g} points)\n"
            yield textwrap.indent(row.text, "    ") + "\n"


def outcome(row):
    """How a row counts in the picture: one of OUTCOMES."""
    if row.status in LOST:
        return "lost"
    if row.points is None:
        return "read"
    return (
        "full" if row.points >= row.max_points else "part" if row.points > 0 else "none"
    )


def common_mistakes(rows, most=8):
    """The messages that most submissions got:

    (question, message, how many), numbers of their own left out.
    """
    counted = Counter()
    for row in rows:
        counted.update(
            {
                (row.question, re.sub(r"^(`\w+`) = .*?: ", r"\1: ", message))
                for message in row.mistakes
            }
        )
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(question, message, count) for (question, message), count in ordered[:most]]


def summary(rows):
    """One picture: how each question went, and which mistakes were common."""
    from matplotlib.figure import Figure

    colours = {
        "full": "#009E73",
        "part": "#E69F00",
        "none": "#D55E00",
        "read": "#56B4E9",
        "lost": "#999999",
    }
    questions = sorted({row.question for row in rows})
    people = len({row.submission for row in rows})
    mistakes = common_mistakes(rows)
    figure = Figure(
        figsize=(12, max(3.6, 1 + 0.5 * max(len(questions), len(mistakes)))),
        layout="constrained",
    )
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.35))
    starts = dict.fromkeys(questions, 0)
    for kind, label in OUTCOMES.items():
        counts = [
            sum(row.question == question and outcome(row) == kind for row in rows)
            for question in questions
        ]
        if any(counts):
            left.barh(
                questions,
                counts,
                left=[starts[q] for q in questions],
                color=colours[kind],
                label=label,
                height=0.7,
            )
            starts = {
                question: starts[question] + count
                for question, count in zip(questions, counts, strict=True)
            }
    left.invert_yaxis()
    left.set(
        title=f"How the questions went ({people} submissions)", xlabel="submissions"
    )
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, frameon=False)
    right.set_title("The most common mistakes", loc="left")
    right.set(xlim=(0, 1), ylim=(max(len(mistakes), 1) - 0.4, -0.6))
    right.axis("off")
    most = max((count for _, _, count in mistakes), default=1)
    for place, (question, message, count) in enumerate(mistakes):
        right.barh(place, 0.16 * count / most, color="#0072B2", height=0.5)
        right.text(
            0.16 * count / most + 0.01,
            place,
            f"{count}",
            va="center",
            fontweight="bold",
        )
        told = textwrap.shorten(f"{question}  {message}", 150, placeholder=" …")
        right.text(
            0.24,
            place,
            textwrap.fill(told, 78),
            va="center",
            fontsize=8.5,
            parse_math=False,
        )
    if not mistakes:
        right.text(0, 0, "none that the tests know by name")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure
