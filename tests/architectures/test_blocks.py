"""The blocks, against hand computation, TensorFlow's own function, and a trip to disk
and back.
"""

import warnings

import numpy as np
import pytest

from course_utils.layers import (
    BottleneckUnit,
    Inception,
    LayerScale,
    LocalResponseNormalization,
    ResidualUnit,
    SqueezeExcite,
)
from course_utils.startup import keras

EVERY_BLOCK = {
    "residual": lambda: ResidualUnit(6),
    "residual, strided": lambda: ResidualUnit(
        8, strides=2, activation="silu", zero_gamma=True
    ),
    "plain": lambda: ResidualUnit(8, residual=False),
    "bottleneck": lambda: BottleneckUnit(
        2, strides=2, activation="tanh", use_bias=True, epsilon=0.1
    ),
    "bottleneck, grouped": lambda: BottleneckUnit(
        8, expansion=2, groups=4, stride_at="3x3", strides=2
    ),
    "bottleneck, squeezed": lambda: BottleneckUnit(4, squeeze_ratio=2, zero_gamma=True),
    "inception": lambda: Inception(4, 2, 5, 2, 3, 1, activation="tanh"),
    "normalization": lambda: LocalResponseNormalization(
        2, bias=2, alpha=1e-4, beta=0.75
    ),
    "squeeze": lambda: SqueezeExcite(ratio=3),
    "layer scale": lambda: LayerScale(start=0.5),
}


