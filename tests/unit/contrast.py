"""How well words can be read on what lies beneath them, measured on the pixels of a
figure or of an explorer's picture (WCAG 2.2, 1.4.3).
"""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.text import Text

LEAST = 4.5  # to 1
# Of what lies beneath, so much may be a thin line that crosses the words.
LINES = 0.25


def luminance(colours):
    """Relative luminance of RGB colours, shares from 0 to 1 in the last axis."""
    part = np.asarray(colours, float)
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other="white"):
    """Between two colours (names, or arrays of RGB shares): 1 (none) to 21."""
    light = [
        luminance(to_rgb(colour) if isinstance(colour, str | tuple) else colour)
        for colour in (one, other)
    ]
    return (np.maximum(*light) + 0.05) / (np.minimum(*light) + 0.05)


def on_pixels(colour, pixels):
    """The contrast of words with the pixels beneath, thin lines left out."""
    found = contrast(tuple(to_rgb(colour)), pixels.reshape(-1, 3))
    return float(np.quantile(found, LINES))


def of_figure(figure):
    """Every text of a figure, with its contrast: a list of (words, contrast)."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # lays it out
    texts, draw = [], Text.draw

    def noted(words, renderer):
        if words.get_visible() and words.get_text().strip():
            texts.append(words)

    Text.draw = noted  # and not drawn: what is left lies beneath them
    try:
        canvas.draw()
    finally:
        Text.draw = draw
    boxes = [words.get_window_extent(canvas.get_renderer()) for words in texts]
    looks = [(words.get_color(), words.get_alpha()) for words in texts]
    pixels = np.asarray(canvas.buffer_rgba())[..., :3] / 255
    found = []
    for words, box, (colour, alpha) in zip(texts, boxes, looks, strict=True):
        top, bottom = len(pixels) - box.y1, len(pixels) - box.y0
        rows = slice(max(round(top), 0), max(round(bottom), 0))
        columns = slice(max(round(box.x0), 0), max(round(box.x1), 0))
        ground = pixels[rows, columns].reshape(-1, 3)
        if not len(ground):
            continue
        behind = words.get_bbox_patch()
        if behind is not None:
            *face, cover = to_rgba(behind.get_facecolor())
            ground = cover * np.array(face) + (1 - cover) * ground
        for effect in words.get_path_effects():
            halo = getattr(effect, "_gc", {}).get("foreground")
            if halo:
                ground = np.array([to_rgb(halo)])
        *ink, cover = to_rgba(colour, alpha)
        seen = cover * np.array(ink) + (1 - cover) * np.median(ground, axis=0)
        found.append((words.get_text(), on_pixels(tuple(seen), ground)))
    return found


class Watched:
    """Within this context every text on a `Board` is noted: (words, contrast)."""

    def __init__(self, monkeypatch):
        from course_utils.widgets import board

        self.found = []
        write, stencil_of = board.Board.text, board._stencil

        def text(it, x, y, words, size=13, bold=False, colour=board.BLACK, anchor="ls"):
            stencil, (left, top) = stencil_of(words, size, bold, anchor, it.scale)
            left, top = round(x * it.scale) + left, round(y * it.scale) + top
            box = left, top, left + stencil.width, top + stencil.height
            pixels = np.asarray(it._picture.crop(box))[np.asarray(stencil) > 0] / 255
            if words.strip():
                ink = tuple(np.array(board._ink(colour)) / 255)
                self.found.append((words, on_pixels(ink, pixels)))
            write(it, x, y, words, size, bold, colour, anchor)

        monkeypatch.setattr(board.Board, "text", text)

    def too_faint(self):
        return sorted({(w, round(c, 2)) for w, c in self.found if c < LEAST})
