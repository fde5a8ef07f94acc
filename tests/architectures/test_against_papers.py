"""The networks against their papers: parameters by hand arithmetic, shapes of the
stages, options.

Where `keras.applications` has a network, `test_exact.py` compares outputs too.
"""

import warnings

import numpy as np
import pytest

from course_utils import graph
from course_utils.architectures import build, weighted_layers
from course_utils.layers import (
    BottleneckUnit,
    Inception,
    LocalResponseNormalization,
    ResidualUnit,
)
from course_utils.startup import keras


def shapes_only(name, *args, **options):
    """The network without its weights' values: nothing is drawn or allocated."""
    with graph.shapes_only():
        return build(name, *args, **options)


def trainable(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def conv(size, channels, filters, groups=1, bias=True):
    """Parameters of a convolution, by hand."""
    return size * size * (channels // groups) * filters + bias * filters


def dense(inputs, units):
    return inputs * units + units


def norm(channels):
    """The trained half of a batch normalization: scale and offset."""
    return 2 * channels


def output_shapes(model, *kinds):
    return [
        layer.output.shape[1:] for layer in model.layers if isinstance(layer, kinds)
    ]


def test_lenet5_has_the_maps_of_table_1_and_61_706_parameters():
    model = shapes_only("lenet5")
    by_hand = (
        conv(5, 1, 6)
        + conv(5, 6, 16)
        + conv(5, 16, 120)
        + dense(120, 84)
        + dense(84, 10)
    )
    assert model.count_params() == by_hand == 61_706
    assert [
        model.get_layer(name).output.shape[1:]
        for name in ("C1", "S2", "C3", "S4", "C5", "F6")
    ] == [(28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16), (1, 1, 120), (84,)]
    # the paper's C3, where six maps see three of S2's, nine see four and one sees all
    assert (
        by_hand - conv(5, 6, 16) + 6 * (3 * 25 + 1) + 9 * (4 * 25 + 1) + (6 * 25 + 1)
        == 61_706 - 2_416 + 1_516
    )


def test_lenet5_frames_a_28_pixel_digit_as_the_paper_does():
    digit = np.random.default_rng(0).uniform(size=(1, 28, 28, 1)).astype("float32")
    small, large = build("lenet5", (28, 28, 1)), build("lenet5")
    large.set_weights(small.get_weights())
    framed = np.pad(digit, [(0, 0), (2, 2), (2, 2), (0, 0)])
    np.testing.assert_allclose(small(digit), large(framed), rtol=1e-6)
    assert small.get_layer("C5").activation is keras.activations.tanh
    assert (
        build("lenet5", activation="relu").get_layer("C5").activation
        is keras.activations.relu
    )


@pytest.mark.parametrize("groups, expected", [(2, 60_965_224), (1, 62_378_344)])
def test_alexnet_has_the_parameters_of_the_paper(groups, expected):
    model = shapes_only("alexnet", groups=groups)
    by_hand = (
        conv(11, 3, 96)
        + conv(5, 96, 256, groups)
        + conv(3, 256, 384)
        + conv(3, 384, 384, groups)
        + conv(3, 384, 256, groups)
        + dense(6 * 6 * 256, 4096)
        + dense(4096, 4096)
        + dense(4096, 1000)
    )
    assert model.count_params() == by_hand == expected
    assert weighted_layers(model) == 8
    assert output_shapes(model, keras.layers.Conv2D, keras.layers.MaxPooling2D) == [
        (55, 55, 96),
        (27, 27, 96),
        (27, 27, 256),
        (13, 13, 256),
        (13, 13, 384),
        (13, 13, 384),
        (13, 13, 256),
        (6, 6, 256),
    ]


def test_alexnet_normalizes_as_in_the_paper_after_its_first_two_convolutions():
    model = shapes_only("alexnet")
    order = [layer.name for layer in model.layers]
    for number in (1, 2):
        norm_layer = model.get_layer(f"norm{number}")
        assert (
            norm_layer.depth_radius,
            norm_layer.bias,
            norm_layer.alpha,
            norm_layer.beta,
        ) == (2, 2, 1e-4, 0.75)
        assert (
            order.index(f"norm{number}")
            == order.index(f"conv{number}") + 1
            == order.index(f"pool{number}") - 1
        )
    assert (
        sum(isinstance(layer, LocalResponseNormalization) for layer in model.layers)
        == 2
    )
    assert [
        layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)
    ] == [0.5, 0.5]


def test_the_two_halves_of_alexnet_do_not_see_each_other_in_the_second_convolution():
    layer = shapes_only("alexnet").get_layer("conv2")
    assert layer.kernel.shape == (5, 5, 48, 256)
    assert shapes_only("alexnet", groups=1).get_layer("conv2").kernel.shape == (
        5,
        5,
        96,
        256,
    )


def test_zfnet_has_the_maps_of_figure_3():
    model = shapes_only("zfnet")
    by_hand = (
        conv(7, 3, 96)
        + conv(5, 96, 256)
        + conv(3, 256, 384)
        + conv(3, 384, 384)
        + conv(3, 384, 256)
        + dense(6 * 6 * 256, 4096)
        + dense(4096, 4096)
        + dense(4096, 1000)
    )
    assert model.count_params() == by_hand == 62_357_608
    assert output_shapes(model, keras.layers.Conv2D, keras.layers.MaxPooling2D) == [
        (110, 110, 96),
        (55, 55, 96),
        (26, 26, 256),
        (13, 13, 256),
        (13, 13, 384),
        (13, 13, 384),
        (13, 13, 256),
        (6, 6, 256),
    ]
    assert weighted_layers(model) == 8


TABLE_1 = [  # of the paper: channels in, then the six numbers
    (192, 64, 96, 128, 16, 32, 32),
    (256, 128, 128, 192, 32, 96, 64),
    (480, 192, 96, 208, 16, 48, 64),
    (512, 160, 112, 224, 24, 64, 64),
    (512, 128, 128, 256, 24, 64, 64),
    (512, 112, 144, 288, 32, 64, 64),
    (528, 256, 160, 320, 32, 128, 128),
    (832, 256, 160, 320, 32, 128, 128),
    (832, 384, 192, 384, 48, 128, 128),
]


def googlenet_by_hand(classes):
    total = conv(7, 3, 64) + conv(1, 64, 64) + conv(3, 64, 192) + dense(1024, classes)
    for channels, one, reduce_three, three, reduce_five, five, pooled in TABLE_1:
        total += (
            conv(1, channels, one)
            + conv(1, channels, reduce_three)
            + conv(3, reduce_three, three)
        )
        total += (
            conv(1, channels, reduce_five)
            + conv(5, reduce_five, five)
            + conv(1, channels, pooled)
        )
    return total


def test_googlenet_has_nine_modules_and_seven_million_parameters():
    model = shapes_only("googlenet")
    assert model.count_params() == googlenet_by_hand(1000) == 6_998_552
    assert output_shapes(model, Inception) == [
        (28, 28, 256),
        (28, 28, 480),
        (14, 14, 512),
        (14, 14, 512),
        (14, 14, 512),
        (14, 14, 528),
        (14, 14, 832),
        (7, 7, 832),
        (7, 7, 1024),
    ]
    assert weighted_layers(model) == 3 + 9 * 6 + 1


def test_googlenets_auxiliary_heads_stand_on_the_third_and_sixth_module():
    model = shapes_only("googlenet", auxiliary=True)
    heads = sum(
        conv(1, channels, 128) + dense(4 * 4 * 128, 1024) + dense(1024, 1000)
        for channels in (512, 528)
    )
    assert model.count_params() == googlenet_by_hand(1000) + heads == 13_378_280
    assert {name: output.shape for name, output in model.output.items()} == {
        "predictions": (None, 1000),
        "auxiliary_4a": (None, 1000),
        "auxiliary_4d": (None, 1000),
    }
    with pytest.raises(ValueError, match="googlenet.*5×5.*65×65"):
        build("googlenet", (64, 64, 3), auxiliary=True)
    assert (
        shapes_only("googlenet", (65, 65, 3), auxiliary=True).count_params()
        < model.count_params()
    )


def test_googlenet_trains_with_its_heads_and_survives_saving(tmp_path):
    keras.utils.set_random_seed(0)
    model = build("googlenet", (80, 80, 3), classes=3, auxiliary=True)
    model.compile(
        "sgd",
        loss={name: "sparse_categorical_crossentropy" for name in model.output},
        loss_weights={"predictions": 1, "auxiliary_4a": 0.3, "auxiliary_4d": 0.3},
        run_eagerly=True,
    )
    images = np.random.default_rng(0).normal(size=(2, 80, 80, 3)).astype("float32")
    before = [weight.numpy() for weight in model.trainable_weights]
    model.train_on_batch(images, {name: np.array([0, 2]) for name in model.output})
    moved = [
        not np.array_equal(a, b.numpy())
        for a, b in zip(before, model.trainable_weights, strict=True)
    ]
    assert np.mean(moved) > 0.95
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings(
            "ignore", message="__array__ implementation", category=DeprecationWarning
        )
        model.save(tmp_path / "googlenet.keras")
        loaded = keras.models.load_model(tmp_path / "googlenet.keras")
    for name, answer in model(images).items():
        np.testing.assert_array_equal(answer, loaded(images)[name])


@pytest.mark.parametrize(
    "name, convolutions", [("vgg16", [2, 2, 3, 3, 3]), ("vgg19", [2, 2, 4, 4, 4])]
)
def test_vgg_has_the_layers_of_the_paper(name, convolutions):
    model = shapes_only(name)
    total, channels = 0, 3
    for filters, count in zip([64, 128, 256, 512, 512], convolutions, strict=True):
        for _ in range(count):
            total, channels = total + conv(3, channels, filters), filters
    total += dense(7 * 7 * 512, 4096) + dense(4096, 4096) + dense(4096, 1000)
    assert model.count_params() == total
    assert weighted_layers(model) == sum(convolutions) + 3 == int(name[3:])
    assert output_shapes(model, keras.layers.MaxPooling2D) == [
        (112, 112, 64),
        (56, 56, 128),
        (28, 28, 256),
        (14, 14, 512),
        (7, 7, 512),
    ]


def resnet34_by_hand(classes, skips=True):
    total, channels = conv(7, 3, 64, bias=False) + norm(64), 64
    for filters in [64] * 3 + [128] * 4 + [256] * 6 + [512] * 3:
        total += (
            conv(3, channels, filters, bias=False)
            + conv(3, filters, filters, bias=False)
            + 2 * norm(filters)
        )
        if filters != channels:
            total += skips * (conv(1, channels, filters, bias=False) + norm(filters))
        channels = filters
    return total + dense(512, classes)


def test_resnet34_has_21_306_826_parameters_and_17_024_are_statistics():
    model = shapes_only("resnet34", classes=10)
    assert model.count_params() == 21_306_826
    assert trainable(model) == resnet34_by_hand(10) == 21_306_826 - 17_024
    statistics = [
        weight for weight in model.non_trainable_weights if "moving" in weight.path
    ]
    assert sum(int(np.prod(weight.shape)) for weight in statistics) == 17_024
    assert trainable(shapes_only("resnet34")) == 21_797_672  # torchvision's resnet34


def test_resnet34_has_34_weighted_layers_and_sixteen_units_in_four_stages():
    model = shapes_only("resnet34")
    assert weighted_layers(model) == 34
    assert output_shapes(model, ResidualUnit) == (
        [(56, 56, 64)] * 3
        + [(28, 28, 128)] * 4
        + [(14, 14, 256)] * 6
        + [(7, 7, 512)] * 3
    )
    with_skip = [
        layer.skip_conv is not None
        for layer in model.layers
        if isinstance(layer, ResidualUnit)
    ]
    assert [number for number, skip in enumerate(with_skip, start=1) if skip] == [
        4,
        8,
        14,
    ]


def test_the_plain_network_is_resnet34_without_its_skips():
    plain = shapes_only("resnet34", classes=10, residual=False)
    assert trainable(plain) == resnet34_by_hand(10, skips=False)
    assert weighted_layers(plain) == 34
    assert output_shapes(plain, ResidualUnit) == output_shapes(
        shapes_only("resnet34"), ResidualUnit
    )


def test_momentum_of_resnet34_is_for_all_its_units():
    model = shapes_only("resnet34", momentum=0.8)
    assert all(getattr(layer, "momentum", 0.8) == 0.8 for layer in model.layers)


def test_with_zero_gamma_the_first_stage_of_resnet34_starts_by_passing_on():
    images = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    model = build("resnet34", (32, 32, 3), classes=10, zero_gamma=True)
    units = [layer for layer in model.layers if isinstance(layer, ResidualUnit)]
    into, out = keras.Model(model.input, [units[0].input, units[2].output])(images)
    assert np.array_equal(into, out) and np.std(into) > 0.1
    assert not any(
        unit.zero_gamma
        for unit in shapes_only("resnet34").layers
        if isinstance(unit, ResidualUnit)
    )


def bottlenecks_by_hand(units, width, expansion=4, groups=1, bias=False, ratio=None):
    total, channels = conv(7, 3, 64, bias=bias) + norm(64), 64
    for stage, count in enumerate(units):
        inside = width * 2**stage
        wide = expansion * inside
        for unit in range(count):
            total += conv(1, channels, inside, bias=bias) + conv(
                3, inside, inside, groups, bias=bias
            )
            total += conv(1, inside, wide, bias=bias) + 2 * norm(inside) + norm(wide)
            if unit == 0:
                total += conv(1, channels, wide, bias=bias) + norm(wide)
            if ratio:
                total += dense(wide, wide // ratio) + dense(wide // ratio, wide)
            channels = wide
    return total + dense(2048, 1000)


@pytest.mark.parametrize(
    "name, units",
    [
        ("resnet50", [3, 4, 6, 3]),
        ("resnet101", [3, 4, 23, 3]),
        ("resnet152", [3, 8, 36, 3]),
    ],
)
def test_deep_resnets_have_the_units_of_the_paper(name, units):
    model = shapes_only(name)
    assert trainable(model) == bottlenecks_by_hand(units, 64, bias=True)
    assert weighted_layers(model) == int(name[6:])
    stages = [(56, 56, 256), (28, 28, 512), (14, 14, 1024), (7, 7, 2048)]
    assert output_shapes(model, BottleneckUnit) == [
        shape for shape, count in zip(stages, units, strict=True) for _ in range(count)
    ]


def test_layers_are_counted_alike_in_keras_applications():
    with graph.shapes_only():
        assert weighted_layers(keras.applications.ResNet50(weights=None)) == 50
        assert weighted_layers(keras.applications.VGG16(weights=None)) == 16


def test_resnext50_has_as_many_parameters_as_torchvisions():
    model = shapes_only("resnext50")
    by_hand = bottlenecks_by_hand([3, 4, 6, 3], 128, expansion=2, groups=32)
    assert trainable(model) == by_hand == 25_028_904
    assert weighted_layers(model) == 50
    assert output_shapes(model, BottleneckUnit)[::4] == [
        (56, 56, 256),
        (28, 28, 512),
        (14, 14, 1024),
        (14, 14, 1024),
    ]
    first = next(layer for layer in model.layers if isinstance(layer, BottleneckUnit))
    assert first.conv2.kernel.shape == (3, 3, 4, 128)  # 32 groups of 4 channels


def test_senet_has_as_many_parameters_as_the_released_se_resnet_50():
    model = shapes_only("senet")
    assert (
        trainable(model)
        == bottlenecks_by_hand([3, 4, 6, 3], 64, ratio=16)
        == 28_088_024
    )
    assert weighted_layers(model) == 50
    assert trainable(shapes_only("senet", ratio=8)) == bottlenecks_by_hand(
        [3, 4, 6, 3], 64, ratio=8
    )


def test_grouped_convolutions_train_on_this_machine():
    inputs = keras.Input((8, 8, 3))
    x = BottleneckUnit(8, groups=4, expansion=2, stride_at="3x3", strides=2)(inputs)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", loss="mse")
    before = model.layers[1].conv2.kernel.numpy()
    model.train_on_batch(np.ones((2, 8, 8, 3)), np.ones((2, 2)))
    assert not np.array_equal(before, model.layers[1].conv2.kernel.numpy())


@pytest.mark.parametrize(
    "name, maps",
    [
        ("lenet5", (5, 5, 16)),
        ("alexnet", (6, 6, 256)),
        ("googlenet", (7, 7, 1024)),
        ("vgg16", (7, 7, 512)),
        ("resnet34", (7, 7, 512)),
        ("senet", (7, 7, 2048)),
    ],
)
def test_without_its_top_a_network_ends_with_its_last_feature_maps(name, maps):
    assert shapes_only(name, include_top=False).output_shape[1:] == maps
