"""Steps of an SDE within a network's last layer, written out: they run without Python in between.

Samples are columns; those of a share of the points are side by side, and all shares have the same
noise. Tests compare the steps with those that add their terms up.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.stacked_layers import StackedLayers, Workspace, evaluate


class Heads(NamedTuple):
    """The last layers of S equal shares of the points, at each of T times."""

    last: Tensor  # (T, S, 2, w + 1)
    base: Tensor  # (T, S, 2, 3) of (x, 1)


class Paths(NamedTuple):
    """The paths of S n points over T steps, and the noise of n."""

    points: Tensor  # (T + 1, 2, S n), of which the first are known
    noise: Tensor  # (T, 2, n)
    ahead: Tensor  # (2, S n), memory


def through(heads: Heads, memory: Workspace, k: int, out: Tensor) -> None:
    """Write what the k-th heads make (2, S n) of what was evaluated."""
    shares = heads.last.size(1)
    n = out.size(1) // shares
    for j in range(shares):
        first, last = j * n, (j + 1) * n
        part = out[:, first:last]
        torch.mm(heads.last[k, j], memory.hidden[-1][:, first:last], out=part)
        part.addmm_(heads.base[k, j], memory.point[:, first:last])


def add_noise(x: Tensor, noise: Tensor) -> None:
    """Add the noise (2, n) to each share of x (2, S n)."""
    x.view(2, -1, noise.size(1)).add_(noise[:, None])


def euler_maruyama(
    network: StackedLayers, heads: list[Heads], memory: Workspace, paths: Paths, begin: int, end: int
) -> None:
    """The steps from `begin` to `end`; the heads make x + h f(x, t)."""
    for k in range(begin, end):
        x = paths.points[k + 1]
        memory.point[:2].copy_(paths.points[k])
        evaluate(network, memory, k)
        through(heads[0], memory, k, x)
        add_noise(x, paths.noise[k])


def stochastic_heun(
    network: StackedLayers, heads: list[Heads], memory: Workspace, paths: Paths, begin: int, end: int
) -> None:
    """The same; the first heads make x + h f(x, t), the others h / 2 f(x, t + h)."""
    for k in range(begin, end):
        x, ahead = paths.points[k + 1], paths.ahead
        memory.point[:2].copy_(paths.points[k])
        evaluate(network, memory, k)
        through(heads[0], memory, k, ahead)
        torch.add(paths.points[k], ahead, out=x)
        add_noise(x.div_(2), paths.noise[k])
        add_noise(ahead, paths.noise[k])
        memory.point[:2].copy_(ahead)
        evaluate(network, memory, k + 1)
        through(heads[1], memory, k, ahead)
        x.add_(ahead)


def run(
    network: StackedLayers, heads: list[Heads], memory: Workspace, paths: Paths, begin: int, end: int
) -> None:
    """The steps from `begin` to `end`: of stochastic Heun with two heads, else Euler-Maruyama."""
    if len(heads) > 1:
        stochastic_heun(network, heads, memory, paths, begin, end)
    else:
        euler_maruyama(network, heads, memory, paths, begin, end)
