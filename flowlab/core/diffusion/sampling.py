"""Particles carried from noise to data by a diffusion model's sampler, or back, as a bundle."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.ancestral import ddim, ddpm
from flowlab.core.diffusion.corrector import corrected, sample_timestep_iter
from flowlab.core.diffusion.denoiser import Affinity, Denoiser, denoiser_of
from flowlab.core.diffusion.drawn import in_plane
from flowlab.core.diffusion.forward import chain
from flowlab.core.diffusion.guidance import Guided, GuidedNetwork
from flowlab.core.diffusion.guided_fields import NEEDS_LABEL, guided_field, strength_of, told
from flowlab.core.diffusion.langevin import langevin
from flowlab.core.diffusion.levels import Levels
from flowlab.core.diffusion.optimal_variance import posterior_covariance
from flowlab.core.diffusion.reverse_sde import pf_ode, reverse_sde
from flowlab.core.diffusion.sampler import Sampler
from flowlab.core.diffusion.steps import Steps, carry, evaluations_at, noise_for
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import seed_of
from flowlab.core.document.classes import NO_CLASS
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.field import Condition
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Trajectory
from flowlab.core.solvers.sde import trajectory_of
from flowlab.core.views.bundle import Bundle

_MOMENTS = 20_000  # samples of the data, for their mean and spread


def diffused(
    flow: Field, document: Document | None, x: Tensor, sampler: Sampler, seed: int, **facts: Any
) -> Bundle:
    """Noise x (n, 2) carried to the data, or in the sampler's reverse data carried into noise."""
    if sampler.direction == "forward":
        return carried_by_diffusion(flow, document, x, sampler, seed, **facts)
    for name in ("condition", "workers"):
        facts.pop(name, None)
    return noised_by_diffusion(flow, document, x, sampler, seed, **facts)


def carried_by_diffusion(
    flow: Field,
    document: Document | None,
    x: Tensor,
    sampler: Sampler,
    seed: int,
    *,
    condition: Tensor | None = None,
    guided: Guided | None = None,
    workers: int = 1,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    **facts: Any,
) -> Bundle:
    """The paths of x (n, 2) ~ N(m, C), samples of the source, to the data; of a field of any path.

    They start at x itself, or where the variance explodes at sigma x. The noise is fixed by seed
    and number of steps, and the same for all methods. They are led by the field `guided`, or else
    as the sampler says. Raises `Cancelled`, or `Invalid` where the source is no noise.
    """
    denoiser = model_of(flow, document, sampler)
    if guided := guided or guided_by(denoiser, document, sampler, condition):
        denoiser, condition = led(denoiser, guided, len(x))
    z = noise_for(len(x), sampler.count, seed_of(seed))
    given = {} if condition is None else {"condition": condition}
    how: dict[str, Any] = {"cancelled": cancelled, **given}
    levels = None if sampler.method == "langevin" else sampler.levels
    start = x if levels is None else levels.prior * x
    path = None if levels is None else _of_cloud(denoiser, levels, sampler, start, z, seed, how)
    if path is None:
        ways = ways_of(denoiser, document, sampler, levels)
        run = carry(denoiser.field, ways, start, z, workers=workers, progress=progress, **how)
    else:
        assert levels is not None
        run = _gathered(path, levels, _reads(denoiser, levels, sampler.correcting[0]))
    return _bundle(denoiser, levels, run, sampler, "forward", facts)


def guided_by(
    denoiser: Denoiser,
    document: Document | None,
    sampler: Sampler,
    condition: Condition | None = None,
) -> Guided | None:
    """The field that leads to the sampler's class; None where it asks for neither class nor scale.

    A conditional network may be told several classes (n,) in its place. Raises `Invalid`.
    """
    label = sampler.label if sampler.label is not None else condition
    if sampler.guidance is None and sampler.label is None:
        return None
    if label is None:
        raise Invalid(NEEDS_LABEL)
    assert document is not None
    gamma = 1.0 if sampler.guidance is None else float(sampler.guidance)
    levels = None if sampler.method == "langevin" else sampler.levels
    strength = strength_of(gamma, denoiser, levels, sampler.guided_in)
    return guided_field(denoiser.field, document, label, strength)


def led(denoiser: Denoiser, guided: Guided, n: int) -> tuple[Denoiser, Tensor | None]:
    """The guided model, and the classes (n,) that its network is told, if it is conditional.

    The network itself, where one of its fields will do.
    """
    if not isinstance(guided, GuidedNetwork):
        return replace(denoiser, field=guided), None
    gamma, classes = guided.strength.constant, told(guided.condition, n)
    if gamma in (0.0, 1.0):
        branch = classes if gamma else torch.full_like(classes, NO_CLASS)
        return replace(denoiser, field=guided.network), branch
    return replace(denoiser, field=replace(guided, condition=classes)), classes


