"""Trained networks that take photographs as they are.

`load_backbone("mobilenet_v2", include_top=True)` gives a network with the weights it
learned on ImageNet, and with the preprocessing it was trained with inside: raw pixels
go in, so the wrong preprocessing cannot be picked. `applications()` lists what there
is, and `backbone_for(data.source)` picks one that suits the data.
"""

from course_utils.startup import keras  # noqa: F401, I001  (first, so that Keras starts quietly)

from course_utils.backbones.backbone import Answer, Backbone, load_backbone, mini_record
from course_utils.backbones.choice import backbone_for
from course_utils.backbones.networks import applications, names
from course_utils.backbones.preprocessing import ReverseChannels

__all__ = [
    "Answer",
    "Backbone",
    "ReverseChannels",
    "applications",
    "backbone_for",
    "load_backbone",
    "mini_record",
    "names",
]
