"""A learned velocity against the exact one under p_t: by time, by place and by angle."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.arguments import is_whole, seed_of, time_of, whole
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle
from flowlab.core.exact.reference import sample_coupled
from flowlab.core.exact.strata import ratio
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.likelihood import grid_points
from flowlab.core.solvers.field import Field

BINS = 10
SAMPLES = 20_000
_STRATA, _CLUSTERS = 4, 4  # strata of time in each bin, and times in each; see `exact.strata`


@dataclass(frozen=True, eq=False)
class Bins:
    """One value per time bin, with its standard error; NaN where there is none."""

    edges: Floats  # (B + 1,), from 0 to 1
    values: Floats  # (B,)
    errors: Floats  # (B,)
    counts: Ints  # (B,), samples


@dataclass(frozen=True, eq=False)
class Comparison:
    """Learned and exact velocities at samples x_t ~ p_t, from which all errors follow."""

    edges: Floats  # (B + 1,)
    which: Ints  # (n,), the time bin of each sample
    learned: Floats  # (n, 2)
    exact: Floats  # (n, 2)
    stratum: Ints  # (n,), the stratum of time of each sample; each lies in one bin
    cluster: Ints  # (n,), which of the stratum's times, drawn independently, is its own

    def excess(self) -> Bins:
        """E|v - v*|^2 in each bin: the excess of the squared loss over its floor."""
        return self._means(self._squares())

    def relative(self) -> Bins:
        """rms|v - v*| / rms|v*| in each bin; standard errors by the delta method."""
        shares = self._ratios(self._squares(), np.square(self.exact).sum(1))
        with np.errstate(invalid="ignore", divide="ignore"):
            values = np.sqrt(shares.values)
            return replace(shares, values=values, errors=shares.errors / (2 * values))

    def angle(self) -> Bins:
        """Mean angle in degrees between v and v* in each bin."""
        return self._means(self._angles())

    def pooled(self) -> Comparison:
        """The same with a single bin over all times."""
        return replace(self, edges=np.array([0.0, 1.0]), which=np.zeros_like(self.which))

    def _squares(self) -> Floats:
        squares: Floats = np.square(self.learned - self.exact).sum(1)
        return squares

    def _angles(self) -> Floats:
        a, b = self.learned, self.exact
        across = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        angles: Floats = np.degrees(np.abs(np.arctan2(across, (a * b).sum(1))))
        return angles

    def _means(self, values: Floats) -> Bins:
        return self._ratios(values, np.ones_like(values))

    def _ratios(self, values: Floats, weights: Floats) -> Bins:
        """The sum of values over that of weights in each bin."""
        bins, (stratum, strata) = len(self.edges) - 1, _numbered(self.stratum)
        clusters = int(self.cluster.max(initial=0)) + 1
        found = []
        for k in range(bins):
            rows = self.which == k
            own, count = _numbered(stratum[rows]) if strata else (stratum, 0)
            found.append(
                ratio(values[rows], weights[rows], own, self.cluster[rows], (count, clusters))
            )
        return Bins(
            self.edges,
            np.array(found, dtype=np.float64),
            np.array([each.error for each in found]),
            np.array([each.n for each in found]),
        )


def _numbered(index: Ints) -> tuple[Ints, int]:
    """Indices numbered from 0 without gaps, and how many there are."""
    distinct, numbers = np.unique(index, return_inverse=True)
    return numbers, len(distinct)


@objects_checked
def compare(
    field: Field,
    oracle: Oracle,
    document: Document,
    bins: int = BINS,
    n: int = SAMPLES,
    seed: int = 0,
) -> Comparison:
    """Both velocities at about `n` samples x_t of the document's pairs, t evenly spread.

    Each bin has 16 times, four in each quarter: few, since some oracles compute each time anew, and
    several in each quarter, since their spread shows the error. Raises `Invalid` if there are more
    times than samples.
    """
    whole(bins, "The number of bins")
    times = _CLUSTERS * _STRATA * bins
    if not is_whole(n, times):
        raise Invalid(
            f"{bins} bins need a whole number of at least {times} samples, not {shown(n)}."
        )
    rng, rows = torch_rng(seed_of(seed), Stream.ERROR_BY_TIME), n // times
    stratum = torch.arange(times) // _CLUSTERS
    t = (stratum + torch.rand(times, generator=rng)) * (_CLUSTERS / times)
    t = velocity_parameterization(interpolant_of(document.path)).times(t.clamp(max=1.0))
    x = blended(document, t.repeat_interleave(rows), rng)
    parts = [
        (field.velocity(each, float(s)), oracle.velocity(each.double(), float(s)))
        for each, s in zip(torch.split(x, rows), t, strict=True)
    ]
    learned, exact = (torch.cat(column) for column in zip(*parts, strict=True))
    of_rows = np.repeat(np.arange(times), rows)
    which = of_rows // (_CLUSTERS * _STRATA)
    return compared(
        which, bins, learned, exact, stratum=of_rows // _CLUSTERS, cluster=of_rows % _CLUSTERS
    )


def compared(
    which: Ints, bins: int, learned: Tensor, exact: Tensor, *, stratum: Ints, cluster: Ints
) -> Comparison:
    """The comparison of velocities (n, 2) in bins `which` (n,); undefined ones are omitted.

    Where the exact velocity is undefined there is no mass.
    """
    a, b = (v.detach().cpu().double().numpy() for v in (learned, exact))
    finite = np.isfinite(a).all(1) & np.isfinite(b).all(1)
    edges = np.linspace(0, 1, bins + 1)
    columns = (which, a, b, stratum, cluster)
    return Comparison(edges, *(column[finite] for column in columns))


def blended(document: Document, t: Tensor, rng: torch.Generator) -> Tensor:
    """x_t (n, 2) of pairs of the document's coupling, on its path at times t (n,)."""
    x0, x1 = sample_coupled(document, len(t), rng)
    path = interpolant_of(document.path)
    z = torch.randn(len(t), 2, generator=rng) if path.noisy else None
    return path.point(x0, x1, t, z)


