"""Every test runs as a machine with no network and no cache would: on the embedded
data, with the quick settings.
"""

import gc
import os

os.environ["COURSE_DATA"] = "embedded"
os.environ["COURSE_EFFORT"] = "quick"
os.environ.setdefault("MPLBACKEND", "agg")


def pytest_collection_modifyitems(items):
    """What takes long comes first, in files as they stand: notebooks, and files with a
    test marked slow.  So no process is left with one when the other has no more to do.
    """
    long = {
        item.path
        for item in items
        if item.path.suffix == ".ipynb" or item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish():
    """What the imports made stays to the end: over a million objects of TensorFlow and
    Keras, which every full collection (and each `clear_session` asks for one) would
    walk through again.
    """
    gc.collect()
    gc.freeze()
