"""Steps that look at the whole cloud: Langevin correctors, and the step of a published text.

Song et al. 2021, arXiv:2011.13456, algorithms 4 and 5: after a step to a level, so many steps of
Langevin dynamics there, x += epsilon s + sqrt(2 epsilon) z, with epsilon = 2 alpha (r |z| / |s|)^2
and the norms' means over all points. With the noise's covariance C, s is C s and z ~ N(0, C).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.affine import Affine
from flowlab.core.diffusion.ancestral import centred, moved
from flowlab.core.diffusion.denoiser import Denoiser, evaluated
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.steps import Steps
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.solvers.ode import Cancelled

SNR = 0.16  # r, as for the continuous models of the paper
TEXT_SNR = 0.05  # r of the text's step
_LEAST = 1e-12  # norm of a score that is divided by


def corrected(
    denoiser: Denoiser,
    levels: Levels,
    steps: Steps,
    x: Tensor,
    z: Tensor,
    corrections: int,
    snr: float,
    seed: int,
    cancelled: Callable[[], bool] | None = None,
    **condition: Any,
) -> Iterator[Tensor]:
    """The points (n, 2) after each of a predictor's K steps and its corrections, x the first.

    z (K, n, 2) is standard normal; the corrections' noise is the seed's. No correction follows the
    last step, which ends at the data. Raises `Cancelled`.
    """
    maps, spread, root = steps.maps.to(x), steps.spread.to(x), denoiser.root.to(x)
    pull = _pulls(denoiser, levels).to(x)
    whiten, kept = torch.linalg.inv(denoiser.root).to(x), _kept(levels)
    yield x
    for k in range(len(steps)):
        _look(cancelled)
        v = evaluated(denoiser.field, steps.reading, k, x, **condition).to(x)
        x = maps.at(k, v, x) + z[k].to(x) @ spread[k]
        rng = torch_rng(seed, Stream.CORRECTOR_NOISE, k)
        for _ in range(corrections if k < len(steps) - 1 else 0):
            _look(cancelled)
            v = evaluated(denoiser.field, steps.reading, k + 1, x, **condition).to(x)
            score, fresh = pull.at(k + 1, v, x), torch.randn(len(x), 2, generator=rng).to(x)
            ratio = _size(fresh) / _size(score @ whiten).clamp_min(_LEAST)
            epsilon = 2 * kept[k + 1] * (snr * ratio) ** 2
            x = x + epsilon * score + (2 * epsilon).sqrt() * (fresh @ root)
        x = x.clamp(-steps.box, steps.box) if steps.box else x
        yield x


def _pulls(denoiser: Denoiser, levels: Levels) -> Affine:
    """C s = -e / b at each level but the data's."""
    return centred(denoiser, levels)[2] / -levels.noise[:-1]


def _kept(levels: Levels) -> list[float]:
    """alpha of each level, the share of variance that is kept where its noise is added."""
    ratio: list[float] = ((levels.signal[:-1] / levels.signal[1:]) ** 2).tolist()
    return ratio


def _size(rows: Tensor) -> Tensor:
    """The mean norm of rows (n, 2)."""
    size: Tensor = rows.norm(dim=1).mean()
    return size


def _look(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled


def sample_timestep_iter(
    denoiser: Denoiser,
    levels: Levels,
    x: Tensor,
    z: Tensor,
    cancelled: Callable[[], bool] | None = None,
    **condition: Any,
) -> Iterator[Tensor]:
    """The points (n, 2) after each of the steps that a text calls an SDE sampler, x the first.

    With g = -e in place of a score, x' = (2 - sqrt(1 - beta)) x + beta g / 2 + 2 sqrt(beta) (r |z|
    / |g|)^2 z, norms those of the whole cloud as the text's are of its whole image, and no noise in
    the last step. `settings.NOT_A_SAMPLER` says why it reaches no distribution.
    """
    read, u, e = centred(denoiser, levels)
    beta, kept = levels.added, 2 - levels.signal[:-1] / levels.signal[1:]
    maps = (u * kept - e * (beta / 2) + moved(denoiser, levels)).to(x)
    e, root = e.to(x), denoiser.root.to(x)
    whiten, last = torch.linalg.inv(denoiser.root).to(x), len(levels.k) - 2
    yield x
    for k, scale in enumerate((2 * beta.sqrt()).tolist()):
        _look(cancelled)
        v = evaluated(denoiser.field, read, k, x, **condition).to(x)
        g, fresh = e.at(k, v, x) @ whiten, z[k].to(x)
        ratio = fresh.norm() / g.norm().clamp_min(_LEAST)
        x = maps.at(k, v, x)
        x = x if k == last else x + scale * (TEXT_SNR * ratio) ** 2 * (fresh @ root)
        yield x
