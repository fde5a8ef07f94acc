"""The controls of an explorer and its live picture, made of ipywidgets 7.7 or 8, and of
anywidget for the pointer where it is installed.

A change is drawn at once.  When changes come faster than pictures can be drawn, only
the newest is: the ones that wait already are taken in first.  Whatever goes wrong while
drawing becomes a message in the place of the picture, never a traceback.
"""

import asyncio
import contextlib
import functools
import time

from course_utils.widgets.board import drafts
from course_utils.widgets.compound import TableOfNumbers
from course_utils.widgets.controls import Pick, Table
from course_utils.widgets.front_end import (
    CONTROL_CLASS,
    PICTURE_CLASS,
    ROOT_CLASS,
    helper_html,
    message_html,
    picture_html,
)
from course_utils.widgets.touch import Touch, as_lists, touch_layer

# seconds: a change that comes sooner after a picture had been waiting for it to be
# finished
BACKLOG = 0.004
PAUSE = 0.002  # seconds of quiet before the newest of many changes is drawn
PATIENCE = 0.15  # seconds after which a picture is drawn even if changes keep coming
BEAT = 0.12  # seconds from picture to picture while it plays
# seconds: a picture that comes sooner after the last one is a draft, and so long
# afterwards the sharp one follows
QUIET = 0.3

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
        self._changes, self._first_change, self._waiting = 0, 0.0, False
        self._drawn_at, self._sharpening = 0.0, None
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
            widget = self._control(control)
            widget.observe(
                lambda change, name=name: self._moved(name, change["new"]), "value"
            )
            self.widgets[name] = widget
            rows.append(getattr(widget, "box", widget))
        if hasattr(explorer, "more_controls"):
            rows += explorer.more_controls(ipywidgets)
        rows.append(self._buttons())
        self._picture = ipywidgets.HTML(layout=ipywidgets.Layout(margin="0"))
        self._picture.add_class(PICTURE_CLASS)
        self._below = ipywidgets.HTML(layout=ipywidgets.Layout(margin="0"))
        picture = ipywidgets.VBox(
            [self._picture, self._below] if explorer.has_below else [self._picture],
            layout=ipywidgets.Layout(flex=PICTURE, min_width="0", margin="0"),
        )
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
            [column, picture],
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
            [helper, columns, *self._touch_layer()],
            layout=ipywidgets.Layout(width="auto"),
        )
        self.root.add_class(ROOT_CLASS)
        self.refresh()

    def _touch_layer(self):
        """What feels the pointer, in a box that takes no room; nothing without it."""
        self._pressed = None  # (place, start, state) while the pointer is down
        self._hovered = {}  # the values that it would give where it rests
        places = self._explorer.places(self._explorer.state)
        self.touch = touch_layer(places, self._felt) if places else None
        if self.touch is None:
            return []
        layout = self._ipywidgets.Layout(height="0", margin="0", overflow="hidden")
        return [self._ipywidgets.Box([self.touch], layout=layout)]

    def _buttons(self):
        """Play, for an explorer that can, and Reset."""
        make, layout = self._ipywidgets.Button, self._full_width
        reset = make(description="Reset", icon="undo", layout=layout)
        reset.on_click(lambda _: self._reset())
        self.reset_button, self.play_button, self._playing = reset, None, False
        buttons = [reset]
        if self._explorer.plays:
            self.play_button = make(description="Play", icon="play", layout=layout)
            self.play_button.on_click(lambda _: self._play())
            buttons.insert(0, self.play_button)
        return self._ipywidgets.GridBox(
            buttons,
            layout=self._ipywidgets.Layout(
                grid_template_columns=f"repeat({len(buttons)}, minmax(0, 9em))",
                grid_gap="4px",
                margin="6px 0 0",
            ),
        )

    def _control(self, control):
        widget = control.widget(
            self._ipywidgets,
            description=control.label,
            style={"description_width": "8em"},
            layout=self._full_width,
        )
        if not isinstance(control, Table):
            getattr(widget, "box", widget).add_class(CONTROL_CLASS)
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

    def _felt(self, message):
        """A message of the pointer: draw its picture, and ask for the next one."""
        try:
            self._take(message)
        except Exception as error:  # noqa: BLE001 - as in _moved
            self._say(error)
        finally:
            self.touch.answer(message.get("serial"))

    def _take(self, message):
        explorer, phase = self._explorer, message["phase"]
        place = next(
            (
                place
                for place in explorer.places(explorer._state)
                if place.name == message.get("place")
            ),
            None,
        )
        at = tuple(message.get("at", ()))
        if phase == "release":
            self._pressed = None
        elif phase == "press" and place:
            self._pressed, self._hovered = (place, at, explorer.state), {}
            explorer._touch(Touch(place, at, at, explorer.state))
            self.refresh()
        elif phase == "drag" and self._pressed:
            place, start, before = self._pressed
            state = explorer._state
            explorer._touch(Touch(place, at, start, before))
            if explorer._state != state:
                self.refresh(dragged=True)
        elif phase in ("hover", "leave"):
            hovered = {}
            if phase == "hover" and place:
                touch = Touch(place, at, at, explorer.state, pressed=False)
                hovered = explorer.touched(explorer.state, touch)
            if hovered != self._hovered:
                self._hovered = hovered
                self.refresh(dragged=True)

    def _reset(self):
        self._stop()
        self._hovered = {}
        self._explorer.reset()

    def _play(self):
        """Start to play, or stop."""
        if self._playing:
            self._stop()
            return
        loop = _running_loop()
        if loop is None:  # no notebook: one step
            self._step_on()
            return
        self._playing, self._hovered = True, {}
        self.play_button.description, self.play_button.icon = "Stop", "stop"
        if self._explorer.step(self._explorer.state) is None:  # it stands at its end
            self._explorer._state = dict(self._explorer._begun)
        self._beat(loop)

    def _beat(self, loop):
        if self._playing and self._step_on():
            loop.call_later(BEAT, self._beat, loop)
        else:
            self._stop()

    def _step_on(self):
        """Draw the next picture; whether there was one."""
        explorer = self._explorer
        try:
            values = explorer.step(explorer.state)
            if values is None:
                return False
            explorer._state = explorer._after(values)
        except Exception as error:  # noqa: BLE001
            self._say(error)
            return False
        self.refresh()
        return True

    def _stop(self):
        self._playing = False
        if self.play_button:
            self.play_button.description, self.play_button.icon = "Play", "play"

    # To the student -------------------------------------------------------------------

    def refresh(self, dragged=False):
        """Draw the explorer's present state, or the one under the pointer that rests
        on it, and move the controls to it; while something is dragged, a little later.
        """
        loop, since = _running_loop(), time.monotonic() - self._drawn_at
        quick = loop is not None and since < QUIET
        with drafts() if quick else contextlib.nullcontext():
            self._draw(draft=quick, follow=not (quick and dragged))
        if self._sharpening:
            self._sharpening.cancel()
        self._sharpening = loop.call_later(QUIET, self._draw) if quick else None
        self.pictures_drawn += 1
        self._drawn_at = time.monotonic()

    def _draw(self, draft=False, follow=True):
        explorer = self._explorer
        try:
            state = explorer._state
            if self._hovered:
                state = explorer._after(self._hovered)
                board = explorer.draw(state)
                say = functools.partial(explorer.describe_state, state)
            else:
                board, say = explorer.board(), explorer.describe
            self._picture.value = picture_html(
                board.png(), "" if draft else say(), board.width, board.height
            )
            self._below.value = explorer.below(state)
            # a slider that followed the pointer would tell so, as if it had been moved
            if self._hovered or not follow:
                return
            self._follow(state, explorer.limits(state))
            if self.touch:
                self.touch.places = as_lists(explorer.places(explorer._state))
        except Exception as error:  # noqa: BLE001
            self._say(error)

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
                if name in limits:
                    self._limit(widget, self._explorer.controls[name], *limits[name])
                if widget.value != state[name]:
                    widget.value = state[name]
        finally:
            self._following = False

    @staticmethod
    def _limit(widget, control, low, high):
        """Give a slider another range."""
        if isinstance(control, Pick):
            options = control.options(low, high)
            if widget.options != options:
                value = min(max(widget.value, low), high)
                with widget.hold_sync():
                    widget.options, widget.value = options, value
        elif (widget.min, widget.max) != (low, high):
            widget.min, widget.max = min(low, widget.max), max(high, low)
            widget.min = low

    def _say(self, error):
        self._picture.value = message_html(
            f"This cannot be drawn ({type(error).__name__}: {error}). Move a control."
        )


def _running_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
