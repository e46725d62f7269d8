"""How far out the modes of a cloud lie; imports no torch."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.estimates import Estimate


def mode_radius(points: Floats, modes: Floats) -> Estimate | None:
    """The mean over the modes (k, 2) of |mean of the points (n, 2) nearest to it|.

    From the modes' middle; None if points are lost or a mode has fewer than two.
    """
    if not np.isfinite(points).all():
        return None
    middle = modes.mean(0)
    nearest = np.argmin([np.square(points - mode).sum(1) for mode in modes], 0)
    found = [_radius(points[nearest == k] - middle) for k in range(len(modes))]
    known = [each for each in found if each is not None]
    if len(known) < len(modes):
        return None
    error = math.sqrt(sum(each.error**2 for each in known)) / len(known)
    return Estimate(float(np.mean(known)), error, len(points))


def _radius(points: Floats) -> Estimate | None:
    """|mean of the points|, with the standard error along it."""
    if len(points) < 2:
        return None
    mean = points.mean(0, dtype=np.float64)
    radius = float(np.hypot(*mean))
    along = points @ (mean / radius if radius > 0 else np.array([1.0, 0.0]))
    return Estimate(radius, float(along.std(ddof=1)) / math.sqrt(len(points)), len(points))
