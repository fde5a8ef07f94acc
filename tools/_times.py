"""What each notebook costs when it is checked: seconds of processor time, those of its
kernel included, beside what it may cost.
"""

import os
import subprocess
import sys

from tools import ROOT, is_further, number

# Processor seconds on two cores, so that all checks take about ten minutes.
BUDGET = {"00": 15, "01": 40, "02": 40, "08": 80, "09": 80, "10": 60}
OTHER_LESSON, FURTHER = 75, 30


def budget(path):
    """The processor seconds that a notebook may cost."""
    return FURTHER if is_further(path) else BUDGET.get(number(path), OTHER_LESSON)


def spent():
    """Processor seconds of all child processes that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def check(path, options):
    """Run the checks of one notebook: (whether they passed, processor seconds)."""
    before = spent()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, str(path)], cwd=ROOT
    )
    return done.returncode == 0, spent() - before


def table(rows):
    """The rows (path, passed, seconds) as a Markdown table, with a sum."""
    yield "| notebook | processor seconds | of | |"
    yield "|---|---|---|---|"
    for path, passed, seconds in rows:
        verdict = "" if passed else "failed"
        if passed and seconds > budget(path):
            verdict = "too much"
        yield f"| {number(path)} | {seconds:.0f} | {budget(path)} | {verdict} |"
    total = sum(seconds for _, _, seconds in rows)
    yield f"| all | {total:.0f} | {sum(budget(path) for path, *_ in rows)} | |"


def main(paths, options):
    """Check notebooks one after the other; 0 if all passed and none cost too much."""
    rows = []
    for path in paths:
        passed, seconds = check(path, options)
        rows.append((path, passed, seconds))
    print("\n".join(table(rows)), flush=True)
    return int(any(not passed or cost > budget(path) for path, passed, cost in rows))
