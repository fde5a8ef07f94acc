"""The networks of the course, one short file each, in functional Keras, exact to their
references.

`build("resnet34", classes=10)` builds one, `catalog()` lists them all.  What each file
must look like, and how to add one, stands at the top of `registry.py`.
"""

from course_utils.startup import keras  # noqa: F401, I001  (first, so that Keras starts quietly)

from course_utils.architectures.catalogue import catalog, keras_networks
from course_utils.architectures.copy_weights import copy_weights
from course_utils.architectures.counting import weighted_layers
from course_utils.architectures.registry import build, builder, names

__all__ = [
    "build",
    "builder",
    "catalog",
    "copy_weights",
    "keras_networks",
    "names",
    "weighted_layers",
]
