"""What folders of labelled pictures have in common, whatever the labels are."""

import random
from dataclasses import dataclass
from types import SimpleNamespace

from course_utils import sources
from course_utils.datasets.folders import counts_of_parts
from course_utils.datasets.photo_set import PhotoSet
from course_utils.datasets.photos import read_photo

NAMED = 5  # problems that are told at once; all are in .problems


@dataclass(frozen=True, repr=False, eq=False)
class LabelledFolder(PhotoSet):
    """A folder of labelled pictures, as `load_boxes_folder` and `load_masks_folder`
    give it: a `PhotoSet` whose elements are dictionaries.

    Parameters
    ----------
    problems : a list of `Problem(file, line, what)`, all that is wrong or odd in the
        folder; line is None where a file has no lines.
    """

    problems: tuple = ()


def labelled_folder(
    folder, pictures, names, problems, splits, seed, arrays, specs, counted
):
    """The `LabelledFolder` of pictures that a reader found; problems are told.

    Parameters
    ----------
    pictures : each has a `.file`.
    arrays : a function that makes of a picture {name: array}, what stands beside its
        image.
    specs : {name: (dtype, shape)} of these arrays.
    counted : what is in it, in words.
    """
    order = sorted(pictures, key=lambda picture: picture.file.as_posix())
    least = sum(share > 0 for share in splits)
    if len(order) < least:
        why = "; ".join(map(str, problems[:NAMED]))
        raise ValueError(
            f"{folder.name!r} has {len(order)} usable pictures, and needs {least}, one "
            f"for each part.{' ' + why if why else ''}"
        )
    random.Random(f"{seed}").shuffle(order)
    parts, start = {}, 0
    counts = counts_of_parts(len(order), splits)
    for part, count in zip(("train", "valid", "test"), counts, strict=True):
        parts[part] = order[start : start + count]
        start += count
    _tell(folder, problems)
    name = folder.resolve().name
    return LabelledFolder(
        name=name,
        **{part: _dataset(files, arrays, specs) for part, files in parts.items()},
        info=SimpleNamespace(
            features={"label": SimpleNamespace(names=names, num_classes=len(names))},
            files={
                part: tuple(each.file for each in files)
                for part, files in parts.items()
            },
        ),
        class_names=tuple(names),
        source="folder",
        line=f"{len(order):,} photos with {counted} of {len(names)} classes, from the "
        f"folder {name}.",
        problems=tuple(problems),
    )


def _dataset(pictures, arrays, specs):
    """The pictures of a split, read when they are asked for."""
    import course_utils.startup  # noqa: F401, I001  (first, so that TensorFlow starts quietly)
    import tensorflow as tf

    names = list(specs)
    shapes = {"image": (None, None, 3)}
    shapes |= {name: shape for name, (_, shape) in specs.items()}
    types = ["uint8", *(dtype for dtype, _ in specs.values())]

    def read(number):
        picture = pictures[int(number)]
        beside = arrays(picture)
        return [read_photo(picture.file), *(beside[name] for name in names)]

    def element(number):
        values = tf.numpy_function(read, [number], types, stateful=False)
        result = dict(zip(["image", *names], values, strict=True))
        for name, value in result.items():
            value.set_shape(shapes[name])
        return result

    return tf.data.Dataset.range(len(pictures)).map(element, tf.data.AUTOTUNE)


def _tell(folder, problems):
    if problems:
        more = len(problems) - NAMED
        sources.tell(
            f"{len(problems):,} thing{'s' * (len(problems) != 1)} in {folder.name} "
            f"{'is' if len(problems) == 1 else 'are'} wrong or odd: "
            + "; ".join(map(str, problems[:NAMED]))
            + (f"; and {more:,} more (see .problems)." if more > 0 else ".")
        )
