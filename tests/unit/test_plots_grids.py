"""Grids show each value, kernel and feature map once."""

import numpy as np
import pytest

from course_utils import plots

RNG = np.random.default_rng(0)


def test_kernels_share_one_scale_with_zero_in_its_middle():
    drawing = plots.kernel_grid([np.array([[1.0, -4.0]]), np.array([[0.5, 2.0]])])
    limits = {picture.get_clim() for axis in drawing.axes for picture in axis.images}
    assert len(limits) == 1 and sum(limits.pop()) == 0


def test_a_grid_of_feature_maps_shows_each_map_once():
    maps = RNG.normal(size=(5, 7, 11))
    drawing = plots.feature_map_grid(maps, columns=4)
    shown = [axis.images[0].get_array() for axis in drawing.axes if axis.images]
    assert len(shown) == 11 and len(drawing.axes) == 12
    np.testing.assert_allclose(shown[10], maps[..., 10])
    assert "11 feature maps of 5 by 7 in a grid of 3 by 4" in drawing.alt


def test_a_batch_is_no_stack_of_feature_maps():
    with pytest.raises(ValueError, match="still a batch"):
        plots.feature_map_grid(np.zeros((2, 5, 7, 3)))
