"""The numbers of lesson 09 that do not come from training, and what was measured."""

import numpy as np

from claims import claims_of
from course_utils.arithmetic import conv_transpose_output_size
from course_utils.backbones import load_backbone
from course_utils.datasets import load_flower_masks, load_photos
from course_utils.layers import conv_transpose_numpy
from course_utils.measured import measured
from course_utils.segmentation import class_iou, feature_pyramid
from course_utils.segmentation.tiles import starts
from course_utils.uncertainty import paired_difference
from course_utils.widgets.transposed import CONTROLS, inner


def stamp_counts(kernel):
    """How many stamps of stride 2 reach the outputs well inside."""
    ones = np.ones((6, 6, 1))
    counts = conv_transpose_numpy(ones, np.ones((kernel, kernel, 1, 1)), strides=2)
    return sorted({int(count) for count in np.unique(counts[4:-4, 4:-4])})


def dice_without_the_class():
    predicted = np.full(1000, 0.001)
    return 1 - (0 + 1) / (0 + predicted.sum() + 1)


def even_kernels(stride):
    """Kernels whose stamps are equally many inside, of those that the explorer has."""
    kernels = range(CONTROLS["kernel"].low, CONTROLS["kernel"].high + 1)
    state = {"size": 8, "stride": stride, "padding": "valid"}
    each = {kernel: inner({**state, "kernel": kernel}) for kernel in kernels}
    return [k for k, found in each.items() if min(found) == max(found) and min(found)]


def arms():
    return measured("segmenters")["arms"]


def of(network, measure):
    """One value per seed."""
    return [run[measure] for run in arms()[network]["runs"]]


def ahead(first, second, measure="boundary_iou"):
    return paired_difference(of(first, measure), of(second, measure))


def parameters():
    return [arm["parameters"] for arm in arms().values()]


def fcns_took_more_steps():
    """Seed by seed, than either U-Net with skips."""
    slow = np.maximum(of("U-Net", "steps"), of("U-Net, resized", "steps"))
    return np.min([np.divide(of(n, "steps"), slow) for n in ("FCN-32", "FCN-8")])


def times_seen():
    """How often the measured networks saw each training picture, at least."""
    stored = measured("segmenters")
    fewest = min(run["steps"] for arm in arms().values() for run in arm["runs"])
    pictures = 0.75 * 1500  # the training part of the garden's flowers
    return fewest * stored["plan"]["batch_size"] / pictures


def backbone(size):
    return load_backbone("mini_xception", input_shape=(size, size, 3)).model


claim = claims_of("09_semantic_segmentation")

CLAIMS = [
    claim(
        "{20} hits, {10} missed, {10} false alarms: 20 / 40 = {0.5}.",
        lambda: [20, 10, 10, class_iou([[60, 10], [10, 20]])[1]],
    ),
    claim(
        "With kernel 3 and stride 2, outputs inside get {1, 2 or 4} stamps in turn",
        lambda: stamp_counts(3),
    ),
    claim(
        "With kernel 4 each gets {4}. So a kernel should be", lambda: stamp_counts(4)
    ),
    claim(
        "1 − (0 + 1) / (0 + 1 + 1) = {0.5}, although the network is nearly perfect",
        dice_without_the_class,
    ),
    claim(
        "(8 − 1) · 2 + 4 = {18}: between eight stamps",
        lambda: conv_transpose_output_size(8, 4, 2, "valid"),
    ),
    claim(
        "Kernels {2, 4 and 6} give equal counts with stride 2, and {3 and 6} with "
        "stride 3",
        lambda: even_kernels(2) + even_kernels(3),
    ),
    claim(
        "seven along a row, and seven rows, so {49}.",
        lambda: len(starts(256, 64, 32)) ** 2,
    ),
    claim(
        "640 · 427 / (64 · 64) = {67}. That is fine",
        lambda: np.prod(load_photos().images[1].shape[:2]) / 64**2,
    ),
    claim(
        "The backbone's coarsest maps have stride {16}.",
        lambda: max(feature_pyramid(backbone(64))),
    ),
    claim(
        "A photograph of 512×512 pixels has {16×16} places there",
        lambda: [512 // 32] * 2,
    ),
    claim(
        "with as many parameters within {2 %}, each with the same",
        lambda: max(parameters()) / min(parameters()) - 1,
        "<",
    ),
    claim(
        "each with the same {80} processor seconds for its training, and {three} seeds",
        lambda: [
            np.mean([of(network, "cpu_seconds") for network in arms()]),
            *{len(arm["runs"]) for arm in arms().values()},
        ],
    ),
    claim(
        "gets {0.18}, and {72 %} of its pixels are right: a constant",
        lambda: [
            np.mean(of("FCN-32", "foreground_iou")),
            np.mean(of("FCN-32", "pixel_accuracy")),
        ],
    ),
    claim(
        'a constant "background" has {72 %}, too. It has four scores',
        lambda: np.mean(load_flower_masks(64)["test"][1] == 0),
    ),
    claim(
        "a foreground IoU of {0.82}. Its edges end at a boundary IoU of {0.37}",
        lambda: [
            np.mean(of("FCN-8", "foreground_iou")),
            np.mean(of("FCN-8", "boundary_iou")),
        ],
    ),
    claim(
        "The skips are worth {0.20}** of boundary IoU, at equal parameters",
        lambda: ahead("U-Net", "U-Net, no skips").estimate,
    ),
    claim(
        "Without them the U-Net is behind FCN-8, at the edges and over all",
        lambda: all(
            ahead("FCN-8", "U-Net, no skips", measure).low > 0
            for measure in ("boundary_iou", "foreground_iou")
        ),
    ),
    claim(
        "With them it is {0.49} ahead of FCN-32 and {0.14} ahead of FCN-8.",
        lambda: [ahead("U-Net", other).estimate for other in ("FCN-32", "FCN-8")],
    ),
    claim(
        "With them it is 0.49 ahead of FCN-32 and 0.14 ahead of FCN-8.",
        lambda: all(ahead("U-Net", other).low > 0.1 for other in ("FCN-32", "FCN-8")),
    ),
    claim(
        "At the edges the interval holds zero: three seeds see no difference.",
        lambda: 0 in ahead("U-Net, resized", "U-Net"),
    ),
    claim(
        "In the foreground IoU the resized one is ahead by about {0.01}.",
        lambda: ahead("U-Net, resized", "U-Net", "foreground_iou").estimate,
    ),
    claim(
        "In the foreground IoU the resized one is ahead by about 0.01.",
        lambda: ahead("U-Net, resized", "U-Net", "foreground_iou").low > 0,
    ),
    claim(
        "(The U-Net's foreground IoU of {0.86} is one on drawings, too.)",
        lambda: np.mean(of("U-Net", "foreground_iou")),
    ),
    claim(
        "The five measured ones of section 2 saw each picture several times",
        lambda: times_seen() > 3,
    ),
    claim(
        "the two FCNs took over {1.5} times as many as the U-Nets with skips",
        fcns_took_more_steps,
        ">",
    ),
]
