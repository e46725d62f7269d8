"""Steps of a sampler that are affine in a field's velocity and in the point, but for their noise.

    x' = v A + x B + c + z S,    v the field where the step begins.

All samplers of the room but those with a corrector are such steps. Of a network the algebra is a
part of its last layer, so that a step costs an evaluation and no more.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.denoiser import Reading, evaluated
from flowlab.core.diffusion.guidance import GuidedNetwork
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.streams import Stream, numpy_rng
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.learning.folded import FoldedSteps, heads_of, reading
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled, Trajectory
from flowlab.core.solvers.sde import trajectory_of


@dataclass(frozen=True, eq=False)
class Steps:
    """K steps between K + 1 times; with `second`, K steps of Heun's method.

    Of those `maps` gives the first guess x + h f(x), and half of `second`, h f at their ends, is
    added to half of x and of the guess. They read the field at their ends too.
    """

    times: list[float]  # (K + 1,)
    reading: Reading  # at K levels, or K + 1
    maps: Affine  # K
    spread: Tensor  # (K, 2, 2) by which rows of standard normal numbers are multiplied
    second: Affine | None = None  # K
    box: float = 0.0  # half the side of the box to which points are clipped; 0 for none

    def __len__(self) -> int:
        return len(self.times) - 1

    @property
    def evaluations(self) -> int:
        """Of the field, for each point."""
        return len(self) if self.second is None else 2 * len(self)


def noise_for(n: int, steps: int, seed: int) -> Tensor:
    """Standard normal numbers (steps, n, 2) float32; those of the first points don't depend on n.

    Every sampler takes the same ones for the same seed and number of steps.
    """
    rng = numpy_rng(seed, Stream.DIFFUSION_NOISE)
    z = rng.standard_normal((n, steps, 2), np.float32)
    return torch.from_numpy(np.ascontiguousarray(z.transpose(1, 2, 0))).mT


def taken(
    field: Field,
    steps: Steps,
    x: Tensor,
    z: Tensor,
    cancelled: Callable[[], bool] | None = None,
    **condition: Any,
) -> Iterator[Tensor]:
    """The points (n, 2) at each of the times, x the first, with standard normal z (K, n, 2)."""
    maps, spread = steps.maps.to(x), steps.spread.to(x)
    second = None if steps.second is None else steps.second.to(x)
    yield x
    for k in range(len(steps)):
        if cancelled is not None and cancelled():
            raise Cancelled
        v = evaluated(field, steps.reading, k, x, **condition).to(x)
        ahead = maps.at(k, v, x) + z[k].to(x) @ spread[k]
        if second is not None:
            v = evaluated(field, steps.reading, k + 1, ahead, **condition).to(x)
            ahead = (x + ahead + second.at(k, v, ahead)) / 2
        x = ahead.clamp(-steps.box, steps.box) if steps.box else ahead
        yield x


def carry(
    field: Field,
    ways: Sequence[Steps],
    x: Tensor,
    z: Tensor,
    *,
    condition: Tensor | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Trajectory:
    """The paths of x (n, 2) along all these steps, one after another, with z (steps, n, 2).

    Particles are divided among `workers` threads where a network carries them in single precision.
    Positions that overflow become NaN and stay NaN. Raises `Cancelled`.
    """
    parts, done = [x[None]], 0
    for steps in ways:
        noise, at = z[done : done + len(steps)], parts[-1][-1]
        if isinstance(field, LearnedVelocity | GuidedNetwork) and x.dtype == torch.float32:
            how: dict[str, Any] = {"workers": workers, "cancelled": cancelled}
            parts += _carried(field, steps, at, noise, condition, how)
        else:
            given = {} if condition is None else {"condition": condition}
            path = torch.stack(list(taken(field, steps, at, noise, cancelled, **given)))
            parts.append(path[1:])
        done += len(steps)
        if progress is not None:
            progress(done / len(z))
    times = [ways[0].times[0], *(t for steps in ways for t in steps.times[1:])]
    evaluations = sum(_evaluations(field, steps) for steps in ways) if len(x) else 0
    return trajectory_of(torch.cat(parts), times, evaluations)


def evaluations_at(field: Field, t: float) -> int:
    """Evaluations of a field's parts at t: of a guided one as many as count there, of others 1."""
    asked: Callable[[float], int] | None = getattr(field, "evaluations_at", None)
    return 1 if asked is None else asked(t)


