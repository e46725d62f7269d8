"""The transition density of reflected Brownian motion, by the better of two sums."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.domains.kernels.arguments import pairs_of, peak, tau_of
from flowlab.core.domains.kernels.interfaces import (
    Errors,
    Harmonics,
    Method,
    Shape,
    Sum,
    Terms,
    Values,
)
from flowlab.core.domains.kernels.marginal import GridFlow, Marginal

_TRIALS = 25  # heat times at which the sums are compared
_EQUAL = 1e-12  # sums that differ by less agree: rounding
_STARTS, _PROBES = 12, 8  # places of which they are compared


class HeatKernel:
    """p_tau(x | x0) of reflected Brownian motion, dp/dtau = Laplacian p, tau = sigma^2 / 2.

    Below `switch` the sum of images is used, from there on the harmonics; it is where both agree
    best, to `mismatch` of the peak. `between` are the standard deviations among which it is sought.
    """

    def __init__(
        self,
        shape: Shape,
        images: Sum,
        harmonics: Harmonics,
        between: tuple[float, float],
        flow: Callable[[], GridFlow],
    ) -> None:
        self.shape, self.images, self.harmonics = shape, images, harmonics
        self._between, self._make_flow = between, flow

    @property
    def eigenvalues(self) -> Tensor:
        """Eigenvalues (modes,) of minus the Laplacian, ascending; the first, of uniform, is 0."""
        return torch.from_numpy(self.harmonics.eigenvalues.copy())

    @property
    def switch(self) -> float:
        """The heat time from which harmonics are used."""
        return self._agreement[0]

    @property
    def mismatch(self) -> float:
        """Greatest difference of both sums at the switch, measured, as a share of the peak."""
        return self._agreement[1]

    def density(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) at x (n, 2) of what started at x0, one point or (n, 2); 0 outside.

        tau is one number or (n,). Raises `Invalid` for tau <= 0 or a start outside.
        """
        return self._at(self._combined, x, x0, tau)[0]

    def score(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Gradient (n, 2) of the log density; NaN outside the walls. See `density`."""
        return self._at(self._combined, x, x0, tau)[1]

    def by_images(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) by the sum of reflections alone, however bad it is there."""
        return self._at(self.images.values, x, x0, tau)[0]

    def by_harmonics(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) by the harmonics alone; it may be negative where tau is small."""
        return self._at(self.harmonics.values, x, x0, tau)[0]

    def terms(self, tau: Any) -> Terms:
        """How many terms each sum has at tau, and which of them is used."""
        t = tau_of(tau)
        used: Method = "images" if t < self.switch else "harmonics"
        return Terms(self.images.count(t), self.harmonics.count(t), used)

    def error(self, tau: Any) -> Errors:
        """Estimated greatest error of each sum's density at tau, as a share of the peak."""
        t = tau_of(tau)
        one, other = self.images.error(t), self.harmonics.error(t)
        return Errors(one, other, one if t < self.switch else other)

    def marginal(self, density: Any, tau: Any) -> Marginal:
        """Density and score at tau of what starts from a density (H, W) over the bounds.

        Its first row is the lowest. Computed on a grid of cut cells, exactly in time. Raises
        `Invalid` unless it has mass within the walls.
        """
        return self._flow.marginal(density, tau_of(tau), self.shape)

    @functools.cached_property
    def _flow(self) -> GridFlow:
        return self._make_flow()

    def _at(
        self, values: Callable[..., Values], x: Any, x0: Any, tau: Any
    ) -> tuple[Tensor, Tensor]:
        """Density and score, of the dtype of x; 0 and NaN outside."""
        points, starts, taus, like = pairs_of(x, x0, tau, self.shape)
        density, score = np.zeros(len(points)), np.full(points.shape, np.nan)
        rows = np.flatnonzero(self.shape.inside(points))
        density[np.isnan(points).any(1)] = np.nan
        if len(rows):
            own = starts if len(starts) == 1 else starts[rows]
            found = values(points[rows], own, taus[rows])
            density[rows], score[rows] = found.density, found.score
        return torch.from_numpy(density).to(like), torch.from_numpy(score).to(like)

    def _combined(self, x: Doubles, x0: Doubles, tau: Doubles) -> Values:
        late = tau >= self.switch
        if late.all() or not late.any():
            return (self.harmonics if late.any() else self.images).values(x, x0, tau)
        density, score = np.empty(len(x)), np.empty_like(x)
        for rows, method in ((late, self.harmonics), (~late, self.images)):
            own = x0 if len(x0) == 1 else x0[rows]
            found = method.values(x[rows], own, tau[rows])
            density[rows], score[rows] = found.density, found.score
        return Values(density, score)

    @functools.cached_property
    def _agreement(self) -> tuple[float, float]:
        """The heat time at which both sums differ least, and by how much."""
        taus = np.geomspace(*self._between, _TRIALS) ** 2 / 2
        starts = _places(self.shape, _STARTS)
        gaps = np.array([self._gap(float(t), starts) for t in taus])
        best = np.flatnonzero(gaps <= max(float(gaps.min()), _EQUAL))
        i = best[len(best) // 2]
        return float(taus[i]), float(gaps[i])

    def _gap(self, tau: float, starts: Doubles) -> float:
        """Greatest difference of both sums around the starts, as a share of the peak."""
        angles = np.arange(_PROBES) * 2.4  # the golden angle
        reach = np.sqrt(2 * tau) * np.linspace(0, 2.5, _PROBES)
        offsets = np.stack([reach * np.cos(angles), reach * np.sin(angles)], 1)
        x = (starts[:, None] + offsets).reshape(-1, 2)
        x0 = np.repeat(starts, _PROBES, 0)
        rows = self.shape.inside(x)
        taus = np.full(int(rows.sum()), tau)
        one, other = (s.values(x[rows], x0[rows], taus) for s in (self.images, self.harmonics))
        return float(np.abs(one.density - other.density).max()) / peak(tau, self.shape.area)


def _places(shape: Shape, n: int) -> Doubles:
    """Points (n, 2) within the walls, the same ones each time: some of them near a wall."""
    rng = np.random.default_rng(0)
    (x0, y0, x1, y1), kept = shape.bounds, np.zeros((0, 2))
    while len(kept) < 40 * n:
        x = rng.uniform((x0, y0), (x1, y1), (400 * n, 2))
        kept = np.concatenate([kept, x[shape.inside(x)]])
    step = 0.02 * np.sqrt(shape.area)
    shifted = [shape.inside(kept + step * np.array(d)) for d in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    at_wall = ~np.all(shifted, 0)
    half = min(int(at_wall.sum()), n // 2)
    places: Doubles = np.concatenate([kept[at_wall][:half], kept[~at_wall][: n - half]])
    return places
