"""Lesson 09's figures show the masks and numbers they are given."""

import numpy as np
import pytest

from course_utils import plots
from course_utils.plots.lesson_09 import colour_of, painted
from course_utils.segmentation import fcn, unet
from course_utils.startup import keras

PHOTO = np.full((6, 8, 3), 100, "uint8")


def mask(value=2):
    found = np.zeros((6, 8), int)
    found[2:4, 3:6] = value
    return found


def test_a_mask_colours_its_pixels_and_no_other():
    picture = painted(PHOTO, mask())
    changed = (picture != 100).any(axis=-1)
    assert np.array_equal(changed, mask() > 0)
    expected = 0.4 * 100 + 0.6 * 255 * colour_of(2)
    assert np.allclose(picture[2, 3], expected, atol=1)
    with pytest.raises(ValueError, match=r"\(3, 3\)"):
        painted(PHOTO, np.zeros((3, 3), int))


def test_a_class_has_its_colour_on_a_flower_of_any_colour():
    red, blue = np.zeros((2, 6, 8, 3), "uint8")
    red[..., 0], blue[..., 2] = 76, 200  # equally bright
    pictures = [painted(flower, mask())[2, 3].astype(int) for flower in (red, blue)]
    assert np.abs(pictures[0] - pictures[1]).max() <= 1


def test_photos_with_and_without_masks_and_the_words_say_which_classes():
    drawing = plots.masks_on_photos(
        [PHOTO, PHOTO], [None, mask()], class_names=("ground", "daisy", "rose")
    )
    shown = [axis.get_images()[0].get_array() for axis in drawing.axes]
    assert np.array_equal(shown[0], PHOTO) and not np.array_equal(shown[1], PHOTO)
    assert drawing.alt == (
        "2 photos in rows of 2, and how much of each its mask covers: "
        "photo 1 (no mask), photo 2 (rose 12 %)."
    )
    names = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert names == ["daisy", "rose"]
    with pytest.raises(ValueError, match="1 masks came for 2 photos"):
        plots.masks_on_photos([PHOTO, PHOTO], [None])


def test_the_words_say_what_stands_above_each_photo_and_what_its_mask_covers():
    many = mask(1)
    many[5] = 7
    masks = [many, np.zeros_like(many)]
    drawing = plots.masks_on_photos([PHOTO] * 2, masks, ["true", "said"], columns=1)
    assert drawing.alt.endswith(
        "in rows of 1, and how much of each its mask covers: "
        "true (no. 1 12 %, no. 7 17 %), said (nothing but background)."
    )


def halving(times, size=32):
    x = image = keras.Input((size, size, 3))
    for level in range(times):
        x = keras.layers.Conv2D(5 + level, 3, strides=2, padding="same")(x)
    return keras.Model(image, x)


def test_ladders_have_the_sizes_and_the_skips_of_the_networks():
    trunk = halving(4)
    networks = {
        "FCN-16": fcn(trunk, 4, 16, filters=3),
        "U-Net": unet(trunk, 4, (6, 5)),
        "no skips": unet(trunk, 4, (6, 5), skips=False),
    }
    drawing = plots.ladders(trunk, networks)
    assert drawing.alt == (
        "FCN-16: down 32×32×3, 16×16×5, 8×8×6, 4×4×7, 2×2×8, 1×1×4; "
        "up 2×2×4 (+), 32×32×4. "
        "U-Net: down 32×32×3, 16×16×5, 8×8×6, 4×4×7, 2×2×8; "
        "up 4×4×6 (concat), 8×8×4 (concat), 32×32×4. "
        "no skips: down 32×32×3, 16×16×5, 8×8×6, 4×4×7, 2×2×8; "
        "up 4×4×6, 8×8×4, 32×32×4."
    )
    said = [[text.get_text() for text in axis.texts] for axis in drawing.axes]
    assert [each.count("concat") for each in said] == [0, 2, 0]
    assert "×16" in said[0] and "×4" in said[1]
    with pytest.raises(ValueError, match="not built on"):
        plots.ladders(halving(2), networks)


def test_stamps_show_their_counts_and_say_the_range_inside():
    counts = [np.tile([[1, 2], [2, 4]], (4, 4)), np.full((8, 8), 4)]
    drawing = plots.stamps(counts, ["three", "four"])
    assert "three: inside, 1 to 4 stamps; four: inside, 4 to 4" in drawing.alt
    numbers = [text.get_text() for text in drawing.axes[0].texts]
    assert numbers.count("4") == 16 and numbers.count("1") == 16


def test_measures_have_a_dot_per_seed_and_a_line_for_the_mean():
    values = {"A": {"IoU": [0.2, 0.4], "edge": [0.1, 0.1]},
              "B": {"IoU": [0.6, 0.8], "edge": [0.3, 0.5]}}  # fmt: skip
    drawing = plots.measures_of_networks(values, ["IoU", "edge"])
    mean, dots, *_ = drawing.axes[0].lines
    assert list(mean.get_xdata()) == pytest.approx([0.3, 0.3])
    assert list(dots.get_xdata()) == [0.2, 0.4]
    assert "IoU, mean over the seeds: A 0.30, B 0.70." in drawing.alt


def test_shift_curves_say_where_each_is_lowest():
    drawing = plots.shift_curves((1, 2, 4), {"U-Net": [0.9, 0.7, 0.8]}, "agree")
    assert list(drawing.axes[0].lines[0].get_ydata()) == [0.9, 0.7, 0.8]
    assert "between 0.70 and 0.90, lowest at a shift of 2" in drawing.alt
