"""The moving cloud and its trails, and the cloud moved by the raw weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from PySide6.QtGui import QImage, QPainter

from flowlab.core.array_types import Bytes, Floats
from flowlab.core.views.bundle import Bundle
from flowlab.scene.base.colours import glow_table, moving
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.tone import toned, toned_mixed, toned_owned
from flowlab.scene.particles import splat
from flowlab.scene.particles.particle_colours import Tint, tint_of
from flowlab.scene.particles.trails import trails_of
from flowlab.scene.particles.vector_particles import paint_crosses, paint_outlines

DOT = 1.5  # radius of each of 5,000 particles, logical pixels
LARGEST_DOT = 3.2
VECTOR_DOTS = 20_000  # more particles than this are an image even in a vector file
TRAIL_INK = 0.4  # amount of a trail at its bright end, as a share of its dot's
RAW_INK = 0.6  # amount of a raw particle, as a share of the others'
CROSS = 1.6  # arm length of a raw particle's cross, in radii of its dot
MIXED = 12_000  # particles, at dpr 1; with more, the last one colours its pixel on the screen
SCATTERED = 200_000  # with more particles, finding the box around them doesn't pay


@dataclass(frozen=True)
class Budget:
    """How many additions to logical pixels each frame may take."""

    dots: int
    lines: int


LIVE, EXPORT = Budget(250_000, 40_000), Budget(4_000_000, 2_000_000)
LIVE_DOTS = 1_200_000  # additions to device pixels for dots of a chosen size
OPAQUE = 0.99  # a dot that would be more opaque has no optical depth


def count_nonfinite(bundle: Bundle, t: float) -> int:
    """The number of particles without a finite position at `t`, which aren't drawn."""
    return int((~splat.finite(bundle.at(t))).sum())


def paint_particles(painter: QPainter, stage: Stage) -> None:
    """Layer: particles and trails, as light in dark and as ink in light."""
    view, bundle = stage.view, stage.frame.bundle
    if bundle is None or not (view.show_particles or view.show_trails):
        return
    if stage.vector and bundle.points.shape[1] <= VECTOR_DOTS:
        paint_outlines(painter, stage, view.dot or dot_radius(len(stage.now), 1.0, EXPORT.dots))
    else:
        _paint_splat(painter, stage, tint_of(stage))


def paint_raw(painter: QPainter, stage: Stage) -> None:
    """Layer: the particles as moved by the weights without averaging, as small crosses."""
    raw = raw_of(stage)
    if raw is None:
        return
    old = stage.frame.before
    old = None if old is None or old.raw is None else old.raw
    if old is not None and old.points.shape != raw.points.shape:
        old = None
    places = stage.read(raw, old, stage.frame.t, "raw")
    if stage.vector and len(places) <= VECTOR_DOTS:
        paint_crosses(painter, stage, places, CROSS * dot_radius(len(places), 1.0, EXPORT.dots))
        return
    radius = dot_radius(len(places), stage.dpr, _budget(stage).dots / CROSS)
    table = splat.stamps(radius)
    if radius >= 0.7:
        table = splat.crosses(round(CROSS * radius, 1), stage.dpr)
    window = _window(stage, [places], radius)
    if window is None:
        return
    amount = splat.accumulator(window, stage.scratch)
    affine = stage.affine(stage.frame.t)
    splat.add_dots(amount, window, places, table, affine=affine, scratch=stage.scratch)
    area = 4 * CROSS * radius * stage.dpr if radius >= 0.7 else dot_area(radius)
    light = splat.inner(amount, window.pad)
    colours = glow_table(stage.theme.raw, stage.theme.dark)
    gain = RAW_INK * splat.exposure(light, area)
    image = toned(light, gain, colours, stage.scratch)
    stage.draw(painter, image, window.x, window.y, light=False)


def raw_of(stage: Stage) -> Bundle | None:
    """The particles of the raw weights, if the view shows them and they are known."""
    bundle = stage.frame.bundle
    return bundle.raw if bundle is not None and stage.view.show_raw else None


