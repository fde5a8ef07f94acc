"""The sources are asked in order, and what was tried is said."""

import pytest

from course_utils import sources


def fails(reason):
    def serve():
        raise sources.Unavailable(reason)

    return serve


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("auto", ("the cached one", "cache")),
        ("cached", ("the cached one", "cache")),
        ("embedded", ("the drawn one", "embedded")),
    ],
)
def test_find_asks_the_sources_in_order(mode, expected):
    found = sources.find(
        "It",
        mode,
        cached=lambda: "the cached one",
        download=fails("asked in vain"),
        embedded=lambda: "the drawn one",
        stand_in="a drawing",
    )
    assert (found.value, found.source) == expected


def test_what_the_course_ships_itself_is_taken_in_every_mode_and_silently(capsys):
    for mode in ("auto", "cached", "embedded"):
        found = sources.find("The small network", mode, embedded=lambda: "weights")
        assert (found.value, found.source) == ("weights", "embedded")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("mode", "reasons"),
    [
        ("auto", ["not cached", "cannot be downloaded: no server"]),
        ("cached", ["not cached", "COURSE_DATA=auto"]),
        ("embedded", ["ships nothing", "COURSE_DATA=auto"]),
    ],
)
def test_when_no_source_can_serve_the_error_lists_what_was_tried(mode, reasons):
    with pytest.raises(sources.NoSource) as caught:
        sources.find(
            "Xception", mode, cached=fails("not cached"), download=fails("no server")
        )
    assert str(caught.value).startswith("Xception is not to be had")
    for reason in reasons:
        assert reason in str(caught.value)
