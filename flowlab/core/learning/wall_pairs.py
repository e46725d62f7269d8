"""What a score between walls is trained on: noised points, and the score of their noise.

Constrained denoising score matching (Lou and Ermon 2023, arXiv:2304.04740): the mean of
grad log p(x_t | x1) over all x1 that may have become x_t is the score of the marginal there. The
transition density p is that of reflected Brownian motion: see `flowlab.core.domains.kernels`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, numpy_rng, torch_rng
from flowlab.core.domains import Domain, kernel
from flowlab.core.domains.clipped import check_inside, drawn_inside
from flowlab.core.domains.noise_levels import WallNoise
from flowlab.core.domains.of_settings import walls_of
from flowlab.core.domains.results import NearestWall
from flowlab.core.learning.wall_factor import divergence, layer_width, normal_part

FOLDED = ("square", "rectangle", "equilateral", "right")  # walls whose mirror images tile the plane
_STRIDE, _MOST_STRIDES = 0.05, 16  # of a walk between other walls, as a share of their size
_UNFELT = 16.0  # ways by a wall that are e^-16 times as likely don't count
_KEPT = 1 << 16  # pairs that are met again
_PARTS = 4  # of the pairs of a draw, of which one is new
_EVERY = {"drawn": 3}  # draws, between two that bring new pairs: those of such walls are dear

Drawn = tuple[Doubles, Doubles, Doubles, Tensor | None]
Pairs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor | None]


@dataclass(frozen=True, eq=False)
class NoisedPoints:
    """Samples of a target between walls, noise added to them, and the scores of that noise."""

    shape: Distribution
    walls: WallNoise
    kind: str  # of the walls, one of `settings.WALLS`

    @classmethod
    def of(cls, document: Document) -> NoisedPoints:
        """Those of a document; raises `Invalid` where its target lies outside the walls."""
        check_inside(document)
        settings = document.reflected
        walls = WallNoise(walls_of(settings), settings)
        return cls(build(document.target), walls, settings.walls)

    def draw(self, t: Tensor, seed: int) -> Drawn:
        """Points (n, 2) at each t (n,), sigma times the score of their noise, and classes (n,).

        Beside the score the part (n, 2) that the boundary factor takes away: see `wall_factor`.
        """
        start, x, variance, labels = self._noised(t, seed)
        sigma, domain = np.sqrt(variance), self.walls.domain
        walls = domain.nearest(x)
        scaled = self.score(x, start, variance, walls) * sigma[:, None]
        return x, scaled, normal_part(walls, layer_width(domain, sigma)), labels

    def draw_implicit(self, t: Tensor, seed: int) -> Drawn:
        """The same without a score, so that no kernel is needed.

        In its place sigma times the divergence (n, 2) of the part that the factor takes away.
        """
        _, x, variance, labels = self._noised(t, seed)
        sigma, domain = np.sqrt(variance), self.walls.domain
        width = layer_width(domain, sigma)
        drift = sigma[:, None] * divergence(domain, x, width)
        return x, drift, normal_part(domain.nearest(x), width), labels

    def _noised(self, t: Tensor, seed: int) -> tuple[Doubles, Doubles, Doubles, Tensor | None]:
        """Samples of the target (n, 2), these with noise, its variance (n,), and classes (n,)."""
        domain, rng = self.walls.domain, torch_rng(seed, Stream.WALL_DATA)
        x1, labels = drawn_inside(self.shape, domain, len(t), rng)
        start = domain.within(x1.numpy())
        variance = self.walls.variance(t.double()).numpy()
        noise = numpy_rng(seed, Stream.WALL_STEPS)
        x = noised(domain, start, variance, noise, folded=self.kind in FOLDED)
        return start, x, variance, None if labels is None else torch.from_numpy(labels)

    def score(
        self, x: Doubles, start: Doubles, variance: Doubles, walls: NearestWall | None = None
    ) -> Doubles:
        """The score (n, 2) of noise of variance (n,) at x (n, 2), which it carried from `start`.

        Every way by a wall is at least as long as both distances to the walls together; where that
        is so much longer than the straight one that none would be gone, the walls aren't felt.
        """
        score: Doubles = (start - x) / variance[:, None]
        domain, square = self.walls.domain, ((start - x) ** 2).sum(1)
        near = domain.nearest(x) if walls is None else walls
        detour = near.distance + domain.nearest(start).distance
        felt = np.flatnonzero(detour**2 - square < 2 * _UNFELT * variance)
        known = self._kernel.score(x[felt], start[felt], variance[felt] / 2)
        score[felt] = np.nan_to_num(known.numpy())
        return score

    @functools.cached_property
    def _kernel(self):  # type: ignore[no-untyped-def]
        return kernel(self.walls.domain)


def noised(
    domain: Domain, x: Doubles, variance: Doubles, rng: np.random.Generator, *, folded: bool
) -> Doubles:
    """Points x (n, 2) of reflected Brownian motion after noise of variance (n,).

    Where mirror images tile the plane, one reflected step is exact. Elsewhere it takes short steps,
    as many as it may: with so much noise that they are long, all is nearly uniform, which
    reflection keeps exactly.
    """
    if folded:
        step = np.sqrt(variance)[:, None] * rng.standard_normal(x.shape)
        return domain.within(domain.follow(x, step).points)
    strides = np.ceil(variance / (_STRIDE * domain.size) ** 2).clip(1, _MOST_STRIDES)
    deviation, x = np.sqrt(variance / strides)[:, None], x.copy()
    for k in range(int(strides.max(initial=0))):
        on = strides > k
        step = deviation[on] * rng.standard_normal((int(on.sum()), 2))
        x[on] = domain.follow(x[on], step).points
    return domain.within(x)


class WallPairs:
    """A pool of noised points, of which a part is new at each draw, and the oldest go.

    Scores of the noise cost more than a step of training: so each pair is met several times.
    """

    def __init__(
        self, points: NoisedPoints, rows: int, count: int, *, implicit: bool = False
    ) -> None:
        """For `count` batches of `rows` pairs at each draw, or of points alone if `implicit`."""
        self._draw = points.draw_implicit if implicit else points.draw
        self._rows, self._count = rows, count
        self._columns = max(count, _KEPT // rows)
        self._fresh = max(1, count // _PARTS)
        self._every = _EVERY.get(points.kind, 1)
        self._pool: Pairs | None = None
        self._filled = self._next = self._draws = 0

    def draw(self, rng: torch.Generator) -> Pairs:
        """Points (n, 2), t (n,), targets, normal parts (n, 2), classes (n,) of the next batches."""
        if self._draws % self._every == 0 or self._draws & (self._draws - 1) == 0:
            self._renew(self._fresh, rng)  # at first more often
        self._draws += 1
        shape, device = (self._count, self._rows), rng.device
        column = torch.randint(self._filled, shape, generator=rng, device=device)
        index = (column * self._rows + torch.arange(self._rows, device=device)).reshape(-1)
        *parts, c = self._pool  # type: ignore[misc]
        x, t, target, normals = (part[index] for part in parts)
        return x, t, target, normals, None if c is None else c[index]

    def _renew(self, columns: int, rng: torch.Generator) -> None:
        """Draw new pairs, whose times are spread evenly in each column, over the oldest."""
        device = rng.device
        t = torch.rand(columns, self._rows, generator=rng, device=device)
        t = ((torch.arange(self._rows, device=device) + t) / self._rows).reshape(-1)
        seed = int(torch.randint(1 << 62, (1,), generator=rng, device=device))
        *drawn, c = self._draw(t.cpu(), seed)
        x, target, normals = (torch.from_numpy(v).to(device, torch.float32) for v in drawn)
        if self._pool is None:
            self._pool = self._space(c, device)
        first = self._next * self._rows
        for own, value in zip(self._pool, (x, t, target, normals, c), strict=True):
            if own is not None and value is not None:
                self._write(own, value.to(device), first)
        self._filled = min(self._columns, max(self._filled, self._next + columns))
        self._next = (self._next + columns) % self._columns

    def _write(self, own: Tensor, value: Tensor, first: int) -> None:
        """Write rows from `first` on, and what doesn't fit there at the beginning."""
        fits = min(len(value), len(own) - first)
        own[first : first + fits] = value[:fits]
        own[: len(value) - fits] = value[fits:]

    def _space(self, classes: Tensor | None, device: torch.device) -> Pairs:
        n = self._columns * self._rows
        empty = functools.partial(torch.empty, device=device)
        labels = None if classes is None else empty(n, dtype=torch.int64)
        return empty(n, 2), empty(n), empty(n, 2), empty(n, 2), labels
