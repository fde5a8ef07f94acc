"""Homework 08 with other numbers."""

from itertools import combinations, permutations

from grading.sheets.sheet import WORDS, Answer, Sheet, mistakes

ORDINALS = "first second third fourth fifth sixth".split()
# Question 4: (true flowers, right or wrong from the surest down, how many have a score
# over 0.5) by which no usual mistake comes near the right answer.
EVALUATIONS = (
    (4, "10110", 3),
    (4, "100110", 4),
    (5, "10110", 3),
    (5, "100110", 4),
    (5, "101110", 3),
    (5, "101110", 4),
    (5, "110110", 4),
    (10, "10110", 3),
    (10, "100110", 4),
    (10, "101110", 3),
    (10, "101110", 4),
    (10, "110110", 4),
)


def sheet(draw):
    """Questions 1, 2 and 4: other flowers and detections, overlaps, and scores."""
    first, second, third = _hits(draw), _suppression(draw), _precision(draw)
    return Sheet(
        first.text + second.text + third.text,
        first.answers | second.answers | third.answers,
        second.hints + third.hints,
    )


def _row(*entries):
    return f"| {' | '.join(map(str, entries))} |"


def _hits(draw):
    """Question 1.  Of the detections one hits a flower, another one comes close to the
    same flower, one has an IoU of exactly 0.5, and one is too far off.  There may be
    one more flower that is found, one more that is not, and detections of nothing.
    """
    side = draw.choice((20, 30, 40, 50))
    # found, detections of nothing, not found
    more, nothing, hidden = draw.choice(
        ((0, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 1, 0), (1, 1, 1), (0, 2, 1))
    )
    kinds = ["hit", "double", "half", "off"] + ["more"] * more
    kinds += ["nothing", "nowhere"][:nothing]
    order = draw.choice(list(permutations(kinds)))
    box = {
        "hit": (0, 0, side, side * 8 // 10),
        "double": (0, side // 10, side, side * 11 // 10),
        "half": (2 * side, 0, 3 * side, side),
        "off": (0, side * 24 // 10, side, side * 34 // 10),
        "more": (5 * side, 0, 6 * side, side * 9 // 10),
        "nothing": (2 * side, 4 * side, 3 * side, 5 * side),
        "nowhere": (3 * side, 6 * side, 4 * side, 7 * side),
    }
    flowers = [(0, 0, side, side), (0, 2 * side, side, 3 * side)]
    flowers += [(2 * side, 0, 4 * side, side)]
    flowers += [(5 * side, 0, 6 * side, side)] * more
    flowers += [(7 * side, 4 * side, 8 * side, 5 * side)] * hidden
    named = [f"{name} = {one}" for name, one in zip("ABCDE", flowers, strict=False)]
    many, count = len(flowers), len(order)
    table = [_row(f"0.{9 - place}", box[kind]) for place, kind in enumerate(order)]
    text = (
        (
            "three true flowers of one class: A = (0, 0, 10, 10), B = (0, 20, 10, 30) "
            "and C = (20, 0, 40, 10), in",
            f"{WORDS[many]} true flowers of one class: {', '.join(named[:-1])} and "
            f"{named[-1]}, in",
        ),
        ("A detector gives four boxes", f"A detector gives {WORDS[count]} boxes"),
        (
            "| 0.9 | (0, 0, 10, 8) |\n| 0.8 | (0, 1, 10, 11) |\n"
            "| 0.7 | (20, 0, 30, 10) |\n| 0.6 | (0, 24, 10, 34) |",
            "\n".join(table),
        ),
        ("is a list of four numbers", f"is a list of {WORDS[count]} numbers"),
        ("(`recall`) of all four?", f"(`recall`) of all {WORDS[count]}?"),
    )
    answers = (
        _right(order, box, side),
        _precision_of_all(2 + more, count, many),
        _recall_of_all(2 + more, count, many),
    )
    return Sheet(text, {"q1": answers})


def _right(order, box, side):
    on_a = [kind for kind in order if kind in ("hit", "double")]
    good = {on_a[0], "half", "more"}

    def marks(kinds):
        return tuple(int(kind in kinds) for kind in order)

    half, off = box["half"], box["off"]
    wrong = (
        (
            marks(good | {on_a[1]}),
            f"{box[on_a[1]]} is on flower A, which a surer one has taken: a true "
            "flower counts once.",
        ),
        (
            marks(good - {on_a[0]} | {on_a[1]}),
            f"{box[on_a[0]]} and {box[on_a[1]]} both overlap A, and the surer one "
            "chooses first.",
        ),
        (
            marks(good - {"half"}),
            f"{half} shares {side**2} with C and both cover {2 * side**2}. At least "
            "0.5 means that 0.5 is enough.",
        ),
        (
            marks(good | {"off"}),
            f"{off} shares {side**2 * 6 // 10} with B, and both cover "
            f"{side**2 * 14 // 10} together: less than a half.",
        ),
        ((1,) * len(order), "compute the IoU of each: not all of them are right."),
    )
    otherwise = f"{WORDS[len(order)].capitalize()} entries, 1 or 0, the surest first."
    return Answer("right", marks(good), wrong, otherwise, "answer")


def _precision_of_all(hits, count, flowers):
    wrong = (
        (
            (hits + 1) / count,
            f"that would be {WORDS[hits + 1]} right ones. May two take the same "
            "flower?",
        ),
        (hits / flowers, "you divide by the true flowers: that is recall."),
        ((hits - 1) / count, f"that would be {WORDS[hits - 1]} right."),
        (100 * hits / count, "as a share, not in per cent."),
    )
    otherwise = "Precision is the share of the detections that are right."
    return Answer("precision", hits / count, wrong, otherwise, digits=3)


def _recall_of_all(hits, count, flowers):
    wrong = (
        (hits / count, "you divide by the detections; recall divides by the flowers."),
        (1, "not every flower was found: which was not?"),
        ((hits - 1) / flowers, f"{WORDS[hits]} of the flowers have been found."),
        (
            (hits + 1) / flowers,
            f"there are {WORDS[flowers]} true flowers, and none counts twice.",
        ),
        (100 * hits / flowers, "as a share, not in per cent."),
    )
    otherwise = "Recall is the share of the true flowers that were found."
    return Answer("recall", hits / flowers, wrong, otherwise, digits=3)


def _kept(overlaps, threshold, classes=None, order=range(5), ghosts=False):
    """Which of five boxes non-max suppression keeps, the surest first.

    Parameters
    ----------
    overlaps : {(surer, less sure): IoU}.
    classes : of each box, if it is done class by class.
    ghosts : True for the mistake that a box which has gone strikes out others.
    """
    kept, seen = [], []
    for box in order:
        rivals = [
            one
            for one in (seen if ghosts else kept)
            if overlaps.get((min(one, box), max(one, box)), 0) > threshold
            and (classes is None or classes[one] == classes[box])
        ]
        seen.append(box)
        if not rivals:
            kept.append(box)
    return tuple(sorted(kept))


def _suppression(draw):
    """Question 2: three boxes in a chain, and two of different classes."""
    a, b, c = draw.choice(list(combinations(range(5), 3)))
    d, e = (box for box in range(5) if box not in (a, b, c))
    x, y, z = draw.choice(list(permutations((0.55, 0.65, 0.75, 0.85), 3)))
    threshold = draw.choice((0.4, 0.45, 0.5))
    higher = draw.choice(
        [t for t in (0.6, 0.7, 0.8) if min(x, y, z) < t < max(x, y, z)]
    )
    overlaps = {(a, b): x, (b, c): y, (d, e): z}
    classes = ["tulip" if box == d else "rose" for box in range(5)]
    rows = [_row(n, f"0.{9 - n}", one) for n, one in enumerate(classes)]
    text = (
        (
            "0 and 1 with an IoU of 0.7; 1 and 2 with 0.6; 3 and 4 with 0.55. All",
            f"{a} and {b} with an IoU of {x}; {b} and {c} with {y}; {d} and {e} with "
            f"{z}. All",
        ),
        (
            "| 0 | 0.9 | rose |\n| 1 | 0.8 | rose |\n| 2 | 0.7 | rose |\n"
            "| 3 | 0.6 | tulip |\n| 4 | 0.5 | rose |",
            "\n".join(rows),
        ),
        ("The threshold is 0.5. Which", f"The threshold is {threshold}. Which"),
        ("with a threshold of 0.65", f"with a threshold of {higher}"),
    )
    hints = (("Box 1 goes.", f"Box {b} goes."),)
    agnostic = _kept(overlaps, threshold)
    by_class = _kept(overlaps, threshold, classes)
    strict = _kept(overlaps, higher)
    gone = next(box for box in range(5) if box not in strict)
    by = next(
        pair for pair, iou in overlaps.items() if pair[1] == gone and iou > higher
    )
    everything, order = tuple(range(5)), "the right boxes, but the surest comes first."
    chain = f"box {c} only overlaps box {b}, and that has gone"
    answers = (
        Answer(
            "agnostic",
            agnostic,
            (
                (everything, f"box {b} overlaps box {a} by {x}."),
                (
                    _kept(overlaps, threshold, ghosts=True),
                    f"{chain}: who has gone strikes out nobody.",
                ),
                (
                    by_class,
                    f"that is class by class; here box {d} may strike out box {e}.",
                ),
                (
                    _kept(overlaps, threshold, order=range(4, -1, -1)),
                    "the surest stay, not the least sure.",
                ),
                ((b, e) if b < e else (e, b), "those go. Which stay?"),
                (agnostic[::-1], order),
            ),
            "The numbers of those that stay, the surest first.",
            "answer",
        ),
        Answer(
            "by_class",
            by_class,
            (
                (everything, f"boxes {a} and {b} are both roses."),
                (_kept(overlaps, threshold, classes, ghosts=True), f"{chain}."),
                (agnostic, f"boxes {d} and {e} are of different classes."),
                (by_class[::-1], order),
            ),
            "Only boxes of one class strike out each other.",
            "answer",
        ),
        Answer(
            "strict",
            strict,
            mistakes(
                strict,
                (
                    everything,
                    f"box {gone} overlaps box {by[0]} by {overlaps[by]}, and that is "
                    f"more than {higher}.",
                ),
                (
                    agnostic,
                    f"that is with {threshold}: with {higher}, an overlap may be "
                    "larger.",
                ),
                (
                    _kept(overlaps, higher, classes),
                    "that is class by class; here any box may strike out any other.",
                ),
                (by_class, f"that is class by class, and with {threshold}."),
                (
                    _kept(overlaps, higher, ghosts=True),
                    "who has gone strikes out nobody.",
                ),
                (strict[::-1], order),
            ),
            f"Which pairs overlap by more than {higher}?",
            "answer",
        ),
    )
    return Sheet(text, {"q2": answers}, hints)


def _precisions(marks):
    """The precision at each right one of "1011", say: [1, 2/3, 3/4]."""
    places = [place for place, mark in enumerate(marks) if mark == "1"]
    return [hits / (place + 1) for hits, place in enumerate(places, start=1)]


def _best(precisions):
    """At each recall, the best precision there or further on."""
    return [max(precisions[place:]) for place in range(len(precisions))]


def _average(precisions, flowers):
    """The mean over COCO's 101 levels, each hit good for 1 / flowers of recall."""
    reached = [100 * hits // flowers + 1 for hits in range(1, len(precisions) + 1)]
    levels = [high - low for low, high in zip([0, *reached], reached, strict=False)]
    return sum(n * one for n, one in zip(levels, precisions, strict=True)) / 101


def _precision(draw):
    """Question 4: other flowers, other marks and other scores."""
    flowers, marks, sure = draw.choice(EVALUATIONS)
    count, hits = len(marks), marks.count("1")
    scores = [
        *draw.choice(list(combinations((0.95, 0.9, 0.8, 0.7, 0.6), sure))),
        *draw.choice(list(combinations((0.45, 0.4, 0.3, 0.2), count - sure))),
    ]
    said = [{"0": "wrong", "1": "right"}[mark] for mark in marks]
    first = 100 // flowers + 1
    text = (
        (
            "There are 4 true flowers. Five detections,",
            f"There are {flowers} true flowers. {WORDS[count].capitalize()} "
            "detections,",
        ),
        (
            "0.9, 0.7, 0.6, 0.4, 0.3: right, wrong, right,\nright, wrong.",
            f"{', '.join(map(str, scores))}: {', '.join(said[:3])},\n"
            f"{', '.join(said[3:])}.",
        ),
    )
    hints = (
        (
            "Recall 0.25 is reached with precision 1: levels 0 to 0.25 are 26 levels.",
            f"Recall {1 / flowers:g} is reached with precision 1: levels 0 to "
            f"{1 / flowers:g} are {first} levels.",
        ),
    )
    found = _precisions(marks)
    best = _best(found)
    better = next(n for n, (a, b) in enumerate(zip(found, best, strict=True)) if a < b)
    lost = (
        f"at recall {(better + 1) / flowers:g} a better precision can still be had, "
        f"{best[better]:.3g}."
    )
    ap = Answer(
        "ap",
        _average(best, flowers),
        (
            (
                sum(marks[: n + 1].count("1") / (n + 1) for n in range(count)) / count,
                f"that is the mean of {WORDS[count]} precisions.",
            ),
            (sum(found) / hits, "levels of recall that are not reached count 0."),
            (sum(found) / flowers, lost),
            (
                sum(best) / flowers,
                f"that is with {WORDS[flowers]} levels; COCO takes 101.",
            ),
            (_average(found, flowers), lost),
            (hits / count, f"that is the precision of all {WORDS[count]}."),
        ),
        "For each of the 101 levels the best precision at that recall or a higher one, "
        "and 0 for levels that are not reached.",
        digits=3,
    )

    def until(last):
        return _average(_best(_precisions(marks[:last])), flowers)

    cut = Answer(
        "cut",
        until(sure),
        (
            (
                until(sure + 1),
                f"the {ORDINALS[sure]} detection has a score of {scores[sure]}: it is "
                "left out.",
            ),
            (
                until(sure - 1),
                f"the {ORDINALS[sure - 1]} detection has a score of "
                f"{scores[sure - 1]}: it stays.",
            ),
            (
                marks[:sure].count("1") / sure,
                f"that is the precision of the {WORDS[sure]} that are left.",
            ),
        ),
        f"{WORDS[sure].capitalize()} detections are left; the recall ends at "
        f"{marks[:sure].count('1') / flowers:g}.",
        digits=3,
    )
    all_right = _precisions(marks[:-1] + "1")
    last = all_right[-1]
    gain = Answer(
        "gain",
        _average(_best(all_right), flowers),
        (
            (
                _average([*best, last], flowers),
                f"{last:.3g} can be had at recall {(hits + 1) / flowers:g}, so it can "
                "be had at every lower recall.",
            ),
            (
                last,
                f"that is the precision of all {WORDS[count]}; the first levels have "
                "1.",
            ),
            (1, f"the {ORDINALS[marks.index('0')]} detection is still wrong."),
            (
                _average(_best(all_right), flowers) - ap.right,
                "that is the difference; all of it is asked for.",
            ),
        ),
        f"What is the precision at recall {(hits + 1) / flowers:g}, and for which "
        "levels is it best?",
        digits=3,
    )
    return Sheet(text, {"q4": (ap, cut, gain)}, hints)
