"""The three heads: what each place should answer, and that perfect answers come back as
the true boxes with hardly any loss.
"""

import numpy as np
import pytest

from course_utils.detection import (
    AnchorHead,
    FCOSHead,
    GridHead,
    anchor_sizes,
    as_convolution,
    collisions,
    fcos_targets,
    focal_loss,
    grid_targets,
    make_anchors,
    match_anchors,
    prior_bias,
)
from course_utils.detection.anchors import decode, encode
from course_utils.detection.fcos import centredness
from course_utils.startup import keras

BOXES = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.6, 0.9, 0.8]])
LABELS = np.array([2, 0])


def heads():
    return {
        "grid": GridHead(3),
        "anchors": AnchorHead(3, [(0.3, 0.4), (0.4, 0.2)]),
        "fcos": FCOSHead(3),
    }


def logit(share):
    return np.log(share / (1 - share))


def test_a_plain_cross_entropy_is_focal_loss_without_focus():
    true, logits = np.array([1.0, 0, 1, 0.3]), np.array([0.5, 2.0, -8, 0.1])
    p = 1 / (1 + np.exp(-logits))
    expected = -(true * np.log(p) + (1 - true) * np.log(1 - p))
    np.testing.assert_allclose(focal_loss(true, logits, None, 0.0), expected, 1e-5)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_an_answer_that_hits_the_truth_exactly_has_a_gradient(gamma):
    """It once had none at gamma 0, and one such cell in a million ended a training."""
    import tensorflow as tf

    logits = tf.constant([0.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_sum(focal_loss([0.5, 1.0], logits, None, gamma))
    assert np.isfinite(tape.gradient(loss, logits)).all()


def test_focal_loss_is_what_the_paper_writes():
    logits = np.array([3.0, -3.0])
    p = 1 / (1 + np.exp(-3.0))
    np.testing.assert_allclose(
        focal_loss([1.0, 1.0], logits),
        [-0.25 * (1 - p) ** 2 * np.log(p), -0.25 * p**2 * np.log(1 - p)],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        focal_loss([0.0], [3.0]), [-0.75 * p**2 * np.log(1 - p)], rtol=1e-5
    )


def test_the_prior_bias_is_where_a_sigmoid_begins():
    assert 1 / (1 + np.exp(-prior_bias(0.02))) == pytest.approx(0.02)
    with pytest.raises(ValueError, match="both excluded"):
        prior_bias(1.0)


def test_a_dense_layer_answers_the_same_as_a_convolution():
    dense = keras.layers.Dense(5, activation="softmax")
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 7)).astype("float32")
    expected = dense(x)
    np.testing.assert_allclose(as_convolution(dense)(x), expected, atol=1e-6)
    with pytest.raises(ValueError, match="no weights yet"):
        as_convolution(keras.layers.Dense(5))
    with pytest.raises(ValueError, match="only a Dense"):
        as_convolution(keras.layers.Flatten())


def test_the_cell_of_the_centre_answers_in_a_grid():
    target = grid_targets(BOXES, LABELS, 4, 5)
    assert np.flatnonzero(target[:, 0] >= 0).tolist() == [1 * 5 + 1, 2 * 5 + 3]
    np.testing.assert_allclose(target[6], [2, *BOXES[0]], rtol=1e-6)


def test_of_two_centres_in_a_cell_the_larger_box_stays():
    both = np.array([[0.1, 0.1, 0.4, 0.4], [0.2, 0.2, 0.3, 0.3]])
    assert grid_targets(both, [1, 2], 3, 3)[0, 0] == 1
    assert grid_targets(both[::-1], [2, 1], 3, 3)[0, 0] == 1
    assert collisions(both, 3, 3) == 1 and collisions(both, 100, 7) == 1
    assert collisions(BOXES, 4, 5) == 0


def test_a_centre_on_the_images_edge_has_a_cell():
    edge = np.array([[0.999, 0.999, 1.0, 1.0]])
    assert grid_targets(edge, [0], 3, 3)[8, 0] == 0


