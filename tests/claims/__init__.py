"""The claims of the lessons: numbers and facts a reader could doubt, each with the code
that computes it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Claim:
    """One number or fact.

    lesson : "01" ... "10".
    text : the claim in words, as a reader meets it.
    expected : what the lesson says.
    compute : a function of no arguments that computes it, with the same `course_utils`
        function the notebook calls.
    tolerance : the largest absolute difference allowed; 0 compares exactly.
    """

    lesson: str
    text: str
    expected: Any
    compute: Callable[[], Any]
    tolerance: float = 0.0
