"""Directions as colours, and tables from codes to pixels."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtGui import QImage

from flowlab.core.array_types import Bytes, Floats, Ints
from flowlab.scene.base.colours import from_oklab
from flowlab.scene.base.style import Theme
from flowlab.scene.particles.particle_colours import speed_palette

HUES = 256  # steps of direction, and of speed
COVERS = 16  # steps of opacity, from clear to firm
SHADES = 24  # steps of a texture's brightness
FIRM = 0.96  # largest alpha

# The hues lie on a circle in Ottosson's OKLab, so that equal angles look equally different. It is
# tilted, yellow-green the lightest, so that red-green blind eyes still see a closed curve.
LIGHTNESS, RED, YELLOW = 0.70, 0.029, -0.009  # the circle's centre
RADIUS, TILT, LIGHTEST = 0.165, 0.7, math.radians(150)


@lru_cache(maxsize=1)
def direction_palette() -> Bytes:
    """Colours (HUES, 3) of the polar angles 0 to 2 pi: right red, up amber, left teal."""
    angle = np.arange(HUES) * (2 * np.pi / HUES)
    up, around = RADIUS * np.cos(angle - LIGHTEST), RADIUS * np.sin(angle - LIGHTEST)
    outwards = math.cos(TILT) * up
    lightness = LIGHTNESS + math.sin(TILT) * up
    red = RED + outwards * math.cos(LIGHTEST) - around * math.sin(LIGHTEST)
    yellow = YELLOW + outwards * math.sin(LIGHTEST) + around * math.cos(LIGHTEST)
    palette = from_oklab(np.stack([lightness, red, yellow], axis=1))
    palette.setflags(write=False)
    return palette


def direction_codes(u: Floats, v: Floats) -> Ints:
    """Palette rows (...) intp of directions (u, v), v upwards: atan2(v, u) in HUES steps."""
    angle = np.arctan2(v, u)
    angle *= np.float32(HUES / (2 * np.pi))
    np.rint(angle, out=angle)
    codes: Ints = angle.astype(np.intp)
    codes &= HUES - 1
    return codes


def speed_codes(u: Floats, v: Floats, top: float) -> Ints:
    """Palette rows (...) intp of speeds from 0 to `top`; faster ones have the last row."""
    speed = u * u
    speed += v * v
    np.sqrt(speed, out=speed)
    speed *= np.float32((HUES - 1) / top)
    np.minimum(speed, np.float32(HUES - 1), out=speed)
    codes: Ints = speed.astype(np.intp)
    return codes


@lru_cache(maxsize=8)
def table(kind: str, dark: bool) -> Ints:
    """Premultiplied pixels (COVERS * HUES,) uint32 of "angle" or "magnitude", clear to firm."""
    palette = direction_palette() if kind == "angle" else speed_palette(dark)
    alpha = FIRM * np.linspace(0.0, 1.0, COVERS)
    rgb = palette[None].astype(float) * alpha[:, None, None]
    return _packed(rgb, np.broadcast_to(alpha[:, None], rgb.shape[:2]))


@lru_cache(maxsize=2)
def texture_table(theme: Theme) -> Ints:
    """Premultiplied pixels (COVERS * SHADES * HUES,) uint32 of directions, darker and brighter.

    A streak of a texture ranges from nearly the background's colour to a little beyond its own.
    """
    hue = direction_palette().astype(float)
    ground = np.array(theme.canvas, float)
    shade = np.linspace(0.0, 1.0, SHADES)[:, None, None]
    low = 0.32 * hue + 0.68 * ground if theme.dark else 0.40 * hue + 0.60 * ground
    high = hue + 0.22 * (255 - hue) if theme.dark else 0.88 * hue
    rgb = (1 - shade) * low + shade * high
    alpha = FIRM * np.linspace(0.0, 1.0, COVERS)[:, None, None]
    return _packed(rgb[None] * alpha[..., None], np.broadcast_to(alpha, (COVERS, SHADES, HUES)))


def cover_codes(cover: Floats) -> Ints:
    """Rows (...) intp of a table for an opacity `cover` from 0 to 1."""
    return np.rint(cover * np.float32(COVERS - 1)).astype(np.intp)


def picture_of(pixels: Ints) -> QImage:
    """An image over premultiplied pixels (H, W) uint32, which must outlive the image."""
    height, width = pixels.shape
    form = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.data, width, height, 4 * width, form)


def _packed(rgb: Floats, alpha: Floats) -> Ints:
    red, green, blue = (np.rint(rgb[..., k]).astype(np.uint32) for k in range(3))
    packed = (np.rint(255 * alpha).astype(np.uint32) << 24) | (red << 16) | (green << 8) | blue
    flat: Ints = packed.reshape(-1)
    flat.setflags(write=False)
    return flat
