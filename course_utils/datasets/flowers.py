"""Photographs of five kinds of flowers:

`tf_flowers` where it can be had, else the garden that the course draws.
"""

import contextlib
import io

from course_utils import sources
from course_utils.datasets import garden
from course_utils.datasets.photo_set import (
    SPLITS,
    PhotoSet,
    checked_size,
    ready_in_memory,
)
from course_utils.datasets.tfds_folder import flaw, tfds, tfds_folder, without_warnings
from course_utils.sources.cache import set_aside

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
    folder = tfds_folder() / "tf_flowers" / VERSION
    if not (folder / "dataset_info.json").is_file():
        raise sources.Missing("it is not in the folder of TensorFlow Datasets")
    fault = flaw(folder, PHOTOS)
    if fault:
        with sources.locked(folder):
            raise sources.Broken(_set_aside(folder, fault))
    return tfds().builder_from_directory(folder)


def _downloaded():
    sources.require_network(URL)
    folder = tfds_folder() / "tf_flowers" / VERSION
    if not sources.writable(tfds_folder()):
        raise sources.Unavailable("the folder of TensorFlow Datasets cannot be written")
    with sources.locked(folder.parent):
        try:
            builder = tfds().builder(
                "tf_flowers", version=VERSION, data_dir=str(tfds_folder())
            )
            # TFDS would print where it writes; its bars stay
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
        # the network, a proxy, the disk, a hash that differs: all mean the same here
        except Exception as error:
            raise sources.Unavailable(_reason(error)) from None
    return _cached()  # what came is looked at like what was there


def _set_aside(folder, fault):
    return f"{folder.parent.name}/{set_aside(folder, fault)}"


def _reason(error):
    return (
        f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"
        if str(error)
        else type(error).__name__
    )
