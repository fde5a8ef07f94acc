"""The garden as a TFDS data set: `tfds.load("garden")`, `tfds.load("garden/scenes")`.

TFDS finds it once this module is imported, which `import course_utils.datasets` sees
to.
"""

import contextlib
import io
import os
import shutil
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from tensorflow_datasets.core.utils import tqdm_utils

from course_utils.datasets.garden import examples
from course_utils.drawing.flowers import CLASS_NAMES
from course_utils.progress import progress_bar
from course_utils.sources import locked

_DESCRIPTION = """
Photographs of flowers that were never taken: each is drawn by the course, petal by
petal, from its number.  The five classes have the names and the order of `tf_flowers`.
Unlike there, each flower's box and outline are known exactly: `bbox` holds the visible
part of the flower head, `mask` is 0 behind it and 1 + label on it.  In config "scenes"
one to six flowers stand in a picture, the nearest first in `objects`, partly hidden by
one another: `hidden` is the share of a head within the picture that nearer plants
cover, never over one half, `bbox` what is seen of it.  `mask` names the class at each
pixel, `instances` the flower (1 + its place in `objects`).  "few_scenes" holds the
first 600 of them.
"""

MOST_WORKERS = 8  # that draw at the same time; each takes 100 MB


class Builder(tfds.core.GeneratorBasedBuilder):
    """Drawn flowers with labels, boxes and masks."""

    # raise it when a drawing changes: TFDS reuses what it has written
    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "1.0.0": "First planting.",
        "2.0.0": "Daisies are daisies and tulips show their petals; 2,000 scenes of "
        "one to six flowers, with the hidden share of each.",
    }
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name="flowers", description="One flower a photo."),
        tfds.core.BuilderConfig(
            name="scenes", description="One to six flowers a photo."
        ),
        tfds.core.BuilderConfig(
            name="few_scenes", description="The first 600 of the scenes."
        ),
    ]
    COUNTS = {"flowers": 1500, "scenes": 2000, "few_scenes": 600}

    def _info(self):
        features = {
            "image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg")
        }
        label = tfds.features.ClassLabel(names=list(CLASS_NAMES))
        mask = tfds.features.Image(shape=(None, None, 1), encoding_format="png")
        if self.builder_config.name == "flowers":
            features |= {
                "label": label,
                "bbox": tfds.features.BBoxFeature(),
                "mask": mask,
            }
            supervised = ("image", "label")
        else:
            objects = tfds.features.Sequence(
                {
                    "bbox": tfds.features.BBoxFeature(),
                    "label": label,
                    "hidden": tfds.features.Scalar(np.float32),
                }
            )
            features |= {"objects": objects, "mask": mask, "instances": mask}
            supervised = ("image", "mask")
        return tfds.core.DatasetInfo(
            builder=self,
            description=_DESCRIPTION,
            features=tfds.features.FeaturesDict(features),
            homepage="drawn by course_utils.datasets.garden",
            supervised_keys=supervised,
        )

    def download_and_prepare(self, **options):
        """As TFDS does it, but one process at a time: others wait, then read what the
        first has drawn.
        """
        import course_utils.startup  # noqa: F401  (TFDS starts TensorFlow to write; this way it starts quietly)

        if not self.data_path.exists():
            with _alone(self.data_path.parent):
                if not self.data_path.exists():
                    self._clear_what_a_killed_process_left()
                    with _bars_of_tfds_off():
                        return super().download_and_prepare(**options)
        # drawn by another process since this builder was made
        if not self.info.initialized:
            self.info.read_from_directory(self.data_path)
        return super().download_and_prepare(**options)

    def _clear_what_a_killed_process_left(self):
        """Half-written gardens; whoever holds the lock is the only one who draws."""
        if "://" not in str(self.data_path):
            for left in Path(self.data_path.parent).glob("incomplete.*"):
                shutil.rmtree(left, ignore_errors=True)

    def _log_download_bytes(self):
        """Nothing is downloaded: no need to announce it, with a path of this
        machine.
        """

    _log_download_done = _log_download_bytes

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        """A process on each core draws, this one writes.

        Threads would share one interpreter, and one core most of the time.
        """
        config = self.builder_config.name
        count = self.COUNTS[config]
        # this many at least: one that draws while this one writes
        workers = min(max(2, os.cpu_count() or 1), MOST_WORKERS)
        drawn = Parallel(n_jobs=workers, return_as="generator")(
            delayed(examples.drawn)(config, index, os.getpid())
            for index in range(count)
        )
        with progress_bar("Drawing the garden, once", count, "photos") as progress:
            for index, example in enumerate(drawn):
                yield index, _for_tfds(example)
                progress.update()
        # else they would wait for more work for some minutes
        get_reusable_executor().shutdown(wait=True)


def _for_tfds(example):
    """Bytes and tuples → the files and boxes that TFDS takes."""
    if isinstance(example, dict):
        return {
            name: tfds.features.BBox(*value) if name == "bbox" else _for_tfds(value)
            for name, value in example.items()
        }
    if isinstance(example, list):
        return [_for_tfds(part) for part in example]
    return io.BytesIO(example) if isinstance(example, bytes) else example


def _alone(folder):
    """Hold the lock of the folder; a bucket has no locks."""
    if "://" in str(folder):
        return contextlib.nullcontext()
    return locked(Path(folder), quiet=0.2)


@contextlib.contextmanager
def _bars_of_tfds_off():
    """TFDS shows half a dozen progress bars that know no total; one that does is
    enough.
    """
    was_on = tqdm_utils._active
    tqdm_utils.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            tqdm_utils.enable_progress_bar()
