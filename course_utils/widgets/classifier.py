"""Lessons 05 and 06: what a network says about a photograph, yours for instance."""

import numpy as np

from course_utils.plots.figure import BLACK, GREY, ORANGE, PALE
from course_utils.widgets.board import Board
from course_utils.widgets.controls import Choice, Slider
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.pictures import (
    NotAPhoto,
    example_pictures,
    fitted,
    own_photo,
    uploaded,
)


class PhotoClassifier(Explorer):
    """The most probable classes of a picture, as bars; a photograph of one's own can be
    uploaded, or opened by path.

    Parameters
    ----------
    network : a `Backbone` with its top, or a `keras.Model` from pixels to
        probabilities; left out, the course's own mini_xception, which knows twenty
        drawn things.
    class_names : one name a class, for a `keras.Model`; a `Backbone` has them.
    pictures : a dict from name to (height, width, 3) uint8; left out, some drawings and
        two photographs.

    State: picture (a name), top (how many bars).

    Raises
    ------
    ValueError : a network without class probabilities, or as many names as it has not
        classes.
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
        if network is None:
            from course_utils.backbones import load_backbone

            network = load_backbone(
                "mini_xception", include_top=True, source="embedded"
            )
        self.network = network
        self._model = getattr(network, "model", network)
        shape = self._model.output_shape
        if not isinstance(shape, tuple) or len(shape) != 2:
            raise ValueError(
                f"{self._model.name} gives {shape} and no class probabilities (batch, "
                f"classes). "
                "Is it a backbone without its top? include_top=True has one."
            )
        names = (
            class_names
            or getattr(network, "class_names", None)
            or [f"class {index}" for index in range(shape[1])]
        )
        if len(names) != shape[1]:
            raise ValueError(
                f"{len(names)} class names came for the {shape[1]} classes of "
                f"{self._model.name}"
            )
        self._names = [str(name).replace("_", " ") for name in names]
        self._pictures = dict(pictures or example_pictures())
        self._probabilities = {}
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
        """
        name = name or (
            str(source).replace("\\", "/").rsplit("/")[-1]
            if isinstance(source, str)
            else "your photo"
        )
        try:
            picture = own_photo(source, name)
        except NotAPhoto as error:
            self._message = str(error)
        else:
            self._message = ""
            self._pictures[name] = picture
            self._probabilities.pop(name, None)
            self.controls["picture"] = self._choice()
            if self._panel:
                self._panel.offer("picture", self.controls["picture"])
            self._state = {**self._state, "picture": name}
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

        def came(change):
            file = uploaded(change["new"])
            if file:
                self.open(file[1], file[0])

        button.observe(came, "value")
        self.upload = button
        return [button]

    # The picture ----------------------------------------------------------------------

    def answers(self, state):
        """(class name, probability) of the most probable classes, most probable
        first.
        """
        name = state["picture"]
        if name not in self._probabilities:
            from course_utils.startup import keras

            batch = fitted(self.network, self._pictures[name])[None]
            self._probabilities[name] = keras.ops.convert_to_numpy(
                self._model(batch, training=False)
            )[0]
        probabilities = np.nan_to_num(self._probabilities[name])
        order = np.argsort(-probabilities, kind="stable")[: state["top"]]
        return [(self._names[index], float(probabilities[index])) for index in order]

    def board(self):
        return _message_board(self._message) if self._message else super().board()

    def draw(self, state):
        picture = fitted(self.network, self._pictures[state["picture"]])
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
        about = getattr(self.network, "weights_name", self._model.name)
        board.text(left, 18, "what the network says", bold=True)
        board.text(left + wide, 18, about[:44], size=11, colour=GREY, anchor="rs")
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
        board.line([(left, 28), (left, 34 + 30 * len(found))], PALE, 1)
        return board

    def describe(self):
        return self._message or super().describe()

    def describe_state(self, state):
        said = ", ".join(
            f"{name} {probability:.0%}" for name, probability in self.answers(state)
        )
        return (
            f"The picture {state['picture']}, and what {self._model.name} says it "
            f"shows: {said}."
        )


def _message_board(words):
    """A message in the place of the picture, for whoever sees no live one."""
    board = Board(120)
    board.rectangle(8, 16, 6, 88, fill=ORANGE)
    line, y = "", 44
    for word in words.split():
        if len(line) + len(word) > 78:
            board.text(30, y, line, size=14, colour=BLACK)
            line, y = "", y + 24
        line += f"{word} "
    board.text(30, y, line, size=14, colour=BLACK)
    return board


def render(state, network=None, class_names=None, pictures=None):
    """A state as PNG bytes."""
    return PhotoClassifier(network, class_names, pictures, **state).picture()


def describe(state, network=None, class_names=None, pictures=None):
    """A state in words."""
    return PhotoClassifier(network, class_names, pictures, **state).describe()
