"""Homework 04 with other numbers."""

from grading.sheets.sheet import Answer, Sheet


def sheet(draw):
    """Question 1: another small residual network."""
    h, w = 8 * draw.choice(range(9, 15)), 8 * draw.choice(range(15, 24))
    f, counts = draw.choice((32, 40, 56, 64)), [draw.choice((2, 3, 4)) for _ in "abc"]
    units, a, b = sum(counts), f, 2 * f
    kernels, norm = 9 * a * b + 9 * b * b + a * b, 4 * b
    last = (h // 8, w // 8, 4 * f)
    answers = (
        Answer(
            "weighted_layers",
            2 * units + 2,
            (
                (2 * units, "the stem and the dense layer have weights too."),
                (2 * units + 1, "one is missing: stem and dense layer both count."),
                (2 * units + 4, "the name leaves out the convolutions on the skips."),
                (units + 2, "each unit has two convolutions, and you counted one."),
                (units, "that is the number of units; each has two convolutions."),
            ),
            "The stem, two a unit, and the dense layer.",
        ),
        Answer(
            "last_maps",
            last,
            (
                ((h // 16, w // 16, 4 * f), "this stem has no pooling after it."),
                ((h // 4, w // 4, 4 * f), "one halving is missing."),
                ((h, w, 4 * f), "the stem and two of the units have stride 2."),
                ((w // 8, h // 8, 4 * f), "width and height have changed places."),
                ((*last[:2], 2 * f), "how many filters has the last unit?"),
                ((*last[:2], 7), "seven is what the dense layer gives, later."),
            ),
            f"Start with {h} × {w} and halve it at every stride of 2.",
            "sizes",
        ),
        Answer(
            "widening_unit",
            kernels + 3 * norm,
            (
                (
                    kernels - a * b + 2 * norm,
                    "the skip's 1 × 1 convolution is missing.",
                ),
                (kernels + 2 * norm, "the skip has a batch norm too."),
                (kernels, "the batch norms are missing."),
                (kernels + 3 * norm // 2, "a batch norm keeps four numbers a channel."),
                (
                    18 * a * b + a * b + 3 * norm,
                    f"the second convolution sees {b} maps.",
                ),
                (kernels + 8 * a * b + 3 * norm, "the skip's convolution is 1 × 1."),
            ),
            f"Three convolutions ({a} → {b}, {b} → {b}, and {a} → {b} on the skip), "
            "each with a batch norm.",
        ),
        Answer(
            "only_measured",
            3 * 2 * b,
            (
                (3 * norm, "γ and β are learned."),
                (2 * 2 * b, "the unit has three batch norms: the skip's is one."),
                (3 * b, "a batch norm measures a mean and a variance."),
                (2 * b, "that is one batch norm; this unit has three."),
                (0, "a batch norm measures a mean and a variance."),
            ),
            "A mean and a variance, for every channel of every batch norm in the unit.",
        ),
    )
    plan = " + ".join(
        f"[{n * f}] * {count}" for n, count in zip((1, 2, 4), counts, strict=True)
    )
    text = (
        ("96 pixels high and 160 wide", f"{h} pixels high and {w} wide"),
        ("a stem: 48 filters", f"a stem: {f} filters"),
        ("[48] * 2 + [96] * 3 + [192] * 2", plan),
        ("goes from 48 to 96 channels", f"goes from {a} to {b} channels"),
    )
    return Sheet(text, {"q1": answers})
