"""What all explorers share: a state of plain values, a picture of it, its words, and a
front end if there is one.

An explorer is made of pure functions of its state.  `render(state)` draws it,
`describe(state)` says it in words, and `settle(state, before)` brings a state in order
after a change (a larger stride leaves fewer outputs to point at). Controls and live
updates are a thin layer on top (`panel`), which is built when a notebook shows the
explorer.
"""

from course_utils.checks import did_you_mean
from course_utils.plots.figure import picture_bundle, shrunk_png
from course_utils.widgets.board import Board, drafts
from course_utils.widgets.touch import Touch, display_metadata

MOST_BYTES = 120_000  # of a saved picture; a larger one is saved at half the width


class Explorer:
    """Base of the explorers.  As the last expression of a cell it shows its controls
    and its picture.

    Where there is no front end (GitHub, a PDF, a saved notebook) its picture stands in
    their place.

    A subclass has `title`, `controls` (a dict from the state's names to what moves
    them) and the functions `draw(state) -> Board` and `describe_state(state) -> str`;
    `settle` and `limits` where values depend on each other; `places` and `touched`
    where its picture can be touched, and `step` if it can play.

    It also says how it is tried in a browser, by keyboard and by pointer, each time as
    a cell has just made it:

    Parameters
    ----------
    browser_steps : one (label, key, values) after the other. `label` is the name that
        a screen reader reads for a control, `key` is pressed on it once, and `values`
        are those that the state then has. The first step's key presses are also timed.
    browser_flood : (label, key, values): the key is pressed sixty times, as fast as
        the browser takes it, and `values` are those that the state has in the end.
    browser_touches : one (place, way, values) after the other. The pointer is pressed
        where the way begins, moved along it, and released; its points are shares of
        the place of that name, (across, down), and may leave it.
    """

    title = "Explorer"
    controls = {}
    needs_model = False  # whether it starts TensorFlow
    browser_steps = ()
    browser_flood = ()
    browser_touches = ()

    def __init__(self, **state):
        before = self.initial()
        self._state = self.settle({**before, **self._checked(state)}, before)
        self._begun = dict(self._state)
        self._panel = None

    # The state ------------------------------------------------------------------------

    def initial(self):
        """The state that an explorer starts with."""
        return {name: control.start for name, control in self.controls.items()}

    @property
    def state(self):
        """The present state: a dict of plain values, a copy."""
        return dict(self._state)

    def set(self, **state):
        """Change some of the values; what depends on them follows, and so do controls
        and picture in the notebook.

        Raises
        ------
        ValueError : a name that is not in the state, or a value that its control does
            not have.
        """
        self._state = self._after(state)
        if self._panel:
            self._panel.refresh()

    def reset(self):
        """Back to the state in which it was made."""
        self._state = dict(self._begun)
        if self._panel:
            self._panel.refresh()

    def settle(self, state, before):
        """The state in order after a change from `before`: what depends on the changed
        values follows.
        """
        return state

    def limits(self, state):
        """The (lowest, highest) values that the sliders named in it have in
        this state.
        """
        return {}

    def _checked(self, state):
        for name in state:
            if name not in self.controls:
                hint = did_you_mean(name, self.controls)
                raise ValueError(
                    f"{type(self).__name__} has no {name!r}; its state holds "
                    f"{', '.join(self.controls)}.{hint}"
                )
        return {
            name: self.controls[name].check(value, name)
            for name, value in state.items()
        }

    # The pointer ----------------------------------------------------------------------

    def places(self, state):
        """Where the picture of a state can be touched: a list of `Place`s, the last one
        on top.
        """
        return []

    def touched(self, state, touch):
        """The values that a `Touch` gives, as a dict; whatever stays may be left out.

        What only rests there (`Place.hover`) gives the values that a press would.
        """
        return {}

    def drag(self, place, *way):
        """Touch the picture as the pointer does: press at the first point of the way,
        move along the others, let go.

        Parameters
        ----------
        place : the name of a `Place`.
        way : points (across, down), as shares of that place; without any, its middle is
            pressed.

        Raises
        ------
        ValueError : the picture has no such place in this state.
        """
        places = {each.name: each for each in self.places(self._state)}
        if place not in places:
            hint = did_you_mean(place, places)
            raise ValueError(f"{self.title} cannot be touched at {place!r}.{hint}")
        it, before = places[place], dict(self._state)
        way = [
            (it.x + across * it.width, it.y + down * it.height)
            for across, down in way or [(0.5, 0.5)]
        ]
        for at in way:
            self._touch(Touch(it, at, way[0], before))
        if self._panel:
            self._panel.refresh()

    def _touch(self, touch):
        """Take in what a touch changes."""
        self._state = self._after(self.touched(self._state, touch))

    def _after(self, values):
        """The state in order with other values, which are checked as anybody's."""
        return self.settle({**self._state, **self._checked(values)}, self._state)

    def step(self, state):
        """The values of the next picture while it plays; None after the last one.

        An explorer that defines it has a button that plays.
        """
        return None

    @property
    def plays(self):
        """Whether it has steps to play."""
        return type(self).step is not Explorer.step

    @property
    def has_below(self):
        """Whether anything stands below its picture."""
        return type(self).below is not Explorer.below

    # The picture ----------------------------------------------------------------------

    def draw(self, state):
        """A state as a `Board`."""
        return Board(100)

    def describe_state(self, state):
        """A state in words, with the numbers."""
        return ""

    def below(self, state):
        """HTML below the picture, for what is to be copied; often nothing."""
        return ""

    def render(self, state):
        """A state as PNG bytes."""
        return self.draw(state).png()

    def board(self):
        """The present picture, before it becomes bytes."""
        return self.draw(self._state)

    def picture(self):
        """The present picture as PNG bytes."""
        return self.board().png()

    def describe(self):
        """What the present picture shows, in words: its alt text."""
        return self.describe_state(self._state)

    def __repr__(self):
        return self.describe()

    # The notebook ---------------------------------------------------------------------

    @property
    def panel(self):
        """Controls and live picture; made when they are first asked for."""
        if self._panel is None:
            from course_utils.widgets.panel import Panel

            self._panel = Panel(self)
        return self._panel

    @property
    def widget(self):
        """The ipywidgets box that a notebook shows, to be put into a layout of one's
        own.
        """
        return self.panel.root

    def _repr_mimebundle_(self, include=None, exclude=None):
        """The live widget, and beside it the picture and its words for whoever has no
        live widget: (data, metadata).
        """
        board = self.board()
        png, size = shrunk_png(board.png()), (board.width, board.height)
        if len(png) > MOST_BYTES:
            with drafts():
                png = shrunk_png(self.picture())
        bundle = picture_bundle(png, self.describe(), size)
        bundle["text/html"] += self.below(self._state)
        data = {
            **bundle,
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.widget.model_id,
            },
        }
        return data, display_metadata(self.panel.touch)
