"""Distances between two clouds of points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.arguments import seed_of, whole
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate
from flowlab.core.metrics.clouds import CELLS, Cloud, checked, with_error

MOST_PROJECTIONS = 1_000_000
_FEW = 16  # directions along which the first-order error is taken


def sliced_w2(x: Cloud, y: Cloud, projections: int = 256, seed: int = 0) -> Estimate:
    """Sliced Wasserstein-2 distance (not squared) of clouds (n, 2) and (m, 2).

    SW2^2 = E_theta W2^2(theta.x, theta.y), the mean over random directions of the exact 1D
    distance; sizes may differ, and no point is left out. A float with the standard error that the
    sampling of both clouds causes, as `.error`. Raises `Invalid` for bad clouds, or no projections.
    """
    x, y = checked(x, y)
    return mean_sliced_w2((x,), y, projections, seed)


def mean_sliced_w2(
    clouds: Sequence[Tensor], reference: Tensor, projections: int = 256, seed: int = 0
) -> Estimate:
    """The mean of the sliced Wasserstein-2 distances of finite clouds (n, 2) to one reference.

    Its standard error knows that all of them share the reference's sampling.
    """
    whole(projections, "The number of projections", 1, MOST_PROJECTIONS)
    rng = torch_rng(seed_of(seed), Stream.PROJECTIONS)
    angles = math.pi * torch.rand(projections, generator=rng)
    directions = torch.stack([angles.cos(), angles.sin()]).to(reference)  # (2, P)
    values = [_sliced(x, reference, directions) for x in clouds]

    def mean(*groups: Tensor) -> float:
        *xs, y = groups
        return sum(_sliced(x, y, directions) for x in xs) / len(xs)

    by_groups = with_error(mean, *clouds, reference, value=sum(values) / len(values))
    first_order = _first_order_error(clouds, reference, directions[:, :_FEW], values)
    # Where both clouds are of one law, groups claim too little if its parts lie far apart, since
    # W2 then falls slower than the root of n; the first order claims up to twice too much.
    return Estimate(float(by_groups), math.sqrt(by_groups.error * first_order), by_groups.n)


def _first_order_error(
    clouds: Sequence[Tensor], reference: Tensor, directions: Tensor, values: Sequence[float]
) -> float:
    """The standard error of the mean distance by the first-order effects of all points."""
    y = _along(reference, directions)
    of_y, variance = np.zeros(y.shape[1]), 0.0
    for cloud, value in zip(clouds, values, strict=True):
        if value <= 0:
            continue
        x, weight = _along(cloud, directions), 1 / (2 * value * len(clouds))
        variance += float((weight * _effects(x, y)).var()) / x.shape[1]
        of_y += weight * _effects(y, x)
    return math.sqrt(variance + float(of_y.var()) / y.shape[1])


def _along(cloud: Tensor, directions: Tensor) -> Floats:
    along: Floats = (directions.T @ cloud.T).double().cpu().numpy()
    return along


def _effects(own: Floats, other: Floats) -> Floats:
    """The first-order effects (n,) on the mean of W2^2 of points, given in rows (D, n).

    Along one direction that is the Kantorovich potential phi, with phi'(x) = 2 (x - T(x)).
    """
    order, n = np.argsort(own, 1), own.shape[1]
    places = (np.arange(n) + 0.5) / n * other.shape[1] - 0.5
    index = np.arange(other.shape[1])
    x = np.take_along_axis(own, order, 1)
    target = np.stack([np.interp(places, index, row) for row in np.sort(other, 1)])
    off, potential = x - target, np.zeros_like(x)
    np.cumsum((off[:, 1:] + off[:, :-1]) * np.diff(x, axis=1), axis=1, out=potential[:, 1:])
    by_point = np.empty_like(potential)
    np.put_along_axis(by_point, order, potential, 1)
    effects: Floats = by_point.mean(0)
    return effects


def _sliced(x: Tensor, y: Tensor, directions: Tensor) -> float:
    at_once = max(1, CELLS // max(len(x), len(y)))
    parts = torch.split(directions, at_once, 1)
    squares = sum(_squared_w2(part.T @ x.T, part.T @ y.T) for part in parts)
    return math.sqrt(squares / directions.shape[1])


def sliced_w2_matrix(clouds: Floats, projections: int = 32) -> Floats:
    """Sliced Wasserstein-2 distances (K, K) between all pairs of finite clouds (K, n, 2).

    Along evenly spaced directions. Each cloud is sorted once: the 1D distance between clouds of
    equal size is that between their quantiles.
    """
    angles = np.pi * (np.arange(projections) + 0.5) / projections
    along = torch.from_numpy(
        np.stack([np.cos(angles), np.sin(angles)], 1) @ np.swapaxes(clouds, 1, 2)
    )
    quantiles = _sorted(along.flatten(0, 1)).reshape(len(clouds), -1).numpy()
    distances: Floats = cdist(quantiles, quantiles) / math.sqrt(quantiles.shape[1])
    return distances


def _squared_w2(x: Tensor, y: Tensor) -> float:
    """Sum over rows of the squared 1D distance, by comparing quantile functions."""
    x, y = _sorted(x), _sorted(y)
    n, m = x.shape[1], y.shape[1]
    if n == m:
        return float((x - y).square().mean(1).sum())
    ends = torch.unique(torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]))
    widths = ends.diff(prepend=ends.new_zeros(1))  # in units of 1 / (n m), exact
    i, j = ((ends - 1) // m).to(x.device), ((ends - 1) // n).to(x.device)
    return float((widths.to(x) * (x[:, i] - y[:, j]).square()).sum()) / (n * m)


def _sorted(x: Tensor) -> Tensor:
    """Each row in order; on the CPU by NumPy, whose sort is 20 times as fast as torch's."""
    if x.device.type != "cpu":
        return x.sort(1).values
    return torch.from_numpy(np.sort(x.numpy(), 1))


