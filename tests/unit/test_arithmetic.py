"""The arithmetic of sizes and costs, against Keras, against counting, and against
itself.
"""

import itertools
import json
import math
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.arithmetic import (
    Cost,
    conv2d_cost,
    conv_output_size,
    dense_cost,
    model_cost,
    pool_output_size,
    receptive_field,
    same_padding,
)
from course_utils.startup import keras

layers, ops = keras.layers, keras.ops
CONVOLUTIONS = {1: layers.Conv1D, 2: layers.Conv2D, 3: layers.Conv3D}
MAX_POOLINGS = {1: layers.MaxPooling1D, 2: layers.MaxPooling2D, 3: layers.MaxPooling3D}
checked = settings(deadline=None, max_examples=100, derandomize=True)

sizes, kernels, strides, dilations = (
    st.integers(1, largest) for largest in (60, 9, 5, 4)
)
paddings = st.sampled_from(["valid", "same"])


# sizes --------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_sizes_agree_with_keras_convolutions_over_a_grid(rank):
    made = refused = 0
    for size, kernel, stride, padding, dilation in itertools.product(
        (1, 2, 5, 6, 7, 16, 31),
        (1, 2, 3, 4, 7),
        (1, 2, 3),
        ("valid", "same"),
        (1, 2, 3),
    ):
        if stride > 1 and dilation > 1:
            continue  # Keras has no such layer
        layer = CONVOLUTIONS[rank](
            4,
            (kernel,) * rank,
            strides=(stride,) * rank,
            padding=padding,
            dilation_rate=(dilation,) * rank,
        )
        try:
            expected = layer.compute_output_shape((1, *(size,) * rank, 3))[1]
        except ValueError:
            expected = None
        if expected is None or expected < 1:
            refused += 1
            with pytest.raises(ValueError, match="leaves nothing"):
                conv_output_size(size, kernel, stride, padding, dilation)
        else:
            made += 1
            assert (
                conv_output_size(size, kernel, stride, padding, dilation) == expected
            ), (size, kernel, stride)
    assert made > 200 and refused > 20


@checked
@given(st.integers(1, 3), st.data())
def test_sizes_agree_with_keras_pooling(rank, data):
    size, window = data.draw(sizes), data.draw(st.integers(1, 6))
    stride, padding = data.draw(st.none() | strides), data.draw(paddings)
    if padding == "valid" and window > size:
        with pytest.raises(ValueError, match="leaves nothing"):
            pool_output_size(size, window, stride, padding)
        return
    layer = MAX_POOLINGS[rank](window, strides=stride, padding=padding)
    expected = layer.compute_output_shape((1, *(size,) * rank, 2))[1]
    assert pool_output_size(size, window, stride, padding) == expected


@pytest.mark.parametrize(
    "rank, size, kernel, stride, padding, dilation",
    [
        (1, 11, 4, 3, "valid", 1),
        (1, 11, 4, 3, "same", 1),
        (1, 11, 3, 1, "valid", 4),
        (1, 10, 2, 1, "same", 3),
        (2, 7, 3, 2, "valid", 1),
        (2, 8, 4, 3, "same", 1),
        (2, 9, 3, 1, "valid", 3),
        (3, 5, 2, 2, "same", 1),
        (3, 6, 3, 1, "valid", 2),
    ],
)
def test_sizes_are_what_a_real_convolution_gives(
    rank, size, kernel, stride, padding, dilation
):
    image = np.ones((1, *(size,) * rank, 1), "float32")
    weights = np.ones((*(kernel,) * rank, 1, 1), "float32")
    made = ops.conv(
        image, weights, strides=stride, padding=padding, dilation_rate=dilation
    )
    assert (
        made.shape[1:-1]
        == (conv_output_size(size, kernel, stride, padding, dilation),) * rank
    )


@checked
@given(sizes, kernels, strides, dilations)
def test_same_padding_is_what_valid_needs_for_the_same_output(
    size, kernel, stride, dilation
):
    before, after = same_padding(size, kernel, stride, dilation)
    expected = conv_output_size(size, kernel, stride, "same", dilation)
    padded = size + before + after
    # just enough: one zero less, and the last position of the kernel is lost
    if before + after:
        assert conv_output_size(padded, kernel, stride, "valid", dilation) == expected
        span = (kernel - 1) * dilation + 1
        assert (
            padded - 1 < span
            or conv_output_size(padded - 1, kernel, stride, "valid", dilation)
            < expected
        )
    assert after - before in (0, 1)


