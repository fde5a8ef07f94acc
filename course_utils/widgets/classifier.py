"""Lessons 05 and 06: what a network says about a photograph, yours for instance."""

import textwrap
from pathlib import Path

import numpy as np

from course_utils.checks import printable, several, shortly
from course_utils.plots.figure import BLACK, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.pictures import (
    NotAPhoto,
    checked_pictures,
    fitted,
    name_of,
    own_photo,
    uploaded,
)

IMAGENET = "mobilenet_v2"


def usual_network():
    """ImageNet's MobileNetV2 where the Keras cache holds it and the data mode allows
    it, else the course's own mini_xception, which knows twenty drawn things.  Nothing
    is downloaded.
    """
    from course_utils import sources
    from course_utils.backbones import load_backbone

    if sources.mode() != "embedded":
        try:
            return load_backbone(
                IMAGENET, include_top=True, source="cached", stand_in=False
            )
        except sources.NoSource:
            pass
    return load_backbone("mini_xception", include_top=True, source="embedded")


class PhotoClassifier(Explorer):
    """The most probable classes of a picture, as bars; a photograph of one's own can be
    uploaded, or opened by path.

    Parameters
    ----------
    network : a `Backbone` with its top, or a `keras.Model` from pixels to
        probabilities; left out, `usual_network`.  The picture names it.
    class_names : one name a class, for a `keras.Model`; a `Backbone` has them.
    pictures : a dict from name to (height, width, 3) uint8; left out, some drawings and
        two photographs.

    State: picture (a name), top (how many bars).

    Raises
    ------
    ValueError : a network without class probabilities, as many names as it has not
        classes, or `pictures` that are none.
    TypeError : a network that is neither a `Backbone` nor a `keras.Model`.
    """

    title = "Photo classifier"
    needs_model = True
    browser_steps = (
        ("Answers", "ArrowRight", {"top": 6}),
        ("Picture", "ArrowDown", {"picture": "butterfly"}),
        ("Picture", "ArrowDown", {"picture": "strawberry"}),
    )
    browser_flood = ("Answers", "ArrowRight", {"top": 10})

    def __init__(self, network=None, class_names=None, pictures=None, **state):
        from course_utils.graph import network_in

        self.network = usual_network() if network is None else network
        self._model = network_in(
            self.network,
            "PhotoClassifier takes a Backbone with its top or a keras.Model",
        )
        shape = self._model.output_shape
        if not isinstance(shape, tuple) or len(shape) != 2:
            raise ValueError(
                f"{self._model.name} gives {shape} and no class probabilities (batch, "
                f"classes). "
                "Is it a backbone without its top? include_top=True has one."
            )
        names = class_names
        if names is None:
            names = getattr(self.network, "class_names", None) or [
                f"class {index}" for index in range(shape[1])
            ]
        names = several(names, "class_names is a list of names, one for each class")
        if len(names) != shape[1]:
            raise ValueError(
                f"{len(names)} class names came for the {shape[1]} classes of "
                f"{self._model.name}"
            )
        self._names = [str(name).replace("_", " ") for name in names]
        self._pictures = checked_pictures(pictures, "PhotoClassifier's pictures")
        self._probabilities, self._fitted = {}, {}
        self._message = ""
        count = len(self._names)
        self.controls = {
            "picture": self._choice(),
            "top": Slider("Answers", 1, min(10, count), min(5, count)),
        }
        super().__init__(**state)

    def _choice(self):
        names = list(self._pictures)
        return Choice("Picture", tuple((name, name) for name in names), names[0])

    # Photographs of one's own ---------------------------------------------------------

    def open(self, source, name=None):
        """Take a photograph from a path, or from a file's bytes, and classify it.

        A file that is no image changes nothing, and the explorer says so in the place
        of its picture.

        Raises
        ------
        ValueError : what came is neither a path nor bytes, or `name` is no text.
        """
        if name is None:
            is_path = isinstance(source, str | Path)
            name = name_of(source) if is_path else "your photo"
        elif not isinstance(name, str) or not name.strip():
            raise ValueError(
                f"name is {shortly(name)}; it must be what the photo is to be called, "
                'such as "my cat".'
            )
        name = printable(name)
        try:
            picture = own_photo(source, name)
        except NotAPhoto as error:
            self._show_message(str(error))
            return
        self._message = ""
        self._pictures[name] = picture
        self._probabilities.pop(name, None)
        self._fitted.pop(name, None)
        self.controls["picture"] = self._choice()
        if self._panel:
            self._panel.offer("picture", self.controls["picture"])
        self._state = {**self._state, "picture": name}
        if self._panel:
            self._panel.refresh()

    def _show_message(self, words):
        self._message = words
        if self._panel:
            self._panel.refresh()

    def set(self, **state):
        self._message = ""
        super().set(**state)

    def settle(self, state, before):
        self._message = ""  # whoever moves a control has read it
        return state

    def more_controls(self, ipywidgets):
        """The button for a file."""
        button = ipywidgets.FileUpload(
            accept="image/*",
            multiple=False,
            description="Upload a photo",
            layout=ipywidgets.Layout(width="auto"),
        )
        if button.has_trait("tooltip"):
            button.tooltip = "a JPEG or PNG file"  # else ipywidgets 8 shows "null"

        button.observe(self.came, "value")
        self.upload = button
        return [button]

    def came(self, change):
        """Take what the button's value has become."""
        try:
            file = uploaded(change["new"])
        except NotAPhoto as error:
            self._show_message(str(error))
            return
        if file:
            self.open(file[1], file[0].strip() or None)

    # The picture ----------------------------------------------------------------------

    def answers(self, state):
        """(class name, probability) of the most probable classes, most probable
        first; none where the network gives no probabilities.
        """
        probabilities = self._ask(state)
        if _fault(probabilities):
            return []
        order = np.argsort(-probabilities, kind="stable")[: state["top"]]
        return [(self._names[index], float(probabilities[index])) for index in order]

    def _ask(self, state):
        """What the network gives for the picture, computed once."""
        name = state["picture"]
        if name not in self._probabilities:
            from course_utils.startup import keras

            batch = self._seen(name)[None]
            self._probabilities[name] = keras.ops.convert_to_numpy(
                self._model(batch, training=False)
            )[0]
        return self._probabilities[name]

    def _seen(self, name):
        """A picture as the network sees it, computed once."""
        if name not in self._fitted:
            self._fitted[name] = fitted(self.network, self._pictures[name])
        return self._fitted[name]

    @property
    def about(self):
        """Which network is asked, in a few words."""
        learned = getattr(self.network, "weights_name", "").partition(", ")[2]
        return f"{self._model.name} ({learned})" if learned else self._model.name

    def board(self):
        return _message_board(self._message) if self._message else super().board()

    def draw(self, state):
        picture = self._seen(state["picture"])
        found = self.answers(state)
        board = Board(max(330, 62 + 30 * len(found)))
        side = 280
        board.text(8, 18, state["picture"][:34], bold=True)
        pixels = picture if picture.max() > 1 else picture * 255
        pixels = np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels
        board.image(
            np.clip(pixels, 0, 255).astype(np.uint8),
            8,
            28,
            side,
            side * picture.shape[0] / picture.shape[1],
        )
        left, wide = 310, 402
        board.text(left, 18, "what the network says", bold=True)
        board.text(left + wide, 18, self.about[:44], size=11, colour=GREY, anchor="rs")
        for index, words in enumerate(textwrap.wrap(_fault(self._ask(state)), 52)):
            board.text(left + 8, 54 + 20 * index, words, size=13)
        for index, (name, probability) in enumerate(found):
            y = 34 + 30 * index
            board.rectangle(left, y, wide, 24, fill="#f3f4f6")
            board.rectangle(
                left,
                y,
                max(wide * min(max(probability, 0), 1), 1),
                24,
                fill="#9bc4e2" if index else "#5aa3d6",
            )
            board.text(
                left + 8, y + 12, name[:38], size=13, bold=index == 0, anchor="lm"
            )
            board.text(
                left + wide - 8,
                y + 12,
                f"{probability:.1%}",
                size=13,
                bold=index == 0,
                anchor="rm",
            )
        board.text(
            8,
            board.height - 8,
            f"as the network sees it: {picture.shape[0]}×{picture.shape[1]}",
            size=11,
            colour=GREY,
        )
        board.line([(left, 28), (left, 34 + 30 * max(len(found), 1))], PALE, 1)
        return board

    def describe(self):
        return self._message or super().describe()

    def describe_state(self, state):
        shown = f"The picture {state['picture']}, and what {self.about} says it shows"
        if fault := _fault(self._ask(state)):
            return f"{shown}: nothing. {fault}"
        said = ", ".join(
            f"{name} {probability:.0%}" for name, probability in self.answers(state)
        )
        return f"{shown}: {said}."


def _fault(values):
    """Why these are no probabilities, in words; "" if they are."""
    if not np.isfinite(values).all():
        return (
            "Its answers are not numbers (NaN or infinite), so its weights are "
            "damaged. Did its training diverge? Load them again, or train with a "
            "smaller learning rate."
        )
    low, high = float(values.min()), float(values.max())
    if low < -1e-3 or high > 1.001:
        return (
            f"Its answers go from {low:.2g} to {high:.2g}, and probabilities from 0 to "
            "1. Does it end before the softmax?"
        )
    return ""


def _message_board(words):
    """A message in the place of the picture, for whoever sees no live one."""
    board = Board(120)
    board.rectangle(8, 16, 6, 88, fill=ORANGE)
    for index, line in enumerate(textwrap.wrap(words, 78)[:4]):
        board.text(30, 44 + 24 * index, line, size=14, colour=BLACK)
    return board


def render(state, network=None, class_names=None, pictures=None):
    """A state as PNG bytes."""
    return PhotoClassifier(network, class_names, pictures, **state).picture()


def describe(state, network=None, class_names=None, pictures=None):
    """A state in words."""
    return PhotoClassifier(network, class_names, pictures, **state).describe()
