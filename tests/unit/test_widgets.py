"""The explorers: every position of every control gives a picture and words, and the
right ones.
"""

import base64
import gc
import html
import io
import json
import math
import re
import subprocess
import sys

import numpy as np
import psutil
import pytest
from control_positions import is_picture, positions, states
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from course_utils import arithmetic, invariance, widgets
from course_utils.plots.figure import PALETTE, ink, shrunk_png
from course_utils.widgets import (
    EXPLORERS,
    Explorer,
    convolution,
    padding,
    pooling,
    receptive_field,
)
from course_utils.widgets.board import Board, encode_png
from course_utils.widgets.controls import Choice, Slider, Span, Table

QUICK = [explorer for explorer in EXPLORERS if not explorer.needs_model]
PLAIN = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck)
)
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


# Every position -----------------------------------------------------------------------


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_every_state_has_a_picture_and_words(explorer):
    @PLAIN
    @given(states(explorer))
    def check(state):
        made = explorer(**state)
        assert is_picture(made.picture())
        assert len(made.describe()) > 30
        json.dumps(made.state)  # plain values only
        for name, (low, high) in made.limits(made.state).items():
            assert low <= made.state[name] <= high

    check()


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_no_walk_over_the_controls_reaches_a_traceback_or_a_message(explorer):
    """Widgets moved one after another, as a student moves them; picture, controls and
    state stay in step.
    """

    @FEW
    @given(st.data())
    def check(data):
        made = explorer()
        panel = made.panel
        for _ in range(4):
            name = data.draw(st.sampled_from(sorted(explorer.controls)))
            value = data.draw(positions(explorer.controls[name]))
            low, high = made.limits(made.state).get(name, (None, None))
            if high is not None:
                value = min(max(value, low), high)
            move(panel, name, value)
            html = panel._picture.value
            assert "course-explorer-message" not in html, html
            assert made.describe() in html.replace("&#x27;", "'").replace(
                "&lt;", "<"
            ).replace("&quot;", '"')
            for other, widget in panel.widgets.items():
                assert same(widget.value, made.state[other]), (
                    other,
                    widget.value,
                    made.state[other],
                )

    check()


def move(panel, name, value):
    """Move a control as the front end does: a table one number at a time."""
    widget = panel.widgets[name]
    if hasattr(widget, "_cells"):
        size = len(widget.value)
        for row in range(min(size, len(value))):
            widget._cells[row, 0].value = value[row][0]
    elif hasattr(widget, "_slider"):
        widget._slider.value = value
    else:
        widget.value = value


def same(one, two):
    return np.shape(one) == np.shape(two) and (
        np.allclose(one, two, atol=1e-9)
        if isinstance(one, (tuple, float))
        else one == two
    )


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_render_is_a_function_of_the_state_alone(explorer):
    one, other = explorer(), explorer()
    first = next(iter(explorer.controls))
    changed = next(
        value
        for value in spread(explorer.controls[first])
        if not same(value, one.state[first])
    )
    start = one.picture()
    one.set(**{first: changed})
    assert one.picture() != start
    # drawn by another explorer in another state
    assert one.picture() == other.render(one.state)
    assert other.picture() == start
    module = sys.modules[explorer.__module__]
    assert (
        module.render(one.state) == one.picture()
        and module.describe(one.state) == one.describe()
    )


def spread(control):
    if isinstance(control, Choice):
        return control.values
    if isinstance(control, Span):
        return [(control.low, control.high), (control.low, control.low)]
    return [control.low, control.high]


# Found by their place -----------------------------------------------------------------

DUMMY = """
from course_utils.widgets.board import Board
from course_utils.widgets.explorer import Explorer

class Base(Explorer):
    \"\"\"Draws nothing.\"\"\"

class _Hidden(Base):
    def draw(self, state):
        return Board(100)

class ZebraExplorer(_Hidden):
    title = "Zebra"
"""


def test_a_file_in_the_folder_is_an_explorer(tmp_path, monkeypatch):
    (tmp_path / "zebra.py").write_text(DUMMY)
    monkeypatch.setattr(widgets, "__path__", [*widgets.__path__, str(tmp_path)])
    found = widgets.find_explorers()
    sys.modules.pop("course_utils.widgets.zebra")
    assert [explorer.__name__ for explorer in set(found) - set(EXPLORERS)] == [
        "ZebraExplorer"
    ]


