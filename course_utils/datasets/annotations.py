"""Boxes as labelling tools write them: Pascal VOC, COCO and YOLO.

Each reader takes a folder and returns the class names and a list of `Picture`: where
the picture lies, how large it is, and its boxes in pixels.  Nothing is put right or
left out in silence: what cannot be is left out, what is odd is kept, and both stand
among the `Problem`s with their file and, where it has lines, the line.
"""

import json
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from PIL import Image

from course_utils.checks import did_you_mean, shortly
from course_utils.datasets.photos import open_photo, size_upright

PHOTOS = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp")
SLACK = 1.0  # pixels by which tools are used to overshoot an edge


class Problem(NamedTuple):
    """Something in a file that is wrong or odd.

    Parameters
    ----------
    file : relative to the folder; line : from 1, or None; what : in words.
    """

    file: str
    line: int | None
    what: str

    def __str__(self):
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.what}"


@dataclass
class Picture:
    """One picture: its file, (width, height) in pixels, and its boxes.

    Parameters
    ----------
    boxes : a list of (y_min, x_min, y_max, x_max) in pixels; labels : class numbers.
    """

    file: Path
    size: tuple[int, int]
    boxes: list = field(default_factory=list)
    labels: list = field(default_factory=list)


class Reader:
    """What the three readers share: problems are noted, boxes are looked at."""

    def __init__(self, folder):
        self.folder = folder
        self.problems = []
        self.pictures = []

    def note(self, file, line, what):
        name = Path(file)
        if name.is_absolute():
            name = name.relative_to(self.folder)
        self.problems.append(Problem(name.as_posix(), line, what))

    def open(self, file, told_by, line=None):
        """The `Picture` of a photo file; None, with a note, if it cannot be used."""
        if not file.is_file():
            near = did_you_mean(
                file.name, [other.name for other in photos(file.parent)]
            )
            self.note(told_by, line, f"there is no picture {file.name!r}.{near}")
            return None
        try:
            with open_photo(file) as photo:
                size, turned = size_upright(photo)
        except Exception as error:  # Pillow has many ways to say that a file is damaged
            what = (
                "no picture"
                if isinstance(error, Image.UnidentifiedImageError)
                else error
            )
            self.note(file, None, f"cannot be read ({what}); left out")
            return None
        if turned:
            self.note(
                file,
                None,
                "the camera's note turns this picture; its boxes are taken as drawn "
                "on the upright one",
            )
        picture = Picture(file, size)
        self.pictures.append(picture)
        return picture

    def add(self, picture, box, label, file, line):
        """Keep a box (y_min, x_min, y_max, x_max) in pixels if it can be one."""
        width, height = picture.size
        y_min, x_min, y_max, x_max = box
        words = ", ".join(f"{value:.6g}" for value in box)
        said = f"the box (y_min, x_min, y_max, x_max) = ({words}) pixels"
        if not all(abs(value) < 1e9 for value in box):  # NaN and infinity, too
            return self.note(file, line, f"{said} is no box; left out")
        if y_max < y_min or x_max < x_min:
            return self.note(
                file,
                line,
                f"{said} ends before it begins; left out. Are corners swapped?",
            )
        if y_max == y_min or x_max == x_min:
            return self.note(file, line, f"{said} has no area; left out")
        cut = (max(y_min, 0), max(x_min, 0), min(y_max, height), min(x_max, width))
        if cut[2] <= cut[0] or cut[3] <= cut[1]:
            return self.note(
                file,
                line,
                f"{said} lies outside the picture of {height} × {width}; left out",
            )
        beyond = max(a - b if a > b else b - a for a, b in zip(cut, box, strict=True))
        if beyond > SLACK:
            self.note(
                file,
                line,
                f"{said} reaches {beyond:.4g} pixels beyond the picture of {height} × "
                f"{width}; cut off at its edge",
            )
        if (cut, label) in zip(picture.boxes, picture.labels, strict=True):
            return self.note(file, line, f"{said} stands there twice; kept once")
        picture.boxes.append(cut)
        picture.labels.append(label)

    def number(self, text, name, file, line):
        """A float, or None with a note."""
        try:
            return float(text)
        except (TypeError, ValueError):
            self.note(
                file, line, f"{name} is {text!r}, which is no number; box left out"
            )
            return None


