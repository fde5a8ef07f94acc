"""The look of the course: one style, one palette, one way to show a figure.

Every plot function returns a `Figure` that carries its own alt text.  When a notebook
shows it, the output holds two things: HTML with the picture, its words in `alt=`, and
the same words as plain text.  JupyterLab and nbconvert pass no alt text on to the page
for a picture that stands in an output by itself (`image/png`).  So a screen reader, a
terminal and a notebook comparison all get the words; everyone else gets the picture.
"""

import base64
import contextlib
import html
import io
import operator
import weakref
from types import SimpleNamespace

import matplotlib
import numpy as np
from matplotlib.colors import to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

__all__ = [
    *(
        "BLACK",
        "BLUE",
        "CYCLE",
        "GREEN",
        "GREY",
        "INK",
        "ORANGE",
        "PALE",
        "PALETTE",
        "PURPLE",
        "RED",
    ),
    *("SKY", "STYLE", "YELLOW", "Figure", "figure", "picture_bundle", "show"),
]

# Okabe and Ito (2008): eight colours that colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, YELLOW, BLACK = "#CC79A7", "#56B4E9", "#F0E442", "#1b1b1b"
PALETTE = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, BLACK]
# for neighbours that must be told apart; lines and outlines, so no light colour
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, RED)
GREY, PALE = "#6b7280", "#e5e7eb"  # annotations, and what should stay in the background
# The same colours for words: dark enough to be read on white, 4.5 to 1 at least (WCAG
# 2.2, 1.4.3).  A `Figure` puts them in the place of the others by itself.
INK = {
    ORANGE: "#9c6c00",
    GREEN: "#008561",
    RED: "#c05500",
    PURPLE: "#a26085",
    SKY: "#3b7ba0",
    YELLOW: "#7d7722",
}
LEAST_CONTRAST = 4.5  # of words with their ground, to 1 (WCAG 2.2, 1.4.3)
DPI = 110
# A picture with more colours than this holds a photograph; one of twice as many pixels,
# for dense screens, may have so many bytes.
PHOTOGRAPH, DENSE_BYTES = 4096, 60_000
# never wider than the page's column; a card with round corners on a dark page
CARD = "max-width: 100%; height: auto; border-radius: 8px"

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": False,
    "axes.labelcolor": BLACK,
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.dpi": DPI,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": PALE,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "savefig.facecolor": "white",
    "xtick.color": GREY,
    "ytick.color": GREY,
}


matplotlib.rcParams.update(STYLE)  # a student's own plots share the look


class Figure(MatplotlibFigure):
    """A Matplotlib figure with alt text, made by `figure()`.

    Its `repr` is the alt text, so a plain-text viewer reads what the picture shows.
    """

    alt = ""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # for each of its texts (the colour that was asked for, the one it was given)
        self._inks = weakref.WeakKeyDictionary()
        self.settled = False  # the words have their colours

    def __repr__(self):
        return self.alt

    def draw(self, renderer):
        inside = {words: axis for axis in self.axes for words in axis.texts}
        for words in self.findobj(Text) if not self.settled else ():
            ground = "white"
            if words in inside and words.get_visible():
                ground = ground_of(words, inside[words], renderer)
            self._write(words, ground)
        super().draw(renderer)

    def _write(self, words, ground):
        """Give words a colour that can be read on their ground: the one they have, its
        dark twin, or else black or white.
        """
        now = words.get_color()
        asked, given = self._inks.get(words, (now, now))
        if to_rgba(now) != to_rgba(given):  # it has been changed since
            asked = now
        colour = ink(asked) if ground == "white" else asked
        if ground is not None and contrast(colour, ground) < LEAST_CONTRAST:
            colour = words_on(ground)
        words.set_color(colour)
        if words.get_alpha() is not None and ground is not None:
            seen = to_rgba(colour, words.get_alpha())
            if contrast(_on(ground, seen), ground) < LEAST_CONTRAST:
                words.set_alpha(1)
        self._inks[words] = asked, colour

    def png(self, colours=256):
        """The picture as PNG bytes, with at most `colours` colours (None keeps them
        all).
        """
        return _png(self, colours)

    def _ipython_display_(self):
        _display(self, self.alt)


def ink(colour):
    """The twin for words of one of the course's colours; any other colour as it is."""
    return _INK.get(to_hex(colour), colour)