def images(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def fill(layer, seed=1):
    """Give every weight a value of its own, so that one left out or in the wrong place
    shows.
    """
    generator = np.random.default_rng(seed)
    layer.set_weights(
        [
            generator.uniform(0.2, 1.2, size=weight.shape)
            for weight in layer.get_weights()
        ]
    )


def normalize(x, norm):
    """Batch normalization at inference, by its formula."""
    gamma, beta, mean, variance = (np.asarray(weight) for weight in norm.weights)
    return (x - mean) / np.sqrt(variance + norm.epsilon) * gamma + beta


def convolve(x, conv):
    """A 'same' convolution with odd kernels, no groups, by its definition; strides as
    TensorFlow places them.
    """
    kernel = np.asarray(conv.kernel)
    size, stride = kernel.shape[0], conv.strides[0]
    out = -(-x.shape[1] // stride), -(-x.shape[2] // stride)
    missing = [
        max((n - 1) * stride + size - m, 0)
        for n, m in zip(out, x.shape[1:3], strict=True)
    ]
    x = np.pad(x, [(0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)])
    result = np.zeros((x.shape[0], *out, kernel.shape[-1]))
    for i in range(out[0]):
        for j in range(out[1]):
            window = x[
                :, i * stride : i * stride + size, j * stride : j * stride + size, :
            ]
            result[:, i, j] = np.tensordot(window, kernel, axes=3)
    return result + (np.asarray(conv.bias) if conv.use_bias else 0)


def relu(x):
    return np.maximum(x, 0)


@pytest.mark.parametrize("name", EVERY_BLOCK)
def test_a_block_survives_saving_and_loading_without_a_warning(name, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # raised by Keras 3.15 with NumPy 2 when it saves any model at all
        warnings.filterwarnings(
            "ignore", message="__array__ implementation", category=DeprecationWarning
        )
        inputs = keras.Input((9, 8, 6))
        model = keras.Model(inputs, EVERY_BLOCK[name]()(inputs))
        fill(model)
        model.save(tmp_path / "block.keras")
        loaded = keras.models.load_model(tmp_path / "block.keras")
    x = images(2, 9, 8, 6)
    assert np.abs(np.asarray(model(x)) - np.asarray(loaded(x))).max() == 0.0
    assert loaded.layers[1].get_config() == model.layers[1].get_config()
    assert type(loaded.layers[1]) is type(model.layers[1])


@pytest.mark.parametrize("name", EVERY_BLOCK)
def test_summary_shows_a_block_with_its_shape_and_parameters(name):
    inputs = keras.Input((8, 8, 6))
    layer = EVERY_BLOCK[name]()
    layer.name = "block"
    lines = []
    keras.Model(inputs, layer(inputs)).summary(print_fn=lines.append, line_length=80)
    row = next(
        line for line in "\n".join(lines).split("\n") if line.startswith("│ block ")
    )
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    assert cells == [
        f"block ({type(layer).__name__})"[: len(cells[0])],
        str(layer.compute_output_shape((None, 8, 8, 6))),
        f"{layer.count_params():,}",
    ]


@pytest.mark.parametrize("name", EVERY_BLOCK)
def test_the_announced_shape_is_the_shape_that_comes(name):
    layer = EVERY_BLOCK[name]()
    for height, width in ((8, 8), (7, 5)):
        x = images(3, height, width, 6)
        assert layer.compute_output_shape(x.shape) == tuple(layer(x).shape)
        assert layer.compute_output_shape((None, None, None, 6))[1:3] == (None, None)


@pytest.mark.parametrize("name", EVERY_BLOCK)
def test_a_block_trains_on_images_of_any_size_and_in_half_precision(name):
    layer = EVERY_BLOCK[name]()
    half = type(layer).from_config({**layer.get_config(), "dtype": "mixed_bfloat16"})
    inputs = keras.Input((None, None, 6))
    output = half(inputs)
    assert output.dtype == "bfloat16"
    assert keras.Model(inputs, output)(images(1, 5, 6, 6)).dtype == "bfloat16"
    assert all(weight.dtype == "float32" for weight in half.weights)


def test_a_residual_unit_is_relu_of_two_convolutions_plus_its_input():
    unit, x = ResidualUnit(3), images(2, 5, 4, 3)
    unit.build(x.shape)
    fill(unit)
    branch = relu(normalize(convolve(x, unit.conv1), unit.norm1))
    branch = normalize(convolve(branch, unit.conv2), unit.norm2)
    np.testing.assert_allclose(unit(x), relu(branch + x), rtol=1e-4)
    assert unit.skip_conv is None


@pytest.mark.parametrize("channels, strides", [(3, 2), (2, 1), (2, 2)])
def test_the_skip_is_a_1x1_convolution_whenever_shapes_differ(channels, strides):
    unit, x = ResidualUnit(3, strides=strides), images(2, 6, 5, channels)
    unit.build(x.shape)
    fill(unit)
    branch = relu(normalize(convolve(x, unit.conv1), unit.norm1))
    branch = normalize(convolve(branch, unit.conv2), unit.norm2)
    skip = normalize(convolve(x, unit.skip_conv), unit.skip_norm)
    np.testing.assert_allclose(unit(x), relu(branch + skip), rtol=1e-4)
    assert unit.skip_conv.kernel.shape == (1, 1, channels, 3)


def test_a_plain_unit_adds_nothing_and_has_no_skip():
    unit, x = ResidualUnit(4, strides=2, residual=False), images(2, 6, 6, 3)
    unit.build(x.shape)
    fill(unit)
    branch = relu(normalize(convolve(x, unit.conv1), unit.norm1))
    np.testing.assert_allclose(
        unit(x), relu(normalize(convolve(branch, unit.conv2), unit.norm2)), rtol=1e-4
    )
    assert len(unit.weights) == 2 * (1 + 4)


def test_with_zero_gamma_a_new_unit_only_passes_its_input_on():
    x = np.abs(images(2, 6, 6, 8))
    np.testing.assert_array_equal(ResidualUnit(8, zero_gamma=True)(x), x)
    np.testing.assert_array_equal(BottleneckUnit(2, zero_gamma=True)(x), x)
    assert np.abs(np.asarray(ResidualUnit(8)(x)) - x).mean() > 0.1


@pytest.mark.parametrize(
    "unit",
    [
        ResidualUnit(4, strides=2, momentum=0.8),
        BottleneckUnit(1, strides=2, momentum=0.8),
    ],
)
def test_momentum_reaches_every_batch_normalization(unit):
    unit(images(2, 4, 4, 4))
    norms = [unit.norm1, unit.norm2, unit.skip_norm, getattr(unit, "norm3", unit.norm2)]
    assert all(norm.momentum == 0.8 for norm in norms)
    assert type(unit).from_config(unit.get_config()).momentum == 0.8


def test_a_residual_unit_has_the_parameters_of_its_convolutions_and_norms():
    unit = ResidualUnit(128, strides=2)
    unit.build((None, 56, 56, 64))
    convolutions = 3 * 3 * 64 * 128 + 3 * 3 * 128 * 128 + 64 * 128
    assert unit.count_params() == convolutions + 3 * 4 * 128


@pytest.mark.parametrize("stride_at", ["1x1", "3x3"])
def test_a_bottleneck_goes_down_across_and_up_again(stride_at):
    unit, x = (
        BottleneckUnit(2, strides=2, use_bias=True, stride_at=stride_at, epsilon=1e-5),
        images(2, 5, 6, 3),
    )
    unit.build(x.shape)
    fill(unit)
    branch = relu(normalize(convolve(x, unit.conv1), unit.norm1))
    assert branch.shape[1:3] == ((3, 3) if stride_at == "1x1" else (5, 6))
    branch = relu(normalize(convolve(branch, unit.conv2), unit.norm2))
    branch = normalize(convolve(branch, unit.conv3), unit.norm3)
    skip = normalize(convolve(x, unit.skip_conv), unit.skip_norm)
    np.testing.assert_allclose(unit(x), relu(branch + skip), rtol=1e-4)
    assert [conv.kernel.shape[0] for conv in (unit.conv1, unit.conv2, unit.conv3)] == [
        1,
        3,
        1,
    ]
    assert unit.norm1.epsilon == 1e-5


def test_groups_of_a_bottleneck_do_not_see_each_other():
    unit, x = BottleneckUnit(4, groups=2, expansion=1), images(1, 4, 4, 4)
    unit.build(x.shape)
    # each of the 4 filters sees 2 channels, not 4
    assert unit.conv2.kernel.shape == (3, 3, 2, 4)
    inside = images(1, 4, 4, 4, seed=3)
    changed = inside.copy()
    changed[..., :2] += 1
    difference = np.abs(
        np.asarray(unit.conv2(changed)) - np.asarray(unit.conv2(inside))
    ).max(axis=(0, 1, 2))
    assert (difference[:2] > 1e-3).all() and (difference[2:] == 0).all()


def test_squeeze_and_excite_multiplies_each_map_by_its_gate():
    layer, x = SqueezeExcite(ratio=3), images(2, 4, 5, 6)
    layer.build(x.shape)
    layer.set_weights([images(*weight.shape, seed=2) for weight in layer.get_weights()])
    narrow, bias, wide, other_bias = layer.get_weights()
    assert narrow.shape == (6, 2)
    gates = 1 / (
        1 + np.exp(-(relu(x.mean(axis=(1, 2)) @ narrow + bias) @ wide + other_bias))
    )
    assert gates.std() > 0.1
    np.testing.assert_allclose(layer(x), x * gates[:, None, None, :], rtol=1e-5)


def test_a_squeezed_bottleneck_gates_before_it_adds():
    unit, x = BottleneckUnit(2, squeeze_ratio=4), images(2, 4, 4, 8)
    unit.build(x.shape)
    fill(unit)
    branch = relu(normalize(convolve(x, unit.conv1), unit.norm1))
    branch = relu(normalize(convolve(branch, unit.conv2), unit.norm2))
    unit.squeeze.set_weights(
        [images(*weight.shape, seed=2) for weight in unit.squeeze.get_weights()]
    )
    branch = normalize(convolve(branch, unit.conv3), unit.norm3)
    gated = np.asarray(unit.squeeze(branch))
    assert np.abs(gated - branch).max() > 0.1
    np.testing.assert_allclose(unit(x), relu(gated + x), rtol=1e-4)


def test_inception_stacks_its_four_branches_in_order():
    layer, x = Inception(2, 3, 4, 2, 1, 3), images(2, 5, 6, 3)
    layer.build(x.shape)
    fill(layer)
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], constant_values=-np.inf)
    pooled = np.max(
        [padded[:, i : i + 5, j : j + 6] for i in range(3) for j in range(3)], axis=0
    )
    branches = [
        relu(convolve(x, layer.conv_1x1)),
        relu(convolve(relu(convolve(x, layer.before_3x3)), layer.conv_3x3)),
        relu(convolve(relu(convolve(x, layer.before_5x5)), layer.conv_5x5)),
        relu(convolve(pooled, layer.after_pool)),
    ]
    assert [branch.shape[-1] for branch in branches] == [2, 4, 1, 3]
    np.testing.assert_allclose(
        layer(x), np.concatenate(branches, axis=-1), rtol=1e-4, atol=1e-5
    )


def test_the_first_inception_module_has_the_parameters_of_the_paper():
    layer = Inception(64, 96, 128, 16, 32, 32)
    layer.build((None, 28, 28, 192))
    kernels = (
        192 * 64 + (192 * 96 + 9 * 96 * 128) + (192 * 16 + 25 * 16 * 32) + 192 * 32
    )
    biases = 64 + 96 + 128 + 16 + 32 + 32
    assert layer.count_params() == kernels + biases == 163_696
    assert layer.compute_output_shape((None, 28, 28, 192)) == (None, 28, 28, 256)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"depth_radius": 2, "bias": 2, "alpha": 1e-4, "beta": 0.75},
        {"depth_radius": 0},
        {"depth_radius": 30},
    ],
    ids=["defaults", "AlexNet", "itself alone", "every channel"],
)
def test_local_response_normalization_equals_tensorflows(options):
    import tensorflow as tf

    x = 3 * images(2, 4, 5, 17)
    np.testing.assert_allclose(
        LocalResponseNormalization(**options)(x),
        tf.nn.local_response_normalization(x, **options),
        rtol=1e-5,
        atol=1e-6,
    )