def test_same_padding_puts_the_zeros_where_keras_puts_them():
    rng = np.random.default_rng(0)
    for size, kernel, stride in itertools.product((4, 5, 7), (1, 2, 3, 4), (1, 2, 3)):
        signal = rng.normal(size=(1, size, 1)).astype("float32")
        weights = rng.normal(size=(kernel, 1, 1)).astype("float32")
        padded = np.pad(signal, ((0, 0), same_padding(size, kernel, stride), (0, 0)))
        np.testing.assert_allclose(
            ops.conv(padded, weights, strides=stride, padding="valid"),
            ops.conv(signal, weights, strides=stride, padding="same"),
            rtol=0,
            atol=1e-5,
            err_msg=f"size {size}, kernel {kernel}, stride {stride}",
        )


def test_numpy_integers_and_capital_letters_are_welcome():
    result = conv_output_size(np.int64(7), np.int32(3), np.uint8(2), "SAME")
    assert result == 4 and type(result) is int


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((7, 3, 0), "stride is 0; it must be at least 1"),
        ((7, 3, -1), "stride is -1"),
        ((0, 3), "size is 0"),
        ((7, 0), "kernel is 0"),
        ((7, 3, 1, "same", 0), "dilation is 0"),
        ((7.0, 3), r"size is 7\.0; it must be a whole number.*//"),
        ((7, 3, 1.5), r"stride is 1\.5; it must be a whole number"),
        ((True, 3), "size is True; it must be a whole number"),
        (((7, 7), 3), r"size is \(7, 7\).*one number at a time"),
        (("7", 3), "size is '7'"),
        ((None, 3), "size is None"),
        ((7, 3, 1, "sane"), "padding is 'sane'.*Did you mean 'same'"),
        ((7, 3, 1, "vald"), "Did you mean 'valid'"),
        ((7, 3, 1, 1), "padding is 1; it must be 'valid'"),
        ((7, 3, 1, "causal"), "padding is 'causal'"),
        (
            (5, 7),
            "'valid' padding leaves nothing: a kernel of 7 does not fit into a size "
            "of 5",
        ),
        (
            (5, 3, 1, "valid", 3),
            "kernel of 3 .which spans 7 pixels with dilation 3. does not fit into a "
            "size of 5",
        ),
    ],
)
def test_bad_sizes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        conv_output_size(*arguments)


# receptive fields ---------------------------------------------------------------------


@checked
@given(st.lists(st.tuples(kernels, strides, dilations), max_size=6))
def test_receptive_field_is_the_span_of_pixels_traced_back(stack):
    first = last = 0
    for kernel, stride, dilation in reversed(stack):
        first, last = first * stride, last * stride + (kernel - 1) * dilation
    assert receptive_field(stack) == last - first + 1


def test_receptive_field_is_the_number_of_pixels_that_reach_an_output():
    stack = [(3, 1), (3, 2), (2, 2), (3, 1)]
    model = keras.Sequential([keras.Input((40, 1))])
    for kernel, stride in stack:
        model.add(
            layers.Conv1D(
                1, kernel, strides=stride, kernel_initializer="ones", use_bias=False
            )
        )
    impulses = np.eye(40, dtype="float32")[..., None]  # one instance a pixel
    middle = np.array(model(impulses))[:, 2, 0]
    assert np.count_nonzero(middle) == receptive_field(stack) == 15


def test_two_three_by_three_see_what_one_five_by_five_sees():
    assert receptive_field([(3, 1), (3, 1)]) == receptive_field([(5, 1)]) == 5
    assert receptive_field([]) == 1


@pytest.mark.parametrize(
    "stack", [[3], [(3,)], [(3, 1, 1, 1)], [(3, 1), (3, 0)], [(3, 1.0)], [None]]
)
def test_a_stack_that_is_none_is_named(stack):
    with pytest.raises(ValueError, match=f"layer {len(stack) - 1}"):
        receptive_field(stack)


# one layer ----------------------------------------------------------------------------


def test_two_hundred_filters_on_a_small_photograph_cost_what_lesson_one_says():
    cost = conv2d_cost((100, 150, 3), filters=200, kernel_size=5, padding="same")
    assert cost == Cost(
        (100, 150, 200),
        parameters=15_200,
        multiplications=225_000_000,
        output_bytes=12_000_000,
    )


