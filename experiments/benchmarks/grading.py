"""How fast homework is graded: seconds a submission, and submissions a minute on this
machine.

Homework 01 needs NumPy only, so this measures what grading itself costs: a fresh
process with its limits, the submission's cells, the tests.  A homework with Keras adds
the start of TensorFlow to each, several seconds.
"""

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from experiments.measurement import Measurement

NAME = "hw01_convolution"


def solved_notebook():
    """A submission with the master's answers, made from the master's own cells."""
    from grading import master

    homework = master.read(master.MASTERS / f"{NAME}.ipynb")
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": cell["tags"]},
            "source": cell["source"],
        }
        for cell in homework.cells
    ]
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"otter": {"assignment_name": NAME}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def measure(count=12, progress=False):
    """Grade `count` equal submissions one after another, then as many at a time as
    there are processors.
    """
    from grading import classroom, walls

    notebook, workers = solved_notebook(), os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            (Path(folder) / f"student{number:02d}.ipynb").write_text(
                notebook, encoding="utf-8"
            )
        started = time.perf_counter()
        alone = classroom.grade_folder(folder, NAME, workers=1, progress=progress)
        one_by_one = time.perf_counter() - started
        started = time.perf_counter()
        rows = classroom.grade_folder(folder, NAME, workers=workers, progress=progress)
        together = time.perf_counter() - started
    points = {row.question: row.points for row in rows}
    assert all(
        row.points is None or row.points == row.max_points for row in alone + rows
    ), points
    each = statistics.median({row.submission: row.seconds for row in alone}.values())
    print(f"  grading {NAME}: {each:.2f} s a submission alone (median of {count})")
    print(
        f"  {count} submissions: {one_by_one:.1f} s one by one, {together:.1f} s with "
        f"{workers} at a time"
    )
    print(
        f"  {60 * count / together:.0f} submissions a minute, walls: "
        f"{walls.choose().kind}"
    )
    return {
        "homework": NAME,
        "submissions": count,
        "seconds_each": round(each, 3),
        "one_by_one_seconds": round(one_by_one, 2),
        "together_seconds": round(together, 2),
        "workers": workers,
        "walls": walls.choose().kind,
        "submissions_a_minute": round(60 * count / together, 1),
    }


MEASUREMENTS = {"grading": Measurement("bench_grading", measure)}
