"""Two grey pictures as densities, computed: what p0.png and p1.png are to the IADB tutorial."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from flowlab.core.document.arrays import Array
from flowlab.core.document.shapes import Picture

Floats = np.ndarray[Any, Any]

_SIDE = 96  # pixels
_SOFT = 40.0  # how steep edges are, per unit of the picture's half width


def _plane() -> tuple[Floats, Floats]:
    """x and y (96, 96) from -1 to 1, y upwards while rows go down."""
    ticks = (np.arange(_SIDE) + 0.5) / _SIDE * 2 - 1
    x, y = np.meshgrid(ticks, -ticks)
    return x, y


def _inside(distance: Floats) -> Floats:
    """1 where a signed distance is negative, 0 where positive, with a soft edge."""
    soft: Floats = 1 / (1 + np.exp(np.clip(_SOFT * distance, -60, 60)))
    return soft


def _disc(x: Floats, y: Floats, at: tuple[float, float], rx: float, ry: float) -> Floats:
    radius = np.hypot((x - at[0]) / rx, (y - at[1]) / ry)
    return _inside((radius - 1) * min(rx, ry))


def _triangle(x: Floats, y: Floats, corners: tuple[tuple[float, float], ...]) -> Floats:
    """Corners against the clock."""
    inside = np.ones_like(x)
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        length = np.hypot(bx - ax, by - ay)
        inside *= _inside(((by - ay) * (x - ax) - (bx - ax) * (y - ay)) / length)
    return inside


def _mirrored(corners: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    return tuple((-x, y) for x, y in reversed(corners))


_EAR = ((-0.74, 0.1), (-0.2, 0.52), (-0.62, 0.92))


def _cat() -> Floats:
    """A cat's face: mass from 0 to 1."""
    x, y = _plane()
    face = _disc(x, y, (0, -0.12), 0.78, 0.64)
    ears = np.maximum(_triangle(x, y, _EAR), _triangle(x, y, _mirrored(_EAR)))
    mass = np.maximum(face * (0.62 - 0.25 * y), 0.9 * ears)
    eyes = _disc(x, y, (-0.33, 0.04), 0.2, 0.25) + _disc(x, y, (0.33, 0.04), 0.2, 0.25)
    mouth = _triangle(x, y, ((-0.22, -0.36), (0.0, -0.62), (0.22, -0.36)))
    cat: Floats = np.clip(mass, 0, 1) * (1 - np.clip(eyes + mouth, 0, 1))
    return cat


def _whirl() -> Floats:
    """Three soft arms about the middle, a face that nobody knows."""
    x, y = _plane()
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    arms = 0.5 + 0.5 * np.cos(3 * angle - 5 * radius)
    whirl: Floats = _inside(radius - 0.86) * (0.08 + 0.92 * arms**3)
    return whirl


@cache
def article_pictures() -> tuple[Picture, Picture]:
    """Source and target: dark is mass, 96 x 96 pixels each."""
    one, other = (
        Picture(pixels=Array(np.rint(255 * (1 - mass)), np.uint8), width=6.0, name=name)
        for mass, name in ((_whirl(), "p0.png"), (_cat(), "p1.png"))
    )
    return one, other
