"""The pointer on an explorer's picture: what it presses, drags and rests on; Play and
Reset; and all the same without anywidget.
"""

import asyncio
import base64
import html
import io
import sys
import types

import numpy as np
import pytest
from control_positions import is_picture, states
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from course_utils import arithmetic, boxes
from course_utils.widgets import EXPLORERS, BoxExplorer, ReceptiveFieldExplorer, touch
from course_utils.widgets import boxes as box_explorer
from course_utils.widgets import receptive_field as field_explorer
from course_utils.widgets.board import Board, drafts
from course_utils.widgets.controls import Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.panel import QUIET, Panel

QUICK = [explorer for explorer in EXPLORERS if not explorer.needs_model]
TOUCHED = [explorer for explorer in EXPLORERS if explorer.browser_touches]
EACH = pytest.mark.parametrize(
    "explorer",
    [each for each in TOUCHED if not each.needs_model],
    ids=lambda explorer: explorer.__name__,
)
PLAIN = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck)
)
POINTS = st.tuples(st.floats(-1.5, 2.5), st.floats(-1.5, 2.5))


# Every place --------------------------------------------------------------------------


@EACH
def test_every_place_lies_on_the_picture(explorer):
    @PLAIN
    @given(states(explorer))
    def check(state):
        made = explorer(**state)
        board, places = made.board(), made.places(made.state)
        assert len({place.name for place in places}) == len(places)
        for place in places:
            assert place.width > 0 and place.height > 0
            assert 0 <= place.x and place.x + place.width <= board.width
            assert 0 <= place.y and place.y + place.height <= board.height

    check()


@EACH
def test_no_way_of_the_pointer_fails(explorer):
    @PLAIN
    @given(st.data())
    def check(data):
        made = explorer(**data.draw(states(explorer)))
        place = data.draw(st.sampled_from(made.places(made.state))).name
        made.drag(place, *data.draw(st.lists(POINTS, min_size=1, max_size=3)))
        assert is_picture(made.picture()) and len(made.describe()) > 30

    check()


@pytest.mark.parametrize("explorer", TOUCHED, ids=lambda explorer: explorer.__name__)
def test_each_touch_of_the_browsers_test_leads_to_its_state(explorer):
    """And to another picture, else the browser's test could not fail on it."""
    made = explorer()
    for place, way, values in explorer.browser_touches:
        before = made.picture(), made.describe()
        made.drag(place, *way)
        assert {name: made.state[name] for name in values} == values, place
        assert made.picture() != before[0] and made.describe() != before[1], place


def test_a_place_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="cannot be touched at 'foto'.*'photo'"):
        ReceptiveFieldExplorer().drag("foto")


def test_a_place_counts_its_cells_from_the_upper_left():
    place = touch.Place("grid", 10, 20, 40, 30)
    assert place.cell((11, 21), 3, 4) == (0, 0)
    assert place.cell((49, 31), 3, 4) == (1, 3)
    assert place.cell((500, -9), 3, 4) == (0, 3)  # outside: the nearest
    assert place.middle == (30, 35) and place.share((30, 20)) == (0, 0.5)


# The box explorer ---------------------------------------------------------------------


def test_a_box_that_is_moved_keeps_its_size_and_stays_on_the_photograph():
    made = BoxExplorer(predicted_y=(0.3, 0.9), predicted_x=(0.1, 0.6))
    made.drag("predicted inside", (0.5, 0.5), (5, -5))
    assert made.state["predicted_x"] == (0.5, 1.0)
    assert made.state["predicted_y"] == (0.0, 0.6)


def test_a_corner_moves_two_sides_and_an_edge_one():
    made = BoxExplorer(true_y=(0.2, 0.8), true_x=(0.2, 0.8))
    places = {place.name: place for place in made.places(made.state)}
    by = 0.1 * box_explorer.WIDE / places["true upper left"].width
    made.drag("true upper left", (0.5, 0.5), (0.5 + by, 0.5))
    assert (made.state["true_y"], made.state["true_x"]) == ((0.2, 0.8), (0.3, 0.8))
    made.drag("true lower right", (0.5, 0.5), (0.5, 99))
    assert (made.state["true_y"], made.state["true_x"]) == ((0.2, 1.0), (0.3, 0.8))
    made.drag("true top", (0.5, 0.5), (99, 99))  # over the other side
    assert (made.state["true_y"], made.state["true_x"]) == ((1.0, 1.0), (0.3, 0.8))