@objects_checked
def excess_loss(
    field: Field,
    oracle: Oracle,
    document: Document,
    bins: int = BINS,
    n: int = SAMPLES,
    seed: int = 0,
) -> Bins:
    """E|v - v*|^2 over p_t in each of `bins` equal time bins, with its standard error.

    This is the squared loss minus its floor, E|v - I'|^2 - E|v* - I'|^2, without their sampling
    noise. Raises `Invalid` as `compare`.
    """
    return compare(field, oracle, document, bins, n, seed).excess()


@objects_checked
def velocity_error_by_time(
    field: Field,
    oracle: Oracle,
    document: Document,
    bins: int = BINS,
    n: int = SAMPLES,
    seed: int = 0,
) -> Bins:
    """rms|v - v*| / rms|v*| over p_t in each of `bins` equal time bins; see `compare`."""
    return compare(field, oracle, document, bins, n, seed).relative()


@objects_checked
def angle_error(
    field: Field,
    oracle: Oracle,
    document: Document,
    bins: int = BINS,
    n: int = SAMPLES,
    seed: int = 0,
) -> Bins:
    """Mean angle in degrees between v and v* over p_t in each time bin; see `compare`."""
    return compare(field, oracle, document, bins, n, seed).angle()


@dataclass(frozen=True, eq=False)
class ErrorMap:
    """Error of the velocity on a grid (H, W); NaN outside the support of p_t."""

    error: Tensor  # |v - v*|
    weighted: Tensor  # p_t |v - v*|^2, as in the loss
    relative: float  # root of int p_t |v - v*|^2 / int p_t |v*|^2


@objects_checked
def velocity_error_map(
    field: Field, oracle: Oracle, t: float, xs: ArrayLike | Tensor, ys: ArrayLike | Tensor
) -> ErrorMap:
    """The velocity error at t on the grid of columns xs and rows ys.

    Raises `Invalid` for axes that are no grid, or a time that isn't from 0 to 1.
    """
    (points, (across, up)), t = grid_points(xs, ys), time_of(t)
    density = oracle.density(points, t)
    exact = oracle.velocity(points, t)
    difference = field.velocity(points, t).to(exact) - exact
    defined = density.isfinite() & difference.isfinite().all(1)
    error = difference.norm(dim=1).masked_fill(~defined, math.nan)
    weighted = density * error.square()
    p = density.masked_fill(~defined, 0.0)
    size = float((p * exact.square().sum(1).masked_fill(~defined, 0.0)).sum())
    total = float(weighted.masked_fill(~defined, 0.0).sum())
    shape = (len(up), len(across))
    relative = math.sqrt(total / size) if size > 0 else math.nan
    return ErrorMap(error.reshape(shape), weighted.reshape(shape), relative)
