"""One look for every table: numbers to the right, thousands separated, units at the
top, and the same words for a page and for plain text.

A table has no colour of its own, so it is read on a white page as on a dark one.
"""

import html
import math
import numbers

MISSING = "–"
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
SCALES |= {"kB": 1e3, "MB": 1e6, "GB": 1e9}
MOST_DECIMALS = 3  # where nobody says how many


class Table:
    """Rows and columns for reading.  As the last expression of a cell it shows itself.

    Parameters
    ----------
    data : a pandas DataFrame; or a dict, from each column's name to its values; or a
        list of dicts, one per row.  An index that only counts the rows is left out, any
        other becomes the first column.
    units : a dict from a column to its unit, written behind the name.  Values of a
        column in thousand, million, billion, kB, MB or GB come unscaled, as single ones
        or bytes, and are divided here.
    decimals : digits after the point: a dict from columns to numbers, or one number for
        all that hold fractions.  Left out, as few as say it, three at most.
    right : further columns to be set at the right, such as sizes with their units.
    note : a sentence below the table.
    most : how many rows are shown; of a longer table its first ones, and how many are
        left out.

    Raises
    ------
    ValueError : a unit, decimals or `right` for a column that is not there; columns of
        different lengths.
    """

    def __init__(self, data, units=None, decimals=None, *, right=(), note="", most=60):
        columns = _columns(data)
        lengths = {name: len(values) for name, values in columns}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"the columns differ in length: {lengths}")
        units = units or {}
        by_column = decimals if isinstance(decimals, dict) else {}
        for name in (*units, *by_column, *right):
            if name not in lengths:
                raise ValueError(
                    f"no column is called {name!r}; there are {', '.join(lengths)}"
                )
        self.note = note
        self.left_out = max(0, max(lengths.values(), default=0) - most)
        self.columns = []
        for name, values in columns:
            unit, values = units.get(name), values[:most]
            digits = by_column.get(name) if by_column else decimals
            cells, is_number = _written(values, SCALES.get(unit, 1), digits)
            heading = f"{name} ({unit})" if unit else name
            self.columns.append((heading, cells, is_number or name in right))

    @property
    def rows(self):
        """The cells as they are written, row by row."""
        return list(zip(*(cells for _, cells, _ in self.columns), strict=True))

    def _below(self):
        more = f"… and {self.left_out:,} more rows" if self.left_out else ""
        return [words for words in (more, self.note) if words]

    def __repr__(self):
        set_columns = []
        for heading, cells, at_right in self.columns:
            width = max(map(len, [heading, *cells]))
            set_ = str.rjust if at_right else str.ljust
            set_columns.append([set_(cell, width) for cell in [heading, *cells]])
        lines = ["  ".join(row).rstrip() for row in zip(*set_columns, strict=True)]
        return "\n".join(lines + self._below())

    def _repr_html_(self):
        def row(cells, tag, attributes=""):
            return "".join(
                f'<{tag}{attributes} style="text-align: {side}">{html.escape(cell)}'
                f"</{tag}>"
                for cell, side in zip(cells, sides, strict=True)
            )

        sides = ["right" if at_right else "left" for *_, at_right in self.columns]
        head = row([heading for heading, *_ in self.columns], "th", ' scope="col"')
        body = "\n".join(f"<tr>{row(cells, 'td')}</tr>" for cells in self.rows)
        below = "".join(f"<p>{html.escape(words)}</p>" for words in self._below())
        return (
            f'<div><table style="font-variant-numeric: tabular-nums">\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
            f"{below}</div>"
        )


def show_frames_as_tables():
    """From now on a notebook shows every pandas DataFrame as a `Table`; outside of one
    nothing happens.
    """
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if (shell := get_ipython()) is None:
        return
    formatters = shell.display_formatter.formatters
    # by name, so that pandas is not imported here; its address changed with version 3
    for module in ("pandas", "pandas.core.frame"):
        formatters["text/html"].for_type_by_name(
            module, "DataFrame", lambda frame: Table(frame)._repr_html_()
        )
        formatters["text/plain"].for_type_by_name(
            module,
            "DataFrame",
            lambda frame, printer, cycle: printer.text(repr(Table(frame))),
        )


def _columns(data):
    """The columns as (name, list of values)."""
    if hasattr(data, "iloc"):
        import pandas

        index = data.index
        counts = isinstance(index, pandas.RangeIndex) and index.name is None
        levels = [] if counts else range(index.nlevels)
        return [
            (_name(index.names[level]), list(index.get_level_values(level)))
            for level in levels
        ] + [
            (_name(name), list(data.iloc[:, place]))
            for place, name in enumerate(data.columns)
        ]
    if isinstance(data, dict):
        return [(_name(name), list(values)) for name, values in data.items()]
    rows = list(data)
    names = dict.fromkeys(name for row in rows for name in row)
    return [(_name(name), [row.get(name) for row in rows]) for name in names]


def _name(name):
    """What stands above a column; several levels of names in one line."""
    if name is None:
        return ""
    return " ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _written(values, scale, decimals):
    """The cells of one column, and whether they are numbers."""
    missing = [_is_missing(value) for value in values]
    known = [
        value / scale if scale != 1 else value
        for value, none in zip(values, missing, strict=True)
        if _is_number(value) and not none
    ]
    if not all(isinstance(value, numbers.Integral) for value in known):
        if decimals is None:
            decimals = _decimals(known)
    else:
        decimals = 0
    cells = [
        MISSING if none else _cell(value, scale, decimals)
        for value, none in zip(values, missing, strict=True)
    ]
    return cells, bool(known)


def _cell(value, scale, decimals):
    if _is_bool(value):
        return "yes" if value else "no"
    if not _is_number(value):
        return str(value)
    if scale == 1 and not decimals and isinstance(value, numbers.Integral):
        return f"{int(value):,}"
    text = f"{float(value) / scale:,.{decimals}f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text


def _decimals(known):
    """As few digits after the point as tell every number, `MOST_DECIMALS` at most."""
    return next(
        digits
        for digits in range(MOST_DECIMALS + 1)
        if digits == MOST_DECIMALS
        or all(
            round(float(value), digits) == round(float(value), MOST_DECIMALS)
            for value in known
        )
    )


def _is_bool(value):
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _is_number(value):
    return isinstance(value, numbers.Real) and not _is_bool(value)


def _is_missing(value):
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return _is_number(value) and math.isnan(value)
