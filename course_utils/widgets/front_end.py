"""The few lines of HTML, CSS and JavaScript that ipywidgets lacks: alt text, labels on
sliders, visible focus.

JupyterLab takes keys away from focused controls (arrow keys do nothing on a menu, and
`d d` on a slider deletes the cell) unless the focused element says
`data-lm-suppress-shortcuts`.  Slider handles have no accessible name.  An HTML widget
runs no <script>, but the `onload` of an image in it; where a page forbids even that,
the controls still work.  The style sheet and the script stand beside this file.
"""

import base64
import functools
import html
import importlib.resources
import json

ROOT_CLASS = "course-explorer"
CONTROL_CLASS = "course-explorer-control"
PICTURE_CLASS = "course-explorer-picture"

DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def helper_html(title, cells=""):
    """The style sheet, and the script that names the controls of the explorer in which
    it stands.
    """
    script = f"{text('front_end.js').strip()}(this, {json.dumps(title)}, "
    call = html.escape(f"{script}{json.dumps(cells)})", quote=True)
    mark = (
        f'<img class="course-explorer-script" alt="" aria-hidden="true" src="{DOT}" '
        f'onload="{call}">'
    )
    return f"<style>{text('front_end.css')}</style>{mark}"


@functools.cache
def text(name):
    """A file beside this one, such as the style sheet."""
    return importlib.resources.files(__package__).joinpath(name).read_text("utf-8")


def picture_html(png, alt, width, height):
    """A picture with its alt text; the size keeps the page from jumping while
    it loads.

    A draft comes without words: the picture that follows it says them, once, so that
    a screen reader is not flooded while a key is held down.
    """
    source = base64.b64encode(png).decode("ascii")
    words = html.escape(alt, quote=True)
    size = f'width="{width}" height="{height}" style="max-width: {width}px"'
    return f'<img src="data:image/png;base64,{source}" alt="{words}" {size}>'


def message_html(words):
    """A message in the place of the picture."""
    return (
        f'<div class="course-explorer-message" role="alert">{html.escape(words)}</div>'
    )
