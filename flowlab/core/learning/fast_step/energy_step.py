"""The step of an energy network: its gradient in x is what is compared with the targets.

The loss is mean |Y - target|^2 / 2 for Y = base + gain * (df/dx, df/dy), f the network's only
output, by denoising score matching the score of exp(f) (Vincent 2011; Song and Ermon 2019,
arXiv:1907.05600). Derivatives are carried along as in `implicit_step`. Tests compare the gradient
with autograd's.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from flowlab.core.learning.fast_step.implicit_step import (
    backward_with_derivatives,
    forward_with_derivatives,
)
from flowlab.core.learning.fast_step.step import FlatNetwork, OptimizerState, update
from flowlab.core.learning.scripted import scripted


class EnergyBatches(NamedTuple):
    """Batches, one list item each, of n samples; the derivatives in x, then those in y."""

    inputs: list[Tensor]  # (f + 1, 3 n)
    gain: list[Tensor]  # (1, 2 n)
    scaled_target: list[Tensor]  # (1, 2 n), (target - base) / n
    outputs: list[Tensor]  # (1, 3 n), where f and its derivatives go


def energy_backward(net: FlatNetwork, data: EnergyBatches, k: int) -> None:
    """The energies and their derivatives for batch k, and the gradient of the loss."""
    gain, outputs = data.gain[k], data.outputs[k]
    n = outputs.shape[1] // 3
    first, second = forward_with_derivatives(net, data.inputs[k], n, outputs)
    pull = gain * outputs[:, n:] / n - data.scaled_target[k]
    net.grad_output[:, :n].zero_()
    net.grad_output[:, n:].copy_(pull.mul_(gain))
    backward_with_derivatives(net, data.inputs[k], n, first, second)


def run_energy(
    net: FlatNetwork,
    data: EnergyBatches,
    optimizer: OptimizerState,
    first: int,
    hyperparameters: Tensor,
) -> None:
    """One step on each batch from `first` on, one for each row of hyperparameters (steps, 4)."""
    for k in range(len(hyperparameters)):
        energy_backward(net, data, first + k)
        update(net, optimizer, hyperparameters[k])


def compiled_energy() -> Callable[..., None]:
    """`run_energy` without Python's lock and overhead, where that can be had."""
    return scripted(run_energy)
