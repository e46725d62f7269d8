"""The density of p_t along a direction of the plane, at any t; imports no torch.

The coordinate u . x_t = alpha u . x0 + beta u . x1 + gamma u . z along a unit vector u has a law in
one dimension: between independent Gaussian mixtures, again a mixture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from flowlab.core.array_types import Doubles, Floats

SHARE = 0.3  # of Silverman's bandwidth, because p_t has many modes
NARROWEST = 0.7  # standard deviation of anything on cells, in cells: sums of mass hold to 1e-4
PADDING = 0.5  # of the range, on each side, whose samples smooth into it


def direction(angle: float) -> Doubles:
    """The unit vector (2,) at so many degrees: x at 0, y at 90; exact at both."""
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    along[np.abs(along) < 1e-15] = 0.0
    return along


class ProjectedDensity(Protocol):
    """The density of p_t along any direction of the plane."""

    @property
    def samples(self) -> int:
        """The number of samples that it is estimated from; 0 where it is exact."""

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""

    def density(self, angle: float, times: Doubles, x: Doubles, width: float = 0.0) -> Doubles:
        """The densities (T, H) at `times` and at evenly spaced coordinates x (H,).

        With a `width` they are means over cells so wide, to the second order, of which nothing is
        narrower than a cell: atoms too are seen, with their mass.
        """


@dataclass(frozen=True, eq=False, kw_only=True)
class Schedules:
    """alpha, beta and gamma (3, K), tabulated at t = sin^2 of even angles.

    There, sqrt(t (1 - t)) too is smooth.
    """

    values: Doubles

    def at(self, times: Doubles) -> Doubles:
        """alpha, beta and gamma (3, T)."""
        place = np.arcsin(np.sqrt(np.clip(times, 0.0, 1.0))) / (np.pi / 2)
        nodes = np.linspace(0.0, 1.0, self.values.shape[1])
        return np.stack([np.interp(place, nodes, row) for row in self.values])

    @staticmethod
    def nodes(count: int) -> Doubles:
        """The times (K,) at which the schedules are tabulated."""
        return np.sin(np.linspace(0.0, np.pi / 2, count)) ** 2


@dataclass(frozen=True, eq=False, kw_only=True)
class Components:
    """The components of a Gaussian mixture; atoms have covariance 0."""

    weights: Doubles  # (K,), of sum 1
    means: Doubles  # (K, 2)
    covs: Doubles  # (K, 2, 2)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.weights.nbytes + self.means.nbytes + self.covs.nbytes

    def along(self, u: Doubles) -> tuple[Doubles, Doubles]:
        """Means and variances (K,) along a unit vector."""
        return self.means @ u, np.einsum("i,kij,j->k", u, self.covs, u)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProjectedMixture:
    """The exact density between two independent Gaussian mixtures."""

    source: Components
    target: Components
    schedules: Schedules

    @property
    def samples(self) -> int:
        """0: it is exact."""
        return 0

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.source.nbytes + self.target.nbytes + self.schedules.values.nbytes

    def moments(self, angle: float, times: Doubles) -> tuple[Doubles, Doubles]:
        """Means and variances (T, P) of all pairs of components."""
        (m0, v0), (m1, v1) = (end.along(direction(angle)) for end in (self.source, self.target))
        a, b, g = self.schedules.at(times)[:, :, None, None]
        means = a * m0[:, None] + b * m1
        variances = a**2 * v0[:, None] + b**2 * v1 + g**2
        return means.reshape(len(times), -1), variances.reshape(len(times), -1)

    def density(self, angle: float, times: Doubles, x: Doubles, width: float = 0.0) -> Doubles:
        """The densities (T, H); NaN at times with atoms, which only cells of some width hold."""
        weights = np.outer(self.source.weights, self.target.weights).ravel()
        means, variances = self.moments(angle, times)
        sd = np.sqrt(np.maximum(variances + width**2 / 12, (NARROWEST * width) ** 2))
        values = np.empty((len(times), len(x)))
        with np.errstate(divide="ignore", invalid="ignore"):
            for row, m, s in zip(values, means, sd, strict=True):
                z = (x[:, None] - m) / s
                row[:] = np.exp(-0.5 * z * z) @ (weights / (s * math.sqrt(2 * math.pi)))
        values[(sd <= 0).any(1)] = np.nan
        return values


@dataclass(frozen=True, eq=False, kw_only=True)
class ProjectedSamples:
    """The density estimated from independent pairs and latent noise: counted and smoothed."""

    x0: Floats  # (N, 2)
    x1: Floats
    z: Floats | None  # None for a path without latent noise
    schedules: Schedules

    @property
    def samples(self) -> int:
        """The number of pairs."""
        return len(self.x0)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(each.nbytes for each in (self.x0, self.x1, self.z) if each is not None)

    def density(self, angle: float, times: Doubles, x: Doubles, width: float = 0.0) -> Doubles:  # noqa: ARG002
        """The estimates (T, H); cells are as wide as the coordinates are apart."""
        cell, pad = float(x[1] - x[0]), math.ceil(PADDING * len(x))
        u = direction(angle).astype(np.float32)
        x0, x1, z = (0.0 if each is None else each @ u for each in (self.x0, self.x1, self.z))
        counts = np.empty((len(times), len(x) + 2 * pad))
        blurs = np.empty(len(times))
        for k, (a, b, g) in enumerate(self.schedules.at(times).T.astype(np.float32)):
            along = a * x0 + b * x1 + g * z
            counts[k] = binned((along - x[0]) / cell + pad, counts.shape[1])
            blurs[k] = max(NARROWEST, _bandwidth(along) / cell)
        return _smoothed(counts, blurs)[:, pad:-pad] / (self.samples * cell)


def binned(places: Floats, size: int) -> Doubles:
    """Points, each shared between the two nearest of the places 0 ... size - 1."""
    inside = places[(places >= 0) & (places < size - 1)]  # NaN isn't inside
    low = inside.astype(np.intp)
    share = inside - low
    counts = np.asarray(np.bincount(low, 1 - share, minlength=size), np.float64)
    counts += np.bincount(low + 1, share, minlength=size)
    return counts


def _bandwidth(along: Floats) -> float:
    low, high = np.percentile(along[:: max(1, len(along) // 2000)], [25, 75])
    spread = min(float(along.std()), float(high - low) / 1.34)
    return float(SHARE * spread * len(along) ** -0.2)


def _smoothed(counts: Doubles, blurs: Doubles) -> Doubles:
    """Each row blurred by a Gaussian of so many cells; padding keeps its ends apart."""
    frequency = 2 * np.pi * np.fft.rfftfreq(counts.shape[1])
    damping = np.exp(-0.5 * (blurs[:, None] * frequency) ** 2)
    smooth: Doubles = np.fft.irfft(np.fft.rfft(counts) * damping, counts.shape[1])
    return smooth.clip(min=0.0)
