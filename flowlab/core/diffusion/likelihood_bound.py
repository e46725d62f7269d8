"""The plan of the view `elbo`: the evidence lower bound of a model, term by term."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from torch import Tensor

from flowlab.core.diffusion.bounded_model import BoundedModel, LogProb
from flowlab.core.diffusion.elbo import best_variances, elbo
from flowlab.core.diffusion.elbo_first_form import elbo_first_form
from flowlab.core.diffusion.elbo_results import Elbo, ElboForms
from flowlab.core.diffusion.models import sampler_for, schedule_of
from flowlab.core.diffusion.sampling import model_of
from flowlab.core.diffusion.settings import DDPM
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.gaussian_noise import why_no_diffusion
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.learning.conditioning import class_shown, one_class_at_a_time
from flowlab.core.solvers.field import Field
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.flow_shown import flow_shown
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_FEW = 64  # data points of a first quick answer, and while a network trains
_UNKNOWN = "−log p is not known for this target: give it some noise, or choose one with a density."


@one_class_at_a_time
def likelihood_bound(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The bound on -log p of data, in both forms; the bundle's `extra` is the `ElboForms`.

    The bundle has no particles. Raises `Cancelled`, or `Invalid` where the source isn't the noise
    of a diffusion model, or its variance isn't preserved.
    """
    began = time.perf_counter()
    if why := why_no_diffusion(document):
        raise Invalid(why)
    flow, exact, note = flow_shown(document, field)
    quick = options.training or (options.coarse and is_new(document))
    whose = (document.path, "exact") if exact else flow  # a network's is made anew for each request
    made = partial(_forms, document, flow, options, exact=exact, quick=quick)
    extra = _known.get((*_key(document), whose, quick), made)
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=extra,
        exact_note=note,
        seconds=time.perf_counter() - began,
        **ends_of(document, options),
    )


def is_new(document: Document) -> bool:
    """True unless the exact bound is shown and known; then a coarse answer should come first."""
    exact = document.view.shows == "exact"
    return not exact or (*_key(document), (document.path, "exact"), False) not in _known


_known: LruCache[ElboForms] = LruCache(6)


def _key(document: Document) -> tuple[object, ...]:
    known = document.diffusion
    levels = known.T, known.schedule, known.kind, known.standardise
    asked = known.variance, known.bound_points, document.seed
    return document.source, document.target, levels, asked


def _forms(
    document: Document, flow: Field, options: PlanOptions, *, exact: bool, quick: bool
) -> ElboForms:
    settings, target = document.diffusion, build(document.target)
    sampler = sampler_for(replace(settings, steps=settings.T), DDPM)
    denoiser = model_of(flow, document, sampler)
    model = BoundedModel(denoiser, sampler.levels)
    points = min(settings.bound_points, _FEW) if quick else settings.bound_points
    rng = torch_rng(document.seed, Stream.BOUND_DATA)
    x1 = target.sample(2 * points, rng)  # the second half is for variances only
    y1, others = model.data(x1[:points]), model.data(x1[points:])
    log_prob = model.log_prob(target.log_prob) if target.has_log_prob else None
    return ElboForms(
        second=_second(model, y1, document, log_prob, options, 1.0 if quick else 0.5),
        first=None if quick else _first(model, y1, others, document, log_prob, options),
        points=points,
        schedule=schedule_of(document, denoiser),
        variance=settings.variance,
        exact=exact,
        why_unknown="" if target.has_log_prob else _UNKNOWN,
        volume=model.volume,
        condition=class_shown(flow),
    )


def _second(
    model: BoundedModel,
    y1: Tensor,
    document: Document,
    log_prob: LogProb | None,
    options: PlanOptions,
    share: float,
) -> Elbo:
    return elbo(
        model,
        model.chain,
        y1,
        variance=document.diffusion.variance,
        seed=document.seed,
        log_prob=log_prob,
        cancelled=options.cancelled,
        progress=_telling(options.progress, 0.0, share),
    )


def _first(
    model: BoundedModel,
    y1: Tensor,
    others: Tensor,
    document: Document,
    log_prob: LogProb | None,
    options: PlanOptions,
) -> Elbo:
    return elbo_first_form(
        model,
        model.chain,
        y1,
        _variances(model, others, document, options),
        seed=document.seed,
        log_prob=log_prob,
        cancelled=options.cancelled,
        progress=_telling(options.progress, 0.5, 0.5),
    )


def _variances(
    model: BoundedModel, others: Tensor, document: Document, options: PlanOptions
) -> Tensor:
    """s_k^2 (T,) of the reverse steps."""
    chain, variance = model.chain, document.diffusion.variance
    if variance == "optimal":
        stop = options.cancelled
        return best_variances(model, chain, others, seed=document.seed, cancelled=stop)
    return {"beta": chain.beta, "posterior": chain.posterior_variance}[variance]


def _telling(
    tell: Callable[[float], None] | None, begin: float, share: float
) -> Callable[[Elbo], None] | None:
    """What is told the terms so far, and tells the share of everything."""
    return None if tell is None else lambda found: tell(begin + share * found.share)
