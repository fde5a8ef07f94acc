"""The garden as a TFDS data set: `tfds.load("garden")`, `tfds.load("garden/scenes")`.

TFDS finds it once this module is imported, which `import course_utils.datasets` sees to.
"""

import contextlib
import io
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import tensorflow_datasets as tfds
from filelock import FileLock, Timeout
from PIL import Image
from tensorflow_datasets.core.utils import tqdm_utils

from course_utils.datasets.drawing import camera
from course_utils.datasets.garden import photos
from course_utils.datasets.garden.flowers import CLASS_NAMES
from course_utils.datasets.progress import Progress

_DESCRIPTION = """
Photographs of flowers that were never taken: each is drawn by the course, petal by petal, from its number.  The five
classes have the names and the order of `tf_flowers`.  Unlike there, each flower's box and outline are known exactly:
`bbox` holds the visible part of the flower head, `mask` is 0 behind it and 1 + label on it.  In config "scenes" one
to eight flowers stand in a picture, partly hidden by one another: `objects` lists them, `mask` names the class at
each pixel, `instances` the flower (1 + its place in `objects`).
"""


class Builder(tfds.core.GeneratorBasedBuilder):
    """Drawn flowers with labels, boxes and masks."""

    VERSION = tfds.core.Version("1.0.0")  # raise it when a drawing changes: TFDS reuses what it has written
    RELEASE_NOTES = {"1.0.0": "First planting."}
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name="flowers", description="One flower a photo."),
        tfds.core.BuilderConfig(name="scenes", description="One to eight flowers a photo."),
    ]
    COUNTS = {"flowers": 1500, "scenes": 600}

    def _info(self):
        features = {"image": tfds.features.Image(shape=(None, None, 3), encoding_format="jpeg")}
        label = tfds.features.ClassLabel(names=list(CLASS_NAMES))
        mask = tfds.features.Image(shape=(None, None, 1), encoding_format="png")
        if self.builder_config.name == "flowers":
            features |= {"label": label, "bbox": tfds.features.BBoxFeature(), "mask": mask}
            supervised = ("image", "label")
        else:
            objects = tfds.features.Sequence({"bbox": tfds.features.BBoxFeature(), "label": label})
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
        """As TFDS does it, but one process at a time: others wait, then read what the first has drawn."""
        import course_utils.startup  # noqa: F401  (TFDS starts TensorFlow to write; this way it starts quietly)

        if not self.data_path.exists():
            self.data_path.parent.parent.mkdir(parents=True, exist_ok=True)
            with _alone(f"{self.data_path.parent}.lock"):
                if not self.data_path.exists():
                    with _bars_of_tfds_off():
                        return super().download_and_prepare(**options)
        if not self.info.initialized:  # drawn by another process since this builder was made
            self.info.read_from_directory(self.data_path)
        return super().download_and_prepare(**options)

    def _log_download_bytes(self):
        """Nothing is downloaded: no need to announce it, with a path of this machine."""

    _log_download_done = _log_download_bytes

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        example = {"flowers": _photo, "scenes": _scene}[self.builder_config.name]
        count = self.COUNTS[self.builder_config.name]
        progress = Progress("Drawing the garden, once", total=count, unit="photos")
        waiting = deque()
        # Pillow and NumPy let go of the interpreter while they work, so two threads draw on two cores.
        with ThreadPoolExecutor(max_workers=2) as pool, progress:
            try:
                for index in range(count):
                    waiting.append((index, pool.submit(example, index)))
                    if len(waiting) > 6:
                        number, drawn = waiting.popleft()
                        yield number, drawn.result()
                        progress.advance(1)
                while waiting:
                    number, drawn = waiting.popleft()
                    yield number, drawn.result()
                    progress.advance(1)
            finally:
                for _, drawn in waiting:
                    drawn.cancel()


def _photo(index):
    """One example of config "flowers", its pictures already encoded."""
    photo = photos.photo(index)
    return {
        "image": io.BytesIO(camera.jpeg(photo.image, photo.quality)),
        "label": photo.label,
        "bbox": _relative(photo.box, photo.mask.shape),
        "mask": _png(photo.mask * (photo.label + 1)),
    }


def _scene(index):
    """One example of config "scenes"."""
    scene = photos.scene(index)
    shape = scene.classes.shape
    return {
        "image": io.BytesIO(camera.jpeg(scene.image, scene.quality)),
        "objects": [
            {"bbox": _relative(box, shape), "label": label}
            for box, label in zip(scene.boxes, scene.labels, strict=True)
        ],
        "mask": _png(scene.classes),
        "instances": _png(scene.flowers),
    }


def _relative(box, shape):
    """Pixels → shares of height and width, as TFDS writes boxes."""
    height, width = shape
    y_min, x_min, y_max, x_max = box
    return tfds.features.BBox(
        ymin=y_min / height, xmin=x_min / width, ymax=y_max / height, xmax=x_max / width
    )


def _png(values):
    file = io.BytesIO()
    Image.fromarray(values.astype("uint8")).save(file, "PNG", compress_level=1)
    file.seek(0)
    return file


@contextlib.contextmanager
def _alone(path):
    """Hold the lock file, and say so when another process has it."""
    if "://" in path:  # a bucket, which has no locks
        yield
        return
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0.2)
    except Timeout:
        print("Another notebook is drawing the garden: waiting for it.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _bars_of_tfds_off():
    """TFDS shows half a dozen progress bars that know no total; one that does is enough."""
    was_on = tqdm_utils._active
    tqdm_utils.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            tqdm_utils.enable_progress_bar()