class VOC(Reader):
    """Annotations/*.xml and JPEGImages/: one file per picture, corners in pixels."""

    def read(self):
        names = {}
        files = sorted((self.folder / "Annotations").glob("*.xml"))
        told = set()
        for file in files:
            try:
                root, lines = xml_with_lines(file.read_bytes())
            except (ValueError, expat.ExpatError) as error:
                self.note(
                    file, getattr(error, "lineno", None), f"cannot be read: {error}"
                )
                continue
            photo = self._photo_of(file, root)
            told.add(photo)
            picture = self.open(photo, file)
            if picture is None:
                continue
            self._compare_sizes(root, picture, file)
            for item in root.iter("object"):
                self._object(item, lines, picture, names, file)
        for photo in photos(self.folder / "JPEGImages"):
            if photo not in told:
                self.note(photo, None, "no file in Annotations speaks of it; left out")
        order = sorted(names)
        for picture in self.pictures:
            picture.labels = [order.index(name) for name in picture.labels]
        self._alike(order, names)
        return tuple(order)

    def _photo_of(self, file, root):
        """The picture's name as the file says it; where it is wrong, as its own."""
        said = (root.findtext("filename") or "").strip()
        folder = self.folder / "JPEGImages"
        name = said.replace("\\", "/").rsplit("/")[-1]
        if name and (folder / name).is_file():
            if Path(name).stem != file.stem:
                self.note(
                    file,
                    None,
                    f"is called otherwise than its picture, {name!r}: which "
                    "one is meant? The picture that the file names is taken",
                )
            return folder / name
        own = [photo for photo in photos(folder) if photo.stem == file.stem]
        if own:
            if name:
                self.note(
                    file,
                    None,
                    f"names the picture {name!r}, which is not there; {own[0].name!r} "
                    "is taken",
                )
            return own[0]
        return folder / (name or f"{file.stem}.jpg")

    def _compare_sizes(self, root, picture, file):
        said = tuple(root.findtext(f"size/{side}") for side in ("width", "height"))
        if said != (None, None) and said != tuple(map(str, picture.size)):
            width, height = picture.size
            self.note(
                file,
                None,
                f"says that the picture is {said[0]} wide and {said[1]} high; it is "
                f"{width} and {height}. Boxes are taken in its true pixels",
            )

    def _object(self, item, lines, picture, names, file):
        line = lines[item]
        name = (item.findtext("name") or "").strip()
        if not name:
            return self.note(file, line, "an object has no name; box left out")
        box = item.find("bndbox")
        if box is None:
            return self.note(file, line, f"{name!r} has no bndbox; left out")
        corners = []
        for corner in ("ymin", "xmin", "ymax", "xmax"):
            value = self.number(box.findtext(corner), corner, file, lines[box])
            if value is None:
                return
            corners.append(value)
        before = len(picture.boxes)
        self.add(picture, tuple(corners), name, file, lines[box])
        if len(picture.boxes) > before:
            names.setdefault(name, (file, line))

    def _alike(self, order, names):
        seen = {}
        for name in order:
            other = seen.setdefault(name.casefold().replace(" ", ""), name)
            if other != name:
                self.note(
                    *names[name],
                    f"the class {name!r} differs from {other!r} by its spelling only: "
                    "are they one class? They are kept as two",
                )


class COCO(Reader):
    """One JSON file for all pictures, beside them; a corner and a size in pixels."""

    def read(self):
        (file,) = sorted(self.folder.glob("*.json"))
        try:
            content = json.loads(file.read_text(encoding="utf-8-sig"))
            images, items = content["images"], content["annotations"]
            kinds = {one["id"]: str(one["name"]) for one in content["categories"]}
        except (ValueError, RecursionError) as error:  # or nested too deep
            raise ValueError(f"{file.name} is no JSON: {error}") from None
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"{file.name} is not laid out as COCO has it: it needs the lists "
                f"'images', 'annotations' and 'categories' ({error})"
            ) from None
        for name, found in (("images", images), ("annotations", items)):
            if not isinstance(found, list):
                raise ValueError(
                    f"{file.name} is not laid out as COCO has it: {name!r} is "
                    f"{shortly(found)}, and must be a list"
                )
        order = sorted(kinds)
        self.listed, pictures = {}, {}
        for number, image in enumerate(images):
            photo = self._photo_of(image, number, file)
            if photo is None:
                continue
            picture = self.open(photo, file)
            if picture is None:
                continue
            if image["id"] in pictures:
                self.note(file, None, f"two pictures have the id {image['id']!r}")
            pictures[image["id"]] = picture
            self._compare_sizes(image, picture, file)
        ids = [image.get("id") for image in images if isinstance(image, dict)]
        known = {one for one in ids if isinstance(one, int | str)}
        for number, item in enumerate(items):
            self._item(item, number, pictures, known, kinds, order, file)
        named = {picture.file for picture in self.pictures}
        for photo in photos(self.folder):
            if photo not in named:
                self.note(photo, None, f"{file.name} does not speak of it; left out")
        return tuple(kinds[each] for each in order)

    def _photo_of(self, image, number, file):
        try:
            name = str(image["file_name"])
            hash(image["id"])  # a list is no id
        except (KeyError, TypeError):
            return self.note(file, None, f"images[{number}] has no id or no file_name")
        photo = (self.folder / name.replace("\\", "/")).resolve()
        if not photo.is_relative_to(self.folder.resolve()):
            return self.note(
                file,
                None,
                f"images[{number}] lies outside the folder: {name!r}; left out",
            )
        return self.folder / photo.relative_to(self.folder.resolve())

    def _compare_sizes(self, image, picture, file):
        said = image.get("width"), image.get("height")
        if None not in said and said != picture.size:
            self.note(
                file,
                None,
                f"says that {picture.file.name} is {said[0]} wide and {said[1]} high; "
                f"it is {picture.size[0]} and {picture.size[1]}. Boxes are taken in "
                "its true pixels",
            )

    def _item(self, item, number, pictures, known, kinds, order, file):
        def note(what):
            self.note(file, None, f"annotations[{number}] {what}")

        try:
            image, kind, box = item["image_id"], item["category_id"], item["bbox"]
            hash((image, kind))
        except (KeyError, TypeError):
            return note("lacks image_id, category_id or bbox; left out")
        if image not in pictures:
            if image not in known:
                note(f"is of picture {image!r}, which is not listed; left out")
            return None  # why its picture is missing has been told
        if kind not in kinds:
            return note(f"has the category {kind!r}, which is not listed; left out")
        if item.get("iscrowd"):
            return note("is a crowd, no single object; left out")
        if not isinstance(box, list) or len(box) != 4:
            return note(f"has the bbox {box!r}; it must be four numbers; left out")
        values = [
            self.number(v, f"annotations[{number}]: bbox", file, None) for v in box
        ]
        if None in values:
            return None
        x, y, width, height = values
        self.add(
            pictures[image],
            (y, x, y + height, x + width),
            order.index(kind),
            file,
            None,
        )