def words_on(ground):
    """The colour of words on a coloured ground: the course's black, white, or, where
    neither can be read, pure black.  One of them has a contrast of 4.5 to 1.
    """
    for colour in (BLACK, "white"):
        if contrast(colour, ground) >= LEAST_CONTRAST:
            return colour
    return "black"


def ground_of(words, axis, renderer):
    """The colour on which words stand inside an axis: that of the box behind them, or
    of the bar, the patch or the cell of an image under them, else white; None for words
    with a halo and on a photograph, where there is no one colour.
    """
    if words.get_path_effects():
        return None
    behind = words.get_bbox_patch()
    if behind is not None and to_rgba(behind.get_facecolor())[3] > 0.5:
        return _on("white", behind.get_facecolor())
    box = words.get_window_extent(renderer)
    # an arrow is a line, but "contains" all that lies beside it
    patches = (it for it in axis.patches if not isinstance(it, FancyArrowPatch))
    beneath = [
        it
        for it in (*axis.images, *patches)
        if it.get_visible() and it.get_zorder() <= words.get_zorder()
    ]
    for artist in sorted(beneath, key=lambda it: it.get_zorder(), reverse=True):
        if artist in axis.images:
            colours = [_of_image(artist, point) for point in _points(box)]
            if colours[0] is not None:
                alike = [one for one in colours if one is not None]
                is_plain = np.ptp(alike, axis=0).max() < 0.1
                return _on("white", colours[0]) if is_plain else None
        elif artist.get_fill() and artist.contains_point(_points(box)[0]):
            if to_rgba(artist.get_facecolor())[3] > 0.1:
                return _on("white", artist.get_facecolor())
    return "white"


def _points(box):
    """The middle of a box on the screen, and four points half-way to its corners."""
    x, y, width, height = box.bounds
    shares = (0.5, 0.5), (0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)
    return [(x + across * width, y + down * height) for across, down in shares]


def _of_image(image, point):
    """The colour of an image at a point of the screen; None beside it."""
    value = image.get_cursor_data(SimpleNamespace(x=point[0], y=point[1]))
    if value is None:
        return None
    if np.ndim(value) == 0:
        return image.cmap(image.norm(value))
    shares = np.asarray(value) / (255 if np.asarray(value).dtype == np.uint8 else 1)
    return to_rgba(tuple(np.clip(shares, 0, 1)))


def _on(ground, colour):
    """A colour through which the ground shines, as it is then seen."""
    *parts, cover = to_rgba(colour)
    return tuple(
        cover * part + (1 - cover) * under
        for part, under in zip(parts, to_rgb(ground), strict=True)
    )


def contrast(one, other):
    """Between two colours, from 1 (none) to 21 (WCAG 2.2, 1.4.3)."""
    light = sorted((_luminance(one), _luminance(other)))
    return (light[1] + 0.05) / (light[0] + 0.05)


def _luminance(colour):
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    return sum(map(operator.mul, parts, (0.2126, 0.7152, 0.0722)))


_INK = {to_hex(colour): to_hex(dark) for colour, dark in INK.items()}


def figure(rows=1, columns=1, size=None, alt="", frames=True, **subplot_options):
    """A new `Figure` in the course's style, and its axes.

    Parameters
    ----------
    rows, columns : the grid of axes.
    size : width and height in inches; left out, 3.2 by 2.6 per panel.
    alt : the alt text: what is to be seen, in words, with the numbers.
    frames : False hides the axes' lines, ticks and names, as pictures want it.
    subplot_options : passed to `Figure.subplots` (`sharex`, `width_ratios`, `squeeze`,
        ...).

    Returns
    -------
    (Figure, axes) as Matplotlib's `plt.subplots` does, but outside pyplot's global
    state.
    """
    drawing = Figure(
        figsize=size or (3.2 * columns, 2.6 * rows), dpi=DPI, layout="constrained"
    )
    drawing.alt = alt
    axes = drawing.subplots(rows, columns, **subplot_options)
    if not frames:
        for axis in drawing.axes:
            axis.set_axis_off()
    return drawing, axes


def set_heading(drawing, heading):
    """Write one line above all panels of a figure, at its left; nothing for None."""
    if heading:
        drawing.suptitle(heading, x=0.01, ha="left", fontweight="bold", fontsize=11)