def test_a_picture_without_boxes_is_all_background():
    for head in heads().values():
        head.build((None, 4, 4, 8))
        assert (head.targets(np.empty((0, 4)), [])[:, 0] == -1).all()


def test_kmeans_finds_the_sizes_that_are_there():
    random = np.random.default_rng(0)
    sizes = np.repeat([[0.1, 0.2], [0.5, 0.3]], 40, axis=0)
    sizes = sizes * random.uniform(0.95, 1.05, sizes.shape)
    boxes = np.concatenate([np.zeros_like(sizes), sizes], axis=1)
    found = anchor_sizes(boxes[random.permutation(80)], 2)
    np.testing.assert_allclose(found, [[0.1, 0.2], [0.5, 0.3]], rtol=0.05)
    with pytest.raises(ValueError, match="cannot be learned"):
        anchor_sizes(boxes[:2], 3)


def test_anchors_stand_in_the_middle_of_their_cells():
    anchors = make_anchors([(0.2, 0.4), (0.6, 0.2)], 2, 2)
    assert anchors.shape == (8, 4)
    np.testing.assert_allclose(anchors[0], [0.15, 0.05, 0.35, 0.45])
    np.testing.assert_allclose(anchors[3], [-0.05, 0.65, 0.55, 0.85])


def test_an_anchor_takes_what_it_overlaps_and_every_box_gets_one():
    anchors = np.array([[0, 0, 0.4, 0.4], [0, 0, 0.4, 0.36], [0.5, 0.5, 1, 1]])
    boxes = np.array([[0, 0, 0.4, 0.4], [0.7, 0.7, 0.75, 0.75]])
    assert match_anchors(anchors, boxes).tolist() == [0, 0, 1]
    assert match_anchors(anchors[:2], boxes[:1] * [1, 1, 1, 0.45]).tolist() == [-2, 0]
    assert match_anchors(anchors, np.empty((0, 4))).tolist() == [-1, -1, -1]


def test_decoding_undoes_encoding():
    anchors = make_anchors([(0.2, 0.4)], 1, 2).astype("float32")
    boxes = BOXES.astype("float32")
    np.testing.assert_allclose(
        decode(anchors, encode(anchors, boxes)), boxes, atol=1e-6
    )
    assert np.abs(encode(anchors, anchors)).max() < 1e-5


def test_a_cell_inside_two_boxes_answers_for_the_smaller():
    target = fcos_targets([[0, 0, 1, 1], [0.25, 0.25, 0.75, 0.75]], [0, 1], 4, 4, 9)
    assert (target[:, 0] == 1).sum() == 4 and (target[:, 0] == 0).sum() == 12


def test_only_the_inner_part_of_a_box_counts_and_small_boxes_get_a_cell():
    assert (fcos_targets([[0, 0, 1, 1]], [0], 8, 8, 1.1)[:, 0] == 0).sum() == 4
    tiny = fcos_targets([[0.26, 0.26, 0.28, 0.28]], [3], 4, 4)
    assert np.flatnonzero(tiny[:, 0] == 3).tolist() == [5]


def test_centredness_is_one_in_the_middle_and_falls_outwards():
    found = centredness(np.array([[1.0, 2, 1, 2], [1, 2, 4, 2], [0, 2, 4, 2]]))
    np.testing.assert_allclose(found, [1, 0.5, 0], atol=1e-4)


def perfect(head, target):
    """The raw numbers of a head that answers just what it should."""
    raw = np.full((len(target), head.numbers), -12.0, "float32")
    for place in np.flatnonzero(target[:, 0] >= 0):
        label, box = int(target[place, 0]), target[place, 1:]
        middle, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        if isinstance(head, GridHead):
            grid = np.array([head.rows, head.columns])
            raw[place, 0] = 12
            raw[place, 1 + label] = 12
            shares = np.concatenate([middle * grid % 1, size])
            raw[place, -4:] = logit(np.clip(shares, 1e-5, 1 - 1e-5))
        elif isinstance(head, AnchorHead):
            raw[place, label] = 12
            raw[place, -4:] = encode(head.anchors[place : place + 1], box[None])[0]
        else:
            cell = head.places[place]
            distances = np.concatenate([cell - box[:2], box[2:] - cell])
            raw[place, label] = 12
            raw[place, -5] = logit(np.clip(centredness(distances), 1e-5, 1 - 1e-5))
            raw[place, -4:] = np.log(np.maximum(distances, 1e-6))
    return raw


