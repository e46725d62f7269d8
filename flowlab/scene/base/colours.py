"""Mixing colours in a perceptual space, and tables from an amount to a pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from flowlab.core.array_types import Bytes, Floats, Ints
from flowlab.scene.base.style import Colour, Theme

# Ottosson's OKLab: linear sRGB -> cone responses -> (cube root) -> lightness and two opponents
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS, _FROM_LAB = np.linalg.inv(_TO_LMS).T, np.linalg.inv(_TO_LAB).T
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_VIRIDIS = np.array(
    [
        [68, 1, 84],
        [72, 40, 120],
        [62, 74, 137],
        [49, 104, 142],
        [38, 130, 142],
        [31, 158, 137],
        [53, 183, 121],
        [109, 205, 89],
        [180, 222, 44],
        [253, 231, 37],
    ],
    float,
)
# A class has the colour of its number in the pencil, in every picture and in every key. Each
# differs from all others, and from amber, blue, green and violet, for colour-blind eyes too; in
# grey, no two of them are the same. Found by annealing on the distances that the tests measure.
CLASS_COLOURS: dict[str, tuple[Colour, ...]] = {
    "dark": (
        (17, 158, 8),
        (204, 56, 185),
        (246, 248, 107),
        (2, 224, 253),
        (169, 0, 236),
        (191, 155, 197),
        (154, 247, 0),
        (126, 158, 143),
    ),
    "light": (
        (2, 159, 69),
        (207, 25, 127),
        (64, 3, 3),
        (191, 2, 33),
        (71, 3, 99),
        (118, 3, 68),
        (46, 87, 0),
        (112, 124, 152),
    ),
}
NEAR = 0.6  # how near the cloud's colour comes to the source's and the target's, 1 being the same
READABLE = 4.5  # least contrast of words with their ground
TABLE = 2048
OWNED = 512  # table entries for each colour of a palette
FULL = 6.0  # optical depth of the last entry: 99.8 % covered


@lru_cache(maxsize=4096)
def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour at `share` of the straight line from a to b in OKLab."""
    red, green, blue = from_oklab((1 - share) * _oklab(a) + share * _oklab(b)).tolist()
    return red, green, blue


def from_oklab(lab: Floats) -> Bytes:
    """Colours (3,) or (K, 3) uint8 from OKLab's lightness and two opponents."""
    linear = ((lab @ _FROM_LAB) ** 3 @ _FROM_LMS).clip(0.0, 1.0)
    coded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    colours: Bytes = np.rint(255 * coded).astype(np.uint8)
    return colours


@lru_cache(maxsize=64)
def _oklab(colour: Colour) -> Floats:
    return _TO_LAB @ np.cbrt(_TO_LMS @ _linear(colour))


def _linear(colour: Colour) -> Floats:
    """Linear sRGB (3,) from 0 to 1."""
    c = np.array(colour) / 255
    return np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)


def moving(theme: Theme, t: float) -> Colour:
    """Colour of the cloud at `t`: from near the source's to near the target's.

    Even at the ends it differs from theirs, so that particles are seen upon source and target. t is
    rounded to 1/128: few tables.
    """
    t = round(min(max(t, 0.0), 1.0) * 128) / 128
    end = theme.source if t <= 0.5 else theme.target
    return mix(theme.particle, end, NEAR * abs(2 * t - 1))


@lru_cache(maxsize=64)
def as_text(theme: Theme, colour: Colour) -> Colour:
    """The nearest shade of `colour` in which words are read on every ground of the theme."""
    grounds = theme.canvas, theme.panel, theme.raised
    for share in np.linspace(0.0, 1.0, 41).tolist():
        shade = mix(colour, theme.text, share)
        if min(contrast(shade, ground) for ground in grounds) >= READABLE:
            return shade
    return theme.text


def contrast(a: Colour, b: Colour) -> float:
    """Contrast of two colours by WCAG 2.2, from 1 to 21."""
    low, high = sorted(float(_linear(c) @ _LUMINANCE) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def class_colour(theme: Theme, label: int) -> Colour:
    """The colour of the class with this label; label 8 has the first colour again."""
    colours = CLASS_COLOURS[theme.name]
    return colours[label % len(colours)]


@lru_cache(maxsize=2)
def class_palette(theme: Theme) -> Bytes:
    """Colours (8, 3) uint8 of the classes."""
    return np.array(CLASS_COLOURS[theme.name], np.uint8)


def over(theme: Theme, colour: Colour, alpha: float) -> Colour:
    """The opaque colour that `colour` with `alpha` shows on the plain canvas."""
    red, green, blue = (
        round(g + alpha * (c - g)) for g, c in zip(theme.canvas, colour, strict=True)
    )
    return red, green, blue


@lru_cache(maxsize=512)
def glow_table(colour: Colour, dark: bool, strength: float = 1.0) -> Ints:
    """Premultiplied pixels (TABLE,) uint32 of `colour` for optical depths from 0 to FULL.

    In dark, particles are light that adds up, and turns white where dense. In light, they are ink,
    whose transmissions exp(-depth) multiply.
    """
    covered, white = _ramps(strength)
    base = np.array(colour, float)[:, None]
    rgb = base * covered + ((255 - base) * white if dark else 0.0)
    return _packed(rgb.T, 255 * covered)


@lru_cache(maxsize=8)
def _ramps(strength: float) -> tuple[Floats, Floats]:
    """Shares (TABLE,) of the colour, and of the white that dense light turns to, at each depth."""
    covered = strength * -np.expm1(-np.linspace(0.0, FULL, TABLE))
    return covered, 0.22 * covered**5


@lru_cache(maxsize=1)
def cover_table() -> Floats:
    """Share (TABLE,) float32 of the ground that is covered at optical depths from 0 to FULL."""
    covered: Floats = -np.expm1(-np.linspace(0.0, FULL, TABLE)).astype(np.float32)
    covered.setflags(write=False)
    return covered


def palette_table(palette: Bytes) -> Ints:
    """Premultiplied pixels (K * OWNED,) uint32 of a palette (K, 3), depths 0 to FULL for each."""
    covered = -np.expm1(-np.linspace(0.0, FULL, OWNED))
    rgb = palette[:, None].astype(float) * covered[:, None]
    return _packed(rgb.reshape(-1, 3), np.tile(255 * covered, len(palette)))


def viridis(share: Floats) -> Floats:
    """Colours (..., 3) float, 0 to 255, at the position `share` (0 to 1) of the colour map."""
    place = np.clip(share, 0.0, 1.0) * (len(_VIRIDIS) - 1)
    return np.stack([np.interp(place, np.arange(len(_VIRIDIS)), c) for c in _VIRIDIS.T], -1)


@lru_cache(maxsize=2)
def heat_table(dark: bool) -> Ints:
    """Premultiplied pixels (TABLE,) uint32 of viridis, clear at zero; in light, dense is dark."""
    share = np.linspace(0.0, 1.0, TABLE)
    rgb = viridis(share if dark else 1 - share)
    ramp = np.clip(share / 0.3, 0.0, 1.0)
    alpha = 0.92 * ramp * ramp * (3 - 2 * ramp)
    return _packed(rgb * alpha[:, None], 255 * alpha)


def _packed(rgb: Floats, alpha: Floats) -> Ints:
    red, green, blue = np.rint(rgb.T).astype(np.uint32)
    covers = np.maximum(np.rint(alpha).astype(np.uint32), np.maximum(red, np.maximum(green, blue)))
    packed: Ints = (covers << 24) | (red << 16) | (green << 8) | blue
    packed.setflags(write=False)
    return packed
