"""Photographs of five kinds of flowers:

`tf_flowers` where it can be had, else the garden that the course draws.
"""

from course_utils import sources
from course_utils.datasets import garden
from course_utils.datasets.photo_set import (
    SPLITS,
    PhotoSet,
    checked_size,
    ready_in_memory,
)
from course_utils.datasets.tfds_folder import tfds, without_warnings
from course_utils.datasets.tfds_source import cached_builder, downloaded_builder

VERSION = "3.0.1"  # of tf_flowers in TFDS
PHOTOS = 3_670
# what TFDS downloads, and checks by its hash
URL = "http://download.tensorflow.org/example_images/flower_photos.tgz"


def load_flowers(source="auto", size=None):
    """Photographs of dandelions, daisies, tulips, sunflowers and roses, in the order of
    `tf_flowers`.

    Parameters
    ----------
    source : "auto" (what the session says), "cached" (the real photographs or an error)
        or "embedded" (the garden: drawn flowers; they are drawn once, with a progress
        line, and kept where TFDS keeps its data).
    size : None leaves each photo its own size.  A number gives squares of that side,
        cropped from the middle, resized once and kept in memory.

    Returns
    -------
    PhotoSet : `.train`, `.valid` and `.test` are the last 75 %, the next 15 % and the
        first 10 % of the data, each a `tf.data.Dataset` of (image, label), not batched;
        `.info` (TFDS), `.class_names`, `.source`.

    Raises
    ------
    NoSource : `source` is "cached" and the TFDS folder has no good copy.
    ValueError : a source or a size that there is not.

    Source
    ------
    The TensorFlow Team (2019), Flowers: 3,670 photographs under Creative
    Commons licences.
    """
    size = checked_size(size)
    found = find_builder(source)
    builder = found.value
    drawn = found.source == "embedded"
    return PhotoSet(
        name="The drawn garden" if drawn else "tf_flowers",
        **_splits(builder, size),
        info=builder.info,
        class_names=tuple(builder.info.features["label"].names),
        source=found.source,
        line=found.line,
    )


def find_builder(source="auto"):
    """The TFDS builder behind `load_flowers`, as a `sources.Found`; for those who want
    to read it in their own way.
    """
    return sources.find(
        "tf_flowers",
        source,
        cached=_cached,
        download=_downloaded,
        embedded=garden.prepare_garden,
        stand_in="a garden drawn by the course",
    )


def _splits(builder, size):
    datasets = [
        photos_and_labels(builder, split, decode=size is None)
        for split in SPLITS.values()
    ]
    if size is not None:
        datasets = [ready_in_memory(dataset, size) for dataset in datasets]
    return dict(zip(SPLITS, datasets, strict=True))


def photos_and_labels(builder, split, decode=True, autocache=False):
    """Pairs (photo, label) of a split, and nothing else of it (the garden has boxes and
    masks too).

    Parameters
    ----------
    decode : False leaves the photos as they are in their files.
    autocache : whether TFDS may keep them in memory decoded, as it does with small data
        sets unless it is told.
    """
    decoding = tfds().decode
    with without_warnings():
        examples = builder.as_dataset(
            split=split,
            decoders=decoding.PartialDecoding(
                {"image": True, "label": True},
                decoders=None if decode else {"image": decoding.SkipDecoding()},
            ),
            read_config=tfds().ReadConfig(try_autocache=autocache),
        )
    return examples.map(lambda example: (example["image"], example["label"]))


def _cached():
    return cached_builder("tf_flowers", VERSION, PHOTOS)


def _downloaded():
    return downloaded_builder("tf_flowers", VERSION, PHOTOS, URL)
