"""A data set that TFDS knows: from the folder where it keeps its data, or downloaded
into it; looked at before it is used.
"""

import contextlib
import io

from course_utils import sources
from course_utils.datasets.tfds_folder import flaw, tfds, tfds_folder
from course_utils.sources.cache import set_aside


def cached_builder(name, version, photos):
    """The builder of what lies in the TFDS folder.

    Parameters
    ----------
    name, version : as TFDS calls them.
    photos : how many its part "train" must hold.

    Raises
    ------
    Missing, Broken : it is not there, or not whole; then it is set aside.
    """
    folder = tfds_folder() / name / version
    if not (folder / "dataset_info.json").is_file():
        raise sources.Missing("it is not in the folder of TensorFlow Datasets")
    fault = flaw(folder, photos)
    if fault:
        with sources.locked(folder):
            raise sources.Broken(f"{name}/{set_aside(folder, fault)}")
    return tfds().builder_from_directory(folder)


def downloaded_builder(name, version, photos, url):
    """The builder of what TFDS downloads and prepares, with its own progress bars.

    Parameters
    ----------
    name, version, photos : as for `cached_builder`.
    url : one of the files that it downloads, to know at once whether there is a
        network.

    Raises
    ------
    Unavailable : no network, a folder that cannot be written, or whatever TFDS fails
        with.
    """
    sources.require_network(url)
    folder = tfds_folder() / name / version
    if not sources.writable(tfds_folder()):
        raise sources.Unavailable("the folder of TensorFlow Datasets cannot be written")
    with sources.locked(folder.parent):
        try:
            builder = tfds().builder(name, version=version, data_dir=str(tfds_folder()))
            # TFDS would print where it writes; its bars stay
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
        # the network, a proxy, the disk, a hash that differs: all mean the same here
        except Exception as error:
            raise sources.Unavailable(_reason(error)) from None
    # what came is looked at like what was there
    return cached_builder(name, version, photos)


def _reason(error):
    return (
        f"{type(error).__name__}: {str(error).splitlines()[0][:150]}"
        if str(error)
        else type(error).__name__
    )
