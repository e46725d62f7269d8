"""Steps of an SDE that cost a network's velocity and no more: their algebra is its last layer's.

Where the score is an affine function of the velocity b and of x, so is a whole step but its noise,

    x + h (b + eps s) = b A + x B + c,

and the last layer of a network can be multiplied by A once for each t. So it is where a network
predicts E[z | x] beside b: A is then of both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.learning.field import Head, LearnedVelocity
from flowlab.core.solvers.sde import Drift, Noise
from flowlab.core.stochastic.drift import Affine, GaussianSourceDrift, LearnedNoiseDrift

Foldable = GaussianSourceDrift | LearnedNoiseDrift
Heads = Sequence[Head]  # of one step; each makes an equal share of the points


@dataclass(frozen=True, eq=False)
class FoldedDrift:
    """What a step adds up to without its noise, by the heads of that step."""

    flow: LearnedVelocity

    def __call__(
        self, x: Tensor, _t: float, *, heads: Heads, condition: Tensor | None = None
    ) -> Tensor:
        """The points (n, 2) that the heads make of x (n, 2)."""
        return self.flow.through(heads, x, condition)


@dataclass(frozen=True, eq=False)
class FoldedEuler:
    """The steps of `euler_maruyama`; `heads` make x + h f(x, t)."""

    heads: Sequence[Heads]

    def __call__(
        self, drift: Drift, noise: Noise, x: Tensor, times: list[float], dw: Tensor
    ) -> Iterator[Tensor]:
        """The points x (n, 2) at all times."""
        yield x
        for t, heads, each in zip(times[:-1], self.heads, dw, strict=True):
            x = drift(x, t, heads=heads).add_(each, alpha=math.sqrt(2 * noise.level(t)))
            yield x


@dataclass(frozen=True, eq=False)
class FoldedHeun:
    """The steps of `stochastic_heun`; `first` make x + h f(x, t), `second` h / 2 f(x, t + h)."""

    first: Sequence[Heads]
    second: Sequence[Heads]

    def __call__(
        self, drift: Drift, noise: Noise, x: Tensor, times: list[float], dw: Tensor
    ) -> Iterator[Tensor]:
        """The points x (n, 2) at all times."""
        yield x
        steps = zip(pairwise(times), self.first, self.second, dw, strict=True)
        for (t, later), first, second, each in steps:
            shake = math.sqrt(2 * abs(noise.between(t, later)) / abs(later - t)) * each
            ahead = drift(x, t, heads=first)
            middle = ((x + ahead) / 2).add_(shake)
            x = drift(ahead.add_(shake), later, heads=second).add_(middle)
            yield x


def folded(
    flow: LearnedVelocity,
    drift: Foldable,
    times: list[float],
    method: str,
    scored: Sequence[bool],
) -> tuple[FoldedDrift, FoldedEuler | FoldedHeun]:
    """The drift and the steps of a method, for equal shares of points with the score or without."""
    h = torch.tensor([later - t for t, later in pairwise(times)], dtype=torch.float64)
    at, after = times[:-1], times[1:]
    first = _heads(flow, drift, at, h, scored, keep=1.0)
    if method == "euler_maruyama":
        return FoldedDrift(flow), FoldedEuler(first)
    return FoldedDrift(flow), FoldedHeun(first, _heads(flow, drift, after, h / 2, scored, keep=0.0))


def _heads(
    flow: LearnedVelocity,
    drift: Foldable,
    times: list[float],
    h: Tensor,
    scored: Sequence[bool],
    *,
    keep: float,
) -> list[Heads]:
    """For each time the heads of keep x + h f(x, t), f the drift or the velocity alone."""
    inside = drift.inside(times)
    maps = [_map(drift.parts(inside) if each else None, h, keep) for each in scored]
    shares = [flow.heads(inside, each.of_b, each.of_x, each.constant) for each in maps]
    return list(zip(*shares, strict=True))


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
