"""A velocity field as anything that can be asked for velocities; a trained network as one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from flowlab.core.aims import LINEAR_VELOCITY, Aim, Normal, known_source, learned
from flowlab.core.conversions import Conversion
from flowlab.core.document import Document, Network
from flowlab.core.nets import IN_PLACE, VelocityNet, build_network, load_arrays
from flowlab.core.thinness import fitted
from flowlab.core.turning import Turning
from flowlab.core.weights import Weights

_ROWS = 5120  # points that a thread evaluates at once: the layers of so many stay in cache
_ROWS_CARD = 1 << 17
_TIMES = 512  # of which the folded layers are kept
_STEEP = 1e-3  # how near to 0 and 1 a velocity is asked for that is infinite there


def rows(device: torch.device) -> int:
    """How many points are best evaluated at once there."""
    return _ROWS if device.type == "cpu" else _ROWS_CARD


class Field(Protocol):
    """What moves particles: an oracle, a network, anything with this one method."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,)."""
        ...


class NetworkField:
    """A network with fixed weights, whatever it predicts, as a velocity; threads may share it.

    At one time for all points everything around the layers (standardising, the time features, the
    linear velocity, the fading of waves) is folded into the first and the last of them, once.
    """

    def __init__(
        self,
        spec: Network,
        weights: Weights,
        device: str = "cpu",
        aim: Aim = LINEAR_VELOCITY,
        source: Normal | None = None,
    ) -> None:
        """Raises `Invalid` where the weights don't fit, or no velocity follows from the aim."""
        self.device = torch.device(device)
        self.aim, self._source = aim, source
        net = build_network(fitted(spec, weights.arrays), aim=aim)
        load_arrays(net, weights.arrays)
        self._net = net.to(self.device).requires_grad_(False)
        self._layers = _augmented(net)
        self._activate = IN_PLACE[spec.activation]
        self._folds: dict[float, _Fold] = {}
        self._rooms = threading.local()
        self.step = weights.step
        self._turn = None if aim.name == "velocity" else Turning(aim, source, net.standard)
        self._edge = self._edge_of(aim)

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t, a number or (n,); without gradients."""
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            if isinstance(t, Tensor) and t.numel() > 1:
                found = self._at_times(points, self._kept(t.to(points)))
            else:
                found = self._at_time(points, min(max(float(t), self._edge), 1 - self._edge))
            return found.T.to(x)

    def predict(self, wanted: str, x: Tensor, t: Tensor) -> Tensor:
        """Any of `conversions.NAMES` (n, 2) at x (n, 2) and t (n,), from what the net predicts.

        Raises `Invalid` where it does not follow from that; NaN at single times where it does not.
        """
        convert = Conversion(self.aim.path, self.aim, wanted, self._source)
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            times = self.aim.times(t.to(points)).expand(len(x))
            return convert(self._net(points, times), points, times).to(x)

    def _edge_of(self, aim: Aim) -> float:
        if self._turn is None:
            return _STEEP if aim.path.steep else 0.0
        return self._turn.edge

    def _kept(self, t: Tensor) -> Tensor:
        return t if self._edge == 0 else t.clamp(self._edge, 1 - self._edge)

    def _fold(self, t: float) -> _Fold:
        fold = self._folds.get(t)
        if fold is None:
            if len(self._folds) >= _TIMES:
                self._folds.clear()
            fold = self._folds[t] = _Fold.at(self._net, self._layers, t, self._turn)
        return fold

    def _at_time(self, x: Tensor, t: float) -> Tensor:
        fold = self._fold(t)
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

    def with_divergence(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Velocity (n, 2) and its divergence (n,) at x (n, 2) and one time t.

        The two columns of the Jacobian are carried through the layers beside the values.
        """
        with torch.no_grad():
            points = x.to(self.device, torch.float32)
            fold = self._fold(min(max(float(t), self._edge), 1 - self._edge))
            parts = [self._traced(fold, part) for part in torch.split(points, rows(self.device))]
            v, trace = (torch.cat(found) for found in zip(*parts, strict=True))
            return v.to(x), trace.to(x)

    def _traced(self, fold: _Fold, x: Tensor) -> tuple[Tensor, Tensor]:
        point = torch.cat([x.T, torch.ones(1, len(x), device=x.device)])
        steps = torch.eye(3, 2, device=x.device).T[:, :, None].expand(-1, -1, len(x))
        h, slopes = point, steps
        if fold.waves is not None:
            angle, turn = fold.waves @ point, fold.waves @ steps
            h = torch.cat([angle.sin(), angle.cos(), point])
            slopes = torch.cat([angle.cos() * turn, -angle.sin() * turn, steps], 1)
        for weight in (fold.first, *self._layers[1:-1]):
            z, slopes = weight @ h, weight @ slopes
            h, steep = _with_slope(self._net.net[1], z)
            h = torch.cat([h, torch.ones_like(h[:1])])
            slopes = torch.cat([steep * slopes, torch.zeros_like(slopes[:, :1])], 1)
        v, jacobian = fold.last @ h, fold.last @ slopes
        if fold.base is not None:
            v, jacobian = v + fold.base @ point, jacobian + fold.base[:, :2].T[:, :, None]
        return v.T, jacobian[0, 0] + jacobian[1, 1]

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
        return torch.cat([self._velocities(part, s).T for part, s in parts], 1)

    def _velocities(self, x: Tensor, t: Tensor) -> Tensor:
        found: Tensor = self._net(x, t)
        return found if self._turn is None else self._turn(found, x, t)


