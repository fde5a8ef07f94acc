"""Boxes:

IoU by its properties and against Keras, formats there and back, errors that help,
metric and losses.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import boxes
from course_utils.boxes import (
    FORMATS,
    IoULoss,
    MeanIoU,
    convert,
    iou,
    paired_giou,
    paired_iou,
    validate,
)
from course_utils.startup import keras

ops = keras.ops
SIDES = st.integers(0, 99)


@st.composite
def some_boxes(draw, most=4):
    """One to four boxes in 0–1, no side under a hundredth."""
    count = draw(st.integers(1, most))
    made = []
    for _ in range(count):
        low = [draw(SIDES), draw(SIDES)]
        high = [draw(st.integers(first + 1, 100)) for first in low]
        made.append([*low, *high])
    return np.array(made) / 100


def by_counting(a, b):
    """IoU from a grid of 100×100 cells: the most literal way there is."""
    inside = []
    for box in (a, b):
        y1, x1, y2, x2 = np.round(box * 100).astype(int)
        cells = np.zeros((100, 100), bool)
        cells[y1:y2, x1:x2] = True
        inside.append(cells)
    return (inside[0] & inside[1]).sum() / (inside[0] | inside[1]).sum()


@settings(max_examples=60, deadline=None)
@given(some_boxes(), some_boxes())
def test_iou_is_the_share_of_cells_that_both_cover(a, b):
    matrix = iou(a, b)
    assert matrix.shape == (len(a), len(b))
    expected = [[by_counting(first, second) for second in b] for first in a]
    np.testing.assert_allclose(matrix, expected, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(some_boxes(), some_boxes(), st.sampled_from([1, 7.5, 640]))
def test_iou_is_symmetric_between_zero_and_one_and_has_no_unit(a, b, scale):
    matrix = iou(a, b)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    np.testing.assert_array_equal(matrix, iou(b, a).T)
    np.testing.assert_allclose(matrix, iou(a * scale, b * scale), atol=1e-12)
    np.testing.assert_allclose(np.diag(iou(a, a)), 1)


@settings(max_examples=20, deadline=None)
@given(some_boxes(), some_boxes())
def test_iou_is_that_of_keras(a, b):
    theirs = keras.utils.bounding_boxes.compute_iou(
        a.astype("float32"), b.astype("float32"), "yxyx"
    )
    # Keras adds 1e-7 to each area
    np.testing.assert_allclose(iou(a, b), ops.convert_to_numpy(theirs), atol=1.1e-3)
    large = [box for box in (*a, *b) if np.prod(box[2:] - box[:2]) > 0.05]
    if large:
        theirs = keras.utils.bounding_boxes.compute_iou(
            np.float32(large), np.float32(large), "yxyx"
        )
        np.testing.assert_allclose(
            iou(large, large), ops.convert_to_numpy(theirs), atol=1e-5
        )


def test_iou_has_the_shape_that_the_boxes_ask_for():
    one, three = (
        [0.1, 0.1, 0.5, 0.5],
        [[0.1, 0.1, 0.5, 0.5], [0.1, 0.1, 0.3, 0.5], [0.6, 0.6, 0.7, 0.7]],
    )
    assert isinstance(iou(one, one), float) and iou(one, one) == 1.0
    np.testing.assert_allclose(iou(one, three), [1, 0.5, 0])
    np.testing.assert_allclose(iou(three, one), [1, 0.5, 0])
    assert iou(three, three[:2]).shape == (3, 2)
    assert iou(np.zeros((0, 4)), three).shape == (0, 3)


def test_boxes_that_only_touch_share_nothing_and_a_box_without_area_matches_none():
    assert iou([0, 0, 0.5, 0.5], [0, 0.5, 0.5, 1]) == 0
    assert iou([0.2, 0.2, 0.2, 0.6], [0.2, 0.2, 0.2, 0.6]) == 0


@settings(max_examples=60, deadline=None)
@given(some_boxes(), st.sampled_from(list(FORMATS)), st.sampled_from(list(FORMATS)))
def test_every_format_leads_to_every_other_and_back(given_boxes, first, second):
    shape = (120, 200, 3)
    start = convert(given_boxes, "rel_yxyx", first, shape)
    there = convert(start, first, second, shape)
    np.testing.assert_allclose(convert(there, second, first, shape), start, atol=1e-9)
    np.testing.assert_allclose(
        convert(there, second, "rel_yxyx", shape), given_boxes, atol=1e-9
    )


def test_formats_are_what_their_users_mean():
    box, shape = [0.25, 0.1, 0.75, 0.3], (100, 200, 3)
    assert convert(box, "tfds", "pascal_voc", shape).tolist() == pytest.approx(
        [20, 25, 60, 75]
    )
    assert convert(box, "tfds", "coco", shape).tolist() == pytest.approx(
        [20, 25, 40, 50]
    )
    assert convert(box, "tfds", "yolo").tolist() == pytest.approx([0.2, 0.5, 0.2, 0.5])
    assert convert(box, "rel_yxyx", "center_yxhw", shape).tolist() == pytest.approx(
        [50, 40, 50, 40]
    )


def test_a_tensor_stays_a_tensor_and_works_inside_a_pipeline():
    import tensorflow as tf

    boxes_there = tf.constant([[0.25, 0.1, 0.75, 0.3]])
    made = tf.data.Dataset.from_tensors(boxes_there).map(
        lambda box: convert(box, "tfds", "xyxy", (100, 200))
    )
    np.testing.assert_allclose(next(iter(made)), [[20, 25, 60, 75]], rtol=1e-6)
    assert tf.is_tensor(convert(boxes_there, "tfds", "xyxy", (100, 200)))
    with pytest.raises(ValueError, match="pixels"):
        convert(boxes_there * 100, "tfds", "xyxy", (100, 200))


BAD = {
    "box has y2 < y1 (0.2 < 0.8): is it (y, x) instead of (x, y)": [0.8, 0.1, 0.2, 0.5],
    "box has x2 < x1 (0.1 < 0.5)": [0.2, 0.5, 0.8, 0.1],
    "box 1 has y2 < y1": [[0.1, 0.1, 0.2, 0.2], [0.8, 0.1, 0.2, 0.5]],
    "a number that is none": [0.1, np.nan, 0.5, 0.2],
    "number that is none: (0.1, 0.1, inf": [0.1, 0.1, np.inf, 0.2],
    "are these pixels?": [10, 20, 100, 200],
    "box 2 is (10, 20, 100, 200)": [[0.1, 0.1, 0.2, 0.2]] * 2 + [[10, 20, 100, 200]],
    "outside the image (0 to 1)": [0.1, 0.1, 0.5, 1.2],
    "outside the image": [-0.1, 0.1, 0.5, 0.9],
    "has no height": [0.1, 0.1, 0.1, 0.2],
    "has no width": [0.1, 0.1, 0.2, 0.1],
    "has shape (3,)": [0.1, 0.1, 0.2],
    "has shape ()": 0.5,
    "cannot be read as numbers": ["left", 0.1, 0.2, 0.3],
}


@pytest.mark.parametrize("message", BAD)
def test_what_cannot_be_a_box_is_refused_in_words(message):
    with pytest.raises(ValueError) as error:
        validate(BAD[message])
    assert message in str(error.value)


def test_nothing_is_clipped_silently():
    with pytest.raises(ValueError, match="outside the image .100 × 200 pixels"):
        convert([0, 0, 300, 20], "xyxy", "tfds", (100, 200))
    with pytest.raises(ValueError, match="outside"):
        validate([-1, 0, 3, 4], "xyxy")
    with pytest.raises(ValueError, match="outside"):
        convert([0.9, 0.5, 0.4, 0.2], "yolo", "tfds")
    with pytest.raises(ValueError, match="negative width"):
        convert([0.5, 0.5, -0.1, 0.2], "rel_xywh", "tfds")


def test_validate_returns_good_boxes_unchanged():
    good = [[0.0, 0.0, 1.0, 1.0], [0.2, 0.3, 0.4, 0.5]]
    np.testing.assert_array_equal(validate(good), good)
    np.testing.assert_array_equal(validate(np.float32(good)), np.float32(good))
    assert validate([1, 2, 30, 40], "xyxy", (100, 100)).tolist() == [1, 2, 30, 40]
    # rounding is no mistake
    assert validate([[0.0, 0.0, 1 + 1e-6, 1.0]]).shape == (1, 4)
    assert validate([]).shape == (0, 4)


def test_crossing_between_shares_and_pixels_needs_the_size():
    with pytest.raises(ValueError, match="image_shape=.height, width."):
        convert([0.1, 0.1, 0.2, 0.2], "tfds", "coco")
    with pytest.raises(ValueError, match="must be .height, width."):
        convert([0.1, 0.1, 0.2, 0.2], "tfds", "coco", 640)
    with pytest.raises(ValueError, match="no format of boxes"):
        convert([0.1, 0.1, 0.2, 0.2], "tfds", "cocoa", (9, 9))


def test_float_kinds_mix_in_paired_measures():
    assert float(
        paired_iou(np.float64([0, 0, 1, 1]), np.float32([0, 0, 1, 0.5]))
    ) == pytest.approx(0.5)


def test_comparing_shares_with_pixels_is_noticed():
    with pytest.raises(
        ValueError, match="first in shares of the image and the second in pixels"
    ):
        iou([0.1, 0.1, 0.5, 0.5], [10, 10, 50, 50])
    with pytest.raises(ValueError, match="box of b has y2 < y1"):
        iou([0.1, 0.1, 0.5, 0.5], [0.5, 0.1, 0.2, 0.5])


@settings(max_examples=25, deadline=None)
@given(some_boxes(most=1), some_boxes(most=1))
def test_paired_measures_keep_what_they_promise(a, b):
    plain, general = float(paired_iou(a[0], b[0])), float(paired_giou(a[0], b[0]))
    assert plain == pytest.approx(iou(a[0], b[0]), abs=1e-6)
    assert -1 <= general <= plain + 1e-6
    around = np.concatenate([np.minimum(a, b)[0, :2], np.maximum(a, b)[0, 2:]])
    area = lambda box: np.prod(box[2:] - box[:2])
    covered = (area(a[0]) + area(b[0])) / (1 + plain)
    assert general == pytest.approx(plain - 1 + covered / area(around), abs=1e-5)


def test_giou_stretches_a_box_towards_one_it_does_not_touch_and_iou_knows_no_way():
    import tensorflow as tf

    true = tf.constant([[0.1, 0.1, 0.3, 0.3]])
    pulls = {}
    for kind in ("iou", "giou"):
        away = tf.Variable([[0.6, 0.6, 0.8, 0.8]])
        with tf.GradientTape() as tape:
            loss = IoULoss(kind)(true, away)
        pulls[kind] = tape.gradient(loss, away).numpy()
    assert not pulls["iou"].any()
    assert (
        pulls["giou"][0, :2] > 0
    ).all()  # downhill, the corner next to the true box moves towards it


def test_losses_are_zero_for_equal_boxes():
    rng = np.random.default_rng(0)
    a, b = (
        np.sort(rng.uniform(size=(6, 2, 2)), axis=1).reshape(6, 4).astype("float32")
        for _ in range(2)
    )
    for kind in boxes.PAIRED:
        assert float(IoULoss(kind)(a, a)) == pytest.approx(0, abs=1e-5)
        assert float(IoULoss(kind)(a, b)) > 0.3
    with pytest.raises(ValueError, match="'giou'"):
        IoULoss("diou")


def test_mean_iou_is_the_mean_over_all_batches_and_counts_inside_out_boxes_as_zero():
    metric = MeanIoU()
    metric.update_state(
        [[0.0, 0.0, 0.5, 0.5]] * 2, [[0.0, 0.0, 0.5, 0.5], [0.5, 0.5, 0.0, 0.0]]
    )
    metric.update_state([[0.0, 0.0, 0.5, 0.5]], [[0.0, 0.0, 0.5, 0.25]])
    assert float(metric.result()) == pytest.approx((1 + 0 + 0.5) / 3)
    metric.reset_state()
    metric.update_state(
        [[0.0, 0.0, 0.5, 0.5]] * 2,
        [[0.0, 0.0, 0.5, 0.5], [0.6, 0.6, 0.9, 0.9]],
        sample_weight=[3, 1],
    )
    assert float(metric.result()) == pytest.approx(0.75)


def test_a_two_headed_model_saves_and_loads_with_loss_and_metric(tmp_path):
    inputs = keras.Input((6,))
    outputs = {
        "label": keras.layers.Dense(3, activation="softmax", name="label")(inputs),
        "bbox": boxes.BoxOutput(name="bbox")(inputs),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        "sgd",
        {"label": "sparse_categorical_crossentropy", "bbox": IoULoss("giou")},
        metrics={"label": ["accuracy"], "bbox": [MeanIoU()]},
    )
    x = np.random.default_rng(0).normal(size=(8, 6)).astype("float32")
    y = {
        "label": np.arange(8) % 3,
        "bbox": np.tile(np.float32([0.2, 0.2, 0.6, 0.7]), (8, 1)),
    }
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    for name, before in model.predict(x, verbose=0).items():
        np.testing.assert_array_equal(loaded.predict(x, verbose=0)[name], before)
    assert loaded.evaluate(x, y, verbose=0, return_dict=True) == pytest.approx(
        model.evaluate(x, y, verbose=0, return_dict=True)
    )
    assert loaded.loss["bbox"].kind == "giou"


def test_a_box_output_is_never_inside_out_and_begins_with_the_box_it_is_told():
    start = np.float32([0.2, 0.3, 0.8, 0.7])
    layer = boxes.BoxOutput(start)
    x = np.random.default_rng(0).normal(0, 100, size=(200, 5)).astype("float32")
    out = ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(np.zeros((1, 5), "float32")))[0], start, atol=1e-6
    )
    assert (out[:, 2:] >= out[:, :2]).all()
    again = boxes.BoxOutput.from_config(layer.get_config())
    np.testing.assert_allclose(again.start, start, atol=1e-6)
    with pytest.raises(ValueError, match="y2 < y1"):
        boxes.BoxOutput([0.8, 0.3, 0.2, 0.7])


def test_the_box_of_a_mask_holds_all_of_it_and_no_row_more():
    mask = np.zeros((10, 20), bool)
    mask[2:5, 4:8] = True
    assert boxes.box_of_mask(mask).tolist() == pytest.approx([0.2, 0.2, 0.5, 0.4])
    assert boxes.box_of_mask(mask[..., None]).tolist() == pytest.approx(
        [0.2, 0.2, 0.5, 0.4]
    )
    with pytest.raises(ValueError, match="empty"):
        boxes.box_of_mask(np.zeros((4, 4)))


def test_the_garden_comes_with_boxes_that_pass_and_photos_of_their_own_size(
    tmp_path, monkeypatch
):
    from course_utils.datasets.garden import (
        CLASS_NAMES,
        load_garden_boxes,
        prepare_garden,
    )

    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    import tensorflow_datasets as tfds

    monkeypatch.setattr(
        tfds.builder_cls("garden"), "COUNTS", {"flowers": 20, "scenes": 1}
    )
    prepare_garden(data_dir=str(tmp_path))
    garden = load_garden_boxes(data_dir=str(tmp_path))
    assert garden.counts == {
        "train": 15,
        "valid": 3,
        "test": 2,
    } and garden.class_names == tuple(CLASS_NAMES)
    pairs = list(garden.train.as_numpy_iterator())
    validate(np.stack([target["bbox"] for _, target in pairs]))
    assert {target["label"] for _, target in pairs} <= set(range(5))
    assert (
        len({photo.shape for photo, _ in pairs}) > 5 and pairs[0][0].dtype == np.uint8
    )
    assert "15 training, 3 validation and 2 test photos with boxes" in repr(garden)
