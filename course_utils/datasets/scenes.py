"""Scenes of the garden: several flowers in a picture, with a box and a label for each
and the class of every pixel.
"""

import numpy as np

from course_utils import sources
from course_utils.datasets.garden import CLASS_NAMES, prepare_garden
from course_utils.datasets.photo_set import SPLITS, PhotoSet, checked_size, stretched
from course_utils.datasets.tfds_folder import without_warnings
from course_utils.drawing import garden as drawn_garden


def load_scenes(source="auto", size=None, *, few=False, details=False):
    """Drawn scenes of one to six flowers, for detection and segmentation.

    Flowers stand behind one another.  One of which nearer plants would hide more than
    half is left out of the picture; all others have a box, a label and pixels of their
    own.  A box holds what is seen of a flower head, not what is hidden.

    Parameters
    ----------
    source : "auto", "cached" or "embedded": the same for all three, because the course
        draws the scenes itself.  That happens once, on all cores, with a progress line;
        they are kept where TFDS keeps its data.
    size : None leaves each scene its own size.  A number makes squares of that side:
        the whole scene is resized, its aspect ratio is not kept, and boxes stay what
        they are, as shares of height and width.
    few : True draws the first 600 of the 2,000 scenes only.
    details : True adds to each element "hidden", (n,) float32, the share of each flower
        that nearer plants hide, and "instances", (height, width, 1) uint8, which flower
        is seen at each pixel: 0, or 1 + its place in "boxes".

    Returns
    -------
    PhotoSet : `.train`, `.valid` and `.test` (75 %, 15 % and 10 %) are
        `tf.data.Dataset`s, not batched, of {"image": (height, width, 3) uint8, "boxes":
        (n, 4) float32, (y_min, x_min, y_max, x_max) in 0–1, "labels": (n,) int64,
        "mask": (height, width, 1) uint8, 0 or 1 + label of the flower seen there};
        `.class_names`.  Of a flower behind another, the nearer one comes first.

    Raises
    ------
    ValueError : a source or a size that there is not.
    """
    sources.mode(source)
    size = checked_size(size)
    builder = prepare_garden("few_scenes" if few else "scenes")
    with without_warnings():
        examples = builder.as_dataset(split=list(SPLITS.values()))
    splits = {
        name: split.map(lambda example: _element(example, size, details))
        for name, split in zip(SPLITS, examples, strict=True)
    }
    return PhotoSet(
        name="Scenes of the garden (drawn)",
        **splits,
        info=builder.info,
        class_names=tuple(CLASS_NAMES),
        source="embedded",
        line="Scenes of a garden drawn by the course, with boxes and masks.",
        photos="scenes",
    )


def draw_scenes(count, first=0):
    """A few scenes without the rest: drawn now, a tenth of a second each, and not kept.

    Parameters
    ----------
    count : how many.
    first : the number of the first one; the same number is always the same scene.

    Returns
    -------
    A list of dictionaries of NumPy arrays, the elements of `load_scenes(details=True)`.
    """
    return [_arrays(drawn_garden.scene(first + number)) for number in range(count)]


def _arrays(scene):
    height, width = scene.classes.shape
    return {
        "image": scene.image,
        "boxes": (np.array(scene.boxes) / (height, width, height, width)).astype(
            "float32"
        ),
        "labels": np.array(scene.labels, dtype="int64"),
        "mask": scene.classes[..., None],
        "hidden": np.array(scene.hidden, dtype="float32"),
        "instances": scene.flowers[..., None],
    }


def _element(example, size, details):
    """An example of the TFDS garden as an element of `load_scenes`."""
    image = example["image"]
    names = ("mask", "instances") if details else ("mask",)
    masks = {name: example[name] for name in names}
    if size is not None:
        image, masks = stretched(image, masks, size)
    element = {
        "image": image,
        "boxes": example["objects"]["bbox"],
        "labels": example["objects"]["label"],
        **masks,
    }
    return element | ({"hidden": example["objects"]["hidden"]} if details else {})
