"""The garden's flowers with their boxes, split as lesson 06 splits them."""

from dataclasses import dataclass
from typing import Any

SPLITS = {"test": "train[:10%]", "valid": "train[10%:25%]", "train": "train[25%:]"}


@dataclass(frozen=True, repr=False, eq=False)
class LocatedPhotos:
    """Photographs of one flower each, with what and where.

    Attributes
    ----------
    train, valid, test : each a `tf.data.Dataset` of pairs (image, target): image
        (height, width, 3) uint8, 0-255, of any size; target a dictionary of "label", a
        scalar int64, and "bbox", (y_min, x_min, y_max, x_max) float32 in 0–1.  Not
        batched.
    class_names : the name of each label, in order.
    """

    train: Any
    valid: Any
    test: Any
    class_names: tuple[str, ...]

    @property
    def counts(self):
        """How many photos each split has: {"train": ..., "valid": ..., "test": ...}."""
        return {
            name: int(getattr(self, name).cardinality())
            for name in ("train", "valid", "test")
        }

    def __repr__(self):
        counts = self.counts
        return (
            f"The garden (drawn): {counts['train']:,} training, {counts['valid']:,} "
            f"validation and {counts['test']:,} test photos with boxes, "
            f"{len(self.class_names)} classes: {', '.join(self.class_names)}"
        )


def load_garden_boxes(data_dir=None):
    """The garden's 1,500 photos of one flower, each with its label and its exact box;
    drawn first if need be.

    data_dir : folder of TFDS data sets; TFDS's own when left out.

    Returns
    -------
    LocatedPhotos : `.train`, `.valid`, `.test` (75 %, 15 % and 10 %) and
        `.class_names`.
    """
    from course_utils.datasets.garden import CLASS_NAMES, _tfds, load_garden

    # an outline that nobody looks at here
    without_mask = {"mask": _tfds().decode.SkipDecoding()}
    pair = lambda example: (
        example["image"],
        {"label": example["label"], "bbox": example["bbox"]},
    )
    splits = load_garden(
        list(SPLITS.values()), data_dir=data_dir, decoders=without_mask
    )
    return LocatedPhotos(
        **{name: split.map(pair) for name, split in zip(SPLITS, splits, strict=True)},
        class_names=tuple(CLASS_NAMES),
    )
