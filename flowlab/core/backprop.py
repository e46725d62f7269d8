"""Forward and backward of the MLP written out, on one flat vector of parameters.

Samples are columns and every layer's input ends in a row of ones, so that a layer and the gradient
of its weights and biases are one product each; a layer lies transposed, in the order that the
products read fastest. Twice as fast as autograd on small nets, whose cost
is the number of operations. Tests hold its gradient against autograd's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import Linear

from flowlab.core.nets import Frame, VelocityNet

_aten = torch.ops.aten
_ALPHA, _SCALE = 1.6732632423543772, 1.0507009873554805  # of SELU

Into = Callable[..., Any]

# activation -> (h of z, gradient in z of (gradient in h, z, h)), each written into its last
_PAIRS: dict[str, tuple[Into, Into]] = {
    "silu": (
        lambda z, h: _aten.silu.out(z, out=h),
        lambda g, z, _, o: _aten.silu_backward.grad_input(g, z, grad_input=o),
    ),
    "relu": (
        lambda z, h: torch.clamp_min(z, 0, out=h),
        lambda g, _, h, o: _aten.threshold_backward.grad_input(g, h, 0, grad_input=o),
    ),
    "gelu": (
        lambda z, h: _aten.gelu.out(z, out=h),
        lambda g, z, _, o: _aten.gelu_backward.grad_input(g, z, grad_input=o),
    ),
    "tanh": (
        lambda z, h: torch.tanh(z, out=h),
        lambda g, _, h, o: _aten.tanh_backward.grad_input(g, h, grad_input=o),
    ),
    "elu": (
        lambda z, h: _aten.elu.out(z, out=h),
        lambda g, z, _, o: _aten.elu_backward.grad_input(g, 1.0, 1, 1, False, z, grad_input=o),
    ),
    "selu": (
        lambda z, h: _aten.elu.out(z, _ALPHA, _SCALE, out=h),
        lambda g, z, _, o: _aten.elu_backward.grad_input(
            g, _ALPHA, _SCALE, 1, False, z, grad_input=o
        ),
    ),
}


@dataclass(frozen=True, eq=False)
class Batch:
    """What steps learn from: v = base + out^T (gain * r) for the output r of the layers.

    The gradient in r of the mean of |v - aim|^2 / 2 is gain * (mix @ (gain * r) - pull).
    """

    inputs: Tensor  # (f + 1, n), features and a row of ones
    base: Tensor  # (2, n)
    gain: Tensor  # (2, n)
    pull: Tensor  # (2, n), out (aim - base) / rows
    out: Tensor  # (2, 2)
    mix: Tensor  # (2, 2), out out^T / rows

    @classmethod
    def of(cls, frame: Frame, aim: Tensor, rows: int) -> Batch:
        """From a frame and the velocities aim (2, n) it is to have; `rows` samples make a step."""
        base = torch.zeros_like(aim) if frame.base is None else frame.base
        gain = torch.ones_like(aim) if frame.gain is None else frame.gain
        out = torch.eye(2).to(aim) if frame.out is None else frame.out
        pull = (out / rows) @ (aim - base)
        return cls(frame.features, base, gain, pull, out, out @ out.T / rows)

    def part(self, first: int, last: int) -> Batch:
        """A view of the samples first .. last - 1."""
        inputs, base, gain, pull = (
            v[:, first:last] for v in (self.inputs, self.base, self.gain, self.pull)
        )
        return Batch(inputs, base, gain, pull, self.out, self.mix)

    def copy_(self, other: Batch) -> None:
        """Take another's values into the same memory."""
        for spec in fields(self):
            getattr(self, spec.name).copy_(getattr(other, spec.name))

    def velocity(self, output: Tensor) -> Tensor:
        """Velocity (2, n) from the layers' output r (2, n)."""
        return torch.addmm(self.base, self.out.T, self.gain * output)


class FlatNet:
    """A net whose parameters are views of `vector`, and whose gradient is `gradient`."""

    def __init__(self, net: VelocityNet, activation: str) -> None:
        self.net = net
        layers = [part for part in net.net if isinstance(part, Linear)]
        self._shapes = [(layer.in_features + 1, layer.out_features) for layer in layers]
        joined = [torch.cat([layer.weight.T, layer.bias[None]]) for layer in layers]
        self.vector = torch.cat([part.reshape(-1) for part in joined]).detach()
        self.gradient = torch.zeros_like(self.vector)
        self._weights, self._slots = self._cut(self.vector), self._cut(self.gradient)
        self._across = [view.T for view in self._weights]  # made once: a view costs as an operation
        for layer, view in zip(layers, self._weights, strict=True):
            layer.weight.requires_grad_(False).data = view[:-1].T
            layer.bias.requires_grad_(False).data = view[-1]
        self._activate, self._back = _PAIRS[activation]
        self._rows = 0  # samples that the buffers are for

    def _cut(self, vector: Tensor) -> list[Tensor]:
        parts = torch.split(vector, [rows * columns for rows, columns in self._shapes])
        return [part.view(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def named(self, vector: Tensor) -> dict[str, Tensor]:
        """A vector of this net's parameters, cut into them by name."""
        pairs = [(view[:-1].T, view[-1]) for view in self._cut(vector)]
        flat = [part for pair in pairs for part in pair]
        return dict(zip((name for name, _ in self.net.named_parameters()), flat, strict=True))

    def backward(self, batch: Batch, output: Tensor) -> None:
        """Fill `gradient` with that of the loss over the batch, and `output` with r (2, n)."""
        if batch.gain.shape[1] != self._rows:
            self._make_room(batch.gain)
        inputs = [batch.inputs, *self._inputs]
        for across, x, z, h in zip(self._across, inputs, self._z, self._h, strict=False):
            torch.mm(across, x, out=z)
            self._activate(z, h)
        torch.mm(self._across[-1], inputs[-1], out=output)
        torch.mul(batch.gain, output, out=self._scaled)
        torch.addmm(batch.pull, batch.mix, self._scaled, beta=-1, out=self._slope)
        g = self._slope.mul_(batch.gain)
        for i in range(len(self._z), 0, -1):
            torch.mm(inputs[i], g.T, out=self._slots[i])
            torch.mm(self._weights[i][:-1], g, out=self._g)
            g = self._back(self._g, self._z[i - 1], self._h[i - 1], self._z[i - 1])
        torch.mm(batch.inputs, g.T, out=self._slots[0])

    def _make_room(self, like: Tensor) -> None:
        """Buffers for batches of another size; the backward pass writes over the forward's."""
        self._rows = like.shape[1]
        widths = [width for _, width in self._shapes[:-1]]
        self._inputs = [like.new_ones(width + 1, self._rows) for width in widths]
        self._h = [full[:-1] for full in self._inputs]
        self._z = [like.new_empty(width, self._rows) for width in widths]
        self._g = like.new_empty(widths[0], self._rows)
        self._scaled, self._slope = torch.empty_like(like), torch.empty_like(like)