def _evaluations(field: Field, steps: Steps) -> int:
    """Evaluations for each point."""
    reads = steps.reading.times
    times = reads[: len(steps)] if steps.second is None else [*reads[:-1], *reads[1:]]
    return sum(evaluations_at(field, t) for t in times)


def _carried(
    field: LearnedVelocity | GuidedNetwork,
    steps: Steps,
    x: Tensor,
    noise: Tensor,
    condition: Tensor | None,
    how: dict[str, Any],
) -> list[Tensor]:
    """The paths (K, n, 2) of x (n, 2) by a network, in parts one after another, without x."""
    parts, done = [x[None]], 0
    for part, branch in folded(field, steps):
        told = None if condition is None else torch.full_like(condition, NO_CLASS)
        told = told if branch == ALL else condition
        z, at = noise[done : done + len(part.scale)], parts[-1][-1]
        parts.append(part.carry(at, z, condition=told, **how).points[1:])
        done += len(part.scale)
    return parts[1:]


OWN, ALL, BOTH = "own", "all", "both"  # of a network: that of the classes, of all, or guided


def folded(field: LearnedVelocity | GuidedNetwork, steps: Steps) -> list[tuple[FoldedSteps, str]]:
    """The steps within the network's last layer, in stretches that ask the same of its fields.

    Guided steps are in its last layer for both fields; where gamma is 0 or 1 only one is asked.
    """
    read = steps.reading
    flow = field.network if isinstance(field, GuidedNetwork) else field
    network = reading(flow.stacked(read.times), read.scale, read.shift)
    ends, heads = [slice(0, len(steps))], [_heads(network.last[: len(steps)], steps.maps)]
    if steps.second is not None:
        ends.append(slice(1, None))
        heads.append(_heads(network.last[1:], steps.second * 0.5))
    gamma = [1.0] * len(read.times)
    if isinstance(field, GuidedNetwork):
        gamma = [float(field.strength.at(t)) for t in read.times]
    scale = _plain(steps.spread).to(network.layers.first)
    stretches = []
    for first, last, branch in _stretches([gamma[end] for end in ends]):
        part, own = slice(first, last), [each[first:last] for each in heads]
        if branch == BOTH:
            both = [torch.tensor(gamma[end][part], dtype=torch.float64) for end in ends]
            own = [_guided(each, g) for each, g in zip(own, both, strict=True)]
        own = [each.to(scale) for each in own]
        times, layers = steps.times[first : last + 1], network.between(first, last + len(ends) - 1)
        made = FoldedSteps(flow, layers, times, own, scale[part], steps.box, branch == BOTH)
        stretches.append((made, branch))
    return stretches


def _stretches(gamma: list[list[float]]) -> Iterator[tuple[int, int, str]]:
    """First and last of steps that ask for the same, from gamma (K) where each reads a field."""
    alone = {0.0: ALL, 1.0: OWN}
    asked = [set(row) for row in zip(*gamma, strict=True)]
    branches = [alone.get(row.pop(), BOTH) if len(row) == 1 else BOTH for row in asked]
    first = 0
    for branch, group in itertools.groupby(branches):
        last = first + len(list(group))
        yield first, last, branch
        first = last


def _guided(heads: Tensor, gamma: Tensor) -> Tensor:
    """Heads (K, 2, 2, w + 3) whose sum is gamma times one of a class and 1 - gamma of all."""
    gamma = gamma[:, None, None, None]
    return torch.cat([gamma * heads, (1 - gamma) * heads], 1)


def _heads(last: Tensor, maps: Affine) -> Tensor:
    """The heads (K, 1, 2, w + 3) of one share."""
    return heads_of(last, maps.of_v, maps.of_x, maps.constant)[:, None]


def _plain(spread: Tensor) -> Tensor:
    """Matrices (K, 2, 2) as factors (K, 1, 1) where both coordinates are multiplied alike."""
    factor = spread[:, :1, :1]
    eye = torch.eye(2, dtype=spread.dtype)
    return factor if bool((spread == factor * eye).all()) else spread
