"""The answer to what a student typed into a "your turn" cell."""

import numpy as np

from course_utils.checks import finite_number

__all__ = ["reply"]


def reply(typed, answer, mistakes=None, within=0.0):
    """Print one line about what was typed; it does not give the answer away.

    Parameters
    ----------
    typed : what the cell above holds; `...`, as the course ships it, means nothing yet.
    answer : what is right: a number, a word, or several numbers such as a shape.
    mistakes : a dict from a wrong answer that is likely to what was probably done.
    within : how far a number may be off, for a guess at something measured.
    """
    within = finite_number(within, "within")
    if typed is ... or typed is None:
        print("Nothing typed yet. Replace the ... above, then run both cells again.")
    elif _same(typed, answer, within):
        print(f"Yes: {typed}.")
    else:
        print(f"Not {typed}. {_hint(typed, answer, mistakes or {})}")


def _hint(typed, answer, mistakes):
    for wrong, sentence in mistakes.items():
        if _same(typed, wrong, 0.0):
            return sentence
    wanted, came = np.size(answer), np.size(typed)
    if wanted != came:
        return f"The question asks for {wanted}, and you typed {came}."
    return "Change it and run both cells again, or open the answer below."


def _same(typed, answer, within):
    """Equal as numbers of one shape, or as words without regard to capitals."""
    try:
        typed, answer = (
            np.array(typed, float, ndmin=1),
            np.array(answer, float, ndmin=1),
        )
    except (TypeError, ValueError):
        return str(typed).strip().casefold() == str(answer).strip().casefold()
    close = 1e-9 * np.maximum(1, np.abs(answer)) + within
    return typed.shape == answer.shape and bool(np.all(abs(typed - answer) <= close))
