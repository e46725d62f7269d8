"""The step of implicit score matching: as `step`, with derivatives in x carried along.

The loss is E[|A F|^2 / 2 + sigma div(A F)], F the network's output, sigma times the score, and A
the boundary factor (Hyvarinen 2005). The divergence is exact: beside every sample two columns hold
the derivatives in x and y of each layer, and what the loss asks of them is known beforehand. Tests
compare the gradient with autograd's.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.fast_step.step import FlatNetwork, OptimizerState, activate, update
from flowlab.core.learning.scripted import scripted


class ImplicitBatches(NamedTuple):
    """Batches, one list item each, of n samples: n columns, or 3 n where derivatives follow."""

    inputs: list[Tensor]  # (f + 1, 3 n)
    gain: list[Tensor]  # (2, n)
    normals: list[Tensor]  # (2, n), m sqrt((2 - |m|^2) / n), so that A A = I - n q q^T
    drift: list[Tensor]  # (2, n), sigma div(m m^T) / n
    turn: list[Tensor]  # (2, 2 n), the loss's gradient in the derivatives of the outputs
    outputs: list[Tensor]  # (2, 3 n), where the network's outputs go


def slopes(kind: int, z: Tensor) -> tuple[Tensor, Tensor]:
    """First and second derivative of an activation, one of `network.SMOOTH`."""
    if kind == 0:
        s = torch.sigmoid(z)
        u = s * (1 - s)
        return torch.addcmul(s, z, u), u * (2 + z * (1 - 2 * s))
    if kind == 2:
        bell = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
        return 0.5 * (1 + torch.erf(z / math.sqrt(2))) + z * bell, bell * (2 - z * z)
    if kind == 3:
        h = torch.tanh(z)
        first = 1 - h * h
        return first, -2 * h * first
    rise = torch.exp(torch.clamp_max(z, 0))
    return rise, torch.where(z > 0, torch.zeros_like(z), rise)


def forward_with_derivatives(
    net: FlatNetwork, x: Tensor, n: int, outputs: Tensor
) -> tuple[list[Tensor], list[Tensor]]:
    """Outputs of n samples and of their derivatives x (f + 1, 3 n), and the activations' slopes."""
    first: list[Tensor] = []
    second: list[Tensor] = []
    for i in range(len(net.preactivations)):
        z, h = net.preactivations[i], net.activations[i]
        torch.mm(net.weights[i], x, out=z)
        d1, d2 = slopes(net.activation, z[:, :n])
        first.append(d1.repeat(1, 2))
        second.append(d2)
        activate(net.activation, z[:, :n], h[:, :n])
        torch.mul(z[:, n:], first[i], out=h[:, n:])
        x = net.layer_inputs[i]
    torch.mm(net.weights[-1], x, out=outputs)
    return first, second


def backward_with_derivatives(
    net: FlatNetwork, x: Tensor, n: int, first: list[Tensor], second: list[Tensor]
) -> None:
    """The gradient of the weights, from that of outputs and derivatives in `grad_output`."""
    g, layers = net.grad_output, len(net.preactivations)
    for j in range(layers):
        i = layers - 1 - j
        torch.mm(net.layer_inputs[i], g.t(), out=net.grad_slots[i + 1])
        torch.mm(net.weights_t[i + 1], g, out=net.grad_activations)
        g, up = net.preactivations[i], net.grad_activations
        bent = g[:, n:].mul_(up[:, n:])
        curved = (bent[:, :n] + bent[:, n:]).mul_(second[i])
        torch.addcmul(curved, up[:, :n], first[i][:, :n], out=g[:, :n])
        torch.mul(up[:, n:], first[i], out=g[:, n:])
    torch.mm(x, g.t(), out=net.grad_slots[0])


def implicit_backward(net: FlatNetwork, data: ImplicitBatches, k: int) -> None:
    """The network's outputs and their derivatives for batch k, and the gradient of the loss."""
    gain, q = data.gain[k], data.normals[k]
    n = gain.shape[1]
    first, second = forward_with_derivatives(net, data.inputs[k], n, data.outputs[k])
    prediction = gain * data.outputs[k][:, :n]
    pull = prediction / n - data.drift[k] - q * torch.sum(q * prediction, 0)
    net.grad_output[:, :n].copy_(pull.mul_(gain))
    net.grad_output[:, n:].copy_(data.turn[k])
    backward_with_derivatives(net, data.inputs[k], n, first, second)


def run_implicit(
    net: FlatNetwork,
    data: ImplicitBatches,
    optimizer: OptimizerState,
    first: int,
    hyperparameters: Tensor,
) -> None:
    """One step on each batch from `first` on, one for each row of hyperparameters (steps, 4)."""
    for k in range(len(hyperparameters)):
        implicit_backward(net, data, first + k)
        update(net, optimizer, hyperparameters[k])


def compiled_implicit() -> Callable[..., None]:
    """`run_implicit` without Python's lock and overhead, where that can be had."""
    return scripted(run_implicit)
