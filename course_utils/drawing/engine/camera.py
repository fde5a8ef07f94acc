"""Put background and layers together, and develop the photograph."""

import io

import numpy as np
from PIL import Image, ImageFilter


def compose(background, layers, light, *, shadow=0.0, reach=0.0):
    """Lay the layers over the background, in linear light.

    Parameters
    ----------
    background : (height, width, 3) uint8.
    layers : list of rendering.Layer, the furthest first.
    light : rendering.Light; a shadow on the background falls away from its sun.
    shadow : how dark that shadow is, 0 … 1; `reach` is how far it falls, in pixels.

    Returns
    -------
    picture (height, width, 3) float32, linear light.
    """
    brightness = 0.55 + 0.45 * (
        np.asarray(light.sun, dtype=np.float32)
        + np.asarray(light.sky, dtype=np.float32)
    )
    tone = brightness / 1.3
    picture = (background.astype(np.float32) / 255) ** 2 * tone
    height, width = picture.shape[:2]
    if shadow and layers:
        dark = np.zeros((height, width), dtype=np.float32)
        for layer in layers:
            rows, columns = layer.alpha.shape
            window = dark[
                layer.top : layer.top + rows, layer.left : layer.left + columns
            ]
            np.maximum(window, layer.alpha, out=window)
        dx = int(round(-reach * light.direction[0]))
        dy = int(round(reach * abs(light.direction[1])))
        image = Image.fromarray((dark * 255).astype(np.uint8))
        moved = Image.new("L", image.size)
        moved.paste(image, (dx, dy))
        dark = (
            np.asarray(
                moved.filter(ImageFilter.GaussianBlur(max(1.0, 0.35 * reach))),
                dtype=np.float32,
            )
            / 255
        )
        picture *= (1 - shadow * dark)[:, :, None]
    for layer in layers:
        layer.over(picture)
    return picture


def _film_grain(size=640):
    """Noise (size, size, 3) that is mostly the same in all three colours."""
    generator = np.random.Generator(np.random.PCG64(11))
    grey, colour = generator.random((size, size, 1)), generator.random((size, size, 3))
    return ((2 * grey - 1) + (colour - 0.5)).astype(np.float32)


_GRAIN = _film_grain()


def develop(picture, chance):
    """Linear light (height, width, 3) → uint8: white balance, exposure, vignette,
    softness, noise.
    """
    height, width = picture.shape[:2]
    warm = chance.around(0, 0.16)
    tint = chance.around(0, 0.05)
    exposure = np.exp(chance.around(0.05, 0.45))
    gain = (exposure * np.array([1 + warm, 1 + tint, 1 - warm])).astype(np.float32)
    if chance.happens(0.5):
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] ** 2
        picture = (
            picture
            * (1 - np.float32(chance.uniform(0.1, 0.3)) * (x + y) / 2)[:, :, None]
        )
    picture = picture * gain
    # A shoulder like film's: linear in the shadows, never quite white in the lights.
    picture /= 1 + 0.25 * np.maximum(picture, 0)
    picture = np.float32(1.06) * np.sqrt(
        np.maximum(picture, 0, out=picture), out=picture
    )
    grey = ((picture[:, :, 0] + picture[:, :, 1] + picture[:, :, 2]) / 3)[:, :, None]
    picture -= grey
    picture *= np.float32(chance.uniform(0.92, 1.25))
    picture += grey
    contrast = np.float32(chance.uniform(0.1, 0.5))
    picture += contrast * picture * (1 - picture) * (2 * picture - 1)
    noise = chance.uniform(0.0, 0.016)
    if noise > 0.004:
        y, x = (
            chance.integer(0, len(_GRAIN) - height),
            chance.integer(0, len(_GRAIN) - width),
        )
        picture += np.float32(noise) * _GRAIN[y : y + height, x : x + width]
    image = Image.fromarray(np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8))
    soft = chance.uniform(-0.5, 1.1)
    if soft > 0.2:
        image = image.filter(ImageFilter.GaussianBlur(soft * max(height, width) / 320))
    return np.asarray(image)


def jpeg(image, quality):
    """A (height, width, 3) uint8 picture as the bytes of a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=int(quality))
    return file.getvalue()
