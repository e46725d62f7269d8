"""Fields of point clouds: atoms as they are, or each widened to a small Gaussian."""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact.interfaces import Facts
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.paths import LINEAR, Interpolant

MOST = 1 << 14  # pairs of components where an end is a cloud: 0.2 s for 64 x 64 points of the plane
_LONE = 0.05  # the bandwidth where each end is one point


def atoms(points: Tensor, deviation: float = 0.0) -> MixtureParameters:
    """A cloud (N, 2) as a mixture of N equal parts, each of that standard deviation or none."""
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
    """From a Gaussian or a mixture to N points, by the softmax posterior over the points.

    Exact for these points. Where they have no deviation, the field is not defined at t = 1.
    """
    cloud = atoms(points, deviation)
    return between(source, cloud, path, (len(cloud.weights),))


def between(
    source: MixtureParameters,
    target: MixtureParameters,
    path: Interpolant,
    counts: tuple[int, ...],
) -> MixtureOracle:
    """Between mixtures of which one or both are clouds, of so many points; none is widened."""
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
    """From one cloud to another, each point widened to a Gaussian of deviation `bandwidth`.

    Between bare points p_t would be atoms too. Without a bandwidth it is the larger of the two
    clouds' median distances to the nearest other point. Of clouds with more than `most` pairs
    random parts stand for the whole. The note says both.
    """
    ends = [torch.as_tensor(points).double().cpu() for points in (points0, points1)]
    width = max(map(spacing, ends)) or _LONE if bandwidth is None else bandwidth
    if not width > 0:
        raise Invalid(f"The bandwidth must be more than 0, not {width:g}.")
    kept = _parts(ends[0], ends[1], most, seed)
    source, target = (atoms(points, width) for points in kept)
    counts = " and ".join(f"{len(points):,}" for points in kept)
    fewer = sum(map(len, kept)) < sum(map(len, ends))
    text = f"Exact for {counts} points, each widened to a Gaussian of deviation {width:.3g}"
    whole = " and ".join(f"{len(points):,}" for points in ends)
    note = f"{text}; they stand for {whole}." if fewer else f"{text}."
    return MixtureOracle(source, target, path, Facts(False, "empirical", note))


def _parts(points0: Tensor, points1: Tensor, most: int, seed: int) -> tuple[Tensor, Tensor]:
    """At most so many pairs, of random parts of both clouds as even as they can be."""
    n0, n1 = len(points0), len(points1)
    root = max(1, int(most**0.5))
    kept0 = min(n0, max(root, most // max(1, n1)))
    kept1 = min(n1, max(1, most // max(1, kept0)))
    rng = torch_rng(seed, Stream.POSTERIOR_PARTS)
    picked = (torch.randperm(n, generator=rng)[:k] for n, k in ((n0, kept0), (n1, kept1)))
    x0, x1 = (points[index] for points, index in zip((points0, points1), picked, strict=True))
    return x0, x1


def spacing(points: Tensor) -> float:
    """Median distance of the points (N, 2) to the nearest other one; 0 where there is none."""
    from scipy.spatial import cKDTree  # seldom wanted, and slow to import

    places = torch.unique(atoms(points).means, dim=0).numpy()
    if len(places) < 2:
        return 0.0
    distances, _ = cKDTree(places).query(places, k=2)
    return float(sorted(distances[:, 1])[len(places) // 2])
