"""The transition density of reflected Brownian motion, by the better of two sums."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.distributions.checks import points_of
from flowlab.core.document.arguments import whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.domains.kernels.agreement import Agreement, agreement
from flowlab.core.domains.kernels.arguments import pairs_of, peak, start_of, tau_of, times_of
from flowlab.core.domains.kernels.decay import Decay, decay_of
from flowlab.core.domains.kernels.interfaces import (
    Errors,
    Harmonics,
    Images,
    Method,
    Shape,
    Terms,
)
from flowlab.core.domains.kernels.marginal import GridFlow, Marginal
from flowlab.core.domains.kernels.pictures import Grid, Picture, Tone

Which = Literal["best", "images", "harmonics"]
Answer = Callable[[Doubles, Doubles, Doubles], Doubles]  # at rows of x, x0 and tau
_SIDE, _MOST_SIDE, _MOST_TERMS = 96, 512, 10**6


class HeatKernel:
    """p_tau(x | x0) of reflected Brownian motion, dp/dtau = Laplacian p, tau = sigma^2 / 2.

    Below `switch` the sum of images is used, from there on the harmonics; it is where both agree
    best, to `mismatch` of the peak. `between` are the standard deviations among which it is sought.
    """

    def __init__(
        self,
        shape: Shape,
        images: Images,
        harmonics: Harmonics,
        between: tuple[float, float],
        flow: Callable[[], GridFlow],
    ) -> None:
        self.shape, self.images, self.harmonics = shape, images, harmonics
        self._between, self._make_flow = between, flow
        self._grids: dict[int, Grid] = {}  # the last one

    @property
    def eigenvalues(self) -> Tensor:
        """Eigenvalues (modes,) of minus the Laplacian, ascending; the first, of uniform, is 0."""
        return torch.from_numpy(self.harmonics.eigenvalues.copy())

    @functools.cached_property
    def agreement(self) -> Agreement:
        """Where both sums agree best, measured, and how well: the greatest and mean difference."""
        return agreement(self.shape, self.images, self.harmonics, self._between)

    @property
    def switch(self) -> float:
        """The heat time from which harmonics are used."""
        return self.agreement.tau

    @property
    def mismatch(self) -> float:
        """Greatest difference of both sums at the switch, measured, as a share of the peak."""
        return self.agreement.greatest

    def density(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) at x (n, 2) of what started at x0, one point or (n, 2); 0 outside.

        tau is one number or (n,). Raises `Invalid` for tau <= 0 or a start outside.
        """
        return self._at(self._density, x, x0, tau)

    def score(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Gradient (n, 2) of the log density; NaN outside the walls, and where less arrives than
        the harmonics' error, so that nothing is known. See `density`.
        """
        return self._at(self._score, x, x0, tau)

    def by_images(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) by the sum of reflections alone, however bad it is there."""
        return self._at(self.images.density, x, x0, tau)

    def by_harmonics(self, x: Any, x0: Any, tau: Any) -> Tensor:
        """Density (n,) by the harmonics alone; it may be negative where tau is small."""
        return self._at(self.harmonics.density, x, x0, tau)

    def terms(self, tau: Any) -> Terms:
        """How many terms each sum has at tau, and which of them is used."""
        t = tau_of(tau)
        used: Method = "images" if t < self.switch else "harmonics"
        return Terms(self.images.count(t), self.harmonics.count(t), used)

    def error(self, tau: Any) -> Errors:
        """Estimated greatest error of each sum's density at tau, as a share of the peak.

        That of images is at least the mismatch, which below the switch is that near the worst
        corner; `agreement.mean` is the mean one.
        """
        t = tau_of(tau)
        one, other = max(self.images.error(t), self.mismatch), self.harmonics.error(t)
        return Errors(one, other, one if t < self.switch else other)

    def picture(
        self, x0: Any, tau: Any, method: Which = "best", terms: int | None = None, side: int = _SIDE
    ) -> Picture:
        """The density of what started at x0, on side x side cells over the bounds.

        By "images" or "harmonics", so many of them (None: all there are at tau), or by the "best".
        """
        t, start, grid = tau_of(tau), start_of(x0, self.shape), self._grid(side)
        best = self._density(grid.points, start, np.full(len(grid.points), t))
        count, density = self._most(method, t), best
        if method != "best":
            wanted = count if terms is None else whole(terms, "Terms", 1, _MOST_TERMS)
            count = min(count, wanted)
            summed = grid.by_images if method == "images" else grid.by_harmonics
            density = summed(start, t, count)
        gap = float(np.abs(density - best).max(initial=0)) / peak(t, self.shape.area)
        return Picture(*grid.ticks, grid.picture(density), count, gap, self.error(t).used)

    def tone(self, mode: int, side: int = _SIDE) -> Tone:
        """The eigenfunction of that number on side x side cells; 0 is the uniform one."""
        return self._grid(side).tone(whole(mode, "A tone", 0, len(self.eigenvalues) - 1))

    def decay(self, x: Any) -> Decay:
        """The slowest way to uniform of a cloud that starts at x (n, 2)."""
        cloud = points_of(x)[0].double().cpu().numpy()
        return decay_of(self.harmonics, cloud, self.shape.area)

    def marginal(self, density: Any, tau: Any) -> Marginal:
        """Density and score at tau of what starts from a density (H, W) over the bounds.

        Its first row is the lowest. Computed on a grid of cut cells, exactly in time. Raises
        `Invalid` unless it has mass within the walls.
        """
        return self._flow.marginals(density, np.array([tau_of(tau)]))[0]

    def marginals(self, density: Any, taus: Any) -> tuple[Marginal, ...]:
        """The same at many heat times (k,), at little more cost than at the last of them."""
        return self._flow.marginals(density, times_of(taus))

    @functools.cached_property
    def _flow(self) -> GridFlow:
        return self._make_flow()

    def _grid(self, side: Any) -> Grid:
        side = whole(side, "The side of a picture", 1, _MOST_SIDE)
        if side not in self._grids:
            self._grids = {side: Grid(self.shape, self.images, self.harmonics, side)}
        return self._grids[side]

    def _most(self, method: Which, tau: float) -> int:
        """How many terms a picture may have."""
        terms = self.terms(tau)
        if method == "best":
            return terms.images if terms.used == "images" else terms.harmonics
        if method not in ("images", "harmonics"):
            raise Invalid(f"The method must be best, images or harmonics, not {shown(method)}.")
        return terms.images if method == "images" else len(self.harmonics.eigenvalues)

    def _at(self, answer: Answer, x: Any, x0: Any, tau: Any) -> Tensor:
        """The answer at x, of its dtype. Outside a density is 0, and a score NaN."""
        points, starts, taus, like = pairs_of(x, x0, tau, self.shape)
        rows = np.flatnonzero(self.shape.inside(points))
        found = np.zeros(len(points)) if answer != self._score else np.full(points.shape, np.nan)
        found[np.isnan(points).any(1)] = np.nan
        if len(rows):
            own = starts if len(starts) == 1 else starts[rows]
            found[rows] = answer(points[rows], own, taus[rows])
        return torch.from_numpy(found).to(like)

    def _density(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        found = self._switched(self.images.density, self.harmonics.density, x, x0, tau)
        return np.maximum(found, 0.0)  # below 0 it is the harmonics' error

    def _score(self, x: Doubles, x0: Doubles, tau: Doubles) -> Doubles:
        early, late = (
            lambda *rows, s=s: s.values(*rows).score for s in (self.images, self.harmonics)
        )
        return self._switched(early, late, x, x0, tau)

    def _switched(
        self, early: Answer, late: Answer, x: Doubles, x0: Doubles, tau: Doubles
    ) -> Doubles:
        """Both answers, each for its rows."""
        is_late = tau >= self.switch
        if is_late.all() or not is_late.any():
            return (late if is_late.any() else early)(x, x0, tau)
        parts = []
        for rows, answer in ((is_late, late), (~is_late, early)):
            own = x0 if len(x0) == 1 else x0[rows]
            parts.append((rows, answer(x[rows], own, tau[rows])))
        found = np.empty((len(x), *parts[0][1].shape[1:]))
        for rows, own in parts:
            found[rows] = own
        return found
