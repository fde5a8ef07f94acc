"""The readable networks are the reference networks: as many parameters, and the same
answers with the same weights.
"""

import io
import re
import tokenize
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from course_utils import graph
from course_utils.architectures import build, copy_weights
from course_utils.architectures.cspnet import bottleneck, cross_stage
from course_utils.architectures.registry import networks
from course_utils.startup import keras

# Parameters with 1,000 classes, as keras.applications documents them
PUBLISHED = {
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "resnet50": 25_636_712,
    "resnet101": 44_707_176,
    "resnet152": 60_419_944,
    "inception_v3": 23_851_784,
    "xception": 22_910_480,
    "densenet121": 8_062_504,
    "densenet169": 14_307_880,
    "densenet201": 20_242_984,
    "mobilenet": 4_253_864,
    "mobilenet_v2": 3_538_984,
    "efficientnet_b0": 5_330_571,
    "convnext_tiny": 28_589_128,
}
# Sizes as small as the reference allows.  Elsewhere: not square, and odd as well as
# even on the way down, since it is at odd sizes that kinds of padding differ.
SHAPES = {
    "inception_v3": (75, 75, 3),
    "xception": (71, 71, 3),
    "vgg16": (32, 32, 3),
    "vgg19": (32, 32, 3),
}
KERNELS = {"kernel", "depthwise_kernel", "pointwise_kernel"}
CLASSES = 10


@dataclass
class Pair:
    name: str
    reference: keras.Model
    ours: keras.Model
    images: np.ndarray


def reference_network(name, **options):
    functions = {
        known.lower(): known for known in dir(keras.applications) if known[0].isupper()
    }
    return getattr(keras.applications, functions[name.replace("_", "")])(
        weights=None, **options
    )


def random_images(shape, count=4, seed=1):
    """Coloured waves and noise, between −1 and 1.

    Pure noise would do less: its images all look alike to a network.
    """
    random = np.random.default_rng(seed)
    rows, columns = np.indices(shape[:2])[..., None] / shape[0]
    down, across = random.normal(0, 6, (2, count, 1, 1, 3))
    waves = np.sin(
        down * rows + across * columns + random.uniform(0, 2 * np.pi, (count, 1, 1, 3))
    )
    return (0.6 * waves + random.uniform(-0.4, 0.4, (count, *shape))).astype("float32")


