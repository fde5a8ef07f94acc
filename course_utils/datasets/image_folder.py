"""Photographs of your own: a folder with one folder a class in it."""

import hashlib
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from PIL import Image

from course_utils import sources
from course_utils.checks import printable
from course_utils.datasets.folders import (
    checked_folder,
    checked_seed,
    checked_splits,
    counts_of_parts,
)
from course_utils.datasets.photo_set import PhotoSet, checked_size, ready_in_memory
from course_utils.datasets.photos import open_photo, read_photo
from course_utils.progress import progress_bar

ENDINGS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png")
OTHER_PHOTOS = (".heic", ".heif", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif")
SPLIT_NAMES = {"train", "training", "valid", "validation", "val", "test", "testing"}
NAMED = 10  # faults that a message names one by one
MANY = 500  # files from which on a progress bar is shown
LAYOUT = (
    "load_image_folder wants one folder a class, with the photos of that class in it"
)


@dataclass(frozen=True)
class FolderInfo:
    """What is known about a folder of photos.

    Parameters
    ----------
    features : {"label": ...}, which has `.names` and `.num_classes`, as in TFDS.
    files : {"train": ..., "valid": ..., "test": ...}, each a tuple of the files in the
        order they come.
    per_class : how many good photos each class has.
    skipped : {file: why}, for files that could not be read as photos.
    ignored : {file: why}, for what is no photo by its name or place.
    duplicates : a tuple of groups of files that hold the same picture, byte for byte.
    """

    features: dict
    files: dict
    per_class: dict
    skipped: dict
    ignored: dict
    duplicates: tuple


def load_image_folder(path, splits=(0.75, 0.15, 0.10), seed=42, size=None):
    """Photographs in folders by class: `photos/daisy/1.jpg`, `photos/tulip/2.png`, ...

    Every file is looked at once, with a progress line.  One that cannot be read is
    named in a warning and left out.  Hidden files and folders are ignored; so are files
    that are neither JPEG nor PNG and folders inside a class's folder, and these are
    counted and named.  The same picture twice is told, too: in two parts, or under two
    names, it makes results look better or worse than they are.  Grey photos, CMYK, 16
    bits and palettes become RGB; what is transparent becomes white; photos that a
    camera marked as lying on their side are put upright.

    Parameters
    ----------
    path : the folder that holds one folder a class; the classes are called as the
        folders, in alphabetical order.
    splits : shares for training, validation and testing, together 1.  Each class is
        split by these shares, and has at least one photo in each.
    seed : another number splits and mixes in another way; the same one, always in the
        same.
    size : None leaves each photo its own size.  A number gives squares of that side,
        cropped from the middle, resized once and kept in memory.

    Returns
    -------
    PhotoSet : as `load_flowers` gives; `.info.files`, `.info.skipped`, `.info.ignored`
        and `.info.duplicates` say which file went where.

    Raises
    ------
    FileNotFoundError, NotADirectoryError : there is no such folder.
    ValueError : no folders in it, an empty class, a class too small to be split, or
        shares that are none.
    """
    size, splits = checked_size(size), checked_splits(splits)
    seed = checked_seed(seed)
    folder = checked_folder(path, "one folder a class")
    by_class = _files_by_class(folder)
    ignored = _ignored(folder)
    skipped, digests = _faults([file for files in by_class.values() for file in files])
    _warn(folder, skipped)
    _tell_ignored(ignored)
    good = {
        name: [file for file in files if file not in skipped]
        for name, files in by_class.items()
    }
    parts = _split(good, splits, seed)
    duplicates = _duplicates(folder, digests, parts)
    names = list(good)
    datasets = {part: _dataset(files, names, size) for part, files in parts.items()}
    info = FolderInfo(
        features={"label": SimpleNamespace(names=names, num_classes=len(names))},
        files={part: tuple(files) for part, files in parts.items()},
        per_class={name: len(files) for name, files in good.items()},
        skipped={
            str(file.relative_to(folder)): fault for file, fault in skipped.items()
        },
        ignored=ignored,
        duplicates=duplicates,
    )
    count = sum(info.per_class.values())
    return PhotoSet(
        name=folder.resolve().name,
        **datasets,
        info=info,
        class_names=tuple(names),
        source="folder",
        line=f"{count:,} photos of {len(names)} classes, from the folder "
        f"{folder.resolve().name}.",
    )


def _dataset(files, names, size):
    """The photos of a split, read when they are asked for."""
    import course_utils.startup  # noqa: F401, I001  (first, so that TensorFlow starts quietly)
    import tensorflow as tf

    labels = np.array([names.index(file.parent.name) for file in files], "int64")
    # twice: there is something left to be averaged
    at_least = 2 * size if size else None

    def read(number):
        file = files[int(number)]
        try:
            return read_photo(file, at_least)
        except FileNotFoundError:
            raise FileNotFoundError(
                f"the photo {file.parent.name}/{file.name} was there when the folder "
                "was looked at, and is gone: call load_image_folder again"
            ) from None

    def photo(number, label):
        image = tf.numpy_function(read, [number], tf.uint8, stateful=False)
        image.set_shape((None, None, 3))
        return image, label

    numbers = tf.data.Dataset.from_tensor_slices((np.arange(len(files)), labels))
    dataset = numbers.map(photo, tf.data.AUTOTUNE)
    return dataset if size is None else ready_in_memory(dataset, size)


def _visible(folder):
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith((".", "__MACOSX"))
    )


