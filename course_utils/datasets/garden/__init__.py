"""The garden: drawn photographs of the five flowers of `tf_flowers`, with exact boxes
and masks.

After `import course_utils.datasets`, TFDS knows it::

    parts = ["train[:10%]", "train[10%:25%]", "train[25%:]"]
    test, valid, train = tfds.load("garden", split=parts, as_supervised=True)

Importing this package starts neither TensorFlow nor TFDS; `load_garden`,
`load_garden_boxes` and `prepare_garden` do.
"""

import os
from pathlib import Path

import wrapt

from course_utils import sources
from course_utils.datasets.photo_set import SPLITS, PhotoSet
from course_utils.datasets.tfds_folder import flaw, tfds, tfds_folder, without_warnings
from course_utils.drawing.flowers import CLASS_NAMES
from course_utils.sources.cache import set_aside

__all__ = ["CLASS_NAMES", "load_garden", "load_garden_boxes", "prepare_garden"]


def prepare_garden(config="flowers", data_dir=None):
    """Draw the garden into the TFDS cache unless it is there, and return its builder.

    Safe to call from several processes at once, and to interrupt: what is in the cache
    is whole or absent.

    Parameters
    ----------
    config : "flowers" (1,500 photos of one flower), "scenes" (2,000 photos of one to
        six) or "few_scenes" (the first 600 of these).
    data_dir : folder of TFDS data sets; TFDS's own (~/tensorflow_datasets or
        TFDS_DATA_DIR) when left out.

    A whole garden in a folder that cannot be written is used as it is.  What is
    damaged, or is no garden at all, is set aside and drawn anew, and one line says so.

    Raises
    ------
    Unavailable : there is no room for it.
    """
    home = Path(data_dir) if data_dir else tfds_folder()
    version = str(tfds().builder_cls("garden").VERSION)
    place = home / "garden" / config / version
    if not place.is_dir() or flaw(place, deep=True):
        if not sources.writable(home):
            home = sources.scratch("tensorflow_datasets")
            place = home / "garden" / config / version
        _set_aside_what_is_none(place)
        try:
            with without_warnings():
                _builder(config, home).download_and_prepare()
        except _disk_errors() as error:
            raise sources.Unavailable(
                f"the garden cannot be drawn into {home.name!r} "
                f"({getattr(error, 'strerror', None) or type(error).__name__}): "
                "is the disk full?"
            ) from None
    with without_warnings():
        return tfds().builder_from_directory(str(place))


def _builder(config, home):
    with without_warnings():
        return tfds().builder(f"garden/{config}", data_dir=str(home))


def _disk_errors():
    import tensorflow as tf

    return OSError, tf.errors.OpError


def _set_aside_what_is_none(place):
    """Rename what stands in the garden's way: a file or a link that leads nowhere, or a
    folder that does not hold what it should.
    """
    for part in (place.parent.parent, place.parent, place):
        if os.path.lexists(part) and not part.is_dir():
            sources.tell(set_aside(part, "is no folder"))
    if place.is_dir():
        with sources.locked(place):  # else two would set it aside at once
            if fault := flaw(place, deep=True):
                sources.tell(f"{place.parent.name}/{set_aside(place, fault)}")


def load_garden(split=None, config="flowers", data_dir=None, **options):
    """`tfds.load("garden/…", split=…)`, drawing it first if need be; `options` as for
    `tfds.load`.
    """
    home = Path(prepare_garden(config, data_dir).data_path).parents[2]
    return tfds().load(f"garden/{config}", split=split, data_dir=str(home), **options)


def load_garden_boxes(data_dir=None):
    """The garden's 1,500 photos of one flower, each with its label and its exact box;
    drawn first if need be.

    Parameters
    ----------
    data_dir : folder of TFDS data sets; TFDS's own when left out.

    Returns
    -------
    PhotoSet : `.train`, `.valid`, `.test` (75 %, 15 % and 10 %) of pairs (image,
        target); target is a dictionary of "label", a scalar int64, and "bbox", (y_min,
        x_min, y_max, x_max) float32 in 0–1.
    """

    def pair(example):
        return example["image"], {key: example[key] for key in ("label", "bbox")}

    # an outline that nobody looks at here
    without_mask = {"mask": tfds().decode.SkipDecoding()}
    splits = load_garden(
        list(SPLITS.values()), data_dir=data_dir, decoders=without_mask
    )
    return PhotoSet(
        name="The garden (drawn)",
        **{name: split.map(pair) for name, split in zip(SPLITS, splits, strict=True)},
        info=prepare_garden("flowers", data_dir).info,
        class_names=tuple(CLASS_NAMES),
        source=None,
        line="A garden drawn by the course, with boxes.",
        photos="photos with boxes",
    )


@wrapt.when_imported("tensorflow_datasets")
def _register(_):
    """Import the builder, which makes its name known to TFDS: right after someone
    imports TFDS, so that nobody pays for TFDS who does not.

    TFDS itself has no list to put a name on: it knows a data set once its class exists.
    """
    import course_utils.datasets.garden.garden_dataset_builder  # noqa: F401