def make_non_trivial(model, images, seed=0):
    """Random scales, offsets and biases, and statistics near those of the images.

    Statistics taken from nowhere would not do: after a few layers all images would give
    the same features, and a test on them could not fail.
    """
    random = np.random.default_rng(seed)
    norms = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for weight in model.weights:
        # keras.applications gives the weights of its layer scale no name
        if weight.name == "gamma" or weight.name.startswith("variable"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif weight.name in ("beta", "bias"):
            weight.assign(random.normal(0, 0.1, weight.shape))
        elif not norms:
            # what ReLU takes away, and no norm gives back
            weight.assign(weight * 2**0.5)
    for layer in model.layers:
        # ConvNeXt's has its numbers from the start, and no weights
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.load_own_variables(
                {
                    "0": np.array([0.4, 0.5, 0.6]),
                    "1": np.array([0.05, 0.06, 0.07]),
                    "2": 1,
                }
            )
        depthwise = (
            layer.kernel if isinstance(layer, keras.layers.DepthwiseConv2D) else None
        )
        if isinstance(layer, keras.layers.SeparableConv2D):
            depthwise = layer.depthwise_kernel
        if (
            depthwise is not None
            # its usual numbers are so small that the norm's epsilon drowns what comes
            # out
        ):
            depthwise.assign(random.normal(0, 1 / 3, depthwise.shape))
    if norms:
        for layer in norms:
            layer.momentum = (
                0.0  # one batch in training mode replaces the statistics by its own
            )
        model(images, training=True)
        for layer in norms:
            layer.momentum = 0.99
            *scale_and_offset, mean, variance = layer.get_weights()
            mean += random.normal(0, 0.2, mean.shape) * np.sqrt(variance)
            variance = (
                variance + variance.mean()
            ) / 2  # no channel so quiet that its norm would blow it up
            layer.set_weights(
                [*scale_and_offset, mean, variance * random.uniform(0.5, 2, mean.shape)]
            )


def with_features(model):
    """A model that gives the features before the last layer with weights, and the
    probabilities.
    """
    head = [layer for layer in model.layers if layer.weights][-1]
    return keras.Model(model.input, [head.input, model.output])


def relative_difference(expected, came):
    pairs = [(np.array(a), np.array(b)) for a, b in zip(expected, came, strict=True)]
    return max(np.abs(a - b).max() / np.abs(a).max() for a, b in pairs)


def counts(model):
    return model.count_params(), sum(
        int(np.prod(weight.shape)) for weight in model.trainable_weights
    )


@pytest.fixture(scope="module", params=PUBLISHED)
def pair(request):
    name = request.param
    keras.utils.set_random_seed(7)
    shape = SHAPES.get(name, (37, 44, 3))
    images = random_images(shape)
    if name in ("efficientnet_b0", "convnext_tiny"):  # they scale pixels themselves
        images = (images + 1) * 127.5
    reference = reference_network(name, input_shape=shape, classes=CLASSES)
    make_non_trivial(reference, images)
    yield Pair(name, reference, build(name, input_shape=shape, classes=CLASSES), images)
    keras.backend.clear_session()


def test_parameters_are_as_many_as_in_keras_applications(pair):
    assert counts(pair.ours) == counts(pair.reference)


def test_parameters_with_a_thousand_classes_are_as_published(pair):
    if pair.name.startswith("vgg"):  # its dense layers depend on the image size
        # shapes only: nothing of the 550 MB is allocated
        with graph.shapes_only():
            count = build(pair.name).count_params()
    else:
        kernel = next(
            weight for weight in reversed(pair.ours.weights) if weight.name == "kernel"
        )
        count = pair.ours.count_params() + (1000 - CLASSES) * (kernel.shape[-2] + 1)
    assert count == PUBLISHED[pair.name]


def test_answers_are_those_of_keras_applications_with_its_weights(pair):
    copy_weights(pair.reference, pair.ours)
    expected, ours = (
        with_features(pair.reference)(pair.images, training=False),
        with_features(pair.ours),
    )
    for what in map(np.array, expected):
        assert what.std(axis=0).max() > 0.001 * np.abs(what).max(), (
            "with images all alike, equality would say little"
        )
    assert relative_difference(expected, ours(pair.images, training=False)) < 1e-4

    # and the comparison would notice two kernels exchanged
    by_shape = {}
    for weight in pair.ours.weights:
        if weight.name in KERNELS:
            by_shape.setdefault(tuple(weight.shape), []).append(weight)
    one, *_, other = max(by_shape.values(), key=len)
    first, last = one.numpy(), other.numpy()
    one.assign(last), other.assign(first)
    assert relative_difference(expected, ours(pair.images, training=False)) > 0.01
    one.assign(first), other.assign(last)


def test_weights_copied_there_and_back_are_the_same(pair):
    copy_weights(pair.reference, pair.ours)
    originals = pair.reference.get_weights()
    for weight in pair.reference.weights:
        weight.assign(np.zeros(weight.shape))
    copy_weights(pair.ours, pair.reference)
    for weight, original in zip(pair.reference.weights, originals, strict=True):
        assert np.array_equal(weight, original), weight.path


@pytest.mark.parametrize("name", ["vgg16", "mobilenet_v2"])
def test_last_feature_maps_are_those_of_keras_applications_for_images_of_any_size(name):
    images = random_images((64, 32, 3))
    reference = reference_network(name, include_top=False)
    make_non_trivial(reference, images)
    ours = build(name, input_shape=(None, None, 3), include_top=False)
    copy_weights(reference, ours)
    expected = np.array(reference(images))
    assert (
        expected.shape[1:3] == (2, 1)
        and expected.std(axis=0).max() > 0.01 * np.abs(expected).max()
    )
    assert relative_difference([expected], [np.array(ours(images))]) < 1e-4


@pytest.mark.parametrize(
    ("name", "alpha"),
    [("mobilenet", 0.25), ("mobilenet_v2", 0.35), ("mobilenet_v2", 1.3)],
)
def test_thinner_and_wider_mobilenets_have_the_parameters_of_keras_applications(
    name, alpha
):
    with graph.shapes_only():
        assert counts(build(name, alpha=alpha)) == counts(
            reference_network(name, alpha=alpha)
        )


def test_efficientnet_for_imagenet_weights_scales_the_channels_once_more():
    def scales(**options):
        with graph.shapes_only():
            model = build("efficientnet_b0", **options)
        return [
            layer.scale
            for layer in model.layers
            if isinstance(layer, keras.layers.Rescaling)
        ]

    assert scales() == [1 / 255]
    first, second = scales(imagenet_weights=True)
    assert first == 1 / 255
    assert np.allclose(second, 1 / np.sqrt([0.229, 0.224, 0.225]))


@pytest.mark.parametrize(
    "file", sorted({network.file for network in networks().values()})
)
def test_a_network_is_under_fifty_lines_of_code(file):
    """A statement is one line, however a formatter breaks it."""
    source = Path(
        import_module(f"course_utils.architectures.{file}").__file__
    ).read_text(encoding="utf-8")
    statements, previous, docstring = 0, tokenize.NEWLINE, False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL):
            continue
        statements += token.type == tokenize.NEWLINE and not docstring
        docstring = token.type == tokenize.STRING and previous in (
            tokenize.NEWLINE,
            tokenize.INDENT,
        )
        previous = token.type
    assert 0 < statements < 50


