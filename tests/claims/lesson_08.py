"""The numbers of lesson 08 that do not come from training."""

import numpy as np

from claims import claims_of
from course_utils.detection import AnchorHead, average_precision, focal_loss, prior_bias
from course_utils.measured import measured
from course_utils.uncertainty import paired_difference

claim = claims_of("08_object_detection")


def five_detections():
    places = np.array([[0, k / 4, 0.2, k / 4 + 0.2] for k in range(4)])
    wrong = [0.7, 0.7, 0.9, 0.9]
    answer = np.array([places[0], places[1], wrong, places[2], wrong])
    scores = [0.9, 0.8, 0.7, 0.6, 0.5]
    return average_precision([{"boxes": places}], [{"boxes": answer, "scores": scores}])


def anchors_and_numbers():
    head = AnchorHead(5, [(0.1 * k, 0.1) for k in range(1, 7)])
    head.build((None, 16, 16, 8))
    _, places, numbers = head.compute_output_shape((None, 16, 16, 8))
    return [places, places * numbers]


def weights_at_the_prior():
    """What focal loss multiplies an empty cell and a flower with."""
    logits = np.full(2, prior_bias(0.01), "float32")
    true = np.array([0.0, 1.0], "float32")
    focal, plain = (np.asarray(focal_loss(true, logits, None, g)) for g in (2.0, 0.0))
    return np.sqrt(focal / plain)


def runs(head, measure):
    return [
        run["test"][measure] for run in measured("detectors")["heads"][head]["runs"]
    ]


def mean_of(head, *measures):
    return [np.mean(runs(head, measure)) for measure in measures]


def ahead(first, second, measure):
    difference = paired_difference(runs(first, measure), runs(second, measure))
    assert difference.low > 0, f"{first} is not surely ahead of {second}"
    return difference.estimate


def passes():
    heads = measured("detectors")["heads"].values()
    epochs = [run["epochs"] for arm in heads for run in arm["runs"]]
    return [min(epochs), max(epochs)]


def fcos_is_ahead():
    for measure in ("AP50", "AP"):
        ahead("fcos", "grid", measure), ahead("fcos", "anchors", measure)
    return mean_of("fcos", "AP50", "AP")


def own_photos():
    found = measured("own_photos")
    run = found["runs"]["256"]
    assert run["steps"] == 400 and run["backbone"] == "mobilenet_v2"
    return [found["photos"]["train"], run["cpu_seconds"] / 60, run["test"]["AP50"]]


def starts(first, second, *measures):
    """How far one start is ahead of another, where the interval does not hold 0."""
    arms, found = measured("focal")["arms"], []
    for measure in measures:
        pair = [
            [run["test"][measure] for run in arms[arm]["runs"]]
            for arm in (first, second)
        ]
        difference = paired_difference(*pair)
        assert difference.low > 0, f"{first} is not surely ahead by {measure}"
        found.append(difference.estimate)
    return found


def focal_is_ahead_by_ap_only():
    arms = "begins with 0.01, focal", "begins with 0.01, plain"
    try:
        starts(*arms, "AP50")
    except AssertionError:
        return starts(*arms, "AP")
    raise AssertionError("the interval for AP50 does not hold 0")


CLAIMS = [
    claim(
        "The cautious start is worth more, {0.028} of AP50 and {0.112} of AP.",
        lambda: starts(
            "begins with 0.01, plain", "begins with 0.5, plain", "AP50", "AP"
        ),
    ),
    claim("Focal loss adds {0.011} of AP to it", focal_is_ahead_by_ap_only),
    claim(
        "on the same {1,500} scenes and their mirror images, for {300} steps each",
        lambda: [
            measured("focal")["scenes"]["train"],
            measured("focal")["plan"]["steps"],
        ],
    ),
    claim(
        "On {273} photographs of blood cells under a microscope, with boxes, from a "
        "public collection, that took {3.2} minutes of processor time and reached an "
        "AP50 of {0.87}",
        own_photos,
    ),
    claim("with an AP50 of {0.88} and an AP of {0.58}", fcos_is_ahead),
    claim(
        "the grid is {0.028} ahead by AP50, and {0.026} behind by AP",
        lambda: [ahead("grid", "anchors", "AP50"), ahead("anchors", "grid", "AP")],
    ),
    claim("through the scenes {7.2} to {10.0} times", passes),
    claim(
        "has an AP of {0.65} for those of more than 32² of the scene's 128² pixels, "
        "and {0.41} for smaller",
        lambda: mean_of("fcos", "AP_medium", "AP_small"),
    ),
    claim(
        "on the same {1,500} scenes and their mirror images, for {100} processor",
        lambda: [
            measured("detectors")["scenes"]["train"],
            measured("detectors")["plan"]["seconds"],
        ],
    ),
    claim(
        "A dot per run on {200} test scenes",
        lambda: measured("detectors")["scenes"]["test"],
    ),
    claim(
        "25 levels (0.51 to 0.75) with 0.75, 25 levels with 0: (51 + 18.75) / 101 = "
        "{0.69}",
        five_detections,
    ),
    claim(
        "= {1,536} anchors, each with 5 scores and 4 numbers for its box: {13,824}",
        anchors_and_numbers,
    ),
    claim("multiplied by {0.01}², and the flowers by {0.99}²", weights_at_the_prior),
    claim("In one pass the network has looked at {384} overlapping", lambda: 16 * 24),
]