@pytest.mark.parametrize("name", ["grid", "anchors", "fcos"])
def test_perfect_answers_are_the_true_boxes_and_cost_little(name):
    head = heads()[name]
    head.build((None, 8, 8, 16))
    target = head.targets(BOXES, LABELS)
    raw = perfect(head, target)
    boxes, scores = map(np.asarray, head.decode(raw[None]))
    for place in np.flatnonzero(target[:, 0] >= 0):
        np.testing.assert_allclose(boxes[0, place], target[place, 1:], atol=2e-3)
        assert scores[0, place].argmax() == target[place, 0]
    assert scores[0, target[:, 0] == -1].max() < 0.01
    good = float(head.loss(target[None], raw[None]))
    shifted = raw.copy()
    shifted[:, -4:] += 1.0
    assert good < 0.7  # what centredness leaves, whose entropy is not 0
    assert float(head.loss(target[None], shifted[None])) > good + 0.2
    assert float(head.loss(target[None], -raw[None])) > good + 1


def test_anchors_in_between_are_not_counted():
    head = heads()["anchors"]
    head.build((None, 8, 8, 16))
    target = head.targets(BOXES, LABELS)
    between = target[:, 0] == -2
    assert between.any()
    raw = perfect(head, target)
    before = float(head.loss(target[None], raw[None]))
    raw[between, :-4] = 5.0
    assert float(head.loss(target[None], raw[None])) == pytest.approx(before)


@pytest.mark.parametrize("name", ["grid", "anchors", "fcos"])
def test_a_head_learns_and_is_the_same_from_its_config(name):
    keras.utils.set_random_seed(3)
    head = heads()[name]
    maps = keras.Input((4, 4, 12))
    model = keras.Model(maps, head(maps))
    model.compile(keras.optimizers.Adam(0.02), loss=head.loss)
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 12)).astype("float32")
    y = np.stack([head.targets(BOXES, LABELS), head.targets(BOXES[:1], [1])])
    first = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=40, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.6 * first
    again = type(head).from_config(head.get_config())
    again.build((None, 4, 4, 12))
    again.set_weights(head.get_weights())
    np.testing.assert_array_equal(again(x), head(x))


def test_impossible_truth_is_told():
    with pytest.raises(ValueError, match="pixels"):
        grid_targets([[10, 20, 50, 70]], [0], 4, 4)
    with pytest.raises(ValueError, match="padding"):
        fcos_targets(BOXES, [0, -1], 4, 4)
    with pytest.raises(ValueError, match="no height"):
        grid_targets([[0, 0, 0, 0]], [0], 4, 4)


@pytest.mark.parametrize("name", ["grid", "anchors", "fcos"])
def test_a_head_begins_with_its_prior_and_keeps_it_with_its_gamma(name):
    """gamma 0 counts easy background in full, so the loss is larger."""
    losses = []
    for gamma in (0.0, 2.0):
        config = {**heads()[name].get_config(), "prior": 0.2, "gamma": gamma}
        head = type(heads()[name]).from_config(config)
        assert (head.get_config()["prior"], head.get_config()["gamma"]) == (0.2, gamma)
        head.build((None, 8, 8, 16))
        raw = np.asarray(head(np.zeros((1, 8, 8, 16), "float32")))
        assert raw[0, :, 0] == pytest.approx(prior_bias(0.2))
        losses.append(float(head.loss(head.targets(BOXES, LABELS)[None], raw)))
    assert losses[0] > 1.5 * losses[1]


def test_a_prior_that_no_sigmoid_reaches_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        GridHead(2, prior=1)
