"""The baselines: a ResNet-34 written as textbooks write it, and the same network in
plain PyTorch.

The textbook style keeps the inner layers in lists, builds nothing beforehand and stacks
everything in a `Sequential`. It is the same network as the course's: the same layers,
the same 21,306,826 parameters with ten classes.
"""

import keras
from keras import layers

PLAN = [64] * 3 + [128] * 4 + [256] * 6 + [512] * 3


class TextbookUnit(layers.Layer):
    """A residual unit whose layers stand in two lists."""

    def __init__(self, filters, strides):
        super().__init__()
        self.main_path = [
            *_conv_norm(filters, 3, strides),
            layers.ReLU(),
            *_conv_norm(filters, 3, 1),
        ]
        self.shortcut = _conv_norm(filters, 1, strides) if strides > 1 else []

    def call(self, inputs):
        path = shortcut = inputs
        for layer in self.main_path:
            path = layer(path)
        for layer in self.shortcut:
            shortcut = layer(shortcut)
        return keras.activations.relu(path + shortcut)


def _conv_norm(filters, size, strides):
    conv = layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )
    return [conv, layers.BatchNormalization()]


def textbook_resnet34(input_shape=(224, 224, 3), classes=10):
    model = keras.Sequential(
        [keras.Input(input_shape), *_conv_norm(64, 7, 2), layers.ReLU()]
    )
    model.add(layers.MaxPooling2D(3, 2, padding="same"))
    for before, filters in zip([64, *PLAN], PLAN, strict=False):
        model.add(TextbookUnit(filters, 1 if filters == before else 2))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def torch_resnet34(classes=10):
    """The same network in PyTorch: a module from (batch, 3, height, width) to logits
    (batch, classes).
    """
    import torch
    from torch import nn

    def conv_norm(inputs, outputs, size, stride):
        conv = nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        return nn.Sequential(conv, nn.BatchNorm2d(outputs))

    class Unit(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.first = conv_norm(inputs, outputs, 3, stride)
            self.second = conv_norm(outputs, outputs, 3, 1)
            self.skip = (
                conv_norm(inputs, outputs, 1, stride) if stride > 1 else nn.Identity()
            )

        def forward(self, x):
            return torch.relu(self.second(torch.relu(self.first(x))) + self.skip(x))

    units = [
        Unit(before, after, 1 if before == after else 2)
        for before, after in zip([64, *PLAN], PLAN, strict=False)
    ]
    stem = [conv_norm(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)]
    return nn.Sequential(
        *stem, *units, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes)
    )
