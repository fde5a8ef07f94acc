"""Lesson 08: a detector's candidates on a scene, and two thresholds for them."""

import functools
import json
import warnings

import numpy as np

from course_utils.data_files import data_file
from course_utils.drawing.flowers import CLASS_NAMES
from course_utils.plots.figure import BLACK, BLUE, GREEN, GREY, ORANGE, PALE
from course_utils.widgets.board import Board, text_width
from course_utils.widgets.controls import Choice, Pick, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.touch import Place

SCENES = (("crowded", 0), ("two alike", 1), ("dry ground", 2))
MOST = 60  # candidates of a scene
NEVER = 100  # an overlap that no box exceeds: nothing is struck out
CONTROLS = {
    "scene": Choice("Scene", SCENES, 0),
    "score": Slider("Score at least (%)", 0, 100, 20),
    "overlap": Slider("Overlap at most (%)", 0, 100, 50),
    "candidate": Pick("Candidate", 0, MOST, 0, zero="none"),
}


@functools.cache
def scene(number):
    """(photo, true, candidates) of a scene: the photo drawn anew, what stands on it,
    and what a detector said of it, the surest first.
    """
    from course_utils.datasets import draw_scenes

    file = data_file("measured/detected.json")
    stored = json.loads(file.read_text())["scenes"][number]
    element = draw_scenes(1, first=stored["number"])[0]
    true = {name: element[name] for name in ("boxes", "labels")}
    found = {name: np.array(values) for name, values in stored["candidates"].items()}
    photo = element["image"]
    tall, wide = (side // 2 * 2 for side in photo.shape[:2])
    halved = photo[:tall, :wide].reshape(tall // 2, 2, wide // 2, 2, 3).mean((1, 3))
    return halved.astype("uint8"), true, found  # half as large: a small file


def _once(function):
    """A function of a state that computes once for a scene and its two thresholds: a
    picture asks it several times, and pointing at a candidate changes none of them.
    """

    @functools.lru_cache(maxsize=256)
    def known(*values):
        return function(dict(zip(names, values, strict=True)))

    @functools.wraps(function)
    def found(state):
        return known(*(state[name] for name in names))

    names = ("scene", "score", "overlap")
    return found


@_once
def answer(state):
    """The candidates that stay, those that non-max suppression strikes out, and those
    that are too unsure: three lists of their numbers.
    """
    from course_utils.detection import non_max_suppression

    _, _, found = scene(state["scene"])
    sure = np.flatnonzero(found["scores"] >= state["score"] / 100)
    kept = sure[
        non_max_suppression(
            found["boxes"][sure],
            found["scores"][sure],
            state["overlap"] / 100,
            found["labels"][sure],
        )
    ]
    struck = sorted(set(sure.tolist()) - set(kept.tolist()))
    unsure = np.flatnonzero(found["scores"] < state["score"] / 100)
    return kept.tolist(), struck, unsure.tolist()


@_once
def right_ones(state):
    """Which of the boxes that stay are right, a list of bool, and which true flowers
    they have found, an array of bool: the surest chooses first, from an IoU of 0.5 on.
    """
    from course_utils.boxes import iou

    _, true, found = scene(state["scene"])
    taken, right = np.zeros(len(true["boxes"]), bool), []
    for number in answer(state)[0]:
        overlap = iou(found["boxes"][number], true["boxes"])
        fits = (overlap >= 0.5) & ~taken & (true["labels"] == found["labels"][number])
        right.append(bool(fits.any()))
        if fits.any():
            taken[np.where(fits, overlap, -1).argmax()] = True
    return right, taken


@_once
def measure(state):
    """Precision (None without boxes), recall and AP50 of what stays."""
    from course_utils.detection import evaluate

    _, true, found = scene(state["scene"])
    kept = answer(state)[0]
    right, taken = right_ones(state)
    precision = sum(right) / len(right) if right else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "would be better if": not asked here
        shown = {name: values[kept] for name, values in found.items()}
        ap = float(evaluate([true], [shown])["AP50"])
    return precision, float(taken.mean()), ap


@_once
def strikers(state):
    """For each candidate that is struck out the one that strikes it: of those that stay
    and are of its class the surest that overlaps it too much.  A dict of their numbers.
    """
    from course_utils.boxes import iou

    _, _, found = scene(state["scene"])
    kept, struck, _ = answer(state)
    if not struck:
        return {}
    overlaps = iou(found["boxes"][struck], found["boxes"][kept])
    alike = found["labels"][struck][:, None] == found["labels"][kept]
    too_much = alike & (overlaps > state["overlap"] / 100)
    return {
        number: kept[int(row.argmax())]
        for number, row in zip(struck, too_much, strict=True)
    }


def about_candidate(state):
    """What is to be said of the chosen candidate: a list of sentences, none where none
    is chosen.
    """
    from course_utils.boxes import iou

    number = state["candidate"] - 1
    if number < 0:
        return []
    _, true, found = scene(state["scene"])
    kept, struck, _ = answer(state)
    name, score = CLASS_NAMES[found["labels"][number]], found["scores"][number]
    said = [f"Candidate {number + 1}: {name}, score {score:.2f}."]
    by = strikers(state)
    if number in kept:
        right, _ = right_ones(state)
        verdict = "right" if right[kept.index(number)] else "wrong"
        victims = list(by.values()).count(number)
        said.append(f"It stays, is {verdict}, and strikes {victims} out.")
    elif number in struck:
        surer = by[number]
        shared = iou(found["boxes"][number], found["boxes"][surer])
        said.append(f"Struck out by {surer + 1}: they have IoU {shared:.2f}.")
    else:
        said.append("Too unsure for this threshold.")
    overlap = iou(found["boxes"][number], true["boxes"])
    best = int(overlap.argmax())
    flower = CLASS_NAMES[true["labels"][best]]
    said.append(f"Its best true box: {flower}, IoU {overlap[best]:.2f}.")
    return said


# The pointer --------------------------------------------------------------------------

# of the photo in the picture, and of the line of scores, in CSS pixels
LEFT, TOP, WIDEST, HIGHEST = 8, 8, 430, 330
LINE_LEFT, LINE_TOP, LINE_WIDE, LINE_HIGH = 8, 372, 704, 44


def _photo_size(state):
    """How wide and high the photo stands in the picture."""
    height, width = scene(state["scene"])[0].shape[:2]
    scale = min(WIDEST / width, HIGHEST / height)
    return width * scale, height * scale


def places(state):
    """The photo with its boxes, and the line of scores."""
    return [
        Place("photo", LEFT, TOP, *_photo_size(state), hover=True),
        Place("scores", LINE_LEFT, LINE_TOP, LINE_WIDE, LINE_HIGH, "ew-resize"),
    ]


def touched(state, touch):
    """On the photo the smallest box under the pointer is chosen, or none; on the line
    the least score moves.
    """
    down, across = touch.place.share(touch.at)
    if touch.place.name == "scores":
        return {"score": round(100 * min(max(across, 0.0), 1.0))}
    boxes = scene(state["scene"])[2]["boxes"]
    kept = answer(state)[0]
    size = lambda number: np.prod(boxes[number][2:] - boxes[number][:2])
    under = [
        number
        for number in kept
        if (boxes[number][:2] <= (down, across)).all()
        and (boxes[number][2:] >= (down, across)).all()
    ]
    return {"candidate": min(under, key=size) + 1 if under else 0}


def limits(state):
    """As many candidates as the scene has."""
    return {"candidate": (0, len(scene(state["scene"])[2]["scores"]))}


def settle(state, before):
    """Another scene has other candidates: none of them is chosen."""
    if state["scene"] != before["scene"] and state["candidate"] == before["candidate"]:
        return {**state, "candidate": 0}
    most = limits(state)["candidate"][1]
    return {**state, "candidate": min(state["candidate"], most)}


def step(state):
    """The least score rises, two per cent a picture."""
    return {"score": min(state["score"] + 2, 100)} if state["score"] < 100 else None


# The picture --------------------------------------------------------------------------


def draw(state):
    """The scene with the boxes that stay; at its right the numbers; below, every
    candidate by its score.
    """
    photo, true, found = scene(state["scene"])
    kept, struck, _ = answer(state)
    right, taken = right_ones(state)
    board = Board(452)
    wide, high = _photo_size(state)
    board.image(photo, LEFT, TOP, wide, high)
    box = lambda corners: (
        LEFT + corners[1] * wide,
        TOP + corners[0] * high,
        (corners[3] - corners[1]) * wide,
        (corners[2] - corners[0]) * high,
    )
    for corners, is_found in zip(true["boxes"], taken, strict=True):
        if not is_found:
            board.rectangle(*box(corners), fill=BLUE + "40", outline=BLUE, line=2)
    for number, good in reversed(list(zip(kept, right, strict=True))):
        colour = GREEN if good else ORANGE
        board.outline(*box(found["boxes"][number]), colour, line=2.5)
    for corners, label, is_found in zip(
        true["boxes"], true["labels"], taken, strict=True
    ):
        if not is_found:
            _draw_name(board, *box(corners), CLASS_NAMES[label], BLUE, below=True)
    for number, good in reversed(list(zip(kept, right, strict=True))):
        label, colour = found["labels"][number], GREEN if good else ORANGE
        _draw_name(board, *box(found["boxes"][number]), CLASS_NAMES[label], colour)
    _draw_chosen(board, state, box)
    _draw_numbers(board, 456, state, right, taken)
    _draw_scores(board, LINE_TOP, state, kept, struck, right)
    return board


def _draw_chosen(board, state, box):
    """The chosen candidate, a heavy line, and what it strikes out, thin ones; at the
    right what is to be said of it.
    """
    number = state["candidate"] - 1
    if number < 0:
        return
    found = scene(state["scene"])[2]
    for struck, surer in strikers(state).items():
        if surer == number:
            board.outline(*box(found["boxes"][struck]), GREY, line=1)
    board.outline(*box(found["boxes"][number]), BLACK, line=4)
    for index, words in enumerate(about_candidate(state)):
        board.text(456, 309 + 16 * index, words, size=11.5, bold=index == 0)


def _draw_name(board, x, y, width, height, name, colour, below=False):
    """A class's name, on white in its box's colour: at the top of the box, or in its
    lower right corner.
    """
    wide, high = text_width(name, size=12, bold=True) + 8, 16
    if below:
        x, y = x + width - wide, y + height - high
    board.rectangle(x, y, wide, high, fill="#ffffffd8", outline=colour, line=1)
    board.text(x + 4, y + 12, name, size=12, bold=True)


def _draw_numbers(board, left, state, right, taken):
    precision, recall, ap = measure(state)
    for y, name, value, words in (
        (34, "precision", precision, f"{sum(right)} of {len(right)} boxes right"),
        (104, "recall", recall, f"{int(taken.sum())} of {len(taken)} flowers found"),
        (174, "AP50", ap, "mean over the classes"),
    ):
        written = "–" if value is None else f"{value:.2f}"
        board.text(left, y, written, size=32, bold=True)
        board.text(left + 92, y, name, size=17, colour=GREY)
        board.rectangle(left, y + 9, 250, 8, fill=PALE)
        board.rectangle(left, y + 9, 250 * (value or 0), 8, fill=BLACK)
        board.text(left, y + 32, words, size=12, colour=GREY)
    for y, colour, words in (
        (240, GREEN, "a box that is right"),
        (262, ORANGE, "a box that is wrong"),
        (284, BLUE, "a flower that is not found"),
    ):
        board.rectangle(left + 1, y - 11, 14, 12, outline=colour, line=2.5)
        board.text(left + 26, y, words, size=13)


def _draw_scores(board, top, state, kept, struck, right):
    """A line of all candidates by score: what stays above it, what goes below."""
    _, _, found = scene(state["scene"])
    place = lambda share: LINE_LEFT + LINE_WIDE * share
    board.text(8, top - 10, "Candidates by score", size=12, bold=True)
    base = top + 28
    board.line([(8, base), (712, base)], GREY, 1)
    for mark in range(0, 101, 20):
        x = place(mark / 100)
        board.line([(x, base), (x, base + 4)], GREY, 1)
        side = "ls" if mark == 0 else "rs" if mark == 100 else "ms"
        board.text(x, base + 18, f"{mark} %", size=10.5, colour=GREY, anchor=side)
    verdicts = [GREEN if good else ORANGE for good in right]
    colours = dict(zip(kept, verdicts, strict=True))
    for number in reversed(range(len(found["scores"]))):
        x = place(float(found["scores"][number]))
        colour = colours.get(number, "#9ca3af" if number in struck else PALE)
        tall = 24 if number in colours else 12
        board.line([(x, base - 2), (x, base - 2 - tall)], colour, 3)
        if number == state["candidate"] - 1:
            board.circle(x, base - 30, 4, fill=BLACK)
    x = place(state["score"] / 100)
    board.line([(x, base - 34), (x, base + 6)], BLACK, 1.5)
    board.text(
        8,
        base + 42,
        f"{len(kept)} stay; {len(struck)} struck out by a surer one of their class, "
        f"IoU over {state['overlap']} %; "
        f"{len(found['scores']) - len(kept) - len(struck)} too unsure",
        size=13,
    )


def render(state):
    """A state as PNG bytes."""
    return draw(state).png()


def describe(state):
    """A state in words."""
    kept, struck, unsure = answer(state)
    right, taken = right_ones(state)
    precision, recall, ap = measure(state)
    said = "no box" if precision is None else f"precision {precision:.2f}"
    name = {number: words for words, number in SCENES}[state["scene"]]
    rule = (
        "nothing is struck out"
        if state["overlap"] == NEVER
        else f"an IoU of more than {state['overlap'] / 100:.2f} with a surer box of "
        "its class strikes a box out"
    )
    return (
        f"A scene, {name}, with {len(taken)} flowers, and the boxes of a detector that "
        f"has {len(kept) + len(struck) + len(unsure)} candidates. A score of at least "
        f"{state['score'] / 100:.2f} is asked for, and {rule}. {len(kept)} boxes stay, "
        f"{len(struck)} are struck out, {len(unsure)} are too unsure. "
        f"{sum(right)} are right and {int(taken.sum())} flowers found: {said}, recall "
        f"{recall:.2f}, AP50 {ap:.2f}."
        + "".join(f" {words}" for words in about_candidate(state))
    )


class DetectionExplorer(Explorer):
    """A detector's candidates on a scene, a threshold for the score and one for non-max
    suppression: boxes, precision, recall and average precision follow.

    State: scene (0 to 2), score and overlap (in per cent), candidate (its number, the
    surest is 1; 0 for none).
    """

    title = "Detection explorer"
    controls = CONTROLS
    browser_steps = (
        ("Score at least (%)", "ArrowRight", {"score": 21}),
        ("Overlap at most (%)", "ArrowLeft", {"overlap": 49}),
        ("Candidate", "ArrowRight", {"candidate": 1}),
        ("Scene", "ArrowDown", {"scene": 1, "candidate": 0}),
    )
    browser_flood = ("Score at least (%)", "ArrowLeft", {"score": 0})
    browser_touches = (
        ("scores", ((0.2, 0.4), (0.35, 0.4), (0.3, 0.4)), {"score": 30}),
        ("photo", ((0.54, 0.13),), {"candidate": 1}),
        ("photo", ((0.8, 0.9),), {"candidate": 0}),
    )
    settle, step = staticmethod(settle), staticmethod(step)
    limits, places = staticmethod(limits), staticmethod(places)
    touched = staticmethod(touched)
    draw = staticmethod(draw)
    describe_state = staticmethod(describe)
