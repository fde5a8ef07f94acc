"""Checks of what a caller gives, and the words that tell what was wrong.

Every message says what came, what was expected and, where it can be guessed, the
likely mistake.
"""

import difflib
import math
import operator
import os
import stat
from pathlib import Path


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
            f"{name} is {shortly(value)}; it must be a whole number"
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
        if isinstance(value, str | bytes):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is {shortly(value)}; it must be a number.") from None
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
    raise ValueError(f"{name} is {shortly(value)}; it must be True or False.{hint}")


def one_of(value, known, name):
    """`value`, if it is one of the names in `known`.

    Raises
    ------
    ValueError : it is none of them; those that are spelled alike are suggested.
    """
    if isinstance(value, str) and value in known:
        return value
    *most, last = [repr(one) for one in known]
    raise ValueError(
        f"{name} is {shortly(value)}; it must be {', '.join(most)} or {last}."
        f"{did_you_mean(value, known)}"
    )


def several(value, wanted):
    """`value` as a list: any list, tuple or array of at least one dimension.

    Parameters
    ----------
    value : what came.
    wanted : how the message begins, such as "receptive_field takes a list of layers".

    Raises
    ------
    ValueError : it is one thing, or none.
    """
    if isinstance(value, list | tuple) or getattr(value, "shape", ()) != ():
        return list(value)
    raise ValueError(f"{wanted}, and got {shortly(value)}.")


def file_content(path, name, most=1 << 30):
    """The bytes of a file; whatever else has a path is refused and not read: reading a
    pipe would wait for ever, and a device may never end.

    Parameters
    ----------
    path : a text or a `pathlib.Path`; "~" is the home folder.
    name : what the messages call it.
    most : the bytes that it may have.

    Raises
    ------
    ValueError : there is no such file, it is no file, it cannot be opened, or it is too
        large.
    """
    if not str(path).strip() or "\0" in str(path):
        what = "has a NUL character in it" if "\0" in str(path) else "is empty"
        raise ValueError(
            f"the path {what}: give the path of a file, seen from the notebook's "
            "folder."
        )
    try:
        path = Path(path).expanduser()
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ValueError(f"{name} is a folder: give one of the files in it.")
        if not stat.S_ISREG(mode):
            raise ValueError(f"{name} is a pipe or a device, and no file.")
        # were it a pipe by now, this would not wait for somebody to write
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise ValueError(
            f"{name} is not there. Is the path right, seen from the notebook's folder?"
        ) from None
    except (OSError, RuntimeError) as error:  # "~nobody" has no home
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{name} cannot be opened ({reason}).") from None
    if len(content) > most:
        raise ValueError(
            f"{name} has more than {readable_bytes(most)}, which is too large here."
        )
    return content


def shortly(value):
    """What came, in a few words: a shape for an array, the value itself where it is
    short, and else its type.
    """
    if getattr(value, "shape", ()) != () and hasattr(value, "dtype"):
        return f"an array of shape {tuple(value.shape)}"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, dict) or not hasattr(value, "__len__"):
        plain = isinstance(value, int | float | complex | type(None)) or (
            type(value).__module__ == "numpy"
        )
        return repr(value) if plain else f"of type {type(value).__name__}"
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:50]}... ({type(value).__name__})"


def did_you_mean(given, known, count=1, cutoff=0.6):
    """ " Did you mean 'same'?", with up to `count` of the names in `known` that are
    spelled nearly like `given`; "" where none is.

    Parameters
    ----------
    cutoff : how alike they must be, from 0 (not at all) to 1 (equal).
    """
    names = [str(name) for name in known]
    near = difflib.get_close_matches(str(given)[:100], names, n=count, cutoff=cutoff)
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