class YOLO(Reader):
    """images/, labels/*.txt and classes.txt: a line per box, centre and size in shares
    of the picture.
    """

    def read(self):
        order = self._classes()
        used = set()
        for photo in photos(self.folder / "images"):
            picture = self.open(photo, photo)
            text = self.folder / "labels" / f"{photo.stem}.txt"
            used.add(text)
            if picture is None:
                continue
            if not text.is_file():
                self.note(
                    photo, None, "has no file in labels: taken as a picture of nothing"
                )
                continue
            try:
                lines = text.read_text(encoding="utf-8-sig").splitlines()
            except UnicodeDecodeError:
                self.note(text, None, "is no text; its boxes are left out")
                continue
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    self._line(line, picture, order, text, number)
        for text in sorted((self.folder / "labels").glob("*.txt")):
            if text not in used and text.name != "classes.txt":
                self.note(text, None, "there is no picture of this name; left out")
        return order

    def _classes(self):
        for file in (
            self.folder / "classes.txt",
            self.folder / "labels" / "classes.txt",
        ):
            if file.is_file():
                names = file.read_text(encoding="utf-8-sig").splitlines()
                return tuple(name.strip() for name in names if name.strip())
        raise ValueError(
            f"{self.folder.name!r} has no classes.txt: without it the numbers in "
            "labels/ have no names. Write one class per line, in their order"
        )

    def _line(self, line, picture, order, file, number):
        parts = line.split()
        if len(parts) != 5:
            hint = ""
            if len(parts) == 6:
                hint = " Is the sixth a score? True boxes have none."
            elif len(parts) > 6:
                hint = " Is it an outline? Only boxes are read."
            return self.note(
                file,
                number,
                f"has {len(parts)} numbers; a box has five: class, x centre, y centre, "
                f"width, height.{hint} Left out",
            )
        if not parts[0].isdigit() or int(parts[0]) >= len(order):
            return self.note(
                file,
                number,
                f"has the class {parts[0]!r}; classes.txt has {len(order)}, numbered "
                f"from 0 to {len(order) - 1}. Left out",
            )
        values = [self.number(part, "a coordinate", file, number) for part in parts[1:]]
        if None in values:
            return None
        if max(values) > 2:
            return self.note(
                file,
                number,
                f"has {max(values):g}, where shares between 0 and 1 are expected: are "
                "these pixels? Left out",
            )
        x, y, width, height = values
        across, down = picture.size
        box = (
            (y - height / 2) * down,
            (x - width / 2) * across,
            (y + height / 2) * down,
            (x + width / 2) * across,
        )
        return self.add(picture, box, int(parts[0]), file, number)


FORMATS = {"voc": VOC, "coco": COCO, "yolo": YOLO}


def photos(folder):
    """The picture files of a folder, by name; hidden ones are ignored."""
    if not folder.is_dir():
        return []
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in PHOTOS
        and not file.name.startswith(".")
        and file.is_file()
    )


def xml_with_lines(content):
    """The root element of an XML document, and {element: line}.

    Raises
    ------
    xml.parsers.expat.ExpatError, ValueError : it is no XML, or declares entities, which
        no labelling tool does.
    """
    parser, builder, lines = expat.ParserCreate(), ET.TreeBuilder(), {}

    def start(tag, attributes):
        lines[builder.start(tag, attributes)] = parser.CurrentLineNumber

    def refuse(*_):
        raise ValueError("it has a document type, which is not read")

    parser.StartElementHandler, parser.EndElementHandler = start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(content, True)
    return builder.close(), lines