def test_the_edge_of_the_true_box_can_be_grasped_under_the_predicted_one():
    made = BoxExplorer(
        true_y=(0.3, 0.7), true_x=(0.3, 0.7), predicted_y=(0.0, 1.0), predicted_x=(0, 1)
    )
    x = box_explorer.LEFT + 0.5 * box_explorer.WIDE
    y = box_explorer.TOP + 0.3 * box_explorer.HIGH
    *_, on_top = (
        place.name
        for place in made.places(made.state)
        if all(0 <= share < 1 for share in place.share((x, y)))
    )
    assert on_top == "true top"


@PLAIN
@given(states(BoxExplorer))
def test_the_four_formats_are_the_librarys(state):
    true, _ = box_explorer.boxes(BoxExplorer(**state).state)
    size = box_explorer.HEIGHT, box_explorer.WIDTH
    for name, numbers in zip(
        box_explorer.FORMATS, box_explorer.converted(true), strict=True
    ):
        expected = boxes.convert(np.array([true]), "rel_yxyx", name, size)[0]
        np.testing.assert_allclose(numbers, expected, atol=1e-3)


@PLAIN
@given(states(BoxExplorer))
def test_what_neither_box_covers_is_all_of_the_rest(state):
    true, predicted = box_explorer.boxes(BoxExplorer(**state).state)
    _, covered = box_explorer.areas(true, predicted)
    strips = box_explorer.uncovered(true, predicted)
    rest = sum((strip[2] - strip[0]) * (strip[3] - strip[1]) for strip in strips)
    assert abs(rest + covered - 1) < 1e-6
    for y, x in ((np.add(strip[:2], strip[2:]) / 2) for strip in strips):
        for box in (true, predicted):
            assert not (box[0] < y < box[2] and box[1] < x < box[3])


def test_an_iou_is_called_a_hit_from_a_half_on():
    called = [box_explorer.verdict(value) for value in (0, 0.49, 0.5, 0.74, 0.75, 1)]
    assert called == ["not a hit"] * 2 + ["a hit"] * 2 + ["good"] * 2
    assert "intersection over union 0.49, not a hit" in BoxExplorer().describe()


def test_ends_of_a_box_can_be_typed_and_one_beyond_the_other_takes_it_along():
    made = BoxExplorer()
    span = made.panel.widgets["predicted_x"]
    first, last = span._ends
    last.value = 0.5
    assert made.state["predicted_x"] == (0.1, 0.5) == span._slider.value
    first.value = 0.8
    assert made.state["predicted_x"] == (0.8, 0.8) == span.value
    assert "course-explorer-message" not in made.panel._picture.value
    made.set(predicted_x=(0.2, 0.3))
    assert [first.value, last.value] == [0.2, 0.3]


# The receptive field explorer ---------------------------------------------------------


def pixels_seen(stack, unit):
    """By walking down: the set of pixels that one unit sees along one side."""
    sizes, units = field_explorer.level_sizes(stack), {unit}
    for size, (_, kernel, stride, _) in zip(
        sizes[-2::-1], reversed(stack), strict=True
    ):
        before, _ = arithmetic.same_padding(size, kernel, stride)
        units = {one * stride - before + tap for one in units for tap in range(kernel)}
    return units


@PLAIN
@given(states(ReceptiveFieldExplorer))
def test_the_field_lies_where_a_walk_down_the_layers_ends(state):
    state = ReceptiveFieldExplorer(**state).state
    stack, inside = field_explorer.layers(state), []
    for name in ("row", "column"):
        seen = pixels_seen(stack, state[name])
        first, count = field_explorer.seen(stack, state[name])
        assert (min(seen), max(seen)) == (first, first + count - 1)
        inside.append(max(first + count, 0) - max(first, 0))
    rows, columns = field_explorer.visible(state)
    assert 0 < rows <= field_explorer.IMAGE and 0 < columns <= field_explorer.IMAGE


