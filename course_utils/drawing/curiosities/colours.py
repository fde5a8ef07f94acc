"""Colours of leaves, fruits and things that may have any."""

import numpy as np

TURN = 2 * np.pi


def any_colour(chance):
    """Any hue, from pale to deep."""
    hue = chance.uniform(0, 3, 1) + np.array([0.0, 1.0, 2.0])
    wheel = np.clip(np.abs(hue % 3 - 1.5) - 0.25, 0, 1)
    strength, bright = chance.uniform(0.15, 1), chance.uniform(0.35, 1)
    return np.clip(bright * (1 - strength + strength * wheel), 0.03, 0.98)


def lighter(colour, amount):
    return colour + (1 - colour) * amount


def leaf_colour(chance):
    """Green, autumn, or anything."""
    kind = chance.choose(("green", "autumn", "any"), (4, 3, 3))
    if kind == "any":
        return any_colour(chance)
    colour = chance.choose(((0.3, 0.46, 0.16), (0.2, 0.38, 0.16), (0.45, 0.55, 0.2)))
    if kind == "autumn":
        colour = chance.choose(
            ((0.8, 0.3, 0.1), (0.85, 0.6, 0.1), (0.6, 0.15, 0.1), (0.5, 0.32, 0.15))
        )
    return np.clip(np.asarray(colour) + chance.around(0, 0.12, 3), 0.03, 0.98)
