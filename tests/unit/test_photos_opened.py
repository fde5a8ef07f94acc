"""What is opened as a photo: named kinds only, and no picture that fills the memory."""

import io
import struct
import zlib

import pytest
from PIL import Image

from course_utils.datasets import load_image_folder
from course_utils.datasets.photos import MOST_PIXELS, open_photo, read_photo

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"


def png_of(width, height):
    """A PNG file of some 100 bytes that announces any size."""

    def chunk(kind, content):
        body = kind + content
        return (
            struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def test_postscript_called_jpg_is_no_photo_and_starts_no_program(tmp_path, monkeypatch):
    def started(*_, **__):
        raise AssertionError("a program was started for a photo")

    monkeypatch.setattr("subprocess.Popen", started)
    monkeypatch.setattr("os.system", started)
    with pytest.raises(Image.UnidentifiedImageError):
        open_photo(EPS)
    for name in ("a", "b", "c"):
        (tmp_path / "roses").mkdir(exist_ok=True)
        Image.new("RGB", (9, 9)).save(tmp_path / "roses" / f"{name}.jpg")
    (tmp_path / "roses" / "d.jpg").write_bytes(EPS)
    assert load_image_folder(tmp_path).info.skipped == {
        "roses/d.jpg": "it is no picture"
    }


@pytest.mark.parametrize("size", [(12_500, 12_500), (60_000, 60_000), (1, 2**31 - 1)])
def test_a_small_file_that_would_fill_the_memory_is_told_and_not_read(size):
    with pytest.raises(ValueError, match="it would fill the memory"):
        read_photo(png_of(*size))


def test_the_largest_picture_that_is_read_is_that_of_no_usual_camera():
    assert MOST_PIXELS > 50_000_000
    with open_photo(png_of(8000, 8000)) as photo:
        assert photo.size == (8000, 8000)


def test_a_cameras_mpo_is_read():
    file = io.BytesIO()
    picture = Image.new("RGB", (20, 10), "red")
    picture.save(file, format="MPO", save_all=True, append_images=[picture])
    assert read_photo(file.getvalue()).shape == (10, 20, 3)
