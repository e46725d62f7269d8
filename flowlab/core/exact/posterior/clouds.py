"""Pairs of a point cloud and any density given x_t, by weights of the points.

x = a y + b (p + s z): y has density f, p is a point of the cloud and s the blur. Without blur, p
has weight f((x - b p) / a). With blur, p is sampled by an upper bound of its likelihood over all y,
y is sampled from f, and the pair is accepted with likelihood / bound. If few proposals are
rejected, plain rejection is cheaper. Each way samples the exact posterior.
"""

from __future__ import annotations

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.distributions.categorical import WeightedRows
from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Shape
from flowlab.core.exact.posterior.blocks import CELLS, GridEnd
from flowlab.core.exact.posterior.ends import End, box_of
from flowlab.core.exact.posterior.interfaces import Drawn, Generators, coefficients, in_order
from flowlab.core.exact.posterior.nearby import Atoms, Near
from flowlab.core.exact.posterior.proposals import Proposer
from flowlab.core.interpolants.paths import LINEAR

_FEW = 24  # proposals per bare point before its weights are computed
_MOST = 1 << 13  # proposals for a pair
_FIRST, _GROWTH = 4, 4  # most proposals per point in the first round; growth per round
_ROOM = 1 << 13  # proposals at once
_PAIRS = 1 << 21  # places times points at once
_TAIL = 6.5  # deviations of the blur; 1e-9 lies beyond


class CloudPairs:
    """Posterior pairs of a point cloud, blurred or not, and an end with a known density."""

    def __init__(self, source: Shape, target: Shape, cloud_is_target: bool, other: End) -> None:
        cloud, smooth = (target, source) if cloud_is_target else (source, target)
        self._is_target = cloud_is_target
        self._other, (self._middle, self._half) = other, box_of(smooth)
        self._cloud = Atoms(build(cloud))
        self._rejection = Proposer(self._cloud, self._other, cloud_is_target)
        read = (
            f", the other density on {CELLS} × {CELLS} cells" if isinstance(other, GridEnd) else ""
        )
        self.note = f"{'nearly ' * bool(read)}exact, by the weights of the points{read}"
        self._rows = max(1, _PAIRS // self._cloud.places.shape[1])

    def draw(self, x: Floats, t: float, rng: Generators) -> Drawn:
        """One pair for each x (2, n) of the linear path; NaN where none was found."""
        blend = coefficients(LINEAR, t)
        a, b = blend[not self._is_target], blend[self._is_target]
        p, y = np.full((2, *x.shape), np.nan)
        left, bare = np.arange(x.shape[1]), self._cloud.blur == 0
        if self._rejection_is_cheaper(a, b):
            drawn = self._rejection.draw(x, blend, _FEW if bare else _MOST, rng)
            p, y = in_order(drawn.x0, drawn.x1, self._is_target)
            left = np.flatnonzero(~drawn.found)
        find = self._bare if bare else self._blurred
        for first in range(0, len(left), self._rows):
            batch = left[first : first + self._rows]
            p[:, batch], y[:, batch] = find(x[:, batch], a, b, rng)
        return Drawn(*in_order(p, y, self._is_target), float(x.shape[1]))

    def _rejection_is_cheaper(self, a: float, b: float) -> bool:
        """True if plain rejection needs few proposals, or roughly fewer."""
        plain = 1 + self._cloud.area * self._other.peak * (b / a) ** 2  # proposals for a pair
        if self._cloud.blur == 0:
            return plain < _FEW
        return plain < float((1 + self._half * a / (b * self._cloud.blur)).prod())

    def _bare(self, x: Floats, a: float, b: float, rng: Generators) -> tuple[Floats, Floats]:
        """p (2, n) by the weights f((x - b p) / a), and y; NaN where all weights are 0."""
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
            accepted = rng.uniform(len(rows)) * weights.weights[picked] < _likely(off / blur)
            y[:, rows[accepted][::-1]] = places[:, accepted][
                :, ::-1
            ]  # the first of each is written last
            left, tried, wish = left[np.isnan(y[0, left])], tried + each, wish * _GROWTH
        return (x - a * y) / b, y

    def _near(self, x: Floats, a: float, b: float) -> Near:
        """The points of the cloud within reach of x (2, n) for some y."""
        reach = float(np.hypot(*self._half[:, 0])) * a / b + _TAIL * self._cloud.blur
        return self._cloud.near((x - a * self._middle) / b, reach)


def _likely(z: Floats) -> Floats:
    """exp(-|z|^2 / 2), (n,), for z (2, n)."""
    likely: Floats = np.exp(np.square(z).sum(0) / -2)
    return likely
