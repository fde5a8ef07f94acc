"""Every number that a lesson's text states is computed again here, by the function
that its notebook calls, and compared with the number as it stands there.
"""

import functools
import importlib
import pkgutil

import claims
import nbformat
import pytest
from claims import NOTEBOOKS, Claim, check, written_numbers

from tools import lessons_in

CLAIMS = [
    claim
    for module in sorted(
        pkgutil.iter_modules(claims.__path__), key=lambda module: module.name
    )
    for claim in importlib.import_module(f"claims.{module.name}").CLAIMS
]


@functools.cache
def saved(notebook):
    return nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4)


@pytest.mark.parametrize(
    "claim",
    CLAIMS,
    ids=lambda claim: f"{claim.notebook.partition('_')[0]}: {claim.text}",
)
def test_claim(claim):
    check(claim, saved(claim.notebook))


def test_every_lesson_with_numbers_has_claims():
    lessons = {path.stem for path in lessons_in(NOTEBOOKS)}
    assert {claim.notebook for claim in CLAIMS} == lessons


# Can a claim fail? --------------------------------------------------------------------


def notebook(prose="A stack of 1,200 weights\nand 28 % of the work.", tags=()):
    printed = nbformat.v4.new_output("stream", text="the loop takes 12 steps, or 5\n")
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(prose),
            nbformat.v4.new_code_cell(
                "print(text(5))", outputs=[printed], metadata={"tags": list(tags)}
            ),
        ]
    )


STACK = Claim(
    "lesson", "stack of {1,200} weights and {28 %} of the work", lambda: [1200, 0.279]
)


def test_a_claim_that_stands_there_and_is_right_passes():
    check(STACK, notebook())


@pytest.mark.parametrize(
    "prose",
    [
        "A stack of 1,201 weights and 28 % of the work.",
        "A stack of 1,200 weights and 29 % of the work.",
        "A pile of 1,200 weights and 28 % of the work.",
        "A stack of 1,200 weights. And 28 % of the work.",
    ],
)
def test_a_change_of_the_text_alone_is_noticed(prose):
    with pytest.raises(AssertionError, match="does not say"):
        check(STACK, notebook(prose))


@pytest.mark.parametrize("computed", [[1201, 0.279], [1200, 0.286], [1200, 28]])
def test_a_value_that_does_not_round_to_the_number_is_noticed(computed):
    with pytest.raises(AssertionError, match="the notebook says"):
        check(Claim("lesson", STACK.quote, lambda: computed), notebook())


@pytest.mark.parametrize("computed", [[1200], [1200, 0.28, 0], [[1200, 0.28], [0]]])
def test_as_many_numbers_are_computed_as_are_claimed(computed):
    with pytest.raises(AssertionError, match="marks 2 numbers"):
        check(Claim("lesson", STACK.quote, lambda: computed), notebook())


def test_a_number_needs_three_words_beside_it():
    few = Claim("lesson", "of {1,200} weights", lambda: 1200)
    with pytest.raises(AssertionError, match="2 words"):
        check(few, notebook())
    check(Claim("lesson", "stack of {1,200} weights", lambda: 1200), notebook())


@pytest.mark.parametrize(
    ("relation", "right", "wrong"),
    [("<", 1199, 1200), (">", 1201, 1200), ("<=", 1200, 1201), (">=", 1200, 1199)],
)
def test_a_bound_is_a_bound(relation, right, wrong):
    quote = "stack of {1,200} weights"
    check(Claim("lesson", quote, lambda: right, relation), notebook())
    with pytest.raises(AssertionError, match="the notebook says"):
        check(Claim("lesson", quote, lambda: wrong, relation), notebook())


def test_a_tolerance_takes_the_place_of_rounding():
    claim = Claim("lesson", "and {28 %} of the work", lambda: 0.31, within=0.03)
    check(claim, notebook())
    with pytest.raises(AssertionError, match="the notebook says"):
        check(Claim("lesson", claim.quote, lambda: 0.32, within=0.03), notebook())


@pytest.mark.parametrize("computed", [False, 1, "yes", None])
def test_a_fact_is_true_and_nothing_else(computed):
    check(Claim("lesson", "of the work", lambda: True), notebook())
    with pytest.raises(AssertionError, match="does not hold"):
        check(Claim("lesson", "of the work", lambda: computed), notebook())


def test_what_nbval_compares_needs_no_claim():
    claim = Claim("lesson", "the loop takes {12} steps", lambda: 12)
    with pytest.raises(AssertionError, match="nbval compares"):
        check(claim, notebook())
    check(claim, notebook(tags=["nbval-ignore-output"]))
    check(claim, notebook("Here the loop takes 12 steps."))
    typed = Claim("lesson", "loop takes 12 steps, or {5}", lambda: 5)
    check(typed, notebook())  # nbval compares 5 with the 5 that the cell has typed


@pytest.mark.parametrize(
    ("quote", "numbers"),
    [
        ("{10,000,000}", [(1e7, 0.5)]),
        ("{−2.50}", [(-2.5, 0.005)]),
        ("{0.4 billion} and {89 million}", [(4e8, 5e7), (8.9e7, 5e5)]),
        ("{28 %} {31%}", [(0.28, 0.005), (0.31, 0.005)]),
        ("{(4, 7)} {213 × 320}", [(4, 0.5), (7, 0.5), (213, 0.5), (320, 0.5)]),
        ("within {1e-5}", [(1e-5, 5e-6)]),
        (
            "{Twenty} times, a {third}, {five ninths}",
            [(20, 0.5), (1 / 3, 0), (5 / 9, 0)],
        ),
        ("no number is claimed of 5", []),
    ],
)
def test_numbers_are_read_as_people_write_them(quote, numbers):
    assert written_numbers(quote) == [pytest.approx(number) for number in numbers]


@pytest.mark.parametrize("quote", ["{}", "{some}", "{ }"])
def test_what_is_no_number_is_refused(quote):
    with pytest.raises(ValueError):
        written_numbers(quote)
