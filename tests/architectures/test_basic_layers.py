"""The convolution loop of lesson 01 and the depth pooling of lesson 02."""

import itertools
import warnings

import numpy as np
import pytest

from course_utils.layers import BlurPool, DepthPool, conv2d_numpy
from course_utils.startup import keras

ops = keras.ops
rng = np.random.default_rng(7)
IMAGE = rng.normal(size=(7, 9, 3)).astype("float32")
KERNELS = rng.normal(size=(3, 3, 3, 4)).astype("float32")


# conv2d_numpy -------------------------------------------------------------------------


def test_the_loop_agrees_with_keras_for_every_kernel_stride_and_padding():
    for kernel, strides, padding in itertools.product(
        ((1, 1), (2, 2), (3, 3), (4, 4), (2, 5), (7, 3)),
        (1, 2, 3, (1, 2), (3, 1)),
        ("valid", "same"),
    ):
        kernels = rng.normal(size=(*kernel, 3, 4)).astype("float32")
        bias = rng.normal(size=4).astype("float32")
        expected = (
            ops.conv(IMAGE[None], kernels, strides=strides, padding=padding)[0] + bias
        )
        made = conv2d_numpy(IMAGE, kernels, bias, strides, padding)
        assert made.dtype == np.float32
        np.testing.assert_allclose(
            made, expected, rtol=0, atol=1e-5, err_msg=f"{kernel}, {strides}, {padding}"
        )


def test_the_loop_agrees_with_a_conv2d_layer():
    layer = keras.layers.Conv2D(
        4, 3, strides=2, padding="same", bias_initializer="random_normal"
    )
    expected = layer(IMAGE[None])[0]
    made = conv2d_numpy(
        IMAGE, *map(np.array, layer.get_weights()), strides=2, padding="same"
    )
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-5)


def test_without_a_bias_nothing_is_added():
    np.testing.assert_array_equal(
        conv2d_numpy(IMAGE, KERNELS), conv2d_numpy(IMAGE, KERNELS, np.zeros(4))
    )


def test_a_photograph_of_bytes_does_not_overflow():
    white = np.full((4, 4, 3), 255, np.uint8)
    made = conv2d_numpy(white, np.ones((3, 3, 3, 1), np.int64), padding="same")
    assert (
        made.dtype.kind == "f" and made.max() == 255 * 27 and made[0, 0, 0] == 255 * 12
    )
    assert conv2d_numpy(white, np.ones((3, 3, 3, 1), np.uint8)).max() == 255 * 27


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((IMAGE[..., 0], KERNELS), r"shape \(7, 9\).*image\[..., None\]"),
        ((IMAGE[None], KERNELS), "Is it a batch"),
        ((IMAGE, KERNELS[..., 0]), r"kernels have shape \(3, 3, 3\)"),
        ((IMAGE[..., :1], KERNELS), "1 channels, and the kernels .* for 3"),
        ((IMAGE, KERNELS, [1, 2]), r"bias has shape \(2,\); 4 filters"),
        ((IMAGE, KERNELS, None, 0), "stride is 0"),
        ((IMAGE, KERNELS, None, (1, 2, 3)), "strides"),
        ((IMAGE, KERNELS, None, 1, "sam"), "Did you mean 'same'"),
        ((IMAGE[:2], KERNELS), "leaves nothing"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        conv2d_numpy(*arguments)


# DepthPool ----------------------------------------------------------------------------


@pytest.mark.parametrize("pool_size, channels", [(1, 5), (2, 6), (3, 6), (6, 6)])
def test_depth_pool_is_a_max_pool_along_depth(pool_size, channels):
    tf = pytest.importorskip("tensorflow")
    maps = rng.normal(size=(2, 4, 5, channels)).astype("float32")
    with tf.device("CPU"):
        window = (1, 1, 1, pool_size)
        expected = tf.nn.max_pool(maps, ksize=window, strides=window, padding="VALID")
    made = DepthPool(pool_size)(maps)
    np.testing.assert_array_equal(ops.convert_to_numpy(made), expected.numpy())


def test_depth_pool_takes_the_largest_of_neighbouring_channels():
    maps = np.array([[[[1, 5, 3, 2, -4, -3]]]], "float32")
    assert ops.convert_to_numpy(DepthPool(2)(maps)).tolist() == [[[[5, 3, -3]]]]
    assert ops.convert_to_numpy(DepthPool(3)(maps)).tolist() == [[[[5, 2]]]]
    assert not DepthPool(2).weights


@pytest.mark.parametrize("shape", [(6,), (4, 6), (4, 5, 6), (3, 4, 5, 6)])
def test_depth_pool_takes_any_number_of_dimensions(shape):
    layer = DepthPool(3)
    made = layer(np.zeros((2, *shape), "float32"))
    assert made.shape == layer.compute_output_shape((2, *shape)) == (2, *shape[:-1], 2)
    assert layer.compute_output_shape((None, *shape)) == (None, *shape[:-1], 2)


def test_depth_pool_takes_images_of_any_size():
    model = keras.Sequential([keras.Input((None, None, 4)), DepthPool(2)])
    assert model.output_shape == (None, None, None, 2)
    for size in (3, 5):
        assert model.predict(np.zeros((1, size, size + 1, 4)), verbose=0).shape == (
            1,
            size,
            size + 1,
            2,
        )


def test_depth_pool_keeps_half_precision():
    assert (
        DepthPool(2, dtype="float16")(np.zeros((1, 2, 2, 4), "float16")).dtype
        == "float16"
    )


def test_depth_pool_saves_and_loads_without_a_difference(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # inside Keras
        warnings.filterwarnings(
            "ignore", message="__array__", category=DeprecationWarning
        )
        model = keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                keras.layers.Conv2D(6, 3),
                DepthPool(3, name="depth"),
            ]
        )
        image = rng.normal(size=(2, 8, 8, 3)).astype("float32")
        expected = model.predict(image, verbose=0)
        model.save(tmp_path / "model.keras")
        loaded = keras.saving.load_model(tmp_path / "model.keras")
        made = loaded.predict(image, verbose=0)
    assert np.abs(made - expected).max() == 0.0
    depth = loaded.get_layer("depth")
    assert type(depth) is DepthPool and depth.pool_size == 3
    assert DepthPool.from_config(depth.get_config()).get_config() == depth.get_config()


