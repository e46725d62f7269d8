"""The meanings of a particle's colour: the time, its class, its start, or its speed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from flowlab.core.array_types import Bytes, Floats, Ints
from flowlab.core.document.document import Document
from flowlab.core.document.shapes import Shape
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.particle_values import ParticleValues
from flowlab.scene.base.colours import (
    CLASS_COLOURS,
    class_palette,
    from_oklab,
    mix,
    palette_table,
    viridis,
)
from flowlab.scene.base.memoise import memoise
from flowlab.scene.base.stage import Scratch, Stage
from flowlab.scene.base.style import Colour

HUES, RINGS = 32, 8  # for start positions: angles and radii
SPEEDS = 256  # number of colours for speeds
VALUES = 255  # number of colours for values with a sign: one in the middle
# from much below zero to much above; farther from the ground the larger the size
SIGNED: dict[str, tuple[Colour, ...]] = {
    "dark": ((150, 240, 255), (0, 160, 205), (146, 150, 160), (225, 70, 120), (255, 190, 200)),
    "light": ((0, 50, 85), (20, 130, 165), (136, 136, 131), (205, 70, 110), (110, 0, 45)),
}
CHUNK = 1 << 16  # particles at a time
SAMPLES = 2000  # particles sampled for the range of a colour map


@dataclass(frozen=True, eq=False)
class Tint:
    """A colour for each particle, from a palette of at most 256."""

    codes: Bytes  # (N,)
    palette: Bytes  # (K, 3)

    def colours(self, chunk: slice, scratch: Scratch) -> Floats:
        """Return the colours (3, n) float32, 0 to 255, of the particles in `chunk`."""
        index = self.index(chunk, scratch)
        colours = scratch.array("colours", (3, len(index)), np.float32)
        for column, colour in zip(self._columns, colours, strict=True):
            np.take(column, index, out=colour, mode="clip")
        return colours

    def index(self, chunk: slice, scratch: Scratch) -> Ints:
        """Return the codes of the particles in `chunk` as numpy's own, fastest integers."""
        codes = self.codes[chunk]
        index = scratch.array("codes", codes.shape, np.intp)
        np.copyto(index, codes)
        return index

    def thinned(self, stride: int) -> Tint:
        """Return the tint of every `stride`-th particle."""
        return Tint(self.codes[::stride], self.palette)

    def colour(self, index: int) -> Colour:
        """Return the colour of one particle."""
        red, green, blue = self.palette[self.codes[index]].tolist()
        return red, green, blue

    def table(self) -> Ints:
        """Return pixels (K * OWNED,) of each colour by increasing amount; few are ever cached."""
        return _table(self.palette.tobytes())

    @cached_property
    def _columns(self) -> Floats:
        return np.ascontiguousarray(self.palette.T, np.float32)


@lru_cache(maxsize=8)
def _table(palette: bytes) -> Ints:
    return palette_table(np.frombuffer(palette, np.uint8).reshape(-1, 3))


def meaning(stage: Stage) -> str:
    """The meaning of the colours, "value" or one of COLOURS: the time for unknown classes."""
    bundle, colour = stage.frame.bundle, stage.view.colour
    if values_of(stage) is not None:
        return "value"
    unknown = bundle is None or labels_of(bundle) is None
    return "time" if colour == "class" and unknown else colour


def values_of(stage: Stage) -> ParticleValues | None:
    """The values that particles are coloured by, if there is one for each of them."""
    values, bundle = stage.frame.values, stage.frame.bundle
    if values is None or bundle is None or values.values.shape[1] != bundle.points.shape[1]:
        return None
    return values


def labels_of(bundle: Bundle) -> Ints | None:
    """The class (N,) of each particle, or else that of where it ends."""
    return bundle.arrivals if bundle.labels is None else bundle.labels


def tint_of(stage: Stage) -> Tint | None:
    """The particles' own colours; None if all have the colour of the time."""
    bundle, kind, dark = stage.frame.bundle, meaning(stage), stage.theme.dark
    if bundle is None or kind == "time":
        return None
    if kind == "value":
        return Tint(_value_codes(stage), value_palette(dark))
    if kind == "class":
        return Tint(_class_codes(bundle), class_palette(stage.theme))
    if kind == "start":
        return Tint(_start_codes(bundle), start_palette(dark))
    return Tint(_speed_codes(stage), speed_palette(dark))


def labelled_end(document: Document, bundle: Bundle) -> Shape:
    """The end whose classes the particles' labels are."""
    starts_in_source = bundle.start == 0.0
    own = bundle.labels is not None and not bundle.classes
    in_source = starts_in_source if own else not starts_in_source and not bundle.classes
    return document.source if in_source else document.target


@memoise
def classes(bundle: Bundle) -> list[int]:
    """The classes that a conditional flow knows, or those that occur, in order."""
    if bundle.classes:
        return list(bundle.classes)
    labels = labels_of(bundle)
    return [] if labels is None else [int(v) for v in np.unique(labels)]


