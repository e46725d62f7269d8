"""Iterative alpha-deblending as steps of this room: Euler's method along blends.

    x' = x + (a' - a) (E[x1 | x] - E[x0 | x]),    b = 1 - a

(Heitz, Belcour and Chambon 2023, algorithm 3; a is their alpha). With b' = 1 - a' that is a' E1 +
b' E0, DDIM's step with eta 0, since x = a E1 + b E0.
"""

from __future__ import annotations

import torch

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.steps import Steps


def iadb(denoiser: Denoiser, levels: Levels) -> Steps:
    """The steps between levels of the kind "blend"."""
    a, later = levels.signal[:-1], levels.signal[1:]
    read = denoiser.read(a, levels.noise[:-1])
    still = Affine.of(torch.zeros_like(a), torch.ones_like(a))
    maps = still + (read.denoised - read.noise) * (later - a)
    none = torch.zeros(len(a), 2, 2, dtype=torch.float64)
    return Steps(levels.times, read, maps, none)
