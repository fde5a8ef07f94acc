"""A download says why it fails, and costs no time twice."""

import gzip
import socket
import threading
import time

import pytest
from fakes import left_in

from course_utils import sources
from course_utils.datasets import fashion
from course_utils.datasets.fashion import load_fashion
from course_utils.sources import cache, network


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        ("404", "the server answered 404 Not Found"),
        ("503", "the server answered 503"),
        ("half", "the connection closed after"),
        ("wrong", "127.0.0.1 sent as train-images-idx3-ubyte.gz holds 46 bytes where"),
        ("garbage", "this is not HTTP"),
        ("stall", "no data for"),
        ("trickle", "too slow"),
        ("large", "it announces 999,999,999,999 bytes, where"),
        ("endless", "it sent more than the"),
        ("astray", "it sends on to something that is no web address (Invalid IPv6"),
        ("bytes", "it sends on to something that is no web address"),
        ("scheme", "it sends on to something that is no web address"),
        ("refused", "127.0.0.1: no connection ("),
        ("nowhere", "the server answered 302 Found"),
        ("nothing", "the server answered 204 No Content"),
        ("broken off", "the data broke off in the middle"),
        ("escape", "answered 418 \\x1b[2J\\x1b[31mall is well"),
    ],
)
def test_a_download_that_goes_wrong_says_why_and_leaves_nothing(
    behaviour, says, small, folder, server, monkeypatch, capsys
):
    monkeypatch.setattr(network, "STALL_SECONDS", 0.3 if behaviour == "stall" else 10)
    monkeypatch.setattr(network, "SLOW_SECONDS", 0.5)
    server.behaviour = behaviour
    assert load_fashion().source == "embedded"
    said = " ".join(capsys.readouterr().err.split())
    assert "it cannot be downloaded: " in said and says in said
    assert left_in(folder) == []
    assert load_fashion().source == "embedded"
    assert len(server.requests) == 1, "the failure was not remembered"
    server.behaviour = "good"
    network.forget_failures()
    monkeypatch.setattr(network, "STALL_SECONDS", 10)
    assert load_fashion().source == "download"


def test_the_reason_is_one_line_of_a_length_that_can_be_read(small, server, capsys):
    server.behaviour = "long"
    assert load_fashion().source == "embedded"
    said = " ".join(capsys.readouterr().err.split())
    assert "the server answered 404 nnn" in said and len(said) < 1500


@pytest.mark.parametrize("behaviour", ["odd", "huge"])
def test_a_length_that_is_none_is_no_reason_to_refuse_good_data(
    behaviour, small, server
):
    server.behaviour = behaviour
    assert load_fashion().source == "download"


def test_ctrl_c_during_a_download_is_passed_on_and_leaves_nothing(
    small, folder, monkeypatch
):
    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", pressed)
    with pytest.raises(KeyboardInterrupt):
        load_fashion()
    assert left_in(folder) == []


def test_no_network_costs_under_two_seconds_and_only_once(monkeypatch):
    """Name look-ups and connections that never answer, as behind many firewalls."""
    released = threading.Event()
    asked = []

    def silent(address, *_, **__):
        asked.append(address)
        released.wait(30)
        raise OSError("too late")

    monkeypatch.setattr(socket, "create_connection", silent)
    assert network.PATIENCE_SECONDS < 2
    started = time.monotonic()
    for host in ("data.example", "weights.example", "flowers.example"):
        with pytest.raises(cache.Unavailable, match=f"no connection to {host}"):
            sources.require_network(f"https://{host}/some/file")
    first = time.monotonic() - started
    for _ in range(50):
        with pytest.raises(cache.Unavailable, match="no connection to data.example"):
            network.fetch("https://data.example/another", None, "another", 10)
    both = time.monotonic() - started
    released.set()
    # seven tenths for a machine that is busy with other things
    assert first < network.PATIENCE_SECONDS + 0.7
    assert both - first < 0.5
    assert [host for host, _ in asked].count("data.example") == 1


def test_one_host_that_refuses_does_not_stop_the_others(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(cache.Unavailable, match="no connection to 127.0.0.1"):
            sources.require_network(closed)
        sources.require_network(server.address)


def test_a_machine_behind_a_proxy_tries_the_proxy_first(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert network._first_address("https://data.example/file") == (
        "proxy.example",
        3128,
    )
    assert network._first_address("http://data.example/file") == ("data.example", 80)
    assert network._first_address("https://inside.example/file") == (
        "inside.example",
        443,
    )


def test_a_mirror_serves_a_class_without_internet(small, server, monkeypatch):
    monkeypatch.setattr(fashion, "URL", "https://unreachable.example/")
    monkeypatch.setenv("COURSE_MIRROR", f"{server.address}/home/")
    for name, content in small.items():
        server.files[f"/home/datasets/fashion-mnist/{name}"] = gzip.compress(content)
    assert load_fashion().source == "download"
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "address",
    [
        *("teacher:8000", "http://", "https:///models", "http://[::1", "file:///etc"),
        *("http://teacher:99999", "http://teacher:port", "http://a b/"),
    ],
)
def test_a_mirror_that_is_no_web_address_is_refused(address, small, monkeypatch):
    monkeypatch.setenv("COURSE_MIRROR", address)
    with pytest.raises(ValueError, match="begins with http"):
        load_fashion()


def test_names_that_no_server_can_have_are_told(small, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_MIRROR", f"http://{'a' * 70}.example")
    assert load_fashion().source == "embedded"
    assert "no connection to aaaa" in " ".join(capsys.readouterr().err.split())


def test_secrets_in_an_address_are_not_shown(small, server, monkeypatch, capsys):
    host = server.address.removeprefix("http://")
    monkeypatch.setenv("COURSE_MIRROR", f"http://anna-m:s3cret@{host}/x?key=s3cret")
    assert load_fashion().source == "embedded"
    monkeypatch.setenv("COURSE_MIRROR", "ftp://anna-m:s3cret@teacher/x?key=s3cret")
    with pytest.raises(ValueError) as caught:
        load_fashion()
    said = capsys.readouterr().err + str(caught.value)
    assert "s3cret" not in said and "anna-m" not in said and "teacher" in said
    for text in (
        *("https://me:pw@host/a?token=pw", "failed: https://pw@host:9/x y"),
        *("http://me:a@pw@host/x", "http://me:a/pw@host/x", "http://me:a#pw@host/x"),
    ):
        assert "pw" not in network.without_secrets(text)
