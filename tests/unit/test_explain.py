"""What `explain` shows is what the network has, and the heat is where the
evidence is.
"""

import functools

import numpy as np
import pytest

from course_utils import explain
from course_utils.backbones import load_backbone
from course_utils.drawing import curiosities
from course_utils.startup import keras

layers = keras.layers


def red_or_blue(sharpness=1.0, end="dense"):
    """A classifier of which every weight is known: class 0 is the mean of red, class 1
    that of blue.
    """
    image = keras.Input((12, 16, 3), name="image")
    x = layers.Conv2D(2, 1, use_bias=False, name="look")(image)
    x = layers.ReLU(name="maps")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    if end == "dense":
        y = layers.Dense(2, activation="softmax", use_bias=False, name="decide")(x)
    else:
        y = layers.Dense(2, use_bias=False, name="decide")(x)
        y = (
            layers.Softmax()(y)
            if end == "softmax layer"
            else layers.Activation("softmax")(y)
        )
    model = keras.Model(image, y)
    model.get_layer("look").set_weights([np.array([[[[1.0, 0], [0, 0], [0, 1]]]])])
    model.get_layer("decide").set_weights([sharpness * np.eye(2)])
    return model


def red_left_blue_right():
    image = np.zeros((12, 16, 3), "float32")
    image[2:8, 1:6, 0] = 1
    image[4:10, 11:14, 2] = 1
    return image


@functools.cache
def mini():
    return load_backbone("mini_xception", include_top=True)


# Filters and feature maps


def test_filters_are_the_first_convolutions_kernel():
    assert explain.filters(red_or_blue()).shape == (1, 1, 3, 2)
    kernel = mini().model.get_layer("block1_conv1").get_weights()[0]
    np.testing.assert_array_equal(explain.filters(mini()), kernel)


def test_filters_of_a_named_depthwise_convolution():
    kernel = mini().model.get_layer("block3_sepconv1").get_weights()[0]
    np.testing.assert_array_equal(explain.filters(mini(), "block3_sepconv1"), kernel)


def test_feature_maps_are_what_the_layers_compute():
    image = np.random.default_rng(0).normal(size=(12, 16, 3)).astype("float32")
    maps = explain.feature_maps(red_or_blue(), image, "maps")
    np.testing.assert_allclose(maps, np.maximum(image[..., [0, 2]], 0), atol=1e-6)


def test_several_layers_come_in_one_pass():
    maps = explain.feature_maps(
        mini(), np.full((96, 64, 3), 90, "uint8"), ["block2_add", "block7_relu"]
    )
    assert {name: values.shape for name, values in maps.items()} == {
        "block2_add": (24, 16, 48),
        "block7_relu": (6, 4, 320),
    }


# Grad-CAM


@pytest.mark.parametrize("end", ["dense", "softmax layer", "softmax activation"])
def test_heat_is_where_the_evidence_for_the_class_is_and_nowhere_else(end):
    model, image = red_or_blue(end=end), red_left_blue_right()
    for index, channel in ((0, 0), (1, 2)):
        np.testing.assert_allclose(
            explain.grad_cam(model, image, index), image[..., channel], atol=1e-6
        )


def test_the_most_probable_class_is_explained_when_none_is_named():
    image = red_left_blue_right()  # more red than blue
    np.testing.assert_array_equal(
        explain.grad_cam(red_or_blue(), image),
        explain.grad_cam(red_or_blue(), image, 0),
    )


def test_heat_does_not_fade_where_softmax_is_certain():
    model, image = red_or_blue(sharpness=1e4), red_left_blue_right()
    assert np.asarray(model(image[None]))[0, 0] == 1
    np.testing.assert_allclose(explain.grad_cam(model, image), image[..., 0], atol=1e-6)


def test_what_speaks_against_the_class_is_not_hot():
    model, image = red_or_blue(), red_left_blue_right()
    model.get_layer("decide").set_weights([np.array([[1.0, -1.0], [-1.0, 1.0]])])
    np.testing.assert_allclose(
        explain.grad_cam(model, image, 0), image[..., 0], atol=1e-6
    )
    np.testing.assert_allclose(
        explain.grad_cam(model, image, 1), image[..., 2], atol=1e-6
    )


def test_nothing_speaks_for_the_class_gives_zeros_and_no_division_by_zero():
    image = red_left_blue_right()
    image[..., 2] = 0
    assert not explain.grad_cam(red_or_blue(), image, 1).any()


def test_with_pooling_and_one_dense_layer_it_is_class_activation_mapping():
    """Zhou et al.

    (2016): the maps, weighted with the dense layer's weights of the class.
    """
    image = curiosities.draw(8, 1_000_003, 96)
    maps = explain.feature_maps(mini(), image, "block7_relu")
    kernel = mini().model.get_layer("predictions").get_weights()[0]
    expected = np.maximum(maps @ kernel[:, 8], 0)
    heat = explain.grad_cam(mini(), image, 8)
    assert heat.shape == (96, 96) and heat.dtype == np.float32
    # enlarged, so only about
    np.testing.assert_allclose(heat[8::16, 8::16], expected / expected.max(), atol=0.25)
    assert np.corrcoef(heat[8::16, 8::16].ravel(), expected.ravel())[0, 1] > 0.97


def test_heat_falls_on_the_drawn_thing():
    on, beside = [], []
    for number in range(20):
        image, mask = curiosities.draw_with_mask(
            number, 1_000_200 + number, 112, indoors=True
        )
        heat = explain.grad_cam(mini(), image, number)
        assert heat.min() >= 0 and heat.max() == 1 and heat.shape == mask.shape
        on.append(heat[mask].mean())
        beside.append(heat[~mask].mean())
    assert np.mean(on) > 2 * np.mean(beside)


