"""Finding every object in a picture: from overlapping candidates to an answer, and how
good the answer is.

Boxes are (y_min, x_min, y_max, x_max) in 0–1, as everywhere in the course.
"""

from course_utils.detection.evaluation import average_precision, evaluate
from course_utils.detection.suppression import non_max_suppression

__all__ = ["average_precision", "evaluate", "non_max_suppression"]
