"""The training step written out: forward, backward and update, on one flat vector of parameters.

Samples are columns and every layer's input ends in a row of ones, so that a layer and the gradient
of its weights and biases are one product each; a layer lies transposed, in the order that the
products read fastest. Small nets cost what their operations cost to call, so these are few, and
`compiled` runs many steps without Python between them. Tests hold all of it against autograd and
torch.optim.

This file is read by TorchScript, which wants annotations as objects and plain statements.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

ACTIVATIONS = ("silu", "relu", "gelu", "tanh", "elu", "selu")  # by the numbers used below
OPTIMISERS = ("adam", "adamw", "sgd")


class FlatNetwork(NamedTuple):
    """The network, where everything is written, and the average of its weights."""

    activation: int
    across: list[Tensor]  # each layer's weights and biases, (out, in + 1)
    inner: list[Tensor]  # its weights, (in, out)
    slots: list[Tensor]  # (in + 1, out), where its gradient goes
    full: list[Tensor]  # (w + 1, n) after each hidden layer: `after`, and a row of ones
    after: list[Tensor]  # (w, n)
    before: list[Tensor]  # (w, n), its activation's argument; then the gradient in that
    back: Tensor  # (w, n), gradient in `after`
    scaled: Tensor  # (2, n)
    slope: Tensor  # (2, n), gradient in the output
    vector: Tensor  # all parameters
    gradient: Tensor
    average: Tensor


class Batches(NamedTuple):
    """Batches, one list item each; see `flat_network.Batch`."""

    inputs: list[Tensor]  # (f + 1, n)
    gain: list[Tensor]  # (2, n)
    pull: list[Tensor]  # (2, n)
    outputs: list[Tensor]  # (2, n), where the network's answers go
    mix: Tensor  # (2, 2)


class OptimizerState(NamedTuple):
    """An optimiser and its memory."""

    kind: int
    beta1: float
    beta2: float
    decay: float  # of the weights, AdamW's
    memory: list[Tensor]  # Adam: mean and mean square of the gradients; SGD: pace


def activate(kind: int, z: Tensor, h: Tensor) -> None:
    """h = activation(z)."""
    if kind == 0:
        torch.ops.aten.silu(z, out=h)
    elif kind == 1:
        torch.clamp_min(z, 0, out=h)
    elif kind == 2:
        torch.ops.aten.gelu(z, out=h)
    elif kind == 3:
        torch.tanh(z, out=h)
    elif kind == 4:
        torch.ops.aten.elu(z, out=h)
    else:
        torch.ops.aten.elu(z, 1.6732632423543772, 1.0507009873554805, out=h)


def pull_back(kind: int, g: Tensor, z: Tensor, h: Tensor) -> None:
    """Write the gradient in z over z, from g, that in h."""
    if kind == 0:
        torch.ops.aten.silu_backward(g, z, grad_input=z)
    elif kind == 1:
        torch.ops.aten.threshold_backward(g, h, 0, grad_input=z)
    elif kind == 2:
        torch.ops.aten.gelu_backward(g, z, grad_input=z)
    elif kind == 3:
        torch.ops.aten.tanh_backward(g, h, grad_input=z)
    elif kind == 4:
        torch.ops.aten.elu_backward(g, 1.0, 1, 1, False, z, grad_input=z)
    else:
        torch.ops.aten.elu_backward(
            g, 1.6732632423543772, 1.0507009873554805, 1, False, z, grad_input=z
        )


def backward(net: FlatNetwork, data: Batches, k: int) -> None:
    """The network's answers to batch k, and the gradient of the loss over it."""
    x = data.inputs[k]
    for i in range(len(net.before)):
        torch.mm(net.across[i], x, out=net.before[i])
        activate(net.activation, net.before[i], net.after[i])
        x = net.full[i]
    torch.mm(net.across[-1], x, out=data.outputs[k])
    torch.mul(data.gain[k], data.outputs[k], out=net.scaled)
    torch.addmm(data.pull[k], data.mix, net.scaled, beta=-1, out=net.slope)
    g = net.slope.mul_(data.gain[k])
    for j in range(len(net.before)):
        i = len(net.before) - 1 - j
        torch.mm(net.full[i], g.t(), out=net.slots[i + 1])
        torch.mm(net.inner[i + 1], g, out=net.back)
        g = net.before[i]
        pull_back(net.activation, net.back, g, net.after[i])
    torch.mm(data.inputs[k], g.t(), out=net.slots[0])


def update(net: FlatNetwork, rule: OptimizerState, knobs: Tensor) -> None:
    """Move the parameters; knobs are rate, epsilon (both unbiased) and the share in the average."""
    g, mean, rate = net.gradient, rule.memory[0], knobs[0]
    if rule.kind == 2:
        mean.mul_(rule.beta1).add_(g)
        net.vector.addcmul_(mean, rate, value=-1)
    else:
        if rule.kind == 1:
            net.vector.addcmul_(net.vector, knobs[3], value=-rule.decay)
        mean.lerp_(g, 1 - rule.beta1)
        square = rule.memory[1].mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
        root = square.sqrt().add_(knobs[1])
        net.vector.addcmul_(torch.div(mean, root, out=root), rate, value=-1)
    net.average.lerp_(net.vector, knobs[2])


def run(net: FlatNetwork, data: Batches, rule: OptimizerState, first: int, knobs: Tensor) -> None:
    """A step on each batch from `first` on, one for each row of knobs (steps, 4)."""
    for k in range(len(knobs)):
        backward(net, data, first + k)
        update(net, rule, knobs[k])


@cache
def compiled() -> Callable[..., None]:
    """`run` without Python's lock and overhead where this torch has TorchScript, else as it is.

    TorchScript is said to be on its way out, yet nothing else runs many small operations outside
    Python without a compiler on the machine; torch.compile needs one, and 30 seconds. So its
    warning is passed over, and the day it is gone the same function runs as plain Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            scripted: Callable[..., None] = torch.jit.script(run)
        except (AttributeError, RuntimeError):
            return run
    return scripted
