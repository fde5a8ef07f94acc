"""Homework 07 with other numbers."""

from grading.sheets.sheet import Answer, Sheet, mistakes

MISREAD = (
    "you read the last two numbers as height and width; they are the second corner."
)


def sheet(draw):
    """Question 1: two other boxes, and one that may slip."""
    top, left = draw.choice(range(10, 60, 10)), draw.choice(range(10, 60, 10))
    high, wide = draw.choice(range(50, 90, 10)), draw.choice(range(60, 110, 10))
    # of the shared part, and how far the predicted box sticks out
    h = draw.choice(range(20, 50, 5))
    w = draw.choice([side for side in range(20, 60, 5) if side != h])
    down, right = draw.choice((10, 20, 30)), draw.choice((10, 20, 30))
    side = draw.choice((36, 42, 48, 54, 66, 72, 78, 84, 90))
    true = (top, left, top + high, left + wide)
    found = (true[2] - h, true[3] - w, true[2] + down, true[3] + right)
    text = (
        ("A true box is (20, 30, 80, 110)", f"A true box is {true}"),
        ("a predicted one (50, 70, 100, 130)", f"a predicted one {found}"),
        ("A box of 60 × 60 pixels", f"A box of {side} × {side} pixels"),
    )
    areas = (high * wide, (h + down) * (w + right))
    around = (high + down) * (wide + right)
    taken = (true, found, h, w, areas, around)
    answers = _shared(*taken), _covered(*taken), _overlap(*taken), _slack(side)
    return Sheet(text, {"q1": answers})


def _misread(true, found):
    """(shared, covered) for whoever takes the second corner for height and width."""
    shared = (true[0] + true[2] - found[0]) * (true[1] + true[3] - found[1])
    return shared, true[2] * true[3] + found[2] * found[3] - shared


def _shared(true, found, h, w, areas, around):
    rows, columns = (f"{a} to {b}" for a, b in zip(found[:2], true[2:], strict=True))
    wrong = mistakes(
        h * w,
        (_misread(true, found)[0], MISREAD),
        (areas[0], "that is the area of the true box."),
        (areas[1], "that is the area of the predicted box."),
        (around, "that is the smallest box around both."),
        (h + w, "that is height plus width of the shared part."),
        (h, "that is the height of the shared part; now times its width."),
        (w, "that is the width of the shared part; now times its height."),
        (sum(areas), "that is the sum of both areas."),
        (
            (h + 1) * (w + 1),
            f"{h + 1} × {w + 1}: from {found[0]} to {true[2]} are {h} pixels; a "
            "coordinate is an edge, not a pixel.",
        ),
        (h * h, f"{h} × {h}: columns {columns} are in both boxes."),
        (w * w, f"{w} × {w}: rows {rows} are in both boxes."),
    )
    otherwise = "Rows that are in both boxes, times columns that are in both."
    return Answer("shared", h * w, wrong, otherwise)


def _covered(true, found, h, w, areas, around):
    shared, both = h * w, sum(areas)
    wrong = mistakes(
        both - shared,
        (both, "the sum of both areas counts the shared part twice."),
        (
            around,
            "that is the smallest box around both; it has corners that neither covers.",
        ),
        (_misread(true, found)[1], MISREAD),
        (
            both - 2 * shared,
            "the shared part has been taken away twice: it is covered, once.",
        ),
        (both + shared, "the shared part is to be taken away once, not added."),
        (areas[0], "that is the area of the true box alone."),
        (areas[0] - shared, "that is what the true box covers alone."),
        (areas[1] - shared, "that is what the predicted box covers alone."),
    )
    otherwise = "Both areas, with what they share counted once."
    return Answer("covered", both - shared, wrong, otherwise)


def _overlap(true, found, h, w, areas, around):
    shared, both = h * w, sum(areas)
    covered = both - shared
    misread = _misread(true, found)
    wrong = mistakes(
        shared / covered,
        (
            covered / shared,
            "an IoU lies between 0 and 1. Which of the two areas is the larger?",
        ),
        (
            shared / both,
            "you divide by the sum of both areas, which counts the shared part twice.",
        ),
        (shared / areas[0], "you divide by the area of the true box alone."),
        (shared / areas[1], "you divide by the area of the predicted box."),
        (shared / around, "you divide by the smallest box around both."),
        (shared / (both - 2 * shared), "the shared part has been taken away twice."),
        (misread[0] / misread[1], MISREAD),
        (
            2 * shared / both,
            "that is twice the shared area over the sum of both: the Dice coefficient, "
            "a cousin of IoU.",
        ),
        digits=3,
    )
    otherwise = "Shared over covered. Are the first two answers right already?"
    return Answer("overlap", shared / covered, wrong, otherwise, digits=3)


def _slack(side):
    half, third, quarter, sixth = side / 2, side // 3, side / 4, side // 6
    wrong = (
        (
            half,
            f"with a shift of {half:g}, half of each box is shared: that is {half:g} "
            f"of {3 * half:g} columns, an IoU of a third.",
        ),
        (
            quarter,
            f"with a shift of {quarter:g} the IoU is {3 * quarter:g} / {5 * quarter:g} "
            "= 0.6; there is some room left.",
        ),
        (side, f"with a shift of {side} the boxes touch and share nothing."),
        (2 * third, f"with a shift of {2 * third} the IoU is {third} / {5 * third}."),
        (
            sixth,
            f"with a shift of {sixth} the IoU is {5 * sixth} / {7 * sixth}; there is "
            "room left.",
        ),
        (2 * side, "then the boxes do not even touch."),
        (0.5, "that is the IoU; the question asks for pixels."),
        (1 / 3, "that is the share of the box's width; the question asks for pixels."),
    )
    otherwise = f"Shifted by d, they share {side} − d columns and cover {side} + d."
    return Answer("slack", third, wrong, otherwise)
