"""Checks on what a layer is given, with errors that say which layer, what came and what
is needed.
"""

import operator


def whole_number(layer, minimum=1, hint="", **argument):
    """The one keyword argument given, as an int of at least `minimum`; ValueError
    otherwise (bools and 3.0 too).
    """
    ((name, value),) = argument.items()
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < minimum:
        needed = f"{layer} needs a whole number of at least {minimum} for {name}"
        raise ValueError(f"{needed}, but got {name}={value!r}.{hint}")
    return number
