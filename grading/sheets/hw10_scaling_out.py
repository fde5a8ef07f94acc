"""Homework 10 with other numbers."""

from grading.sheets.sheet import WORDS, Answer, Sheet, mistakes

PARTS = {4: "a quarter", 5: "a fifth", 8: "an eighth", 10: "a tenth"}
NOT_MILLIONS = "in bytes, not in millions of them."
GPUS = (1, 2, 4, 8, 16)


def sheet(draw):
    """Questions 1 and 4: another network on another ring, and another curve."""
    first, second = _bytes(draw), _curve(draw)
    return Sheet(
        first.text + second.text,
        first.answers | second.answers,
        first.hints + second.hints,
    )


def _bytes(draw):
    workers = draw.choice((4, 5, 8, 10))
    millions = draw.choice((10, 15, 20, 25, 30, 40, 50, 60))
    rate = draw.choice((125, 250, 500, 1250))
    count, rest = WORDS[workers], WORDS[workers - 1]
    text = (
        (
            "A network has 5 million parameters. Four workers train it",
            f"A network has {millions} million parameters. {count.capitalize()} "
            "workers train it",
        ),
        ("and all four together?", f"and all {count} together?"),
        ("that carries 125 million bytes", f"that carries {rate:,} million bytes"),
    )
    hints = (
        (
            "Three steps to sum, three to spread; one piece in each, a quarter of 5 "
            "million numbers.",
            f"{rest.capitalize()} steps to sum, {rest} to spread; one piece in each, "
            f"{PARTS[workers]} of {millions} million numbers.",
        ),
    )
    whole = 4_000_000 * millions  # bytes of a gradient
    each = 2 * (workers - 1) * whole // workers
    twice = f"as with endlessly many workers; {count} send a little less."
    answers = (
        Answer(
            "each_sends",
            each,
            (
                (each // 4, "those are numbers; each has four bytes."),
                (whole, "that is the whole gradient once; a ring sends pieces."),
                (2 * whole, f"that is the gradient twice, {twice}"),
                (
                    (workers - 1) * whole,
                    f"that is the gradient to each of the {rest} others.",
                ),
                (
                    workers * whole,
                    f"that is what a centre for all {count} would receive.",
                ),
                (each // 2, "that is to sum; the sums have to be spread as well."),
                (each // 10**6, NOT_MILLIONS),
            ),
            "N − 1 pieces to be summed, and then again to be spread; each is the Nth "
            "part of the gradient, in bytes.",
        ),
        Answer(
            "all_send",
            workers * each,
            (
                (each, f"that is what one of them sends; all {count} do."),
                (
                    (workers - 1) * each,
                    f"that is what {rest} of them send; all {count} do.",
                ),
                (2 * workers * each, "what one sends another receives: count it once."),
                (
                    2 * workers * whole,
                    f"{count} times the gradient twice; a ring of {count} sends less.",
                ),
                (workers * each // 10**6, NOT_MILLIONS),
            ),
            f"Each of the {count} sends the same.",
        ),
        Answer(
            "in_half",
            each // 2,
            (
                (
                    each,
                    "that is what each sends with float32; here every number has half.",
                ),
                (2 * each, "smaller numbers, fewer bytes: the other way."),
                (each // 4, "float16 has 16 *bits*: how many bytes?"),
                (
                    whole // 2,
                    "that is the gradient once, in float16; a ring sends pieces of it.",
                ),
                (8 * each, "float16 has 16 *bits*; that is 2 bytes."),
            ),
            "Only the bytes of a number have changed.",
        ),
        _seconds(workers, whole, each, rate * 10**6, twice),
    )
    return Sheet(text, {"q1": answers}, hints)


def _seconds(workers, whole, each, rate, twice):
    right = each / rate
    wrong = (
        (
            workers * right,
            f"that is for the bytes of all {WORDS[workers]}; they send at the same "
            "time, each over its own line.",
        ),
        (whole / rate, "that is the whole gradient once."),
        (2 * whole / rate, f"that is the gradient twice, {twice}"),
        (right / 2, "that is with float16, or one way only."),
        (1000 * right, "that is in milliseconds."),
        (1 / right, "upside down: bytes divided by bytes per second."),
        (8 * right, f"{rate // 10**6:,} million *bytes* per second, not bits."),
    )
    otherwise = (
        "The bytes that one worker sends, at its own "
        f"{rate // 10**6:,} million per second."
    )
    return Answer("seconds", right, wrong, otherwise, digits=3)


def _curve(draw):
    """Question 4: a serial share of 1 / parts, and whole numbers of images."""
    parts, one = draw.choice((3, 5, 9, 17)), draw.choice(range(180, 811, 90))
    rates = [one * parts * n // (n + parts - 1) for n in GPUS]
    shown = [f"{rate:,}" for rate in rates]
    text = (
        (
            "| images per second | 400 | 720 | 1,200 | 1,800 | 2,400 |",
            f"| images per second | {' | '.join(shown)} |",
        ),
    )
    hints = (("the time is 400 / 720 of", f"the time is {rates[0]} / {rates[1]} of"),)
    return Sheet(text, {"q4": _reading(parts, rates)}, hints)


def _reading(parts, rates):
    one, two, four, eight, sixteen = rates
    faster, serial = eight / one, 1 / parts
    used = faster / 8
    per_gpu = eight / 8
    otherwise = "1 / s times the rate of one GPU, not 1 / (1 − s)."
    return (
        Answer(
            "speed_up",
            faster,
            (
                (8, "that would be perfect; look at the images per second."),
                (eight - one, "that is how many images per second more."),
                (eight, "that is the rate; how many times that of one GPU?"),
                (per_gpu, "that is images per second and GPU."),
                (eight / four, "that is against four GPUs; against one is asked for."),
                (eight / two, "that is against two GPUs; against one is asked for."),
                (1 / faster, "upside down."),
            ),
            "Images per second with eight, divided by those with one.",
            digits=3,
        ),
        Answer(
            "efficiency",
            used,
            (
                (100 * used, "as a share from 0 to 1."),
                (faster, "that is the speed-up; now per GPU."),
                (1 - used, "that is the share that is lost."),
                (per_gpu, f"that is images per second and GPU; compare it with {one}."),
                (1 / used, "upside down."),
            ),
            "The speed-up that there is, by the one that there could be.",
            digits=3,
        ),
        Answer(
            "serial",
            serial,
            (
                (100 * serial, "as a number from 0 to 1."),
                (1 - serial, "that is the share that can be split."),
                (
                    one / two,
                    "that is the time with two GPUs; some of it is (1 − s) / 2.",
                ),
                (1 - used, "that is the share of eight GPUs that is lost."),
                (1 - two / one / 2, "that is the share of two GPUs that is lost."),
                (
                    one / sixteen,
                    "that is the time with sixteen GPUs; some of it is (1 − s) / 16.",
                ),
                (
                    one / eight,
                    "that is the time with eight GPUs; some of it is (1 − s) / 8.",
                ),
                (
                    (8 - faster) / 7,
                    "that is Gustafson's law with eight; here the work stays the same.",
                ),
            ),
            "Solve 1 / speed-up = s + (1 − s) / GPUs for s.",
            digits=3,
        ),
        Answer(
            "ceiling",
            one * parts,
            mistakes(
                one * parts,
                (
                    parts,
                    "that is the largest speed-up; how many images per second is that?",
                ),
                (
                    sixteen,
                    "that is reached with sixteen; more GPUs bring a little more.",
                ),
                (2 * sixteen, "each doubling brings less than the one before."),
                (16 * one, "that would be perfect, with sixteen."),
                (one / (1 - serial), otherwise),
            ),
            "With endlessly many GPUs only the serial share of the time is left.",
            digits=3,
        ),
    )
