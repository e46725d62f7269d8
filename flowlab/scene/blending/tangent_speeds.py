"""The scales of a tangent field: its largest and its typical speed."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np

from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.views.bundle import FieldFrames
from flowlab.scene.base.memoise import memoise
from flowlab.scene.layers.error_map import FULL

ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
FULLS = (0.01, 0.02, 0.05, 0.1, 0.2)
SAMPLES = 50_001  # number of velocities sampled for the range of speeds
_RMS: WeakKeyDictionary[FieldFrames, float] = WeakKeyDictionary()


def top_speed(tangents: Tangents) -> float:
    """A round number near the field's largest speed at any alpha: one scale for a whole film.

    Taken from the exact field if that is known, so that all fields beside it share the scale.
    """
    return _speeds(tangents.exact or tangents.estimate)[0]


def typical_speed(tangents: Tangents) -> float:
    """The median speed of the same field."""
    return _speeds(tangents.exact or tangents.estimate)[1]


@memoise
def _speeds(field: FieldFrames) -> tuple[float, float]:
    """A round number that nearly all speeds are below, and the median speed."""
    velocities = field.values.reshape(-1, 2)
    u, v = velocities[:: max(1, len(velocities) // SAMPLES)].T
    speeds = np.hypot(u, v)
    speeds = speeds[np.isfinite(speeds)]
    if not speeds.size:
        return 1.0, 1.0
    median, most = np.quantile(speeds, [0.5, 0.98])
    return rounded(float(most)), float(median)


def full_error(tangents: Tangents, which: str) -> float:
    """The error, as a share of the rms speed, that gets the map's full colour.

    For a learned field it equals that of the program's other maps, so that learning shows as a
    fading map. For an average of many pairs it is a smaller round number, two to five times the
    error.
    """
    known = (tangents.errors or {}).get(which)
    if known is None or which != "estimate" or not np.isfinite(known).any():
        return FULL
    level = 2.0 * float(np.nanmedian(known))
    return next((full for full in FULLS if full >= level), FULL)


def rms_speed(tangents: Tangents) -> float:
    """Root mean square of the exact speed over all mass and times, by which errors are divided.

    If there are many cells, only every few are used.
    """
    exact, density = tangents.exact, tangents.density
    assert exact is not None
    if exact not in _RMS:
        k = max(1, round(math.sqrt(exact.values.size / 2 / SAMPLES)))
        v = exact.values[:, ::k, ::k]
        weight = np.ones(v.shape[:3]) if density is None else density[:, ::k, ::k].astype(float)
        squares = np.square(v).sum(-1)
        weight[~np.isfinite(squares)] = 0.0
        mass = weight.sum((1, 2))
        power = (weight * np.nan_to_num(squares)).sum((1, 2))[mass > 0] / mass[mass > 0]
        mean = np.interp(exact.times, exact.times[mass > 0], power).mean() if len(power) else 0.0
        _RMS[exact] = max(math.sqrt(float(mean)), 1e-9)
    return _RMS[exact]


def rounded(value: float) -> float:
    """The smallest round number that is at least `value`."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-9)))
    return next(m * power for m in ROUND if m * power >= value * 0.999)
