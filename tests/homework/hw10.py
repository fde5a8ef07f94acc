"""Answers to homework 10: scaling out."""

from tests.homework import Right, Wrong

POINTS = {"q1": 4, "q2": 4, "q3": 4, "q4": 4, "q5": 4, "q6": 3}

LOSS = """
def own_loss(errors, batch_size):
    return {}
"""

STEP = """
def accumulated_step(weights, batches, gradient, rate):
    total = sum(len(y) * gradient(weights, x, y) for x, y in batches)
    count = sum(len(y) for _, y in batches)
    return weights - rate * total / count
"""

CHECKPOINT = """
def go_on_from(found):
    shared = set.intersection(*(set(own.items()) for own in found))
    if not shared and any(found):
        raise ValueError("no checkpoint is shared by all workers")
    return max((step for step, _ in shared), default=0)
"""


def changed(source, *pairs):
    """The code with some mistakes in it: pairs (old, new), each old one occurring
    once.
    """
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


TOTAL = "    total = sum(len(y) * gradient(weights, x, y) for x, y in batches)\n"

WRONG = [
    # q1: bytes
    Wrong("q1", "each_sends = 15_000_000", "again to be spread"),
    Wrong("q1", "each_sends = 20_000_000", "the whole gradient once"),
    Wrong("q1", "each_sends = 7_500_000", "each has four bytes"),
    Wrong("q1", "each_sends = 40_000_000", "endlessly many workers"),
    Wrong("q1", "each_sends = '30000000'", "without quotes"),
    Wrong("q1", "all_send = each_sends", "what one of them sends"),
    Wrong("q1", "all_send = 240_000_000", "count it once"),
    Wrong("q1", "in_half = each_sends", "with float32"),
    Wrong("q1", "in_half = 240_000_000", "2 bytes"),
    Wrong("q1", "seconds = 0.96", "at the same time"),
    Wrong("q1", "seconds = 240", "milliseconds"),
    Wrong("q1", "seconds = 125 / 30", "upside down"),
    Wrong("q1", "seconds = 1.92", "not bits"),
    # q2: a loss
    Wrong("q2", "def own_loss(errors, batch_size):\n    ...", "gives back nothing"),
    Wrong("q2", LOSS.format("np.mean(errors)"), "twice the mean"),
    Wrong("q2", LOSS.format("np.sum(errors)"), "do not divide by anything"),
    Wrong("q2", LOSS.format("np.mean(errors) / 2"), "the mean of the two means"),
    Wrong(
        "q2", LOSS.format("np.mean(errors) / batch_size"), "The sum is to be divided"
    ),
    Wrong(
        "q2",
        LOSS.format("np.mean(errors) * len(errors) / batch_size"),
        "the mean of nothing",
    ),
    Wrong("q2", LOSS.format("errors / batch_size"), "one number"),
    Wrong("q2", LOSS.format("np.sum(errors) // batch_size"), "the mean of all"),
    # q3: accumulate
    Wrong(
        "q3",
        "def accumulated_step(weights, batches, gradient, rate):\n    ...",
        "gives back nothing",
    ),
    Wrong(
        "q3",
        """
def accumulated_step(weights, batches, gradient, rate):
    for x, y in batches:
        weights = weights - rate * gradient(weights, x, y)
    return weights
""",
        "a step after every batch",
    ),
    Wrong(
        "q3",
        changed(STEP, ("len(y) * gradient", "gradient"), (" / count", "")),
        "three times as long",
    ),
    Wrong(
        "q3",
        changed(STEP, ("len(y) * gradient", "gradient"), ("/ count", "/ len(batches)")),
        "the mean of the means",
    ),
    Wrong(
        "q3",
        changed(
            STEP,
            (
                TOTAL,
                "    total = len(batches[-1][1]) * gradient(weights, *batches[-1])\n",
            ),
            ("/ count", "/ len(batches[-1][1])"),
        ),
        "only the last batch",
    ),
    Wrong("q3", changed(STEP, ("weights - rate", "weights + rate")), "uphill"),
    Wrong("q3", changed(STEP, (" / count", "")), "not divided by the number"),
    Wrong("q3", changed(STEP, ("rate * total", "total")), "learning rate is missing"),
    Wrong(
        "q3",
        changed(
            STEP, ("return weights - rate * total / count", "return total / count")
        ),
        "a step is asked for",
    ),
    Wrong(
        "q3",
        changed(
            STEP,
            (
                "    return weights - rate * total / count",
                "    weights -= rate * total / count\n    return weights",
            ),
        ),
        "changes the weights",
    ),
    # q4: a curve
    Wrong("q4", "speed_up = 8", "would be perfect"),
    Wrong("q4", "speed_up = 1400", "per second more"),
    Wrong("q4", "speed_up = 225", "per second and GPU"),
    Wrong("q4", "efficiency = 56.25", "from 0 to 1"),
    Wrong("q4", "efficiency = 0.4375", "that is lost"),
    Wrong("q4", "serial = 8 / 9", "can be split"),
    Wrong("q4", "serial = 0.5556", "some of it is (1 − s) / 2"),
    Wrong("q4", "serial = 0.5", "Gustafson"),
    Wrong("q4", "ceiling = 9", "how many images per second"),
    Wrong("q4", "ceiling = 450", "not 1 / (1 − s)"),
    Wrong("q4", "ceiling = 4800", "less than the one before"),
    # q5: checkpoints
    Wrong("q5", "def go_on_from(found):\n    ...", "gives back nothing"),
    Wrong(
        "q5",
        "def go_on_from(found):\n    return max(found[0], default=0)",
        "worker 1 has no checkpoint of step 8",
    ),
    Wrong(
        "q5",
        changed(CHECKPOINT, ("return max(", "return min(")),
        "the *latest* is asked for",
    ),
    Wrong(
        "q5",
        """
def go_on_from(found):
    shared = set.intersection(*map(set, found))
    if not shared and any(found):
        raise ValueError("no checkpoint is shared by all workers")
    return max(shared, default=0)
""",
        "with different fingerprints",
    ),
    Wrong(
        "q5",
        changed(CHECKPOINT, (" and any(found)", "")),
        "the training begins anew, 0",
    ),
    Wrong(
        "q5",
        changed(CHECKPOINT, ("if not shared and any(found)", "if False")),
        "without a word",
    ),
    Wrong(
        "q5",
        changed(CHECKPOINT, ('"no checkpoint is shared by all workers"', "")),
        "in words",
    ),
    Wrong(
        "q5",
        changed(CHECKPOINT, ("raise ValueError(", "raise KeyError(")),
        "it raises KeyError",
    ),
    Wrong(
        "q5",
        changed(
            CHECKPOINT,
            ("(step for step, _ in shared)", "(str(step) for step, _ in shared)"),
        ),
        "should give back a step",
    ),
    # q6: in words
    Wrong("q6", "review = ' '", "is empty"),
    Wrong("q6", "review = 'Divide by all 256 images.'", "words; 50"),
    Wrong("q6", "review = 64", "should be text"),
    Wrong("q6", "import re\nreview = re.sub(r'[0-9]', '', review)", "names no result"),
    Wrong(
        "q6",
        "review = review.replace('chief', 'boss').replace('one file', 'it')",
        "who writes the checkpoint",
    ),
]

