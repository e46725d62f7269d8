"""What a document of the diffusion room asks of its samplers, and what its levels are."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from flowlab.core.diffusion.denoiser import Denoiser
from flowlab.core.diffusion.drawn import left
from flowlab.core.diffusion.levels import Levels, levels_of
from flowlab.core.diffusion.results import Schedule
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.sampling import moments_of
from flowlab.core.diffusion.settings import DDIM, DDPM, IADB, ODE, SDE, TEXT, Diffusion
from flowlab.core.document.document import Document


def sampler_for(settings: Diffusion, process: str) -> Sampler:
    """The sampler of a process other than IADB, with the settings that belong to it."""
    clamp = {"clamp": settings.box} if settings.clamp else {}
    own: dict[str, dict[str, Any]] = {
        DDPM: {"method": "ddpm", "variance": settings.variance, **clamp},
        DDIM: {"method": "ddim", "eta": settings.eta, **clamp},
        ODE: {"method": "pf_ode", "predictor": settings.ode_predictor},
        SDE: {
            "method": "reverse_sde",
            "predictor": settings.predictor,
            "corrector": settings.corrector,
            "snr": settings.snr if settings.corrector else None,
            **clamp,
        },
        TEXT: {"method": "reverse_sde", "predictor": "sample_timestep_iter"},
    }
    return Sampler(
        T=settings.T,
        steps=settings.visited,
        kind=settings.kind,
        standardise=settings.standardise,
        schedule=None if settings.kind == "ve" else settings.schedule,
        sigmas=(settings.ve_least, settings.ve_most) if settings.kind == "ve" else None,
        **own[process],
    )


def same_steps(settings: Diffusion) -> Sampler:
    """DDIM with eta 0 on the levels of IADB, which blends the data as they are."""
    return Sampler(method="ddim", kind="blend", T=settings.T, steps=settings.visited, eta=0.0)


@lru_cache(maxsize=32)
def levels_for(settings: Diffusion, process: str) -> Levels:
    """The levels that a process visits."""
    if process == IADB:
        return levels_of("blend", T=settings.T).visited(settings.visited)
    return sampler_for(settings, process).levels


def schedule_of(document: Document, denoiser: Denoiser) -> Schedule:
    """The document's levels, for pictures and captions; a denoiser with its data's affinity."""
    settings, levels = document.diffusion, levels_for(document.diffusion, DDPM)
    noise = math.sqrt(float(denoiser.source.cov.trace()))
    mean, variance = moments_of(document.target)
    away = float((mean - denoiser.mean).square().sum())
    spread = noise if denoiser.data is not None else math.sqrt(variance + away)
    return Schedule(
        T=settings.T,
        steps=settings.visited,
        bar=float(levels.signal[0] ** 2),
        left=left(levels, noise, spread),
        times=tuple(levels.times),
        signal=tuple(levels.signal.tolist()),
        noise=tuple(levels.noise.tolist()),
        size=1.0 if denoiser.data is None else denoiser.data.scale,
    )
