"""What students are likely to answer, one file a homework: wrong answers, and right
ones of other kinds.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A wrong answer that a student may well give.

    question : "q1" ...
    source : Python that stands in the place of the master's answer (it runs after it,
        so it names only what differs).
    says : a part of the message that is meant for this mistake.
    """

    question: str
    source: str
    says: str


@dataclass(frozen=True)
class Right:
    """A right answer of another kind than the master's: another dtype, library or
    order.  It must get every point.
    """

    question: str
    source: str
