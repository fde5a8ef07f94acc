"""Boxes of one's own: three formats say the same, and what is wrong is told with its
file and line.
"""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import load_boxes_folder, save_boxes_folder

NAMES = ("daisy", "rose", "tulip")
EVERYTHING = (1.0, 0.0, 0.0)


def pictures(count=6):
    """Pictures of several sizes, each with as many boxes as its number modulo 4."""
    random = np.random.default_rng(5)
    result = []
    for number in range(count):
        size = random.uniform(0.1, 0.5, (number % 4, 2))
        corner = random.uniform(0, 1, (number % 4, 2)) * (1 - size)
        result.append(
            {
                "image": np.full((40 + number, 90 - number, 3), number, "uint8"),
                "boxes": np.concatenate([corner, corner + size], axis=1),
                "labels": random.integers(0, 3, number % 4),
            }
        )
    return result


@pytest.fixture(params=["voc", "coco", "yolo"])
def format(request):
    return request.param


@pytest.fixture
def folder(tmp_path, format):
    return save_boxes_folder(tmp_path / "mine", pictures(), NAMES, format)


@pytest.fixture
def voc(tmp_path):
    return save_boxes_folder(tmp_path / "mine", pictures(), NAMES, "voc")


@pytest.fixture
def coco(tmp_path):
    return save_boxes_folder(tmp_path / "mine", pictures(), NAMES, "coco")


@pytest.fixture
def yolo(tmp_path):
    return save_boxes_folder(tmp_path / "mine", pictures(), NAMES, "yolo")


def load(folder, **options):
    """The data, and its pictures by number (all pixels hold it)."""
    data = load_boxes_folder(folder, splits=EVERYTHING, **options)
    found = {int(one["image"][0, 0, 0]): one for one in data.train.as_numpy_iterator()}
    return data, found


def boxes_of(found, number):
    order = np.lexsort(found[number]["boxes"].T)
    return found[number]["boxes"][order], found[number]["labels"][order]


def test_what_was_written_is_read_back_to_half_a_pixel(folder, format):
    data, found = load(folder)
    assert data.class_names == NAMES and data.problems == ()
    assert data.source == "folder" and set(found) == set(range(6))
    for number, picture in enumerate(pictures()):
        one = found[number]
        assert np.array_equal(one["image"], picture["image"])
        assert one["boxes"].dtype == np.float32 and one["labels"].dtype == np.int64
        assert one["boxes"].shape == (number % 4, 4)
        pixels = [40 + number, 90 - number] * 2
        assert np.abs((one["boxes"] - picture["boxes"]) * pixels).max(initial=0) < 0.5
        assert one["labels"].tolist() == picture["labels"].tolist()


def test_the_format_may_be_named_and_must_be_known(folder, format):
    assert load(folder, format=format)[0].counts["train"] == 6
    with pytest.raises(ValueError, match="Did you mean 'yolo'"):
        load_boxes_folder(folder, format="yola")


def test_every_picture_is_in_one_part_and_a_seed_decides_which(folder):
    files = [load_boxes_folder(folder, seed=seed).info.files for seed in (42, 42, 1)]
    assert files[0] == files[1] != files[2]
    assert [len(part) for part in files[0].values()] == [4, 1, 1]
    assert len({file for part in files[0].values() for file in part}) == 6


def told(data, file, line=None):
    """What is said of a file (and a line)."""
    said = [
        problem.what
        for problem in data.problems
        if problem.file == file and (line is None or problem.line == line)
    ]
    assert len(said) == 1, data.problems
    return said[0]


def change_xml(folder, name, change):
    file = folder / "Annotations" / f"{name}.xml"
    tree = ET.parse(file)
    change(tree.getroot())
    tree.write(file)
    return f"Annotations/{name}.xml"


def line_of(folder, file, text, nth=0):
    lines = (folder / file).read_text().splitlines()
    return [n for n, line in enumerate(lines, start=1) if text in line][nth]


def set_corners(**corners):
    def change(root):
        for name, value in corners.items():
            root.find("object/bndbox").find(name).text = value

    return change


