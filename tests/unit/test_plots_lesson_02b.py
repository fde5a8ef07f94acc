"""What the pictures of notebook 02b show is what was computed."""

import numpy as np
import pytest

from course_utils import plots


def line(figure, panel, name):
    (found,) = [line for line in figure.axes[panel].lines if line.get_label() == name]
    return found


def test_rotation_response_closes_its_curve():
    angles, answers = np.arange(0, 360, 90), np.array([1.0, 0.5, 0.25, 0.5])
    figure = plots.rotation_response(angles, {"one filter": answers})
    np.testing.assert_allclose(
        line(figure, 0, "one filter").get_ydata(), [1, 0.5, 0.25, 0.5, 1]
    )
    assert "one filter stays between 25% and 100%" in figure.alt


def test_filter_groups_put_the_most_used_first():
    kernels = np.arange(2 * 2 * 2 * 3, dtype=float).reshape(2, 2, 2, 3)
    figure = plots.filter_groups(
        kernels, np.array([[0.1, 0.9, 0.0], [0.5, 0.2, 0.3]]), names=["a", "b"]
    )
    order = [(0, 1), (0, 0), (0, 2), (1, 0), (1, 2), (1, 1)]
    for axis, (group, index) in zip(figure.axes, order, strict=True):
        np.testing.assert_allclose(
            axis.images[0].get_array(), kernels[:, :, group, index]
        )
    assert [axis.get_xlabel() for axis in figure.axes[:3]] == ["90%", "10%", "never"]
    assert "a 2, b 3" in figure.alt


DRAWN = {
    "rotation": lambda alt: plots.rotation_response([0, 90], {"a": [1, 2]}, alt=alt),
    "groups": lambda alt: plots.filter_groups(
        np.ones((2, 2, 1, 2)), np.ones((1, 2)) / 2, ["a"], alt=alt
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_every_picture_draws_has_words_and_takes_other_words(name):
    figure = DRAWN[name](None)
    assert len(figure.alt) > 40 and figure.png()[:4] == b"\x89PNG"
    assert DRAWN[name]("other words").alt == "other words"
