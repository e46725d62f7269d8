"""Picking: which particle lies under the pointer."""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.scene.base.frame import Frame
from flowlab.scene.layers.paths import emphasised, highlighted

PREFERENCE = 0.5  # factor on the distance of particles whose path is drawn


def nearest(
    frame: Frame, px: float, py: float, width: float, height: float, radius: float = 12.0
) -> int | None:
    """Index of the particle nearest to a pixel, within `radius`; drawn paths are preferred."""
    if frame.bundle is None:
        return None
    distance = _distances(frame, frame.at(frame.t), px, py, width, height)
    distance[distance > radius] = np.inf
    drawn = _with_path(frame)
    distance[drawn] *= PREFERENCE
    return _least(distance)


def nearest_start(
    frame: Frame, px: float, py: float, width: float, height: float, radius: float = 12.0
) -> int | None:
    """Index of the particle with a drawn path that starts nearest to a pixel, within `radius`."""
    drawn = _with_path(frame)
    if frame.bundle is None or not drawn:
        return None
    distance = _distances(frame, frame.at(frame.bundle.start)[drawn], px, py, width, height)
    distance[distance > radius] = np.inf
    best = _least(distance)
    return None if best is None else drawn[best]


def on_probe(
    frame: Frame, px: float, py: float, width: float, height: float, radius: float = 12.0
) -> bool:
    """Return True if the start of the dragged path lies within `radius` pixels."""
    if frame.probe is None:
        return False
    start = frame.probe.start
    points = frame.placed(frame.probe.at(start), None, start)
    return bool((_distances(frame, points, px, py, width, height) <= radius).any())


def _distances(
    frame: Frame, points: Floats, px: float, py: float, width: float, height: float
) -> Floats:
    scale = frame.camera.scale(height)
    x, y = frame.camera.to_plane(px, py, width, height)
    across, up = points[:, 0] - np.float32(x), points[:, 1] - np.float32(y)
    with np.errstate(over="ignore"):  # for points very far away
        distance: Floats = np.sqrt(across * across + up * up) * np.float32(scale)
    distance[np.isnan(distance)] = np.inf
    return distance


def _with_path(frame: Frame) -> list[int]:
    return list(dict.fromkeys([*emphasised(frame), *highlighted(frame)]))


def _least(distance: Floats) -> int | None:
    best = int(np.argmin(distance)) if len(distance) else 0
    return best if len(distance) and np.isfinite(distance[best]) else None
