"""Checks of what a caller gives, and the words that tell what was wrong.

Every message says what came, what was expected and, where it can be guessed, the
likely mistake.
"""

import difflib
import math
import operator


def whole_number(value, name, low=1, high=None, hint=""):
    """`value` as an int: any whole number, NumPy's included; no bool, and not 3.0.

    Parameters
    ----------
    value : what came.
    name : what the message calls it, such as "stride" or "ResidualUnit's filters".
    low, high : the range it must lie in, both ends included; None for no end.
    hint : a sentence for the end of the message, where the mistake can be guessed.

    Raises
    ------
    ValueError : it is no whole number, or lies outside the range.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        guess = hint
        if isinstance(value, float):
            guess = hint or "Did you divide with / instead of //?"
        elif isinstance(value, (tuple, list)):
            guess = hint or "Give one number at a time."
        raise ValueError(
            f"{name} is {value!r}; it must be a whole number"
            f"{_range(' of', low, high)}.{_after(guess)}"
        ) from None
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(
            f"{name} is {number}; it must be{_range('', low, high)}.{_after(hint)}"
        )
    return number


def finite_number(value, name):
    """`value` as a float.

    Raises
    ------
    ValueError : it is no number (a bool is none), or infinite, or NaN.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r}; it must be a number.") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} is {value!r}; it must be a finite number.")
    return number


def truth_value(value, name):
    """`value` as a bool: True or False, NumPy's included.  Any text would count as
    true, "False" too.

    Raises
    ------
    ValueError : it is neither.
    """
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    hint = ""
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        hint = " Leave the quotes out."
    raise ValueError(f"{name} is {value!r}; it must be True or False.{hint}")


def did_you_mean(given, known, count=1, cutoff=0.6):
    """ " Did you mean 'same'?", with up to `count` of the names in `known` that are
    spelled nearly like `given`; "" where none is.

    cutoff : how alike they must be, from 0 (not at all) to 1 (equal).
    """
    names = [str(name) for name in known]
    near = difflib.get_close_matches(str(given), names, n=count, cutoff=cutoff)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def readable_bytes(count):
    """12,000,000 bytes as "12 MB": three digits, decimal units."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    while abs(count) >= 999.5 and len(units) > 1:
        count /= 1000
        units.pop(0)
    return f"{count:.3g} {units[0]}"


def printable(text):
    """`text` with everything that is no plain character written out, such as \\x1b for
    the one that begins a terminal's commands.  Line breaks stay.
    """
    return "".join(
        character
        if character.isprintable() or character == "\n"
        else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in text
    )


def _range(preposition, low, high):
    if high is not None:
        return f" from {low} to {high}"
    return "" if low is None else f"{preposition} at least {low}"


def _after(sentence):
    return f" {sentence.strip()}" if sentence else ""
