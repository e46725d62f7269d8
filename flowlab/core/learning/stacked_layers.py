"""A network at many times, evaluated without Python: all layers at hand, samples as columns.

TorchScript reads this file; it needs annotations as objects and plain statements.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.learning.fast_step.step import activate


class StackedLayers(NamedTuple):
    """A network's layers but the last, at T times; each takes its input and a row of ones."""

    activation: int  # see `activate`
    first: Tensor  # (T, w, 2 c + K + 3) of (sin, cos, classes, x, 1)
    frequencies: Tensor  # (T, c, 3) of (x, 1)
    inner: list[Tensor]  # (w, w + 1), the same at all times


class Workspace(NamedTuple):
    """The memory that an evaluation at n points writes to."""

    sines: Tensor  # (c, n)
    cosines: Tensor  # (c, n), at first their angles
    classes: Tensor  # (K, n), one-hot rows
    point: Tensor  # (3, n), x and 1
    inputs: Tensor  # (2 c + K + 3, n), all of these, which the first layer takes
    layers: list[Tensor]  # (w, n), arguments of the activation, then its values
    hidden: list[
        Tensor
    ]  # (w + 1, n), these and a row of ones; the last one (w + 3, n): x before it


def workspace(layers: StackedLayers, n: int) -> Workspace:
    """Memory for n points on the network's device."""
    first, count = layers.first, layers.frequencies.shape[1]
    inputs = first.new_ones(first.shape[2], n)
    widths = [first.shape[1], *(weight.shape[0] for weight in layers.inner)]
    hidden = [first.new_ones(width + 1, n) for width in widths[:-1]]
    hidden.append(first.new_ones(widths[-1] + 3, n))
    return Workspace(
        sines=inputs[:count],
        cosines=inputs[count : 2 * count],
        classes=inputs[2 * count : -3],
        point=inputs[-3:],
        inputs=inputs,
        layers=[each[:width] for each, width in zip(hidden, widths, strict=True)],
        hidden=hidden,
    )


def evaluate(network: StackedLayers, first: Tensor, frequencies: Tensor, memory: Workspace) -> None:
    """All layers but the last at the memory's points and one time, whose first layer is given."""
    if frequencies.size(0) > 0:
        torch.mm(frequencies, memory.point, out=memory.cosines)
        torch.sin(memory.cosines, out=memory.sines)
        torch.cos(memory.cosines, out=memory.cosines)
    torch.mm(first, memory.inputs, out=memory.layers[0])
    activate(network.activation, memory.layers[0], memory.layers[0])
    for i in range(len(network.inner)):
        torch.mm(network.inner[i], memory.hidden[i], out=memory.layers[i + 1])
        activate(network.activation, memory.layers[i + 1], memory.layers[i + 1])