@checked
@given(st.data())
def test_conv2d_cost_has_the_shape_and_parameters_of_keras(data):
    pair = lambda of: data.draw(of | st.tuples(of, of))
    groups = data.draw(st.integers(1, 3))
    shape = (data.draw(sizes), data.draw(sizes), groups * data.draw(st.integers(1, 4)))
    options = dict(
        filters=groups * data.draw(st.integers(1, 5)),
        kernel_size=pair(st.integers(1, 7)),
        strides=pair(strides),
        padding=data.draw(paddings),
        use_bias=data.draw(st.booleans()),
        groups=groups,
    )
    layer = layers.Conv2D(**options)
    try:
        expected = layer.compute_output_shape((1, *shape))[1:]
    except ValueError:
        expected = (0,)
    if min(expected) < 1:
        with pytest.raises(ValueError, match="leaves nothing"):
            conv2d_cost(shape, **options)
        return
    cost = conv2d_cost(shape, **options)
    layer.build((None, *shape))
    assert cost.output_shape == expected
    assert cost.parameters == layer.count_params()
    assert cost.output_bytes == 4 * math.prod(expected)
    assert cost.multiplications == math.prod(expected) * math.prod(
        layer.kernel.shape[:-1]
    )


def test_multiplications_are_those_of_the_loop():
    count = 0
    for _position in itertools.product(range(0, 7 - 3 + 1, 2), range(0, 9 - 2 + 1, 1)):
        for _filter, _weight in itertools.product(range(4), range(3 * 2 * 5)):
            count += 1
    assert conv2d_cost((7, 9, 5), 4, (3, 2), strides=(2, 1)).multiplications == count


def test_dilation_widens_a_convolution_for_free():
    plain, wide = (
        conv2d_cost((9, 9, 2), 4, 3),
        conv2d_cost((9, 9, 2), 4, 3, dilation=(2, 3)),
    )
    assert wide.output_shape == (5, 3, 4) and wide.parameters == plain.parameters


def test_dense_cost_has_the_parameters_of_keras():
    layer = layers.Dense(10)
    layer.build((None, 7 * 5 * 3))
    cost = dense_cost((7, 5, 3), 10)
    assert cost == Cost((10,), layer.count_params(), 1050, 40)
    assert dense_cost(10_000, 1_000, use_bias=False).parameters == 10_000_000


@pytest.mark.parametrize(
    "change, message",
    [
        (
            dict(input_shape=(2, 9, 9, 3)),
            r"\(height, width, channels\). Leave the batch out",
        ),
        (dict(input_shape=(9, 9)), r"must be \(height, width, channels\)"),
        (dict(input_shape=9), r"must be \(height, width, channels\)"),
        (dict(input_shape=(9, None, 3)), "the width is None"),
        (dict(filters=0), "filters is 0"),
        (dict(kernel_size=(3, 3, 3)), "kernel_size is .* one number or"),
        (dict(strides=(1, 0)), "the horizontal strides is 0"),
        (dict(groups=2), "groups=2 must divide both the 3 channels and the 4 filters"),
        (dict(kernel_size=10), "leaves nothing"),
        (dict(padding="sames"), "Did you mean 'same'"),
    ],
)
def test_a_bad_convolution_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        conv2d_cost(
            **{"input_shape": (9, 9, 3), "filters": 4, "kernel_size": 3, **change}
        )


# whole models -------------------------------------------------------------------------


def connections(layer, shape):
    """Pairs of an input and an output number that a linear layer joins, counted with
    one impulse an input.
    """
    layer.build((None, *shape))
    for weight in layer.weights:
        weight.assign(np.random.default_rng(1).uniform(1, 2, weight.shape))
    impulses = np.eye(math.prod(shape), dtype="float32").reshape(-1, *shape)
    return int(np.count_nonzero(np.array(layer(impulses))))


