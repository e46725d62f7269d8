"""Steps of an SDE with the score of a flow, within a network's last layer.

Where the score is an affine function of the velocity b and of x, so is a whole step but its noise,

    x + h (b + eps s) = b A + x B + c.

So it is where a network predicts E[z | x] beside b: A is then of both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.folded import FoldedSteps, heads_of
from flowlab.core.learning.folded_layers import Stacked
from flowlab.core.solvers.sde import Noise
from flowlab.core.stochastic.drift import Affine, GaussianSourceDrift, LearnedNoiseDrift

Foldable = GaussianSourceDrift | LearnedNoiseDrift


def folded(
    flow: LearnedVelocity,
    drift: Foldable,
    noise: Noise,
    times: list[float],
    method: str,
    scored: Sequence[bool],
) -> FoldedSteps:
    """The steps of a method, for equal shares of points with the score or without."""
    network, steps = flow.stacked(drift.inside(times)), list(pairwise(times))
    h = torch.tensor([later - t for t, later in steps], dtype=torch.float64)
    first = _heads(network, drift, slice(0, -1), times, h, scored, keep=1.0)
    if method == "euler_maruyama":
        spread = [2 * noise.level(t) for t, _ in steps]
        return FoldedSteps(flow, network, times, [first], _scale(spread))
    spread = [2 * abs(noise.between(t, later)) / abs(later - t) for t, later in steps]
    second = _heads(network, drift, slice(1, None), times, h / 2, scored, keep=0.0)
    return FoldedSteps(flow, network, times, [first, second], _scale(spread))


def _scale(variances: Iterable[float]) -> Tensor:
    return torch.tensor([math.sqrt(each) for each in variances])[:, None, None]


def _heads(
    network: Stacked,
    drift: Foldable,
    which: slice,
    times: list[float],
    h: Tensor,
    scored: Sequence[bool],
    *,
    keep: float,
) -> Tensor:
    """The heads at these of all times of keep x + h f(x, t), f the drift or the velocity alone."""
    parts, first = drift.parts(drift.inside(times[which])), network.layers.first
    heads = []
    for each in scored:
        of = _map(parts if each else None, h, keep)
        last = network.last[which, : of.of_b.shape[1]]
        heads.append(heads_of(last, of.of_b, of.of_x, of.constant))
    return torch.stack(heads, 1).to(first)


def _map(parts: Affine | None, h: Tensor, keep: float) -> Affine:
    """keep x + h (b + parts) as a function of b and x, at as many times as h has steps."""
    eye, h = torch.eye(2, dtype=h.dtype).expand(len(h), 2, 2), h[:, None]
    of_x = keep * eye
    if parts is None:
        return Affine(h[..., None] * eye, of_x, 0 * h.expand(-1, 2))
    b = torch.eye(parts.of_b.shape[1], 2, dtype=h.dtype)  # of all outputs, of which b is the first
    return Affine(
        h[..., None] * (b + parts.of_b), of_x + h[..., None] * parts.of_x, h * parts.constant
    )
