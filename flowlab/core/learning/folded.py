"""Steps that cost a network's velocity and no more: their algebra is its last layer's.

Where a step is an affine function of the velocity v and of x, but for its noise,

    x' = v A + x B + c + noise,

the last layer of a network can be multiplied by A once for each step. So it is of SDEs whose score
follows from v, and of the samplers of diffusion models.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from flowlab.core.learning.field import LearnedVelocity, rows
from flowlab.core.learning.folded_layers import Stacked
from flowlab.core.learning.folded_steps import Paths, run
from flowlab.core.learning.scripted import as_written, scripted
from flowlab.core.learning.stacked_layers import Workspace, workspace
from flowlab.core.solvers.ode import Cancelled, Trajectory
from flowlab.core.solvers.sde import trajectory_of
from flowlab.core.solvers.threads import call_all

_BLOCK = 20_000  # steps times points that are carried without a look whether that is wanted still
_LEAST = 250  # points of one thread: of fewer, calls take longer than their arithmetic


@dataclass(frozen=True, eq=False)
class FoldedSteps:
    """All steps of a solver, for equal shares of points that take different ones."""

    flow: LearnedVelocity
    network: Stacked  # at all times
    times: list[float]
    heads: list[Tensor]  # (steps, S, 2, w + 3) one of Euler-Maruyama, two of stochastic Heun
    scale: Tensor  # of the noise in rows: (steps, 1, 1) a factor, (steps, 2, 2) a matrix
    box: float = 0.0  # half the side of the box to which points are clipped; 0 for none
    guided: bool = False  # points are carried once, by two shares: told their class, and told none

    @property
    def shares(self) -> int:
        """How many times the network sees each point in an evaluation."""
        return self.heads[0].shape[1]

    @property
    def paths(self) -> int:
        """How many times each point is carried."""
        return 1 if self.guided else self.shares

    @property
    def evaluations(self) -> int:
        """Of the network, for each path."""
        return self.shares // self.paths * len(self.heads) * len(self.scale)

    def carry(
        self,
        x: Tensor,
        noise: Tensor,
        *,
        condition: Tensor | None = None,
        workers: int = 1,
        cancelled: Callable[[], bool] | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Trajectory:
        """The paths of x (n, 2) float32 with that noise (steps, n, 2), one share after another.

        See `integrate_sde`. Raises `Cancelled`.
        """
        n, one_hot = len(x), self.flow.one_hot(condition, len(x))
        points = x.new_empty(len(self.times), self.paths, n, 2)
        most = max(1, rows(self.flow.device) // self.shares)
        threads = max(1, min(workers, self.shares * n // _LEAST))
        size = max(1, min(most, math.ceil(n / threads)))
        done = itertools.count(1)

        def carry(first: int) -> None:
            part = slice(first, first + size)
            classes = None if one_hot is None else one_hot[:, part]
            self._carry(x[part], noise[:, part], classes, points[:, :, part], cancelled)
            if progress is not None:
                progress(min(1.0, next(done) * size / n))

        call_all([partial(carry, first) for first in range(0, n, size)], threads)
        evaluations = self.evaluations if n else 0
        return trajectory_of(points.flatten(1, 2), self.times, evaluations)

    def _carry(
        self,
        x: Tensor,
        noise: Tensor,
        classes: Tensor | None,
        points: Tensor,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        """Write the paths of x (n, 2) to points (T, S, n, 2)."""
        layers, shares, n = self.network.layers, self.shares, self.shares * len(x)
        memory = workspace(layers, n)
        if classes is not None:
            untold = torch.zeros_like(classes) if self.guided else classes
            memory.classes.copy_(torch.cat([classes, untold.repeat(1, shares - 1)], 1))
        paths = self._paths(memory, x, noise)
        steps, block = len(noise), max(1, _BLOCK // n)
        steps_of = scripted(run) if self.flow.device.type == "cpu" else run
        with torch.no_grad(), as_written():
            for k in range(0, steps, block):
                if cancelled is not None and cancelled():
                    raise Cancelled
                steps_of(layers, self.heads, memory, paths, k, min(k + block, steps))
        points.copy_(paths.points.permute(0, 2, 3, 1))

    def _paths(self, memory: Workspace, x: Tensor, noise: Tensor) -> Paths:
        """Paths from x (n, 2), each so many times, with that noise (steps, n, 2)."""
        inputs, last, shares = memory.point, memory.hidden[-1], self.shares
        paths = Paths(
            points=inputs.new_empty(len(noise) + 1, 2, self.paths, len(x)),
            noise=scaled(noise, self.scale).mT[:, :, None].to(inputs),
            ahead=inputs.new_empty(2, self.paths, len(x)),
            inputs=inputs[:2].view(2, shares, -1),
            beside=last[-3:-1].view(2, shares, -1),
            hidden=list(last.chunk(shares, 1)),
            box=self.box,
        )
        paths.points[0] = x.T[:, None]
        return paths


def scaled(noise: Tensor, scale: Tensor) -> Tensor:
    """Noise (steps, n, 2), of each step times a factor (steps, 1, 1) or matrix (steps, 2, 2)."""
    return noise * scale if scale.shape[-1] == 1 else noise @ scale


def reading(network: Stacked, scale: Tensor, shift: Tensor) -> Stacked:
    """The network as a function of x where it reads x times a scale (T,), plus a shift (T, 2)."""
    layers = network.layers
    first, frequencies, last = (
        _reading(rows, scale, shift) for rows in (layers.first, layers.frequencies, network.last)
    )
    return Stacked(layers._replace(first=first, frequencies=frequencies), last)


def _reading(rows: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Rows (T, r, ... + 3), of which the last three columns are multiplied by x and 1."""
    scale, shift = scale.to(rows), shift.to(rows)
    before, plane, one = rows[..., :-3], rows[..., -3:-1], rows[..., -1:]
    parts = [before, plane * scale[:, None, None], one + plane @ shift[:, :, None]]
    return torch.cat(parts, 2).contiguous()


def heads_of(last: Tensor, of_v: Tensor, of_x: Tensor, constant: Tensor) -> Tensor:
    """What makes v A + x B + c of the last hidden layer, x and 1: (T, 2, w + 3) float64.

    From the network's last layers (T, k, w + 3), and A (T, k, 2), B (T, 2, 2) and c (T, 2).
    """
    heads = of_v.mT @ last
    heads[:, :, -3:] += torch.cat([of_x.mT, constant[:, :, None]], 2)
    return heads