@pytest.mark.parametrize(
    "layer, shape",
    [
        (layers.Conv1D(5, 3, strides=2, use_bias=False), (11, 4)),
        (layers.Conv1D(4, 3, dilation_rate=2, use_bias=False), (11, 2)),
        (layers.Conv2D(6, (3, 2), strides=(2, 1), use_bias=False), (7, 6, 4)),
        (layers.Conv2D(6, 3, groups=2, use_bias=False), (5, 6, 4)),
        (layers.Conv2D(3, 1, strides=2, padding="same", use_bias=False), (5, 6, 4)),
        (layers.Conv3D(3, 2, use_bias=False), (3, 4, 3, 2)),
        (layers.DepthwiseConv1D(3, depth_multiplier=2, use_bias=False), (7, 3)),
        (layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False), (6, 5, 3)),
        (layers.Conv1DTranspose(3, 3, strides=2, use_bias=False), (5, 2)),
        (layers.Conv2DTranspose(5, 3, strides=2, use_bias=False), (4, 3, 2)),
        (layers.Conv3DTranspose(2, 2, strides=1, use_bias=False), (2, 3, 2, 2)),
        (layers.Dense(7, use_bias=False), (9,)),
        (layers.Dense(7, use_bias=False), (3, 4, 5)),
        (layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3)), (4, 5)),
        (layers.EinsumDense("...c,cd->...d", output_shape=(6,)), (2, 4, 5)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, layers.Layer) else None,
)
def test_multiply_adds_are_the_connections_of_a_layer(layer, shape):
    joined = connections(layer, shape)
    model = keras.Sequential([keras.Input(shape), layer])
    assert model_cost(model).multiply_adds == joined
    assert model_cost(layer, input_shape=shape).multiply_adds == joined
    assert model_cost(model, batch_size=5).multiply_adds == joined


@pytest.mark.parametrize("channels_first", [False, True])
def test_a_separable_convolution_costs_its_two_halves(channels_first):
    shape, order = (
        ((3, 8, 7), "channels_first")
        if channels_first
        else ((8, 7, 3), "channels_last")
    )
    layer = layers.SeparableConv2D(
        10, 3, strides=2, padding="same", depth_multiplier=2, data_format=order
    )
    if channels_first:  # shapes only: TensorFlow computes no such convolution on a CPU
        layer.build((None, *shape))
        cost = model_cost(layer, input_shape=shape)
    else:
        cost = model_cost(keras.Sequential([keras.Input(shape), layer]))
    assert cost.multiply_adds == 4 * 4 * (6 * 9 + 6 * 10)


def test_padding_is_multiplied_too():
    model = keras.Sequential(
        [keras.Input((100, 150, 3)), layers.Conv2D(200, 5, padding="same")]
    )
    cost = model_cost(model)
    assert (cost.multiply_adds, cost.parameters) == (225_000_000, 15_200)
    assert model_cost(model, batch_size=100, training=True).activation_bytes == 100 * (
        12_000_000 + 180_000
    )


def test_recurrent_and_attention_layers_are_counted():
    lstm = model_cost(keras.Sequential([keras.Input((5, 3)), layers.LSTM(4)]))
    assert lstm.multiply_adds == 5 * (3 * 16 + 4 * 16)
    tokens = keras.Input((5, 8))
    attention = model_cost(
        keras.Model(tokens, layers.MultiHeadAttention(2, 4)(tokens, tokens))
    )
    assert attention.multiply_adds == 4 * 5 * 8 * 8 + 2 * 2 * 5 * 5 * 4
    video = keras.Sequential(
        [keras.Input((5, 6, 6, 3)), layers.TimeDistributed(layers.Conv2D(4, 3))]
    )
    assert model_cost(video, batch_size=2).multiply_adds == 5 * 4 * 4 * 4 * 27


