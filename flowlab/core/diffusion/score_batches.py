"""Noised samples as the written-out steps take them, one layout for each objective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.score_network import Scaling
from flowlab.core.diffusion.score_objectives import absolute, denoising, implicit, sliced
from flowlab.core.distributions.factory import Distribution
from flowlab.core.learning.fast_step.absolute_step import AbsoluteBatches
from flowlab.core.learning.fast_step.energy_step import EnergyBatches
from flowlab.core.learning.fast_step.flat_network import Batch, as_batches
from flowlab.core.learning.fast_step.implicit_step import ImplicitBatches
from flowlab.core.learning.networks import VelocityNet


@dataclass(frozen=True, eq=False)
class Noised:
    """Samples x = x1 + sigma z, float32."""

    x: Tensor  # (n, 2)
    z: Tensor  # (2, n)
    sigma: Tensor  # (n,)

    @classmethod
    def draw(
        cls, target: Distribution, sigmas: tuple[float, float], n: int, rng: torch.Generator
    ) -> Noised:
        """Of a target, log sigma uniform between the logs of both `sigmas`."""
        low, high = sigmas
        x1 = target.sample(n, rng)
        z = torch.randn(2, n, device=x1.device, generator=rng)
        u = torch.rand(n, device=x1.device, generator=rng)
        sigma = low * (high / low) ** u
        return cls(x1 + (sigma * z).T, z, sigma)


@dataclass(frozen=True, eq=False)
class Buffer:
    """Batches for a step, and the loss (batches,) of each, to be read once they are trained on."""

    data: Any  # `Batches`, or those of another step
    losses: Callable[[], Tensor]


def regression_buffer(net: VelocityNet, scaling: Scaling, noised: Noised, rows: int) -> Buffer:
    """For `step.run`: denoising score matching, the target of F being -z."""
    prepared = scaling.prepared(net, noised.x, noised.sigma)
    joined = Batch.of(prepared, -noised.z, rows)
    starts = range(0, len(noised.x), rows)
    data = as_batches([joined.part(first, first + rows) for first in starts])

    def losses() -> Tensor:
        f = joined.prediction(torch.cat(data.outputs, 1))
        return _means(denoising(f, noised.z), rows)

    return Buffer(data, losses)


def absolute_buffer(net: VelocityNet, scaling: Scaling, noised: Noised, rows: int) -> Buffer:
    """For `absolute_step.run_absolute`: the same target by the L1 loss."""
    base, gain = scaling.base(noised.x, noised.sigma), scaling.gain(noised.sigma).expand(2, -1)
    values = scaling.features(net, noised.x, noised.sigma), gain, -noised.z - base
    inputs, gains, rest = ([*torch.split(value, rows, 1)] for value in values)
    outputs, axes = [torch.empty_like(part) for part in rest], torch.eye(2).to(base)
    data = AbsoluteBatches(inputs, gains, rest, outputs, axes)

    def losses() -> Tensor:
        f = base + gain * torch.cat(data.outputs, 1)
        return _means(absolute(f, noised.z), rows)

    return Buffer(data, losses)


def derivative_buffer(
    net: VelocityNet, scaling: Scaling, noised: Noised, rows: int, v: Tensor | None = None
) -> Buffer:
    """For `implicit_step.run_implicit`: implicit score matching, or sliced along v (2, n).

    With v = |v| u, (v . F)^2 is |v|^2 times the squared length of A F, A = u u^T = I - m m^T for
    the unit vector m across it, and the step knows such an A as the factor at a wall.
    """
    sigma, n = noised.sigma, len(noised.x)
    base, gain = scaling.base(noised.x, sigma), scaling.gain(sigma).expand(2, -1)
    slope = sigma * scaling.gain(sigma) / scaling.total(sigma)  # sigma dF / d(output's slope)
    if v is None:
        factor, size = torch.eye(2).to(base)[:, :, None].expand(2, 2, n), torch.ones_like(sigma)
        m, pulled = torch.zeros_like(base), base
    else:
        factor, size = v[:, None] * v, v.square().sum(0).sqrt()
        u = v / size
        m, pulled = torch.stack([-u[1], u[0]]), size * u * (u * base).sum(0)
    values = (
        _with_derivatives(net, scaling, noised),
        size * gain,
        m / rows**0.5,
        -pulled / rows,
        slope * factor / rows,
    )
    inputs, gains, normals, drift, turn = (
        [part.flatten(1) for part in torch.split(value, rows, -1)] for value in values
    )
    outputs = [base.new_empty(2, 3 * rows) for _ in inputs]
    data = ImplicitBatches(inputs, gains, normals, drift, turn, outputs)

    def losses() -> Tensor:
        found = _by_sample(outputs, rows)
        own = -sigma.square() / scaling.total(sigma).square()  # sigma times the base's slope
        jacobian = slope * found[:, 1:] + own * torch.eye(2).to(base)[:, :, None]
        f = base + gain * found[:, 0]
        return _means(implicit(f, jacobian) if v is None else sliced(f, jacobian, v), rows)

    return Buffer(data, losses)


def energy_buffer(net: VelocityNet, scaling: Scaling, noised: Noised, rows: int) -> Buffer:
    """For `energy_step.run_energy`: denoising score matching of an energy's gradient."""
    base, gain = scaling.base(noised.x, noised.sigma), scaling.gain(noised.sigma).expand(2, -1)
    values = _with_derivatives(net, scaling, noised), gain, (-noised.z - base) / rows
    inputs, gains, targets = (torch.split(value, rows, -1) for value in values)
    outputs = [base.new_empty(1, 3 * rows) for _ in inputs]
    data = EnergyBatches(
        [part.flatten(1) for part in inputs],
        [part.reshape(1, -1) for part in gains],
        [part.reshape(1, -1) for part in targets],
        outputs,
    )

    def losses() -> Tensor:
        f = base + gain * _by_sample(outputs, rows)[0, 1:]
        return _means(denoising(f, noised.z), rows)

    return Buffer(data, losses)


def _with_derivatives(net: VelocityNet, scaling: Scaling, noised: Noised) -> Tensor:
    """Features and their derivatives in both axes of the scaled x, (f + 1, 3, n)."""
    features = scaling.features(net, noised.x, noised.sigma)
    return torch.stack([features, *net.slopes(features)], 1)


def _by_sample(outputs: list[Tensor], rows: int) -> Tensor:
    """Outputs and their derivatives (k, 3, n) of all batches."""
    return torch.cat([part.reshape(len(part), 3, rows) for part in outputs], 2)


def _means(values: Tensor, rows: int) -> Tensor:
    return values.reshape(-1, rows).mean(1)