def show(figure, alt=None):
    """Show a figure in a notebook, with `alt` as its alt text (or the one it already
    has).

    Takes the course's figures and any other Matplotlib figure.

    Raises
    ------
    ValueError : there is no alt text.
    """
    if not isinstance(figure, Figure):
        from matplotlib import pyplot as plt

        plt.close(figure)  # or Jupyter would show it once more, without the words
    if alt is not None:
        figure.alt = alt
    _display(figure, getattr(figure, "alt", ""))


def shrunk_png(png, colours=256):
    """The same picture as smaller PNG bytes, with at most `colours` colours; the bytes
    that came, where that saves nothing.

    Parameters
    ----------
    png : PNG bytes.  Transparency is lost where the picture is shrunk.
    colours : from 1 to 256.  A rare one counts as much as the others: the names of
        classes have small squares in their colours.
    """
    from PIL import Image

    smaller = io.BytesIO()
    Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB").quantize(
        colours, method=Image.Quantize.MAXCOVERAGE
    ).save(smaller, format="PNG", optimize=True)
    return min(png, smaller.getvalue(), key=len)


def _png(figure, colours=256):
    with _settled(figure) as seen:
        png = _drawn(figure, seen)
    return png if colours is None else shrunk_png(png, colours)


@contextlib.contextmanager
def _settled(figure):
    """Lay a figure out and colour its words once, however often it is then drawn; what
    comes is the part of it that is to be seen, in inches.
    """
    figure.draw_without_rendering()
    seen, layout = figure.get_tightbbox().padded(0.08), figure.get_layout_engine()
    figure.set_layout_engine(None)
    figure.settled = True
    try:
        yield seen
    finally:
        figure.set_layout_engine(layout)
        figure.settled = False


def _drawn(figure, seen, dense=1, **of_pillow):
    """PNG bytes of what is `seen`, with `dense` pixels for each one on the page;
    anything else is what Pillow takes when it writes them.
    """
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        bbox_inches=seen,
        dpi=dense * figure.dpi,
        pil_kwargs=of_pillow,
    )
    return buffer.getvalue()


def _for_the_page(figure):
    """A figure as WebP bytes, and its size on the page.

    It is drawn twice as dense where that stays small.  A photograph keeps its colours
    and loses what nobody sees; anything else keeps its sharp edges, in 256 colours.
    """
    from PIL import Image

    size = None
    with _settled(figure) as seen:
        for dense in (1, 2):
            # read again at once, so little time is spent on making it small
            png = io.BytesIO(_drawn(figure, seen, dense, compress_level=1))
            picture = Image.open(png, formats=("PNG",)).convert("RGB")
            if size is None:
                size = picture.size
                is_photograph = picture.getcolors(PHOTOGRAPH) is None
            if is_photograph:
                how = {"quality": 90}
            else:
                how = {"lossless": True}
                picture = picture.quantize(256, method=Image.Quantize.MAXCOVERAGE)
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, format="WEBP", method=4, **how)
            is_small = len(buffer.getvalue()) <= DENSE_BYTES
            if dense == 1 or is_small:
                best = buffer.getvalue()
            if not is_small:
                break  # twice as dense it would have even more bytes
    return best, size


def picture_bundle(picture, alt, size=None):
    """A picture and its words, as the output of a notebook's cell holds them.

    Parameters
    ----------
    picture : PNG or WebP bytes.
    alt : the alt text.
    size : width and height on the page; left out, as many pixels as the picture has.

    Returns
    -------
    A dict with "text/html", which holds the only copy of the picture, and "text/plain",
    for `IPython.display.display(bundle, raw=True)`.
    """
    width, height = size or _pixels(picture)
    kind = "png" if picture.startswith(b"\x89PNG") else "webp"
    words = html.escape(alt, quote=True).replace("\n", "&#10;")
    source = base64.b64encode(picture).decode("ascii")
    # tests/nbval.cfg forgives all that follows the words
    return {
        "text/html": f'<img alt="{words}" width="{width}" height="{height}" '
        f'style="{CARD}" src="data:image/{kind};base64,{source}">',
        "text/plain": alt,
    }


def _pixels(picture):
    from PIL import Image

    return Image.open(io.BytesIO(picture), formats=("PNG", "WEBP")).size


def _display(figure, alt):
    from IPython.display import display

    if not alt.strip():
        raise ValueError(
            "this figure has no alt text: say in words, with the numbers, what is to "
            "be seen in it"
        )
    picture, size = _for_the_page(figure)
    display(picture_bundle(picture, alt, size), raw=True)
