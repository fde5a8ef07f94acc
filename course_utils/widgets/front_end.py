"""The few lines of HTML, CSS and JavaScript that ipywidgets lacks: alt text, labels on
sliders, visible focus.

JupyterLab takes keys away from focused controls (arrow keys do nothing on a menu, and
`d d` on a slider deletes the cell) unless the focused element says
`data-lm-suppress-shortcuts`.  Slider handles have no accessible name.  An HTML widget
runs no <script>, but the `onload` of an image in it; where a page forbids even that,
the controls still work.
"""

import base64
import html
import json

ROOT_CLASS = "course-explorer"
CONTROL_CLASS = "course-explorer-control"
PICTURE_CLASS = "course-explorer-picture"

STYLE = """
.course-explorer { border: 1px solid #9ca3af; border-radius: 6px; padding: 10px 12px; box-sizing: border-box;
  overflow: hidden; container-type: inline-size; }
.course-explorer-columns { gap: 10px 16px; }
.course-explorer-control { margin: 1px 0; }
.course-explorer-control .widget-label { text-align: left; }
.course-explorer-control .widget-readout { min-width: 3em; overflow: visible; }
.course-explorer-heading { font-weight: 600; margin: 6px 0 0 2px; }
.course-explorer-picture, .course-explorer-picture .widget-html-content { overflow: hidden; height: auto; }
.course-explorer-picture img { display: block; width: 100%; height: auto; }
.course-explorer-message { padding: 12px; border-left: 4px solid #D55E00; background: #fff7ed; color: #1b1b1b;
  line-height: 1.4; }
.course-explorer-cell input { text-align: center; padding: 0 1px; }
.course-explorer.course-explorer :focus { outline: 3px solid #0072B2 !important; outline-offset: 2px;
  border-radius: 2px; }
.course-explorer.course-explorer select:focus, .course-explorer.course-explorer input:focus { outline-offset: -2px; }
.course-explorer.course-explorer :focus:not(:focus-visible) { outline-width: 1px !important; }
.course-explorer-script { position: absolute; width: 1px; height: 1px; overflow: hidden; }
"""

# Runs once for each view.  Names come from the label beside a control; a range slider
# has two handles.
SCRIPT = """
(function (mark, title, cells) {
  function start(tries) {
    var root = mark.closest('.course-explorer');
    if (!root) { if (tries) setTimeout(function () { start(tries - 1); }, 50); return; }
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', title);
    function name() {
      root.querySelectorAll('.course-explorer-control').forEach(function (control) {
        var label = control.querySelector('.widget-label, label');
        var words = label ? label.textContent.trim() : control.textContent.trim();
        var parts = control.querySelectorAll('[role=slider], .ui-slider-handle');
        parts.forEach(function (part, index) {
          if (!part.hasAttribute('role')) part.setAttribute('role', 'slider');
          part.setAttribute('aria-label', parts.length > 1 ? words + (index ? ', to' : ', from') : words);
        });
        control.querySelectorAll('select, input').forEach(function (part) {
          if (!part.labels || !part.labels.length) part.setAttribute('aria-label', words);
        });
        control.querySelectorAll('[contenteditable]').forEach(function (part) {
          part.setAttribute('role', 'textbox');
          part.setAttribute('aria-label', words + ', as a number');
        });
      });
      root.querySelectorAll('.course-explorer-cell').forEach(function (cell) {
        var place = Array.from(cell.classList).find(function (word) { return word.indexOf('cell-at-') === 0; });
        var input = cell.querySelector('input');
        if (place && input) {
          var at = place.split('-');
          input.setAttribute('aria-label', cells + ', row ' + at[2] + ', column ' + at[3]);
        }
      });
      var picture = root.querySelector('.course-explorer-picture');
      if (picture) picture.setAttribute('aria-live', 'polite');
    }
    root.addEventListener('focusin', function (event) {
      event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
      name();
    });
    root.setAttribute('data-lm-suppress-shortcuts', 'true');
    root.setAttribute('data-ready', 'true');
    name();
    setTimeout(name, 500);
  }
  start(100);
})(this, %s, %s)
"""
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def helper_html(title, cells=""):
    """The style sheet, and the script that names the controls of the explorer in which
    it stands.
    """
    call = html.escape(SCRIPT % (json.dumps(title), json.dumps(cells)), quote=True)
    mark = (
        f'<img class="course-explorer-script" alt="" aria-hidden="true" src="{DOT}" '
        f'onload="{call}">'
    )
    return f"<style>{STYLE}</style>{mark}"


def picture_html(png, alt, width, height):
    """A picture with its alt text; the size keeps the page from jumping while
    it loads.
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
