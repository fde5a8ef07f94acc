"""Masks of one's own: grey or with a palette, of their picture's size, or told."""

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import load_masks_folder

EVERYTHING = (1.0, 0.0, 0.0)


def mask_of(number):
    mask = np.zeros((20 + number, 30), "uint8")
    mask[3:9, 4 : 10 + number] = 1 + number % 2
    return mask


@pytest.fixture
def folder(tmp_path):
    """Six pictures with masks, half of them with a palette."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    for number in range(6):
        image = np.full((20 + number, 30, 3), number * 20, "uint8")
        Image.fromarray(image).save(tmp_path / "images" / f"{number}.png")
        mask = Image.new("P" if number % 2 else "L", (30, 20 + number))
        mask.putdata(mask_of(number).ravel().tolist())
        if number % 2:
            mask.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
        mask.save(tmp_path / "masks" / f"{number}.png")
    (tmp_path / "classes.txt").write_text("background\ndaisy\nrose\n")
    return tmp_path


def load(folder):
    data = load_masks_folder(folder, splits=EVERYTHING)
    found = {
        int(one["image"][0, 0, 0]) // 20: one for one in data.train.as_numpy_iterator()
    }
    return data, found


def test_masks_come_with_their_pictures(folder):
    data, found = load(folder)
    assert data.class_names == ("background", "daisy", "rose") and not data.problems
    for number in range(6):
        mask = found[number]["mask"]
        assert mask.dtype == np.uint8 and mask.shape == (20 + number, 30, 1)
        assert np.array_equal(mask[..., 0], mask_of(number))


def test_without_names_classes_are_called_by_their_numbers(folder):
    (folder / "classes.txt").unlink()
    assert load(folder)[0].class_names == ("background", "1", "2")


def test_black_and_white_means_one_class_and_is_told(folder):
    (folder / "classes.txt").unlink()
    for number in range(6):
        white = np.where(mask_of(number) > 0, 255, 0).astype("uint8")
        Image.fromarray(white).save(folder / "masks" / f"{number}.png")
    data, found = load(folder)
    assert data.class_names == ("background", "1")
    assert np.array_equal(found[3]["mask"][..., 0], mask_of(3) > 0)
    assert "black and white" in data.problems[0].what


def test_255_is_nobody_knows(folder):
    mask = mask_of(0)
    mask[0] = 255
    Image.fromarray(mask).save(folder / "masks" / "0.png")
    data, found = load(folder)
    assert not data.problems and (found[0]["mask"][0] == 255).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((5, 5), "uint8"), "is 5 × 5 pixels, and its picture 20 × 30"),
        (np.full((20, 30), 7, "uint8"), "holds 7; classes.txt names 0 to 2"),
        (np.zeros((20, 30, 3), "uint8"), "in colour"),
        (np.full((20, 30), 300, "uint16"), "classes go up to 255"),
    ],
)
def test_a_mask_that_cannot_be_is_told_and_left_out(folder, values, words):
    Image.fromarray(values).save(folder / "masks" / "0.png")
    data, found = load(folder)
    (problem,) = data.problems
    assert problem.file == "masks/0.png" and words in problem.what
    assert set(found) == {1, 2, 3, 4, 5}


def test_missing_and_broken_files_are_told(folder):
    (folder / "masks" / "0.png").unlink()
    (folder / "images" / "1.png").unlink()
    (folder / "masks" / "2.png").write_bytes(b"no picture")
    (folder / "images" / "3.png").write_bytes(b"no picture")
    Image.new("L", (30, 24)).save(folder / "masks" / "4.jpg")
    data, found = load(folder)
    said = {problem.file: problem.what for problem in data.problems}
    assert "has no mask" in said["images/0.png"]
    assert "no picture in images" in said["masks/1.png"]
    assert "no picture" in said["masks/2.png"]
    assert "cannot be" in said["images/3.png"] or "can be read" in said["images/3.png"]
    assert "PNG" in said["masks/4.jpg"]
    assert set(found) == {4, 5}


def test_another_layout_is_explained(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(ValueError, match="images/ and masks/ beside each other"):
        load_masks_folder(tmp_path)
    (tmp_path / "masks").mkdir()
    (tmp_path / "classes.txt").write_text("one\n")
    with pytest.raises(ValueError, match="background's and one"):
        load_masks_folder(tmp_path)


def test_where_there_is_no_folder_it_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_masks_folder(tmp_path / "nothing")
    (tmp_path / "photo.png").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="is a file"):
        load_masks_folder(tmp_path / "photo.png")
    with pytest.raises(ValueError, match="path is empty"):
        load_masks_folder(" ")


def test_where_no_mask_fits_the_error_says_which_and_why(folder):
    for number in range(6):
        Image.new("L", (9, 9)).save(folder / "masks" / f"{number}.png")
    with pytest.raises(
        ValueError, match="has 0 usable pictures, and needs 3"
    ) as caught:
        load_masks_folder(folder)
    assert "masks/0.png: is 9 × 9 pixels, and its picture 20 × 30" in str(caught.value)
