"""The plan of the view `counterfactual`: points noised, led to another class, and the difference.

It is the anomaly map of pictures in two dimensions (Wolleb et al. 2022, arXiv:2203.04306):
original, reconstruction as a healthy one, and what is between them.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.diffusion.counterfactual import counterfactual
from flowlab.core.diffusion.counterfactual_results import BACK, FORTH, CounterfactualRun
from flowlab.core.diffusion.drawn import shrunk
from flowlab.core.diffusion.guidance_figures import purity
from flowlab.core.diffusion.leading import Leader, label_shown, must_learn
from flowlab.core.diffusion.models import schedule_of
from flowlab.core.diffusion.plan import Model, dressed, model_for, thinned
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate
from flowlab.core.solvers.field import Field
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.request import PlanOptions

_ROUNDS = 4  # evaluations that a step of DDIM's way into the noise takes, about


def counterfactuals(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """The chosen point and samples of the target led to a class; `extra` the `CounterfactualRun`.

    Returns the way back. Raises `Cancelled`, or `Invalid` where the source is no noise, or no field
    leads to a class.
    """
    began = time.perf_counter()
    label = label_shown(document)
    model, note = model_for(document, field, options)
    leader, settings = Leader.of(model), document.diffusion
    points, labels = _points(model)
    k = min(settings.noised_to, settings.T)
    sampler = leader.to(label)
    found = counterfactual(
        model.flow,
        model.document,
        points,
        sampler,
        k,
        noise=settings.noise_of_point,
        seed=document.seed,
        lead=leader.lead,
        workers=options.workers,
        cancelled=options.cancelled,
        progress=leader.progress,
    )
    factors = shrunk(sampler.levels_from(k), leader.denoiser.data)
    own = replace(model, labels=labels)
    forth, back = (
        dressed(own, _bundle(found.times, paths, name, factors))
        for name, paths in ((FORTH, found.forth), (BACK, found.back))
    )
    arrived = arrivals_of(document, replace(back, labels=None))
    ended = replace(back, labels=arrived)
    extra = CounterfactualRun(
        forth=forth,
        back=ended,
        schedule=schedule_of(document, leader.denoiser),
        k=k,
        label=label,
        gamma=settings.guidance,
        moved=_moved(found.difference, labels),
        others=_others(found.difference, labels, label),
        purity=None if options.coarse else _purity(document, found.back[-1], label),
        exact=model.exact,
    )
    return replace(ended, extra=extra, exact_note=note, seconds=time.perf_counter() - began)


def evaluations(document: Document) -> int:
    """How many evaluations of the network a point takes there and back, about."""
    settings = document.diffusion
    steps = min(settings.visited, settings.noised_to)
    return steps * (_ROUNDS + 2)


def is_new(document: Document) -> bool:
    """True if a classifier must be trained; then a coarse answer should come first."""
    return must_learn(document)


def _points(model: Model) -> tuple[Tensor, Ints | None]:
    """The chosen point, then samples of the target (n, 2), and their classes (n,)."""
    document, settings = model.document, model.document.diffusion
    every = model.options.particles or document.view.particles
    rng = torch_rng(document.seed, Stream.COUNTERFACTUAL_POINTS)
    x, labels = build(document.target).sample_labelled(every, rng)
    few = max(0, len(model.x) - 1)
    point = torch.tensor([[settings.point_x, settings.point_y]], dtype=x.dtype)
    points = torch.cat([point, x[:few]])
    if labels is None:
        return points, None
    off = (x - point).square().sum(1)
    nearest = labels[off.argmin()][None] if len(off) else labels[:0]
    return points, torch.cat([nearest, labels[:few]]).numpy()


def _bundle(times: Floats, paths: Floats, name: str, factors: np.ndarray) -> Bundle:
    """The paths at some of their times; before the first of these points are where they begin."""
    bundle = thinned(Bundle(times=times, points=paths, method=name), factors)
    if bundle.times[0] == 0:
        return bundle
    points = np.asarray(bundle.points)
    times = np.concatenate([[0.0], bundle.times]).astype(np.float32)
    return replace(bundle, times=times, points=np.concatenate([points[:1], points]))


def _moved(difference: Floats, labels: Ints | None) -> tuple[tuple[int, Estimate], ...]:
    """The mean length of the differences of each class's samples."""
    if labels is None:
        return ()
    lengths, own = np.hypot(*difference[1:].T), labels[1:]
    return tuple((int(k), mean_estimate(lengths[own == k])) for k in np.unique(own))


def _others(difference: Floats, labels: Ints | None, label: int) -> Estimate | None:
    """The mean length of the differences of samples of all classes but one."""
    if labels is None:
        return None
    lengths = np.hypot(*difference[1:].T)[labels[1:] != label]
    return mean_estimate(lengths) if len(lengths) else None


def _purity(document: Document, ends: Floats, label: int) -> Estimate | None:
    """The share of samples that are led to the class; None where no exact classifier is known."""
    points = torch.from_numpy(ends[1:].copy())
    if not len(points) or not bool(points.isfinite().all()):
        return None
    try:
        return purity(points, document, label)
    except Invalid:
        return None
