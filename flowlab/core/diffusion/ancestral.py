"""Steps back by the noise that a model finds: DDPM's ancestral sampling, and DDIM.

With u = x - b m, e = E[x0 | x] - m, E1 = E[x1 | x], and beta the variance added between two levels,

    DDPM: u' = (a' beta E1 + (a / a') b'^2 u) / b^2 + sigma z    (Ho et al. 2020, eq. 7)
    DDIM: u' = a' E1 + sqrt(b'^2 - sigma^2) e + sigma z          (Song et al. 2021, eq. 12)

with z ~ N(0, C); arXiv:2006.11239 and arXiv:2010.02502. The first is (u - beta e / b) a' / a +
sigma z as well, since u = a E1 + b e. Both hold for any two levels, also where some of a schedule
lie between them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.denoiser import Denoiser, Reading, root_of
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.settings import VARIANCES
from flowlab.core.diffusion.steps import Steps
from flowlab.core.document.arguments import name_of


def posterior_variance(levels: Levels) -> Tensor:
    """sigma-tilde^2 (K,) of x' given x and x1: beta b'^2 / b^2."""
    return levels.added * (levels.noise[1:] / levels.noise[:-1]) ** 2


def data_coefficient(levels: Levels) -> Tensor:
    """What x1 is multiplied by in the mean of x' given x and x1, (K,): a' beta / b^2."""
    return levels.signal[1:] * levels.added / levels.noise[:-1] ** 2


def point_coefficient(levels: Levels) -> Tensor:
    """What u is multiplied by in that mean, (K,): (a / a') b'^2 / b^2."""
    (a, later), b = (levels.signal[:-1], levels.signal[1:]), levels.noise
    return a / later * (b[1:] / b[:-1]) ** 2


def reverse_covariance(
    denoiser: Denoiser, levels: Levels, variance: str, of_data: Tensor | None = None
) -> Tensor:
    """The covariance (K, 2, 2) of each step's noise; the last has none.

    "posterior": sigma-tilde^2 C, least. "beta": beta C, largest. "optimal": the first, and
    Cov(x1 | x) averaged over x (K, 2, 2), which `of_data` gives, times `data_coefficient` squared
    (Bao et al. 2022, arXiv:2201.06503). Raises `Invalid` for another name.
    """
    name_of(variance, VARIANCES, "variance")
    least = posterior_variance(levels)
    cov = (levels.added if variance == "beta" else least)[:, None, None] * denoiser.source.cov
    if of_data is not None and variance == "optimal":
        cov = cov + data_coefficient(levels)[:, None, None] ** 2 * of_data
    cov[-1] = 0
    return cov


def centred(denoiser: Denoiser, levels: Levels) -> tuple[Reading, Affine, Affine]:
    """How the field is read where steps begin; and there u = x - b m, and e = E[x0 | x] - m."""
    b = levels.noise[:-1]
    read = denoiser.read(levels.signal[:-1], b)
    one = torch.ones_like(b)
    u = Affine.of(0 * one, one, -b[:, None] * denoiser.mean)
    return read, u, read.noise - denoiser.mean


def ddpm(
    denoiser: Denoiser,
    levels: Levels,
    variance: str = "posterior",
    of_data: Tensor | None = None,
    box: float = 0.0,
) -> Steps:
    """DDPM's ancestral sampling; see `reverse_covariance` for what its variance may be.

    With a box of half a side, points are clipped to it after each step, as the text does.
    """
    read, u, _ = centred(denoiser, levels)
    mean = read.denoised * data_coefficient(levels) + u * point_coefficient(levels)
    cov = reverse_covariance(denoiser, levels, variance, of_data)
    return Steps(levels.times, read, mean + moved(denoiser, levels), root_of(cov), box=box)


def ddim(denoiser: Denoiser, levels: Levels, eta: float = 0.0, box: float = 0.0) -> Steps:
    """DDIM: deterministic at eta 0, ancestral sampling at eta 1, on the same noise between them.

    sigma is eta times that of `posterior_variance`: nothing is clipped.
    """
    read, _, e = centred(denoiser, levels)
    later, b = levels.signal[1:], levels.noise[1:]
    sigma = eta * posterior_variance(levels).sqrt()
    kept = (b**2 - sigma**2).sqrt()
    maps = read.denoised * later + e * kept + moved(denoiser, levels)
    spread = sigma[:, None, None] * denoiser.root
    return Steps(levels.times, read, maps, spread, box=box)


def moved(denoiser: Denoiser, levels: Levels) -> Tensor:
    """b' m, (K, 2)."""
    return levels.noise[1:, None] * denoiser.mean
