"""What a sheet is made of, and small tools for drawing one."""

from dataclasses import dataclass

WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
).split()


@dataclass(frozen=True)
class Answer:
    """What one test looks for.

    Parameters
    ----------
    right : a number, a text or a tuple.
    wrong : pairs (a wrong answer, what it means), as in a master's tests.
    kind : "number", "sizes" or "answer", the grader's tool.
    digits : significant digits that must agree.
    of : what "sizes" are sizes of, if not (height, width, channels).
    """

    name: str
    right: object
    wrong: tuple
    otherwise: str
    kind: str = "number"
    digits: int = 6
    of: tuple = ()


@dataclass(frozen=True)
class Sheet:
    """What the numbers of one student change.

    Parameters
    ----------
    text : pairs (what the master's cells say, what this student reads); each old text
        stands in the notebook once.
    answers : {question: [Answer, ...]}, in the order of the master's tests.
    hints : pairs as in `text`, for the hints of these questions.
    """

    text: tuple
    answers: dict
    hints: tuple = ()


def half(n):
    """What a stride of 2 with "same" padding leaves of n."""
    return -(-n // 2)


def mistakes(right, *pairs, digits=6):
    """The pairs (wrong answer, what it means) without those by which, with the numbers
    that were drawn, one comes to the right answer all the same.

    Parameters
    ----------
    digits : as in Answer; with fewer than six, what is nearly right is left out too.
    """
    # one unit more or less in the last digit is right, and both are rounded
    near = 0 if digits >= 6 else 2 * 10.0 ** (1 - digits)
    return tuple(
        (value, meaning)
        for value, meaning in pairs
        if value != right and (not near or abs(value - right) > near * abs(right))
    )
