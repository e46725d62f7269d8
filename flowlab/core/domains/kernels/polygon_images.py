"""The free Gaussian and its mirror images in the walls of a polygon, for small sigma.

An image counts where its straight path crosses its wall. Near the tip of a corner whose angle isn't
pi / m, where heat is scattered, the exact kernel of the wedge takes the place of its images.
"""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.curved_wall import log_image
from flowlab.core.domains.kernels.interfaces import Values
from flowlab.core.domains.kernels.numerical_score import with_score
from flowlab.core.domains.kernels.polygon import PolygonShape
from flowlab.core.domains.kernels.walls import Corner, Stretch, walls_of
from flowlab.core.domains.kernels.wedge import log_wedge

_REACH = 5.0  # standard deviations: walls that are further away aren't mirrors
_STRONGEST = 0.8  # curvature times sigma that first order can follow
_ROWS = 1 << 19  # numbers at once
_MOST = 24  # images in a corner, on either side
_SLENDER, _GRAZING = 0.25, 0.3  # depth over length, and over sigma, of a way that grazes a bulge
_ROUNDING = 1e-9  # of angles
_SCATTERING = 7.0  # standard deviations by way of the tip


class PolygonImages:
    """The sum of images in the walls nearer than 5 sigma."""

    def __init__(self, shape: PolygonShape, rings: tuple[Doubles, ...]) -> None:
        self.shape = shape
        self.stretches, self._meetings = walls_of(rings)
        self._edges = sum(len(s.lengths) for s in self.stretches)

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        x0 = np.broadcast_to(x0, x.shape)
        density, score = np.zeros(len(x)), np.zeros(x.shape)
        chunk = max(1, _ROWS // self._edges)
        for rows in _of_similar_sigma(tau):
            for i in range(0, len(rows), chunk):
                own = rows[i : i + chunk]
                found = with_score(self._log, x[own], x0[own], tau[own])
                density[own], score[own] = found.density, found.score
        return Values(density, score)

    def _log(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Log density (n,)."""
        square = ((x - x0) ** 2).sum(1)
        free = -square / (4 * tau) - np.log(4 * math.pi * tau)
        total = np.where(self._in_view(x, x0, tau), free, -np.inf)
        for stretch in self.stretches:
            total = np.logaddexp(total, _in_wall(stretch, x, x0, tau))
        scattered = np.zeros(len(x))
        for corner in self.corners_at(float(sigma_of(tau[0]))):
            if corner.convex:
                total = np.logaddexp(total, _in_corner(corner, x, x0, tau))
            if _inexact(corner):
                scattered += _scattered(corner, x, x0, tau)
        return _plus(total, scattered)

    def corners_at(self, sigma: float) -> list[Corner]:
        """The corners with their angles as they are at that distance from the tip."""
        return [_opened(before, after, sigma) for before, after in self._meetings]

    def _in_view(self, x: Doubles, x0: Doubles, tau: Doubles) -> Bools:
        """True (n,) where no wall lies between x0 and x, or the way but grazes a bulge of one."""
        import shapely

        ways = shapely.linestrings(np.stack([x0, x], 1))
        seen: Bools = shapely.covers(self.shape.with_walls, ways)
        rows = np.flatnonzero(~seen)
        if len(rows) and not all(s.straight for s in self.stretches):
            beyond = shapely.difference(ways[rows], self.shape.polygon)
            middle = shapely.line_interpolate_point(beyond, 0.5, normalized=True)
            depth = shapely.distance(self.shape.polygon, middle)
            elongated = depth < _SLENDER * shapely.length(beyond)
            seen[rows] = elongated & (depth < _GRAZING * sigma_of(tau[rows]))
        return seen

    def count(self, tau: float) -> int:
        """The start, an image in each wall, and those in corners."""
        corners = self.corners_at(float(sigma_of(tau)))
        in_corners = [max(0, round(2 * math.pi / c.angle) - 3) for c in corners]
        return 1 + len(self.stretches) + sum(in_corners)

    def error(self, tau: float) -> float:
        """Estimated error as a share of the peak: curvature, squared, and walls left out."""
        sigma = float(sigma_of(tau))
        bends = [float(np.abs(_bend(s, sigma)).max()) for s in self.stretches if not s.straight]
        bent = 0.25 * (max([0.0, *bends]) * sigma) ** 2
        far = sigma / math.sqrt(self.shape.area)
        return min(1.0, max(bent, math.exp(-1 / (8 * far**2))))


def _of_similar_sigma(tau: Doubles) -> list[Ints]:
    """Rows whose sigmas are within a factor of sqrt 2, of each such class."""
    octave = np.round(np.log2(tau)).astype(int)
    return [np.flatnonzero(octave == k) for k in np.unique(octave)]


def _plus(logs: Doubles, scattered: Doubles) -> Doubles:
    """Log of exp(logs) + scattered, which is at least a rounding error of either."""
    if not scattered.any():
        return logs
    direct = np.exp(logs)
    total = np.maximum(direct + scattered, 1e-9 * np.maximum(direct, np.abs(scattered)))
    return np.where(scattered != 0, np.log(np.maximum(total, 1e-300)), logs)


def _opened(before: Stretch, after: Stretch, distance: float) -> Corner:
    """The corner between two stretches, as wide as it is at a distance from its tip."""
    ahead = after.along(distance) - after.starts[0]
    back = before.along(-distance) - after.starts[0]
    cross, dot = ahead[0] * back[1] - ahead[1] * back[0], float(ahead @ back)
    angle = math.atan2(cross, dot) % (2 * math.pi)
    return Corner(after.starts[0], angle, ahead / np.hypot(*ahead))


def _bend(stretch: Stretch, sigma: float) -> Doubles:
    return stretch.curvature(stretch.arcs, np.full(len(stretch.arcs), sigma))


def _inexact(corner: Corner) -> bool:
    """True unless the angle is pi / m, where images are exact."""
    return abs(math.remainder(math.pi / corner.angle, 1)) > 1e-6 or not corner.convex


def _in_wall(stretch: Stretch, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """Log (n,) of the image in one stretch of wall."""
    log, sigma = np.full(len(x), -np.inf), sigma_of(tau)
    (s, u), (s0, u0) = stretch.foot(x), stretch.foot(x0)
    slack = 1e-3 * sigma  # differences across a wall look behind it
    rows = np.flatnonzero((u > -slack) & (u0 > -slack) & (u0 < _REACH * sigma))
    if not len(rows):
        return log
    s, u, s0, u0, sigma, t = s[rows], u[rows], s0[rows], u0[rows], sigma[rows], tau[rows]
    v = s - s0
    if stretch.first is None:
        v = v - stretch.length * np.round(v / stretch.length)
    hit = s0 + v * u0 / np.maximum(np.abs(u) + np.abs(u0), 1e-300)
    bend: Doubles | float = 0.0
    if not stretch.straight:
        most = _STRONGEST / sigma
        place = hit % stretch.length if stretch.first is None else hit
        bend = np.clip(stretch.curvature(place, sigma), -most, most)
    log[rows] = log_image(u, u0, v, bend, t)
    for corner, within in ((stretch.first, hit >= 0), (stretch.last, hit <= stretch.length)):
        if corner is not None:
            log[rows] = np.where(within | _on(corner, x[rows], x0[rows]), log[rows], -np.inf)
    return log


def _on(corner: Corner, x: Doubles, x0: Doubles) -> Bools:
    """True (n,) for pairs of which one is the corner itself, rounding aside."""
    size = np.abs(corner.place).max() + 1
    near: Bools = (np.minimum(*(np.hypot(*(p - corner.place).T) for p in (x, x0)))) < 1e-7 * size
    return near


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


def _in_corner(corner: Corner, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """Log (n,) of the images by several walls of a convex corner."""
    log = np.full(len(x), -np.inf)
    r, r0 = (np.hypot(*(p - corner.place).T) for p in (x, x0))
    rows = np.flatnonzero(np.maximum(r, r0) < 2 * _REACH * sigma_of(tau))
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
    log[rows] = total
    return log


def _scattered(corner: Corner, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
    """What (n,) the exact kernel of a wedge has beyond its images, near its tip."""
    found = np.zeros(len(x))
    (r, angle), (r0, angle0) = corner.opened_polar(x), corner.opened_polar(x0)
    rows = np.flatnonzero(r + r0 < _SCATTERING * sigma_of(tau))
    if not len(rows):
        return found
    r, angle, r0, angle0, t = r[rows], angle[rows], r0[rows], angle0[rows], tau[rows]
    exact = np.exp(log_wedge(r, angle, r0, angle0, corner.angle, t))
    single = [(1, 0.0), (-1, 0.0), (-1, 2 * corner.angle)]  # the start, and both walls' images
    for sign, turn in single + (_turns(corner) if corner.convex else []):
        apart = angle - (turn + sign * angle0)
        lit = np.abs(apart) < math.pi
        square = r**2 + r0**2 - 2 * r * r0 * np.cos(apart)
        exact -= np.where(lit, np.exp(-square / (4 * t)) / (4 * math.pi * t), 0.0)
    found[rows] = exact
    return found
