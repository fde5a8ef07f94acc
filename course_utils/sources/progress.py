"""A line that says how far long work has come and how long the rest will take."""

import sys
import time

WIDTH = 24


class Progress:
    """Progress of work whose amount is known, or at least counted.

    In a terminal or a notebook one line is redrawn; in a log only the finished line is
    printed.  Use it as a context manager and call `advance` as the work goes on::

        with Progress("Drawing the garden", total=1500, unit="photos") as progress:
            for photo in photos:
                ...
                progress.advance(1)

    Parameters
    ----------
    label : what is being done.
    total : how much there is to do, in the unit that `advance` counts; None if nobody
        knows.
    unit : the word or abbreviation behind the number.
    scale : how many counted things make one unit (1e6 for bytes shown as MB).
    """

    def __init__(self, label, total=None, unit="", scale=1):
        self.label, self.total, self.unit, self.scale = label, total, unit, scale
        self.done = 0
        self.stream = sys.stdout
        self.live = self.stream.isatty() or type(self.stream).__module__.startswith(
            "ipykernel"
        )

    def __enter__(self):
        self.started = self.drawn = time.monotonic()
        self._draw()
        return self

    def advance(self, amount):
        """Note that `amount` more is done."""
        self.done += amount
        if time.monotonic() - self.drawn >= 0.2:
            self._draw()

    def __exit__(self, kind, *_):
        if kind is None:
            self._print(
                f"{self.label}: {self._amount(self.done)}, {self._elapsed():.0f} s",
                end="\n",
            )
        elif self.live:
            self._print(f"{self.label}: stopped at {self._amount(self.done)}", end="\n")

    def line(self):
        """The line as it stands: a bar and the time left where the total is known."""
        if not self.total:
            return f"{self.label}: {self._amount(self.done)}"
        share = min(self.done / self.total, 1.0)
        bar = "\u2588" * round(share * WIDTH) + "\u2591" * (
            WIDTH - round(share * WIDTH)
        )
        text = (
            f"{self.label}: {bar} {self._number(self.done)} of "
            f"{self._amount(self.total)}"
        )
        if share > 0.02:
            text += f", {self._elapsed() * (1 / share - 1):.0f} s left"
        return text

    def _draw(self):
        self.drawn = time.monotonic()
        if self.live:
            self._print(self.line(), end="")

    def _print(self, text, end):
        start = "\r" if self.live else ""
        print(
            f"{start}{text:<{100 if self.live else 0}}",
            end=end,
            file=self.stream,
            flush=True,
        )

    def _elapsed(self):
        return time.monotonic() - self.started

    def _number(self, amount):
        return f"{amount / self.scale:,.1f}" if self.scale != 1 else f"{amount:,}"

    def _amount(self, amount):
        return f"{self._number(amount)} {self.unit}".rstrip()
