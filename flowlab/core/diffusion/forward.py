"""Data into noise: the closed form at any level, and the chain of its steps."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.levels import Levels
from flowlab.core.document.streams import Stream, torch_rng


def noised(x0: Tensor, x1: Tensor, levels: Levels) -> Tensor:
    """a x1 + b x0 at every level, (K + 1, n, 2), from noise x0 and data x1 (n, 2)."""
    a, b = (each.to(x1)[:, None, None] for each in (levels.signal, levels.noise))
    return a * x1 + b * x0


def chain(denoiser: Denoiser, levels: Levels, x1: Tensor, seed: int) -> Iterator[Tensor]:
    """The forward SDE from data x1 (n, 2): points at every level, the data's first.

    Its transitions between levels are exact: u' = (a' / a) u + sqrt(beta) z with u = x - b m.
    """
    rng = torch_rng(seed, Stream.FORWARD_DIFFUSION)
    mean, root = denoiser.mean.to(x1), denoiser.root.to(x1)
    signal, noise = levels.signal.flip(0).tolist(), levels.noise.flip(0).tolist()
    deviations = levels.added.clamp_min(0).sqrt().flip(0).tolist()
    u = x1
    yield x1
    for k, deviation in enumerate(deviations):
        z = torch.randn(len(x1), 2, generator=rng).to(x1) @ root
        u = signal[k + 1] / signal[k] * u + deviation * z
        yield u + noise[k + 1] * mean
