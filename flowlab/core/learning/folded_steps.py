"""Steps within a network's last layer, written out: they run without Python in between.

Samples are columns. For few of them the number of calls decides the cost, so there are few. Tests
compare the steps with those that add their terms up.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.stacked_layers import StackedLayers, Workspace, evaluate


class Paths(NamedTuple):
    """The paths of n points over T steps, each S times with the same noise, and their memory.

    With S = 1 the network may see each point several times: what the heads make of all of them is
    added up.
    """

    points: Tensor  # (T + 1, 2, S, n), of which the first are known
    noise: Tensor  # (T, 2, 1, n)
    ahead: Tensor  # (2, S, n)
    inputs: Tensor  # (2, S, n) or (2, R, n), x among the network's inputs
    beside: Tensor  # the same, x beside its last hidden layer
    hidden: list[Tensor]  # (w + 3, n), of each share, with x and 1
    box: float  # half the side of the box to which points are clipped after each step; 0 for none


def place(x: Tensor, paths: Paths) -> None:
    """Write the points (2, S, n) to where the layers read them."""
    paths.inputs.copy_(x)
    paths.beside.copy_(x)


def through(heads: Tensor, paths: Paths, out: Tensor) -> None:
    """What the heads (S, 2, w + 3) of one time make of each share, (2, S, n); or their sum."""
    parts, each = out.unbind(1), heads.unbind(0)
    for j in range(len(parts)):
        torch.mm(each[j], paths.hidden[j], out=parts[j])
    for j in range(len(parts), len(each)):
        parts[0].addmm_(each[j], paths.hidden[j])


def euler_maruyama(
    network: StackedLayers, heads: Tensor, memory: Workspace, paths: Paths, begin: int, end: int
) -> None:
    """The steps from `begin` to `end`: of an SDE the heads (T, S, 2, w + 3) make x + h f(x, t)."""
    first, frequencies = (
        network.first[begin:end].unbind(0),
        network.frequencies[begin:end].unbind(0),
    )
    points, noise = paths.points[begin : end + 1].unbind(0), paths.noise[begin:end].unbind(0)
    each = heads[begin:end].unbind(0)
    for k in range(len(noise)):
        place(points[k], paths)
        evaluate(network, first[k], frequencies[k], memory)
        through(each[k], paths, points[k + 1])
        points[k + 1].add_(noise[k])
        if paths.box > 0:
            points[k + 1].clamp_(-paths.box, paths.box)


def stochastic_heun(
    network: StackedLayers,
    heads: Tensor,
    others: Tensor,
    memory: Workspace,
    paths: Paths,
    begin: int,
    end: int,
) -> None:
    """The same; the first heads make x + h f(x, t), the others h / 2 f(x, t + h)."""
    first, frequencies = network.first, network.frequencies
    for k in range(begin, end):
        before, x, noise = paths.points[k], paths.points[k + 1], paths.noise[k]
        place(before, paths)
        evaluate(network, first[k], frequencies[k], memory)
        through(heads[k], paths, paths.ahead)
        torch.add(before, paths.ahead, out=x)
        x.div_(2).add_(noise)
        place(paths.ahead.add_(noise), paths)
        evaluate(network, first[k + 1], frequencies[k + 1], memory)
        through(others[k], paths, paths.ahead)
        x.add_(paths.ahead)


def run(
    network: StackedLayers,
    heads: list[Tensor],
    memory: Workspace,
    paths: Paths,
    begin: int,
    end: int,
) -> None:
    """The steps from `begin` to `end`: of stochastic Heun if there are two heads to each."""
    if len(heads) > 1:
        stochastic_heun(network, heads[0], heads[1], memory, paths, begin, end)
    else:
        euler_maruyama(network, heads[0], memory, paths, begin, end)