def plain_stack():
    return keras.Sequential(
        [
            keras.Input((8, 8, 2), name="image"),
            layers.Conv2D(4, 3, padding="same", name="first"),  # 256 numbers
            layers.BatchNormalization(name="norm"),
            layers.MaxPooling2D(name="pool"),  # 64
            layers.Flatten(name="flat"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(10, name="head"),
        ],
        name="stack",
    )


def test_inference_holds_the_two_largest_neighbours_and_training_holds_all():
    model = plain_stack()
    assert model_cost(model).activation_bytes == 4 * (256 + 256)
    # input, convolution, normalisation, pooling, dropout (a new tensor in training;
    # flattening is none), head
    assert model_cost(model, training=True).activation_bytes == 4 * (
        128 + 256 + 256 + 64 + 64 + 10
    )
    assert (
        model_cost(model, batch_size=7).activation_bytes
        == 7 * model_cost(model).activation_bytes
    )
    assert (
        model_cost(model, 7, training=True).activation_bytes
        == 7 * model_cost(model, training=True).activation_bytes
    )


def test_the_table_has_a_row_for_each_layer_of_the_model():
    cost = model_cost(plain_stack())
    table = cost.table
    assert list(table.columns) == [
        "layer",
        "type",
        "output_shape",
        "parameters",
        "multiply_adds",
        "activation_bytes",
    ]
    assert list(table.layer) == ["first", "norm", "pool", "flat", "drop", "head"]
    assert list(table.type)[:2] == ["Conv2D", "BatchNormalization"]
    assert list(table.output_shape) == [
        (8, 8, 4),
        (8, 8, 4),
        (4, 4, 4),
        (64,),
        (64,),
        (10,),
    ]
    assert list(table.parameters) == [76, 16, 0, 0, 0, 650]
    assert list(table.multiply_adds) == [64 * 4 * 18, 0, 0, 0, 0, 640]
    assert list(table.activation_bytes) == [1024, 1024, 256, 0, 0, 40]
    assert (cost.parameters, cost.trainable) == (742, 734)


def test_it_shows_itself_as_a_table_and_always_the_same():
    cost = model_cost(plain_stack(), batch_size=32)
    again = model_cost(plain_stack(), batch_size=32)
    assert repr(cost) == repr(again) and cost._repr_html_() == again._repr_html_()
    for shown in (repr(cost), cost._repr_html_()):
        for text in (
            "first",
            "(8, 8, 4)",
            "4,608",
            "742 parameters (734 trainable)",
            "65.5 kB",
            "batch of 32",
        ):
            assert text in shown, text
    assert "<table" in cost._repr_html_() and "id=" not in cost._repr_html_()


def test_a_skip_connection_is_held_until_it_is_added():
    image = keras.Input((8, 8, 4))  # 256 numbers
    x = layers.Conv2D(8, 3, padding="same")(image)  # 512
    x = layers.Conv2D(8, 3, padding="same")(x)  # 512
    x = layers.Conv2D(4, 3, padding="same")(x)  # 256
    straight = keras.Model(image, x)
    skipped = keras.Model(image, layers.Add()([x, image]))
    assert model_cost(straight).activation_bytes == 4 * (512 + 512)
    assert model_cost(skipped).activation_bytes == 4 * (512 + 512 + 256)


@keras.saving.register_keras_serializable(package="test_arithmetic")
class Block(layers.Layer):
    """A residual block as a layer: sub-layers, and operations between them."""

    def build(self, shape):
        self.convolution = layers.Conv2D(shape[-1], 3, padding="same")
        self.convolution.build(shape)
        self.norm = layers.BatchNormalization()
        self.norm.build(shape)

    def call(self, inputs, training=None):
        return ops.relu(inputs + self.norm(self.convolution(inputs), training=training))

    # Keras need not look into `call`; the counting must
    def compute_output_shape(self, shape):
        return shape


def block_of_layers(x):
    y = layers.Conv2D(x.shape[-1], 3, padding="same")(x)
    return layers.ReLU()(layers.Add()([x, layers.BatchNormalization()(y)]))


@pytest.mark.parametrize("training", [False, True])
def test_a_layer_of_layers_a_nested_model_and_a_flat_model_cost_the_same(training):
    def model(block):
        image = keras.Input((8, 8, 4))
        return keras.Model(image, layers.GlobalAveragePooling2D()(block(block(image))))

    def nested(x):
        inside = keras.Input(x.shape[1:])
        return keras.Model(inside, block_of_layers(inside))(x)

    costs = [
        model_cost(model(block), 2, training)
        for block in (block_of_layers, nested, lambda x: Block()(x))
    ]
    totals = {
        (cost.parameters, cost.trainable, cost.multiply_adds, cost.activation_bytes)
        for cost in costs
    }
    assert len(totals) == 1
    assert costs[2].multiply_adds == 2 * 64 * 4 * 36 and not costs[2].uncounted
    for cost in costs:
        assert cost.table.parameters.sum() == cost.parameters
        assert cost.table.multiply_adds.sum() == cost.multiply_adds
        if training:
            assert cost.table.activation_bytes.sum() == cost.activation_bytes
    assert len(costs[2].rows) == 4  # input, two blocks, pooling


class WideAndSkip(layers.Layer):
    """A wide branch that is done with before the skip begins."""

    def build(self, shape):
        for name, width, inputs in (
            ("widen", 32, 4),
            ("narrow", 4, 32),
            ("skip1", 8, 4),
            ("skip2", 4, 8),
        ):
            layer = layers.Conv2D(width, 1)
            layer.build((*shape[:-1], inputs))
            setattr(self, name, layer)

    def call(self, inputs):
        return self.narrow(self.widen(inputs)) + self.skip2(self.skip1(inputs))

    def compute_output_shape(self, shape):
        return shape


def test_inside_a_layer_one_branch_is_done_with_before_the_next_begins():
    cost = model_cost(keras.Sequential([keras.Input((8, 8, 4)), WideAndSkip()]))
    # the most: the input, which the skip still wants, 32 maps, and what they become
    assert cost.activation_bytes == 4 * 64 * (4 + 32 + 4)


def test_a_shared_layer_has_its_weights_once_and_its_work_twice():
    left, right, shared = (
        keras.Input((6, 6, 3)),
        keras.Input((6, 6, 3)),
        layers.Conv2D(4, 3, name="shared"),
    )
    cost = model_cost(
        keras.Model([left, right], layers.Concatenate()([shared(left), shared(right)]))
    )
    assert cost.parameters == 112
    assert cost.multiply_adds == 2 * 16 * 4 * 27
    assert (
        cost.table.set_index("layer").loc["shared", "multiply_adds"]
        == cost.multiply_adds
    )


def test_named_inputs_make_no_warning():
    one, two = keras.Input((4,), name="b"), keras.Input((3,), name="a")
    model = keras.Model(
        {"b": one, "a": two}, {"out": layers.Dense(2)(layers.Concatenate()([one, two]))}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model_cost(model).multiply_adds == 14


class OwnDense(layers.Layer):
    """A layer written from scratch with keras.ops."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 5))

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


class TensorFlowOnly(layers.Layer):
    """A layer that calls TensorFlow: it cannot run on Keras's symbols."""

    def build(self, shape):
        self.inner = layers.Conv2D(4, 3, padding="same")
        self.inner.build(shape)

    def call(self, inputs):
        import tensorflow as tf

        return tf.nn.relu(self.inner(inputs))


class Opaque(layers.Layer):
    """A layer whose multiplications nobody can see."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 5))

    def call(self, inputs):
        import tensorflow as tf

        return tf.matmul(inputs, tf.convert_to_tensor(self.kernel))


def test_layers_written_from_scratch_are_counted_or_named():
    own = model_cost(keras.Sequential([keras.Input((7,)), OwnDense()]))
    assert (
        own.multiply_adds == 35
        and own.uncounted == ()
        and own.activation_bytes == 4 * (7 + 5)
    )
    opaque = model_cost(
        keras.Sequential([keras.Input((7,)), Opaque(name="opaque"), layers.Dense(2)])
    )
    assert (
        opaque.uncounted == ("opaque",)
        and opaque.multiply_adds == 10
        and opaque.parameters == 47
    )
    assert "Not counted" in repr(opaque) and "unknown" in repr(opaque)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="a layer that calls TensorFlow"
)
def test_a_layer_of_layers_that_calls_tensorflow_is_named_and_costs_its_output():
    model = keras.Sequential(
        [keras.Input((6, 6, 3)), TensorFlowOnly(name="tf_only"), layers.Conv2D(2, 1)]
    )
    cost = model_cost(model, batch_size=2)
    assert cost.uncounted == ("tf_only",) and cost.multiply_adds == 36 * 2 * 4
    assert cost.activation_bytes == 2 * 4 * (108 + 144)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.convolution, self.head = layers.Conv2D(4, 3), layers.Dense(2)

    def call(self, inputs):
        return self.head(ops.mean(ops.relu(self.convolution(inputs)), axis=(1, 2)))


def test_a_subclassed_model_wants_its_input_shape():
    model = Subclassed()
    model(np.zeros((1, 6, 6, 3), "float32"))
    with pytest.raises(ValueError, match="input_shape="):
        model_cost(model)
    cost = model_cost(model, input_shape=(6, 6, 3), training=True)
    assert cost.multiply_adds == 16 * 4 * 27 + 8
    assert cost.table.parameters.sum() == cost.parameters == 122
    assert cost.activation_bytes == 4 * (108 + 64 + 64 + 4 + 2)


def test_a_model_for_any_size_wants_its_input_shape():
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(4, 3)])
    with pytest.raises(ValueError, match="any size"):
        model_cost(model)
    assert model_cost(model, input_shape=(6, 5, 3)).multiply_adds == 4 * 3 * 4 * 27
    for wrong, message in (
        ((6, 5, 1), r"takes inputs of shape \(None, None, 3\)"),
        ((1, 6, 5, 3), "leave the batch out"),
        ([(6, 5, 3), (6, 5, 3)], "1 inputs, and input_shape gives 2"),
        ((6, 0, 3), "each size of input_shape is 0"),
    ):
        with pytest.raises(ValueError, match=message):
            model_cost(model, input_shape=wrong)


def test_what_is_no_built_model_is_refused():
    with pytest.raises(
        TypeError, match="takes a Keras model or layer, and this is an array of shape"
    ):
        model_cost(np.zeros(3))
    with pytest.raises(ValueError, match="not built yet"):
        model_cost(keras.Sequential([layers.Conv2D(4, 3)]))
    with pytest.raises(ValueError, match="batch_size is 0"):
        model_cost(plain_stack(), batch_size=0)
    fixed = keras.Sequential([keras.Input((4,), batch_size=8), layers.Dense(2)])
    with pytest.raises(ValueError, match="batches of 8"):
        model_cost(fixed)
    assert model_cost(fixed, batch_size=8).multiply_adds == 8


def test_bytes_follow_the_dtype():
    image = keras.Input((10, 10, 3), dtype="uint8")  # 300 bytes
    x = layers.Rescaling(1 / 255)(image)  # 1,200
    half = layers.Conv2D(4, 3, dtype="mixed_float16")(x)  # 64 * 4 * 2 = 512
    cost = model_cost(keras.Model(image, half), training=True)
    assert cost.activation_bytes == 300 + 1200 + 512


def test_augmentation_costs_memory_in_training_only():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.RandomFlip(), layers.RandomRotation(0.1)]
    )
    assert model_cost(model).activation_bytes == 4 * 192
    assert model_cost(model, training=True).activation_bytes == 3 * 4 * 192


def test_counting_leaves_the_model_as_it_was():
    image = keras.Input((8, 8, 4))
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3), OwnDense()])
    model = keras.Model(image, inner(Block()(image)) + 1.0)
    operations = [*model.operations, *model._flatten_layers()]
    records = lambda: [
        (len(operation._inbound_nodes), len(operation._outbound_nodes))
        for operation in operations
    ]
    before = records(), [weight.numpy() for weight in model.weights]
    model_cost(model, training=True)
    with pytest.raises(ValueError):
        model_cost(model, input_shape=(1, 1, 1))
    assert records() == before[0]
    for old, new in zip(before[1], model.weights, strict=True):
        np.testing.assert_array_equal(old, new.numpy())
    assert model.layers[1].output.shape == (None, 8, 8, 4)


def test_another_thread_may_build_a_model_meanwhile():
    made = []

    class Slow(layers.Layer):
        def build(self, shape):
            self.inner = layers.Dense(2)
            self.inner.build(shape)

        def compute_output_shape(self, shape):
            return (*shape[:-1], 2)

        def call(self, inputs):
            thread = threading.Thread(
                target=lambda: made.append(plain_stack().output_shape)
            )
            thread.start()
            thread.join()
            return self.inner(inputs)

    cost = model_cost(keras.Sequential([keras.Input((5,)), Slow()]))
    assert made == [(None, 10)] and cost.multiply_adds == 10


def test_a_published_network_costs_what_its_paper_says():
    model = keras.applications.MobileNetV2(weights=None)
    cost = model_cost(model)
    assert cost.parameters == model.count_params()
    # Sandler et al. (2018), table 4: 300 million
    assert cost.multiply_adds == 300_774_272


# imports ------------------------------------------------------------------------------


def test_importing_the_arithmetic_starts_neither_tensorflow_nor_keras_nor_numpy():
    code = """
import json, sys
import course_utils
after_package = sorted(sys.modules)
from course_utils.arithmetic import conv2d_cost, receptive_field
conv2d_cost((10, 10, 3), 4, 3), receptive_field([(3, 1)])
print(json.dumps([after_package, sorted(sys.modules)]))
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    after_package, after_arithmetic = map(set, json.loads(printed))
    assert not after_package & {
        "tensorflow",
        "keras",
        "torch",
        "jax",
        "tensorflow_datasets",
    }
    assert not after_arithmetic & {
        "tensorflow",
        "keras",
        "torch",
        "jax",
        "numpy",
        "pandas",
    }
