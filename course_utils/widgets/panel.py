"""The controls of an explorer and its live picture, made of ipywidgets 7.7 or 8 and
nothing else.

A change is drawn at once.  When changes come faster than pictures can be drawn, only
the newest is: the ones that wait already are taken in first.  Whatever goes wrong while
drawing becomes a message in the place of the picture, never a traceback.
"""

import asyncio
import time

from course_utils.widgets.controls import Table
from course_utils.widgets.front_end import (
    CONTROL_CLASS,
    PICTURE_CLASS,
    ROOT_CLASS,
    helper_html,
    message_html,
    picture_html,
)

# seconds: a change that comes sooner after a picture had been waiting for it to be
# finished
BACKLOG = 0.004
PAUSE = 0.002  # seconds of quiet before the newest of many changes is drawn
PATIENCE = 0.15  # seconds after which a picture is drawn even if changes keep coming

# Flex: the picture takes what is left.  In a narrow window it goes below, and the
# controls stand in two columns.
CONTROLS, PICTURE = "1 1 270px", "999 1 550px"
COLUMNS = "repeat(auto-fill, minmax(250px, 1fr))"


class Panel:
    """Controls beside (in a narrow window: above) the picture of one explorer.

    Attributes
    ----------
    root : the box to display.
    widgets : a dict from the state's names to their ipywidgets.
    pictures_drawn : how many pictures were sent so far.
    """

    def __init__(self, explorer):
        import ipywidgets

        self._ipywidgets = ipywidgets
        self._explorer = explorer
        # while controls follow the state, their changes are not the student's
        self._following = False
        self._changes, self._first_change, self._waiting, self._drawn_at = (
            0,
            0.0,
            False,
            0.0,
        )
        self.pictures_drawn = 0
        self.widgets = {}
        rows = []
        tables = [
            control.label
            for control in explorer.controls.values()
            if isinstance(control, Table)
        ]
        self._full_width = ipywidgets.Layout(width="auto")
        for name, control in explorer.controls.items():
            widget = (
                TableOfNumbers(control, ipywidgets)
                if isinstance(control, Table)
                else self._control(control)
            )
            widget.observe(
                lambda change, name=name: self._moved(name, change["new"]), "value"
            )
            self.widgets[name] = widget
            rows.append(widget.box if isinstance(control, Table) else widget)
        rows += (
            explorer.more_controls(ipywidgets)
            if hasattr(explorer, "more_controls")
            else []
        )
        self._picture = ipywidgets.HTML(
            layout=ipywidgets.Layout(flex=PICTURE, min_width="0", margin="0")
        )
        self._picture.add_class(PICTURE_CLASS)
        column = ipywidgets.GridBox(
            rows,
            layout=ipywidgets.Layout(
                flex=CONTROLS,
                min_width="0",
                grid_template_columns=COLUMNS,
                grid_gap="0 14px",
            ),
        )
        columns = ipywidgets.HBox(
            [column, self._picture],
            layout=ipywidgets.Layout(
                flex_flow="row wrap", align_items="flex-start", width="100%"
            ),
        )
        columns.add_class("course-explorer-columns")
        helper = ipywidgets.HTML(
            helper_html(explorer.title, *tables),
            layout=ipywidgets.Layout(height="0", margin="0"),
        )
        self.root = ipywidgets.VBox(
            [helper, columns], layout=ipywidgets.Layout(width="auto")
        )
        self.root.add_class(ROOT_CLASS)
        self.refresh()

    def _control(self, control):
        widget = control.widget(
            self._ipywidgets,
            description=control.label,
            style={"description_width": "8em"},
            layout=self._full_width,
        )
        widget.add_class(CONTROL_CLASS)
        return widget

    def _table_cells(self):
        tables = (
            widget
            for widget in self.widgets.values()
            if isinstance(widget, TableOfNumbers)
        )
        return [cell for table in tables for cell in table.shown]

    # From the student -----------------------------------------------------------------

    def _moved(self, name, value):
        """A control has a new value: take it into the state, and draw now or, if others
        wait already, soon.
        """
        if self._following:
            return
        explorer = self._explorer
        try:
            value = explorer.controls[name].check(value, name)
            explorer._state = explorer.settle(
                {**explorer._state, name: value}, explorer._state
            )
        except Exception as error:  # noqa: BLE001 - a student moved a control: no traceback, whatever happened
            self._say(error)
            return
        self._changes += 1
        if self._waiting:
            return
        loop = _running_loop()
        if loop is None or time.monotonic() - self._drawn_at > BACKLOG:
            self.refresh()
            return
        self._waiting, self._first_change = True, time.monotonic()
        loop.call_later(PAUSE, self._when_quiet, loop, self._changes)

    def _when_quiet(self, loop, changes):
        if (
            self._changes != changes
            and time.monotonic() - self._first_change < PATIENCE
        ):
            loop.call_later(PAUSE, self._when_quiet, loop, self._changes)
            return
        self._waiting = False
        self.refresh()

    # To the student -------------------------------------------------------------------

    def refresh(self):
        """Draw the explorer's present state, and move the controls to it."""
        explorer = self._explorer
        try:
            board = explorer.board()
            self._picture.value = picture_html(
                board.png(), explorer.describe(), board.width, board.height
            )
            self._follow(explorer.state, explorer.limits(explorer._state))
        except Exception as error:  # noqa: BLE001
            self._say(error)
        self.pictures_drawn += 1
        self._drawn_at = time.monotonic()

    def offer(self, name, choice):
        """Give a menu other options."""
        self._following = True
        try:
            self.widgets[name].options = list(choice.options)
        finally:
            self._following = False

    def _follow(self, state, limits):
        self._following = True
        try:
            for name, widget in self.widgets.items():
                low, high = limits.get(name, (None, None))
                if high is not None and (widget.min, widget.max) != (low, high):
                    widget.min, widget.max = min(low, widget.max), max(high, low)
                    widget.min = low
                if widget.value != state[name]:
                    widget.value = state[name]
        finally:
            self._following = False

    def _say(self, error):
        self._picture.value = message_html(
            f"This cannot be drawn ({type(error).__name__}: {error}). Move a control."
        )


