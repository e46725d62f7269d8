"""Exact fields of point clouds: atoms, or each point widened to a small Gaussian."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.interfaces import Facts
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.paths import LINEAR, Interpolant

MOST = 1 << 14  # pairs of components if an end is a cloud: 0.2 s at 64 x 64 points
_LONE = 0.05  # the bandwidth if each end is a single point


def atoms(points: Tensor, deviation: float = 0.0) -> MixtureParameters:
    """A cloud (N, 2) as a mixture of N equal components with that standard deviation, or none."""
    points = torch.as_tensor(points).double().cpu()
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise Invalid("A cloud needs points (N, 2), at least one.")
    if not bool(points.isfinite().all()):
        raise Invalid("The points of a cloud must be finite numbers.")
    covs = deviation**2 * torch.eye(2, dtype=torch.float64).repeat(len(points), 1, 1)
    weights = torch.full((len(points),), 1 / len(points), dtype=torch.float64)
    return MixtureParameters(weights, points, covs)


def to_cloud(
    source: MixtureParameters, points: Tensor, path: Interpolant = LINEAR, deviation: float = 0.0
) -> MixtureOracle:
    """The oracle from a mixture to N points, by the softmax posterior over the points.

    E[x1 | x] = sum_j w_j x1_j with w_j proportional to p(x | x1_j). Exact for these points. If they
    have no deviation, the field is undefined at t = 1. Raises `Invalid` for an empty or non-finite
    cloud.
    """
    cloud = atoms(points, deviation)
    return between(source, cloud, path, (len(cloud.weights),))


def between(
    source: MixtureParameters,
    target: MixtureParameters,
    path: Interpolant,
    counts: tuple[int, ...],
) -> MixtureOracle:
    """The oracle between mixtures, one or both of them clouds of so many points, as they are."""
    bare = [t for t, end in enumerate((source, target)) if not bool(end.covs.any())]
    points = " and ".join(f"{count:,}" for count in counts)
    text = f"Exact for these {points} points, by the softmax posterior over them"
    if bare:
        text += f"; not defined at t = {' and '.join(map(str, bare))}"
    return MixtureOracle(source, target, path, Facts(True, "empirical", f"{text}."))


def smoothed(
    points0: Tensor,
    points1: Tensor,
    path: Interpolant = LINEAR,
    bandwidth: float | None = None,
    most: int = MOST,
    seed: int = 0,
) -> MixtureOracle:
    """The oracle between two clouds, each point widened to a Gaussian of deviation `bandwidth`.

    Between atoms, p_t would be a set of atoms too. The default bandwidth is the larger of the
    clouds' median nearest-neighbour distances. If there are more than `most` pairs of points,
    random subsets are used. The oracle's note says both. Raises `Invalid` for a bandwidth that is
    not positive.
    """
    ends = [torch.as_tensor(points).double().cpu() for points in (points0, points1)]
    width = max(map(spacing, ends)) or _LONE if bandwidth is None else bandwidth
    if not width > 0:
        raise Invalid(f"The bandwidth must be more than 0, not {width:g}.")
    subsets = _random_subsets(ends[0], ends[1], most, seed)
    source, target = (atoms(points, width) for points in subsets)
    counts = " and ".join(f"{len(points):,}" for points in subsets)
    fewer = sum(map(len, subsets)) < sum(map(len, ends))
    text = f"Exact for {counts} points, each widened to a Gaussian of deviation {width:.3g}"
    all_counts = " and ".join(f"{len(points):,}" for points in ends)
    note = f"{text}; they stand for {all_counts}." if fewer else f"{text}."
    return MixtureOracle(source, target, path, Facts(False, "empirical", note))


def _random_subsets(
    points0: Tensor, points1: Tensor, most: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Random subsets of both clouds, of sizes as equal as possible, with at most `most` pairs."""
    n0, n1 = len(points0), len(points1)
    root = max(1, int(most**0.5))
    n0_used = min(n0, max(root, most // max(1, n1)))
    n1_used = min(n1, max(1, most // max(1, n0_used)))
    rng = torch_rng(seed, Stream.POSTERIOR_PARTS)
    indices = (torch.randperm(n, generator=rng)[:k] for n, k in ((n0, n0_used), (n1, n1_used)))
    x0, x1 = (points[index] for points, index in zip((points0, points1), indices, strict=True))
    return x0, x1


def spacing(points: Tensor) -> float:
    """Median nearest-neighbour distance of the points (N, 2); 0 for a single one."""
    from scipy.spatial import cKDTree  # rarely needed, and slow to import

    places = torch.unique(atoms(points).means, dim=0).numpy()
    if len(places) < 2:
        return 0.0
    distances, _ = cKDTree(places).query(places, k=2)
    return float(sorted(distances[:, 1])[len(places) // 2])
