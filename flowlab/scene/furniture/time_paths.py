"""Paths in a picture with time across: their colours, and which of them is pointed at."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.scene.base.colours import from_oklab
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.furniture.time_plane import axes_of
from flowlab.scene.furniture.time_values import TimePlane

NEAR = 10.0  # px from a path that is pointed at


def nearest_path(plane: TimePlane, stage: Stage, at: Doubles) -> int | None:
    """The row of the path, by any process, nearest to a pixel (2,); None if none is near."""
    axes = axes_of(plane, stage)
    lines = [axes.pixels(strand.times, strand.paths) for strand in plane.strands]
    distance = np.min([_to_lines(at, each) for each in lines], axis=0)
    best = int(np.argmin(distance))
    return best if distance[best] <= NEAR else None


def _to_lines(at: Doubles, lines: Floats) -> Doubles:
    """The distances (n,) of a pixel from polygons (S, n, 2); infinite from lost ones."""
    a, along = lines[:-1].astype(float), np.diff(lines.astype(float), axis=0)
    square = np.maximum((along**2).sum(2), 1e-12)
    share = np.clip(((at - a) * along).sum(2) / square, 0.0, 1.0)
    gap = np.hypot(*np.moveaxis(a + share[..., None] * along - at, 2, 0))
    least: Doubles = np.nan_to_num(gap, nan=np.inf).min(0)
    return least


def name_of(angle: float) -> str:
    """The coordinate along a direction, in symbols."""
    whole = {0.0: "x", 90.0: "y", 180.0: "−x"}
    return whole.get(angle, f"x cos {angle:g}° + y sin {angle:g}°")


def hues_of(away: Floats, dark: bool) -> list[Colour]:
    """A hue for each particle, by the direction (n, 2) in which it starts from the middle."""
    turn = np.nan_to_num(np.arctan2(away[:, 1], away[:, 0]))
    light = np.full(len(turn), 0.8 if dark else 0.5)
    lab = np.stack([light, 0.15 * np.cos(turn), 0.15 * np.sin(turn)], 1)
    return [(r, g, b) for r, g, b in from_oklab(lab).tolist()]
