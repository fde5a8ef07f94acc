"""TensorFlow Datasets: a quiet start, the folder where it keeps its data, and whether
what lies there is whole.
"""

import contextlib
import os
from pathlib import Path

TFRECORD_EXTRA = (
    16  # bytes that a TFRecord file spends on each record: its length and two checksums
)


def tfds():
    """The module `tensorflow_datasets`, imported quietly."""
    import course_utils.startup  # noqa: F401, I001  (first, so that TFDS finds TensorFlow quietly started)
    import tensorflow_datasets

    return tensorflow_datasets


@contextlib.contextmanager
def without_warnings():
    """Hold back what TFDS warns of: that a data set is not there yet, and changes in
    its own code.
    """
    from absl import logging

    level = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(level)


def tfds_folder():
    """The folder where TFDS keeps its data sets:

    TFDS_DATA_DIR, else ~/tensorflow_datasets.
    """
    return Path(
        os.environ.get("TFDS_DATA_DIR") or Path.home() / "tensorflow_datasets"
    ).expanduser()


def flaw(folder, photos=None, deep=False):
    """What is wrong with a prepared TFDS folder, to be read on from "the folder ...";
    None if it is whole.

    Every file that the folder's own description promises must be there, with the length
    it promises.

    Parameters
    ----------
    photos : how many there must be, if that is known.
    deep : read all, and look at the checksums (a second for some hundred megabytes).
    """
    try:
        split = tfds().builder_from_directory(folder).info.splits["train"]
        count, promised = (
            split.num_examples,
            split.num_bytes + TFRECORD_EXTRA * split.num_examples,
        )
        files = [Path(file) for file in split.filepaths]
    except Exception as error:  # whatever TFDS makes of half a description
        return f"cannot be read as a TFDS data set ({type(error).__name__})"
    if photos is not None and count != photos:
        return f"holds {count:,} photos where {photos:,} were expected"
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        return f"lacks {', '.join(missing)}"
    present = sum(file.stat().st_size for file in files)
    if present != promised:
        return f"holds {present:,} bytes of photos where {promised:,} were expected"
    if deep and not _checksums_hold(files):
        return "is damaged (a checksum differs)"
    return None


def _checksums_hold(files):
    """Whether TFRecord files can be read to their ends; each record has a checksum."""
    import tensorflow as tf

    try:
        for _ in tf.data.TFRecordDataset([str(file) for file in files]).batch(256):
            pass
    except tf.errors.OpError:
        return False
    return True
