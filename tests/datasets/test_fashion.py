"""Fashion-MNIST comes from where the session says, whole."""

import numpy as np
import pytest
from fakes import FEW, left_in

from course_utils import session, sources
from course_utils.datasets import fashion
from course_utils.datasets.fashion import load_fashion


def test_files_in_the_cache_are_used_without_asking_the_network(
    filled, small, server, capsys
):
    data = load_fashion()
    (x, y), (x_test, y_test) = data
    assert data.source == "cache"
    assert x.tobytes() == small["train-images-idx3-ubyte.gz"][16:]
    assert y.tolist() == [i % 10 for i in range(30)]
    assert (x.shape, x_test.shape, x.dtype, y_test.dtype) == (
        (30, 28, 28),
        (20, 28, 28),
        np.uint8,
        np.uint8,
    )
    assert (
        data.train.images is x
        and data.test.labels is y_test
        and data[0] is data.train
        and len(data) == 2
    )
    assert server.requests == []
    assert capsys.readouterr() == ("", "")


def test_an_empty_cache_is_filled_by_a_download_and_serves_the_next_call(
    small, folder, server, capsys
):
    first = load_fashion()
    assert first.source == "download"
    assert left_in(folder) == sorted(small)
    assert len(server.requests) == 4
    told = capsys.readouterr().err  # where progress goes
    assert [file for file in small if f"Downloading {file}" not in told] == []
    again = load_fashion()
    assert again.source == "cache" and len(server.requests) == 4
    np.testing.assert_array_equal(first.train.images, again.train.images)


def test_only_what_is_missing_is_downloaded(filled, server):
    (filled / "t10k-labels-idx1-ubyte.gz").unlink()
    assert load_fashion().source == "download"
    assert server.requests == ["/real/t10k-labels-idx1-ubyte.gz"]


def test_with_neither_cache_nor_network_the_garments_stand_in_and_say_so(
    small, offline, capsys
):
    data = load_fashion()
    assert data.source == "embedded" and data.train.images.shape == (FEW[0], 28, 28)
    said = " ".join(capsys.readouterr().err.split())
    assert (
        "Data warning: Fashion-MNIST: it is not in $KERAS_HOME/datasets/fashion-mnist"
        in said
    )
    assert "no connection to 127.0.0.1 (Network is unreachable)" in said
    assert "Using garments drawn by the course in place of Fashion-MNIST." in said
    assert (
        "not comparable with published" in said
        and "not comparable with published" in data.line
    )
    load_fashion()
    assert "Using garments" in capsys.readouterr().err, (
        "the second fall-back was silent"
    )


def test_embedded_uses_neither_the_cache_nor_the_network(filled, server, capsys):
    assert load_fashion("embedded").source == "embedded"
    assert server.requests == [] and capsys.readouterr().err == ""


def test_the_session_decides_where_the_call_says_auto(filled, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "embedded")
    assert load_fashion().source == load_fashion("auto").source == "embedded"
    assert load_fashion("cached").source == "cache"


def test_cached_without_a_cache_is_an_error_that_says_what_helps(small, server):
    with pytest.raises(sources.NoSource) as caught:
        load_fashion("cached")
    assert "it is not in $KERAS_HOME/datasets/fashion-mnist" in str(caught.value)
    assert "COURSE_DATA=auto" in str(caught.value) and "COURSE_DATA=embedded" in str(
        caught.value
    )
    assert server.requests == []


def test_cached_names_the_one_file_that_is_missing(filled):
    (filled / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(sources.NoSource, match="lacks t10k-labels-idx1-ubyte.gz"):
        load_fashion("cached")


@pytest.mark.parametrize("source", ["download", "Cached", "", None])
def test_an_unknown_source_is_refused_with_the_ones_there_are(source):
    with pytest.raises(ValueError, match="'auto', 'cached', 'embedded'"):
        load_fashion(source)


def test_an_unknown_mode_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "offline")
    with pytest.raises(ValueError, match="COURSE_DATA says 'offline'"):
        load_fashion()


REAL = session.keras_home() / "datasets" / "fashion-mnist"


@pytest.mark.skipif(
    not all((REAL / name).is_file() for name in fashion.CONTENT),
    reason="needs the real data set",
)
def test_the_real_fashion_mnist_in_the_cache_is_known(monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(REAL.parent.parent))
    data = load_fashion("cached")
    assert data.source == "cache" and data.name == "Fashion-MNIST"
    assert (data.train.images.shape, data.test.images.shape) == (
        (60_000, 28, 28),
        (10_000, 28, 28),
    )
    assert round(data.train.images.mean() / 255, 4) == 0.2860
    assert np.bincount(data.train.labels).tolist() == [6000] * 10
