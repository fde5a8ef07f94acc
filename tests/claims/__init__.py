"""The claims of the lessons: numbers and facts that a reader could doubt, each quoted
from its notebook, with the code that computes it.

A quote is a stretch of the notebook's text (or of its saved output, where nbval does
not compare it), and each number that is claimed stands in braces::

    claim("{49} inputs a unit instead of {10,000}", lambda: [7 * 7, 100 * 100])

The number is read from the quote, and the quote must stand in the notebook.  So the
text, the claim and the code cannot say different things.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
LEAST_WORDS = 3
IGNORE = "nbval-ignore-output"

MARKED = re.compile(r"\{([^{}]*)\}")
DIGITS = re.compile(
    r"(?P<value>[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-−]?\d+)?)"
    r"(?:\s?(?P<scale>%|million|billion))?"
)
SCALES = {None: 1, "%": 0.01, "million": 1e6, "billion": 1e9}
COUNTS = "one two three four five six seven eight nine ten eleven twelve".split()
WORDS = {word: value for value, word in enumerate(COUNTS, start=1)} | {
    "twice": 2,
    "twenty": 20,
    "forty": 40,
}
PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "ninth": 9, "tenth": 10}
RELATIONS = {"<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal}


@dataclass(frozen=True)
class Claim:
    """One number or fact of a lesson.

    Parameters
    ----------
    notebook : the file's name without its ending.
    quote : what stands there, each claimed number in braces: digits with what follows
        them (`{28 %}`, `{89 million}`), several at once (`{(4, 7, 7, 512)}`), or a word
        (`{nine}`, `{five ninths}`). A quote with no braces states a fact.
    compute : a function of no arguments that computes the numbers in their order, with
        the same `course_utils` function that the notebook calls; for a fact it returns
        True.
    relation : "=", where each computed number must round to the one that is written,
        or "<", ">", "<=", ">=", where it must be under or over it.
    within : the largest difference allowed, where rounding is too strict or too loose.
    """

    notebook: str
    quote: str
    compute: Callable[[], Any]
    relation: str = "="
    within: float | None = None

    @property
    def text(self):
        """The quote as the notebook has it."""
        return one_line(self.quote.replace("{", "").replace("}", ""))


def one_line(text):
    return " ".join(text.split())


def claims_of(notebook):
    """`Claim` for one notebook."""
    return functools.partial(Claim, notebook)


def written_numbers(quote):
    """The numbers in braces, each as (value, how far off one that rounds to it can be).

    Raises ValueError if braces hold nothing that can be read as a number.
    """
    numbers = []
    for marked in MARKED.findall(quote):
        found = [_from_digits(match) for match in DIGITS.finditer(marked)]
        numbers += found or [_from_words(marked)]
    return numbers


def _from_digits(match):
    value = match["value"].replace(",", "").replace("−", "-")
    mantissa, _, exponent = value.partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    scale = SCALES[match["scale"]]
    return float(value) * scale, 0.5 * 10.0**-decimals * scale


def _from_words(marked):
    value, half_a_step = 1.0, 0.5
    for word in marked.lower().split():
        if word in WORDS:
            value *= WORDS[word]
        elif (part := word.removesuffix("s")) in PARTS:
            value, half_a_step = value / PARTS[part], 0.0
        else:
            raise ValueError(f"{marked!r} is no number that a claim can read")
    if not marked.strip():
        raise ValueError("braces with nothing in them")
    return value, half_a_step


def check(claim, saved):
    """Assert that a claim's quote stands in a notebook, and that its numbers are right.

    Parameters
    ----------
    claim : what is claimed.
    saved : the notebook, as nbformat reads it.
    """
    words = re.findall(r"[^\W\d_]{2,}", MARKED.sub(" ", claim.quote))
    assert len(words) >= LEAST_WORDS, (
        f"{claim.quote!r} has {len(words)} words beside its numbers; "
        f"at least {LEAST_WORDS} tell a reader which number is meant"
    )
    stands_in(claim, saved)
    computed, numbers = claim.compute(), written_numbers(claim.quote)
    if not numbers:
        assert computed is True or computed is np.True_, (
            f"{claim.text!r} does not hold: {computed!r}"
        )
        return
    computed = _flat(computed)
    values, half_steps = map(np.array, zip(*numbers, strict=True))
    assert computed.shape == values.shape, (
        f"{claim.quote!r} marks {len(values)} numbers, and {len(computed)} are computed"
    )
    if claim.relation == "=":
        allowed = half_steps if claim.within is None else claim.within
        right = np.abs(computed - values) <= allowed + 1e-9 * np.maximum(1, abs(values))
    else:
        right = RELATIONS[claim.relation](computed, values)
    assert right.all(), (
        f"the notebook says {claim.text!r}, that is {claim.relation} "
        f"{values.tolist()}, but the code computes {computed.tolist()}"
    )


def _flat(values):
    """Numbers, and sequences of numbers, as one array."""
    if isinstance(values, tuple | list):
        return np.concatenate([_flat(value) for value in values])
    return np.ravel(np.asarray(values, dtype=float))


def stands_in(claim, saved):
    """Assert that the quote stands in the prose, or in an output where nbval would not
    notice that the number is wrong: one that it ignores, or with a number that is
    typed in the cell.
    """
    compared = False
    for cell in saved.cells:
        if cell.cell_type == "markdown" and claim.text in one_line(cell.source):
            return
        if cell.cell_type == "code" and claim.text in one_line(_shown(cell)):
            typed = any(number in cell.source for number in MARKED.findall(claim.quote))
            if typed or IGNORE in cell.metadata.get("tags", []):
                return
            compared = True
    assert not compared, (
        f"{claim.text!r} stands only in an output of {claim.notebook} that nbval "
        "compares, and needs no claim; does the prose say it too?"
    )
    raise AssertionError(f"{claim.notebook} does not say {claim.text!r}")


def _shown(cell):
    """What the outputs of a code cell show as text."""
    return " ".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
    )
