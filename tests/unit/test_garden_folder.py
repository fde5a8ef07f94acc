"""A garden folder that is odd, damaged or in the way: a sentence and a new drawing, or
a sentence; never a raw traceback.
"""

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import joblib
import pytest

from course_utils import sources
from course_utils.datasets import garden
from course_utils.startup import keras  # noqa: F401  (TensorFlow starts quietly)

FEW = 6
VERSION = "2.0.0"


@pytest.fixture(autouse=True)
def few(monkeypatch):
    import tensorflow_datasets as tfds

    monkeypatch.setattr(tfds.builder_cls("garden"), "COUNTS", {"flowers": FEW})
    with joblib.parallel_config(backend="sequential"):
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with a whole garden, to be copied."""
    import tensorflow_datasets as tfds

    home = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds.builder_cls("garden"), "COUNTS", {"flowers": FEW})
        with joblib.parallel_config(backend="sequential"):
            garden.prepare_garden(data_dir=str(home))
    return home


@pytest.fixture
def home(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "tfds")


def place(home):
    return home / "garden" / "flowers" / VERSION


def count(home):
    return len(list(garden.load_garden("train", data_dir=str(home))))


def empty(home):
    shutil.rmtree(place(home))
    place(home).mkdir()


def half_a_description(home):
    (place(home) / "dataset_info.json").write_text('{"name": "gar')


def another_shape_of_description(home):
    (place(home) / "dataset_info.json").write_text("[]")


def flipped_byte(home):
    [file] = place(home).glob("*.tfrecord*")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut(home):
    [file] = place(home).glob("*.tfrecord*")
    file.write_bytes(file.read_bytes()[:1000])


def a_file_in_its_place(home):
    shutil.rmtree(place(home))
    place(home).write_text("not a garden")


def a_file_in_place_of_the_config(home):
    shutil.rmtree(place(home).parent)
    place(home).parent.write_text("not a garden")


def a_link_to_itself(home):
    shutil.rmtree(place(home))
    place(home).symlink_to(place(home))


def a_link_that_leads_nowhere(home):
    shutil.rmtree(home / "garden")
    (home / "garden").symlink_to(home / "nowhere")


FAULTS = [
    empty,
    half_a_description,
    another_shape_of_description,
    flipped_byte,
    cut,
    a_file_in_its_place,
    a_file_in_place_of_the_config,
    a_link_to_itself,
    a_link_that_leads_nowhere,
]


@pytest.mark.parametrize("damage", FAULTS)
def test_what_is_no_garden_is_set_aside_and_drawn_anew(home, damage, capsys):
    damage(home)
    assert count(home) == FEW
    told = " ".join(capsys.readouterr().err.split())
    assert "It is not used and now called" in told and "broken-1" in told
    assert "Traceback" not in told
    assert count(home) == FEW
    assert "broken" not in capsys.readouterr().err


def test_a_whole_garden_is_used_and_not_touched(home, capsys):
    before = {file: file.stat().st_mtime_ns for file in place(home).iterdir()}
    assert count(home) == FEW
    assert {file: file.stat().st_mtime_ns for file in place(home).iterdir()} == before
    assert capsys.readouterr().err == ""


def test_a_whole_garden_that_cannot_be_written_is_used(home, capsys, monkeypatch):
    monkeypatch.setattr(sources, "writable", lambda folder: False)
    monkeypatch.setattr(sources, "scratch", lambda folder: pytest.fail("drawn anew"))
    builder = garden.prepare_garden(data_dir=str(home))
    assert str(builder.data_path) == str(place(home))
    assert capsys.readouterr().err == ""


def test_a_full_disk_is_said_in_a_sentence(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tfds.core.GeneratorBasedBuilder, "download_and_prepare", full)
    with pytest.raises(sources.Unavailable, match="No space left.*disk full"):
        garden.prepare_garden(data_dir=str(tmp_path))
    assert not place(tmp_path).exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_after_a_kill_no_helper_lives_on_and_its_rest_is_cleared(tmp_path):
    code = f"""
        from course_utils.datasets.garden import prepare_garden
        prepare_garden(data_dir={str(tmp_path)!r})
    """
    drawing = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    helpers = []
    for _ in range(600):
        helpers = [pid for pid in children(drawing.pid) if "loky" in command(pid)]
        if len(helpers) >= 2 and list(tmp_path.glob("garden/flowers/*incomplete*")):
            break
        assert drawing.poll() is None, "it ended before it was killed"
        time.sleep(0.2)
    time.sleep(4)  # until they draw
    drawing.kill()
    drawing.wait()
    for _ in range(150):
        if not any(alive(pid) for pid in helpers):
            break
        time.sleep(0.2)
    assert helpers and not any(alive(pid) for pid in helpers)
    assert list(tmp_path.glob("garden/flowers/*incomplete*"))
    assert count(tmp_path) == FEW
    assert not list(tmp_path.glob("garden/flowers/*incomplete*"))


def children(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [int(number) for number in listed.stdout.split()]


def command(pid):
    shown = subprocess.run(
        ["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True
    )
    return shown.stdout


def alive(pid):
    shown = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True
    )
    return bool(shown.stdout.strip()) and not shown.stdout.startswith("Z")
