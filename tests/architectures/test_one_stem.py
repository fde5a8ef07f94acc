"""Nine networks that differ in their block only, at one price."""

import pytest

from course_utils.architectures import blocks
from course_utils.architectures.blocks import BLOCKS
from course_utils.arithmetic import model_cost
from course_utils.graph import shapes_only
from course_utils.startup import keras

BUDGET = 2.11e6  # multiply-adds of one image


@pytest.mark.parametrize("name", BLOCKS)
def test_every_network_costs_the_same_within_two_per_cent(name):
    with shapes_only():
        model = blocks.network(name)
    assert model_cost(model).multiply_adds == pytest.approx(BUDGET, rel=0.02)
    assert model.output_shape == (None, 10)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_keeps_the_size_and_the_number_of_maps(name):
    inputs = keras.KerasTensor((None, 6, 6, 20))
    with shapes_only():
        assert BLOCKS[name].build(inputs, 20).shape == (None, 6, 6, 20)


def test_every_block_changes_one_that_came_before_it():
    known = [None]
    for name, block in BLOCKS.items():
        assert block.changes in known
        known.append(name)


def test_all_networks_share_their_stem_and_their_end():
    ends = set()
    for name in BLOCKS:
        with shapes_only():
            first, *_, mean, last = blocks.network(name).layers[1:]
        settings = [layer.get_config() for layer in (first, mean, last)]
        for config in settings:
            del config["name"]
            config.pop("filters", None)
        ends.add(repr(settings))
    assert len(ends) == 1


def test_a_block_of_ones_own_needs_its_width():
    def mine(x, filters):
        return x

    with shapes_only():
        assert blocks.network(mine, filters=(4, 8)).name == "mine"
    with pytest.raises(ValueError, match="how wide it must be"):
        blocks.network(mine)


def test_a_misspelt_block_is_told_its_neighbour():
    with pytest.raises(ValueError, match="residual"):
        blocks.network("residuel")
