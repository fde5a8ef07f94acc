"""Comparisons that are measured: every arm gets the same, and nothing is run twice."""

import json

import numpy as np
import pytest

from course_utils.measured import measured
from course_utils.startup import keras
from experiments import blocks, recipes, residual, results, segmenters
from experiments.restart import restart

layers = keras.layers


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(results, "results_folder", lambda: tmp_path)
    return tmp_path


def fashion(*counts):
    random = np.random.default_rng(0)
    return [
        (
            random.random((count, 28, 28, 1), dtype=np.float32),
            random.integers(0, 10, count),
        )
        for count in counts
    ]


def small(block, **_):
    inputs = keras.Input((28, 28, 1))
    x = layers.Flatten()(layers.AveragePooling2D(7)(inputs))
    return keras.Model(inputs, layers.Dense(10, "softmax")(x), name=str(block))


@pytest.fixture
def plan():
    return blocks.Plan(batch_size=8, images=160, search_images=80, peaks=(0.01, 0.02))


def test_blocks_are_trained_round_robin_and_an_interrupted_run_goes_on(
    folder, plan, monkeypatch, capsys
):
    blocks.compiled.cache_clear()
    monkeypatch.setattr(blocks.blocks, "network", small)
    data, names = fashion(200, 40, 40), ("plain", "residual")
    monkeypatch.setattr(
        blocks.blocks, "BLOCKS", {name: blocks.blocks.BLOCKS[name] for name in names}
    )
    train, runs = blocks.train, []

    def stops_at_the_second_seed(name, data, seed, *rest):
        if seed == 2 and "broken" not in runs:
            runs.append("broken")
            raise KeyboardInterrupt
        runs.append((name, seed))
        return train(name, data, seed, *rest)

    monkeypatch.setattr(blocks, "train", stops_at_the_second_seed)
    with pytest.raises(KeyboardInterrupt):
        blocks.compare("blocks", plan, (1, 2), data, names)
    assert not blocks.complete("blocks")
    blocks.compare("blocks", plan, (1, 2), data, names)
    assert blocks.complete("blocks")
    searched = [(name, 0) for name in names for _ in plan.peaks]
    assert runs == [
        *searched,
        ("plain", 1),
        ("residual", 1),
        "broken",
        ("plain", 2),
        ("residual", 2),
    ]
    stored = json.loads((folder / "blocks.json").read_text())
    for about in stored["blocks"].values():
        assert [run["seed"] for run in about["runs"]] == [1, 2]
        assert about["rates"][str(about["rate"])] == max(about["rates"].values())
        assert about["multiply_adds"] > 0


def test_every_block_sees_the_same_images_in_the_same_order(plan, monkeypatch):
    seen = {}

    class Looks(keras.Model):
        def fit(self, x, *arguments, **options):
            seen.setdefault(self.name, []).append(np.array(x))
            assert options["shuffle"] is False
            return super().fit(x, *arguments, **options)

    def looking(block, **_):
        model = small(block)
        return Looks(model.input, model.output, name=block)

    blocks.compiled.cache_clear()
    monkeypatch.setattr(blocks.blocks, "network", looking)
    images, *_ = fashion(200)
    for name in ("one", "other"):
        blocks.train(name, images, 3, 0.01, plan.images, plan.batch_size)
    one, other = (np.concatenate(seen[name]) for name in ("one", "other"))
    assert len(one) == plan.images and np.array_equal(one, other)
    assert len({image.tobytes() for image in one}) == plan.images  # each once


def test_a_restarted_network_learns_what_a_new_one_would(plan, monkeypatch):
    monkeypatch.setattr(blocks.blocks, "network", small)
    images, *_ = fashion(200)
    weights = []
    for again in (False, True):
        if not again:
            blocks.compiled.cache_clear()
            blocks.train("plain", images, 5, 0.02, plan.images, plan.batch_size)
        model, *_ = blocks.train("plain", images, 3, 0.01, plan.images, plan.batch_size)
        weights.append(model.get_weights())
        blocks.compiled.cache_clear()
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
    model.optimizer.learning_rate = 0.25
    restart(model, lambda: small("plain"), 3)
    assert model.optimizer.iterations == 0 and model.optimizer.learning_rate == 0.25


