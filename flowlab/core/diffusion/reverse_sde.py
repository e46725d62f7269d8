"""The SDEs of score models, in reverse, and their probability-flow ODEs.

Song et al. 2021, arXiv:2011.13456: dx = f dt + g dw forwards has the reverse dx = (f - g^2 s) dt +
g dw and the ODE dx = (f - g^2 s / 2) dt. The time of VP and sub-VP is here B = int beta, that of VE
log sigma, so that any schedule of levels discretises them. With the noise's covariance C, g g^T is
g^2 C, and C s = -e / b, where e = E[x0 | x] - m. At the data's own level e isn't known: the last
step of every method goes to E[x1 | x], without noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.ancestral import centred, moved
from flowlab.core.diffusion.denoiser import Denoiser, Reading
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.settings import ODE_PREDICTORS, SDE_PREDICTORS
from flowlab.core.diffusion.steps import Steps
from flowlab.core.document.arguments import name_of
from flowlab.core.document.limits import Invalid

NO_SDE = "α-blending's levels belong to DDIM: take another kind of diffusion for an SDE or its ODE."


@dataclass(frozen=True, eq=False)
class Process:
    """f = rate x and g^2 at K levels, and how long the K steps to the next are."""

    rate: float
    squared: Tensor  # (K,), g^2
    length: Tensor  # (K,); of VE the last is infinite

    @classmethod
    def of(cls, levels: Levels) -> Process:
        """The process of a kind; raises `Invalid` for one that has none."""
        if levels.kind == "blend":
            raise Invalid(NO_SDE)
        if levels.kind == "ve":  # sigma grows by equal factors in equal times
            return cls(0.0, 2 * levels.noise[:-1] ** 2, _drop(levels.noise.log()))
        whole = _drop(-2 * levels.signal.log())
        squared = torch.ones_like(whole)
        if levels.kind == "sub_vp":  # beta (1 - e^-2B)
            squared = 1 - levels.signal[:-1] ** 4
        return cls(-0.5, squared, whole)


def _drop(clock: Tensor) -> Tensor:
    return clock[:-1] - clock[1:]


def reverse_sde(
    denoiser: Denoiser, levels: Levels, predictor: str = "euler_maruyama", box: float = 0.0
) -> Steps:
    """The reverse SDE by Euler-Maruyama, or by the reverse-diffusion predictor (eq. 46 there).

    The latter takes the forward chain's own coefficients, x' = (2 - a / a') x - beta e / b + ...;
    for sub-VP it is Euler-Maruyama. Raises `Invalid` for another name.
    """
    name_of(predictor, SDE_PREDICTORS, "predictor of a reverse SDE")
    process, b = Process.of(levels), levels.noise[:-1]
    read, u, e = centred(denoiser, levels)
    kept, added = 1 - process.rate * process.length, process.length * process.squared
    if predictor == "reverse_diffusion" and levels.kind != "sub_vp":
        kept, added = 2 - levels.signal[:-1] / levels.signal[1:], levels.added
    maps = u * kept - e * (added / b) + moved(denoiser, levels)
    spread = added.sqrt()[:, None, None] * denoiser.root
    spread[-1] = 0
    return Steps(levels.times, read, _ended(maps, read), spread, box=box)


def pf_ode(denoiser: Denoiser, levels: Levels, predictor: str = "heun") -> list[Steps]:
    """The probability-flow ODE by Heun's or Euler's method; the last step goes to E[x1 | x].

    Raises `Invalid` for another name.
    """
    name_of(predictor, ODE_PREDICTORS, "predictor of a probability-flow ODE")
    process, b = Process.of(levels), levels.noise[:-1]
    read, u, e = centred(denoiser, levels)
    rate = e * (-process.squared / b / 2) - u * process.rate
    maps = _ended(u + rate * process.length + moved(denoiser, levels), read)
    none = torch.zeros(len(b), 2, 2, dtype=torch.float64)
    if predictor == "euler" or len(b) == 1:
        return [Steps(levels.times, read, maps, none)]
    climb = (levels.noise[1:-1] - levels.noise[:-2])[:, None] * denoiser.mean
    second = rate[1:] * process.length[:-1] + climb
    return [
        Steps(levels.times[:-1], read, maps[:-1], none[1:], second),
        Steps(levels.times[-2:], read[-1:], maps[-1:], none[:1]),
    ]


def _ended(maps: Affine, read: Reading) -> Affine:
    """The steps with one to E[x1 | x] in place of the last."""
    return maps[:-1].then(read.denoised[-1:])
