"""Lesson 05: what each layer and channel of a network makes of a picture, and where
Grad-CAM finds the answer.
"""

import math

import numpy as np

from course_utils.plots.figure import GREY, ORANGE, PALE
from course_utils.widgets.board import Board, colours_of
from course_utils.widgets.controls import Choice, Slider, Switch
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.pictures import example_pictures, fitted

MOST_LAYERS = 14  # in the menu: spread over the depth
COLOURS = "viridis"
SHOWN = 16  # small maps below


def layers_with_maps(network, keep=None):
    """Names and numbers of maps of the layers to choose from; the first, the last and
    `keep` are among them.
    """
    found = {}
    for layer in network.layers:
        output = getattr(layer, "output", None)
        shape = getattr(output, "shape", ())
        if len(shape) != 4 or shape[-1] is None or type(layer).__name__ in _SKIPPED:
            continue
        found[layer.name] = int(shape[-1])
    names = list(found)
    if len(names) > MOST_LAYERS:
        spread = {
            names[round(index)] for index in np.linspace(0, len(names) - 1, MOST_LAYERS)
        }
        names = [name for name in names if name in spread or name == keep]
    return [(name, found[name]) for name in names]


_SKIPPED = {
    "InputLayer",
    "Rescaling",
    "Normalization",
    "Dropout",
    "ZeroPadding2D",
    "BatchNormalization",
    "ReverseChannels",
}