def _photos_in(folder):
    return [
        entry
        for entry in _visible(folder)
        if entry.suffix.lower() in ENDINGS and entry.is_file()
    ]


def _files_by_class(folder):
    """{class name: its photo files}; ValueError, with the likely mistake, where the
    folder is not laid out so.
    """
    classes = [entry for entry in _visible(folder) if entry.is_dir()]
    if not classes:
        raise ValueError(f"{_no_folders(folder)}: {LAYOUT}.")
    for entry in classes:
        if not entry.name.isprintable():
            raise ValueError(
                f"the folder {printable(entry.name)!r} has a name that is no plain "
                "text (UTF-8), and would name a class: give it another name"
            )
    found = {entry.name: _photos_in(entry) for entry in classes}
    if {entry.name.lower() for entry in classes} <= SPLIT_NAMES:
        raise ValueError(
            f"the folders in {folder.name!r} are {', '.join(map(repr, found))}: are "
            f"the photos split already? {LAYOUT}, and does the splitting itself. Give "
            "one of these folders."
        )
    inside = [
        entry.name
        for entry in classes
        for below in _visible(entry)
        if below.is_dir() and _photos_in(below)
    ]
    if inside and not any(found.values()):
        raise ValueError(
            f"{folder.name!r} holds {', '.join(dict.fromkeys(map(repr, inside)))}, "
            "which in turn holds folders of photos. Is it one level too high? "
            f"{LAYOUT}."
        )
    for entry in classes:
        if not found[entry.name]:
            raise ValueError(
                f"the class {entry.name!r} has no photo: its folder holds "
                f"{_kinds(entry)}. Delete the folder if it is no class; photos must be "
                "JPEG or PNG files."
            )
    return found


def _no_folders(folder):
    """What is wrong with a folder that holds no folders."""
    photos = len(_photos_in(folder))
    if not photos:
        return f"{folder.name!r} holds no folders and no photos. Is it the right one"
    return (
        f"{folder.name!r} holds no folders, but {photos:,} photo{'s' * (photos != 1)}. "
        "Is it the folder of one class? Then give the one above it. Else sort the "
        "photos into folders first"
    )


def _kinds(folder):
    """How many files of each ending a folder holds: "2 × .gif, 1 × .heic"."""
    files = [file for file in _visible(folder) if file.is_file()]
    kinds = Counter(file.suffix.lower() or "no ending" for file in files)
    counts = [f"{count} × {kind}" for kind, count in kinds.most_common(5)]
    return ", ".join(counts) or "nothing"


def _faults(files):
    """({file: why it cannot be used}, {file: a hash of what it holds}), each file
    decoded once at an eighth of its size where the format allows.
    """
    faults, digests = {}, {}
    few = len(files) < MANY
    bar = progress_bar("Looking at the photos", len(files), "photos", disable=few)
    with ThreadPoolExecutor() as pool, bar:
        for file, (fault, digest) in zip(files, pool.map(_look_at, files), strict=True):
            if fault:
                faults[file] = fault
            else:
                digests[file] = digest
            bar.update()
    return faults, digests


