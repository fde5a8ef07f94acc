"""The garden: drawn photographs of the five flowers of `tf_flowers`, with exact boxes
and masks.

After `import course_utils.datasets`, TFDS knows it::

    test, valid, train = tfds.load("garden", split=["train[:10%]", "train[10%:25%]", "train[25%:]"], as_supervised=True)

Importing this package starts neither TensorFlow nor TFDS; `load_garden`,
`load_garden_boxes` and `prepare_garden` do.
"""

import importlib
import importlib.abc
import importlib.util
import sys

from course_utils.datasets.garden.located import LocatedPhotos, load_garden_boxes
from course_utils.drawing.flowers import CLASS_NAMES

__all__ = [
    "CLASS_NAMES",
    "LocatedPhotos",
    "load_garden",
    "load_garden_boxes",
    "prepare_garden",
]


def prepare_garden(config="flowers", data_dir=None):
    """Draw the garden into the TFDS cache unless it is there, and return its builder.

    Safe to call from several processes at once, and to interrupt: what is in the cache
    is whole or absent.

    Parameters
    ----------
    config : "flowers" (1,500 photos of one flower) or "scenes" (600 photos of one to
        eight).
    data_dir : folder of TFDS data sets; TFDS's own (~/tensorflow_datasets or
        TFDS_DATA_DIR) when left out.
    """
    from absl import logging

    tfds = _tfds()
    level = logging.get_verbosity()
    # TFDS warns that a data set is not there yet, which is why we are here
    logging.set_verbosity(logging.ERROR)
    try:
        builder = tfds.builder(f"garden/{config}", data_dir=data_dir)
        builder.download_and_prepare()
    finally:
        logging.set_verbosity(level)
    return builder


def load_garden(split=None, config="flowers", data_dir=None, **options):
    """`tfds.load("garden/…", split=…)`, drawing it first if need be; `options` as for
    `tfds.load`.
    """
    prepare_garden(config, data_dir)
    return _tfds().load(f"garden/{config}", split=split, data_dir=data_dir, **options)


def _tfds():
    import course_utils.startup  # noqa: F401, I001  (first, so that TFDS finds TensorFlow quietly started)
    import tensorflow_datasets

    _register()
    return tensorflow_datasets


def _register():
    """Import the builder, which makes its name known to TFDS."""
    importlib.import_module("course_utils.datasets.garden.garden_dataset_builder")


class _WhenTfdsIsImported(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Registers the garden right after someone imports TFDS, so that nobody pays for
    TFDS who does not.
    """

    # true while the other finders are asked, so that this one does not ask itself
    searching = False

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow_datasets" or self.searching:
            return None
        self.searching = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        sys.meta_path.remove(self)
        _register()


if "tensorflow_datasets" in sys.modules:
    _register()
else:
    sys.meta_path.insert(0, _WhenTfdsIsImported())