def test_looking_at_the_averages_does_not_disturb_the_training(monkeypatch):
    """The history is the same whether the averages are estimated in between or not, and
    both accuracies are told apart.
    """

    def network(name, shape, classes, filters, **_):
        inputs = keras.Input(shape)
        x = layers.BatchNormalization(momentum=0.99)(layers.AveragePooling2D(8)(inputs))
        x = layers.Dense(classes, "softmax")(layers.Flatten()(x))
        return keras.Model(inputs, x, name=name)

    monkeypatch.setattr(residual, "build", network)
    plan = residual.Plan(size=32, epochs=2, batch_size=16, for_averages=32)
    train, valid, test = ((residual.enlarged(x, 32), y) for x, y in fashion(64, 32, 32))
    looked = residual.train({}, train, valid, test, 1, plan)
    monkeypatch.setattr(residual, "reestimate_batch_norm", lambda *arguments: None)
    alone = residual.train({}, train, valid, test, 1, plan)
    for name in ("loss", "accuracy", "val_loss"):
        assert looked["history"][name] == alone["history"][name]
    assert looked["test_accuracy"] == alone["test_accuracy"]
    assert alone["history"]["val_loss_reestimated"] == alone["history"]["val_loss"]
    assert looked["history"]["val_loss_reestimated"] != looked["history"]["val_loss"]


def test_three_networks_are_compared_and_stored_after_each(folder, monkeypatch):
    calls = []

    def quick(settings, train, valid, test, seed, plan):
        calls.append((tuple(settings), seed, train[0].shape, train[0].sum()))
        return {"test_accuracy": 0.5, "test_accuracy_reestimated": 0.6}

    monkeypatch.setattr(residual, "train", quick)
    plan = residual.Plan(size=32, images=20, valid=10, test=10)
    residual.compare("residual", plan, (1, 2), fashion(40, 20, 20))
    assert residual.complete("residual")
    assert [call[1] for call in calls] == [1] * 3 + [2] * 3
    assert len({call[3] for call in calls[:3]}) == 1  # the same images for all three
    assert calls[0][2] == (20, 32, 32, 1)
    assert {call[0] for call in calls} == {("residual",), (), ("zero_gamma",)}


def test_every_recipe_trains_and_the_averaged_weights_get_averages_of_their_own(
    folder, monkeypatch
):
    """All arms on a handful of images, with a network that takes no time."""

    def tiny():
        inputs = keras.Input((28, 28, 1))
        x = layers.BatchNormalization()(layers.AveragePooling2D(7)(inputs))
        return keras.Model(inputs, layers.Dense(10, "softmax")(layers.Flatten()(x)))

    monkeypatch.setattr(recipes, "NETWORKS", {"textbook": tiny, "fast": tiny})
    looked = []
    monkeypatch.setattr(
        recipes, "reestimate_batch_norm", lambda *arguments: looked.append(1)
    )
    plan = recipes.Plan(images=64, epochs=1)
    recipes.compare("recipes", plan, (1,), fashion(80, 20, 20))
    assert recipes.complete("recipes") and looked == [1]
    stored = json.loads((folder / "recipes.json").read_text())["arms"]
    assert stored["fast, new + MixUp"]["recipe"] == "new + MixUp"
    losses = {name: arm["runs"][0]["train_loss"][0] for name, arm in stored.items()}
    assert len(set(losses.values())) >= len(losses) - 3  # they are not all one recipe


def test_the_stored_recipes_are_whole_and_those_of_the_code():
    result = measured("recipes")
    assert recipes.complete("recipes") and result["seeds"] == [1, 2, 3]
    assert result["plan"] == vars(recipes.Plan())
    for name, arm in recipes.ARMS.items():
        stored = result["arms"][name]
        assert (stored["network"], stored["recipe"]) == (arm.network, arm.says)
        assert [run["seed"] for run in stored["runs"]] == result["seeds"]


@pytest.mark.parametrize("module", [recipes, residual])
def test_in_whatever_order_a_cluster_brings_them_runs_are_stored_by_seed(
    module, folder, monkeypatch
):
    trained = lambda *_: {"test_accuracy": 0.5, "test_accuracy_reestimated": 0.6}
    monkeypatch.setattr(module, "train", trained)
    backwards = lambda work, tasks: (work(*task) for task in reversed(tasks))
    monkeypatch.setattr(module, "spread", backwards)
    module.compare("runs", module.Plan(images=20), (3, 1), fashion(40, 20, 20))
    assert module.complete("runs")
    for arm in json.loads((folder / "runs.json").read_text())["arms"].values():
        assert [run["seed"] for run in arm["runs"]] == [3, 1]


