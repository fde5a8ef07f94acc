"""Photographs of cats and dogs, with the pixels of each animal and a box around its
head: Oxford-IIIT Pet.
"""

from course_utils import sources
from course_utils.datasets.photo_set import SPLITS, PhotoSet, checked_size, stretched
from course_utils.datasets.tfds_folder import without_warnings
from course_utils.datasets.tfds_source import cached_builder, downloaded_builder

NAME, VERSION = "oxford_iiit_pet", "4.0.0"
PHOTOS = 3_680  # in its part "train"; that part alone has boxes
# what TFDS downloads, about 800 MB with the masks, and checks by its hash
URL = "https://thor.robots.ox.ac.uk/~vgg/data/pets/images.tar.gz"
SPECIES = ("cat", "dog")
PET, RIM = 1, 3  # in the masks as they are published; 2 is the background
IGNORED = 255


def load_pets(source="auto", size=None):
    """Photographs of cats and dogs, for localization and segmentation.

    They are the 3,680 photographs of TFDS's part "train", mixed and split as the course
    splits; the published test part has no boxes and is left alone, so no result is
    comparable with a published one.

    Parameters
    ----------
    source : "auto" (what the session says: cache, else a download of 800 MB) or
        "cached".  There is nothing drawn in their place.
    size : None leaves each photograph its own size.  A number makes squares of that
        side: the whole photograph is resized, its aspect ratio is not kept, and boxes
        stay what they are, as shares of height and width.

    Returns
    -------
    PhotoSet : `.train`, `.valid` and `.test` (75 %, 15 % and 10 %) are
        `tf.data.Dataset`s, not batched, of {"image": (height, width, 3) uint8, "boxes":
        (n, 4) float32, (y_min, x_min, y_max, x_max) in 0–1, around the head, n = 0
        where nobody drew one and else 1, "labels": (n,) int64, "species": int64, 0 or
        1, "mask": (height, width, 1) uint8, 0 the background, 1 the animal, 255 the rim
        between them that is neither}; `.class_names`.

    Raises
    ------
    NoSource : the data mode is "embedded", or there is neither a good copy nor a
        download.
    ValueError : a source or a size that there is not.

    Source
    ------
    O. M. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar (2012), Cats and Dogs.
    """
    size = checked_size(size)
    found = sources.find(
        "Oxford-IIIT Pet",
        source,
        cached=lambda: cached_builder(NAME, VERSION, PHOTOS),
        download=lambda: downloaded_builder(NAME, VERSION, PHOTOS, URL),
    )
    builder = found.value
    with without_warnings():
        examples = builder.as_dataset(split=list(SPLITS.values()))
    splits = {
        name: split.map(lambda example: _element(example, size))
        for name, split in zip(SPLITS, examples, strict=True)
    }
    return PhotoSet(
        name="Oxford-IIIT Pet",
        **splits,
        info=builder.info,
        class_names=SPECIES,
        source=found.source,
        line=found.line,
    )


def _element(example, size):
    """An example of TFDS as an element of `load_pets`."""
    import tensorflow as tf

    image, trimap = example["image"], example["segmentation_mask"]
    background = tf.zeros_like(trimap)
    mask = tf.where(trimap == PET, tf.ones_like(trimap), background)
    mask = tf.where(trimap == RIM, background + IGNORED, mask)
    if size is not None:
        image, masks = stretched(image, {"mask": mask}, size)
        mask = masks["mask"]
    box, species = example["head_bbox"], tf.cast(example["species"], tf.int64)
    drawn = tf.reduce_all(box[2:] > box[:2])  # four zeros where nobody drew one
    return {
        "image": image,
        "boxes": tf.boolean_mask(box[None], drawn[None]),
        "labels": tf.boolean_mask(species[None], drawn[None]),
        "species": species,
        "mask": mask,
    }