# CSPResNet-50, which keras.applications does not have


def test_cspnet_has_the_parameters_counted_by_hand():
    def norm(channels):
        # scale and offset; the running mean and variance are not trained
        return 2 * channels

    def conv(size, channels, filters):
        return size * size * channels * filters + norm(filters)

    total, channels = conv(7, 3, 64), 64
    for filters, depth in ((128, 3), (256, 3), (512, 5), (1024, 2)):
        half = filters // 2
        if channels != 64:
            total += conv(3, channels, channels)
        total += conv(1, channels, 2 * filters)
        total += depth * (
            conv(1, filters, half) + conv(3, half, half) + conv(1, half, filters)
        )
        total += conv(1, filters, filters) + conv(1, 2 * filters, filters)
        channels = filters
    total += 1024 * 1000 + 1000
    with graph.shapes_only():
        cspnet = build("cspnet")
    # timm's table of results says 21.62 million
    assert counts(cspnet)[1] == total == 21_616_168
    assert [
        tuple(layer.output.shape[1:])
        for layer in cspnet.layers
        if "concatenate" in layer.name
    ] == [(64, 64, 256), (32, 32, 512), (16, 16, 1024), (8, 8, 2048)]


def test_a_cross_stage_is_what_numpy_computes():
    keras.backend.clear_session()  # so that layers are numbered from the first
    image = keras.Input((5, 4, 6))
    model = keras.Model(image, cross_stage(image, filters=8, depth=1))
    random = np.random.default_rng(5)
    for weight in model.weights:
        variance = "variance" in weight.name
        weight.assign(
            random.uniform(0.5, 1.5, weight.shape)
            if variance
            else random.normal(size=weight.shape)
        )

    def made_in_order(kind):
        found = [layer for layer in model.layers if isinstance(layer, kind)]
        return sorted(
            found, key=lambda layer: int(re.search(r"\d*$", layer.name)[0] or 0)
        )

    convs = [layer.get_weights()[0] for layer in made_in_order(keras.layers.Conv2D)]
    norms = [
        layer.get_weights() for layer in made_in_order(keras.layers.BatchNormalization)
    ]

    def conv(x, number):
        kernel, (gamma, beta, mean, variance) = convs[number], norms[number]
        height, width = x.shape[1:3]
        margin = kernel.shape[0] // 2
        x = np.pad(x, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
        x = sum(
            x[:, u : u + height, v : v + width] @ kernel[u, v]
            for u in range(kernel.shape[0])
            for v in range(kernel.shape[1])
        )
        return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta

    def leaky(x):
        return np.where(x > 0, x, 0.01 * x)

    x = random.normal(size=(2, 5, 4, 6)).astype("float32")
    around, through = conv(x, 0), conv(x, 1)
    through = leaky(through + conv(leaky(conv(leaky(conv(through, 2)), 3)), 4))
    through = leaky(conv(through, 5))
    expected = leaky(conv(np.concatenate([around, through], axis=-1), 6))
    assert [kernel.shape for kernel in convs] == [
        (1, 1, 6, 8),
        (1, 1, 6, 8),
        (1, 1, 8, 4),
        (3, 3, 4, 4),
        (1, 1, 4, 8),
        (1, 1, 8, 8),
        (1, 1, 16, 8),
    ]
    assert np.allclose(
        model(x), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max()
    )


def test_a_new_bottleneck_of_cspnet_passes_its_input_on():
    image = keras.Input((4, 4, 8))
    model = keras.Model(image, bottleneck(image))
    x = np.abs(np.random.default_rng(0).normal(size=(1, 4, 4, 8))).astype("float32")
    assert np.array_equal(model(x), x)