def field_of(document: Document, weights: Weights, device: str = "cpu") -> NetworkField:
    """The velocity that a document's network gives; raises `Invalid` where there is none."""
    return NetworkField(
        document.network, weights, device, learned(document), known_source(document)
    )


@dataclass(frozen=True, eq=False)
class _Fold:
    """The first and the last layer at one time, as functions of (sin, cos, x, 1) and (h, 1)."""

    first: Tensor  # (w, 2 c + 3)
    last: Tensor  # (2, w + 1)
    base: Tensor | None  # (2, 3) of (x, 1)
    waves: Tensor | None  # (c, 3) of (x, 1)

    @classmethod
    def at(
        cls, net: VelocityNet, layers: list[Tensor], t: float, turn: Turning | None = None
    ) -> _Fold:
        first, last = layers[0], layers[-1]
        standard, device = net.standard, first.device
        time = torch.full((1, 1), t, device=device)
        exact = time if turn is None else torch.full((1, 1), t, dtype=torch.float64)
        count = 0 if net.waves is None else len(net.waves.vectors)
        inner = torch.eye(2, 3, device=device)
        base, waves = None, None
        wavy, rest = first[:, 2 : 2 + 2 * count], first[:, 2 + 2 * count :]
        if standard is not None:
            inner, base, gain = standard.affine(exact)
            inner, last = inner.to(first), standard.out.to(exact).T @ (gain * last.to(exact))
        if turn is not None:  # in float64: near the ends of time its parts are large and cancel
            of_value, of_point = turn.at(exact)
            base = of_point if base is None else of_point + of_value @ base
            last = of_value @ last.to(exact)
        if net.waves is not None:
            waves = net.waves.vectors @ inner
            if standard is not None:
                wavy = wavy * net.waves.fade(standard.blur(time)).T.repeat(1, 2)
        plane = first[:, :2] @ inner
        plane[:, 2:] += rest[:, :-1] @ net.times(time) + rest[:, -1:]
        last, base = last.to(first).contiguous(), None if base is None else base.to(first)
        return cls(torch.cat([wavy, plane], 1).contiguous(), last, base, waves)


def _with_slope(activate: Callable[[Tensor], Tensor], z: Tensor) -> tuple[Tensor, Tensor]:
    """An activation of z and its derivative there."""
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        h = activate(z)
        (slope,) = torch.autograd.grad(h.sum(), z)
    return h.detach(), slope


def _augmented(net: VelocityNet) -> list[Tensor]:
    """Weights and biases of each layer side by side, (out, in + 1)."""
    layers = [part for part in net.net if isinstance(part, nn.Linear)]
    return [torch.cat([layer.weight, layer.bias[:, None]], 1) for layer in layers]
