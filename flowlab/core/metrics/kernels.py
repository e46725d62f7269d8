"""Maximum mean discrepancy of two clouds, with Gaussian kernels of stated bandwidths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.arguments import numbers_of
from flowlab.core.document.limits import Invalid
from flowlab.core.estimates import Estimate
from flowlab.core.metrics.clouds import Cloud, checked, with_error

_FEW = 1000  # points of each cloud for the median distance
_NARROWEST = 1e-100  # the squares of narrower ones are 0
_CELLS = 1 << 16  # kernel values at once, so that they stay in cache


@dataclass(frozen=True)
class Discrepancy:
    """An MMD, with its standard error as `value.error`, and the bandwidths of its kernels."""

    value: Estimate
    bandwidths: tuple[float, ...]


def mmd(x: Cloud, y: Cloud, bandwidths: float | Sequence[float] | None = None) -> Discrepancy:
    """Maximum mean discrepancy (not squared) of clouds (n, 2) and (m, 2), over all pairs.

    MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y), with k(x, y) the mean over `bandwidths` h of
    exp(-|x - y|^2 / 2 h^2); by default h = `median_bandwidth(x, y)`. Gretton et al. 2012 (JMLR 13,
    723), equation 5. Raises `Invalid` for bad clouds or bandwidths.
    """
    x, y = (cloud.double() for cloud in checked(x, y))
    widths = _widths(median_bandwidth(x, y) if bandwidths is None else bandwidths)

    def distance(x: Tensor, y: Tensor) -> float:
        return _discrepancy(x, y, widths)

    return Discrepancy(with_error(distance, x, y, value=distance(x, y)), widths)


def _discrepancy(x: Tensor, y: Tensor, widths: tuple[float, ...]) -> float:
    squared = _mean_kernel(x, x, widths) + _mean_kernel(y, y, widths)
    squared -= 2 * _mean_kernel(x, y, widths)
    return math.sqrt(max(0.0, squared))


def median_bandwidth(*clouds: Cloud) -> float:
    """The median distance between the points of all clouds pooled, the usual bandwidth.

    Uses at most 1000 points of each cloud. Raises `Invalid` if half of the distances are 0.
    """
    if not clouds:
        raise Invalid("A bandwidth needs a cloud of points.")
    pooled = torch.cat([cloud[:_FEW].double() for cloud in checked(*clouds)])
    i, j = torch.triu_indices(len(pooled), len(pooled), 1).to(pooled.device)
    if not len(i):
        raise Invalid("A bandwidth needs at least two points; name one.")
    median = float((pooled[i] - pooled[j]).norm(dim=1).median())
    if median <= 0:
        raise Invalid("The points coincide, so that no bandwidth follows from them; name one.")
    return median


def _widths(bandwidths: float | Sequence[float]) -> tuple[float, ...]:
    try:
        widths = tuple(np.atleast_1d(numbers_of(bandwidths, "Bandwidths")).ravel().tolist())
        right = bool(widths) and all(_NARROWEST <= h <= 1 / _NARROWEST for h in widths)
    except Invalid:
        right = False
    if not right:
        raise Invalid(
            "Bandwidths must be numbers of more than 0, and from "
            f"{_NARROWEST:g} to {1 / _NARROWEST:g}: one, or a list of them."
        )
    return widths


def _mean_kernel(x: Tensor, y: Tensor, widths: tuple[float, ...]) -> float:
    rows = max(1, _CELLS // len(y))
    total = 0.0
    for part in torch.split(x, rows):
        squares = torch.cdist(part, y).square_()
        total += sum(float((squares * (-0.5 / h**2)).exp_().sum()) for h in widths)
    return total / (len(x) * len(y) * len(widths))
