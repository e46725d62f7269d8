"""The training step written out: forward, backward and update, on one flat vector of parameters.

Samples are columns and every layer's input ends in a row of ones, so a layer, and the gradient of
its weights and biases, are one matrix product each. Layers are stored transposed, in the order that
the products read fastest. For small networks the number of calls decides the cost, so there are
few, and `compiled` runs many steps without Python in between. Tests compare all of it with autograd
and torch.optim.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.scripted import scripted

ACTIVATIONS = ("silu", "relu", "gelu", "tanh", "elu", "selu")  # indexed by `activation` below
OPTIMISERS = ("adam", "adamw", "sgd")


class FlatNetwork(NamedTuple):
    """The network's weights and their average, and the memory that a step writes to."""

    activation: int
    weights: list[Tensor]  # each layer's weights and biases, (out, in + 1)
    weights_t: list[Tensor]  # its weights, (in, out)
    grad_slots: list[Tensor]  # (in + 1, out), where its gradient is written
    layer_inputs: list[
        Tensor
    ]  # (w + 1, n) after each hidden layer: `activations`, and a row of ones
    activations: list[Tensor]  # (w, n)
    preactivations: list[Tensor]  # (w, n), arguments of the activation; then their gradients
    grad_activations: Tensor  # (w, n), gradient in an activation
    scaled_output: Tensor  # (k, n), k the outputs
    grad_output: Tensor  # (k, n), gradient in the output r
    vector: Tensor  # all parameters
    gradient: Tensor
    average: Tensor


class Batches(NamedTuple):
    """Batches, one list item each; see `flat_network.Batch`."""

    inputs: list[Tensor]  # (f + 1, n)
    gain: list[Tensor]  # (k, n)
    scaled_target: list[Tensor]  # (k, n)
    outputs: list[Tensor]  # (k, n), where the network's outputs go
    output_gram: Tensor  # (k, k)
    normals: list[Tensor]  # (2, n) between walls, scaled; else (0, n)


class OptimizerState(NamedTuple):
    """An optimiser, its constants and its memory."""

    kind: int
    beta1: float
    beta2: float
    decay: float  # of the weights, AdamW's
    memory: list[Tensor]  # Adam: mean and mean square of the gradients; SGD: velocity


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


def activation_backward(kind: int, g: Tensor, z: Tensor, h: Tensor) -> None:
    """Overwrite z with the gradient in z, given g, the gradient in h."""
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


def forward(net: FlatNetwork, x: Tensor, outputs: Tensor) -> None:
    """The network's outputs (k, n) for inputs x (f + 1, n)."""
    for i in range(len(net.preactivations)):
        torch.mm(net.weights[i], x, out=net.preactivations[i])
        activate(net.activation, net.preactivations[i], net.activations[i])
        x = net.layer_inputs[i]
    torch.mm(net.weights[-1], x, out=outputs)


def backward_from_output(net: FlatNetwork, x: Tensor) -> None:
    """The gradient in the weights, from that in the outputs in `grad_output`."""
    g = net.grad_output
    for j in range(len(net.preactivations)):
        i = len(net.preactivations) - 1 - j
        torch.mm(net.layer_inputs[i], g.t(), out=net.grad_slots[i + 1])
        torch.mm(net.weights_t[i + 1], g, out=net.grad_activations)
        g = net.preactivations[i]
        activation_backward(net.activation, net.grad_activations, g, net.activations[i])
    torch.mm(x, g.t(), out=net.grad_slots[0])


def backward(net: FlatNetwork, data: Batches, k: int) -> None:
    """The network's outputs for batch k, and the gradient of the loss over it."""
    forward(net, data.inputs[k], data.outputs[k])
    torch.mul(data.gain[k], data.outputs[k], out=net.scaled_output)
    torch.addmm(
        data.scaled_target[k], data.output_gram, net.scaled_output, beta=-1, out=net.grad_output
    )
    q = data.normals[k]
    if len(q) > 0:
        net.grad_output.addcmul_(q, torch.sum(q * net.scaled_output, 0), value=-1)
    net.grad_output.mul_(data.gain[k])
    backward_from_output(net, data.inputs[k])


def update(net: FlatNetwork, optimizer: OptimizerState, hyperparameters: Tensor) -> None:
    """One optimiser step.

    Hyperparameters: rate and epsilon (both bias-corrected), share of the EMA, and the plain rate.
    """
    g, mean, rate = net.gradient, optimizer.memory[0], hyperparameters[0]
    if optimizer.kind == 2:
        mean.mul_(optimizer.beta1).add_(g)
        net.vector.addcmul_(mean, rate, value=-1)
    else:
        if optimizer.kind == 1:
            net.vector.addcmul_(net.vector, hyperparameters[3], value=-optimizer.decay)
        mean.lerp_(g, 1 - optimizer.beta1)
        square = optimizer.memory[1].mul_(optimizer.beta2).addcmul_(g, g, value=1 - optimizer.beta2)
        root = square.sqrt().add_(hyperparameters[1])
        net.vector.addcmul_(torch.div(mean, root, out=root), rate, value=-1)
    net.average.lerp_(net.vector, hyperparameters[2])


def run(
    net: FlatNetwork, data: Batches, optimizer: OptimizerState, first: int, hyperparameters: Tensor
) -> None:
    """One step on each batch from `first` on, one for each row of hyperparameters (steps, 4)."""
    for k in range(len(hyperparameters)):
        backward(net, data, first + k)
        update(net, optimizer, hyperparameters[k])


def compiled() -> Callable[..., None]:
    """`run` without Python's lock and overhead, where that can be had."""
    return scripted(run)
