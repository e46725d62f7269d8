"""How far one cloud of points is from another, and a learned field from the exact one.

Clouds are tensors, arrays or lists of rows x, y.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from flowlab.core.distributions import Distribution, build
from flowlab.core.document import Document
from flowlab.core.field import Field
from flowlab.core.limits import Invalid
from flowlab.core.oracles import MixtureOracle
from flowlab.core.paths import LINEAR

Cloud = ArrayLike | Tensor

_CELLS = 1 << 22  # numbers held at once


def sliced_w2(x: Cloud, y: Cloud, projections: int = 256, seed: int = 0) -> float:
    """Sliced Wasserstein-2 distance (not squared) of clouds (n, 2) and (m, 2).

    The root of the mean, over fixed directions, of the exact squared distance of the projections;
    sizes may differ. Raises `Invalid` where a cloud is empty or has positions that aren't finite.
    """
    x, y = _checked(x, y)
    angles = math.pi * torch.rand(projections, generator=torch.Generator().manual_seed(seed))
    directions = torch.stack([angles.cos(), angles.sin()]).to(x)  # (2, P)
    at_once = max(1, _CELLS // max(len(x), len(y)))
    parts = torch.split(directions, at_once, 1)
    return math.sqrt(sum(_squared_w2(x @ part, y @ part) for part in parts) / projections)


def _squared_w2(x: Tensor, y: Tensor) -> float:
    """Sum over columns of the squared 1D distance: the quantile functions are compared."""
    x, y = x.sort(0).values, y.sort(0).values
    n, m = len(x), len(y)
    if n == m:
        return float((x - y).square().mean(0).sum())
    ends = torch.unique(torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]))
    widths = ends.diff(prepend=ends.new_zeros(1))  # in units of 1 / (n m), exact
    gaps = (x[((ends - 1) // m).to(x.device)] - y[((ends - 1) // n).to(x.device)]).square()
    return float((widths.to(x)[:, None] * gaps).sum()) / (n * m)


def sliced_w2_floor(
    distribution: Distribution, n: int, projections: int = 256, pairs: int = 6, seed: int = 0
) -> float:
    """What `sliced_w2` gives, on average, for two fresh samples of `n` of the same distribution."""
    generator = torch.Generator().manual_seed(seed)
    clouds = [distribution.sample(n, generator) for _ in range(2 * pairs)]
    return float(
        np.mean([sliced_w2(clouds[2 * i], clouds[2 * i + 1], projections) for i in range(pairs)])
    )


def energy_distance(x: Cloud, y: Cloud) -> float:
    """Root of 2 E|x - y| - E|x - x'| - E|y - y'| over clouds (n, 2) and (m, 2), all pairs."""
    x, y = (cloud.double() for cloud in _checked(x, y))
    squared = 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)
    return math.sqrt(max(0.0, squared))


def _mean_distance(x: Tensor, y: Tensor) -> float:
    rows = max(1, _CELLS // len(y))
    total = sum(float(torch.cdist(part, y).sum()) for part in torch.split(x, rows))
    return total / (len(x) * len(y))


def exact_w2(x: Cloud, y: Cloud, n: int = 1000, seed: int = 0) -> float:
    """Wasserstein-2 distance (not squared) by optimal assignment of at most `n` points of each."""
    x, y = _checked(x, y)
    n = min(n, len(x), len(y))
    generator = torch.Generator().manual_seed(seed)
    x, y = (c[torch.randperm(len(c), generator=generator)[:n].to(c.device)] for c in (x, y))
    cost = torch.cdist(x.double(), y.double()).square().cpu().numpy()
    return math.sqrt(float(cost[linear_sum_assignment(cost)].mean()))


def velocity_error(
    field: Field, oracle: MixtureOracle, document: Document, n: int = 20_000, seed: int = 0
) -> float:
    """rms(learned - exact) / rms(exact) over x_t ~ p_t with t uniform on [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    x0 = build(document.source).sample(n, generator)
    x1 = build(document.target).sample(n, generator)
    t = torch.rand(n, generator=generator)
    x = LINEAR.point(x0, x1, t)
    exact = oracle.velocity(x.double(), t)
    learned = field.velocity(x, t).to(exact)
    return float(((learned - exact).square().sum() / exact.square().sum()).sqrt())


def _checked(*clouds: Cloud) -> tuple[Tensor, ...]:
    """The clouds as tensors of one floating type on one device; raises `Invalid`."""
    found = [torch.as_tensor(cloud).detach() for cloud in clouds]
    dtype = functools.reduce(torch.promote_types, (x.dtype for x in found), torch.float32)
    return tuple(_finite(x.to(found[0].device, dtype)) for x in found)


def _finite(x: Tensor) -> Tensor:
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise Invalid("A distance needs two clouds (n, 2) of at least one point each.")
    if not bool(x.isfinite().all()):
        raise Invalid("A distance needs finite positions: some particles have left the plane.")
    return x
