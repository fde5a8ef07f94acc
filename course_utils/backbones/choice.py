"""Which trained network suits which data."""

from course_utils.backbones.backbone import load_backbone
from course_utils.backbones.networks import MINI
from course_utils.sources import NoSource

# ImageNet networks for photographs; the first that can be had is taken.  The one of
# "quick" is what a laptop can carry, the one of "full" that of the original experiment.
FOR_PHOTOGRAPHS = {"quick": ("mobilenet_v2",), "full": ("xception", "mobilenet_v2")}


def backbone_for(source, effort="quick", stand_in=True, **options):
    """The trained network that suits the data: one of ImageNet's for photographs, the
    course's own for what the course draws.

    Parameters
    ----------
    source : where the data came from, as a loader says it: "embedded" for drawings;
        "cache", "download" or "folder" for photographs.
    effort : "quick" (MobileNetV2) or "full" (Xception, or else MobileNetV2).
    stand_in : whether the course's own network may stand in where no weights for
        photographs can be had; one line says so.
    options : anything else `load_backbone` takes, such as `input_shape`.

    Returns
    -------
    Backbone : `.name` says which.

    Raises
    ------
    ValueError : an effort that does not exist.
    NoSource : no weights for photographs can be had, and nothing may stand in.
    """
    if effort not in FOR_PHOTOGRAPHS:
        raise ValueError(f"effort is {effort!r}; it must be 'quick' or 'full'")
    if source == "embedded":
        return load_backbone(MINI, **options)
    *others, last = FOR_PHOTOGRAPHS[effort]
    for name in others:
        try:
            return load_backbone(name, stand_in=False, **options)
        except NoSource:
            continue  # the next one may be there
    return load_backbone(last, stand_in=stand_in, **options)
