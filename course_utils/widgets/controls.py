"""What a person can move in an explorer: each control knows its values, checks them,
and makes its widget.

A control is a description.  The widget, its label and the checks of `Explorer.set` all
come from it, and so does the space that the tests search for a position that fails.
"""

import math
import numbers
from dataclasses import dataclass

from course_utils.checks import did_you_mean, finite_number, whole_number
from course_utils.widgets.compound import CountingButton, SpanOfNumbers, TableOfNumbers


@dataclass(frozen=True)
class Slider:
    """A whole number between two others."""

    label: str
    low: int
    high: int
    start: int

    def check(self, value, name):
        """The value as a plain int.

        Raises
        ------
        ValueError : no whole number, or one outside of the range.
        """
        return whole_number(value, name, self.low, self.high)

    def widget(self, ipywidgets, **looks):
        return ipywidgets.IntSlider(self.start, self.low, self.high, **looks)


@dataclass(frozen=True)
class Pick(Slider):
    """One of a few things in a row by its number, from 1 on, or 0, which is written as
    `zero`.
    """

    zero: str = "all"

    def widget(self, ipywidgets, **looks):
        return ipywidgets.SelectionSlider(
            options=self.options(self.low, self.high), value=self.start, **looks
        )

    def options(self, low, high):
        """(what is written, number) from `low` to `high`."""
        return tuple((str(n) if n else self.zero, n) for n in range(low, high + 1))


@dataclass(frozen=True)
class Dial:
    """A number between two others, in steps."""

    label: str
    low: float
    high: float
    start: float
    step: float = 0.01

    def check(self, value, name):
        """The value as a plain float.

        Raises
        ------
        ValueError : no number, or one outside of the range.
        """
        number = _number(value, name)
        if not self.low <= number <= self.high:
            raise ValueError(
                f"{name} is {number:g}; it must be from {self.low:g} to {self.high:g}"
            )
        return round(number, 6)  # a slider's 0.06 is 0.060000000000000005

    def widget(self, ipywidgets, **looks):
        digits = max(0, -math.floor(math.log10(self.step)))
        return ipywidgets.FloatSlider(
            self.start,
            min=self.low,
            max=self.high,
            step=self.step,
            readout_format=f".{digits}f",
            **looks,
        )


@dataclass(frozen=True)
class Span:
    """Two numbers, (from, to), between two others: one side of a box."""

    label: str
    low: float
    high: float
    start: tuple[float, float]
    step: float = 0.01

    def check(self, value, name):
        """The value as a plain tuple of two floats.

        Raises
        ------
        ValueError : not two numbers, numbers in the wrong order, or one outside of the
            range.
        """
        try:
            first, last = value
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} is {value!r}; it must be two numbers, (from, to)"
            ) from None
        first, last = _number(first, name), _number(last, name)
        if first > last:
            raise ValueError(
                f"{name} runs from {first:g} to {last:g}: are the two numbers the "
                f"wrong way round?"
            )
        if first < self.low or last > self.high:
            raise ValueError(
                f"{name} runs from {first:g} to {last:g}; it must stay in "
                f"{self.low:g} to {self.high:g}"
            )
        return first, last

    def widget(self, ipywidgets, **looks):
        return SpanOfNumbers(self, ipywidgets, **looks)


@dataclass(frozen=True)
class Choice:
    """One of a few values; `options` maps what is written to the value."""

    label: str
    options: tuple[tuple[str, object], ...]
    start: object

    @property
    def values(self):
        return [value for _, value in self.options]

    def check(self, value, name):
        """The value, if it is one of the options.

        Raises
        ------
        ValueError : it is not.
        """
        for allowed in self.values:
            if type(allowed) is type(value) and allowed == value:
                return allowed
            if (
                isinstance(allowed, int)
                and isinstance(value, numbers.Integral)
                and not isinstance(value, bool)
            ):
                if allowed == value:
                    return allowed
        hint = did_you_mean(value, self.values)
        raise ValueError(
            f"{name} is {value!r}; it must be one of "
            f"{', '.join(map(repr, self.values))}.{hint}"
        )

    def widget(self, ipywidgets, **looks):
        return ipywidgets.Dropdown(
            options=list(self.options), value=self.start, **looks
        )


@dataclass(frozen=True)
class Switch:
    """On or off."""

    label: str
    start: bool

    def check(self, value, name):
        """The value as a plain bool.

        Raises
        ------
        ValueError : neither True nor False.
        """
        if value not in (True, False):
            raise ValueError(f"{name} is {value!r}; it must be True or False")
        return bool(value)

    def widget(self, ipywidgets, **looks):
        return ipywidgets.Checkbox(value=self.start, indent=False, **looks)


@dataclass(frozen=True)
class Table:
    """A square of numbers that can be typed over; its side is another control's value,
    at most `largest`.
    """

    label: str
    largest: int
    limit: float
    start: tuple[tuple[float, ...], ...]

    def check(self, value, name):
        """The value as a tuple of tuples of plain floats.

        Raises
        ------
        ValueError : no square of numbers, too large a one, or a number beyond the
            limit.
        """
        try:
            rows = [list(row) for row in value]
        except TypeError:
            raise ValueError(
                f"{name} is {value!r}; it must be a square of numbers, a list of rows"
            ) from None
        if not 1 <= len(rows) <= self.largest or any(
            len(row) != len(rows) for row in rows
        ):
            lengths = ", ".join(str(len(row)) for row in rows)
            raise ValueError(
                f"{name} has {len(rows)} rows of {lengths or 'no'} numbers; "
                f"it must be a square of at most {self.largest}×{self.largest}"
            )
        table = tuple(tuple(_number(number, name) for number in row) for row in rows)
        largest = max(abs(number) for row in table for number in row)
        if largest > self.limit:
            raise ValueError(
                f"{name} holds a number as large as {largest:g}; the largest allowed "
                f"is {self.limit:g}"
            )
        return table

    def widget(self, ipywidgets, **looks):
        return TableOfNumbers(self, ipywidgets)


@dataclass(frozen=True)
class Again(Slider):
    """A button that asks for another one: a whole number that each press raises."""

    def widget(self, ipywidgets, **looks):
        return CountingButton(self, ipywidgets, looks["layout"])


def _number(value, name):
    return round(
        finite_number(value, name), 6
    )  # a slider's 0.06 is 0.060000000000000005
