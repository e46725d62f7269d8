"""The plan of the view `langevin_dynamics`: unadjusted, without noise, and annealed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from flowlab.core.diffusion.denoiser import Denoiser, denoiser_of
from flowlab.core.diffusion.langevin import langevin, step_size_for
from flowlab.core.diffusion.langevin_results import (
    ANNEALED,
    CLIMBING,
    PLAIN,
    WAYS,
    GaussianBias,
    LangevinRuns,
)
from flowlab.core.diffusion.plan import Model, dressed, model_for, share_of, thinned
from flowlab.core.diffusion.results import Pane
from flowlab.core.diffusion.sampling import moments_of
from flowlab.core.diffusion.settings import MODE, SOURCE, Diffusion
from flowlab.core.diffusion.steps import carry, noise_for
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import is_one_gaussian
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.marginal_samples import marginals_along
from flowlab.core.views.request import PlanOptions

_FAR = 3.0  # times the spread of the data, the radius of the ring of starts
_ENDS = np.array([0.0, 1.0])
_TARGET = np.array([[0.0, 0.0], [1.0, 1.0]])  # weights of source and target at both times


def langevin_runs(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The starts by Langevin dynamics in all ways; the bundle's `extra` is the `LangevinRuns`.

    Raises `Cancelled`, or `Invalid` where the source isn't the noise of a diffusion model.
    """
    began = time.perf_counter()
    model, note = model_for(document, field, options)
    settings = document.diffusion
    denoiser = denoiser_of(model.flow, document)
    model = replace(model, x=starts_of(document, model.x))
    panes = tuple(_panes(model, denoiser))
    first, sigmas = panes[0].bundle, sigmas_of(settings)
    seen = [model.x.numpy(), first.source, first.target]
    extra = LangevinRuns(
        panes=panes,
        sigmas=sigmas,
        step_size=settings.step_size,
        last_step_size=step_size_for(sigmas),
        steps=settings.langevin_steps,
        bounds=_bounds(np.concatenate(seen)),
        target=None
        if options.coarse
        else marginals_along(document.source, document.target, _ENDS, _TARGET, document.seed),
        gaussian=bias_of(denoiser, document.target, settings, len(model.x)),
        exact=model.exact,
    )
    seconds = time.perf_counter() - began
    return replace(first, extra=extra, exact_note=note, seconds=seconds)


def evaluations(document: Document) -> int:
    """How many evaluations of the network a particle of all pictures takes."""
    return len(WAYS) * document.diffusion.langevin_steps


def sigmas_of(settings: Diffusion) -> tuple[float, ...]:
    """The sigmas of annealed Langevin dynamics, by equal factors; the last is the others' own."""
    first = max(settings.most_sigma, settings.sigma)
    logs = np.linspace(math.log(first), math.log(settings.sigma), settings.sigmas)
    return (*np.exp(logs[:-1]).tolist(), settings.sigma)


def starts_of(document: Document, x: Tensor) -> Tensor:
    """Where the particles begin, as many as the source's x (n, 2); the first don't depend on n."""
    start, n = document.diffusion.langevin_start, len(x)
    if start == SOURCE:
        return x
    rng = torch_rng(document.seed, Stream.LANGEVIN_STARTS)
    if start == MODE:
        return _of_one_mode(document.target, document.view.particles, rng)[:n].to(x)
    mean, variance = moments_of(document.target)
    angle = 2 * math.pi * torch.rand(n, generator=rng, dtype=torch.float64)
    circle = torch.stack([angle.cos(), angle.sin()], 1)
    return (mean + _FAR * math.sqrt(variance) * circle).to(x)


def _of_one_mode(target: Shape, n: int, rng: torch.Generator) -> Tensor:
    """Samples (n, 2) of the target's first class, over and over; of none, one of its points."""
    x1, labels = build(target).sample_labelled(n, rng)
    one = x1[:1] if labels is None else x1[labels == labels.min()]
    return one[torch.arange(n) % len(one)]


_paths: LruCache[Bundle] = LruCache(9)  # those that an edit of another way leaves as they are


def _panes(model: Model, denoiser: Denoiser) -> Iterator[Pane]:
    settings = model.document.diffusion
    sigmas, plain = sigmas_of(settings), ((settings.sigma,), settings.step_size)
    ways = {
        PLAIN: (*plain, 1.0),
        CLIMBING: (*plain, 0.0),
        ANNEALED: (sigmas, step_size_for(sigmas), 1.0),
    }
    for k, (kind, how) in enumerate(ways.items()):
        key = how, settings.langevin_steps, settings.langevin_start, *model.key
        tell = share_of(model.options.progress, k, len(ways))
        made = partial(_carried, model, denoiser, kind, how, tell)
        yield Pane(kind=kind, bundle=dressed(model, _paths.get(key, made)))


def _carried(
    model: Model,
    denoiser: Denoiser,
    kind: str,
    how: tuple[tuple[float, ...], float, float],
    tell: Callable[[float], None] | None,
) -> Bundle:
    """The paths by so much noise in steps of a size at the last of the sigmas."""
    asked, steps = model.options, model.document.diffusion.langevin_steps
    sigmas, step_size, noise = how
    run = carry(
        model.flow,
        [langevin(denoiser, sigmas, steps, step_size, noise)],
        model.x,
        noise_for(len(model.x), steps, model.document.seed),
        condition=model.condition,
        workers=asked.workers,
        cancelled=asked.cancelled,
        progress=tell,
    )
    bundle = Bundle(
        times=run.times.float().numpy(),
        points=run.points.float().cpu().contiguous().numpy(),
        method=kind,
        evaluations=run.evaluations,
    )
    return thinned(bundle)


def bias_of(denoiser: Denoiser, target: Shape, settings: Diffusion, n: int) -> GaussianBias | None:
    """What unadjusted steps make of a Gaussian target; None for any other.

    With S the covariance of the target and its noise, x' = x - eta S^-1 (x - m) / 2 + sqrt(eta) z
    has the stationary one S (1 - eta S^-1 / 4)^-1 while eta < 4 S.
    """
    if not is_one_gaussian(target):
        return None
    mixture = build(target).mixture()
    assert mixture is not None
    cov = mixture.covs[0].double().cpu()
    noised = cov + settings.sigma**2 * denoiser.source.cov
    v, eta = torch.linalg.eigvalsh(noised), settings.step_size
    stationary = v / (1 - eta / (4 * v))
    diverges = bool((eta >= 4 * v).any())
    return GaussianBias(
        target=float(cov.trace()),
        noised=float(noised.trace()),
        stationary=None if diverges else float(stationary.sum()),
        error=math.nan if diverges else math.sqrt(2 * float(stationary.square().sum()) / max(n, 1)),
    )


def _bounds(points: np.ndarray) -> tuple[float, float, float, float]:
    low, high = points.min(0), points.max(0)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])
