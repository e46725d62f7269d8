"""Weights, pictures and times of known values, for tests that compare networks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from flowlab.images.unets.load import build, load_strictly
from flowlab.images.unets.network import ImageNetwork


def waves(name: str, shape: Sequence[int], scale: float = 1.0) -> Tensor:
    """Numbers that depend on the name alone, with a mean square of scale^2."""
    k = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    start = zlib.crc32(name.encode()) % 1000
    values = scale * 2**0.5 * torch.sin(start + 1.7 * k + 0.3 * (k + 1).sqrt())
    return values.reshape(tuple(shape)).to(torch.float32)


def known_weights(like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights by name: of layers as large as torch's, of norms near one, of biases small."""
    return {name: _known(name, tuple(value.shape)) for name, value in like.items()}


def _known(name: str, shape: tuple[int, ...]) -> Tensor:
    if len(shape) > 1:
        return waves(name, shape, torch.Size(shape[1:]).numel() ** -0.5)
    if name.endswith("running_var"):
        return 1 + 0.5 * waves(name, shape).abs()
    if name.endswith("num_batches_tracked"):
        return torch.tensor(3)
    return waves(name, shape, 0.2) + (0.0 if name.endswith("bias") else 1.0)


def known_network(network: str, settings: Mapping[str, Any]) -> ImageNetwork:
    """A network with the weights of its names, in double precision."""
    module = build(network, settings)
    return load_strictly(module, known_weights(module.state_dict())).double()


def at_quarters(module: ImageNetwork, t: Sequence[float], side: int = 16) -> list[float]:
    """Four of the numbers that a network in double precision predicts for a known picture."""
    x = waves("x", (2, module.in_channels, side, side)).double()
    label = torch.tensor([3, 7]) if module.classes else None
    y = module(x, torch.tensor(t, dtype=torch.float64), label).flatten()
    return y[:: y.numel() // 4][:4].tolist()  # type: ignore[no-any-return]
