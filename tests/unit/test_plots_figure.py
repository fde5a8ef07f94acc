"""Every figure is shown with its words, small, and found under its name."""

import io

import matplotlib.figure
import numpy as np
import pytest
from IPython import display
from PIL import Image

from course_utils import plots
from course_utils.plots.figure import shrunk_png


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: one (bundle, metadata) per output."""
    outputs = []
    keep = lambda bundle, metadata, raw: outputs.append((bundle, metadata))
    monkeypatch.setattr(display, "display", keep)
    return outputs


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
    for bundle, metadata in shown:
        assert bundle["text/plain"] == "an empty square"
        assert bundle["image/png"][:4] == b"\x89PNG"
        assert metadata == {"image/png": {"alt": "an empty square"}}


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
