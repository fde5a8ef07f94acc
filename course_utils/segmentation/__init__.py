"""One class per pixel: networks that say it, photographs of any size, and how good a
mask is.

Masks are (height, width) of whole numbers, one class per pixel, or batches of them; the
first class, 0, is the background.
"""

from course_utils.segmentation.any_size import ResizeLike, for_photos_of_any_size
from course_utils.segmentation.measures import (
    boundary_iou,
    class_dice,
    class_iou,
    confusion_matrix,
    dice,
    mean_iou,
    near_border,
)
from course_utils.segmentation.networks import fcn, feature_pyramid, unet
from course_utils.segmentation.tiles import predict_tiles

__all__ = [
    "ResizeLike",
    "boundary_iou",
    "class_dice",
    "class_iou",
    "confusion_matrix",
    "dice",
    "fcn",
    "feature_pyramid",
    "for_photos_of_any_size",
    "mean_iou",
    "near_border",
    "predict_tiles",
    "unet",
]
