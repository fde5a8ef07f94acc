"""A sheet of paper for the explorers: shapes, words and small images, drawn in a few
milliseconds.

An explorer draws its picture anew for every key press.  A Matplotlib figure takes ten
times as long as that allows, so the explorers draw with Pillow, in the course's colours
and typeface.  Lengths are CSS pixels; the picture holds `SCALE` times as many, so that
it is sharp on dense screens.  While pictures follow each other they are `drafts`, with
as many pixels as CSS has, which a browser shows in half the time.
"""

import contextlib
import contextvars
import functools
import math
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from course_utils.plots.figure import BLACK, GREY, ORANGE, PALE, ink, words_on

SCALE = 2
_scale = contextvars.ContextVar("scale", default=SCALE)
# what fits beside the controls on a laptop, and can still be read when it is shrunk to
# a narrow window
WIDTH = 720


@contextlib.contextmanager
def drafts():
    """What is drawn in this context has one pixel for each CSS pixel."""
    token = _scale.set(1)
    try:
        yield
    finally:
        _scale.reset(token)


class Board:
    """A white picture, `width` by `height` CSS pixels, to draw on.

    Positions are (x, y) from the upper left corner.  Colours are names or "#rrggbb";
    "#rrggbbaa" lets what lies beneath shine through.
    """

    def __init__(self, height, width=WIDTH):
        self.width, self.height = width, height
        self.scale = _scale.get()
        size = round(width * self.scale), round(height * self.scale)
        self._picture = Image.new("RGB", size, "white")
        self._draw = ImageDraw.Draw(self._picture, "RGBA")

    def text(self, x, y, words, size=13, bold=False, colour=BLACK, anchor="ls"):
        """Words at a point; `anchor` as in Pillow: l/m/r across, t/m/s (top, middle,
        baseline) down.
        """
        stencil, (left, top) = _stencil(words, size, bold, anchor, self.scale)
        corner = round(x * self.scale) + left, round(y * self.scale) + top
        self._picture.paste(_ink(colour), corner, stencil)

    def paragraph(self, x, y, pieces, size=13):
        """One line of pieces in different colours or weights; returns where it ends.

        Parameters
        ----------
        pieces : strings, or (string, {"bold": True, "colour": ...}).
        """
        for piece in pieces:
            words, style = piece if isinstance(piece, tuple) else (piece, {})
            self.text(x, y, words, size=size, **style)
            x += text_width(words, size, style.get("bold", False))
        return x

    def rectangle(self, x, y, width, height, fill=None, outline=None, line=1):
        """A rectangle by its upper left corner; the outline is drawn on the edge, half
        of it on either side.
        """
        left, top, right, bottom = self._scaled((x, y, x + width, y + height))
        if fill is not None and width > 0 and height > 0:
            self._draw.rectangle(
                (left, top, max(right - 1, left), max(bottom - 1, top)), fill=fill
            )
        if outline is not None:
            thick = max(round(line * self.scale), 1)
            half = thick // 2
            box = (
                left - half,
                top - half,
                right + thick - half - 1,
                bottom + thick - half - 1,
            )
            self._draw.rectangle(box, outline=outline, width=thick)

    def outline(self, x, y, width, height, colour=ORANGE, line=2.5):
        """A rectangle that is to be seen on any picture: a coloured line with a thin
        white one on both sides.
        """
        self.rectangle(x, y, width, height, outline="white", line=line + 2)
        self.rectangle(x, y, width, height, outline=colour, line=line)

    def circle(self, x, y, radius, fill=None, outline=None, line=1.5):
        box = self._scaled((x - radius, y - radius, x + radius, y + radius))
        self._draw.ellipse(
            box, fill=fill, outline=outline, width=max(round(line * self.scale), 1)
        )

    def line(self, points, colour=GREY, line=1.5):
        """A line through (x, y) points."""
        flat = self._scaled([number for point in points for number in point])
        self._draw.line(
            flat, fill=colour, width=max(round(line * self.scale), 1), joint="curve"
        )

    def polygon(self, points, fill):
        self._draw.polygon(
            self._scaled([number for point in points for number in point]), fill=fill
        )

    def image(self, pixels, x, y, width, height, smooth=False):
        """An image in a box:

        (rows, columns) or (rows, columns, 3), uint8 0-255 or floats 0-1.
        """
        pixels = np.asarray(pixels)
        if pixels.dtype != np.uint8:
            pixels = (np.clip(np.nan_to_num(pixels), 0, 1) * 255 + 0.5).astype(np.uint8)
        left, top, right, bottom = (
            round(number) for number in self._scaled((x, y, x + width, y + height))
        )
        size = (max(right - left, 1), max(bottom - top, 1))
        how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
        self._picture.paste(
            Image.fromarray(pixels).convert("RGB").resize(size, how), (left, top)
        )

    def paste(self, board, x, y):
        """Another board of the same scale, drawn before."""
        self._picture.paste(
            board._picture, (round(x * self.scale), round(y * self.scale))
        )

    def grid(self, cells, x, y, size, colours, words=None, font=None):
        """A table of coloured squares, `size` wide in all, with a number in each where
        `words` has one.
        """
        rows, columns = np.shape(cells)
        side = size / max(rows, columns)
        if font is None:
            longest = (
                max((len(word) for row in words for word in row), default=1)
                if words
                else 1
            )
            font = min(13, 0.9 * side / (0.62 * max(longest, 2)))
        for row in range(rows):
            for column in range(columns):
                colour = colours(cells[row][column])
                self.rectangle(
                    x + column * side, y + row * side, side, side, fill=colour
                )
                if words:
                    middle = (x + (column + 0.5) * side, y + (row + 0.5) * side)
                    self.text(
                        *middle,
                        words[row][column],
                        size=font,
                        colour=words_on(colour),
                        anchor="mm",
                    )
        for index in range(rows + 1):
            self.line(
                [(x, y + index * side), (x + columns * side, y + index * side)],
                PALE,
                0.5,
            )
        for index in range(columns + 1):
            self.line(
                [(x + index * side, y), (x + index * side, y + rows * side)], PALE, 0.5
            )

    def _scaled(self, numbers):
        return [number * self.scale for number in numbers]

    def pixels(self):
        """The picture as (height, width, 3) uint8, as many pixels as it has."""
        return np.asarray(self._picture)

    def png(self):
        """The picture as PNG bytes."""
        return encode_png(self.pixels())


