"""Answers to homework 08: object detection."""

from tests.homework import Right, Wrong

POINTS = {"q1": 4, "q2": 4, "q3": 5, "q4": 4, "q5": 4, "q6": 3}

SUPPRESS = """
def suppress(boxes, scores, labels, threshold):
    order, kept = list(np.argsort(-np.asarray(scores), kind="stable")), []
    while order:
        best = order.pop(0)
        kept.append(int(best))
        order = [k for k in order if labels[k] != labels[best]
                 or iou(boxes[k], boxes[best]) <= threshold]
    return kept
"""


def changed(source, old, new):
    assert source.count(old) == 1, old
    return source.replace(old, new)


WRONG = [
    Wrong("q1", "right = [1, 1, 1, 0]", "a true flower counts once"),
    Wrong("q1", "right = [0, 1, 1, 0]", "the surer one chooses first"),
    Wrong("q1", "right = [1, 0, 0, 0]", "0.5 is enough"),
    Wrong("q1", "right = [1, 0, 1, 1]", "less than a half"),
    Wrong("q1", "precision = 0.75", "take the same flower"),
    Wrong("q1", "precision = 2 / 3", "that is recall"),
    Wrong("q1", "recall = 0.5", "recall divides by the true flowers"),
    Wrong("q1", "recall = 1", "found by nobody"),
    Wrong("q2", "agnostic = [0, 3]", "strikes out nobody"),
    Wrong("q2", "agnostic = [0, 2, 3, 4]", "class by class"),
    Wrong("q2", "by_class = [0, 2, 3]", "different classes"),
    Wrong("q2", "strict = [0, 2, 3]", "0.55 is allowed"),
    Wrong("q2", "strict = [0, 1, 2, 3, 4]", "0.7 is more"),
    Wrong(
        "q3",
        changed(SUPPRESS, "labels[k] != labels[best]\n                 or ", ""),
        "another class",
    ),
    Wrong("q3", changed(SUPPRESS, "-np.asarray", "np.asarray"), "sort downwards"),
    Wrong(
        "q3",
        changed(
            SUPPRESS,
            'list(np.argsort(-np.asarray(scores), kind="stable"))',
            "list(range(len(boxes)))",
        ),
        "sort by score",
    ),
    Wrong("q3", changed(SUPPRESS, "<= threshold", "< threshold"), "just the threshold"),
    Wrong("q3", changed(SUPPRESS, "<= threshold", "<= 1"), "nothing is struck out"),
    Wrong(
        "q3",
        changed(SUPPRESS, "return kept", "return sorted(kept)[::-1]"),
        "come first",
    ),
    Wrong(
        "q3",
        """
def suppress(boxes, scores, labels, threshold):
    order = np.argsort(-np.asarray(scores), kind="stable")
    return [int(k) for place, k in enumerate(order) if all(
        labels[k] != labels[o] or iou(boxes[k], boxes[o]) <= threshold
        for o in order[:place])]
""",
        "must not strike out another",
    ),
    Wrong("q4", "ap = (1 + 2 / 3 + 0.75) / 3", "not reached count 0"),
    Wrong("q4", "ap = (1 + 2 / 3 + 0.75) / 4", "a better precision"),
    Wrong("q4", "ap = (1 + 0.75 + 0.75) / 4", "COCO takes 101"),
    Wrong("q4", "cut = (26 + 50 * 0.75) / 101", "is left out"),
    Wrong("q4", "cut = 26 / 101", "it stays"),
    Wrong("q4", "gain = (26 + 50 * 0.75 + 25 * 0.8) / 101", "at every lower recall"),
    Wrong("q4", "gain = 0.8", "the first levels have 1"),
    Wrong("q5", "mistakes = 'bdh'", "line d is right"),
    Wrong("q5", "mistakes = 'bc'", "three are asked for"),
    Wrong("q5", "mistakes = 3", "should be text"),
    Wrong("q5", "mistakes = 'abc'", "line a is right"),
    Wrong("q5", "mistakes = 'bce'", "line e is right"),
    Wrong("q5", "mistakes = 'cfh'", "line f is right"),
    Wrong("q5", "mistakes = 'bcg'", "line g is right"),
    Wrong("q6", "review = ' '", "is empty"),
    Wrong("q6", "review = 'Train with three seeds.'", "words; 50"),
    Wrong("q6", "review = ['three', 'seeds']", "should be text"),
    Wrong(
        "q6",
        "import re\nreview = re.sub('seeds?|once|chance|interval|training run', 'x', review)",
        "nothing about training once",
    ),
    Wrong(
        "q6",
        "import re\nreview = re.sub('0.41|0.47|50:95|fit', '1', review)",
        "AP50:95, which has fallen",
    ),
    Wrong(
        "q6",
        "import re\nreview = re.sub('small|suppression|size', 'x', review)",
        "nothing about small flowers",
    ),
]

RIGHT = [
    Right("q1", "right = np.array([1, 0, 1, 0])"),
    Right("q1", "recall = 0.667"),
    Right("q2", "agnostic, by_class = (0, 2, 3), np.array([0, 2, 3, 4])"),
    Right("q3", SUPPRESS),
    Right(
        "q3",
        """
def suppress(boxes, scores, labels, threshold):
    left, kept = set(range(len(boxes))), []
    while left:
        best = min(left, key=lambda k: (-scores[k], k))
        left -= {k for k in left if k == best or (
            labels[k] == labels[best] and iou(boxes[k], boxes[best]) > threshold)}
        kept.append(best)
    return np.array(kept, int)
""",
    ),
    Right("q4", "ap, cut, gain = 0.629, 0.422, 0.851"),
    Right("q5", "mistakes = 'HCB'"),
    Right("q6", "review = review.upper()"),
]
