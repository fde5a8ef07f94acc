"""What is checked of a folder of one's own, and how its files are divided."""

import math
import os
from pathlib import Path

from course_utils.checks import shortly, whole_number


def checked_folder(path, holds):
    """`path` as a `Path` to a folder that is there.

    Parameters
    ----------
    holds : what the folder should hold, for messages.

    Raises
    ------
    TypeError : the path is none.
    FileNotFoundError, NotADirectoryError, ValueError : there is none, it is a file, or
        the path is empty.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"a path is text, such as 'my_photos', and this is {shortly(path)}: give "
            f"the folder that holds {holds}"
        )
    if not str(path).strip():
        raise ValueError(f"the path is empty: give the folder that holds {holds}")
    folder = Path(path).expanduser()
    if not folder.exists():
        raise FileNotFoundError(
            f"there is no folder {str(folder)!r}; the working folder is "
            f"{Path.cwd().name!r}"
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{str(folder)!r} is a file; give the folder that holds {holds}"
        )
    return folder


def checked_splits(splits):
    """`splits` as a tuple of three floats.

    Raises
    ------
    ValueError : these are no three shares that add up to 1, or training has none.
    """
    try:
        shares = tuple(float(share) for share in splits)
    except (TypeError, ValueError):
        shares = ()
    if (
        len(shares) != 3
        or not all(0 <= share <= 1 for share in shares)
        or not math.isclose(sum(shares), 1, abs_tol=1e-6)
        or shares[0] == 0
    ):
        raise ValueError(
            f"splits is {shortly(splits)}; it must be three shares that add up to 1, "
            "for training (not 0), validation and testing, such as (0.75, 0.15, 0.10)"
        )
    return shares


def checked_seed(seed):
    """`seed` as an int; ValueError where it is no whole number from 0."""
    return whole_number(seed, "seed", low=0)


def counts_of_parts(total, splits):
    """`total` divided by the shares, to whole numbers; no share above zero comes away
    with nothing.
    """
    counts = [math.floor(total * share + 1e-9) for share in splits]
    counts = [
        max(count, 1) if share > 0 else 0
        for count, share in zip(counts, splits, strict=True)
    ]
    # who lacks most comes first
    by_loss = sorted(range(3), key=lambda part: counts[part] - total * splits[part])
    while sum(counts) < total:
        counts[by_loss[0]] += 1
        by_loss = by_loss[1:] + by_loss[:1]
    while sum(counts) > total:
        counts[counts.index(max(counts))] -= 1
    return counts