def test_explorers_come_in_the_order_of_their_files_and_are_known_by_name():
    files = [explorer.__module__ for explorer in EXPLORERS]
    assert files == sorted(files) and len(files) >= 8
    for explorer in EXPLORERS:
        assert getattr(widgets, explorer.__name__) is explorer
        assert explorer.__name__ in dir(widgets)
    with pytest.raises(AttributeError, match="no attribute 'PadingExplorer'"):
        widgets.PadingExplorer  # noqa: B018


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_each_key_of_the_browsers_test_leads_to_another_picture(explorer):
    """Else the browser's test could not fail on it."""
    for steps in (explorer.browser_steps, [explorer.browser_flood]):
        driven = explorer()
        for label, _, values in steps:
            before = driven.picture(), driven.describe()
            driven.set(**values)
            assert driven.picture() != before[0], label
            assert driven.describe() != before[1], label


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.__name__)
def test_each_explorer_says_how_it_is_tried_in_a_browser(explorer):
    assert len(explorer.browser_steps) >= 3 and len(explorer.browser_flood) == 3
    assert len({label for label, *_ in explorer.browser_steps}) >= 2


# What set() refuses -------------------------------------------------------------------


def test_set_names_the_state_it_does_not_know():
    with pytest.raises(
        ValueError, match="has no 'strides'; its state holds .*Did you mean 'stride'"
    ):
        convolution.ConvolutionExplorer(strides=2)


@pytest.mark.parametrize(
    "state, message",
    [
        ({"stride": 0}, "stride is 0; it must be from 1 to 4"),
        ({"stride": 1.5}, "stride is 1.5; it must be a whole number from 1 to 4"),
        ({"stride": True}, "whole number"),
        (
            {"padding": "Same"},
            "padding is 'Same'; it must be one of 'valid', 'same'. Did you mean 'same'",
        ),
        ({"weights": [[1, 2], [3]]}, "it must be a square"),
        ({"weights": 3}, "a square of numbers"),
        ({"weights": []}, "it must be a square"),
        ({"weights": [[math.nan]]}, "finite"),
        ({"weights": [[1000]]}, "largest allowed is 99"),
    ],
)
def test_a_wrong_value_is_answered_with_what_was_expected(state, message):
    made = convolution.ConvolutionExplorer()
    before = made.state
    with pytest.raises(ValueError, match=message):
        made.set(**state)
    assert made.state == before


def test_boxes_the_wrong_way_round_are_refused():
    from course_utils.widgets import BoxExplorer

    with pytest.raises(ValueError, match="wrong way round"):
        BoxExplorer(true_x=(0.9, 0.1))
    with pytest.raises(ValueError, match="must stay in 0 to 1"):
        BoxExplorer(true_x=(0.9, 1.1))
    with pytest.raises(ValueError, match="two numbers"):
        BoxExplorer(true_x=0.5)


def test_the_state_that_is_handed_out_is_a_copy():
    made = convolution.ConvolutionExplorer()
    made.state["stride"] = 4
    assert made.state["stride"] == 1


# The right pictures and numbers -------------------------------------------------------


@PLAIN
@given(states(convolution.ConvolutionExplorer))
def test_the_feature_map_is_what_a_loop_over_windows_gives(state):
    state = convolution.ConvolutionExplorer(**state).state
    output, field = convolution.convolve(state)
    kernel, size = np.array(state["weights"]), state["size"]
    assert kernel.shape == (size, size)
    cost = arithmetic.conv2d_cost(
        (convolution.HEIGHT, convolution.WIDTH, 1),
        1,
        size,
        state["stride"],
        state["padding"],
        dilation=state["dilation"],
    )
    assert (*output.shape, 1) == cost.output_shape
    row, column = state["row"], state["column"]
    assert math.isclose(
        (field * kernel).sum(), output[row, column], rel_tol=1e-6, abs_tol=1e-6
    )
    image = convolution.grey_photo(state["photo"])
    top, left = (
        convolution._start(state, *at)
        for at in ((row, convolution.HEIGHT), (column, convolution.WIDTH))
    )
    for u in range(size):
        for v in range(size):
            y, x = top + u * state["dilation"], left + v * state["dilation"]
            inside = 0 <= y < convolution.HEIGHT and 0 <= x < convolution.WIDTH
            assert field[u, v] == (image[y, x] if inside else 0)
    words = convolution.describe(state)
    assert (
        f"{cost.multiplications:,} multiplication" in words
        and f"{output.shape[0]} by {output.shape[1]}" in words
    )


