"""What the L1 loss learns: the median of the noise given x_k, beside the mean that MSE learns."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from flowlab.core.distributions.mixtures import MixtureParameters
from flowlab.core.document.limits import Invalid

_HALVINGS = 60  # of the interval that holds the median: to rounding in float64
_FAR = 10.0  # deviations of a component beyond which it has no mass


def noise_mean_and_median(
    target: MixtureParameters, x: Tensor, abar: float
) -> tuple[Tensor, Tensor]:
    """Mean and median (n, 2) of z given x = sqrt(abar) x1 + sqrt(1 - abar) z, for x (n, 2).

    The median is that of each axis by itself, as the L1 loss sums over axes. Both are equal where
    the target is one Gaussian. x1 comes from a mixture, z from N(0, I); in float64. Raises
    `Invalid` unless 0 < abar < 1.
    """
    if not 0 < abar < 1:
        raise Invalid(f"abar must lie between 0 and 1, not be {abar:g}.")
    a, b = math.sqrt(abar), math.sqrt(1 - abar)
    points = x.double()
    weights, means, deviations = _posterior(target, points, a, b)
    data_mean = (weights[:, :, None] * means).sum(1)
    data_median = mixture_median(weights[:, :, None], means, deviations)
    return (points - a * data_mean) / b, (points - a * data_median) / b


def mixture_median(weights: Tensor, means: Tensor, deviations: Tensor) -> Tensor:
    """Medians (n, d) of one-dimensional Gaussian mixtures of K components.

    `weights` (n, K, 1 or d) sum to 1 over K; `means` (n, K, d); `deviations` of that shape or
    broadcast to it.
    """
    low = (means - _FAR * deviations).amin(1)
    high = (means + _FAR * deviations).amax(1)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        z = (middle[:, None] - means) / deviations
        below = (weights * torch.special.ndtr(z)).sum(1) < 0.5
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return (low + high) / 2


def _posterior(
    target: MixtureParameters, x: Tensor, a: float, b: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Weights (n, K), means (n, K, 2) and deviations (K, 2) of x1 given x = a x1 + b z."""
    w, m, c = (part.to(x) for part in (target.weights, target.means, target.covs))
    total = a * a * c + b * b * torch.eye(2).to(x)  # covariance of x in each component
    gain = a * c @ torch.linalg.inv(total)
    rest = x[:, None] - a * m
    solved = torch.linalg.solve(total, rest[..., None])[..., 0]
    logs = w.log() - total.logdet() / 2 - (rest * solved).sum(-1) / 2
    means = m + (gain @ rest[..., None])[..., 0]
    variances = torch.diagonal(c - a * gain @ c, dim1=1, dim2=2)
    return logs.softmax(1), means, variances.clamp_min(1e-300).sqrt()