class FeatureMapExplorer(Explorer):
    """A network's feature maps of a picture, layer by layer, and Grad-CAM's heat over
    the picture.

    Parameters
    ----------
    network : a `Backbone` or a functional `keras.Model` that takes one image; left out,
        the course's own mini_xception.
    pictures : a dict from name to (height, width, 3) uint8; left out, some drawings and
        two photographs.

    State: picture, layer, channel, heat (whether Grad-CAM is laid over the picture;
    needs a network with its top).

    Raises
    ------
    ValueError : a network without layers that give maps.
    """

    title = "Feature map explorer"
    needs_model = True
    browser_steps = (
        ("Channel", "ArrowRight", {"channel": 1}),
        ("Grad-CAM", "Space", {"heat": True}),
        ("Picture", "ArrowDown", {"picture": "butterfly"}),
        ("Layer", "End", {"layer": "block7_relu"}),
    )
    browser_flood = ("Channel", "ArrowRight", {"channel": 60})

    def __init__(self, network=None, pictures=None, **state):
        if network is None:
            from course_utils.backbones import load_backbone

            network = load_backbone(
                "mini_xception", include_top=True, source="embedded"
            )
        self.network = network
        self._model = getattr(network, "model", network)
        self._pictures = dict(pictures or example_pictures())
        self._layers = dict(layers_with_maps(self._model, state.get("layer")))
        if not self._layers:
            raise ValueError(
                f"{self._model.name} has no layer that gives feature maps (batch, "
                f"height, width, maps)"
            )
        self._has_top = (
            len(self._model.outputs) == 1 and len(self._model.outputs[0].shape) == 2
        )
        self._remembered = {}
        names, layers = list(self._pictures), list(self._layers)
        self.controls = {
            "picture": Choice(
                "Picture", tuple((name, name) for name in names), names[0]
            ),
            "layer": Choice(
                "Layer",
                tuple((name, name) for name in layers),
                layers[len(layers) // 3],
            ),
            "channel": Slider("Channel", 0, max(self._layers.values()) - 1, 0),
        }
        if self._has_top:
            self.controls["heat"] = Switch("Grad-CAM", False)
        super().__init__(**state)

    def settle(self, state, before):
        """The channel is one that the layer has."""
        return {
            **state,
            "channel": min(state["channel"], self._layers[state["layer"]] - 1),
        }

    def limits(self, state):
        return {"channel": (0, self._layers[state["layer"]] - 1)}

    # What the network says ------------------------------------------------------------

    def _image(self, state):
        return self._once(
            ("image", state["picture"]),
            lambda: fitted(self.network, self._pictures[state["picture"]]),
        )

    def _maps(self, state):
        from course_utils.explain import feature_maps

        key = ("maps", state["picture"], state["layer"])
        return self._once(
            key, lambda: feature_maps(self._model, self._image(state), state["layer"])
        )

    def _heat(self, state):
        from course_utils.explain import grad_cam

        return self._once(
            ("heat", state["picture"]),
            lambda: grad_cam(self._model, self._image(state)),
        )

    def _answer(self, state):
        """The most probable class in words, or ""."""
        return self._once(("answer", state["picture"]), lambda: self._ask(state))

    def _ask(self, state):
        if not self._has_top:
            return ""
        from course_utils.startup import keras

        scores = keras.ops.convert_to_numpy(
            self._model(self._image(state)[None], training=False)
        )[0]
        if getattr(self.network, "classes", None):
            answer = self.network.decode(scores, top=1)[0][0]
            return f"{answer.name.replace('_', ' ')}, {answer.probability:.0%}"
        return f"class {int(scores.argmax())}, {scores.max():.0%}"

    def _once(self, key, make):
        """What was computed lately is kept: moving the channel runs no network."""
        if key not in self._remembered:
            while len(self._remembered) >= 40:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[key] = make()
        return self._remembered[key]

    # The picture ----------------------------------------------------------------------

    def draw(self, state):
        image, maps, channel = self._image(state), self._maps(state), state["channel"]
        count = maps.shape[-1]
        board = Board(462)
        side, top = 338, 28
        tall, wide = image.shape[:2]
        box = (side * min(1, wide / tall), side * min(1, tall / wide))
        pixels = np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
        low, high = float(pixels.min()), float(pixels.max())
        if low >= 0 and high > 1:
            low, high = 0.0, 255.0
        pixels = (pixels - low) / (high - low or 1)
        heat = state.get("heat", False)
        if heat:
            warmth = self._heat(state)[..., None]
            pixels = (
                pixels * (1 - 0.65 * warmth)
                + colours_of(warmth[..., 0], "inferno", 0, 1) / 255 * 0.65 * warmth
            )
        answer = self._answer(state)
        board.text(8, 18, f"{state['picture']} {tall}×{wide}", bold=True)
        if answer:
            board.text(8 + side, 18, answer, size=12, colour=GREY, anchor="rs")
        board.image(pixels, 8, top, *box)
        feature_map = maps[..., channel]
        board.text(374, 18, f"{state['layer']}, channel {channel}", bold=True)
        board.text(
            712,
            18,
            f"{maps.shape[0]}×{maps.shape[1]}",
            size=12,
            colour=GREY,
            anchor="rs",
        )
        board.image(
            colours_of(feature_map, COLOURS, feature_map.min(), feature_map.max()),
            374,
            top,
            338,
            338 * box[1] / box[0],
        )
        start = min(max(channel - SHOWN // 2, 0), max(count - SHOWN, 0))
        board.text(
            8,
            384,
            f"channels {start} to {min(start + SHOWN, count) - 1} of {count}",
            size=12,
            colour=GREY,
        )
        small = 704 / SHOWN
        for place, index in enumerate(range(start, min(start + SHOWN, count))):
            little = maps[..., index]
            x = 8 + place * small
            board.image(
                colours_of(little, COLOURS, little.min(), little.max()),
                x + 1,
                392,
                small - 3,
                small - 3,
            )
            if index == channel:
                board.outline(x + 1, 392, small - 3, small - 3, ORANGE, line=2)
        board.rectangle(374, top, 338, 338 * box[1] / box[0], outline=PALE)
        low, high, mean = map(
            _short, (feature_map.min(), feature_map.max(), feature_map.mean())
        )
        words = f"this map: from {low} to {high}, mean {mean}"
        board.text(8, 454, words, size=12, colour=GREY)
        if heat:
            board.text(
                712,
                454,
                "bright: speaks for the answer",
                size=12,
                colour=GREY,
                anchor="rs",
            )
        return board

    def describe_state(self, state):
        maps, channel = self._maps(state), state["channel"]
        feature_map = maps[..., channel]
        row, column = np.unravel_index(int(np.argmax(feature_map)), feature_map.shape)
        across = ("left", "middle", "right")[min(3 * column // feature_map.shape[1], 2)]
        down = ("upper", "middle", "lower")[min(3 * row // feature_map.shape[0], 2)]
        where = "middle" if down == across else f"{down} {across}"
        answer = self._answer(state)
        words = (
            f"The {state['picture']}, and the feature map of channel {channel} of "
            f"layer {state['layer']} in {self._model.name}: {maps.shape[0]} by "
            f"{maps.shape[1]} values, the largest in the {where}; below, its "
            f"neighbours among {maps.shape[-1]} channels."
        )
        if answer:
            words += f" The network's answer: {answer}."
        if state.get("heat"):
            share = float(np.mean(self._heat(state) > 0.5))
            words += (
                f" Grad-CAM's heat lies over the picture; {share:.0%} of it is over "
                f"half as hot as its hottest place."
            )
        return words


def _short(value):
    return f"{value:.2f}" if math.isfinite(value) else "not a number"


def render(state, network=None, pictures=None):
    """A state as PNG bytes."""
    return FeatureMapExplorer(network, pictures, **state).picture()


def describe(state, network=None, pictures=None):
    """A state in words."""
    return FeatureMapExplorer(network, pictures, **state).describe()
