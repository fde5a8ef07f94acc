"""Every figure is shown with its words, small, and found under its name."""

import base64
import io
from html.parser import HTMLParser

import matplotlib.figure
import numpy as np
import pytest
from IPython import display
from PIL import Image

from course_utils import plots
from course_utils.plots.figure import shrunk_png


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: one bundle per output."""
    outputs = []
    monkeypatch.setattr(display, "display", lambda bundle, raw: outputs.append(bundle))
    return outputs


def picture_in(bundle):
    """The attributes of the one <img> of a bundle, which holds nothing else; its
    picture, decoded, as `png`.
    """
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, attributes))
    parser.feed(bundle["text/html"])
    [(tag, attributes)] = tags
    kind, _, source = dict(attributes)["src"].partition(",")
    assert (tag, kind) == ("img", "data:image/png;base64")
    return {**dict(attributes), "png": base64.b64decode(source)}


def png_of(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [plots.Figure, matplotlib.figure.Figure])
def test_a_figure_is_shown_with_its_words(shown, kind):
    figure = kind(figsize=(1, 1))
    plots.show(figure, alt="an empty square")
    plots.show(figure)  # it knows its words now
    assert len(shown) == 2 and type(figure) is kind
    for bundle in shown:
        assert set(bundle) == {
            "text/html",
            "text/plain",
        }  # the picture stands there once
        assert bundle["text/plain"] == picture_in(bundle)["alt"] == "an empty square"


def test_a_picture_keeps_its_shape_and_fits_into_the_page():
    png = png_of(np.zeros((40, 90, 3), "uint8"))
    picture = picture_in(plots.picture_bundle(png, "a black bar"))
    assert picture["png"] == png
    assert (picture["width"], picture["height"]) == ("90", "40")
    assert "max-width: 100%; height: auto" in picture["style"]


@pytest.mark.parametrize(
    "words",
    [
        '5 < 6 & "so" it\'s',
        "<script>alert('x')</script>",
        "one\ntwo",
        "é → 3×3",
        "&amp;",
    ],
)
def test_any_words_reach_the_page_as_they_are(words):
    bundle = plots.picture_bundle(png_of(np.zeros((2, 2), "uint8")), words)
    assert picture_in(bundle)["alt"] == bundle["text/plain"] == words
    assert "\n" not in bundle["text/html"]


@pytest.mark.parametrize("kind", [plots.Figure, matplotlib.figure.Figure])
def test_a_figure_without_words_is_not_shown(shown, kind):
    with pytest.raises(ValueError, match="no alt text"):
        plots.show(kind(figsize=(1, 1)))
    with pytest.raises(ValueError, match="no alt text"):
        plots.show(kind(figsize=(1, 1)), alt=" ")
    assert not shown


def test_a_shrunk_picture_has_few_colours_and_the_same_size():
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), "uint8")
    png = png_of(pixels)
    small = shrunk_png(png, colours=16)
    picture = Image.open(io.BytesIO(small)).convert("RGB")
    assert len(small) < len(png) and picture.size == (80, 60)
    assert len(picture.getcolors()) <= 16


def test_what_shrinking_would_enlarge_stays():
    png = png_of(np.zeros((1, 1), "uint8"))
    assert shrunk_png(png) == png


def test_a_figure_can_keep_all_its_colours():
    drawing, axis = plots.figure(size=(2, 2))
    axis.imshow(np.random.default_rng(0).random((40, 40, 3)))
    assert len(drawing.png(None)) > len(drawing.png(16))


def test_the_face_of_plots_offers_each_name_once():
    assert len(plots.__all__) == len(set(plots.__all__)) and "show" in plots.__all__
    # `figure` is a file too; callers want the function
    assert all(not hasattr(getattr(plots, name), "__path__") for name in plots.__all__)
    assert callable(plots.figure) and callable(plots.two_heads)


def test_pictures_have_no_frames_where_none_are_wanted():
    assert not any(axis.axison for axis in plots.figure(1, 2, frames=False)[0].axes)
    assert all(axis.axison for axis in plots.figure(1, 2)[0].axes)