def test_the_field_stays_where_it_was_when_the_stack_changes():
    made = ReceptiveFieldExplorer(row=20, column=60)
    made.set(stack="stride first")
    assert (made.state["row"], made.state["column"]) == (10, 30)
    made.set(stack="start of ResNet")
    assert made.limits(made.state)["row"] == (0, 23)
    assert (made.state["row"], made.state["column"]) == (4, 14)  # 4 pixels apart


def test_a_field_at_the_border_says_how_much_of_it_is_zeros():
    made = ReceptiveFieldExplorer(stack="one 7×7", row=0, column=50)
    assert "rows -3 to 3 and columns 47 to 53" in made.describe()
    assert "43% of the field are zeros" in made.describe()  # 3 of 7 rows
    made.set(row=50)
    assert "zeros" not in made.describe()


# What the front end tells -------------------------------------------------------------


class Wire:
    """The pointer of a front end, without one."""

    def __init__(self, explorer):
        self.panel = explorer.panel
        self.answers = []
        self.panel.touch.answer = self.answers.append
        self.sent = 0

    def tell(self, phase, **more):
        self.sent += 1
        self.panel._felt({"phase": phase, "serial": f"1.{self.sent}", **more})


def test_each_message_is_answered_and_a_drag_ends_where_it_should():
    made = BoxExplorer()
    wire = Wire(made)
    place = next(p for p in made.places(made.state) if p.name == "predicted inside")
    x, y = place.middle
    wire.tell("press", place=place.name, at=[x, y])
    for by in (10, 20, 43.2):
        wire.tell("drag", place=place.name, at=[x + by, y])
    wire.tell("release", place=place.name)
    wire.tell("drag", place=place.name, at=[x - 99, y])  # not held any more
    assert made.state["predicted_x"] == (0.2, 0.76)
    assert wire.answers == [f"1.{number}" for number in range(1, 7)]
    assert made.panel.widgets["predicted_x"].value == (0.2, 0.76)
    name, left, *_ = made.panel.touch.places[1]
    assert name == "predicted inside"
    assert left == pytest.approx(box_explorer.LEFT + 0.2 * box_explorer.WIDE, abs=0.1)


def test_a_pointer_that_rests_shows_what_a_press_would_give_and_changes_nothing():
    made = ReceptiveFieldExplorer()
    wire, before = Wire(made), made.state
    place = made.places(made.state)[0]
    words = made.describe()
    wire.tell("hover", place="photo", at=[place.x + 1, place.y + 1])
    assert made.state == before
    assert "output at row 0, column 0" in made.panel._picture.value
    for name, widget in made.panel.widgets.items():  # else it would answer
        assert widget.value == before[name]
    drawn = made.panel.pictures_drawn
    wire.tell("hover", place="photo", at=[place.x + 1.2, place.y + 1])  # the same
    assert made.panel.pictures_drawn == drawn
    wire.tell("leave")
    assert words in made.panel._picture.value and made.state == before
    wire.tell("press", place="photo", at=[place.x + 1, place.y + 1])
    assert (made.state["row"], made.state["column"]) == (0, 0)


