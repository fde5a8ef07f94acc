"""Data sets: real where the cache or a network has them, drawn or shipped by the course
where not.

Importing this package starts neither TensorFlow nor TFDS, and reads no file.
"""

# TFDS data sets of the course: importing one makes its name known to TFDS as soon as
# TFDS itself is imported.
from course_utils.datasets import garden  # noqa: F401
from course_utils.datasets.boxes_folder import load_boxes_folder, save_boxes_folder
from course_utils.datasets.digits import load_digits_28
from course_utils.datasets.fashion import load_fashion
from course_utils.datasets.flower_masks import load_flower_masks
from course_utils.datasets.flowers import load_flowers
from course_utils.datasets.image_folder import load_image_folder
from course_utils.datasets.labelled import LabelledImages, Split
from course_utils.datasets.labelled_folder import LabelledFolder
from course_utils.datasets.masks_folder import load_masks_folder
from course_utils.datasets.pets import load_pets
from course_utils.datasets.photo_set import PhotoSet
from course_utils.datasets.photos import Photos, load_photos
from course_utils.datasets.scenes import draw_scenes, load_scenes
from course_utils.sources import NoSource

__all__ = [
    "LabelledFolder",
    "LabelledImages",
    "NoSource",
    "PhotoSet",
    "Photos",
    "Split",
    "draw_scenes",
    "load_boxes_folder",
    "load_digits_28",
    "load_fashion",
    "load_flower_masks",
    "load_flowers",
    "load_image_folder",
    "load_masks_folder",
    "load_pets",
    "load_photos",
    "load_scenes",
    "save_boxes_folder",
]
