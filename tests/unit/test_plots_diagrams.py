"""Diagrams have a shape for everything they are given, where it belongs."""

import pytest
from matplotlib.colors import to_hex

from course_utils import plots
from course_utils.arithmetic import receptive_field
from course_utils.plots import Paths
from course_utils.plots.diagrams import KINDS, WIDEST


def with_gid(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


INCEPTION = [
    "<28×28×192>",
    Paths(
        "concat",
        ["1×1, 64"],
        ["1×1, 96", "3×3, 128"],
        ["1×1, 16", "5×5, 32"],
        ["max pooling 3×3", "1×1, 32"],
    ),
    "<28×28×256>",
]


def test_a_block_has_one_box_a_layer_and_one_join_a_split():
    figure = plots.block_diagram(INCEPTION)
    assert len(with_gid(figure, "layer")) == 7
    assert len(with_gid(figure, "join")) == 1
    assert {"1×1, 64", "5×5, 32", "28×28×192", "concat"} <= set(texts(figure))


def test_a_block_is_told_in_words():
    alt = plots.block_diagram(
        {"Unit": ["<x>", Paths("+", [], ["3×3", "ReLU"]), "ReLU"]}
    ).alt
    assert "Unit: x → [a skip; 3×3 → ReLU] joined by + → ReLU" in alt
    assert plots.block_diagram(["3×3"], alt="other words").alt == "other words"


def test_boxes_neither_overlap_nor_leave_the_picture():
    figure = plots.block_diagram(
        {
            "first": INCEPTION,
            "second": ["<x>", Paths("+", [], INCEPTION[1:2] * 2), "ReLU"],
        }
    )
    figure.draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in with_gid(figure, "layer")]
    width, height = figure.get_size_inches() * figure.dpi
    for index, box in enumerate(boxes):
        assert 0 <= box.x0 and box.x1 <= width and 0 <= box.y0 and box.y1 <= height
        assert not any(box.overlaps(other) for other in boxes[:index])


def test_labels_fit_into_their_boxes():
    figure = plots.block_diagram(
        ["11×11, 96\nstride 4", "squeeze\nand excite", "3×3 depthwise", "wwwwwwww"]
    )
    figure.draw_without_rendering()
    for box, text in zip(with_gid(figure, "layer"), figure.axes[0].texts, strict=True):
        outer, inner = box.get_window_extent(), text.get_window_extent()
        assert outer.x0 <= inner.x0 + 1 and inner.x1 - 1 <= outer.x1, text.get_text()


def test_steps_too_many_for_a_row_go_on_in_the_next_one():
    unit = [Paths("concat", [], ["3×3, ¼"])]
    one, few, many = (plots.block_diagram(unit * n) for n in (1, 2, 6))
    assert few.get_figheight() == one.get_figheight() < many.get_figheight()
    assert few.get_figwidth() <= many.get_figwidth() <= WIDEST + 0.5
    many.draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in with_gid(many, "layer")]
    rows = [round(box.y0) for box in boxes]
    assert rows == [rows[0]] * 3 + [rows[3]] * 3 and rows[0] > rows[3]
    wide = plots.block_diagram([Paths("+", [], ["3×3 depthwise"] * 9), "ReLU", "1×1"])
    assert wide.get_figheight() == one.get_figheight() * 2 + 0.12 - 0.66
    alone = plots.block_diagram(["<x>", Paths("+", [], ["3×3 depthwise"] * 9), "<y>"])
    assert alone.get_figheight() == one.get_figheight()  # no row has no layer


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("1×1, 64", "1×1 convolution"),
        ("11×11, 96", "convolution"),
        ("3×3, 64", "convolution"),
        ("3×3 depthwise", "depthwise convolution"),
        ("max pooling 3×3", "pooling"),
        ("mean of a map", "pooling"),
        ("dense 4096", "dense"),
        ("ReLU", "activation"),
        ("norm", "other"),
    ],
)
def test_the_words_of_a_label_decide_its_colour(label, kind):
    (box,) = with_gid(plots.block_diagram([label]), "layer")
    (colour,) = [colour for _, name, colour in KINDS if name == kind]
    assert to_hex(box.get_edgecolor()) == colour.lower()


def test_empty_blocks_and_single_paths_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        plots.block_diagram([])
    with pytest.raises(ValueError, match="at least two"):
        Paths("+", ["3×3"])


def marked(axis, gid):
    return [patch for patch in axis.patches if patch.get_gid() == gid]


@pytest.mark.parametrize(
    "layers",
    [
        [(3, 1)] * 3,
        [(3, 2), (3, 1)],
        [(5, 1)],
        [(2, 2), (2, 2)],
        [(3, 2), (1, 1), (3, 2)],
    ],
)
def test_a_stack_lights_up_as_many_inputs_as_the_receptive_field(layers):
    drawing = plots.receptive_field_stack(layers)
    (axis,) = drawing.axes
    seen = [len(marked(axis, f"seen-{level}")) for level in range(len(layers) + 1)]
    assert seen == [receptive_field(layers[level:]) for level in range(len(layers))] + [
        1
    ]
    assert f"{receptive_field(layers)} units of the input" in drawing.alt


def test_every_line_of_a_stack_joins_two_units_that_are_drawn():
    (axis,) = plots.receptive_field_stack([(3, 2), (3, 1)]).axes
    centres = {
        (round(patch.center[0], 6), round(patch.center[1], 6)) for patch in axis.patches
    }
    ends = {
        (round(x, 6), round(y, 6)) for line in axis.lines for x, y in line.get_xydata()
    }
    assert ends <= centres and len(axis.lines) == 3 * 3 + 3
    reach = [line.get_xdata()[0] - line.get_xdata()[1] for line in axis.lines]
    # three units a line to each side, stride 2 above
    assert sorted(reach) == [-2] + [-1] * 3 + [0] * 4 + [1] * 3 + [2]


def extent(patch):
    across, up = patch.get_xy().T
    return float(across.max() - across.min()), float(up.max() - up.min())


def test_a_stage_is_as_high_as_its_maps_and_as_wide_as_they_are_many():
    drawing = plots.stage_strip(
        [("stem", 112, 64, 1), ("stage 1", 56, 128, 3), ("stage 2", 28, 256, 2)]
    )
    fronts = [extent(patch) for patch in marked(drawing.axes[0], "front")]
    assert [wide / fronts[0][0] for wide, _ in fronts] == pytest.approx([1, 2, 4])
    assert [fronts[0][1] / high for _, high in fronts] == pytest.approx([1, 2, 4])
    assert "stage 1 with 3 blocks and maps of 56×56×128" in drawing.alt
    assert {"stem", "stage 1 (×3)", "56×56×128"} <= set(texts(drawing))


def test_blocks_of_a_strip_stand_side_by_side():
    drawing = plots.stage_strip(
        [
            ("image", 224, 3, 1),
            ("a", 112, 512, 2),
            ("b", 7, 64, 2),
            ("dense", 1, 1000, 1),
        ]
    )
    (axis,) = drawing.axes
    right = -1.0
    for front, side in zip(marked(axis, "front"), marked(axis, "side"), strict=True):
        assert front.get_xy()[:, 0].min() > right
        right = side.get_xy()[:, 0].max()
