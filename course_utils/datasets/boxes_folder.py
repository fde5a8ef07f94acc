"""Photographs of your own with boxes of your own, as labelling tools write them."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from PIL import Image

from course_utils.checks import did_you_mean, shortly
from course_utils.datasets import annotations
from course_utils.datasets.folders import checked_folder, checked_seed, checked_splits
from course_utils.datasets.labelled_folder import labelled_folder

LAYOUTS = (
    "Pascal VOC: Annotations/*.xml beside JPEGImages/; COCO: one .json file with the "
    "pictures beside it; YOLO: images/, labels/*.txt and classes.txt"
)


def load_boxes_folder(path, format=None, splits=(0.75, 0.15, 0.10), seed=42):
    """Photographs with boxes, as labelling tools export them.

    Parameters
    ----------
    path : the folder.  Pascal VOC: `Annotations/*.xml` and `JPEGImages/` (`ImageSets`
        is ignored).  COCO: one `.json` file beside the pictures.  YOLO: `images/`,
        `labels/*.txt` and `classes.txt`.
    format : "voc", "coco" or "yolo"; None looks at what lies there.
    splits : shares of the pictures for training, validation and testing, together 1.
    seed : another number mixes and splits in another way; the same one, always in the
        same.

    Returns
    -------
    LabelledFolder : `.train`, `.valid` and `.test` are `tf.data.Dataset`s of {"image":
        (height, width, 3) uint8, "boxes": (n, 4) float32, (y_min, x_min, y_max, x_max)
        in 0–1, "labels": (n,) int64}; `.class_names`; `.info.files` says which picture
        went where; `.problems` lists what is wrong or odd, with file and line.
        Impossible boxes are left out, boxes that reach over the edge are cut off there;
        both are listed, and how many there are is told.

    Raises
    ------
    FileNotFoundError, NotADirectoryError : there is no such folder.
    ValueError : none of the three layouts, or more than one; a file without which
        nothing can be read; fewer than one picture per part.
    """
    folder = checked_folder(path, "your pictures and their labels")
    splits, seed = checked_splits(splits), checked_seed(seed)
    reader = annotations.FORMATS[_checked_format(folder, format)](folder)
    names = reader.read()
    return labelled_folder(
        folder,
        reader.pictures,
        names,
        reader.problems,
        splits,
        seed,
        arrays=_boxes_and_labels,
        specs={"boxes": ("float32", (None, 4)), "labels": ("int64", (None,))},
        counted=f"{sum(len(each.boxes) for each in reader.pictures):,} boxes",
    )


def save_boxes_folder(path, pictures, class_names, format):
    """Write pictures and their boxes as a folder that `load_boxes_folder` (and a
    labelling tool) can read.

    Parameters
    ----------
    path : the folder, which must not exist or be empty.
    pictures : dictionaries with "image" (height, width, 3) uint8, "boxes" (n, 4),
        (y_min, x_min, y_max, x_max) in 0–1, and "labels" (n,): what a split of
        `load_scenes` or `load_boxes_folder` gives.
    class_names : the name of each label, in order.
    format : "voc", "coco" or "yolo".

    Returns
    -------
    The folder, a `Path`.  Pictures are PNG files, `0000.png`, `0001.png`, …

    Raises
    ------
    FileExistsError : there is something in the folder already.
    ValueError : an unknown format, impossible boxes, or labels without a name.
    """
    from course_utils.boxes import validate  # here, because it starts Keras

    folder = Path(path).expanduser()
    write = WRITERS[_known_format(format)]
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{str(folder)!r} is not empty; nothing was written")
    items = []
    for number, picture in enumerate(pictures):
        image = np.asarray(picture["image"])
        boxes = np.asarray(validate(np.asarray(picture["boxes"])), "float64")
        labels = [int(label) for label in np.asarray(picture["labels"])]
        if any(not 0 <= label < len(class_names) for label in labels):
            raise ValueError(
                f"picture {number} has the labels {labels}; there are "
                f"{len(class_names)} class names"
            )
        items.append((f"{number:04d}", image, boxes.reshape(-1, 4), labels))
    write(folder, items, [str(name) for name in class_names])
    return folder


def _checked_format(folder, format):
    if format is not None:
        return _known_format(format)
    there = {
        "voc": any((folder / "Annotations").glob("*.xml")),
        "coco": any(folder.glob("*.json")),
        "yolo": any((folder / "labels").glob("*.txt")),
    }
    found = [name for name, yes in there.items() if yes]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(
            f"{folder.name!r} holds labels of more than one format, {found}: say which "
            f"with format="
        )
    holds = sorted(entry.name for entry in folder.iterdir())[:8]
    raise ValueError(
        f"{folder.name!r} holds no labels that are known here. It holds "
        f"{', '.join(map(repr, holds)) or 'nothing'}; what is read is {LAYOUTS}."
    )


def _known_format(format):
    if not isinstance(format, str) or format not in annotations.FORMATS:
        known = list(annotations.FORMATS)
        raise ValueError(
            f"format is {shortly(format)}; it must be one of "
            f"{', '.join(map(repr, known))}."
            f"{did_you_mean(format, known)}"
        )
    return format


def _boxes_and_labels(picture):
    width, height = picture.size
    boxes = np.reshape(np.array(picture.boxes, "float64"), (-1, 4))
    boxes = boxes / [height, width, height, width]
    return {
        "boxes": boxes.astype("float32"),
        "labels": np.array(picture.labels, "int64"),
    }


def _converted(boxes, target, image_shape=None):
    from course_utils.boxes import convert  # here, because it starts Keras

    return convert(boxes, "rel_yxyx", target, image_shape)


def _write_voc(folder, items, names):
    for name, image, boxes, labels in items:
        file = _save(image, folder / "JPEGImages" / f"{name}.png")
        root = ET.Element("annotation")
        ET.SubElement(root, "filename").text = file.name
        size = ET.SubElement(root, "size")
        for side, value in zip(("height", "width", "depth"), image.shape, strict=True):
            ET.SubElement(size, side).text = str(value)
        corners = _converted(boxes, "pascal_voc", image.shape)
        for box, label in zip(corners, labels, strict=True):
            item = ET.SubElement(root, "object")
            ET.SubElement(item, "name").text = names[label]
            place = ET.SubElement(item, "bndbox")
            for side, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
                ET.SubElement(place, side).text = f"{value:.2f}"
        ET.indent(root)
        target = folder / "Annotations" / f"{name}.xml"
        target.parent.mkdir(parents=True, exist_ok=True)
        ET.ElementTree(root).write(target, encoding="utf-8")


def _write_coco(folder, items, names):
    content = {
        "images": [],
        "annotations": [],
        "categories": [{"id": n + 1, "name": name} for n, name in enumerate(names)],
    }
    for number, (name, image, boxes, labels) in enumerate(items, start=1):
        file = _save(image, folder / f"{name}.png")
        height, width = image.shape[:2]
        content["images"].append(
            {"id": number, "file_name": file.name, "width": width, "height": height}
        )
        for box, label in zip(
            _converted(boxes, "coco", image.shape), labels, strict=True
        ):
            content["annotations"].append(
                {
                    "id": len(content["annotations"]) + 1,
                    "image_id": number,
                    "category_id": label + 1,
                    "bbox": [round(float(value), 2) for value in box],
                    "area": round(float(box[2] * box[3]), 2),
                    "iscrowd": 0,
                }
            )
    (folder / "annotations.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _write_yolo(folder, items, names):
    for name, image, boxes, labels in items:
        _save(image, folder / "images" / f"{name}.png")
        lines = [
            " ".join([str(label), *(f"{value:.6f}" for value in box)])
            for box, label in zip(_converted(boxes, "yolo"), labels, strict=True)
        ]
        target = folder / "labels" / f"{name}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "classes.txt").write_text("\n".join(names) + "\n", encoding="utf-8")


def _save(image, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(file)
    return file


WRITERS = {"voc": _write_voc, "coco": _write_coco, "yolo": _write_yolo}
