"""The whole space of an explorer's controls, as hypothesis strategies."""

import io

from hypothesis import strategies as st
from PIL import Image

from course_utils.widgets.controls import Choice, Dial, Slider, Span, Switch, Table


def positions(control):
    """Every position that a control can be moved to."""
    if isinstance(control, Slider):
        return st.integers(control.low, control.high)
    if isinstance(control, Dial):
        return st.floats(control.low, control.high)
    if isinstance(control, Span):
        ends = st.floats(control.low, control.high)
        return st.tuples(ends, ends).map(lambda pair: tuple(sorted(pair)))
    if isinstance(control, Choice):
        return st.sampled_from(control.values)
    if isinstance(control, Switch):
        return st.booleans()
    assert isinstance(control, Table)
    number = st.floats(-control.limit, control.limit)
    square = lambda side: st.lists(
        st.lists(number, min_size=side, max_size=side), min_size=side, max_size=side
    )
    return (
        st.integers(1, control.largest)
        .flatmap(square)
        .map(lambda rows: tuple(map(tuple, rows)))
    )


def states(explorer):
    return st.fixed_dictionaries(
        {}, optional={name: positions(c) for name, c in explorer.controls.items()}
    )


def is_picture(png):
    with Image.open(io.BytesIO(png)) as image:
        return image.format == "PNG" and image.width >= 720