@pytest.mark.parametrize(
    ("corners", "words", "left"),
    [
        ({"xmin": "80", "xmax": "20"}, "ends before it begins", 1),
        ({"xmin": "20", "xmax": "20"}, "no area", 1),
        ({"xmin": "200", "xmax": "240"}, "lies outside", 1),
        ({"xmin": "3", "xmax": "120"}, "cut off at its edge", 2),
        ({"xmin": "left"}, "no number", 1),
        ({"xmin": "nan"}, "is no box", 1),
        ({"xmin": ""}, "no number", 1),
    ],
)
def test_voc_impossible_boxes_are_told_with_their_line(voc, corners, words, left):
    file = change_xml(voc, "0002", set_corners(**corners))
    data, found = load(voc)
    assert words in told(data, file, line_of(voc, file, "<bndbox>"))
    assert len(found[2]["boxes"]) == left
    assert found[2]["boxes"].max(initial=0) <= 1


def test_voc_other_faults_are_told_and_the_rest_is_read(voc):
    (voc / "Annotations" / "0001.xml").write_text("<annotation><object>\n</annotation>")
    (voc / "JPEGImages" / "0000.png").unlink()
    (voc / "JPEGImages" / "0005.png").write_bytes(b"no picture")
    Image.new("RGB", (9, 9)).save(voc / "JPEGImages" / "new.png")
    size = change_xml(
        voc, "0003", lambda root: setattr(root.find("size/width"), "text", "640")
    )
    data, found = load(voc)
    assert "cannot be read" in told(data, "Annotations/0001.xml", 2)
    assert "no picture '0000.png'" in told(data, "Annotations/0000.xml")
    assert "cannot be read" in told(data, "JPEGImages/0005.png")
    assert "left out" in told(data, "JPEGImages/new.png")
    assert "says that the picture is 640 wide" in told(data, size)
    assert "speaks of it" in told(data, "JPEGImages/0001.png")
    assert set(found) == {2, 3, 4}


def test_voc_names_that_differ_by_spelling_are_told_and_doubles_kept_once(voc):
    def double(root):
        first = root.find("object")
        root.append(first)

    def respell(root):
        root.find("object/name").text = "DAISY"

    change_xml(voc, "0003", double)
    change_xml(voc, "0001", respell)
    data, found = load(voc)
    words = [problem.what for problem in data.problems]
    assert any("stands there twice" in what for what in words)
    assert any("spelling only" in what for what in words)
    assert "DAISY" in data.class_names and len(found[3]["boxes"]) == 3


def test_voc_a_document_that_declares_entities_is_not_read(voc):
    (voc / "Annotations" / "0001.xml").write_text(
        '<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>'
    )
    data, _ = load(voc)
    assert "document type" in told(data, "Annotations/0001.xml")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("7 0.5 0.5 0.2 0.2", "classes.txt has 3"),
        ("daisy 0.5 0.5 0.2 0.2", "classes.txt has 3"),
        ("0 0.5 0.5 0.2", "has 4 numbers"),
        ("0 0.5 0.5 0.2 0.2 0.9", "a score"),
        ("0 0.1 0.1 0.2 0.1 0.2 0.2", "an outline"),
        ("0 50 50 20 20", "pixels"),
        ("0 0.5 0.5 -0.2 0.2", "ends before it begins"),
        ("0 0.5 x 0.2 0.2", "no number"),
        ("0 0.9 0.5 0.6 0.2", "cut off"),
    ],
)
def test_yolo_every_odd_line_is_told_with_its_number(yolo, line, words):
    file = yolo / "labels" / "0002.txt"
    file.write_text(file.read_text() + "\n" + line + "\n")
    data, found = load(yolo)
    number = len(file.read_text().splitlines())
    assert words in told(data, "labels/0002.txt", number)
    assert len(found[2]["boxes"]) == 2 + (words == "cut off")


def test_yolo_missing_files_are_told(yolo):
    (yolo / "labels" / "0001.txt").unlink()
    (yolo / "images" / "0002.png").unlink()
    data, found = load(yolo)
    assert "picture of nothing" in told(data, "images/0001.png")
    assert "no picture of this name" in told(data, "labels/0002.txt")
    assert len(found[1]["boxes"]) == 0 and 2 not in found
    (yolo / "classes.txt").unlink()
    with pytest.raises(ValueError, match="classes.txt"):
        load_boxes_folder(yolo)


