"""Transport costs of a bundle's trajectories, against the optimal transport between its ends."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.distributions.checks import tensor_of
from flowlab.core.distributions.factory import Distribution
from flowlab.core.document.arguments import is_number, seed_of, whole
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.shapes import FURTHEST
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import GROUPS, Estimate, error_of, group_error, mean_estimate
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.clouds import checked
from flowlab.core.metrics.distances import assigned, exact_w2


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


@objects_checked
def path_energy(bundle: Paths) -> Estimate:
    """int_0^1 E|dX_t/dt|^2 dt over the trajectories of a bundle, exact for its Hermite curves.

    By Benamou and Brenier (2000), at least W2^2 of the end distributions. A float with its standard
    error over the particles, as `.error`. Raises `Invalid` if a particle is lost.
    """
    return mean_estimate(_energies(bundle, _positions(bundle)))


@objects_checked
def transport_cost(bundle: Paths) -> Estimate:
    """E|X_1 - X_0|^2 over the particles of a bundle, with its standard error.

    Raises `Invalid` if a particle is lost.
    """
    return mean_estimate(_costs(_positions(bundle)))


@objects_checked
def bend(bundle: Paths) -> Estimate:
    """int_0^1 E|X_1 - X_0 - dX_t/dt|^2 dt: 0 if every trajectory is straight at constant speed.

    Liu, Gong and Liu 2022 (arXiv:2209.03003), equation 6, who call it straightness S although it
    grows as trajectories bend. Equal to the path energy minus the transport cost, since the mean of
    dX_t/dt over t is X_1 - X_0. A float with its standard error. Raises `Invalid` if a particle is
    lost.
    """
    points = _positions(bundle)
    return mean_estimate(np.maximum(0.0, _energies(bundle, points) - _costs(points)))


_SAME_ENDS = "Two ends that are the same have no normalised path energy."

straightness = bend  # its name in older scripts


@objects_checked
def npe(
    bundle: Paths, w2: float | None = None, *, target: ArrayLike | Tensor | None = None
) -> Estimate:
    """Normalised path energy |int E|v|^2 dt - W2^2| / W2^2 (Tong et al. 2023, section 5.1).

    Give `w2`, the distance of both ends, where it is known, as between two Gaussians. Else give
    `target`, samples (n, 2) of the distribution that the particles should reach: W2 is then that of
    the same particles' starts to as many of these, so that chance in the starts falls out of the
    comparison. The energy is that of as many paths. A float with its standard error, to which that
    of `w2` adds if it carries one. Raises `Invalid` unless W2 is positive.
    """
    if (w2 is None) == (target is None):
        raise Invalid("Give either w2, the distance of both ends, or target, samples of one.")
    if target is not None:
        return _sampled_npe(bundle, target)
    if w2 is None or not is_number(w2, 0.0, FURTHEST):
        raise Invalid(
            "The distance of two ends must be a number of more than 0 and at most "
            f"{FURTHEST:g}, not {shown(w2)}."
        )
    if w2**2 == 0:
        raise Invalid(_SAME_ENDS)
    energy = path_energy(bundle)
    error = math.hypot(energy.error, 2 * (error_of(w2) or 0.0) * energy / w2) / w2**2
    return Estimate(abs(energy - w2**2) / w2**2, error, energy.n)


def _sampled_npe(bundle: Paths, target: ArrayLike | Tensor) -> Estimate:
    """The ratio from all paths and samples, its error from groups of pairs of both."""
    points = _positions(bundle)
    reverse = getattr(bundle, "direction", "forward") != "forward"
    starts = torch.from_numpy(points[-1 if reverse else 0].copy())
    starts, ends = checked(starts, target)
    n = min(len(starts), len(ends))
    energies = _energies(bundle, points)[:n]

    def excess(rows: Any) -> float:
        squared = assigned(starts[rows], ends[rows]) ** 2
        if squared == 0:
            raise Invalid(_SAME_ENDS)
        return float(energies[rows].mean() / squared - 1)

    whole_ratio, error = excess(slice(n)), math.nan
    if n >= 2 * GROUPS:
        groups = np.array_split(np.arange(n), GROUPS)
        error = group_error([excess(rows) for rows in groups])
    return Estimate(abs(whole_ratio), error, n)


def _energies(bundle: Paths, points: Floats) -> Floats:
    """int |dX_t/dt|^2 dt of each trajectory (N,)."""
    h = np.diff(np.asarray(bundle.times, np.float64))[:, None, None]
    chords = np.diff(points, axis=0) / h
    if bundle.knot_velocities is None:
        squares = chords**2
    else:
        m0, m1 = _pieces(np.asarray(bundle.knot_velocities, np.float64))
        # The integral over a piece of the square of the cubic Hermite curve's derivative.
        squares = (18 * chords**2 + 2 * (m0**2 + m1**2 - 0.5 * m0 * m1)) / 15
        squares -= chords * (m0 + m1) / 5
    energies: Floats = (h * squares).sum((0, 2))
    return energies


def _costs(points: Floats) -> Floats:
    costs: Floats = np.square(points[-1] - points[0]).sum(1)
    return costs


@objects_checked
def w2_between(
    source: Distribution, target: Distribution, n: int = 1000, seed: int = 0
) -> tuple[Estimate, bool]:
    """Wasserstein-2 distance of two distributions, with its error, and True if it is exact.

    In closed form between two Gaussians; else by exact assignment of `n` samples of each, which is
    biased upwards. Raises `Invalid` for n < 1.
    """
    whole(n, "The number of samples")
    rng = torch_rng(seed_of(seed), Stream.TRANSPORT)
    known = closed_w2(source, target)
    if known is not None:
        return Estimate(known, 0.0), True
    return exact_w2(source.sample(n, rng), target.sample(n, rng), n), False


def closed_w2(source: Distribution, target: Distribution) -> float | None:
    """Wasserstein-2 distance of two distributions in closed form; None unless both are Gaussian."""
    ends = [end for end in (source.mixture(), target.mixture()) if end is not None]
    if len(ends) < 2 or any(len(end.weights) > 1 for end in ends):
        return None
    (mean0, cov0), (mean1, cov1) = ((end.means[0], end.covs[0]) for end in ends)
    return gaussian_w2(mean0, cov0, mean1, cov1)


def gaussian_w2(
    mean0: ArrayLike | Tensor,
    cov0: ArrayLike | Tensor,
    mean1: ArrayLike | Tensor,
    cov1: ArrayLike | Tensor,
) -> float:
    """Wasserstein-2 distance of two Gaussians with means (2,) and covariances (2, 2).

    W2^2 = |m0 - m1|^2 + tr(C0 + C1 - 2 (C0^1/2 C1 C0^1/2)^1/2) (Dowson and Landau 1982). Raises
    `Invalid` for anything else.
    """
    mean0, mean1 = (_array(v, (2,), "A mean") for v in (mean0, mean1))
    cov0, cov1 = (_array(v, (2, 2), "A covariance") for v in (cov0, cov1))
    root = _root(cov0)
    cross = torch.linalg.eigvalsh(root @ cov1 @ root).clamp_min(0).sqrt().sum()
    squared = (mean0 - mean1).square().sum() + (cov0 + cov1).trace() - 2 * cross
    return math.sqrt(max(0.0, float(squared)))


def _array(given: Any, shape: tuple[int, ...], name: str) -> Tensor:
    """Finite numbers of this shape, a covariance symmetric; raises `Invalid`."""
    try:
        value = tensor_of(given, name).double()
    except Invalid:
        value = torch.tensor(math.nan)
    near = bool((value.abs() <= FURTHEST ** len(shape)).all())  # false for NaN
    if value.shape != shape or not near:
        raise Invalid(f"{name} must be finite numbers of shape {shape}.")
    if len(shape) == 2 and not torch.allclose(value, value.mT):
        raise Invalid("A covariance must be symmetric.")
    if len(shape) == 2 and float(torch.linalg.eigvalsh(value).min()) < -1e-6 * value.abs().max():
        raise Invalid("A covariance has no negative eigenvalues.")
    return value


def _root(cov: Tensor) -> Tensor:
    values, axes = torch.linalg.eigh(cov)
    root: Tensor = (axes * values.clamp_min(0).sqrt()) @ axes.T
    return root


def _pieces(values: Floats) -> tuple[Floats, Floats]:
    return values[:-1], values[1:]


def _positions(bundle: Paths) -> Floats:
    """Positions (K, N, 2) in double precision; raises `Invalid`."""
    points = np.asarray(bundle.points, np.float64)
    if points.ndim != 3 or points.shape[2] != 2 or len(points) < 2 or not points.shape[1]:
        raise Invalid("A path's energy needs positions (K, N, 2) at two or more times.")
    if not np.isfinite(points).all():
        raise Invalid("A path's energy needs finite positions: some particles have left the plane.")
    return points
