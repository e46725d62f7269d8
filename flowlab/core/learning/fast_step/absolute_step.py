"""The step of the L1 loss, mean |Y - target| over samples and axes.

Y = base + unwhiten^T (gain * output).

Its minimiser is the median of each axis given x. As `step` otherwise; tests compare the gradient
with autograd's.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.fast_step.step import (
    FlatNetwork,
    OptimizerState,
    backward_from_output,
    forward,
    update,
)
from flowlab.core.learning.scripted import scripted


class AbsoluteBatches(NamedTuple):
    """Batches, one list item each, of n samples."""

    inputs: list[Tensor]  # (f + 1, n)
    gain: list[Tensor]  # (k, n)
    rest: list[Tensor]  # (k, n), target - base
    outputs: list[Tensor]  # (k, n), where the network's outputs go
    unwhiten: Tensor  # (k, k)


def absolute_backward(net: FlatNetwork, data: AbsoluteBatches, k: int) -> None:
    """The network's outputs for batch k, and the gradient of the loss over it."""
    gain, outputs = data.gain[k], data.outputs[k]
    forward(net, data.inputs[k], outputs)
    torch.mul(gain, outputs, out=net.scaled_output)
    sign = torch.sign(torch.mm(data.unwhiten.t(), net.scaled_output) - data.rest[k])
    torch.mm(data.unwhiten, sign, out=net.grad_output)
    net.grad_output.mul_(gain / outputs.numel())
    backward_from_output(net, data.inputs[k])


def run_absolute(
    net: FlatNetwork,
    data: AbsoluteBatches,
    optimizer: OptimizerState,
    first: int,
    hyperparameters: Tensor,
) -> None:
    """One step on each batch from `first` on, one for each row of hyperparameters (steps, 4)."""
    for k in range(len(hyperparameters)):
        absolute_backward(net, data, first + k)
        update(net, optimizer, hyperparameters[k])


def compiled_absolute() -> Callable[..., None]:
    """`run_absolute` without Python's lock and overhead, where that can be had."""
    return scripted(run_absolute)
