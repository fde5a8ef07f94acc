"""grades.png: how each question went, and which mistakes were common."""

import re
import textwrap
import warnings
from collections import Counter

from grading.escaping import visible

OUTCOMES = {
    "full": "all points",
    "part": "some",
    "none": "none",
    "read": "to be read",
    "lost": "could not be graded",
}
COLOURS = {
    "full": "#009E73",
    "part": "#E69F00",
    "none": "#D55E00",
    "read": "#56B4E9",
    "lost": "#999999",
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


def outcome(row):
    """How a row counts in the picture: one of OUTCOMES."""
    if row.points is None:
        return "read"
    if row.status in LOST and not row.points:
        return "lost"
    return (
        "full" if row.points >= row.max_points else "part" if row.points > 0 else "none"
    )


def common_mistakes(rows, most=8):
    """The messages that most submissions got, crashes among them:

    (question, message, how many), numbers and lines of their own left out.  What cost a
    submission every question alike is counted once, for the question "all".
    """
    counted = Counter()
    for name in {row.submission for row in rows}:
        own = [row for row in rows if row.submission == name]
        found = {
            (row.question, _without_own(said)) for row in own for said in row.mistakes
        }
        for said in {said for _, said in found}:
            if len(own) > 1 and all((row.question, said) in found for row in own):
                found -= {(row.question, said) for row in own}
                found.add(("all", said))
        counted.update(found)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [(question, message, count) for (question, message), count in ordered[:most]]


def _without_own(message):
    """A message without what is one student's own: numbers, lines, what an error
    says.
    """
    message = re.sub(r"^(`\w+`) = .*?: ", r"\1: ", message)
    message = re.sub(
        r"^(.*?\b(?:stops|stopped) with \w+)\b.*", r"\1", message, flags=re.DOTALL
    )
    message = re.sub(r", in the line `.*", "", message, flags=re.DOTALL)
    message = re.sub(r"code cell \d+", "a code cell", message)
    return re.sub(r"after \d+(\.\d+)? seconds", "after its time", message)


def summary(rows):
    """One picture: how each question went, and which mistakes were common."""
    from matplotlib.figure import Figure

    questions = sorted({row.question for row in rows}, key=_in_order)
    people = len({row.submission for row in rows})
    mistakes = common_mistakes(rows)
    height = max(3.6, 1 + 0.5 * max(len(questions), len(mistakes)))
    figure = Figure(figsize=(12, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.35))
    _outcomes(left, rows, questions)
    left.set(
        title=f"How the questions went ({people} submissions)", xlabel="submissions"
    )
    _mistakes(right, mistakes)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def save(rows, file):
    """The picture as PNG into a file or an open one."""
    with warnings.catch_warnings():
        # a letter that the font does not have is drawn as a box
        warnings.filterwarnings("ignore", message="Glyph")
        summary(rows).savefig(file, dpi=110, format="png")


def _in_order(question):
    """q2 before q10."""
    return [
        int(part) if part.isdigit() else part for part in re.split(r"(\d+)", question)
    ]


def _outcomes(axes, rows, questions):
    from matplotlib.ticker import MaxNLocator

    starts = dict.fromkeys(questions, 0)
    for kind, label in OUTCOMES.items():
        counts = [
            sum(row.question == question and outcome(row) == kind for row in rows)
            for question in questions
        ]
        if any(counts):
            axes.barh(
                questions,
                counts,
                left=[starts[question] for question in questions],
                color=COLOURS[kind],
                label=label,
                height=0.7,
            )
            starts = {
                question: starts[question] + count
                for question, count in zip(questions, counts, strict=True)
            }
    axes.invert_yaxis()
    # nobody hands in half a notebook
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, frameon=False)


def _mistakes(axes, mistakes):
    axes.set_title("The most common mistakes", loc="left")
    axes.set(xlim=(0, 1), ylim=(max(len(mistakes), 1) - 0.4, -0.6))
    axes.axis("off")
    most = max((count for _, _, count in mistakes), default=1)
    for place, (question, message, count) in enumerate(mistakes):
        length = 0.16 * count / most
        axes.barh(place, length, color="#0072B2", height=0.5)
        axes.text(length + 0.01, place, f"{count}", va="center", fontweight="bold")
        words = f"{question}  {visible(message)}"
        words = textwrap.shorten(words, 150, placeholder=" …")
        axes.text(
            0.24,
            place,
            textwrap.fill(words, 78),
            va="center",
            fontsize=8.5,
            parse_math=False,
        )
    if not mistakes:
        axes.text(0, 0, "none that the tests know by name")
