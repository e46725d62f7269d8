"""Transport costs of a bundle's trajectories, against the optimal transport between its ends."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.metrics.distances import exact_w2


class Paths(Protocol):
    """Trajectories as cubic Hermite curves, or polygons if there are no velocities."""

    @property
    def times(self) -> Floats:
        """Times (K,) of the knots."""

    @property
    def points(self) -> Any:
        """Positions (K, N, 2) at the knots."""

    @property
    def knot_velocities(self) -> Any:
        """Velocities (K, N, 2) at the knots, or None."""


def path_energy(bundle: Paths) -> float:
    """int_0^1 E|dX_t/dt|^2 dt over the trajectories of a bundle, exact for its Hermite curves.

    By Benamou and Brenier (2000), at least W2^2 of the end distributions. Raises `Invalid` if a
    particle is lost.
    """
    h = np.diff(bundle.times.astype(np.float64))[:, None, None]
    points = _finite(np.asarray(bundle.points))
    chords = np.diff(points, axis=0) / h
    if bundle.knot_velocities is None:
        squares = chords**2
    else:
        m0, m1 = _pieces(np.asarray(bundle.knot_velocities, np.float64))
        # The integral over a piece of the square of the cubic Hermite curve's derivative.
        squares = (18 * chords**2 + 2 * (m0**2 + m1**2 - 0.5 * m0 * m1)) / 15
        squares -= chords * (m0 + m1) / 5
    return float((h * squares).sum() / points.shape[1])


def transport_cost(bundle: Paths) -> float:
    """E|X_1 - X_0|^2 over the particles of a bundle; raises `Invalid` if one is lost."""
    start, end = _finite(np.asarray(bundle.points[0])), _finite(np.asarray(bundle.points[-1]))
    return float(np.square(end - start).sum(1).mean())


def bend(bundle: Paths) -> float:
    """int_0^1 E|X_1 - X_0 - dX_t/dt|^2 dt: 0 if every trajectory is straight at constant speed.

    Liu, Gong and Liu 2022 (arXiv:2209.03003), equation 6, who call it straightness S although it
    grows as trajectories bend. Equal to the path energy minus the
    transport cost, since the mean of dX_t/dt over t is X_1 - X_0. Raises `Invalid` if a particle is
    lost.
    """
    return max(0.0, path_energy(bundle) - transport_cost(bundle))


straightness = bend  # its name in older scripts


def npe(bundle: Paths, w2: float) -> float:
    """Normalised path energy |int E|v|^2 dt - W2^2| / W2^2, for the distance `w2` of both ends.

    Tong et al. 2023 (arXiv:2302.00482), section 5.1. Raises `Invalid` unless `w2` is positive.
    """
    if not w2 > 0:
        raise Invalid("Two ends that are the same have no normalised path energy.")
    return abs(path_energy(bundle) - w2**2) / w2**2


def w2_between(
    source: Distribution, target: Distribution, n: int = 1000, seed: int = 0
) -> tuple[float, bool]:
    """Wasserstein-2 distance of two distributions, and True if it is exact.

    In closed form between two Gaussians; else by exact assignment of `n` samples of each, which is
    biased upwards.
    """
    ends = source.mixture(), target.mixture()
    if all(end is not None and len(end.weights) == 1 for end in ends):
        (mean0, cov0), (mean1, cov1) = (
            (end.means[0], end.covs[0]) for end in ends if end is not None
        )
        return gaussian_w2(mean0, cov0, mean1, cov1), True
    rng = torch_rng(seed, Stream.TRANSPORT)
    return exact_w2(source.sample(n, rng), target.sample(n, rng), n), False


def gaussian_w2(mean0: Tensor, cov0: Tensor, mean1: Tensor, cov1: Tensor) -> float:
    """Wasserstein-2 distance of two Gaussians with means (2,) and covariances (2, 2).

    W2^2 = |m0 - m1|^2 + tr(C0 + C1 - 2 (C0^1/2 C1 C0^1/2)^1/2) (Dowson and Landau 1982).
    """
    mean0, cov0, mean1, cov1 = (v.double() for v in (mean0, cov0, mean1, cov1))
    root = _root(cov0)
    cross = torch.linalg.eigvalsh(root @ cov1 @ root).clamp_min(0).sqrt().sum()
    squared = (mean0 - mean1).square().sum() + (cov0 + cov1).trace() - 2 * cross
    return math.sqrt(max(0.0, float(squared)))


def _root(cov: Tensor) -> Tensor:
    values, axes = torch.linalg.eigh(cov)
    root: Tensor = (axes * values.clamp_min(0).sqrt()) @ axes.T
    return root


def _pieces(values: Floats) -> tuple[Floats, Floats]:
    return values[:-1], values[1:]


def _finite(points: Floats) -> Floats:
    finite: Floats = points.astype(np.float64)
    if not np.isfinite(finite).all():
        raise Invalid("A path's energy needs finite positions: some particles have left the plane.")
    return finite
