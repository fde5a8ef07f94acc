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


def runs(head, measure, contest="detectors"):
    return [run["test"][measure] for run in measured(contest)["heads"][head]["runs"]]


def mean_of(head, *measures, contest="detectors"):
    return [np.mean(runs(head, measure, contest)) for measure in measures]


def ahead(first, second, measure, contest="detectors"):
    difference = paired_difference(
        runs(first, measure, contest), runs(second, measure, contest)
    )
    assert difference.low > 0, f"{first} is not surely ahead of {second}"
    return difference.estimate


def passes(contest="detectors"):
    heads = measured(contest)["heads"].values()
    epochs = [run["epochs"] for arm in heads for run in arm["runs"]]
    return [min(epochs), max(epochs)]


def fcos_is_ahead_by_ap():
    ahead("fcos", "anchors", "AP")
    return [*mean_of("fcos", "AP50", "AP"), ahead("fcos", "grid", "AP")]


def fcos_and_grid_are_level():
    difference = paired_difference(runs("fcos", "AP50"), runs("grid", "AP50"))
    return difference.low < 0 < difference.high


def anchors_come_last():
    for head in ("fcos", "grid"):
        for measure in ("AP50", "AP"):
            ahead(head, "anchors", measure)
    return ahead("grid", "anchors", "AP50")


def grid_and_anchors_changed_places():
    ahead("grid", "anchors", "AP")
    ahead("anchors", "grid", "AP", "detectors_128")
    for measure in ("AP50", "AP"):
        ahead("fcos", "anchors", measure, "detectors_128")
        ahead("fcos", "grid", measure, "detectors_128")
    return True


def pixels_of_both():
    now, first = (measured(name)["plan"] for name in ("detectors", "detectors_128"))
    return [now["size"], first["size"], now["size"] // 8, now["size"] // 8]


def first_contest():
    plan = measured("detectors_128")["plan"]
    best = max(
        mean_of(head, "AP", contest="detectors_128")[0]
        for head in measured("detectors_128")["heads"]
    )
    return [plan["size"], plan["seconds"], best]


def seconds_of_training_and_maps():
    found = measured("detectors")
    return [found["plan"]["seconds"], found["backbone"]["cpu_seconds"]]


def small_flowers_gained_most():
    """FCOS's AP for small flowers, in the first contest and now."""
    for head in measured("detectors")["heads"]:
        gains = [
            paired_difference(runs(head, measure), runs(head, measure, "detectors_128"))
            for measure in ("AP_small", "AP_medium", "AP")
        ]
        assert all(gain.low > 0 for gain in gains), f"{head} did not surely gain"
        assert gains[0].estimate > gains[1].estimate, f"{head} gained elsewhere"
    return [
        *mean_of("fcos", "AP_small", contest="detectors_128"),
        *mean_of("fcos", "AP_small"),
    ]


def own_photos():
    found = measured("own_photos")
    large = found["sizes"]["256"]
    assert large["steps"] == 400 and large["backbone"] == "mobilenet_v2"
    assert len(large["runs"]) == 3
    minutes = np.mean([run["cpu_seconds"] for run in large["runs"]]) / 60
    return [found["photos"]["train"], minutes, np.mean(of_own_photos("256"))]


def of_own_photos(size, kind=None):
    """AP50 on blood cells, of each seed."""
    runs = measured("own_photos")["sizes"][size]["runs"]
    return [run["AP50"][kind] if kind else run["test"]["AP50"] for run in runs]


def fewer_pixels_cost_platelets():
    means = {}
    for kind in (None, "Platelets"):
        large, small = of_own_photos("256", kind), of_own_photos("160", kind)
        assert paired_difference(large, small).low > 0, f"{kind} did not surely lose"
        means[kind] = [np.mean(large), np.mean(small)]
    return [means[None][1], *means["Platelets"]]


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
        "public collection, that took {0.7} minutes of processor time",
        lambda: own_photos()[:2],
    ),
    claim(
        "reached an AP50 of {0.88} on {36} others of the same collection: the mean of "
        "three seeds, from {0.87} to {0.89}",
        lambda: [
            own_photos()[2],
            measured("own_photos")["photos"]["test"],
            min(of_own_photos("256")),
            max(of_own_photos("256")),
        ],
    ),
    claim(
        "On 160 × 160 pixels it was {0.80}: the tiny platelets fell from {0.80} to "
        "{0.55}.",
        fewer_pixels_cost_platelets,
    ),
    claim(
        "FCOS has an AP50 of {0.95} and an AP of {0.66}. By AP it is ahead of both "
        "others, of the grid by {0.042}",
        fcos_is_ahead_by_ap,
    ),
    claim(
        "By AP50, three seeds cannot tell FCOS and grid apart", fcos_and_grid_are_level
    ),
    claim(
        "The anchors come last by both measures, {0.088} of AP50 behind the grid",
        anchors_come_last,
    ),
    claim(
        "By AP, the anchors were ahead of the grid in the first contest, and are "
        "behind it now",
        grid_and_anchors_changed_places,
    ),
    claim(
        "the trunk sees the scenes with {192} pixels a side, not {128} as in your "
        "cells, so the fine maps have {24} × {24} cells",
        pixels_of_both,
    ),
    claim(
        "with {120} seconds of training and {76} seconds for the maps",
        seconds_of_training_and_maps,
    ),
    claim(
        "with {128} pixels a side, and each head trained for {100} seconds. The best "
        "AP was {0.58}",
        first_contest,
    ),
    claim("FCOS went from {0.413} to {0.605} there", small_flowers_gained_most),
    claim(
        "has {2.25} times as many cells", lambda: np.divide(*pixels_of_both()[:2]) ** 2
    ),
    claim(
        "went through the scenes {4.2} to {5.3} times; in the first contest it was "
        "{7.2} to {10.0} times",
        lambda: [*passes(), *passes("detectors_128")],
    ),
    claim(
        "the maps took {76} seconds instead of {34}",
        lambda: [
            measured(name)["backbone"]["cpu_seconds"]
            for name in ("detectors", "detectors_128")
        ],
    ),
    claim(
        "on the same {1,500} scenes and their mirror images, for {120} processor",
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
