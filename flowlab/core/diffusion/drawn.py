"""Where points of a diffusion are drawn, and the law that they have there.

A diffusion takes data y1 = m + (x1 - c) / s where they were brought to the noise. Its points u = a
y1 + b x0 are drawn at

    s / (a + s (1 - a)) (u - a (m - c / s)) = A x1 + B x0,    A = a / (a + s (1 - a)),

so that noise begins where it is, and data end where they are.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.denoiser import Affinity, Denoiser
from flowlab.core.diffusion.levels import Levels


def weights(levels: Levels, data: Affinity | None) -> Doubles:
    """The weights B and A (2, K + 1) of noise and data where points are drawn."""
    a, b = levels.signal, levels.noise
    factor = _factor(levels, data)
    size = 1.0 if data is None else data.scale
    return np.stack([(factor * b).numpy(), (factor * a / size).numpy()])


def in_plane(denoiser: Denoiser, levels: Levels, points: Tensor) -> Tensor:
    """Points (K + 1, n, 2) of a diffusion where they are drawn."""
    if denoiser.data is None:
        return points
    shift = levels.signal[:, None, None] * denoiser.move
    factor = _factor(levels, denoiser.data)[:, None, None]
    return factor.to(points) * (points - shift.to(points))


def undrawn(denoiser: Denoiser, levels: Levels, drawn: list[Tensor]) -> list[Tensor]:
    """The points (n, 2) of a diffusion whose places in a picture these are, a list of each level's.

    They are float64; `in_plane` and then `shrunk` leads back.
    """
    factors = _factor(levels, denoiser.data) * torch.from_numpy(shrunk(levels, denoiser.data))
    known = zip(drawn, factors.tolist(), levels.signal.tolist(), strict=True)
    return [x.double() / factor + a * denoiser.move.cpu() for x, factor, a in known]


def _factor(levels: Levels, data: Affinity | None) -> Tensor:
    size = 1.0 if data is None else data.scale
    return size / (levels.signal + size * (1 - levels.signal))


def shrunk(levels: Levels, data: Affinity | None) -> Doubles:
    """Factors (K + 1,) with which a variance that explodes is drawn, so that it fits a picture.

    They are 1 / sqrt(1 + B^2), and 1 of the other kinds.
    """
    if levels.kind != "ve":
        return np.ones(len(levels.k))
    factors: Doubles = 1 / np.sqrt(1 + weights(levels, data)[0] ** 2)
    return factors


def left(levels: Levels, source_spread: float, data_spread: float) -> float:
    """How much of the data is left in the noisiest level, over the spread of the noise there."""
    return float(levels.signal[0] * data_spread / (levels.noise[0] * source_spread))
