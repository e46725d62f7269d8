"""A velocity field as anything that can be asked for velocities; a trained network as one."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from flowlab.core.document import Network
from flowlab.core.nets import IN_PLACE, build_network, load_arrays
from flowlab.core.weights import Weights

# Rows evaluated at once. Alone, 1024 are as good (they stay in cache); beside a training thread
# every operation waits for the interpreter, and few large ones were 2.5 times as fast.
ROWS = 5120


class Field(Protocol):
    """What moves particles: an oracle, a network, anything with this one method."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        ...


class NetworkField:
    """A network with fixed weights; holds no state of a call, so threads may share it."""

    def __init__(self, spec: Network, weights: Weights, device: str = "cpu") -> None:
        self.device = torch.device(device)
        net = build_network(spec)
        load_arrays(net, weights.arrays)
        self._net = net.to(self.device).requires_grad_(False)
        layers = [part for part in net.net if isinstance(part, nn.Linear)]
        self._layers = [(layer.weight.T, layer.bias) for layer in layers]
        self._activation = IN_PLACE[spec.activation]
        self.step = weights.step

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); without gradients."""
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            times = torch.as_tensor(t, dtype=torch.float32, device=self.device).reshape(-1)
            parts = torch.split(points, ROWS)
            each = [times] * len(parts) if len(times) == 1 else torch.split(times, ROWS)
            found = [self._part(part, s) for part, s in zip(parts, each, strict=True)]
            return (found[0] if len(found) == 1 else torch.cat(found)).to(x)

    def _part(self, x: Tensor, t: Tensor) -> Tensor:
        frame = self._net.frame(x, t)
        h = frame.features
        for weight, bias in self._layers[:-1]:
            h = self._activation(torch.addmm(bias, h, weight))
        weight, bias = self._layers[-1]
        return frame.velocity(torch.addmm(bias, h, weight))
