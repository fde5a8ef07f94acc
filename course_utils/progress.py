"""How far long work has come: tqdm draws it, and this module says where.

A terminal shows a bar.  A notebook shows it in an output that is empty before
and after, so that neither the saved file nor a comparison with it holds a bar.  A log
gets one line when the work is done.  Both go to stderr: what a program prints stays
what it would be without waiting.
"""

import contextlib
import sys

CELLS = "░█"  # an empty cell of a bar and a full one
WIDTH = 24


def progress_bar(label, total=None, unit="", **options):
    """A tqdm bar for work that is counted; a context manager with `update(amount)`.

    Parameters
    ----------
    label : what is being done.
    total : how much there is to do; None if nobody knows.
    unit : what is counted, such as "photos"; "B" counts bytes and shows kB and MB.
    options : anything else `tqdm` takes.
    """
    from tqdm import tqdm  # a tenth of a second, for those who wait anyway

    style = style_here()
    files = {"notebook": _NotebookStream, "lines": _LastLine}
    return tqdm(
        desc=label,
        total=total,
        unit=unit if unit == "B" else f" {unit}",
        unit_scale=unit == "B",
        file=sys.stderr if style == "terminal" else files[style](),
        leave=style != "notebook",
        ascii=CELLS,
        ncols=100,
        mininterval=0.2,
        **options,
    )


@contextlib.contextmanager
def notice(text):
    """Show `text` while the block runs: a wait, for instance."""
    if style_here() == "notebook":
        stream = _NotebookStream()
        stream.write(text)
        try:
            yield
        finally:
            stream.write("")
    else:
        print(text, file=sys.stderr, flush=True)
        yield


def bar(done, total):
    """`done` of `total` as a bar and a percentage."""
    from tqdm import tqdm

    form = f"{{bar:{WIDTH - 4}}} {{percentage:3.0f}}%"
    return tqdm.format_meter(done, total, 0, ascii=CELLS, bar_format=form)


def style_here():
    """ "notebook" in a Jupyter or Colab kernel, "terminal" where lines can be redrawn,
    else "lines".
    """
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        return "notebook"
    return "terminal" if sys.stderr.isatty() else "lines"


def duration(seconds):
    """Seconds for people: "8.3 s", "45 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        with_seconds = minutes < 10 and seconds
        return f"{minutes} min {seconds} s" if with_seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


class _NotebookStream:
    """A file for tqdm: what is written appears in one output of the cell."""

    def __init__(self):
        self.output = None

    def write(self, text):
        from IPython.display import display

        if self.output is None:
            # Empty at first: a comparison of notebooks looks at what an output begins
            # with, a saved file at what it ends with.
            self.output = display({}, raw=True, display_id=True)
        line = text.strip()
        self.output.update({"text/plain": line} if line else {}, raw=True)

    def flush(self):
        pass


class _LastLine:
    """A file for tqdm: the bar as it stands at the end, printed once."""

    line = ""

    def write(self, text):
        self.line = text.strip() or self.line
        if text.endswith("\n"):
            print(self.line, file=sys.stderr, flush=True)

    def flush(self):
        pass
