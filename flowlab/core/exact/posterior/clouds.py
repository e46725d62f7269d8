"""Pairs of a point cloud and any density given x_t, by the weights of the points.

In x = a y + b (p + s z), y has the density f, p is one of the points, and s their blur. Without
blur p has the weight f((x - b p) / a). With it, p is picked by a bound of how likely it is for any
y at all, y is drawn from f, and the pair is kept with what is left of that. Where few pairs are in
vain, plain rejection costs less. The law is the same, and exact.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.distributions.categorical import WeightedRows
from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Shape
from flowlab.core.exact.posterior.blocks import CELLS, Levels
from flowlab.core.exact.posterior.ends import End, box_of
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.exact.posterior.nearby import Atoms, Near
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.interpolants.paths import LINEAR

_FEW = 24  # proposals that bare points are worth before they are weighed
_MOST = 1 << 13  # proposals for a pair
_FIRST, _GROWTH = 4, 4  # for each point in the first round, at most, and more in every next one
_ROOM = 1 << 13  # proposals at once
_PAIRS = 1 << 21  # of places and points at once, at most
_TAIL = 6.5  # deviations of a blur, beyond which lies 1e-9 of it


class CloudPairs:
    """Pairs of a point cloud, blurred or bare, and of an end whose density is known."""

    def __init__(self, source: Shape, target: Shape, cloud_is_target: bool, other: End) -> None:
        cloud, smooth = (target, source) if cloud_is_target else (source, target)
        self._is_target = cloud_is_target
        self._other, (self._middle, self._half) = other, box_of(smooth)
        self._cloud = Atoms(build(cloud))
        self._plain = Proposer(self._cloud, self._other, cloud_is_target)
        read = (
            f", the other density on {CELLS} × {CELLS} cells" if isinstance(other, Levels) else ""
        )
        self.note = f"{'nearly ' * bool(read)}exact, by the weights of the points{read}"
        self._rows = max(1, _PAIRS // self._cloud.places.shape[1])

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n) of the linear path; NaN where none was found."""
        blend = coefficients(LINEAR, t)
        a, b = blend[not self._is_target], blend[self._is_target]
        p, y = np.full((2, *x.shape), np.nan)
        left, bare = np.arange(x.shape[1]), self._cloud.blur == 0
        if self._plainly(a, b):
            drawn = self._plain.draw(x, blend, _FEW if bare else _MOST, rng)
            p, y = in_order(drawn.x0, drawn.x1, self._is_target)
            left = np.flatnonzero(~drawn.found)
        find = self._bare if bare else self._blurred
        for first in range(0, len(left), self._rows):
            some = left[first : first + self._rows]
            p[:, some], y[:, some] = find(x[:, some], a, b, rng)
        return Drawn(*in_order(p, y, self._is_target), float(x.shape[1]))

    def _plainly(self, a: float, b: float) -> bool:
        """Does plain rejection take fewer proposals, roughly, or few?"""
        plain = 1 + self._cloud.area * self._other.peak * (b / a) ** 2  # proposals for a pair
        if self._cloud.blur == 0:
            return plain < _FEW
        return plain < float((1 + self._half * a / (b * self._cloud.blur)).prod())

    def _bare(self, x: Floats, a: float, b: float, rng: Generators) -> tuple[Floats, Floats]:
        """p (2, n) by the weights f((x - b p) / a), and y; NaN where all of them are 0."""
        near = self._near(x, a, b)
        y = (x[:, near.row] - b * self._cloud.places[:, near.point]) / a
        weights = WeightedRows(near.first, self._other.share(y))
        picked = weights.pick(weights.rows, rng.uniform(len(weights.rows)))
        p = np.full_like(x, np.nan)
        p[:, weights.rows] = self._cloud.places[:, near.point[picked]]
        return p, (x - b * p) / a

    def _blurred(self, x: Floats, a: float, b: float, rng: Generators) -> tuple[Floats, Floats]:
        """p + s z (2, n), and y; NaN where none was found."""
        near, blur = self._near(x, a, b), self._cloud.blur
        off = ((x - a * self._middle) / b)[:, near.row] - self._cloud.places[:, near.point]
        beyond = np.maximum(np.abs(off) - self._half * a / b, 0)
        weights = WeightedRows(near.first, _likely(beyond / blur))
        y, left, tried, wish = np.full_like(x, np.nan), weights.rows, 0, _FIRST
        while len(left) and tried < _MOST:
            each = max(1, min(_ROOM // len(left), wish))
            rows = np.repeat(left, each)
            picked = weights.pick(rows, rng.uniform(len(rows)))
            places = self._other.sample(len(rows), rng)
            off = (x[:, rows] - a * places) / b - self._cloud.places[:, near.point[picked]]
            kept = rng.uniform(len(rows)) * weights.weights[picked] < _likely(off / blur)
            y[:, rows[kept][::-1]] = places[:, kept][:, ::-1]  # the first of each is written last
            left, tried, wish = left[np.isnan(y[0, left])], tried + each, wish * _GROWTH
        return (x - a * y) / b, y

    def _near(self, x: Floats, a: float, b: float) -> Near:
        """The points that may have blended into x (2, n) with any y."""
        reach = float(np.hypot(*self._half[:, 0])) * a / b + _TAIL * self._cloud.blur
        return self._cloud.near((x - a * self._middle) / b, reach)


def _likely(z: Floats) -> Floats:
    """exp(-|z|^2 / 2), (n,), of (2, n)."""
    likely: Floats = np.exp(np.square(z).sum(0) / -2)
    return likely