def encode_png(pixels, level=1):
    """PNG bytes of a (height, width, 3) uint8 array, in a third of the time that
    Pillow's encoder takes.

    Each row is stored as its difference from the row above (PNG's filter 2): enlarged
    pixels and plain surfaces become zeros, which compress at once.  Pillow tries five
    filters a row.
    """
    height, width, _ = pixels.shape
    rows = pixels.reshape(height, -1)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = 2
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # eight bits, RGB
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + kind
        + body
        + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(filtered, level)),
            (b"IEND", b""),
        )
    )


def text_width(words, size=13, bold=False):
    """How wide a line of text is, in CSS pixels."""
    return _font(size, bold, SCALE).getlength(words) / SCALE


def colours_of(values, colormap, low, high):
    """(rows, columns) numbers as (rows, columns, 3) uint8 colours of a Matplotlib
    colour map.
    """
    span = high - low
    shares = (
        (np.asarray(values, dtype=float) - low) / span
        if span > 0
        else np.full(np.shape(values), 0.5)
    )
    return _table(colormap)[
        (np.clip(np.nan_to_num(shares), 0, 1) * 255 + 0.5).astype(np.uint8)
    ]


def hex_colour(value, colormap, low, high):
    """One number as a "#rrggbb" of a Matplotlib colour map."""
    span = high - low
    share = (value - low) / span if span > 0 else 0.5
    if not math.isfinite(share):  # as np.nan_to_num has it
        share = 0.0 if math.isnan(share) else math.copysign(1, share)
    return _names(colormap)[int(min(max(share, 0.0), 1.0) * 255 + 0.5)]


@functools.cache
def _table(colormap):
    import matplotlib

    return (matplotlib.colormaps[colormap](np.arange(256))[:, :3] * 255 + 0.5).astype(
        np.uint8
    )


@functools.cache
def _names(colormap):
    return ["#{:02x}{:02x}{:02x}".format(*colour) for colour in _table(colormap)]


@functools.lru_cache(maxsize=2048)
def _stencil(words, size, bold, anchor, scale):
    """Written words as a mask, and where its upper left corner lies, seen from the
    point at which they are written.  Most words stay from picture to picture.
    """
    font = _font(size, bold, scale)
    left, top, right, bottom = font.getbbox(words, anchor=anchor)
    left, top = math.floor(left), math.floor(top)
    size = max(math.ceil(right) - left, 1), max(math.ceil(bottom) - top, 1)
    stencil = Image.new("L", size)
    ImageDraw.Draw(stencil).text(
        (-left, -top), words, fill=255, font=font, anchor=anchor
    )
    return stencil, (left, top)


@functools.lru_cache(maxsize=256)
def _ink(colour):
    return ImageColor.getrgb(ink(colour))[:3]


@functools.lru_cache(maxsize=128)
def _font(size, bold, scale):
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(
        str(path), max(round(size * scale), 4), layout_engine=ImageFont.Layout.BASIC
    )
