"""Words can be read on whatever they stand: 4.5 to 1 at least, on white and on colours,
in every explorer and on every ground that a figure has.
"""

import re

import numpy as np
import pytest
from contrast import LEAST, Watched, contrast, of_figure
from control_positions import states
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from course_utils import plots
from course_utils.plots.figure import words_on
from course_utils.widgets import EXPLORERS
from course_utils.widgets.board import Board
from course_utils.widgets.front_end import text

FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(
    lambda parts: "#{:02x}{:02x}{:02x}".format(*parts)
)


def test_contrast_is_that_of_the_standard():
    assert contrast("black") == pytest.approx(21) and contrast("white") == 1
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ff0000", "#0000ff") == pytest.approx(2.15, abs=0.01)


@given(COLOURS)
def test_there_are_words_for_every_ground(ground):
    assert contrast(words_on(ground), ground) >= LEAST
    # pure black is for grounds on which the course's own cannot be read
    assert (words_on(ground) == plots.BLACK) == (contrast(plots.BLACK, ground) >= LEAST)


@given(COLOURS)
def test_numbers_in_a_grid_can_be_read_on_every_colour(ground):
    with pytest.MonkeyPatch.context() as patch:
        watched = Watched(patch)
        Board(100).grid([[1]], 8, 8, 60, lambda _: ground, words=[["8"]])
    assert watched.found and not watched.too_faint()


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.__name__)
def test_all_words_of_an_explorer_can_be_read(explorer, monkeypatch):
    watched = Watched(monkeypatch)
    if explorer.needs_model:  # started once
        made = explorer()
        for name, control in made.controls.items():
            ends = getattr(control, "values", None) or [True, False]
            for value in [] if hasattr(control, "low") else ends[:6]:
                made.set(**{name: value})
                made.board()
        made.board()
    else:

        @FEW
        @given(states(explorer))
        def draw(state):
            explorer(**state).board()

        draw()
        explorer().board()
    assert len(watched.found) >= 3
    assert not watched.too_faint()


def test_what_is_too_faint_is_seen(monkeypatch):
    watched = Watched(monkeypatch)
    board = Board(100)
    board.rectangle(0, 0, 300, 40, fill="#888888")
    board.text(10, 20, "grey on grey", colour=plots.GREY)
    board.text(10, 80, "grey on white", colour=plots.GREY)
    assert [words for words, _ in watched.too_faint()] == ["grey on grey"]


@pytest.mark.parametrize("ground", [*plots.PALETTE, plots.GREY, "#808080", "#e5e7eb"])
@pytest.mark.parametrize("colour", ["white", "black", plots.GREY, plots.ORANGE])
def test_a_figure_finds_words_for_the_ground_they_stand_on(ground, colour):
    """A box behind them, a bar, a patch, a cell of an image."""
    figure, (first, second) = plots.figure(1, 2)
    first.bar([0, 1], [1, 1], color=ground)
    first.text(0, 0.5, "bar", ha="center", color=colour)
    first.text(1, 0.2, "box", ha="center", color=colour, bbox={"facecolor": "white"})
    first.set_xlabel("axis")
    second.add_patch(Rectangle((0, 0), 0.5, 1, facecolor=ground))
    second.text(0.25, 0.5, "in", ha="center", color=colour)
    second.set(xlim=(0, 1.5), ylim=(0, 1.2))
    figure.png()
    for words, found in of_figure(figure):
        assert found >= LEAST, words


def turned():
    angles = np.arange(0, 360, 15)
    one = 0.5 + 0.4 * np.cos(np.radians(2 * angles))
    return plots.rotation_response(angles, {"one": one, "all": np.full(24, 0.9)})


def preprocessed():
    photo = np.random.default_rng(0).integers(0, 256, (40, 50, 3))
    answers = [("n1", "palace", 0.7), ("n2", "lakeside", 0.2), ("n3", "dome", 0.1)]
    return plots.preprocessing_comparison(
        {"first": photo / 127.5 - 1, "second": photo / 255},
        answers={"first": answers, "second": answers},
        seen=(-1, 1),
        right="first",
    )


CROWDED = {  # words on several colours, or across lines
    "highlight": lambda: plots.pooling_steps(
        np.arange(24).reshape(6, 4) % 10, highlight=(2, 0)
    ),
    "left over": lambda: plots.pooling_steps(np.arange(25).reshape(5, 5) % 10),
    "channels": lambda: plots.depth_pool_diagram([7, 2, 1, 4, 4, 9, 3, 0], 2),
    "turned": turned,
    "preprocessed": preprocessed,
}


@pytest.mark.parametrize("name", CROWDED)
def test_words_of_the_lessons_crowded_figures_can_be_read(name):
    faint = {words: of for words, of in of_figure(CROWDED[name]()) if of < LEAST}
    assert not faint


@given(st.integers(0, 255))
@settings(max_examples=12, deadline=None)
def test_numbers_on_an_image_can_be_read(value):
    figure, axis = plots.figure(frames=False)
    axis.imshow(np.full((1, 2), value), vmin=0, vmax=255, cmap="viridis")
    axis.text(0, 0, "8", ha="center", va="center", color="white")
    assert min(found for _, found in of_figure(figure)) >= LEAST


def test_words_that_can_be_read_keep_their_colour():
    figure, axis = plots.figure()
    axis.bar([0], [1], color=plots.BLUE)
    words = axis.text(0, 0.5, "white on blue", color="white")
    free = axis.text(2, 0.5, "blue on white", color=plots.BLUE)
    figure.png()
    assert words.get_color() == "white" and to_hex(free.get_color()) == "#0072b2"


def test_a_colour_may_be_given_in_every_way_and_changed_later():
    figure, axis = plots.figure()
    words = axis.text(0.5, 0.5, "words", color=np.array([0.9, 0.6, 0.0, 1.0]))
    faint = axis.text(0.5, 0.2, "faint", color=plots.BLACK, alpha=0.3)
    for colour in (None, plots.SKY, "white"):
        if colour:
            words.set_color(colour)
        for _ in range(2):
            figure.png()
            assert contrast(words.get_color()) >= LEAST
    assert faint.get_alpha() == 1


def test_what_a_style_sheet_writes_can_be_read_on_light_and_dark_pages():
    """A rule that sets the colour of words sets their ground, and the other way round:
    a page's theme knows only both.
    """
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", text("front_end.css"))
    checked = 0
    for selector, body in rules:
        values = dict(re.findall(r"(?<![\w-])(color|background):\s*([^;]+);", body))
        if values:
            assert set(values) == {"color", "background"}, selector
            assert contrast(values["color"], values["background"]) >= LEAST, selector
            checked += 1
    assert checked >= 2