def rewrite(coco, change):
    file = coco / "annotations.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("bbox", [1, 2, 3], "four numbers"),
        ("bbox", [10, 10, -5, 5], "ends before it begins"),
        ("bbox", [10, 10, "wide", 5], "no number"),
        ("bbox", [500, 10, 20, 20], "lies outside"),
        ("category_id", 9, "category 9"),
        ("image_id", 77, "picture 77"),
        ("iscrowd", 1, "crowd"),
    ],
)
def test_coco_odd_annotations_are_told(coco, key, value, words):
    rewrite(coco, lambda content: content["annotations"][1].update({key: value}))
    data, found = load(coco)
    (problem,) = data.problems
    assert words in problem.what and problem.file == "annotations.json"
    assert sum(len(one["boxes"]) for one in found.values()) == 6


def test_coco_a_picture_outside_the_folder_is_not_opened(coco):
    Image.new("RGB", (9, 9)).save(coco.parent / "secret.png")
    rewrite(
        coco, lambda content: content["images"][0].update(file_name="../secret.png")
    )
    data, found = load(coco)
    assert "outside the folder" in "".join(problem.what for problem in data.problems)
    assert len(found) == 5


def test_coco_that_is_no_coco_is_told(coco):
    (coco / "annotations.json").write_text("[1, 2")
    with pytest.raises(ValueError, match="no JSON"):
        load_boxes_folder(coco)
    (coco / "annotations.json").write_text('{"images": []}')
    with pytest.raises(ValueError, match="COCO"):
        load_boxes_folder(coco)


def test_a_picture_that_the_camera_turned_is_upright_and_told(yolo):
    exif = Image.Exif()
    exif[274] = 6
    image = Image.new("RGB", (60, 30))
    (yolo / "images" / "0001.png").unlink()
    image.save(yolo / "images" / "0001.jpg", exif=exif)
    data, _ = load(yolo)
    assert "camera's note" in told(data, "images/0001.jpg")
    shapes = {one["image"].shape for one in data.train.as_numpy_iterator()}
    assert (60, 30, 3) in shapes


def test_other_layouts_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="working folder"):
        load_boxes_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="path is empty"):
        load_boxes_folder("")
    with pytest.raises(ValueError, match="It holds nothing; what is read is Pascal"):
        load_boxes_folder(tmp_path)
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.txt").write_text("")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match="more than one format"):
        load_boxes_folder(tmp_path)


def test_too_few_pictures_for_three_parts(tmp_path):
    folder = save_boxes_folder(tmp_path / "two", pictures(2), NAMES, "yolo")
    with pytest.raises(ValueError, match="2 usable pictures, and needs 3"):
        load_boxes_folder(folder)
    assert load_boxes_folder(folder, splits=EVERYTHING).counts["train"] == 2


def test_nothing_is_written_over(folder, format):
    with pytest.raises(FileExistsError, match="nothing was written"):
        save_boxes_folder(folder, pictures(), NAMES, format)
    with pytest.raises(ValueError, match="class names"):
        save_boxes_folder(folder.parent / "other", pictures(), NAMES[:1], format)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "is no JSON"),
        ('{"x": ' + "9" * 10_000 + "}", "is no JSON"),
        (
            '{"images": [], "annotations": null, "categories": []}',
            "'annotations' is None",
        ),
        ('{"images": {"a": 1}, "annotations": [], "categories": []}', "'images' is"),
    ],
    ids=["nested without end", "a number of 10,000 digits", "no list", "a dictionary"],
)
def test_what_is_not_laid_out_as_coco_is_said(coco, text, says):
    (file,) = coco.glob("*.json")
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        load_boxes_folder(coco)


@pytest.mark.parametrize("key", ["image_id", "category_id"])
def test_an_id_that_is_a_list_costs_its_box_alone(coco, key, capsys):
    (file,) = coco.glob("*.json")
    content = json.loads(file.read_text())
    content["annotations"][0][key] = [1]
    file.write_text(json.dumps(content))
    data, _ = load(coco)
    assert [what for *_, what in data.problems] == [
        "annotations[0] lacks image_id, category_id or bbox; left out"
    ]