def _paint_splat(painter: QPainter, stage: Stage, tint: Tint | None) -> None:
    budget = _budget(stage)
    radius, gain = _sized(stage, len(stage.now))
    trails = trails_of(stage, budget.lines)
    dots = stage.view.show_particles
    seen = [stage.now] if dots or trails is None else []
    window = _window(stage, seen, radius, None if trails is None else trails.knots)
    if window is None:
        return
    crowd = len(stage.now) * max(1.0, stage.dpr) ** 2
    mixed = tint is not None and not (stage.live and crowd > MIXED)
    amount = splat.accumulator(window, stage.scratch, mixed)
    owner = None
    if tint is not None and not mixed:
        owner = stage.scratch.array("owner", amount.shape, np.uint8)
        owner.fill(0)
    area = dot_area(radius)
    if trails is not None:
        splat.add_lines(
            amount,
            window,
            trails.knots,
            trails.samples,
            # the fewer trails, the firmer
            TRAIL_INK * trails.stride**0.25 / area,
            width=max(1.0, stage.dpr),
            colour=splat.Ink(None if tint is None else tint.thinned(trails.stride), owner),
            scratch=stage.scratch,
        )
    if dots:
        splat.add_dots(
            amount,
            window,
            stage.now,
            splat.stamps(radius),
            affine=stage.affine(stage.frame.t),
            ink=splat.Ink(tint, owner),
            scratch=stage.scratch,
        )
    image = _image(stage, amount, owner, window.pad, tint, partial(_depth, gain, area))
    # light of one colour adds up; colours that have a meaning stay as they are
    plus = stage.theme.dark and tint is None
    stage.draw(painter, image, window.x, window.y, light=plus)


def _sized(stage: Stage, count: int) -> tuple[float, float]:
    """Radius of the dots in device pixels, and their optical depth per amount; 0 if it adapts.

    Where dots of the chosen size would take too long, smaller ones have as much ink.
    """
    view, budget = stage.view, _budget(stage)
    radius = dot_radius(count, stage.dpr, budget.dots)
    area = dot_area(radius)
    if view.dot:
        wanted = view.dot * stage.dpr
        most = LIVE_DOTS if stage.live else budget.dots * max(1.0, stage.dpr**2)
        room = (math.sqrt(most / max(count, 1)) - 1) / 2
        radius, area = max(radius, min(wanted, math.floor(10 * room) / 10)), dot_area(wanted)
        radius = min(radius, wanted)
    if not view.opacity:
        return radius, 0.0
    crowd = max(1.0, view.particles / max(count, 1))  # a first quick answer has only some of them
    return radius, -math.log1p(-min(view.opacity, OPAQUE)) * area * crowd


def _depth(gain: float, area: float, amount: Floats) -> float:
    """The optical depth per amount: the chosen one, or one that suits the crowd."""
    return gain or splat.exposure(amount, area)


def _image(
    stage: Stage,
    amount: Floats,
    owner: Bytes | None,
    pad: int,
    tint: Tint | None,
    depth: Callable[[Floats], float],
) -> QImage:
    """The amounts as an image: light of one colour, the owners' colours, or mixed colours."""
    light = splat.inner(amount, pad)
    if tint is None:
        colour = stage.frame.cloud or moving(stage.theme, stage.frame.t)
        table = glow_table(colour, stage.theme.dark)
        return toned(light, depth(light), table, stage.scratch)
    if owner is None:
        return toned_mixed(amount, pad, depth(light[0]), stage.scratch)
    gain, inside = depth(light), splat.inner(owner, pad)
    return toned_owned(light, inside, gain, tint.table(), stage.scratch)


def _budget(stage: Stage) -> Budget:
    return LIVE if stage.live else EXPORT


def _window(
    stage: Stage, seen: list[Floats], radius: float, knots: Floats | None = None
) -> splat.Window | None:
    """The box around places in the plane and trails' knots in pixels, or the whole picture."""
    margin = int(np.ceil(CROSS * radius)) + 2
    picture = splat.Window(0, 0, *stage.device, max(splat.PAD, 2 * margin))
    if sum(len(places) for places in seen) > SCATTERED:
        return picture
    affine = stage.affine(stage.frame.t)
    boxes = [splat.window_of(places, *stage.device, margin, affine) for places in seen]
    if knots is not None:
        boxes.append(splat.window_of(knots, *stage.device, margin))
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    x, y = min(box.x for box in known), min(box.y for box in known)
    x1, y1 = max(box.x + box.width for box in known), max(box.y + box.height for box in known)
    return replace(picture, x=x, y=y, width=x1 - x, height=y1 - y)


def dot_radius(count: int, dpr: float, budget: float) -> float:
    """Radius in device pixels: the more particles the smaller, then a tent (0.5) or a pixel (0)."""
    crowd = (5000 / max(count, 1)) ** (1 / 6 if count < 5000 else 1 / 3)
    radius = round(min(DOT * crowd, LARGEST_DOT) * dpr, 1)
    room = budget * max(1.0, dpr * dpr)
    if radius >= 0.7 and count * np.ceil(2 * radius + 1) ** 2 <= room:
        return radius
    return 0.5 if 4 * count <= 2 * room else 0.0


def dot_area(radius: float) -> float:
    """Pixels that one dot covers."""
    return max(float(np.pi) * radius * radius, 1.0 if radius == 0 else 2.0)
