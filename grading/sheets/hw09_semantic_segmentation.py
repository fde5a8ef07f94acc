"""Homework 09 with other numbers."""

from grading.sheets.sheet import WORDS, Answer, Sheet, mistakes


def sheet(draw):
    """Question 1: other maps, another kernel and stride, another U-Net."""
    n = draw.choice(range(9, 21))
    k, s = draw.choice(((4, 2), (6, 2), (8, 2), (6, 3), (9, 3), (8, 4)))
    low, times = draw.choice((10, 12, 14, 16, 18, 20)), draw.choice((3, 4, 5, 6))
    high = low * 2**times
    text = (
        ("Maps of 7×7 go into", f"Maps of {n}×{n} go into"),
        (
            "with kernel 4, stride 2 and padding",
            f"with kernel {k}, stride {s} and padding",
        ),
        ("with kernel 4 and stride 2 (", f"with kernel {k} and stride {s} ("),
        (
            "maps of 8×8 back to a picture of 256×256",
            f"maps of {low}×{low} back to a picture of {high}×{high}",
        ),
    )
    hints = (
        (
            "Seven stamps have six steps between them.",
            f"{WORDS[n].capitalize()} stamps have {WORDS[n - 1]} steps between them.",
        ),
    )
    answers = _valid(n, k, s), _same(n, k, s), _stamps(k, s), _doublings(low, times)
    return Sheet(text, {"q1": answers}, hints)


def _valid(n, k, s):
    right = (n - 1) * s + k
    wrong = mistakes(
        right,
        (
            n * s + k,
            f"you count {WORDS[n]} steps; between {WORDS[n]} stamps there are "
            f"{WORDS[n - 1]}.",
        ),
        (n * s, "that is padding 'same': size times stride."),
        ((n - k) // s + 1, "that is a convolution, which makes maps smaller."),
        ((n - 1) * s, "that is where the last stamp begins; it reaches further."),
        (n * k, "size times kernel: stamps would not overlap."),
        (right**2, "the side is asked for, not the number of outputs."),
    )
    otherwise = "Steps between the first and the last stamp, and one kernel."
    return Answer("valid_side", right, wrong, otherwise)


def _same(n, k, s):
    smaller = "that is a convolution, which makes maps smaller."
    wrong = mistakes(
        n * s,
        ((n - 1) * s + k, "that is padding 'valid', which keeps all of each stamp."),
        (n, f"with stride 1 it would stay; the stride is {s}."),
        ((n - 1) * s + 1, "'same' gives size times stride, whatever the kernel is."),
        (n * k, "the kernel plays no part here, only the stride does."),
        (-(-n // s), smaller),
        (n // s, smaller),
    )
    otherwise = "'same' undoes the size of a convolution with the same stride."
    return Answer("same_side", n * s, wrong, otherwise)


def _stamps(k, s):
    row = k // s
    multiply = f"{row} along a row, {row} along a column: they multiply."
    wrong = mistakes(
        row**2,
        (row, "that is along a row; there are columns, too."),
        (k**2, "that would be stride 1."),
        (1, "that would be a kernel as small as the stride."),
        (k * s, multiply),
        (2 * row, multiply),
    )
    otherwise = "Along a row: kernel by stride. Then the same along a column."
    return Answer("stamps", row**2, wrong, otherwise)


def _doublings(low, times):
    said = {
        n: f"{WORDS[n]} doublings lead from {low} to {low * 2**n}." for n in range(9)
    }
    wrong = (
        (2**times, "that is the factor; each doubling makes it twice as large."),
        (times - 1, said[times - 1]),
        (times + 1, said[times + 1]),
        (low, f"that is where it begins: {low}, {2 * low}, {4 * low}, ..."),
    )
    otherwise = f"{low}, {2 * low}, {4 * low}, ... until {low * 2**times}."
    return Answer("doublings", times, wrong, otherwise)
