"""A learned velocity against the exact one under p_t: by time, by place and by angle."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import Oracle
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.metrics.likelihood import grid_points
from flowlab.core.solvers.field import Field

BINS = 10
SAMPLES = 20_000
_TIMES_PER_BIN = 4  # times per bin


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

    def excess(self) -> Bins:
        """E|v - v*|^2 in each bin: the excess of the squared loss over its floor."""
        return self._means(self._squares())

    def relative(self) -> Bins:
        """rms|v - v*| / rms|v*| in each bin; standard errors by the delta method."""
        difference, size = self._means(self._squares()), self._means(np.square(self.exact).sum(1))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = difference.values / size.values
            scatter = self._squares() - share[self.which] * np.square(self.exact).sum(1)
            spread = self._means(scatter).errors / size.values
            values = np.sqrt(share)
            return Bins(self.edges, values, spread / (2 * values), difference.counts)

    def angle(self) -> Bins:
        """Mean angle in degrees between v and v* in each bin."""
        return self._means(self._angles())

    def pooled(self) -> Comparison:
        """The same with a single bin over all times."""
        return Comparison(np.array([0.0, 1.0]), np.zeros_like(self.which), self.learned, self.exact)

    def _squares(self) -> Floats:
        squares: Floats = np.square(self.learned - self.exact).sum(1)
        return squares

    def _angles(self) -> Floats:
        a, b = self.learned, self.exact
        across = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
        angles: Floats = np.degrees(np.abs(np.arctan2(across, (a * b).sum(1))))
        return angles

    def _means(self, values: Floats) -> Bins:
        bins = len(self.edges) - 1
        counts = np.bincount(self.which, minlength=bins)
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.bincount(self.which, values, bins) / counts
            squares = np.bincount(self.which, (values - means[self.which]) ** 2, bins)
            errors = np.sqrt(squares / (counts - 1) / counts)
        return Bins(self.edges, means, errors, counts)


def compare(
    field: Field,
    oracle: Oracle,
    document: Document,
    bins: int = BINS,
    n: int = SAMPLES,
    seed: int = 0,
) -> Comparison:
    """Both velocities at about `n` samples x_t of the document's pairs, t evenly spread.

    Each bin has four times, one in each quarter, since some oracles compute each time anew. Raises
    `Invalid` if there are fewer than two samples per time.
    """
    times = _TIMES_PER_BIN * bins
    if bins < 1 or n < 2 * times:
        raise Invalid(f"{bins} bins need at least {max(1, 2 * times)} samples, not {n}.")
    rng = torch_rng(seed, Stream.ERROR_BY_TIME)
    t = ((torch.arange(times) + torch.rand(times, generator=rng)) / times).clamp(max=1.0)
    t = velocity_parameterization(interpolant_of(document.path)).times(t)
    x = blended(document, t.repeat_interleave(n // times), rng)
    parts = [
        (field.velocity(each, float(s)), oracle.velocity(each.double(), float(s)))
        for each, s in zip(torch.split(x, n // times), t, strict=True)
    ]
    learned, exact = (torch.cat(column) for column in zip(*parts, strict=True))
    which = np.arange(len(x)) // (len(x) // bins)
    return compared(which, bins, learned, exact)


def compared(which: Ints, bins: int, learned: Tensor, exact: Tensor) -> Comparison:
    """The comparison of velocities (n, 2) in bins `which` (n,); undefined ones are omitted.

    Where the exact velocity is undefined there is no mass.
    """
    a, b = (v.detach().cpu().double().numpy() for v in (learned, exact))
    finite = np.isfinite(a).all(1) & np.isfinite(b).all(1)
    return Comparison(np.linspace(0, 1, bins + 1), which[finite], a[finite], b[finite])


def blended(document: Document, t: Tensor, rng: torch.Generator) -> Tensor:
    """x_t (n, 2) of pairs of the document's coupling, on its path at times t (n,)."""
    x0, x1 = coupler_of(document).draw(len(t), rng)
    path = interpolant_of(document.path)
    z = torch.randn(len(t), 2, generator=rng) if path.noisy else None
    return path.point(x0, x1, t, z)


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


def velocity_error_map(
    field: Field, oracle: Oracle, t: float, xs: ArrayLike | Tensor, ys: ArrayLike | Tensor
) -> ErrorMap:
    """The velocity error at t on the grid of columns xs and rows ys.

    Raises `Invalid` for axes that are no grid.
    """
    points, (across, up) = grid_points(xs, ys)
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