def energy_distance(x: Cloud, y: Cloud) -> Estimate:
    """Root of 2 E|x - y| - E|x - x'| - E|y - y'| over clouds (n, 2) and (m, 2), all pairs.

    A float with its standard error as `.error`. Raises `Invalid` for bad clouds.
    """
    x, y = (cloud.double() for cloud in checked(x, y))
    return with_error(_energy, x, y, value=_energy(x, y))


def _energy(x: Tensor, y: Tensor) -> float:
    squared = 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)
    return math.sqrt(max(0.0, squared))


def _mean_distance(x: Tensor, y: Tensor) -> float:
    rows = max(1, CELLS // len(y))
    total = sum(float(torch.cdist(part, y).sum()) for part in torch.split(x, rows))
    return total / (len(x) * len(y))


def exact_w2(x: Cloud, y: Cloud, n: int = 1000, seed: int = 0) -> Estimate:
    """Wasserstein-2 distance (not squared) by optimal assignment of points, one to one.

    The assignment is exact; the points are all only where both clouds have the same number, of at
    most `n`. Otherwise the same number of each is drawn at random, min(n, len(x), len(y)), which is
    the result's `.n`; its `.error` is the standard error. Raises `Invalid` for bad clouds or n < 1.
    """
    x, y = checked(x, y)
    n = min(whole(n, "The number of points"), len(x), len(y))
    rng = torch_rng(seed_of(seed), Stream.ASSIGNED_PARTS)
    x, y = (c[torch.randperm(len(c), generator=rng)[:n].to(c.device)] for c in (x, y))
    return with_error(assigned, x, y, value=assigned(x, y))


def assigned(x: Tensor, y: Tensor) -> float:
    """Wasserstein-2 distance of two clouds (n, 2) of equally many points, without its error."""
    cost = torch.cdist(x.double(), y.double()).square().cpu().numpy()
    return math.sqrt(float(cost[linear_sum_assignment(cost)].mean()))