def test_local_response_normalization_by_its_formula():
    x = images(1, 1, 1, 6)
    for channel in range(6):
        window = x[0, 0, 0, max(channel - 1, 0) : channel + 2]
        expected = x[0, 0, 0, channel] / (2 + 0.5 * np.sum(window**2)) ** 0.75
        ours = LocalResponseNormalization(1, bias=2, alpha=0.5, beta=0.75)(x)[
            0, 0, 0, channel
        ]
        assert float(ours) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: ResidualUnit(0), ["ResidualUnit", "filters is 0", "at least 1"]),
        (
            lambda: ResidualUnit(64, strides=1.0),
            ["ResidualUnit", "strides is 1.0", "whole number"],
        ),
        (lambda: ResidualUnit([64]), ["ResidualUnit", "filters is [64]"]),
        (
            lambda: BottleneckUnit(30, groups=32),
            ["BottleneckUnit", "30 filters", "32 groups", "32."],
        ),
        (
            lambda: BottleneckUnit(64, stride_at="5x5"),
            ["BottleneckUnit", "'1x1' or '3x3'", "'5x5'"],
        ),
        (
            lambda: Inception(64, 96, 128, 16, 32, -1),
            ["Inception", "pool_projection is -1"],
        ),
        (
            lambda: LocalResponseNormalization(depth_radius=2.5),
            ["depth_radius is 2.5", "one side"],
        ),
        (lambda: SqueezeExcite(0), ["SqueezeExcite", "ratio is 0"]),
        (
            lambda: SqueezeExcite(16)(np.ones((1, 2, 2, 8))),
            ["ratio=16", "8 channels", "at most 8"],
        ),
    ],
)
def test_wrong_arguments_are_named(make, words):
    with pytest.raises(ValueError) as error:
        make()
    assert all(word in str(error.value) for word in words), str(error.value)


def test_numpy_numbers_are_numbers_too():
    assert ResidualUnit(np.int64(8), strides=np.int32(2)).get_config()["filters"] == 8
