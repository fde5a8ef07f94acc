"""Where an explorer's picture can be touched, and the front end that feels it.

The picture is drawn in Python, so Python knows what lies where: an explorer names the
`Place`s of its picture, and says which values of its state a `Touch` changes.  One
small module for all explorers (touch.js, an anywidget) tells where the pointer is, and
that is all it knows.  Where anywidget is not installed, everything goes by the
controls, as it does anyway.
"""

import functools
import math
from dataclasses import dataclass, field

from course_utils.widgets.front_end import text


@dataclass(frozen=True)
class Place:
    """A rectangle of the picture that can be pressed and dragged.

    Parameters
    ----------
    name : what an explorer calls it.
    x, y, width, height : its upper left corner and size on the board, in CSS pixels.
    cursor : a CSS cursor.
    hover : whether resting the pointer on it shows what a press would give.
    """

    name: str
    x: float
    y: float
    width: float
    height: float
    cursor: str = "pointer"
    hover: bool = False

    @property
    def middle(self):
        return self.x + self.width / 2, self.y + self.height / 2

    def share(self, point):
        """Where a point lies in it: (down, across), 0 to 1 inside."""
        x, y = point
        return (y - self.y) / self.height, (x - self.x) / self.width

    def cell(self, point, rows, columns):
        """The (row, column) of a grid over it in which a point lies, or the nearest."""
        down, across = self.share(point)
        return _index(down, rows), _index(across, columns)


def _index(share, count):
    return min(max(math.floor(share * count), 0), count - 1)


@dataclass(frozen=True)
class Touch:
    """The pointer on a place: pressed, perhaps dragged since, or only resting there.

    Parameters
    ----------
    place : the `Place` on which it was pressed.
    at : (x, y) where it is now, on the board, in CSS pixels, in the place or not.
    start : (x, y) where it was pressed.
    before : the state when it was pressed.
    pressed : False where it only rests.
    """

    place: Place
    at: tuple[float, float]
    start: tuple[float, float]
    before: dict = field(default_factory=dict)
    pressed: bool = True

    @property
    def cell_of(self):
        """`Place.cell` at the pointer."""
        return functools.partial(self.place.cell, self.at)


def touch_layer(places, on_message):
    """The widget that feels the pointer over the picture of the explorer it stands in.

    Parameters
    ----------
    places : list of `Place`s.
    on_message : function of a message of touch.js, a dict.

    Returns
    -------
    The widget, or None where anywidget is not installed.  Its trait `places` follows
    the picture, and `answer(serial)` asks for the next message.
    """
    kind = _layer_class()
    if kind is None:
        return None
    layer = kind(places=as_lists(places))
    layer.on_msg(lambda _, content, __: on_message(content))
    return layer


def display_metadata(layer):
    """What the output of a cell says of the page that is to show the layer.

    Colab loads widgets that are not ipywidgets' own only for an output that names where
    from. anywidget names it in the output of a widget of its own; the output of an
    explorer is a box of ipywidgets, with the layer inside.

    Parameters
    ----------
    layer : what `touch_layer` gave, or None.

    Returns
    -------
    The metadata of a mimebundle, a dict; outside Colab an empty one.
    """
    return {} if layer is None else layer._repr_mimebundle_()[1]


def as_lists(places):
    """`Place`s as touch.js reads them, to a tenth of a pixel."""
    return [
        [
            place.name,
            *(round(n, 1) for n in (place.x, place.y, place.width, place.height)),
            place.cursor,
            place.hover,
        ]
        for place in places
    ]


@functools.cache
def _layer_class():
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None

    class TouchLayer(anywidget.AnyWidget):
        _esm = text("touch.js")
        places = traitlets.List().tag(sync=True)

        def answer(self, serial):
            self.send({"drawn": serial})

    return TouchLayer
