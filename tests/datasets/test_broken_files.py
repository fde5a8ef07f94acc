"""A broken, truncated or wrong file is named, set aside, and never used."""

import gzip
import hashlib

import pytest
from fakes import NAME, a_file, flipped

from course_utils import sources
from course_utils.datasets.fashion import load_fashion
from course_utils.sources import cache

DAMAGE = {
    "truncated": (lambda raw: gzip.compress(raw)[:-200], "truncated"),
    "cut before its last byte": (lambda raw: gzip.compress(raw)[:-1], "truncated"),
    "empty": (lambda raw: b"", "holds 0 bytes"),
    "one byte of it altered": (
        lambda raw: flipped(gzip.compress(raw, 0), 5000),
        "damaged",
    ),
    "other data of the same length": (
        lambda raw: gzip.compress(flipped(raw, 5000)),
        "holds other data",
    ),
    "too long": (lambda raw: gzip.compress(raw + b"x"), "more than"),
    "a web page": (lambda raw: b"<html>log in</html>", "no gzip file"),
}


@pytest.fixture(params=list(DAMAGE), ids=lambda name: name.replace(" ", "_"))
def damaged(request, filled, small):
    """The cache with one bad file; returns (its bytes, what the message must say)."""
    damage, says = DAMAGE[request.param]
    (filled / NAME).write_bytes(damage(small[NAME]))
    return (filled / NAME).read_bytes(), says


def test_a_bad_file_is_an_error_in_cached_mode_named_and_set_aside(damaged, filled):
    content, says = damaged
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert f"$KERAS_HOME/datasets/fashion-mnist/{NAME}" in str(caught.value)
    assert says in str(caught.value) and f"{NAME}.broken-1" in str(caught.value)
    assert not (filled / NAME).exists()
    assert (filled / f"{NAME}.broken-1").read_bytes() == content


def test_a_bad_file_without_a_network_is_a_loud_fall_back(
    damaged, filled, offline, capsys
):
    assert load_fashion().source == "embedded"
    said = " ".join(capsys.readouterr().err.split())
    assert f"{NAME} {damaged[1]}" in said or damaged[1] in said
    assert f"{NAME}.broken-1" in said and "Using garments drawn by the course" in said
    assert (filled / f"{NAME}.broken-1").exists() and not (filled / NAME).exists()


def test_a_bad_file_is_named_and_replaced_by_a_download(
    damaged, filled, small, server, capsys
):
    data = load_fashion()
    assert data.source == "download" and server.requests == [f"/real/{NAME}"]
    assert data.train.images.tobytes() == small[NAME][16:]
    assert f"{NAME}.broken-1" in capsys.readouterr().err
    assert load_fashion("cached").source == "cache"


def test_several_bad_files_are_named_together_and_numbered(filled, small):
    (filled / f"{NAME}.broken-1").write_bytes(b"from last week")
    for name in (NAME, "t10k-labels-idx1-ubyte.gz"):
        (filled / name).write_bytes(b"bad")
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert f"{NAME}.broken-2" in str(
        caught.value
    ) and "t10k-labels-idx1-ubyte.gz.broken-1" in str(caught.value)
    assert (filled / f"{NAME}.broken-1").read_bytes() == b"from last week"


def test_another_compression_of_the_same_data_is_as_good(filled, small):
    for level, (name, content) in enumerate(small.items()):
        (filled / name).write_bytes(gzip.compress(content, level, mtime=12345))
    assert load_fashion("cached").source == "cache"


def test_what_cannot_be_read_is_named_and_left_where_it_is(filled, offline, capsys):
    (filled / NAME).unlink()
    (filled / NAME).mkdir()
    with pytest.raises(sources.NoSource, match=f"{NAME} cannot be read"):
        load_fashion("cached")
    assert load_fashion().source == "embedded"
    assert (filled / NAME).is_dir()


def test_a_file_mended_by_another_notebook_meanwhile_is_used(monkeypatch):
    file = a_file()
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(b"half")
    looks = []

    def check(path):
        looks.append(path)
        if len(looks) == 1:
            raise cache.BadFile("is half written")
        return "good"

    assert cache.CachedFile(file.folder, file.name, check=check).cached() == "good"


def test_one_of_several_known_sums_is_enough_and_the_path_comes_back(home):
    path = home / "models" / "small.h5"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    good = hashlib.sha256(b"weights").hexdigest()
    file = cache.CachedFile(
        "models", "small.h5", check=cache.one_of_sha256("0" * 64, good)
    )
    assert file.cached() == path
    path.write_bytes(b"weight")
    with pytest.raises(cache.Broken, match="small.h5 holds other data than expected"):
        file.cached()


def test_messages_hold_no_folder_of_this_machine(filled, offline, home, capsys):
    (filled / NAME).write_bytes(b"bad")
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    load_fashion()
    assert str(home.parent) not in str(caught.value) + capsys.readouterr().err
