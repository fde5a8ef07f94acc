"""Training:

`fit` with progress and a history, a learning-rate schedule, resuming, gradients by
depth, batch normalization's averages anew, and a look at memory beforehand.
"""

from course_utils.startup import keras  # noqa: F401, I001  (first, so that Keras starts quietly)

from course_utils.free_memory import free_memory
from course_utils.training.batch_norm import reestimate_batch_norm
from course_utils.training.building import build_training
from course_utils.training.fit import fit
from course_utils.training.gradients import gradient_norms
from course_utils.training.history import History
from course_utils.training.memory import Preflight, memory_preflight
from course_utils.training.resume import Resume, resume
from course_utils.training.schedule import OneCycle, one_cycle
from course_utils.plots.curves import plot_history

__all__ = [
    "History",
    "OneCycle",
    "Preflight",
    "Resume",
    "build_training",
    "fit",
    "free_memory",
    "gradient_norms",
    "memory_preflight",
    "one_cycle",
    "plot_history",
    "reestimate_batch_norm",
    "resume",
]
