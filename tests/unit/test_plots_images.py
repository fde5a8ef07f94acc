"""Images side by side say in words what was done to them."""

import numpy as np
import pytest

from course_utils import plots

PHOTO = np.full((4, 6, 3), 100, np.uint8)
PHOTO[0, 0] = 220


def test_versions_of_an_image_tell_their_values_and_how_far_they_are_from_the_first():
    darker = {"as it is": PHOTO, "less light": PHOTO // 2}
    drawing = plots.image_versions(darker)
    assert drawing.alt == (
        "One image of 4 by 6 pixels in 2 versions: as it is, values from 100 to 220, "
        "96% of them at the lowest; less light, values from 50 to 110, 96% of them at "
        "the lowest, on average 52 of 255 away from the first."
    )
    assert [axis.get_title() for axis in drawing.axes] == list(darker)
    assert plots.image_versions(darker, alt="in my words").alt == "in my words"


def test_floats_and_bytes_are_told_in_the_same_numbers():
    versions = {"bytes": PHOTO, "floats": PHOTO / 255}
    alt = plots.image_versions(versions).alt
    assert alt.count("values from 100 to 220") == 2
    assert alt.endswith("on average 0 of 255 away from the first.")
    brighter = plots.image_versions({"floats": PHOTO / 200})  # up to 1.1, shown as 1
    assert "values from 128 to 255" in brighter.alt


def test_a_lowest_value_that_few_pixels_have_is_not_told():
    ramp = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    assert "at the lowest" not in plots.image_versions({"ramp": ramp}).alt


@pytest.mark.parametrize("versions", [{}, {"a": PHOTO, "b": PHOTO[1:]}])
def test_versions_of_different_shapes_are_refused(versions):
    with pytest.raises(ValueError, match="all of one shape"):
        plots.image_versions(versions)
