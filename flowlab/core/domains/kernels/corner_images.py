"""Images by several walls of a corner, and what its tip scatters."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.walls import Corner
from flowlab.core.domains.kernels.wedge import wedge

_NEAR = 10.0  # standard deviations from the tip within which its images count
_MOST = 24  # images in a corner, on either side
_ROUNDING = 1e-9  # of angles
_SCATTERING = 7.0  # standard deviations by way of the tip


def scatters(corner: Corner) -> bool:
    """True unless the angle is pi / m, where images are exact."""
    return abs(math.remainder(math.pi / corner.angle, 1)) > 1e-6 or not corner.convex


def _turns(corner: Corner) -> list[tuple[int, float]]:
    """Images of a convex corner but those in one of its walls: sign of the angle, and turn.

    Those that may be seen, which is from less than half a turn away.
    """
    step = 2 * corner.angle
    steps = [k for k in range(-_MOST, _MOST + 1) if k]
    turned = [(1, k * step) for k in steps if abs(k) * step - corner.angle < math.pi - _ROUNDING]
    mirrored = [
        (-1, k * step) for k in steps if k != 1 and max(k - 1, -k) * step < math.pi - _ROUNDING
    ]
    return turned + mirrored


def in_corner(log: Doubles, corner: Corner, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """Log (n,) with the images by several walls of a convex corner added."""
    r, r0 = (np.hypot(*(p - corner.place).T) for p in (x, x0))
    rows = np.flatnonzero(np.maximum(r, r0) < _NEAR * sigma_of(tau))
    if not len(rows):
        return log
    (r, angle), (r0, angle0) = corner.polar(x[rows]), corner.polar(x0[rows])
    t, total = tau[rows], np.full(len(rows), -np.inf)
    for sign, turn in _turns(corner):
        apart = angle - (turn + sign * angle0)
        square = r**2 + r0**2 - 2 * r * r0 * np.cos(apart)
        own = -square / (4 * t) - np.log(4 * math.pi * t)
        # Half of an image just opposite, so that two that coincide there count once.
        edge = np.abs(np.abs(apart) - math.pi) < _ROUNDING
        own = np.where(edge, own - math.log(2), np.where(np.abs(apart) < math.pi, own, -np.inf))
        total = np.logaddexp(total, own)
    log[rows] = np.logaddexp(log[rows], total)
    return log


def scatter(found: Doubles, corner: Corner, x: Doubles, x0: Doubles, tau: Doubles) -> None:
    """Add what (n,) the exact kernel of a wedge has beyond its images, near its tip."""
    r, r0 = (np.hypot(*(p - corner.place).T) for p in (x, x0))
    rows = np.flatnonzero(r + r0 < _SCATTERING * sigma_of(tau))
    if not len(rows):
        return
    (r, angle), (r0, angle0) = corner.opened_polar(x[rows]), corner.opened_polar(x0[rows])
    t = tau[rows]
    exact = wedge(r, angle, r0, angle0, corner.angle, t)
    single = [(1, 0.0), (-1, 0.0), (-1, 2 * corner.angle)]  # the start, and both walls' images
    for sign, turn in single + (_turns(corner) if corner.convex else []):
        apart = angle - (turn + sign * angle0)
        lit = np.abs(apart) < math.pi
        square = r**2 + r0**2 - 2 * r * r0 * np.cos(apart)
        exact -= np.where(lit, np.exp(-square / (4 * t)) / (4 * math.pi * t), 0.0)
    found[rows] += exact