RIGHT = [
    Right(
        "q1",
        "each_sends, all_send, in_half, seconds = np.int64(30_000_000), 1.2e8, [15e6], 0.24",
    ),
    Right("q2", LOSS.format("sum(errors) / batch_size")),
    Right(
        "q2", LOSS.format("np.sum(np.asarray(errors) / batch_size, dtype='float64')")
    ),
    Right("q3", STEP),
    Right(
        "q3",
        """
def accumulated_step(weights, batches, gradient, rate):
    x = np.concatenate([one for one, _ in batches])
    y = np.concatenate([one for _, one in batches])
    return weights - rate * gradient(weights, x, y)
""",
    ),
    Right(
        "q4",
        "speed_up, efficiency, serial, ceiling = np.float64(4.5), 0.562, 0.111, 3600.0",
    ),
    Right("q5", CHECKPOINT),
    Right(
        "q5",
        """
def go_on_from(found):
    steps = sorted({step for own in found for step in own}, reverse=True)
    if not steps:
        return np.int64(0)
    for step in steps:
        if len({own.get(step, (number,)) for number, own in enumerate(found)}) == 1 and all(step in own for own in found):
            return step
    raise ValueError(f"nothing that all share among steps {steps}")
""",
    ),
    Right("q6", "review = review.upper()"),
]
