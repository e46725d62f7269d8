"""Weights, pictures and times of known values, for tests that compare networks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import torch
from torch import Tensor


def waves(name: str, shape: tuple[int, ...], scale: float = 1.0) -> Tensor:
    """Numbers that depend on the name alone, with a mean square of scale^2."""
    k = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    start = zlib.crc32(name.encode()) % 1000
    return (
        (scale * 2**0.5 * torch.sin(start + 1.7 * k + 0.3 * (k + 1).sqrt()))
        .reshape(shape)
        .to(torch.float32)
    )


def known_weights(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights by name: of layers as large as torch's, of norms near one, of biases small."""
    return {name: _known(name, tuple(shape)) for name, shape in shapes.items()}


def _known(name: str, shape: tuple[int, ...]) -> Tensor:
    if len(shape) > 1:
        return waves(name, shape, torch.Size(shape[1:]).numel() ** -0.5)
    if name.endswith("running_var"):
        return 1 + 0.5 * waves(name, shape).abs()
    if name.endswith("num_batches_tracked"):
        return torch.tensor(3)
    return waves(name, shape, 0.2) + (0.0 if name.endswith("bias") else 1.0)
