"""Homework 06 with other numbers."""

from grading.sheets.sheet import Answer, Sheet, mistakes

# how far the validation accuracy of run 1 lies under its best, epoch by epoch, in per
# cent, where epoch 4, 5 or 6 is the best
BELOW = {
    4: (20, 9, 3, 0, 1, 3, 4, 5),
    5: (21, 10, 5, 2, 0, 1, 3, 4),
    6: (22, 12, 7, 4, 2, 0, 1, 3),
}


def sheet(draw):
    """Questions 1, 3 and 5: other birds, another curve and another confusion matrix.

    The 15 % for validation are the birds of the matrix, and the birds for training are
    five times as many, of each kind.
    """
    tits, herons = draw.choice(range(90, 131)), draw.choice(range(28, 41))
    kingfishers = draw.choice(range(16, 25))
    others = tits + herons + kingfishers
    # 10 % and 15 % shall be whole birds, and the last batch a small one
    sparrows = draw.choice(
        [n for n in range(255, 286) if (n + others) % 3 == 0 and (n + others) % 32]
    )
    best, most = draw.choice(sorted(BELOW)), draw.choice(range(79, 84))
    counts = sparrows, tits, herons, kingfishers
    matrix = _matrix(draw, counts)
    birds, judged = sum(counts) * 20 // 3, sum(counts)
    curve = [most - below for below in BELOW[best]]
    kinds = "sparrow", "tit", "heron", "kingfisher"
    table = [
        f"| **is a {kind}** | {' | '.join(map(str, row))} |"
        for kind, row in zip(kinds, matrix, strict=True)
    ]
    masters = ("250 | 12 | 2 | 0", "14 | 90 | 3 | 1", "4 | 2 | 29 | 1", "9 | 3 | 0 | 6")
    old = [
        f"| **is a {kind}** | {row} |" for kind, row in zip(kinds, masters, strict=True)
    ]
    training = [5 * count for count in counts]
    right = sum(row[place] for place, row in enumerate(matrix))
    text = (
        ("has taken 2,840 photographs of", f"has taken {birds:,} photographs of"),
        ('"training": [0.61, 0.78,', f'"training": [{(curve[0] + 1) / 100:.2f}, 0.78,'),
        (
            "[0.60, 0.71, 0.76, 0.79, 0.81, 0.80, 0.78, 0.77]",
            f"[{', '.join(f'{value / 100:.2f}' for value in curve)}]",
        ),
        (
            "holds 1,320 sparrows, 540 tits, 180 herons and 90\nkingfishers",
            f"holds {training[0]:,} sparrows, {training[1]} tits, {training[2]} herons "
            f"and {training[3]}\nkingfishers",
        ),
        *zip(old, table, strict=True),
        (
            "accuracy on the test part: 88 %",
            f"accuracy on the test part: {_percent(right / judged)}",
        ),
    )
    answers = {
        "q1": (_n_train(birds, judged), _steps(birds, judged)),
        "q3": (_best_epoch(best, most),),
        "q5": (_baseline(matrix), _found(matrix), _balanced(matrix)),
    }
    return Sheet(text, answers)


def _percent(share):
    return f"{100 * share:.0f} %"


def _matrix(draw, counts):
    """A confusion matrix with these numbers of sparrows, tits, herons and kingfishers,
    and nearly nine of ten birds on its diagonal.
    """
    sparrows, tits, herons, kingfishers = counts
    found, as_sparrow = draw.choice(range(5, 8)), draw.choice(range(6, 9))
    tits_lost, herons_lost = draw.choice(range(8, 15)), draw.choice(range(3, 6))
    lost = kingfishers - found + tits_lost + 4 + herons_lost + 3 + 2
    others_called = tits_lost + herons_lost + as_sparrow
    # as many birds called sparrow as there are would hide a mistake
    enough = [
        n
        for n in range(3, 40)
        if 0.87 <= 1 - (n + lost) / sum(counts) < 0.895 and n + 2 != others_called
    ]
    sparrows_lost = draw.choice(enough)
    return (
        (sparrows - sparrows_lost - 2, sparrows_lost, 2, 0),
        (tits_lost, tits - tits_lost - 4, 3, 1),
        (herons_lost, 2, herons - herons_lost - 3, 1),
        (as_sparrow, kingfishers - found - as_sparrow, 0, found),
    )


