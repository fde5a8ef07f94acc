"""The look of the course: one style, one palette, one way to show a figure.

Every plot function returns a `Figure` that carries its own alt text.  When a notebook
shows it, the output holds two things: HTML with the picture, its words in `alt=`, and
the same words as plain text.  JupyterLab and nbconvert pass no alt text on to the page
for a picture that stands in an output by itself (`image/png`).  So a screen reader, a
terminal and a notebook comparison all get the words; everyone else gets the picture.
"""

import base64
import html
import io

import matplotlib
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as MatplotlibFigure
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

    def __repr__(self):
        return self.alt

    def draw(self, renderer):
        for words in self.findobj(Text):
            words.set_color(ink(words.get_color()))
        super().draw(renderer)

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
    colours : from 1 to 256.
    """
    from PIL import Image

    smaller = io.BytesIO()
    Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGB").quantize(
        colours, method=Image.Quantize.MEDIANCUT
    ).save(smaller, format="PNG", optimize=True)
    return min(png, smaller.getvalue(), key=len)


def _png(figure, colours=256):
    png = _drawn(figure)
    return png if colours is None else shrunk_png(png, colours)


def _drawn(figure, dense=1):
    """PNG bytes, with `dense` pixels for each one on the page."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format="png",
        bbox_inches="tight",
        pad_inches=0.08,
        dpi=dense * figure.dpi,
    )
    return buffer.getvalue()


def _for_the_page(figure):
    """A figure as WebP bytes, and its size on the page.

    It is drawn twice as dense where that stays small.  A photograph keeps its colours
    and loses what nobody sees; anything else keeps its sharp edges, in 256 colours.
    """
    from PIL import Image

    size = None
    for dense in (1, 2):
        png = io.BytesIO(_drawn(figure, dense))
        picture = Image.open(png, formats=("PNG",)).convert("RGB")
        if size is None:
            size = picture.size
            is_photograph = picture.getcolors(PHOTOGRAPH) is None
        if is_photograph:
            how = {"quality": 90}
        else:
            how = {"lossless": True}
            picture = picture.quantize(256, method=Image.Quantize.MEDIANCUT)
        buffer = io.BytesIO()
        picture.convert("RGB").save(buffer, format="WEBP", method=4, **how)
        if dense == 1 or len(buffer.getvalue()) <= DENSE_BYTES:
            best = buffer.getvalue()
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
