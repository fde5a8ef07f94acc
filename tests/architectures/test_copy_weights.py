"""Copying weights: whatever the order, the names and the nesting of the layers; all of
them, or none.
"""

import numpy as np
import pytest

from course_utils.architectures import build, copy_weights
from course_utils.layers import BottleneckUnit, ResidualUnit
from course_utils.startup import keras

layers = keras.layers


def randomise(model, seed):
    random = np.random.default_rng(seed)
    for weight in model.weights:
        weight.assign(random.uniform(0.5, 1.5, weight.shape))
    return model


def small_images(channels=3):
    return np.random.default_rng(0).uniform(size=(2, 8, 8, channels)).astype("float32")


def functional(body, shape=(8, 8, 3), name="model"):
    image = keras.Input(shape)
    return keras.Model(image, body(image), name=name)


def assert_copied(source, target, images=None):
    images = small_images() if images is None else images
    randomise(source, 1), randomise(target, 2)
    expected = np.array(source(images))
    assert not np.allclose(target(images), expected)
    copy_weights(source, target)
    assert np.allclose(target(images), expected, rtol=1e-5)


def assert_refused(source, target, *words, error=ValueError):
    """The message has these words, and the target is as it was."""
    before = target.get_weights()
    with pytest.raises(error) as caught:
        copy_weights(source, target)
    for word in words:
        assert word in str(caught.value)
    assert all(
        np.array_equal(a, b) for a, b in zip(before, target.get_weights(), strict=True)
    )


def two_branches(first_made, skip_first):
    """Two branches of equal shapes, so that only the graph tells which is which."""

    def body(x):
        def long_branch():
            return layers.Conv2D(3, 1, use_bias=False)(
                layers.Conv2D(3, 1, use_bias=False)(x)
            )

        def skip():
            return layers.Conv2D(3, 1, use_bias=False)(x)

        if first_made == "skip":
            b, a = skip(), long_branch()
        else:
            a, b = long_branch(), skip()
        return layers.Conv2D(3, 1, use_bias=False)(
            layers.Add()([b, a] if skip_first else [a, b])
        )

    return functional(body)


def test_branches_are_matched_whatever_the_order_they_are_made_and_added_in():
    assert_copied(
        two_branches("skip", skip_first=True), two_branches("long", skip_first=False)
    )
    assert_copied(
        two_branches("long", skip_first=True), two_branches("skip", skip_first=True)
    )


def test_concatenated_branches_keep_their_order():
    def concatenated(made_first):
        def body(x):
            makers = {
                "a": lambda: layers.Conv2D(2, 1)(x),
                "b": lambda: layers.Conv2D(2, 1)(x),
            }
            order = (made_first, "b" if made_first == "a" else "a")
            made = {name: makers[name]() for name in order}
            return layers.Concatenate()([made["a"], made["b"]])

        return functional(body)

    assert_copied(concatenated("a"), concatenated("b"))


def test_a_unit_that_is_one_layer_matches_the_same_unit_written_out():
    def written_out(x):
        skip = layers.BatchNormalization()(
            layers.Conv2D(8, 1, strides=2, use_bias=False)(x)
        )
        for size, filters, strides in ((1, 2, 2), (3, 2, 1), (1, 8, 1)):
            x = layers.Conv2D(filters, size, strides, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x) if filters == 2 else x
        return layers.ReLU()(layers.Add()([skip, x]))

    assert_copied(functional(written_out), functional(BottleneckUnit(2, strides=2)))
    assert_copied(functional(BottleneckUnit(2, strides=2)), functional(written_out))


