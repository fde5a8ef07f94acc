"""The pictures of lesson 03 show what they were told, and say it in words."""

from types import SimpleNamespace

import numpy as np
import pandas
import pytest

from course_utils import plots
from course_utils.data_files import data_file
from course_utils.plots import Paths
from course_utils.plots.architectures import kind_of


def with_gid(figure, gid):
    return figure.findobj(lambda artist: artist.get_gid() == gid)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def table(name):
    with data_file(name).open(encoding="utf-8") as file:
        return pandas.read_csv(file)


def run(accuracies, seconds):
    return SimpleNamespace(history={"val_accuracy": accuracies}, seconds=seconds)


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
    assert plots.block_diagram(["3×3"], alt="mine").alt == "mine"


def test_boxes_neither_overlap_nor_leave_the_picture():
    figure = plots.block_diagram(
        {"one": INCEPTION, "two": ["<x>", Paths("+", [], INCEPTION[1:2] * 2), "ReLU"]}
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
def test_the_words_of_a_label_say_its_kind(label, kind):
    assert kind_of(label) == kind


def test_empty_blocks_and_single_paths_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        plots.block_diagram([])
    with pytest.raises(ValueError, match="at least two"):
        Paths("+", ["3×3"])


def test_the_timeline_draws_each_winner_once_and_falling():
    results = table("ilsvrc.csv")
    (line,) = with_gid(plots.error_timeline(results), "winners")
    assert list(line.get_xdata()) == list(range(2010, 2018))
    assert np.all(np.diff(line.get_ydata()) < 0)


def test_the_scatter_draws_every_network_with_an_accuracy():
    networks = table("architectures.csv")
    figure = plots.accuracy_scatter(networks)
    rated = networks[networks.top1.notna()]
    for axis, column in zip(figure.axes, ("parameters", "multiply_adds"), strict=True):
        (points,) = [
            points for points in axis.collections if points.get_gid() == "networks"
        ]
        assert len(points.get_offsets()) == len(rated)
        assert sorted(text.get_text() for text in axis.texts) == sorted(rated.name)
        np.testing.assert_allclose(
            sorted(points.get_offsets()[:, 0]) / np.sort(rated[column]),
            np.full(len(rated), points.get_offsets()[:, 0].max() / rated[column].max()),
        )
    with pytest.raises(ValueError, match="no network"):
        plots.accuracy_scatter(networks, names=["lenet5"])


def test_seconds_add_up_and_a_missing_run_is_said():
    figure = plots.accuracy_against_seconds({"a": [run([0.5, 0.7], [10, 20])], "b": []})
    (line,) = with_gid(figure, "a")
    assert list(line.get_xdata()) == [10, 30] and list(line.get_ydata()) == [0.5, 0.7]
    assert (
        "a: 0.700 after 30 seconds" in figure.alt
        and "b has no stored run yet" in figure.alt
    )
    with pytest.raises(ValueError, match="2 accuracies and 1 times"):
        plots.accuracy_against_seconds({"a": [run([0.5, 0.7], [10])]})


def test_several_seeds_are_told_by_their_lowest_and_highest():
    runs = [run([0.5, value], [1, 1]) for value in (0.93, 0.91, 0.92)]
    assert (
        "a: 3 runs, 0.910 to 0.930 after 2 seconds"
        in plots.accuracy_against_seconds({"a": runs}).alt
    )


def test_shares_of_a_cost_add_up():
    row = lambda name, parameters, work: SimpleNamespace(
        type=name, output_shape=(4, 4, 8), parameters=parameters, multiply_adds=work
    )
    cost = SimpleNamespace(
        rows=[row("Conv2D", 75, 10), row("ReLU", 0, 0), row("Dense", 25, 30)],
        parameters=100,
        multiply_adds=40,
    )
    alt = plots.cost_by_layer(cost).alt
    assert (
        "Conv2D 4×4×8: 75.0 % of the parameters, 25.0 % of the multiply-adds" in alt
        and "ReLU" not in alt
    )


def test_competing_maps_wants_one_number_a_map():
    assert "map 1 4.00 and 1.20" in plots.competing_maps([1, 4], [0.3, 1.2]).alt
    with pytest.raises(ValueError, match="one number a map"):
        plots.competing_maps([1, 2], [1])