def test_a_larger_stride_keeps_the_field_where_it_was():
    made = convolution.ConvolutionExplorer(row=40, column=60)
    made.set(stride=2)
    assert (made.state["row"], made.state["column"]) == (20, 30)
    made.set(padding="same")
    assert (made.state["row"], made.state["column"]) == (20, 30)
    made.set(stride=4)
    assert made.limits(made.state) == {"row": (0, 17), "column": (0, 23)}
    assert made.state["row"] <= 17 and made.state["column"] <= 23


def test_three_by_three_edges_are_sobels():
    assert convolution.preset("vertical edges", 3) == (
        (-1, 0, 1),
        (-2, 0, 2),
        (-1, 0, 1),
    )
    assert convolution.preset("horizontal edges", 3) == (
        (-1, -2, -1),
        (0, 0, 0),
        (1, 2, 1),
    )


@pytest.mark.parametrize("name", convolution.PRESETS)
@pytest.mark.parametrize("size", range(1, 8))
def test_presets_weigh_to_one_or_to_nothing(name, size):
    total = sum(map(sum, convolution.preset(name, size)))
    assert total == pytest.approx(
        1 if name in ("identity", "blur", "sharpen") else 0, abs=0.01
    )


def test_typed_weights_make_the_kernel_ones_own_and_a_presets_weights_name_it():
    made = convolution.ConvolutionExplorer()
    made.set(weights=[[1, 2], [3, 4]])
    assert made.state["kernel"] == "own" and made.state["size"] == 2
    made.set(size=4)
    assert made.state["weights"] == (
        (0, 0, 0, 0),
        (0, 1, 2, 0),
        (0, 3, 4, 0),
        (0, 0, 0, 0),
    )
    made.set(size=2)
    assert made.state["weights"] == ((1, 2), (3, 4))
    made.set(weights=convolution.preset("blur", 5))
    assert made.state["kernel"] == "blur" and made.state["size"] == 5
    made.set(kernel="own")
    made.set(kernel="identity")
    assert (
        made.state["weights"][2][2] == 1 and sum(map(sum, made.state["weights"])) == 1
    )


@given(st.integers(1, 16), st.integers(1, 7), st.integers(1, 4))
def test_the_padding_explorer_counts_as_arithmetic_does(size, kernel, stride):
    state = {"size": size, "kernel": kernel, "stride": stride, "output": 0}
    assert padding.outputs(state, "same") == arithmetic.conv_output_size(
        size, kernel, stride, "same"
    )
    if kernel <= size:
        assert padding.outputs(state, "valid") == arithmetic.conv_output_size(
            size, kernel, stride
        )
    else:
        assert padding.outputs(state, "valid") == 0
        assert f"a kernel of {kernel} does not fit into {size}" in padding.describe(
            state
        )


def test_the_padding_explorer_says_what_an_output_sees():
    state = {"size": 11, "kernel": 4, "stride": 2, "output": 1}
    words = padding.describe(state)
    assert (
        "Its output 1 sees inputs 1 to 4." in words
        and "Its output 1 sees inputs 1 to 3 and 1 zero." in words
    )
    assert (
        "'valid' gives 4 outputs: 1 input ignored" in words
        and "'same' gives 6 outputs: 1 zero before, 2 after" in words
    )


def test_a_stride_longer_than_the_kernel_skips_inputs():
    words = padding.describe({"size": 8, "kernel": 1, "stride": 4, "output": 0})
    assert (
        "'valid' gives 2 outputs: 6 inputs ignored" in words
        and "'same' gives 2 outputs: no zeros needed, 6 inputs" in words
    )


@PLAIN
@given(states(pooling.PoolingExplorer))
def test_pooling_in_two_passes_is_pooling(state):
    state = pooling.PoolingExplorer(**state).state
    image = np.random.default_rng(0).random((20, 24))
    fast = pooling.pool(image, state["window"], state["stride"], state["how"])
    slow = invariance.pool2d(image, state["window"], state["stride"], state["how"])
    np.testing.assert_allclose(fast, slow, atol=1e-9)