def _look_at(file):
    try:
        content = file.read_bytes()
    except OSError as error:
        return error.strerror or str(error), None
    return _fault(content), hashlib.sha256(content).digest()


def _fault(content):
    try:
        if not content:
            return "it is empty"
        with open_photo(content) as photo:
            photo.draft(None, (1, 1))
            photo.load()
    except Image.UnidentifiedImageError:
        return "it is no picture"
    except Exception as error:  # Pillow has many ways to say that a file is damaged
        return str(error) or type(error).__name__
    return None


def _ignored(folder):
    """{file or folder: why}, for all that is neither a photo of a class nor hidden."""
    ignored = {}
    for entry in _visible(folder):
        if not entry.is_dir():
            ignored[entry.name] = "it lies in no class's folder"
            continue
        for below in _visible(entry):
            name = f"{entry.name}/{below.name}"
            if below.is_dir():
                if count := len(_photos_in(below)):
                    ignored[name] = f"a folder within a class; photos in it: {count}"
            elif not below.is_file():
                ignored[name] = "no plain file"
            elif below.suffix.lower() not in ENDINGS:
                ignored[name] = "neither JPEG nor PNG"
    return ignored


def _tell_ignored(ignored):
    photos = {
        name: why
        for name, why in ignored.items()
        if "folder" in why or name.lower().endswith(OTHER_PHOTOS)
    }
    if photos:
        sources.tell(
            f"{len(ignored)} entries of the folder are ignored: {_listed(photos)}"
        )


def _duplicates(folder, digests, parts):
    """Groups of files with equal content; those that spoil an experiment are told."""
    groups, part_of = {}, {}
    for part, files in parts.items():
        for file in files:
            groups.setdefault(digests[file], []).append(file)
            part_of[file] = part
    groups = [sorted(files) for files in groups.values() if len(files) > 1]
    told = {}
    for files in sorted(groups):
        names = " and ".join(file.relative_to(folder).as_posix() for file in files[:3])
        if len({file.parent for file in files}) > 1:
            told[names] = "one picture under two labels: one of them is wrong"
        elif len({part_of[file] for file in files}) > 1:
            told[names] = "one picture in two parts: what is tested was trained on"
    if told:
        sources.tell(f"there are copies among the photos: {_listed(told)}")
    return tuple(
        tuple(file.relative_to(folder).as_posix() for file in files)
        for files in sorted(groups)
    )


def _listed(reasons):
    """The first few of {name: why}, and how many more there are."""
    named = [f"{name} ({why})" for name, why in list(reasons.items())[:NAMED]]
    more = len(reasons) - len(named)
    return ", ".join(named) + (f", and {more:,} more." if more > 0 else ".")


def _warn(folder, skipped):
    if not skipped:
        return
    count = (
        f"{len(skipped):,} files that cannot be read are"
        if len(skipped) > 1
        else "a file that cannot be read is"
    )
    named = {file.relative_to(folder).as_posix(): why for file, why in skipped.items()}
    sources.tell(f"{count} left out: {_listed(named)}")


def _split(by_class, splits, seed):
    """{"train": files, "valid": files, "test": files}, each class by the same shares,
    each part mixed.
    """
    parts = {"train": [], "valid": [], "test": []}
    for name, files in by_class.items():
        least = sum(share > 0 for share in splits)
        if len(files) < least:
            raise ValueError(
                f"the class {name!r} has {len(files)} readable "
                f"photo{'s' * (len(files) != 1)}; it needs at least "
                f"{least}, one for each part"
            )
        files = list(files)
        # by its name, so that one class more moves no photo of others
        random.Random(f"{seed} {name}").shuffle(files)
        start = 0
        for part, count in zip(parts, counts_of_parts(len(files), splits), strict=True):
            parts[part] += files[start : start + count]
            start += count
    for part, files in parts.items():
        random.Random(f"{seed} {part}").shuffle(files)
    return parts
