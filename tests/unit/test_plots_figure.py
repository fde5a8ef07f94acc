"""Every figure is shown with its words, small, and found under its name."""

import base64
import io
from html.parser import HTMLParser

import matplotlib.figure
import numpy as np
import pytest
from contrast import contrast
from IPython import display
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from PIL import Image

from course_utils import plots
from course_utils.plots.figure import DENSE_BYTES, PHOTOGRAPH, shrunk_png


@pytest.fixture
def shown(monkeypatch):
    """What was displayed: one bundle per output."""
    outputs = []
    monkeypatch.setattr(display, "display", lambda bundle, raw: outputs.append(bundle))
    return outputs


def picture_in(bundle):
    """The attributes of the one <img> of a bundle, which holds nothing else; its
    picture, decoded, as `bytes`.
    """
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, attributes))
    parser.feed(bundle["text/html"])
    [(tag, attributes)] = tags
    kind, _, source = dict(attributes)["src"].partition(",")
    picture = base64.b64decode(source)
    form = Image.open(io.BytesIO(picture)).format.lower()
    assert (tag, kind) == ("img", f"data:image/{form};base64")
    return {**dict(attributes), "bytes": picture}


def shown_pixels(bundle):
    """How large a bundle's picture is, in pixels, and how large it is on the page."""
    attributes = picture_in(bundle)
    image = Image.open(io.BytesIO(attributes["bytes"]))
    return image, (int(attributes["width"]), int(attributes["height"]))


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
    assert picture["bytes"] == png
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


def test_a_drawing_is_twice_as_dense_and_a_photograph_keeps_its_colours(shown):
    drawing, axis = plots.figure()
    axis.plot([1, 3, 2])
    photograph, axis = plots.figure(frames=False)
    # soft, as photographs are: neighbours are alike, and nearly all colours are there
    y, x = np.mgrid[0:1:300j, 0:1:300j]
    axis.imshow(np.stack([x, y, (1 + np.sin(9 * x * y)) / 2], axis=-1))
    for figure in (drawing, photograph):
        plots.show(figure, "A line, or a photograph.")
    for bundle, least in zip(shown, (2, 1), strict=True):
        image, (width, height) = shown_pixels(bundle)
        dense = round(image.width / width)
        assert dense >= least and abs(image.width - dense * width) <= dense
        assert abs(image.height - dense * height) <= dense
        assert len(picture_in(bundle)["bytes"]) <= DENSE_BYTES
    colours = shown_pixels(shown[1])[0].convert("RGB").getcolors(10**6)
    assert len(colours) > PHOTOGRAPH


def test_a_rare_colour_stays_beside_a_picture_of_many(shown):
    """The small squares beside the names of classes, on a picture of few pixels."""
    drawing, axis = plots.figure(size=(3, 3), alt="a picture and a name", frames=False)
    brown = np.random.default_rng(0).integers((60, 40, 20), (140, 90, 60), (30, 30, 3))
    axis.imshow(brown.astype("uint8"))
    colours = ("#0072b2", "#cc79a7", "#56b4e9")
    for place, colour in enumerate(colours):
        axis.plot(3 + 8 * place, 2, "s", color=colour, ms=5)
    drawing._ipython_display_()
    drawn = Image.open(io.BytesIO(drawing.png(None))).convert("RGB")
    assert drawn.getcolors(256) is None and drawn.getcolors(PHOTOGRAPH)
    pixels = np.asarray(shown_pixels(shown[0])[0].convert("RGB")).astype(int)
    for colour in colours:
        wanted = 255 * np.array(to_rgb(colour))
        assert np.abs(pixels - wanted).max(axis=-1).min() <= 8


def test_a_figure_is_laid_out_once_each_time_it_is_shown(shown, monkeypatch):
    drawing, axis = plots.figure(alt="a line")
    axis.plot([1, 3, 2])
    layout, calls = drawing.get_layout_engine(), []
    execute = layout.execute
    monkeypatch.setattr(layout, "execute", lambda it: (calls.append(1), execute(it)))
    drawing._ipython_display_()
    assert len(calls) == 1 and drawing.get_layout_engine() is layout
    words = axis.text(1, 2, "added later", color="#f0e442")
    drawing._ipython_display_()
    assert len(calls) == 2 and contrast(words.get_color(), "white") >= 4.5


def test_words_beside_an_arrow_stand_on_white():
    """Matplotlib's arrows "contain" what lies beside them."""
    from matplotlib.patches import FancyArrowPatch

    drawing, axis = plots.figure(alt="an arrow", frames=False)
    words = axis.text(0.1, 0.5, "beside", color="#6b7280")
    arrow = FancyArrowPatch((0.8, 0.1), (0.8, 0.9), arrowstyle="-|>", color="#6b7280")
    axis.add_patch(arrow)
    drawing.png()
    assert arrow.contains_point(axis.transAxes.transform((0.15, 0.5)))
    assert contrast(words.get_color(), "white") >= 4.5


def test_a_picture_that_would_be_too_large_is_not_twice_as_dense(shown):
    drawing, axis = plots.figure(size=(6, 6), frames=False)
    axis.imshow(np.random.default_rng(0).integers(0, 200, (400, 400)))
    plots.show(drawing, "Grey noise.")
    image, size = shown_pixels(shown[0])
    assert image.size == size


@pytest.mark.parametrize("colour", [*plots.PALETTE, plots.GREY])
def test_words_of_every_colour_can_be_read_on_white(colour):
    drawing, axis = plots.figure()
    words = [axis.text(0, 0, "x", color=form) for form in (colour, to_rgb(colour))]
    words += [
        axis.set_title("title", color=colour),
        drawing.suptitle("x", color=colour),
    ]
    axis.tick_params(labelcolor=colour)
    [line] = axis.plot([1, 2], color=colour)
    drawing.png()
    for one in [*words, *axis.get_xticklabels()]:
        assert contrast(one.get_color()) >= 4.5
    assert line.get_color() == colour  # only words are darker


def test_other_colours_stay():
    drawing, axis = plots.figure()
    axis.add_patch(Rectangle((0, 0), 1, 1, facecolor="#303030"))
    words = axis.text(0.5, 0.5, "on a dark square", color="white", ha="center")
    free = axis.text(0.5, 1.5, "beside it", color="#303030", ha="center")
    axis.set(xlim=(-1, 2), ylim=(0, 2))
    drawing.png()
    assert words.get_color() == "white" and free.get_color() == "#303030"


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