def test_without_a_shift_nothing_changes_and_the_stride_follows_the_window():
    made = pooling.PoolingExplorer(shift=0)
    assert "100% of the" in made.describe()
    made.set(window=4)
    assert made.state["stride"] == 4
    made.set(stride=2)
    made.set(window=5)
    assert made.state["stride"] == 2


def test_the_pooling_explorer_measures_as_the_lesson_does():
    state = pooling.PoolingExplorer(shift=3, window=8).state
    photo = pooling.grey_photo(state["photo"], shrink=2)
    before, after = (
        invariance.pool2d(
            invariance.crop_moved(photo, right=right, size=pooling.SIZE), 8
        )
        for right in (0, 3)
    )
    assert (
        f"{invariance.share_unchanged(before, after, 0.02):.0%} of the"
        in pooling.describe(state)
    )


def test_two_three_by_three_see_as_much_as_one_five_by_five_for_less():
    made = receptive_field.ReceptiveFieldExplorer()
    assert made.state["stack"] == "two 3×3"
    words = made.describe()
    assert (
        "5 by 5 pixels" in words
        and "has 18 weights and needs 165,888" in words
        and "has 25 and needs 230,400" in words
    )


@PLAIN
@given(states(receptive_field.ReceptiveFieldExplorer))
def test_the_field_is_arithmetics(state):
    state = receptive_field.ReceptiveFieldExplorer(**state).state
    stack = receptive_field.layers(state)
    field = arithmetic.receptive_field(
        [(kernel, stride) for _, kernel, stride, _ in stack]
    )
    assert f"{field:,} by {field:,} pixels" in receptive_field.describe(state)


def test_a_changed_layer_makes_the_stack_ones_own_and_a_named_stack_fills_the_layers():
    made = receptive_field.ReceptiveFieldExplorer(layer_2="conv 5")
    assert made.state["stack"] == "own"
    made.set(stack="one 7×7")
    assert [made.state[f"layer_{index}"] for index in range(1, 6)] == [
        "conv 7",
        *["none"] * 4,
    ]
    made.set(layer_1="conv 5")
    assert made.state["stack"] == "one 5×5"


@PLAIN
@given(st.data())
def test_the_box_explorer_shows_the_librarys_iou(data):
    from course_utils.boxes import iou
    from course_utils.widgets import BoxExplorer
    from course_utils.widgets.boxes import areas, boxes

    made = BoxExplorer(**data.draw(states(BoxExplorer)))
    true, predicted = boxes(made.state)
    shared, covered = areas(true, predicted)
    assert iou(true, predicted) == pytest.approx(
        shared / covered if covered else 0, abs=1e-6
    )
    said = re.search(r"intersection over union (\d\.\d\d)[.,]", made.describe())
    # half of the last digit: a value in the middle may be rounded either way
    assert float(said[1]) == pytest.approx(iou(true, predicted), abs=0.005 + 1e-6)


def test_formats_of_a_box_by_hand():
    from course_utils.widgets.boxes import written

    (yxyx, *_), (xyxy, *_), (xywh, *_), (centre, *_) = written(
        (0.25, 0.5, 0.75, 1.0), (0, 0, 1, 1)
    )
    assert (yxyx, xyxy) == ("0.25, 0.50, 0.75, 1.00", "192, 72, 384, 216")
    assert (xywh, centre) == ("192, 72, 192, 144", "0.75, 0.50, 0.50, 0.50")


@pytest.mark.parametrize("colour", PALETTE)
def test_words_of_every_colour_are_dark_enough_to_be_read(colour):
    board = Board(100)
    board.text(10, 90, "█", size=60, colour=colour)
    pixels = np.asarray(Image.open(io.BytesIO(board.png())).convert("RGB"))
    assert tuple(pixels.reshape(-1, 3)[pixels.sum(-1).argmin()]) == tuple(
        bytes.fromhex(ink(colour)[1:])
    )


