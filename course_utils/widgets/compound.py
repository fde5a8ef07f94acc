"""Controls made of several widgets, each of which behaves as one: `.value`,
`.observe(listener, "value")`, `.description`, and `.box` to be put on the page.
"""


class _Compound:
    """A value, and who listens to it."""

    _listener = None
    _filling = False  # while the parts follow the value, they are not a student's

    def observe(self, listener, _):
        self._listener = listener

    def _tell(self):
        if self._listener:
            self._listener({"new": self._value})


class TableOfNumbers(_Compound):
    """A square of number fields."""

    def __init__(self, control, ipywidgets):
        self._ipywidgets, self._control = ipywidgets, control
        self.description = control.label
        self._cells = {}
        self._cell_layout = ipywidgets.Layout(width="auto", min_width="0", margin="0")
        heading = ipywidgets.HTML(
            f'<div class="course-explorer-heading">{control.label}</div>'
        )
        self._grid = ipywidgets.GridBox(
            [], layout=ipywidgets.Layout(grid_gap="2px", width="auto")
        )
        # It is as high as several controls.  Where these stand in two columns it spans
        # so many rows of them, and the next ones stand beside it, not below a gap; more
        # rows than stand there share the rest among them, and show no gap either.
        # (grid_row would do, but the front end unsets it again with grid_area.)
        tall = ipywidgets.Layout(grid_area="span 20")
        self.box = ipywidgets.VBox([heading, self._grid], layout=tall)
        self._value = ()
        self.value = control.start

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
        self._tell()


class SpanOfNumbers(_Compound):
    """A slider with two handles, and both ends as numbers to be typed."""

    def __init__(self, control, ipywidgets, **looks):
        self.description = control.label
        self._slider = ipywidgets.FloatRangeSlider(
            value=control.start,
            min=control.low,
            max=control.high,
            step=control.step,
            readout=False,  # the fields are
            **looks,
        )
        narrow = ipywidgets.Layout(width="auto", min_width="0", margin="0")
        self._ends = [
            ipywidgets.BoundedFloatText(
                end, min=control.low, max=control.high, step=control.step, layout=narrow
            )
            for end in control.start
        ]
        for field in self._ends:
            field.add_class("course-explorer-end")
        fields = ipywidgets.GridBox(
            self._ends,
            layout=ipywidgets.Layout(
                grid_template_columns="1fr 1fr", grid_gap="4px", margin="0"
            ),
        )
        self.box = ipywidgets.VBox([self._slider, fields])
        self._value = tuple(control.start)
        self._slider.observe(lambda change: self._moved(change["new"]), "value")
        for index, field in enumerate(self._ends):
            field.observe(lambda change, index=index: self._typed(index), "value")

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, span):
        self._value = tuple(span)
        self._filling = True
        try:
            if tuple(self._slider.value) != self._value:
                self._slider.value = self._value
            for field, end in zip(self._ends, self._value, strict=True):
                if field.value != end:
                    field.value = end
        finally:
            self._filling = False

    def _moved(self, span):
        if not self._filling:
            self.value = span
            self._tell()

    def _typed(self, index):
        """An end that was typed beyond the other one takes that along."""
        if self._filling:
            return
        number, other = self._ends[index].value, self._ends[1 - index].value
        if index == 0:
            self.value = (number, max(number, other))
        else:
            self.value = (min(number, other), number)
        self._tell()


class CountingButton(_Compound):
    """A button that counts how often it was pressed, and begins anew at the end."""

    def __init__(self, control, ipywidgets, layout):
        self.description, self._control = control.label, control
        self._value = control.low
        self.box = ipywidgets.Button(
            description=control.label, icon="refresh", layout=layout
        )
        self.box.on_click(lambda _: self._pressed())

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, number):
        if number != self._value:
            self._value = number
            self._tell()

    def _pressed(self):
        low, high = self._control.low, self._control.high
        self.value = self.value + 1 if self.value < high else low
