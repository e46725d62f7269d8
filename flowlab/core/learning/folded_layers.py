"""A network's first and last layer, at given times, with all that stands around the layers in them.

That is whitening, time features, the linear velocity, the attenuation of Fourier features, a common
class, and the conversion of what the network predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.document.classes import NO_CLASS
from flowlab.core.learning.networks import VelocityNet
from flowlab.core.learning.stacked_layers import StackedLayers
from flowlab.core.learning.to_velocity import VelocityFromPrediction


@dataclass(frozen=True, eq=False)
class FoldedLayers:
    """The first layer as a function of (sin, cos, x, 1) and the last of (h, 1), at T times.

    If each point has its own class, the first layer also takes K one-hot rows before x.
    """

    first: Tensor  # (T, w, 2 c + K + 3)
    last: Tensor  # (T, k, w + 1)
    base: Tensor | None  # (T, k, 3) of (x, 1)
    frequencies: Tensor | None  # (T, c, 3) of (x, 1)

    def at(self, index: int) -> FoldedLayers:
        """Those of one of the times, without the first dimension."""
        parts = self.first, self.last, self.base, self.frequencies
        first, last, base, frequencies = (None if p is None else p[index] for p in parts)
        assert first is not None
        assert last is not None
        return FoldedLayers(first, last, base, frequencies)


def folded_layers(
    net: VelocityNet,
    layers: list[Tensor],
    times: Sequence[float],
    to_velocity: VelocityFromPrediction | None = None,
    known: int | None = None,
) -> FoldedLayers:
    """The layers folded at all these times; for the `known`-th class, or `NO_CLASS`, if given."""
    first, last = layers[0], layers[-1]
    linear, device = net.preconditioner, first.device
    exact = torch.tensor(times, dtype=torch.float64)[:, None, None]
    time = exact.to(device, torch.float32)
    if to_velocity is None:
        exact = time
    count = 0 if net.fourier is None else len(net.fourier.frequencies)
    fourier, rest = first[:, 2 : 2 + 2 * count], first[:, 2 + 2 * count :]
    rest, classes = _classes(net, rest, known)
    inner = torch.eye(2, 3, device=device).expand(len(times), 2, 3)
    base, frequencies = None, None
    if linear is not None:
        inner, base, gain = linear.affine(exact)
        axes = linear.output_axes.to(exact)
        inner, last = inner.to(first), axes.T @ (gain * last.to(exact))
    if to_velocity is not None:  # in float64: near the ends of time its terms cancel
        of_value, of_point = to_velocity.at(exact)
        base = of_point if base is None else of_point + of_value @ base
        last = of_value @ last.to(exact)
    if net.fourier is not None:
        frequencies = net.fourier.frequencies @ inner
        if linear is not None:
            fourier = fourier * net.fourier.attenuation(linear.blur(time)).mT.repeat(1, 1, 2)
    plane = first[:, :2] @ inner
    plane[..., 2:] += rest[:, :-1] @ net.times(time) + rest[:, -1:]
    parts = [part.expand(len(times), *part.shape[-2:]) for part in (fourier, classes, plane)]
    last = last.to(first).expand(len(times), *last.shape[-2:]).contiguous()
    base = None if base is None else base.to(first)
    return FoldedLayers(torch.cat(parts, 2), last, base, frequencies)


def _classes(net: VelocityNet, rest: Tensor, known: int | None) -> tuple[Tensor, Tensor]:
    """The columns of times and bias, with one class in that if it is known, and of others."""
    count = net.class_count
    if not count:
        return rest, rest[:, :0]
    bias, classes = rest[:, -1:], rest[:, -1 - count : -1]
    if known is not None:
        told = 0.0 if known == NO_CLASS else net.one_hot_scale * classes[:, known, None]
        bias, classes = bias + told, rest[:, :0]
    return torch.cat([rest[:, : -1 - count], bias], 1), classes


@dataclass(frozen=True, eq=False)
class Stacked:
    """A network's layers at several times."""

    layers: StackedLayers  # but the last
    last: Tensor  # (T, k, w + 3) float64, of the last hidden layer, x and 1

    @classmethod
    def of(cls, folds: FoldedLayers, activation: int, inner: list[Tensor]) -> Stacked:
        """The layers of all these times."""
        first, last, base, frequencies = folds.first, folds.last, folds.base, folds.frequencies
        if frequencies is None:
            frequencies = first.new_zeros(len(first), 0, 3)
        if base is None:
            base = first.new_zeros(*last.shape[:2], 3)
        whole = torch.cat([last[..., :-1], base], 2).to("cpu", torch.float64)
        whole[..., -1] += last[..., -1].to(whole)
        return cls(StackedLayers(activation, first, frequencies, inner), whole)

    def between(self, first: int, last: int) -> Stacked:
        """The layers at the times from one number to before another."""
        part, layers = slice(first, last), self.layers
        some = layers._replace(first=layers.first[part], frequencies=layers.frequencies[part])
        return Stacked(some, self.last[part])