def test_models_within_models_are_matched():
    inner = [
        layers.Conv2D(4, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(2),
    ]
    nested = functional(keras.Sequential([keras.Input((8, 8, 3)), *inner]))

    def flat(x):
        x = layers.ReLU()(layers.Conv2D(4, 3)(x))
        return layers.Dense(2)(layers.Flatten()(layers.BatchNormalization()(x)))

    assert_copied(nested, functional(flat))
    assert_copied(functional(flat), keras.Sequential([keras.Input((8, 8, 3)), *inner]))


def test_the_source_stays_as_it_is_and_may_be_frozen():
    source, target = (
        functional(lambda x: ResidualUnit(4)(layers.BatchNormalization()(x)))
        for _ in range(2)
    )
    source.trainable = False
    config = source.get_config()
    assert_copied(source, target)
    assert source.get_config() == config and not source.trainable_weights
    assert target.trainable_weights


def test_a_model_that_has_predicted_before_predicts_with_the_new_weights():
    def body(x):
        return layers.Dense(2)(layers.Flatten()(layers.Normalization()(x)))

    source, target = functional(body), functional(body)
    images = small_images()
    target.predict(images, verbose=0)
    randomise(source, 1)
    source.layers[1].load_own_variables(
        {"0": np.array([1.0, 2, 3]), "1": np.array([4.0, 5, 6]), "2": 9}
    )
    copy_weights(source, target)
    assert np.allclose(target.predict(images, verbose=0), source(images), rtol=1e-5)
    assert not np.allclose(source(images), source(0 * images))


def test_another_number_of_classes_is_refused_with_both_shapes():
    source, target = (
        build("mobilenet", (32, 32, 3), classes=classes, alpha=0.25)
        for classes in (7, 5)
    )
    assert_refused(
        source,
        target,
        "'predictions'",
        "(1, 1, 256, 5)",
        "(1, 1, 256, 7)",
        "number of classes",
    )


def test_a_missing_or_surplus_top_is_refused():
    whole, headless = (
        build("mobilenet", (32, 32, 3), alpha=0.25, include_top=top)
        for top in (True, False)
    )
    assert_refused(
        whole,
        headless,
        "the source goes on with layer 'predictions'",
        "include_top=False",
    )
    assert_refused(
        headless, whole, "the target's layer 'predictions'", "include_top=False"
    )


def test_another_number_of_channels_is_refused():
    source, target = (
        functional(
            lambda x: layers.Conv2D(4, 3, name="stem")(x), shape=(8, 8, channels)
        )
        for channels in (3, 1)
    )
    assert_refused(source, target, "'stem'", "(3, 3, 1, 4)", "(3, 3, 3, 4)", "channels")


def test_the_layer_named_is_the_first_that_does_not_fit():
    def stack(*widths):
        def body(x):
            for i, width in enumerate(widths):
                x = layers.Conv2D(width, 3, padding="same", name=f"conv{i}")(x)
            return x

        return functional(body)

    assert_refused(
        stack(4, 5, 6),
        stack(4, 7, 8),
        "the target's layer 'conv1'",
        "(3, 3, 4, 7)",
        "(3, 3, 4, 5)",
    )


def test_a_layer_inside_a_unit_is_named_with_its_unit():
    source, target = (
        functional(ResidualUnit(filters, name="unit7")) for filters in (4, 5)
    )
    assert_refused(source, target, "'unit7/conv1'", "(3, 3, 3, 5)", "(3, 3, 3, 4)")


def test_a_batch_norm_without_scale_is_not_taken_for_one_without_offset():
    source = functional(layers.BatchNormalization(scale=False, name="norm"))
    target = functional(layers.BatchNormalization(center=False, name="norm"))
    assert_refused(source, target, "gamma (3,)", "beta (3,)")


def test_another_rescaling_is_refused():
    """It has no weights, and would still change every answer."""
    source, target = (
        functional(lambda x, by=by: layers.Conv2D(2, 3)(layers.Rescaling(by)(x)))
        for by in (1 / 255, 1)
    )
    assert_refused(source, target, "0.0039216", "imagenet_weights=True")


def test_branches_added_are_not_taken_for_branches_multiplied():
    def joined(join):
        return functional(lambda x: join()([x, layers.Conv2D(3, 1)(x)]))

    source, target = joined(layers.Add), joined(layers.Multiply)
    assert_refused(source, target, "Multiply of 2", "Add of 2")


def test_a_shared_layer_is_not_taken_for_two():
    def shared(x):
        layer = layers.Conv2D(3, 1, name="twice")
        return layer(layer(x))

    def separate(x):
        return layers.Conv2D(3, 1, name="second")(layers.Conv2D(3, 1, name="first")(x))

    assert_refused(
        functional(shared), functional(separate), "'twice'", "'first'", "'second'"
    )
    assert_refused(functional(separate), functional(shared), "'twice'")
    assert_copied(functional(shared), functional(shared))


def test_what_is_not_a_model_or_has_no_graph_is_refused():
    model = functional(layers.Conv2D(2, 3))
    assert_refused(
        "resnet50", model, "look at the source, and this is 'resnet50'", error=TypeError
    )
    assert_refused(keras.Sequential([layers.Dense(2)]), model, "no graph of layers")


def test_a_layer_that_hides_weights_beside_its_sub_layers_is_refused():
    class Scaled(layers.Layer):
        def build(self, shape):
            self.inner = layers.Dense(shape[-1])
            self.inner.build(shape)
            self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

        def call(self, x):
            return self.inner(x) * self.factor

    source, target = (
        functional(Scaled(name="scaled")),
        functional(Scaled(name="scaled")),
    )
    assert_refused(source, target, "'scaled'", "sub-layers")


def test_an_activation_given_as_a_layer_is_no_layer_of_its_own():
    def body(activation):
        return lambda x: layers.Dense(2)(layers.Dense(3, activation=activation)(x))

    assert_copied(functional(body("relu")), functional(body(layers.ReLU())))
    learned = [functional(body(layers.PReLU(name="learned"))) for _ in range(2)]
    for model in learned:
        model(small_images())  # only now the activation has its weights
    assert_refused(*learned, "'dense", "sub-layers do not show")


def test_copying_leaves_no_trace_in_the_layers():
    source, target = (functional(BottleneckUnit(2, strides=2)) for _ in range(2))
    convolutions = [model.layers[1].conv1 for model in (source, target)]
    copy_weights(source, target)
    assert [len(layer._inbound_nodes) for layer in convolutions] == [0, 0]
