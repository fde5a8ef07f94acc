"""Homework 01 with other numbers."""

from grading.sheets.sheet import Answer, Sheet, half


def sheet(draw):
    """Questions 1 and 2: another photograph."""
    h, w = draw.choice(range(101, 150, 2)), draw.choice(range(170, 231, 2))
    a, b = (half(h), half(w)), (half(h) - 2, half(w) - 2)
    c = tuple((n - 3) // 2 + 1 for n in b)
    mb = [4 * n / 1e6 for n in (a[0] * a[1] * 24, b[0] * b[1] * 48, c[0] * c[1] * 96)]
    photo, turned = 4 * h * w * 3 / 1e6, "width and height have changed places."
    sizes = (
        Answer(
            "out_a",
            (*a, 24),
            (
                ((*b, 24), 'that is "valid" padding; layer A says "same".'),
                (
                    (h // 2, w // 2, 24),
                    f'half of {h} is {h / 2}, and "same" rounds up.',
                ),
                ((h, w, 24), '"same" keeps the size only when the stride is 1.'),
                ((*a, 3), "three channels go in; how many feature maps come out?"),
                ((a[1], a[0], 24), turned),
            ),
            f"Take the height alone: {h} pixels, one window at every second pixel.",
            "sizes",
        ),
        Answer(
            "out_b",
            (*b, 48),
            (
                ((*a, 48), 'that is "same" padding; layer B says "valid".'),
                (
                    (b[0] - 1, b[1] - 1, 48),
                    "a window of 3 has one place more in a row of n than n − 3.",
                ),
                ((h - 2, w - 2, 48), "B sees what comes out of A, not the photograph."),
                ((*b, 24), "24 maps go in; how many come out?"),
                ((b[1], b[0], 48), turned),
            ),
            'A window of 3 with "valid" padding cannot be centred on the outermost '
            "pixels of what A gives.",
            "sizes",
        ),
        Answer(
            "out_c",
            (*c, 96),
            (
                ((half(b[0]), half(b[1]), 96), 'that is "same"; layer C says "valid".'),
                (
                    (c[0] - 1, c[1] - 1, 96),
                    "count the first place of the window too: (n − 3) / 2, rounded "
                    "down, plus one.",
                ),
                ((b[0] - 2, b[1] - 2, 96), "layer C has stride 2."),
                ((*c, 48), "48 maps go in; how many come out?"),
                ((c[1], c[0], 96), turned),
            ),
            "A window of 3 that stops at every second place, and does not leave what B "
            "gives.",
            "sizes",
        ),
    )
    costs = (
        Answer(
            "training_mb",
            32 * sum(mb),
            (
                (sum(mb), "that is one photograph; the batch has 32."),
                (8 * sum(mb), "that is with 1 byte a number; a 32-bit float has 4."),
                (64 * sum(mb), "that is with 8 bytes a number; 32 bits are 4 bytes."),
                (256 * sum(mb), "that is in bits; 8 bits are a byte."),
                (32 * (sum(mb) + photo), "you counted the photographs too."),
                (32 * (mb[0] + mb[1]), "that is A and B only; training keeps all."),
            ),
            "Outputs of all three layers, 4 bytes each, 32 photographs.",
            digits=3,
        ),
        Answer(
            "inference_mb",
            mb[0] + mb[1],
            (
                (sum(mb), "that is all three at once, as in training."),
                (sum(mb) + photo, "inference may forget what is no longer needed."),
                (mb[1], "the output's input must be there while it is computed."),
                (mb[1] + mb[2], "B and C are a pair, but there is a larger one."),
                (photo + mb[0], "photograph and A are a pair; there is a larger one."),
            ),
            "A layer's input and its output must be there together; find the largest "
            "such pair.",
            digits=3,
        ),
    )
    text = (("125 pixels high and 190 wide", f"{h} pixels high and {w} wide"),)
    return Sheet(text, {"q1": sizes, "q2": costs})