@pytest.mark.parametrize(
    "message",
    [
        {"phase": "press", "place": "nowhere", "at": [1, 2]},
        {"phase": "drag", "place": "photo", "at": [1, 2]},
        {"phase": "dance"},
        {},
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing_and_is_answered(message):
    made = ReceptiveFieldExplorer()
    wire, before = Wire(made), made.state
    wire.panel._felt({**message, "serial": "1.1"})
    assert made.state == before and wire.answers == ["1.1"]
    made.set(row=3)
    assert "course-explorer-message" not in made.panel._picture.value


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_without_anywidget_controls_picture_and_words_are_the_same(
    explorer, monkeypatch
):
    with_it = explorer().panel
    monkeypatch.setitem(sys.modules, "anywidget", None)
    touch._layer_class.cache_clear()
    try:
        without = explorer().panel
    finally:
        touch._layer_class.cache_clear()
    assert without.touch is None
    assert list(without.widgets) == list(with_it.widgets)
    assert without._picture.value == with_it._picture.value
    assert len(without.root.children) == 2


def test_colab_is_told_where_it_finds_the_pointers_widget(monkeypatch):
    """Else it looks for it among ipywidgets' own and shows no explorer at all."""
    where = "https://widgets.example/manager.js"
    colab = types.SimpleNamespace(
        enable_custom_widget_manager=lambda: None,
        _widgets=types.SimpleNamespace(_installed_url=where),
    )
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    data, metadata = BoxExplorer()._repr_mimebundle_()
    (kind,) = metadata
    assert kind in data and kind.startswith("application/vnd.jupyter.widget-view")
    assert metadata[kind] == {"colab": {"custom_widget_manager": {"url": where}}}


def test_the_module_of_the_front_end_loads_nothing_from_elsewhere():
    sources = touch.text("touch.js"), touch.text("front_end.js")
    for source in sources:
        assert not any(word in source for word in ("http", "import", "fetch", "eval"))


# Play and Reset -----------------------------------------------------------------------


class Counter(Explorer):
    """Counts to four."""

    title = "Counter"
    controls = {"number": Slider("Number", 0, 4, 1)}

    def draw(self, state):
        return Board(100)

    def describe_state(self, state):
        return f"The number is {state['number']}."

    def step(self, state):
        return {"number": state["number"] + 1} if state["number"] < 4 else None


def in_a_notebook(coroutine):
    return asyncio.run(coroutine())


def test_play_goes_on_to_the_end_and_stops_there(monkeypatch):
    monkeypatch.setattr("course_utils.widgets.panel.BEAT", 0.01)

    async def watch():
        made = Counter(number=2)
        panel = made.panel
        panel.play_button.click()
        assert panel.play_button.description == "Stop"
        await asyncio.sleep(0.3)
        assert made.state["number"] == 4 and panel.widgets["number"].value == 4
        assert panel.play_button.description == "Play"
        panel.play_button.click()  # from the end: begins anew
        assert made.state["number"] == 3
        panel.play_button.click()  # stops
        await asyncio.sleep(0.05)
        assert made.state["number"] == 3
        panel.reset_button.click()
        assert made.state["number"] == 2

    in_a_notebook(watch)


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.__name__)
def test_whatever_plays_comes_to_an_end(explorer):
    if explorer.step is Explorer.step:
        pytest.skip("does not play")
    made, pictures = explorer(), 0
    while (values := made.step(made.state)) is not None:
        made._state = made._after(values)
        pictures += 1
    assert 5 <= pictures <= 1000


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_reset_leads_back_to_what_the_cell_asked_for(explorer):
    made = explorer()
    start, words = made.state, made.describe()
    for _, _, values in explorer.browser_steps:
        made.set(**values)
    assert made.state != start
    made.panel.reset_button.click()
    assert made.state == start and html.escape(words) in made.panel._picture.value
    for name, widget in made.panel.widgets.items():
        assert widget.value == start[name]


# Drafts -------------------------------------------------------------------------------


def size_of(panel):
    _, _, source = panel._picture.value.partition("base64,")
    with Image.open(io.BytesIO(base64.b64decode(source.partition('"')[0]))) as image:
        return image.size


def words_of(explorer):
    return html.escape(explorer.describe())


def test_a_draft_has_a_quarter_of_the_pixels_and_the_same_layout():
    with drafts():
        draft = BoxExplorer().board()
    sharp = BoxExplorer().board()
    assert (draft.width, draft.height) == (sharp.width, sharp.height)
    coarse = [
        np.asarray(board._picture.resize((72, 45), Image.Resampling.BOX), float)
        for board in (draft, sharp)
    ]
    assert np.abs(coarse[0] - coarse[1]).mean() < 2


def test_pictures_that_follow_each_other_are_drafts_and_the_last_one_is_sharp():
    async def watch():
        made = BoxExplorer()
        panel = Panel(made)
        await asyncio.sleep(QUIET + 0.05)
        made._panel = panel
        made.set(true_x=(0.1, 0.5))  # alone: sharp at once, words and all
        assert size_of(panel) == (1440, 904) and words_of(made) in panel._picture.value
        for number in range(5):
            made.set(true_x=(0.1, 0.6 + 0.01 * number))
            assert size_of(panel) == (720, 452)
            assert 'alt=""' in panel._picture.value  # said once, when it is still
            await asyncio.sleep(0.02)
        await asyncio.sleep(QUIET + 0.1)
        assert size_of(panel) == (1440, 904) and words_of(made) in panel._picture.value

    in_a_notebook(watch)
