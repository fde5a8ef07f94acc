"""Text that somebody else wrote, made fit for a terminal, a table and a spreadsheet."""

import unicodedata

# They turn the direction of what follows, so that a line reads otherwise than it is.
TURNING = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text, most=600, lines=False):
    """Text with nothing in it that acts: control characters, halves of characters (from
    file names and JSON) and turns of direction are written as \\x1b, \\udcfc.

    Parameters
    ----------
    most : characters that are kept.
    lines : keep line breaks and tabs.
    """
    kept = "\n\t" if lines else ""
    return "".join(
        character
        if character in kept or not _acts(character)
        else character.encode("unicode_escape").decode()
        for character in str(text)[:most]
    )


def _acts(character):
    return (
        unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        or character in TURNING
    )


def one_line(text, most=600):
    """Text for one cell of a table: one line, not too long, and no formula for a
    spreadsheet to run.
    """
    return harmless(visible(" ".join(str(text).split()), most))


def harmless(line):
    """A line that no spreadsheet takes for a formula."""
    return f"'{line}" if line.lstrip().startswith(("=", "+", "-", "@")) else line
