"""The two photographs that come with scikit-learn."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, repr=False, eq=False)
class Photos:
    """Photographs of one size.

    Attributes
    ----------
    images : (2, 427, 640, 3) uint8, 0-255, (photograph, height, width, RGB).
    names : one name a photograph, in the same order.
    credits : who took them, and under which licence.
    """

    images: np.ndarray
    names: tuple[str, ...]
    credits: tuple[str, ...]

    def __len__(self):
        return len(self.images)

    def __repr__(self):
        count, height, width, channels = self.images.shape
        return (
            f"{count} photographs ({', '.join(self.names)}), {height}×{width} "
            f"pixels, {channels} channels"
        )


def load_photos():
    """A Chinese temple and a dahlia, the two photographs that come with scikit-learn.

    Returns
    -------
    Photos : `.images` (2, 427, 640, 3) uint8 and `.names` ("china", "flower").
    """
    # about a second: only for those who look at photographs
    from sklearn.datasets import load_sample_images

    bunch = load_sample_images()
    return Photos(
        images=np.stack(bunch.images),
        names=tuple(
            str(name).replace("\\", "/").rsplit("/")[-1].removesuffix(".jpg")
            for name in bunch.filenames
        ),
        credits=("china: danielbuechele, CC BY 2.0", "flower: vultilion, CC BY 2.0"),
    )
