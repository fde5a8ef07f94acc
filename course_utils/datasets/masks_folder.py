"""Photographs of your own with masks of your own: a class for every pixel."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.datasets.annotations import Problem, photos
from course_utils.datasets.folders import checked_folder, checked_seed, checked_splits
from course_utils.datasets.labelled_folder import labelled_folder
from course_utils.datasets.photos import open_photo, size_upright

IGNORED = 255  # what many tools write where nobody could say
LAYOUT = (
    "load_masks_folder wants images/ and masks/ beside each other, with a mask masks/"
    "name.png for each images/name.jpg, and if classes should have names, classes.txt"
)


@dataclass(frozen=True)
class MaskedPicture:
    """A picture's file and its mask's file."""

    file: Path
    mask: Path


def load_masks_folder(path, splits=(0.75, 0.15, 0.10), seed=42):
    """Photographs with a mask for each: `images/a.jpg` and `masks/a.png`.

    A mask is a PNG file of its picture's size, grey or with a palette, whose values are
    classes: 0 is the background, 255 (where it is no class) a pixel that nobody could
    label.  The palette's colours mean nothing.  `classes.txt`, one name per line with
    the background first, names the classes; without it they are called by their
    numbers.

    Parameters
    ----------
    path : the folder.
    splits : shares of the pictures for training, validation and testing, together 1.
    seed : another number mixes and splits in another way; the same one, always in the
        same.

    Returns
    -------
    LabelledFolder : `.train`, `.valid` and `.test` are `tf.data.Dataset`s of {"image":
        (height, width, 3) uint8, "mask": (height, width, 1) uint8}; `.class_names`;
        `.problems` lists what was left out or is odd, with its file.

    Raises
    ------
    FileNotFoundError, NotADirectoryError : there is no such folder.
    ValueError : another layout, or fewer than one usable picture per part.
    """
    folder = checked_folder(path, "images/ and masks/")
    splits, seed = checked_splits(splits), checked_seed(seed)
    images, masks = folder / "images", folder / "masks"
    if not images.is_dir() or not masks.is_dir():
        holds = ", ".join(repr(entry.name) for entry in sorted(folder.iterdir())[:8])
        raise ValueError(f"{folder.name!r} holds {holds or 'nothing'}: {LAYOUT}.")
    names = _class_names(folder)
    problems, pictures, seen = [], [], set()
    for photo in photos(images):
        mask = masks / f"{photo.stem}.png"
        file, fault, values = _look_at(photo, mask, len(names) if names else None)
        if fault:
            name = file.relative_to(folder).as_posix()
            problems.append(Problem(name, None, f"{fault}; left out"))
            continue
        pictures.append(MaskedPicture(photo, mask))
        seen |= values
    white_is_one = not names and seen == {0, IGNORED}
    if white_is_one:
        what = "all masks are black and white, 0 and 255: white is taken as class 1"
        problems.append(Problem("masks", None, what))
    stems = {photo.stem for photo in photos(images)}
    for mask in photos(masks):
        if mask.stem not in stems or mask.suffix.lower() != ".png":
            name = mask.relative_to(folder).as_posix()
            what = (
                "no picture in images has its name"
                if mask.suffix.lower() == ".png"
                else "masks are PNG files: others blur or lose classes"
            )
            problems.append(Problem(name, None, f"{what}; left out"))
    if not names:
        highest = 1 if white_is_one else max({0, *seen} - {IGNORED})
        names = ("background", *map(str, range(1, highest + 1)))

    def mask_of(picture):
        values = read_mask(picture.mask)
        if white_is_one:
            values = np.minimum(values, 1)
        return {"mask": values[..., None]}

    return labelled_folder(
        folder,
        pictures,
        names,
        problems,
        splits,
        seed,
        arrays=mask_of,
        specs={"mask": ("uint8", (None, None, 1))},
        counted="masks",
    )


def read_mask(file):
    """The classes in a mask's file: (height, width) uint8.

    Raises
    ------
    ValueError : it has colours, or values beyond 255.
    """
    with open_photo(file) as mask:
        mask.load()
        if mask.mode == "1":
            return np.asarray(mask).astype("uint8")
        if mask.mode.startswith("I"):
            values = np.asarray(mask)
            if values.max(initial=0) > 255 or values.min(initial=0) < 0:
                raise ValueError(f"holds {values.max()}; classes go up to 255")
            return values.astype("uint8")
        if mask.mode not in ("L", "P"):
            raise ValueError(
                f"is in colour ({mask.mode}); a mask is grey or has a palette, and its "
                "values are classes"
            )
        return np.array(mask)


def _class_names(folder):
    file = folder / "classes.txt"
    if not file.is_file():
        return ()
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) < 2:
        raise ValueError(
            f"classes.txt holds {len(names)} names; it needs the background's and one "
            "class's at least, one per line"
        )
    return names


def _look_at(photo, mask, classes):
    """(the file that is to blame, what is wrong with it, the values in the mask)."""
    try:
        with open_photo(photo) as opened:
            (width, height), _ = size_upright(opened)
            opened.load()
    except Exception as error:  # Pillow has many ways to say that a file is damaged
        return photo, f"is no picture that can be read ({error})", set()
    if not mask.is_file():
        return photo, f"has no mask, masks/{mask.name}", set()
    try:
        values = read_mask(mask)
    except Image.UnidentifiedImageError:
        return mask, "is no picture", set()
    except Exception as error:
        return mask, str(error) or type(error).__name__, set()
    if values.shape != (height, width):
        size = f"{values.shape[0]} × {values.shape[1]}"
        return mask, f"is {size} pixels, and its picture {height} × {width}", set()
    there = set(np.unique(values).tolist())
    unknown = there - {IGNORED, *range(classes or 256)}
    if unknown:
        listed = ", ".join(map(str, sorted(unknown)))
        return mask, f"holds {listed}; classes.txt names 0 to {classes - 1}", set()
    return mask, None, there
