"""A velocity field as anything that can be asked for velocities; a trained network as one."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from flowlab.core.document import Network
from flowlab.core.nets import IN_PLACE, VelocityNet, build_network, load_arrays
from flowlab.core.thinness import fitted
from flowlab.core.weights import Weights

_ROWS = 5120  # points that a thread evaluates at once: the layers of so many stay in cache
_ROWS_CARD = 1 << 17
_TIMES = 512  # of which the folded layers are kept


def rows(device: torch.device) -> int:
    """How many points are best evaluated at once there."""
    return _ROWS if device.type == "cpu" else _ROWS_CARD


class Field(Protocol):
    """What moves particles: an oracle, a network, anything with this one method."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        ...


class NetworkField:
    """A network with fixed weights; threads may share it.

    At one time for all points everything around the layers (standardising, the time features, the
    linear velocity, the fading of waves) is folded into the first and the last of them, once.
    """

    def __init__(self, spec: Network, weights: Weights, device: str = "cpu") -> None:
        self.device = torch.device(device)
        net = build_network(fitted(spec, weights.arrays))
        load_arrays(net, weights.arrays)
        self._net = net.to(self.device).requires_grad_(False)
        self._layers = _augmented(net)
        self._activate = IN_PLACE[spec.activation]
        self._folds: dict[float, _Fold] = {}
        self._rooms = threading.local()
        self.step = weights.step

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); without gradients."""
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            if isinstance(t, Tensor) and t.numel() > 1:
                found = self._at_times(points, t.to(points))
            else:
                found = self._at_time(points, float(t))
            return found.T.to(x)

    def _at_time(self, x: Tensor, t: float) -> Tensor:
        fold = self._folds.get(t)
        if fold is None:
            if len(self._folds) >= _TIMES:
                self._folds.clear()
            fold = self._folds[t] = _Fold.at(self._net, self._layers, t)
        found, size = torch.empty(2, len(x), device=self.device), rows(self.device)
        for first in range(0, len(x), size):
            part = slice(first, first + size)
            self._evaluate(fold, x[part], found[:, part])
        return found

    def _evaluate(self, fold: _Fold, x: Tensor, found: Tensor) -> None:
        inputs, hidden = self._room(fold, len(x))
        point = inputs[-3:]
        point[:2].copy_(x.T)
        if fold.waves is not None:
            count = len(fold.waves)
            torch.mm(fold.waves, point, out=inputs[count : 2 * count])
            torch.sin(inputs[count : 2 * count], out=inputs[:count])
            inputs[count : 2 * count].cos_()
        h = inputs
        for weight, after in zip((fold.first, *self._layers[1:-1]), hidden, strict=True):
            z = after[:-1]
            torch.mm(weight, h, out=z)
            self._activate(z)
            h = after
        torch.mm(fold.last, h, out=found)
        if fold.base is not None:
            found.addmm_(fold.base, point)

    def _room(self, fold: _Fold, n: int) -> tuple[Tensor, list[Tensor]]:
        """Arrays of this thread for n points: the first layer's input, and each layer's output."""
        kept: dict[Any, tuple[Tensor, list[Tensor]]] = self._rooms.__dict__
        if n not in kept:
            if len(kept) > 2:
                kept.clear()
            inputs = torch.ones(fold.first.shape[1], n, device=self.device)
            widths = [len(layer) for layer in self._layers[:-1]]
            kept[n] = inputs, [torch.ones(w + 1, n, device=self.device) for w in widths]
        return kept[n]

    def _at_times(self, x: Tensor, t: Tensor) -> Tensor:
        size = rows(self.device)
        parts = zip(torch.split(x, size), torch.split(t, size), strict=True)
        return torch.cat([self._net(part, s).T for part, s in parts], 1)


@dataclass(frozen=True, eq=False)
class _Fold:
    """The first and the last layer at one time, as functions of (sin, cos, x, 1) and (h, 1)."""

    first: Tensor  # (w, 2 c + 3)
    last: Tensor  # (2, w + 1)
    base: Tensor | None  # (2, 3) of (x, 1)
    waves: Tensor | None  # (c, 3) of (x, 1)

    @classmethod
    def at(cls, net: VelocityNet, layers: list[Tensor], t: float) -> _Fold:
        first, last = layers[0], layers[-1]
        time = torch.full((1, 1), t, device=first.device)
        count = 0 if net.waves is None else len(net.waves.vectors)
        inner = torch.eye(2, 3, device=first.device)
        base, waves = None, None
        wavy, rest = first[:, 2 : 2 + 2 * count], first[:, 2 + 2 * count :]
        if net.standard is not None:
            inner, base, gain = net.standard.affine(time)
            last = net.standard.out.T @ (gain * last)
        if net.waves is not None:
            waves = net.waves.vectors @ inner
            if net.standard is not None:
                wavy = wavy * net.waves.fade(net.standard.blur(time)).T.repeat(1, 2)
        plane = first[:, :2] @ inner
        plane[:, 2:] += rest[:, :-1] @ net.times(time) + rest[:, -1:]
        return cls(torch.cat([wavy, plane], 1).contiguous(), last.contiguous(), base, waves)


def _augmented(net: VelocityNet) -> list[Tensor]:
    """Weights and biases of each layer side by side, (out, in + 1)."""
    layers = [part for part in net.net if isinstance(part, nn.Linear)]
    return [torch.cat([layer.weight, layer.bias[:, None]], 1) for layer in layers]
