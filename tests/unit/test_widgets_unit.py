"""One unit of a network: its value is the sum of its reasons, and it sees what can
change it.
"""

import numpy as np
import pytest

from course_utils.startup import keras
from course_utils.widgets import FeatureMapExplorer
from course_utils.widgets.unit import fields, is_explained, reasons, seen

layers = keras.layers
CONVOLUTIONS = {
    "same": lambda: layers.Conv2D(5, 3, padding="same"),
    "stride 2": lambda: layers.Conv2D(4, 3, strides=2, padding="same"),
    "valid, not square": lambda: layers.Conv2D(4, (2, 3), strides=(2, 1)),
    "dilated": lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same"),
    "separable": lambda: layers.SeparableConv2D(6, 3, strides=2, padding="same"),
    "no bias": lambda: layers.SeparableConv2D(3, 3, use_bias=False),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_reasons_add_up_to_the_unit(name):
    keras.utils.set_random_seed(1)
    layer = CONVOLUTIONS[name]()
    maps = np.random.default_rng(1).normal(size=(11, 8, 3)).astype("float32")
    output = keras.ops.convert_to_numpy(layer(maps[None]))[0]
    if layer.use_bias:
        layer.bias.assign(np.arange(output.shape[-1], dtype="float32"))
        output = output + np.arange(output.shape[-1])
    assert is_explained(layer)
    rows, columns, channels = output.shape
    for row, column in ((0, 0), (rows // 2, 1), (rows - 1, columns - 1)):
        parts, bias = reasons(layer, maps, row, column, channels - 1)
        assert len(parts) == 3 and abs(parts[0].adds) == max(
            abs(part.adds) for part in parts
        )
        total = sum(part.adds for part in parts) + bias
        assert total == pytest.approx(output[row, column, channels - 1], abs=1e-4)


@pytest.mark.parametrize(
    "layer",
    [layers.ReLU(), layers.Conv2D(4, 3, groups=2), layers.Add()],
    ids=["ReLU", "groups", "Add"],
)
def test_other_layers_have_no_reasons(layer):
    assert not is_explained(layer)


def test_a_unit_sees_its_receptive_field_silent_or_not():
    inside = keras.Input((20, 24, 3))
    one = layers.Conv2D(2, 3, padding="same")(inside)
    two = layers.Conv2D(2, 3, strides=2, activation="relu", name="two")(one)
    network = keras.Model(inside, two)
    network.get_layer("two").bias.assign([0.0, 1e3])  # the second one always fires
    image = np.zeros((20, 24, 3), "float32")
    assert seen(network, image, "two", 3, 4, 1) == (5, 7, 10, 12)
    assert seen(network, image, "two", 0, 0, 1) == (0, 0, 4, 4)  # cut at the border
    network.get_layer("two").bias.assign([0.0, -1e9])  # never
    assert seen(network, image, "two", 3, 4, 1) is None


def test_the_walk_and_the_gradient_find_the_same_pieces():
    """Of a network with all that photographs' networks are made of."""
    inside = x = keras.Input((20, 24, 3))
    x = layers.ZeroPadding2D(((0, 1), (2, 1)), name="zeros")(x)
    x = layers.Conv2D(3, 3, strides=2, name="first")(x)
    left = layers.DepthwiseConv2D((3, 2), padding="same", name="depthwise")(x)
    left = layers.BatchNormalization(name="norm")(left)
    left = layers.AveragePooling2D(2, padding="same", name="pooled")(left)
    right = layers.Conv2D(3, 1, strides=2, padding="same", name="skip")(x)
    x = layers.Add(name="sum")([left, right])
    x = layers.Conv2D(2, 3, dilation_rate=2, padding="same", name="dilated")(x)
    x = layers.Cropping2D(((1, 0), (0, 2)), name="cut")(x)
    network = keras.Model(inside, x)
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.assign(np.ones(layer.kernel.shape, "float32"))
    found = fields(network, (20, 24))
    assert len(found) == len(network.layers)
    image = np.random.default_rng(1).uniform(0, 255, (20, 24, 3))
    for name, (rows, columns) in found.items():
        shape = network.get_layer(name).output.shape
        assert (len(rows), len(columns)) == shape[1:3], name
        for row, column in ((0, 0), (1, 2), (len(rows) - 1, len(columns) - 1)):
            (top, bottom), (left, right) = rows[row], columns[column]
            piece = (
                (top, left, bottom, right) if top < bottom and left < right else None
            )
            if name != network.layers[0].name:
                assert seen(network, image, name, row, column, 0) == piece, name


def test_after_a_layer_of_an_unknown_kind_the_network_itself_is_asked():
    inside = keras.Input((20, 24, 3))
    one = layers.Conv2DTranspose(2, 3, strides=2, padding="same", name="up")(inside)
    two = layers.Conv2D(2, 3, padding="same", name="two")(one)
    network = keras.Model(inside, two)
    assert list(fields(network, (20, 24))) == [network.layers[0].name]
    made = FeatureMapExplorer(network, layer="two", row=20, column=20)
    unit = made._image(made.state), "two", 20, 20, 0
    assert made._seen(made.state) == seen(network, *unit)


def test_a_gate_sees_the_whole_image():
    """Squeeze and excite: a mean of the image goes into every unit."""
    inside = keras.Input((8, 9, 3))
    gate = layers.GlobalAveragePooling2D(keepdims=True)(inside)
    network = keras.Model(inside, layers.Multiply(name="gated")([inside, gate]))
    rows, columns = fields(network, (8, 9))["gated"]
    assert (rows == [0, 8]).all() and (columns == [0, 9]).all()


def test_maps_too_many_to_keep_are_computed_layer_by_layer(monkeypatch):
    made = FeatureMapExplorer(layer="block2_sepconv2")
    words = made.describe()
    monkeypatch.setattr("course_utils.widgets.feature_maps.AT_ONCE", 1000)
    again = FeatureMapExplorer(layer="block2_sepconv2")
    assert again.describe() == words
    assert ("maps", "snail") in made._remembered
    assert ("maps", "snail") not in again._remembered


def test_the_explorer_starts_at_the_unit_that_fired_most_and_says_why():
    made = FeatureMapExplorer(layer="block2_sepconv2", channel=3)
    row, column = made.state["row"], made.state["column"]
    maps = made._maps(made.state)
    assert maps[row, column, 3] == maps[..., 3].max()
    parts, bias = made._reasons(made.state)
    total = sum(part.adds for part in parts) + bias
    assert total == pytest.approx(float(maps[row, column, 3]), abs=1e-3)
    assert f"Map {parts[0].channel} of those that come in adds" in made.describe()
    top, left, bottom, right = made._seen(made.state)
    assert f"sees rows {top} to {bottom - 1} and columns {left} to" in made.describe()
    made.set(layer="block7_relu")
    assert made._reasons(made.state) is None and "of those" not in made.describe()
    made.panel.reset_button.click()
    assert (made.state["row"], made.state["column"]) == (row, column)
