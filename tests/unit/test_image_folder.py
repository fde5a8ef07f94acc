"""Photos of one's own: any JPEG or PNG is read right, what is broken is named, and
mistakes are explained.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from course_utils.datasets import folders, image_folder, load_image_folder
from course_utils.datasets.photos import read_photo

ALL_TRAINING = (1.0, 0.0, 0.0)


def colour(name, size=(40, 30)):
    return Image.new("RGB", size, name)


def save(image, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    """Two classes, 20 red photos and 10 blue ones, each with its own shade and size."""
    for name, count, channel in (("red", 20, 0), ("blue", 10, 2)):
        for number in range(count):
            shade = [0, 0, 0]
            shade[channel] = 100 + number * 5
            save(
                Image.new("RGB", (24 + number, 32), tuple(shade)),
                tmp_path / "photos" / name / f"{number}.png",
            )
    return tmp_path / "photos"


def test_three_splits_of_photos_with_labels_in_alphabetical_order(folder):
    data = load_image_folder(folder)
    assert data.class_names == ("blue", "red") and data.source == "folder"
    assert (
        data.info.features["label"].names == ["blue", "red"]
        and data.info.features["label"].num_classes == 2
    )
    assert data.counts == {"train": 23, "valid": 4, "test": 3}
    seen = []
    for split in (data.train, data.valid, data.test):
        for image, label in split.as_numpy_iterator():
            assert (
                image.dtype == np.uint8 and image.shape[0] == 32 and image.shape[2] == 3
            )
            assert image[0, 0].argmax() == (2 if label == 0 else 0), (
                "the label is another photo's"
            )
            seen.append((int(label), image.shape[1]))
    assert sorted(seen) == sorted(
        [(1, 24 + n) for n in range(20)] + [(0, 24 + n) for n in range(10)]
    )


def test_each_class_is_split_by_the_same_shares(folder):
    files = load_image_folder(folder).info.files
    per_class = {
        part: [
            sum(file.parent.name == name for file in files[part])
            for name in ("blue", "red")
        ]
        for part in files
    }
    assert per_class == {"train": [8, 15], "valid": [1, 3], "test": [1, 2]}
    assert per_class["train"][1] / 20 == 0.75


def test_the_same_seed_gives_the_same_split_and_another_one_another(folder):
    first, again, other = (
        load_image_folder(folder, seed=seed).info.files for seed in (42, 42, 43)
    )
    assert first == again
    assert set(first["test"]) != set(other["test"])


def test_the_split_does_not_depend_on_the_order_of_the_disk(folder, monkeypatch):
    before = load_image_folder(folder).info.files
    visible = image_folder._visible
    listing = Path.iterdir
    monkeypatch.setattr(
        Path, "iterdir", lambda self: iter(sorted(listing(self), reverse=True))
    )
    assert visible(folder) == image_folder._visible(folder)
    assert load_image_folder(folder).info.files == before


def test_a_new_class_moves_no_photo_of_the_others(folder):
    before = load_image_folder(folder).info.files
    for number in range(6):
        save(colour("green"), folder / "green" / f"{number}.jpg")
    after = load_image_folder(folder).info.files
    for part, files in before.items():
        assert set(files) == {
            file for file in after[part] if file.parent.name != "green"
        }


def test_classes_are_mixed_within_a_split(folder):
    labels = [
        file.parent.name for file in load_image_folder(folder).info.files["train"]
    ]
    assert labels != sorted(labels) and labels != sorted(labels, reverse=True)


def test_with_a_size_all_photos_are_squares_of_bytes_and_can_be_batched(folder):
    data = load_image_folder(folder, size=16)
    images, labels = next(data.train.batch(8).as_numpy_iterator())
    assert (
        images.shape == (8, 16, 16, 3)
        and images.dtype == np.uint8
        and labels.dtype == np.int64
    )


# Every kind of file -------------------------------------------------------------------


def test_grey_and_palette_photos_become_rgb(tmp_path):
    grey = read_photo(save(Image.new("L", (9, 7), 100), tmp_path / "grey.jpg"))
    assert (
        grey.shape == (7, 9, 3)
        and np.ptp(grey) <= 1
        and abs(int(grey[0, 0, 0]) - 100) <= 1
    )
    palette = read_photo(save(colour("#ff8000").quantize(4), tmp_path / "palette.png"))
    assert palette[0, 0].tolist() == [255, 128, 0]
    two = read_photo(save(Image.new("1", (4, 4), 1), tmp_path / "two.png"))
    assert two.dtype == np.uint8 and (two == 255).all()


def test_cmyk_becomes_the_same_colour(tmp_path):
    red = colour("red").convert("CMYK")
    pixel = read_photo(save(red, tmp_path / "print.jpg", quality=95))[10, 10]
    assert pixel[0] > 230 and max(pixel[1:]) < 30


def test_what_is_transparent_becomes_white(tmp_path):
    for mode, clear in (("RGBA", (200, 10, 10, 0)), ("LA", (10, 0))):
        assert (
            read_photo(save(Image.new(mode, (5, 5), clear), tmp_path / f"{mode}.png"))
            == 255
        ).all()
    half = read_photo(
        save(Image.new("RGBA", (5, 5), (0, 0, 0, 128)), tmp_path / "half.png")
    )
    assert abs(int(half[0, 0, 0]) - 127) <= 1
    palette = Image.new("P", (5, 5), 0)
    palette.putpalette([0, 0, 0] * 256)
    assert (read_photo(save(palette, tmp_path / "p.png", transparency=0)) == 255).all()


def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path):
    deep = Image.fromarray(np.full((6, 6), 32_768, np.uint16))
    assert read_photo(save(deep, tmp_path / "deep.png"))[0, 0].tolist() == [
        128,
        128,
        128,
    ]


def test_a_photo_taken_with_the_camera_on_its_side_stands_upright(tmp_path):
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))  # red on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright: left becomes top
    upright = read_photo(save(image, tmp_path / "side.jpg", exif=exif, quality=95))
    assert upright.shape == (40, 20, 3)
    assert upright[5, 10, 0] > 200 and upright[35, 10, 2] > 200


def test_a_large_jpeg_is_read_smaller_but_never_too_small(tmp_path):
    path = save(colour("teal", (1600, 800)), tmp_path / "large.jpg")
    assert read_photo(path).shape == (800, 1600, 3)
    assert read_photo(path, at_least=96).shape == (100, 200, 3)
    assert read_photo(path, at_least=101).shape[0] >= 101
    assert read_photo(
        save(colour("teal", (50, 40)), tmp_path / "small.jpg"), at_least=96
    ).shape == (40, 50, 3)


def test_endings_in_capitals_and_names_in_any_script_are_read(tmp_path):
    for name in ("A.JPG", "b.JPEG", "Ünï 花.png", "d.Png"):
        save(
            colour("red"),
            tmp_path / "rosé" / name,
            format="png" if name.lower().endswith("png") else "jpeg",
        )
    assert load_image_folder(tmp_path, ALL_TRAINING).counts["train"] == 4


def test_hidden_files_and_other_kinds_of_files_are_ignored(folder):
    for name in (".DS_Store", "._0.png", "notes.txt", "Thumbs.db"):
        (folder / "red" / name).write_bytes(b"x")
    save(colour("red"), folder / ".hidden" / "1.png")
    save(colour("red"), folder / "__MACOSX" / "1.png")
    (folder / "LICENSE.txt").write_text("free")
    data = load_image_folder(folder)
    assert data.info.per_class == {"blue": 10, "red": 20} and data.info.skipped == {}


def test_a_file_may_come_as_bytes_and_in_other_formats(tmp_path):
    for ending in ("jpg", "png", "webp", "gif", "bmp"):
        path = save(colour("blue"), tmp_path / f"a.{ending}")
        for source in (path, str(path), path.read_bytes()):
            photo = read_photo(source)
            assert photo.shape == (30, 40, 3) and photo[9, 9].argmax() == 2


def test_a_drawing_called_jpg_never_reaches_ghostscript(folder, capsys):
    save(colour("red"), folder / "red" / "drawing.jpg", format="EPS")
    data = load_image_folder(folder)
    assert data.info.skipped == {"red/drawing.jpg": "it is no picture"}
    with pytest.raises(Image.UnidentifiedImageError):
        read_photo(folder / "red" / "drawing.jpg")


# What goes wrong ----------------------------------------------------------------------


def test_broken_files_are_named_and_left_out(folder, capsys):
    whole = (folder / "red" / "0.png").read_bytes()
    (folder / "red" / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "red" / "empty.jpg").write_bytes(b"")
    (folder / "blue" / "page.jpg").write_text("<html>not found</html>")
    save(
        Image.fromarray(
            np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        ),
        folder / "t.jpg",
    )
    (folder / "blue" / "cut.jpg").write_bytes((folder / "t.jpg").read_bytes()[:2000])
    data = load_image_folder(folder)
    assert sum(data.counts.values()) == 30
    assert set(data.info.skipped) == {
        "red/truncated.png",
        "red/empty.jpg",
        "blue/page.jpg",
        "blue/cut.jpg",
    }
    warning = " ".join(capsys.readouterr().err.split())
    assert "4 files that cannot be read are left out" in warning
    named = (
        "red/truncated.png",
        "red/empty.jpg (it is empty)",
        "blue/page.jpg (it is no picture)",
        "blue/cut.jpg",
    )
    for part in named:
        assert part in warning
    assert len(list(data.train)) == data.counts["train"]


def test_a_hundred_broken_files_are_counted_and_not_all_named(folder, capsys):
    for number in range(100):
        (folder / "red" / f"broken{number}.jpg").write_bytes(b"no")
    data = load_image_folder(folder)
    warning = capsys.readouterr().err
    assert len(data.info.skipped) == 100 and "and 90 more" in " ".join(warning.split())


@pytest.mark.parametrize(
    "content, words",
    [({}, "holds nothing"), ({"a.gif": b"x", "b.heic": b"y"}, "1 × .gif")],
)
def test_an_empty_class_is_an_error(folder, content, words):
    (folder / "tulip").mkdir()
    for name, held in content.items():
        (folder / "tulip" / name).write_bytes(held)
    with pytest.raises(ValueError, match="class 'tulip' has no photo") as error:
        load_image_folder(folder)
    assert words in str(error.value)


def test_a_class_of_broken_files_only_is_an_error(folder, capsys):
    (folder / "tulip").mkdir()
    (folder / "tulip" / "1.jpg").write_bytes(b"no")
    with pytest.raises(ValueError, match="'tulip' has 0 readable photos"):
        load_image_folder(folder)
    assert "tulip/1.jpg" in capsys.readouterr().err


def test_a_class_that_is_too_small_to_be_split_is_an_error(folder):
    for number in range(2):
        save(colour("red"), folder / "tulip" / f"{number}.jpg")
    with pytest.raises(
        ValueError, match="'tulip' has 2 readable photos; it needs at least 3"
    ):
        load_image_folder(folder)
    save(colour("red"), folder / "tulip" / "2.jpg")
    files = load_image_folder(folder).info.files
    assert [
        sum(file.parent.name == "tulip" for file in part) for part in files.values()
    ] == [1, 1, 1]


def test_the_folder_of_one_class_is_recognised(folder):
    with pytest.raises(
        ValueError,
        match="'red' holds no folders, but 20 photos. Is it the folder of one class",
    ):
        load_image_folder(folder / "red")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(ValueError, match="holds no folders and no photos"):
        load_image_folder(tmp_path)


def test_a_folder_one_level_too_high_is_recognised(folder):
    with pytest.raises(
        ValueError, match="holds 'photos', which in turn holds folders of photos"
    ):
        load_image_folder(folder.parent)


def test_photos_that_are_split_already_are_recognised(folder):
    (folder / "red").rename(folder / "train")
    (folder / "blue").rename(folder / "Test")
    with pytest.raises(ValueError, match="are the photos split already"):
        load_image_folder(folder)


def test_a_path_that_is_not_there_and_a_file_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        load_image_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="is a file"):
        load_image_folder(tmp_path / "file")


@pytest.mark.parametrize(
    "splits", [(0.5, 0.5), (0.75, 0.15, 0.2), (0, 0.5, 0.5), (1.2, -0.1, -0.1), 0.75]
)
def test_shares_that_are_none_are_refused(folder, splits):
    with pytest.raises(ValueError, match="three shares that add up to 1"):
        load_image_folder(folder, splits)


@pytest.mark.parametrize("size", [0, 7, 96.5, (96, 96), "96", True])
def test_a_size_that_is_none_is_refused(folder, size):
    with pytest.raises(ValueError, match="side of a square in pixels"):
        load_image_folder(folder, size=size)


@pytest.mark.parametrize("total", [3, 4, 5, 9, 10, 11, 99, 3670])
def test_counts_add_up_and_follow_the_shares(total):
    counts = folders.counts_of_parts(total, (0.75, 0.15, 0.10))
    assert sum(counts) == total and min(counts) >= 1
    if total >= 10:
        assert all(
            abs(count - total * share) < 1
            for count, share in zip(counts, (0.75, 0.15, 0.10), strict=True)
        )


def test_no_photo_is_asked_for_a_share_of_zero(folder):
    assert load_image_folder(folder, (0.8, 0.2, 0)).counts == {
        "train": 24,
        "valid": 6,
        "test": 0,
    }


def test_copies_in_two_parts_and_under_two_labels_are_told(folder, capsys):
    files = load_image_folder(folder).info.files
    test, train = files["test"][0], files["train"][0]
    capsys.readouterr()
    copy = test.with_name("copy.png")
    copy.write_bytes(train.read_bytes())
    other = folder / ("red" if train.parent.name == "blue" else "blue") / "again.png"
    other.write_bytes(train.read_bytes())
    data = load_image_folder(folder)
    said = " ".join(capsys.readouterr().err.split())
    assert "one picture under two labels" in said and "again.png" in said
    (group,) = data.info.duplicates
    assert len(group) == 3 and f"{train.parent.name}/{train.name}" in group


def test_a_copy_that_reaches_another_part_is_told(tmp_path, capsys):
    for number in range(12):
        content = colour((number, 0, 0)) if number < 6 else colour((number - 6, 0, 0))
        save(content, tmp_path / "roses" / f"{number:02d}.png")
    data = load_image_folder(tmp_path)
    assert len(data.info.duplicates) == 6
    said = " ".join(capsys.readouterr().err.split())
    assert "one picture in two parts: what is tested was trained on" in said


def test_copies_in_one_part_are_counted_and_not_complained_of(tmp_path, capsys):
    for number in range(4):
        save(colour("red"), tmp_path / "roses" / f"{number}.png")
    data = load_image_folder(tmp_path, splits=ALL_TRAINING)
    assert [len(group) for group in data.info.duplicates] == [4]
    assert capsys.readouterr().err == ""


def test_what_is_ignored_is_counted_and_named(folder, capsys):
    (folder / "red" / "holiday.HEIC").write_bytes(b"x")
    (folder / "red" / "notes.txt").write_text("x")
    save(colour("red"), folder / "red" / "more" / "1.png")
    data = load_image_folder(folder)
    assert data.info.ignored == {
        "red/holiday.HEIC": "neither JPEG nor PNG",
        "red/more": "a folder within a class; photos in it: 1",
        "red/notes.txt": "neither JPEG nor PNG",
    }
    said = " ".join(capsys.readouterr().err.split())
    assert "3 entries of the folder are ignored: red/holiday.HEIC" in said
    assert "red/more" in said and "notes.txt" not in said


@pytest.mark.skipif(os.name != "posix", reason="names and pipes as Unix has them")
def test_a_pipe_is_not_waited_for_and_a_name_that_is_no_text_is_told(folder):
    os.mkfifo(folder / "red" / "pipe.png")
    assert load_image_folder(folder).info.ignored == {"red/pipe.png": "no plain file"}
    os.rename(folder / "red", os.fsencode(folder) + b"/r\xf6t")
    with pytest.raises(ValueError, match=r"'r\\\\udcf6t' has a name that is no plain"):
        load_image_folder(folder)


def test_a_photo_that_is_gone_when_it_is_read_is_told(folder):
    data = load_image_folder(folder)
    gone = data.info.files["train"][0]
    gone.unlink()
    with pytest.raises(Exception, match=f"{gone.name} was there when the folder"):
        list(data.train)


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path_is_no_folder(path):
    with pytest.raises(ValueError, match="the path is empty"):
        load_image_folder(path)


@pytest.mark.parametrize("seed", ["x", 1.5, -1])
def test_a_seed_is_a_whole_number(folder, seed):
    with pytest.raises(ValueError, match="seed is"):
        load_image_folder(folder, seed=seed)