# With and without a front end ---------------------------------------------------------


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_a_cell_holds_the_widget_the_picture_and_its_words(explorer):
    made = explorer()
    data, metadata = made._repr_mimebundle_()
    assert not metadata, "outside Colab"
    words, _, source = data["text/html"].partition("base64,")
    assert is_picture(base64.b64decode(source.partition('"')[0]))
    assert f'<img alt="{html.escape(made.describe())}" width="720"' in words
    assert data["text/plain"] == made.describe() == repr(made)
    assert (
        data["application/vnd.jupyter.widget-view+json"]["model_id"]
        == made.widget.model_id
    )
    assert len(data["text/html"]) < 150_000  # a notebook may hold many
    assert "alt=" in made.panel._picture.value


@pytest.mark.parametrize("explorer", QUICK, ids=lambda explorer: explorer.__name__)
def test_every_control_has_a_label_of_its_own(explorer):
    labels = [control.label for control in explorer.controls.values()]
    assert all(labels) and len(set(labels)) == len(labels)
    panel = explorer().panel
    for name, control in explorer.controls.items():
        if not isinstance(control, Table):
            assert panel.widgets[name].description == control.label


def test_set_moves_the_controls_and_the_live_picture():
    made = convolution.ConvolutionExplorer()
    panel = made.panel
    made.set(stride=4, kernel="blur", size=5)
    assert panel.widgets["stride"].value == 4 and panel.widgets["size"].value == 5
    assert (
        panel.widgets["column"].max == 22
        and panel.widgets["column"].value == made.state["column"]
    )
    assert len(panel._table_cells()) == 25
    assert base64.b64encode(made.picture()).decode() in panel._picture.value


def test_an_accident_while_drawing_becomes_a_message_and_the_next_move_cures_it():
    class Fragile(Explorer):
        title = "Fragile"
        controls = {"number": Slider("Number", 0, 5, 0)}

        def draw(self, state):
            if state["number"] == 3:
                raise RuntimeError("no <three>")
            return Board(100)

        def describe_state(self, state):
            return f"The number is {state['number']}."

    panel = Fragile().panel
    panel.widgets["number"].value = 3
    assert (
        "no &lt;three&gt;" in panel._picture.value
        and "course-explorer-message" in panel._picture.value
    )
    panel.widgets["number"].value = 4
    assert "The number is 4." in panel._picture.value


def test_five_hundred_updates_leave_nothing_behind():
    made = padding.PaddingExplorer()
    panel = made.panel

    def walk(times):
        for index in range(times):
            panel.widgets["size"].value = 5 + index % 11

    walk(100)
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    walk(500)
    gc.collect()
    grown = process.memory_info().rss - before
    # kept: 45 million
    assert grown < 20_000_000, (
        f"{grown:,} bytes more after 500 pictures of {len(made.picture()):,}"
    )


FLOOD = """
import asyncio
from course_utils.widgets import PaddingExplorer

async def main():
    panel = PaddingExplorer().panel
    drawn = panel.pictures_drawn
    # messages that wait in a row: each is handled, then the loop turns once
    for index in range(300):
        panel.widgets["size"].value = 3 + index % 13
        await asyncio.sleep(0)
    panel.widgets["size"].value = 16
    await asyncio.sleep(1)  # words come with the sharp picture, when all is quiet
    print(panel.pictures_drawn - drawn, "A row of 16 inputs" in panel._picture.value)

asyncio.run(main())
"""


def test_changes_that_come_faster_than_pictures_skip_to_the_newest():
    run = subprocess.run(
        [sys.executable, "-c", FLOOD],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    pictures, newest = run.stdout.split()
    assert newest == "True" and int(pictures) < 60


def test_importing_the_explorers_does_not_start_tensorflow():
    code = (
        "import sys, course_utils.widgets; print('tensorflow' in sys.modules, "
        "'IPython' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert run.stdout.split() == ["False", "False"]


# Pieces -------------------------------------------------------------------------------


@FEW
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_encode_png_keeps_every_pixel(height, width, seed):
    pixels = np.random.default_rng(seed).integers(
        0, 256, (height, width, 3), dtype=np.uint8
    )
    with Image.open(io.BytesIO(encode_png(pixels))) as image:
        assert np.array_equal(np.asarray(image), pixels)


def test_the_picture_that_is_kept_is_smaller_and_as_large():
    png = convolution.ConvolutionExplorer().picture()
    kept = shrunk_png(png)
    assert len(kept) < len(png)
    assert Image.open(io.BytesIO(kept)).size == Image.open(io.BytesIO(png)).size
