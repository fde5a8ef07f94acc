"""A mask for a photograph that is larger than the model, and than memory allows."""

import numpy as np

from course_utils.checks import whole_number


def predict_tiles(model, photo, overlap=32, batch_size=16):
    """The mask of a photograph at its own size, tile by tile.

    Tiles of the model's size overlap, because near its edge a tile lacks what lies
    beyond.  Where they do, their probabilities are added, weighted by the distances to
    the tile's edges, so that no seam is left.  Only one row of tiles is kept in memory.

    Parameters
    ----------
    model : (batch, h, w, 3) → (batch, h, w, classes), probabilities.
    photo : (height, width, 3), as the model wants its pixels; one smaller than a tile
        is mirrored at its edges until it fills one.
    overlap : how many pixels neighbouring tiles share, at least; 0 shows the seams.
    batch_size : tiles that go through the model at once.

    Returns
    -------
    (height, width) uint8

    Raises
    ------
    ValueError : something else than one photograph, or an overlap that leaves tiles no
        room to move on.
    """
    photo = np.asarray(photo)
    tile_height, tile_width, channels = model.input_shape[1:]
    if photo.ndim != 3 or photo.shape[-1] != channels:
        raise ValueError(
            f"the photo has shape {photo.shape}; it must be (height, width, {channels})"
        )
    hint = "Tiles must move on: it has to be smaller than a tile."
    smallest = min(tile_height, tile_width)
    overlap = whole_number(overlap, "overlap", low=0, high=smallest - 1, hint=hint)
    height, width = photo.shape[:2]
    missing = max(tile_height - height, 0), max(tile_width - width, 0)
    photo = np.pad(photo, ((0, missing[0]), (0, missing[1]), (0, 0)), "symmetric")

    tops = starts(photo.shape[0], tile_height, overlap)
    lefts = starts(photo.shape[1], tile_width, overlap)
    weights = hill(tile_height, tile_width)[..., None]
    mask = np.zeros(photo.shape[:2], "uint8")
    band = np.zeros((tile_height, photo.shape[1], model.output_shape[-1]), "float32")
    for top, next_top in zip(tops, [*tops[1:], photo.shape[0]], strict=True):
        for first in range(0, len(lefts), batch_size):
            chosen = lefts[first : first + batch_size]
            rows = photo[top : top + tile_height]
            tiles = np.stack([rows[:, left : left + tile_width] for left in chosen])
            found = np.asarray(model.predict_on_batch(tiles))
            for left, probabilities in zip(chosen, found, strict=True):
                band[:, left : left + tile_width] += weights * probabilities
        done = next_top - top  # no later tile reaches these rows
        mask[top:next_top] = band[:done].argmax(axis=-1)
        band = np.concatenate([band[done:], np.zeros_like(band[:done])])
    return mask[:height, :width]


def starts(size, tile, overlap):
    """Where tiles begin that cover `size` pixels, each sharing at least `overlap` with
    the next one, and end with the last pixel.
    """
    last = size - tile
    return [*range(0, last, tile - overlap), last]


def hill(height, width):
    """(height, width) weights: the distances to the nearest edge along rows and along
    columns, in pixels from 1, multiplied; so what happens along one of them does not
    depend on the other.
    """
    rows = np.minimum(np.arange(height), np.arange(height)[::-1]) + 1
    columns = np.minimum(np.arange(width), np.arange(width)[::-1]) + 1
    return np.outer(rows, columns).astype("float32")