def test_a_model_in_a_model_sequential_ones_and_maps_that_stay_maps_are_explained():
    backbone = load_backbone("mini_xception", trained=False).model
    image = keras.Input((64, 64, 3))
    x = layers.GlobalAveragePooling2D()(backbone(layers.RandomFlip()(image)))
    nested = keras.Model(image, layers.Dense(5, activation="softmax")(x))
    # used elsewhere too: the network must still be found in this one
    backbone(keras.Input((32, 32, 3)))
    sequential = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Conv2D(4, 3),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(5),
        ]
    )
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 3, strides=2)(image)
    # as MobileNet ends
    x = layers.Conv2D(5, 1)(layers.GlobalAveragePooling2D(keepdims=True)(x))
    kept = keras.Model(image, layers.Activation("softmax")(layers.Reshape((5,))(x)))
    photo = np.random.default_rng(0).uniform(0, 255, (64, 64, 3))
    for model in (nested, sequential, kept):
        # with random weights, not every class finds something in it
        for index in range(5):
            heat = explain.grad_cam(model, photo, index)
            assert heat.shape == (64, 64) and 0 <= heat.min() <= heat.max() <= 1
        assert (
            max(explain.grad_cam(model, photo, index).max() for index in range(5)) == 1
        )


def test_a_layer_that_a_skip_leads_around_cannot_be_chosen_alone():
    image = keras.Input((8, 8, 3))
    first = layers.Conv2D(4, 1, name="first")(image)
    second = layers.Conv2D(4, 1, name="second")(first)
    x = layers.GlobalAveragePooling2D()(layers.Add(name="sum")([first, second]))
    model = keras.Model(image, layers.Dense(2, activation="softmax")(x))
    photo = np.random.default_rng(0).uniform(0, 1, (8, 8, 3))
    assert explain.grad_cam(model, photo, layer="sum").shape == (8, 8)
    with pytest.raises(
        ValueError, match="do not come from the maps of layer 'second' alone"
    ):
        explain.grad_cam(model, photo, layer="second")


def test_looking_changes_nothing_in_the_model():
    before = [weight.copy() for weight in mini().model.get_weights()]
    explain.grad_cam(mini(), curiosities.draw(0, 1_000_000, 96))
    for one, other in zip(before, mini().model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def flat():
    return keras.Sequential(
        [
            keras.Input((4, 4, 3)),
            layers.Rescaling(0.5),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def two_outputs():
    image = keras.Input((4, 4, 3))
    x = layers.Flatten()(layers.Conv2D(2, 1)(image))
    return keras.Model(image, {"label": layers.Dense(2)(x), "box": layers.Dense(4)(x)})


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: explain.filters(flat()), "has no convolution"),
        (lambda: explain.filters(mini(), "block1_conv"), "Did you mean 'block1_conv1'"),
        (
            lambda: explain.filters("mini_xception"),
            "a keras.Model or a Backbone is wanted, and this is .*That is a name",
        ),
        (
            lambda: explain.filters(keras.Sequential([layers.Dense(2)])),
            "not built as a graph",
        ),
        (
            lambda: explain.feature_maps(mini(), np.zeros((96, 96, 3)), "block2_ad"),
            "Did you mean 'block2_add'",
        ),
        (
            lambda: explain.feature_maps(mini(), np.zeros((96, 96, 3)), "predictions"),
            "before the maps are pooled",
        ),
        (
            lambda: explain.feature_maps(
                mini(), np.zeros((2, 96, 96, 3)), "block2_add"
            ),
            "batch of 2",
        ),
        (
            lambda: explain.feature_maps(red_or_blue(), np.zeros((16, 12, 3)), "maps"),
            "12×16×3, but got 16×12×3",
        ),
        (
            lambda: explain.feature_maps(red_or_blue(), np.zeros((12, 16)), "maps"),
            r"shape \(12, 16\)",
        ),
        (
            lambda: explain.grad_cam(red_or_blue(), np.zeros((12, 16, 1))),
            "number of channels differs",
        ),
        (
            lambda: explain.grad_cam(red_or_blue(), red_left_blue_right(), 2),
            "classes 0 to 1",
        ),
        (
            lambda: explain.grad_cam(red_or_blue(), red_left_blue_right(), layer="map"),
            "Did you mean 'maps'",
        ),
        (
            lambda: explain.grad_cam(flat(), np.ones((4, 4, 3))),
            "no convolutional layer",
        ),
        (
            lambda: explain.grad_cam(two_outputs(), np.ones((4, 4, 3))),
            "one output.*gives",
        ),
        (lambda: explain.grad_cam(mini(), np.full((96, 96, 3), 0.5)), "divided by 255"),
        (
            lambda: explain.grad_cam(
                load_backbone("mini_xception", trained=False), np.zeros((96, 96, 3))
            ),
            "include_top",
        ),
    ],
)
def test_what_cannot_be_explained_is_explained(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_layer_inside_a_model_in_the_model_is_pointed_at():
    backbone = load_backbone("mini_xception", trained=False).model
    image = keras.Input((64, 64, 3))
    model = keras.Model(image, layers.GlobalAveragePooling2D()(backbone(image)))
    with pytest.raises(
        ValueError, match=r'"?block2_add\'? is inside \'mini_xception\'.*get_layer'
    ):
        explain.feature_maps(model, np.zeros((64, 64, 3)), "block2_add")
