"""Lesson 05: what each layer and channel of a network makes of a picture, and where
Grad-CAM finds the answer.
"""

import math
import operator

import numpy as np

from course_utils.plots.figure import GREY, ORANGE, PALE
from course_utils.widgets.board import Board, colours_of
from course_utils.widgets.controls import Choice, Slider, Switch
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.pictures import checked_pictures, fitted
from course_utils.widgets.touch import Place
from course_utils.widgets.unit import fields, is_explained, reasons, seen

COLOURS, SIGNED = "viridis", "PuOr_r"
SHOWN = 128  # small maps below, at most
MOST_SIDE = 1024  # of a map, in units
REASONS = 4  # of the maps that come in, those that add most
AT_ONCE = 20_000_000  # numbers: so many maps are computed in one pass and kept
# In the picture, in CSS pixels: the picture and the map, the layers, the small maps.
SIDE, TOP, LEFTS = 250, 28, (8, 272)
LAYERS = (8, 308, 704, 30)
SMALL_TOP, SMALL_WIDE, SMALL_HIGH = 362, 704, 100


def layers_with_maps(network):
    """Names and numbers of maps of all layers to choose from, from image to answer:
    a list of pairs.
    """
    found = {}
    for layer in network.layers:
        output = getattr(layer, "output", None)
        shape = getattr(output, "shape", ())
        if len(shape) != 4 or shape[-1] is None or type(layer).__name__ in _SKIPPED:
            continue
        found[layer.name] = int(shape[-1])
    return list(found.items())


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
    """A network's feature maps of a picture, layer by layer; what a unit of them sees
    and why it fired; and Grad-CAM's heat over the picture.

    Parameters
    ----------
    network : a `Backbone` or a functional `keras.Model` that takes one image; left out,
        the course's own mini_xception.
    pictures : a dict from name to (height, width, 3) uint8; left out, some drawings and
        two photographs.

    State: picture, layer, channel, row and column (of a unit on the map), heat (whether
    Grad-CAM is laid over the picture; needs a network with its top).

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
    browser_touches = (
        ("map", ((0.9, 0.1),), {"row": 2, "column": 21}),
        ("channels", ((0.1, 0.2),), {"channel": 2}),
        ("layers", ((0.001, 0.5),), {"layer": "block1_conv1"}),
    )

    def __init__(self, network=None, pictures=None, **state):
        from course_utils.graph import network_in

        if network is None:
            from course_utils.backbones import load_backbone

            network = load_backbone(
                "mini_xception", include_top=True, source="embedded"
            )
        self.network = network
        self._model = network_in(
            network, "FeatureMapExplorer takes a Backbone or a functional keras.Model"
        )
        self._pictures = checked_pictures(pictures, "FeatureMapExplorer's pictures")
        self._layers = dict(layers_with_maps(self._model))
        if not self._layers:
            raise ValueError(
                f"{self._model.name} has no layer that gives feature maps (batch, "
                f"height, width, maps)"
            )
        self._has_top = (
            len(self._model.outputs) == 1 and len(self._model.outputs[0].shape) == 2
        )
        self._remembered = {}
        self._before, self._needed = self._what_comes_in()
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
            "row": Slider("Unit row", 0, MOST_SIDE - 1, 0),
            "column": Slider("Unit column", 0, MOST_SIDE - 1, 0),
        }
        if self._has_top:
            self.controls["heat"] = Switch("Grad-CAM", False)
        super().__init__(**state)
        if not {"row", "column"} & set(state):  # the unit that fired most
            one = self._maps(self._state)[..., self._state["channel"]]
            row, column = np.unravel_index(int(one.argmax()), one.shape)
            self._state.update(row=int(row), column=int(column))
            self._begun = dict(self._state)

    def _what_comes_in(self):
        """For each layer that can be explained the one before it, and how many maps
        each layer has whose maps are needed.
        """
        from course_utils.graph import calls

        made_by, before, needed = {}, {}, dict(self._layers)
        for step in calls(self._model):
            made_by.update((id(output), step.operation) for output in step.outputs)
            name = step.operation.name
            if name in self._layers and is_explained(step.operation):
                one = made_by[id(step.inputs[0])]
                before[name] = one.name
                needed[one.name] = int(step.inputs[0].shape[-1])
        return before, needed

    def settle(self, state, before):
        """The channel is one that the layer has; the unit of another layer lies at the
        same place, and at first where the map is largest.
        """
        state = dict(state)
        state["channel"] = min(state["channel"], self._layers[state["layer"]] - 1)
        sizes, old = self._maps(state).shape, self._maps(before).shape
        for axis, name in enumerate(("row", "column")):
            if state["layer"] != before["layer"] and state[name] == before[name]:
                state[name] = int((state[name] + 0.5) * sizes[axis] / old[axis])
            state[name] = min(state[name], sizes[axis] - 1)
        return state

    def limits(self, state):
        rows, columns, channels = self._maps(state).shape
        return {
            "channel": (0, channels - 1),
            "row": (0, rows - 1),
            "column": (0, columns - 1),
        }

    # The pointer ----------------------------------------------------------------------

    def places(self, state):
        """The map, the layers and the small maps."""
        _, high, wide = self._sizes(state)
        rows, columns, side = self._grid(state)
        return [
            Place("map", LEFTS[1], TOP, wide, high, "crosshair"),
            Place("layers", *LAYERS),
            Place("channels", 8, SMALL_TOP, side * columns, side * rows),
        ]

    def touched(self, state, touch):
        if touch.place.name == "map":
            row, column = touch.cell_of(*self._maps(state).shape[:2])
            return {"row": row, "column": column}
        if touch.place.name == "layers":
            _, index = touch.cell_of(1, len(self._layers))
            return {"layer": list(self._layers)[index]}
        start, shown = self._page(state)
        rows, columns, _ = self._grid(state)
        row, column = touch.cell_of(rows, columns)
        return {"channel": start + min(row * columns + column, shown - 1)}

    def _page(self, state):
        """The first of the small maps, and how many there are."""
        start = state["channel"] // SHOWN * SHOWN
        return start, min(self._layers[state["layer"]] - start, SHOWN)

    def _grid(self, state):
        """In how many rows and columns the small maps stand, and how far apart: as
        large as they can be.
        """
        _, shown = self._page(state)
        ways = []
        for rows in range(1, 6):
            columns = math.ceil(shown / rows)
            side = min(SMALL_WIDE / columns, SMALL_HIGH / rows, 44)
            ways.append((side, -rows, columns))
        side, rows, columns = max(ways)
        return -rows, columns, side

    def _sizes(self, state):
        """The image, and how high and wide it stands in the picture."""
        image = self._image(state)
        tall, wide = image.shape[:2]
        return image, SIDE * min(1, tall / wide), SIDE * min(1, wide / tall)

    # What the network says ------------------------------------------------------------

    def _image(self, state):
        return self._once(
            ("image", state["picture"]),
            lambda: fitted(self.network, self._pictures[state["picture"]]),
        )

    def _maps(self, state):
        return self._passed(state, state["layer"])

    def _passed(self, state, name):
        """The maps of a layer: those of all layers from one pass where they are not too
        many, so that the next layer is there at once.
        """
        from course_utils.explain import feature_maps

        image = self._image(state)
        if self._at_once(image.shape[:2]):
            maps = self._once(
                ("maps", state["picture"]),
                lambda: feature_maps(self._model, image, list(self._needed)),
            )
            return maps[name]
        return self._once(
            ("maps", state["picture"], name),
            lambda: feature_maps(self._model, image, name),
        )

    def _at_once(self, size):
        """Whether the maps of all layers are kept."""
        spans = self._fields(size)
        known = [spans[name] for name in self._needed if name in spans]
        if len(known) < len(self._needed):
            return False
        units = [len(rows) * len(columns) for rows, columns in known]
        maps = self._needed.values()
        return sum(map(operator.mul, units, maps)) <= AT_ONCE

    def _fields(self, size):
        """What each unit of each layer sees of an image of this size."""
        return self._once(("fields", *size), lambda: fields(self._model, size))

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
        if not np.isfinite(scores).all():
            return "not a number"
        if getattr(self.network, "classes", None):
            answer = self.network.decode(scores, top=1)[0][0]
            return f"{answer.name.replace('_', ' ')}, {answer.probability:.0%}"
        return f"class {int(scores.argmax())}, {scores.max():.0%}"

    def _seen(self, state):
        """The piece of the image that the unit sees, or None."""
        image = self._image(state)
        spans = self._fields(image.shape[:2]).get(state["layer"])
        if spans is None:  # of an unknown kind: ask the network itself
            unit = [state[name] for name in ("layer", "row", "column", "channel")]
            return self._once(
                ("seen", state["picture"], *unit),
                lambda: seen(self._model, image, *unit),
            )
        top, bottom = spans[0][state["row"]].tolist()
        left, right = spans[1][state["column"]].tolist()
        return (top, left, bottom, right) if top < bottom and left < right else None

    def _reasons(self, state):
        """What the unit's value is made of; None for a layer without kernels."""
        name = state["layer"]
        layer = self._model.get_layer(name)
        if not is_explained(layer):
            return None
        maps = self._passed(state, self._before[name])
        return reasons(layer, maps, state["row"], state["column"], state["channel"])

    def _once(self, key, make):
        """What was computed lately is kept: moving the channel runs no network."""
        if key not in self._remembered:
            while len(self._remembered) >= 40:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[key] = make()
        return self._remembered[key]

    # The picture ----------------------------------------------------------------------

    def draw(self, state):
        board, maps = Board(472), self._maps(state)
        self._draw_picture(board, state)
        self._draw_map(board, state, maps)
        self._draw_unit(board, state, maps)
        self._draw_layers(board, state)
        self._draw_channels(board, state, maps)
        return board

    def _draw_picture(self, board, state):
        """The picture, its heat, and the piece of it that the unit sees."""
        image, high, wide = self._sizes(state)
        pixels = np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image
        low, top = float(pixels.min()), float(pixels.max())
        if low >= 0 and top > 1:
            low, top = 0.0, 255.0
        pixels = (pixels - low) / (top - low or 1)
        if state.get("heat", False):
            warmth = self._heat(state)[..., None]
            pixels = (
                pixels * (1 - 0.65 * warmth)
                + colours_of(warmth[..., 0], "inferno", 0, 1) / 255 * 0.65 * warmth
            )
            words = "bright: speaks for the answer"
        else:
            words = self._answer(state)
        board.text(LEFTS[0], 18, state["picture"][:16], bold=True)
        board.text(LEFTS[0] + SIDE, 18, words[:30], 11, colour=GREY, anchor="rs")
        board.image(pixels, LEFTS[0], TOP, wide, high)
        piece = self._seen(state)
        if piece:
            rows, columns = image.shape[:2]
            y, x, y_end, x_end = piece
            board.outline(
                LEFTS[0] + x * wide / columns,
                TOP + y * high / rows,
                (x_end - x) * wide / columns,
                (y_end - y) * high / rows,
                line=2,
            )

    def _draw_map(self, board, state, maps):
        _, high, wide = self._sizes(state)
        rows, columns, _ = maps.shape
        one = maps[..., state["channel"]]
        board.text(
            LEFTS[1], 18, f"{state['layer']}, {state['channel']}"[:28], bold=True
        )
        board.text(
            LEFTS[1] + SIDE, 18, f"{rows}×{columns}", 12, colour=GREY, anchor="rs"
        )
        board.image(
            colours_of(one, COLOURS, one.min(), one.max()), LEFTS[1], TOP, wide, high
        )
        board.rectangle(LEFTS[1], TOP, wide, high, outline=PALE)
        cell = wide / columns, high / rows
        board.outline(
            LEFTS[1] + state["column"] * cell[0], TOP + state["row"] * cell[1], *cell
        )
        low, largest, mean = map(_short, (one.min(), one.max(), one.mean()))
        words = f"this map: from {low} to {largest}, mean {mean}"
        board.text(LEFTS[1], TOP + SIDE + 15, words, 11, colour=GREY)

    def _draw_unit(self, board, state, maps):
        """The unit's value, and what adds most to it: patch, kernel, products."""
        left = 540
        value = maps[state["row"], state["column"], state["channel"]]
        board.text(left, 18, f"this unit: {_short(value)}", bold=True)
        found = self._reasons(state)
        if found is None:
            for index, words in enumerate(_NO_KERNEL):
                board.text(left, 50 + 18 * index, words, 11.5, colour=GREY)
            return
        parts, bias = found
        for index, part in enumerate(parts[:REASONS]):
            y = TOP + 10 + 58 * index
            strongest = float(np.abs(part.kernel).max())
            loud = float(np.abs(part.patch).max())
            board.text(left, y - 1, f"map {part.channel}", 10, colour=GREY)
            board.text(left + 58, y - 1, "kernel", 10, colour=GREY)
            for x, cells, limit in (
                (left, part.patch, loud),
                (left + 58, part.kernel, strongest),
            ):
                board.image(colours_of(cells, SIGNED, -limit, limit), x, y + 2, 42, 42)
                board.rectangle(x, y + 2, 42, 42, outline=PALE)
            board.text(left + 50, y + 23, "·", 14, colour=GREY, anchor="mm")
            board.text(left + 106, y + 23, f"= {part.adds:+.2f}", 13, anchor="lm")
        rest = sum(part.adds for part in parts[REASONS:])
        more = max(len(parts) - REASONS, 0)
        words = f"{more} more {rest:+.2f}, bias {bias:+.2f}"
        board.text(left, TOP + SIDE + 2, words, 11, colour=GREY)
        total = f"sum {sum(part.adds for part in parts) + bias:.2f}"
        board.text(left, TOP + SIDE + 17, total, 11, bold=True)

    def _draw_layers(self, board, state):
        """A bar for each layer, as high as it has many maps."""
        x, y, wide, high = LAYERS
        names, most = list(self._layers), max(self._layers.values())
        bar = wide / len(names)
        board.text(x, y - 4, "its layers, from image to answer", 11, colour=GREY)
        for index, name in enumerate(names):
            share = max(self._layers[name] / most, 0.12)
            board.rectangle(
                x + index * bar,
                y + high * (1 - share),
                max(bar - 1, 1),
                high * share,
                fill=ORANGE if name == state["layer"] else "#9ca3af",
            )

    def _draw_channels(self, board, state, maps):
        start, shown = self._page(state)
        words = f"channels {start} to {start + shown - 1} of {maps.shape[-1]}"
        board.text(8, SMALL_TOP - 6, words, size=12, colour=GREY)
        key = state["picture"], state["layer"], start, board.scale
        small = self._once(("small", *key), lambda: self._small_maps(state, maps))
        board.paste(small, 0, SMALL_TOP)
        x, y, side = self._corner(state, state["channel"] - start)
        board.outline(x, SMALL_TOP + y, side, side, ORANGE, line=2)

    def _small_maps(self, state, maps):
        """The maps of a layer as a board of their own, which stays when another one of
        them is chosen.
        """
        start, shown = self._page(state)
        some = maps[..., start : start + shown]
        low, high = some.min((0, 1)), some.max((0, 1))
        colours = colours_of((some - low) / np.maximum(high - low, 1e-9), COLOURS, 0, 1)
        board = Board(SMALL_HIGH)
        for place in range(shown):
            x, y, side = self._corner(state, place)
            board.image(colours[:, :, place], x, y, side, side)
        return board

    def _corner(self, state, place):
        """Where a small map stands below `SMALL_TOP`, and its side."""
        _, columns, side = self._grid(state)
        return 8 + place % columns * side, place // columns * side, side - 2

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
            f"{maps.shape[1]} values, the largest in the {where}; below, the "
            f"{maps.shape[-1]} channels of this layer. {self._unit_in_words(state)}"
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

    def _unit_in_words(self, state):
        value = self._maps(state)[state["row"], state["column"], state["channel"]]
        words = f"The unit at row {state['row']}, column {state['column']}"
        piece, found = self._seen(state), self._reasons(state)
        if piece:
            top, left, bottom, right = piece
            words += (
                f" sees rows {top} to {bottom - 1} and columns {left} to {right - 1};"
            )
        words += f" its value is {_short(value)}."
        if found:
            part = found[0][0]
            words += f" Map {part.channel} of those that come in adds {part.adds:+.2f}."
        return words


# instead of reasons, for a layer that adds up no products
_NO_KERNEL = (
    "This layer has no kernel",
    "to multiply with: its units",
    "add, normalise or choose.",
    "Choose a convolution to see",
    "why a unit fired.",
)


def _short(value):
    return f"{value:.2f}" if math.isfinite(value) else "not a number"


def render(state, network=None, pictures=None):
    """A state as PNG bytes."""
    return FeatureMapExplorer(network, pictures, **state).picture()


def describe(state, network=None, pictures=None):
    """A state in words."""
    return FeatureMapExplorer(network, pictures, **state).describe()
