"""Fashion-MNIST:

70,000 small grey pictures of clothes, or garments drawn by the course in their place.
"""

import numpy as np

from course_utils import sources
from course_utils.datasets import garments
from course_utils.datasets.labelled import LabelledImages, Split

URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
# Bytes and SHA-256 of each file when decompressed.
CONTENT = {
    "train-images-idx3-ubyte.gz": (
        47_040_016,
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    "train-labels-idx1-ubyte.gz": (
        60_008,
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    "t10k-images-idx3-ubyte.gz": (
        7_840_016,
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        10_008,
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}


def load_fashion(source="auto"):
    """Fashion-MNIST, from the cache or the network; where neither has it, garments
    drawn by the course.

    Parameters
    ----------
    source : "auto" (what the session says), "cached" (the real data or an error) or
        "embedded" (the drawn garments).

    Returns
    -------
    LabelledImages : unpacks like `keras.datasets.fashion_mnist.load_data()` into (x,
        y), (x_test, y_test), uint8, 0-255: 60,000 and 10,000 real images of 28×28
        pixels, or 10,000 and 2,000 drawn ones with the same ten classes in the same
        order.  `.source` says which: "cache" or "download", or "embedded".

    Raises
    ------
    NoSource : `source` is "cached" and the cache has no good copy.

    Source
    ------
    H. Xiao, K. Rasul and R. Vollgraf (2017), Fashion-MNIST: a Novel Image
    Dataset for Benchmarking Machine Learning Algorithms; MIT licence, Zalando SE.
    """
    found = sources.find(
        "Fashion-MNIST",
        source,
        cached=lambda: _unpacked(sources.all_cached(files())),
        download=lambda: _unpacked(sources.all_downloaded(files())),
        embedded=garments.load,
        stand_in="garments drawn by the course",
    )
    train, test = found.value
    return LabelledImages(
        name="Drawn garments" if found.source == "embedded" else "Fashion-MNIST",
        train=train,
        test=test,
        class_names=garments.CLASS_NAMES,
        source=found.source,
        line=found.line,
    )


def files():
    """The four files of Fashion-MNIST, where Keras caches them too."""
    return [
        sources.CachedFile(
            "datasets/fashion-mnist",
            name,
            check=sources.gzip_of(size, sha256),
            url=URL + name,
            most=size + size // 100 + 4096,  # gzip of noise is a little longer
        )
        for name, (size, sha256) in CONTENT.items()
    ]


def _unpacked(contents):
    x, y, x_test, y_test = contents
    return Split(_images(x), _labels(y)), Split(_images(x_test), _labels(y_test))


def _images(content):
    """The images of an IDX file: a header of 16 bytes that ends with height and width,
    then the pixels.
    """
    height, width = np.frombuffer(content, ">i4", count=2, offset=8)
    # a copy can be written to
    return np.frombuffer(content, np.uint8, offset=16).reshape(-1, height, width).copy()


def _labels(content):
    return np.frombuffer(content, np.uint8, offset=8).copy()
