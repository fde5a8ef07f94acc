"""Photographs as arrays: the two that come with scikit-learn, and any file."""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageOps

# The kinds of files that are read, whatever a name's ending says: Pillow knows more,
# and starts Ghostscript for some of them.
# A camera's MPO is opened as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_PIXELS = 64_000_000  # as RGB these are 192 MB; a telephone has 12 to 50 million


class TooLarge(ValueError):
    """A picture of more than `MOST_PIXELS` pixels."""


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


def read_photo(source, at_least=None):
    """One photo file as an array, upright.

    Grey photos, CMYK, 16 bits and palettes become RGB; what is transparent becomes
    white.

    Parameters
    ----------
    source : the path of a file, or its bytes; JPEG (also a camera's MPO), PNG, WebP,
        GIF or BMP.
    at_least : height and width that will do.  A JPEG that is much larger is read at a
        half, a quarter or an eighth of its size, which takes a fraction of the time.

    Returns
    -------
    (height, width, 3) uint8 array, RGB, 0-255.

    Raises
    ------
    Exception : whatever Pillow says of a file that is no picture, or only a part of
        one.
    """
    with open_photo(source) as photo:
        if at_least:
            photo.draft(None, (at_least, at_least))
        photo.load()
        return np.asarray(_rgb(_upright(photo)))


def open_photo(source):
    """The `PIL.Image` in a file (a path or its bytes), opened and not read yet.

    Raises
    ------
    PIL.UnidentifiedImageError : a file of another kind than `FORMATS`, whatever its
        name says.
    TooLarge : a ValueError, for more than `MOST_PIXELS` pixels.  A file of a few kB can
        hold one.
    """
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # told below
        try:
            photo = Image.open(source, formats=FORMATS)
        except Image.DecompressionBombError:
            raise TooLarge(_too_large("far more pixels")) from None
    width, height = photo.size
    if width * height > MOST_PIXELS:
        photo.close()
        raise TooLarge(_too_large(f"{height:,} × {width:,} pixels"))
    return photo


def _too_large(size):
    return (
        f"the picture has {size}; at most {MOST_PIXELS:,} are read, because it would "
        "fill the memory. Make it smaller with any photo program"
    )


def size_upright(photo):
    """(width, height) of an opened photo put upright, and whether it lies on its side
    or its head as it is.
    """
    turn = photo.getexif().get(ExifTags.Base.Orientation, 1)
    width, height = photo.size
    return ((height, width) if turn in (5, 6, 7, 8) else (width, height)), (
        turn in range(2, 9)
    )


def _upright(photo):
    """The photo turned as the camera's note (EXIF) says; as it is, where the note
    cannot be read.
    """
    try:
        return ImageOps.exif_transpose(photo)
    except Exception:
        return photo


def _rgb(photo):
    if photo.mode.startswith("I"):  # 16 bits: Pillow would cut off all above 255
        bytes_ = (np.asarray(photo).clip(0, 65_535) >> 8).astype("uint8")
        return Image.fromarray(bytes_).convert("RGB")
    if photo.has_transparency_data:
        white = Image.new("RGBA", photo.size, "white")
        return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")
    return photo.convert("RGB")