@pytest.mark.parametrize("mix", [keras.layers.MixUp, keras.layers.CutMix])
def test_mixing_mixes_labels_as_well_as_images(mix):
    x, y = fashion(64)[0]
    arm = recipes.Arm("fast", mix=mix)
    labels = keras.utils.to_categorical(y, 10)
    (images, mixed), *_ = recipes.batches(arm, x, labels, seed=1)
    mixed = keras.ops.convert_to_numpy(mixed)
    assert images.shape == x.shape
    np.testing.assert_allclose(mixed.sum(axis=1), 1, atol=1e-5)
    assert (np.count_nonzero(mixed, axis=1) == 2).any()


def test_scales_offsets_and_biases_are_not_decayed():
    model = recipes.compiled(recipes.ARMS["fast, new"], 10)
    decayed = [
        weight.path
        for weight in model.trainable_weights
        if model.optimizer._use_weight_decay(weight)
    ]
    assert decayed and all(path.endswith("kernel") for path in decayed)


def masked_photos(count, size=8):
    random = np.random.default_rng(1)
    masks = random.integers(0, segmenters.CLASSES, (count, size, size)).astype("uint8")
    return np.repeat(40 * masks[..., None], 3, axis=-1), masks


def tiny_segmenter(arm, size):
    image = keras.Input((size, size, 3))
    x = layers.Rescaling(1 / 40)(image)
    x = layers.Conv2D(segmenters.CLASSES, 1, activation="softmax")(x)
    return keras.Model(image, x, name="tiny")


def test_segmenters_get_equal_seconds_and_an_interrupted_run_goes_on(
    folder, monkeypatch
):
    monkeypatch.setattr(segmenters, "build", tiny_segmenter)
    plan = segmenters.Plan(size=8, cpu_seconds=0.2, batch_size=4)
    data = {"train": masked_photos(12), "test": masked_photos(6)}
    train, started = segmenters.train, []

    def stops_once(model, part, seed, plan):
        started.append(seed)
        if len(started) == 7:
            raise KeyboardInterrupt
        return train(model, part, seed, plan)

    monkeypatch.setattr(segmenters, "train", stops_once)
    with pytest.raises(KeyboardInterrupt):
        segmenters.compare("segmenters", plan, (1, 2), data)
    assert not segmenters.complete("segmenters")
    segmenters.compare("segmenters", plan, (1, 2), data)
    assert segmenters.complete("segmenters")
    assert started == [1] * 5 + [2] * 6  # the one that was stopped is run again
    stored = json.loads((folder / "segmenters.json").read_text())
    assert stored["plan"]["cpu_seconds"] == 0.2
    for arm in stored["arms"].values():
        for run in arm["runs"]:
            assert run["steps"] > 1 and 0.2 <= run["cpu_seconds"] < 1
            assert len(run["class_iou"]) == 6 and 0 <= run["mean_iou"] <= 1


def test_a_segmenter_that_is_right_gets_full_marks_and_a_constant_none():
    photos, masks = masked_photos(4)
    right = lambda x, **_: np.eye(segmenters.CLASSES)[x[..., 0] // 40]
    nothing = lambda x, **_: np.eye(segmenters.CLASSES)[0 * x[..., 0]]
    marks = [
        segmenters.judge(type("Model", (), {"predict": staticmethod(says)}),
                         (photos, masks), segmenters.Plan())
        for says in (right, nothing)
    ]  # fmt: skip
    names = ("pixel_accuracy", "mean_iou", "foreground_iou", "boundary_iou")
    assert [marks[0][name] for name in names] == [1, 1, 1, 1]
    assert marks[1]["foreground_iou"] == marks[1]["boundary_iou"] == 0
    assert marks[1]["pixel_accuracy"] == round(float(np.mean(masks == 0)), 4)


def test_all_segmenters_have_as_many_parameters():
    counts = [segmenters.build(arm, 64).count_params() for arm in segmenters.ARMS]
    assert max(counts) / min(counts) < 1.02, counts
