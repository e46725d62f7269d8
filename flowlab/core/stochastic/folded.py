"""Steps of an SDE that cost a network's velocity and no more: their algebra is its last layer's.

Where the score is an affine function of the velocity b and of x, so is a whole step but its noise,

    x + h (b + eps s) = b A + x B + c,

and the last layer of a network can be multiplied by A once for each t. So it is where a network
predicts E[z | x] beside b: A is then of both.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.learning.field import LearnedVelocity, Stacked, rows
from flowlab.core.learning.scripted import as_written, scripted
from flowlab.core.learning.stacked_layers import Workspace, workspace
from flowlab.core.solvers.ode import Cancelled, Trajectory
from flowlab.core.solvers.sde import Noise, trajectory_of
from flowlab.core.solvers.threads import call_all
from flowlab.core.stochastic.drift import Affine, GaussianSourceDrift, LearnedNoiseDrift
from flowlab.core.stochastic.folded_steps import Paths, run

Foldable = GaussianSourceDrift | LearnedNoiseDrift
_BLOCK = 20_000  # steps times points that are carried without a look whether that is wanted still
_LEAST = 250  # points of one thread: of fewer, calls take longer than their arithmetic


@dataclass(frozen=True, eq=False)
class FoldedSteps:
    """All steps of a solver, for equal shares of points with the score or without."""

    flow: LearnedVelocity
    network: Stacked  # at all times
    times: list[float]
    heads: list[Tensor]  # (steps, S, 2, w + 3) one of Euler-Maruyama, two of stochastic Heun
    scale: Tensor  # (steps, 1, 1), of the Brownian increments

    @property
    def shares(self) -> int:
        """How many times each point is carried."""
        return self.heads[0].shape[1]

    @property
    def evaluations(self) -> int:
        """Of the network, for each point."""
        return len(self.heads) * len(self.scale)

    def carry(
        self,
        x: Tensor,
        dw: Tensor,
        *,
        condition: Tensor | None = None,
        workers: int = 1,
        cancelled: Callable[[], bool] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Trajectory:
        """The paths of x (n, 2) float32 along dw (steps, n, 2), one share after another.

        See `integrate_sde`. Raises `Cancelled`.
        """
        n, one_hot = len(x), self.flow.one_hot(condition, len(x))
        points = x.new_empty(len(self.times), self.shares, n, 2)
        most = max(1, rows(self.flow.device) // self.shares)
        threads = max(1, min(workers, self.shares * n // _LEAST))
        size = max(1, min(most, math.ceil(n / threads)))
        done = itertools.count(1)

        def carry(first: int) -> None:
            part = slice(first, first + size)
            classes = None if one_hot is None else one_hot[:, part]
            self._carry(x[part], dw[:, part], classes, points[:, :, part], cancelled)
            if progress is not None:
                progress(min(1.0, next(done) * size / n))

        call_all([partial(carry, first) for first in range(0, n, size)], threads)
        evaluations = self.evaluations if n else 0
        return trajectory_of(points.flatten(1, 2), self.times, evaluations)

    def _carry(
        self,
        x: Tensor,
        dw: Tensor,
        classes: Tensor | None,
        points: Tensor,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Write the paths of x (n, 2) to points (T, S, n, 2)."""
        layers, shares, n = self.network.layers, self.shares, self.shares * len(x)
        memory = workspace(layers, n)
        if classes is not None:
            memory.classes.copy_(classes.repeat(1, shares))
        paths = _paths(memory, x, dw * self.scale, shares)
        steps, block = len(dw), max(1, _BLOCK // n)
        steps_of = scripted(run) if self.flow.device.type == "cpu" else run
        with torch.no_grad(), as_written():
            for k in range(0, steps, block):
                if cancelled is not None and cancelled():
                    raise Cancelled
                steps_of(layers, self.heads, memory, paths, k, min(k + block, steps))
        points.copy_(paths.points.permute(0, 2, 3, 1))


def _paths(memory: Workspace, x: Tensor, noise: Tensor, shares: int) -> Paths:
    """Paths from x (n, 2), each so many times, with that noise (steps, n, 2)."""
    inputs, last = memory.point, memory.hidden[-1]
    paths = Paths(
        points=inputs.new_empty(len(noise) + 1, 2, shares, len(x)),
        noise=noise.mT[:, :, None].to(inputs),
        ahead=inputs.new_empty(2, shares, len(x)),
        inputs=inputs[:2].view(2, shares, -1),
        beside=last[-3:-1].view(2, shares, -1),
        hidden=list(last.chunk(shares, 1)),
    )
    paths.points[0] = x.T[:, None]
    return paths


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
        outputs = of.of_b.shape[1]
        head = of.of_b.mT @ network.last[which, :outputs]
        head[:, :, -3:] += torch.cat([of.of_x.mT, of.constant[:, :, None]], 2)
        heads.append(head)
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
