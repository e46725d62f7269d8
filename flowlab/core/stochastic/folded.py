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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from flowlab.core.learning.field import LearnedVelocity, Stacked, rows
from flowlab.core.learning.scripted import scripted
from flowlab.core.learning.stacked_layers import workspace
from flowlab.core.solvers.ode import Cancelled, Trajectory
from flowlab.core.solvers.sde import Noise, trajectory_of
from flowlab.core.stochastic.drift import Affine, GaussianSourceDrift, LearnedNoiseDrift
from flowlab.core.stochastic.folded_steps import Heads, Paths, run

Foldable = GaussianSourceDrift | LearnedNoiseDrift
_BLOCK = 20_000  # steps times points that are carried without a look whether that is wanted still


@dataclass(frozen=True, eq=False)
class FoldedSteps:
    """All steps of a solver, for equal shares of points with the score or without."""

    flow: LearnedVelocity
    network: Stacked  # at all times
    times: list[float]
    heads: list[Heads]  # one of Euler-Maruyama, two of stochastic Heun; see `folded_steps`
    scale: Tensor  # (steps, 1, 1), of the Brownian increments

    @property
    def shares(self) -> int:
        """How many times each point is carried."""
        return self.heads[0].last.shape[1]

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
        """The paths of x (n, 2) float32 along the increments dw (steps, n, 2), a share after another.

        See `integrate_sde`. Raises `Cancelled`.
        """
        n, one_hot = len(x), self.flow.one_hot(condition, len(x))
        points = x.new_empty(len(self.times), self.shares, n, 2)
        most = max(1, rows(self.flow.device) // self.shares)
        size = max(1, min(most, math.ceil(n / max(1, workers))))
        done = itertools.count(1)

        def carry(first: int) -> None:
            part = slice(first, first + size)
            classes = None if one_hot is None else one_hot[:, part]
            self._carry(x[part], dw[:, part], classes, points[:, :, part], cancelled)
            if progress is not None:
                progress(min(1.0, next(done) * size / n))

        _call_all(carry, range(0, n, size), workers)
        return trajectory_of(points.flatten(1, 2), self.times, self.evaluations)

    def _carry(
        self,
        x: Tensor,
        dw: Tensor,
        classes: Tensor | None,
        points: Tensor,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Write the paths of x (n, 2) to points (T, S, n, 2)."""
        steps, n, device = len(dw), self.shares * len(x), self.flow.device
        memory = workspace(self.network.layers, n)
        if classes is not None:
            memory.classes.copy_(classes.repeat(1, self.shares))
        noise = (dw.mT * self.scale).to(device)
        paths = Paths(memory.point.new_empty(steps + 1, 2, n), noise, memory.point.new_empty(2, n))
        paths.points[0] = x.T.repeat(1, self.shares)
        steps_of = scripted(run) if device.type == "cpu" else run
        block = max(1, _BLOCK // n)
        # Its optimiser would slow down the first calls and gain nothing; it is that of this thread.
        with torch.no_grad(), torch.jit.optimized_execution(False):
            for k in range(0, steps, block):
                if cancelled is not None and cancelled():
                    raise Cancelled
                steps_of(self.network.layers, self.heads, memory, paths, k, min(k + block, steps))
        points.copy_(paths.points.unflatten(2, (self.shares, -1)).permute(0, 2, 3, 1))


def _call_all(call: Callable[[int], None], firsts: Sequence[int], workers: int) -> None:
    """Call it for each, in so many threads; raises the first exception."""
    if workers < 2 or len(firsts) < 2:
        for first in firsts:
            call(first)
        return
    with ThreadPoolExecutor(min(workers, len(firsts)), "flowlab-carrying") as pool:
        list(pool.map(call, firsts))


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
) -> Heads:
    """For these of all times the heads of keep x + h f(x, t), f the drift or the velocity alone."""
    parts, first = drift.parts(drift.inside(times[which])), network.layers.first
    last, base = [], []
    for each in scored:
        of = _map(parts if each else None, h, keep)
        outputs = of.of_b.shape[1]
        last.append(of.of_b.mT @ network.last[which, :outputs])
        own = torch.cat([of.of_x.mT, of.constant[:, :, None]], 2)
        base.append(own + of.of_b.mT @ network.base[which, :outputs])
    return Heads(*(torch.stack(each, 1).to(first) for each in (last, base)))


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
