"""An energy network: exp(f) / Z is the density that it has learned, and grad f its score."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.score_network import Scaling, points_and_levels
from flowlab.core.diffusion.score_training import Learned, ScoreTask, learn
from flowlab.core.document.arguments import whole
from flowlab.core.learning.networks import VelocityNet

_REACH = 6.0  # standard deviations of the noised data that the grid holds on each side
_AT_ONCE = 16_384  # points of the grid


@dataclass(frozen=True, eq=False)
class LearnedEnergy:
    """f of a scalar network, minus the energy, at x (n, 2) and a noise level.

    f = -|x - m|^2 / (2 (s^2 + sigma^2)) + (s / sigma) output, m and s the data's mean and
    deviation. Its gradient is a score without curl, whatever the weights, and Z is not known to the
    network (Song and Ermon 2019, arXiv:1907.05600, section 2; Salimans and Ho 2021, "Should EBMs
    model the energy or the score?").
    """

    net: VelocityNet
    scaling: Scaling
    losses: Doubles  # (steps,) of its training
    steps_per_second: float

    def __call__(self, x: Tensor, sigma: float) -> Tensor:
        """f (n,), log p_sigma but for a constant, in the network's dtype."""
        x, levels = points_and_levels(self.net, x, sigma)
        features = self.scaling.features(self.net, x, levels)
        output: Tensor = self.net.net(features[:-1].T)[:, 0]
        y = (x.T - self.scaling.mean) / self.scaling.total(levels)
        return self.scaling.deviation / sigma * output - y.square().sum(0) / 2

    def score(self, x: Tensor, sigma: float) -> Tensor:
        """The gradient of f (n, 2), itself differentiable where x asks for gradients."""
        differentiable = torch.is_grad_enabled() and x.requires_grad
        at = x if differentiable else x.detach().requires_grad_(True)
        with torch.enable_grad():
            total = self(at, sigma).sum()
            gradient: Tensor = torch.autograd.grad(total, at, create_graph=differentiable)[0]
        return gradient


@dataclass(frozen=True, eq=False)
class NormalisedDensity:
    """exp(f) / Z on a grid, Z by the trapezoidal rule over it."""

    xs: Doubles  # (W,) nodes of columns
    ys: Doubles  # (H,) of rows, from below
    density: Doubles  # (H, W)
    log_z: float
    error: float  # relative difference of Z to that from every other node
    edge: float  # the largest density on the grid's edge, over the largest of all


def learn_energy(
    task: ScoreTask,
    *,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> LearnedEnergy:
    """Train an energy network by denoising score matching at `task.sigma`; see `learn_scores`."""
    return energy_of(learn(task, "energy", cancelled=cancelled, progress=progress))


def energy_of(found: Learned, net: VelocityNet | None = None) -> LearnedEnergy:
    """The energy of a network of energies, or of another one in its history."""
    losses = found.losses.astype(np.float64)
    return LearnedEnergy(net or found.net, found.scaling, losses, found.steps_per_second)


def normalised(energy: LearnedEnergy, sigma: float, cells: int = 256) -> NormalisedDensity:
    """The density that an energy has learned, on a grid that holds the noised data.

    The trapezoidal rule of a smooth density that vanishes at the edges converges faster than any
    power, so that half the nodes tell its error with much to spare. Raises `Invalid` for fewer
    than 8 `cells` a side.
    """
    cells = whole(cells, "The number of cells", 8, 4096) // 2 * 2  # so that every other node ends
    xs, ys = (_nodes(energy, sigma, axis, cells) for axis in (0, 1))
    logs = _on_grid(energy, sigma, xs, ys)
    top = float(logs.max())
    values = np.exp(logs - top)
    z, rough = (_integral(values[::k, ::k], xs[::k], ys[::k]) for k in (1, 2))
    edge = max(float(side.max()) for side in (values[0], values[-1], values[:, 0], values[:, -1]))
    return NormalisedDensity(xs, ys, values / z, top + math.log(z), abs(z - rough) / z, edge)


def _nodes(energy: LearnedEnergy, sigma: float, axis: int, cells: int) -> Doubles:
    middle = float(energy.scaling.mean[axis, 0])
    reach = _REACH * math.hypot(energy.scaling.deviation, sigma)
    return np.linspace(middle - reach, middle + reach, cells + 1)


def _on_grid(energy: LearnedEnergy, sigma: float, xs: Doubles, ys: Doubles) -> Doubles:
    """f (H, W) at all nodes."""
    x, y = np.meshgrid(xs, ys)
    points = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
    with torch.no_grad():
        parts = [energy(part, sigma).cpu().double() for part in torch.split(points, _AT_ONCE)]
    logs: Doubles = torch.cat(parts).numpy().reshape(x.shape)
    return logs


def _integral(values: Doubles, xs: Doubles, ys: Doubles) -> float:
    return float(np.trapezoid(np.trapezoid(values, xs, axis=1), ys))