class TableOfNumbers:
    """A square of number fields that looks like one widget:

    `.value`, `.observe`, `.box`.
    """

    def __init__(self, control, ipywidgets):
        self._ipywidgets, self._control = ipywidgets, control
        self._cells, self._listener, self._filling = {}, None, False
        self._cell_layout = ipywidgets.Layout(width="auto", min_width="0", margin="0")
        heading = ipywidgets.HTML(
            f'<div class="course-explorer-heading">{control.label}</div>'
        )
        self._grid = ipywidgets.GridBox(
            [], layout=ipywidgets.Layout(grid_gap="2px", width="auto")
        )
        self.box = ipywidgets.VBox([heading, self._grid])
        self._value = ()
        self.value = control.start

    def observe(self, listener, _):
        self._listener = listener

    @property
    def shown(self):
        """The fields that are on the page, row by row."""
        return self._grid.children

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, table):
        table = tuple(tuple(float(number) for number in row) for row in table)
        size = len(table)
        self._filling = True
        try:
            for row in range(size):
                for column in range(size):
                    cell = self._cell(row, column)
                    if cell.value != table[row][column]:
                        cell.value = table[row][column]
        finally:
            self._filling = False
        if size != len(self._value):
            self._grid.layout.grid_template_columns = (
                f"repeat({size}, minmax(0, 3.4em))"
            )
            self._grid.children = [
                self._cells[row, column]
                for row in range(size)
                for column in range(size)
            ]
        self._value = table

    def _cell(self, row, column):
        if (row, column) not in self._cells:
            limit = self._control.limit
            cell = self._ipywidgets.BoundedFloatText(
                0.0, min=-limit, max=limit, step=1.0, layout=self._cell_layout
            )
            cell.add_class("course-explorer-cell")
            cell.add_class(f"cell-at-{row + 1}-{column + 1}")
            cell.observe(lambda change: self._typed(), "value")
            self._cells[row, column] = cell
        return self._cells[row, column]

    def _typed(self):
        if self._filling:
            return
        size = len(self._value)
        self._value = tuple(
            tuple(self._cells[row, column].value for column in range(size))
            for row in range(size)
        )
        if self._listener:
            self._listener({"new": self._value})


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