def _n_train(birds, validation):
    right, test = birds * 3 // 4, birds // 10
    of_the_rest = (
        "that takes 15 % of what the test part leaves; the question says 15 % of all."
    )
    rest = birds - test
    wrong = (
        (
            birds - validation,
            "that leaves out the validation photographs only; the test photographs are "
            "put aside too.",
        ),
        (
            rest,
            "that leaves out the test photographs only; the validation photographs are "
            "put aside too.",
        ),
        (rest * 0.85, of_the_rest),
        (rest - rest * 15 // 100, of_the_rest),
        (rest * 85 // 100, of_the_rest),
        (birds - right, "those are the photographs that are put aside."),
        (validation, "that is the validation part."),
        (test, "that is the test part."),
        (birds, "those are all photographs; two parts are put aside."),
        (0.75, "that is the share; the question asks for the number of photographs."),
    )
    otherwise = "All photographs, less 10 % of all, less 15 % of all."
    return Answer("n_train", right, wrong, otherwise)


def _steps(birds, validation):
    exact = birds * 3 / 4 / 32
    right, half_a_step = (
        -(-birds * 3 // 4 // 32),
        ("there is no half step: the last batch is smaller, and counts as one."),
    )
    all_birds = (
        "that would be with all photographs; an epoch goes through the training part."
    )
    wrong = mistakes(
        right,
        (right - 1, "that drops the last batch; it is smaller, but it is used."),
        (exact, half_a_step),
        (round(exact, 1), half_a_step),
        (-(-birds // 32), all_birds),
        (birds // 32, all_birds),
        (
            -(-validation // 32),
            "that is the validation part; no weights are changed there.",
        ),
        (32, "that is the size of a batch."),
    )
    otherwise = "Training photographs over 32, and a part of a batch counts as one."
    return Answer("steps", right, wrong, otherwise)


def _best_epoch(best, most):
    wrong = (
        (best - 1, "counting from 0? The first epoch is epoch 1."),
        (8, "the last epoch's weights know the training photographs by heart."),
        (7, "that is where training is first at 100 %; validation is what counts."),
        (best + 1, "validation was higher an epoch before."),
        (most / 100, "that is the accuracy; the question asks for the epoch."),
        (1, "there the two curves are closest; but validation still rises after it."),
    )
    otherwise = "After which epoch is validation highest?"
    return Answer("best_epoch", best, wrong, otherwise)


def _baseline(matrix):
    sparrows, judged = sum(matrix[0]), sum(map(sum, matrix))
    right = sum(row[place] for place, row in enumerate(matrix))
    called = sum(row[0] for row in matrix)
    wrong = (
        (0.25, "that is luck with four kinds that are equally frequent."),
        (right / judged, "that is the accuracy of the real network."),
        (
            called / judged,
            f"{called} birds were *called* sparrows by the real network; how many are "
            "sparrows?",
        ),
        (
            matrix[0][0] / judged,
            "those are the sparrows that the real network found; who always says "
            "sparrow finds all of them.",
        ),
        (matrix[0][0] / sparrows, "that is the real network's recall of sparrows."),
        (
            sparrows / right,
            "divide by all photographs, not by those that the real network got right.",
        ),
        (100 * sparrows / judged, "write it as a number from 0 to 1."),
    )
    otherwise = (
        "Whoever always says sparrow is right for the sparrows, and for nobody else."
    )
    return Answer("baseline", sparrows / judged, wrong, otherwise, digits=3)


def _found(matrix):
    found, birds = matrix[3][3], sum(matrix[3])
    called, judged = sum(row[3] for row in matrix), sum(map(sum, matrix))
    right = sum(row[place] for place, row in enumerate(matrix))
    wrong = (
        (
            found / called,
            "that is how often the network is right when it says kingfisher: their "
            "precision.",
        ),
        (found / judged, "divide by the kingfishers, not by all birds."),
        (1 - found / birds, "that is the share it has missed."),
        (
            called / birds,
            f"some of the {called} birds that it called kingfishers are none.",
        ),
        (found / right, "divide by the kingfishers, not by all that was right."),
        (
            found / (birds - found),
            "divide by all kingfishers, those that it found among them.",
        ),
        (found, "that is a count: divide by the number of kingfishers."),
        (100 * found / birds, "write it as a number from 0 to 1."),
    )
    otherwise = "Kingfishers that were called kingfisher, over all kingfishers."
    return Answer("found", found / birds, wrong, otherwise, digits=3)


def _balanced(matrix):
    recalls = [row[place] / sum(row) for place, row in enumerate(matrix)]
    columns = list(zip(*matrix, strict=True))
    precisions = [one[place] / sum(one) for place, one in enumerate(columns)]
    right = sum(row[place] for place, row in enumerate(matrix))
    mean = sum(recalls) / 4
    wrong = (
        (
            right / sum(map(sum, matrix)),
            "that is the ordinary accuracy, which the sparrows dominate.",
        ),
        (
            sum(precisions) / 4,
            "that is the mean of the precisions, along the columns; recall goes along "
            "the rows.",
        ),
        (0.25, "that is luck; the question is about the real network."),
        (sum(recalls[:3]) / 3, "the kingfishers are missing."),
        (4 * mean, "that is the sum; the mean is a quarter of it."),
        (
            recalls[0],
            "that is the recall of the sparrows; the question asks for the mean of all "
            "four.",
        ),
        (100 * mean, "write it as a number from 0 to 1."),
    )
    return Answer(
        "balanced", mean, wrong, "Four recalls, one per row, and their mean.", digits=3
    )