@memoise
def _class_codes(bundle: Bundle) -> Bytes:
    labels = labels_of(bundle)
    assert labels is not None
    codes: Bytes = (labels % len(CLASS_COLOURS["dark"])).astype(np.uint8)
    return codes


@lru_cache(maxsize=2)
def start_palette(dark: bool) -> Bytes:
    """Colours (RINGS * HUES, 3) uint8: hue by angle, more saturated outwards."""
    ring, hue = np.indices((RINGS, HUES)).reshape(2, -1)
    share = (ring + 0.5) / RINGS
    lightness = 0.93 - 0.21 * share if dark else 0.25 + 0.36 * share
    chroma, angle = 0.19 * share**0.7, 2 * np.pi * hue / HUES
    return from_oklab(np.stack([lightness, chroma * np.cos(angle), chroma * np.sin(angle)], 1))


def start_code(x: Floats, y: Floats, noise: Floats | float = 0.0) -> Bytes:
    """Codes of places in units of the cloud's radius; `noise` in [-0.5, 0.5) hides the steps."""
    hue = np.rint(np.arctan2(y, x) * (HUES / (2 * np.pi)) + noise).astype(int) % HUES
    ring = np.clip(np.hypot(x, y) * RINGS - 0.5 + noise, 0, RINGS - 1)
    codes: Bytes = (np.rint(ring).astype(int) * HUES + hue).astype(np.uint8)
    return codes


@memoise
def _start_codes(bundle: Bundle) -> Bytes:
    points = bundle.points[0 if bundle.start == 0.0 else -1]
    few = points[:: max(1, len(points) // SAMPLES)]
    few = few[np.isfinite(few).all(1)]
    middle = np.median(few, axis=0) if len(few) else np.zeros(2)
    far = np.hypot(*(few - middle).T)
    radius = max(float(np.quantile(far, 0.97)), 1e-9) if len(few) else 1.0
    noise = (np.arange(len(points)) * 0.618034) % 1 - 0.5
    x, y = np.nan_to_num((points - middle) / radius, posinf=0, neginf=0).T
    return start_code(x, y, noise)


@lru_cache(maxsize=2)
def speed_palette(dark: bool) -> Bytes:
    """Colours (SPEEDS, 3) uint8 of viridis; the fastest contrasts most with the background."""
    share = np.linspace(0.0, 1.0, SPEEDS)
    return np.rint(viridis(0.18 + 0.82 * share if dark else 0.9 - 0.9 * share)).astype(np.uint8)


@lru_cache(maxsize=2)
def value_palette(dark: bool) -> Bytes:
    """Colours (VALUES, 3) uint8 from much below zero to much above; zero is grey."""
    stops = SIGNED["dark" if dark else "light"]
    place = np.linspace(0.0, len(stops) - 1, VALUES)
    first = np.minimum(place.astype(int), len(stops) - 2)
    pairs = zip(first.tolist(), (place - first).tolist(), strict=True)
    return np.array([mix(stops[k], stops[k + 1], s) for k, s in pairs], np.uint8)


def _value_codes(stage: Stage) -> Bytes:
    """Codes of the values at the frame's t; of unknown ones that of zero."""
    values = values_of(stage)
    assert values is not None
    share = np.nan_to_num(values.at(stage.frame.t) / values.scale, posinf=1.0, neginf=-1.0)
    codes: Bytes = np.rint((np.clip(share, -1.0, 1.0) + 1) * (VALUES - 1) / 2).astype(np.uint8)
    return codes


@memoise
def top_speed(bundle: Bundle) -> float:
    """A round number near the highest speed at any time: one scale for a whole film."""
    count = bundle.points.shape[1]
    sample = bundle.select(np.arange(0, count, max(1, count // SAMPLES)))
    speeds = np.stack([sample.speed(float(t)) for t in np.linspace(0.0, 1.0, 17)])
    speeds = speeds[np.isfinite(speeds)]
    return _rounded(float(np.quantile(speeds, 0.98))) if speeds.size else 1.0


def _rounded(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * 0.999)


def _speed_codes(stage: Stage) -> Bytes:
    """Codes of the speeds at the frame's t, relative to the top speed, blended to new weights."""
    bundle, scratch = stage.frame.bundle, stage.scratch
    assert bundle is not None
    velocity = bundle.velocity(stage.frame.t, scratch.places("velocity", bundle))
    codes = scratch.array("speed", (len(velocity),), np.uint8)
    gain = np.float32((SPEEDS - 1) / top_speed(bundle))
    for start in range(0, len(codes), CHUNK):
        chunk = slice(start, start + CHUNK)
        u, v = velocity[chunk, 0], velocity[chunk, 1]
        with np.errstate(over="ignore", invalid="ignore"):
            u *= u
            v *= v
            u += v
            u *= gain * gain
            np.sqrt(u, out=u)
            np.minimum(u, np.float32(SPEEDS - 1), out=u)
            np.copyto(codes[chunk], u, casting="unsafe")  # NaN is not drawn
    return codes