def noised_by_diffusion(
    flow: Field, document: Document | None, x1: Tensor, sampler: Sampler, seed: int, **facts: Any
) -> Bundle:
    """The paths of data x1 (n, 2) into noise by the sampler's forward SDE; times ascend to x1."""
    denoiser, levels = model_of(flow, document, sampler), sampler.levels
    points = torch.stack(list(chain(denoiser, levels, denoiser.taken(x1), seed_of(seed))))
    run = trajectory_of(points.flip(0), levels.times, 0)
    return _bundle(denoiser, levels, run, sampler, "reverse", facts)


def model_of(flow: Field, document: Document | None, sampler: Sampler) -> Denoiser:
    """The model of noise that a sampler takes; see `denoiser_of`."""
    denoiser = denoiser_of(flow, document)
    if not sampler.standardise:
        return denoiser
    assert document is not None
    return denoiser_of(flow, document, brought(document, denoiser))


def brought(document: Document, denoiser: Denoiser) -> Affinity:
    """How the document's data are brought to the mean of its noise and to its scale."""
    mean, variance = moments_of(document.target)
    return Affinity(mean, math.sqrt(variance / float(denoiser.source.cov.trace())) or 1.0)


@lru_cache(maxsize=8)
def moments_of(shape: Shape) -> tuple[Tensor, float]:
    """The mean (2,) of a shape and its variance, the sum of both axes', from samples."""
    x1 = build(shape).sample(_MOMENTS, torch_rng(0, Stream.DATA_MOMENTS)).double()
    return x1.mean(0), float(x1.var(0).sum())


def ways_of(
    denoiser: Denoiser, document: Document | None, sampler: Sampler, levels: Levels | None = None
) -> list[Steps]:
    """The steps of a sampler that looks at each particle alone, between its levels or others."""
    exact = getattr(denoiser.field, "oracle", None)
    if sampler.method == "langevin":
        sigmas = sampler.sigmas_for(exact=exact is not None)
        size, noise = sampler.step_size_for(sigmas), 1.0 if sampler.eta is None else sampler.eta
        return [langevin(denoiser, sigmas, sampler.count, size, noise)]
    levels, box = sampler.levels if levels is None else levels, sampler.clamp or 0.0
    if sampler.method == "pf_ode":
        return pf_ode(denoiser, levels, sampler.predictor or "heun")
    if sampler.method == "reverse_sde":
        return [reverse_sde(denoiser, levels, sampler.predictor or "euler_maruyama", box)]
    if sampler.method == "ddim":
        return [ddim(denoiser, levels, sampler.eta or 0.0, box)]
    of_data = None
    if sampler.variance == "optimal":
        assert document is not None
        of_data = posterior_covariance(document, levels, exact, denoiser.data)
    return [ddpm(denoiser, levels, sampler.variance or "posterior", of_data, box)]


def _of_cloud(
    denoiser: Denoiser,
    levels: Levels,
    sampler: Sampler,
    x: Tensor,
    z: Tensor,
    seed: int,
    how: dict[str, Any],
) -> Iterator[Tensor] | None:
    """The steps of a sampler that looks at the whole cloud; None of any other."""
    if sampler.predictor == "sample_timestep_iter":
        return sample_timestep_iter(denoiser, levels, x, z, **how)
    count, snr = sampler.correcting
    if not count:
        return None
    predictor = sampler.predictor or "euler_maruyama"
    steps = reverse_sde(denoiser, levels, predictor, sampler.clamp or 0.0)
    return corrected(denoiser, levels, steps, x, z, count, snr, seed, **how)


def _reads(denoiser: Denoiser, levels: Levels, corrections: int) -> int:
    """Evaluations for each point: one at each level, and of corrections at all but the first."""
    times = denoiser.read(levels.signal[:-1], levels.noise[:-1]).times
    again = [t for t in times[1:] for _ in range(corrections)]
    return sum(evaluations_at(denoiser.field, t) for t in [*times, *again])


def _gathered(path: Iterator[Tensor], levels: Levels, evaluations: int) -> Trajectory:
    points = torch.stack(list(path))
    return trajectory_of(points, levels.times, evaluations if points.shape[1] else 0)


def _bundle(
    denoiser: Denoiser,
    levels: Levels | None,
    run: Trajectory,
    sampler: Sampler,
    direction: str,
    facts: dict[str, Any],
) -> Bundle:
    points = run.points if levels is None else in_plane(denoiser, levels, run.points)
    return Bundle(
        times=run.times.float().numpy(),
        points=points.float().cpu().contiguous().numpy(),
        method=sampler.method,
        direction=direction,
        evaluations=run.evaluations,
        **facts,
    )