def test_depth_pool_lets_gradients_through_to_the_largest_only():
    tf = pytest.importorskip("tensorflow")
    maps = tf.constant([[1.0, 5.0, 3.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(maps)
        total = tf.reduce_sum(DepthPool(2)(maps))
    assert tape.gradient(total, maps).numpy().tolist() == [[0, 1, 1, 0]]


def test_channels_that_do_not_divide_are_refused_when_the_layer_is_built():
    layer = DepthPool(4)
    with pytest.raises(
        ValueError, match=r"pool_size=4.* got 6 channels.*\[1, 2, 3, 6\]"
    ):
        layer.build((None, 8, 8, 6))
    with pytest.raises(ValueError, match="6 channels"):
        DepthPool(4)(keras.Input((8, 8, 6)))
    with pytest.raises(ValueError, match="6 channels"):
        DepthPool(4).compute_output_shape((None, 8, 8, 6))
    with pytest.raises(ValueError, match="how many channels"):
        DepthPool(4).build((None, 8, 8, None))


@pytest.mark.parametrize("pool_size", [0, -2, 2.0, "2", None, True])
def test_a_pool_size_that_is_none_is_refused(pool_size):
    with pytest.raises(ValueError, match="pool_size"):
        DepthPool(pool_size)


# BlurPool -----------------------------------------------------------------------------


@pytest.mark.parametrize("strides", [1, 2, 3])
def test_blur_pool_is_the_mean_of_its_neighbours_at_every_stride(strides):
    maps = np.random.default_rng(0).normal(size=(2, 9, 12, 3)).astype("float32")
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    down = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4
    both = (down[:, :, :-2] + 2 * down[:, :, 1:-1] + down[:, :, 2:]) / 4
    layer = BlurPool(strides)
    result = ops.convert_to_numpy(layer(maps))
    np.testing.assert_allclose(result, both[:, ::strides, ::strides], atol=1e-6)
    assert layer.compute_output_shape(maps.shape) == result.shape
    assert layer.compute_output_shape((None, None, 12, 3))[:2] == (None, None)
    assert not layer.weights


def test_blur_pool_leaves_an_even_map_as_it_is():
    even = np.full((1, 6, 6, 2), 3, "float32")
    np.testing.assert_allclose(ops.convert_to_numpy(BlurPool()(even)), 3, atol=1e-6)


def test_max_pooling_and_blur_give_the_size_that_max_pooling_gives():
    for size in (7, 8, 28):
        maps = np.zeros((1, size, size, 1), "float32")
        blurred = BlurPool(2)(keras.layers.MaxPooling2D(2, strides=1)(maps))
        assert blurred.shape == keras.layers.MaxPooling2D(2)(maps).shape


def test_blur_pool_is_saved_loaded_and_says_what_is_wrong(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 2)), BlurPool(3)])
    model.save(tmp_path / "blur.keras")
    loaded = keras.models.load_model(tmp_path / "blur.keras")
    maps = np.random.default_rng(0).normal(size=(1, 8, 8, 2)).astype("float32")
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(maps)), ops.convert_to_numpy(model(maps))
    )
    with pytest.raises(ValueError, match="BlurPool's strides is 0"):
        BlurPool(0)
