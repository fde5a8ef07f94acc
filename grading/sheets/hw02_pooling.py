"""Homework 02 with other numbers."""

from grading.sheets.sheet import Answer, Sheet, half


def sheet(draw):
    """Question 2: other maps."""
    h, w = draw.choice(range(41, 80, 2)), draw.choice(range(82, 121, 2))
    c, units = draw.choice((32, 40, 48, 64)), draw.choice(range(5, 10))
    a, b = (h - 3) // 2 + 1, (w - 3) // 2 + 1
    inputs = a * b * c
    answers = (
        Answer(
            "after_max",
            (a, b, c),
            (
                (
                    (half(h), half(w), c),
                    'that is "same" padding; the default is "valid".',
                ),
                (
                    (a - 1, b - 1, c),
                    "count the first place of the window too: plus one.",
                ),
                ((h // 3, w // 3, c), "that is a stride of 3; the question says 2."),
                ((h - 2, w - 2, c), "that is a stride of 1; the question says 2."),
                ((b, a, c), "width and height have changed places."),
            ),
            f"How many windows of 3 fit on {h} pixels, if each begins two pixels after "
            "the last?",
            "sizes",
        ),
        Answer(
            "after_depth",
            (h, w, c // 4),
            (
                ((h // 4, w // 4, c), "depthwise pooling works across the maps."),
                ((h, w, 4), "4 is the number of maps in a group. How many groups?"),
                ((h, w, c - 3), "the groups do not overlap: each gives one map."),
                ((h, w, c), "each group of 4 maps leaves one, its largest values."),
                ((a, b, c // 4), "the question begins anew, before any pooling."),
            ),
            f"{c} maps in groups of 4; each group leaves one map.",
            "sizes",
        ),
        Answer(
            "flat_parameters",
            (inputs + 1) * units,
            (
                (inputs * units, f"you left out the biases, one for each of {units}."),
                (inputs * units + 1, "one bias for each unit, not one for all."),
                ((h * w * c + 1) * units, "that is flattened before the pooling."),
                ((a * b + 1) * units, f"all {c} maps are flattened, not one."),
                (
                    inputs,
                    "that is the number of inputs; each unit has a weight for each.",
                ),
            ),
            f"Numbers that go in, plus one for the bias, times {units} units.",
        ),
        Answer(
            "average_parameters",
            (c + 1) * units,
            (
                (c * units, "you left out the biases."),
                (c * units + 1, "one bias for each unit, not one for all."),
                ((a * b + 1) * units, "it leaves one number a map, not one a place."),
                (2 * units, f"it leaves one number for each of the {c} maps."),
                (0, "the pooling has no parameters; the dense layer behind it has."),
            ),
            "One number for each map goes in.",
        ),
    )
    text = (
        ("the shape (53, 80, 32), for one", f"the shape ({h}, {w}, {c}), for one"),
        ("goes into `Dense(5)`", f"goes into `Dense({units})`"),
    )
    return Sheet(text, {"q2": answers})
