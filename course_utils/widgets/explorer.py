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
from course_utils.widgets.board import Board


class Explorer:
    """Base of the explorers.  As the last expression of a cell it shows its controls
    and its picture.

    Where there is no front end (GitHub, a PDF, a saved notebook) its picture stands in
    their place.

    A subclass has `title`, `controls` (a dict from the state's names to what moves
    them) and the functions `draw(state) -> Board` and `describe_state(state) -> str`;
    `settle` and `limits` where values depend on each other.

    It also says how it is tried in a browser, by keyboard alone, each time as a cell
    has just made it:

    Parameters
    ----------
    browser_steps : one (label, key, values) after the other. `label` is the name that
        a screen reader reads for a control, `key` is pressed on it once, and `values`
        are those that the state then has. The first step's key presses are also timed.
    browser_flood : (label, key, values): the key is pressed sixty times, as fast as
        the browser takes it, and `values` are those that the state has in the end.
    """

    title = "Explorer"
    controls = {}
    needs_model = False  # whether it starts TensorFlow
    browser_steps = ()
    browser_flood = ()

    def __init__(self, **state):
        before = self.initial()
        self._state = self.settle({**before, **self._checked(state)}, before)
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
        self._state = self.settle({**self._state, **self._checked(state)}, self._state)
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

    # The picture ----------------------------------------------------------------------

    def draw(self, state):
        """A state as a `Board`."""
        return Board(100)

    def describe_state(self, state):
        """A state in words, with the numbers."""
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
        live widget.
        """
        board = self.board()
        png, size = shrunk_png(board.png()), (board.width, board.height)
        return {
            **picture_bundle(png, self.describe(), size),
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.widget.model_id,
            },
        }
