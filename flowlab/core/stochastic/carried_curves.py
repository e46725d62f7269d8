"""The curves of a velocity, each cached for itself, so that one which is dragged costs one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.shapes import Shape
from flowlab.core.exact.interfaces import Oracle
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.along_path import QUICK, STEPS, curves_through
from flowlab.core.stochastic.cubic import cubic_between
from flowlab.core.views.cache import LruCache

Point = tuple[float, float, float]  # x, y and the t at which the curve is there
_KEPT = 64  # curves


@dataclass(frozen=True, eq=False)
class OneCurve:
    """A curve at `even_times`, T of them."""

    places: Floats  # (T, 2)
    change: Floats  # (T,) log rho_t(X_t) - log rho_0(X_0)
    start: float  # log rho_0(X_0)
    known: Floats | None  # (T,) log p_t(X_t) of the exact flow


_curves: LruCache[OneCurve] = LruCache(_KEPT)


def even_times() -> Floats:
    """The times of all curves."""
    return np.linspace(0.0, 1.0, STEPS + 1)


@dataclass(frozen=True, eq=False)
class Carrier:
    """A velocity that carries curves, and what is known of the densities along them."""

    field: Field
    source: Shape
    oracle: Oracle | None  # of the exact log density
    key: object  # what the curves depend on, beside their points

    def curves(
        self,
        points: Sequence[Point],
        *,
        quick: bool,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[OneCurve]:
        """The curves through all points, those not cached in one go; raises `Cancelled`.

        If `quick`, new ones have fewer steps.
        """
        rough = {point: quick and (self.key, point, STEPS) not in _curves for point in points}
        steps = {point: QUICK if rough[point] else STEPS for point in points}
        new = [point for point in steps if (self.key, point, steps[point]) not in _curves]
        found = dict(zip(new, self._through(new, quick, cancelled), strict=True))

        def curve(point: Point) -> OneCurve:
            key = self.key, point, steps[point]
            return _curves.get(key, lambda: found.get(point) or self._again(point, quick))

        return [curve(point) for point in points]

    def _again(self, point: Point, quick: bool) -> OneCurve:
        """A curve that another thread has just thrown out of the cache."""
        return self._through([point], quick, None)[0]

    def _through(
        self, points: Sequence[Point], quick: bool, cancelled: Callable[[], bool] | None
    ) -> list[OneCurve]:
        if not points:
            return []
        at, steps = torch.tensor(points, dtype=torch.float64), QUICK if quick else STEPS
        times, places, change = curves_through(self.field, at, steps, cancelled)
        known = None if self.oracle is None else _known(self.oracle, times, places)
        start = log_source(self.source, places[0])
        xy, since = _refined(places.numpy()), _refined(change.numpy())
        logs = None if known is None else _refined(known)
        return [
            OneCurve(xy[:, k], since[:, k], float(start[k]), None if logs is None else logs[:, k])
            for k in range(len(points))
        ]


def _refined(rows: Floats) -> Floats:
    """Values (T, ...) at `even_times`, by cubic interpolation if they are at fewer times."""
    if len(rows) == STEPS + 1:
        return rows
    with np.errstate(invalid="ignore"):  # infinite where a curve leaves the support
        return np.stack([cubic_between(rows, t) for t in even_times().tolist()])


def log_source(shape: Shape, x0: Tensor) -> Floats:
    """log rho_0 (n,) at the starts of curves; NaN where it isn't known."""
    source = build(shape)
    if not source.has_log_prob:
        return np.full(len(x0), np.nan)
    lost = ~x0.isfinite().all(1)
    logs = source.log_prob(x0.masked_fill(lost[:, None], 0.0)).double()
    found: Floats = logs.masked_fill(lost, torch.nan).numpy()
    return found


def _known(oracle: Oracle, times: Tensor, places: Tensor) -> Floats:
    """log p_t(X_t) (T, n) of the exact flow."""
    rows = [oracle.log_density(x, t).double() for x, t in zip(places, times.tolist(), strict=True)]
    found: Floats = torch.stack(rows).numpy()
    return found
