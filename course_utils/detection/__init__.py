"""Finding every object in a picture: heads that propose boxes, from overlapping
candidates to an answer, and how good the answer is.

Boxes are (y_min, x_min, y_max, x_max) in 0–1, as everywhere in the course.
"""

from course_utils.detection.anchors import (
    AnchorHead,
    anchor_sizes,
    make_anchors,
    match_anchors,
)
from course_utils.detection.detector import (
    Detector,
    feature_levels,
    neck,
    trainable,
    without_padding,
)
from course_utils.detection.errors import error_kinds
from course_utils.detection.evaluation import average_precision, evaluate
from course_utils.detection.fcos import FCOSHead, fcos_targets
from course_utils.detection.focal import focal_loss, prior_bias
from course_utils.detection.grid import GridHead, collisions, grid_targets
from course_utils.detection.inside import Answers, suppress
from course_utils.detection.sliding import as_convolution
from course_utils.detection.suppression import non_max_suppression

__all__ = [
    "AnchorHead",
    "Answers",
    "Detector",
    "FCOSHead",
    "GridHead",
    "anchor_sizes",
    "as_convolution",
    "average_precision",
    "collisions",
    "error_kinds",
    "evaluate",
    "fcos_targets",
    "feature_levels",
    "focal_loss",
    "grid_targets",
    "make_anchors",
    "match_anchors",
    "neck",
    "non_max_suppression",
    "prior_bias",
    "suppress",
    "trainable",
    "without_padding",
]
