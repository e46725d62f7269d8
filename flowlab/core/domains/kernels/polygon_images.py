"""The free Gaussian and its mirror images in the walls of a polygon, for small sigma.

An image counts where its straight path crosses its wall. Near the tip of a corner whose angle isn't
pi / m, where heat is scattered, the exact kernel of the wedge takes the place of its images.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np

from flowlab.core.array_types import Bools, Doubles, Ints
from flowlab.core.domains.kernels.arguments import sigma_of
from flowlab.core.domains.kernels.corner_images import in_corner, scatter, scatters
from flowlab.core.domains.kernels.curved_wall import log_image
from flowlab.core.domains.kernels.image_places import gaussians_on_grid
from flowlab.core.domains.kernels.interfaces import Images, Values
from flowlab.core.domains.kernels.numerical_score import log_free, with_score
from flowlab.core.domains.kernels.polygon import PolygonShape
from flowlab.core.domains.kernels.similar_tau import rows_of_similar_tau
from flowlab.core.domains.kernels.walls import Corner, Stretch, walls_of

_FURTHEST = 9.0  # standard deviations that are gone at all
_REACH = 5.0  # standard deviations: walls that are further away aren't mirrors
_STRONGEST = 0.8  # curvature times sigma that first order can follow
_ROWS = 1 << 19  # numbers at once
_SLENDER, _GRAZING = 0.25, 0.3  # depth over length, and over sigma, of a way that grazes a bulge


class PolygonImages(Images):
    """The sum of images in the walls nearer than 5 sigma."""

    def __init__(self, shape: PolygonShape, rings: tuple[Doubles, ...]) -> None:
        self.shape = shape
        self.stretches, self._meetings = walls_of(rings)
        self._edges = max(len(s.lengths) for s in self.stretches)

    def values(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score."""
        x0 = np.broadcast_to(x0, x.shape)
        free = np.exp(log_free(x, x0, tau))
        found = Values(free, (x0 - x) / (2 * tau[:, None]))
        for rows in self._near(x, x0, tau):
            own = self._with_score(x[rows], x0[rows], tau[rows])
            found.density[rows], found.score[rows] = own.density, own.score
        return found

    def density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        """Density (n,) alone; 0 beyond 9 sigma, where less than 1e-17 of the peak arrives."""
        x0, density = np.broadcast_to(x0, x.shape), np.zeros(len(x))
        reached = np.flatnonzero(np.hypot(*(x - x0).T) < _FURTHEST * sigma_of(tau))
        density[reached] = np.exp(log_free(x[reached], x0[reached], tau[reached]))
        for near in self._near(x[reached], x0[reached], tau[reached]):
            rows = reached[near]
            seen = self._in_view(x[rows], x0[rows], tau[rows])
            density[rows] = np.exp(self._log(x[rows], x0[rows], tau[rows], seen))
        return density

    def _near(self, x: Doubles, x0: Doubles, tau: Doubles) -> Iterator[Ints]:
        """Rows that feel a wall, those of similar tau together."""
        way = np.hypot(*(x - x0).T)
        rows = np.flatnonzero(self._to_wall(x0) < np.maximum(_REACH * sigma_of(tau), way))
        chunk = max(1, _ROWS // self._edges)
        curved = not all(stretch.straight for stretch in self.stretches)
        classes = rows_of_similar_tau(tau[rows], 4.0) if curved else [np.arange(len(rows))]
        for similar in classes:
            for i in range(0, len(similar), chunk):
                yield rows[similar[i : i + chunk]]

    def _to_wall(self, x: Doubles) -> Doubles:
        """Distance (n,) to the nearest wall."""
        import shapely

        distances: Doubles = shapely.distance(shapely.points(x), self.shape.walls)
        return distances

    def _with_score(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        """Density and score; points just ahead of x are in view where x is."""
        seen = np.tile(self._in_view(x, x0, tau), 3)
        return with_score(functools.partial(self._log, seen=seen), x, x0, tau)

    def _log(self, x: Doubles, x0: Doubles, tau: Doubles, seen: Bools) -> Doubles:
        """Log density (n,) where x are seen from x0 or not."""
        total = np.where(seen, log_free(x, x0, tau), -np.inf)
        for stretch in self.stretches:
            total = _in_wall(total, stretch, x, x0, tau)
        scattered = np.zeros(len(x))
        for corner in self.corners_at(float(np.median(sigma_of(tau)))):
            if corner.convex:
                total = in_corner(total, corner, x, x0, tau)
            if scatters(corner):
                scatter(scattered, corner, x, x0, tau)
        return _plus(total, scattered)

    def on_grid(self, xs: Doubles, ys: Doubles, x0: Doubles, tau: float, terms: int) -> Doubles:
        """Density (H, W) by the Gaussian alone for one term, or with images for more."""
        if terms == 1:
            return gaussians_on_grid(xs, ys, x0, tau)
        x, found = (
            np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2),
            np.full(len(xs) * len(ys), np.nan),
        )
        rows = self.shape.inside(x)
        found[rows] = self.density(x[rows], x0, np.full(int(rows.sum()), tau))
        return found.reshape(len(ys), len(xs))

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


def _in_wall(
    total: Doubles,
    stretch: Stretch,
    x: Doubles,
    x0: Doubles,
    tau: Doubles,
) -> Doubles:
    """Log (n,) with the image in one stretch of wall added."""
    sigma, (s0, u0) = sigma_of(tau), stretch.foot(x0)
    slack = 1e-3 * sigma  # differences across a wall look behind it
    rows = np.flatnonzero((u0 > -slack) & (u0 < _REACH * sigma))
    s, u = stretch.foot(x[rows])
    ahead = u > -slack[rows]
    rows, s, u = rows[ahead], s[ahead], u[ahead]
    if not len(rows):
        return total
    s0, u0, sigma, t = s0[rows], u0[rows], sigma[rows], tau[rows]
    v = s - s0
    if stretch.first is None:
        v = v - stretch.length * np.round(v / stretch.length)
    hit = s0 + v * u0 / np.maximum(np.abs(u) + np.abs(u0), 1e-300)
    log = log_image(u, u0, v, _bend_at(stretch, hit, sigma), t)
    for corner, within in ((stretch.first, hit >= 0), (stretch.last, hit <= stretch.length)):
        if corner is not None:
            log = np.where(within | _on(corner, x[rows], x0[rows]), log, -np.inf)
    total[rows] = np.logaddexp(total[rows], log)
    return total


def _bend_at(stretch: Stretch, arc: Doubles, sigma: Doubles) -> Doubles | float:
    """The wall's curvature (n,) as far as first order can follow; 0 of a straight one."""
    if stretch.straight:
        return 0.0
    most = _STRONGEST / sigma
    place = arc % stretch.length if stretch.first is None else arc
    return np.clip(stretch.curvature(place, sigma), -most, most)


def _on(corner: Corner, x: Doubles, x0: Doubles) -> Bools:
    """True (n,) for pairs of which one is the corner itself, rounding aside."""
    size = np.abs(corner.place).max() + 1
    near: Bools = (np.minimum(*(np.hypot(*(p - corner.place).T) for p in (x, x0)))) < 1e-7 * size
    return near
